"""Calling somebody: a command of the workspace's is run once for what newly needs a person, with JSON on its input.

The JSON holds kinds, counts, dollars, ids of the ledger and messages of our own errors; nothing of a patient: no name,
no account number, no payer's words. The command inherits little of our environment, and what it does or fails to do
never fails a run.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from edigate.config import Workspace
from edigate.gateway.watching import StepEnd, Watch
from edigate.logs import get_logger
from edigate.reports.told import Attention

log = get_logger(__name__)

_SHOWN_IDS = 50
# Of our environment: what a program needs to run, and nothing that could be somebody's password.
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "EDIGATE_WORKSPACE")
_TRY_LATER = 75


class Alert(msgspec.Struct, frozen=True):
    """Things of one kind that need a person: how many stand, how many of them are new, and the new ones' ids."""

    kind: str
    count: int
    new: int
    dollars: str
    ids: tuple[int, ...]
    look: str  # the command that shows one of them


class FailedStep(msgspec.Struct, frozen=True):
    """A step that ended in a way that only a person mends."""

    step: str
    partner: str
    exit_code: int
    told: str


class Call(msgspec.Struct, frozen=True):
    """What the command gets on its standard input, as one JSON document."""

    workspace: str
    at: datetime
    attention: list[Alert]
    steps: list[FailedStep]


def new_things(
    watch: Watch, waiting: Sequence[Attention], root: Path, at: datetime
) -> tuple[Call | None, set[str]]:
    """What is to be called about, None where nothing is new; and the keys of all that stands now."""
    alerts: list[Alert] = []
    standing: set[str] = set()
    for one in waiting:
        if not one.urgent:
            continue
        keys = {f"{one.kind} {id_}": id_ for id_ in one.ids} or {one.kind: 0}
        standing |= keys.keys()
        new = [id_ for key, id_ in keys.items() if key not in watch.alerted]
        if new:
            alerts.append(Alert(one.kind, one.count, len(new), f"{one.amount:.2f}", tuple(new[:_SHOWN_IDS]), one.look))
    failed = [end for end in watch.steps.values() if end.exit_code not in (0, 1, _TRY_LATER)]
    standing |= {_key(end) for end in failed}
    steps = [
        FailedStep(end.step, end.partner, end.exit_code, end.told) for end in failed if _key(end) not in watch.alerted
    ]
    return (Call(str(root), at, alerts, steps) if alerts or steps else None), standing


def _key(end: StepEnd) -> str:
    return f"step {end.key} {end.exit_code}"


def call(workspace: Workspace, what: Call, environ: Mapping[str, str]) -> str:
    """Run the workspace's command; empty where it ended well, else why not, for a person."""
    command, seconds = workspace.config.alerts.on_attention, workspace.config.alerts.timeout_seconds
    try:
        process = subprocess.Popen(  # noqa: S603  # whose settings these are may run what they like
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=workspace.root,
            env={name: environ[name] for name in _INHERITED if name in environ},
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except OSError as error:
        return f"alerts.on_attention can't be run: {os.strerror(error.errno or 0).lower()}"
    try:
        process.communicate(msgspec.json.encode(what) + b"\n", timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"alerts.on_attention was ended after {seconds:g} s (alerts.timeout_seconds)"
    if process.returncode:
        return f"alerts.on_attention ended with {process.returncode}; it is called again with the next run"
    log.info("person called", count=len(what.attention) + len(what.steps))
    return ""
