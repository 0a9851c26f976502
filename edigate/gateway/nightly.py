"""The night: convert what came in, send, receive, post, reconcile, purge where that is wanted; one exit code.

One partner's trouble, or one bad input file, never stops the others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from edigate.errors import EdigateError, Transient
from edigate.gateway.afterwards import afterwards, ends_of
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.names import kept_name
from edigate.gateway.opening import Gateway
from edigate.gateway.post import PostReport, post
from edigate.gateway.purge import Purged, purge_tonight
from edigate.gateway.receive import ReceiveReport, receive
from edigate.gateway.reconcile import ReconcileReport, reconcile
from edigate.gateway.send import SendReport, send
from edigate.gateway.watching import StepEnd
from edigate.ledger.runs import finish_run, start_run
from edigate.logs import get_logger
from edigate.reports.attention import Attention
from edigate.reports.glance import Glance

log = get_logger(__name__)

ALL_WELL, NEEDS_PERSON, TRY_LATER = 0, 1, 75
_BROKEN = 70  # a step that an error ended; the trouble says which


class Trouble(msgspec.Struct, frozen=True):
    """Something that ended early. `try_later`: running again may be all it needs."""

    step: str
    about: str
    message: str
    try_later: bool


class NightReport(msgspec.Struct, kw_only=True):
    """What a night did, and how everything stands after it."""

    converted: list[ConvertReport] = []
    sent: list[SendReport] = []
    received: list[ReceiveReport] = []
    posted: PostReport = msgspec.field(default_factory=PostReport)
    reconciled: ReconcileReport | None = None
    purged: Purged | None = None  # where [retention] wants it every night
    troubles: list[Trouble] = []
    glance: Glance | None = None
    attention: list[Attention] = []
    exit_code: int = ALL_WELL


def nightly(
    gateway: Gateway,
    *,
    tell: Callable[[str], None] = lambda text: None,
    warn: Callable[[str], None] = lambda text: None,
) -> NightReport:
    """All of it in order. `tell` is told each step as it begins, `warn` what those who watch couldn't be told.

    Raises LedgerBusyError where another night is at work, LedgerError and StorageError where the night
    itself can't be written down.
    """
    workspace = gateway.workspace
    report = NightReport()
    with gateway.only_one("nightly", everywhere=False):  # the hosts of a ledger share the night
        with gateway.ledger.write() as tx:
            run_id = start_run(tx, "nightly")
        for intake in workspace.config.intake:
            for path in workspace.intake_files(intake) if intake.files else [None]:
                about = kept_name(path.name) if path else f"mapping {intake.mapping}"
                tell(f"converting {about}")
                partner = workspace.partner(intake.partner)
                with _told(report, "convert", about):
                    report.converted.append(convert(gateway, path, intake.mapping, partner))
        for partner in workspace.partners():
            tell(f"sending to {partner.name}")
            with _told(report, "send", partner.name):
                report.sent.append(send(gateway, partner))
        refused = {one.partner for one in report.sent if one.refused_login}
        for partner in workspace.partners():
            if partner.name in refused:  # a second login tonight could lock the account
                continue
            tell(f"receiving from {partner.name}")
            with _told(report, "receive", partner.name):
                report.received.append(receive(gateway, partner))
        tell("posting")
        with _told(report, "post", "what was received"):
            report.posted = post(gateway)
        tell("reconciling")
        with _told(report, "reconcile", "the ledger"):
            report.reconciled = reconcile(gateway)
        if report.reconciled is not None:
            report.glance = report.reconciled.glance
            report.attention = report.reconciled.attention
        if workspace.config.retention.nightly:
            tell("purging")
            with _told(report, "purge", "what has its age"):
                report.purged = purge_tonight(gateway)
        report.exit_code = _exit_code(report)
        with gateway.ledger.write() as tx:
            finish_run(tx, run_id, report.exit_code, _summary(report))
        afterwards(gateway, _ends(report, gateway.clock()), warn)
    log.info("night over", exit_code=report.exit_code)
    return report


@contextlib.contextmanager
def _told(report: NightReport, step: str, about: str) -> Iterator[None]:
    """What stops one job is told, and the night goes on."""
    try:
        yield
    except EdigateError as error:
        report.troubles.append(Trouble(step, about, str(error), isinstance(error, Transient)))
        log.warning("step failed", stage=step, error=error)
    except Exception as error:  # a defect in one job must not cost the others their night
        # Its text is not ours and may quote data: its class is enough here, the log has its place.
        what = f"internal error ({type(error).__name__}); this is a defect of edigate, please report it"
        report.troubles.append(Trouble(step, about, what, try_later=False))
        log.exception("step failed", stage=step)


def _exit_code(report: NightReport) -> int:
    """1 where a person is needed, else 75 where trying again can help, else 0."""
    stopped: list[SendReport | ReceiveReport] = [*report.sent, *report.received]
    person = (
        any(not trouble.try_later for trouble in report.troubles)
        or any(one.stopped and not one.try_later for one in stopped)
        or any(one.refused for one in report.received)
        or any(one.urgent for one in report.attention)
    )
    if person:
        return NEEDS_PERSON
    later = any(trouble.try_later for trouble in report.troubles) or any(one.try_later for one in stopped)
    return TRY_LATER if later else ALL_WELL


def _ends(report: NightReport, at: datetime) -> list[StepEnd]:
    """How each step ended, for those who watch; the night itself is the last."""
    failed = {trouble.step for trouble in report.troubles}
    done = ["convert"] if report.converted else []
    ends = [*ends_of("send", report.sent, at), *ends_of("receive", report.received, at)]
    done += ["post", "reconcile", *(["purge"] if report.purged is not None else [])]
    ends += [StepEnd(step, at, ALL_WELL) for step in done if step not in failed]
    for one in report.troubles:
        partner = one.about if one.step in ("send", "receive") else ""
        ends.append(StepEnd(one.step, at, TRY_LATER if one.try_later else _BROKEN, partner, one.message))
    return [*ends, StepEnd("nightly", at, report.exit_code)]


def _summary(report: NightReport) -> dict[str, int | str]:
    """Counts for the diary of runs; no name of anybody."""
    return {
        "converted": sum(one.claims_made for one in report.converted),
        "refused": sum(one.refused for one in report.converted),
        "sent": sum(one.claims_sent for one in report.sent),
        "received": sum(len(one.files) for one in report.received),
        "posted": sum(one.file.state == "posted" for one in report.posted.files),
        "held": len(report.posted.held),
        "purged": report.purged.files if report.purged is not None else 0,
        "attention": len(report.attention),
        "troubles": len(report.troubles),
    }
