"""A first mapping, guessed: which column is which field of a claim, and why. Knows names and shapes of cells.

A guess is a place to start from: what is taken, what was left and what is missing is all said, and a person
decides. Nothing here opens a file or says what a cell holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from edigate.claims.model import ClaimKind
from edigate.errors import ConfigError
from edigate.mapping.columns import check_path, expand
from edigate.mapping.guess_details import Guess, add_details, written
from edigate.mapping.guess_fields import REQUIRED, claim_candidates, party_candidates, reading_order
from edigate.mapping.guess_fit import ENOUGH, appearance, fits, guess_of, score_of
from edigate.mapping.guess_look import Column, Look
from edigate.mapping.guess_names import repeated


class Guessed(msgspec.Struct, kw_only=True):
    """A whole first mapping. `left`: columns that nothing was found for, and what they look like."""

    kind: ClaimKind
    why_kind: str
    look: Look
    guesses: list[Guess]
    group_by: str = ""
    why_group: str = ""
    left: dict[str, str] = {}
    missing: list[str] = []


def guess(seen: Look, kind: ClaimKind | None = None) -> Guessed:
    """Guess a mapping from what was seen of a file; `kind` where it is known."""
    every = seen.columns
    seen = msgspec.structs.replace(seen, columns=[column for column in every if _can_be_named(column, seen)])
    chosen, why = (kind, "as was said") if kind else _kind(seen.columns)
    key = _key(seen, chosen)
    found = list(fits(seen, chosen, key))
    if key is not None and not any(fit.field == "patient_control_number" for fit in found):
        wanted = next(one for one in claim_candidates(chosen) if one.field == "patient_control_number")
        found.append(guess_of(wanted, key, ENOUGH, seen))
    guesses = _chosen(sorted(found, key=lambda fit: -fit.score), seen)
    _insured(guesses)
    add_details(guesses, seen, chosen)
    guesses = _settled([*guesses, *_by_cells(guesses, seen, chosen)], seen)
    order = reading_order(chosen)
    guesses.sort(key=lambda one: order.get(one.key, len(order)))
    used = {column for each in guesses for column in each.columns}
    have = {each.key for each in guesses}
    return Guessed(
        kind=chosen,
        why_kind=why,
        look=msgspec.structs.replace(seen, columns=every),
        guesses=guesses,
        group_by=key.name if key is not None and seen.source.format == "csv" else "",
        why_group=_why_group(key) if key is not None else "",
        left={column.name: appearance(column) for column in every if column.name not in used},
        missing=[field for field in REQUIRED[chosen] if field not in have],
    )


def _can_be_named(column: Column, seen: Look) -> bool:
    """Whether a mapping can name a column: one with braces in its name, say, it can't."""
    try:
        expand(column.name, "")
        return seen.source.format == "csv" or not check_path(column.name, "")
    except ConfigError:
        return False


# --- the kind

_FHIR_TYPES: dict[str, ClaimKind] = {
    "oral": "dental",
    "institutional": "institutional",
    "professional": "professional",
}
"""Claim.type (http://terminology.hl7.org/CodeSystem/claim-type)."""


def _kind(columns: Sequence[Column]) -> tuple[ClaimKind, str]:
    """The kind of claims, by what only one kind has."""
    of_fhir = next((column.cells for column in columns if column.name == "type.coding[0].code"), [])
    for code, kind in _FHIR_TYPES.items():
        if code in of_fhir:
            return kind, f"FHIR's type of claim is {code}"
    for column in columns:
        words = column.words
        if {"procedure", "code"} & words and column.profile.looks_like("cdt"):
            return "dental", f"the procedure codes in {column.name} are CDT"
        if "tooth" in words and column.profile.filled:
            return "dental", f"{column.name} says tooth"
    for needs in ({"revenue", "center"}, {"bill", "type"}, {"revenue", "code"}, {"facility", "type", "code", "claim"}):
        for column in columns:
            if needs <= column.words and (column.profile.looks_like("revenue") or "type" in needs):
                return "institutional", f"{column.name} is a revenue code or a type of bill"
    return "professional", "there are no revenue codes, types of bill or dental codes"


# --- what one encounter is


def _key(seen: Look, kind: ClaimKind) -> Column | None:
    """The column whose texts tell encounters apart: the one that names the claim best, and repeats."""
    (wanted,) = (one for one in claim_candidates(kind) if one.field == "patient_control_number")
    best: tuple[float, Column] | None = None
    for column in seen.columns:
        score = score_of(wanted, column, frozenset())
        if column.line or not column.profile.filled or score < ENOUGH or column.profile.distinct == 1 < seen.records:
            continue
        score += 0.5 * (column.profile.distinct < column.profile.filled)
        if best is None or score > best[0]:
            best = (score, column)
    if best is not None:
        return best[1]
    is_csv = seen.source.format == "csv"
    bare = (column for column in seen.columns if not column.line and column.profile.filled)
    return next(
        (one for one in bare if one.near == ("claim",) or (not is_csv and one.name in ("id", "identifier[0].value"))),
        None,
    )


