"""A mapping is checked as a whole when it is loaded: the file, the dotted key, and what was meant."""

from __future__ import annotations

import pytest

from edigate.errors import ConfigError
from edigate.mapping.engine import load_mapping


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_mapping(text, "visits.toml")
    assert "visits.toml" in str(caught.value)
    return str(caught.value)


def with_claim(line: str) -> str:
    return f'kind = "professional"\n[claim]\n{line}\n[line]\nprocedure = {{ from = "CPT" }}\n'


def test_a_whole_mapping_loads(visits: str) -> None:
    mapping = load_mapping(visits, "visits.toml")
    assert mapping.columns() == {"VISIT", "NAME", "DX1", "DX2", "DX3", "CPT", "CHARGE"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('subscriber.last_nam = { from = "X" }', "claim.subscriber.last_nam isn't known; did you mean last_name?"),
        ('patient_controll_number = { from = "X" }', "did you mean patient_control_number?"),
        ('subscriber.last_name = { frm = "X" }', "claim.subscriber.last_name.frm isn't known; did you mean from?"),
        ('subscriber.last_name = "X"', 'for a column: claim.subscriber.last_name = { from = "..." }'),
        ('subscriber = { from = "X" }', "this is a record"),
        ('subscriber.last_name = { from = "X", required = "yes" }', "claim.subscriber.last_name.required: expected"),
        ('subscriber.last_name = { from = "X", value = "Y" }', "must have one of from, expr, value"),
        ("subscriber.last_name = { required = true }", "must have one of from, expr, value"),
        ('subscriber.last_name = { from = "X", use = "uper_ascii" }', "did you mean upper_ascii?"),
        ('subscriber.last_name = { from = "X", use = "money" }', "holds a text, but its value would be a number"),
        ('total_charge = { from = "X", use = "date" }', "holds a number, but its value would be a date"),
        ('subscriber.birth_date = { from = "X", use = "date(\'%d-%b-%y\')" }', "four-digit years"),
        ('subscriber.birth_date = { from = "X", use = "date(\'%q\')" }', "date takes forms of %Y"),
        ('subscriber.birth_date = { value = "31.12.1999" }', "claim.subscriber.birth_date.value is not a date"),
        ('subscriber.sex = { from = "X", use = "npi(\'a\')" }', "npi doesn't take 1 arguments"),
        ('subscriber.sex = { from = "X", use = "sex(\'1=Q\')" }', "sex takes pairs"),
        ('subscriber.sex = { from = "X", use = "__import__(\'os\')" }', "there is no transform __import__"),
        ('subscriber.sex = { from = "X", codes = "sexes" }', "there is no [codes.sexes]"),
        ('subscriber.sex = { from = "X", split = "," }', "for fields that hold a list"),
        ('diagnoses = { from = "DX{1..x}" }', "a repeated column is written like DX{1..12}"),
        ('diagnoses = { from = "DX{9..1}" }', "from a lower to a higher number"),
        ('diagnoses = { from = "DX{1..99999}" }', "from a lower to a higher number"),
        ('diagnoses = { from = "DX", when = "V{} == \'0\'" }', "{} is the number of a repeated column"),
        ('place_of_service = { from = "X", when = "X = 1" }', "claim.place_of_service.when: not an expression"),
        ('place_of_service = { expr = "X == \'1\'" }', "says yes or no"),
        ('service_lines.procedure = { from = "X" }', "the fields of service lines stand in [line]"),
        ('unbound = { from = "X" }', "claim.unbound isn't known"),
        ('place_of_service = { from = "X", use = "sum_of_lines" }', "is for claim.total_charge"),
        ('total_charge = { from = "X", use = "sum_of_lines" }', "the sum of the lines takes no from"),
        ('place_of_service = { value = "11", use = "digits" }', "a constant takes no use"),
    ],
)
def test_a_claim_field_that_cant_be_meant_is_refused_with_its_key(line: str, said: str) -> None:
    assert said in refused(with_claim(line))


