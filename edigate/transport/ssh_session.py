"""From a host name to a channel that speaks SFTP: connect, check the host key, log in. Knows no files.

The order is the point: nothing of ours is sent before the server has proved, with a pinned key,
that it is who we think. Only what comes before the login is ever tried again.
"""

from __future__ import annotations

import contextlib
import logging
import math
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import stamina

from edigate.errors import (
    HostKeyError,
    LoginRefusedError,
    PartnerError,
    PartnerUnreachableError,
    RemoteRefusedError,
)
from edigate.partners.model import Sftp
from edigate.transport.base import printable
from edigate.transport.credentials import Credentials
from edigate.transport.host_keys import SIGNATURES, HostKey, signature_algorithms
from edigate.transport.line import Line

if TYPE_CHECKING:
    import paramiko  # type: ignore[import-untyped]  # paramiko ships no types

# Authenticated encryption first, and it is several times faster than paramiko's default of CTR with
# a MAC apart. Whatever paramiko would still add (CBC, 3DES, MD5, SHA-1) is left out.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)

CONNECT_ATTEMPTS = 3
_RECEIVE = 256 * 1024
# What the server may send before we have looked at it; in packets larger than paramiko's 32 KiB.
_WINDOW, _PACKET = 8 * 1024 * 1024, 128 * 1024


class DroppedEarlyError(PartnerUnreachableError):
    """The connection was refused or dropped before the login: the one failure worth a second try at once."""


class SshSession:
    """A logged-in connection with one channel, as the `Wire` of an SFTP client."""

    def __init__(
        self, line: Line, transport: paramiko.Transport, channel: paramiko.Channel, peer: str, timeout: float
    ) -> None:
        self._line = line
        self._transport = transport
        self._channel = channel
        self._peer = peer
        self._timeout = timeout
        self._file_is_late = False

    @contextlib.contextmanager
    def limit(self, until: float = math.inf) -> Iterator[None]:
        left = until - time.monotonic()
        self._file_is_late = left < self._timeout
        with self._line.limit(min(left, self._timeout)):
            yield

    def send(self, content: bytes, until: float = math.inf) -> None:
        import paramiko  # noqa: PLC0415 - heavy, and long since imported where there is a session

        with self.limit(until):
            try:
                self._channel.sendall(content)
            # Which of them depends on whether this thread or paramiko's met the end first.
            except (OSError, EOFError, paramiko.SSHException):
                raise self._ended() from None

    def receive(self) -> bytes:
        piece: bytes = self._channel.recv(_RECEIVE)
        if not piece:
            raise self._ended()
        return piece

    def _ended(self) -> PartnerUnreachableError:
        if not self._line.expired:
            return PartnerUnreachableError(
                f"{self._peer} ended the connection.",
                hint="What was under way may or may not have taken effect there; the next run finds out.",
            )
        if self._file_is_late:
            return PartnerUnreachableError(
                f"{self._peer} answers, but one file took longer than it may.",
                hint="Try again later; raise sftp.file_deadline_minutes if files are large or this server slow.",
            )
        return timed_out(self._peer, "answering a request", self._timeout)

    def close(self) -> None:
        # A goodbye that can't be said in time is not worth an error: all that mattered was confirmed.
        with contextlib.suppress(Exception), self._line.limit(min(self._timeout, 5)):
            self._channel.close()
        self._transport.close()
        self._line.close()


def open_session(settings: Sftp, pinned: tuple[HostKey, ...], credentials: Credentials) -> SshSession:
    """Connect and log in. Raises PartnerUnreachableError, HostKeyError, LoginRefusedError, PartnerError."""
    peer = f"{settings.host}:{settings.port}"
    for attempt in stamina.retry_context(
        on=DroppedEarlyError, attempts=CONNECT_ATTEMPTS, timeout=settings.timeout_seconds, wait_initial=0.2
    ):
        with attempt:
            line, transport = _greet(settings, signature_algorithms(pinned))
    try:
        _check_host_key(_remote_key(transport), pinned, peer)
        _log_in(line, transport, settings, credentials, peer)
        channel = _open_channel(line, transport, settings, peer)
    except BaseException:
        transport.close()
        line.close()
        raise
    return SshSession(line, transport, channel, peer, settings.timeout_seconds)


