"""After a job: what is done is sealed, how its steps ended is remembered, metrics are written, whoever must is called.

None of this fails a job: what goes wrong here is told, and logged, and the job's own ending stands.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from edigate.errors import EdigateError, StorageError, Transient
from edigate.gateway.alerts import call, new_things
from edigate.gateway.fees import load_terms
from edigate.gateway.judged_before import attention_now
from edigate.gateway.opening import Gateway
from edigate.gateway.sealing import sealing_trouble
from edigate.gateway.watching import StepEnd, changed_watch, read_watch, remember, write_whole
from edigate.logs import get_logger
from edigate.reports.metrics import Sample, Step, exposition, samples
from edigate.reports.told import Attention

log = get_logger(__name__)

NEEDS_PERSON, TRY_LATER = 1, 75


class WithPartner(Protocol):
    """A report of a job with one partner: what stopped it, if anything did."""

    @property
    def partner(self) -> str: ...
    @property
    def stopped(self) -> str: ...
    @property
    def try_later(self) -> bool: ...
    @property
    def refused_login(self) -> bool: ...


def ends_of(step: str, reports: Iterable[WithPartner], at: datetime) -> list[StepEnd]:
    """How a step ended with each partner: 77 where the login was refused, 69 for other trouble with the partner."""
    return [
        StepEnd(
            step,
            at,
            0 if not one.stopped else 77 if one.refused_login else TRY_LATER if one.try_later else 69,
            one.partner,
            one.stopped,
        )
        for one in reports
    ]


@contextlib.contextmanager
def watched(gateway: Gateway, step: str, tell: Callable[[str], None]) -> Iterator[list[StepEnd]]:
    """A job whose end shall be remembered: the body adds its steps, or none, and then it ended well as a whole.

    Where the body raises, the step is remembered as failed, and the exception goes on.
    """
    ends: list[StepEnd] = []
    try:
        yield ends
    except EdigateError as error:
        code = TRY_LATER if isinstance(error, Transient) else error.exit_code
        afterwards(gateway, [StepEnd(step, gateway.clock(), code, told=error.message)], tell)
        raise
    except Exception as error:
        # Its text may quote data: the class is enough to look for in the log.
        told = f"internal error ({type(error).__name__})"
        afterwards(gateway, [StepEnd(step, gateway.clock(), 70, told=told)], tell)
        raise
    afterwards(gateway, ends or [StepEnd(step, gateway.clock(), 0)], tell)


def afterwards(gateway: Gateway, ends: Sequence[StepEnd], tell: Callable[[str], None]) -> None:
    """Remember how steps ended; write metrics and call somebody where the settings say so. Raises nothing."""
    try:
        _afterwards(gateway, ends, tell)
    except EdigateError as error:
        log.warning("not told to who watches", error=error)
        tell(f"What this run did couldn't be told to who watches: {error.message}")
    except Exception as error:  # a defect here must not turn a good run into a failed one
        log.exception("not told to who watches")
        tell(f"What this run did couldn't be told to who watches ({type(error).__name__})")


def _afterwards(gateway: Gateway, ends: Sequence[StepEnd], tell: Callable[[str], None]) -> None:
    workspace = gateway.workspace
    if trouble := sealing_trouble(gateway):
        tell(trouble)
    with changed_watch(workspace.state) as watch:
        for end in ends:
            remember(watch, end)
    if workspace.metrics_file is None and not workspace.config.alerts.on_attention:
        return
    with gateway.ledger.read() as tx:
        waiting = attention_now(gateway, tx, load_terms(workspace), keep=True)
    troubles: list[str] = []
    try:
        write_metrics(gateway, waiting)
    except StorageError as error:  # somebody is called all the same
        log.warning("metrics not written", error=error)
        troubles.append(error.message)
    if workspace.config.alerts.on_attention:
        with changed_watch(workspace.state) as watch:  # held while the command runs: two runs don't call twice
            what, standing = new_things(watch, waiting, workspace.root, gateway.clock())
            trouble = call(workspace, what, gateway.environ) if what is not None else ""
            # What is over may be new again; what couldn't be told is tried again.
            watch.alerted = watch.alerted & standing if trouble else standing
        if trouble:
            log.warning("person not called")
            troubles.append(trouble)
    for trouble in troubles:
        tell(trouble)


def measured(gateway: Gateway, waiting: Sequence[Attention] | None = None) -> list[Sample]:
    """Everything that is measured, now; `waiting` where it was asked already."""
    workspace = gateway.workspace
    watch = read_watch(workspace.state)
    steps = [
        Step(one.step, one.partner, one.at, one.exit_code, one.succeeded_at)
        for _, one in sorted(watch.steps.items())
    ]
    with gateway.ledger.read() as tx:
        if waiting is None:
            waiting = attention_now(gateway, tx, load_terms(workspace))
        return samples(tx, workspace.partners(), waiting, steps)


def write_metrics(gateway: Gateway, waiting: Sequence[Attention] | None = None) -> None:
    """Exchange the metrics' file, readable by all, for the exporter runs as somebody else. Raises StorageError."""
    path = gateway.workspace.metrics_file
    if path is None:
        return
    try:
        write_whole(path, exposition(measured(gateway, waiting)).encode(), 0o644)
    except OSError as error:
        raise StorageError(
            f"metrics.textfile can't be written: {(error.strerror or '').lower()}",
            hint="The folder must be there, and this user must be let write into it.",
        ) from error
