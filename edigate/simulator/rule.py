"""What becomes of which claims: a rule of a scenario file, and the claims it means. Shapes and matching only."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edigate.claims.model import Claim
from edigate.simulator.billed import facility_of, product_of
from edigate.simulator.decision import Count, Decision, Later, Part, Text


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


class BatchRejection(Part, frozen=True, kw_only=True):
    """A 277CA that rejects without naming claims: the batch (2200B), or one billing provider in it (2200C)."""

    level: Literal["receiver", "provider"] = "receiver"
    by: Literal["clearinghouse", "payer"] = "clearinghouse"
    category: Literal["A3", "A4", "A6", "A7", "A8"] = "A3"
    status: Text = "24"  # the entity isn't approved as an electronic submitter
    entity: str = "41"


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
    reject_interchange: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3}$")] | None = None  # TA105: with it the file
    reject_set: SetError | None = None  # 999: with it every other claim of the same set
    reject_batch: BatchRejection | None = None  # 277CA: with it every claim of the batch, or of its provider there
    reject_clearinghouse: Rejection | None = None
    reject_payer: Rejection | None = None
    silent: bool = False  # accepted, then never heard of again
    day: Count | None = None  # of the first adjudication, in place of days.remittance
    pay: Decision = Decision()
    later: tuple[Later, ...] = ()

    @property
    def ends(self) -> int:
        """How many ways of never being paid it has; more than one can't be meant."""
        rejections = (self.reject_interchange, self.reject_set, self.reject_batch)
        answers = (self.reject_clearinghouse, self.reject_payer)
        return sum(each is not None for each in (*rejections, *answers)) + self.silent


PAY = Rule(name="paid as the contract says", match=Match())
