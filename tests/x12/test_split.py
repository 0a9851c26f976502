"""Splitting: parts that stand alone, every claim in one of them, nothing wrong that wasn't before."""

from __future__ import annotations

from collections import Counter

import pytest

from edigate.errors import DataError
from edigate.x12.segments import SegmentReader
from edigate.x12.split import By, Part, Splitter
from edigate.x12.validate import validate
from tests.x12.samples import ANSWER, CLAIM, CORPUS, FIXTURES, PAYMENT, corpus_files, needs_corpus

CHILD = (FIXTURES / "005010X222A1" / "accept" / "patient_is_child.x12").read_bytes()
WAYS: tuple[By, ...] = ("interchange", "set", "claims")

HEAD = CLAIM[: CLAIM.index(b"HL*1")].decode()
PROVIDER = CHILD[CHILD.index(b"PRV*BI") : CHILD.index(b"HL*2")].decode()
SUBSCRIBER = CHILD[CHILD.index(b"SBR*") : CHILD.index(b"HL*3")].decode()
PATIENT = CHILD[CHILD.index(b"PAT*19") : CHILD.index(b"CLM*")].decode()


def claim(number: str) -> str:
    """A claim with one line, made from the fixture's."""
    text = CHILD[CHILD.index(b"CLM*") : CHILD.index(b"LX*2")].decode()
    return text.replace("TESTCLAIM1*150", f"{number}*100")


def family(*levels: str) -> bytes:
    """An 837P of a billing provider with these subscribers, patients and claims, as `HL` codes and numbers."""
    body, count, parents = HEAD, 0, {"20": 0, "22": 0}
    for index, level in enumerate(levels):
        code, _, number = level.partition(" ")
        if code == "CLM":
            body += claim(number)
            continue
        count += 1
        above = {"20": "", "22": parents["20"], "23": parents["22"]}[code]
        parents[code] = count
        below = levels[index + 1 :]
        until = next((at for at, each in enumerate(below) if each.startswith(("20", "22", "23"))), len(below))
        has_levels = until < len(below) and below[until][:2] > code
        body += f"HL*{count}*{above}*{code}*{int(has_levels)}~\n"
        body += {"20": PROVIDER, "22": SUBSCRIBER.replace("P**", "P*18*"), "23": PATIENT}[code]
    segments = body.count("~") - 2 + 1
    return (body + f"SE*{segments}*0001~\nGE*1*11~\nIEA*1*000000101~\n").encode()


def split(content: bytes, by: By, limit: int = 1, number: int | None = None) -> dict[int, tuple[Part, bytes]]:
    parts: dict[int, tuple[Part, bytes]] = {}
    for part, piece in Splitter([content], by=by, limit=limit, first_number=number):
        _, before = parts.get(part.number, (part, b""))
        parts[part.number] = (part, before + piece)
    return parts


def claims_of(content: bytes) -> list[str]:
    return [each.get(1) for each in SegmentReader([content]) if each.id == "CLM"]


def test_the_made_up_family_is_valid() -> None:
    whole = family("20", "22", "CLM A", "23", "CLM B", "CLM C", "22", "CLM D")
    assert [finding.message for finding in validate([whole]).findings] == []


def test_each_claim_stands_under_its_own_patient_subscriber_and_provider() -> None:
    whole = family("20", "22", "CLM A", "23", "CLM B", "CLM C", "22", "CLM D")
    parts = split(whole, "claims")
    assert [claims_of(content) for _, content in parts.values()] == [["A"], ["B"], ["C"], ["D"]]
    levels = []
    for _, content in parts.values():
        assert validate([content]).findings == []
        levels.append([tuple(each.elements[1:]) for each in SegmentReader([content]) if each.id == "HL"])
    alone, dependent = [("1", "", "20", "1"), ("2", "1", "22", "0")], ("3", "2", "23", "0")
    assert levels[0] == alone
    assert levels[1] == levels[2] == [("1", "", "20", "1"), ("2", "1", "22", "1"), dependent]
    assert levels[3] == alone


def test_a_part_holds_as_many_claims_as_it_may() -> None:
    parts = split(family("20", "22", "CLM A", "CLM B", "23", "CLM C", "22", "CLM D", "CLM E"), "claims", 2)
    assert [(part.claims, claims_of(content)) for part, content in parts.values()] == [
        (2, ["A", "B"]),
        (2, ["C", "D"]),
        (1, ["E"]),
    ]
    assert all(validate([content]).findings == [] for _, content in parts.values())


def test_a_level_without_claims_is_in_one_part_only() -> None:
    parts = split(family("20", "22", "CLM A", "22", "22", "CLM B"), "claims")
    assert [content.count(b"*22*") for _, content in parts.values()] == [2, 1]


def test_claims_and_parties_are_copied_to_the_byte() -> None:
    odd = CHILD.replace(b"EXAMPLE*KIM", b"EX\xc4MPLE*KIM").replace(b"SAMPLE PAYER", "SÄMPLE PAYER".encode())
    ((_, content),) = split(odd, "claims").values()
    assert content == odd  # Latin-1 beside UTF-8


@pytest.mark.parametrize("ending", [b"~", b"~\r\n", b"\n", b"\x1c\n"])
def test_line_ends_and_terminators_stay(ending: bytes) -> None:
    whole = CHILD.replace(b"~\n", ending)
    for by in WAYS:
        ((_, content),) = split(whole, by).values()
        assert content == whole


