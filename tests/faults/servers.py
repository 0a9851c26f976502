"""The receivers of a campaign, and their journals: the simulator's server by its policy, and Debian's sshd.

sshd serves with OpenSSH's own sftp-server, whose log of each session (`-e -l INFO`: open, close with the bytes
written, rename, and every status that isn't OK) is the journal. Neither is told what the sender believes.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from edigate.simulator.policies import policies
from edigate.simulator.sftp_server import TEMPORARY_SUFFIXES, SftpServer
from tests.faults.cases import Case, Fault
from tests.faults.sender_process import PASSWORD
from tests.sshd import Sshd

SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")
_LINES = re.compile(r'(rename old|forced close|close|sent status)\b(?: "([^"]*)")?(?: new "([^"]*)"| bytes .*)?')


class Receiver(Protocol):
    """A server that runs."""

    port: int

    @property
    def sftp(self) -> str:
        """The partner's table of that name but for the port."""

    def arrivals(self) -> list[bytes]:
        """The content of each file each time that it came to be under a final name, in order, once it is stopped."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Simulated(SftpServer):
    """The simulator's server, with a policy. `misbehave` is for one send."""

    def __init__(self, root: Path, case: Case, host_key: str) -> None:
        self._received: list[bytes] = []
        self._usual = policies()[case.server]
        super().__init__(
            root,
            username="practice",
            password=PASSWORD,
            host_key=host_key,
            policy=self._usual,
            on_received=lambda place: self._received.append(place.read_bytes()),
        )

    @property
    def sftp(self) -> str:
        return (
            f'host = "127.0.0.1"\nusername = "practice"\npassword_env = "CAMPAIGN_PASSWORD"\n'
            f'host_keys = ["{self.host_key_line}"]\n'
        )

    def misbehave(self, fault: Fault) -> None:
        self.policy = msgspec.structs.replace(self._usual, **dict(fault.request))

    def arrivals(self) -> list[bytes]:
        if self.errors:
            raise self.errors[0]
        return list(self._received)


class Openssh(Sshd):
    """Debian's sshd, with a journal a session."""

    def __init__(self, root: Path, home: Path) -> None:
        journal = home / "journal"
        journal.mkdir(parents=True)
        wrapper = home / "sftp-server"
        wrapper.write_text(f'#!/bin/sh\nexec {SFTP_SERVER} -e -l INFO -d "{root}" 2>"{journal}/$(date +%s%N).$$"\n')
        wrapper.chmod(0o755)
        super().__init__(root, home)
        config = home / "sshd_config"
        served = f"Subsystem sftp internal-sftp -d {root}"
        assert served in config.read_text()
        config.write_text(config.read_text().replace(served, f"Subsystem sftp {wrapper}"))
        self._journal = journal

    @property
    def sftp(self) -> str:
        said = self.settings()
        return (
            f'host = "127.0.0.1"\nusername = "{said.username}"\nkey_file = "{said.key_file}"\n'
            f'host_keys = ["{said.host_keys[0]}"]\n'
        )

    def arrivals(self) -> list[bytes]:
        names = [name for one in sorted(self._journal.iterdir()) for name in _came(one.read_text(errors="replace"))]
        return [(self.root / "inbound" / name.rpartition("/")[2]).read_bytes() for name in names]


def _came(journal: str) -> list[str]:
    """The paths that a session brought under a final name, by sftp-server's log."""
    came: list[str] = []
    last = ""
    for line in journal.splitlines():
        found = _LINES.match(line.strip())
        if found is None:
            continue
        what, old, new = found.groups()
        if what == "sent status":
            if last and came and came[-1] == last:
                came.pop()  # the rename that it answers was refused
            last = ""
        elif what == "rename old" and old.endswith(TEMPORARY_SUFFIXES) and not new.endswith(TEMPORARY_SUFFIXES):
            came.append(new)
            last = new
        else:
            last = ""
            if what == "close" and not old.endswith(TEMPORARY_SUFFIXES) and "written 0" not in line:
                came.append(old)
    return came
