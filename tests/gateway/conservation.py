"""Nothing lost, nothing twice: thousands of simulated claims, answered in any order and again, held against the payers.

`python -m tests.gateway.conservation --claims 10000 --seed 1` makes the claims and sends them in real 837 files; the
simulated clearinghouse and its payers answer them with everything they know to do; all answers are posted in a random
order, many of them twice. Then the ledger's sums and every claim's state are compared with the payers' own book. In
the suite the same runs with a few hundred claims.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
import structlog

from edigate.claims.model import Claim, Payer
from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post_files
from edigate.ledger.accounts import balances
from edigate.ledger.answers import claims_by_control_number
from edigate.ledger.checks import breaches
from edigate.ledger.payments import payments
from edigate.ledger.queries import cash
from edigate.ledger.sums import payment_sums
from edigate.money import from_cents, to_cents, to_x12
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.decision import (
    Bundle,
    Carrier,
    Decision,
    Denial,
    Later,
    LineDenial,
    Movement,
    Recoding,
    Unbundle,
)
from edigate.simulator.delivery import Delivery
from edigate.simulator.envelope import AnswerFile
from edigate.simulator.rule import BatchRejection, Match, Rejection, Rule, SetError
from edigate.simulator.scenario import PayerForm, Scenario
from tests.conftest import PARTNER, SETTINGS
from tests.gateway.posting_books import Clock, dump, opened, sent
from tests.simulator.claim_files import CLINIC, WALK_IN, claim, line

# --- what payers do: the beginning of a claim's number says it

_CARRIER = Carrier(name="FAR SHORE SUPPLEMENT", id="FARSH")
_RULES = (
    Rule(name="copay", match=Match(prefix="CP"), pay=Decision(copay="15.00")),
    Rule(name="all the deductible's", match=Match(prefix="DD"), pay=Decision(deductible="9999.00")),
    Rule(
        name="coinsurance, sequestration and interest",
        match=Match(prefix="CI"),
        pay=Decision(coinsurance_percent=20, sequestration_percent=2, interest="3.17"),
    ),
    Rule(name="denied", match=Match(prefix="DN"), pay=Decision(deny=Denial(reason="50", remarks=("N115",)))),
    Rule(
        name="a line denied",
        match=Match(prefix="DL"),
        pay=Decision(deny_lines=(LineDenial(procedure="85025", reason="197"),)),
    ),
    Rule(name="capitation", match=Match(prefix="ZP"), pay=Decision(zero_pay=Denial(reason="24"))),
    Rule(
        name="recoded", match=Match(prefix="RC"), pay=Decision(recode=(Recoding(billed="99213", paid_as="99212"),))
    ),
    Rule(
        name="bundled",
        match=Match(prefix="BU"),
        pay=Decision(bundle=(Bundle(procedures=("80053", "85025"), into="80050"),)),
    ),
    Rule(
        name="unbundled",
        match=Match(prefix="UB"),
        pay=Decision(unbundle=(Unbundle(procedure="80053", into=("82040", "82310", "82435")),), copay="100.00"),
    ),
    Rule(name="forwarded", match=Match(prefix="FW"), pay=Decision(forward=_CARRIER)),
    Rule(name="split in one 835", match=Match(prefix="SA"), pay=Decision(split_days=0)),
    Rule(name="split over two", match=Match(prefix="SB"), pay=Decision(split_days=4)),
    Rule(name="no lines", match=Match(prefix="NL"), pay=Decision(claim_level=True)),
    Rule(name="bare lines", match=Match(prefix="BL"), pay=Decision(bare_lines=True)),
    Rule(name="reversed for good", match=Match(prefix="RV"), later=(Later(day=17, reverse=True),)),
    Rule(
        name="corrected in one 835",
        match=Match(prefix="RA"),
        pay=Decision(underpaid_by="10.00"),
        later=(Later(day=17, reverse=True, pay=Decision()),),
    ),
    Rule(
        name="corrected in the next 835",
        match=Match(prefix="RB"),
        pay=Decision(deductible="20.00"),
        later=(Later(day=17, reverse=True, pay=Decision(copay="5.00"), pay_days=6),),
    ),
    Rule(
        name="paid, then denied",
        match=Match(prefix="RD"),
        later=(Later(day=16, reverse=True, pay=Decision(deny=Denial(reason="27"))),),
    ),
    Rule(
        name="reversed now, collected later",
        match=Match(prefix="RW"),
        later=(Later(day=17, reverse=True, recover_days=10),),
    ),
    Rule(name="taken back by PLB", match=Match(prefix="TB"), later=(Later(day=18, takeback="7.50"),)),
    Rule(
        name="adjusted beside the claims",
        match=Match(prefix="PA"),
        later=(Later(day=19, provider_adjustments=(Movement(reason="CS", amount="-2.40", reference="SETTLED"),)),),
    ),
    Rule(
        name="refused by the clearinghouse",
        match=Match(prefix="XC"),
        reject_clearinghouse=Rejection(category="A7", status="164", entity="IL"),
    ),
    Rule(name="refused by the payer", match=Match(prefix="XP"), reject_payer=Rejection(category="A3", status="116")),
    Rule(name="never answered", match=Match(prefix="SI"), silent=True),
    # These take their whole file, set or batch along.
    Rule(name="interchange refused", match=Match(prefix="XI"), reject_interchange="024"),
    Rule(name="set refused", match=Match(prefix="XS"), reject_set=SetError()),
    Rule(name="batch refused", match=Match(prefix="XB"), reject_batch=BatchRejection()),
    # Its payment doesn't add up and is held whole: a payer of its own, for whoever is in it waits.
    Rule(name="a line left out", match=Match(prefix="OL"), pay=Decision(omit_lines=("85025",))),
)
_ALONE = ("XI", "XS", "XB")
_HELD = "OL"
_USUAL = ("PD", *(rule.match.prefix for rule in _RULES if rule.match.prefix not in (*_ALONE, _HELD)))
_PAID_PLAINLY = 20  # claims of PD to one of each other


def _payer(number: int, *, shares: bool = False, cut: int = 0) -> PayerForm:
    return PayerForm(
        id=f"PAYR{number}",
        name=f"PAYER NUMBER {number}",
        tax_id=f"93620000{number}",
        address="1 GALE ROAD",
        city="SPRINGFIELD",
        state="IL",
        postal_code="62701",
        phone="5555550141",
        shares_files=shares,
        cut_at=cut,
    )


_PAYERS = (_payer(1, shares=True), _payer(2, shares=True), _payer(3), _payer(4, cut=20), _payer(5))
_HOLDS = _payer(9)
_SCENARIO = Scenario(
    name="conservation",
    today=Clock().now.date(),
    payer=(*_PAYERS, _HOLDS),
    rule=_RULES,
    fees={"99213": "92.35", "99212": "58.10", "80053": "10.56", "85025": "7.77", "80050": "18.33"},
    delivery=(
        Delivery(kind="835", again=2),  # the same bytes
        Delivery(kind="835", rewrapped=3),  # the same payments in another envelope
        Delivery(kind="277CA", rewrapped=1),
        Delivery(kind="999", again=1),
    ),
)


def made_claims(count: int, random: Random) -> Iterator[list[Claim]]:
    """Batches of claims: most of all kinds mixed, some of those that are refused together."""
    kinds = [*["PD"] * _PAID_PLAINLY, *_USUAL]
    for first in range(0, count, 250):
        batch = [_claim(random.choice(kinds), index, random) for index in range(first, min(first + 250, count))]
        if first % 1000 == 0:
            batch[-2:] = [_claim(_HELD, count + first + index, random) for index in range(2)]
        yield batch
    for place, kind in enumerate(_ALONE):
        yield [_claim(kind, 2 * count + 100 * place + index, random) for index in range(5)]


def _claim(kind: str, index: int, random: Random) -> Claim:
    payer = _HOLDS if kind == _HELD else random.choice(_PAYERS)
    number = f"{kind}{index:08d}-{'long-account-number' if payer.cut_at else 'a'}"
    visit = line("99213", to_x12(from_cents(random.randrange(11000, 19000))))
    lines = [visit, line("80053", "21.45"), line("85025", "18.30")]
    return claim(
        number,
        *lines,
        payer=Payer(name=payer.name, payer_id=payer.id),
        billing_provider=random.choice((CLINIC, WALK_IN)),
    )


# --- the run


class Report(msgspec.Struct, kw_only=True):
    """What was played and what came of it. `wrong` is what doesn't hold, in words; empty where all does."""

    claims: int
    files: Counter[str]  # posted, held, by kind
    payments: int
    received_cents: int
    paid_cents: int
    provider_adjustments_cents: int
    states: Counter[str]
    wrong: list[str]
    seconds: float


