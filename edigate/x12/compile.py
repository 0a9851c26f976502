"""Compiled guides: for each place of a guide, which segment may come next, and how good ones look.

Knows the order rules of X12 loops. Refuses to know files, findings and what a finding is called.

A guide is walked forward only: from a place, the candidates are what stands at its position or later in
its loop, then in the loop around it (the loop itself again first), and so on to the top. Which of them
fits is told by the segment's id and, where the guide uses an id several times, by a qualifier. All that
depends on the guide alone, so it is worked out once for each place and segment id and kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from re import Match

import msgspec

from edigate.x12 import guide_cache
from edigate.x12.elements import Explainer
from edigate.x12.guide import Guide, Key, Loop, SegmentUsage
from edigate.x12.patterns import Patterns
from edigate.x12.runs import Runs, begins_run, may_join
from edigate.x12.segments import Delimiters


class Place:
    """A segment usage in a compiled guide. `depth` counts the loops round it, ST's own being 0."""

    __slots__ = ("after", "depth", "loop", "number", "opens_loop", "path", "usage")

    def __init__(
        self, number: int, usage: SegmentUsage, loop: LoopNode, depth: int, path: str, opens_loop: bool
    ) -> None:
        self.number = number
        self.usage = usage
        self.loop = loop
        self.depth = depth
        self.path = path
        self.opens_loop = opens_loop
        self.after: dict[str, Step | Choice | None] = {}  # filled as places are asked for

    @property
    def loop_id(self) -> str:
        """The loop's id as IK303 names it; empty for what stands in no loop of the guide."""
        return self.loop.loop.id if self.depth else ""


class LoopNode:
    """A loop in a compiled guide. `children` are places and loops in the guide's order."""

    __slots__ = ("children", "depth", "loop", "number", "parent")

    def __init__(self, number: int, loop: Loop, depth: int, parent: LoopNode | None) -> None:
        self.number = number
        self.loop = loop
        self.depth = depth
        self.parent = parent
        self.children: list[Place | LoopNode] = []

    @property
    def opener(self) -> Place:
        """The segment that opens the loop."""
        child = self.children[0]
        return child if isinstance(child, Place) else child.opener


class Required(msgspec.Struct, frozen=True):
    """A required segment or loop that a step passes by: `number` is counted in the loop at `depth`."""

    number: int
    depth: int
    place: Place
    whole_loop: bool


class Step(msgspec.Struct, frozen=True):
    """From one place to the next: leave loops down to `depth`, then maybe enter one; what is passed by."""

    to: Place
    depth: int
    enters: LoopNode | None
    passed: tuple[Required, ...]


class Choice:
    """Several steps for one segment id, told apart by qualifiers, the guide's first fit wins.

    `only` is the step where there is but one: a segment with another qualifier can only be meant for it.
    """

    __slots__ = ("groups", "only")

    def __init__(self, steps: Sequence[tuple[Key | None, Step]]) -> None:
        self.groups: list[tuple[int, int, dict[str, Step]] | Step] = []
        self.only = steps[0][1] if len(steps) == 1 else None
        for key, step in steps:
            if key is None:
                self.groups.append(step)
                break
            last = self.groups[-1] if self.groups else None
            if not isinstance(last, tuple) or last[:2] != (key.element, key.component):
                last = (key.element, key.component, {})
                self.groups.append(last)
            for code in key.codes:
                last[2].setdefault(code, step)

    def of(self, elements: Sequence[str], component_separator: str) -> Step | None:
        """The step that these elements take, or None."""
        for group in self.groups:
            if isinstance(group, Step):
                return group
            position, component, steps = group
            value = elements[position] if position < len(elements) else ""
            if component:
                parts = value.split(component_separator, component)
                value = parts[component - 1] if component <= len(parts) else ""
            step = steps.get(value)
            if step is not None:
                return step
        return None


