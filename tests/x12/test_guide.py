"""Guides: which there are, what corrections do to them, and the cache that may break at any time."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path

import msgspec
import pytest

from edigate.errors import ConfigError
from edigate.x12 import corrections, guide_cache
from edigate.x12.guide import Correction, Guide, Loop, SegmentUsage, find_known, guide_for, known_guides
from edigate.x12.pyx12_maps import read_map


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "edigate" / "guides"


def guide(version: str) -> Guide:
    known = next(each for each in known_guides() if each.version == version)
    found = guide_for(known.version, known.functional_id, known.transaction_set)
    assert found is not None
    return found


def usage(guide: Guide, loop_id: str, segment_id: str, code: str = "") -> SegmentUsage:
    found, *_ = [  # 2300 and below stand under the subscriber and under the patient
        each
        for loop, each in guide.segments()
        if loop.id == loop_id and each.id == segment_id and (not code or (each.key and code in each.key.codes))
    ]
    return found


@pytest.mark.parametrize("version", ["005010X222", "005010X222A1", "005010X222A2", " 005010x222a1 "])
def test_the_names_senders_use_mean_one_guide(version: str) -> None:
    assert guide_for(version, "HC", "837") is guide("005010X222A1")


@pytest.mark.parametrize(
    ("version", "functional_id", "set_id"),
    [
        ("005010X999A1", "HC", "837"),
        ("005010X222A1", "HP", "837"),  # a claim in a group of payments
        ("005010X222A1", "HC", "835"),
        ("", "", ""),
    ],
)
def test_there_is_no_guide_for_what_nobody_wrote_one_for(version: str, functional_id: str, set_id: str) -> None:
    assert guide_for(version, functional_id, set_id) is None


def test_every_map_that_pyx12_finds_is_known() -> None:
    import pyx12.map_index

    index = pyx12.map_index.map_index()
    for known in known_guides():
        if known.origin == "pyx12" and known.functional_id:
            standard = "00501" if known.version.startswith("005") else "00401"
            assert index.get_filename(standard, known.version, known.functional_id) == known.map


def test_every_guide_loads_whole() -> None:
    for known in known_guides():
        loaded = (
            guide(known.version)
            if known.transaction_set == "ISA"
            else guide_for(known.version, known.functional_id, known.transaction_set)
        )
        assert loaded is not None
        first, *_, last = [each.id for _, each in loaded.segments()]
        assert (first, last) == (("ISA", "IEA") if known.transaction_set == "ISA" else ("ST", "SE"))


def test_the_professional_claim_is_what_the_guide_says() -> None:
    claim = usage(guide("005010X222A1"), "2300", "CLM")
    assert (claim.usage, claim.max_use) == ("R", 1)
    number, amount, *_ = claim.elements
    assert (number.usage, number.data_type, number.max_length) == ("R", "AN", 38)
    assert (amount.usage, amount.data_type, amount.max_length) == ("R", "R", 18)
    place = claim.elements[4]
    assert [part.usage for part in place.components] == ["R", "R", "R"]
    assert place.components[0].code_set == "pos"
    assert "11" in guide_cache.code_sets()["pos"]
    assert [str(note) for note in usage(guide("005010X222A1"), "2400", "SV1").syntax] == ["P0304"]


def test_wrapper_loops_are_lifted_away() -> None:
    body = guide("005010X221A1").body
    assert [child.id for child in body.children if isinstance(child, Loop)] == ["1000A", "1000B", "2000"]
    assert usage(guide("005010X221A1"), "ST_LOOP", "PLB").max_use > 1000


def test_every_correction_and_alias_has_its_reason_and_lies_in_a_guide() -> None:
    rows = corrections.read(corrections.shipped_text(), file="corrections.toml")
    assert rows
    for row in rows:
        assert len(row.because) > 30, row
        assert row in guide(row.guide).corrections
    for known in known_guides():
        assert all(len(alias.because) > 30 for alias in known.alias)


def test_a_correction_changes_its_place_and_nothing_else() -> None:
    known = find_known("005010X214", "HN", "277")
    assert known is not None
    before = read_map(known)
    row = Correction(guide="005010X214", at="2000C/2200C", usage="S", because="a test")
    after = corrections.lay_over(before, [row])
    changed = [
        (old, new)
        for old, new in zip(_loops(before.body), _loops(after.body), strict=True)
        if msgspec.structs.replace(new, children=()) != msgspec.structs.replace(old, children=())
    ]
    assert [(old.id, old.usage, new.usage) for old, new in changed] == [("2200C", "R", "S")]
    assert [each for _, each in before.segments()] == [each for _, each in after.segments()]


@pytest.mark.parametrize("at", ["2000Z", "2300/CLM/99", "2300/REF[XX]", "2300/CLM/05-9", "nonsense/at/all", ""])
def test_a_correction_of_nothing_is_refused(at: str) -> None:
    row = Correction(guide="005010X222A1", at=at, usage="S", because="a test")
    with pytest.raises(ConfigError, match=r"place|names"):
        corrections.lay_over(guide("005010X222A1"), [row])


@pytest.mark.parametrize(
    "text",
    [
        b'[[correction]]\nguide = "005010X214"\nat = "2000C"\nusage = "S"\n',  # no reason
        b'[[correction]]\nguide = "005010X214"\nat = "2000C"\nusages = "S"\nbecause = "x"\n',
        b'[[correction]]\nguide = "005010X214"\nat = "2000C"\nusage = "Q"\nbecause = "x"\n',
        b"[[correction]",
        b"\xff",
    ],
)
def test_a_corrections_file_that_cant_be_meant_is_refused_with_its_name(text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        corrections.read(text, file="mine.toml")


def test_the_cache_gives_what_pyx12_gave(cache: Path) -> None:
    known = find_known("005010X214", "HN", "277")
    assert known is not None
    fresh = guide_cache.cached_guide(known)
    assert len(list(cache.iterdir())) == 1
    assert guide_cache.cached_guide(known) == fresh


@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, None])
def test_a_damaged_cache_is_made_anew(cache: Path, damage: bytes | None) -> None:
    known = find_known("005010X214", "HN", "277")
    assert known is not None
    fresh = guide_cache.cached_guide(known)
    (path,) = cache.iterdir()
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2] if damage is None else damage)
    assert guide_cache.cached_guide(known) == fresh
    assert path.read_bytes() == good


def test_a_cache_that_cant_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    known = find_known("005010X214", "HN", "277")
    assert known is not None
    assert guide_cache.cached_guide(known) == guide("005010X214")


def test_several_may_fill_the_cache_at_once(cache: Path) -> None:
    known = find_known("005010X231A1", "FA", "999")
    assert known is not None
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: guide_cache.cached_guide(known), range(16)))
    assert all(each == found[0] for each in found)
    assert [path.name[:4] for path in cache.iterdir()] == ["0050"]  # and nothing half-written beside it


def _loops(loop: Loop) -> list[Loop]:
    below = [each for child in loop.children if isinstance(child, Loop) for each in _loops(child)]
    return [loop, *below]
