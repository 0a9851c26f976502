"""`edigate work`: what waits for a person, by money and deadline, and what that person does about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from edigate.cli.invocation import NEEDS_PERSON, OK, Invocation, pass_invocation
from edigate.cli.output import emit, json_option, say, table
from edigate.cli.streams import say_lines
from edigate.errors import UsageError
from edigate.money import ZERO, to_text

if TYPE_CHECKING:
    from edigate.ledger.states import ClaimState
    from edigate.reports.items import Item, List


@click.command()
@click.argument("what", nargs=-1, metavar="[LIST | ITEM...]")
@click.option("--assign", metavar="NAME", default="", help="Give the items to somebody.")
@click.option("--note", metavar="TEXT", default="", help="Write a note beside the items.")
@click.option("--done", is_flag=True, help="The items are done; they come back when their reason or amount changes.")
@click.option("--reopen", is_flag=True, help="The items are not done after all.")
@click.option("--mine", metavar="NAME", default="", help="Only what this person has.")
@click.option("--all", "with_done", is_flag=True, help="What is done, too.")
@click.option("--csv", "as_csv", is_flag=True, help="A line an item, for a spreadsheet.")
@json_option
@pass_invocation
def command(
    invocation: Invocation,
    what: tuple[str, ...],
    assign: str,
    note: str,
    done: bool,
    reopen: bool,
    mine: str,
    with_done: bool,
    as_csv: bool,
    as_json: bool,
) -> int:
    """What waits for a person: why, how much, until when, what is usually done.

    Lists: denials, rejections, underpaid, overdue, unmatched, unbalanced, deposits, refused; without one, all of them.
    What runs out within 14 days comes first, then the most money. Items are named as the list shows them
    (claim-12, answer-3, file-in-4, paid-5) and can be given to somebody, noted and done. Exit code 1
    where something is open.

    \b
    Examples:
      edigate work denials
      edigate work claim-12 claim-15 --assign Kim --note "called, fax the record"
      edigate work claim-12 --done
      edigate work --mine Kim --csv > kim.csv
    """
    from edigate.gateway.opening import Gateway
    from edigate.gateway.worklist import Acts, act, named, worklist
    from edigate.ledger.usage import tests

    if as_csv and as_json:
        raise UsageError("--csv and --json can't both be printed")
    if done and reopen:
        raise UsageError("--done and --reopen say opposite things")
    lists, references = _sorted_out(what)
    acts = Acts(assign=assign.strip(), note=note.strip(), done=done, reopen=reopen)
    if acts and not references:
        raise UsageError("--assign, --note, --done and --reopen need items", hint="edigate work claim-12 --done")
    with Gateway.open(invocation.workspace) as gateway:
        if acts:
            found = act(gateway, references, acts)
        elif references:
            found = named(gateway, references)
        else:
            found = worklist(gateway, lists=lists, assigned_to=mine, with_done=with_done)
        with gateway.ledger.read() as tx:
            in_test = tests(tx).states
    if as_csv:
        say_lines(_csv(found))
    else:
        emit(found, as_json=as_json, human=lambda: _tell(found, full=bool(references), in_test=in_test))
    return NEEDS_PERSON if any(not item.done for item in found) and not acts else OK


def _sorted_out(words: Sequence[str]) -> tuple[list[List], list[str]]:
    """Lists and items of what was named. Raises UsageError on what is neither."""
    from edigate.reports.items import LISTS

    lists = [one for one in LISTS if one in words]
    references = [word for word in words if word not in LISTS]
    for word in references:
        if not word.rpartition("-")[2].isdigit() or "-" not in word:
            raise UsageError(f"{word} is no list and no item", hint=f"Lists are {', '.join(LISTS)}; items claim-12 ...")
    if lists and references:
        raise UsageError("name lists or items, not both")
    return lists, references


def _csv(found: Sequence[Item]) -> Iterable[str]:
    from edigate.reports.csv_rows import csv_lines
    from edigate.reports.export import WORK

    return csv_lines(WORK.columns, map(WORK.row, found))


def _tell(found: Sequence[Item], *, full: bool, in_test: Mapping[ClaimState, int]) -> None:
    from edigate.cli.glance_tables import say_tests

    if full:
        for item in found:
            _tell_one(item)
        return
    table(
        ["item", "list", "amount", "until", "claim", "payer", "who", "why", "what to do"],
        [
            [
                item.reference,
                item.list,
                item.amount,
                item.deadline,
                item.patient_control_number,
                item.payer or item.partner,
                item.assigned_to,
                item.why,
                item.do,
            ]
            for item in found
        ],
    )
    say(f"{len(found):,} items, ${to_text(sum((item.amount for item in found), ZERO))}")
    say_tests(in_test)


def _tell_one(item: Item) -> None:
    say(f"{item.reference} ({item.list}{', done' if item.done else ''}): ${to_text(item.amount)}, {item.payer}")
    say(f"    {item.why}")
    say(f"    {item.do}")
    if item.deadline is not None:
        say(f"    until {item.deadline}: {item.deadline_words}")
    if item.assigned_to:
        say(f"    {item.assigned_to} has it")
    for note in item.notes:
        say(f"    {note}")