class CompiledGuide:
    """A guide with its places numbered. Cheap to make: steps and patterns are worked out when first used."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self.places: list[Place] = []
        self._count = 0
        self.root = self._node(guide.body, 0, None, "")
        self.start = self.root.opener
        self._keys: dict[str, list[Key | None]] = {}
        for place in self.places:
            self._keys.setdefault(place.usage.id, []).append(place.usage.key)
        self.segment_ids = frozenset(self._keys)

    def _node(self, loop: Loop, depth: int, parent: LoopNode | None, path: str) -> LoopNode:
        node = LoopNode(self._next(), loop, depth, parent)
        for index, child in enumerate(loop.children):
            if isinstance(child, Loop):
                below = f"{path}/{child.id}" if path else child.id
                node.children.append(self._node(child, depth + 1, node, below))
            else:
                place = Place(self._next(), child, node, depth, path, opens_loop=index == 0 and depth > 0)
                self.places.append(place)
                node.children.append(place)
        return node

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    def after(self, place: Place, segment_id: str) -> Step | Choice | None:
        """How a segment of this id may follow a place: a step, a choice by qualifier, or not at all."""
        try:
            return place.after[segment_id]
        except KeyError:
            if segment_id not in self.segment_ids:
                return None  # not kept: a hostile file could name millions
        steps = list(self._candidates(place, segment_id))
        found: Step | Choice | None
        if not steps:
            found = None
        elif steps[0][0] is None:
            found = steps[0][1]
        else:
            found = Choice(steps)
        place.after[segment_id] = found
        return found

    def _candidates(self, place: Place, segment_id: str) -> Iterator[tuple[Key | None, Step]]:
        passed: list[Required] = []
        node: LoopNode | None = place.loop
        position = place.usage.position
        while node is not None:
            for child in node.children:
                if _position(child) < position:
                    continue
                opener = child.opener if isinstance(child, LoopNode) else child
                if isinstance(child, Place) and child.opens_loop:
                    continue  # the loop's own opener begins the loop anew: found from the loop around it
                if opener.usage.id == segment_id:
                    yield opener.usage.key, self._step(child, node.depth, passed)
                if _usage(child) == "R":
                    passed.append(Required(_number(child), node.depth, opener, whole_loop=isinstance(child, LoopNode)))
            position = node.loop.position
            node = node.parent

    @staticmethod
    def _step(child: Place | LoopNode, depth: int, passed: Sequence[Required]) -> Step:
        if isinstance(child, LoopNode):
            return Step(child.opener, depth, child, tuple(passed))
        # Segments at one position come in any order: what shares it may still follow.
        still = tuple(
            required
            for required in passed
            if required.depth != depth or required.place.usage.position != child.usage.position or required.whole_loop
        )
        return Step(child, depth, None, still)

    def knows(self, elements: Sequence[str], component_separator: str) -> bool:
        """Whether a segment with this id and qualifier stands anywhere in the guide."""
        return any(
            key is None or _matches(key, elements, component_separator) for key in self._keys.get(elements[0], ())
        )

    def misplaced(
        self, place: Place, elements: Sequence[str], component_separator: str
    ) -> tuple[Place, LoopNode | None, int] | None:
        """Where a segment that can't follow would have stood earlier in an open loop, innermost first.

        Returns the place, the loop it opens or None, and the depth of the loop that holds it.
        """
        node: LoopNode | None = place.loop
        while node is not None:
            for child in node.children:
                opener = child.opener if isinstance(child, LoopNode) else child
                if isinstance(child, Place) and (child.opens_loop or child is self.start):
                    continue
                usage = opener.usage
                if usage.id != elements[0]:
                    continue
                if usage.key is None or _matches(usage.key, elements, component_separator):
                    return opener, child if isinstance(child, LoopNode) else None, node.depth
            node = node.parent
        return None


class Quick:
    """A step and its pattern together: all it takes to accept a good segment's text and go on.

    `counted` is what is counted in the loop at `depth`, up to `most`. `action` says what else to do.
    `runs` are those that begin with it, `sure` tells that its pattern alone tells it from other steps.
    """

    __slots__ = (
        *("action", "begin", "counted", "depth", "enters", "keep", "match", "most", "passed"),
        *("runs", "sure", "table", "to"),
    )

    def __init__(
        self,
        step: Step,
        match: Callable[[str], Match[str] | None],
        action: int,
        table: QuickTable,
        runs: Runs | None,
        *,
        begin: str,
        sure: bool,
    ) -> None:
        child = step.enters or step.to
        self.to = step.to
        self.match = match
        self.action = action
        self.table = table  # of the place it leads to
        self.runs = runs
        self.begin = begin  # the segment's id and a separator
        self.sure = sure
        self.depth = step.depth
        self.keep = step.depth + 1  # loops that stay open
        self.enters = step.to.number if step.enters else -1
        self.passed = tuple((required.number, required.depth) for required in step.passed)
        self.counted = child.number
        self.most = 0 if _usage(child) == "N" else _most(child)


class QuickChoice:
    """Several quick steps, told apart by an element; the first stands from `start` to the next `until`."""

    __slots__ = ("element", "start", "steps", "until")

    def __init__(self, element: int, start: int, until: str, steps: dict[str, Quick]) -> None:
        self.element = element
        self.start = start
        self.until = until
        self.steps = steps

    def of(self, text: str) -> Quick | None:
        """The quick step for a text, by any element; `until` is the element separator then."""
        elements = text.split(self.until, self.element + 1)
        return self.steps.get(elements[self.element] if self.element < len(elements) else "")


# For a place, by the first three characters of a text: what the text may quickly be accepted as.
QuickTable = dict[str, "Quick | QuickChoice | None"]


class Checker:
    """The patterns and the explainer of a guide for one interchange's delimiters and standard."""

    def __init__(self, delimiters: Delimiters, standard: str) -> None:
        sets = guide_cache.code_sets()
        self._patterns = Patterns(delimiters, standard, sets)
        self.explainer = Explainer(delimiters, standard, sets)
        self.matchers: dict[int, Callable[[str], Match[str] | None]] = {}
        self.quick: dict[int, QuickTable] = {}
        self.runs: dict[int, Runs] = {}
        self._delimiters = delimiters
        self._joins = may_join(delimiters.segment)

    def quick_step(
        self, compiled: CompiledGuide, place: Place, text: str, actions: Mapping[str, int]
    ) -> Quick | QuickChoice | None:
        """What texts that begin as this one may quickly be accepted as after a place, kept in `quick`.

        None where they need the long way: segments with a negative action, and those told apart by other
        than the whole of their first element or component.
        """
        separator = self._delimiters.element
        segment_id = text[:2] if text[2:3] == separator else text[:3]
        action = actions.get(segment_id, 0)
        after = compiled.after(place, segment_id)
        if after is None or action < 0 or not text.startswith(segment_id + separator):
            return None  # not kept: a hostile file could make up millions
        found: Quick | QuickChoice | None = None
        step = after if isinstance(after, Step) else after.only
        if step is not None:  # the pattern itself asks for the qualifier
            found = self._quick(step, action, sure=True)
        elif isinstance(after, Choice) and len(after.groups) == 1 and isinstance(after.groups[0], tuple):
            element, component, steps = after.groups[0]
            if component == 0 or (element, component) == (1, 1):
                until = self._delimiters.component if component else separator
                quick = {code: self._quick(step, action, sure=_sure(after, step)) for code, step in steps.items()}
                found = QuickChoice(element, len(segment_id) + 1, until, quick)
        self.table(place)[text[:3]] = found
        return found

    def table(self, place: Place) -> QuickTable:
        """What is known so far of quick steps from a place; `quick_step` adds to it."""
        return self.quick.setdefault(place.number, {})

    def _quick(self, step: Step, action: int, *, sure: bool) -> Quick:
        begin, match = step.to.usage.id + self._delimiters.element, self.matcher(step.to)
        return Quick(step, match, action, self.table(step.to), self._runs_of(step), begin=begin, sure=sure)

    def _runs_of(self, step: Step) -> Runs | None:
        """The runs that begin where a step opens a loop that comes often."""
        if step.enters is None or not self._joins or not begins_run(step.enters.loop.repeat):
            return None
        runs = self.runs.get(step.to.number)
        if runs is None:
            runs = self.runs[step.to.number] = Runs(self._source, self._delimiters.segment)
        return runs

    def learn(self, walked: Sequence[Quick], counts: Sequence[dict[int, int]]) -> None:
        """A sequence was walked, from a loop's opener on; `counts` are of the loops it opened, at its end."""
        runs = walked[0].runs
        if runs is not None:
            runs.learn(walked, counts)

    def _source(self, place: Place, prefix: str) -> str:
        return self._patterns.source(place.usage, prefix)

    def matcher(self, place: Place) -> Callable[[str], Match[str] | None]:
        """`fullmatch` of the place's pattern; compiled at its first use, kept in `matchers`."""
        found = self.matchers.get(place.number)
        if found is None:
            found = self.matchers[place.number] = self._patterns.of(place.usage).fullmatch
        return found


