"""What an answer decides and whom it reaches."""

from __future__ import annotations

from decimal import Decimal

from edigate.responses.status import Event
from edigate.responses.ta1 import decode_interchange_acknowledgment
from edigate.responses.verdicts import (
    ClaimError,
    Verdict,
    claim_errors,
    claim_verdicts,
    group_verdicts,
    interchange_verdict,
)
from edigate.responses.x214 import decode_claim_acknowledgment
from edigate.responses.x231 import decode_functional_group_response
from tests.x12.roundtrip import transaction_set


def group(text: str) -> list[tuple[str, str, Event | None]]:
    answer, _ = decode_functional_group_response(transaction_set(text))
    return [(each.level, each.reference, each.event) for each in group_verdicts(answer)]


def claims(text: str) -> list[Verdict]:
    return list(claim_verdicts(decode_claim_acknowledgment(transaction_set(text))[0]))


def test_a_ta1_decides_the_interchange() -> None:
    answer, _ = decode_interchange_acknowledgment(transaction_set("TA1*000000019*250101*1200*R*025~"))
    verdict = interchange_verdict(answer)
    assert (verdict.event, verdict.reference, verdict.codes) == (Event.TA1_REJECTED, "000000019", ("R", "025"))


def test_a_ta1_with_a_code_nobody_knows_decides_nothing() -> None:
    answer, _ = decode_interchange_acknowledgment(transaction_set("TA1*000000019*250101*1200*Z*000~"))
    assert interchange_verdict(answer).event is None


def test_sets_left_out_of_a_partly_accepted_group_stand() -> None:
    assert group("AK1*HC*17~AK2*837*0002~IK5*R*5~AK9*P*3*3*2~") == [
        ("set", "0002", Event.X999_REJECTED),
        ("group", "17", Event.X999_ACCEPTED),
    ]


def test_a_group_rejected_without_sets_rejects_them_all() -> None:
    assert group("AK1*HC*17~AK9*R*3*3*0*1~") == [("group", "17", Event.X999_REJECTED)]


ERRORS = (
    "AK1*HC*17~AK2*837*0002~IK3*CLM*22*2300*8~CTX*CLM01:C-1~IK4*5:3*1325*7*9~IK3*REF*57**3~CTX*SITUATIONAL TRIGGER*CLM~"
    "CTX*CLM01:C-2~IK3*NM1*x**3~IK5*R*5~AK9*R*1*1*0~"
)


def test_errors_of_a_999_are_brought_to_their_claim_and_element() -> None:
    answer, _ = decode_functional_group_response(transaction_set(ERRORS))
    element, whole, nobody = claim_errors(answer)
    assert element == ClaimError(
        transaction_set="0002", patient_control_number="C-1", segment_id="CLM", segment_position=22, loop="2300",
        code="7", element=5, component=3, value="9",
    )  # fmt: skip
    assert (whole.patient_control_number, whole.code, whole.element) == ("C-2", "3", 0)
    assert (nobody.patient_control_number, nobody.segment_position) == ("", 0)


def test_a_context_whose_separator_is_not_the_files_still_names_its_claim() -> None:
    answer, _ = decode_functional_group_response(
        transaction_set("AK1*HC*17~AK2*837*0002~IK3*CLM*22**8~CTX*CLM01>C-1~IK5*R~AK9*R*1*1*0~")
    )
    answer.transaction_sets[0].segment_errors[0].contexts[0].name = "CLM01:C-1"
    assert next(claim_errors(answer)).patient_control_number == "C-1"


HEAD = "BHT*0085*08*R1*20260102*1025*TH~HL*1**20*1~NM1*PR*2*PAYER*****PI*P1~HL*2*1*21*1~TRN*2*BATCH-7~"


def test_a_batch_rejection_reaches_the_batch() -> None:
    (verdict,) = claims(HEAD + "STC*A3:24:41*20260102*U*150~")
    assert verdict == Verdict(
        level="batch", event=Event.X277_REJECTED, reference="BATCH-7", batch_reference="BATCH-7", sender="PR",
        sender_id="P1", sender_name="PAYER",
        codes=("A3:24:41",), amount=Decimal(150),
    )  # fmt: skip


def test_a_batch_taken_in_says_nothing_of_its_claims() -> None:
    (verdict,) = claims(HEAD + "STC*A2:20:PR*20260102*WQ*150~")
    assert verdict.event is Event.X277_RECEIVED


def test_provider_and_claims_are_judged_each_by_its_own_statuses() -> None:
    provider, accepted, rejected = claims(
        HEAD + "HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1234567893~STC*A1:19:PR**WQ*1~"
        "HL*4*3*PT~TRN*2* C1 ~STC*A2:20:PR*20260102*WQ*55******A3:187~REF*1K*P-1~REF*D9*T-1~"
        "HL*5*3*PT~TRN*2*C2~STC*A1:19*20260102*WQ*10~STC*A6:500:85*20260102*U*10*******BAD ZIP~"
        "HL*6*3*PT~TRN*2*C3~"
    )
    assert (provider.level, provider.reference, provider.event) == ("provider", "1234567893", Event.X277_RECEIVED)
    # a hint in STC10 doesn't overrule the acceptance
    assert (accepted.reference, accepted.event) == ("C1", Event.X277_ACCEPTED)
    assert (accepted.payer_claim_control_number, accepted.clearinghouse_trace_number) == ("P-1", "T-1")
    assert (rejected.reference, rejected.event) == ("C2", Event.X277_REJECTED)
    assert rejected.codes == ("A1:19", "A6:500:85")


def test_a_status_of_another_kind_of_277_decides_nothing() -> None:
    (verdict,) = claims(HEAD + "HL*3*2*19*1~HL*4*3*PT~TRN*2*C1~STC*R4:294:PR*20260814*A4*1500~")
    assert verdict.event is None
