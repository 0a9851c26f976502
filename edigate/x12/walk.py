"""Walking a guide: segments of one transaction set in, findings out.

Knows places, counts, hierarchical levels and service line numbers. Refuses to know envelopes, files and
where segments come from: `validate` feeds it, and so may whoever writes or decodes a set.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence

from edigate.findings import Finding, Severity
from edigate.x12.compile import (
    Choice,
    CompiledGuide,
    LoopNode,
    Place,
    Quick,
    QuickChoice,
    Step,
    checker,
    compile_guide,
)
from edigate.x12.elements import Problem
from edigate.x12.guide import UNLIMITED, Guide
from edigate.x12.levels import Fault, Level, Levels
from edigate.x12.runs import SEVERAL, Run
from edigate.x12.segments import Delimiters, Segment

_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}\Z")
_CLAIM_SEGMENTS = {"837": "CLM", "835": "CLP"}
_NONE: tuple[Finding, ...] = ()
QUOTED = 1000  # characters of a value that a finding keeps: ten thousand findings may be kept

# What skimming does with a segment beyond accepting it; slowly: it doesn't.
_SLOWLY, _CLAIM, _LINE, _LEVEL = -1, 1, 2, 3

# IK304
_UNRECOGNISED, _UNEXPECTED, _MISSING, _LOOP_COUNT = "1", "2", "3", "4"
_SEGMENT_COUNT, _NOT_IN_SET, _SEQUENCE, _NOT_USED = "5", "6", "7", "I4"


class SetValidator:
    """Checks one transaction set as its segments come, ST first. `finish` after the last.

    Each call returns what is wrong with that segment, or shows by it: `IK3-n` (IK304) for segments and
    loops, `IK4-n` (IK403) for elements. Never raises on data. `claims` counts claims (837, 835, 277CA).
    """

    def __init__(
        self,
        guide: Guide,
        delimiters: Delimiters,
        *,
        standard: str = "00501",
        file: str = "",
        interchange: str = "",
        functional_group: str = "",
        transaction_set: str = "",
    ) -> None:
        self.claims = 0
        self.position = 0
        self._compiled: CompiledGuide = compile_guide(guide)
        self._checker = checker(self._compiled, delimiters, standard)
        self._matchers = self._checker.matchers
        self._delimiters = delimiters
        self._found = functools.partial(
            Finding,
            file=file,
            interchange=interchange,
            functional_group=functional_group,
            transaction_set=transaction_set,
        )
        self._place: Place | None = None
        # How often each child of each open loop was seen; one dict a loop, the set's own first.
        self._counts: list[dict[int, int]] = [{}]
        self._levels = Levels()
        self._lines = 0
        set_id = guide.transaction_set
        special: dict[str, Callable[[Segment, Place], Iterator[Finding]]] = {"HL": self._hierarchical_level}
        if set_id == "837":
            special["LX"] = self._line_number
        claim = _CLAIM_SEGMENTS.get(set_id)
        if claim:
            special[claim] = self._claim
        self._special = special
        self._actions = {"HL": _LEVEL, "SE": _SLOWLY, "ST": _SLOWLY, "LX": _LINE if set_id == "837" else 0}
        if claim:
            self._actions[claim] = _CLAIM

    @property
    def place(self) -> Place | None:
        """Where the walk stands: the place of the last segment that had one."""
        return self._place

    def feed(self, segment: Segment) -> Sequence[Finding]:
        """Findings that this segment causes, most often none."""
        elements = segment.elements
        self.position += 1
        place = self._place
        if place is None:
            return self._first(segment)
        segment_id = elements[0]
        try:
            step = place.after[segment_id]
        except KeyError:
            step = self._compiled.after(place, segment_id)
        if isinstance(step, Choice):
            choice = step
            step = choice.of(elements, self._delimiters.component) or self._meant(choice, elements)
        if step is None:
            return self._unplaced(segment, place)
        findings = _NONE
        to = step.to
        counts = self._counts
        if step.passed:
            findings = self._passed(step, segment)
        del counts[step.depth + 1 :]
        here = counts[-1]
        loop = step.enters
        if loop is None:
            count = here[to.number] = here.get(to.number, 0) + 1
            if count > to.usage.max_use or to.usage.usage == "N":
                findings = (*findings, *self._usage_broken(segment, to, count))
        else:
            count = here[loop.number] = here.get(loop.number, 0) + 1
            if count > loop.loop.repeat or loop.loop.usage == "N":
                findings = (*findings, *self._loop_broken(segment, loop, count))
            counts.append({to.number: 1})
        self._place = to
        matcher = self._matchers.get(to.number) or self._checker.matcher(to)
        if matcher(self._delimiters.element.join(elements)) is None:
            findings = (*findings, *self._explained(segment, to))
        special = self._special.get(segment_id)
        if special is not None:
            findings = (*findings, *special(segment, to))
        return findings

    def skim(  # noqa: PLR0915  # the innermost loop of all: a call for each of its parts would cost as much as they do
        self, texts: list[str], at: int, locate: Callable[[int], int]
    ) -> int:
        """Take good segments as text, from index `at` on, and return the index of the first not taken.

        What is taken has nothing wrong with it; whatever needs a closer look is left for `feed`. For
        `TransactionSet.skim`; the same segments one by one give the same findings.
        """
        place = self._place
        if place is None:
            return at
        counts, table = self._counts, self._checker.table(place)
        begin, before, size, end = at, self.position, len(texts), self._delimiters.segment
        taken: Run | None = None  # the run just taken; its counts are lent
        walked: list[Quick] = []  # what was taken one by one since a loop was opened, to be learned as a run
        keep = 0  # how many loops are round the one that was opened
        level = -1  # where the last HL stands
        while at < size:
            text = texts[at]
            try:
                found = table[text[:3]]
            except KeyError:
                found = self._checker.quick_step(self._compiled, place, text, self._actions)
            if isinstance(found, QuickChoice):
                if found.element == 1:
                    start = found.start
                    found = found.steps.get(text[start : text.find(found.until, start)])
                else:  # HL, by HL03
                    found = found.of(text)
            if found is None:
                break
            depth, action, runs, run = found.depth, found.action, found.runs, None
            if taken is not None:
                if depth >= keep:  # its loop goes on
                    counts[keep:] = map(dict, taken.counts)
                    walked = [] if runs or action else list(taken.steps)
                    taken = None
            elif walked and (runs or action or depth < keep):
                self._checker.learn(walked, counts[keep:])
                # A loop that comes again, or one inside it, is learned together with it, too.
                if action or len(walked) >= SEVERAL or (depth < keep and runs is not walked[0].runs):
                    walked = []
            if runs is not None and runs.match is not None:
                match = runs.match(end.join(texts[at : at + runs.longest]) + end)
                if match is not None:
                    run = runs.found[match.lastindex]
            here = counts[depth]
            counted = found.counted
            count = here.get(counted, 0) + 1
            if run is not None:
                count += run.again
            if count > found.most or (run is None and found.match(text) is None):
                break
            if found.passed and not self._has(found.passed):
                break  # a required one is missing
            if action:
                if action == _LINE:
                    if text != f"{found.begin}{self._lines + 1}":
                        break
                    self._lines += 1
                elif action == _CLAIM:
                    self.claims += 1
                    self._lines = 0
                else:
                    self.position = before + at - begin
                    if not self._skim_level(text.split(self._delimiters.element), found.to):
                        break
                    level = at
            here[counted] = count
            if len(counts) > found.keep:
                del counts[found.keep :]
            if run is not None:
                counts += run.counts
                taken, place, table, keep = run, run.to, run.table, found.keep
                at += run.length
                continue
            taken = None
            if found.enters >= 0:
                counts.append({found.enters: 1})
            if walked:
                walked.append(found)
            elif runs is not None:
                walked, keep = [found], found.keep
            place, table = found.to, found.table
            at += 1
        if taken is not None:
            counts[keep:] = map(dict, taken.counts)
        if level >= 0 and self._levels.last is not None:
            self._levels.last.segment.offset = locate(level)
        self._place = place
        self.position = before + at - begin
        return at

    def _has(self, required: Sequence[tuple[int, int]]) -> bool:
        """Whether what a step passes by was there."""
        counts = self._counts
        for number, depth in required:  # noqa: SIM110  # a generator would cost five times as much
            if number not in counts[depth]:
                return False
        return True

    def _skim_level(self, elements: list[str], place: Place) -> bool:
        """Take an HL that is right in all that `_hierarchical_level` looks at; False where it isn't."""
        # `skim` adds the byte where it stands
        if not self._levels.skim(elements, place.depth, self.position + 1, place.loop_id):
            return False
        if elements[3] == "PT":
            self._count_patient("PT")
        return True

    def finish(self) -> Sequence[Finding]:
        """What only shows when the set is over: a hierarchical level that promised children."""
        return tuple(self._promise(0))

    # --- the first segment

    def _first(self, segment: Segment) -> Sequence[Finding]:
        start = self._compiled.start
        self._place = start
        self._counts[0][start.number] = 1
        if segment.id != start.usage.id:
            return (self._finding(_MISSING, f"the set begins with {segment.id} instead of ST", segment, None),)
        return tuple(self._explained(segment, start))

    # --- segments that have no place

    def _meant(self, choice: Choice, elements: Sequence[str]) -> Step | None:
        """The one step a segment with a qualifier the guide doesn't know can be meant for, if it is free.

        Not where the qualifier tells that the segment belongs elsewhere in the guide.
        """
        step = choice.only
        if step is None or self._compiled.knows(elements, self._delimiters.component):
            return None
        counts = self._counts[step.depth] if step.depth < len(self._counts) else {}
        child = step.enters or step.to
        most = child.loop.repeat if isinstance(child, LoopNode) else child.usage.max_use
        return step if counts.get(child.number, 0) < most else None

    def _unplaced(self, segment: Segment, place: Place) -> Sequence[Finding]:
        """A segment that can't stand here. What can be told of it is told, and the walk goes on."""
        segment_id = segment.elements[0]
        if not _SEGMENT_ID.match(segment_id):
            return (self._finding(_UNRECOGNISED, "this isn't a segment: it has no segment id", segment, place),)
        if segment_id not in self._compiled.segment_ids:
            words = f"{segment_id} isn't a segment of this guide"
            return (self._finding(_NOT_IN_SET, words, segment, place),)
        found = self._compiled.misplaced(place, segment.elements, self._delimiters.component)
        if found is None:
            qualifier = segment.get(3 if segment_id == "HL" else 1)
            known = f" with {segment_id}{3 if segment_id == 'HL' else 1:02d} as given" if qualifier else ""
            words = f"{segment_id}{known} can't stand here in loop {place.loop_id or 'header'}"
            return (self._finding(_UNEXPECTED, words, segment, place, value=qualifier),)
        to, loop, depth = found
        words = f"{to.usage.name} ({segment_id}) stands too late: it belongs before {place.usage.id}"
        findings = [self._finding(_SEQUENCE, words, segment, to)]
        if loop is None:
            here = self._counts[depth]
            here[to.number] = here.get(to.number, 0) + 1
        elif self._may_return(place.loop, depth):  # its segments follow it: go back with it
            del self._counts[depth + 1 :]
            here = self._counts[depth]
            here[loop.number] = here.get(loop.number, 0) + 1
            self._counts.append({to.number: 1})
            self._place = to
        if self._checker.matcher(to)(self._delimiters.element.join(segment.elements)) is None:
            findings += self._explained(segment, to)
        return findings

    @staticmethod
    def _may_return(node: LoopNode | None, depth: int) -> bool:
        """Whether the loops below `depth` may be left for a loop out of order: never a hierarchical level.

        A level's claims would be read as strangers, and one misplaced segment as hundreds.
        """
        while node is not None and node.depth > depth:
            if node.opener.usage.id == "HL":
                return False
            node = node.parent
        return True

    # --- counts

    def _passed(self, step: Step, segment: Segment) -> tuple[Finding, ...]:
        """Required segments and loops that this step goes past, each told once."""
        findings = []
        for required in step.passed:
            counts = self._counts[required.depth]
            if required.number in counts:
                continue
            counts[required.number] = 0
            place = required.place
            what = f"loop {place.loop.loop.id} ({place.loop.loop.name})" if required.whole_loop else place.usage.name
            words = f"{place.usage.id} is missing before {segment.id}: {what} is required"
            findings.append(
                self._finding(_MISSING, words, segment, place, segment_id=place.usage.id, expected=place.usage.id)
            )
        return tuple(findings)

    def _usage_broken(self, segment: Segment, place: Place, count: int) -> Iterator[Finding]:
        if place.usage.usage == "N":
            words = f"{place.usage.name} ({segment.id}) isn't used in this guide"
            yield self._finding(_NOT_USED, words, segment, place)
        elif count > place.usage.max_use:
            words = f"{place.usage.name} ({segment.id}) stands {count} times, the guide allows {place.usage.max_use}"
            yield self._finding(_SEGMENT_COUNT, words, segment, place, expected=f"at most {place.usage.max_use}")

    def _loop_broken(self, segment: Segment, loop: LoopNode, count: int) -> Iterator[Finding]:
        name = f"loop {loop.loop.id} ({loop.loop.name})"
        if loop.loop.usage == "N":
            yield self._finding(_NOT_USED, f"{name} isn't used in this guide", segment, loop.opener)
        elif count > loop.loop.repeat:
            words = f"{name} stands {count} times, the guide allows {loop.loop.repeat}"
            expected = f"at most {loop.loop.repeat}" if loop.loop.repeat < UNLIMITED else ""
            yield self._finding(_LOOP_COUNT, words, segment, loop.opener, expected=expected)

    # --- what the guide's text asks beyond its tables

    def _hierarchical_level(self, segment: Segment, place: Place) -> Iterator[Finding]:
        """HL01 counts, HL02 names the level above, HL04 tells whether levels below follow (X12 HL notes)."""
        yield from self._promise(place.depth)
        self._count_patient(segment.get(3))
        for fault in self._levels.take(Level(segment, self.position, place.depth, place.loop_id)):
            yield self._structure(fault, segment, place.loop_id, self.position)

    def _promise(self, next_depth: int) -> Iterator[Finding]:
        """Whether the last HL's HL04 told the truth; `next_depth` is that of the HL after it, 0 at the end."""
        last, fault = self._levels.last, self._levels.broken_promise(next_depth)
        if last is not None and fault is not None:
            yield self._structure(fault, last.segment, last.loop, last.position, Severity.WARNING)
        self._levels.last = None

    def _count_patient(self, code: str) -> None:
        """A 277CA's claims are its levels of patients."""
        if code == "PT" and self._compiled.guide.transaction_set == "277":
            self.claims += 1

    def _line_number(self, segment: Segment, place: Place) -> Iterator[Finding]:
        self._lines += 1
        if segment.get(1) != str(self._lines):
            words = f"LX01 counts the claim's service lines: this is line {self._lines}"
            yield self._structure(Fault(1, words, str(self._lines)), segment, place.loop_id, self.position)

    def _claim(self, _segment: Segment, _place: Place) -> Iterator[Finding]:
        self.claims += 1
        self._lines = 0
        return iter(())

    # --- findings

    def _explained(self, segment: Segment, place: Place) -> list[Finding]:
        problems = self._checker.explainer.explain(place.usage, segment.elements)
        return [self._of_problem(problem, segment, place) for problem in problems]

    def _of_problem(self, problem: Problem, segment: Segment, place: Place) -> Finding:
        return self._of_element(problem, segment, place.loop_id, self.position)

    def _structure(
        self, fault: Fault, segment: Segment, loop: str, position: int, severity: Severity = Severity.ERROR
    ) -> Finding:
        """What the text of HL and LX asks for and the guide's tables don't know: IK403 I12."""
        problem = Problem(
            "I12",
            fault.words,
            fault.element,
            value=segment.get(fault.element),
            expected=fault.expected,
            severity=severity,
        )
        return self._of_element(problem, segment, loop, position)

    def _of_element(self, problem: Problem, segment: Segment, loop: str, position: int) -> Finding:
        return self._found(
            code=f"IK4-{problem.code}",
            message=problem.message,
            severity=problem.severity,
            level=2 if problem.code.startswith("I") or problem.code in _GUIDE_CODES else 1,
            segment_id=segment.id,
            segment_position=position,
            loop=loop,
            element=problem.element,
            component=problem.component,
            repetition=problem.repetition,
            offset=segment.offset,
            value=problem.value[:QUOTED],
            expected=problem.expected,
        )

    def _finding(
        self,
        code: str,
        message: str,
        segment: Segment,
        place: Place | None,
        *,
        segment_id: str = "",
        value: str = "",
        expected: str = "",
    ) -> Finding:
        return self._found(
            code=f"IK3-{code}",
            message=message,
            level=1 if code in (_UNRECOGNISED, _NOT_IN_SET) else 2,
            segment_id=segment_id or segment.id,
            segment_position=self.position,
            loop=place.loop_id if place else "",
            offset=segment.offset,
            value=value[:QUOTED],
            expected=expected,
        )


# Missing and codes are the guide's choice (SNIP 2); lengths, types and syntax notes the standard's (SNIP 1).
_GUIDE_CODES = frozenset(("1", "7"))
