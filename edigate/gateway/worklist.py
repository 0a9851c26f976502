"""The worklists as a job: what is open, and what a person does about an item, kept in the ledger."""

from __future__ import annotations

from collections.abc import Container, Sequence

import msgspec

from edigate.errors import NoInputError
from edigate.gateway.fees import load_terms
from edigate.gateway.opening import Gateway
from edigate.ledger.states import WorkAct
from edigate.ledger.working import add_acts
from edigate.logs import get_logger
from edigate.reports.items import LISTS, Item, List, items

log = get_logger(__name__)


class Acts(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about some items at once; empty and False: nothing of that kind."""

    assign: str = ""
    note: str = ""
    done: bool = False
    reopen: bool = False

    def __bool__(self) -> bool:
        return bool(self.assign or self.note or self.done or self.reopen)


def named(gateway: Gateway, references: Sequence[str]) -> list[Item]:
    """Some items by their names, done or not. Raises NoInputError where one doesn't wait for anybody."""
    with gateway.ledger.read() as tx:
        found = [item for item in items(tx, load_terms(gateway.workspace)) if item.reference in references]
    _require(references, {item.reference for item in found})
    return found


def worklist(
    gateway: Gateway, *, lists: Sequence[List] = LISTS, assigned_to: str = "", with_done: bool = False
) -> list[Item]:
    """What is open in some lists (all where none is named), of everybody or of one person."""
    with gateway.ledger.read() as tx:
        found = items(tx, load_terms(gateway.workspace), lists=lists or LISTS)
    return [
        item
        for item in found
        if (with_done or not item.done) and (not assigned_to or item.assigned_to.casefold() == assigned_to.casefold())
    ]


def act(gateway: Gateway, references: Sequence[str], acts: Acts) -> list[Item]:
    """Write down what a person does about some items; the items as they stand then.

    Raises NoInputError where something named doesn't wait for anybody; then nothing is written.
    """
    terms = load_terms(gateway.workspace)
    with gateway.ledger.write() as tx:
        waiting: dict[str, list[Item]] = {}
        for item in items(tx, terms):
            waiting.setdefault(item.reference, []).append(item)
        _require(references, waiting)
        new: list[tuple[str, WorkAct, str, str]] = []
        for reference in dict.fromkeys(references):
            basis = waiting[reference][0].basis
            if acts.assign:
                new.append((reference, "assign", acts.assign, basis))
            if acts.note:
                new.append((reference, "note", acts.note, basis))
            if acts.done or acts.reopen:
                new.append((reference, "done" if acts.done else "reopen", "", basis))
        add_acts(tx, new)
        after = [item for item in items(tx, terms) if item.reference in references]
    log.info("worked", count=len(new))
    return after


def _require(references: Sequence[str], waiting: Container[str]) -> None:
    missing = [reference for reference in references if reference not in waiting]
    if missing:
        raise NoInputError(f"nothing waits under {', '.join(missing)}", hint="`edigate work` shows what does.")
