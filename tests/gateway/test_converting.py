"""Converting: every row in a claim made, one refused or one known already; nothing a file holds can break that."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from edigate.config import Workspace, load_workspace
from edigate.encounters import grouping
from edigate.errors import ConfigError, DataError, NoInputError
from edigate.findings import Finding
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.send import send
from edigate.ledger.states import ClaimState
from edigate.mapping import reading
from edigate.partners.model import Partner
from tests.conftest import PARTNER, REPOSITORY, SETTINGS
from tests.gateway.practice import (
    MAPPING,
    ROW,
    Clock,
    TestGateway,
    claims_by_state,
    control_numbers,
    extract,
    on_server,
    row,
    visits,
    written,
)

JSON_EXAMPLE = REPOSITORY / "mappings" / "examples" / "encounters-json" / "encounters.json"

Open = Callable[[Workspace], TestGateway]
Convert = Callable[..., ConvertReport]


@pytest.fixture
def convert_rows(gateway: TestGateway, partner: Partner, inbox: Path) -> Convert:
    """Converts rows as a file of a name."""

    def run(*rows: dict[str, str], name: str = "encounters.csv", dry_run: bool = False) -> ConvertReport:
        return convert(gateway, extract(inbox, rows, name), MAPPING, partner, dry_run=dry_run)

    return run


def move(gateway: TestGateway, number: str, to: ClaimState) -> None:
    """Bring a live claim to a state, as answers would."""
    with gateway.ledger.write() as tx:
        changed = tx.connection.exec_driver_sql(
            "UPDATE claim SET state = ? WHERE patient_control_number = ? AND superseded_by_id IS NULL", (to, number)
        )
        assert changed.rowcount == 1


def standing(gateway: TestGateway, number: str) -> list[tuple[str, int, int, bool]]:
    """Each version of a claim: state, version, cents, whether another took its place."""
    with gateway.ledger.read() as tx:
        rows = tx.connection.exec_driver_sql(
            "SELECT state, version, total_charge_cents, superseded_by_id IS NOT NULL FROM claim"
            " WHERE patient_control_number = ? ORDER BY id",
            (number,),
        )
        return [(state, version, cents, bool(replaced)) for state, version, cents, replaced in rows]


def adds_up(report: ConvertReport) -> bool:
    return report.rows_in == report.rows_made + report.rows_refused + report.rows_known


def the_error(report: ConvertReport) -> Finding:
    """The one error of the one refused encounter."""
    (refused,) = report.refusals
    (error,) = [finding for finding in refused.findings if finding.severity == "error"]
    return error


class TestAccounting:
    def test_each_row_is_somewhere(self, gateway: TestGateway, convert_rows: Convert) -> None:
        report = convert_rows(
            row("A"), row("A", procedure="93000"), row("B", subscriber_birth_date="never"), row("C"), row("")
        )
        assert (report.encounters, report.claims_made, report.refused, report.known) == (4, 2, 2, 0)
        assert (report.rows_in, report.rows_made, report.rows_refused, report.rows_known) == (5, 3, 2, 0)
        assert (report.charge_cents, claims_by_state(gateway)) == (49_500, {"ready": 2, "refused": 2})
        assert [(one.encounter, one.first_row, one.last_row) for one in report.refusals] == [("B", 4, 4), ("", 6, 6)]

    def test_the_same_file_twice_does_nothing(self, gateway: TestGateway, convert_rows: Convert) -> None:
        first = convert_rows(row("A"), row("B", charge="nothing"))
        again = convert_rows(row("A"), row("B", charge="nothing"), name="renamed.csv")
        assert (again.already, again.intake_id, again.claims_made) == (True, first.intake_id, 0)
        assert (again.rows_in, again.rows_made, again.rows_refused) == (2, 1, 1)
        assert claims_by_state(gateway) == {"ready": 1, "refused": 1}

    def test_what_was_converted_before_is_known_in_another_file(
        self, gateway: TestGateway, convert_rows: Convert
    ) -> None:
        convert_rows(*visits(3))
        report = convert_rows(*visits(5), name="all.csv")
        assert (report.claims_made, report.known, report.rows_known, adds_up(report)) == (2, 3, 3, True)
        assert claims_by_state(gateway) == {"ready": 5}

    def test_two_encounters_of_one_number_in_a_file(
        self, gateway: TestGateway, partner: Partner, inbox: Path
    ) -> None:
        encounters = json.loads(JSON_EXAMPLE.read_text())
        path = inbox / "twice.json"
        path.write_text(json.dumps([encounters[0], encounters[0] | {"place_of_service": "12"}]))
        report = convert(gateway, path, "encounters-json", partner)
        error = the_error(report)
        assert (error.code, str(error.sources[0])) == (
            "DUPLICATE-IN-FILE",
            "twice.json row 2, column patient_control_number",
        )
        assert (report.claims_made, adds_up(report)) == (1, True)

    def test_a_dry_run_writes_nothing(self, gateway: TestGateway, convert_rows: Convert) -> None:
        report = convert_rows(row("A"), row("B", units="many"), dry_run=True)
        assert [(one.patient_control_number, one.charge_cents) for one in report.made] == [("A", 16_500)]
        assert report.made[0].claim is not None
        assert (report.refused, adds_up(report), report.intake_id) == (1, True, None)
        assert claims_by_state(gateway) == {}
        assert not gateway.workspace.archive_path.exists()
        # Nor does it keep the real one from being made.
        assert convert_rows(row("A"), row("B", units="many")).claims_made == 1
        assert convert_rows(row("A"), row("B", units="many"), dry_run=True).known == 1


class TestChangesOfMind:
    """A practice corrects its extract and converts again."""

    def test_a_refused_encounter_is_made_when_corrected(self, gateway: TestGateway, convert_rows: Convert) -> None:
        convert_rows(row("A", subscriber_sex="X-RAY"))
        report = convert_rows(row("A"), name="corrected.csv")
        assert (report.claims_made, claims_by_state(gateway)) == (1, {"ready": 1})

    def test_a_claim_not_sent_yet_is_replaced(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner
    ) -> None:
        convert_rows(row("A"))
        convert_rows(row("A", charge="200.00"), name="corrected.csv")
        assert standing(gateway, "A") == [("ready", 1, 16_500, True), ("ready", 2, 20_000, False)]
        send(gateway, partner)
        (content,) = on_server(gateway.workspace).values()
        assert b"CLM*A*200*" in content
        assert control_numbers(content) == ["A"]

    @pytest.mark.parametrize("state", ["queued", "sent", "uncertain"])
    def test_a_claim_on_its_way_is_never_replaced(
        self, gateway: TestGateway, convert_rows: Convert, state: ClaimState
    ) -> None:
        convert_rows(row("A"))
        move(gateway, "A", state)
        for code in ("1", "7"):
            report = convert_rows(
                row("A", charge=f"20{code}.00", frequency_code=code, payer_claim_number="PCN1"), name=f"{code}.csv"
            )
            error = the_error(report)
            assert (error.code, state in error.message) == ("DUPLICATE", True)
            assert [str(source) for source in error.sources] == [f"{code}.csv row 2, column encounter_id"]
        assert standing(gateway, "A")[0] == (state, 1, 16_500, False)

    def test_a_rejected_claim_is_sent_again_corrected(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner
    ) -> None:
        convert_rows(row("A"))
        send(gateway, partner)
        move(gateway, "A", "rejected")
        assert convert_rows(row("A"), row("B"), name="unchanged.csv").known == 1
        assert convert_rows(row("A", diagnosis1="J20.9"), name="corrected.csv").claims_made == 1
        send(gateway, partner)
        assert [control_numbers(content) for content in on_server(gateway.workspace).values()] == [["A"], ["A", "B"]]

    @pytest.mark.parametrize("state", ["accepted", "paid", "denied"])
    def test_what_the_payer_has_answered_takes_a_replacement(
        self, gateway: TestGateway, convert_rows: Convert, state: ClaimState
    ) -> None:
        convert_rows(row("A"))
        move(gateway, "A", state)
        original = convert_rows(row("A", charge="200.00"), name="original.csv")
        assert "must be sent as a replacement (frequency 7)" in the_error(original).message
        replacement = row("A", charge="200.00", frequency_code="7", payer_claim_number="PCN1")
        report = convert_rows(replacement, name="replacement.csv")
        assert report.claims_made == 1
        assert (state, 1, 16_500, True) in standing(gateway, "A")
        assert ("ready", 2, 20_000, False) in standing(gateway, "A")

    def test_a_replacement_without_the_payers_number_is_refused(self, convert_rows: Convert) -> None:
        report = convert_rows(row("A", frequency_code="7"))
        assert "payer_claim_control_number" in {finding.field for finding in report.refusals[0].findings}


class TestWhatCantBeWritten:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("subscriber_id", "NW*1"),
            ("subscriber_address1", "12 Loop~13"),
            ("subscriber_city", "Harbor^Point"),
            ("billing_name", "HARBOR: POINT"),
            ("group_number", "G*1"),
            ("payer_name", "NORTH~WIND"),
        ],
    )
    def test_a_delimiter_refuses_that_claim_alone_and_says_where(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner, column: str, value: str
    ) -> None:
        report = convert_rows(row("A"), row("B", **{column: value}), row("C"))
        error = the_error(report)
        assert error.code == "DELIMITER"
        assert [str(source) for source in error.sources] == [f"encounters.csv row 3, column {column}"]
        assert "separates elements in files to acme" in error.message
        assert value not in error.message
        assert report.claims_made == 2
        send(gateway, partner)
        (content,) = on_server(gateway.workspace).values()
        assert control_numbers(content) == ["A", "C"]

    @pytest.mark.parametrize("column", ["payer_id", "subscriber_id", "group_number", "billing_taxonomy"])
    def test_a_line_break_in_a_code_refuses_that_claim_alone(self, convert_rows: Convert, column: str) -> None:
        report = convert_rows(row("A"), row("B", **{column: "12\n34"}), row("C"))
        assert [str(source) for source in the_error(report).sources] == [f"encounters.csv row 3, column {column}"]
        assert (report.claims_made, adds_up(report)) == (2, True)

    @pytest.mark.parametrize("column", ["claim_note", "description"])
    def test_a_line_break_in_a_note_becomes_a_space(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner, column: str
    ) -> None:
        assert convert_rows(row("A", **{column: "first\r\nsecond"})).claims_made == 1
        send(gateway, partner)
        (content,) = on_server(gateway.workspace).values()
        assert b"*FIRST SECOND~" in content or b":FIRST SECOND" in content or b"first second" in content

    def test_a_letter_beyond_ascii_refuses_that_claim_alone(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner
    ) -> None:
        report = convert_rows(row("A"), row("B", subscriber_id="NWé1"))
        error = the_error(report)
        assert (error.code, error.field) == ("CHARACTER", "subscriber.member_id")
        assert [str(source) for source in error.sources] == ["encounters.csv row 3, column subscriber_id"]
        assert send(gateway, partner).claims_sent == 1

    def test_names_are_written_as_payers_take_them(
        self, gateway: TestGateway, convert_rows: Convert, partner: Partner
    ) -> None:
        assert convert_rows(row("A", subscriber_last_name="Müller-Åkesson")).claims_made == 1
        send(gateway, partner)
        (content,) = on_server(gateway.workspace).values()
        assert content.isascii()

    @pytest.mark.parametrize(
        ("column", "value"),
        [("subscriber_zip", "1"), ("billing_state", "X"), ("filing_indicator", "??"), ("subscriber_state", "X")],
    )
    def test_what_the_guide_refuses_is_refused_at_its_cell(
        self, convert_rows: Convert, column: str, value: str
    ) -> None:
        report = convert_rows(row("A"), row("B", **{column: value}))
        (refused,) = report.refusals
        sources = {str(source) for finding in refused.findings for source in finding.sources}
        assert f"encounters.csv row 3, column {column}" in sources


class TestFiles:
    @pytest.mark.parametrize("name", ["missing.csv", "."])
    def test_what_isnt_there_or_isnt_a_file(
        self, gateway: TestGateway, partner: Partner, inbox: Path, name: str
    ) -> None:
        for dry_run in (False, True):
            with pytest.raises(NoInputError, match="can't be read") as refused:
                convert(gateway, inbox / name, MAPPING, partner, dry_run=dry_run)
            assert refused.value.exit_code == 66

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\n\n",
            b"\xff\xfe" + written([row("A")]).encode("utf-16-le"),
            bytes(range(256)) * 50,
            b"PK\x03\x04" + bytes(1000),
            b"\x00" * 1000,
            b"encounter_id",
            b'"encounter_id,charge\n' * 100,
        ],
        ids=["empty", "blank", "utf-16", "binary", "zip", "nul", "one column", "open quote"],
    )
    def test_a_file_that_is_none_is_refused_as_a_whole(
        self, gateway: TestGateway, partner: Partner, inbox: Path, content: bytes
    ) -> None:
        path = inbox / "strange.csv"
        path.write_bytes(content)
        try:
            report = convert(gateway, path, MAPPING, partner)
        except DataError as error:
            assert "strange.csv" in str(error)
        else:
            assert (report.claims_made, adds_up(report)) == (0, True)
        assert "ready" not in claims_by_state(gateway)

    def test_a_header_alone_is_no_encounter(self, convert_rows: Convert) -> None:
        report = convert_rows()
        assert (report.encounters, report.rows_in, adds_up(report)) == (0, 0, True)

    def test_an_undecodable_byte_refuses_its_encounter_alone(
        self, gateway: TestGateway, partner: Partner, inbox: Path
    ) -> None:
        path = inbox / "latin.csv"
        path.write_bytes(written([row("A"), row("B", subscriber_last_name="Åkesson"), row("C")]).encode("latin-1"))
        report = convert(gateway, path, MAPPING, partner)
        assert (report.claims_made, report.refused, adds_up(report)) == (2, 1, True)
        (error,) = [one for one in report.refusals[0].findings if one.code == "encounter-row-undecodable"]
        assert str(error.sources[0]) == "latin.csv row 3, column subscriber_last_name"

    def test_a_file_cut_off_leaves_nothing_half_done(self, gateway: TestGateway, partner: Partner, inbox: Path) -> None:
        path = inbox / "cut.json"
        path.write_text('[{"encounter_id": "A"}, {"encounter')
        with pytest.raises(DataError, match=r"cut\.json"):
            convert(gateway, path, "encounters-json", partner)
        assert claims_by_state(gateway) == {}
        with gateway.ledger.read() as tx:
            assert tx.connection.exec_driver_sql("SELECT count(*) FROM intake").scalar() == 0

    @pytest.mark.parametrize("value", ["\ud800", "\x00", "\x1b[31m", "\u202e"])
    @pytest.mark.parametrize("key", ["patient_control_number", "subscriber.member_id", "payer.name"])
    def test_text_that_no_terminal_should_see(
        self, gateway: TestGateway, partner: Partner, inbox: Path, key: str, value: str
    ) -> None:
        encounters = json.loads(JSON_EXAMPLE.read_text())
        holder = encounters[0]
        *above, last = key.split(".")
        for name in above:
            holder = holder[name]
        assert last in holder
        holder[last] = f"X{value}1"
        path = inbox / "hostile.json"
        path.write_text(json.dumps(encounters))
        try:
            report = convert(gateway, path, "encounters-json", partner)
        except DataError:
            return
        assert adds_up(report)
        assert all(one.encounter.isprintable() for one in report.refusals)

    def test_any_name_of_a_file_will_do(self, gateway: TestGateway, partner: Partner, inbox: Path) -> None:
        path = inbox / "caf\udce9 \x1b[31m.csv"
        path.write_text(written([row("A"), row("B", charge="x")]))
        report = convert(gateway, path, MAPPING, partner)
        assert (report.file, report.claims_made) == ("caf\\xe9 \\u{1b}[31m.csv", 1)
        assert the_error(report).sources[0].file == report.file

    def test_an_extract_too_big_to_hold_is_read_twice_from_the_archive(
        self, gateway: TestGateway, partner: Partner, inbox: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "by_key", functools.partial(grouping.by_key, hold=3))
        rows = [row(f"E{n}") for n in (1, 2, 3, 1, 4, 2)]
        report = convert(gateway, extract(inbox, rows), MAPPING, partner)
        assert (report.claims_made, report.rows_in, adds_up(report)) == (4, 6, True)

    def test_a_kind_the_partner_doesnt_take(self, workspace: Workspace, opened: Open) -> None:
        path = workspace.root / "partners" / "acme.toml"
        path.write_text('kinds = ["837I"]\n' + path.read_text())
        gateway = opened(load_workspace(workspace.root))
        with pytest.raises(ConfigError, match="makes 837P claims, but partner acme takes 837I"):
            convert(
                gateway, extract(workspace.root / "inbox", [row()]), MAPPING, gateway.workspace.partner("acme")
            )


LOOKING_UP = """
kind = "professional"
[source]
format = "csv"
group_by = "visit"
[lookup.person]
file = "people.csv"
key = "visit"
[claim]
patient_control_number = { from = "visit", required = true }
subscriber.last_name = { from = "person.name", required = true }
[line]
procedure = { from = "code", required = true }
"""


class TestLookups:
    """A lookup's file is the one named, else the one beside the input, else the one beside the mapping."""

    @pytest.fixture
    def places(self, workspace: Workspace) -> dict[str, Path]:
        (workspace.root / "mappings" / "visits.toml").write_text(LOOKING_UP)
        (workspace.root / "inbox" / "visits.csv").write_text("visit,code\nV1,99213\n")
        elsewhere = workspace.root / "elsewhere"
        elsewhere.mkdir()
        return {
            "named": elsewhere / "anything.csv",
            "beside the input": workspace.root / "inbox" / "people.csv",
            "beside the mapping": workspace.root / "mappings" / "people.csv",
        }

    @pytest.mark.parametrize("first", range(3))
    def test_the_first_place_wins(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, places: dict[str, Path], first: int
    ) -> None:
        for name, path in list(places.items())[first:]:
            path.write_text(f"visit,name\nV1,{name.upper()}\n")
        named = {"person": places["named"]} if first == 0 else {}
        report = convert(
            gateway, workspace.root / "inbox" / "visits.csv", "visits", partner, lookups=named, dry_run=True
        )
        (one,) = [*report.made, *report.refusals]
        convert(gateway, workspace.root / "inbox" / "visits.csv", "visits", partner, lookups=named)
        with gateway.ledger.read() as tx:
            record = tx.connection.exec_driver_sql("SELECT record FROM claim_record").scalar()
        assert json.loads(record or b"{}")["subscriber"]["last_name"] == list(places)[first].upper()
        assert one.patient_control_number == "V1"

    def test_a_changed_lookup_makes_the_same_file_new(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, places: dict[str, Path]
    ) -> None:
        path = workspace.root / "inbox" / "visits.csv"
        places["beside the input"].write_text("visit,name\nV2,OTHER\n")
        assert not convert(gateway, path, "visits", partner).already
        assert convert(gateway, path, "visits", partner).already
        places["beside the input"].write_text("visit,name\nV1,FOUND\n")
        assert not convert(gateway, path, "visits", partner).already

    def test_none_anywhere_is_said(
        self, workspace: Workspace, gateway: TestGateway, partner: Partner, places: dict[str, Path]
    ) -> None:
        with pytest.raises(ConfigError, match="person"):
            convert(gateway, workspace.root / "inbox" / "visits.csv", "visits", partner)
        with pytest.raises(NoInputError, match=r"gone\.csv"):
            convert(
                gateway,
                workspace.root / "inbox" / "visits.csv",
                "visits",
                partner,
                lookups={"person": workspace.root / "gone.csv"},
            )


