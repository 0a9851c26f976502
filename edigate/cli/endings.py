"""How a command ends that doesn't return: one line for a person on standard error, and an exit code.

The text of an exception that isn't ours is never shown: a parser's or a database's message quotes the
data it choked on, and that is a patient's. Its class and place are enough to report it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

import click

from edigate.errors import EdigateError

USAGE = 64
NO_INPUT = 66
SOFTWARE = 70
IO_ERROR = 74
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
TERMINATED = 143  # 128 + SIGTERM
PIPE_CLOSED = 141  # 128 + SIGPIPE: whoever read our output has gone, e.g. `| head`


class TerminatedError(BaseException):
    """SIGTERM came. Not an `Exception`, so that no job takes it for trouble of its own and goes on."""


def end_on_terminate() -> None:
    """Let SIGTERM end what is under way as Ctrl-C would: sessions closed, leases given back, no half write kept.

    A second one ends the process at once; the ledger and the partners' files survive that, too.
    """

    def terminate(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise TerminatedError

    signal.signal(signal.SIGTERM, terminate)


_PACKAGE = Path(__file__).resolve().parent.parent


def ending_of(error: BaseException, *, debug: bool = False) -> int:
    """Tell a person on standard error why the command stopped, and return its exit code.

    `debug` adds the places the exception came through (file, line, function), never its text.
    """
    code = _tell(error)
    if debug and code not in (INTERRUPTED, TERMINATED, PIPE_CLOSED, USAGE):
        for place in places(error.__traceback__):
            _say(f"  {place}")
    return code


def _tell(error: BaseException) -> int:
    match error:
        case EdigateError():
            _say(f"edigate: {error.message}")
            if error.hint:
                _say(f"  {error.hint}")
            return error.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            _say("edigate: interrupted")
            return INTERRUPTED
        case TerminatedError():
            _say("edigate: stopped; the same command goes on where it was")
            return TERMINATED
        case click.FileError():
            error.show()
            return NO_INPUT
        case click.ClickException():
            error.show()
            return USAGE
        case SystemExit():
            return error.code if isinstance(error.code, int) else (0 if error.code is None else SOFTWARE)
        case BrokenPipeError() if _stdout_is_closed():
            return PIPE_CLOSED
        case OSError() if error.errno is not None:
            # The system's own words for the number; str(error) would add a path.
            _say(f"edigate: {os.strerror(error.errno).lower()} ({_class_and_place(error)})")
            return IO_ERROR
        case _:
            _say(f"edigate: internal error ({_class_and_place(error)})")
            _say("  This is a defect of edigate. EDIGATE_DEBUG=1 shows where; please report that.")
            return SOFTWARE


def places(traceback: TracebackType | None) -> Iterator[str]:
    """`file:line function` of each frame, outermost first; neither source text nor values."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield f"{_relative(code.co_filename)}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next


def silence_other_ways_out() -> None:
    """Keep the interpreter, threads and destructors from printing tracebacks, whose last line quotes the exception, and
    the system from dumping our memory into a file."""

    def uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        ending_of(error)  # before or after `main`: while importing, or in what runs at the very end

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            _say(f"edigate: a thread stopped ({_class_and_place(args.exc_value)})")

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            _say(f"edigate: an error while cleaning up ({_class_and_place(args.exc_value)})")

    sys.excepthook = uncaught
    threading.excepthook = thread_ended
    sys.unraisablehook = unraisable
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _class_and_place(error: BaseException) -> str:
    ours = [place for place in places(error.__traceback__) if place.startswith("edigate/")]
    where = ours[-1].split(" ")[0] if ours else "outside edigate"
    return f"{type(error).__name__} at {where}"


def _relative(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return f"edigate/{path.relative_to(_PACKAGE)}"
    return "/".join(path.parts[-2:])


def _stdout_is_closed() -> bool:
    """Whether the broken pipe is our own output's; if so, what is left to write goes nowhere."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # not a file, as in tests
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    if not any(event & select.POLLERR for _, event in poll.poll(0)):
        return False
    # Python flushes standard output once more at exit and would complain on standard error.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return True


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # standard error is closed: there is nobody to tell
        click.echo(line, err=True)
