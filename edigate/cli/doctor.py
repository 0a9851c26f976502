"""`edigate doctor`: is everything fit to run tonight?"""

from __future__ import annotations

import os

import click

from edigate.cli.invocation import Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, step, table


@click.command()
@click.option("--partner", metavar="NAME", default="", help="Only this partner.")
@click.option("--offline", is_flag=True, help="Call nobody: look at settings and secrets of partners alone.")
@json_option
@pass_invocation
def command(invocation: Invocation, partner: str, offline: bool, as_json: bool) -> int:
    """Examine everything before a night does: settings, rights, clock, disk, ledger, archive, each partner.

    Of a partner: its name, port, greeting, encryption, host key, login and folders. Nothing is sent, made or changed;
    each partner is logged in to once. Exit code 0 where nothing failed, else that of the first failure: 78
    settings, 74 disk or rights, 70 ledger, 75 no connection, 77 host key or login, 69 refused.

    \b
    Examples:
      edigate doctor
      edigate doctor --partner stedi-test
      edigate doctor --offline --json
    """
    from edigate.gateway.doctor import Examination, examine

    found: Examination = examine(invocation.root, environ=os.environ, partner=partner, offline=offline, tell=step)
    emit({"reports": found.reports, "exit_code": found.exit_code}, as_json=as_json, human=lambda: _tell(found))
    return found.exit_code


def _tell(found: object) -> None:
    from edigate.gateway.doctor import Examination

    assert isinstance(found, Examination)  # noqa: S101  # imported here, for --help must be quick
    rows = [
        [report.partner or "workspace", one.name, one.outcome, one.told]
        for report in found.reports
        for one in report.steps
    ]
    table(["about", "step", "how", "what"], rows)
    for report in found.reports:
        for one in report.steps:
            if one.do and one.outcome in ("failed", "warning"):
                say(f"{report.partner or 'workspace'}, {one.name}: {one.do.strip()}")
    say("All is well." if not found.exit_code else "Not all is well.")
