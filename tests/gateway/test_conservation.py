"""Every simulated claim and cent stands in the ledger as in the payers' own book. See `conservation.py`."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.conservation import conserve


def test_some_hundred_claims_answered_in_any_order_and_again_end_as_their_payers_say(tmp_path: Path) -> None:
    report = conserve(tmp_path / "workspace", 150, seed=3)
    assert report.wrong == []
    assert report.claims > 150
    assert report.files["835 held"] > 0  # what doesn't add up was among them
    assert {"paid", "denied", "partly_paid", "reversed", "rejected"} <= report.states.keys()
    assert report.received_cents == report.paid_cents - report.provider_adjustments_cents > 0
