"""Files broken in every way that breaks files, judged by edigate and by pyx12: the verdict, the first error's place
and its code are the same, or `differences.toml` says why not.

    python -m tests.x12.differential --mutants 5000     from the repository, or: make differential

The bases are the fixtures of every guide, and the public corpus where it is there, as far as both call them valid.
Prints a table and each difference that no rule explains; the exit code tells whether there was one.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from edigate.findings import Finding, Severity
from edigate.x12.compile import LoopNode, compile_guide
from edigate.x12.guide import UNLIMITED, guide_for
from edigate.x12.pyx12_engine import validate_with_pyx12
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.validate import validate
from edigate.x12.walk import SetValidator
from tests.x12.samples import FIXTURE_FILES, corpus_files, fixture_name

DIFFERENCES = tomllib.loads((Path(__file__).parent / "differences.toml").read_text("utf-8"))
_LARGEST = 12_000  # bytes of a base: pyx12 reads a tenth of a megabyte a second
_TOO_OFTEN = 120  # loops that may come more often than this aren't repeated past their maximum

Segments = list[list[bytes]]


class Base(NamedTuple):
    """A valid file: the name of its guide, where it came from, its segments, and where its loops can be repeated."""

    guide: str
    name: str
    segments: Segments
    loops: tuple[tuple[int, int, int], ...]  # from, to, how often allowed


# --- bases


def bases(*, fixtures_only: bool = False) -> list[Base]:
    """Every file that both call valid, whatever its guide, written with the usual delimiters."""
    found = []
    named = [(fixture_name(path), path) for path in FIXTURE_FILES if "/accept/" in fixture_name(path)]
    named += [(f"{path.parent.name}/{path.name}", path) for path in ([] if fixtures_only else corpus_files())]
    for name, path in named:
        content = path.read_bytes()
        if len(content) <= _LARGEST and (base := _base(name, content)):
            found.append(base)
    return found


def _base(name: str, content: bytes) -> Base | None:
    ours = validate([content])
    if not ours.valid or ours.interchanges != 1 or not content.startswith(b"ISA*") or content[105:106] != b"~":
        return None
    segments = [text.strip(b"\r\n ").split(b"*") for text in content.rstrip().rstrip(b"~").split(b"~")]
    ids = [segment[0] for segment in segments]
    # A TA1 is left out for pyx12, which has no place for it: nothing could be compared.
    if content[104:105] != b":" or ids.count(b"ST") > 3 or b"TA1" in ids:
        return None
    # pyx12 counts two PLB, and two uses of CTX, as one too many: the file without the second.
    segments = [now for before, now in zip([[b""], *segments], segments, strict=False) if not _second(before, now)]
    _recount(segments)
    if validate_with_pyx12([_joined(segments)]).findings or not validate([_joined(segments)]).valid:
        return None
    return Base(_guide_name(segments), name, segments, tuple(_loops(segments)))


def _second(before: list[bytes], now: list[bytes]) -> bool:
    return before[0] == now[0] and now[0] in (b"PLB", b"CTX")


def _guide_name(segments: Segments) -> str:
    version = next((segment[8].decode() for segment in segments if segment[0] == b"GS" and len(segment) > 8), "TA1")
    found = guide_for(version, "", _set_id(segments))
    return found.version + " " + found.transaction_set if found else version


def _set_id(segments: Segments) -> str:
    return next((segment[1].decode() for segment in segments if segment[0] == b"ST"), "")


def _loops(segments: Segments) -> Iterator[tuple[int, int, int]]:
    """Where each loop that has a maximum begins and ends in the first set."""
    start = next((index for index, segment in enumerate(segments) if segment[0] == b"ST"), -1)
    version = next((segment[8].decode() for segment in segments if segment[0] == b"GS" and len(segment) > 8), "")
    guide = guide_for(version, "", _set_id(segments)) if start >= 0 else None
    if guide is None:
        return
    walker = SetValidator(guide, Delimiters())
    open_: list[tuple[LoopNode, int]] = []
    assert compile_guide(guide).guide is guide
    for index in range(start, len(segments)):
        if segments[index][0] in (b"GE", b"IEA") or (segments[index][0] == b"ST" and index > start):
            break
        walker.feed(Segment([element.decode("latin-1") for element in segments[index]]))
        place = walker.place
        assert place is not None
        while open_ and (place.depth < open_[-1][0].depth or (place.opens_loop and place.depth == open_[-1][0].depth)):
            loop, begin = open_.pop()
            if 1 <= loop.loop.repeat <= _TOO_OFTEN < UNLIMITED:
                yield begin, index, loop.loop.repeat
        if place.opens_loop:
            open_.append((place.loop, index))


# --- mutants

Mutation = Callable[[random.Random, Base, Segments], None]
_OTHER_VALUES = (
    *(b"ZZ", b"20240230", b"20240229", b"1", b"0", b"A" * 90, b"-1.5", b"1.2345", b".", b"20240101-20240131"),
    *(b":", b" ", b"x ", b"\x07", b"MU\xd1OZ", b"99999999999999999999"),
)
_OTHER_SEGMENTS = tuple(
    text.split(b"*")
    for text in (
        *(b"NTE*ADD*A NOTE", b"REF*ZZ*1", b"REF*G1*AUTH1", b"REF*6R*L9", b"K3*X", b"QTY*ZK*1", b"LX*1", b"IK5*A"),
        *(b"DTP*472*D8*20240102", b"DTP*573*D8*20240102", b"AMT*F5*10", b"AMT*B6*10", b"CAS*CO*45*10", b"ZZZ*1"),
        *(b"NM1*82*1*SAMPLE*LEE****XX*1234567893", b"NM1*QC*1*SAMPLE*LEE", b"N3*1 EXAMPLE WAY", b"MIA*1"),
        *(b"N4*SPRINGFIELD*IL*62701", b"HL*9*1*22*0", b"CR1*LB*1*I*A*DH*1", b"PLB*1*20241231*72*1"),
        *(b"STC*A1:20*20240106*WQ*1", b"CTX*CLM01:1", b"SVD*X*1*HC:1**1"),
    )
)


def _inside(chance: random.Random, segments: Segments) -> int:
    """A segment of a set, neither ST nor SE; the first after the envelope where there is no set."""
    within = [index for index, segment in enumerate(segments) if segment[0] not in _ENVELOPE]
    return chance.choice(within or [min(1, len(segments) - 1)])


_ENVELOPE = frozenset((b"ISA", b"GS", b"ST", b"SE", b"GE", b"IEA"))


def _with_elements(change: Callable[[random.Random, list[bytes], int], None]) -> Mutation:
    def mutation(chance: random.Random, base: Base, segments: Segments) -> None:
        elements = segments[_inside(chance, segments)]
        if len(elements) > 1:
            change(chance, elements, chance.randrange(1, len(elements)))

    return mutation


def _dropped(_chance: random.Random, elements: list[bytes], at: int) -> None:
    elements[at] = b""


def _doubled(_chance: random.Random, elements: list[bytes], at: int) -> None:
    elements[at] *= 2


def _lengthened(chance: random.Random, elements: list[bytes], at: int) -> None:
    elements[at] += (elements[at][-1:] or b"A") * chance.choice((1, 5, 80))


def _recoded(chance: random.Random, elements: list[bytes], at: int) -> None:
    elements[at] = chance.choice(_OTHER_VALUES)


def _one_more(chance: random.Random, elements: list[bytes], _at: int) -> None:
    elements += [b""] * chance.randrange(3) + [b"X"]


def _composite(chance: random.Random, elements: list[bytes], at: int) -> None:
    parts = elements[at].split(b":")
    which = chance.randrange(len(parts))
    match chance.randrange(3):
        case 0:
            parts[which] = b""
        case 1:
            parts[which] = chance.choice((b"ZZ", b"A" * 60, b"1"))
        case _:
            parts.append(parts[which])
    elements[at] = b":".join(parts)


def _segment_dropped(chance: random.Random, _base: Base, segments: Segments) -> None:
    del segments[_inside(chance, segments)]


def _segment_moved(chance: random.Random, _base: Base, segments: Segments) -> None:
    taken = segments.pop(_inside(chance, segments))
    segments.insert(_inside(chance, segments), taken)


def _segment_repeated(chance: random.Random, _base: Base, segments: Segments) -> None:
    at = _inside(chance, segments)
    segments[at:at] = [list(segments[at]) for _ in range(chance.choice((1, 1, 2, 12, 101)))]


def _segment_inserted(chance: random.Random, _base: Base, segments: Segments) -> None:
    within = [segment for segment in segments if segment[0] not in _ENVELOPE]
    chosen = chance.choice([*_OTHER_SEGMENTS, *within[:30]])
    segments.insert(_inside(chance, segments), list(chosen))


def _loop_repeated(chance: random.Random, base: Base, segments: Segments) -> None:
    """A whole loop as often as allowed, or once more; lines and levels are numbered on."""
    if not base.loops:
        return _segment_repeated(chance, base, segments)
    begin, end, most = chance.choice(base.loops)
    times = most - 1 + chance.randrange(2)
    segments[end:end] = [list(segment) for _ in range(times) for segment in segments[begin:end]]
    line = 0
    for segment in segments[begin:] if segments[begin][0] == b"LX" else []:
        if segment[0] in (b"CLM", b"HL", b"SE"):
            break
        if segment[0] == b"LX":
            line += 1
            segment[1] = b"%d" % (int(segments[begin][1]) + line - 1 if line > 1 else int(segment[1]))
    return None


def _count_changed(chance: random.Random, _base: Base, segments: Segments) -> None:
    counted = {b"SE": (1, 2), b"GE": (1, 2), b"IEA": (1, 2), b"ST": (2,), b"HL": (1, 2, 4), b"LX": (1,), b"GS": (6,)}
    at = [index for index, segment in enumerate(segments) if segment[0] in counted]
    segment = segments[chance.choice(at)]
    element = chance.choice(counted[segment[0]])
    if element < len(segment) and segment[element].isdigit():
        changed = int(segment[element]) + chance.choice((-1, 1, 7))
        segment[element] = b"%0*d" % (len(segment[element]), max(0, changed))


MUTATIONS: dict[str, Mutation] = {
    "element dropped": _with_elements(_dropped),
    "element doubled": _with_elements(_doubled),
    "element lengthened": _with_elements(_lengthened),
    "element recoded": _with_elements(_recoded),
    "element added": _with_elements(_one_more),
    "component changed": _with_elements(_composite),
    "segment dropped": _segment_dropped,
    "segment moved": _segment_moved,
    "segment repeated": _segment_repeated,
    "segment inserted": _segment_inserted,
    "loop repeated": _loop_repeated,
    "count changed": _count_changed,
}


def mutants(base: Base, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """So many mutants of a file, every kind in turn; SE01 is put right but where it is what was changed."""
    chance = random.Random(f"{seed} {base.name}")  # noqa: S311  # repeatable, not secret
    kinds = list(MUTATIONS)
    chance.shuffle(kinds)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        segments = [list(segment) for segment in base.segments]
        MUTATIONS[kind](chance, base, segments)
        if kind != "count changed":
            _recount(segments)
        yield kind, _joined(segments)


def _recount(segments: Segments) -> None:
    start = 0
    for index, segment in enumerate(segments):
        if segment[0] == b"ST":
            start = index
        elif segment[0] == b"SE" and len(segment) > 1:
            segment[1] = b"%d" % (index - start + 1)


def _joined(segments: Segments) -> bytes:
    return b"".join(b"*".join(segment) + b"~\n" for segment in segments)


# --- judging


class Outcome(msgspec.Struct, frozen=True):
    """What became of one mutant. `how` is "accepted", "refused alike", or the reason of the rule that explains it;
    nothing where none does."""

    how: str
    ours: str = ""
    theirs: str = ""


class Judged(NamedTuple):
    """A mutant's guide and mutation, what became of it, and the file where nothing explains that."""

    guide: str
    mutation: str
    outcome: Outcome
    content: bytes


