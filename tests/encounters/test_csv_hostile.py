"""CSV as it comes at its worst: encodings, lines round the data, quotes over lines, sizes."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.encounters import text
from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.rows import Row
from edigate.errors import DataError


def rows_of(content: bytes | str, **dialect: str | int | tuple[str, ...]) -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    return list(CsvReader(io.BytesIO(data), "visits.csv", Dialect(**dialect)))  # type: ignore[arg-type]  # keywords as given


def codes(row: Row) -> list[str]:
    return [found.code for found in row.defects]


class TestEncodings:
    @pytest.mark.parametrize("codec", ["utf-16", "utf-8", "utf-8-sig"])
    def test_auto_goes_by_the_mark(self, codec: str) -> None:
        content = "ID;NAME\r\n1;Núñez\r\n2;\"a\nb\"\r\n".encode(codec)
        first, second = rows_of(content, encoding="auto", delimiter=";")
        assert (first.cells, second.get("NAME"), first.defects) == (["1", "Núñez"], "a\nb", ())

    @pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
    def test_utf_16_in_both_orders(self, mark: str) -> None:
        (row,) = rows_of("\ufeffID,NAME\n1,Zoë 🙂\n".encode(mark), encoding="utf-16")
        assert (row.get("NAME"), row.defects) == ("Zoë 🙂", ())

    def test_half_a_pair_at_the_end_of_utf_16_is_told(self) -> None:
        (row,) = rows_of("ID,NAME\n1,Ann".encode("utf-16")[:-1], encoding="utf-16")
        assert codes(row) == ["encounter-row-undecodable"]

    @pytest.mark.parametrize(
        ("content", "encoding", "said"),
        [
            ("ID,NAME\n1,a\n".encode("utf-16"), "cp1252", "written in UTF-16, but the mapping says"),
            ("ID,NAME\n1,a\n".encode("utf-16-le"), "utf-8", "looks like UTF-16 without its byte order mark"),
            ("ID,NAME\n1,a\n".encode("utf-16-be"), "auto", "looks like UTF-16 without its byte order mark"),
            (b"ID,NAME\n1,a\n", "utf-16", "has no byte order mark"),
            ("ID,NAME\n1,a\n".encode("utf-32"), "auto", "UTF-32"),
        ],
    )
    def test_a_mark_that_is_missing_or_wrong_is_named(self, content: bytes, encoding: str, said: str) -> None:
        with pytest.raises(DataError, match=said):
            rows_of(content, encoding=encoding)

    def test_bytes_that_cp1252_doesnt_have(self) -> None:
        (row,) = rows_of(b"ID,NAME\n1,An\x81n\n", encoding="cp1252")
        assert codes(row) == ["encounter-row-undecodable"]

    def test_auto_without_a_mark_is_strict_utf_8(self) -> None:
        good, bad = rows_of(b"ID,NAME\n1,Ann\n2,Zo\xeb\n", encoding="auto")
        assert (good.defects, codes(bad)) == ((), ["encounter-row-undecodable"])
        assert "isn't utf-8" in bad.defects[0].message

    def test_a_second_files_mark_and_header_in_the_middle_are_rows_that_show(self) -> None:
        rows = rows_of("\ufeffID,NAME\n1,a\n\ufeffID,NAME\n2,b\n".encode())
        assert [row.get("NAME") for row in rows] == ["a", "NAME", "b"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_byte_at_a_time_gives_the_same_rows(codec: str) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            del size
            return super().read(1)

    content = "ID;NAME\r\n1;Núñez\r2;\"Zoë\r\nx\"\n".encode(codec)
    encoding = "cp1252" if codec == "cp1252" else "auto"
    dripped = list(CsvReader(Dripping(content), "visits.csv", Dialect(";", encoding=encoding)))
    assert [row.cells for row in dripped] == [row.cells for row in rows_of(content, delimiter=";", encoding=encoding)]
    assert [row.cells for row in dripped] == [["1", "Núñez"], ["2", "Zoë\r\nx"]]


class TestDelimiters:
    @pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
    def test_auto_is_what_stands_in_the_header(self, delimiter: str) -> None:
        (row,) = rows_of(f"ID{delimiter}NAME\n1{delimiter}x\n", delimiter="auto")
        assert (row.get("ID"), row.get("NAME")) == ("1", "x")

    def test_a_delimiter_in_quotes_doesnt_count(self) -> None:
        (row,) = rows_of('ID;"LAST, FIRST"\n1;"Doe, Jane"\n', delimiter="auto")
        assert row.get("LAST, FIRST") == "Doe, Jane"

    @pytest.mark.parametrize("header", ["ID;NAME,FIRST", "ID|A\tB", "ID"])
    def test_auto_refuses_to_choose(self, header: str) -> None:
        with pytest.raises(DataError, match=r"row 1 holds .* nobody can tell which delimiter is meant"):
            rows_of(f"{header}\n1;2,3\n", delimiter="auto")

    def test_a_spreadsheets_separator_line_is_believed(self) -> None:
        (row,) = rows_of("sep=;\r\nID;NAME, FULL\r\n1;Doe, Jane\r\n", delimiter="auto")
        assert (row.number, row.get("NAME, FULL")) == (3, "Doe, Jane")

    def test_auto_without_a_header_line_goes_by_the_first_row(self) -> None:
        first, second = rows_of("1|a\n2|b\n", delimiter="auto", columns=("ID", "NAME"))
        assert (first.number, first.get("NAME"), second.number) == (1, "a", 2)

    def test_blanks_at_the_end_of_a_row_of_blanks_are_cells(self) -> None:
        (row,) = rows_of("A B C\n1 2 \n", delimiter=" ")
        assert (row.cells, row.defects) == (["1", "2", ""], ())

    def test_tabs_at_the_end_are_cells(self) -> None:
        (row,) = rows_of("A\tB\tC\n1\t\t\n", delimiter="\t")
        assert (row.cells, row.defects) == (["1", "", ""], ())


class TestLinesRoundTheData:
    def test_lines_before_the_header_are_skipped_and_counted(self) -> None:
        (row,) = rows_of('Report of 2026-03-31\n"unbalanced\n\nID,NAME\n1,a\n', skip=3)
        assert (row.number, row.get("ID")) == (5, "1")

    def test_more_to_skip_than_there_is(self) -> None:
        with pytest.raises(DataError, match="ends before its header line"):
            rows_of("only one line\n", skip=3)

    def test_a_trailer_is_no_row(self) -> None:
        rows = rows_of("ID,NAME\n1,a\n2,b\nTRL,2\n\n\x1a", trailer=("TRL",))
        assert [(row.get("ID"), row.defects) for row in rows] == [("1", ()), ("2", ())]

    def test_a_trailer_in_the_middle_is_a_row_like_any_other(self) -> None:
        rows = rows_of("ID,NAME\nTRL,1\n2,b\n(2 rows affected)\n", trailer=("TRL", "("))
        assert [row.get("ID") for row in rows] == ["TRL", "2"]

    def test_a_trailer_of_several_lines(self) -> None:
        rows = rows_of("ID,NAME\n1,a\n\n(1 rows affected)\nCompletion time: noon\n", trailer=("(", "Completion"))
        assert [row.get("ID") for row in rows] == ["1"]
        rows = rows_of("ID,NAME\nTRL1,a\nTRL2,b\nTRL,2\n", trailer=("TRL",))
        assert [row.get("ID") for row in rows] == ["TRL1", "TRL2"]  # claims may be numbered so

    def test_a_file_cut_before_its_trailer_is_refused(self) -> None:
        with pytest.raises(DataError, match="has no trailer TRL at its end"):
            rows_of("ID,NAME\n1,a\n", trailer=("TRL",))

    def test_short_rows_end_in_blanks_where_the_mapping_says_so(self) -> None:
        short, longer, shifted = rows_of("A,B,C\n1\n2,x,y,,\n3,x,y,,z\n", pad=True)
        assert (short.cells, short.defects) == (["1", "", ""], ())
        assert (longer.cells, longer.defects) == (["2", "x", "y"], ())
        assert codes(shifted) == ["encounter-row-ragged"]  # z would be lost


class TestQuotes:
    def test_line_ends_of_all_kinds_in_one_file(self) -> None:
        rows = rows_of('ID,NOTE\r1,"a\r\nb\rc\nd"\r\n2,x\n3,y\r4,z')
        assert [(row.number, row.get("ID")) for row in rows] == [(2, "1"), (3, "2"), (4, "3"), (5, "4")]
        assert rows[0].get("NOTE") == "a\r\nb\rc\nd"

    def test_a_note_over_lines_may_hold_as_many_commas_as_a_row_of_few_cells(self) -> None:
        (row,) = rows_of('ID,NOTE\n17,"Dear Ann,\nyes, it is"\n')
        assert (row.get("NOTE"), row.defects) == ("Dear Ann,\nyes, it is", ())

    def test_a_first_cell_over_lines(self) -> None:
        first, second = rows_of('NOTE,ID,X\n"a\nb",1,x\nc,2,y\n')
        assert (first.get("NOTE"), first.get("ID"), second.get("ID")) == ("a\nb", "1", "2")

    def test_a_blank_before_a_quote(self) -> None:
        (row,) = rows_of('ID, NAME, X\n1, "Doe, Jane", y\n')
        assert row.cells == ["1", "Doe, Jane", "y"]

    def test_blanks_between_a_closed_quote_and_the_delimiter(self) -> None:
        first, second = rows_of('"ID"  ,"NAME" ,X\r\n"1" , "Doe, ""J"""\t,y \r\n2,"a\nb" ,z\n', encoding="auto")[:2]
        assert (first.cells, first.defects) == (["1", 'Doe, "J"', "y"], ())
        assert codes(second) == ["encounter-row-quote"]  # over lines, too: that could be anything

    def test_blanks_after_quotes_are_no_tabs_where_tabs_are_delimiters(self) -> None:
        (row,) = rows_of('A\tB\tC\tD\n"1" \t\t"3"\t \n', delimiter="\t")
        assert (row.cells, row.defects) == (["1", "", "3", ""], ())

    def test_quotes_inside_unquoted_cells(self) -> None:
        first, second = rows_of('ID,NAME,X\n1,Jack "the" Smith,5\'10"\n2,a,b\n')
        assert (first.get("NAME"), first.get("X"), first.defects) == ('Jack "the" Smith', "5'10\"", ())
        assert second.get("ID") == "2"

    def test_another_character_as_quote(self) -> None:
        (row,) = rows_of("ID,NAME\n1,'Doe, ''J'''\n", quote="'")
        assert row.get("NAME") == "Doe, 'J'"

    def test_a_field_longer_than_the_csv_modules_limit(self) -> None:
        note = "x" * 300_000
        quoted, plain = rows_of(f'ID,NOTE\n1,"{note}"\n2,{note}\n')
        assert [len(str(row.get("NOTE"))) for row in (quoted, plain)] == [300_000, 300_000]
        assert quoted.defects == plain.defects == ()

    def test_a_quote_never_closed_costs_one_row_of_a_long_file(self) -> None:
        rows = rows_of('ID,NOTE,X\n1,"open\n' + "".join(f"{n},a note,\n" for n in range(2, 20_002)))
        assert [bool(row.defects) for row in rows] == [True] + [False] * 20_000

    def test_nothing_of_a_broken_row_that_cant_be_decoded_leaks_out_as_a_surrogate(self) -> None:
        (row,) = rows_of(b'ID,NAME\n1,"Zo\xeb\n')
        assert codes(row) == ["encounter-row-quote"]
        str(row.get("NAME")).encode()


