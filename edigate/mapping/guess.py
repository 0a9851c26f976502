"""A first mapping, guessed: which column is which field of a claim, and why. Knows names and shapes of cells.

A guess is a place to start from: what is taken, what was left and what is missing is all said, and a person
decides. Nothing here opens a file or says what a cell holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from edigate.claims.model import ClaimKind
from edigate.errors import ConfigError
from edigate.mapping.columns import check_path, expand
from edigate.mapping.guess_details import Guess, add_details, date_rule, written
from edigate.mapping.guess_fields import (
    FAINT_PARTIES,
    LINE_PARTIES,
    PARTY_WORDS,
    REQUIRED,
    Candidate,
    claim_candidates,
    party_candidates,
    reading_order,
)
from edigate.mapping.guess_look import Column, Look
from edigate.mapping.guess_names import repeated

_ENOUGH = 2.0  # the least score that is a guess
_ENOUGH_BLANK = 2.5  # where the sample has no cell of it
_OFTEN = 0.2  # share of encounters whose rows differ, from which on a column isn't thought to be the claim's
_LIKE = 0.6  # share of the cells that must be of the field's kind
_NOISE = frozenset({"code", "id", "value", "name", "text", "coding", "date", "claim", "information", "or", "type"})
_PERSONAL = frozenset({"death", "last", "first", "middle", "birth", "sex", "address", "street", "city", "state", "zip"})
_STRONG = frozenset().union(*(words for _, words in PARTY_WORDS))
_BILLS = frozenset({"billing", "bill"})
_WITHOUT_A_PARTY = frozenset({"npi", "tax_id", "member_id", "group_number", "filing_indicator"})
_REVENUE_CENTER = frozenset({"revenue", "center"})
_OF_THE_PLAN = frozenset({"member_id", "filing_indicator", "responsibility", "group_number", "group_name"})


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
    fits = list(_fits(seen, chosen, key))
    if key is not None and not any(fit.field == "patient_control_number" for fit in fits):
        wanted = next(one for one in claim_candidates(chosen) if one.field == "patient_control_number")
        fits.append(_guess(wanted, key, _ENOUGH, seen))
    guesses = _chosen(sorted(fits, key=lambda fit: -fit.score), seen)
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
        left={column.name: _appearance(column) for column in every if column.name not in used},
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
        score = _score(wanted, column, frozenset())
        if column.line or not column.profile.filled or score < _ENOUGH or column.profile.distinct == 1 < seen.records:
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


def _varies(column: Column, key: Column | None) -> bool | None:
    """Whether a CSV's column differs inside encounters; None where the sample can't tell."""
    if key is None or len(column.cells) != len(key.cells) or key.profile.distinct == key.profile.filled:
        return None
    found: dict[str, set[str]] = {}
    rows: Counter[str] = Counter()
    for of, cell in zip(key.cells, column.cells, strict=True):
        rows[of] += 1
        if cell:
            found.setdefault(of, set()).add(cell)
    several = [cells for of, cells in found.items() if rows[of] > 1]
    return bool(several) and sum(len(cells) > 1 for cells in several) > _OFTEN * len(several)


# --- fields for columns


def _fits(seen: Look, kind: ClaimKind, key: Column | None) -> Iterator[Guess]:
    """Every field that a column might be, with how well it fits."""
    for column in seen.columns:
        varies = _varies(column, key)
        for candidate, own, less in _candidates(column, seen, kind):
            score = _score(candidate, column, own)
            if not score:
                continue
            score -= less
            if varies is not None and candidate.root == "line" and not candidate.many:
                score += 0.4 if varies else -0.4
            if varies and candidate.root == "claim" and not candidate.many:
                if candidate.field == "total_charge":
                    continue  # it is the lines'
                score -= 1.0  # a claim says one thing only
            if key is not None and column.name == key.name and candidate.field == "patient_control_number":
                score += 5
            if score >= (_ENOUGH if column.profile.filled or candidate.many else _ENOUGH_BLANK):
                yield _guess(candidate, column, score, seen)


def _candidates(column: Column, seen: Look, kind: ClaimKind) -> Iterator[tuple[Candidate, frozenset[str], float]]:
    """The fields to try a column for: with the words that say whose it is, and what to take off the score."""
    is_json = seen.source.format != "csv"
    if is_json and "other" in column.said:
        return  # another payer's words for it
    for candidate in claim_candidates(kind):
        if not is_json or (candidate.root == "line") == column.line or not seen.each:
            yield candidate, frozenset(), 0.0
    root = "line" if column.line else "claim"
    said = column.said
    if "other" in said:
        return  # another payer's, or a second one's: nothing to begin with
    named = sorted(
        ((max(said.index(word) for word in words & set(said)), party, words) for party, words in PARTY_WORDS
         if words & set(said)),
        reverse=True,
    )  # fmt: skip
    # "patient", "subscriber" and the like: the last word says whose it is, unless another fits much better
    if "relationship" in said and not any(party == "patient" for _, party, _ in named):
        for candidate in party_candidates(root, "patient", kind):
            if candidate.field.endswith("relationship"):
                yield candidate, _STRONG, 0.0
    if any(party == "payer" for _, party, _ in named):
        for candidate in party_candidates(root, "subscriber", kind):
            if candidate.field.rpartition(".")[2] in _OF_THE_PLAN:
                yield candidate, frozenset({"payer"}), 0.2
    for steps, (_, party, words) in enumerate(named):
        at = "line" if not is_json and "line" in said and party in LINE_PARTIES and said[0] == "line" else root
        for candidate in party_candidates(at, party, kind):
            yield candidate, words | {"provider", "full"}, 0.7 * steps
    if not named:
        for party, words in FAINT_PARTIES:
            if words & set(said):
                bills = any(_BILLS & one.words for one in seen.columns)
                for candidate in party_candidates(root, party if bills else "billing_provider", kind):
                    yield candidate, words, 0.3
                return
        if _PERSONAL & set(said):
            for candidate in party_candidates(root, "patient", kind):
                yield candidate, frozenset(), 0.3
        for party in ("billing_provider", "subscriber"):
            for candidate in party_candidates(root, party, kind):
                if candidate.field.rpartition(".")[2] in _WITHOUT_A_PARTY:
                    yield candidate, frozenset(), 0.3


def _score(candidate: Candidate, column: Column, own: frozenset[str]) -> float:
    """How well a column fits a field, 0 where it doesn't: words that match, words too many, cells of the kind."""
    words, near = column.words, set(column.near)
    # Whose a column is, its whole path says; what a claim's own field is, its last part.
    if candidate.without & (near | (words - _STRONG - {"claim"} if "." in candidate.field else set())):
        return 0.0
    of_line = (words & {"line"}) | (words & _REVENUE_CENTER if words >= _REVENUE_CENTER else set())
    best = 0.0
    if candidate.root == "line":
        own = own | of_line
    for needed in candidate.words:
        if needed <= words and (needed <= near if candidate.named else needed & near):
            extra = near - needed - own - _NOISE
            if candidate.many:  # the number of a repeated column says nothing else
                extra = {word for word in extra if not word.isdigit() and word != "from"}
            best = max(best, 2 * len(needed) - 0.5 * len(extra) - 0.1 * len(words - needed - own - _NOISE))
    if not best:
        return 0.0
    cells = column.profile
    if cells.filled and candidate.kinds:
        share = max(cells.share(kind) for kind in candidate.kinds)
        if share < _LIKE:
            return 0.0
        best += share
    if candidate.field.endswith("member_id") and cells.looks_like("mbi"):
        best += 1
    if candidate.root == "line" and of_line:
        best += 0.8
    best -= 0.5 * column.name.count("[0]") if not candidate.many else 0.0  # the first of a list stands for none
    return best - (0.5 if not cells.filled else 0.0) - (0.6 if candidate.named else 0.0)