def compare(content: bytes) -> Outcome:
    """Verdict and first error of both."""
    ours = [finding for finding in validate([content]).findings if finding.severity is Severity.ERROR]
    theirs = validate_with_pyx12([content]).findings
    if not ours and not theirs:
        return Outcome("accepted")
    told = Outcome("", _told(ours), _told(theirs))
    if ours and theirs and _place(ours[0]) == _place(theirs[0]):
        first = ours[0]
        said = {finding.code for finding in theirs if _place(finding) == _place(first)}
        if first.code in said:
            return msgspec.structs.replace(told, how="refused alike")
        for row in DIFFERENCES["says"]:
            if first.code in row["code"] and said & set(row["pyx12"]):
                return msgspec.structs.replace(told, how=f"other words: {row['because']}")
    rules = [row for row in DIFFERENCES["order"] if _order(row, ours, theirs)] or _verdict(ours, theirs)
    return msgspec.structs.replace(told, how=f"rule: {rules[0]['because']}") if rules else told


def _place(finding: Finding) -> tuple[str, int]:
    """The set and the position in it. Of envelopes, the level: pyx12 tells at the header what the trailer shows."""
    level = finding.code[:3]
    if level in ("TA1", "AK9", "IK5"):
        return level, 0
    return finding.transaction_set.strip(), finding.segment_position