class TestSizes:
    def test_a_file_without_line_ends_is_refused_before_it_fills_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(text, "LINE_BYTES", 1 << 17)

        class Endless(io.RawIOBase):
            given = 0

            def readable(self) -> bool:
                return True

            def read(self, size: int = -1) -> bytes:
                self.given += size
                return b"x" * size

        endless = Endless()
        with pytest.raises(DataError, match=r"visits.csv has a line of more than"):
            list(CsvReader(endless, "visits.csv", Dialect()))  # type: ignore[arg-type]  # a raw stream will do
        assert endless.given < 1 << 20


def _lines_with(body: str) -> Iterator[str]:
    yield from (line for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip(" ,\t"))


@given(st.text("a1, \t\r\n", max_size=60))
def test_without_quotes_each_line_with_something_in_it_is_one_row(body: str) -> None:
    assert len(rows_of("A,B\n" + body)) == len(list(_lines_with(body)))


@given(
    st.lists(st.lists(st.text("a1,;\"'\n\r é|", max_size=6), min_size=3, max_size=3), max_size=6),
    st.sampled_from([",", ";", "|"]),
)
def test_what_a_careful_writer_quotes_is_read_as_written_or_refused(cells: list[list[str]], delimiter: str) -> None:
    written = "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n"
        for row in [["A", "B", "C"], *cells]
    )
    rows = rows_of(written, delimiter=delimiter)
    wanted = [[cell.strip() for cell in row] for row in cells if any(cell.strip() for cell in row)]
    if not any(row.defects for row in rows):
        assert [row.cells for row in rows] == wanted
