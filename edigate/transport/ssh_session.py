"""From a partner's settings to a channel that speaks SFTP: connect, check the host key, log in. Knows no files.

The order is the point: nothing of ours is sent before the server has proved, with a pinned key,
that it is who we think. That holds for a jump host as for the server behind it. Only what comes before a
login is ever tried again.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import math
import time
from collections.abc import Callable, Iterator

import paramiko  # type: ignore[import-untyped]  # paramiko ships no types
import stamina

from edigate.errors import HostKeyError, PartnerError, PartnerUnreachableError, RemoteRefusedError
from edigate.partners.model import Sftp, SshServer
from edigate.transport.algorithms import Transport
from edigate.transport.base import printable
from edigate.transport.host_keys import SIGNATURES, HostKey, signature_algorithms
from edigate.transport.line import Line, timed_out
from edigate.transport.login import Account, log_in
from edigate.transport.ways import DroppedEarlyError, straight, through_program

CONNECT_ATTEMPTS = 3
_RECEIVE = 256 * 1024
# What the server may send before we have looked at it; in packets larger than paramiko's 32 KiB.
_WINDOW, _PACKET = 8 * 1024 * 1024, 128 * 1024
_ANY_HOST_KEY = tuple(name for names in SIGNATURES.values() for name in names)

_SENT = 32 * 1024  # the largest packet that OpenSSH takes

Way = Callable[[], Line]


class SshSession:
    """A logged-in connection with one channel, as the `Wire` of an SFTP client."""

    def __init__(
        self,
        line: Line,
        channel: paramiko.Channel,
        *,
        peer: str,
        timeout: float,
        hang_up: Callable[[], None],
    ) -> None:
        self._line = line
        self._channel = channel
        self._peer = peer
        self._timeout = timeout
        self._hang_up = hang_up
        self._file_is_late = False

    @contextlib.contextmanager
    def limit(self, until: float = math.inf) -> Iterator[None]:
        left = until - time.monotonic()
        self._file_is_late = left < self._timeout
        with self._line.limit(min(left, self._timeout)):
            yield

    def send(self, content: bytes, until: float = math.inf) -> None:
        with self.limit(until):
            try:
                # Not `sendall`, which copies all that is left again for each packet.
                left = memoryview(content)
                while left:
                    sent = self._channel.send(bytes(left[:_SENT]))
                    if not sent:
                        raise EOFError("the channel was closed meanwhile")
                    left = left[sent:]
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
        self._hang_up()


def open_session(settings: Sftp, account: Account, jump: Account | None = None) -> SshSession:
    """Connect and log in, to the jump host first where there is one.

    Raises PartnerUnreachableError, HostKeyError, LoginRefusedError, PartnerError; ConfigError for a proxy command
    that can't be started.
    """
    with contextlib.ExitStack() as undo:
        way = _way(settings, jump, undo)
        line, transport = _logged_in(way, account, settings.timeout_seconds, undo)
        channel = _open_channel(line, transport, settings, account.peer)
        hang_up = undo.pop_all().close
    return SshSession(line, channel, peer=account.peer, timeout=settings.timeout_seconds, hang_up=hang_up)


def offered_host_key(settings: Sftp, algorithms: tuple[str, ...] = (), way: Way | None = None) -> HostKey:
    """The key a server shows, whichever it is, or the one for these signature algorithms; nothing of ours is sent
    to it, and nothing is trusted. `way` where it isn't reached straight. Raises PartnerUnreachableError,
    HostKeyError for one that keeps none of these, PartnerError."""
    straightly = functools.partial(straight, settings, settings.timeout_seconds)
    return _offered(way or straightly, settings, settings.timeout_seconds, algorithms or _ANY_HOST_KEY)


@contextlib.contextmanager
def way_to(settings: Sftp, jump: Account | None = None) -> Iterator[Way]:
    """How to get a connection to a server, as often as is wanted: one login at the jump host is for all of them.

    Raises as `open_session` does for the jump host.
    """
    with contextlib.ExitStack() as undo:
        yield _way(settings, jump, undo)


def _offered(way: Way, server: SshServer, seconds: float, algorithms: tuple[str, ...] = _ANY_HOST_KEY) -> HostKey:
    line, transport = _greet(way, server, algorithms, seconds)
    try:
        return _remote_key(transport)
    finally:
        _give_up(line, transport)


def _way(settings: Sftp, jump: Account | None, undo: contextlib.ExitStack) -> Way:
    """How to get a connection to the server; each call makes a new one."""
    seconds = settings.timeout_seconds
    if settings.proxy_command:
        return lambda: through_program(settings.proxy_command, settings)
    if jump is None:
        return lambda: straight(settings, seconds)
    server, table = jump.server, jump.table
    beneath, transport = _logged_in(lambda: straight(server, seconds, table), jump, seconds, undo)
    return lambda: _beyond(settings, beneath, transport, jump)


def _beyond(settings: Sftp, beneath: Line, transport: paramiko.Transport, jump: Account) -> Line:
    """A line from the jump host to the server: a channel of its session."""
    peer = f"{settings.host}:{settings.port}"
    try:
        with beneath.limit(settings.timeout_seconds):
            channel = transport.open_channel(
                "direct-tcpip", (settings.host, settings.port), ("127.0.0.1", 0), window_size=_WINDOW
            )
    except (paramiko.SSHException, EOFError, OSError):
        if beneath.expired:
            raise timed_out(jump.peer, f"connecting to {peer}", settings.timeout_seconds) from None
        raise PartnerUnreachableError(
            f"The jump host {jump.peer} can't connect to {peer}, or doesn't let us.",
            hint="Check sftp.host and sftp.port, and ask who runs the jump host whether it forwards there.",
        ) from None
    return Line(channel, beneath=beneath)


def _logged_in(
    way: Way, account: Account, seconds: float, undo: contextlib.ExitStack
) -> tuple[Line, paramiko.Transport]:
    for attempt in stamina.retry_context(
        on=DroppedEarlyError, attempts=CONNECT_ATTEMPTS, timeout=seconds, wait_initial=0.2
    ):
        with attempt:
            line, transport = _greet(way, account.server, signature_algorithms(account.pinned), seconds)
    undo.callback(_give_up, line, transport)
    _check_host_key(_remote_key(transport), account)
    log_in(line, transport, account, seconds)
    return line, transport


def _greet(way: Way, server: SshServer, host_key_algorithms: tuple[str, ...], seconds: float) -> tuple[Line, Transport]:
    """A connection with encryption agreed and the server's key proved (not yet compared)."""
    peer = f"{server.host}:{server.port}"
    line = way()
    transport = Transport(line, host_key_algorithms=host_key_algorithms, allowed=server.allow_algorithms)
    _silence(transport)
    # The line's clock ends every step; paramiko's own must not end it earlier, or in another way.
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds + 60
    transport.channel_timeout = transport.clear_to_send_timeout = seconds + 60
    try:
        with line.limit(seconds):
            transport.start_client()
    except (paramiko.SSHException, EOFError, OSError) as error:
        _give_up(line, transport)
        if line.expired:
            raise timed_out(peer, "agreeing on encryption", seconds) from None
        if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
            if set(host_key_algorithms) != set(_ANY_HOST_KEY):
                raise _incompatible(way, server, host_key_algorithms, transport.lacking(peer), seconds) from None
            raise transport.lacking(peer) from None
        raise DroppedEarlyError(
            f"{peer} ended the connection before the login ({printable(str(error)) or 'no reason given'}).",
            hint="Is this an SFTP server? It may also be too busy, or not let this address in.",
        ) from None
    except BaseException:
        _give_up(line, transport)
        raise
    return line, transport


