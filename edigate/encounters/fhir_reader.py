"""FHIR R4: Claims out of resources, Bundles and NDJSON, each with what it refers to put in its place.

Knows how FHIR's resources point at each other and how they say codes, names and addresses; not what a claim
needs. A file's resources are held in memory, for a Claim may refer to one that comes after it.

What is added to a Claim, so that a mapping's paths can go through it:
  - to a reference its `resource`, found among the Claim's `contained`, else in the file by URL, type and id, or
    identifier; of a PractitionerRole the practitioner, or where it is the Claim's `provider` the organisation;
  - to a coded concept its `code`: that of its first coding, of a diagnosis or procedure of its first ICD-10 coding;
  - to a diagnosis its `role`, the code of its first type; where it refers to a Condition, that one's concept, and
    to a procedure likewise;
  - to a person its `human_name`, to an organisation its `title`, to both their `main_address`;
  - to a Claim and its items their `team`: members of the care team by role, `rendering` for one without a role;
  - to an item the `diagnosis` and `procedure` entries that its sequences name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from edigate.encounters.json_reader import JsonReader, Paths
from edigate.encounters.rows import Row, defect
from edigate.errors import DataError
from edigate.findings import Finding, Source

Resource = dict[str, Any]

_ROLES = {
    "performing": "rendering", "primary": "rendering", "rendering": "rendering", "supervisor": "supervising",
    "supervising": "supervising", "referring": "referring", "attending": "attending", "operating": "operating",
    "otheroperating": "otheroperating", "assist": "assisting", "assistingsurgeon": "assisting",
    "ordering": "ordering", "purchasing": "purchased", "pcp": "primary_care",
}  # fmt: skip
"""Codes of a care team member's role (HL7's claimcareteamrole, CARIN's and PAS's), by what an 837 calls it."""

_MANY_ITEMS = {"diagnosis": "diagnosisSequence", "procedure": "procedureSequence"}


class FhirReader:
    """The Claims of a file: one resource, Bundles, or a resource a line. Rows are numbered in the order they come.

    Raises DataError while reading where the file isn't JSON, or holds no Claim at all.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.layout = Paths()
        self._documents = JsonReader(stream, name)

    def __iter__(self) -> Iterator[Row]:
        index = _Index()
        rows: list[Row] = []
        for document in self._documents:
            if document.defects:
                rows.append(document)
                continue
            if not isinstance(document.cells.get("resourceType"), str):
                said = "isn't a FHIR resource: it has no resourceType"
                found = (defect("encounter-row-json", said, document.source()),)
                rows.append(Row(self.name, document.number, {}, self.layout, found))
            for place, url, resource in _resources(document.cells, ""):
                index.add(url, resource)
                if resource.get("resourceType") == "Claim":
                    rows.append(Row(self.name, len(rows) + 1, resource, self.layout, (), place))
        if not rows:
            raise DataError(
                f"{self.name} holds no Claim",
                hint="FHIR that isn't a Claim (ExplanationOfBenefit, Encounter ...) doesn't say what to bill",
            )
        index.link()
        for row in rows:
            yield row if row.defects else _linked(row)


def _resources(resource: Any, place: str) -> Iterator[tuple[str, str, Resource]]:
    """A resource, or those of a Bundle, Bundles inside of Bundles included: place, full URL, resource."""
    if not isinstance(resource, dict):
        return
    if resource.get("resourceType") != "Bundle":
        if isinstance(resource.get("resourceType"), str):
            yield place, "", resource
        return
    entries = resource.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            url = entry.get("fullUrl")
            inner = f"{place} entry {number + 1}".strip()
            for where, own, each in _resources(entry.get("resource"), inner):
                yield where, own or (url if isinstance(url, str) else ""), each


class _Index:
    """The resources of a file by what refers to them."""

    def __init__(self) -> None:
        self._all: list[Resource] = []
        self._by_url: dict[str, Resource] = {}
        self._by_id: dict[str, Resource | None] = {}  # None: two resources share type and id

    def add(self, url: str, resource: Resource) -> None:
        self._all.append(resource)
        if url:
            self._by_url[url] = resource
        kind = resource.get("resourceType")
        self._by(f"{kind}/{resource.get('id')}", resource)
        for each in _entries(resource, "identifier"):
            self._by(f"{kind}?identifier={each.get('system', '')}|{each.get('value')}", resource)

    def _by(self, key: str, resource: Resource) -> None:
        self._by_id[key] = None if self._by_id.get(key, resource) != resource else resource

    def link(self) -> None:
        """Put what each resource refers to beside its references."""
        for resource in self._all:
            contained = resource.get("contained")
            inside = {
                f"#{each.get('id')}": each
                for each in (contained if isinstance(contained, list) else [])
                if isinstance(each, dict)
            }
            self._link(resource, inside)
        for resource in self._all:
            _flatten_roles(resource)

    def _link(self, value: Any, inside: dict[str, Resource]) -> None:
        waiting = [value]
        while waiting:
            found = waiting.pop()
            if isinstance(found, list):
                waiting += found
            elif isinstance(found, dict):
                waiting += found.values()
                _say_code(found)
                _say_person(found)
                reference = found.get("reference")
                if isinstance(reference, str) and "resource" not in found:
                    target = inside.get(reference) if reference.startswith("#") else self._find(reference)
                    if target is not None:
                        found["resource"] = target

    def _find(self, reference: str) -> Resource | None:
        plain = reference.partition("/_history/")[0]
        if plain in self._by_url:
            return self._by_url[plain]
        if "?" in plain:  # a conditional reference, as in transactions: by identifier
            return self._by_id.get(plain)
        return self._by_id.get("/".join(plain.rsplit("/", 2)[-2:]))


