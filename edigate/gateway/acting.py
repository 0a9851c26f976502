"""Who is at work, and with which command: told by the command line, written into the audit trail by whoever opens a
ledger. Opens none."""

from __future__ import annotations

import os
import platform
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from edigate.ledger.audit import Act
from edigate.ledger.states import AuditKind


class Acting(msgspec.Struct):
    """A command under way. `told`: the ledgers whose trail has it already."""

    act: Act
    told: set[str] = msgspec.field(default_factory=set)


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """The command under way, None where none is that the trail must have."""
    return _current.get()


@contextmanager
def acting(kind: AuditKind, act: str, subject: str, detail: Mapping[str, object], run_id: str) -> Iterator[None]:
    """Within, what is done is done by the system's user with this command."""
    told = msgspec.json.encode(detail, enc_hook=str).decode() if detail else ""
    one = Act(who=user(), host=platform.node(), run_id=run_id, kind=kind, act=act, subject=subject, detail=told)
    token = _current.set(Acting(one))
    try:
        yield
    finally:
        _current.reset(token)


def user() -> str:
    """The user that the kernel knows, not one that an environment claims; behind root, whom sudo names.

    Everything that keeps who did it asks here: the audit trail, and a person's word about a deposit.
    """
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # no entry for this user, as in some containers
        name = f"uid {number}"
    behind = os.environ.get("SUDO_USER", "")
    return f"{name} (sudo by {behind})" if behind and number == 0 else name
