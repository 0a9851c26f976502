"""Every code that edigate tells, gathered from the tables of its rooms: for docs/findings.md and `edigate explain`.

Knows the tables, not what is in them. Refuses to know files: a code is asked by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from edigate.bank import meanings as bank
from edigate.claims.edits import RULES
from edigate.claims.edits.repairs import REPAIRS
from edigate.encounters import meanings as encounters
from edigate.findings import Meaning, Severity
from edigate.gateway import holds, lines, meanings, runbook
from edigate.ledger import checks
from edigate.mapping import meanings as mapping
from edigate.reconcile import meanings as reconcile
from edigate.remits import meanings as remits
from edigate.x12 import meanings as x12


class Family(NamedTuple):
    """Codes that belong together. `source`: how the table's last column is called; empty where it has none."""

    title: str
    about: str
    codes: Sequence[Meaning]
    source: str = "source"
    page: str = "findings.md"
    kind: str = ""  # how one of them is called, where it isn't a finding


_KEEP = "Change nothing by hand; restore a backup, or report it."
_REMEDIES = {
    "LEDGER-DAMAGED": "Restore a backup, and look at the disk's health.",
    "LEDGER-REFERENCE": "Restore a backup.",
    "LEDGER-PURGE": "Restore a backup, or report it: such a claim can't be sent as it is.",
    "LEDGER-NUMBERS": "An old ledger was put back: agree on the next number with the partner before anything is sent.",
}
_VALIDATES = "Told by `edigate validate`, of claims as they are written and of all that is received."

FINDINGS: tuple[Family, ...] = (
    Family("X12: interchange", f"{_VALIDATES} The same codes come in a partner's TA1.", x12.INTERCHANGE),
    Family("X12: group", f"{_VALIDATES} The same codes come in a partner's 999.", x12.GROUP),
    Family("X12: transaction set", f"{_VALIDATES} The same codes come in a partner's 999.", x12.SET),
    Family("X12: segments and loops", f"{_VALIDATES} The same codes come in a partner's 999.", x12.SEGMENT),
    Family("X12: elements", f"{_VALIDATES} The same codes come in a partner's 999.", x12.ELEMENT),
    Family("X12: the file", "Told by everything that reads X12; no answer has a code for it.", x12.OWN),
    Family("Extracts", "Told by `edigate convert` and `edigate mapping test`; the encounter isn't made into a claim.",
           encounters.MEANINGS),
    Family("Mappings", "Told by `edigate convert` and `edigate mapping test`, with the cells each is about.",
           mapping.MEANINGS),
    Family("Converting", "Told by `edigate convert` of claims that passed the edits.", meanings.CONVERTING),
    Family("Sums of an 835", "Told by `edigate post` and `edigate decode`.", remits.MEANINGS),
    Family("Banks' files", "Told by `edigate deposits import`; a file with an error is held whole.", bank.MEANINGS),
    Family("Fee tables", "Told by `edigate fees check`; a row with an error isn't used.", reconcile.MEANINGS),
    Family("The ledger", "Told by `edigate db check` and `edigate doctor`: laws of every ledger.",
           [Meaning(code, f"Doesn't hold: {law}.", _REMEDIES.get(code, _KEEP)) for code, law in checks.laws()]),
    Family("The archive",
           "Told by `edigate archive verify`, `edigate db check` and `edigate doctor`.", meanings.ARCHIVE),
    Family("The audit trail", "Told by `edigate audit verify`.", meanings.AUDIT),
)  # fmt: skip

LINES: tuple[Family, ...] = (
    Family("Why a file received is held", "By words that stand in its reason (`edigate show file in-N`); nothing of it "
           "is in the ledger. [Posting](posting.md#a-file-is-posted-whole-or-not-at-all) has the ways past a hold.",
           holds.HOLDS, kind="reason of a hold"),
    Family("What waits for a person", "The kinds of `edigate status --json` and of [alerts](operations.md#alerts).",
           lines.WAITING, "", kind="waits for a person"),
    Family("Lines of `edigate doctor`", "`ok`, `warning`, `failed` or `skipped`; then each partner as below.",
           lines.WORKSPACE_LINES, "exit code", kind="line of edigate doctor"),
    Family("Lines of `edigate partner check`", "The first that fails ends the check where the next ones make no sense.",
           lines.PARTNER_LINES, "exit code", kind="line of edigate partner check"),
)  # fmt: skip

RUNBOOK: tuple[Family, ...] = (
    *(
        Family(f"States of a {what}", "", codes, "", "operations.md", f"state of a {what}")
        for what, codes in runbook.STATES.items()
    ),
    Family("Exit codes", "", runbook.EXIT_CODES, "who acts", "operations.md", "exit code"),
)


def _edits() -> Iterator[Meaning]:
    for rule in RULES.values():
        yield Meaning(rule.code, rule.what, rule.remedy, rule.source, (rule.severity,))
    for name, repair in REPAIRS.items():
        yield Meaning(f"REPAIRED-{name}", repair.what, "Nothing, or correct it at its source.", "", (Severity.WARNING,))


EDITS = Family("Edits", "Told by `edigate convert`.", tuple(_edits()), page="edits.md")

FAMILIES: tuple[Family, ...] = (*FINDINGS, EDITS, *LINES, *RUNBOOK)


def meanings_of(families: Iterable[Family]) -> Iterator[tuple[Family, Meaning]]:
    """Every code with the family it is of."""
    for family in families:
        for one in family.codes:
            yield family, one
