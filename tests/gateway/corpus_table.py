"""Every public answer posted: `python -m tests.gateway.corpus_table` prints by kind what is posted, held and why.

All files of a kind go into one fresh ledger, in the order of their names, as a practice would receive them. Several
of the corpus are the same example edited: those are the same money with another story, which the table shows as what
it is; `test_posting_corpus.py` posts each file by itself. `--files` names each file with its whole reason.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from edigate.config import load_workspace
from edigate.gateway.post import PostedFile, post
from edigate.ledger.queries import cash
from edigate.money import from_cents
from tests.conftest import CORPUS, PARTNER, SETTINGS
from tests.gateway.posting_books import opened, received

KINDS = ("TA1", "999", "277CA", "835", "broken")

# What a reason for holding is called.
REASONS = {
    r"line \d+ .* a difference of|its lines' charges add up|^claim .* a difference of": "a claim doesn't add up",
    r"^payment .* a difference of": "the payment isn't the sum of its claims",
    r"can't be read as": "a number or the money's day can't be read",
    r"no check or EFT number": "no trace number",
    r"doesn't say how much": "no amount",
    r"SE01 counts": "cut off or pieced together: SE01",
    r"its envelope is broken": "cut off or pieced together",
    r"was posted before": "the same money with another story",
}


class Kind(msgspec.Struct, kw_only=True):
    """What became of one kind's files. Cents are of the payments posted: BPR02, CLP04, PLB."""

    name: str
    files: list[tuple[str, PostedFile]]
    ends: Counter[str]
    payments: int
    received_cents: int
    paid_cents: int
    provider_adjustments_cents: int
    difference_cents: int


def told(one: PostedFile) -> str:
    """How a file ended, in the table's words; a reason that the table doesn't know in its own."""
    if one.file.state != "held":
        return one.file.state
    return next((words for pattern, words in REASONS.items() if re.search(pattern, one.file.reason)), one.file.reason)


def table(kinds: Sequence[str] = KINDS) -> Iterator[Kind]:
    """Post every file of each kind into a ledger of the kind's own."""
    for name in kinds:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "partners").mkdir()
            (root / "edigate.toml").write_text(SETTINGS)
            (root / "partners" / "acme.toml").write_text(PARTNER)
            with opened(load_workspace(root)) as gateway:
                paths = sorted((CORPUS / "corpus" / name).iterdir())
                for path in paths:
                    received(gateway, path.read_bytes(), name=path.name)
                posted = post(gateway).files
                with gateway.ledger.read() as tx:
                    where = cash(tx)
        yield Kind(
            name=name,
            files=[(one.file.name, one) for one in posted],
            ends=Counter(told(one) for one in posted),
            payments=where.payments,
            received_cents=where.received_cents,
            paid_cents=where.paid_on_claims_cents + where.paid_on_superseded_cents + where.paid_unmatched_cents,
            provider_adjustments_cents=where.provider_adjustments_cents,
            difference_cents=where.difference_cents,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=KINDS, help="folders of the corpus")
    parser.add_argument("--files", action="store_true", help="each file with its reason")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # figures alone
    if not CORPUS.is_dir():
        print("the corpus isn't here: it is no part of a public clone")
        return 1
    print("| kind | files | posted | held or kept, and why |\n| --- | --- | --- | --- |")
    for kind in table(options.kinds):
        others = [f"{number} {words}" for words, number in kind.ends.most_common() if words != "posted"]
        print(f"| {kind.name} | {len(kind.files)} | {kind.ends['posted']} | {'; '.join(others) or 'none'} |")
        if kind.payments:
            print(
                f"| | | | {kind.payments} payments of {from_cents(kind.received_cents):,}: claims "
                f"{from_cents(kind.paid_cents):,} less PLB {from_cents(kind.provider_adjustments_cents):,}; "
                f"a difference of {from_cents(kind.difference_cents)} |"
            )
        for name, one in kind.files if options.files else ():
            print(f"  {name}: {one.file.state} {one.file.reason}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
