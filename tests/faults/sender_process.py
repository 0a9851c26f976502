"""One send in a process of its own, to be killed, stopped or failed at a chosen step. Says how it ended, if it does.

Steps are labelled: before and after each commit of the ledger, each file kept in the archive, each packet of SFTP
requests that leaves (`sending RENAME RENAME`: requests wait for company) and each reply. Sets are small, so that a
send of four files has one, with a handful and another file, and one file that goes alone. The process is forked from
one that has imported everything, so that thousands of them are affordable.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import paramiko  # type: ignore[import-untyped]  # paramiko ships no types

from edigate.archive import Archive
from edigate.config import load_workspace
from edigate.errors import EdigateError
from edigate.gateway import deliveries
from edigate.gateway.locks import Locks
from edigate.gateway.opening import Gateway
from edigate.gateway.receive import receive
from edigate.ledger import store
from edigate.ledger.outbound import outbound_files
from edigate.transport import sftp_protocol, ssh_session
from edigate.transport.sftp_packets import Kind
from edigate.transport.sftp_protocol import SftpClient
from edigate.transport.ssh_session import SshSession
from tests.faults.cases import Fault
from tests.faults.senders import SENDERS
from tests.faults.workspaces import CLOCK

PASSWORD = "only-for-a-campaign"
ENVIRON = {"CAMPAIGN_PASSWORD": PASSWORD}
_ANYBODY = ctypes.c_ulong(-1)  # prctl(2): PR_SET_PTRACER_ANY
_SET_PTRACER = 0x59616D61


SET_FILES, HANDFUL = 3, 2


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What one process does. `host` keeps its lock files apart from those of other hosts."""

    root: Path
    sender: str = "edigate"
    fault: Fault = Fault()
    host: str = ""


class Sent(msgspec.Struct, kw_only=True):
    """What a send that came to its end says. `files` are name, state, SHA-256 and claims of all there are."""

    stopped: str = ""
    uncertain: list[str] = []
    files: list[tuple[str, str, str, int]] = []
    steps: list[str] = []
    crash: str = ""  # an exception that isn't ours: a defect
    ready: int = 0  # claims still waiting
    fetched: list[tuple[str, str]] = []  # name and SHA-256 of each file that was received


class _Steps:
    """Counts labelled steps, and does at one of them what the fault says."""

    def __init__(self, fault: Fault, parent: Connection) -> None:
        self.passed: list[str] = []
        self._fault = fault
        self._parent = parent
        self._asked: list[str] = []  # what waits to be sent, or is
        self._writing = False  # in a transaction that writes: a rival could only wait for us
        self._struck = fault.step < 0

    def __call__(self, label: str) -> None:
        number = len(self.passed)
        self.passed.append(label)
        if self._struck or number < self._fault.step:
            return
        if self._fault.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._writing:
            return  # at the next step then
        self._struck = True
        self._parent.send(self._fault.what)
        self._parent.recv()

    def around(
        self, owner: Any, name: str, label: Callable[..., str], after: Callable[[], None] = lambda: None
    ) -> None:
        whole = getattr(owner, name)

        @functools.wraps(whole)
        def watched(*arguments: Any, **more: Any) -> Any:
            what = label(*arguments)
            self(f"before {what}")
            result = whole(*arguments, **more)
            after()
            self(f"after {what}")
            return result

        setattr(owner, name, watched)

    def watch(self) -> None:
        self.around(Archive, "put_pieces", lambda *_: "archiving")
        self.around(SshSession, "send", lambda *_: f"sending {' '.join(self._asked)}", after=self._asked.clear)
        self.around(SftpClient, "_take_one", lambda *_: "a reply")
        request = SftpClient.request

        def asked(client: SftpClient, kind: Kind, *fields: bytes | memoryview) -> int:
            self._asked.append(kind.name)
            return request(client, kind, *fields)

        SftpClient.request = asked  # type: ignore[method-assign, assignment]  # in this process, which is for one send
        self.around(paramiko.SFTPClient, "putfo", lambda *_: "putfo")
        begin = store.begin  # type: ignore[attr-defined]  # the ledger's own, watched where it is used

        @contextlib.contextmanager
        def watched(engine: Any, *, write: bool) -> Iterator[Any]:
            with begin(engine, write=write) as connection:
                self._writing = write
                try:
                    yield connection
                    if write:
                        self("before a commit")
                finally:
                    self._writing = False
            if write:
                self("after a commit")

        store.begin = watched  # type: ignore[attr-defined]  # in this process, which is for one send


def run(job: Job, parent: Connection) -> None:
    """The process. Sends its number and waits for the word to begin; `Sent` is the last that it sends, as JSON."""
    with contextlib.suppress(OSError, AttributeError):  # so that strace may hold on to us though we are a cousin
        ctypes.CDLL(None).prctl(_SET_PTRACER, _ANYBODY, 0, 0, 0)
    steps = _Steps(job.fault, parent)
    sftp_protocol.DEFAULT_CHUNK = 512  # several WRITEs for a small file
    ssh_session.CONNECT_ATTEMPTS = 1  # a second try is told by the next send
    deliveries.SET_FILES, deliveries.HANDFUL = SET_FILES, HANDFUL
    parent.send(os.getpid())
    parent.recv()
    steps.watch()
    sent = Sent(steps=steps.passed)
    try:
        workspace = load_workspace(job.root)
        with Gateway.open(workspace, clock=CLOCK, environ=ENVIRON) as gateway:
            if job.host:
                locks = job.root / "state" / f"locks-{job.host}"
                gateway.locks = Locks(locks, gateway.ledger, shared=workspace.ledger_on_server)
            try:
                if job.sender == "receive":
                    sent.stopped = receive(gateway, workspace.partner("acme")).stopped
                else:
                    report = SENDERS[job.sender](gateway, workspace.partner("acme"))
                    sent.stopped = report.stopped
                    sent.uncertain = [file.filename for file in report.uncertain]
            except EdigateError as error:
                sent.stopped = f"{type(error).__name__}: {error}"
            with gateway.ledger.read() as tx:
                rows = tx.connection.exec_driver_sql("SELECT name, sha256 FROM inbound_file ORDER BY id")
                sent.fetched = [(row[0], row[1]) for row in rows]
                sent.files = [(file.filename, file.state, file.sha256, file.claims) for file in outbound_files(tx)]
                sent.ready = int(
                    tx.connection.exec_driver_sql("SELECT count(*) FROM claim WHERE state = 'ready'").scalar_one()
                )
    except (EdigateError, OSError) as error:  # the command line tells of either, with an exit code of its own
        sent.stopped = f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - told to the judge, who calls it a defect
        sent.crash = f"{type(error).__name__}: {error}"
    parent.send(msgspec.json.encode(sent))
