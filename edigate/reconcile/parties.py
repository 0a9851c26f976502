"""Whether an answer speaks of the patient and the provider that the claim did. Pure.

Payers cut names, drop hyphens and suffixes, write an initial, answer with a number of their own: none of these makes
another person. Only what can't be the same is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import msgspec

from edigate.secrecy import Phi

_ENOUGH = 3  # letters of a name cut short that still say whose it is
_ENOUGH_OF_ID = 6
_NPI = re.compile(r"[0-9]{10}", re.ASCII)


class Person(Phi, msgspec.Struct, frozen=True, gc=False):
    """A name as it was written."""

    last_name: str = ""
    first_name: str = ""


class Ours(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """Whom a claim speaks of. `npis` are all providers that it names, `tax_id` is the billing one's."""

    patient: Person
    member_ids: tuple[str, ...] = ()
    npis: frozenset[str] = frozenset()
    tax_id: str = ""


class Theirs(Phi, msgspec.Struct, kw_only=True):
    """Whom an 835 says it answers for: NM1*QC, IL (numbers), 82 of a claim; N1*PE of the payment."""

    patient: Person = Person()
    ids: tuple[str, ...] = ()
    rendering_npi: str = ""
    payee_npi: str = ""
    payee_tax_id: str = ""


class Difference(Phi, msgspec.Struct, frozen=True):
    """Another patient or provider than ours; both as they were written. PHI."""

    what: Literal["patient", "provider"]
    ours: str
    theirs: str


def differences(ours: Ours, theirs: Theirs) -> list[Difference]:
    """In what an answer can't be about the claim: its patient, its provider, or both."""
    found = []
    if not _same_patient(ours, theirs):
        found.append(Difference("patient", _written(ours.patient), _written(theirs.patient)))
    if other := _other_provider(ours, theirs):
        found.append(Difference("provider", " ".join(sorted(ours.npis)), other))
    return found


def _same_patient(ours: Ours, theirs: Theirs) -> bool:
    one, other = ours.patient, theirs.patient
    if one == other:
        return True
    last, first = _alike(one.last_name, other.last_name), _alike(one.first_name, other.first_name, initial=True)
    if last and first:
        return True
    if _alike(one.last_name, other.first_name) and _alike(one.first_name, other.last_name):
        return True  # written the other way round
    # Who married has another last name and the same number; another first name is another member of the family.
    return first and _same_number(ours.member_ids, theirs.ids)


def _same_number(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    known = {_bare(number) for number in ours} - {""}
    for number in map(_bare, theirs):
        for own in known:
            short, long = sorted((own, number), key=len)
            if own == number or (len(short) >= _ENOUGH_OF_ID and long.startswith(short)):
                return True
    return False


def _other_provider(ours: Ours, theirs: Theirs) -> str:
    """The NPI that is none of ours; empty where all may be."""
    if not ours.npis:
        return ""
    rendering, payee = theirs.rendering_npi.strip(), theirs.payee_npi.strip()
    if _NPI.fullmatch(rendering) and rendering not in ours.npis and rendering != payee:
        return rendering
    same_tax = bool(theirs.payee_tax_id) and _bare(theirs.payee_tax_id) == _bare(ours.tax_id)
    if _NPI.fullmatch(payee) and payee not in ours.npis and theirs.payee_tax_id and ours.tax_id and not same_tax:
        return payee  # a group is often paid under another NPI of its own: its tax number says that it is the same
    return ""


def _alike(one: str, other: str, *, initial: bool = False) -> bool:
    """Whether two names may be the same; a name that one side doesn't give contradicts nothing."""
    if one == other:
        return True
    mine, their = _words(one), _words(other)
    if not mine or not their:
        return True
    whole, cut = sorted(("".join(mine), "".join(their)), key=len, reverse=True)
    if whole.startswith(cut) and (len(cut) >= _ENOUGH or len(cut) == len(whole) or (initial and len(cut) == 1)):
        return True
    longer = {word for word in mine if len(word) >= _ENOUGH}
    return any(word in longer for word in their)


@lru_cache(maxsize=8192)
def _words(name: str) -> tuple[str, ...]:
    """A name in plain capitals, word by word: no accent, hyphen, apostrophe or suffix."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper().replace("'", "")
    return tuple(word for word in re.findall(r"[A-Z0-9]+", plain) if word not in _SUFFIXES)


_SUFFIXES = frozenset(("JR", "SR", "II", "III", "IV"))


def _bare(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum()).lstrip("0")


def _written(person: Person) -> str:
    return ", ".join(name for name in (person.last_name, person.first_name) if name)