WHOLE = "[claim]\n[line]\n"


@pytest.mark.parametrize(
    ("head", "tail", "said"),
    [
        ('[sorce]\n', WHOLE, "the key sorce isn't known; did you mean source?"),
        ('[source]\ndelimeter = ";"\n', WHOLE, "source.delimeter isn't known; did you mean delimiter?"),
        ('[source]\ndelimiter = ";;"\n', WHOLE, "source.delimiter"),
        ('[source]\nencoding = "utf8"\n', WHOLE, "source.encoding"),
        ('[source]\npath = "a"\n', WHOLE, "source.path is for JSON"),
        ('[source]\nquote = ","\n', WHOLE, "must be two different characters"),
        ('[source]\nformat = "jsonl"\npath = "a"\n', WHOLE, "each line is a record"),
        ('[lookup.person]\nfiel = "x"\n', WHOLE, "lookup.person.fiel isn't known; did you mean file?"),
        ('[lookup.person]\nfile = "x"\nkey = ["A", "B"]\nmatch = "C"\n', WHOLE, "must name one column for each of key"),
        ("[[refuse]]\nwhen = \"A == 'x'\"\n", WHOLE, "because"),
        ('[[refuse]]\nwhen = "A"\nbecase = "x"\n', WHOLE, "refuse.0.becase isn't known; did you mean because?"),
        ("", '[claim]\n[line]\neach = "lines"\n', "line.each must be 'row'"),
        ("", "[line]\n", "claim"),
        ('[source]\nformat = "json"\n', '[claim]\nclia_number = { from = "a[" }\n[line]\n', "is not a path"),
        ('[source]\nformat = "json"\n', '[claim]\nclia_number = { from = "a[*]" }\n[line]\n', "holds one value"),
    ],
)
def test_a_table_that_cant_be_meant_is_refused_with_its_key(head: str, tail: str, said: str) -> None:
    assert said in refused(f'kind = "professional"\n{head}{tail}')


def test_what_isnt_toml_or_isnt_a_known_kind_is_refused() -> None:
    assert "is not TOML" in refused("kind = ")
    assert "kind" in refused('kind = "profesional"\n[claim]\n[line]\n')


@pytest.mark.parametrize(
    ("kind", "table", "said"),
    [
        ("professional", 'drg = { from = "X" }', "claim.drg has no place in a professional claim"),
        ("institutional", 'place_of_service = { from = "X" }', "claim.place_of_service has no place in an insti"),
        ("dental", 'procedures = { code = { from = "X" } }', "claim.procedures has no place in a dental claim"),
        ("institutional", 'subscriber.address.line1 = { from = "X" }\nassistant_surgeon.npi = { from = "Y" }',
         "assistant_surgeon has no place in an institutional claim"),
        ("professional", 'rendering_provider.tax_id = { from = "X" }', "claim.rendering_provider.tax_id has no place"),
    ],
)  # fmt: skip
def test_what_the_kind_has_no_place_for_is_refused(kind: str, table: str, said: str) -> None:
    """It would be read, and lost when the claim is written."""
    assert said in refused(f'kind = "{kind}"\n[claim]\n{table}\n[line]\n')


def test_the_refusal_says_which_kind_has_the_field() -> None:
    text = 'kind = "professional"\n[claim]\n[line]\nrevenue_code = { from = "REV" }\n'
    with pytest.raises(ConfigError) as caught:
        load_mapping(text, "visits.toml")
    assert caught.value.hint == "institutional claims have one"


def test_a_mapping_with_lookups_needs_them_opened(visits: str) -> None:
    text = visits + '[lookup.person]\nfile = "people.csv"\nkey = "VISIT"\n'
    mapping = load_mapping(text, "visits.toml")
    with pytest.raises(ConfigError, match=r"lookup\.person needs the file people.csv"):
        mapping.with_lookups(lambda name, pattern: [])
