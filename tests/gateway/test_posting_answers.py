"""Acknowledgments posted: what a TA1, 999, 997 or 277CA says reaches the claims and fields it means, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.ledger.outbound import OutboundFile, outbound_file_by_id
from edigate.ledger.worklists import UnmatchedAnswer, unmatched_answers
from tests.gateway.posting_books import (
    detail,
    dump,
    made,
    opened,
    posted,
    segment_of,
    sent,
    state,
    states,
    status_277ca,
    ta1,
    x12,
    x277ca,
    x999,
)
from tests.gateway.practice import settings
from tests.simulator.claim_files import CHILD, WALK_IN, claim, line


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as one:
        yield one


@pytest.fixture
def file(gateway: Gateway) -> OutboundFile:
    """One file of two sets (a set a billing provider): 0001 with A1 and A2, 0002 with B1."""
    return sent(gateway, claim("A1"), claim("A2"), claim("B1", billing_provider=WALK_IN))


def waiting(gateway: Gateway) -> list[UnmatchedAnswer]:
    with gateway.ledger.read() as tx:
        return unmatched_answers(tx)


def again(gateway: Gateway, file: OutboundFile) -> OutboundFile:
    with gateway.ledger.read() as tx:
        found = outbound_file_by_id(tx, file.id)
    assert found is not None
    return found


# --- 999


def test_a_999_accepts_a_whole_file(gateway: Gateway, file: OutboundFile) -> None:
    one = posted(
        gateway,
        x999("""
            AK1*HC*1*005010X222A1
            AK2*837*0001*005010X222A1
            IK5*A
            AK2*837*0002*005010X222A1
            IK5*A
            AK9*A*2*2*2
        """),
    )
    assert (one.file.state, one.file.kind, one.outcome.claims_moved) == ("posted", "999", 3)
    assert states(gateway, "A1", "A2", "B1") == ["acknowledged"] * 3
    event = detail(gateway, "A1").events[-1]
    assert (event.event, event.inbound_kind, event.inbound_file) == ("x999_accepted", "999", one.file.name)


def test_a_999_rejects_one_set_of_two(gateway: Gateway, file: OutboundFile) -> None:
    posted(
        gateway,
        x999("""
            AK1*HC*1*005010X222A1
            AK2*837*0002*005010X222A1
            IK5*R*5
            AK9*P*2*2*1
        """),
    )
    assert states(gateway, "A1", "A2", "B1") == ["acknowledged", "acknowledged", "rejected"]
    assert detail(gateway, "B1").events[-1].detail == "R 5"


@pytest.mark.parametrize("code", ["R", "M", "W", "X"])
def test_a_999_rejects_a_group_without_listing_its_sets(gateway: Gateway, file: OutboundFile, code: str) -> None:
    posted(gateway, x999(f"AK1*HC*1*005010X222A1\nAK9*{code}*2*2*0*4"))
    assert states(gateway, "A1", "A2", "B1") == ["rejected"] * 3


def test_a_set_with_an_answer_nobody_knows_is_not_taken_for_accepted(gateway: Gateway, file: OutboundFile) -> None:
    """With P the sets that aren't listed stand; this one is listed."""
    posted(
        gateway,
        x999("""
            AK1*HC*1*005010X222A1
            AK2*837*0002*005010X222A1
            IK5*Q
            AK9*P*2*2*1
        """),
    )
    assert states(gateway, "A1", "B1") == ["acknowledged", "sent"]
    assert [(one.kind, one.key, one.detail) for one in waiting(gateway)] == [("999", "0002", "Q")]


@pytest.mark.parametrize(
    ("ak1", "told"),
    [
        ("AK1*HC*77*005010X222A1", "HC 77"),
        ("AK1*HC*1x*005010X222A1", "HC 1x"),
        ("AK1*HC*-1*005010X222A1", "HC -1"),
        ("AK1*HC*99999999999999999999999999*005010X222A1", "HC 99999999999999999999999999"),
        ("AK1*HC**005010X222A1", "HC"),
        ("AK1*HR*1*005010X212", "HR 1"),  # somebody else's status request, whose GS06 is ours by chance
    ],
)
def test_a_999_for_a_group_we_never_sent_stays_in_sight(
    gateway: Gateway, file: OutboundFile, ak1: str, told: str
) -> None:
    one = posted(gateway, x999(f"{ak1}\nAK9*R*1*1*0"))
    assert states(gateway, "A1", "A2", "B1") == ["sent"] * 3
    assert (one.file.state, one.outcome.unmatched) == ("posted", 1)
    assert [(found.kind, found.key, found.file) for found in waiting(gateway)] == [("999", told, one.file.name)]


