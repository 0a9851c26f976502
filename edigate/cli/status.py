"""`edigate status`: where every claim and every dollar stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigate.cli.cut_offs import shown
from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.money import from_cents

if TYPE_CHECKING:
    from edigate.ledger.worklists import RefusedEncounter


@click.command()
@click.option("--partner", metavar="NAME", help="Only this partner's claims.")
@click.option("--refused", is_flag=True, help="List the encounters refused, with row, column and reason.")
@json_option
@pass_invocation
def command(invocation: Invocation, partner: str | None, refused: bool, as_json: bool) -> int:
    """Where every claim and every dollar stands, and what to look at first.

    Exit code 1 where something waits for a person, so that a script can ask.

    \b
    Examples:
      edigate status
      edigate status --refused
    """
    from edigate.cli.glance_tables import show_attention, show_glance
    from edigate.cli.last_runs import show_last_runs
    from edigate.gateway.fees import load_terms
    from edigate.gateway.judged_before import attention_now
    from edigate.gateway.opening import Gateway
    from edigate.gateway.watching import read_watch
    from edigate.ledger.runs import last_runs
    from edigate.ledger.worklists import refused_encounters
    from edigate.partners.schedule import next_cut_off
    from edigate.reports.glance import glance

    workspace = invocation.workspace
    if partner:
        workspace.partner(partner)  # a misspelt one shows nothing, which would look like all is well
    with Gateway.open(workspace) as gateway, gateway.ledger.read() as tx:
        if refused:
            trying = [p.name for p in workspace.partners() if p.usage == "test"]
            encounters = [one for one in refused_encounters(tx, trying=trying) if partner in (None, one.partner)]
            emit(encounters, as_json=as_json, human=lambda: _tell_refused(encounters))
            return NEEDS_PERSON if encounters else OK
        seen = glance(tx, partner)
        meant = [p for p in workspace.partners() if partner in (None, p.name)]
        waiting = attention_now(gateway, tx, load_terms(workspace), only={p.name for p in meant})
        nights = last_runs(tx, limit=1, command="nightly")
        ended = read_watch(workspace.state).steps
        steps = {key: end for key, end in ended.items() if partner is None or end.partner in ("", partner)}
        cut_offs = {p.name: at for p in meant if (at := next_cut_off(p.schedule, gateway.clock()))}

    def human() -> None:
        show_last_runs(nights, steps)
        show_glance(seen)
        show_attention(waiting)
        for name, at in sorted(cut_offs.items(), key=lambda one: one[1]):
            say(f"Next cut-off of {name}: {shown(at)}")

    last = {"night": nights[0] if nights else None, "steps": list(steps.values())}
    emit({"glance": seen, "attention": waiting, "cut_offs": cut_offs, "last": last}, as_json=as_json, human=human)
    return NEEDS_PERSON if any(one.urgent for one in waiting) else OK


def _tell_refused(encounters: list[RefusedEncounter]) -> None:
    if not encounters:
        say("No encounter is refused.")
        return
    rows: list[list[object]] = []
    for one in encounters:
        here = f"{one.file} rows {one.first_row}-{one.last_row}"
        told = [("; ".join(map(str, finding.sources)) or here, finding.message) for finding in one.findings]
        for where, why in told or [(here, "")]:
            rows.append([one.encounter_key, from_cents(one.charge_cents), where, why])
    table(["encounter", "charge", "where", "why"], rows, title=f"{len(encounters)} encounters refused")