def offered_host_key(settings: Sftp, algorithms: tuple[str, ...] = ()) -> HostKey:
    """The key a server shows, whichever it is, or the one for these signature algorithms; nothing of ours is sent,
    and nothing is trusted."""
    line, transport = _greet(settings, algorithms or tuple(name for names in SIGNATURES.values() for name in names))
    try:
        return _remote_key(transport)
    finally:
        transport.close()
        line.close()


def timed_out(peer: str, step: str, seconds: float) -> PartnerUnreachableError:
    """A step took longer than the partner's timeout."""
    return PartnerUnreachableError(
        f"{peer} took more than {seconds:g} s at {step}.",
        hint="Try again later; raise sftp.timeout_seconds if this server is always slow.",
    )


def _greet(settings: Sftp, host_key_algorithms: tuple[str, ...]) -> tuple[Line, paramiko.Transport]:
    """A connection with encryption agreed and the server's key proved (not yet compared)."""
    import paramiko  # noqa: PLC0415 - heavy: only who talks to a server pays for it

    peer, seconds = f"{settings.host}:{settings.port}", settings.timeout_seconds
    line = Line(_connect(settings, peer))
    transport = paramiko.Transport(line)
    _silence(transport)
    # The line's clock ends every step; paramiko's own must not end it earlier, or in another way.
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds + 60
    transport.channel_timeout = transport.clear_to_send_timeout = seconds + 60
    options = transport.get_security_options()
    options.ciphers = tuple(name for name in CIPHERS if name in options.ciphers)
    options.digests = tuple(name for name in MACS if name in options.digests)
    options.key_types = host_key_algorithms
    try:
        with line.limit(seconds):
            transport.start_client()
    except (paramiko.SSHException, EOFError, OSError) as error:
        _give_up(line, transport)
        if line.expired:
            raise timed_out(peer, "agreeing on encryption", seconds) from None
        if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
            raise _incompatible(error, settings, host_key_algorithms, peer) from None
        raise DroppedEarlyError(
            f"{peer} ended the connection before the login ({printable(str(error)) or 'no reason given'}).",
            hint="Is this an SFTP server? It may also be too busy, or not let this address in.",
        ) from None
    except BaseException:
        _give_up(line, transport)
        raise
    return line, transport


def _connect(settings: Sftp, peer: str) -> socket.socket:
    try:
        return socket.create_connection((settings.host, settings.port), settings.timeout_seconds)
    except TimeoutError:
        raise timed_out(peer, "connecting", settings.timeout_seconds) from None
    except (socket.gaierror, UnicodeError):
        raise PartnerUnreachableError(
            f"The name {settings.host} can't be resolved.", hint="Check sftp.host and this machine's network."
        ) from None
    except OSError as error:
        raise DroppedEarlyError(
            f"{peer} can't be reached: {error.strerror or error}.",
            hint="Check sftp.host, sftp.port and this machine's network and firewall.",
        ) from None


def _give_up(line: Line, transport: paramiko.Transport) -> None:
    transport.close()
    line.close()
    # paramiko's handshake timer is a thread of its own that would hold up our exit until it rings.
    transport.packetizer.complete_handshake()


