"""`edigate demo`: the whole loop on this machine, nothing to set up."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say

if TYPE_CHECKING:
    from edigate.gateway.demo import DemoReport


@click.command()
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    default="demo",
    show_default=True,
    help="How the payers answer: demo, hard, or your own .toml file (docs/simulator.md).",
)
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Keep the workspace in DIR to look at.")
@json_option
@pass_invocation
def command(invocation: Invocation, scenario: str, keep: Path | None, as_json: bool) -> None:
    """Run the whole loop against a built-in clearinghouse: convert, send, receive, post, reconcile.

    It makes a workspace, starts an SFTP server on loopback with a clearinghouse and payers behind it,
    sends made-up encounters as claims, lets five weeks pass in a few seconds, and takes in what the bank
    shows of the payments. What it shows at the end is read from the ledger.

    \b
    Examples:
      edigate demo
      edigate demo --keep demo && edigate status --workspace demo
      edigate demo --scenario hard
    """
    from edigate import logs
    from edigate.gateway.demo import demo

    if invocation.log_level is None:  # its own lines tell what goes on; --log-level shows the logs too
        logs.configure(level="warning")
    with _workspace(keep) as root:
        report = demo(root, scenario, tell=note)
        emit(report, as_json=as_json, human=lambda: _tell(report, kept=keep is not None))


@contextlib.contextmanager
def _workspace(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="edigate-demo-") as folder:
        yield Path(folder) / "workspace"


def _tell(report: DemoReport, *, kept: bool) -> None:
    from edigate.cli.glance_tables import show_attention, show_glance
    from edigate.reports.deposit_words import in_a_line

    say()
    show_glance(report.glance)
    if report.deposits.sums.deposits:
        say()
        say(in_a_line(report.deposits))
    show_attention(report.attention)
    say()
    files = "claim file" if report.files_sent == 1 else "claim files"
    acknowledged = f" and {report.acknowledgments_sent} of them acknowledged" if report.acknowledgments_sent else ""
    say(
        f"{report.files_sent} {files} sent and {report.files_received} answers received over SFTP{acknowledged}, "
        f"{report.days} simulated days in {report.seconds:.1f} s."
    )
    if kept:
        say(f"The workspace is {report.workspace}. Try: edigate status --workspace {report.workspace}")
    else:
        say("Keep the workspace to look around in it: edigate demo --keep DIR")
