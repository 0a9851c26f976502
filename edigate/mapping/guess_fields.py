"""Which words and which cells speak for which field of a claim: tables, and how well a column fits a row of them.

Knows concepts (`guess_names`) and kinds of cells (`guess_values`), not whose columns they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec

from edigate.claims.model import ClaimKind
from edigate.claims.placed import placed_fields
from edigate.mapping.fields import ROOTS, Kind, fields_of
from edigate.mapping.guess_names import concepts


class Candidate(msgspec.Struct, frozen=True):
    """A field that a column may give: what its name must and may not say, what its cells must look like."""

    root: str  # claim or line
    field: str
    words: tuple[frozenset[str], ...]  # any of these sets, whole
    without: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()  # one of them; none: anything
    use: str = ""
    many: bool = False  # a list: takes all columns that fit
    named: bool = False  # by the field's own name alone: less sure than a row below


# field | what the name says (any of) | what it may not say | what the cells are (any of) | use
_CLAIM = """
patient_control_number | claim id, patient control, patient account, account id, claim control, \
    claim record id | \
    original payer prior line group authorization billing provider type referral medical trial | control | \
    control_number
total_charge | total charge, charge claim, charge amount claim, claim total amount, total amount | \
    line noncovered paid allowed covered center revenue | money | money
place_of_service | place service, facility code | name | two_digits |
facility_type | facility type, bill type, facility code | name line | bill_type, two_digits, whole |
frequency_code | frequency | | control |
payer_claim_control_number | original id, payer claim control, payer claim id, original claim, claim original | \
    line | control |
prior_authorization | prior authorization, authorization id, authorization | | |
referral_number | referral id, referral | provider | |
clia_number | clia | line | |
medical_record_number | medical record | | |
assignment_code | assignment code, assignment participation, participation code, assignment | \
    benefits certification | |
benefits_assignment | benefits assignment, assignment certification | | yes_no, modifier |
release_of_information | release | | yes_no, modifier |
provider_signature_on_file | provider signature, signature indicator | patient source | yes_no |
patient_amount_paid | patient paid | responsibility | money | money
accident_date | accident date | | date | date
auto_accident_state | accident state | | state |
onset_date | onset, onset date, illness date | | date | date
admission_date | admission date | hour | date | date
discharge_date | discharge date | hour | date | date
admission_hour | admission hour, admission time | | time, two_digits |
discharge_hour | discharge hour, discharge time | | time, two_digits |
statement_from | statement from, claim from date, claim from, statement date from, service date from, \
    from date | line birth | date | date
statement_to | statement thru, claim thru date, claim thru, statement date thru, service date thru, thru date | \
    line birth | date | date
admission_type | admission type | | two_digits |
admission_source | admission source | | modifier, two_digits |
patient_status | discharge status, patient status, discharge patient status | medicare | two_digits |
drg | drg code, drg | outlier price weight amount stay | drg |
related_causes* | related cause, related causes | | modifier |
diagnoses* | diagnosis | \
    version present poa procedure pointer date external reason admitting type related drg line qualifier \
    description name amount | diagnosis | icd
admitting_diagnosis.code | admitting diagnosis, admission diagnosis | version present | diagnosis | icd
visit_reasons* | reason visit, reason diagnosis, reason claim, diagnosis reason | version paid medicare non | \
    diagnosis | icd
external_causes* | external diagnosis, external cause | version present | diagnosis | icd
condition_codes* | condition code | related | modifier |
notes.text | note, claim note, note text | line | word | text
"""

_LINE = """
procedure | procedure code, procedure, service code | \
    modifier date version icd type drug amount description pointer qualifier year allowed betos | procedure | \
    upper_ascii
modifiers* | modifier, procedure modifier | | modifier | upper_ascii
description | procedure description, service description, line description | diagnosis | word | text
charge | line charge, charge amount, charge, submitted charge, line amount, service charge, charge line amount, \
    line net, net, amount, total charge | \
    noncovered paid allowed covered patient deductible coinsurance rate unit | money | money
non_covered_charge | noncovered charge | | money | money
units | units, service units, unit units, units quantity | \
    measure covered paid anesthesia blood drug ndc price month day deductible coinsurance lifetime span | \
    number | units
unit | unit measure, units measure, measure unit, unit, measure code | | unit |
revenue_code | revenue code, revenue center, revenue | \
    date amount rate units ansi ndc apc charge payment price status indicator unit description method group | \
    revenue |
service_date | service date, service from date, service from, line from date, line date, date service, \
    service date from, revenue center date, expense from date, from date | \
    thru last icd statement birth | date | date
service_date_end | service thru date, service thru, line thru date, service date thru, service last date, \
    line last service date, service date end, thru date | statement birth | date | date
