"""Heads: a loop's first segments taken at once say what they say one by one, and leave the loop as it would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.remits.x221 import PAYMENT
from edigate.x12 import heads
from edigate.x12.binding import Loop
from edigate.x12.decode import Decoder, Found
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.moves import Node


@pytest.fixture(autouse=True)
def learned_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads are learned from the first loops on, and everything that is met."""
    monkeypatch.setattr(heads, "_LOOKED_AT", 1)
    monkeypatch.setattr(heads, "_FIRST_DUE", 1)
    monkeypatch.setattr(heads, "_LATER", 2)
    monkeypatch.setattr(heads, "_OFTEN", 1)
    monkeypatch.setattr(heads, "_MOST", 40)  # a pattern of many takes its time


ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*1200*^*00501*000000001*0*T*:~"
HEADER = "BPR*I*100*C*CHK************20260105~TRN*1*1*1512345678~N1*PR*PAYER~N1*PE*PAYEE*XX*1234567893~LX*1~"
CLAIM = "CLP*A*1*100*60*40*12*P1*11*1~NM1*QC*1*DOE*JO****MI*M1~DTM*232*20260105~"
LINE = "SVC*HC:99213:25*100*60**1~DTM*472*20260105~CAS*CO*45*30~CAS*PR*3*10~REF*6R*L1~AMT*B6*70~"


def an_835(body: str) -> bytes:
    text = f"{ISA}GS*HP*A*B*20260105*1200*1*X*005010X221A1~ST*835*1~{HEADER}{body}SE*1*1~GE*1*1~IEA*1*000000001~"
    return text.encode()


def sets_of(content: bytes) -> Iterator[TransactionSet]:
    yield from EnvelopeReader([content])


def heads_of(decoder: Decoder[Any], loop: str) -> int:
    """How many heads of a loop a decoder has learned."""

    def below(node: Node) -> Iterator[Node]:
        yield node
        moves = [move for moves in node._by_name.values() for move in moves]
        for child in {id(move.opens[0]): move.opens[0] for move in moves if move.opens}.values():
            yield from below(child) if child.above is node else ()

    return sum(len(node.heads._heads) for node in below(decoder._root) if node.heads and node.id == loop)


def read(decoder: Decoder[Any], content: bytes) -> list[tuple[Any, Any]]:
    return [decoder.decode(each.segments, each.delimiters) for each in sets_of(content)]


def streamed(decoder: Decoder[Any], content: bytes) -> list[tuple[Any, int, int]]:
    found: list[Found] = []
    for each in sets_of(content):
        found += decoder.stream(each.segments, each.delimiters, "2100")
    return [(one.record, one.first, one.last) for one in found]


def pairs_of_decoders(table: Loop) -> tuple[Decoder[Any], Decoder[Any]]:
    return Decoder(table), Decoder(table, careful=True)


def test_what_comes_again_is_read_at_once() -> None:
    """Two loops alike are enough here; the amounts are those of each."""
    decoder, careful = pairs_of_decoders(PAYMENT)
    content = an_835("".join(CLAIM.replace("P1", f"P{number}") + LINE + LINE for number in range(20)))
    assert read(decoder, content) == read(careful, content)
    assert heads_of(decoder, "2100") == heads_of(decoder, "2110") == 1
    assert read(decoder, content) == read(careful, content)
    assert streamed(decoder, content) == streamed(careful, content)


CHANGED = [
    pytest.param("AMT*B6*70~", "AMT*B6*seventy~", id="an amount that is none"),
    pytest.param("DTM*472*20260105~", "DTM*472*20260230~", id="a day that is none"),
    pytest.param("REF*6R*L1~", "REF*LU*11~REF*6R*L1~", id="an order of its own"),
    pytest.param("REF*6R*L1~", "REF*6R*L1~REF*6R*L2~", id="twice what may come once"),
    pytest.param("CAS*CO*45*30~", "CAS*CO*45*30*1*97*5~", id="more elements"),
    pytest.param("CAS*CO*45*30~", "CAS*CO**30~", id="an empty reason"),
    pytest.param("SVC*HC:99213:25", "SVC*HC:99213:25::::X:Y:Z", id="more components than the guide has"),
    pytest.param("AMT*B6*70~", "AMT*B6*70~ZZZ*1~", id="a segment that nobody knows"),
    pytest.param("AMT*B6*70~", "AMT*B6*70~LQ*HE*N130~NTE*ADD*X~", id="segments behind, one not of the guide"),
    pytest.param("REF*6R*L1~", "REF*6R~", id="no value behind the qualifier"),
    pytest.param("DTM*472", "DTM*471", id="another qualifier"),
    pytest.param("NM1*QC*1*DOE", "NM1*QC*1*DÖE", id="a letter that needs care"),
]


@pytest.mark.parametrize(("usual", "unusual"), CHANGED)
@pytest.mark.parametrize("first", ["usual", "unusual"])
def test_what_differs_from_a_head_is_read_with_care(usual: str, unusual: str, first: str) -> None:
    """Learned from good claims or from the odd one itself."""
    decoder, careful = pairs_of_decoders(PAYMENT)
    good = (CLAIM + LINE + LINE) * 3
    odd = (CLAIM + LINE + LINE).replace(usual, unusual)
    bodies = [good + odd + good, odd * 2 + good] if first == "usual" else [odd * 4 + good]
    for content in map(an_835, bodies):
        assert read(decoder, content) == read(careful, content)
        assert streamed(decoder, content) == streamed(careful, content)


def test_a_head_knows_the_delimiters_of_its_file() -> None:
    decoder, careful = pairs_of_decoders(PAYMENT)
    content = an_835((CLAIM + LINE) * 5)
    for element, segment in (("*", "~"), ("|", "\n"), ("^", "'"), ("]", "\\"), ("-", "\x1c")):
        other = content.decode().replace("^", "!").replace("*", element).replace("~", segment).encode()
        assert read(decoder, other) == read(careful, other) == read(careful, content)


ODD = st.sampled_from(["", "0", "-1.5", "1.", "20260230", "D8", "ZZ", "A:B", ":", "6R", "472", "x" * 60])
SEGMENTS = (CLAIM + LINE + LINE).split("~")[:-1]


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Claims of the same segments, a few of them left out, doubled, moved, cut or with other elements."""
    rows = [text.split("*") for _ in range(draw(st.integers(1, 4))) for text in SEGMENTS]
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(rows) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                rows.insert(at, list(rows[draw(st.integers(0, len(rows) - 1))]))
            case 1 if len(rows) > 1:
                del rows[at]
            case 2:
                rows[at].append(draw(ODD))
            case 3 if len(rows[at]) > 1:
                rows[at].pop()
            case _ if len(rows[at]) > 1:
                rows[at][draw(st.integers(1, len(rows[at]) - 1))] = draw(ODD)
            case _:
                pass
    return "".join("*".join(row) + "~" for row in rows)


DECODERS = pairs_of_decoders(PAYMENT)


@settings(max_examples=60, deadline=None)
@given(st.lists(bodies(), min_size=1, max_size=3))
def test_whatever_comes_is_read_alike_at_once_and_with_care(several: Iterable[str]) -> None:
    decoder, careful = DECODERS
    for body in several:
        content = an_835(body)
        assert read(decoder, content) == read(careful, content)
        assert streamed(decoder, content) == streamed(careful, content)
