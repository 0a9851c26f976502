"""Lookups in JSON: joined by paths, each cell knowing its file, record and path."""

from __future__ import annotations

import gzip
import io

import pytest

from edigate.errors import ConfigError, DataError
from edigate.mapping.engine import load_mapping
from edigate.mapping.program import MappedClaim

MAPPING = """
kind = "professional"
[lookup.person]
file = "people*"
key = "id"
match = "PERSON"
duplicates = "last"
[claim]
subscriber.last_name = { from = "person.name.family" }
subscriber.address.city = { from = "person.addresses[use=home].city" }
[line]
procedure = { from = "CPT" }
"""
ADDRESSES = b'[{"use": "work", "city": "A"}, {"use": "home", "city": "B"}]'
PEOPLE = b'{"id": 7, "name": {"family": "Doe"}, "addresses": ' + ADDRESSES + b"}"


def converted(*files: tuple[str, bytes], mapping: str = MAPPING) -> MappedClaim:
    def opened(name: str, pattern: str) -> list[tuple[io.BytesIO, str]]:
        return [(io.BytesIO(content), name) for name, content in files]

    loaded = load_mapping(mapping, "m.toml", opened)
    (found,) = loaded.convert(loaded.read(io.BytesIO(b"PERSON,CPT\n7,99213\n"), "visits.csv"))
    return found


@pytest.mark.parametrize(
    ("name", "content"),
    [("people.json", b"[" + PEOPLE + b"]"), ("people.jsonl", b'{"id": 1}\n' + PEOPLE), ("PEOPLE.JSON", PEOPLE)],
)
def test_a_json_lookup_is_joined_by_paths(name: str, content: bytes) -> None:
    found = converted((name, content))
    assert found.claim is not None and found.claim.subscriber is not None
    assert (found.claim.subscriber.last_name, found.claim.subscriber.address) != ("", None)
    (source,) = found.trace.sources("subscriber.last_name")
    assert str(source) == f"{name} row {2 if name.endswith('l') else 1}, column name.family"
    address = found.claim.subscriber.address
    assert address is not None and address.city == "B"


def test_files_of_both_kinds_are_one_table() -> None:
    mapping = MAPPING.replace("person.name.family", "person.name").replace("addresses[use=home].city", "city")
    found = converted(("a.csv", b"id,name,city\n1,Roe,X\n"), ("b.json", b'{"id": "7", "name": "Doe"}'), mapping=mapping)
    assert found.claim is not None and found.claim.subscriber is not None
    assert found.claim.subscriber.last_name == "Doe"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"id": 7, "name": {"family": ["Doe"]}}]', "people.json row 1, column name.family is a list or an object"),
        (b'[{"id": 7}, 5]', "people.json row 2 is not a JSON object"),
        (b'[{"id": 7}', "people.json can't be read as JSON"),
        (gzip.compress(b"[]", mtime=0), "can't be read as JSON"),
    ],
)
def test_a_table_that_cant_be_read_stops_the_command(content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        converted(("people.json", content))


def test_a_path_of_many_values_is_no_column_of_a_table() -> None:
    with pytest.raises(ConfigError, match=r"'addresses\[\*\].city' isn't the path of one value"):
        converted(("people.json", PEOPLE), mapping=MAPPING.replace("[use=home]", "[*]"))