def _told(findings: Sequence[Finding]) -> str:
    if not findings:
        return "valid"
    finding = findings[0]
    element = f"{finding.element:02d}" if finding.element else ""
    return f"{finding.code} {finding.segment_id}{element} at {finding.segment_position}"


def _verdict(ours: Sequence[Finding], theirs: Sequence[Finding]) -> list[dict[str, Any]]:
    """The rows of [[rule]] that explain a verdict: one for each thing that the side that refuses has against it."""
    if ours and theirs:
        return []
    rows = [row for row in DIFFERENCES["rule"] if row["edigate"] is not bool(ours)]
    found = [next((row for row in rows if _fits(row, finding)), None) for finding in ours or theirs]
    return [row for row in found if row] if all(found) else []


def _order(row: dict[str, Any], ours: Sequence[Finding], theirs: Sequence[Finding]) -> bool:
    """Whether a row of [[order]] explains another first error: `earlier` says who tells of it, and for what."""
    if not ours or not theirs:
        return False
    early, late = (ours[0], theirs[0]) if row["earlier"] == "edigate" else (theirs[0], ours[0])
    return _fits(row, early) and early.offset <= late.offset


def _fits(row: dict[str, Any], finding: Finding) -> bool:
    return finding.code in row["codes"] and (
        "at" not in row or any(re.match(place, f"{finding.segment_id}{finding.element:02d}") for place in row["at"])
    )