def _incompatible(error: Exception, settings: Sftp, asked: tuple[str, ...], peer: str) -> HostKeyError | PartnerError:
    """No algorithm in common. Of which sort, a second look at the server tells: has it another host key?"""
    everything = tuple(name for names in SIGNATURES.values() for name in names)
    if set(asked) != set(everything):
        with contextlib.suppress(PartnerError):
            return _unknown_key(offered_host_key(settings), peer, f"only {', '.join(asked)} is pinned")
    return PartnerError(
        f"{peer} and edigate have no algorithm in common ({printable(str(error))}).",
        hint="The server is too old or too strict; ask the partner which algorithms it takes.",
    )


def _remote_key(transport: paramiko.Transport) -> HostKey:
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.asbytes())


def _check_host_key(offered: HostKey, pinned: tuple[HostKey, ...], peer: str) -> None:
    if offered not in pinned:
        raise _unknown_key(offered, peer, "pinned are " + ", ".join(key.fingerprint for key in pinned))


def _unknown_key(offered: HostKey, peer: str, pinned: str) -> HostKeyError:
    return HostKeyError(
        f"{peer} offers the host key {offered.fingerprint}, but {pinned}. No login was tried.",
        hint="Somebody may be in between, or the partner changed its key: ask the partner for the "
        "fingerprint by another way, then change sftp.host_keys.",
    )


def _log_in(line: Line, transport: paramiko.Transport, settings: Sftp, credentials: Credentials, peer: str) -> None:
    """One attempt. A second factor is given only where the server took the first and asks for it."""
    import paramiko  # noqa: PLC0415 - heavy

    who = f"{settings.username} at {peer}"
    try:
        with line.limit(settings.timeout_seconds):
            if credentials.key is not None:
                wanted = transport.auth_publickey(settings.username, credentials.key)
                if wanted and credentials.password is not None:
                    wanted = transport.auth_password(settings.username, credentials.password)
            else:
                wanted = transport.auth_password(settings.username, credentials.password)
    except paramiko.BadAuthenticationType as error:
        allowed = printable(", ".join(map(str, error.allowed_types)))
        raise LoginRefusedError(
            f"The login of {who} was refused: the server takes {allowed or 'nothing we offer'}.",
            hint="Set sftp.key_file for publickey, sftp.password_env for password.",
        ) from None
    except (paramiko.SSHException, EOFError, OSError):
        if line.expired:
            raise timed_out(peer, "the login", settings.timeout_seconds) from None
        # Also where the server just hangs up: many do that to a wrong password, and a try too many
        # locks the account. Better a person too early than a nightly retry too often.
        raise LoginRefusedError(
            f"The login of {who} was refused.",
            hint="Check sftp.username and the key or password with the partner. It isn't tried again: "
            "repeated attempts lock accounts.",
        ) from None
    if wanted:
        raise LoginRefusedError(
            f"The login of {who} was taken as a first step; the server also wants "
            f"{printable(', '.join(map(str, wanted)))}.",
            hint="Set both sftp.key_file and sftp.password_env where the server asks for both.",
        )


def _open_channel(line: Line, transport: paramiko.Transport, settings: Sftp, peer: str) -> paramiko.Channel:
    import paramiko  # noqa: PLC0415 - heavy

    try:
        with line.limit(settings.timeout_seconds):
            channel = transport.open_session(window_size=_WINDOW, max_packet_size=_PACKET)
            channel.invoke_subsystem("sftp")
    except (paramiko.SSHException, EOFError, OSError):
        if line.expired:
            raise timed_out(peer, "opening SFTP", settings.timeout_seconds) from None
        if not transport.is_active():
            raise PartnerUnreachableError(f"{peer} ended the connection after the login.") from None
        raise RemoteRefusedError(
            f"{peer} took the login of {settings.username} but offers it no SFTP.",
            hint="Ask the partner to enable SFTP for this account.",
        ) from None
    return channel


def _silence(transport: paramiko.Transport) -> None:
    """paramiko's log names users and files: into a channel of its own that leads nowhere."""
    logger = logging.getLogger("edigate.transport.paramiko")
    logger.propagate = False
    logger.disabled = True
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    transport.set_log_channel(logger.name)
