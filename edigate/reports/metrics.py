"""The ledger in numbers for a monitor: Prometheus' text format, counts and times by partner, nobody's data.

Names and units follow Prometheus' conventions (a unit's base at the end, seconds and not hours). Writes no file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from edigate import __version__
from edigate.ledger.inbound import inbound_files
from edigate.ledger.outbound import pending_files
from edigate.ledger.queries import outstanding, standings
from edigate.ledger.states import CLAIM_STATES
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.usage import tests
from edigate.ledger.vitals import unanswered
from edigate.money import from_cents
from edigate.partners.model import Partner
from edigate.reports.told import Attention

# Every metric: its name and what it says, in the order written. All are gauges: the ledger is asked anew each time.
HELP: dict[str, str] = {
    "edigate_build_info": "The version that wrote this; always 1.",
    "edigate_written_timestamp_seconds": "When this was written.",
    "edigate_claims": "Claims by the state they are in; test claims are not among them.",
    "edigate_test_claims": "Claims made while their partner was in test: in no other number of claims or dollars.",
    "edigate_outstanding_dollars": "Dollars charged that nobody has paid, adjusted or denied yet.",
    "edigate_files_unsent": "Files that are frozen and haven't left.",
    "edigate_files_uncertain": "Files that may or may not have arrived: each needs a person.",
    "edigate_files_unacknowledged": "Files sent for production of which nobody has said a word yet (TA1, 999).",
    "edigate_unacknowledged_age_seconds": "How long the oldest of those has waited.",
    "edigate_inbound_files_held": "Files received that were not posted: each needs a person.",
    "edigate_inbound_files_unread": "Files received that wait to be posted.",
    "edigate_attention": "Things that wait for a person, by kind; urgent ones make a command end with 1.",
    "edigate_step_last_run_timestamp_seconds": "When a step last ended, however it ended.",
    "edigate_step_last_success_timestamp_seconds": "When a step last ended well.",
    "edigate_step_last_exit_code": "How a step last ended: 0 well, 75 to be tried again, others need a person.",
}


class Sample(msgspec.Struct, frozen=True):
    """One number: a metric of HELP, its labels in order, its value."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class Step(msgspec.Struct, frozen=True):
    """How a step last ended, as a monitor wants it."""

    step: str
    partner: str
    at: datetime
    exit_code: int
    succeeded_at: datetime | None


def samples(
    tx: ReadTransaction, partners: Iterable[Partner], waiting: Sequence[Attention], steps: Iterable[Step]
) -> list[Sample]:
    """Everything that is measured, in the order of HELP. Partners without anything are there with zeros."""
    names = [partner.name for partner in partners]
    found = [
        _sample("edigate_build_info", 1, version=__version__),
        _sample("edigate_written_timestamp_seconds", tx.at.timestamp()),
        *_claims(tx, names),
        *_files(tx, names),
    ]
    kinds = Counter({(one.kind, one.urgent): one.count for one in waiting})
    for (kind, urgent), number in sorted(kinds.items()):
        found.append(_sample("edigate_attention", number, kind=kind, urgent=str(urgent).lower()))
    for step in steps:
        whose = {"step": step.step, "partner": step.partner}
        found.append(_sample("edigate_step_last_run_timestamp_seconds", step.at.timestamp(), **whose))
        if step.succeeded_at is not None:
            at = step.succeeded_at.timestamp()
            found.append(_sample("edigate_step_last_success_timestamp_seconds", at, **whose))
        found.append(_sample("edigate_step_last_exit_code", step.exit_code, **whose))
    order = list(HELP)
    return sorted(found, key=lambda one: order.index(one.name))


def _claims(tx: ReadTransaction, names: Sequence[str]) -> Iterator[Sample]:
    counted = {(one.partner, one.state): one.claims for one in standings(tx)}
    open_cents = outstanding(tx)
    for name in names:
        for state in CLAIM_STATES:
            yield _sample("edigate_claims", counted.get((name, state), 0), partner=name, state=state)
        yield _sample("edigate_outstanding_dollars", float(from_cents(open_cents.get(name, 0))), partner=name)
        yield _sample("edigate_test_claims", tests(tx, name).count, partner=name)


def _files(tx: ReadTransaction, names: Sequence[str]) -> Iterator[Sample]:
    pending = pending_files(tx)
    uncertain = Counter(file.partner for file in pending if file.state == "uncertain")
    unsent = Counter(file.partner for file in pending if file.state != "uncertain")
    held = Counter(file.partner for file in inbound_files(tx, states=("held",)))
    unread = Counter(file.partner for file in inbound_files(tx, states=("received",)))
    silent = {one.partner: one for one in unanswered(tx)}
    for name in names:
        one = silent.get(name)
        age = (tx.at - one.oldest).total_seconds() if one else 0
        for metric, value in (
            ("edigate_files_unsent", unsent[name]),
            ("edigate_files_uncertain", uncertain[name]),
            ("edigate_files_unacknowledged", one.files if one else 0),
            ("edigate_unacknowledged_age_seconds", max(age, 0)),
            ("edigate_inbound_files_held", held[name]),
            ("edigate_inbound_files_unread", unread[name]),
        ):
            yield _sample(metric, value, partner=name)


def _sample(name: str, value: float, **labels: str) -> Sample:
    return Sample(name, tuple(labels.items()), value)


def exposition(found: Iterable[Sample]) -> str:
    """Samples in the text format that Prometheus and its node exporter read (version 0.0.4)."""
    lines: list[str] = []
    last = ""
    for one in found:
        if one.name != last:
            lines += [f"# HELP {one.name} {HELP[one.name]}", f"# TYPE {one.name} gauge"]
            last = one.name
        labels = ",".join(f'{key}="{_escaped(text)}"' for key, text in one.labels)
        lines.append(f"{one.name}{{{labels}}} {one.value:.15g}" if labels else f"{one.name} {one.value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
