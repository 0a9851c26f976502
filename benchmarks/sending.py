"""How long `edigate send` takes for many small files, ledger and all, beside the OpenSSH client on one real sshd.

    python benchmarks/sending.py [--files 200] [--rounds 3]

The files are frozen already, 35 claims and 30 KB each, as after a send whose partner was down: measured are the
session and every step's commit, by the clock, the least of several in turns. `sftp -b` puts each file under a
temporary name and renames it, in one session and with no ledger. Beside both edigate with sets of one
file: one after another. On loopback, and 40 ms away and back. The workspace lies in
`--folder` (a real disk shows what commits cost), what the server takes in memory.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from a_workspace import PARTNER, SETTINGS  # type: ignore[import-not-found]  # its neighbour in this folder
from transport import SMALL, Server, delayed, sshd  # type: ignore[import-not-found]  # as above

from edigate.config import load_workspace
from edigate.gateway import deliveries
from edigate.gateway.opening import Gateway
from edigate.gateway.send import send
from edigate.ledger import intake, outbound
from edigate.ledger.records import NewClaim, NewIntake, NewOutboundFile, NewSet

CLAIMS = 35  # a file
TOGETHER = deliveries.SET_FILES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3, help="on loopback; far away each is measured once")
    parser.add_argument("--folder", type=Path, help="where the workspaces lie (default: the system's for such files)")
    options = parser.parse_args()
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made below it
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as served,
        tempfile.TemporaryDirectory(dir=options.folder) as home,
        sshd(Path(served)) as server,
        delayed(server.port) as far,
    ):
        made = Path(home) / "made"
        prepare(made, options.files)
        print(f"{options.files} files of {SMALL:,} bytes, seconds    edigate   sftp -b  as fast  one by one  as fast")
        for where, port, rounds in (("loopback", server.port, options.rounds), ("40 ms away", far, 1)):
            ours = alone = theirs = float("inf")
            for _ in range(rounds):
                theirs = min(theirs, by_sftp(server, port, made))
                ours = min(ours, by_edigate(server, port, made, TOGETHER))
                alone = min(alone, by_edigate(server, port, made, 1))
            print(f"{where:40}{ours:9.3f}{theirs:10.3f}{theirs / ours:7.1f} x{alone:12.3f}{alone / ours:7.1f} x")


def prepare(root: Path, files: int) -> None:
    """A workspace with so many files that wait to leave."""
    (root / "partners").mkdir(parents=True)
    (root / "edigate.toml").write_text(SETTINGS)
    (root / "partners" / "payer.toml").write_text(PARTNER)
    with Gateway.open(load_workspace(root), environ={}) as gateway, gateway.ledger.write() as tx:
        intake_id = intake.begin_intake(tx, NewIntake(sha256="0" * 64, name="x", mapping="x", partner="payer"))
        new = [
            NewClaim(
                state="ready",
                row_count=1,
                first_row=1,
                last_row=1,
                total_charge_cents=15_000,
                patient_control_number=f"C{number}",
                service_date=date(2026, 1, 5),
                record=b"{}",
            )
            for number in range(files * CLAIMS)
        ]
        ids = intake.add_claims(tx, intake_id, new)
        intake.finish_intake(tx, intake_id, rows_in=len(new), rows_known=0, encounters=len(new))
        for number in range(1, files + 1):
            claims = ids[(number - 1) * CLAIMS : number * CLAIMS]
            outbound.freeze(
                tx,
                NewOutboundFile(
                    partner="payer", kind="837P", filename=f"{number:04}.x12", usage="test", isa13=number, gs06=number,
                    sha256=gateway.archive.put(os.urandom(SMALL)), size=SMALL,
                    sets=[NewSet(st02=f"{number:04}", bht03=str(number), claim_ids=claims)],
                ),
            )  # fmt: skip


@contextlib.contextmanager
def emptied(server: Server) -> Iterator[Path]:
    """The folder that files are sent to, with nothing in it; emptied again afterwards."""
    folder = server.root / "inbound"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def by_edigate(server: Server, port: int, made: Path, together: int) -> float:
    """Seconds of a whole `send`, without loading Python."""
    root = made.with_name("workspace")
    shutil.copytree(made, root)
    settings = server.settings(port)
    (root / "partners" / "payer.toml").write_text(
        PARTNER.replace(
            '[directory]\npath = "server"',
            f'[sftp]\nhost = "{settings.host}"\nport = {port}\nusername = "{settings.username}"\n'
            f'key_file = "{settings.key_file}"\nhost_keys = ["{settings.host_keys[0]}"]',
        )
    )
    deliveries.SET_FILES = together
    try:
        with emptied(server) as folder, Gateway.open(load_workspace(root), environ={}) as gateway:
            partner = gateway.workspace.partner("payer")
            began = time.perf_counter()
            report = send(gateway, partner)
            took = time.perf_counter() - began
            names = {path.name for path in folder.iterdir()}
        if report.stopped or names != {file.filename for file in report.files if file.state == "sent"}:
            raise RuntimeError(report.stopped or "not all of it came")
        return took
    finally:
        shutil.rmtree(root)


def by_sftp(server: Server, port: int, made: Path) -> float:
    """Seconds of a whole session of the OpenSSH client."""
    archived = sorted(path for path in (made / "state" / "archive").rglob("*") if path.is_file())
    batch = "".join(
        f"put {path} inbound/.{number}.tmp\nrename inbound/.{number}.tmp inbound/{number:04}.x12\n"
        for number, path in enumerate(archived)
    )
    with emptied(server) as folder:
        took = float(server.theirs(port, batch)[0])
        if len(list(folder.glob("*.x12"))) != len(archived):
            raise RuntimeError("not all of it came")
    return took


if __name__ == "__main__":
    main()
