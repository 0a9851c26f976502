"""How fast answers come in: `edigate receive` from a real sshd, from the listing to the last file in the ledger.

    python benchmarks/receiving.py [--short] [--before CHECKOUT]

Two mornings, each on a fresh workspace with a SQLite ledger on a disk:

- a folder that the partner never clears: 100,000 names listed, 99,900 of them taken before (`--short`: 10,000);
- an outbox after a weekend: 5,000 new files of 2 KB (`--short`: 500), left there and removed once they are safe;
  once more, fewer, through a proxy that holds every byte back so that there and back takes 40 ms.

Times are by the clock and of the processor (ours alone, not sshd's); memory is the peak of the process before and
after. `--before` has another checkout of edigate do the same in turns, in a process of its own: what it was before.
Each is measured in a new process, so that one's memory isn't the other's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from a_workspace import PARTNER, SETTINGS  # type: ignore[import-not-found]  # its neighbour in this folder
from transport import Server, delayed, sshd  # type: ignore[import-not-found]  # as above

WHEN = 1_782_700_000  # a time of the partner's files, seconds since 1970
FILE = 2_000  # bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a tenth of it")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", help="another checkout, measured beside this one")
    parser.add_argument("--folder", type=Path, help="where ledger, archive and the partner's files lie (a disk)")
    parser.add_argument("--one", nargs=3, metavar=("ROOT", "LISTED", "TAKEN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(_receive(Path(options.one[0]), int(options.one[1]), int(options.one[2]))))
        return
    names, new, far_away = (10_000, 500, 50) if options.short else (100_000, 5_000, 200)
    checkouts = {"edigate": Path(__file__).resolve().parent.parent}
    if options.before:
        checkouts = {"before": options.before.resolve(), **checkouts}
    print(f"  {'':56}{'by the clock':>14}{'processor':>12}{'memory':>20}")
    with (
        tempfile.TemporaryDirectory(dir=options.folder) as folder,
        sshd(Path(folder)) as server,
        delayed(server.port) as far,
    ):
        for what, listed, taken, removing, port in (
            (f"{names:,} names, all but 100 taken before", names, names - 100, False, server.port),
            (f"{new:,} new files of 2 KB", new, 0, False, server.port),
            (f"{new:,} new files of 2 KB, removed there", new, 0, True, server.port),
            (f"{far_away:,} new files of 2 KB, 40 ms there and back", far_away, 0, False, far),
        ):
            for who, checkout in checkouts.items():
                _race(server, port, f"{what}, {who}", checkout, listed, taken, removing)


def _race(server: Server, port: int, what: str, checkout: Path, listed: int, taken: int, removing: bool) -> None:
    """One morning of one checkout; prints its line."""
    with tempfile.TemporaryDirectory(dir=server.home) as folder, tempfile.TemporaryDirectory(dir=server.root) as there:
        root, outbound = Path(folder), Path(there)
        for number in range(listed):
            place = outbound / _name(number)
            place.write_bytes(b"" if number < taken else number.to_bytes(8) * (FILE // 8))
            os.utime(place, (WHEN, WHEN))
        settings = server.settings(port)
        (root / "partners").mkdir()
        (root / "edigate.toml").write_text(SETTINGS)
        (root / "partners" / "payer.toml").write_text(
            PARTNER.partition("[directory]")[0]
            + f'[folders]\nreceive = ["{outbound.name}"]\ndelete_after_receive = {str(removing).lower()}\n'
            f'[sftp]\nhost = "127.0.0.1"\nport = {port}\nusername = "{settings.username}"\n'
            f'host_keys = ["{settings.host_keys[0]}"]\nkey_file = "{settings.key_file}"\n'
        )
        answer = subprocess.run(
            [sys.executable, __file__, "--one", str(root), str(listed), str(taken)],
            env={**os.environ, "PYTHONPATH": str(checkout)},
            stdout=subprocess.PIPE,
            check=True,
        )
        left = sum(1 for _ in outbound.iterdir())
        if left != (0 if removing else listed):
            raise RuntimeError(f"{left} files are left at the partner")
    told = json.loads(answer.stdout)
    memory = f"{told['memory_before']:.0f} -> {told['memory']:.0f} MB"
    print(f"  {what:56}{told['seconds']:12.2f} s{told['processor']:10.2f} s{memory:>20}", flush=True)


def _name(number: int) -> str:
    return f"R{number:07d}.999"


def _receive(root: Path, listed: int, taken: int) -> dict[str, float]:
    """In a process of its own: a ledger that knows `taken` of the names, then one receive, measured."""
    from edigate.config import load_workspace  # noqa: PLC0415 - of the checkout that this process is for
    from edigate.gateway.opening import Gateway  # noqa: PLC0415 - as above
    from edigate.gateway.receive import receive  # noqa: PLC0415 - as above
    from edigate.logs import configure  # noqa: PLC0415 - as above

    configure(file=root / "log")
    workspace = load_workspace(root)
    partner = workspace.partner("payer")
    with Gateway.open(workspace) as gateway:
        with gateway.ledger.write() as tx:
            rows = [
                (f"{partner.folders.receive[0]}/{_name(number)}", _name(number), WHEN, f"{number:064d}")
                for number in range(taken)
            ]
            for row in (rows[at : at + 1000] for at in range(0, taken, 1000)):
                tx.connection.exec_driver_sql(
                    "INSERT INTO inbound_file (partner, remote_path, name, size, remote_modified, sha256, kind, state,"
                    " reason, received_at, finished_at) VALUES ('payer', ?, ?, 0, ?, ?, '999', 'posted', '',"
                    " '2026-06-30 18:00:00.000000', '2026-06-30 18:00:00.000000')",
                    row,
                )
        before = _peak()
        began, used = time.perf_counter(), time.process_time()
        report = receive(gateway, partner)
        seconds, processor = time.perf_counter() - began, time.process_time() - used
    if report.stopped or len(report.files) != listed - taken:
        raise RuntimeError(f"{len(report.files)} files came: {report.stopped}")
    return {"seconds": seconds, "processor": processor, "memory_before": before, "memory": _peak()}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
