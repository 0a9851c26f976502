"""What one run of a command knows of itself: its id, its workspace, its log level. Starts the logs.

`--workspace` and `--log-level` belong to every command, so they are added here, to each command as it
is loaded, and work on both sides of its name. Knows no command.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edigate.cli.audited import audited

if TYPE_CHECKING:
    from pathlib import Path

    from edigate.config import Workspace

OK = 0
NEEDS_PERSON = 1  # it ran, and something in it waits for a person: a refused claim, a rejection, a variance
TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h: the same command may succeed later

_C = TypeVar("_C", bound=click.Command)

LEVELS = ("debug", "info", "warning", "error")


class Invocation:
    """One run of edigate. `workspace` is looked for when first asked, so bad settings stop a command early.

    `run_id` is in every log line: UTC time and four random hex digits, e.g. `20240105T021500Z-9f3c`.
    """

    def __init__(self) -> None:
        self.workspace_option: str | None = None
        self.log_level: str | None = None
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"

    @functools.cached_property
    def workspace(self) -> Workspace:
        """The workspace of `--workspace`, EDIGATE_WORKSPACE or the current directory. Raises ConfigError."""
        from edigate.config import find_workspace

        workspace = find_workspace(self.workspace_option)
        self.start_logs(workspace)
        for name, left in workspace.drafts.items():
            keys = ", ".join(problem.key for problem in left)
            click.echo(f"partners/{name}.toml isn't used: it waits to be filled in ({keys})", err=True)
        return workspace

    @property
    def root(self) -> Path:
        """The workspace's folder, for commands that mend settings and can't wait for all of them to be good."""
        from edigate.config import find_root

        return find_root(self.workspace_option)

    def start_logs(self, workspace: Workspace | None = None) -> None:
        """Send logs where the workspace says, or to standard error; `--log-level` wins over its setting."""
        from edigate import logs

        if workspace is None:
            logs.configure(level=self.log_level or "auto", at_once=False)
        else:
            settings = workspace.config.logs
            logs.configure(
                level=self.log_level or settings.level, format=settings.format, file=workspace.log_file
            )
        logs.bind(run_id=self.run_id)


pass_invocation = click.make_pass_decorator(Invocation)


def frame_options(command: _C, *, in_workspace: bool) -> _C:
    """Give a command (and those below a group) `--workspace` and `--log-level`, and logs before it runs.

    Done once a command; the same object is returned.
    """
    if getattr(command, "_edigate_framed", False):
        return command
    command._edigate_framed = True  # type: ignore[attr-defined]  # a mark on click's object: it is cached by its module
    if in_workspace:
        command.params.append(
            click.Option(
                ["--workspace"],
                metavar="DIR",
                help="The workspace (default: $EDIGATE_WORKSPACE, then the current directory).",
                expose_value=False,
                callback=_remember("workspace_option"),
            )
        )
    command.params.append(
        click.Option(
            ["--log-level"],
            type=click.Choice(LEVELS),
            help="How much to log (default: the workspace's setting).",
            expose_value=False,
            callback=_remember("log_level"),
        )
    )
    if isinstance(command, click.Group):
        for below in command.commands.values():
            frame_options(below, in_workspace=in_workspace)
    elif command.callback is not None:
        command.callback = _with_logs(command.callback)
    return command


def _remember(name: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def callback(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            setattr(ctx.ensure_object(Invocation), name, value)

    return callback


def _with_logs(callback: Callable[..., Any]) -> Callable[..., Any]:
    # Before the first line of any command: a library that logs early must not find Python's own handler,
    # which prints whatever text it is given.
    @functools.wraps(callback)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        invocation = context.ensure_object(Invocation)
        invocation.start_logs()
        with audited(context, invocation.run_id):
            return callback(*args, **kwargs)

    return wrapped
