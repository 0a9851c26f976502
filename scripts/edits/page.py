"""The tables of docs/edits.md, from the edits' registry: `python -m scripts.edits.page` writes them anew.

What stands between the markers of a level is made here; all else on the page is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from edigate.claims.edits import RULES
from edigate.claims.edits.repairs import REPAIRS
from edigate.claims.edits.rule import Rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "edits.md"
LEVELS = (3, 4, 5, 6, 7)


def table(level: int) -> str:
    """The rows of a level, in the registry's order."""
    head = "| code | severity | of | what is wrong | what to do | source |\n| --- | --- | --- | --- | --- | --- |\n"
    return head + "".join(_row(rule) for rule in RULES.values() if rule.level == level)


def repairs() -> str:
    """The rows of the repairs."""
    rows = "".join(f'| `"{name}"` | {repair.what} |\n' for name, repair in REPAIRS.items())
    return f"| repair | what is done |\n| --- | --- |\n{rows}"


def written(page: str) -> str:
    """The page with its tables as the registry has them now."""
    for name, text in (*((f"level {level}", table(level)) for level in LEVELS), ("repairs", repairs())):
        begin, end = f"<!-- {name} -->\n", "<!-- end -->"
        between = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        page = between.sub(lambda _: begin + text + end, page)  # noqa: B023  # called at once
    return page


def _row(rule: Rule) -> str:
    fixed = " (fixed)" if rule.fixed else ""
    cells = (
        f"`{rule.code}`", f"{rule.severity}{fixed}", " ".join(rule.kinds), rule.what, rule.remedy,
        rule.source.replace("*", "\\*"),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