def conserve(root: Path, count: int, seed: int) -> Report:
    """Play `count` claims in a workspace at `root` and hold the ledger against the payers' book."""
    began = time.monotonic()
    random = Random(seed)  # noqa: S311  # no secret: the same seed plays the same
    (root / "partners").mkdir(parents=True)
    (root / "edigate.toml").write_text(SETTINGS)
    (root / "partners" / "acme.toml").write_text(PARTNER)
    clock = Clock()
    with opened(load_workspace(root), clock) as gateway:
        house = Clearinghouse(_SCENARIO, clock=clock, seed=seed)
        for batch in made_claims(count, random):
            file = sent(gateway, *batch)
            house.receive(file.filename, gateway.archive.get(file.sha256))
            clock.pass_by(days=1)
        clock.pass_by(days=90)
        answers = house.due()
        random.shuffle(answers)
        files = _posted(gateway, root, answers, "first")
        wrong = [*_sums(gateway, house), *_claims(gateway, house)]
        before = _standing(gateway)
        random.shuffle(answers)
        _posted(gateway, root, answers, "again")
        after = _standing(gateway)
        wrong += [f"the same answers again changed {name}" for name, rows in after.items() if rows != before[name]]
        with gateway.ledger.read() as tx:
            where = cash(tx)
            wrong += [f"{one.code}: {one.what}" for one in breaches(tx)]
            found = claims_by_control_number(tx, house.book.claims)
        return Report(
            claims=len(house.book.claims),
            files=files,
            payments=where.payments,
            received_cents=where.received_cents,
            paid_cents=where.paid_on_claims_cents,
            provider_adjustments_cents=where.provider_adjustments_cents,
            states=Counter(one.state for one in found.values()),
            wrong=wrong,
            seconds=time.monotonic() - began,
        )


