"""Exports as a job: rows as they are read, and how far an export of what changed has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import msgspec

from edigate.gateway.fees import load_terms
from edigate.gateway.opening import Gateway
from edigate.ledger.exports import Span, mark_of, set_mark
from edigate.logs import get_logger
from edigate.reports.csv_rows import csv_lines
from edigate.reports.export import Table

log = get_logger(__name__)

_JSON = msgspec.json.Encoder(decimal_format="string")


def begin_export(gateway: Gateway, name: str, *, since: date | None, changed: bool) -> Span:
    """What an export of a name takes: from a day on, and with `changed` since its last finished run, until now."""
    begins = datetime.combine(since, time(), UTC) if since is not None else None
    if not changed:
        return Span(since=begins)
    with gateway.ledger.write() as tx:
        before = mark_of(tx, name)
        begins = max((one for one in (begins, before) if one is not None), default=None)
        return Span(since=begins, until=tx.at)


def end_export(gateway: Gateway, name: str, span: Span, *, changed: bool) -> None:
    """Everything was written: the next export of what changed begins where this one ended."""
    if changed and span.until is not None:
        with gateway.ledger.write() as tx:
            set_mark(tx, name, span.until)


class Export:
    """One run of an export. Iterate `lines`; `finish` once all of them are safely where they belong.

    With `changed`, rows are those since the last finished run of the same table, each once: the ledger's one
    writer is waited for when the run begins, so that nothing written before can show up later. An export that
    broke off isn't finished, and its rows come again.
    """

    def __init__(self, gateway: Gateway, table: Table, *, since: date | None = None, changed: bool = False) -> None:
        self._gateway = gateway
        self._table = table
        self._changed = changed
        self.rows = 0
        self._span = begin_export(gateway, table.name, since=since, changed=changed)

    def lines(self, form: str) -> Iterator[str]:
        """The rows as `csv` with a header, or as `jsonl`, without line ends."""
        with self._gateway.ledger.read() as tx:
            rows = self._counted(self._table.rows(tx, load_terms(self._gateway.workspace), self._span))
            if form == "csv":
                yield from csv_lines(self._table.columns, rows)
                return
            for row in rows:
                yield _JSON.encode(dict(zip(self._table.columns, row, strict=True))).decode()

    def finish(self) -> None:
        """Everything was written: the next export of what changed begins here."""
        end_export(self._gateway, self._table.name, self._span, changed=self._changed)
        log.info("exported", rows=self.rows)

    def _counted(self, rows: Iterator[list[object]]) -> Iterator[list[object]]:
        for row in rows:
            self.rows += 1
            yield row