def _incompatible(
    way: Way, server: SshServer, asked: tuple[str, ...], lacking: PartnerError, seconds: float
) -> PartnerError:
    """Nothing in common, or only another host key than the pinned kind? A second look at the server tells."""
    try:
        offered = _offered(way, server, seconds)
    except PartnerError:
        return lacking
    return _unknown_key(offered, f"{server.host}:{server.port}", f"only {', '.join(asked)} is pinned")


def _give_up(line: Line, transport: paramiko.Transport) -> None:
    transport.close()
    line.close()
    # paramiko's handshake timer is a thread of its own that would hold up our exit until it rings.
    transport.packetizer.complete_handshake()


def _remote_key(transport: paramiko.Transport) -> HostKey:
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.asbytes())


def _check_host_key(offered: HostKey, account: Account) -> None:
    if offered not in account.pinned:
        pinned = ", ".join(key.fingerprint for key in account.pinned)
        raise _unknown_key(offered, account.peer, f"pinned are {pinned}")


def _unknown_key(offered: HostKey, peer: str, pinned: str) -> HostKeyError:
    return HostKeyError(
        f"{peer} offers the host key {offered.fingerprint}, but {pinned}. No login was tried.",
        hint="Somebody may be in between, or the partner changed its key: ask the partner for the "
        "fingerprint by another way, then change sftp.host_keys.",
    )


def _open_channel(line: Line, transport: paramiko.Transport, settings: Sftp, peer: str) -> paramiko.Channel:
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
