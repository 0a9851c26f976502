"""Who is who in a set of files: one patient's claims, answers and payments share one shift of dates.

Goes through the segments once, before anything is made over. Keeps numbers of segments and digests of identities,
not identities; what it keeps grows by some hundred bytes a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from edigate.deidentify.elements import keeps_party
from edigate.deidentify.places import KEPT_REFERENCES
from edigate.deidentify.pseudonyms import Pseudonyms
from edigate.deidentify.values import Shift
from edigate.x12.segments import Segment

_WEEKS = 52
_APART = 28  # days that one patient's dates move beyond another's, at most
_TELLING = 4  # characters of a name or id; shorter ones tell nobody
_LEVELS = frozenset(("22", "23", "PT"))  # HL03: what follows is about one person


class People:
    """Whose the segments of the files are. Read all files before asking who is who."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._known: set[str] = set()

    @property
    def known(self) -> frozenset[str]:
        """Names and ids of whoever isn't a payer, upper case."""
        return frozenset(self._known)

    def read(self, segments: Iterable[Segment]) -> dict[int, str]:
        """Go through an X12 file: the segments (by number) where what is about one person begins, and who; where it
        ends, an empty text. Of who it is, `root` tells more once all files were read."""
        reading = _Reading(self)
        for segment in segments:
            reading.take(segment.elements, segment.number)
        reading.person_over()
        return reading.scopes

    def remember(self, value: str) -> None:
        """A name or id of somebody who isn't a payer."""
        if len(value) >= _TELLING:
            self._known.add(value.upper())

    def join(self, names: Sequence[str]) -> str:
        """All names of one person are the person's; returns the one that stands for all. The least, so that the order
        of files changes nothing."""
        roots = sorted({self.root(name) for name in names})
        for other in roots[1:]:
            self._above[other] = roots[0]
        return roots[0]

    def root(self, name: str) -> str:
        """What stands for all names of one person."""
        root = name
        while (above := self._above.get(root)) is not None:
            root = above
        if root != name:
            self._above[name] = root
        return root


class _Reading:
    """One file being gone through, segment by segment."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.scopes: dict[int, str] = {}
        self._set = ""
        self._start = 0
        self._person: _Person | None = None

    def take(self, elements: list[str], number: int) -> None:
        name = elements[0]
        if name == "ST":
            self._set = _get(elements, 1)
        begins = name in ("CLP", "INS") or (name == "HL" and _get(elements, 3) in _LEVELS)
        if begins:
            self.person_over()
            self._start, self._person = number, _Person()
        elif self._person and (name in ("HL", "SE", "PLB") or (name == "LX" and self._set == "835")):
            self.person_over()
            self.scopes[number] = ""
        if name in ("NM1", "N1"):
            self._party(elements)
        elif name == "REF" and _get(elements, 1) not in KEPT_REFERENCES:
            self._people.remember(_get(elements, 2))
        elif name in ("CLM", "CLP") or (name == "TRN" and self._set == "277" and _get(elements, 1) == "2"):
            self._claim(_get(elements, 2 if name == "TRN" else 1))
        elif name == "DMG" and self._person:
            self._person.birth = self._person.birth or _get(elements, 2)

    def _party(self, elements: list[str]) -> None:
        if keeps_party(elements):
            return
        for at in (2, 4) if elements[0] == "N1" else (3, 4, 5, 9):
            self._people.remember(_get(elements, at))
        entity = _get(elements, 1)
        if self._person and (entity == "QC" or (entity == "IL" and self._set != "835" and not self._person.claims)):
            self._person.named(_get(elements, 3), _get(elements, 4), _get(elements, 9))

    def _claim(self, number: str) -> None:
        self._people.remember(number)
        if self._person:
            self._person.claims.append(number)

    def person_over(self) -> None:
        """What was about one person ends here: who it was is known now."""
        if self._person:
            self.scopes[self._start] = self._people.join(self._person.keys() or [_digest("alone", str(self._start))])
        self._person = None


class _Person:
    """What is told of one person."""

    def __init__(self) -> None:
        self.claims: list[str] = []
        self.birth = ""
        self._names = ("", "", "")

    def named(self, last: str, first: str, member_id: str) -> None:
        self._names = self._names if any(self._names) else (last, first, member_id)

    def keys(self) -> list[str]:
        last, first, member_id = self._names
        return keys_of_person(last=last, first=first, birth=self.birth, member_id=member_id, claims=self.claims)


def keys_of_person(*, last: str, first: str, birth: str, member_id: str, claims: Sequence[str]) -> list[str]:
    """What somebody goes by, each enough to know him again: name and birth date (CCYYMMDD), member id and first
    name, which tells who of a family with one id, and the numbers of his claims."""
    found = [_digest("claim", number.upper()) for number in claims if number]
    if last and birth:
        found.append(_digest("born", last.upper(), first.upper(), birth))
    if member_id:
        found.append(_digest("member", member_id.upper(), first.upper()))
    return found


def shift_of(pseudonyms: Pseudonyms, who: str, base: Shift) -> Shift:
    """The shift of one person's dates."""
    days = base.filed + 1 + pseudonyms.number("patient", who, below=_APART)
    return Shift(patient=days, filed=base.filed, today=base.today)


def filed_days(pseudonyms: Pseudonyms) -> int:
    """How many days earlier files and payments become: whole weeks, so that a Sunday stays one."""
    return 7 * (1 + pseudonyms.number("files", below=_WEEKS))


def _get(elements: Sequence[str], at: int) -> str:
    return elements[at].strip() if at < len(elements) else ""


def _digest(*words: str) -> str:
    return blake2b("\0".join(words).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
