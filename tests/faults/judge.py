"""What came of a case, by the receiver's journal: each claim once, or told; the ledger is only held against it.

A file came as often as the journal says that it was closed under a final name or renamed to one. One whose session
was cut before its CLOSE isn't in there, but what stands in the receiver's folder in the end is seen by who reads it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter

from tests.faults.bench import ANSWERS, Played
from tests.faults.cases import Case, Outcome
from tests.faults.workspaces import CLAIMS

_CLAIM = re.compile(rb"CLM\*([^*]+)\*")
_ALL = {f"E{number}" for number in range(1, CLAIMS + 1)}


def judge(case: Case, played: Played) -> Outcome:
    """The verdict. Claims by what the receiver has; `wrong` names what mustn't be."""
    try:
        return _judge_received(case, played) if case.sender == "receive" else _judge(case, played)
    finally:
        shutil.rmtree(played.archive, ignore_errors=True)


def _judge(case: Case, played: Played) -> Outcome:
    outcome = Outcome(case=case, hung=played.hung, killed=played.sends.count(None), struck=played.struck)
    outcome.told = [f"{one.stopped}{one.crash}" if one else "killed" for one in played.sends]
    last = played.sends[-1]
    if played.hung:
        outcome.wrong.append("a send went past its deadline")
    if last is None:
        outcome.wrong.append("the last send didn't come to its end")
        return outcome
    outcome.wrong += [f"no error of ours: {one.crash}" for one in played.sends if one is not None and one.crash]

    frozen = {sha256: _content(played, sha256) for _, _, sha256, _ in last.files}
    arrivals = played.arrivals + [content for content in played.standing if content not in played.arrivals]
    whole = [content for content in arrivals if hashlib.sha256(content).hexdigest() in frozen]
    parts = [content for content in arrivals if content and hashlib.sha256(content).hexdigest() not in frozen]
    outcome.partial = len(parts)
    times = Counter(claim for content in whole for claim in _claims(content))
    outcome.twice = sum(count > 1 for count in times.values())
    outcome.delivered = sum(count == 1 for count in times.values())
    came = {hashlib.sha256(content).hexdigest() for content in whole}
    seen = set(times)
    for name, state, sha256, _ in last.files:
        claims = _claims(frozen[sha256])
        if state == "sent" and sha256 not in came:
            outcome.untrue += 1
        elif sha256 in came:
            if state not in ("sent", "uncertain"):
                outcome.wrong.append(f"a file that came is {state}")
        elif state == "uncertain" and name in last.uncertain:
            outcome.uncertain += len(claims)
            seen |= claims
        elif state != "sent" and last.stopped and case.may_wait:
            outcome.waiting += len(claims)
            seen |= claims
    if case.may_wait and last.stopped and last.ready:
        outcome.waiting += last.ready
        seen |= _ALL - seen
    outcome.lost = len(_ALL - seen)
    for count, what in (
        (outcome.lost, "claims neither came nor are told of"),
        (outcome.twice, "claims came twice"),
        (outcome.untrue, "files are `sent` that never came"),
    ):
        if count:
            outcome.wrong.append(f"{count} {what}")
    if any(state == "sent" and frozen[sha256].startswith(tuple(parts)) for _, state, sha256, _ in last.files):
        outcome.wrong.append("half a file is under a final name, and it is `sent`")
    return outcome


def _judge_received(case: Case, played: Played) -> Outcome:
    """Each file that lay there is accounted for once, by its content; none is gone there that isn't here."""
    outcome = Outcome(case=case, hung=played.hung, killed=played.sends.count(None), struck=played.struck)
    outcome.told = [f"{one.stopped}{one.crash}" if one else "killed" for one in played.sends]
    last = played.sends[-1]
    if played.hung or last is None:
        outcome.wrong.append("the last receive didn't come to its end in time")
        return outcome
    outcome.wrong += [f"no error of ours: {one.crash}" for one in played.sends if one is not None and one.crash]
    times = Counter(last.fetched)
    for name, content in ANSWERS.items():
        fetched = times.pop((name, hashlib.sha256(content).hexdigest()), 0)
        if fetched == 1:
            outcome.fetched += 1
            if _content(played, hashlib.sha256(content).hexdigest()) != content:
                outcome.wrong.append(f"{name} isn't in the archive as it was")
        else:
            there = "still lies there" if name in played.left else "is gone there"
            outcome.wrong.append(f"{name} is accounted for {fetched} times, and {there}")
    outcome.wrong += [f"{name!r} came, which didn't lie there" for name, _ in times]
    if "delete_after_receive" in case.folders and played.left:
        outcome.wrong.append(f"{len(played.left)} files were received and not removed")
    return outcome


def _claims(content: bytes) -> set[str]:
    return {found.decode() for found in _CLAIM.findall(content)}


def _content(played: Played, sha256: str) -> bytes:
    return (played.archive / sha256[:2] / sha256[2:4] / sha256).read_bytes()
