"""A key that an ssh-agent holds: found, and asked to sign. Never sees the private half.

Only on request (`agent = true`), and only one key is ever offered to a partner: an agent with many would have
us try one after another, and too many tries lock accounts.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
from paramiko.agent import AgentKey, AgentSSH  # type: ignore[import-untyped]  # as above

from edigate.errors import ConfigError
from edigate.transport.base import printable
from edigate.transport.host_keys import HostKey, parse_host_key

# Some agents ask a person (a hardware key to touch): long enough for that, and never for ever.
_PATIENCE = 60


class _Agent(AgentSSH):  # type: ignore[misc]  # paramiko ships no types
    """A connection to the agent of an environment that isn't necessarily this process's own."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__()
        self._connect(connected)


def agent_key(public: Path | None, *, where: str, environ: Mapping[str, str]) -> AgentKey:
    """The agent's key that `public` names (a public key's file, or one with it in `.pub` beside), or its only one.

    Raises ConfigError where there is no agent, where it hasn't that key, or where it would have to be guessed.
    """
    held = [key for key in _keys(environ.get("SSH_AUTH_SOCK", ""), where) if "-cert-" not in key.get_name()]
    if public is not None:
        wanted = _public(public, where)
        found = [key for key in held if key.asbytes() == wanted.blob]
        if not found:
            raise ConfigError(
                f"{where}: the agent doesn't hold {wanted.fingerprint}.", hint="Add it: ssh-add KEY; see: ssh-add -l"
            )
        return found[0]
    if len(held) != 1:
        shown = ", ".join(HostKey(key.get_name(), key.asbytes()).fingerprint for key in held)
        raise ConfigError(
            f"{where}: the agent holds {len(held)} keys{': ' + printable(shown) if shown else ''}.",
            hint="Set key_file to the public key of the one to use: trying each could lock the account."
            if held
            else "Add one: ssh-add KEY",
        )
    return held[0]


def _keys(path: str, where: str) -> tuple[AgentKey, ...]:
    if not path:
        raise ConfigError(f"{where}: SSH_AUTH_SOCK isn't set in the environment, so there is no agent to ask.")
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(_PATIENCE)
        connected.connect(path)
        keys: tuple[AgentKey, ...] = _Agent(connected).get_keys()
    except (OSError, paramiko.SSHException):
        connected.close()
        raise ConfigError(f"{where}: no agent answers at SSH_AUTH_SOCK.", hint="Is it still running?") from None
    return keys


def _public(path: Path, where: str) -> HostKey:
    """The public half: in the file itself, or in the one beside a private key."""
    for place in (path, Path(f"{path}.pub")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            content = place.read_text().strip()
            if not content.startswith("-----"):
                return parse_host_key(content, f"{where}: {place}")
    raise ConfigError(
        f"{where}: neither {path} nor {path}.pub holds a public key.", hint="ssh-add -L shows the agent's."
    )
