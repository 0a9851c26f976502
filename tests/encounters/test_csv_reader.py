"""CSV as practices write it: delimiters, encodings, blanks, quotes, and rows that can't be trusted."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.rows import Row
from edigate.errors import DataError


def rows_of(content: bytes | str, **dialect: str | int | tuple[str, ...]) -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    return list(CsvReader(io.BytesIO(data), "visits.csv", Dialect(**dialect)))  # type: ignore[arg-type]  # keywords as given


def test_a_cell_knows_its_file_row_and_column() -> None:
    (_, second) = rows_of("VISIT,CODE\nA-1,99213\nA-2,87880\n")
    assert second.get("CODE") == "87880"
    assert str(second.source("CODE")) == "visits.csv row 3, column CODE"


def test_blanks_around_and_inside_cells_are_empty() -> None:
    (row,) = rows_of("VISIT|CODE|NOTE\nA-1 | |  seen twice \n", delimiter="|")
    assert row.cells == ["A-1", "", "seen twice"]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "NAME,ID\nNúñez,1\n".encode()),
        ("utf-8", "\ufeffNAME,ID\nNúñez,1\n".encode()),
        ("utf-8-sig", "\ufeffNAME,ID\r\nNúñez,1\r\n".encode()),
        ("latin-1", "NAME,ID\nNúñez,1".encode("latin-1")),
        ("cp1252", "NAME,ID\rNúñez,1\r".encode("cp1252")),
    ],
)
def test_encodings_marks_and_line_ends(encoding: str, content: bytes) -> None:
    (row,) = rows_of(content, encoding=encoding)
    assert (row.get("NAME"), row.get("ID"), row.defects) == ("Núñez", "1", ())


def test_a_quoted_note_may_hold_delimiters_quotes_and_line_breaks() -> None:
    rows = rows_of('ID,NOTE,X\n1,"said ""no"", then\nleft",a\n2,plain,b\n')
    assert [(row.number, row.get("NOTE")) for row in rows] == [(2, 'said "no", then\nleft'), (3, "plain")]


def test_columns_may_be_named_by_the_mapping() -> None:
    (row,) = rows_of("A-1;99213", delimiter=";", columns=("VISIT", "CODE"))
    assert (row.number, row.get("CODE")) == (1, "99213")


@pytest.mark.parametrize("line", ["A-1", "A-1,1,2,3", "A-1,"])
def test_a_ragged_row_is_kept_and_says_so(line: str) -> None:
    before, ragged, after = rows_of(f"VISIT,CODE,UNITS\nA-0,x,1\n{line}\nA-2,y,1\n")
    assert (before.defects, after.defects) == ((), ())
    (found,) = ragged.defects
    assert found.code == "encounter-row-ragged"
    assert found.message.startswith("visits.csv row 3 has ")
    assert "the header has 3" in found.message
    assert ragged.get("VISIT") == "A-1"


def test_an_undecodable_byte_names_its_column_and_never_the_content() -> None:
    good, bad = rows_of(b"ID,NAME\n1,Ann\n2,Zo\xeb Secretname\n")
    assert good.defects == ()
    (found,) = bad.defects
    assert found.code == "encounter-row-undecodable"
    assert "row 3, column NAME" in found.message
    assert "cp1252" in found.message
    assert "Secretname" not in found.message
    str(bad.get("NAME")).encode()  # printable everywhere


def test_a_nul_byte_is_damage() -> None:
    (row,) = rows_of(b"ID,NAME\n1,An\x00n\n")
    assert [found.code for found in row.defects] == ["encounter-row-nul"]


def test_a_quote_that_never_closes_costs_its_own_row_only() -> None:
    rows = rows_of('ID,NOTE\n1,"never closed\n2,fine\n3,fine too\n')
    assert [row.number for row in rows] == [2, 3, 4]
    assert [bool(row.defects) for row in rows] == [True, False, False]
    assert rows[0].get("ID") == "1"
    assert rows[0].defects[0].code == "encounter-row-quote"


def test_two_stray_quotes_dont_swallow_the_rows_between_them() -> None:
    rows = rows_of('ID,A,B\n1,"x,y\n2,c,d\n3,z",e\n4,f,g\n')
    assert [row.get("ID") for row in rows] == ["1", "2", "3", "4"]
    assert [bool(row.defects) for row in rows] == [True, False, False, False]
    assert rows[2].get("A") == 'z"'  # a quote inside an unquoted cell is a character like any other


def test_characters_after_a_closed_quote_are_refused_not_guessed() -> None:
    (row,) = rows_of('ID,NAME\n1,"Jack" Smith\n')
    assert row.defects[0].code == "encounter-row-quote"


def test_quotes_can_be_ordinary_characters() -> None:
    (row,) = rows_of('ID|NAME\n1|"Jack" Smith\n', delimiter="|", quote="")
    assert (row.get("NAME"), row.defects) == ('"Jack" Smith', ())


def test_empty_rows_are_nothing_but_keep_the_numbering() -> None:
    rows = rows_of("ID,NAME\n\n1,a\n,\n  ,  \n2,b\n\x1a")
    assert [(row.number, row.get("ID")) for row in rows] == [(3, "1"), (6, "2")]


def test_a_name_that_stands_twice_in_the_header_is_never_taken_by_chance() -> None:
    (row,) = rows_of("ID,DATE,DATE,\n1,a,b,c\n")
    assert row.layout.names() == ("ID", "DATE#1", "DATE#2", "#4")
    with pytest.raises(KeyError):
        row.get("DATE")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "visits.csv is empty"),
        (b",,\n1,2,3\n", "row 1 can't be read as a header"),
        ("ID,NAME\n1,a\n".encode("utf-16"), "UTF-16"),
        (b"ID,NA\xffME\n1,a\n", "row 1 can't be read as a header line in utf-8"),
    ],
)
def test_a_file_that_cant_be_used_is_refused_as_a_whole(content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        rows_of(content)


def test_a_mark_that_contradicts_the_encoding_is_refused() -> None:
    with pytest.raises(DataError, match="mark of UTF-8"):
        rows_of(b"\xef\xbb\xbfID\n1\n", encoding="latin-1")


def test_a_header_alone_gives_no_rows() -> None:
    assert rows_of("ID,NAME\n") == []


@given(st.binary(max_size=200))
@example(b'1,"a\n2,b\n3,"c"d\n')
@example(b'"\n"\n"')
def test_whatever_the_bytes_there_are_rows_of_the_headers_width_and_no_traceback(body: bytes) -> None:
    rows = rows_of(b"A,B\n" + body)
    assert all(len(row.cells) == 2 for row in rows)
    assert [row.number for row in rows] == sorted({row.number for row in rows})


@given(st.lists(st.text("ab, ", max_size=8)))
def test_no_line_that_holds_something_vanishes(lines: list[str]) -> None:
    rows = rows_of("A,B\n" + "\n".join(lines))
    assert [row.number for row in rows] == [n for n, line in enumerate(lines, 2) if line.strip(", ")]


def test_a_long_file_is_read_as_a_stream() -> None:
    class Endless(io.RawIOBase):
        """A million lines that nobody holds."""

        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # Buffer is 3.12's name for it
            if not self.given:
                line = b"ID,NAME\n"
            elif self.given > 1_000_000:
                return 0
            else:
                line = b"%d,x\n" % self.given
            self.given += 1
            buffer[: len(line)] = line
            return len(line)

    source = Endless()
    reader = iter(CsvReader(source, "long.csv", Dialect()))  # type: ignore[arg-type]  # a raw stream will do
    first = next(reader)
    assert first.get("ID") == "1"
    assert source.given < 100_000
