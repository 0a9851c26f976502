"""Which commands the audit trail must have: those that show patients or change anything. One table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from edigate.ledger.states import AuditKind


class Audited(NamedTuple):
    """What a command does, as the trail calls it, and what it does where one of these options is given."""

    kind: AuditKind | None
    options: Mapping[str, AuditKind] = MappingProxyType({})


_READ, _CHANGE = Audited("read"), Audited("change")

AUDITED: dict[str, Audited] = {
    "archive export": _READ,
    "archive get": _READ,
    "archive seal": _CHANGE,
    "audit list": _READ,
    "backup": _READ,
    "convert": _CHANGE,
    "deposits import": _CHANGE,
    "deposits list": _READ,
    "deposits match": _CHANGE,
    "export": _READ,
    "hold add": _CHANGE,
    "hold list": _READ,
    "hold remove": _CHANGE,
    "mapping explain": _READ,
    "match": Audited("read", dict.fromkeys(("claim", "dismiss", "forget"), "change")),
    "nightly": _CHANGE,
    "plb": _READ,
    "post": Audited("change", {"review": "read"}),
    "purge": Audited(None, {"number": "change"}),
    "receive": _CHANGE,
    "reconcile": _CHANGE,
    "resolve": _CHANGE,
    "restore": _CHANGE,
    "secondary": _CHANGE,
    "send": _CHANGE,
    "show claim": _READ,
    "show file": _READ,
    "show payment": _READ,
    "status": Audited(None, {"refused": "read"}),
    "work": Audited("read", dict.fromkeys(("assign", "note", "done", "reopen"), "change")),
}

UNHEARD = {
    "archive verify": "reads hashes",
    "audit anchor": "reads hashes",
    "audit verify": "reads hashes",
    "db check": "reads hashes and sums",
    "db vacuum": "the ledger's form, not what it holds",
    "db upgrade": "the ledger's form, not what it holds",
    "demo": "made-up patients in a workspace of its own",
    "metrics": "counts and times",
}
"""Commands that open a ledger and aren't in the trail, and why."""


def audited(context: click.Context, run_id: str) -> AbstractContextManager[None]:
    """While a command runs, who opens a ledger writes it into its trail."""
    path = " ".join(context.command_path.split()[1:])
    entry = AUDITED.get(path)
    if entry is None:
        return nullcontext()
    given = {
        name: value
        for name, value in context.params.items()
        if value is not None and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    kind = next((entry.options[name] for name in given if name in entry.options), entry.kind)
    if kind is None:
        return nullcontext()
    from edigate.gateway.acting import acting

    arguments = [one.name for one in context.command.params if isinstance(one, click.Argument)]
    subject = " ".join(_words(given[name]) for name in arguments if name in given)
    return acting(kind, path, subject, {name: given[name] for name in given if name not in arguments}, run_id)


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
