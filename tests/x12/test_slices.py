"""Slices: a file checked in parts gives the report of one go, or it is seen that it must be checked in one go."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from edigate.x12.segments import Limits
from edigate.x12.slices import Chain, slices
from edigate.x12.validate import Report, validate, validate_part
from tests.x12.samples import CLAIM, ISA, PAYMENT, mutants

_GROUP = CLAIM[CLAIM.index(b"GS*") : CLAIM.index(b"ST*837")]
_SET = CLAIM[CLAIM.index(b"ST*837") : CLAIM.index(b"GE*1")]


def claims(sets: int, *, first: int = 1) -> bytes:
    return b"".join(
        _SET.replace(b"ST*837*0001", b"ST*837*%04d" % number).replace(b"SE*31*0001", b"SE*31*%04d" % number)
        for number in range(first, first + sets)
    )


def interchange(number: int, groups: list[int]) -> bytes:
    """An interchange whose groups hold so many sets each."""
    header = ISA.encode().replace(b"000000101", b"%09d" % number) + b"\n"
    body = b"".join(
        _GROUP.replace(b"*11*X*", b"*%d*X*" % group) + claims(sets) + b"GE*%d*%d~\n" % (sets, group)
        for group, sets in enumerate(groups, 1)
    )
    return header + body + b"IEA*%d*%09d~\n" % (len(groups), number)


GOOD = {
    "one group": interchange(1, [12]),
    "several groups": interchange(1, [3, 1, 6, 4]),
    "several interchanges": interchange(1, [5]) + interchange(2, [1, 5]) + interchange(3, [2]),
    "without line ends": interchange(1, [6, 6]).replace(b"\n", b""),
    "CR LF": interchange(1, [6, 6]).replace(b"\n", b"\r\n"),
    "line ends as terminators": interchange(1, [6, 6]).replace(b"~\n", b"\n"),
}

STRANGE = {
    "blank lines between": interchange(1, [4]) + b"\n\n" + interchange(2, [4]),
    "a set without its end": GOOD["one group"].replace(b"SE*31*0005~\n", b""),
    "a set number twice, far apart": GOOD["one group"].replace(b"*837*0011*", b"*837*0001*"),
    "a group number twice": interchange(1, [4, 4]).replace(b"*2*X*", b"*1*X*").replace(b"GE*4*2", b"GE*4*1"),
    "an interchange twice": interchange(1, [4]) + interchange(1, [4]),
    "a wrong count of sets": GOOD["one group"].replace(b"GE*12", b"GE*11"),
    "a wrong count of groups": GOOD["several groups"].replace(b"IEA*4", b"IEA*3"),
    "no trailers": GOOD["one group"][: GOOD["one group"].index(b"GE*12")],
    "a group without its trailer": GOOD["several groups"].replace(b"GE*6*3~\n", b""),
    "an interchange without its trailer": interchange(1, [5]).partition(b"IEA")[0] + interchange(2, [5]),
    "cut in the middle": GOOD["one group"][:5000],
    "segments between sets": GOOD["one group"].replace(b"ST*837*0007", b"NTE*ADD*X~\nST*837*0007"),
    "junk that looks like a set": interchange(1, [5]) + b"~\nST*837*0001~\n" * 50 + interchange(2, [5]),
    "line ends here and there": GOOD["one group"].replace(b"~\nNM1", b"~NM1").replace(b"0006~\nST", b"0006~ST"),
    "empty segments": GOOD["one group"].replace(b"~\nST*837*0006", b"~~~\nST*837*0006"),
    "other delimiters later": interchange(1, [5]) + interchange(2, [5]).replace(b"*", b"|"),
    "another version later": interchange(1, [5]) + interchange(2, [5]).replace(b"005010X222A1", b"005010X999"),
    "an ISA that can't be read": interchange(1, [6]) + b"ISA*00*rest" + interchange(2, [6]),
    "a segment too long": GOOD["one group"].replace(b"*837*0008*", b"*837*" + b"8" * 3000 + b"*"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD["one group"],
    "an ISA without padding": GOOD["one group"].replace(b" ", b""),
    "not X12": b"Dear all, " * 1000,
    "nothing": b"",
}


def in_slices(content: bytes, size: int, limits: Limits) -> Report | None:
    """The report of all slices, or None where the file must be checked in one go."""
    chain = Chain(limits)
    for slice_ in slices(content, size):
        part = validate_part(
            [content[slice_.start : slice_.end]],
            file="f",
            limits=limits,
            after=slice_.after,
            base=slice_.start,
            last=slice_.last,
        )
        if not chain.add(slice_, part):
            return None
    return chain.report("f")


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("size", [1, 900, 2500, 100_000])
def test_a_good_file_in_slices_is_the_file(name: str, size: int) -> None:
    report = in_slices(GOOD[name], size, Limits())
    assert report == validate([GOOD[name]], file="f")
    assert report.valid
    assert report.transaction_sets == GOOD[name].count(b"ST*837")


def test_slices_cover_every_byte_once_and_begin_at_sets() -> None:
    content = GOOD["several groups"]
    cut = list(slices(content, 900))
    assert len(cut) > 5
    assert b"".join(content[one.start : one.end] for one in cut) == content
    assert all(content[one.start :].startswith(b"ST*") for one in cut[1:])
    assert [one.last for one in cut] == [False] * (len(cut) - 1) + [True]


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("size", [1, 2500])
def test_a_strange_file_in_slices_is_the_file_or_is_seen_to_need_one_go(name: str, size: int) -> None:
    limits = Limits(segment_bytes=2000)
    whole = validate([STRANGE[name]], file="f", limits=limits)
    assert in_slices(STRANGE[name], size, limits) in (None, whole)


@pytest.mark.parametrize("name", ["a wrong count of sets", "a wrong count of groups", "no trailers", "empty segments"])
def test_common_defects_need_no_second_reading(name: str) -> None:
    assert in_slices(STRANGE[name], 2500, Limits()) is not None


def damaged() -> Iterator[bytes]:
    """Good files with segments of their envelopes dropped, doubled, moved and renamed."""
    chance = random.Random(11)  # noqa: S311  # repeatable, not secret
    envelope = (b"ISA", b"IEA", b"GS*", b"GE*", b"ST*", b"SE*")
    for content in list(GOOD.values())[:3] * 60:
        segments = content.split(b"~\n")
        at = chance.choice([index for index, text in enumerate(segments) if text[:3] in envelope])
        match chance.randrange(5):
            case 0:
                del segments[at]
            case 1:
                segments.insert(at, segments[at])
            case 2:
                segments.insert(chance.randrange(len(segments)), segments.pop(at))
            case 3:
                segments[at] = segments[at].replace(b"1", b"2")
            case 4:
                segments[at] = chance.choice((b"ST*837", b"ST", b"", b"SE*31", b"GS*HC", b"  " + segments[at]))
        yield b"~\n".join(segments)


def test_damaged_envelopes_in_slices_are_told_as_in_one_go() -> None:
    same = 0
    for content in damaged():
        report = in_slices(content, 2500, Limits(findings=40))
        assert report in (None, validate([content], file="f", limits=Limits(findings=40))), content
        same += report is not None
    assert same > 60


def test_more_findings_than_the_limit_are_cut_at_the_same_one() -> None:
    content = GOOD["one group"].replace(b"CLM*TESTCLAIM1*150", b"CLM*TESTCLAIM1*x").replace(b"*IL*", b"*QQ*")
    for most in (1, 2, 7, 30):
        limits = Limits(findings=most)
        assert in_slices(content, 2500, limits) == validate([content], file="f", limits=limits)


def test_broken_sets_are_found_in_their_slices() -> None:
    start, end = PAYMENT.index(b"ST*835"), PAYMENT.index(b"GE*1")
    for mutant in mutants(PAYMENT, seed=3, count=40):
        body = mutant[start : mutant.index(b"GE*1")]
        if not body.startswith(b"ST*835*") or b"\nSE*" not in body:
            continue
        content = PAYMENT[:start] + PAYMENT[start:end] * 3 + body + PAYMENT[start:end] * 3 + PAYMENT[end:]
        for number in range(7):
            content = content.replace(b"ST*835*0001", b"ST*835*100%d" % number, 1)
        assert in_slices(content, 1500, Limits()) in (None, validate([content], file="f"))