def test_a_999_is_for_the_partner_who_sends_it(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, x999("AK1*HC*1*005010X222A1\nAK9*R*1*1*0"), partner="other")
    assert state(gateway, "A1") == "sent"


def test_a_rejection_stands_whichever_999_comes_first(gateway: Gateway, file: OutboundFile) -> None:
    for code in ("R", "A"):
        posted(gateway, x999(f"AK1*HC*1*005010X222A1\nAK9*{code}*2*2*0"))
    assert states(gateway, "A1", "B1") == ["rejected", "rejected"]
    sets = dump(gateway)["outbound_set"]
    assert all("rejected" in row for row in sets)


def test_a_997_counts_as_a_999(gateway: Gateway, file: OutboundFile) -> None:
    position = segment_of(gateway, file, "CLM*A2")
    segments = ["AK1*HC*1", "AK2*837*0001", f"AK3*CLM*{position}**8", "AK4*2**6*1O0", "AK5*R*5", "AK9*P*2*2*1"]
    one = posted(gateway, x12("FA", "997", "004010", segments))
    assert one.file.kind == "997"
    assert states(gateway, "A1", "A2", "B1") == ["rejected", "rejected", "acknowledged"]
    (finding,) = detail(gateway, "A2").findings
    assert (finding.field, finding.value, finding.code) == ("total_charge", "1O0", "IK4-6")
    assert detail(gateway, "A1").findings == []


# --- the errors of a 999


def rejecting(*errors: str, st02: str = "0001") -> bytes:
    inside = "\n".join(errors)
    return x999(f"""
        AK1*HC*1*005010X222A1
        AK2*837*{st02}*005010X222A1
        {inside}
        IK5*R*5
        AK9*P*2*2*1
    """)


def told(gateway: Gateway, number: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.field) for finding in detail(gateway, number).findings]


@pytest.mark.parametrize(
    ("segment", "ik4", "field"),
    [
        ("CLM*A2", "IK4*5:1**7*99", "place_of_service"),
        ("CLM*A2", "IK4*2**6*1O0", "total_charge"),
        ("HI*ABK:J061", "IK4*1:2**7*J061", "diagnoses[0].code"),
        ("SV1*HC:99214", "IK4*1:2**7*99214", "service_lines[1].procedure"),
        ("SV1*HC:99213:25", "IK4*2**6", "service_lines[0].charge"),
        ("REF*6R*A2-2", "IK4*2**5", "service_lines[1].line_item_control_number"),
        ("DTP*472*D8*20260617", "IK4*3**8", "service_lines[1].service_date"),
    ],
)
def test_an_error_goes_to_the_claim_and_field_at_its_place(
    gateway: Gateway, segment: str, ik4: str, field: str
) -> None:
    """The receiver names no claim: the place in what we sent tells."""
    two = claim("A2", line("99213", "100", day=16), line("99214", "65", day=17), diagnoses=claim("X").diagnoses)
    two.diagnoses[0].code = "J061"
    two.service_lines[0].modifiers = ["25"]
    file = sent(gateway, claim("A1"), two)
    place = segment_of(gateway, file, segment)
    posted(gateway, rejecting(f"IK3*{segment[:3].strip('*')}*{place}**8", ik4))
    assert told(gateway, "A2") == [(f"IK4-{ik4.split('*')[3]}", field)]
    assert told(gateway, "A1") == []


def test_an_error_in_the_subscriber_goes_to_every_claim_of_that_subscriber(gateway: Gateway) -> None:
    other = claim("B1").subscriber
    assert other is not None
    stranger = claim("B1")
    stranger.subscriber = type(other)(last_name="OTHER", first_name="ANN", member_id="ZZ9", relationship="18")
    file = sent(gateway, claim("A1"), claim("A2", patient=CHILD), stranger)
    place = segment_of(gateway, file, "NM1*IL*1*QUILLFEATHER")
    posted(gateway, rejecting(f"IK3*NM1*{place}*2010BA*8", "IK4*9*67*7*NW100200300"))
    # A2's subscriber isn't the patient, so that is another level, though the same person
    assert told(gateway, "A1") == [("IK4-7", "subscriber.member_id")]
    assert told(gateway, "B1") == []
    place = segment_of(gateway, file, "NM1*QC")
    posted(gateway, rejecting(f"IK3*NM1*{place}*2010CA*8", "IK4*3*1035*6*QUILLFEATHER"))
    assert told(gateway, "A2")[-1] == ("IK4-6", "patient.last_name")


