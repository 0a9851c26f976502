"""The mappings that are shipped: each loads, its example gives what lies beside it, the schema is fresh.

Regenerate what lies beside (after looking at the difference): EDIGATE_BLESS=1 pytest tests/mapping
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edigate.claims.model import Claim
from edigate.mapping.editor import json_schema, json_schema_text
from edigate.mapping.engine import load_mapping
from edigate.mapping.functions import FUNCTIONS, WITH_THE_CLAIM
from edigate.mapping.schema import LookupForm, RefuseForm, SourceForm, ValueForm

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "mappings"
READY = sorted(MAPPINGS.glob("*.toml"))
EXAMPLES = sorted((MAPPINGS / "examples").glob("*/encounters.*"))
BLESS = bool(os.environ.get("EDIGATE_BLESS"))


def beside(path: Path, made: str) -> str:
    if BLESS:
        path.write_text(made, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_a_ready_mapping_loads(path: Path) -> None:
    assert load_mapping(path.read_text(encoding="utf-8"), path.name).form.description


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_gives_what_lies_beside_it(path: Path) -> None:
    mapping = MAPPINGS / f"{path.parent.name}.toml"
    loaded = load_mapping(mapping.read_text(encoding="utf-8"), mapping.name, lambda name, pattern: [])
    with path.open("rb") as stream:
        conversion = loaded.convert(loaded.read(stream, path.name))
        mapped = [
            {"key": one.key, "rows": one.rows.count, "claim": one.claim, "findings": one.findings}
            for one in conversion
        ]
    made = msgspec.json.format(msgspec.json.encode(mapped), indent=2).decode() + "\n"
    assert json.loads(made) == json.loads(beside(path.parent / "claims.json", made))
    assert conversion.accounting.balanced
    assert conversion.accounting.encounters_made
    assert conversion.accounting.encounters_refused, "an example shows a refusal, too"


def test_a_golden_claim_is_a_claim() -> None:
    golden = json.loads((MAPPINGS / "examples/encounters-csv/claims.json").read_text(encoding="utf-8"))
    claim = msgspec.convert(golden[0]["claim"], Claim, strict=False)
    assert claim.patient_control_number == "E-1001"


def test_the_editors_schema_is_fresh() -> None:
    assert json_schema_text() == beside(MAPPINGS / "mapping.schema.json", json_schema_text())


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_the_editors_schema_knows_every_key_of_the_ready_mappings(path: Path) -> None:
    schema = json_schema()
    assert list(_unknown(tomllib.loads(path.read_text(encoding="utf-8")), schema, schema, path.stem)) == []


def _unknown(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str) -> list[str]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return min((_unknown(value, option, root, where) for option in schema["anyOf"]), key=len)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [name for entry in value for name in _unknown(entry, items, root, where)]
    if not isinstance(value, dict):
        return [] if schema.get("type") != "object" else [where]
    found: list[str] = []
    for key, entry in value.items():
        below = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        found += [f"{where}.{key}"] if not below else _unknown(entry, below, root, f"{where}.{key}")
    return found


# --- docs/mapping.md


def test_every_key_and_transform_is_documented() -> None:
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    forms = (SourceForm, LookupForm, RefuseForm, ValueForm)
    keys = {field.encode_name for form in forms for field in msgspec.structs.fields(form)}
    for word in sorted(keys | set(FUNCTIONS) | set(WITH_THE_CLAIM)):
        assert f"`{word}`" in page or f"`{word}(" in page, f"{word} isn't in docs/mapping.md"


@pytest.mark.parametrize("form", ["encounters-csv", "encounters-csv-institutional", "encounters-csv-dental"])
def test_every_column_of_a_csv_form_is_in_its_data_dictionary(form: str) -> None:
    """A numbered column is documented by its first."""
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z0-9_]+)`", page, re.MULTILINE))
    path = MAPPINGS / f"{form}.toml"
    columns = load_mapping(path.read_text(encoding="utf-8"), path.name).columns()
    assert sorted(
        column for column in columns if column not in named and re.sub(r"[0-9]+", "1", column) not in named
    ) == []  # fmt: skip
