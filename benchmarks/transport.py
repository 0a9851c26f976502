"""How fast files go to a partner and come back: edigate beside the OpenSSH client, on one real sshd.

    python benchmarks/transport.py [--short] [--rounds 5]

Both talk to the same sshd on loopback, which this script starts as the current user, in the same run and in
turns: others may use the machine, and neither side should have its quiet moments. Of each the least of several
counts, by the clock: of whole sessions, from the start of `sftp` or our connecting to the end of the last
command, and of the transfers alone; and the client's processor time for the whole session, which depends less
on who else is at work (`sftp` and its `ssh`; of ours without loading Python). The OpenSSH client runs as
`sftp -b`, with its own defaults and with AES-GCM, which edigate takes too; the faster of the two is compared. It
writes with `put`, which asks neither for fsync nor for the size; edigate asks for both. Files lie in memory
(/dev/shm) unless `--folder` says otherwise: on a disk, fsync would be what is measured, and the same for both
(`put -f`).

- 100 MB up and down (`--short`: 20 MB);
- 200 files of 30 KB up and down (`--short`: 60), on loopback and through a proxy that holds every byte back so
  that there and back takes 40 ms;
- edigate's processor time a MB, and how its memory grows with the file, at a tenth of the size and at the whole.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import multiprocessing
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from edigate.errors import RemoteRefusedError
from edigate.partners.model import Sftp
from edigate.simulator.host_keys import new_key
from edigate.transport.sftp import SftpTransport, connect

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") or "sshd"
ROUND_TRIP = 0.040  # seconds
SMALL = 30_000  # bytes

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp -d {root}
"""


