"""What the cells of a column look like: dates and their form, NPIs, codes, money, states. Knows no column's name.

What is said of a cell to anybody is its shape (`99999`, `Aaaa`), never the cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby

import msgspec

from edigate.mapping.functions import Unusable, amount, date_by
from edigate.secrecy import Phi

_MOST = 0.75  # share of dates from which on the rest are thought to be slips
CLEAR = 0.9  # share of the cells that must look like something before anybody says that they do


class Profile(Phi, msgspec.Struct, frozen=True):
    """The cells of one column of a sample. `kinds`: share of the filled cells that look like each kind."""

    rows: int
    filled: int
    distinct: int
    longest: int
    shape: str
    kinds: dict[str, float]
    dates: tuple[str, ...] = ()  # forms that read the cells, where they are dates
    texts: frozenset[str] = frozenset()  # what the cells say, where that is a few short codes

    def share(self, kind: str) -> float:
        return self.kinds.get(kind, 0.0)

    def looks_like(self, kind: str) -> bool:
        """Whether nearly every filled cell is of a kind; false where none is filled."""
        return self.filled > 0 and self.share(kind) >= CLEAR


DATE_FORMS = (
    "%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%b-%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%m%d%Y", "%d%b%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
)  # fmt: skip
"""Forms that are tried, the likelier of two that read the same cells first."""

_READ_DATE = {form: date_by(form) for form in DATE_FORMS}

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR"
    " PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI AA AE AP".split()
)
_SEXES = frozenset({"M", "F", "U", "MALE", "FEMALE", "UNKNOWN", "1", "2", "0"})
_YES_NO = frozenset({"Y", "N", "YES", "NO", "TRUE", "FALSE", "T", "F", "0", "1"})
_RELATIONS = frozenset(
    "01 18 19 20 21 39 40 53 G8 1 2 3 4 SELF SPOUSE CHILD OTHER EMPLOYEE UNKNOWN PARENT COMMON INJURED".split()
)
_FILING = frozenset("11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ".split())

_PATTERNS = {
    # ICD-10-CM: a letter, a digit, then up to five more; the dot behind the third
    "icd": r"[A-TV-Z][0-9][0-9AB](?:\.?[0-9A-Z]{1,4})?",
    "icd_dotted": r"[A-TV-Z][0-9][0-9AB]\.[0-9A-Z]{1,4}",
    "icd9": r"[0-9]{3}(?:\.?[0-9]{1,2})?|V[0-9]{2}(?:\.?[0-9]{1,2})?|E[0-9]{3}(?:\.?[0-9])?",
    "pcs": r"[0-9A-HJ-NP-Z]{7}",
    "cpt": r"[0-9]{4}[0-9AFMTU]",
    "hcpcs": r"[A-CEG-V][0-9]{4}",
    "cdt": r"D[0-9]{4}",
    "revenue": r"0?[0-9]{3}",
    "bill_type": r"0?[1-8][1-9][0-9A-Z]",
    "drg": r"[0-9]{3}",
    "number": r"-?[0-9]+(?:\.[0-9]+)?",
    "whole": r"[0-9]{1,9}",
    "two_digits": r"[0-9]{1,2}",
    "zip": r"[0-9]{3,5}|[0-9]{3,5}-[0-9]{4}|[0-9]{8,9}",
    "phone": r"\+?1?[ .-]?\(?[2-9][0-9]{2}\)?[ ./-]*[0-9]{3}[ .-]?[0-9]{4}(?:\s*(?:x|ext\.?)\s*[0-9]+)?",
    "tax_id": r"[0-9]{2}-?[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}",
    "taxonomy": r"[0-9]{3}[0-9A-Z]{6}X|[12][0-9]{2}[0-9A-Z]{7}",
    "modifier": r"[A-Z0-9]{2}",
    "ndc": r"[0-9]{11}|[0-9]{4,5}-[0-9]{3,4}-[0-9]{1,2}",
    "tooth": r"[0-9]{1,2}|[A-T]S?",
    "time": r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?|[0-2][0-9][0-5][0-9]",
    "pointers": r"[A-L](?:[,:;| ]?[A-L]){0,3}|[0-9]{1,2}(?:[,:;| ][0-9]{1,2}){0,3}",
    "last_first": r"[^,0-9]+,\s*[^,]+",
    "person": r"[^\W_][\w'. ,-]*",
    "email": r"[^@\s]+@[^@\s]+\.[a-z]+",
    "control": r"[A-Za-z0-9-]{1,20}",
    "unit": r"UN|MJ|DA|F2|GR|ME|ML|EA",
    # Medicare's number of a beneficiary; CMS's format, where 2, 5, 8 and 9 are letters
    "mbi": r"[1-9][A-Z][0-9A-Z][0-9][A-Z]?[0-9A-Z][0-9A-Z][0-9A-Z]{2}[0-9A-Z]?[0-9]{1,2}",
    "word": r".*[A-Za-z].*",
}
_MATCHES = {kind: re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch for kind, pattern in _PATTERNS.items()}


def luhn(text: str) -> bool:
    """Whether ten digits are an NPI by its check digit (80840 before it; 45 CFR 162.406)."""
    if not re.fullmatch(r"[0-9]{10}", text):
        return False
    total = 24  # what 80840 adds
    for place, digit in enumerate(reversed(text)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _money(text: str) -> bool:
    try:
        amount(text)
    except Unusable:
        return False
    return True


_TESTS: dict[str, Callable[[str], object]] = {
    **_MATCHES,
    "npi": luhn,
    "ten_digits": re.compile(r"[0-9]{10}").fullmatch,
    "money": _money,
    "cents": lambda text: _money(text) and re.search(r"\.[0-9]{2}\)?$", text),
    "state": lambda text: text.upper() in STATES,
    "sex": lambda text: text.upper() in _SEXES,
    "yes_no": lambda text: text.upper() in _YES_NO,
    "relation": lambda text: text.upper() in _RELATIONS,
    "filing": lambda text: text.upper() in _FILING,
    "procedure": lambda text: any(_MATCHES[kind](text) for kind in ("cpt", "hcpcs", "cdt")),
    "diagnosis": lambda text: _MATCHES["icd"](text) or _MATCHES["icd9"](text),
}

_FEW = 12  # different texts at most that are kept, all of them codes of a character or two


def profile(cells: Iterable[str]) -> Profile:
    """What the cells of a column look like; blank ones count only as rows."""
    rows = 0
    counted: Counter[str] = Counter()
    for cell in cells:
        rows += 1
        if cell:
            counted[cell] += 1
    filled = sum(counted.values())
    if not filled:
        return Profile(rows, 0, 0, 0, "", {})
    kinds: dict[str, float] = {
        kind: found / filled
        for kind, test in _TESTS.items()
        if (found := sum(count for text, count in counted.items() if test(text)))
    }
    dates, share = _date_forms(counted)
    if dates:
        kinds["date"] = share
    shapes = Counter({shape(text): 0 for text in counted})
    for text, count in counted.items():
        shapes[shape(text)] += count
    codes = len(counted) <= _FEW and all(len(text) <= 2 for text in counted)
    return Profile(
        rows=rows,
        filled=filled,
        distinct=len(counted),
        longest=max(map(len, counted)),
        shape=shapes.most_common(1)[0][0],
        kinds=kinds,
        dates=dates,
        texts=frozenset(counted) if codes else frozenset(),
    )


def _date_forms(counted: Counter[str]) -> tuple[tuple[str, ...], float]:
    """The forms that read nearly all cells, likeliest first, and the share they read; none where few are dates."""
    left = {text: count for text, count in counted.items() if _MAYBE_DATE(text)}
    whole = counted.total()
    if sum(left.values()) < _MOST * whole:
        return (), 0.0
    blank = whole - sum(left.values())
    forms: list[str] = []
    while left and len(forms) < 3:
        best = max(DATE_FORMS, key=lambda form: sum(count for text, count in left.items() if is_date(form, text)))
        unread = {text: count for text, count in left.items() if not is_date(best, text)}
        if len(unread) == len(left):
            break
        forms.append(best)
        left = unread
    share = 1 - (sum(left.values()) + blank) / whole
    return (tuple(forms), share) if share >= _MOST else ((), 0.0)


_MAYBE_DATE = re.compile(r"(?=.*[0-9]{4}).{8,30}", re.DOTALL).fullmatch


def is_date(form: str, text: str) -> bool:
    """Whether a text is a day in a form, of a year that a claim may speak of."""
    if _MAYBE_DATE(text) is None:
        return False
    try:
        return 1880 <= _READ_DATE[form](text).year <= 2100
    except Unusable:
        return False


_LONGEST_RUN = 10


def shape(text: str) -> str:
    """A text without what it says: digits as 9, letters as A and a, long runs and texts cut."""
    letters = "".join(
        "9" if "0" <= c <= "9" else "A" if c.isupper() else "a" if c.isalpha() else c if c in " .,-/:()+#" else "?"
        for c in text[:40]
    )
    cut = "".join("".join(list(run)[:_LONGEST_RUN]) for _, run in groupby(letters))
    return cut[:24]