def test_an_error_in_the_provider_goes_to_every_claim_of_the_set(gateway: Gateway, file: OutboundFile) -> None:
    place = segment_of(gateway, file, "NM1*85")
    posted(gateway, rejecting(f"IK3*NM1*{place}**8", "IK4*9*67*7*1234567893"))
    assert told(gateway, "A1") == told(gateway, "A2") == [("IK4-7", "billing_provider.npi")]
    assert told(gateway, "B1") == []


def test_the_claim_that_the_receiver_names_counts(gateway: Gateway, file: OutboundFile) -> None:
    """By CTX; and the name may be in the case that the receiver likes."""
    posted(gateway, rejecting("IK3*CLM*999**8", "CTX*CLM01:a2", "IK4*5:1**7*99"))
    (finding,) = detail(gateway, "A2").findings
    assert finding.field == ""  # there is no segment 999
    assert "CLM05-1 holds a code that isn't allowed" in finding.message
    assert told(gateway, "A1") == []


def test_a_missing_segment_is_told_without_guessing_a_field(gateway: Gateway, file: OutboundFile) -> None:
    place = segment_of(gateway, file, "HI*")
    posted(gateway, rejecting(f"IK3*REF*{place}*2300*3"))
    (finding,) = detail(gateway, "A1").findings
    assert (finding.code, finding.field) == ("IK3-3", "")
    assert finding.message.startswith("REF is missing")


@pytest.mark.parametrize("position", ["", "0", "-4", "99999", "1e3", "99999999999999999999", "٣"])
def test_an_error_at_no_place_of_ours_waits_in_sight(gateway: Gateway, file: OutboundFile, position: str) -> None:
    posted(gateway, rejecting(f"IK3*CLM*{position}**8"))
    assert state(gateway, "A1") == "rejected"
    assert [one.detail for one in waiting(gateway)] == ["CLM 8"]


def test_an_error_in_a_set_we_never_sent_waits_in_sight(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, rejecting("IK3*CLM*12**8", "CTX*CLM01:A1", st02="0009"))
    assert told(gateway, "A1") == []
    assert {one.kind for one in waiting(gateway)} == {"999"}


def test_errors_above_the_claims_do_not_flood_them(gateway: Gateway, file: OutboundFile) -> None:
    errors = [f"IK3*BHT*2**{code}" for code in range(500)]
    posted(gateway, rejecting(*errors))
    assert 0 < len(told(gateway, "A1")) <= 20


# --- TA1


def test_a_ta1_accepts_an_interchange(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, ta1("TA1*000000001*260701*0600*A*000"))
    assert states(gateway, "A1", "B1") == ["acknowledged", "acknowledged"]
    assert (again(gateway, file).ta1, again(gateway, file).ta1_note) == ("accepted", "000")


def test_a_ta1_rejects_an_interchange(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, ta1("TA1*000000001*260701*0600*R*025"))
    assert states(gateway, "A1", "A2", "B1") == ["rejected"] * 3
    assert (again(gateway, file).ta1, again(gateway, file).ta1_note) == ("rejected", "025")
    assert detail(gateway, "A1").events[-1].detail == "R 025"


@pytest.mark.parametrize("isa13", ["000000099", "", "ABC", "-00000001", "99999999999999999999"])
def test_a_ta1_for_an_interchange_we_never_sent_stays_in_sight(
    gateway: Gateway, file: OutboundFile, isa13: str
) -> None:
    posted(gateway, ta1(f"TA1*{isa13}*260701*0600*R*025"))
    assert states(gateway, "A1", "A2", "B1") == ["sent"] * 3
    assert [(one.kind, one.detail) for one in waiting(gateway)] == [("TA1", "R 025")]


