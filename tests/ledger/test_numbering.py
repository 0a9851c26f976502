"""Control numbers: nobody gets the same twice, whoever asks at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edigate.errors import LedgerError
from edigate.ledger.numbering import allocate, continue_at, next_numbers
from edigate.ledger.store import Ledger


def test_sequences_start_at_one_and_are_each_partners_own(ledger: Ledger) -> None:
    with ledger.write() as tx:
        assert [allocate(tx, "isa13", "acme") for _ in range(3)] == [1, 2, 3]
        assert allocate(tx, "isa13", "other") == 1
        assert allocate(tx, "gs06", "acme") == 1
        assert allocate(tx, "line") == 1
        assert allocate(tx, "line", count=100) == 2
        assert allocate(tx, "line") == 102
    with ledger.read() as tx:
        assert next_numbers(tx, "acme") == {"gs06": 2, "isa13": 4}


def test_a_transaction_undone_gives_its_numbers_back(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.write() as tx:
        allocate(tx, "isa13", "acme")
        _ = 1 / 0
    with ledger.write() as tx:
        assert allocate(tx, "isa13", "acme") == 1


def test_nine_digits_end_the_sequence_instead_of_starting_over(ledger: Ledger) -> None:
    with ledger.write() as tx:
        continue_at(tx, "isa13", "acme", 999_999_998)
        assert allocate(tx, "isa13", "acme", count=2) == 999_999_998
    with pytest.raises(LedgerError, match="isa13 of acme has ended"), ledger.write() as tx:
        allocate(tx, "isa13", "acme")


def test_a_sequence_goes_on_higher_but_never_back(ledger: Ledger) -> None:
    with ledger.write() as tx:
        continue_at(tx, "isa13", "acme", 500)
        assert allocate(tx, "isa13", "acme") == 500
    with pytest.raises(LedgerError, match="already stands at 501"), ledger.write() as tx:
        continue_at(tx, "isa13", "acme", 500)


@pytest.mark.parametrize("count", [0, -3])
def test_no_numbers_can_not_be_taken(ledger: Ledger, count: int) -> None:
    with pytest.raises(LedgerError, match="can't be taken"), ledger.write() as tx:
        allocate(tx, "isa13", "acme", count=count)


TAKE = """
import sys
from edigate.ledger.numbering import allocate
from edigate.ledger.store import Ledger
ledger = Ledger.open(sys.argv[1])
sys.stdin.readline()
for n in range(60):
    with ledger.write() as tx:
        first, count = allocate(tx, "isa13", "acme", count=1 + n % 3), 1 + n % 3
    print(*range(first, first + count))
"""


def test_processes_at_once_never_get_the_same_number(ledger_at: str | Path) -> None:
    where = ledger_at if isinstance(ledger_at, str) else f"sqlite:///{ledger_at}"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, where],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    taken = [int(number) for racer in racers for number in racer.communicate(timeout=60)[0].split()]

    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert sorted(taken) == list(range(1, 3 * 120 + 1))
