"""A scenario: what a simulated clearinghouse and its payers do to which claims, and when. Data, read from TOML.

Knows which claims a rule means; refuses to know how an answer looks or what a sum comes to. Unknown keys are
refused. Amounts are text with two decimals: TOML's numbers are binary fractions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from edigate import money, settings
from edigate.claims.model import Claim
from edigate.errors import ConfigError
from edigate.settings import Problem
from edigate.simulator.billed import facility_of, product_of

SCENARIOS = Path(__file__).parent / "scenarios"

Text = Annotated[str, msgspec.Meta(min_length=1)]
Dollars = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]

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


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all tables of a scenario: immutable, unknown keys refused."""


class Organisation(Part, frozen=True, kw_only=True):
    """The clearinghouse: how it names itself in 2100A of a 277CA."""

    name: Text = "SIMULATED CLEARING"
    id: Text = "SIMCLEAR"


class PayerForm(Part, frozen=True, kw_only=True):
    """A payer. `resend_after`: days after which its first remittance comes again, byte for byte; 0: never."""

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
    resend_after: Count = 0


class Days(Part, frozen=True, kw_only=True):
    """Days from a file's arrival to each answer to it."""

    acknowledgment: Count = 0  # TA1, 999 and the clearinghouse's own 277CA
    payer_acknowledgment: Count = 1  # the payer's 277CA
    remittance: Count = 10  # the 835


class SetError(Part, frozen=True, kw_only=True):
    """What a 999 says is wrong in the claims that a rule means; their whole transaction set is rejected."""

    segment: Text = "CLM"  # IK301; the claim's first of that id, or the last one before the claim
    loop: Text = "2300"  # IK303
    element: Annotated[int, msgspec.Meta(ge=1)] = 5  # IK401-1
    component: Count = 1  # IK401-2, 0: the element itself
    data_element: str = "1331"  # IK402
    code: Text = "7"  # IK403


class Rejection(Part, frozen=True, kw_only=True):
    """An STC that rejects a claim; with `procedure`, also its line of that procedure (2220D)."""

    category: Literal["A3", "A4", "A6", "A7", "A8"]
    status: Text
    entity: str = ""
    text: str = ""  # STC12
    procedure: str = ""


class Denial(Part, frozen=True, kw_only=True):
    """Why nothing is paid: one adjustment of the whole charge, and remark codes."""

    group: Literal["CO", "PR", "OA", "PI"] = "CO"
    reason: Text
    remarks: tuple[Text, ...] = ()


class LineDenial(Denial, frozen=True, kw_only=True):
    """A denial of the lines of one procedure."""

    procedure: Text


class Recoding(Part, frozen=True, kw_only=True):
    """The payer pays another procedure than was billed: SVC01 and SVC06 differ."""

    billed: Text
    paid_as: Text


class Carrier(Part, frozen=True, kw_only=True):
    """Whom the payer forwards a claim to (NM1*TT)."""

    name: Text
    id: Text


class Decision(Part, frozen=True, kw_only=True):
    """How a payer adjudicates. Nothing said: the contract's allowed amount is paid in full."""

    deductible: Dollars = "0.00"  # PR 1, taken from the lines in their order
    copay: Dollars = "0.00"  # PR 3, likewise, after the deductible
    coinsurance_percent: Percent = 0  # PR 2, of what the deductible left
    sequestration_percent: Percent = 0  # CO 253, of what would be paid
    underpaid_by: Dollars = "0.00"  # the first line is allowed that much less than the contract says
    deny: Denial | None = None
    deny_lines: tuple[LineDenial, ...] = ()
    recode: tuple[Recoding, ...] = ()
    forward: Carrier | None = None  # CLP02 19, 20 or 21
    interest: Dollars = "0.00"  # paid on top: AMT*I and PLB L6
    split_days: Count = 0  # the first line now, the others in a claim payment of their own so much later
    claim_level: bool = False  # no SVC: everything adjusted at the claim


class Later(Part, frozen=True, kw_only=True):
    """What comes after the first adjudication, `day` days after the file came in."""

    day: Count
    reverse: bool = False  # CLP02 22: everything that stands so far taken back
    pay: Decision | None = None  # adjudicated anew, in the same 835 as the reversal
    takeback: Dollars = "0.00"  # PLB WO that names the claim, and nothing else