# --- the law

_JUNK = st.one_of(
    st.just(""),
    st.text(max_size=12),
    st.sampled_from(["*", "~", "a:b", "1e400", "NaN", "-1", "0", "99999999999999", "1,000.00", "9" * 40, "2026-13-45"]),
    st.sampled_from(list(ROW.values())),
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {"encounter_id": st.sampled_from(["E1", "E2", "E3", "E-1", "", "é", "E" * 50])},
        optional=dict.fromkeys(ROW.keys() - {"encounter_id"}, _JUNK),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def any_gateway(tmp_path_factory: pytest.TempPathFactory, new_ledger: bytes) -> TestGateway:
    """A gateway for all examples of the law: what earlier ones left in the ledger is part of the trial."""
    root = tmp_path_factory.mktemp("law")
    (root / "partners").mkdir()
    (root / "mappings").mkdir()
    (root / "state").mkdir()
    (root / "inbox").mkdir()
    (root / "edigate.toml").write_text(SETTINGS)
    (root / "partners" / "acme.toml").write_text(PARTNER)
    workspace = load_workspace(root)
    workspace.ledger_path.write_bytes(new_ledger)
    return TestGateway.open(workspace, clock=Clock(), environ={})


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, broken=st.booleans())
def test_rows_in_are_rows_made_refused_or_known(
    any_gateway: TestGateway, rows: list[dict[str, str]], broken: bool
) -> None:
    text = written([ROW | one for one in rows])
    if broken:  # cut anywhere, so that the last row is torn
        text = text[: max(len(",".join(ROW)) + 1, len(text) - 40)]
    path = any_gateway.workspace.root / "inbox" / "law.csv"
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    report = convert(any_gateway, path, MAPPING, any_gateway.workspace.partner("acme"))
    assert adds_up(report)
    assert report.already or report.encounters == report.claims_made + report.refused + report.known
    assert all(any(f.severity == "error" for f in one.findings) for one in report.refusals)


