"""What a code says, asked by itself: edigate's own, a partner's own edits, X12's reasons, remarks and claim statuses.

Pure: tables in, words out. A number may be several things; all of them are told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

import msgspec

from edigate.errors import UsageError
from edigate.findings import Meaning
from edigate.gateway.codebook import FAMILIES, Family, meanings_of
from edigate.partners.model import Partner
from edigate.reconcile.reasons import CARC, GROUPS, RARC, action, kind_of
from edigate.reconcile.remarks import ACTIONS
from edigate.responses.words import ENTITIES, STATUS_CATEGORIES, STATUS_CODES, status_words

_CUT = re.compile(r"(CO|PR|OA|PI|CR)[- ]?([A-Z]{0,2}[0-9]{1,3})", re.ASCII)
_STATUS = re.compile(r"[A-Z][0-9]{1,2}(:[0-9]{1,4}){1,2}(:[0-9A-Z]{2,3})?", re.ASCII)
_MOST_ENDINGS = 4
_REJECTS = frozenset(("A3", "A4", "A6", "A7", "A8"))


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a code is. `kind` says what tells it; `page` of the documentation has it among its like.

    `source` is the standard or publisher that asks for it; of a line and an exit code `source_is` something else.
    """

    code: str
    kind: str
    what: str
    remedy: str = ""
    source: str = ""
    source_is: str = "source"
    severities: tuple[str, ...] = ()
    page: str = ""


def explain(asked: str, partners: Iterable[Partner] = ()) -> list[Explained]:
    """Everything that a code is, edigate's own first; case makes no difference.

    Raises UsageError where it is nothing, with the nearest one.
    """
    code = asked.strip().upper()
    found = [*_told(code), *_own_edits(code, partners), *_cuts(code), *_statuses(code)]
    found = found or [_of(*one) for one in _ending_in(code)]
    if not found:
        near = difflib.get_close_matches(code, sorted(_known(partners)), n=1, cutoff=0.6)
        told = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"edigate knows no code {asked.strip()!r}.{told}", hint="docs/findings.md lists all of them.")
    return found


def _told(code: str) -> Iterator[Explained]:
    name = code.replace(" ", "_")
    for family, one in meanings_of(FAMILIES):
        if one.code.upper() in (code, name) or one.code.upper().replace(" ", "_") == name:
            yield _of(family, one)
    if re.fullmatch(r"0[0-3][0-9]", code, re.ASCII):  # a TA105 by itself
        yield from _told(f"TA1-{code}")


def _of(family: Family, one: Meaning) -> Explained:
    severities = tuple(one.severities)
    return Explained(
        code=one.code, kind=family.kind or family.title, what=one.what, remedy=one.remedy, source=one.source,
        source_is=family.source or "source", severities=severities, page=family.page,
    )  # fmt: skip


def _ending_in(code: str) -> list[tuple[Family, Meaning]]:
    """Codes that end so, where somebody left out what stands in front: few, or it says nothing."""
    found = [(family, one) for family, one in meanings_of(FAMILIES) if one.code.upper().endswith(f"-{code}")]
    return found if len(found) <= _MOST_ENDINGS else []


def _own_edits(code: str, partners: Iterable[Partner]) -> Iterator[Explained]:
    for partner in partners:
        for edit in partner.edits.add:
            if edit.code == code:
                yield Explained(
                    code=code, kind=f"edit of partner {partner.name}", what=edit.message, source=edit.source,
                    severities=(edit.severity,), remedy=f"Its condition stands in partners/{partner.name}.toml.",
                )  # fmt: skip


def _cuts(code: str) -> Iterator[Explained]:
    """A reason (CARC), alone or behind its group, and a remark (RARC)."""
    cut = _CUT.fullmatch(code)
    group, reason = (cut[1], cut[2]) if cut and cut[2] in CARC else ("", code)
    if reason in CARC:
        named = f"{GROUPS[group]}: " if group else ""
        yield Explained(
            code=code, kind=f"claim adjustment reason (CARC): {kind_of(group, reason)}",
            what=named + CARC[reason].words, remedy=action(reason), source="X12 139", page="reasons.md",
        )  # fmt: skip
    if code in RARC:
        yield Explained(
            code=code, kind="remittance remark (RARC)", what=RARC[code], remedy=ACTIONS.get(code, ""), source="X12 411",
            page="reasons.md",
        )  # fmt: skip


def _statuses(code: str) -> Iterator[Explained]:
    """A claim's status as a 277CA says it: a category, a status, a party, or all of them (`A7:562:85`)."""
    correct = "Correct the claim and convert it again; `edigate show claim ID` leads to the field."
    for kind, table, source in (
        ("claim status category", STATUS_CATEGORIES, "X12 507"),
        ("claim status", STATUS_CODES, "X12 508"),
        ("party of a claim status", ENTITIES, "X12 98"),
    ):
        if code in table:
            yield Explained(
                code=code, kind=kind, what=table[code], source=f"{source} (277CA, STC)",
                remedy=correct if code in _REJECTS else "", page="reasons.md",
            )  # fmt: skip
    if _STATUS.fullmatch(code):
        yield Explained(
            code=code, kind="claim status", what=status_words([code]), source="X12 507, 508, 98 (277CA, STC)",
            remedy=correct if code.partition(":")[0] in _REJECTS else "",
        )  # fmt: skip


def _known(partners: Iterable[Partner]) -> set[str]:
    known = {one.code.upper() for _, one in meanings_of(FAMILIES)}
    known |= {edit.code for partner in partners for edit in partner.edits.add}
    return known | {code for table in (CARC, RARC, STATUS_CATEGORIES) for code in table}
