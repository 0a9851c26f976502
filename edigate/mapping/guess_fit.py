"""How well a column fits each field of a claim: by the words of its name, whose it is, and what its cells are.

Knows the tables of `guess_fields`; which of several fits wins is for `guess`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from edigate.claims.model import ClaimKind
from edigate.mapping.guess_details import Guess, date_rule
from edigate.mapping.guess_fields import (
    FAINT_PARTIES,
    LINE_PARTIES,
    PARTY_WORDS,
    Candidate,
    claim_candidates,
    party_candidates,
)
from edigate.mapping.guess_look import Column, Look

ENOUGH = 2.0  # the least score that is a guess
ENOUGH_BLANK = 2.5  # where the sample has no cell of it
_OFTEN = 0.2  # share of encounters whose rows differ, from which on a column isn't thought to be the claim's
_LIKE = 0.6  # share of the cells that must be of the field's kind
_NOISE = frozenset({"code", "id", "value", "name", "text", "coding", "date", "claim", "information", "or", "type"})
_PERSONAL = frozenset({"death", "last", "first", "middle", "birth", "sex", "address", "street", "city", "state", "zip"})
_STRONG = frozenset().union(*(words for _, words in PARTY_WORDS))
_BILLS = frozenset({"billing", "bill"})
_WITHOUT_A_PARTY = frozenset({"npi", "tax_id", "member_id", "group_number", "filing_indicator"})
_REVENUE_CENTER = frozenset({"revenue", "center"})
_OF_THE_PLAN = frozenset({"member_id", "filing_indicator", "responsibility", "group_number", "group_name"})


def fits(seen: Look, kind: ClaimKind, key: Column | None) -> Iterator[Guess]:
    """Every field that a column might be, with how well it fits."""
    for column in seen.columns:
        varies = _varies(column, key)
        for candidate, own, less in _candidates(column, seen, kind):
            score = score_of(candidate, column, own)
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
            if score >= (ENOUGH if column.profile.filled or candidate.many else ENOUGH_BLANK):
                yield guess_of(candidate, column, score, seen)


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


def score_of(candidate: Candidate, column: Column, own: frozenset[str]) -> float:
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


def guess_of(candidate: Candidate, column: Column, score: float, seen: Look) -> Guess:
    """A column taken for a field: the keys of its rule, why, and what a person should check."""
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
    """Why a column was taken: its name, the shape of its cells, and how many of them are of the field's kind."""
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


def appearance(column: Column) -> str:
    """What the cells of a column look like, in a few words and never a cell: `99-Aaa-9999 (dates)`."""
    cells = column.profile
    if not cells.filled:
        return "blank"
    looks = next((_KINDS.get(kind, kind) for kind in _TELLING if cells.looks_like(kind)), "")
    few = " always the same" if cells.distinct == 1 < cells.filled else ""
    return f"{cells.shape}{few}{f' ({looks})' if looks else ''}"
