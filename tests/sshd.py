"""A real OpenSSH server on loopback for tests: own configuration, own host key, login by key, SFTP only.

Runs as the current user, who is also who logs in. Knows nothing of claims. Where /usr/sbin/sshd is
missing `require_sshd` skips, or fails where EDIGATE_REQUIRE_REAL is set.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from edigate.partners.model import Sftp
from edigate.simulator.host_keys import new_key

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

# One line a setting, as sshd_config(5) has them. StrictModes would refuse keys below a shared /tmp.
CONFIG = """\
ListenAddress 127.0.0.1
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile {home}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers {user}
LogLevel VERBOSE
Subsystem sftp internal-sftp -d {root}
{extra}
"""


def require_sshd() -> str:
    """The server's path. Skips the test without one; fails it where every real part is required."""
    if SSHD is None:
        missing = "no sshd on this machine (Debian: apt-get install openssh-server)"
        if os.environ.get("EDIGATE_REQUIRE_REAL"):
            pytest.fail(missing)
        pytest.skip(missing)
    return SSHD


class Sshd:
    """Debian's sshd serving `root`, where logins land. A context manager.

    `home` takes its configuration, keys and log. `settings()` are what a partner's `[sftp]` says to
    reach it; `log` is what the server wrote. `extra` are more lines of configuration; past
    `max_file_bytes` a file can't grow, as on a full disk.
    """

    host = "127.0.0.1"

    def __init__(self, root: Path, home: Path, *, extra: str = "", max_file_bytes: int | None = None) -> None:
        self.root = root
        self.home = home
        self.username = getpass.getuser()
        self.port = 0
        private, self.host_key_line = new_key()
        self.key_file = home / "client_key"
        client_private, client_public = new_key()
        home.mkdir(parents=True, exist_ok=True)
        for name, content in {
            "host_key": private,
            "client_key": client_private,
            "authorized_keys": client_public + "\n",
            "sshd_config": CONFIG.format(home=home, user=self.username, root=root, extra=extra),
        }.items():
            (home / name).write_text(content)
            (home / name).chmod(0o600)
        self._max_file_bytes = max_file_bytes
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = require_sshd()
        if os.getuid() == 0:
            # Where root's sshd locks its unprivileged half away; the service's own start makes it.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        # Between finding a free port and taking it somebody else may: then another one.
        if not any(self._listens(program) for _ in range(3)):
            pytest.fail(f"sshd didn't start: {self.log}")

    def _listens(self, program: str) -> bool:
        self.port = _free_port()
        config, log = str(self.home / "sshd_config"), str(self.home / "log")
        self._process = subprocess.Popen(
            [program, "-D", "-f", config, "-E", log, "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            # Python ignores SIGXFSZ; so shall sshd, for a write past the bound to fail and not to kill.
            restore_signals=False,
        )
        if self._max_file_bytes is not None:  # inherited by the sessions
            bound = (self._max_file_bytes, self._max_file_bytes)
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, bound)
        deadline = time.monotonic() + 10
        while self._process.poll() is None and time.monotonic() < deadline:
            if f"port {self.port}" in self.log and _answers(self.host, self.port):
                return True
            time.sleep(0.01)
        self.stop()
        return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def kill_sessions(self) -> None:
        """End the connections that are open, as a crash of the server's machine would; go on listening."""
        if self._process is not None:
            for pid in _below(self._process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    @property
    def log(self) -> str:
        log = self.home / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def settings(self) -> Sftp:
        return Sftp(
            host=self.host,
            port=self.port,
            username=self.username,
            host_keys=(self.host_key_line,),
            key_file=str(self.key_file),
            timeout_seconds=10,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _below(pid: int) -> list[int]:
    """The processes that `pid` started, and those that they did."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    with contextlib.suppress(FileNotFoundError):
        found = [int(child) for child in children.read_text().split()]
        return [*found, *(further for child in found for further in _below(child))]
    return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), 1):
            return True
    except OSError:
        return False
