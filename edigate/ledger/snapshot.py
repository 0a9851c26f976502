"""A copy of the ledger as it was at one moment, made while others write to it, and put back. Knows no archive.

SQLite by its own backup, which copies pages until they are of one moment; PostgreSQL by its own `pg_dump` and
`pg_restore`, which must be on the machine.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from edigate.errors import LedgerError, StorageError
from edigate.ledger.engine import file_of, url_of
from edigate.secrecy import Secret

_PAGES = 1024  # copied before others may write again


def copy_ledger(where: str | Path, to: Path, *, password: Secret | None = None) -> None:
    """Copy the ledger into a new file. Raises LedgerError, StorageError; what is at `to` then is worthless."""
    url = url_of(where, password)
    source = file_of(url)
    if source is None:
        _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={to}")
        return
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy, pages=_PAGES, sleep=0.01)
            (sound,) = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise StorageError(f"the ledger can't be copied to {to}", hint="Is there room?") from error
    if sound != "ok":
        raise LedgerError("the ledger's copy is damaged, so the ledger is", hint="edigate db check")
    with to.open("rb") as stream:
        os.fsync(stream.fileno())


def put_back(copy: Path, where: str | Path, *, password: Secret | None = None) -> None:
    """Make the ledger of a copy; there must be none yet. Raises LedgerError, StorageError."""
    url = url_of(where, password)
    target = file_of(url)
    if target is None:
        _run("pg_restore", url, "--exit-on-error", "--no-owner", "--single-transaction", str(copy))
        return
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        with copy.open("rb") as source, os.fdopen(descriptor, "wb") as new:
            shutil.copyfileobj(source, new)
            new.flush()
            os.fsync(new.fileno())
    except OSError as error:
        raise StorageError(f"the ledger can't be put back to {target}: {error.strerror}") from error


def _run(program: str, url: URL, *arguments: str) -> None:
    """A program of PostgreSQL with the ledger's database. The password goes by the environment, not by arguments."""
    found = shutil.which(program)
    if found is None:
        raise StorageError(
            f"{program} isn't on this machine, and only it copies a ledger on PostgreSQL",
            hint="Install PostgreSQL's client programs, of the server's version or newer.",
        )
    environ = dict(os.environ)
    if url.password:
        environ["PGPASSWORD"] = str(url.password)
    host = url.host or url.query.get("host")  # a socket's folder stands in the query
    place = {"--host": host, "--port": url.port, "--username": url.username, "--dbname": url.database}
    options = [f"{name}={value}" for name, value in place.items() if value]
    command = [found, *options, *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, check=False, umask=0o077)  # noqa: S603 - found above
    if done.returncode:
        raise LedgerError(f"{program} ended with {done.returncode}", hint="Run it by hand to see what it says.")
