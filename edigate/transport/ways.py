"""Ways to a server: straight, or through a program's input and output. Lines come out; no SSH is spoken here."""

from __future__ import annotations

import shlex
import socket
import subprocess

from edigate.errors import ConfigError, PartnerUnreachableError
from edigate.partners.model import SshServer
from edigate.transport.base import printable
from edigate.transport.line import Line, timed_out


class DroppedEarlyError(PartnerUnreachableError):
    """The connection was refused or dropped before the login: the one failure worth a second try at once."""


def straight(server: SshServer, seconds: float, table: str = "sftp") -> Line:
    """A TCP connection. Raises PartnerUnreachableError."""
    peer = f"{server.host}:{server.port}"
    try:
        return Line(socket.create_connection((server.host, server.port), seconds))
    except TimeoutError:
        raise timed_out(peer, "connecting", seconds) from None
    except (socket.gaierror, UnicodeError):
        raise PartnerUnreachableError(
            f"The name {server.host} can't be resolved.", hint=f"Check {table}.host and this machine's network."
        ) from None
    except OSError as error:
        raise DroppedEarlyError(
            f"{peer} can't be reached: {error.strerror or error}.",
            hint=f"Check {table}.host, {table}.port and this machine's network and firewall.",
        ) from None


def through_program(command: str, server: SshServer) -> Line:
    """A program that connects, as OpenSSH's ProxyCommand: its input and output are the line; no shell is between.

    `%h` and `%p` are the server's host and port, `%%` a percent sign. What it complains of isn't kept: it may
    name users. It ends with the line. Raises ConfigError where it can't be started.
    """
    try:
        words = [_filled(word, server) for word in shlex.split(command)]
    except ValueError:
        words = []
    if not words:
        raise ConfigError("sftp.proxy_command has a quotation mark without its partner, or is empty.")
    ours, its = socket.socketpair()
    try:
        program = subprocess.Popen(  # noqa: S603 - the operator's own words, and no shell
            words, stdin=its.fileno(), stdout=its.fileno(), stderr=subprocess.DEVNULL
        )
    except OSError as error:
        ours.close()
        raise ConfigError(f"sftp.proxy_command can't be started: {printable(words[0])}: {error.strerror}.") from None
    finally:
        its.close()

    def end() -> None:
        program.terminate()
        try:
            program.wait(2)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

    return Line(ours, when_closed=end)


def _filled(word: str, server: SshServer) -> str:
    parts = word.split("%%")
    return "%".join(part.replace("%h", server.host).replace("%p", str(server.port)) for part in parts)
