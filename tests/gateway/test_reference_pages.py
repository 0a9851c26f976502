"""docs/findings.md, docs/reasons.md and the runbook's tables in docs/operations.md are what the code's tables say.

`EDIGATE_BLESS=1 pytest tests/gateway/test_reference_pages.py` writes them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from edigate.findings import Meaning
from edigate.gateway import runbook
from edigate.gateway.codebook import FINDINGS, LINES, Family
from edigate.reconcile.reasons import CARC, RARC, action
from edigate.reconcile.remarks import ACTIONS
from edigate.responses.words import ENTITIES, STATUS_CATEGORIES, STATUS_CODES

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLESS = "run EDIGATE_BLESS=1 pytest tests/gateway/test_reference_pages.py, and read the change"

FINDINGS_HEAD = """\
# Findings: every code, and what to do

What is wrong with data is told as a finding: a code that stays the same, a severity, words, and the place. An
**error** refuses the claim or the file, a **warning** travels with it, **info** only tells. At a terminal

    edigate explain IK4-7 CO-197 uncertain

tells the same of one code, and of X12's reasons, remarks and claim statuses in edigate's own words ([what payers
say](reasons.md)). The codes of a claim's content have a page of their own, [edits](edits.md); states and exit codes
are in the [runbook](operations.md#runbook-states). Made from the tables in the code: don't edit it here.
"""
REASONS_HEAD = """\
# What payers say

Reasons (CARC), remarks (RARC) and claim statuses in edigate's own words, as `status`, `work`, `show` and
`edigate explain CO-197` tell them; the lists' own sentences are X12's. A code that isn't here is shown as it came.
Made from the tables in the code: don't edit it here.

A reason that is `contract` is written off, `patient` is the patient's (in group PR), `other payer` was or is to be paid
by another, `denial` wants a person.
"""


def findings() -> str:
    """docs/findings.md: every family with its codes."""
    return FINDINGS_HEAD + "".join(f"\n## {one.title}\n\n{one.about}\n\n{table(one)}" for one in (*FINDINGS, *LINES))


def table(family: Family) -> str:
    told = any(one.severities for one in family.codes)
    sourced = any(one.source for one in family.codes)
    head = ["code" if told else "name", *(["severity"] if told else []), "what it says", "what to do"]
    rows = [
        [f"`{one.code}`", *([" or ".join(one.severities)] if told else []), one.what, one.remedy,
         *([one.source] if sourced else [])]
        for one in family.codes
    ]  # fmt: skip
    return written([*head, *([family.source] if sourced else [])], rows)


def reasons() -> str:
    """docs/reasons.md: what payers and clearinghouses say."""
    done = "what is usually done"
    tables = [
        ("Claim adjustment reasons (835 CAS, X12 139)", ["code", "what it says", "it is", done],
         [[f"`{code}`", one.words, one.kind, action(code)] for code, one in CARC.items()]),
        ("Remarks (835 LQ, MIA, MOA; X12 411)", ["code", "what it says", done],
         [[f"`{code}`", words, ACTIONS.get(code, "")] for code, words in RARC.items()]),
    ]  # fmt: skip
    for title, codes in (
        ("Claim status categories (277CA STC, X12 507)", STATUS_CATEGORIES),
        ("Claim statuses (277CA STC, X12 508)", STATUS_CODES),
        ("Whom a status is about (277CA STC, X12 98)", ENTITIES),
    ):
        tables.append((title, ["code", "what it says"], [[f"`{code}`", words] for code, words in codes.items()]))
    return REASONS_HEAD + "".join(f"\n## {title}\n\n{written(head, rows)}" for title, head, rows in tables)


def operations(page: str) -> str:
    """docs/operations.md with its tables of states and exit codes as the code has them now."""
    tables = {f"states of a {what}": states(codes) for what, codes in runbook.STATES.items()}
    head = ["code", "meaning", "who acts", "what to do"]
    tables["exit codes"] = written(head, [[one.code, one.what, one.source, one.remedy] for one in runbook.EXIT_CODES])
    for name, text in tables.items():
        before, begins, rest = page.partition(f"<!-- {name} -->\n")
        _, ends, after = rest.partition("<!-- end -->")
        assert begins and ends, f"docs/operations.md has no place for {name}"
        page = f"{before}{begins}{text}{ends}{after}"
    return page


def states(codes: Sequence[Meaning]) -> str:
    return written(["state", "meaning", "what to do"], [[one.code, one.what, one.remedy] for one in codes])


def written(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    cells = [["`".join(_escaped(cell.split("`"))) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *cells))


def _escaped(parts: Sequence[str]) -> Iterator[str]:
    """Parts between backticks: a bar ends a cell wherever it stands, a star means something outside of code only."""
    for number, part in enumerate(parts):
        yield (part if number % 2 else part.replace("*", "\\*")).replace("|", "\\|")


def held_to(name: str, made: str) -> None:
    page = DOCS / name
    if os.environ.get("EDIGATE_BLESS"):
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made, BLESS


def test_the_finding_reference_is_what_the_tables_say() -> None:
    held_to("findings.md", findings())


def test_what_payers_say_is_what_the_tables_say() -> None:
    held_to("reasons.md", reasons())


def test_the_runbook_is_what_the_tables_say() -> None:
    held_to("operations.md", operations((DOCS / "operations.md").read_text("utf-8")))
