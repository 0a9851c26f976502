"""`edigate archive`: raw files as they left and came, byte for byte."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say
from edigate.cli.streams import force_option, output_option, refuse_force_alone, write_out

if TYPE_CHECKING:
    from edigate.gateway.opening import Gateway

identity_option = click.option(
    "--identity",
    metavar="FILE",
    help="Private key that opens what is sealed, as age's or SSH's; - is standard input (default: $EDIGATE_IDENTITY, "
    "then archive.identity_file).",
)


@click.group()
def command() -> None:
    """Raw files as they left and came, byte for byte, each under the hash of its content.

    Where archive.recipients names public keys, files are sealed to these when no job needs them any more.

    \b
    Examples:
      edigate archive get in-7 -o answer.835 --identity key.txt
      edigate archive verify
      edigate archive seal
      edigate archive export for-the-auditor --kind 835 --since 2026-01-01
    """


@command.command()
@click.argument("file")
@output_option
@force_option
@identity_option
@pass_invocation
def get(invocation: Invocation, file: str, output: Path | None, force: bool, identity: str | None) -> None:
    """Write one FILE out: by its id (in-7, out-12), its name at the partner's, or its SHA-256.

    Its hash is proved while it is read: what is damaged ends in an error, not in a file.

    \b
    Example:
      edigate archive get out-12 | edigate view -
    """
    from edigate.gateway.archived_files import content_of

    refuse_force_alone(output, force=force)
    with _opened(invocation, identity) as gateway:
        write_out(content_of(gateway, file), output, force=force)


@command.command()
@identity_option
@json_option
@pass_invocation
def verify(invocation: Invocation, identity: str | None, as_json: bool) -> int:
    """Read every file of the archive again and compare it with its hash. Changes nothing.

    Any change of a sealed file is found without a key, by its own hash; with one it is opened, and what is inside is
    compared as well. Exit code 0: all are what they were; 1: something is damaged or strange. `edigate db check` also
    asks whether anything is missing.

    \b
    Examples:
      edigate archive verify
      edigate archive verify --identity key.txt
    """
    from edigate.findings import Severity

    with _opened(invocation, identity) as gateway:
        findings = gateway.archive.verify()
        contents = list(gateway.archive)
        files, sealed = len(contents), sum(gateway.archive.is_sealed(one) for one in contents)
        opened = sealed if gateway.archive.has_keys() else 0

    def human() -> None:
        for one in findings:
            say(f"{one.code}: {one.file}: {one.message}")
        looked = "opened as well" if opened else "not opened, for no key is here (--identity)"
        say(f"{files:,} files were read again." + (f" {sealed:,} of them are sealed: {looked}." if sealed else ""))

    told = {"files": files, "sealed": sealed, "opened": opened, "findings": findings}
    emit(told, as_json=as_json, human=human)
    return NEEDS_PERSON if any(one.severity is Severity.ERROR for one in findings) else OK


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--partner", metavar="NAME", default="", help="Only this partner's.")
@click.option("--kind", metavar="KIND", default="", help="Only this kind: 837P, 999, 277CA, 835 ...")
@click.option("--since", type=click.DateTime(("%Y-%m-%d",)), metavar="DATE", help="Only from DATE (UTC) on.")
@identity_option
@json_option
@pass_invocation
def export(
    invocation: Invocation,
    folder: Path,
    partner: str,
    kind: str,
    since: datetime | None,
    identity: str | None,
    as_json: bool,
) -> None:
    """Write files sent and received into a new FOLDER, with files.jsonl, which says what each is.

    \b
    Example:
      edigate archive export for-the-auditor --kind 835 --since 2026-01-01
    """
    from edigate.gateway.archived_files import export as write

    if partner:
        invocation.workspace.partner(partner)  # a misspelt one would give an empty folder
    begin = since.replace(tzinfo=UTC) if since else None
    with _opened(invocation, identity) as gateway:
        written = write(gateway, folder, partner=partner, kind=kind, since=begin)
    emit(written, as_json=as_json, human=lambda: say(f"{folder}: {len(written):,} files, and files.jsonl about them"))


@command.command()
@click.option("--again", is_flag=True, help="Seal what is sealed anew, to the keys named now; needs --identity.")
@identity_option
@json_option
@pass_invocation
def seal(invocation: Invocation, again: bool, identity: str | None, as_json: bool) -> int:
    """Seal to archive.recipients whatever no job needs any more: then only who has a private key can read it.

    Every send, receive, post and night does the same at its end. What is held, uncertain or on its way stays plain, and
    for archive.plain_days what an answer is still awaited for.

    \b
    Examples:
      edigate archive seal
      edigate archive seal --again --identity old-key.txt
    """
    from edigate.errors import ConfigError
    from edigate.gateway.sealing import seal_again, seal_done

    if not invocation.workspace.recipients:
        hint = 'Make a key elsewhere (`age-keygen -o key.txt`), put its public one there: recipients = ["age1..."]'
        raise ConfigError("edigate.toml: archive.recipients names no key to seal to", hint=hint)
    with _opened(invocation, identity) as gateway:
        report = seal_again(gateway) if again else seal_done(gateway)

    def human() -> None:
        for trouble in report.troubles:
            say(trouble)
        if again:
            say(f"{report.sealed:,} files were sealed anew.")
        else:
            say(f"{report.sealed:,} files were sealed; {report.plain:,} stay plain, for they are still needed.")

    emit(report, as_json=as_json, human=human)
    return NEEDS_PERSON if report.troubles else OK


def _opened(invocation: Invocation, identity: str | None) -> Gateway:
    """The workspace, with the private key of `--identity`, which must be good whether it is needed or not."""
    from edigate.gateway.opening import IDENTITY, Gateway

    if identity is None:
        return Gateway.open(invocation.workspace)
    gateway = Gateway.open(invocation.workspace, environ={**os.environ, IDENTITY: identity})
    gateway.archive.has_keys()
    return gateway