def _guess(candidate: Candidate, column: Column, score: float, seen: Look) -> Guess:
    path = (column.many or column.name) if candidate.many else column.name
    keys: dict[str, object] = {}
    check = ""
    if candidate.use == "date":
        keys, check = date_rule(column)
    elif column.profile.looks_like("last_first") and candidate.field.endswith("last_name"):
        keys = {"use": "name('last')"}
    elif candidate.use == "control_number" and not column.profile.looks_like("control"):
        check = "a patient control number has 20 letters, digits and dashes at most"
    elif candidate.use == "sex" and column.profile.texts & {"1", "2"}:
        keys = {"use": "sex('1=M', '2=F')"}
        check = "is 1 male and 2 female?"
    elif candidate.use:
        keys = {"use": candidate.use}
    if candidate.use == "pointers" and any(len(cell) > 1 and cell.isdigit() for cell in column.cells):
        check = "is 12 the twelfth diagnosis, or the first and the second?"
    if candidate.use == "npi" and column.profile.filled and not column.profile.looks_like("npi"):
        check = "not all are NPIs by their check digit"
    if candidate.root == "claim" and not candidate.many and "line" in column.said and seen.source.format == "csv":
        keys["rows"] = "first"
    return Guess(
        root=candidate.root,
        field=candidate.field,
        columns=[column.name],
        keys={"from": path, **keys},
        why=_why(candidate, column),
        check=check or ("" if column.profile.filled else "blank in all of the sample: by its name alone"),
        score=score,
        many=candidate.many,
    )


def _why(candidate: Candidate, column: Column) -> str:
    cells = column.profile
    named = f"by name; {cells.shape}" if cells.filled else "by name"
    kinds = [kind for kind in candidate.kinds if cells.looks_like(kind) and kind not in ("word", "person", "control")]
    if kinds and cells.filled:
        share = cells.share(kinds[0])
        what = _KINDS.get(kinds[0], kinds[0].replace("_", " "))
        named += f", {'all' if share == 1 else f'{share:.0%}'} {what}"
    return named


_KINDS = {
    "date": "dates", "npi": "NPIs by their check digit", "diagnosis": "of the shape of ICD codes", "icd": "ICD-10",
    "procedure": "of the shape of procedure codes", "money": "amounts", "zip": "ZIP codes", "state": "states",
    "phone": "telephone numbers", "tax_id": "nine digits", "number": "numbers", "two_digits": "one or two digits",
    "cents": "amounts", "yes_no": "yes or no", "taxonomy": "taxonomy codes", "drg": "three digits",
    "last_first": "last, first",
}  # fmt: skip
_TELLING = ("date", "npi", "icd_dotted", "cents", "phone", "email", "last_first", "ndc")


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
        guessed = _guess(field, fitting[0], _ENOUGH, seen)
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


def _appearance(column: Column) -> str:
    cells = column.profile
    if not cells.filled:
        return "blank"
    looks = next((_KINDS.get(kind, kind) for kind in _TELLING if cells.looks_like(kind)), "")
    few = " always the same" if cells.distinct == 1 < cells.filled else ""
    return f"{cells.shape}{few}{f' ({looks})' if looks else ''}"
