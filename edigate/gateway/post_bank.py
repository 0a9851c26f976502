"""A bank's file among what was received: BAI2 and ACH files are deposits, wherever they come from. Knows no 835."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from edigate.bank.model import Format
from edigate.bank.read import read_statement
from edigate.gateway.deposits import take_statement, the_bank
from edigate.gateway.opening import Gateway
from edigate.gateway.posting import Outcome
from edigate.ledger.deposits import BANK_KIND
from edigate.ledger.inbound import InboundFile
from edigate.ledger.transaction import WriteTransaction


def post_bank_file(
    gateway: Gateway,
    tx: WriteTransaction,
    file: InboundFile,
    form: Format,
    opened: Callable[[], AbstractContextManager[BinaryIO]],
) -> Outcome:
    """Write its deposits down, or hold it. What they are payments of is matched when all is posted (`reconcile`)."""
    with opened() as stream:
        content = stream.read()
    name, settings = the_bank(gateway)
    taken = take_statement(tx, file, read_statement(content, file.name, settings), bank=name)
    return Outcome(kind=BANK_KIND[form], held=taken.reason if taken.state == "held" else "")
