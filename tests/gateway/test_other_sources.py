"""Extracts that aren't plain files of rows: claim files of another system, packed files, lines without end."""

from __future__ import annotations

import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import Claim
from edigate.config import Workspace
from edigate.errors import DataError
from edigate.gateway import unpacking
from edigate.gateway.convert import convert
from edigate.gateway.send import send
from edigate.gateway.unpacking import unpacked
from edigate.mapping.engine import load_mapping
from edigate.partners.model import Partner
from edigate.x12.envelope import EnvelopeReader
from tests.claims.made_up import base_claim, claim_file, for_child, line
from tests.conftest import REPOSITORY
from tests.gateway.practice import MAPPING, TestGateway, claims_by_state, extract, on_server, row, visits

X222 = binding_of_kind("professional")
EXAMPLE = REPOSITORY / "mappings" / "examples" / "x12-837p" / "encounters.837"


def _claims(content: bytes) -> list[Claim]:
    (found,) = [list(X222.decode_claims(each)) for each in EnvelopeReader([content]) if each.id == "837"]
    return found


def _parties(claim: Claim) -> tuple[object, ...]:
    return claim.billing_provider, claim.subscriber, claim.patient, claim.payer, claim.diagnoses, claim.total_charge


class TestClaimFiles:
    def test_each_claim_is_made_refused_or_known(self, gateway: TestGateway, partner: Partner, inbox: Path) -> None:
        path = inbox / "other.837"
        path.write_bytes(EXAMPLE.read_bytes())
        report = convert(gateway, path, "x12-837p", partner)
        assert (report.rows_in, report.rows_made, report.rows_refused, report.rows_known) == (3, 2, 1, 0)
        (refused,) = report.refusals
        assert (refused.encounter, refused.findings[0].code) == ("WRONG-3", "IK4-8")
        assert "set 0002" in str(refused.findings[0].sources[0])
        more = inbox / "more.837"
        other = base_claim(
            patient_control_number="NEW-1", total_charge=Decimal(95), service_lines=[line(charge=Decimal(95))]
        )
        more.write_bytes(claim_file([base_claim(), for_child(patient_control_number="CHILD-2"), other]))
        report = convert(gateway, more, "x12-837p", partner)
        assert (report.rows_in, report.rows_made, report.rows_refused, report.rows_known) == (3, 1, 0, 2)

    def test_what_was_taken_over_is_what_is_sent(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, inbox: Path
    ) -> None:
        path = inbox / "other.837"
        path.write_bytes(claim_file([base_claim(), for_child(patient_control_number="CHILD-2")]))
        convert(gateway, path, "x12-837p", partner)
        send(gateway, partner)
        (content,) = on_server(workspace).values()
        sent, taken = ({claim.patient_control_number: _parties(claim) for claim in _claims(file)}
                       for file in (content, path.read_bytes()))  # fmt: skip
        assert sent == taken
        assert set(sent) == {"PCN-1001", "CHILD-2"}


class TestPacked:
    def test_a_packed_file_is_read_as_if_it_werent(self, gateway: TestGateway, partner: Partner, inbox: Path) -> None:
        plain = extract(inbox, visits(3))
        packed = inbox / "visits.csv.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        for dry_run in (True, False):
            report = convert(gateway, packed, MAPPING, partner, dry_run=dry_run)
            assert (report.file, report.rows_in, report.claims_made) == ("visits.csv.gz", 3, 3)
        report = convert(gateway, plain, MAPPING, partner)
        assert (report.known, claims_by_state(gateway)) == (3, {"ready": 3})

    def test_several_packed_parts_of_json_lines(
        self, gateway: TestGateway, partner: Partner, inbox: Path, workspace: Workspace
    ) -> None:
        example = REPOSITORY / "mappings" / "examples" / "encounters-json" / "encounters.json"
        lines = "".join(json.dumps(each) + "\n" for each in json.loads(example.read_text()))
        path = inbox / "lines.gz"
        half = len(lines) // 2
        path.write_bytes(gzip.compress(lines[:half].encode()) + gzip.compress(lines[half:].encode()))
        text = (REPOSITORY / "mappings" / "encounters-json.toml").read_text().replace('"json"', '"jsonl"')
        (workspace.root / "mappings").mkdir(exist_ok=True)
        (workspace.root / "mappings" / "lines.toml").write_text(text)
        report = convert(gateway, path, "lines", partner)
        whole = convert(gateway, example, "encounters-json", partner)
        assert (report.encounters, report.rows_in) == (whole.encounters, whole.rows_in)
        assert whole.known == report.claims_made > 0

    @pytest.mark.parametrize("damage", ["cut", "flipped"])
    def test_a_damaged_one_is_refused_whole(
        self, gateway: TestGateway, partner: Partner, inbox: Path, damage: str
    ) -> None:
        packed = bytearray(gzip.compress(extract(inbox, [row(f"E{n}") for n in range(300)]).read_bytes()))
        if damage == "cut":
            del packed[-200:]
        else:
            packed[-5] ^= 0xFF
        (inbox / "visits.gz").write_bytes(packed)
        with pytest.raises(DataError, match=r"visits.gz can't be unpacked"):
            convert(gateway, inbox / "visits.gz", MAPPING, partner)
        assert claims_by_state(gateway) == {}

    def test_what_unpacks_without_end_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unpacking, "MOST_BYTES", 1 << 20)
        stream = unpacked(io.BytesIO(gzip.compress(b"x" * (1 << 22))), "bomb.gz")
        with pytest.raises(DataError, match=r"bomb.gz unpacks to more than"):
            while stream.read(1 << 16):
                pass

    def test_a_packed_lookup(self, tmp_path: Path) -> None:
        from edigate.gateway.sources import Lookups

        mapping = tmp_path / "m.toml"
        mapping.write_text(
            'kind = "professional"\n[lookup.person]\nfile = "people.csv*"\nkey = "ID"\n'
            '[claim]\nsubscriber.last_name = { from = "person.NAME" }\n[line]\n'
        )
        (tmp_path / "people.csv.gz").write_bytes(gzip.compress(b"ID,NAME\n1,Doe\n"))
        source = Lookups(tmp_path / "x.csv", mapping, {})
        loaded = load_mapping(source.mapping_text, "m.toml", source.open)
        (found,) = loaded.convert(loaded.read(io.BytesIO(b"ID\n1\n"), "x.csv"))
        assert found.claim is not None and found.claim.subscriber is not None
        assert found.claim.subscriber.last_name == "Doe"
        assert found.trace.sources("subscriber.last_name")[0].file == "people.csv.gz"