def test_byte_by_byte_gives_the_same_parts() -> None:
    whole = family("20", "22", "CLM A", "23", "CLM B")
    drops = (whole[at : at + 1] for at in range(len(whole)))
    assert b"".join(piece for _, piece in Splitter(drops, by="claims", limit=1)) == b"".join(
        content for _, content in split(whole, "claims").values()
    )


def test_interchanges_come_apart_as_they_are() -> None:
    parts = split(b"\n" + CHILD + b"\r\n" + PAYMENT + ANSWER, "interchange")
    assert [content for _, content in parts.values()] == [CHILD, PAYMENT, ANSWER]
    assert [(part.transaction_sets, part.claims) for part, _ in parts.values()] == [(1, 1), (1, 1), (1, 0)]


def test_sets_get_envelopes_of_their_own() -> None:
    start, end = CHILD.index(b"ST*"), CHILD.index(b"GE*")
    one = CHILD[start:end]
    two = CHILD[:start] + one + one.replace(b"*0001", b"*0002") + CHILD[end:].replace(b"GE*1", b"GE*2")
    parts = split(two, "set")
    assert len(parts) == 2
    assert all(validate([content]).findings == [] for _, content in parts.values())
    assert [b"ST*837*0002" in content for _, content in parts.values()] == [False, True]


def test_a_ta1_is_a_part_of_its_own() -> None:
    whole = (FIXTURES / "TA1" / "accept" / "before_a_group.x12").read_bytes()
    first, second = (content for _, content in split(whole, "set").values())
    assert b"TA1*" in first and b"IEA*0*" in first and b"ST*" not in first
    assert b"TA1*" not in second and b"ST*999" in second
    assert validate([first]).valid and validate([second]).valid


def test_parts_may_have_numbers_of_their_own() -> None:
    for by in WAYS:
        parts = split(family("20", "22", "CLM A", "CLM B") + CHILD, by, number=77)
        numbers = [part.interchange for part, _ in parts.values()]
        assert numbers == [f"{77 + at:09d}" for at in range(len(parts))]
        for part, content in parts.values():
            assert validate([content]).findings == []
            assert content.count(part.interchange.encode()) == 2  # ISA13, IEA02


@pytest.mark.parametrize(("content", "reason"), [(PAYMENT, "BPR02"), (ANSWER, "answers transaction sets")])
def test_what_has_no_claims_of_its_own_isnt_split_by_them(content: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        split(content, "claims")


@pytest.mark.parametrize("by", ["set", "claims"])
@pytest.mark.parametrize("cut", [b"LX*2", b"SE*34"])
def test_a_cut_file_isnt_made_to_look_whole(by: By, cut: bytes) -> None:
    with pytest.raises(DataError, match="has no end"):
        split(CHILD[: CHILD.index(cut)], by)


def test_segments_outside_of_any_set_arent_dropped_in_silence() -> None:
    stray = CHILD.replace(b"GE*1", b"CLM*LOST*1~\nGE*1")
    with pytest.raises(DataError, match="outside of any transaction set"):
        split(stray, "set")
    ((_, content),) = split(stray, "interchange").values()
    assert content == stray


def test_a_wrong_count_is_told() -> None:
    splitter = Splitter([CHILD.replace(b"SE*34", b"SE*30")], by="claims")
    content = b"".join(piece for _, piece in splitter)
    assert b"SE*34*" in content
    assert splitter.notes == [
        "transaction set 0001: SE01 counts 30, but there are 34 segments; the parts count what they hold"
    ]


def test_levels_made_up_to_fill_memory_are_refused() -> None:
    deep = "".join(f"HL*{number}*{number - 1}*22*1~" for number in range(1, 200))
    with pytest.raises(DataError, match="100 deep"):
        split((HEAD + deep).encode(), "claims")


def test_what_isnt_x12_is_refused() -> None:
    for by in WAYS:
        with pytest.raises(DataError, match="no ISA"):
            split(b"a letter", by)


@needs_corpus
@pytest.mark.real
def test_public_files_lose_nothing_and_gain_no_findings() -> None:
    kept = ("CLM", "CLP", "SV1", "SV2", "SV3", "SVC", "STC", "IK5", "TA1")

    def contents(content: bytes) -> Counter[tuple[str, ...]]:
        return Counter(tuple(each.elements) for each in SegmentReader([content]) if each.id in kept)

    done = Counter[str]()
    for path in corpus_files():
        whole = path.read_bytes()
        report = validate([whole])
        if len(whole) > 100_000 or path.parent.name == "broken":
            continue
        codes = {(finding.code, finding.message) for finding in report.findings}
        for by in WAYS:
            try:
                parts = split(whole, by)
            except DataError:
                kinds = {each.get(1) for each in SegmentReader([whole]) if each.id == "ST"}
                assert by == "claims" and kinds - {"837"}, (path, by)
                continue
            done[by] += 1
            together = sum((contents(content) for _, content in parts.values()), Counter[tuple[str, ...]]())
            assert together == contents(whole), (path, by)
            for _, content in parts.values():
                after = {(finding.code, finding.message) for finding in validate([content]).findings}
                assert after <= codes, (path, by)
    assert done["set"] > 200 and done["claims"] > 150, CORPUS