class Server:
    """An sshd, the files it serves, and how both clients reach it; `port` may be a proxy's."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.root = home / "served"
        self.root.mkdir()
        private, self.host_key = new_key()
        client, public = new_key()
        for name, content in {"host_key": private, "key": client, "authorized_keys": public + "\n"}.items():
            (home / name).write_text(content)
            (home / name).chmod(0o600)

    def settings(self, port: int) -> Sftp:
        return Sftp(
            host="127.0.0.1", port=port, username=getpass.getuser(), host_keys=(self.host_key,),
            key_file=str(self.home / "key"), timeout_seconds=60,
        )  # fmt: skip

    def ours(self, port: int) -> SftpTransport:
        return connect(self.settings(port), where="benchmark", workspace=self.home, environ={})

    def theirs(self, port: int, batch: str, *options: str) -> tuple[float, float, float]:
        """Seconds that `sftp -b` takes for a batch: from its start, once it is logged in, and of the processor."""
        known = self.home / f"known_hosts.{port}"
        known.write_text(f"[127.0.0.1]:{port} {self.host_key}\n")
        command = [
            "sftp", "-q", "-b", "-", "-P", str(port), "-i", str(self.home / "key"), "-F", "none",
            "-o", "IdentitiesOnly=yes", "-o", f"UserKnownHostsFile={known}", *options,
            f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip
        started, used = time.perf_counter(), children_seconds()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            to, answers = process.stdin, process.stdout
            if to is None or answers is None:
                raise RuntimeError("no pipes")

            def do(commands: str) -> None:
                # `pwd` asks nothing of the server; its answer says that all before it is done.
                to.write(commands + "pwd\n")
                to.flush()
                if not any(line.startswith("Remote working directory") for line in answers):
                    raise RuntimeError("sftp ended early")

            do("")
            began = time.perf_counter()
            do(batch)
            ended = time.perf_counter()
        return ended - started, ended - began, children_seconds() - used


def children_seconds() -> float:
    """Processor time of the programs that we have started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def sshd(home: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(home, port)
    (home / "config").write_text(CONFIG.format(port=port, home=home, root=server.root))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(home / "config")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield server
    finally:
        process.terminate()
        process.wait()


async def delay(target: int, told: Connection) -> None:
    """A proxy that gives each piece on after half the round trip, whatever comes behind it."""

    async def one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def give() -> None:
            piece = b"begin"
            while piece:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                writer.write(piece)
                await writer.drain()
            writer.close()

        giving = asyncio.create_task(give())
        piece = b"begin"
        while piece:
            with contextlib.suppress(OSError):
                piece = await reader.read(1 << 18)
            pieces.put_nowait((time.monotonic() + ROUND_TRIP / 2, piece))
        with contextlib.suppress(OSError):
            await giving

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(one_way(reader, back), one_way(there, writer))

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    told.send(listening.sockets[0].getsockname()[1])
    await listening.serve_forever()


def run_delay(target: int, told: Connection) -> None:
    asyncio.run(delay(target, told))


@contextlib.contextmanager
def delayed(target: int) -> Iterator[int]:
    """The port of a proxy in a process of its own: it must not take our time, nor sshd's."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_delay, args=(target, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


class Race:
    """One task for both: `ours` on a session that stands, `batch` for `sftp -b`; `again` clears away before each."""

    def __init__(self, server: Server, port: int, rounds: int) -> None:
        self.server, self.port, self.rounds = server, port, rounds

    def run(self, name: str, ours: Callable[[SftpTransport], None], batch: str, again: Callable[[], None]) -> None:
        least: dict[str, tuple[float, ...]] = {}

        def keep(who: str, *seconds: float) -> None:
            least[who] = tuple(map(min, seconds, least.get(who, seconds)))

        for _ in range(self.rounds):
            again()
            started, used = time.perf_counter(), time.process_time()
            with self.server.ours(self.port) as transport:
                began = time.perf_counter()
                ours(transport)
                ended = time.perf_counter()
            keep("ours", ended - started, ended - began, time.process_time() - used)
            for options in ((), ("-c", "aes128-gcm@openssh.com")):
                again()
                keep("theirs", *self.server.theirs(self.port, batch, *options))
        pairs = zip(least["ours"], least["theirs"], strict=True)
        print(f"  {name:36}" + "".join(f"{one:9.3f}{other:9.3f}{other / one:7.2f} x" for one, other in pairs))


def upload(transport: SftpTransport, files: dict[str, bytes]) -> None:
    for path, outcome in transport.write_many(files.items()):
        if outcome is not None:
            raise RuntimeError(f"{path}: {outcome}")


def download(transport: SftpTransport, folder: str, count: int) -> None:
    """As the OpenSSH client does: into files."""
    with tempfile.TemporaryDirectory() as target:
        got = 0
        for file, content in transport.read_many(transport.list(folder)):
            if isinstance(content, RemoteRefusedError):
                raise content
            (Path(target) / file.name).write_bytes(content)
            got += 1
        if got != count:
            raise RuntimeError(f"{got} of {count} files came")


def read_big(transport: SftpTransport, path: str, target: Path) -> None:
    with target.open("wb") as opened:
        for piece in transport.read(path):
            opened.write(piece)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def flat(server: Server, content: bytes) -> None:
    """Processor time a MB and growth of memory, for a tenth and for the whole."""
    (server.root / "warm").write_bytes(content[:1_000_000])
    with server.ours(server.port) as transport:
        upload(transport, {"warm-up": content[:1_000_000]})
        read_big(transport, "warm", Path(os.devnull))
        for part in (len(content) // 10, len(content)):
            (server.root / "flat").write_bytes(content[:part])
            piece = content[:part]
            before, used = peak_megabytes(), time.process_time()
            transport.write(f"flat.{part}", piece)
            up = (time.process_time() - used) / part * 1e9
            used = time.process_time()
            read_big(transport, "flat", Path(os.devnull))
            down = (time.process_time() - used) / part * 1e9
            (server.root / f"flat.{part}").unlink()
            grown = peak_megabytes() - before
            print(
                f"  {part / 1e6:4.0f} MB: {up:5.2f} ms a MB up, {down:5.2f} ms a MB down, "
                f"memory {before:.0f} MB and {grown:.0f} MB more"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast files go to a partner and back, beside the OpenSSH client.")
    parser.add_argument("--short", action="store_true", help="smaller files, fewer of them, three rounds")
    parser.add_argument("--rounds", type=int, help="how often each is measured (default 5; 3 with --short)")
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made below it
    parser.add_argument("--folder", type=Path, default=memory if memory.is_dir() else None, help="where files lie")
    arguments = parser.parse_args()
    big, count = (20_000_000, 60) if arguments.short else (100_000_000, 200)
    rounds = arguments.rounds or (3 if arguments.short else 5)

    with (
        tempfile.TemporaryDirectory(dir=arguments.folder) as folder,
        sshd(Path(folder)) as server,
        delayed(server.port) as far,
    ):
        home, root = server.home, server.root
        content = os.urandom(big)
        (home / "big").write_bytes(content)
        small = home / "small"
        small.mkdir()
        files = {f"in/{number:03}.x12": os.urandom(SMALL) for number in range(count)}
        for path, piece in files.items():
            (small / Path(path).name).write_bytes(piece)
        (root / "big").write_bytes(content)
        shutil.copytree(small, root / "out")
        got = home / "got"

        def again() -> None:
            for place in (root / "in", got):
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()

        print(f"  {'seconds':36}{'whole session':^27}{'transfers alone':^27}{'processor':^27}")
        print(f"  {'':36}" + f"{'edigate':>9}{'sftp -b':>9}{'ratio':>9}" * 3)
        race = Race(server, server.port, rounds)
        race.run(f"{big / 1e6:.0f} MB up", lambda t: t.write("in/big", content), f"put {home}/big in/big\n", again)
        race.run(f"{big / 1e6:.0f} MB down", lambda t: read_big(t, "big", got / "big"), f"get big {got}/big\n", again)
        puts = "".join(f"put {small / Path(path).name} {path}\n" for path in files)
        gets = "".join(f"get out/{Path(path).name} {got}/\n" for path in files)
        for where, port in (("", server.port), (f", {ROUND_TRIP * 1000:.0f} ms there and back", far)):
            race = Race(server, port, rounds if port == server.port else 1)
            race.run(f"{count} x 30 KB up{where}", lambda t: upload(t, files), puts, again)
            race.run(f"{count} x 30 KB down{where}", lambda t: download(t, "out", count), gets, again)

        print("\nedigate's processor time and memory")
        flat(server, content)


if __name__ == "__main__":
    main()
