"""A partner's own corrections of a guide hold for every claim that goes there, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from tests.gateway.practice import MAPPING, extract, row

TAXONOMY = """
[[correction]]
guide = "005010X222A1"
at = "{at}"
usage = "R"
because = "ACME's companion guide wants the billing provider's specialty on every claim."
"""


def corrected(workspace: Workspace, at: str) -> Workspace:
    path = workspace.root / "partners" / "acme.toml"
    path.write_text(path.read_text() + TAXONOMY.format(at=at))
    return load_workspace(workspace.root)


def converted(gateway: Gateway, inbox: Path) -> ConvertReport:
    rows = [row("A"), row("B", billing_taxonomy="")]
    return convert(gateway, extract(inbox, rows), MAPPING, gateway.workspace.partner("acme"))


def test_what_a_partner_wants_beyond_the_guide_refuses_the_claim_that_lacks_it(
    workspace: Workspace, inbox: Path
) -> None:
    with Gateway.open(corrected(workspace, "2000A/PRV")) as gateway:
        report = converted(gateway, inbox)
        (refused,) = report.refusals
        (error,) = [finding for finding in refused.findings if finding.severity == "error"]
        assert (refused.encounter, error.code, error.segment_id, error.loop) == ("B", "IK3-3", "PRV", "2000A")
        assert send(gateway, gateway.workspace.partner("acme")).claims_sent == report.claims_made == 1


def test_without_it_both_go(workspace: Workspace, inbox: Path) -> None:
    with Gateway.open(workspace) as gateway:
        assert converted(gateway, inbox).claims_made == 2


def test_a_place_that_is_not_in_the_guide_names_the_partners_file(workspace: Workspace, inbox: Path) -> None:
    with (
        Gateway.open(corrected(workspace, "2000Z/PRV")) as gateway,
        pytest.raises(ConfigError, match=r"partners/acme\.toml: a correction of 005010X222A1 names 2000Z/PRV"),
    ):
        converted(gateway, inbox)
