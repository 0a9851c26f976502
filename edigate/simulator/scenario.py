"""A scenario: what a simulated clearinghouse and its payers do to which claims, and when. Data, read from TOML.

Refuses to know how an answer looks or what a sum comes to. Unknown keys are refused. Rules are in `rule.py`, payers'
decisions in `decision.py`, what happens to answers on their way in `delivery.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edigate import settings
from edigate.claims.model import Claim
from edigate.errors import ConfigError
from edigate.settings import Problem
from edigate.simulator.decision import Count, Decision, Dollars, Part, Percent, Text
from edigate.simulator.delivery import Delivery, longest
from edigate.simulator.rule import PAY, Match, Rule

SCENARIOS = Path(__file__).parent / "scenarios"

Outcome = Literal[
    "refused",  # no claim could be made: it never came here
    "rejected",
    "outstanding",  # taken in, never adjudicated
    "denied",
    "partly_paid",
    "paid",
    "forwarded",
    "reversed",
]


class Organisation(Part, frozen=True, kw_only=True):
    """The clearinghouse: how it names itself in 2100A of a 277CA, and habits of all its files."""

    name: Text = "SIMULATED CLEARING"
    id: Text = "SIMCLEAR"
    # The guides of 999 and 277CA require ST03, that of the 835 doesn't use it; senders do as they like.
    st03: Literal["required", "never", "always"] = "required"
    wants_999: bool = False  # for the 835s and 277CAs it sends


class PayerForm(Part, frozen=True, kw_only=True):
    """A payer."""

    id: Text  # 2010BB NM109 of the claims meant for it
    name: Text
    tax_id: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{9}$")]
    address: Text
    city: Text
    state: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
    postal_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{5}([0-9]{4})?$")]
    phone: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{10}$")]
    filing_indicator: Text = "12"  # CLP06
    method: Literal["ACH", "CHK"] = "ACH"  # BPR04
    shares_files: bool = False  # its 835s of a day are sets of one file, with those of all others that share
    cut_at: Count = 0  # it answers with so many characters of CLM01; 0: with all
    own_numbers: bool = False  # its 277CA has a number of its own in TRN02, and of ours only REF*D9


class Days(Part, frozen=True, kw_only=True):
    """Days from a file's arrival to each answer to it."""

    acknowledgment: Count = 0  # TA1, 999 and the clearinghouse's own 277CA
    payer_acknowledgment: Count = 1  # the payer's 277CA
    remittance: Count = 10  # the 835


class Stranger(Part, frozen=True, kw_only=True):
    """An answer for a claim that was never sent: it comes with those for the first provider its payer pays."""

    number: Text  # CLM01 as answered
    payer: Text
    procedure: Text = "99213"
    charge: Dollars = "100.00"
    day: Count | None = None  # of the 835; left out: none comes
    acknowledged: bool = False  # it is in the payer's 277CA
    pay: Decision = Decision()


class Bank(Part, frozen=True, kw_only=True):
    """How payments come into the bank: payers whose checks are paid in together, payers whose first EFT never comes."""

    together: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()


