"""Answers that should have come by now, by what each partner is expected to give. Reads the ledger's clock.

Also files that may or may not have arrived: once their partner should have answered them, most likely they didn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from edigate.ledger.outbound import OutboundFile, outbound_files
from edigate.ledger.states import ClaimState
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import overdue_claims, overdue_files
from edigate.money import ZERO
from edigate.partners.model import Expectations, Partner
from edigate.reports.told import Attention, count, look, names, span, worth


class OfFiles(NamedTuple):
    """An answer to a whole file."""

    kind: str
    answer: Literal["ta1", "x999"]
    words: str
    hours: Callable[[Expectations], float]  # 0: never


class OfClaims(NamedTuple):
    """An answer to a claim: the states of claims that still wait for it."""

    kind: str
    states: tuple[ClaimState, ...]
    words: str
    hours: Callable[[Expectations], float]


FILES = (
    OfFiles("overdue_TA1", "ta1", "the receipt of the file (TA1)", lambda expect: expect.ta1_hours),
    OfFiles("overdue_999", "x999", "the check of the file's form (999)", lambda expect: expect.x999_hours),
)
CLAIMS = (
    OfClaims(
        "overdue_277CA",
        ("sent", "acknowledged"),
        "word whether the payer took them in (277CA)",
        lambda expect: expect.x277ca_hours,
    ),
    OfClaims("overdue_835", ("accepted",), "payment or denial (835)", lambda expect: expect.x835_days * 24),
)


def uncertain(tx: ReadTransaction, partners: Mapping[str, Partner]) -> Iterator[Attention]:
    """Files that may or may not have arrived; apart those that their partner should have answered by now."""
    for_long: list[OutboundFile] = []
    others: list[OutboundFile] = []
    for file in outbound_files(tx, states=("uncertain",)):
        hours = _first_answer(partners[file.partner].expect) if file.partner in partners else 0
        late = hours and tx.at - file.state_since > timedelta(hours=hours)
        (for_long if late else others).append(file)
    resolve = "then `edigate resolve`; an answer to it settles it by itself. Never send it by hand."
    for kind, files, silence, do in (
        ("uncertain", others, "", f"Look on the server or ask the partner, {resolve}"),
        (
            "uncertain_overdue",
            for_long,
            ", and no answer came in the time that answers take",
            f"Most likely nobody has these claims. Ask the partner today, {resolve}",
        ),
    ):
        if files:
            ids = tuple(file.id for file in files)
            yield Attention(
                kind=kind,
                count=len(files),
                amount=sum((worth(file.usage, file.charge_cents) for file in files), ZERO),
                what=f"{count(len(files), 'file')} with {count(sum(file.claims for file in files), 'claim')} may or "
                f"may not have arrived at {names(file.partner for file in files)}{silence}",
                do=do,
                ids=ids,
                look=look("file", ids, "out-"),
            )


def _first_answer(expect: Expectations) -> float:
    """Hours until the first of a partner's answers should be there; 0 where it gives none."""
    hours = (one.hours(expect) for one in (*FILES, *CLAIMS))
    return min((one for one in hours if one), default=0)


def overdue(tx: ReadTransaction, partner: Partner) -> Iterator[Attention]:
    """What a partner hasn't answered in time, an answer's kind each; in test as long as it is being tried out."""
    tests = partner.usage == "test"
    for of_file in FILES:
        hours = of_file.hours(partner.expect)
        if hours and (
            files := overdue_files(
                tx, partner=partner.name, answer=of_file.answer, sent_before=tx.at - timedelta(hours=hours), tests=tests
            )
        ):
            ids = tuple(file.id for file in files)
            yield Attention(
                kind=of_file.kind,
                count=len(files),
                amount=sum((worth(file.usage, file.charge_cents) for file in files), ZERO),
                what=f"{count(len(files), 'file')} with {count(sum(file.claims for file in files), 'claim')} went to "
                f"{partner.name} over {span(hours)} ago, and {of_file.words} hasn't come",
                do="Ask the partner whether the file arrived; don't send it again before they answer.",
                ids=ids,
                look=look("file", ids, "out-"),
            )
    for of_claim in CLAIMS:
        hours = of_claim.hours(partner.expect)
        if hours and (
            claims := overdue_claims(
                tx,
                partner=partner.name,
                states=of_claim.states,
                sent_before=tx.at - timedelta(hours=hours),
                tests=tests,
            )
        ):
            ids = tuple(one.claim_id for one in sorted(claims, key=lambda one: (-one.charge_cents, one.claim_id)))
            yield Attention(
                kind=of_claim.kind,
                count=len(claims),
                amount=sum((worth(one.usage, one.charge_cents) for one in claims), ZERO),
                what=f"{count(len(claims), 'claim')} went to {partner.name} over {span(hours)} ago, and "
                f"{of_claim.words} hasn't come",
                do="Ask for their status; a claim that nobody answers runs past timely filing.",
                ids=ids,
                look=look("claim", ids),
            )
