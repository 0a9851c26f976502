"""Partners for tests: a made-up clearinghouse with the server or folder it is given."""

from __future__ import annotations

from edigate.partners.model import Directory, Envelope, Partner, Receiver, Sftp, Submitter
from edigate.simulator.sftp_server import SftpServer

PASSWORD = "correct horse"
ENVIRON = {"EDIGATE_TEST_PASSWORD": PASSWORD}


def partner(*, sftp: Sftp | None = None, directory: Directory | None = None) -> Partner:
    return Partner(
        name="riverbend",
        envelope=Envelope(sender_id="SENDER", receiver_id="RIVERBEND"),
        submitter=Submitter(name="MEADOW CLINIC", id="SENDER"),
        receiver=Receiver(name="RIVERBEND CLEARING", id="RIVERBEND"),
        sftp=sftp,
        directory=directory,
    )


def settings(
    server: SftpServer,
    *,
    port: int = 0,
    host_keys: tuple[str, ...] = (),
    password_env: str = "EDIGATE_TEST_PASSWORD",  # noqa: S107 - the name of a variable
    key_file: str = "",
    timeout_seconds: float = 10,
) -> Sftp:
    """How to reach a simulator; by password unless told otherwise."""
    return Sftp(
        host=server.host,
        port=port or server.port,
        username=server.username,
        host_keys=host_keys or (server.host_key_line,),
        password_env=password_env,
        key_file=key_file,
        timeout_seconds=timeout_seconds,
    )