class Scenario(Part, frozen=True, kw_only=True):
    """A scenario file.

    `today` is the day its encounters are made for: whoever plays it sets the clock to it. `fees` are
    allowed amounts per unit by procedure; what isn't in it is allowed `other_fees_percent` of its charge.
    `encounters` are files beside it, each sent as it is converted. `expected` says of each encounter, by patient
    control number, where it must stand in the end, `expected_paid` what was paid for it in all. Of the claims in
    `waiting` the sender knows less: their 835 is one that must be held, so they are outstanding there.
    """

    name: Text
    today: date
    description: str = ""
    seed: int = 1
    encounters: tuple[Text, ...] = ("encounters.csv",)
    clearinghouse: Organisation = Organisation()
    days: Days = Days()
    bank: Bank = Bank()
    other_fees_percent: Percent = 65
    fees: dict[str, Dollars] = {}
    payer: tuple[PayerForm, ...] = ()
    rule: tuple[Rule, ...] = ()
    stranger: tuple[Stranger, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    expected: dict[Outcome, tuple[Text, ...]] = {}
    expected_paid: dict[str, Dollars] = {}
    waiting: tuple[Text, ...] = ()

    def rule_for(self, claim: Claim) -> Rule:
        """The first rule that means the claim, or the one that lets every payer pay."""
        return next((rule for rule in self.rule if rule.match.means(claim)), PAY)

    def first_day(self, rule: Rule) -> int:
        """Days after a file's arrival when what a rule means is adjudicated first."""
        return self.days.remittance if rule.day is None else rule.day

    def last_day(self) -> int:
        """Days after a file's arrival when nothing more comes for it."""
        last = max(self.days.acknowledgment, self.days.payer_acknowledgment, self.days.remittance)
        for rule in self.rule:
            last = max(last, self.first_day(rule) + (rule.pay.split_days or 0))
            for each in rule.later:
                anew = each.pay_days + (each.pay.split_days or 0) if each.pay else 0
                last = max(last, each.day + max(anew, each.recover_days))
        last = max([last, *(each.day or 0 for each in self.stranger)])
        return last + longest(self.delivery)

    def expectations(self) -> dict[str, Outcome]:
        """Patient control number -> outcome, of every encounter the scenario speaks of."""
        return {number: outcome for outcome, numbers in self.expected.items() for number in numbers}


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A shipped scenario by name (`demo`), or one's own by the path of its file. Raises ConfigError."""
    path = scenario_path(name_or_path)
    scenario = settings.read(path, Scenario, name=path.name)
    found = list(_problems(scenario))
    if found:
        raise settings.refusal(path.name, found)
    return scenario


def scenario_path(name_or_path: str | Path) -> Path:
    """The file of a scenario. Raises ConfigError where none is shipped under that name."""
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path
    path = SCENARIOS / f"{name_or_path}.toml"
    if not path.is_file():
        known = sorted(each.stem for each in SCENARIOS.glob("*.toml"))
        near = settings.closest(str(name_or_path), known)
        hint = f"{near.strip()} Shipped: {', '.join(known)}. Or give a .toml file.".strip()
        raise ConfigError(f"there is no scenario {str(name_or_path)!r}", hint=hint)
    return path


def _problems(scenario: Scenario) -> Iterator[Problem]:
    seen: dict[str, Outcome] = {}
    for outcome, numbers in scenario.expected.items():
        for number in numbers:
            if number in seen:
                yield Problem(f"expected.{outcome}", f"{number} is also expected to be {seen[number]}")
            seen[number] = outcome
    payers = [payer.id for payer in scenario.payer]
    for index, payer_id in enumerate(payers):
        if payer_id in payers[:index]:
            yield Problem(f"payer[{index}].id", f"{payer_id} is also that of another payer")
    for index, rule in enumerate(scenario.rule):
        yield from _rule_problems(f"rule[{index}]", rule, scenario.first_day(rule))
    for index, stranger in enumerate(scenario.stranger):
        if stranger.payer not in payers:
            near = settings.closest(stranger.payer, payers)
            yield Problem(f"stranger[{index}].payer", f"there is no payer {stranger.payer}.{near}")
    for key in ("together", "missing"):
        for payer_id in getattr(scenario.bank, key):
            if payer_id not in payers:
                near = settings.closest(payer_id, payers)
                yield Problem(f"bank.{key}", f"there is no payer {payer_id}.{near}")
    senders = [*payers, scenario.clearinghouse.id]
    for index, each in enumerate(scenario.delivery):
        at = f"delivery[{index}]"
        if each.payer not in ("", *senders):
            yield Problem(f"{at}.payer", f"there is no payer {each.payer}.{settings.closest(each.payer, senders)}")
        if each.changed and each.kind != "835":
            yield Problem(f"{at}.changed", "only of an 835: it is the payment that is changed")
        if not (each.lost or each.late or each.again or each.rewrapped or each.changed):
            yield Problem(at, "says nothing that happens: lost, late, again, rewrapped or changed")


def _rule_problems(at: str, rule: Rule, first_day: int) -> Iterator[Problem]:
    if rule.match == Match():
        yield Problem(f"{at}.match", "empty: the rule would mean every claim")
    if rule.ends > 1:
        yield Problem(at, "a claim can be rejected once, or never answered")
    if rule.pay.deny and rule.pay.zero_pay:
        yield Problem(f"{at}.pay", "a claim is denied, or processed and paid nothing; not both")
    for nth, later in enumerate(rule.later):
        if later.day < first_day:
            yield Problem(f"{at}.later[{nth}].day", f"is before the adjudication on day {first_day}")
        for key, needs in (("pay", later.pay), ("recover_days", later.recover_days)):
            if needs and not later.reverse:
                what = "a new adjudication" if key == "pay" else "what is recovered"
                yield Problem(f"{at}.later[{nth}].{key}", f"{what} needs reverse = true before it")
        if later.pay_days and later.pay is None:
            yield Problem(f"{at}.later[{nth}].pay_days", "there is no pay that it would put off")