diagnosis_pointers* | pointer, diagnosis pointer, diagnosis sequence, diagnosis link | | pointers | pointers
diagnosis_pointers* | line diagnosis | version pointer sequence link | diagnosis | pointer_to_code
place_of_service | line place service | name | two_digits |
emergency | emergency | contact phone name | yes_no |
national_drug_code | ndc, ndc code, drug code | units qualifier | ndc | digits
drug_quantity | ndc units, drug units | qualifier unit measure | number | units
drug_unit | ndc unit, drug unit, ndc units qualifier, ndc units measure, drug units measure | | unit |
prescription_number | drug id | ndc | control |
line_item_control_number | line control | | control |
notes.text | line note, note text, note | | word | text
oral_cavities* | oral, tooth oral | | two_digits |
"""

_NAMES = """
last_name | last name, last | | person | name
first_name | first name, first | | person | name
middle_name | middle name, middle | | person | name
suffix | suffix name, suffix | | person | name
"""
_WHOLE_NAME = """
last_name | name, patient name, subscriber name | first middle last group plan contact | last_first | name
"""
_ADDRESS = """
address.line1 | address 1, address street, address line, street 1, address | \
    2 city state zip 3 email type phone | word | upper_ascii
address.line2 | address 2, street 2, address street 2 | email | word | upper_ascii
address.city | city | | word | upper_ascii
address.state | state, address state | license county | state | upper_ascii
address.postal_code | zip, address zip | | zip | zip
"""
_INSURED = (
    _NAMES
    + _WHOLE_NAME
    + _ADDRESS
    + """
birth_date | birth date, birth | | date | date
sex | sex | | sex | sex
death_date | death date | | date | date
"""
)
_PROVIDER = (
    _NAMES.replace("| person | name", "| word | upper_ascii")
    + _ADDRESS
    + """
last_name | organization name, name, organization | first last middle contact type submitter legal | word | \
    upper_ascii
npi | npi, provider id, id | tax upin pin payer group record taxonomy contact secondary | npi, ten_digits | npi
tax_id | tax id, tax, employer id | type state secondary | tax_id | digits
taxonomy | taxonomy, specialty code, specialty | | taxonomy |
contacts.name | contact name, contact | phone email fax id address | person | upper_ascii
contacts.phone | phone, contact phone | fax | phone, ten_digits | phone
"""
)

_PARTIES = {
    "subscriber": _INSURED
    + """
member_id | subscriber id, member id, policy id, id | \
    group payer account claim record patient address type tax ssn contact | |
group_number | group id, group policy, group, policy id, payer group id | name practice claim | |
group_name | group name | | word | upper_ascii
member_id | payer policy id, policy id | group address type tax ssn contact | |
filing_indicator | filing, filing indicator, claim filing | | filing, modifier |
responsibility | responsibility, payer sequence, payer responsibility | | control |
""",
    "patient": _INSURED
    + """
relationship | relationship, patient relationship, subscriber relationship | | relation |
""",
    "payer": """
name | name, payer name, payer, payer organization, organization name, payer organization name | \
    group contact first type id sequence | word | upper_ascii
payer_id | payer id, id, payer code, code | \
    state zip city country address provider group subscriber policy plan record claim control tax type sequence | |
