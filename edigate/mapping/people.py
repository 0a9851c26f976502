"""Transforms of names and sexes. Knows how senders write people, no field and no file."""

from __future__ import annotations

from edigate.mapping.texts import Transform, Unusable, remember, upper_ascii

_SEXES = {"M": "M", "MALE": "M", "F": "F", "FEMALE": "F", "U": "U", "UNKNOWN": "U", "UN": "U"}


def sex(*pairs: str) -> Transform:
    """DMG03 of `M`, `female`, `Unknown`; other codes by pairs like `sex('1=M', '2=F')`."""
    table = dict(_SEXES)
    for pair in pairs:
        code, _, meaning = pair.partition("=")
        if meaning not in {"M", "F", "U"}:
            raise ValueError("pairs like '1=M', their right side M, F or U")
        table[code.strip().upper()] = meaning

    def read(text: str) -> str:
        try:
            return table[text.upper()]
        except KeyError:
            raise Unusable("is not a known code for a sex") from None

    return remember(read)


_NAME_PARTS = {"last": 0, "first": 1, "middle": 2, "suffix": 3}
_SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV", "V"})
_DEGREES = frozenset(
    "MD DO DDS DMD DPM DC OD PHD PSYD PHARMD DPT PT OT NP FNP APRN ARNP CRNA CNM RN PA PAC LCSW LMFT LPC MBBS".split()
)
"""Degrees that stand behind a name's last comma and aren't part of it (NM106 isn't used)."""


def name(part: str = "") -> Transform:
    """A name in capitals without accents; of `DOE JR, JANE Q` its 'last', 'first', 'middle' or 'suffix'."""
    if part and part not in _NAME_PARTS:
        raise ValueError("'last', 'first', 'middle', 'suffix' or nothing")

    def read(text: str) -> str:
        written = upper_ascii(text)
        return split_name(written)[_NAME_PARTS[part]] if part else written

    return remember(read)


def split_name(written: str) -> tuple[str, str, str, str]:
    """Last, first and middle name and suffix of `DOE, JANE Q JR`, `DOE JR, JANE`, `DOE, JR, JANE`, `DOE, JANE, MD`."""
    pieces = [piece.strip() for piece in written.split(",")]
    suffix = ""
    kept: list[str] = []
    for piece in pieces:
        word = piece.replace(".", "").replace("-", "")
        if kept and word in _SUFFIXES:
            suffix = word
        elif piece and not (len(kept) > 1 and all(each in _DEGREES for each in word.split())):
            kept.append(piece)
    if len(pieces) == 1:
        raise Unusable("has no comma, so that last and first name can't be told apart")
    if len(kept) > 2 or not kept or not pieces[0]:
        raise Unusable("has commas that don't stand between last and first name")
    family, given = kept[0].split(), (kept[1] if len(kept) > 1 else "").split()
    for words in (family, given):
        if len(words) > 1 and words[-1].rstrip(".") in _SUFFIXES:
            suffix = words.pop().rstrip(".")
    return " ".join(family), given[0] if given else "", " ".join(given[1:]).rstrip("."), suffix