def _why_group(key: Column) -> str:
    seen = key.profile
    if seen.distinct == seen.filled:
        return f"each row of the sample has its own {key.name}"
    return f"{seen.filled} rows of the sample have {seen.distinct} different ones"


# --- one column for each field


def _chosen(fits: list[Guess], seen: Look) -> list[Guess]:
    """The best column of each field and the best field of each column; lists take every column that fits."""
    by_key: dict[str, Guess] = {}
    used: set[str] = set()
    order = {column.name: place for place, column in enumerate(seen.columns)}
    for fit in fits:
        (column,) = fit.columns
        if column in used:
            continue
        before = by_key.get(fit.key)
        if before is None:
            by_key[fit.key] = fit
        elif fit.many and seen.source.format == "csv" and fit.score > before.score - 1.5:
            before.columns = sorted([*before.columns, column], key=order.__getitem__)
        else:
            continue
        used.add(column)
    for each in by_key.values():
        if each.many and seen.source.format == "csv":
            each.columns = _with_their_runs(each.columns, tuple(order), used)
            each.keys["from"] = written(each.columns, tuple(order))
            if len(each.columns) > 1:
                each.why += f"; {len(each.columns)} columns"
    return list(by_key.values())


def _with_their_runs(columns: list[str], names: tuple[str, ...], used: set[str]) -> list[str]:
    """Columns with the others of their run: the tenth of twenty-five is blank in most samples."""
    found = dict.fromkeys(columns)
    for members in repeated(names).values():
        if members[0] in found:
            found.update(dict.fromkeys(name for name in members if name in columns or name not in used))
    return sorted(found, key=names.index)


def _insured(guesses: list[Guess]) -> None:
    """Where only one person is in the file they are patient and insured: the claim's subscriber."""
    have = {each.field for each in guesses if each.root == "claim"}
    if "subscriber.last_name" in have or "patient.last_name" not in have:
        return
    for each in guesses:
        party, dot, rest = each.field.partition(".")
        if party == "patient" and dot and rest != "relationship" and f"subscriber.{rest}" not in have:
            each.field = f"subscriber.{rest}"


_TELLTALE = {
    "claim.diagnoses": "icd",
    "line.procedure": "procedure",
    "line.charge": "cents",
    "line.service_date": "date",
    "claim.billing_provider.npi": "npi",
}
"""What cells alone tell, where no name does; the most telling first."""


def _by_cells(guesses: list[Guess], seen: Look, kind: ClaimKind) -> Iterator[Guess]:
    """Fields that no name was found for, by cells that look like nothing else: of files without a header."""
    have = {each.key for each in guesses}
    used = {column for each in guesses for column in each.columns}
    candidates = [*claim_candidates(kind), *party_candidates("claim", "billing_provider", kind)]
    for key, looks in _TELLTALE.items():
        fitting = [column for column in seen.columns if column.name not in used and column.profile.looks_like(looks)]
        if looks == "icd":  # without any dot a code may be HCPCS as well
            fitting = [column for column in fitting if column.profile.share("icd_dotted")]
        field = next((one for one in candidates if f"{one.root}.{one.field}" == key), None)
        if key in have or field is None or not (len(fitting) == 1 or (fitting and field.many)):
            continue
        if seen.source.format != "csv" and fitting[0].line != (field.root == "line"):
            continue
        guessed = guess_of(field, fitting[0], ENOUGH, seen)
        if field.many and seen.source.format == "csv":
            guessed.columns = [column.name for column in fitting]
            guessed.keys["from"] = written(guessed.columns, tuple(guessed.columns))
        used.update(guessed.columns)
        guessed.why = f"no name says it, but its cells do; {fitting[0].profile.shape}"
        guessed.check = guessed.check or "by its cells alone"
        yield guessed


def _settled(guesses: list[Guess], seen: Look) -> list[Guess]:
    """What follows from other guesses: the sum of the lines, one place of service for claim and lines."""
    by_key = {each.key: each for each in guesses}
    if "line.charge" in by_key and "claim.total_charge" in by_key:
        total = by_key.pop("claim.total_charge")
        by_key["line.charge"].why += f"; the claim's charge is their sum, not {total.columns[0]}"
    if "claim.frequency_code" not in by_key:  # the number of the claim replaced: nothing says that any is
        by_key.pop("claim.payer_claim_control_number", None)
    place = by_key.get("line.place_of_service")
    if place is not None and "claim.place_of_service" not in by_key and seen.source.format == "csv":
        keys = {**place.keys, "rows": "first"}
        claims = Guess(root="claim", field="place_of_service", columns=place.columns, keys=keys, why=place.why)
        by_key[claims.key] = claims
    return list(by_key.values())
