"""The fault campaign: `python -m tests.faults.campaign --runs 3000 --seed 1`, or `make faults`.

Kills, bad lines and misbehaving servers, judged by the receiver's journal. Prints tables, of the negative controls
(senders that do what is often done) as well. Ends with 1 where edigate failed a run, or a control passed them all.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import get_args

import msgspec
import structlog

from tests.faults import plans
from tests.faults.bench import Bench, strace_works
from tests.faults.cases import Case, Database, Group, Outcome
from tests.faults.judge import judge
from tests.faults.senders import CONTROLS
from tests.faults.tables import ours, tables
from tests.postgres import POSTGRES

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
    outcomes = _played(plans.shuffled(asked.seed, cases), asked.jobs, asked.minutes, asked.diary)
    print(tables(outcomes), flush=True)
    failed = [one for one in outcomes if one.wrong and ours(one)]
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
    parser.add_argument("--diary", type=Path, help="keep there what was played, and go on from it")
    parser.add_argument("--controls", nargs="*", choices=CONTROLS, default=list(CONTROLS))
    parser.add_argument("--control-runs", type=int, default=60, help="of each negative control (default 60)")
    return parser


def _played(cases: Sequence[Case], jobs: int, minutes: float, diary: Path | None) -> list[Outcome]:
    """The outcomes of those whose fault came to pass, in no order; how far it is on standard error.

    What the diary holds of them isn't played again; what is played goes into it at once.
    """
    began = time.monotonic()
    outcomes = _known(diary)
    known = {one.case for one in outcomes}
    outcomes = [one for one in outcomes if one.case in set(cases)]
    left = [case for case in dict.fromkeys(cases) if case not in known]
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(diary.open("ab", buffering=0)) if diary else None
        pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        stack.callback(pool.shutdown, cancel_futures=True)
        playing = [pool.submit(play, case) for case in left]
        stack.enter_context(contextlib.suppress(TimeoutError))
        for number, done in enumerate(as_completed(playing, timeout=minutes * 60), start=1):
            outcome = done.result()
            outcomes.append(outcome)
            if written:
                written.write(msgspec.json.encode(outcome) + b"\n")
            if outcome.wrong and ours(outcome):
                print(f"\nWRONG {outcome.case}\n  {outcome.wrong}\n  {outcome.told}", file=sys.stderr, flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(left)} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return [outcome for outcome in outcomes if outcome.struck or outcome.wrong]


def _known(diary: Path | None) -> list[Outcome]:
    if diary is None or not diary.exists():
        return []
    whole = (line for line in diary.read_bytes().splitlines(keepends=True) if line.endswith(b"\n"))
    return [msgspec.json.decode(line, type=Outcome) for line in whole]


if __name__ == "__main__":
    sys.exit(main())
