"""The 837D guide that edigate wrote: pyx12 loads it, judges by it as our engine does, X12's examples pass."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element as XmlElement

import pytest
import pyx12.map_if
import pyx12.params
from defusedxml.ElementTree import parse

from edigate.errors import InternalError
from edigate.findings import Finding
from edigate.x12.guide import Guide, guide_for, known_guides, segments_of
from edigate.x12.pyx12_engine import pyx12_errors, validate_with_pyx12
from edigate.x12.pyx12_folder import pyx12_folder, with_guides
from edigate.x12.validate import validate
from scripts.maps import dental
from tests.x12.samples import CORPUS, FIXTURES, fixture_name, needs_corpus

NAMES = ["005010X224", "005010X224A1", "005010X224A2", "005010X224A3"]
ACCEPT, REJECT = (sorted((FIXTURES / "005010X224A2" / folder).glob("*.x12")) for folder in ("accept", "reject"))

# The public 5010 dental files that aren't valid, and the first thing that is wrong with each.
BROKEN = {
    "837D/001-Healthcare-Data-Insight.x12": ("IK4-I10", 60),  # a person's first name in a place's name (NM1*77)
    "837D/007-cosyte.x12": ("IK4-1", 23),  # the line's charge stands one element too late
    "837D/013-mjkubba.x12": ("IK3-3", 3),  # neither submitter nor receiver
    "837D/014-mjkubba.x12": ("IK3-3", 3),  # as 013
    "broken/104-jaymd96.x12": ("IK4-1", 37),  # DN2 without its code list; SE01 is wrong too
}
# X12's own examples, as stupidedi and moov-io keep them.
VALID = [
    *(f"837D/{number}-kputnam.x12" for number in ("008", "009", "010", "011", "012")),
    "837D/015-moov-io.x12",
]


pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")


def guide() -> Guide:
    found = guide_for("005010X224A2", "HC", "837")
    assert found is not None
    return found


# The map


def test_the_map_is_what_the_script_writes() -> None:
    assert dental.MAP.read_text("utf-8") == dental.text()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_guide_finds_it(name: str) -> None:
    found = guide_for(name, "HC", "837")
    assert found is guide()
    assert set(found.versions) == set(NAMES)


def test_pyx12_loads_the_map() -> None:
    loaded = pyx12.map_if.load_map_file(dental.MAP.name, pyx12.params.params(), str(pyx12_folder()))
    path = "/ISA_LOOP/GS_LOOP/ST_LOOP/DETAIL/2000A/2000B/2300/2400/SV3"
    assert loaded.getnodebypath(path).name == "Dental Service"


def test_every_data_element_and_code_list_of_the_map_is_one_pyx12_has() -> None:
    def ids(name: str, tag: str, attribute: str) -> set[str]:
        root: XmlElement = parse(pyx12_folder() / name).getroot()
        return {found for node in root.iter(tag) if (found := node.get(attribute) or node.findtext(attribute) or "")}

    assert ids(dental.MAP.name, "element", "data_ele") <= ids("dataele.xml", "data_ele", "ele_num")
    assert ids(dental.MAP.name, "valid_codes", "external") <= ids("codes.xml", "codeset", "id")


@pytest.mark.parametrize(
    ("loop", "segment", "code", "usage", "max_use"),
    [
        ("2300", "DN1", "", "S", 1),
        ("2300", "DN2", "", "S", 35),
        ("2300", "DTP", "452", "S", 1),
        ("2400", "SV3", "", "R", 1),
        ("2400", "TOO", "", "S", 32),
        ("2400", "DTP", "472", "S", 1),
        ("2430", "DTP", "573", "R", 1),
    ],
)
def test_what_makes_a_claim_dental_stands_where_it_should(
    loop: str, segment: str, code: str, usage: str, max_use: int
) -> None:
    found = {
        (usage_.usage, usage_.max_use)
        for where, usage_ in segments_of(guide().body)
        if where.id == loop and usage_.id == segment and (not code or code in usage_.elements[0].codes)
    }
    assert found == {(usage, max_use)}


# pyx12's folder


def test_pyx12s_folder_has_its_maps_and_ours() -> None:
    for known in known_guides():
        assert (pyx12_folder() / known.map).exists(), known.map
    assert {"codes.xml", "dataele.xml", "maps.xml"} <= {path.name for path in pyx12_folder().iterdir()}


def test_an_index_without_5010_is_told() -> None:
    with pytest.raises(InternalError):
        with_guides("<maps/>", [])


def test_pyx12_takes_dental_files_as_they_are_under_any_name() -> None:
    for path in ACCEPT:
        assert pyx12_errors(path.read_bytes()) == [], path


# Verdicts


@needs_corpus
@pytest.mark.real
@pytest.mark.parametrize("name", VALID)
def test_x12s_examples_pass(name: str) -> None:
    content = (CORPUS / name).read_bytes()
    assert validate([content]).findings == []
    assert pyx12_errors(content) == []


@needs_corpus
@pytest.mark.real
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_the_other_public_files_is_known(name: str) -> None:
    content = (CORPUS / name).read_bytes()
    first = next(finding for finding in validate([content]).findings if finding.severity == "error")
    assert (first.code, first.segment_position) == BROKEN[name]
    compare(content)


@needs_corpus
@pytest.mark.real
def test_no_public_dental_file_is_left_out() -> None:
    named = re.compile(rb"\*005010X224\w*~")
    names = {f"{path.parent.name}/{path.name}" for path in CORPUS.glob("837D/*") if named.search(path.read_bytes())}
    assert names == {name for name in (*VALID, *BROKEN) if name.startswith("837D/")}


@pytest.mark.parametrize("path", REJECT, ids=fixture_name)
def test_rejected_fixtures_are_rejected_by_pyx12_at_the_same_place(path: Path) -> None:
    assert compare(path.read_bytes()) is False


STEP = 11  # of some 5,700 mutants: with 1 every one agrees too, in minutes
BASES = [path for path in ACCEPT if path.stem != "fifty_lines" and not path.stem.endswith("_name")]


@pytest.mark.parametrize("path", BASES, ids=fixture_name)
def test_mutants_are_judged_as_pyx12_does_and_first_at_the_same_place(path: Path) -> None:
    content = path.read_bytes()
    kinds, verdicts = set(), set()
    for kind, mutant in itertools.islice(mutants(content), 0, None, STEP):
        verdicts.add(compare(mutant))
        kinds.add(kind)
    assert len(kinds) >= 10
    assert verdicts == {True, False}


# How pyx12 says what edigate says, at the same segment. Its walker has one word for a segment it doesn't find,
# and takes the codes that tell two uses of a segment apart (DTP01, SV301-1, TOO01) for part of the name.
_NOT_FOUND = frozenset({"IK3-1"})
_NOT_COUNTED_RIGHT = frozenset({"IK3-4"})  # it begins the loop again before it looks at what the last one lacked
SAYS: dict[str, frozenset[str]] = {
    "IK3-2": _NOT_FOUND,
    "IK3-3": _NOT_COUNTED_RIGHT | _NOT_FOUND | {"IK3-HL1", "IK3-LX"},  # the number of a loop begun again is wrong
    "IK3-5": _NOT_COUNTED_RIGHT,  # BHT is the first segment of its wrapper HEADER
    "IK3-6": _NOT_FOUND,
    "IK3-7": _NOT_FOUND,
    "IK4-1": _NOT_FOUND | {"IK3-8"},  # a missing composite is an error of the segment
    "IK4-2": frozenset({"IK3-8"}),  # syntax notes are errors of the segment
    "IK4-3": frozenset({"IK3-8"}),
    "IK4-4": _NOT_FOUND,
    "IK4-5": _NOT_FOUND,
    "IK4-7": _NOT_FOUND,
    "IK4-13": _NOT_FOUND | {"IK4-6"},
    "IK4-I10": frozenset({"IK4-10"}),
    "IK4-I12": frozenset({"IK3-HL1", "IK3-HL2"}),
}


def compare(content: bytes) -> bool:
    """The verdict of both; fails where they differ without a known reason, or begin at different places."""
    ours = [finding for finding in validate([content]).findings if finding.severity == "error"]
    theirs = validate_with_pyx12([content]).findings
    if not ours or not theirs:
        assert _known(ours, theirs), (content, ours or theirs)
        return not ours
    first, second = ours[0], theirs[0]
    if first.code == "IK3-3" and first.segment_position < second.segment_position:
        return False  # pyx12 forgets what a loop lacks when it begins anew
    assert first.segment_position == second.segment_position, (content, first, second)
    said = {finding.code for finding in theirs if finding.segment_position == first.segment_position}
    assert said & (SAYS.get(first.code, frozenset()) | {first.code}), (content, first, said)
    return False


def _known(ours: list[Finding], theirs: list[Finding]) -> bool:
    """Both agree that nothing is wrong, or one of three rules says why they don't."""
    if not ours:
        return all(finding.code == "IK3-SEG1" for finding in theirs)  # empty elements at the end: we warn
    forgotten = all(finding.code == "IK3-3" for finding in ours)
    first_component = all(finding.code == "IK4-1" and finding.component == 1 for finding in ours)
    return forgotten or first_component  # pyx12 misses the required first component of a situational composite


