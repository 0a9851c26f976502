"""Logging in, once: a key, a password, or one after the other where the server wants both. Never a second try.

Many servers lock an account after a few wrong logins, so whatever is refused is left to a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import paramiko  # type: ignore[import-untyped]  # paramiko ships no types

from edigate.errors import LoginRefusedError
from edigate.partners.model import SshServer
from edigate.transport.algorithms import signing_key
from edigate.transport.base import printable
from edigate.transport.credentials import Credentials
from edigate.transport.host_keys import HostKey
from edigate.transport.line import Line, timed_out


class Account(msgspec.Struct, frozen=True):
    """A server as we know it: its settings, its pinned keys, what we log in with; `table` names the settings."""

    server: SshServer
    pinned: tuple[HostKey, ...]
    credentials: Credentials
    table: str = "sftp"

    @property
    def peer(self) -> str:
        return f"{self.server.host}:{self.server.port}"


class _Dialogue:
    """Keyboard-interactive: one prompt is answered with the password, once. Called from paramiko's thread."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._given = False
        self.asked = ""  # what was asked beyond that

    def __call__(self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str]:
        del title, instructions
        if not prompts:  # some say a word of welcome in this way
            return []
        if len(prompts) > 1 or self._given:
            self.asked = printable(", ".join(text.strip() for text, _ in prompts))
            raise paramiko.SSHException("more is asked than a password")  # hangs up: nothing wrong is answered
        self._given = True
        return [self._password]


def log_in(line: Line, transport: paramiko.Transport, account: Account, seconds: float) -> None:
    """One attempt. A second factor is given only where the server took the first and asks for it.

    Raises LoginRefusedError, PartnerUnreachableError.
    """
    who, table = f"{account.server.username} at {account.peer}", account.table
    secret = account.credentials.password
    password = secret.reveal() if secret is not None else None
    dialogue = _Dialogue(password or "")
    try:
        with line.limit(seconds):
            if account.credentials.key is not None:
                key = signing_key(account.credentials.key, account.server.allow_algorithms)
                wanted = transport.auth_publickey(account.server.username, key)
                if wanted and password is not None:
                    wanted = _give_password(transport, account.server.username, password, dialogue, wanted)
            else:
                wanted = _give_password(transport, account.server.username, password or "", dialogue, ())
    except paramiko.BadAuthenticationType as error:
        allowed = printable(", ".join(map(str, error.allowed_types)))
        raise LoginRefusedError(
            f"The login of {who} was refused: the server takes {allowed or 'nothing we offer'}.",
            hint=f"Set {table}.key_file or {table}.agent for publickey, {table}.password_env for password.",
        ) from None
    except (paramiko.SSHException, EOFError, OSError):
        if line.expired:
            raise timed_out(account.peer, "the login", seconds) from None
        if dialogue.asked:
            raise LoginRefusedError(
                f"The login of {who} was given up: the server asks for more than a password ({dialogue.asked}).",
                hint="Nobody is there to answer that each night: ask the partner for a login by key.",
            ) from None
        # Also where the server just hangs up: many do that to a wrong password, and a try too many
        # locks the account. Better a person too early than a nightly retry too often.
        raise LoginRefusedError(
            f"The login of {who} was refused.",
            hint=f"Check {table}.username and the key or password with the partner. It isn't tried again: "
            "repeated attempts lock accounts.",
        ) from None
    if wanted:
        raise LoginRefusedError(
            f"The login of {who} was taken as a first step; the server also wants "
            f"{printable(', '.join(map(str, wanted)))}.",
            hint=f"Set both {table}.key_file and {table}.password_env where the server asks for both.",
        )


def _give_password(
    transport: paramiko.Transport, username: str, password: str, dialogue: _Dialogue, wanted: Sequence[str]
) -> Sequence[str]:
    """The password by itself, or in a dialogue where the server takes it in no other way; what it still wants."""
    left: Sequence[str]
    if "keyboard-interactive" not in wanted or "password" in wanted:
        try:
            left = transport.auth_password(username, password, fallback=False)
        except paramiko.BadAuthenticationType as error:
            # It hasn't looked at the password: this is no second try of it.
            if "keyboard-interactive" not in error.allowed_types:
                raise
        else:
            return left
    left = transport.auth_interactive(username, dialogue)
    return left
