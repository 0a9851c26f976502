"""`edigate partner`: which partners there are, beginning one, trusting its server, checking it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from edigate.cli.cut_offs import shown
from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say, step, table
from edigate.errors import UsageError

if TYPE_CHECKING:
    from edigate.gateway.partner_check import CheckReport
    from edigate.gateway.partner_files import Added
    from edigate.gateway.partner_list import Listed, ListedPack
    from edigate.gateway.partner_trust import TrustReport


@click.group()
def command() -> None:
    """Partners: list, add from a pack, trust their servers, check them.

    \b
    Examples:
      edigate partner list
      edigate partner add stedi-test --pack stedi
      edigate partner trust stedi-test
      edigate partner check stedi-test
    """


@command.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """The workspace's partners with their next cut-off, and the packs to begin one from.

    \b
    Example:
      edigate partner list
    """
    from edigate.gateway.opening import system_clock
    from edigate.gateway.partner_list import known_packs, partners_of

    partners, packs = partners_of(invocation.workspace, system_clock()), known_packs()
    emit({"partners": partners, "packs": packs}, as_json=as_json, human=lambda: _tell_list(partners, packs))


@command.command()
@click.argument("name")
@click.option("--pack", required=True, metavar="PACK", help="What is known of them: see `edigate partner list`.")
@click.option("--set", "values", multiple=True, metavar="KEY=VALUE", help="Fill a setting in; as often as needed.")
@json_option
@pass_invocation
def add(invocation: Invocation, name: str, pack: str, values: Sequence[str], as_json: bool) -> int:
    """Begin partners/NAME.toml from a pack; nothing that is there is written over.

    What the pack can't know says FILL IN and is listed. Exit code 1 while something waits to be filled in.

    \b
    Example:
      edigate partner add stedi-test --pack stedi --set envelope.sender_id=931234567
    """
    from edigate.gateway.partner_files import add_partner

    added = add_partner(invocation.root, name, pack, _values(values))
    emit(added, as_json=as_json, human=lambda: _tell_added(added))
    return NEEDS_PERSON if added.left or added.trouble else OK


@command.command()
@click.argument("name")
@click.option("--yes", "vouched", multiple=True, metavar="SHA256:...", help="Keep the key with this fingerprint.")
@click.option("--keep-old", is_flag=True, help="Keep pinned keys that the server doesn't show now, too.")
@click.option("--jump", is_flag=True, help="The jump host's keys, not those of the server behind it.")
@json_option
@pass_invocation
def trust(
    invocation: Invocation, name: str, vouched: Sequence[str], keep_old: bool, jump: bool, as_json: bool
) -> int:
    """Show the host keys of a partner's server, and keep those you vouch for in its settings.

    Compare the fingerprints with those the partner published or reads to you on the phone. No login is
    tried there; behind a jump host the server is asked by a login at that, whose keys --jump pins first. On a terminal
    you are asked; elsewhere --yes says which. Exit code 1 where nothing was kept and something is new.

    \b
    Example:
      edigate partner trust stedi-test --yes SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8
    """
    from edigate.gateway.partner_trust import keep, look

    report = look(invocation.root, name, environ=os.environ, jump=jump)
    stale = any(key.pinned and not key.offered for key in report.keys)
    if not as_json:
        _tell_keys(report)
    if not vouched and not as_json and report.new and sys.stdin.isatty() and _said_yes():
        vouched = [key.fingerprint.split()[-1] for key in report.new]
    if vouched:
        report = keep(report, vouched, old_too=keep_old)
    if as_json:
        emit(report, as_json=True, human=lambda: None)
    elif report.kept:
        say(f"partners/{report.path.name} now trusts {', '.join(report.kept)}.")
    elif report.new:
        say("Nothing was changed. Run it again with --yes and the fingerprint that the partner confirmed.")
    elif stale:
        say("The server shows a key that is pinned; others that are pinned it doesn't show.")
    else:
        say("All of them are pinned already.")
    return NEEDS_PERSON if report.new and not report.kept else OK


@command.command()
@click.argument("name", required=False)
@click.option("--write", is_flag=True, help="Make, rename and remove a small file in the send folder.")
@click.option("--pack", metavar="PACK", help="Rehearse this pack with --simulated.")
@click.option("--simulated", is_flag=True, help="Against a built-in server that behaves as the pack says.")
@json_option
@pass_invocation
def check(
    invocation: Invocation, name: str | None, write: bool, pack: str | None, simulated: bool, as_json: bool
) -> int:
    """Check a partner step by step: settings, secrets, server, host key, login, folders.

    Sends no claim. The exit code is that of the first step that failed: 78 settings, 75 no connection, 69 refused,
    77 host key or login. With --pack and --simulated a built-in server plays the pack: made-up claims go out and
    their answers come back, in a temporary workspace.

    \b
    Examples:
      edigate partner check stedi-test
      edigate partner check --pack availity --simulated
    """
    if simulated != (pack is not None) or (name is None) != simulated:
        raise UsageError("say a partner's NAME, or --pack PACK --simulated")
    if pack is not None:
        from edigate.gateway.partner_rehearsal import rehearse_in_temporary

        report = rehearse_in_temporary(pack, tell=step)
    else:
        from edigate.gateway.partner_check import check_partner

        assert name is not None  # noqa: S101  # said above
        report = check_partner(invocation.root, name, environ=os.environ, write=write, tell=step)
    emit(report, as_json=as_json, human=lambda: _tell_check(report))
    return report.exit_code


def _said_yes() -> bool:
    answer: str = click.prompt('Type "yes" to trust every key shown', default="no", err=True)
    return answer.strip().lower() == "yes"


def _values(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"--set {text!r}: expected KEY=VALUE, e.g. --set sftp.host=sftp.example.org")
        found[key.strip()] = value.strip()
    return found


def _tell_list(partners: list[Listed], packs: list[ListedPack]) -> None:
    if partners:
        rows = [
            [
                one.name,
                one.usage or "to be filled in",
                ", ".join(one.kinds),
                one.where or ", ".join(one.left),
                shown(one.next_cut_off) if one.next_cut_off else "",
            ]
            for one in partners
        ]
        table(["partner", "usage", "kinds", "where", "next cut-off"], rows)
    else:
        say("There is no partner yet.")
    say()
    table(["pack", "what", "kinds"], [[one.name, one.title, ", ".join(one.kinds)] for one in packs])
    say("\nBegin one: edigate partner add NAME --pack PACK")


def _tell_added(added: Added) -> None:
    say(f"{added.path} is begun from the pack {added.pack}.")
    if added.left:
        say("It isn't used until these are filled in:")
        table(["setting", "what belongs there"], [[one.key, one.message] for one in added.left])
    if added.trouble:
        say(f"It can't be used yet: {added.trouble}")
    elif not added.left:
        say(f"It is complete. Next: edigate partner check {added.name}")


def _tell_keys(report: TrustReport) -> None:
    say(f"{report.server} ({report.software}) shows:")
    words = {(True, True): "pinned", (True, False): "NEW", (False, True): "pinned, but no longer shown"}
    table(["host key", "which"], [[key.fingerprint, words[key.offered, key.pinned]] for key in report.keys])
    if report.changed:
        note("The key has CHANGED: the server shows none that is pinned. Ask the partner before you trust it.")


def _tell_check(report: CheckReport) -> None:
    table(["step", "how", "what"], [[one.name, one.outcome, one.told] for one in report.steps])
    for one in report.steps:
        if one.do and one.outcome in ("failed", "warning"):
            say(f"{one.name}:\n{one.do}" if "\n" in one.do else f"{one.name}: {one.do.strip()}")
    say("All is well." if report.ok else "Not all is well.")
