"""How fast an 835 is posted, to SQLite and to PostgreSQL: `python benchmarks/post.py [--claims N]`.

A made-up payer pays N made-up claims of two lines each, all of which the ledger has sent; then the same payment comes
again in another file. Beside it stand decoding the file alone, and a floor: the rows that posting wrote, given to the
bare driver (`executemany`, or COPY). Rates are claims a second of this process's time; by the clock others' work, the
disk and the server count, too. `--profile` says where the time of posting goes.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import io
import json
import pstats
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for the tests' PostgreSQL server

from a_workspace import PARTNER, SETTINGS  # type: ignore[import-not-found]  # its neighbour in this folder
from an_835 import send, write_remittance  # type: ignore[import-not-found]  # as well

from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post_files
from edigate.ledger.store import Ledger
from edigate.remits.x221 import stream_payment
from edigate.x12.envelope import EnvelopeReader

_WRITTEN = ("claim_payment", "service_payment", "adjustment", "claim_event")  # the tables posting fills


class Took(NamedTuple):
    """Seconds of this process, and by the clock."""

    processor: float
    clock: float

    def told(self, claims: int) -> str:
        return f"{claims / self.processor:9,.0f} {claims / self.clock:12,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--ledger", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--post", type=Path, help=argparse.SUPPRESS)  # what the measured process is started with
    options = parser.parse_args()
    if options.post:
        _post(options.post, profile=options.profile)
        return
    kinds = ["sqlite", "postgresql"] if options.ledger == "both" else [options.ledger]
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="edigate-") as folder, _database(kind) as database:
            _measure(Path(folder), database, options.claims, profile=options.profile)


# --- the databases


class Database(NamedTuple):
    """Where the ledger is (empty: the workspace's own file), and how the rows of a posting are written barely."""

    url: str
    copy: Callable[[Path], Any]  # the ledger as it is now; what `floor` gets
    floor: Callable[[Any, Path], Took]


@contextlib.contextmanager
def _database(kind: str) -> Iterator[Database]:
    if kind == "sqlite":
        yield Database("", _copy_of_file, _floor_of_file)
        return
    from tests.postgres import Postgres  # noqa: PLC0415  # not needed for SQLite

    with Postgres() as server:
        name = server.database()
        Ledger.create_or_upgrade(server.url(name)).close()
        yield Database(
            server.url(name).replace("+psycopg", ""),
            lambda root: server.database(name),
            lambda copy, root: _floor_of_server(server, name, copy),
        )


def _copy_of_file(root: Path) -> Path:
    return Path(shutil.copy(root / "state" / "ledger.db", root / "before.db"))


def _floor_of_file(copy: Path, root: Path) -> Took:
    after = sqlite3.connect(root / "state" / "ledger.db")
    rows = {table: after.execute(_posted(table)).fetchall() for table in _WRITTEN}
    claims = after.execute("SELECT state, state_since, payer_claim_control_number, id FROM claim").fetchall()
    payment = after.execute("SELECT * FROM payment").fetchall()
    files = after.execute("SELECT * FROM inbound_file WHERE id = 1").fetchall()
    after.close()
    bare = sqlite3.connect(copy, isolation_level=None)
    bare.execute("PRAGMA foreign_keys = ON")
    bare.execute("PRAGMA synchronous = FULL")
    began = _now()
    bare.execute("BEGIN IMMEDIATE")
    for table, values in {"inbound_file": files, "payment": payment, **rows}.items():
        marks = ", ".join("?" * len(values[0]))
        bare.executemany(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608  # a table of our own
    bare.executemany("UPDATE claim SET state = ?, state_since = ?, payer_claim_control_number = ? WHERE id = ?", claims)
    bare.execute("COMMIT")
    return _since(began)


def _floor_of_server(server: Any, name: str, copy: str) -> Took:
    import psycopg  # noqa: PLC0415  # not needed for SQLite

    def connected(database: str) -> Any:
        return psycopg.connect(server.url(database).replace("+psycopg", ""))

    def texts(connection: Any, statement: str) -> str:
        with connection.cursor().copy(f"COPY ({statement}) TO STDOUT") as read:
            return b"".join(bytes(block) for block in read).decode()

    with connected(name) as after:
        rows = {table: texts(after, _posted(table)) for table in _WRITTEN}
        first = {
            "inbound_file": texts(after, "SELECT * FROM inbound_file ORDER BY id LIMIT 1"),
            "payment": texts(after, "SELECT * FROM payment"),
        }
        claims = texts(after, "SELECT id, state, state_since, payer_claim_control_number FROM claim")
    with connected(copy) as bare:
        began = _now()
        cursor = bare.cursor()
        for table, text in {**first, **rows}.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as write:
                write.write(text)
        cursor.execute("CREATE TEMP TABLE moved (id bigint, state text, since timestamptz, number text) ON COMMIT DROP")
        with cursor.copy("COPY moved FROM STDIN") as write:
            write.write(claims)
        cursor.execute(
            "UPDATE claim SET state = moved.state, state_since = since, payer_claim_control_number = number "
            "FROM moved WHERE moved.id = claim.id"
        )
        bare.commit()
        return _since(began)


def _posted(table: str) -> str:
    where = " WHERE inbound_file_id IS NOT NULL" if table == "claim_event" else ""
    return f"SELECT * FROM {table}{where}"  # noqa: S608  # a table of our own


# --- what is measured


def _measure(root: Path, database: Database, claims: int, *, profile: bool) -> None:
    (root / "partners").mkdir()
    (root / "edigate.toml").write_text(SETTINGS + (f'[ledger]\nurl = "{database.url}"\n' if database.url else ""))
    (root / "partners" / "payer.toml").write_text(PARTNER)
    size = write_remittance(root / "era.835", claims, 1)
    write_remittance(root / "again.835", claims, 2)
    print(f"\n{'PostgreSQL' if database.url else 'SQLite'}: {claims:,} claims of two lines, {size / 1e6:.1f} MB")
    print(f"{'claims/s of':<14}{'processor':>9} {'by the clock':>12}")
    began = _now()
    with (root / "era.835").open("rb") as file:
        pieces = iter(lambda: file.read(1 << 16), b"")
        decoded = sum(1 for each in EnvelopeReader(pieces) for _ in stream_payment(each))
    decoding = _since(began)
    _require(decoded == claims, "not every claim was decoded")
    print(f"{'decoding':<14}{decoding.told(claims)}")
    with Gateway.open(load_workspace(root)) as gateway:
        send(gateway, claims)
    before = database.copy(root)
    told = _posted_apart(root, profile=profile)
    posting, again = Took(*told["posted"]), Took(*told["again"])
    _require((told["claims"], told["unmatched"], told["repeated"]) == (claims, 0, 1), told["reason"])
    floor = database.floor(before, root)
    print(f"{'bare writing':<14}{floor.told(claims)}")
    print(f"{'posting':<14}{posting.told(claims)}")
    print(f"{'known again':<14}{again.told(claims)}")
    beside = decoding.processor + floor.processor
    print(
        f"posting takes {posting.processor / beside:.2f} times as long as decoding and bare writing together, and "
        f"{told['memory']:.0f} MB of memory ({told['memory_before']:.0f} MB before it)"
    )
    print(told["profile"], end="")


def _posted_apart(root: Path, *, profile: bool) -> dict[str, Any]:
    """Post in a process of its own, so that its memory is posting's."""
    command = [sys.executable, __file__, "--post", str(root), *(["--profile"] if profile else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _post(root: Path, *, profile: bool) -> None:
    profiler = cProfile.Profile()
    with Gateway.open(load_workspace(root)) as gateway:
        memory_before = _memory()
        began = _now()
        if profile:
            profiler.enable()
        first = post_files(gateway, [root / "era.835"], "payer").files[0]
        profiler.disable()
        posting, memory = _since(began), _memory()
        began = _now()
        repeated = post_files(gateway, [root / "again.835"], "payer").files[0]
        again = _since(began)
    lines = io.StringIO()
    if profile:
        pstats.Stats(profiler, stream=lines).sort_stats("tottime").print_stats(45)
    told = {
        "posted": posting,
        "again": again,
        "claims": first.outcome.claims_moved,
        "unmatched": first.outcome.claim_payments_unmatched,
        "repeated": repeated.outcome.payments_repeated,
        "reason": first.file.reason,
        "memory": memory,
        "memory_before": memory_before,
        "profile": lines.getvalue(),
    }
    print(json.dumps(told))


def _now() -> Took:
    return Took(time.process_time(), time.perf_counter())


def _since(began: Took) -> Took:
    return Took(time.process_time() - began.processor, time.perf_counter() - began.clock)


def _memory() -> float:
    """The most this process ever held, in MB. Not `ru_maxrss`: that begins with what the starting process held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this system doesn't say how much memory was held (VmHWM)")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


if __name__ == "__main__":
    main()
