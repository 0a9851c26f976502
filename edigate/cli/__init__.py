"""The command line's frame: which commands there are, and how any of them ends. No logic of a command.

A command is a file `edigate/cli/NAME.py` with a click command (or group) called `command`. It is
imported when it is run, so `edigate --help` costs neither paramiko nor SQLAlchemy nor rich:

    @click.command(short_help="...")            # the table below holds the short help shown in the list
    @click.argument("files", nargs=-1)
    @json_option                                # edigate.cli.output: passes `as_json`
    @pass_invocation                            # edigate.cli.invocation: passes the Invocation first
    def command(invocation: Invocation, files: tuple[str, ...], as_json: bool) -> int | None:
        '''What it does, for a person.  An example at the end, after a `\\b`.'''
        report = gateway.send(invocation.workspace, ...)
        emit(report, as_json=as_json, human=lambda: ...)
        return NEEDS_PERSON if report.rejected else OK

What it returns is the exit code (None is 0). It raises EdigateError for what stops it and never catches
to print by itself. `--workspace` and `--log-level` are understood before and after the command's name.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click
from click.shell_completion import shell_complete

from edigate import __version__
from edigate.cli.endings import end_on_terminate, ending_of, silence_other_ways_out
from edigate.cli.invocation import Invocation, frame_options


class Entry(NamedTuple):
    """One command: the module it lives in, its line in the list, whether it runs inside a workspace."""

    module: str
    short_help: str
    in_workspace: bool = True


COMMANDS: dict[str, Entry] = {
    "init": Entry("edigate.cli.init", "Set up a workspace: settings, partners, mappings.", False),
    "demo": Entry("edigate.cli.demo", "Run the whole loop against a built-in clearinghouse.", False),
    "convert": Entry("edigate.cli.convert", "Turn coded encounters into claims, ready to send."),
    "send": Entry("edigate.cli.send", "Send the claims that are ready to their clearinghouses."),
    "receive": Entry("edigate.cli.receive", "Fetch what partners have for us, and archive it."),
    "post": Entry("edigate.cli.post", "Read what was received; post it to claims and accounts."),
    "reconcile": Entry("edigate.cli.reconcile", "Match claims with payments; list what needs a person."),
    "fees": Entry("edigate.cli.fees", "Fee tables: check a file, ask for a fee."),
    "deposits": Entry("edigate.cli.deposits", "Money in the bank: import, list, match with payments."),
    "match": Entry("edigate.cli.match", "What fits no claim: the likeliest ones, and your word whose it is."),
    "work": Entry("edigate.cli.work", "What waits for a person, by money and deadline."),
    "export": Entry("edigate.cli.export", "Payments, claims, adjustments, work as rows for other systems."),
    "secondary": Entry("edigate.cli.secondary", "Make the claims for the next payer, from what was posted."),
    "plb": Entry("edigate.cli.plb", "Provider adjustments as accounts: what payers carry, take back and owe."),
    "status": Entry("edigate.cli.status", "Where every claim and every dollar stands."),
    "resolve": Entry("edigate.cli.resolve", "Say what became of a file that may or may not have arrived."),
    "show": Entry("edigate.cli.show", "The story of one claim, file or payment."),
    "partner": Entry("edigate.cli.partner", "Partners: list, add from a pack, trust, check."),
    "metrics": Entry("edigate.cli.metrics", "The ledger in numbers, for Prometheus."),
    "doctor": Entry("edigate.cli.doctor", "Is everything fit to run tonight? Each line with what to do."),
    "secrets": Entry("edigate.cli.secrets", "Where passwords and keys are looked for, and who can read them."),
    "mapping": Entry("edigate.cli.mapping", "Mappings: list, begin, check, test, explain."),
    "validate": Entry("edigate.cli.validate", "Check X12 files against their implementation guides."),
    "view": Entry("edigate.cli.view", "Show an X12 file in words: loops, elements, codes.", False),
    "decode": Entry("edigate.cli.decode", "Turn X12 into JSON or a table.", False),
    "encode": Entry("edigate.cli.encode", "Turn the JSON of decode back into X12.", False),
    "acknowledge": Entry("edigate.cli.acknowledge", "Answer an X12 file with a TA1 and 999s.", False),
    "split": Entry("edigate.cli.split", "Split an X12 file into valid parts.", False),
    "deidentify": Entry("edigate.cli.deidentify", "Make X12 files and extracts over without anybody in them."),
    "support-bundle": Entry("edigate.cli.support_bundle", "Pack what helps support, without patients and secrets."),
    "guides": Entry("edigate.cli.guides", "List the implementation guides that are known.", False),
    "explain": Entry("edigate.cli.explain", "What a code means, and what to do about it."),
    "codes": Entry("edigate.cli.codes", "Code sets: list, check a code, import an edition."),
    "nightly": Entry("edigate.cli.nightly", "All of it in order: convert, send, receive, post, reconcile."),
    "archive": Entry("edigate.cli.archive", "Raw files as they left and came: get one, verify, export, seal."),
    "backup": Entry("edigate.cli.backup", "Copy ledger, archive and settings while everything runs."),
    "restore": Entry("edigate.cli.restore", "A workspace from a backup; nothing is sent twice for that."),
    "purge": Entry("edigate.cli.purge", "Let go of what [retention] gives no longer; looks first."),
    "hold": Entry("edigate.cli.hold", "Legal holds: what must be kept whatever its age."),
    "audit": Entry("edigate.cli.audit", "Who looked at what and changed what: list, verify, anchor."),
    "db": Entry("edigate.cli.db", "The ledger's own housekeeping: upgrade, check, vacuum."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is run and lists commands from the table alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: object = importlib.import_module(entry.module).command
        if not isinstance(command, click.Command):
            raise TypeError("a command's module must offer a click command called `command`")
        command.short_help = entry.short_help  # a shell that completes shows it, too
        return frame_options(command, in_workspace=entry.in_workspace)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in COMMANDS.items()])


_COMPLETE = "_EDIGATE_COMPLETE"
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=LazyGroup, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="edigate", message="%(prog)s %(version)s")
@click.pass_context
def group(ctx: click.Context) -> None:
    """EDI gateway for claims: coded encounters out as X12 837, acknowledgments and money back.

    Nothing is lost, nothing is sent twice, every cent is posted where it belongs.

    \b
    Try it:        edigate demo
    Start:         edigate init claims && cd claims
    Every night:   edigate nightly

    \b
    Exit codes: 0 all well, 1 something needs a person, 75 try again later,
    64 usage, 65 bad file, 66 no such file, 69 partner refused, 74 disk, 77 login, 78 settings.
    """
    ctx.ensure_object(Invocation)


frame_options(group, in_workspace=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the only place where an exception ends.

    `argv` are the arguments after the program's name. Where it is None they are the process's own, and
    the process is ours: threads and destructors are kept from printing too.
    """
    if argv is None:
        if asked := os.environ.get(_COMPLETE):  # a shell asks what may follow, or for its script
            return shell_complete(group, {}, "edigate", _COMPLETE, asked)
        silence_other_ways_out()
        end_on_terminate()
        os.umask(0o077)  # whatever a command creates is about patients
        # Records hold no cycles: looking for them among thousands of new ones takes longer than making these. A
        # thousand claims hold eighty thousand lists.
        gc.set_threshold(200_000, 20, 100)
    invocation = Invocation()
    try:
        result = run(argv, invocation)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001  # every ending has to pass here: none may print a patient
        return ending_of(error, debug=bool(os.environ.get("EDIGATE_DEBUG")))
    return result


def run(argv: Sequence[str] | None, invocation: Invocation) -> int:
    """Parse and invoke; exceptions pass through. What the command returns is the exit code.

    Not click's own `main`: it takes any broken pipe, also a partner's, for our output's and exits with 1.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    with group.make_context("edigate", args, obj=invocation) as context:
        result: Any = group.invoke(context)
    return result if isinstance(result, int) else 0