def mutants(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every segment and element of the file broken in every way, one at a time; SE01 stays right."""
    segments = [segment.split(b"*") for segment in content.replace(b"~\n", b"~").rstrip(b"~").split(b"~")]
    for index in range(3, len(segments) - 3):
        before, segment, after = segments[:index], segments[index], segments[index + 1 :]
        if after[0][0] != b"SE":
            yield "wrong order", _file([*before, after[0], segment, *after[1:]])
        yield "segment missing", _file([*before, *after])
        yield "segment twice", _file([*before, segment, segment, *after])
        yield "segment forty times", _file([*before, *[segment] * 40, *after])
        yield "unknown segment", _file([*before, [b"ZZ", b"1"], segment, *after])
        yield "too many elements", _file([*before, [*segment, b"X"], *after])
        yield "component in a simple element", _file([*before, [*segment[:-1], segment[-1] + b":X"], *after])
        for kind, elements in _elements(segment):
            yield kind, _file([*before, elements, *after])


def _elements(segment: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    values = {"element missing": b"", "bad code": b"ZZ", "too long": b"A" * 90, "bad number": b"1.2.3"}
    for position in range(1, len(segment)):
        before, after = segment[:position], segment[position + 1 :]
        for kind, value in values.items():
            yield kind, [*before, value, *after]
        components = segment[position].split(b":")
        for index in range(len(components) if len(components) > 1 else 0):
            for kind, value in (("component missing", b""), ("bad component", b"ZZ")):
                composite = b":".join([*components[:index], value, *components[index + 1 :]])
                yield kind, [*before, composite, *after]


def _file(segments: list[list[bytes]]) -> bytes:
    end = next(index for index, segment in enumerate(segments) if segment[0] == b"SE")
    counted = [*segments[:end], [b"SE", b"%d" % (end - 1), segments[end][2]], *segments[end + 1 :]]
    return b"".join(b"*".join(segment) + b"~\n" for segment in counted)
