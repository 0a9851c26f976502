"""`edigate nightly`: all of it in order, for the timer and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.cut_offs import sent_for
from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, note, say, step, table

if TYPE_CHECKING:
    from edigate.gateway.nightly import NightReport


@click.command()
@json_option
@pass_invocation
def command(invocation: Invocation, as_json: bool) -> int:
    """All of it in order: convert, send, receive, post, reconcile. One summary, one exit code.

    Converts what the [[intake]] entries of edigate.toml find. One partner's trouble doesn't stop the
    others. Exit code 0: all well; 1: something needs a person; 75: the same command may succeed later.

    \b
    Example:
      edigate nightly --workspace claims
    """
    from edigate.gateway.nightly import nightly
    from edigate.gateway.opening import Gateway

    with Gateway.open(invocation.workspace) as gateway:
        report = nightly(gateway, tell=step, warn=note)
    emit(report, as_json=as_json, human=lambda: _tell(report))
    return report.exit_code


def _tell(report: NightReport) -> None:
    from edigate.cli.glance_tables import show_attention, show_glance

    sent = [file for one in report.sent for file in one.files if file.state == "sent"]
    gone = report.purged
    table(
        ["step", "what was done"],
        [
            ["convert", _conversion(report)],
            ["send", f"{len(sent)} files with {sum(file.claims for file in sent)} claims"],
            ["receive", f"{sum(len(one.files) for one in report.received)} files"],
            ["post", _posting(report)],
            *([["purge", f"{gone.files} files, the persons of {gone.claims} claims"]] if gone is not None else []),
        ],
    )
    for trouble in report.troubles:
        say(f"{trouble.step} {trouble.about}: {trouble.message}")
    told = [(one.partner, why) for one in report.sent for why in (*sent_for(one), one.stopped, one.waiting)]
    told += [(one.partner, one.stopped) for one in report.received]
    for partner, why in dict.fromkeys(told):  # a partner that is down stops both, for the same reason
        if why:
            say(f"{partner}: {why}")
    say()
    if report.glance is not None:
        show_glance(report.glance)
    show_attention(report.attention)


def _conversion(report: NightReport) -> str:
    new = [one for one in report.converted if not one.already]
    made, refused = sum(one.claims_made for one in new), sum(one.refused for one in new)
    return f"{len(new)} new files, {made} claims made, {refused} encounters refused"


def _posting(report: NightReport) -> str:
    done = [posted for posted in report.posted.files if posted.file.state == "posted"]
    payments = sum(posted.outcome.payments for posted in done)
    return f"{len(done)} files, {payments} payments, {len(report.posted.held)} held"
