"""Expressions: what may be said, what it gives, and that nothing else gets in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from edigate.errors import ConfigError
from edigate.mapping.expressions import parse_expression
from edigate.mapping.uses import as_text


def value(text: str, **cells: str) -> Any:
    expression = parse_expression(text, "m.toml: key", lookups={"person"})
    names = {name.replace("__", "."): cell for name, cell in cells.items()}
    positions = {column: place for place, column in enumerate(sorted(expression.columns))}
    return expression.bind(positions)([names[column] for column in sorted(expression.columns)])


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("A == '0'", {"A": "0"}, True),
        ("A in ('1', '2') and not B", {"A": "2", "B": ""}, True),
        ("A not in ('1',)", {"A": "2"}, True),
        ("'x' in A", {"A": "axb"}, True),
        ("person.STATE != ''", {"person__STATE": "MA"}, True),
        ("'18' if A in ('', '18') else ''", {"A": ""}, "18"),
        ("A or B", {"A": "", "B": "z"}, "z"),
        ("A + '-' + B[0:2]", {"A": "1", "B": "xyz"}, "1-xy"),
        ("A[-2:]", {"A": "2015"}, "15"),
        ("A.upper().removeprefix('DR ')", {"A": "dr who"}, "WHO"),
        ("A.zfill(5)", {"A": "1730"}, "01730"),
        ("number(A) * 1.1 + 2", {"A": "10.10"}, Decimal("13.110")),
        ("number(A) > 100 and number(A) <= 200", {"A": "150"}, True),
        ("max(number(A), number(B)) - min(number(A), 0)", {"A": "-1", "B": "3"}, Decimal("4")),
        ("text(number(A) / 4)", {"A": "1"}, "0.25"),
        ("date(A, '%d-%b-%Y') < date(B)", {"A": "30-May-2015", "B": "2015-06-01"}, True),
        ("col('Patient Name').strip()", {"Patient Name": "Ann"}, "Ann"),
        ("first(A, B, 'none')", {"A": "", "B": ""}, "none"),
        ("len(A) == 4", {"A": "abcd"}, True),
        ("True", {}, True),
    ],
)
def test_what_an_expression_gives(text: str, cells: dict[str, str], expected: object) -> None:
    assert value(text, **cells) == expected


def test_amounts_never_become_floats() -> None:
    assert value("number(A) + 0.1 + 0.2", A="0") == Decimal("0.3")
    assert value("date(A)", A="2015-05-30") == date(2015, 5, 30)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "A.__class__",
        "A.upper.__self__",
        "().__class__.__mro__",
        "''.join(A)",
        "A.format(B)",
        "A.format_map(B)",
        "'%s' % A",
        "f'{A}'",
        "lambda: A",
        "[x for x in A]",
        "(x := A)",
        "A ** B",
        "number(A) ** 9",
        "A * 1000",
        "number(A) // 2",
        "person.__class__.x()",
        "open('x')",
        "eval(A)",
        "col(A)",
        "col('A').encode()",
        "A.replace(B, B)",
        "A.zfill(1000000000)",
        "A[0]",
        "A[::2]",
        "A[B:]",
        "{A: B}",
        "None",
        "b'x' == A",
        "A is B",
        "...",
        "A; B",
        "A if B",
        "",
        "number(*A)",
        "number(A=1)",
        "date()",
        "1_000 == number(A)\nimport os",
        "(" * 500 + "A" + ")" * 500,
        "not " * 400 + "A",
        "A" * 3000,
        "-" * 100 + "1 < 0",
        "A + " * 60 + "A",
        "number(A) < 1e400",
        "number(A) < 1e300",
    ],
)
def test_what_isnt_on_the_list_is_refused_at_load_with_the_key(text: str) -> None:
    with pytest.raises(ConfigError, match=r"m\.toml: claim\.x\.when"):
        parse_expression(text, "m.toml: claim.x.when", lookups={"person"})


@pytest.mark.parametrize(
    "text",
    [
        "A" + f".replace('a', '{'a' * 80}')" * 10,
        "text(" + " * ".join(["number(B)"] * 30) + ")",
        "text(" + " / ".join(["number(B)"] * 30) + ")",
        "number(B)" + " * number(B)" * 30,
        "text(1 / number(C))",
    ],
)
def test_no_cell_becomes_a_text_or_a_number_beyond_measure(text: str) -> None:
    """It is told as a value that can't be used; time and memory stay small."""
    with pytest.raises((ValueError, ArithmeticError)):
        as_text(value(text, A="aaa", B="9" * 18, C="0"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A == 0", "a text is never equal to a number"),
        ("A < '10'", "texts order by letters"),
        ("A + 1", "write"),
        ("A in ('18')", "a list of one is written with a comma"),
        ("numbr(A)", "there is no function numbr; did you mean number"),
        ("A.uper()", "there is no text method uper; did you mean upper?"),
        ("persn.X == ''", "did you mean person?"),
        ("A == 'x' B", "at column"),
    ],
)
def test_a_trap_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_expression(text, "m.toml: key", lookups={"person"})
    assert said in str(caught.value)


def test_dotted_names_are_json_paths_where_the_source_is_json() -> None:
    assert parse_expression("claim.kind == 'P'", "m", paths=True).columns == {"claim.kind"}
