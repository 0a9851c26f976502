"""A real PostgreSQL server for tests, started by the test run on a socket of its own: no network, no password.

Runs as `postgres` (or `nobody`) where the tests run as root, whom it refuses. Where its programs are missing
`require_postgres` skips, or fails where EDIGATE_REQUIRE_REAL is set.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

_FOLDERS = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
POSTGRES = shutil.which("postgres", path=os.pathsep.join(_FOLDERS))
# A test's database needn't outlive the machine; all that is tested holds without.
_SETTINGS = [
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"),
    *("listen_addresses=", "max_connections=60"),
]


def require_postgres() -> Path:
    """The folder of the server's programs. Skips the test without; fails it where every real part is required."""
    if POSTGRES is None:
        missing = "no PostgreSQL on this machine (Debian: apt-get install postgresql)"
        if os.environ.get("EDIGATE_REQUIRE_REAL"):
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(POSTGRES).resolve().parent


class Postgres:
    """A server with databases for the asking. A context manager that stops it and leaves nothing."""

    def __init__(self) -> None:
        self._programs = require_postgres()
        self._home = Path(tempfile.mkdtemp(prefix="edigate-pg-"))  # short: a socket's path has 107 bytes at most
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            user = _somebody()
            os.chown(self._home, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://edigate@/{database}?host={self._home}"

    def database(self, template: str = "template1") -> str:
        """The name of a new database, a copy of another."""
        name = f"test_{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement outside any transaction, as whoever looks after the server would."""
        import psycopg  # not needed where the test skips

        with psycopg.connect(f"host={self._home} user=edigate dbname={database}", autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def __enter__(self) -> Self:
        data = self._home / "data"
        made = subprocess.run(
            [self._programs / "initdb", "-D", data, "-U", "edigate", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            capture_output=True,
            check=False,
            cwd=self._home,
            **self._as,
        )
        if made.returncode:
            pytest.fail(f"initdb failed: {made.stderr.decode()[-2000:]}")
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", data, "-k", self._home, *settings],
                stdout=log,
                stderr=log,
                cwd=self._home,
                **self._as,
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            ready = subprocess.run([self._programs / "pg_isready", "-q", "-h", self._home], check=False)
            if ready.returncode == 0:
                return self
            time.sleep(0.05)
        self.__exit__(None, None, None)
        pytest.fail("PostgreSQL didn't start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast: whoever is connected is sent away
            self._process.wait(30)
        shutil.rmtree(self._home, ignore_errors=True)


def _somebody() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody")