# --- an answer proves that a file arrived


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        (ta1("TA1*000000001*260701*0600*A*000"), ["acknowledged", "acknowledged"]),
        (ta1("TA1*000000001*260701*0600*R*024"), ["rejected", "rejected"]),
        (x999("AK1*HC*1*005010X222A1\nAK9*A*1*1*1"), ["acknowledged", "acknowledged"]),
        (status_277ca("AY", ("A1", "A1:20"), batch="000000001", batch_status="A1:19"), ["acknowledged", "sent"]),
        (status_277ca("PR", ("A1", "A2:20")), ["accepted", "sent"]),
    ],
)
def test_an_answer_settles_an_uncertain_file(gateway: Gateway, answer: bytes, claims: list[str]) -> None:
    file = sent(gateway, claim("A1"), claim("A2"), ends="uncertain")
    assert states(gateway, "A1", "A2") == ["uncertain", "uncertain"]
    one = posted(gateway, answer)
    found = again(gateway, file)
    assert found.state == "sent"
    assert f"file {one.file.id}" in found.reason
    assert states(gateway, "A1", "A2") == claims


def test_an_answer_to_another_file_proves_nothing(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    file = sent(gateway, claim("B1"), ends="uncertain")
    posted(gateway, status_277ca("PR", ("A1", "A2:20"), ("NOBODY", "A2:20")))
    assert (again(gateway, file).state, state(gateway, "B1")) == ("uncertain", "uncertain")


def test_a_late_answer_to_an_earlier_version_proves_nothing_of_the_later_one(gateway: Gateway) -> None:
    """The replacement's file may not have arrived: only an answer that names its batch tells."""
    sent(gateway, claim("A1"))
    posted(gateway, status_277ca("PR", ("A1", "A7:562:85")))
    first = detail(gateway, "A1").claim.id
    file = sent(gateway, claim("A1"), supersedes=first, ends="uncertain")

    posted(gateway, status_277ca("PR", ("A1", "A7:562:85"), batch="000000001"))
    assert again(gateway, file).state == "uncertain"
    posted(gateway, status_277ca("PR", ("A1", "A7:562:85")))
    assert again(gateway, file).state == "uncertain"
    posted(gateway, status_277ca("PR", ("A1", "A2:20"), batch="000000002"))
    assert again(gateway, file).state == "sent"


# --- 277CA


CLEARINGHOUSE = status_277ca("AY", ("A1", "A1:20"), ("A2", "A1:20"), batch="000000001", batch_status="A1:19")
PAYER = status_277ca("PR", ("A1", "A2:20"), ("A2", "A7:562:85"), batch="PAYERS-OWN")


@pytest.mark.parametrize("order", list(permutations([CLEARINGHOUSE, PAYER])))
def test_the_worst_news_of_the_farthest_hop_counts_in_any_order(
    gateway: Gateway, file: OutboundFile, order: tuple[bytes, ...]
) -> None:
    for answer in order:
        posted(gateway, answer)
    assert states(gateway, "A1", "A2", "B1") == ["accepted", "rejected", "sent"]
    assert detail(gateway, "A1").claim.payer_claim_control_number == "PAYERA1"
    said = {event.detail for event in detail(gateway, "A2").events}
    assert {"clearinghouse: A1:20", "payer: A7:562:85"} <= said


def test_a_batch_rejected_without_claims_rejects_every_claim_in_it(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, status_277ca("AY", batch="000000001", batch_status="A3:24:41"))
    assert states(gateway, "A1", "A2", "B1") == ["rejected", "rejected", "sent"]


def provider_rejected(batch: str, provider_id: str) -> bytes:
    """A payer's 277CA that accepts a batch and rejects a billing provider in it, without a word on claims."""
    return x277ca(f"""
        BHT*0085*08*X*20260701*0600*TH
        HL*1**20*1
        NM1*PR*2*PAYER*****46*P1
        TRN*1*1
        HL*2*1*21*1
        NM1*41*2*TEST PRACTICE*****46*TESTSENDER
        TRN*2*{batch}
        STC*A1:19*20260701*WQ*165
        HL*3*2*19*0
        NM1*85*2*CORNERSTONE WALK IN*****{provider_id}
        TRN*1*0
        STC*A8:496:85*20260701*U*165
    """)


def test_a_provider_rejected_without_claims_rejects_the_providers_set(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, provider_rejected("000000002", "XX*1999999984"))
    assert states(gateway, "A1", "A2", "B1") == ["sent", "sent", "rejected"]


def test_of_providers_who_share_a_set_only_the_rejected_ones_claims_are(workspace: Workspace) -> None:
    gateway = opened(settings(workspace, batch="set_per_provider = false"))
    sent(gateway, claim("A1"), claim("A2"), claim("B1", billing_provider=WALK_IN))
    posted(gateway, provider_rejected("000000001", "XX*1999999984"))
    assert states(gateway, "A1", "A2", "B1") == ["sent", "sent", "rejected"]
    # By an id that isn't an NPI nobody can say whose claims are meant.
    posted(gateway, provider_rejected("000000001", "FI*123456789"))
    assert states(gateway, "A1", "A2", "B1") == ["sent", "sent", "rejected"]
    assert [found.key for found in waiting(gateway)] == ["123456789"]


def test_a_batch_nobody_sent_stays_in_sight(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, status_277ca("AY", batch="FOREIGN", batch_status="A3:24:41"))
    assert states(gateway, "A1", "A2", "B1") == ["sent"] * 3
    assert [(one.kind, one.key, one.detail) for one in waiting(gateway)] == [("277CA", "FOREIGN", "A3:24:41")]


def test_claims_nobody_knows_stay_in_sight(gateway: Gateway, file: OutboundFile) -> None:
    one = posted(gateway, status_277ca("PR", ("NOBODY", "A7:33:IL"), ("A1", "A2:20"), ("", "A7:33:IL")))
    assert state(gateway, "A1") == "accepted"
    assert one.outcome.unmatched == 2
    assert [found.key for found in waiting(gateway)] == ["NOBODY", ""]


def test_a_category_that_says_nothing_of_acceptance_is_shown_and_moves_nothing(
    gateway: Gateway, file: OutboundFile
) -> None:
    posted(gateway, status_277ca("PR", ("A1", "F1:65")))
    assert state(gateway, "A1") == "sent"
    assert [(found.key, found.detail) for found in waiting(gateway)] == [("A1", "F1:65")]


LONG = "Clinic-7-Visit-000000123"  # 24 characters, some of them small


@pytest.mark.parametrize("number", [LONG, LONG.upper(), LONG.lower(), LONG[:20], LONG[:20].upper(), f" {LONG} "])
def test_a_number_comes_back_in_other_case_or_cut(gateway: Gateway, number: str) -> None:
    sent(gateway, claim(LONG), claim("A1"))
    posted(gateway, status_277ca("PR", (number, "A2:20")))
    assert states(gateway, LONG, "A1") == ["accepted", "sent"]


def test_a_number_that_may_mean_two_claims_means_none(gateway: Gateway) -> None:
    sent(gateway, claim(LONG), claim(f"{LONG[:20]}X"))
    posted(gateway, status_277ca("PR", (LONG[:20], "A2:20"), (LONG[:19], "A2:20")))
    assert states(gateway, LONG, f"{LONG[:20]}X") == ["sent", "sent"]
    assert [found.key for found in waiting(gateway)] == [LONG[:20], LONG[:19]]


def test_an_answer_means_the_version_in_the_batch_it_names(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, status_277ca("AY", ("A1", "A7:562:85"), batch="000000001"))
    first = detail(gateway, "A1").claim.id
    sent(gateway, claim("A1"), supersedes=first)
    posted(gateway, status_277ca("PR", ("A1", "A3:21"), batch="000000001"))  # late news of the first
    assert detail(gateway, "A1").claim.version == 2
    assert state(gateway, "A1") == "sent"
    posted(gateway, status_277ca("PR", ("A1", "A2:20"), batch="000000002"))
    assert state(gateway, "A1") == "accepted"


def test_the_same_answer_twice_changes_nothing(gateway: Gateway, file: OutboundFile) -> None:
    posted(gateway, PAYER)
    before = states(gateway, "A1", "A2", "B1")
    posted(gateway, PAYER.replace(b"*0600*^", b"*0601*^"))  # the same words in another file
    assert states(gateway, "A1", "A2", "B1") == before


def test_an_answer_to_a_claim_that_never_left_is_somebody_elses(gateway: Gateway) -> None:
    """Taken for answered, it would never be sent."""
    made(gateway, claim("A1"))
    posted(gateway, status_277ca("PR", ("A1", "A2:20")))
    assert state(gateway, "A1") == "ready"
    assert [found.key for found in waiting(gateway)] == ["A1"]
