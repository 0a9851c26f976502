"""The campaign's short form: some two hundred runs, and the senders that must not pass it.

The whole, thousands of runs on both databases, is `make faults`.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import structlog

from tests.faults import plans
from tests.faults.bench import Bench, Played, strace_works
from tests.faults.cases import Case, Database, Fault
from tests.faults.judge import judge
from tests.faults.sender_process import Sent
from tests.faults.senders import CONTROLS
from tests.postgres import require_postgres

PARTS = 17  # spread over processes
ON_SERVER = PARTS - 1  # the one that plays on PostgreSQL, so that only one process starts it


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


@pytest.fixture(autouse=True)
def _quiet() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def chosen(part: int) -> list[Case]:
    """The same cases every time, of every sort; all parts together are the short form."""
    databases: list[Database] = ["postgresql" if part == ON_SERVER else "sqlite"]
    rng = random.Random(20260630)  # noqa: S311 - no secret
    calls = {databases[0]: plans.CALLS} if strace_works() else {}
    sorts = {
        7: plans.kills(databases, rng, calls),
        1: (case for case in plans.lines(databases, rng) if case.server != "openssh"),
        2: plans.servers(databases, rng),
        1.5: plans.receiving(databases, rng),
    }
    first = part % ON_SERVER
    return [
        case
        for count, cases in sorts.items()
        for case in itertools.islice(cases, int(first * count), int(first * count) + max(1, int(count)))
        if case.server != "openssh" or first % 4 == 0
    ]


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_goes_wrong_each_claim_is_with_the_receiver_once_or_told(bench: Bench, part: int) -> None:
    if part == ON_SERVER:
        require_postgres()
    outcomes = [judge(case, bench.play(case)) for case in chosen(part)]
    assert [(str(one.case), one.wrong, one.told) for one in outcomes if one.wrong] == []
    assert sum(one.struck for one in outcomes) > len(outcomes) / 2  # the faults come to pass


# For each negative control the cases that show what is wrong with it, and the step from which on runs are killed: its
# own, and edigate's, who passes the same.
CAUGHT_BY: dict[str, tuple[list[Case], str, str]] = {
    # Killed between the put and the commit.
    "naive": ([Case(group="kills", folders=plans.DIRECT)], "after putfo", "after sending CLOSE"),
    # The server's no is in replies that nobody reads.
    "unconfirmed": (
        [Case(group="servers", server=name, may_wait=True) for name in ("full", "silently-short", "close-failure")],
        "",
        "",
    ),
    # Killed between the renames of a set and the commit.
    "renames-first": ([Case(group="kills", server="pickup-rename")], "after sending RENAME", "after sending RENAME"),
    # Killed between the rename and the commit.
    "no-renaming": ([Case(group="kills", server="pickup-rename")], "after sending RENAME", "after sending RENAME"),
}


def first(steps: list[str], label: str) -> int:
    """The number of the first step so labelled, whatever else is sent with it."""
    return next(number for number, step in enumerate(steps) if step.startswith(label))


def struck(bench: Bench, cases: list[Case], label: str, sender: str) -> list[Case]:
    """The cases for a sender, killed at the step of that label and the next ones."""
    cases = [msgspec.structs.replace(case, sender=sender) for case in cases]
    if not label:
        return cases
    return [
        msgspec.structs.replace(case, faults=(Fault(step=first(bench.steps(case), label) + later),))
        for case in cases
        for later in range(5)
    ]


def test_every_control_has_its_cases() -> None:
    assert set(CAUGHT_BY) == set(CONTROLS)


@pytest.mark.parametrize("sender", CONTROLS)
def test_the_campaign_catches_who_sends_otherwise(bench: Bench, sender: str) -> None:
    cases, theirs, ours = CAUGHT_BY[sender]
    as_they_do = [judge(case, bench.play(case)) for case in struck(bench, cases, theirs, sender)]
    assert [one for one in as_they_do if one.wrong]
    as_we_do = [judge(case, bench.play(case)) for case in struck(bench, cases, ours, "edigate")]
    assert [(str(one.case), one.wrong) for one in as_we_do if one.wrong] == []


@pytest.fixture
def verdict(tmp_path: Path) -> Callable[[list[bytes]], list[str]]:
    """What the judge says of a file of four claims that is `sent` by the ledger, and of which so much arrived."""
    content = b"CLM*E1*CLM*E2*CLM*E3*CLM*E4*"
    sha256 = hashlib.sha256(content).hexdigest()
    kept = tmp_path / "archive" / sha256[:2] / sha256[2:4] / sha256
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)
    sent = Sent(files=[("a.x12", "sent", sha256, 4)])
    return lambda arrivals: judge(
        Case(group="kills"), Played([sent], arrivals, [], {}, tmp_path / "archive", 0, True)
    ).wrong


@pytest.mark.parametrize(
    ("arrivals", "wrong"),
    [
        ([b"CLM*E1*CLM*E2*CLM*E3*CLM*E4*"], []),
        ([], ["4 claims neither came nor are told of", "1 files are `sent` that never came"]),
        ([b"CLM*E1*CLM*E2*CLM*E3*CLM*E4*"] * 2, ["4 claims came twice"]),
        (
            [b"CLM*E1*CLM*E2*"],
            [
                "4 claims neither came nor are told of",
                "1 files are `sent` that never came",
                "half a file is under a final name, and it is `sent`",
            ],
        ),
    ],
    ids=["once", "never", "twice", "half"],
)
def test_the_judge_believes_the_receiver(
    arrivals: list[bytes], wrong: list[str], verdict: Callable[[list[bytes]], list[str]]
) -> None:
    """A ledger that says `sent` is no evidence."""
    assert verdict(arrivals) == wrong
