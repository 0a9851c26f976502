"""The demo: the whole loop in a workspace of its own, against the simulated clearinghouse, days in seconds.

The parts are the real ones: a real SFTP server on loopback with a pinned key, the real ledger, archive and
jobs. Only the days are made up. What it tells is read back from the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from edigate.config import load_workspace
from edigate.errors import ConfigError, InternalError
from edigate.gateway.convert import convert
from edigate.gateway.deposits import import_files
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.gateway.receive import receive
from edigate.gateway.reconcile import reconcile
from edigate.gateway.send import send
from edigate.ledger.states import KINDS
from edigate.reports.attention import Attention
from edigate.reports.deposits import Comparison
from edigate.reports.glance import Glance
from edigate.scaffold import create_workspace
from edigate.simulator.scenario import Scenario, load_scenario, scenario_path
from edigate.simulator.service import Simulator

PARTNER = "clearinghouse"
MAPPING = "encounters-csv"
STATEMENT = "bank.bai2"
JOURNAL = "journal.json"  # what the clearinghouse knows in the end, beside its folders
_ENCOUNTERS = Path(__file__).parents[1] / "_demo"  # shipped ones
PASSWORD = "EDIGATE_DEMO_PASSWORD"  # noqa: S105 - the name of a variable, not a password

_SETTINGS = """\
# The simulated clearinghouse of `edigate demo`. It ran on this machine while the demo did.
name = "{partner}"
description = "the demo's clearinghouse: an SFTP server on loopback, run by edigate itself"
usage = "production" # nothing of it leaves this machine; test claims would be no money

[envelope]
sender_id = "EDIGATEDEMO"
receiver_id = "SIMCLEAR"

[submitter]
name = "EDIGATE DEMO PRACTICE"
id = "DEMO01"
contact_name = "BILLING OFFICE"
phone = "5555550100"

[receiver]
name = "SIMULATED CLEARING"
id = "SIMCLEAR"

[sftp]
host = "{host}"
port = {port}
username = "practice"
password_env = "{password}"
host_keys = ["{host_key}"]

[folders]
send = "inbound"
receive = ["outbound"]

[acknowledge]
remittances = {wants_999}
claim_acknowledgments = {wants_999}

[expect]
x835_days = 21 # its payers pay within two weeks, so silence after three is worth a question
"""


class DemoReport(msgspec.Struct, kw_only=True):
    """What the demo shows. All counts and amounts are the ledger's."""

    workspace: Path
    glance: Glance
    attention: list[Attention]
    deposits: Comparison  # payments beside what the bank shows
    files_sent: int  # of claims
    acknowledgments_sent: int  # 999 and TA1 for what was received
    files_received: int
    days: int
    seconds: float


def demo(
    root: Path, scenario: str | Path = "demo", *, tell: Callable[[str], None] = lambda text: None
) -> DemoReport:
    """Run the loop in a new workspace at `root`, as a scenario says: a shipped one's name, or a file.

    Raises ConfigError for a scenario that can't be played, InternalError where the clearinghouse's own journal
    disagrees with the ledger about what was sent.
    """
    began = time.monotonic()
    played = load_scenario(scenario)
    encounters = _encounters(scenario_path(scenario).parent, played)
    create_workspace(root)
    for each in encounters:
        (root / "inbox" / each.name).write_bytes(each.read_bytes())
    with Simulator(root / "clearinghouse", played) as simulator:
        server = simulator.sftp
        (root / "partners" / f"{PARTNER}.toml").write_text(
            _SETTINGS.format(
                partner=PARTNER,
                host=server.host,
                port=server.port,
                password=PASSWORD,
                host_key=server.host_key_line,
                wants_999=str(played.clearinghouse.wants_999).lower(),
            ),
            encoding="utf-8",
        )
        workspace = load_workspace(root)
        partner = workspace.partner(PARTNER)
        first_day = simulator.clock().date()
        with Gateway.open(workspace, clock=simulator.clock, environ={PASSWORD: server.password or ""}) as gateway:
            sent = []
            for each in encounters:
                tell(f"{first_day}: converting {each.name}")
                convert(gateway, root / "inbox" / each.name, MAPPING, partner)
                tell(f"{first_day}: sending over SFTP to {server.host}:{server.port}")
                sent += send(gateway, partner).files
            received = 0
            for day in _days(simulator):
                got = receive(gateway, partner)
                received += len(got.files)
                files = "1 file" if len(got.files) == 1 else f"{len(got.files)} files"
                tell(f"{day}: received {files}, posting")
                post(gateway)
                sent += send(gateway, partner).files  # what it wants acknowledged
            statement = root / "inbox" / STATEMENT
            statement.write_bytes(simulator.statement())
            if statement.stat().st_size:
                tell(f"{simulator.clock().date()}: taking in the bank's {STATEMENT}")
                import_files(gateway, [statement])
            tell(f"{simulator.clock().date()}: reconciling")
            reconciled = reconcile(gateway)
        arrivals = simulator.received()
        (root / "clearinghouse" / JOURNAL).write_bytes(simulator.book.as_json())
    _agree([file.sha256 for file in sent], [one.sha256 for one in arrivals for _ in one.times])
    return DemoReport(
        workspace=root,
        glance=reconciled.glance,
        attention=reconciled.attention,
        deposits=reconciled.deposits,
        files_sent=sum(file.kind in KINDS for file in sent),
        acknowledgments_sent=sum(file.kind not in KINDS for file in sent),
        files_received=received,
        days=(simulator.clock().date() - first_day).days,
        seconds=round(time.monotonic() - began, 2),
    )


def _encounters(beside: Path, scenario: Scenario) -> list[Path]:
    """The files of a scenario's encounters: beside it, or else shipped. Raises ConfigError where one is neither."""
    found = []
    for name in scenario.encounters:
        here = next((path for path in (beside / name, _ENCOUNTERS / name) if path.is_file()), None)
        if here is None:
            shipped = ", ".join(sorted(path.name for path in _ENCOUNTERS.glob("*.csv")))
            raise ConfigError(
                f"the scenario {scenario.name} is played with {name}, which isn't beside it",
                hint=f"`encounters` names files in the scenario's own folder, or shipped ones: {shipped}.",
            )
        found.append(here)
    return found


def _days(simulator: Simulator) -> Iterator[date]:
    """Each day on which answers are there to be fetched."""
    simulator.advance()
    yield simulator.clock().date()
    while (day := simulator.clearinghouse.next_day()) is not None:
        simulator.advance((day - simulator.clock().date()).days)
        yield simulator.clock().date()


def _agree(sent: list[str], arrived: list[str]) -> None:
    if sorted(sent) != sorted(arrived):
        raise InternalError(f"the ledger sent {len(sent)} files, the server's journal has {len(arrived)}")
