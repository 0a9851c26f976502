"""Runs: all the good segments of a loop taken by one regular expression, learned while a file is walked.

Half of the time on good data goes by between two segments. Files repeat themselves: after a loop's opener
the same few sequences of segments come again and again. The walk records what it took segment by segment;
what comes often becomes one pattern, a tree of the sequences, and what it will have been counted as.

The promise: what a run takes, the walk would have taken segment by segment, and would stand and have
counted the same. So a run stays inside the loop its first segment opens, once or several times, where nothing
counted outside matters, and holds only steps that the segment's own pattern tells from every other. Knows no findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edigate.x12.compile import Place, Quick, QuickTable

SEVERAL = 8  # segments from which on a loop that comes again is learned for itself, not with the one before
_LONGEST = 48  # segments in one run
_REPEATS = 2  # a loop that may come more often begins a run of its own
_FIRST_DUE = 1024  # segments walked one by one before a pattern is worth its compiling
_LATER = 8  # how many times more before the next
_RUNS = 24
_MOST = 160  # segments in all runs that begin alike: a pattern takes a third of a millisecond for each
_SEEN = 256
_OFTEN = 3

# What a terminator must be for texts joined with it: no pattern may match it inside an element.
_TERMINATORS = frozenset("~|'\n\r\x1c\x1d\x1e\x1f")


def begins_run(repeat: int) -> bool:
    """Whether a loop that may repeat so often begins a run of its own; others belong to the run round them."""
    return repeat > _REPEATS


def may_join(terminator: str) -> bool:
    """Whether segments ended by it can be matched several at once."""
    return terminator in _TERMINATORS


class Run:
    """One sequence: its steps, where it leads, and what then is counted in the loops it opened.

    `again` is how often it opens its loop after the first time.
    """

    __slots__ = ("again", "counts", "length", "steps", "table", "to")

    def __init__(self, steps: Sequence[Quick], counts: Iterable[dict[int, int]]) -> None:
        self.steps = tuple(steps)
        self.length = len(self.steps)
        self.again = sum(step.to is self.steps[0].to for step in self.steps[1:])
        self.to: Place = self.steps[-1].to
        self.table: QuickTable = self.steps[-1].table
        self.counts = tuple(dict(counted) for counted in counts)


class Runs:
    """The runs that begin with one loop's opener. `match` is None until some were seen often enough."""

    __slots__ = ("_due", "_end", "_seen", "_source", "_walked", "found", "longest", "match")

    def __init__(self, source: Callable[[Place, str], str], terminator: str) -> None:
        """`source` gives the pattern of a place's segment, its groups named with the prefix."""
        self.match: Callable[[str], re.Match[str] | None] | None = None
        self.found: dict[int | None, Run] = {}  # by the match's `lastindex`
        self.longest = 0
        self._source = source
        self._end = re.escape(terminator)
        self._seen: dict[tuple[int, ...], tuple[list[int], Run]] = {}
        self._walked = 0
        self._due = _FIRST_DUE

    def learn(self, steps: Sequence[Quick], counts: Iterable[dict[int, int]]) -> None:
        """A whole sequence was walked one by one; `counts` are those of the loops it opened, at its end."""
        keep = steps[0].keep
        # Opened again, a loop must lack nothing outside: that may be there one time and missing another.
        if not 2 <= len(steps) <= _LONGEST or not all(
            step.sure and all(depth >= keep for _, depth in step.passed) for step in steps[1:]
        ):
            return
        key = tuple(step.to.number for step in steps)
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= _SEEN:
                return
            seen = self._seen[key] = [0], Run(steps, counts)
        seen[0][0] += 1
        self._walked += len(steps)
        if self._walked >= self._due:
            self._walked, self._due = 0, self._due * _LATER
            self._compile()

    def _compile(self) -> None:
        often = sorted(self._seen.values(), key=lambda seen: -seen[0][0] * seen[1].length)
        runs: list[Run] = []
        root, size = _Node(), 0
        for (count,), run in often[:_RUNS]:
            if count >= _OFTEN and size + run.length <= _MOST:
                size += root.add(run)
                runs.append(run)
        if not runs:
            return
        pattern = re.compile(self._tree(root, "r"))
        self.found = {pattern.groupindex[name]: run for name, run in root.ends("r")}
        self.longest = max(run.length for run in runs)
        self.match = pattern.match

    def _tree(self, node: _Node, name: str) -> str:
        """What may follow, the longest first; an empty group at the end of a run tells which one it was."""
        ways = [
            self._source(step.to, f"{name}_{number}_") + self._end + self._tree(below, f"{name}_{number}")
            for number, (step, below) in node.below.items()
        ]
        if node.run is not None:
            ways.append(f"(?P<{name}>)")
        return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


class _Node:
    """Runs that begin alike, as a tree: the steps that go on, and the run that ends here."""

    __slots__ = ("below", "run")

    def __init__(self) -> None:
        self.below: dict[int, tuple[Quick, _Node]] = {}
        self.run: Run | None = None

    def add(self, run: Run) -> int:
        """Put a run into the tree; returns how many segments are new in it."""
        node, new = self, 0
        for step in run.steps:
            new += step.to.number not in node.below
            node = node.below.setdefault(step.to.number, (step, _Node()))[1]
        node.run = run
        return new

    def ends(self, name: str) -> Iterable[tuple[str, Run]]:
        if self.run is not None:
            yield name, self.run
        for number, (_, below) in self.below.items():
            yield from below.ends(f"{name}_{number}")