"""
    + _ADDRESS,
    "billing_provider": _PROVIDER,
    "rendering_provider": _PROVIDER,
    "referring_provider": _PROVIDER,
    "supervising_provider": _PROVIDER,
    "attending_provider": _PROVIDER,
    "operating_physician": _PROVIDER,
    "service_facility": _PROVIDER,
    "assistant_surgeon": _PROVIDER,
    "ordering_provider": _PROVIDER,
    "pay_to_address": _ADDRESS.replace("address.", ""),
}

PARTY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("pay_to_address", frozenset({"payto"})),
    ("rendering_provider", frozenset({"rendering"})),
    ("referring_provider", frozenset({"referring"})),
    ("supervising_provider", frozenset({"supervising"})),
    ("attending_provider", frozenset({"attending"})),
    ("operating_physician", frozenset({"operating"})),
    ("assistant_surgeon", frozenset({"assistant"})),
    ("ordering_provider", frozenset({"ordering"})),
    ("billing_provider", frozenset({"billing", "bill"})),
    ("service_facility", frozenset({"facility", "location"})),
    ("patient", frozenset({"patient"})),
    ("subscriber", frozenset({"subscriber"})),
    ("payer", frozenset({"payer"})),
)
"""Words that say whose a column is; of several in a name the last."""
FAINT_PARTIES: tuple[tuple[str, frozenset[str]], ...] = (
    ("billing_provider", frozenset({"organization"})),
    ("rendering_provider", frozenset({"provider"})),
)
"""Words that say so where no other does; a provider bills where nobody else in the file does."""

LINE_PARTIES = frozenset({"rendering_provider", "supervising_provider", "ordering_provider", "referring_provider",
                          "operating_physician"})  # fmt: skip


@cache
def claim_candidates(kind: ClaimKind) -> tuple[Candidate, ...]:
    """Fields of the claim itself, and of its lines, that claims of a kind have."""
    told = (*_rows("claim", "", _CLAIM, kind), *_rows("line", "", _LINE, kind))
    known = {(one.root, one.field) for one in told}
    return (*told, *(one for root in ROOTS for one in _named_after(root, kind) if (one.root, one.field) not in known))


_KINDS_OF = {Kind.DATE: ("date",), Kind.TIME: ("time",), Kind.NUMBER: ("number", "money"), Kind.INTEGER: ("whole",)}
_LITTLE = frozenset({"claim", "id", "code", "number", "date", "line"})  # words that say little of a field


def _named_after(root: str, kind: ClaimKind) -> Iterator[Candidate]:
    """Fields of claim and line by their own names: `lastMenstrualPeriodDate`, `care_plan_oversight`."""
    placed = placed_fields(kind)
    for field in fields_of(ROOTS[root]).values():
        said = frozenset(concepts(field.name))
        words = said - _LITTLE if len(said - _LITTLE) > 1 else said
        name = f"service_lines.{field.name}" if root == "line" else field.name
        if name not in placed or len(words) < 2 or (field.kind not in _KINDS_OF and field.kind is not Kind.TEXT):
            continue
        use = "date" if field.kind is Kind.DATE else ""
        yield Candidate(root, field.name, (words,), kinds=_KINDS_OF.get(field.kind, ()), use=use, named=True)


@cache
def party_candidates(root: str, party: str, kind: ClaimKind) -> tuple[Candidate, ...]:
    """Fields of a party of a claim or of its lines, none where claims of the kind have no such party."""
    return tuple(_rows(root, f"{party}.", _PARTIES.get(party, ""), kind))


def _rows(root: str, prefix: str, text: str, kind: ClaimKind) -> Iterator[Candidate]:
    placed = placed_fields(kind)
    for row in filter(None, text.splitlines()):
        field, words, without, kinds, use = (cell.strip() for cell in row.split("|"))
        many = field.endswith("*")
        name = prefix + field.rstrip("*")
        if (f"service_lines.{name}" if root == "line" else name) not in placed:
            continue
        yield Candidate(
            root=root,
            field=name,
            words=tuple(frozenset(each.split()) for each in words.split(",")),
            without=frozenset(without.split()),
            kinds=tuple(each.strip() for each in kinds.split(",") if each.strip()),
            use=use,
            many=many,
        )


@cache
def reading_order(kind: ClaimKind) -> dict[str, int]:
    """Where each `claim.field` and `line.field` stands in these tables: the order a reader looks for them in."""
    found = [f"{one.root}.{one.field}" for one in claim_candidates(kind)]
    for root in ("claim", "line"):
        for party in _PARTIES:
            found += [f"{root}.{one.field}" for one in party_candidates(root, party, kind)]
    return {key: place for place, key in enumerate(dict.fromkeys(found))}


REQUIRED: dict[ClaimKind, tuple[str, ...]] = {
    "professional": (
        "claim.patient_control_number", "claim.place_of_service", "claim.diagnoses", "claim.payer.name",
        "claim.payer.payer_id", "claim.subscriber.last_name", "claim.subscriber.member_id",
        "claim.subscriber.filing_indicator", "claim.subscriber.birth_date", "claim.subscriber.sex",
        "claim.subscriber.address.line1", "claim.subscriber.address.city", "claim.subscriber.address.state",
        "claim.subscriber.address.postal_code", "claim.billing_provider.npi", "claim.billing_provider.last_name",
        "claim.billing_provider.tax_id", "claim.billing_provider.address.line1", "claim.billing_provider.address.city",
        "claim.billing_provider.address.state", "claim.billing_provider.address.postal_code", "line.procedure",
        "line.charge", "line.units", "line.service_date", "line.diagnosis_pointers",
    ),
}  # fmt: skip
"""What every clean claim of a kind says; what nothing is found for is listed as to do."""

_SHARED = tuple(
    field
    for field in REQUIRED["professional"]
    if field not in ("claim.place_of_service", "line.procedure", "line.service_date", "line.diagnosis_pointers")
)
REQUIRED["institutional"] = (
    *_SHARED, "claim.facility_type", "claim.frequency_code", "claim.statement_from", "claim.statement_to",
    "claim.patient_status", "claim.admission_type", "claim.attending_provider.npi",
    "claim.attending_provider.last_name", "line.revenue_code",
)  # fmt: skip
REQUIRED["dental"] = (
    *(field for field in _SHARED if field != "claim.diagnoses"), "claim.place_of_service", "line.procedure",
    "line.service_date",
)  # fmt: skip
