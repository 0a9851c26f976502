"""Claims at random for the laws of the 837s: every field of the model that has a place, in some combination."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from edigate.claims import model as m
from edigate.claims.x222 import SUBMISSION
from edigate.x12.binding import Loop
from edigate.x12.segments import Delimiters
from tests.claims.laws import claim_fields, only

LETTERS = string.ascii_uppercase + string.digits
TEXT = st.text(LETTERS + " .-'&/()", min_size=1, max_size=10).map(str.strip).filter(bool)
CODE = st.text(LETTERS, min_size=1, max_size=3)
AMOUNT = st.decimals(Decimal("-9999999.99"), Decimal("9999999.99"), places=2)
DAY = st.dates(date(1000, 1, 1), date(2999, 12, 31))


def record(
    type_: type[msgspec.Struct], needed: Iterable[str] = (), without: Iterable[str] = (), **given: Any
) -> st.SearchStrategy[Any]:
    """A record with some of its fields; `needed` ones always, for without them its segment isn't written."""
    hints = get_type_hints(type_)
    chosen: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(type_):
        if field.name == "unbound" or field.name in without:
            continue
        if field.name in given:
            chosen[field.name] = given[field.name]
            continue
        if get_origin(hints[field.name]) is Literal:
            continue
        strategy = _of(hints[field.name])
        chosen[field.name] = strategy if field.name in needed else st.just(_blank(hints[field.name])) | strategy
    return st.builds(type_, **chosen)


