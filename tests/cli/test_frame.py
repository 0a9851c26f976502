"""However a command ends, a person gets one line and a script an exit code, and nobody a patient's name."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from edigate import errors
from edigate.cli import COMMANDS, Entry, main
from edigate.cli.endings import silence_other_ways_out
from edigate.cli.invocation import Invocation, pass_invocation
from edigate.logs import get_logger

MARKER = "ZZMARKERFAMILYNAME"  # stands for a patient's name in an exception's text
REPOSITORY = Path(__file__).resolve().parent.parent.parent

Register = Callable[[Callable[..., object]], None]


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Make a function the command `edigate trial`."""

    def add(function: Callable[..., object]) -> None:
        module = types.ModuleType("trial_command")
        module.command = click.command()(function)  # type: ignore[attr-defined]  # what a command's module offers
        monkeypatch.setitem(sys.modules, "trial_command", module)
        monkeypatch.setitem(COMMANDS, "trial", Entry("trial_command", "A trial."))

    return add


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (1, 1), (75, 75)])
def test_what_a_command_returns_is_the_exit_code(register: Register, result: int | None, code: int) -> None:
    register(lambda: result)
    assert main(["trial"]) == code


def kinds(root: type[errors.EdigateError] = errors.EdigateError) -> Iterator[type[errors.EdigateError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize("kind", list(kinds()))
def test_our_own_errors_are_told_with_their_hint(
    register: Register, capsys: pytest.CaptureFixture[str], kind: type[errors.EdigateError]
) -> None:
    register(raising(kind("the file is short", hint="Fetch it again.")))
    assert main(["trial"]) == kind.exit_code
    assert capsys.readouterr() == ("", "edigate: the file is short\n  Fetch it again.\n")


@pytest.mark.parametrize(
    "error",
    [ValueError(MARKER), KeyError(MARKER), AssertionError(MARKER), ExceptionGroup(MARKER, [ValueError(MARKER)])],
)
def test_any_other_error_shows_class_and_place_only(
    register: Register, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.delenv("EDIGATE_DEBUG", raising=False)
    register(raising(error))
    assert main(["trial"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"edigate: internal error ({type(error).__name__} at edigate/cli/")
    assert MARKER not in err
    assert "Traceback" not in err
    assert str(REPOSITORY) not in err


def test_debug_adds_places_and_still_no_text(
    register: Register, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDIGATE_DEBUG", "1")
    register(raising(ValueError(MARKER)))
    assert main(["trial"]) == 70
    err = capsys.readouterr().err
    assert "  cli/test_frame.py:" in err
    assert MARKER not in err


def test_an_operating_system_error_is_told_in_its_words_without_its_path(
    register: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    register(lambda: Path(f"/nowhere/{MARKER}").read_bytes())
    assert main(["trial"]) == 74
    err = capsys.readouterr().err
    assert err.startswith("edigate: no such file or directory (FileNotFoundError at ")
    assert MARKER not in err


def test_a_connection_that_broke_is_not_taken_for_our_output(
    register: Register, capsys: pytest.CaptureFixture[str]
) -> None:
    register(raising(BrokenPipeError(32, MARKER)))
    assert main(["trial"]) == 74
    assert capsys.readouterr().err.startswith("edigate: broken pipe (BrokenPipeError at ")


def test_an_interruption_is_no_defect(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    register(raising(KeyboardInterrupt()))
    assert main(["trial"]) == 130
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sned"], "No such command 'sned'. Did you mean 'send'?"),
        (["zzz"], "No such command 'zzz'."),
        (["--no-such-option"], "No such option"),
        (["init"], "Missing argument"),
        (["--log-level", "loud", "init", "x"], "loud"),
    ],
)
def test_a_wrong_command_line_is_64(capsys: pytest.CaptureFixture[str], argv: list[str], said: str) -> None:
    assert main(argv) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 64
    assert "Commands:" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_workspace_may_be_named_on_either_side(register: Register, workspace_dir: Path, order: str) -> None:
    seen: list[Path] = []

    @pass_invocation
    def command(invocation: Invocation) -> None:
        seen.append(invocation.workspace.root)

    register(command)
    option = ["--workspace", str(workspace_dir)]
    assert main([*option, "trial"] if order == "before" else ["trial", *option]) == 0
    assert seen == [workspace_dir]


def test_a_command_outside_a_workspace_says_how_to_make_one(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDIGATE_WORKSPACE", raising=False)

    @pass_invocation
    def command(invocation: Invocation) -> None:
        pytest.fail(f"found {invocation.workspace.root}")

    register(command)
    assert main(["trial"]) == 78
    assert "edigate init DIR" in capsys.readouterr().err


def test_logs_go_where_the_workspace_says(register: Register, workspace_dir: Path) -> None:
    with (workspace_dir / "edigate.toml").open("a") as file:
        file.write('[logs]\nfile = "state/edigate.log"\nlevel = "warning"\n')

    @pass_invocation
    def command(invocation: Invocation) -> None:
        log = get_logger("trial")
        assert invocation.workspace.log_file is not None
        log.warning("answer late", partner="acme")
        log.info("file sent")

    register(command)
    log_file = workspace_dir / "state" / "edigate.log"
    assert main(["trial", "--workspace", str(workspace_dir)]) == 0
    (line,) = log_file.read_text().splitlines()
    assert '"event":"answer late"' in line
    assert '"run_id":"20' in line
    assert main(["trial", "--workspace", str(workspace_dir), "--log-level", "info"]) == 0
    assert '"event":"file sent"' in log_file.read_text()


def test_a_thread_that_fails_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    try:
        silence_other_ways_out()
        thread = threading.Thread(target=raising(ValueError(MARKER)))
        thread.start()
        thread.join()
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
    err = capsys.readouterr().err
    assert err.startswith("edigate: a thread stopped (ValueError at ")
    assert MARKER not in err


@pytest.mark.parametrize(
    "fails",
    [
        f"raise ValueError('{MARKER}')",
        f"import atexit; atexit.register(lambda: int('{MARKER}'))",
        f"class Left:\n def __del__(self): int('{MARKER}')\nleft = Left()",
        f"import threading; threading.Thread(target=int, args=['{MARKER}']).start()",
        f"import warnings, logging; from edigate import logs; logs.configure(); warnings.warn('{MARKER}')",
        f"import faulthandler, os; member = '{MARKER}'; faulthandler.enable(); os.kill(os.getpid(), 6)",
        "import asyncio\nasync def main():\n"
        f" asyncio.get_running_loop().call_soon(int, '{MARKER}'); await asyncio.sleep(0)\n"
        "from edigate import logs; logs.configure(); asyncio.run(main())",
    ],
)
def test_no_other_way_out_of_the_process_quotes_anything(fails: str) -> None:
    """Uncaught, at exit, in destructors, threads, warnings, event loops, and where the process is killed."""
    program = f"from edigate.cli.endings import silence_other_ways_out as hush\nhush()\n{fails}\n"
    done = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=False)
    assert done.stderr, "it was told"
    assert MARKER not in done.stderr
    assert "Traceback" not in done.stderr


def test_memory_is_never_dumped_into_a_file() -> None:
    program = "from edigate.cli.endings import silence_other_ways_out as hush; hush(); import resource; "
    program += "print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def edigate(*args: str, stdout: int, umask: int = 0o022) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "edigate", *args],
        cwd=REPOSITORY,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        umask=umask,
    )


def test_a_reader_that_has_gone_is_no_error_to_talk_about() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = edigate("--help", stdout=writing)
    os.close(writing)
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full, a disk that is full")
def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = edigate("init", "--json", str(tmp_path / "claims"), stdout=full.fileno())
        err = process.communicate(timeout=30)[1]
    assert process.returncode == 74
    assert err.startswith("edigate: standard output can't be written\n")


def test_what_edigate_creates_is_for_its_owner_alone(tmp_path: Path) -> None:
    process = edigate("init", str(tmp_path / "above" / "claims"), stdout=subprocess.DEVNULL, umask=0)
    process.communicate(timeout=30)
    assert (tmp_path / "above").stat().st_mode & 0o077 == 0
