"""What a biller may have meant by a code that doesn't exist: slips of hand and eye, most likely first.

Knows how codes get spoilt. Refuses to know any code set: the caller says which codes exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

# What is read or typed for something else.
_ALIKE = {
    "O": "0", "0": "O", "Q": "0", "D": "0", "I": "1", "L": "1", "1": "IL", "S": "5", "5": "S",
    "B": "8", "8": "B", "Z": "2", "2": "Z", "G": "6", "6": "G", "T": "7", "7": "T",
}  # fmt: skip
_ICD_LENGTH = 7
_LONGEST = 12  # no code is longer; what is has no near one


def near(code: str, exists: Callable[[str], bool], *, most: int = 3) -> list[str]:
    """At most so many existing codes that a code may have been meant for."""
    found: list[str] = []
    for candidate in _candidates(code) if len(code) <= _LONGEST else ():
        if candidate != code and candidate not in found and exists(candidate):
            found.append(candidate)
            if len(found) == most:
                break
    return found


def _candidates(code: str) -> Iterator[str]:
    yield from (f"0{code}", f"00{code}")  # a spreadsheet drops leading zeros
    yield from _alike(code)
    for at in range(len(code) - 1):  # two exchanged
        yield code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    for length in range(4, _ICD_LENGTH):  # ICD-10-CM: the seventh character not in seventh place
        if len(code) == length and code[-1].isalpha():
            yield f"{code[:-1]:X<6}{code[-1]}"
    if len(code) < _ICD_LENGTH:  # ICD-10-CM: the seventh character forgotten; most come to a first treatment
        yield f"{code:X<6}A"
    for length in range(len(code) - 1, 2, -1):  # something too much at the end
        yield code[:length]
    for at in range(len(code)):  # or a sign typed twice
        yield code[:at] + code[at + 1 :]


def _alike(code: str) -> Iterator[str]:
    every = code
    for at, sign in enumerate(code):
        for other in _ALIKE.get(sign, ""):
            yield code[:at] + other + code[at + 1 :]
        if at and sign == "O":
            every = every[:at] + "0" + every[at + 1 :]
    yield every  # each O after the first letter a zero
