"""Runs: several segments at once are judged, counted and left exactly as one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from edigate.x12 import compile as compiling
from edigate.x12 import runs
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.guide import guide_for
from edigate.x12.segments import Delimiters
from edigate.x12.validate import Report, validate
from edigate.x12.walk import SetValidator
from tests.x12.samples import CLAIM, FIXTURE_FILES, KINDS, PAYMENT, corpus_files, mutants, needs_corpus

KNOWN_KINDS = [*KINDS, "837D"]


@pytest.fixture(autouse=True)
def learned_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs are learned from the first sequences on, from nothing known."""
    monkeypatch.setattr(runs, "_FIRST_DUE", 2)
    monkeypatch.setattr(runs, "_LATER", 4)
    monkeypatch.setattr(runs, "_OFTEN", 1)
    compiling.checker.cache_clear()
    yield
    compiling.checker.cache_clear()


def content_of(kind: str) -> bytes:
    if kind == "837D":
        return next(path for path in FIXTURE_FILES if path.match("005010X224A2/accept/*.x12")).read_bytes()
    return KINDS[kind]


def one_by_one(files: list[bytes], monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """The same files with every segment fed and none skimmed."""
    with monkeypatch.context() as patch:
        patch.setattr(SetValidator, "skim", lambda self, texts, at, locate: at)
        return [validate([each]) for each in files]


def runs_found() -> int:
    return sum(
        len(found.found)
        for version, functional_id, set_id in (
            ("005010X222A1", "HC", "837"),
            ("005010X223A2", "HC", "837"),
            ("005010X224A2", "HC", "837"),
            ("004010X098A1", "HC", "837"),
            ("005010X221A1", "HP", "835"),
            ("005010X231A1", "FA", "999"),
            ("005010X214", "HN", "277"),
        )
        if (guide := guide_for(version, functional_id, set_id))
        for standard, repetition in (("00501", "^"), ("00401", ""))
        for found in compiling.checker(
            compiling.compile_guide(guide), Delimiters(repetition=repetition), standard
        ).runs.values()
    )


@pytest.mark.parametrize("kind", KNOWN_KINDS)
def test_broken_files_are_found_broken_in_the_same_places(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base = content_of(kind)
    files = [base, base, *mutants(base, seed=7, count=200), base]
    fast = [validate([each]) for each in files]
    assert runs_found()
    assert fast == one_by_one(files, monkeypatch)
    assert sum(not report.valid for report in fast) > 100


_LARGE = 20_000  # bytes; larger ones repeat what is in them, and each is read three times here


@needs_corpus
@pytest.mark.real
def test_every_public_file_is_judged_the_same_whatever_was_learned_before(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [path.read_bytes() for path in [*corpus_files(), *FIXTURE_FILES]]
    files = [content for content in contents if len(content) < _LARGE]
    for content in files:
        validate([content])
    assert runs_found() > 50
    assert [validate([content]) for content in files] == one_by_one(files, monkeypatch)


def lines_of(count: int) -> bytes:
    line = b"LX*%d~\nSV1*HC:99213*3*UN*1***1~\nDTP*472*D8*20240102~\n"
    body = b"".join(line % number for number in range(1, count + 1))
    start, end = CLAIM.index(b"LX*1~"), CLAIM.index(b"SE*31*")
    return recounted(CLAIM[:start] + body + CLAIM[end:])


def recounted(content: bytes) -> bytes:
    """The file of one set with SE01 put right."""
    return re.sub(rb"(?<=\nSE\*)\d+", b"%d" % (content.count(b"~") - 4), content)


def test_the_last_loop_allowed_is_taken_and_the_next_is_one_too_many() -> None:
    validate([lines_of(40)])
    assert validate([lines_of(50)]).findings == []
    first, *_ = validate([lines_of(51)]).findings
    assert (first.code, first.segment_id, first.loop) == ("IK3-4", "LX", "2400")


def test_a_line_out_of_number_is_seen_in_the_midst_of_runs() -> None:
    validate([lines_of(40)])
    (finding,) = validate([lines_of(40).replace(b"LX*9~", b"LX*10~")]).findings
    assert (finding.code, finding.value, finding.expected) == ("IK4-I12", "10", "9")


def test_what_goes_on_after_a_run_is_counted_with_it() -> None:
    """REF*6R twice in one line: the first ends a learned run, the second is one too many."""
    reference = b"REF*6R*L%d~\n"
    good = recounted(lines_of(40).replace(b"20240102~\nLX", b"20240102~\n" + reference % 1 + b"LX"))
    assert validate([good]).valid
    at = good.rindex(b"REF*6R*L1~\n")
    twice = recounted(good[:at] + reference % 2 + good[at:])
    assert [finding.code for finding in validate([twice]).findings] == ["IK3-5"]


def test_what_a_line_lacks_is_seen_after_lines_that_have_it() -> None:
    validate([lines_of(40)])
    content = lines_of(40)
    at = content.index(b"SV1*", content.index(b"LX*20~"))
    (finding,) = validate([recounted(content[:at] + content[content.index(b"DTP*", at) :])]).findings
    assert (finding.code, finding.segment_id, finding.loop) == ("IK3-3", "SV1", "2400")


@pytest.mark.parametrize("terminator", [b"~", b"\n", b"'", b"-", b".", b"\x1c"])
def test_terminators_that_stand_inside_values_dont_join_two_segments_into_one(terminator: bytes) -> None:
    content = lines_of(40).replace(b"~\n", terminator)
    assert validate([content]) == validate([content[i : i + 7] for i in range(0, len(content), 7)])
    spoilt = content.replace(b"20240102" + terminator + b"LX*30", b"20240102-20240103" + terminator + b"LX*30")
    assert not validate([spoilt]).valid


def test_a_file_of_ever_new_sequences_is_learned_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_SEEN", 5)
    segments = PAYMENT.split(b"~\n")
    at = next(index for index, text in enumerate(segments) if text.startswith(b"SVC*"))
    line = segments[at]
    extra = [b"AMT*B6*%d" % n for n in range(1, 10)]
    body = [part for count in range(1, 60) for part in (line, b"DTM*472*20240102", *extra[: count % 9])]
    content = b"~\n".join([*segments[:at], *body, *segments[at:]])
    validate([content])
    reader = EnvelopeReader([content])
    assert sum(1 for _ in reader) == 1
    guide = guide_for("005010X221A1", "HP", "835")
    assert guide is not None
    learned = compiling.checker(compiling.compile_guide(guide), Delimiters(), "00501").runs
    assert all(len(found.found) <= 5 for found in learned.values())
    assert any(found.found for found in learned.values())
