"""JSON at its worst: of any size, cut off, several documents in one file, names twice, numbers without end."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.encounters import json_reader, json_stream
from edigate.encounters.json_reader import JsonLinesReader, JsonReader
from edigate.encounters.rows import Row
from edigate.errors import DataError


class Dripping(io.BytesIO):
    """A stream that gives a byte at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        del size
        return super().read(1)


def of_json(content: str | bytes, path: str = "", stream: type[io.BytesIO] = io.BytesIO) -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    return list(JsonReader(stream(data), "visits.json", path))


def of_lines(content: str | bytes, path: str = "") -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    return list(JsonLinesReader(io.BytesIO(data), "visits.jsonl"))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\{}[],: é\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"}]', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text('ab"\\]', max_size=3), _VALUES, max_size=3), max_size=4), st.booleans())
def test_any_array_is_read_record_by_record_however_its_bytes_come(records: list[dict[str, Any]], pretty: bool) -> None:
    content = json.dumps({"x": [1, {"y": "]}"}], "data": {"claims": records, "z": None}}, indent=2 if pretty else None)
    wanted = json.loads(json.dumps(records))
    for stream in (io.BytesIO, Dripping):
        rows = of_json(content, "data.claims", stream)
        assert [row.cells for row in rows] == wanted
        assert [row.number for row in rows] == list(range(1, len(wanted) + 1))


@given(st.binary(max_size=60) | st.text('[]{}",:1a\\ ', max_size=60).map(str.encode))
def test_whatever_the_bytes_there_are_rows_or_one_named_error(content: bytes) -> None:
    for stream in (io.BytesIO, Dripping):
        try:
            rows = of_json(b'[{"a": 1},' + content, "", stream)
        except DataError as error:
            assert "visits.json" in error.message
        else:
            assert rows[0].cells == {"a": 1}


def test_an_array_larger_than_memory_may_be_is_read_as_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "VALUE_BYTES", 1 << 12)

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += 1
            return b'[{"id": 1, "note": "}]"}' if self.given == 1 else b',{"id": 2}' * (size // 10)

    endless = Endless()
    rows = iter(JsonReader(endless, "visits.json"))  # type: ignore[arg-type]  # a raw stream will do
    assert [next(rows).get("id") for _ in range(100_000)] == ["1", *["2"] * 99_999]
    assert endless.given < 10


def test_a_record_that_never_ends_is_refused_before_it_fills_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "VALUE_BYTES", 1 << 12)
    with pytest.raises(DataError, match=r"a record of more than .* begins there"):
        of_json('[{"note": "' + "x" * (1 << 20) + '"}]')
    with pytest.raises(DataError, match="a record of more than"):
        of_json('[{"a": [' + "[1]," * (1 << 18))
    monkeypatch.setattr(json_reader, "VALUE_BYTES", 1 << 12)
    with pytest.raises(DataError, match="row 2 has more than"):
        of_lines('{"id": 1}\n{"note": "' + "x" * (1 << 20) + '"}\n')


def test_what_stands_beside_the_path_may_be_larger_than_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "VALUE_BYTES", 1 << 12)
    (row,) = of_json('{"log": [' + '{"x": [1]},' * (1 << 16) + '1], "claims": [{"id": 7}]}', "claims")
    assert row.get("id") == "7"


@pytest.mark.parametrize(
    "content",
    ['[{"id": 1}', '[{"id": 1},', '[{"id": 1}, {"id": "a', '{"claims": [{"id": 1}]', '{"claims": [{"id": 1}], "x'],
)
def test_a_file_cut_off_is_refused_as_a_whole(content: str) -> None:
    with pytest.raises(DataError, match=r"ends in the middle|is missing"):
        of_json(content, "claims" if content.startswith("{") else "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"id": 1} {"id": 2}]', "a comma or the end is missing"),
        ('[{"id": 1},]', "a value is missing"),
        ('[{"id": 1}] 5', "neither an array nor an object begins there"),
        ('[{"id": 1}]]', "neither an array nor an object begins there"),
        ("\ufeff", "is empty"),
    ],
)
def test_what_stands_between_records_is_looked_at(content: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        of_json(content)


def test_documents_one_after_the_other_are_one_extract() -> None:
    rows = of_json('\ufeff{"id": 1}\n{\n "id": 2\n}{"id": 3}\n[{"id": 4}, {"id": 5}]')
    assert [(row.number, row.get("id")) for row in rows] == [(n, str(n)) for n in range(1, 6)]
    rows = of_json('{"claims": [{"id": 1}]}\n{"claims": {"id": 2}}\n', "claims")
    assert [row.get("id") for row in rows] == ["1", "2"]


def test_the_place_of_the_records_twice_is_refused() -> None:
    with pytest.raises(DataError, match="has 'claims' twice at the top"):
        of_json('{"claims": [{"id": 1}], "claims": [{"id": 2}]}', "claims")


@pytest.mark.parametrize("read", [of_json, of_lines])
def test_a_name_twice_in_one_object_is_never_chosen_among(read: Callable[..., list[Row]]) -> None:
    good, bad, nested = read(
        '{"at": "12:30:00", "x": {"id": ":"}}\n{"id": 1, "charge": 10, "charge": 20}\n'
        '{"lines": [{"code": "99213"}, {"code": "a:b", "cod\\u0065": "x"}]}\n'
    )
    assert good.defects == ()
    assert bad.defects[0].message.endswith(
        "row 2 has 'charge' twice in one object, and one of the two values would be lost"
    )
    assert "has 'code' twice" in nested.defects[0].message


@pytest.mark.parametrize("read", [of_json, of_lines])
@pytest.mark.parametrize(
    "content",
    [
        b'{"id": "Zo\xeb Secretname"}',
        b'{"id": "\\ud800 Secretname"}',
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"a": ' * 100_000 + b"1" + b"}" * 100_000,
        b'{"id": tru, "name": "Secretname"}',
        b'[["Secretname"]]',
    ],
)
def test_a_record_that_cant_be_read_says_so_without_its_content(read: Callable[..., list[Row]], content: bytes) -> None:
    (row,) = read(content)
    (found,) = row.defects
    assert found.code == "encounter-row-json"
    assert "Secretname" not in found.message


def test_a_backslash_before_u0000_is_no_nul() -> None:
    good, bad = of_json('[{"id": "C:\\\\u0000"}, {"a\\u0000": 1}]')
    assert (good.get("id"), [found.code for found in bad.defects]) == ("C:\\u0000", ["encounter-row-nul"])


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(codec: str) -> None:
    for read in (of_json, of_lines):
        with pytest.raises(DataError, match="written in UTF-16"):
            read('{"id": 1}'.encode(codec))


def test_numbers_are_as_they_were_written() -> None:
    (row,) = of_json('[{"a": 0.10, "b": -0, "c": 1E2, "d": 1e-40, "e": 12345678901234567890123.123456789}]')
    assert [row.get(name) for name in "abcde"] == ["0.10", "0", "100", "1e-40", "12345678901234567890123.123456789"]
