"""Where every field of a claim came from: its value, its place in the 837, the cells, the mapping's rule.

Nothing is kept for this while claims are made: the mapping is run again over the input, the archived one for a
claim of the ledger. What was changed since is said, not hidden. Shows what patients' cells hold: asked-for
output only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Named
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import Claim, ClaimKind
from edigate.errors import EdigateError, NoInputError, SealedError
from edigate.findings import Finding, Source
from edigate.gateway.mapping_files import mapping_path, open_mapping
from edigate.gateway.names import kept_name
from edigate.gateway.opening import Gateway
from edigate.gateway.sources import kept_extract, looked_at
from edigate.ledger.intake import Intake, intake_by_id
from edigate.ledger.timeline import ClaimDetail
from edigate.mapping.engine import Mapping
from edigate.mapping.program import MappedClaim
from edigate.mapping.trace import Trace
from edigate.secrecy import Phi
from edigate.x12.binding import FieldPlace, fields

_LEVELS = re.compile(r"^(?:billing_levels\[\]\.)?(?:subscribers\[\]\.)?(?:patients\[\]\.)?(?:claims\[\]\.)?")
_INDEX = re.compile(r"\[([0-9]+)\]")
_OURS = {"line_item_control_number": "given by edigate when the claim was made (REF*6R)"}
_QUALIFIED = {"REF", "DTP", "AMT", "QTY"}  # segments that say nothing without their first element
_LEFT_OUT = {"unbound", "kind"}


class FieldExplained(Phi, msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of a claim: path, value, place in the guide (`2010BA NM103`), cells, rule. PHI."""

    field: str
    value: str
    place: str = ""
    sources: tuple[Source, ...] = ()
    rule: str = ""
    now: str = ""  # what the mapping would make of it now, where that is something else


class Explanation(Phi, msgspec.Struct, kw_only=True):
    """One claim explained. `changed` says what is no longer as it was when the claim was made."""

    claim: str  # the encounter's key, or the ledger's id
    encounter: str
    file: str
    mapping: str
    first_row: int = 0
    last_row: int = 0
    refused: bool = False
    changed: str = ""
    fields: list[FieldExplained] = []
    findings: list[Finding] = []


def explain_input(
    path: Path, input_path: Path, claim: str, lookups: Named[str, Path] | None = None
) -> list[Explanation]:
    """Explain the claims of an input whose encounter key or patient control number is `claim`.

    Raises NoInputError where there is none, and what converting raises.
    """
    mapping, _ = open_mapping(path, input_path, lookups)
    found = []
    try:
        with looked_at(input_path) as stream:
            for mapped in mapping.convert(mapping.read(stream, kept_name(input_path.name))):
                made = mapped.claim
                if claim == mapped.key or (made is not None and claim == made.patient_control_number):
                    found.append(_explained(mapped, made, path.stem))
    except OSError as error:
        raise NoInputError(f"{input_path.name} can't be read: {error.strerror}") from error
    if not found:
        raise NoInputError(f"{input_path.name} has no encounter with this key or patient control number")
    return found


def explain_claim(gateway: Gateway, detail: ClaimDetail, lookups: Named[str, Path] | None = None) -> Explanation:
    """Explain a claim of the ledger. Never raises for a mapping or a lookup that is gone: `changed` says so."""
    row = detail.claim
    made = msgspec.json.decode(detail.record, type=Claim) if detail.record else None
    told = Explanation(
        claim=str(row.id),
        encounter=row.encounter_key,
        file=row.source_file,
        mapping="",
        first_row=row.first_row,
        last_row=row.last_row,
        refused=row.state == "refused",
    )
    retraced = retrace(gateway, detail, lookups)
    told.mapping, told.changed = retraced.mapping, retraced.changed
    again = retraced.again
    told.fields = list(_fields(made, again.trace if again else None, again.claim if again else None))
    return told


class Retraced(msgspec.Struct, frozen=True):
    """A claim of the ledger made again, None where it can't be; `changed` says what is no longer as it was."""

    again: MappedClaim | None
    mapping: str = ""
    changed: str = ""


def retrace(gateway: Gateway, detail: ClaimDetail, lookups: Named[str, Path] | None = None) -> Retraced:
    """Map the archived input of a claim again. Never raises for a mapping, lookup or input that is gone."""
    with gateway.ledger.read() as tx:
        intake = intake_by_id(tx, detail.claim.intake_id)
    if intake is None:
        return Retraced(None, changed="its cells can't be told: the ledger has no record of its conversion")
    try:
        return Retraced(*_again(gateway, intake, detail, lookups or {}))
    except SealedError as error:
        return Retraced(None, intake.mapping, f"its cells can't be told now: {error.message}. {error.hint}")
    except EdigateError as error:
        return Retraced(None, intake.mapping, f"its cells can't be told now: {error.message}")


def element_of(kind: ClaimKind, field: str, value: str = "") -> str:
    """Where a field stands in its guide: `2010BA NM103`, `2300 HI02-2`, `2400 DTP*472 DTP03`; empty where nowhere."""
    place = _place(kind, field, value)
    if place is None:
        return ""
    if place.format.startswith("text after"):  # a contact's numbers stand wherever there is room for them
        return f"{place.loop} {place.segment}, {place.format}"
    component = f"-{place.component}" if place.component else ""
    qualifier = next((min(codes) for at, codes in place.qualifiers if at == 1 and len(codes) == 1), "")
    named = f"{place.segment}*{qualifier} " if qualifier and place.segment in _QUALIFIED else ""
    return f"{place.loop} {named}{place.segment}{place.element:02d}{component}"


