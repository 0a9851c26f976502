"""A pack rehearsed: settings begun from it, a simulated server that behaves as it says, claims out and answers back.

The parts are the real ones, as in the demo: a real SFTP server on loopback, its host key pinned by `partner trust`, the
real ledger and jobs. Claims and people are made up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from edigate.config import load_workspace
from edigate.errors import InternalError
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.partner_check import CheckReport, check_partner
from edigate.gateway.partner_files import add_partner
from edigate.gateway.partner_trust import keep, look
from edigate.gateway.post import post
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.partners.model import Partner
from edigate.partners.pack import Pack, load_pack
from edigate.scaffold import create_workspace
from edigate.settings import Problem
from edigate.simulator.played import PlayedPartner

NAME = "rehearsal"
_MAPPING = "encounters-csv"

# What stands in for what only a practice knows. Keys without an entry are texts of any kind.
_MADE_UP = {
    "envelope.sender_id": "123456789",
    "envelope.receiver_id": "REHEARSAL",
    "submitter.phone": "5555550100",
    "folders.send": "claims",
    "folders.receive": "answers",
    "directory.path": "partner",
}


def rehearse_in_temporary(pack_name: str, *, tell: Callable[[str], None] = lambda text: None) -> CheckReport:
    """`rehearse` in a folder that is gone afterwards. Raises NoInputError for an unknown pack."""
    load_pack(pack_name)
    with tempfile.TemporaryDirectory(prefix="edigate-rehearsal-") as folder:
        return rehearse(pack_name, Path(folder) / "workspace", tell=tell)


def rehearse(pack_name: str, root: Path, *, tell: Callable[[str], None] = lambda text: None) -> CheckReport:
    """Begin a partner from a pack in a new workspace at `root`, and do everything once against the server it describes.

    What fails is in the report. Raises NoInputError for an unknown pack, InternalError where the server's own journal
    disagrees with the ledger about what was sent.
    """
    pack = load_pack(pack_name)
    create_workspace(root)
    folders = {problem.key.partition("[")[0]: problem for problem in pack.left}
    table = pack.table["folders"]
    played = PlayedPartner(
        root / "partner",
        send=_MADE_UP["folders.send"] if "folders.send" in folders else table["send"],
        receive=[_MADE_UP["folders.receive"]] if "folders.receive" in folders else table["receive"],
        takes=pack.info.takes,
        takes_away=pack.info.takes_away,
        markers=table.get("markers", {}).get("success", ()),
        refusals=table.get("markers", {}).get("failed", ()),
    )
    if "sftp" not in pack.table:
        return _act(pack, root, played, {}, tell)
    with played:
        return _act(pack, root, played, {"REHEARSAL_PASSWORD": played.sftp.password or ""}, tell)


def _act(
    pack: Pack, root: Path, played: PlayedPartner, environ: dict[str, str], tell: Callable[[str], None]
) -> CheckReport:
    values = {key: value for key, value in map(_filled, pack.left) if key != "sftp.host_keys"}
    if environ:
        server = played.sftp
        values |= {"sftp.host": server.host, "sftp.port": str(server.port), "sftp.username": server.username}
    add_partner(root, NAME, pack.name, values)
    if environ:
        tell("trusting the server")
        shown = look(root, NAME, environ=environ)
        keep(shown, [key.fingerprint.split()[-1] for key in shown.new])
    report = check_partner(root, NAME, environ=environ, write=True, tell=tell)
    if report.ok:
        _loop(root, played, environ, report, tell)
    return report


def _loop(
    root: Path, played: PlayedPartner, environ: dict[str, str], report: CheckReport, tell: Callable[[str], None]
) -> None:
    workspace = load_workspace(root)
    partner = workspace.partner(NAME)
    inbox = root / "inbox" / "encounters.csv"
    inbox.write_bytes(_encounters())
    with Gateway.open(workspace, clock=played.clock, environ=environ) as gateway:
        tell("sending made-up claims")
        made = convert(gateway, inbox, _MAPPING, partner).claims_made
        sent = send(gateway, partner)
        if partner.directory is not None:
            _carry(partner, played)
        arrived = [one.sha256 for one in played.received() for _ in one.times]
        if sorted(arrived) != sorted(file.sha256 for file in sent.files):
            refused = f", {len(played.refused)} were refused" if played.refused else ""
            raise InternalError(f"the ledger sent {len(sent.files)} files, the server took {len(arrived)}{refused}")
        names = ", ".join(file.filename for file in sent.files)
        _told(report, "send", sent.stopped, f"{sent.claims_sent} of {made} claims in {names}")
        tell("receiving their answers")
        given = played.advance()
        got = receive(gateway, partner)
        _told(report, "receive", got.stopped, f"{len(got.files)} of {len(given)} files")
        posted = post(gateway)
        held = "; ".join(one.file.reason for one in posted.held)
        count = sum(one.file.state == "posted" for one in posted.files)
        _told(report, "post", held, f"{count} answers read and posted")


def _encounters() -> bytes:
    return (files("edigate") / "_demo" / "encounters.csv").read_bytes()


def _told(report: CheckReport, name: str, trouble: str, told: str) -> None:
    report.add(name, "failed" if trouble else "ok", trouble or told)
    if trouble:
        report.exit_code = report.exit_code or 69


def _carry(partner: Partner, played: PlayedPartner) -> None:
    """What the other program would do with a folder's files."""
    for place in sorted(played.send.iterdir()):
        if not place.name.endswith(partner.folders.temporary_suffix):
            played.arrive(place)


def _filled(problem: Problem) -> tuple[str, str]:
    key = problem.key.partition("[")[0]
    return key, _MADE_UP.get(key, "REHEARSAL")