def _posted(gateway: Gateway, root: Path, answers: list[AnswerFile], how: str) -> Counter[str]:
    """Post the answers in their order; how they ended. Again they come in other bytes: a line end behind them."""
    folder = root / how
    folder.mkdir()
    ends: Counter[str] = Counter()
    for place, one in enumerate(answers):
        path = folder / f"{place:06d}"
        path.write_bytes(one.content if how == "first" else one.content + b"\n")
        (posted,) = post_files(gateway, [path], "acme").files
        ends[f"{posted.outcome.kind} {posted.file.state}"] += 1
    return ends


def _sums(gateway: Gateway, house: Clearinghouse) -> Iterator[str]:
    """Payment by payment what was paid, what was moved beside it, and that each is the sum of its parts."""
    book = house.book
    in_doubt = (one for number, one in book.claims.items() if number.startswith(_HELD))
    held = {entry.trace_number for one in in_doubt for entry in one.entries}
    with gateway.ledger.read() as tx:
        posted = {one.trace_number: one for one in payments(tx, states=("posted",))}
        sums = {one.payment_id: one for one in payment_sums(tx)}
        where = cash(tx)
    if len(posted) != where.payments:
        yield f"{where.payments} payments were posted under {len(posted)} traces"
    for trace, amount in book.payments.items():
        one = posted.pop(trace, None)
        if (one is None) is not (trace in held):
            yield f"payment {trace} was {'not ' if one is None else ''}posted"
        elif one is not None:
            both = sums[one.id]
            if one.amount_cents != to_cents(amount) or both.difference_cents:
                yield f"payment {trace} is {amount}, posted {from_cents(one.amount_cents)}"
            if both.provider_adjustments_cents != to_cents(book.provider_adjustments[trace]):
                yield f"PLB of payment {trace}: {book.provider_adjustments[trace]}"
    yield from (f"payment {trace} was never made" for trace in posted)
    received = sum((amount for trace, amount in book.payments.items() if trace not in held), Decimal(0))
    if where.difference_cents or where.received_cents != to_cents(received):
        yield f"{received} was paid, {from_cents(where.received_cents)} received, {where.difference_cents} cents off"


_UNDECIDED = ("sent", "acknowledged", "accepted")


def _claims(gateway: Gateway, house: Clearinghouse) -> Iterator[str]:
    """Claim by claim its state and account."""
    with gateway.ledger.read() as tx:
        ours = claims_by_control_number(tx, house.book.claims)
        accounts = balances(tx, (one.id for one in ours.values()))
    for number, record in house.book.claims.items():
        one, outcome = ours[number], "outstanding" if number.startswith(_HELD) else record.outcome
        expected = _UNDECIDED if outcome == "outstanding" else (outcome,)
        if one.state not in expected:
            yield f"claim {number} is {one.state}, not {outcome}"
        if number.startswith(_HELD):
            continue
        account = accounts[one.id]
        told = tuple(map(to_cents, (record.paid, record.adjusted, record.patient)))
        if told != (account.paid_cents, account.adjusted_cents, account.patient_responsibility_cents):
            yield f"claim {number}: paid, adjusted and the patient's are {told} cents, not {account}"


def _standing(gateway: Gateway) -> dict[str, object]:
    """What may not change when answers come again: all money, and where every claim stands."""
    tables = dump(gateway)
    kept = ("payment", "claim_payment", "service_payment", "adjustment", "provider_adjustment", "claim", "outbound_set")
    return {name: tables[name] for name in kept}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # figures alone
    with tempfile.TemporaryDirectory() as folder:
        report = conserve(Path(folder), options.claims, options.seed)
    print(f"{report.claims:,} claims, {report.files.total():,} answers in random order, in {report.seconds:.0f} s:")
    for what, number in sorted(report.files.items()):
        print(f"  {what:14} {number:6,}")
    print(f"{report.payments:,} payments of {from_cents(report.received_cents):,} =")
    beside = from_cents(report.provider_adjustments_cents)
    print(f"  {from_cents(report.paid_cents):,} on claims less {beside:,} of PLB")
    for state, number in sorted(report.states.items()):
        print(f"  {state:14} {number:6,} claims")
    for each in report.wrong[:20]:
        print(f"WRONG: {each}")
    if not report.wrong:
        print("every sum and every claim's state is the payers'")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
