"""The JSON Schema of a mapping file, for editors to complete and check with. Made of the forms and the model."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from edigate.mapping.fields import ROOTS, Field, Kind, fields_of
from edigate.mapping.schema import MappingForm, ValueForm

_VALUE = {"$ref": "#/$defs/ValueForm"}

_RECORD_KEYS = {
    "when": {"type": "string", "description": "the record is made only where this holds"},
    "each": {"type": "string", "description": "in a list: one for each record of the JSON list there"},
    "repeat": {"type": "string", "description": "in a list: one for each number, e.g. 1..25, which is {} in columns"},
    "distinct": {"type": "string", "description": "in a list: the field that tells records that are there already"},
}
"""The keys of a record's table that aren't its fields."""


def json_schema() -> dict[str, Any]:
    """The schema as JSON Schema 2020-12, keys in a stable order."""
    (root,), definitions = msgspec.json.schema_components(
        [MappingForm], ref_template="#/$defs/{name}"
    )
    _, values = msgspec.json.schema_components([ValueForm], ref_template="#/$defs/{name}")
    definitions = {**definitions, **values}
    mapping = definitions["MappingForm"]
    for table, record in ROOTS.items():
        mapping["properties"][table] = {"$ref": f"#/$defs/{record.__name__}"}
        _record(record, definitions)
    line = definitions[ROOTS["line"].__name__]
    line["properties"]["each"] = {"type": "string", "default": "row"}
    line["properties"]["when"] = {"type": "string", "description": "a row is a service line where this holds"}
    # TOML writes a list where the forms hold a tuple; the schema of both is an array.
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edigate mapping",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def json_schema_text() -> str:
    """The content of mappings/mapping.schema.json."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"


def _record(record: type[msgspec.Struct], definitions: dict[str, Any]) -> dict[str, str]:
    """Define a record of the claim model as a table of fields, once; the reference to it."""
    reference = {"$ref": f"#/$defs/{record.__name__}"}
    if record.__name__ in definitions:
        return reference
    properties: dict[str, Any] = {}
    definitions[record.__name__] = {
        "type": "object",
        "title": record.__name__,
        "properties": properties,
        "additionalProperties": False,
    }
    if record not in ROOTS.values():
        properties.update(_RECORD_KEYS)
    for field in fields_of(record).values():
        properties[field.name] = _field(field, definitions)
    return reference


def _field(field: Field, definitions: dict[str, Any]) -> dict[str, Any]:
    value = dict(_VALUE, description=f"holds a {field.kind}")
    if field.record is None:
        return value
    reference = _record(field.record, definitions)
    many = [reference, {"type": "array", "items": reference}]
    if field.kind is Kind.CODES:
        return {"anyOf": [value, *many]}
    return {"anyOf": many} if field.kind is Kind.RECORDS else dict(reference)