def few(strategy: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[Sequence[Any]]:
    return st.lists(strategy, max_size=most).map(lambda found: found or ())


def perhaps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _blank(hint: Any) -> Any:
    if hint is str:
        return ""
    return () if get_origin(hint) is Sequence else None


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Sequence:
        (below,) = get_args(hint)
        return few(CODE if below is str else _of(below))
    hint = next((each for each in get_args(hint) if each is not NoneType), hint)
    if hint in _KNOWN:
        return _KNOWN[hint]
    return record(hint, needed=[next(iter(get_type_hints(hint)))])


def _identifiers(*qualifiers: str, payer: bool = False) -> st.SearchStrategy[Sequence[m.Identifier]]:
    return few(
        st.builds(
            m.Identifier,
            qualifier=st.sampled_from(qualifiers),
            value=TEXT,
            payer_id=st.just("") | TEXT if payer else st.just(""),
        )
    )


_KNOWN: dict[Any, st.SearchStrategy[Any]] = {str: TEXT, Decimal: AMOUNT, date: DAY, int: st.integers(1, 99)}
_KNOWN[time] = st.builds(time, hour=st.integers(0, 23), minute=st.integers(0, 59))
_KNOWN[m.Address] = record(m.Address, needed=["line1"])
# A PER has room for three numbers.
_KNOWN[m.Contact] = st.builds(
    m.Contact, name=TEXT, phone=st.just("") | TEXT, fax=st.just("") | TEXT, email=st.just("") | TEXT
)
CAS = few(
    st.builds(
        m.AdjustmentGroup,
        group=CODE,
        adjustments=st.lists(
            st.builds(m.Adjustment, reason=CODE, amount=AMOUNT, quantity=perhaps(AMOUNT)), min_size=1, max_size=6
        ),
    )
)
PROVIDER = record(
    m.Provider,
    needed=["last_name"],
    without=["tax_id", "tax_id_type", "currency"],
    secondary_ids=_identifiers("0B", "1G", "G2", "LU", payer=True),
)
BILLING = record(
    m.Provider,
    needed=["last_name", "tax_id"],
    tax_id_type=st.sampled_from(["EI", "SY"]),
    secondary_ids=_identifiers("0B", "1G"),
)
SUBSCRIBER = record(
    m.Subscriber,
    needed=["responsibility", "entity_type", "last_name", "member_id"],
    id_qualifier=st.sampled_from(["MI", "II"]),
)
PAYER = record(
    m.Payer,
    needed=["name", "payer_id"],
    id_qualifier=st.sampled_from(["PI", "XV"]),
    secondary_ids=_identifiers("2U", "EI", "FY", "NF"),
    billing_provider_ids=_identifiers("G2", "LU"),
)
PLAN = record(
    m.PayToPlan,
    needed=["name", "payer_id"],
    id_qualifier=st.sampled_from(["PI", "XV"]),
    secondary_ids=_identifiers("2U", "FY", "NF"),
)
PATIENT = record(m.Patient, needed=["relationship", "last_name"])
ATTACHMENTS = few(record(m.Attachment, needed=["report_type"]))
ADJUDICATION = record(
    m.LineAdjudication, needed=["payer_id", "procedure_qualifier", "procedure"], adjustment_groups=CAS
)
# NM101 of another payer's providers (2330C-I).
_PAYER_ROLES = {
    "professional": ["DN", "P3", "82", "77", "DQ", "85"],
    "institutional": ["71", "72", "ZZ", "77", "82", "DN", "85"],
    "dental": ["DN", "P3", "82", "DQ", "85", "77", "DD"],
}
# Diagnoses of an 837I are in segments by their qualifier, so that the principal one is the first of them.
_PRINCIPAL = {"diagnoses": ("ABK", "ABF"), "procedures": ("BBR", "BBQ")}


def _others(kind: m.ClaimKind) -> st.SearchStrategy[m.OtherSubscriber]:
    return record(
        m.OtherSubscriber,
        needed=["responsibility", "entity_type", "member_id", "payer_name", "payer_id"],
        id_qualifier=st.sampled_from(["MI", "II"]),
        payer_id_qualifier=st.sampled_from(["PI", "XV"]),
        adjustment_groups=CAS,
        payer_secondary_ids=_identifiers("2U", "EI", "FY", "NF"),
        payer_providers=few(
            record(
                m.OtherPayerProvider,
                needed=["entity_type"],
                role=st.sampled_from(_PAYER_ROLES[kind]),
                secondary_ids=_identifiers("0B", "1G", "G2", "LU"),
            )
        ),
    )


_DRUG = ("drug_qualifier", "national_drug_code", "drug_quantity", "drug_unit", "prescription_number",
         "drug_link_number")  # fmt: skip
_WHEN = ("service_date", "service_date_end", "prior_placement", "prior_placement_date")


@st.composite
def lines(draw: st.DrawFn, number: int) -> m.ServiceLine:
    line: m.ServiceLine = draw(
        record(
            m.ServiceLine,
            needed=["procedure_qualifier", "procedure", "unit"],
            without=[*_DRUG, *_WHEN],
            line_number=st.just(str(number)),
            modifiers=few(CODE, 4),
            diagnosis_pointers=few(st.integers(1, 12), 4),
            adjudications=few(ADJUDICATION),
            forms=few(record(m.Form, needed=["qualifier", "code"])),
            equipment=perhaps(record(m.DurableEquipment, needed=["procedure_qualifier", "procedure", "unit"])),
            **dict.fromkeys(_line_roles(), perhaps(PROVIDER)),
        )
    )
    if draw(st.booleans()):
        line.service_date = draw(DAY)
        line.service_date_end = draw(perhaps(DAY))
    if draw(st.booleans()):
        line.prior_placement = draw(st.sampled_from(["441", "139"]))
        line.prior_placement_date = draw(DAY)
    if draw(st.booleans()):
        line.drug_qualifier = draw(st.sampled_from(["N4", "UP"]))
        for name in _DRUG[1:]:
            setattr(line, name, draw(AMOUNT if name == "drug_quantity" else TEXT))
    return line


def _line_roles() -> list[str]:
    return [name for name, hint in get_type_hints(m.ServiceLine).items() if hint == m.Provider | None]


@st.composite
def claims(draw: st.DrawFn, kind: m.ClaimKind = "professional", table: Loop = SUBMISSION) -> m.Claim:
    """A claim of a kind with the fields that its `table` has a place for."""
    roles = [name for name, hint in get_type_hints(m.Claim).items() if hint == m.Provider | None]
    given: dict[str, Any] = dict.fromkeys(roles, perhaps(PROVIDER))
    given |= {
        "billing_provider": BILLING,
        "pay_to_plan": perhaps(PLAN),
        "subscriber": SUBSCRIBER,
        "payer": PAYER,
        "patient": perhaps(PATIENT),
        "other_subscribers": few(_others(kind)),
        "service_lines": st.just([]),
        "diagnoses": few(_codes("ABK", "ABF"), 12 if kind == "professional" else 4),
        "admitting_diagnosis": perhaps(_codes("ABJ", "BJ")),
        "visit_reasons": few(_codes("APR", "PR"), 3),
        "external_causes": few(_codes("ABN", "BN")),
        "anesthesia_procedures": few(_codes("BP", "BO")),
        "condition_codes": few(_codes("BG"), 12),
        "occurrence_spans": few(record(m.OccurrenceSpan, needed=["code", "start"])),
        "attachments": ATTACHMENTS,
        "related_causes": few(CODE, 3),
    }
    claim: m.Claim = draw(
        record(
            m.Claim,
            needed=["patient_control_number"],
            without=["disability_period_start", "disability_period_end", *_DAYS],
            **given,
        )
    )
    if draw(st.booleans()):
        claim.disability_period_start = draw(DAY)
        claim.disability_period_end = draw(DAY)
    for first, second in zip(_DAYS[::2], _DAYS[1::2], strict=True):
        if draw(st.booleans()):
            setattr(claim, first, draw(DAY))
            setattr(claim, second, draw(perhaps(_KNOWN[time] if second.endswith("hour") else DAY)))
    if not claim.investigational_device_number:
        claim.further_investigational_device_numbers = ()
    claim.service_lines = [draw(lines(number)) for number in range(1, draw(st.integers(0, 2)) + 1)]
    claim.kind = kind
    if kind == "institutional":
        for name, (first, second) in _PRINCIPAL.items():
            for number, each in enumerate(getattr(claim, name)):
                each.qualifier = second if number else first
    only(claim, claim_fields(table))
    if kind == "dental":
        for line in claim.service_lines:
            line.procedure_qualifier = "AD"  # which isn't said, but read of every dental line
    return claim


_DAYS = ("statement_from", "statement_to", "admission_date", "admission_hour", "service_date", "service_date_end")


def _codes(*qualifiers: str) -> st.SearchStrategy[m.Diagnosis]:
    return st.builds(m.Diagnosis, qualifier=st.sampled_from(qualifiers), code=CODE)


DELIMITERS = st.builds(
    Delimiters,
    element=st.sampled_from("*|+\x01"),
    component=st.sampled_from(":>\x1f<"),
    segment=st.sampled_from("~\n\x1c!"),
    repetition=st.sampled_from("^{\x1e"),
)
