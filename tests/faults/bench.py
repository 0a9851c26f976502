"""Plays cases: a fresh workspace, a receiver, sends in processes of their own with their faults, then clean ones.

Judges nothing. One bench lives in one process and is used for many cases, one after the other.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from edigate.ledger.store import Ledger
from edigate.simulator.host_keys import new_key
from edigate.simulator.sftp_server import TEMPORARY_SUFFIXES
from tests.conftest import REPOSITORY
from tests.faults.cases import Case, Database, Fault
from tests.faults.sender_process import Job, Sent, run
from tests.faults.servers import Openssh, Receiver, Simulated
from tests.faults.workspaces import CLAIMS, configure, point, prepare
from tests.postgres import Postgres
from tests.transport.lines import Proxy

DEADLINE = 40.0  # seconds for one send; each step of it has the partner's timeout
CLEAN = 2  # sends after the faults, at most
# What lies at the partner to be received: several names, one content twice, one that is empty, one that is long.
ANSWERS = {
    "ta1.txt": b"ISA*00*",
    "999.x12": b"ISA*00*          *00*",
    "same.x12": b"ISA*00*          *00*",
    "report.csv": b"claim;paid\n" * 2000,
    "empty": b"",
    "name with blanks.835": bytes(range(256)) * 20,
}
COUNTED = ("openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "connect", "sendto")


class Played(NamedTuple):
    """What was seen: what each send said (None: it was killed), what arrived, and the archive to compare with."""

    sends: list[Sent | None]
    arrivals: list[bytes]
    standing: list[bytes]  # what is under final names in the receiver's folder in the end
    left: dict[str, bytes]  # what still lies there to be received
    archive: Path
    hung: int
    struck: bool  # whether every fault came to pass


class Bench:
    """Where cases are played. A context manager; what it starts is gone after it."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a made-up practice
        self._home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="edigate-faults-", dir=place)))
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["tests.faults.sender_process", "tests.faults.warm", "psycopg"])
        _start_forkserver()
        self._host_key = new_key()[0]
        self._log = self._home / "strace.log"
        self._postgres: Postgres | None = None
        self._template = ""
        self._played = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # --- workspaces

    @functools.cached_property
    def _made(self) -> Path:
        """A workspace on SQLite with claims ready to be sent."""
        root = self._home / "made"
        prepare(root)
        return root

    @property
    def _server(self) -> Postgres:
        """PostgreSQL, with a database like that; started when the first case needs it."""
        if self._postgres is None:
            self._postgres = self._stack.enter_context(Postgres())
            self._template = self._postgres.database()
            url = self._postgres.url(self._template)
            Ledger.create_or_upgrade(url).close()
            prepare(self._home / "made-on-server", url)
        return self._postgres

    @contextlib.contextmanager
    def _workspace(self, database: Database) -> Iterator[tuple[Path, str]]:
        """A copy for one case, and its database on the server."""
        self._played += 1
        root = self._home / f"case-{self._played}"
        name = ""
        if database == "sqlite":
            shutil.copytree(self._made, root)
        else:
            server = self._server
            name = server.database(self._template)
            shutil.copytree(self._home / "made-on-server", root)
            configure(root, server.url(name))
        try:
            yield root, name
        finally:
            shutil.rmtree(root, ignore_errors=True)
            if name:
                self._server.sql(f"DROP DATABASE {name} WITH (FORCE)")

    # --- playing

    def play(self, case: Case) -> Played:
        """One case from its first send to its last."""
        with self._workspace(case.database) as (root, name):
            partner_folder = root / "partner"
            for folder in ("inbound", "outbound"):
                (partner_folder / folder).mkdir(parents=True)
            if case.sender == "receive":
                for name_there, content in ANSWERS.items():
                    (partner_folder / "outbound" / name_there).write_bytes(content)
            sends: list[Sent | None] = []
            hung, struck = 0, True
            with self._receiver(case, partner_folder, root) as receiver:
                for fault in case.faults:
                    sent, late = self._faulty(case, fault, receiver, root, name)
                    sends.append(sent)
                    hung += late
                    struck &= self._came_to_pass(fault, sent)
                for _ in range(_sends_after(case)):
                    _point(root, receiver, receiver.port, case, Fault())
                    self._let_leases_run_out(name)
                    sent, late = self._send(Job(root=root, sender=case.sender), name)
                    sends.append(sent)
                    hung += late
                    if sent is not None and sent.files and all(state == "sent" for _, state, _, _ in sent.files):
                        break
            archive = self._home / f"archive-{self._played}"
            shutil.copytree(root / "state" / "archive", archive, dirs_exist_ok=True)
            standing = [
                path.read_bytes()
                for path in sorted((partner_folder / "inbound").iterdir())
                if not path.name.endswith(TEMPORARY_SUFFIXES)
            ]
            left = {path.name: path.read_bytes() for path in (partner_folder / "outbound").iterdir()}
            return Played(sends, receiver.arrivals(), standing, left, archive, hung, struck)

    def _receiver(self, case: Case, folder: Path, root: Path) -> Receiver:
        if case.server == "openssh":
            return Openssh(folder, root / "sshd")
        return Simulated(folder, case, self._host_key)

    def _faulty(self, case: Case, fault: Fault, receiver: Receiver, root: Path, name: str) -> tuple[Sent | None, bool]:
        job = Job(root=root, sender=case.sender, fault=fault)
        self._let_leases_run_out(name)
        if isinstance(receiver, Simulated):
            receiver.misbehave(fault)
        try:
            if not fault.line:
                _point(root, receiver, receiver.port, case, fault)
                return self._send(job, name)
            with HalfClosing(receiver.port, fault) as line:
                _point(root, receiver, line.port, case, fault)
                return self._send(job, name)
        finally:
            if isinstance(receiver, Simulated):
                receiver.misbehave(Fault())

    def _came_to_pass(self, fault: Fault, sent: Sent | None) -> bool:
        if fault.step >= 0:
            return sent is None or len(sent.steps) > fault.step
        if fault.syscall:
            return sent is None or "INJECTED" in self._log.read_text(errors="replace")
        return sent is None or not fault.line or bool(sent.stopped)

    def _send(self, job: Job, name: str) -> tuple[Sent | None, bool]:
        """What a send said, None where it was killed; and whether it had to be, being late."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=run, args=(job, theirs), daemon=True)
        process.start()
        theirs.close()
        with contextlib.closing(ours), _strace(ours.recv(), job.fault, self._log):
            ours.send("go")
            sent, late = self._listen(ours, job, name)
            if late:
                process.kill()
            process.join(DEADLINE)
        process.close()
        return sent, late

    def _listen(self, ours: Connection, job: Job, name: str) -> tuple[Sent | None, bool]:
        """Until it has said all, or it ends, or it is late; a rival is started where it asks for one."""
        end = time.monotonic() + DEADLINE
        try:
            while ours.poll(max(0.0, end - time.monotonic())):
                said = ours.recv()
                if isinstance(said, bytes):
                    return msgspec.json.decode(said, type=Sent), False
                if said == "still":
                    self._let_leases_run_out(name)
                self._send(Job(root=job.root, sender=job.sender, host="rival" if name else ""), name)
                ours.send("go on")
        except (EOFError, ConnectionResetError):
            return None, False
        return None, True

    def _let_leases_run_out(self, name: str) -> None:
        """Let the minutes pass after which a crashed host's lease is nobody's."""
        if name:
            self._server.sql("DELETE FROM lease", name)

    # --- counting

    def steps(self, case: Case) -> list[str]:
        """The labelled steps of a send without a fault."""
        (sent, *_) = self.play(msgspec.structs.replace(case, faults=(Fault(),))).sends
        assert sent is not None
        return sent.steps

    def bytes_each_way(self, case: Case) -> tuple[int, int]:
        """How many bytes a send without a fault takes to the server and back."""
        with self._workspace(case.database) as (root, name):
            for folder in ("inbound", "outbound"):
                (root / "partner" / folder).mkdir(parents=True)
            with (
                self._receiver(case, root / "partner", root) as receiver,
                HalfClosing(receiver.port, Fault(line="none")) as line,
            ):
                _point(root, receiver, line.port, case, Fault())
                self._send(Job(root=root), name)
                return line.passed["up"], line.passed["down"]

    def syscalls(self, case: Case) -> dict[str, int]:
        """How often a send without a fault makes each counted system call, in the thread that makes it most."""
        self.play(msgspec.structs.replace(case, faults=(Fault(syscall=",".join(COUNTED)),)))
        made = re.findall(r"^(\d+) +(\w+)\(", self._log.read_text(errors="replace"), re.MULTILINE)
        counted = collections.Counter(made)
        most: dict[str, int] = {}
        for (_, call), count in counted.items():
            most[call] = max(most.get(call, 0), count)
        return most


def _sends_after(case: Case) -> int:
    """How many sends follow the faults, at most: the clean ones, and one for each that the server itself spoils."""
    spoilt = CLAIMS if case.server.startswith("rename-no-reply") else 0  # a reply for each of the files
    return CLEAN + spoilt + (not case.faults)


class HalfClosing(Proxy):
    """A line with a fault; `half` closes one direction and leaves the other open."""

    def __init__(self, port: int, fault: Fault) -> None:
        self._half = fault.line == "half"
        line = "cut" if self._half else fault.line or "none"
        super().__init__(
            ("127.0.0.1", port),
            fault=line,  # type: ignore[arg-type]  # `half` was turned into `cut`, the rest is the same words
            direction=fault.direction,
            after=fault.after,
            pause=0.3 * fault.timeout,  # a byte in nine seconds, where a partner has half a minute for a step
        )

    def _pass(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        super()._pass(source, sink, direction)  # type: ignore[arg-type]  # one of the two words

    def _close(self, ends: list[socket.socket]) -> None:
        if not self._half or self._over.is_set():
            super()._close(ends)
            return
        with contextlib.suppress(OSError):
            ends[-1].shutdown(socket.SHUT_WR)


def _start_forkserver() -> None:
    """Start the process that senders are forked from where it finds what it is to import, wherever we were started."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _point(root: Path, receiver: Receiver, port: int, case: Case, fault: Fault) -> None:
    """Point acme at a receiver, or at a line to it."""
    sftp = receiver.sftp
    if fault.other_key:
        sftp = re.sub(r"host_keys = .*", f'host_keys = ["{new_key()[1]}"]', sftp)
    point(root, f"{sftp}port = {port}\ntimeout_seconds = {fault.timeout}\n", case.folders)


@contextlib.contextmanager
def _strace(pid: int, fault: Fault, log: Path) -> Iterator[None]:
    """strace on a process that waits for the word to begin, where the fault is one of a system call."""
    if not fault.syscall:
        yield
        return
    command = ["strace", "-f", "-p", str(pid), "-e", f"trace={fault.syscall}", "-e", "signal=none"]
    command += ["-o", str(log)]
    if fault.when:
        effect = f"error={fault.error}" if fault.error else "signal=KILL"
        command += ["-e", f"inject={fault.syscall}:{effect}:when={fault.when}{'+' if fault.lasting else ''}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as tracer:
        assert tracer.stderr is not None
        while line := tracer.stderr.readline():
            if b"attached" in line:
                break
            if b"ptrace" in line or b"attach" in line:
                raise PermissionError(line.decode())
        yield
        tracer.stderr.read()


def strace_works() -> bool:
    """Whether strace is here and may attach to a process that it didn't start."""
    if shutil.which("strace") is None:
        return False
    ran = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return ran.returncode == 0
