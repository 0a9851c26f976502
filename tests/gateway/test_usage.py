"""Test and production kept apart: nothing made in test is ever billed, nothing of production is lost in a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edigate.config import Workspace, load_workspace
from edigate.gateway import send as sending
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.preview import write_preview
from edigate.gateway.send import send
from edigate.ledger.states import Usage
from tests.gateway.posting_books import detail, payment, posted, x835
from tests.gateway.practice import (
    MAPPING,
    TestGateway,
    claims_by_state,
    control_numbers,
    extract,
    files_out,
    on_server,
    ready,
    row,
    visits,
)

Open = Callable[[Workspace], TestGateway]


@pytest.fixture
def using(workspace: Workspace, opened: Open) -> Callable[[Usage], TestGateway]:
    """The gateway with acme in test or production."""

    def use(usage: Usage) -> TestGateway:
        path = workspace.root / "partners" / "acme.toml"
        text = path.read_text()
        for other in ("test", "production"):
            text = text.replace(f'usage = "{other}"', f'usage = "{usage}"')
        path.write_text(text)
        return opened(load_workspace(workspace.root))

    return use


def converted(gateway: TestGateway, *rows: dict[str, str], name: str = "visits.csv") -> ConvertReport:
    path = extract(gateway.workspace.root / "inbox", rows, name)
    return convert(gateway, path, MAPPING, gateway.workspace.partner("acme"))


def sent(gateway: TestGateway) -> sending.SendReport:
    return send(gateway, gateway.workspace.partner("acme"))


Using = Callable[[Usage], TestGateway]


def test_a_claim_made_in_test_never_goes_out_for_production(using: Using) -> None:
    ready(using("test"), 2)
    live = using("production")
    assert list(write_preview(live, live.workspace.partner("acme"))) == []
    report = sent(live)
    assert (report.files, report.stopped, on_server(live.workspace)) == ([], "", {})
    assert report.waiting == "2 837P claims were made in test and stay here: convert them again for production"
    assert claims_by_state(live) == {"ready": 2}


def test_the_same_extract_is_made_and_sent_anew_for_production(using: Using) -> None:
    trying = using("test")
    assert converted(trying, *visits(2)).claims_made == 2
    assert sent(trying).claims_sent == 2
    live = using("production")
    report = converted(live, *visits(2))
    assert (report.claims_made, report.known, report.already) == (2, 0, False)
    assert sent(live).claims_sent == 2
    assert [(file.usage, file.claims) for file in files_out(live)] == [("test", 2), ("production", 2)]
    usages = [content.splitlines()[0].split(b"*")[15] for content in on_server(live.workspace).values()]
    assert usages == [b"T", b"P"]
    # and once only
    assert converted(live, *visits(2), name="again.csv").already
    assert converted(live, *visits(3), name="more.csv").known == 2
    assert sent(live).claims_sent == 1


def test_a_test_takes_no_production_claims_place(using: Using) -> None:
    live = using("production")
    assert converted(live, row("A")).claims_made == 1
    trying = using("test")
    assert converted(trying, row("A"), name="same.csv").known == 1
    report = converted(trying, row("A", charge="99.00"), name="changed.csv")
    (error,) = report.refusals[0].findings
    assert (error.code, "acme is in test now" in error.message) == ("DUPLICATE", True)
    report_of_send = sent(trying)
    assert "1 837P claims were made for production, but acme is in test" in report_of_send.stopped
    assert on_server(trying.workspace) == {}
    assert sent(using("production")).claims_sent == 1


def test_a_file_that_has_not_left_is_taken_back_when_the_partner_goes_live(
    using: Using, monkeypatch: pytest.MonkeyPatch
) -> None:
    trying = using("test")
    converted(trying, *visits(2))
    with monkeypatch.context() as patched:  # the line was down that night
        patched.setattr(sending, "_transfer", lambda *_: [])
        sent(trying)
    assert [file.state for file in files_out(trying)] == ["queued"]
    live = using("production")
    converted(live, *visits(1, first=2), name="live.csv")
    assert sent(live).claims_sent == 1
    assert next((file.state, file.reason) for file in files_out(live)) == (
        "cancelled",
        "made for test; acme is in production now",
    )
    (content,) = on_server(live.workspace).values()
    assert control_numbers(content) == ["E2"]
    assert claims_by_state(live) == {"ready": 1, "sent": 1}


@pytest.mark.parametrize(("flag", "states"), [("T", ("paid", "sent")), ("P", ("sent", "paid"))])
def test_a_payment_of_a_test_is_posted_to_the_test(
    using: Using, flag: str, states: tuple[str, str]
) -> None:
    trying = using("test")
    converted(trying, row("A1"))
    sent(trying)
    live = using("production")
    converted(live, row("A1"))
    sent(live)
    content = x835(payment("EFT1", "CLP*A1*1*165*165**12*PCCN1", "SVC*HC:99213*165*165", "DTM*472*20260615"))
    posted(live, content.replace(b"*T*:", f"*{flag}*:".encode()))
    with live.ledger.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT usage, state FROM claim ORDER BY id").all()
    assert [tuple(row) for row in rows] == [("test", states[0]), ("production", states[1])]
    assert detail(live, "A1").claim.usage == "production"
