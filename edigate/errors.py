"""Exceptions: what stops a command. Anything wrong with data is a finding (`findings.py`) instead.

EdigateError                     whose fault      exit code (sysexits.h)
├── UsageError                   operator         64  a flag or an argument
├── DataError                    operator         65  a file that can't be used as what it was given as
├── NoInputError                 operator         66  a file that isn't there or can't be read
├── InternalError                ours             70  a promise of our own code broken
├── StorageError                 operator         74  disk full, archive damaged
│   ├── SealedError              operator         74  an archived file is sealed, and no key for it is here
│   └── PurgedError              operator         66  a file that the rules of retention let go
├── ConfigError                  operator         78  edigate.toml, a partner's or a mapping's file
├── LedgerError                  ours             70
│   └── LedgerBusyError          ours  Transient  75  another run holds the ledger
└── PartnerError                 partner          69
    ├── LoginRefusedError        partner          77  never retried: retries lock accounts
    ├── HostKeyError             partner          77  never retried: somebody may be in between
    ├── RemoteRefusedError       partner          69  the server said no to one operation
    │   └── StillGrowingError    partner          69  a file gave more than it was listed with
    └── PartnerUnreachableError  partner Transient 75 no connection, timeout, connection lost

`Transient` is a mixin: trying again later can help. A message names no patient; it may be logged.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Fault = Literal["ours", "partner", "operator"]


class Transient:
    """Mixin: the same command may succeed later without anybody changing anything."""


class EdigateError(Exception):
    """Root of all exceptions edigate raises on purpose.

    `message` says what is wrong and where, `hint` what to do; neither may name a patient.
    """

    fault: ClassVar[Fault] = "ours"
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(EdigateError):
    """A flag or an argument that can't be meant."""

    fault = "operator"
    exit_code = 64


class DataError(EdigateError):
    """A file that can't be used as what it was given as, as a whole."""

    fault = "operator"
    exit_code = 65


class NoInputError(EdigateError):
    """A file that isn't there or can't be read."""

    fault = "operator"
    exit_code = 66


class InternalError(EdigateError):
    """A promise of our own code is broken: stop before it costs money."""


class StorageError(EdigateError):
    """The disk is full, or something we stored isn't what we stored."""

    fault = "operator"
    exit_code = 74


class PurgedError(StorageError):
    """A file isn't in the archive any more because it was purged; the message says when and by which rule."""

    exit_code = 66


class SealedError(StorageError):
    """An archived file is sealed to keys of which none is here: whole, but not for this user to read."""


class ConfigError(EdigateError):
    """A setting is missing, misspelt or impossible. The message names the file and the key."""

    fault = "operator"
    exit_code = 78


class LedgerError(EdigateError):
    """The ledger refused: a constraint, a version, a transition that must not happen."""


class LedgerBusyError(LedgerError, Transient):
    """Another run holds the ledger."""

    exit_code = 75


class PartnerError(EdigateError):
    """The other side did something we can't go on with."""

    fault = "partner"
    exit_code = 69


class LoginRefusedError(PartnerError):
    """The server refused our login. Never retried: retries lock accounts."""

    exit_code = 77


class HostKeyError(PartnerError):
    """The server's key isn't the pinned one. Never retried: somebody may be in between."""

    exit_code = 77


class RemoteRefusedError(PartnerError):
    """The server answered one operation with a failure status."""


class StillGrowingError(RemoteRefusedError):
    """A file gave more than it was listed with: somebody is still writing it."""


class PartnerUnreachableError(PartnerError, Transient):
    """No connection, a timeout, or the connection was lost."""

    exit_code = 75