# --- the run


def _run(task: tuple[Base, int, int]) -> list[Judged]:
    _keep_maps()
    base, seed, count = task
    rows = []
    for kind, content in mutants(base, seed, count):
        outcome = compare(content)
        rows.append(Judged(base.guide, kind, outcome, b"" if outcome.how else content))
    return rows


_MAPS: dict[str, Any] = {}


def _keep_maps() -> None:
    """pyx12 reads its map anew for every file; its maps don't change while they are used."""
    import pyx12.map_if

    if _MAPS:
        return
    load = pyx12.map_if.load_map_file
    _MAPS[""] = load
    pyx12.map_if.load_map_file = lambda name, param, path=None: (
        _MAPS.get(name) or _MAPS.setdefault(name, load(name, param, path))
    )


def run(
    count: int, seed: int = 1, jobs: int = 1, guides: str = "", *, fixtures_only: bool = False
) -> list[Judged]:
    """At least `count` mutants, shared out over all bases so that every guide has as many."""
    _keep_maps()
    chosen = [base for base in bases(fixtures_only=fixtures_only) if re.search(guides, base.guide)]
    by_guide = Counter(base.guide for base in chosen)
    tasks = [(base, seed, -(-count // (len(by_guide) * by_guide[base.guide]))) for base in chosen]
    if jobs == 1:
        return [row for task in tasks for row in _run(task)]
    with ProcessPoolExecutor(jobs) as pool:
        return [row for rows in pool.map(_run, tasks) for row in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge mutants of valid files by edigate and by pyx12.")
    parser.add_argument("--mutants", type=int, default=5000, help="at least so many (default 5000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--guides", default="", help="only guides whose name fits this pattern")
    parser.add_argument("--show", type=int, default=10, help="differences shown whole (default 10)")
    arguments = parser.parse_args()
    rows = run(arguments.mutants, arguments.seed, arguments.jobs, arguments.guides)
    print(f"{'':22}{'mutants':>9}{'accepted':>9}{'alike':>9}{'words':>9}{'rule':>9}{'none':>9}")
    for title in ("guide", "mutation"):
        print(f"by {title}")
        for name in sorted({getattr(row, title) for row in rows}):
            print(f"  {name:20}" + _counts([row.outcome for row in rows if getattr(row, title) == name]))
    print(f"  {'all':20}" + _counts([row.outcome for row in rows]))
    print("\nexplained by differences.toml")
    for how, number in Counter(row.outcome.how for row in rows if ": " in row.outcome.how).most_common():
        print(f"  {number:6} {how}")
    unexplained = [row for row in rows if not row.outcome.how]
    if unexplained:
        print("\nwithout a reason")
        told = Counter((guide, kind, outcome.ours, outcome.theirs) for guide, kind, outcome, _ in unexplained)
        for (guide, kind, ours, theirs), number in told.most_common(200):
            print(f"  {number:4} {guide:18} {kind:18} edigate {ours:30} pyx12 {theirs}")
        for row in unexplained[: arguments.show]:
            print(*row[:3], row.content.decode("latin-1"))
    return 1 if unexplained else 0


def _counts(outcomes: list[Outcome]) -> str:
    found = Counter(outcome.how.partition(":")[0] or "none" for outcome in outcomes)
    columns = ("accepted", "refused alike", "other words", "rule", "none")
    return f"{len(outcomes):9,}" + "".join(f"{found[column]:9,}" for column in columns)


if __name__ == "__main__":
    sys.exit(main())
