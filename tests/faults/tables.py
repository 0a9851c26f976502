"""What came of a campaign as Markdown, ready for docs/gateway.md: by what was done, by server, and the controls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from tests.faults.cases import Outcome
from tests.faults.senders import CONTROLS

_COUNTED = ("fetched", "delivered", "uncertain", "waiting", "lost", "twice", "partial", "untrue", "hung")
_OURS = ("edigate", "receive")


def ours(outcome: Outcome) -> bool:
    """Whether it is edigate's; else a control's, who must fail."""
    return outcome.case.sender in _OURS


def tables(outcomes: Sequence[Outcome]) -> str:
    """All three, each with its headline."""
    own = [one for one in outcomes if ours(one)]
    controls = [one for one in outcomes if one.case.sender in CONTROLS]
    return "\n\n".join(
        (
            _table(("what", "database"), own, lambda one: (one.case.group, one.case.database)),
            _table(("server", "database"), own, lambda one: (one.case.server, one.case.database)),
            _table(("control",), controls, lambda one: (one.case.sender,)),
        )
    )


def _table(head: tuple[str, ...], outcomes: Sequence[Outcome], key: Callable[[Outcome], tuple[str, ...]]) -> str:
    rows: dict[tuple[str, ...], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        rows[key(one)].append(one)
    names = (*head, "runs", "killed", *_COUNTED, "failed")
    lines = [f"| {' | '.join(names)} |", "|" + " --- |" * len(names)]
    lines += [_row(known, found) for known, found in sorted(rows.items())]
    lines.append(_row(("all", *("" for _ in head[1:])), outcomes))
    return "\n".join(lines)


def _row(key: tuple[str, ...], outcomes: Sequence[Outcome]) -> str:
    sums = [sum(one.killed for one in outcomes), *(sum(getattr(one, name) for one in outcomes) for name in _COUNTED)]
    failed = sum(bool(one.wrong) for one in outcomes)
    return f"| {' | '.join(key)} | {len(outcomes)} | {' | '.join(map(str, sums))} | {failed} |"