@functools.lru_cache(maxsize=64)
def compiled(version: str, functional_id: str, set_id: str) -> CompiledGuide | None:
    """The compiled guide of a version as senders name it, or None where there is no guide."""
    from edigate.x12.guide import find_known, load  # noqa: PLC0415  # readable beside its use

    known = find_known(version, functional_id, set_id)
    return None if known is None else compile_guide(load(known))


_COMPILED: dict[int, CompiledGuide] = {}


def compile_guide(guide: Guide) -> CompiledGuide:
    """A guide compiled, once for each guide object."""
    found = _COMPILED.get(id(guide))
    if found is None or found.guide is not guide:
        found = _COMPILED[id(guide)] = CompiledGuide(guide)
    return found


@functools.lru_cache(maxsize=32)
def checker(guide: CompiledGuide, delimiters: Delimiters, standard: str) -> Checker:
    """Patterns for a guide's places under these delimiters. Bounded: a file may change them often."""
    return Checker(delimiters, standard)


def _sure(choice: Choice, step: Step) -> bool:
    """Whether every qualifier that the step's own pattern admits leads to it: uses may share some."""
    (group,) = choice.groups
    key = step.to.usage.key
    if isinstance(group, Step) or key is None or (key.element, key.component) != group[:2]:
        return False
    element = step.to.usage.elements[key.element - 1]
    if key.component:
        element = element.components[key.component - 1]
    codes = element.codes if element.repeat == 1 and not element.code_set else ()
    return bool(codes) and all(group[2].get(code) is step for code in codes)


def _position(child: Place | LoopNode) -> int:
    return child.usage.position if isinstance(child, Place) else child.loop.position


def _usage(child: Place | LoopNode) -> str:
    return child.usage.usage if isinstance(child, Place) else child.loop.usage


def _most(child: Place | LoopNode) -> int:
    return child.usage.max_use if isinstance(child, Place) else child.loop.repeat


def _number(child: Place | LoopNode) -> int:
    return child.number


def _matches(key: Key, elements: Sequence[str], component_separator: str) -> bool:
    value = elements[key.element] if key.element < len(elements) else ""
    if key.component:
        parts = value.split(component_separator)
        value = parts[key.component - 1] if key.component <= len(parts) else ""
    return value in key.codes
