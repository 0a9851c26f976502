"""A short run of every fuzz target: fixtures cut, spliced and sprinkled. `make fuzz` runs them for long."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
SEEDS = [path.read_bytes() for path in sorted((ROOT / "fixtures" / "x12").glob("*/*/*.x12"))]
CRASHES = sorted((ROOT / "fixtures" / "x12" / "crashes").glob("*"))

_SEED = st.sampled_from(SEEDS)
_BIT = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b"~", b"*", b":", b"^", b"~~", b"\r\n", b"\xff"]),
    st.sampled_from([b"ISA*", b"IEA*1*1~", b"GS*", b"ST*835*1~", b"SE*1*1~"]),
)


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """A good file with pieces cut out, put in, or taken from another."""
    content = draw(_SEED)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 200)))
        middle = draw(_BIT)
        if draw(st.booleans()):
            other = draw(_SEED)
            at = draw(st.integers(0, len(other)))
            middle += other[at : at + draw(st.integers(0, 300))]
        content = content[:start] + middle + content[end:]
    return content


@pytest.mark.parametrize("name", TARGETS)
def test_broken_files(name: str) -> None:
    @given(broken_files())
    def thrown(content: bytes) -> None:
        TARGETS[name](content)

    thrown()


@pytest.mark.parametrize("name", TARGETS)
def test_anything_at_all(name: str) -> None:
    @given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: SEEDS[0][:106] + tail)))
    def thrown(content: bytes) -> None:
        TARGETS[name](content)

    thrown()


@pytest.mark.parametrize("name", TARGETS)
def test_what_once_crashed(name: str) -> None:
    for path in CRASHES:
        TARGETS[name](path.read_bytes())