def _flatten_roles(resource: Resource) -> None:
    """Of a reference to a PractitionerRole its person, or its organisation where that is who bills."""
    waiting: list[Any] = [resource]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            inner = {key: each for key, each in found.items() if key != "resource"}
            waiting += inner.values()
            for key, reference in inner.items():
                role = reference.get("resource") if isinstance(reference, dict) else None
                if isinstance(role, dict) and role.get("resourceType") == "PractitionerRole":
                    bills = key == "provider" and "sequence" not in found  # not a member of a care team
                    order = ("organization", "practitioner") if bills else ("practitioner", "organization")
                    targets = [role[part].get("resource") for part in order if isinstance(role.get(part), dict)]
                    reference["resource"] = next((target for target in targets if target is not None), role)


def _say_code(found: dict[str, Any]) -> None:
    coding = found.get("coding")
    if isinstance(coding, list) and coding and isinstance(coding[0], dict) and "code" not in found:
        found["code"] = coding[0].get("code")


def _say_person(found: dict[str, Any]) -> None:
    if not isinstance(found.get("resourceType"), str):
        return
    name = found.get("name")
    if isinstance(name, str):
        found["title"] = name
    elif (chosen := _preferred(name, ("official", "usual"))) is not None:
        found["human_name"] = chosen
    if (address := _preferred(found.get("address"), ("billing", "work", "home"))) is not None:
        found["main_address"] = address


def _preferred(listed: Any, uses: tuple[str, ...]) -> dict[str, Any] | None:
    """Of several names or addresses the one of the first use there is, none that is old."""
    entries = [each for each in (listed if isinstance(listed, list) else []) if isinstance(each, dict)]
    current = [each for each in entries if each.get("use") != "old"]
    return next((each for use in uses for each in current if each.get("use") == use), current[0] if current else None)


def _linked(row: Row) -> Row:
    """The row of a Claim with its teams, and its items with the entries they name by sequence."""
    claim, problems = row.cells, []
    members = _entries(claim, "careTeam")
    claim["team"] = _team(members)
    heads = {id(member) for member in claim["team"].values()}
    for diagnosis in _entries(claim, "diagnosis"):
        kinds = _entries(diagnosis, "type")
        diagnosis["role"] = kinds[0].get("code") if kinds else ""
        _say_concept(diagnosis, "diagnosis")
    for procedure in _entries(claim, "procedure"):
        _say_concept(procedure, "procedure")
    for place, item in enumerate(_entries(claim, "item")):
        own, lost = _named(members, item, "careTeamSequence")
        problems += [_nowhere(row, place, "careTeamSequence", number, "careTeam") for number in lost]
        item["team"] = _team([member for member in own if id(member) not in heads])
        for key, sequence in _MANY_ITEMS.items():
            item[key], lost = _named(_entries(claim, key), item, sequence)
            problems += [_nowhere(row, place, sequence, number, key) for number in lost]
    return Row(row.file, row.number, claim, row.layout, tuple(problems), row.place)


def _say_concept(entry: dict[str, Any], kind: str) -> None:
    """Of a diagnosis or procedure its ICD-10 code, also where it is said by reference (a Condition, a Procedure)."""
    reference = entry.get(f"{kind}Reference")
    resource = reference.get("resource") if isinstance(reference, dict) else None
    if isinstance(resource, dict) and isinstance(resource.get("code"), dict):
        entry.setdefault(f"{kind}CodeableConcept", resource["code"])
    concept = entry.get(f"{kind}CodeableConcept")
    if isinstance(concept, dict):  # often SNOMED stands beside it
        classified = [each for each in _entries(concept, "coding") if "icd-10" in str(each.get("system")).lower()]
        if classified:
            concept["code"] = classified[0].get("code")


def _entries(found: dict[str, Any], key: str) -> list[dict[str, Any]]:
    listed = found.get(key)
    return [each for each in (listed if isinstance(listed, list) else []) if isinstance(each, dict)]


def _team(members: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Members by role, the first of each."""
    team: dict[str, dict[str, Any]] = {}
    for member in members:
        role = member.get("role")
        code = role.get("code") if isinstance(role, dict) else None
        team.setdefault(_ROLES.get(str(code).lower(), "other") if code else "rendering", member)
    return team


def _named(
    entries: list[dict[str, Any]], item: dict[str, Any], key: str
) -> tuple[list[dict[str, Any]], list[Any]]:
    """The entries that an item names by sequence, in its order, and the numbers that none has."""
    by_number = {entry["sequence"]: entry for entry in entries if isinstance(entry.get("sequence"), int)}
    wanted = item.get(key)
    numbers = wanted if isinstance(wanted, list) else []
    found = [by_number.get(n) if isinstance(n, int) else None for n in numbers]
    return [entry for entry in found if entry is not None], [
        n for n, entry in zip(numbers, found, strict=True) if entry is None
    ]


def _nowhere(row: Row, place: int, key: str, number: Any, entries: str) -> Finding:
    where = Source(row.file, row.number, f"item[{place}].{key}", row.place)
    named = number if isinstance(number, int) else "something that isn't a number"
    return defect("encounter-reference-lost", f"names {named}, which is the sequence of no {entries}", where)
