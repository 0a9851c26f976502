"""Many files at once: each has its own outcome, one refusal disturbs no other, and a lost line makes up nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edigate.errors import PartnerUnreachableError, RemoteRefusedError
from edigate.simulator.sftp_server import SftpServer
from edigate.transport import RemoteFile, open_transport
from edigate.transport.sftp import SftpTransport
from edigate.transport.sftp_protocol import TOGETHER
from tests.sshd import Sshd
from tests.transport.lines import Direction, Proxy
from tests.transport.partners import ENVIRON, PASSWORD, partner, settings

COUNT = 3 * TOGETHER + 5
FILES = {f"inbound/{number:03}": bytes([number]) * (number * 997) for number in range(COUNT)}  # none to 100 KB


@pytest.fixture(params=["simulator", pytest.param("openssh", marks=pytest.mark.real)])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[SftpTransport, Path]]:
    """A session with a server, and the folder that it serves."""
    root = tmp_path / "partner"
    (root / "inbound").mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        if request.param == "simulator":
            server = stack.enter_context(SftpServer(root, username="meadow", password=PASSWORD))
            sftp = settings(server)
        else:
            # Some of the files are past what fits: as on a full disk.
            sftp = stack.enter_context(Sshd(root, tmp_path / "sshd", max_file_bytes=95_000)).settings()
        transport = open_transport(partner(sftp=sftp), workspace=tmp_path, environ=ENVIRON)
        assert isinstance(transport, SftpTransport)
        yield stack.enter_context(transport), root


def test_each_of_many_arrives_or_is_refused_by_itself(session: tuple[SftpTransport, Path]) -> None:
    transport, root = session
    (root / "inbound" / "050").write_bytes(b"theirs")  # a name that is taken
    outcomes = dict(transport.write_many(FILES.items()))
    assert outcomes.keys() == FILES.keys()
    assert outcomes["inbound/050"] is not None
    assert "stands there now" in outcomes["inbound/050"].hint
    assert (root / "inbound" / "050").read_bytes() == b"theirs"
    refused = {path for path, outcome in outcomes.items() if outcome is not None}
    full = {path for path, content in FILES.items() if len(content) > 95_000}
    assert refused - {"inbound/050"} in (set(), full)
    for path, content in FILES.items():
        if path not in refused:
            assert (root / path).read_bytes() == content
    assert transport.stat("inbound/001") is not None  # the session is as good as before


def test_many_come_back_whole(session: tuple[SftpTransport, Path]) -> None:
    transport, root = session
    for path, content in FILES.items():
        (root / path).write_bytes(content)
    listed = transport.list("inbound")
    missing = RemoteFile("inbound", "missing", 10)
    came = {file.path: outcome for file, outcome in transport.read_many([*listed, missing])}
    assert isinstance(came.pop("inbound/missing"), RemoteRefusedError)
    assert came == FILES


def test_many_are_looked_at_and_removed_each_by_itself(session: tuple[SftpTransport, Path]) -> None:
    transport, root = session
    paths = [f"inbound/{number}" for number in range(COUNT)]
    for path in paths[:-1]:
        (root / path).write_text(path)
    looked = dict(transport.stat_many(paths))
    assert looked.pop(paths[-1]) is None
    assert {path: isinstance(one, RemoteFile) and one.size for path, one in looked.items()} == {
        path: len(path) for path in paths[:-1]
    }
    outcomes = dict(transport.remove_many(paths))
    assert [path for path, outcome in outcomes.items() if outcome is not None] == [paths[-1]]
    assert list((root / "inbound").iterdir()) == []


def test_renaming_many_replaces_nothing(session: tuple[SftpTransport, Path]) -> None:
    transport, root = session
    for number in range(COUNT):
        (root / "inbound" / f"{number}.tmp").write_text(str(number))
    (root / "inbound" / "7").write_text("theirs")
    outcomes = dict(transport.rename_many((f"inbound/{n}.tmp", f"inbound/{n}") for n in range(COUNT)))
    assert [path for path, outcome in outcomes.items() if outcome is not None] == ["inbound/7.tmp"]
    for number in range(COUNT):
        there = (root / "inbound" / str(number)).read_text()
        assert there == ("theirs" if number == 7 else str(number))
    assert (root / "inbound" / "7.tmp").read_text() == "7"


def test_a_file_that_gives_far_more_than_listed_is_not_taken_into_memory(session: tuple[SftpTransport, Path]) -> None:
    transport, root = session
    (root / "grown").write_bytes(bytes(3_000_000))
    ((_, outcome),) = transport.read_many([RemoteFile("", "grown", 1000)])
    assert isinstance(outcome, RemoteRefusedError)
    assert "more than the 1,000 bytes" in outcome.message


def test_who_stops_early_leaves_the_session_good(session: tuple[SftpTransport, Path]) -> None:
    transport, root = session
    outcomes = transport.write_many(FILES.items())
    assert isinstance(outcomes, Iterator)
    next(outcomes)
    outcomes.close()
    assert transport.stat("inbound") is not None
    assert len(list((root / "inbound").iterdir())) <= TOGETHER + 1


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_cut_line_makes_up_no_outcome(tmp_path: Path, direction: Direction, part: float) -> None:
    root = tmp_path / "partner"
    (root / "inbound").mkdir(parents=True)
    files = {path: content for path, content in FILES.items() if content}
    with SftpServer(root, username="meadow", password=PASSWORD) as server:

        def send(line: Proxy, outcomes: dict[str, RemoteRefusedError | None]) -> None:
            sftp = msgspec.structs.replace(settings(server), port=line.port)
            with open_transport(partner(sftp=sftp), workspace=tmp_path, environ=ENVIRON) as transport:
                assert isinstance(transport, SftpTransport)
                passed.append(line.passed[direction])
                for path, outcome in transport.write_many(files.items()):
                    outcomes[path] = outcome  # noqa: PERF403 - what was told until the line was cut stays told
                passed.append(line.passed[direction])

        passed: list[int] = []
        with Proxy((server.host, server.port)) as line:
            send(line, {})
        for path in files:
            (root / path).unlink()
        start, end = passed
        told: dict[str, RemoteRefusedError | None] = {}
        after = start + int((end - start) * part)
        with (
            Proxy((server.host, server.port), fault="cut", direction=direction, after=after) as line,
            pytest.raises(PartnerUnreachableError),
        ):
            send(line, told)
        assert len(told) < len(files)
        for path, outcome in told.items():
            assert outcome is None
            assert (root / path).read_bytes() == files[path]
