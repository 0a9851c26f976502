"""The fault campaign: `python -m tests.faults.campaign --runs 3000 --seed 1`, or `make faults`.

Kills, bad lines and misbehaving servers, judged by the receiver's journal. Prints a table, and the negative controls
(senders that do what is often done) beside it. Ends with 1 where edigate failed a run, or a control passed them all.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from multiprocessing.util import Finalize
from typing import get_args

import structlog

from tests.faults import plans
from tests.faults.bench import Bench, strace_works
from tests.faults.cases import Case, Database, Group, Outcome
from tests.faults.judge import judge
from tests.faults.senders import CONTROLS
from tests.postgres import POSTGRES

_OURS = ("edigate", "receive")
_COUNTED = ("fetched", "delivered", "uncertain", "waiting", "lost", "twice", "partial", "untrue", "hung")
_HOW = {"": "draft", plans.DIRECT: "direct", plans.PART: "draft .part"}
_bench: Bench | None = None


def play(case: Case) -> Outcome:
    """Play a case on this process's bench, and judge it."""
    global _bench  # noqa: PLW0603 - a process has one, made when it is first needed
    if _bench is None:
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # no line for each file
        _bench = Bench()
        Finalize(None, _bench.__exit__, (None, None, None), exitpriority=10)  # its servers go with this process
    try:
        return judge(case, _bench.play(case))
    except Exception as error:  # noqa: BLE001 - one case that can't be played must not end thousands of others
        return Outcome(case=case, wrong=[f"the bench failed: {type(error).__name__}: {error}"])


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    databases: list[Database] = [asked.database] if asked.database else ["sqlite", "postgresql"]
    if POSTGRES is None and "postgresql" in databases:
        databases.remove("postgresql")
        print("no PostgreSQL here: SQLite alone", file=sys.stderr)
    calls: dict[Database, dict[str, int]] = {}
    if strace_works():
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        with Bench() as bench:
            calls = {one: bench.syscalls(Case(group="kills", database=one)) for one in databases}
    else:
        print("no strace here: killed at labelled steps alone", file=sys.stderr)
    groups: list[Group] = [asked.only] if asked.only else list(get_args(Group))
    rng = random.Random(asked.seed)  # noqa: S311 - chosen by a seed, no secret
    every: dict[Group, Iterator[Case]] = {
        "kills": plans.kills(databases, rng, calls),
        "lines": plans.lines(databases, rng),
        "servers": plans.servers(databases, rng),
        "receiving": plans.receiving(databases, rng),
    }
    shares: dict[Group, float] = {"kills": 0.65, "lines": 0.2, "servers": 0.1, "receiving": 0.05}
    whole = sum(shares[group] for group in groups)
    cases = [
        case for group in groups for case in itertools.islice(every[group], round(asked.runs * shares[group] / whole))
    ]
    for sender in asked.controls:
        cases += itertools.islice(plans.controls(sender, databases, rng), asked.control_runs)
    rng.shuffle(cases)
    outcomes = _played(cases, asked.jobs, asked.minutes)
    print(table([one for one in outcomes if one.case.sender in _OURS]))
    print()
    print(control_table([one for one in outcomes if one.case.sender in CONTROLS]), flush=True)
    failed = [one for one in outcomes if one.wrong and one.case.sender in _OURS]
    for one in failed[:50]:
        print(f"\n{one.case}\n  {'; '.join(one.wrong)}\n  {one.told}", file=sys.stderr)
    caught = {one.case.sender for one in outcomes if one.wrong}
    return int(bool(failed) or not caught >= set(asked.controls))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3000, help="of edigate (default 3000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=get_args(Database))
    parser.add_argument("--only", choices=get_args(Group))
    parser.add_argument("--jobs", type=int, default=4, help="at once; much of it is waiting (default 4)")
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="end then, and tell of what was played")
    parser.add_argument("--controls", nargs="*", choices=CONTROLS, default=list(CONTROLS))
    parser.add_argument("--control-runs", type=int, default=100, help="of each negative control (default 100)")
    return parser


def _played(cases: Sequence[Case], jobs: int, minutes: float) -> list[Outcome]:
    """The outcomes of those whose fault came to pass, in no order; how far it is on standard error."""
    began = time.monotonic()
    outcomes: list[Outcome] = []
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    with contextlib.suppress(TimeoutError):
        playing = [pool.submit(play, case) for case in cases]
        for number, done in enumerate(as_completed(playing, timeout=minutes * 60), start=1):
            outcome = done.result()
            outcomes.append(outcome)
            if outcome.wrong and outcome.case.sender in _OURS:
                print(f"\nWRONG {outcome.case}\n  {outcome.wrong}\n  {outcome.told}", file=sys.stderr, flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(cases)} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    pool.shutdown(wait=False, cancel_futures=True)
    return [outcome for outcome in outcomes if outcome.struck or outcome.wrong]


def table(outcomes: Sequence[Outcome]) -> str:
    """Runs and claims by group, database, server and how it is written to, as Markdown."""
    rows: dict[tuple[str, str, str, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        how = _HOW[one.case.folders] if one.case.sender != "receive" else one.case.folders and "removing"
        rows[one.case.group, one.case.database, one.case.server, how].append(one)
    lines = [f"| what | database | server | written | runs | {' | '.join(_COUNTED)} | failed |"]
    lines.append("|" + " --- |" * (6 + len(_COUNTED)))
    lines += [_row(key, found) for key, found in sorted(rows.items())]
    lines.append(_row(("all", "", "", ""), outcomes))
    return "\n".join(lines)


def control_table(outcomes: Sequence[Outcome]) -> str:
    """The negative controls, as Markdown."""
    lines = [f"| control | runs | {' | '.join(_COUNTED)} | failed |", "|" + " --- |" * (3 + len(_COUNTED))]
    senders = sorted({one.case.sender for one in outcomes})
    lines += [_row((sender,), [one for one in outcomes if one.case.sender == sender]) for sender in senders]
    return "\n".join(lines)


def _row(key: tuple[str, ...], outcomes: Sequence[Outcome]) -> str:
    sums = [sum(getattr(one, name) for one in outcomes) for name in _COUNTED]
    failed = sum(bool(one.wrong) for one in outcomes)
    return f"| {' | '.join(key)} | {len(outcomes)} | {' | '.join(map(str, sums))} | {failed} |"


if __name__ == "__main__":
    sys.exit(main())