def _explained(mapped: MappedClaim, made: Claim | None, mapping: str) -> Explanation:
    rows = mapped.rows
    return Explanation(
        claim=mapped.key,
        encounter=mapped.key,
        file=rows.file,
        mapping=mapping,
        first_row=rows.first,
        last_row=rows.last,
        refused=made is None,
        fields=list(_fields(made, mapped.trace, made)),
        findings=list(mapped.findings),
    )


# --- a claim of the ledger, made again


def _again(
    gateway: Gateway, intake: Intake, detail: ClaimDetail, lookups: Named[str, Path]
) -> tuple[MappedClaim | None, str, str]:
    """The encounter made again from the archived input, the mapping's name, what is no longer as it was."""
    path = mapping_path(gateway.workspace, intake.mapping)
    mapping, same = _as_it_was(gateway, intake, path, lookups)
    changed = (
        ""
        if same
        else f"the mapping {intake.mapping}, a lookup table of it or edigate itself has changed since: cells and"
        " rules are those of now"
    )
    row = detail.claim
    with kept_extract(gateway.archive, intake.sha256, intake.name) as stream:
        for mapped in mapping.convert(mapping.read(stream, intake.name)):
            if mapped.rows.first == row.first_row and kept_name(mapped.key) == row.encounter_key:
                return mapped, intake.mapping, changed
    return None, intake.mapping, changed or "the archived input has no such encounter any more"


def _as_it_was(gateway: Gateway, intake: Intake, path: Path, lookups: Named[str, Path]) -> tuple[Mapping, bool]:
    """The mapping, with its lookups from wherever they give the fingerprint of then; else the first that opens."""
    first: Mapping | None = None
    trouble: EdigateError | None = None
    for folder in _folders(gateway):
        try:
            mapping, source = open_mapping(path, folder / intake.name, lookups)
        except EdigateError as error:
            trouble = trouble or error
            continue
        if source.fingerprint() == intake.fingerprint.partition(" ")[0]:
            return mapping, True
        first = first or mapping
        if not mapping.form.lookup:
            break
    if first is None:
        raise trouble or NoInputError(f"mapping {intake.mapping} can't be opened")
    return first, False


def _folders(gateway: Gateway) -> Iterator[Path]:
    """Where inputs come from, and with them lookup tables: the inbox, the intakes' folders, here."""
    workspace = gateway.workspace
    yield workspace.root / "inbox"
    for intake in workspace.config.intake:
        yield (workspace.root / intake.files).parent if intake.files else workspace.root
    yield Path.cwd()


# --- the fields of a claim


def _fields(made: Claim | None, trace: Trace | None, now: Claim | None) -> Iterator[FieldExplained]:
    if made is None:
        # A refused encounter may be no claim yet: the rules are told, without what would come of them.
        for step in trace.steps() if trace is not None else ():
            yield FieldExplained(step.field, "", sources=step.sources, rule=step.rule)
        return
    today = values_of(now) if now is not None else None
    for field, value in values_of(made).items():
        name = field.rpartition(".")[2]
        sources = trace.sources(field) if trace is not None else ()
        rule = _OURS.get(name, "") or (trace.rule(field) if trace is not None else "")
        if not rule and trace is not None:
            rule = "not in the mapping: edigate's own"
        other = value if today is None or name in _OURS else today.get(field, "(blank)")
        place = element_of(made.kind, field, value)
        yield FieldExplained(field, value, place, sources, rule, "" if other == value else other)


def values_of(claim: Claim) -> dict[str, str]:
    """Every single value of a claim that isn't blank, by its path: `service_lines[0].modifiers[1]`."""
    return dict(_leaves(claim, ""))


def _leaves(record: msgspec.Struct, prefix: str) -> Iterator[tuple[str, str]]:
    for name in record.__struct_fields__:
        if name not in _LEFT_OUT:
            yield from _leaf(getattr(record, name), f"{prefix}{name}")


def _leaf(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, msgspec.Struct):
        yield from _leaves(value, f"{path}.")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _leaf(one, f"{path}[{place}]")
    elif value is not None and value != "":
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


# --- its places


@cache
def _places(kind: ClaimKind) -> dict[str, list[FieldPlace]]:
    """Every place of each field, by its path in a flat claim, list members as `[]`."""
    found: dict[str, list[FieldPlace]] = {}
    for place in fields(binding_of_kind(kind).table):
        field = _LEVELS.sub("", place.field)
        field = f"billing_{field}" if field.startswith("provider.") else field
        known = found.setdefault(field, [])
        if not any(_stands(one) == _stands(place) for one in known):
            known.append(place)
    return found


def _stands(place: FieldPlace) -> tuple[str, str, int, int]:
    return place.loop, place.segment, place.element, place.component


def _place(kind: ClaimKind, field: str, value: str) -> FieldPlace | None:
    """The place of a field; of a list's member by its number, where the list's members stand side by side."""
    generic = _INDEX.sub("[]", field)
    places = _places(kind).get(generic) or []
    places = [place for place in places if _says(place, value)] or places
    if not places:
        return None
    # In lines, contacts and the like each member has a segment of its own: only the last list is counted.
    number = int(_INDEX.findall(field)[-1]) if generic.count("[]") and _member(generic, places) else 0
    return places[min(number, len(places) - 1)]


def _member(generic: str, places: list[FieldPlace]) -> bool:
    """Whether a list's members are elements of one segment: modifiers, pointers, codes of HI."""
    last = generic.rpartition("[]")[0].rpartition(".")[2]
    return len(places) > 1 and last not in ("service_lines", "contacts")


def _says(place: FieldPlace, value: str) -> bool:
    """A field that is itself the qualifier chooses among places by what it says."""
    return not value or all(at != place.element or value in codes for at, codes in place.qualifiers)