class Match(Part, frozen=True, kw_only=True):
    """Which claims: every key that is given must hold, for one of its values."""

    claims: tuple[Text, ...] = ()  # patient control numbers
    prefix: str = ""  # beginning of the patient control number
    billing_npi: str = ""
    payer_id: str = ""
    procedure: str = ""  # on any line; of a line without one the revenue code
    diagnosis: str = ""  # any, without the dot
    place_of_service: str = ""  # of an institutional claim the type of bill but for its last digit
    frequency: str = ""

    def means(self, claim: Claim) -> bool:
        """Whether the claim is one of those."""
        provider, payer, number = claim.billing_provider, claim.payer, claim.patient_control_number
        return (
            (not self.claims or number in self.claims)
            and number.startswith(self.prefix)
            and self.billing_npi in ("", provider.npi if provider else None)
            and self.payer_id in ("", payer.payer_id if payer else None)
            and (not self.procedure or self.procedure in _codes(claim))
            and (not self.diagnosis or any(each.code == self.diagnosis for each in claim.diagnoses))
            and self.place_of_service in ("", facility_of(claim))
            and self.frequency in ("", claim.frequency_code)
        )


def _codes(claim: Claim) -> set[str]:
    return {product_of(line).code for line in claim.service_lines}


class Rule(Part, frozen=True, kw_only=True):
    """What becomes of some claims; the first rule that means a claim decides."""

    name: Text
    match: Match
    reject_set: SetError | None = None  # 999: with it every other claim of the same set
    reject_clearinghouse: Rejection | None = None
    reject_payer: Rejection | None = None
    silent: bool = False  # accepted, then never heard of again
    day: Count | None = None  # of the first adjudication, in place of days.remittance
    pay: Decision = Decision()
    later: tuple[Later, ...] = ()


class Scenario(Part, frozen=True, kw_only=True):
    """A scenario file.

    `today` is the day its encounters are made for: whoever plays it sets the clock to it. `fees` are
    allowed amounts per unit by procedure; what isn't in it is allowed `other_fees_percent` of its charge.
    `expected` says of each encounter, by patient control number, where it must stand in the end.
    """

    name: Text
    today: date
    description: str = ""
    seed: int = 1
    clearinghouse: Organisation = Organisation()
    days: Days = Days()
    other_fees_percent: Percent = 65
    fees: dict[str, Dollars] = {}
    payer: tuple[PayerForm, ...] = ()
    rule: tuple[Rule, ...] = ()
    expected: dict[Outcome, tuple[Text, ...]] = {}

    def rule_for(self, claim: Claim) -> Rule:
        """The first rule that means the claim, or the one that lets every payer pay."""
        return next((rule for rule in self.rule if rule.match.means(claim)), _PAY)

    def last_day(self) -> int:
        """Days after a file's arrival when nothing more comes for it."""
        last = max(self.days.acknowledgment, self.days.payer_acknowledgment, self.days.remittance)
        for rule in self.rule:
            first = self.days.remittance if rule.day is None else rule.day
            last = max(last, first + rule.pay.split_days)
            last = max([last, *(each.day + (each.pay.split_days if each.pay else 0) for each in rule.later)])
        return last + max((payer.resend_after for payer in self.payer), default=0)

    def expectations(self) -> dict[str, Outcome]:
        """Patient control number -> outcome, of every encounter the scenario speaks of."""
        return {number: outcome for outcome, numbers in self.expected.items() for number in numbers}


_PAY = Rule(name="paid as the contract says", match=Match())


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A shipped scenario by name (`demo`), or one's own by the path of its file. Raises ConfigError."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = SCENARIOS / f"{name_or_path}.toml"
        if not path.is_file():
            known = ", ".join(sorted(each.stem for each in SCENARIOS.glob("*.toml")))
            raise ConfigError(f"there is no scenario {name_or_path!r}", hint=f"Shipped: {known}. Or give a .toml file.")
    scenario = settings.read(path, Scenario, name=path.name)
    found = list(_problems(scenario))
    if found:
        raise settings.refusal(path.name, found)
    return scenario


def dollars(text: str) -> Decimal:
    """A `Dollars` as an amount."""
    return money.parse(text)


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
        at = f"rule[{index}]"
        if rule.match == Match():
            yield Problem(f"{at}.match", "empty: the rule would mean every claim")
        rejections = (rule.reject_set, rule.reject_clearinghouse, rule.reject_payer)
        if sum(each is not None for each in rejections) + rule.silent > 1:
            yield Problem(at, "a claim can be rejected once, or never answered")
        first = scenario.days.remittance if rule.day is None else rule.day
        for nth, later in enumerate(rule.later):
            if later.day < first:
                yield Problem(f"{at}.later[{nth}].day", f"is before the adjudication on day {first}")
            if later.pay is not None and not later.reverse:
                yield Problem(f"{at}.later[{nth}].pay", "a new adjudication needs reverse = true before it")


OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
