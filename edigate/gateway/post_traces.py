"""277CA answers that our own number alone doesn't bring to a claim: by the trace number, and by the payer who speaks.

REF*D9 (2200D) is what intermediaries call a claim: our own where the 837 gave one (2300 REF*D9), else the
clearinghouse's, which its own 277CA told us beside our number and a payer's repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from edigate.gateway.posting import Posting
from edigate.gateway.waiting import statuses
from edigate.ledger.answers import ClaimRef, OutboundSet, claims_by_id, settle_unmatched
from edigate.ledger.matches import WaitingAnswer
from edigate.ledger.traces import claims_by_trace, keep_traces, payers_of_claims, records_of_set, waiting_under_traces
from edigate.responses.verdicts import Verdict
from edigate.secrecy import Phi

_PAYER = "PR"  # 277CA 2100A NM101


class _Sent(Phi, msgspec.Struct):
    """What of a claim's JSON is compared."""

    clearinghouse_trace_number: str = ""


_SENT = msgspec.json.Decoder(_Sent)


def claims_traced(
    posting: Posting, verdicts: Sequence[Verdict], batches: Mapping[str, OutboundSet]
) -> dict[str, ClaimRef]:
    """The claim of each trace number that answers without a number of ours quote; a doubtful number is left out."""
    wanted = {verdict.clearinghouse_trace_number for verdict in verdicts} - {""}
    found = claims_by_trace(posting.tx, posting.file.partner, wanted)
    for batch in {batches[one.batch_reference].id for one in verdicts if one.batch_reference in batches}:
        missing = wanted - found.keys()
        if not missing:
            break
        sent: dict[str, list[int]] = {}
        for claim_id, record in records_of_set(posting.tx, batch).items():
            sent.setdefault(_SENT.decode(record).clearinghouse_trace_number, []).append(claim_id)
        found |= {number: sent[number][0] for number in missing & sent.keys() if len(sent[number]) == 1}
    claims = claims_by_id(posting.tx, found.values())
    # One that never left us isn't meant: taken for answered it would never be sent.
    return {number: claims[id_] for number, id_ in found.items() if claims[id_].outbound_set_id is not None}


def remember_traces(posting: Posting, told: Mapping[int, str]) -> None:
    """Keep what the partner calls claims that our own number found: claim id -> REF*D9."""
    keep_traces(posting.tx, posting.file.partner, told)


def waited_for(posting: Posting, told: Mapping[int, str]) -> list[tuple[ClaimRef, Verdict, WaitingAnswer]]:
    """Answers that came before their trace number was told, and wait no more: each with its claim and what it says.

    A payer's 277CA may overtake the clearinghouse's; in either order the claim must end the same.
    """
    partner = posting.file.partner
    waiting = waiting_under_traces(posting.tx, partner, told.values())
    said = {
        id_: status.verdict
        for id_, status in statuses(posting.archive, waiting).items()
        if status.verdict.event is not None
    }
    found = claims_by_trace(posting.tx, partner, (one.clearinghouse_trace_number for one in said.values()))
    claims = claims_by_id(posting.tx, found.values())
    brought = []
    for answer in waiting:
        verdict = said.get(answer.id)
        claim_id = found.get(verdict.clearinghouse_trace_number) if verdict is not None else None
        if verdict is None or claim_id is None:
            continue
        settle_unmatched(posting.tx, answer.id, claim_id=claim_id, why=f"{answer.detail}; by its trace number")
        brought.append((claims[claim_id], verdict, answer))
    return brought


def of_payer(posting: Posting, claims: Iterable[ClaimRef], verdict: Verdict) -> list[ClaimRef]:
    """The claims of a batch that a verdict about all of it can mean: a payer speaks for its own claims alone.

    Empty where none of several payers is the one who speaks: then a person must look.
    """
    claims = list(claims)
    if verdict.sender != _PAYER:
        return claims
    payers = payers_of_claims(posting.tx, [claim.id for claim in claims])
    if len({_folded(payer.id or payer.name) for payer in payers.values()}) <= 1:
        return claims
    speaks = _folded(verdict.sender_id), _folded(verdict.sender_name)
    mine = [claim for claim in claims if speaks[0] and _folded(payers[claim.id].id) == speaks[0]]
    return mine or [claim for claim in claims if speaks[1] and _folded(payers[claim.id].name) == speaks[1]]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
