"""How fast X12 is validated: edigate beside pyx12 and beside merely splitting the text, in one run.

    python benchmarks/x12.py            all of it, some minutes
    python benchmarks/x12.py --short    small files, half a minute: enough to see a ratio fall

Makes its own files (`x12_files`). Times are of the processor (user), since machines are shared, and the least of
several; what is told apart by processes (1 GB, all cores, start-up) is told by the clock too. pyx12 is spared
reading its maps, which it does for every file.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document
from x12_files import (  # type: ignore[import-not-found]  # its neighbour: scripts are run from their folder
    CHUNK,
    KINDS,
    chunks,
    endless_claims,
    sets_of_claims,
)

from edigate.x12.pyx12_folder import pyx12_folder
from edigate.x12.validate import validate

__all__ = ["CHUNK", "chunks", "seconds", "split_only"]  # also measured with by the other benchmarks

_SHORTER = {"277CA": 3, "999": 10}  # how many make a file of about the size
AIM_RATIO, AIM_MEGABYTES, AIM_START = 100, 200, 0.4


def split_only(content: bytes) -> None:
    """The floor: what nobody who looks at every element in Python can be faster than."""
    for segment in content.decode("latin-1").split("~"):
        segment.split("*")


def edigate(content: bytes) -> None:
    report = validate(content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    assert report.valid, report.findings[:3]  # noqa: S101  # a benchmark of refusing would be another one


def pyx12_document(content: bytes) -> None:
    accepted = pyx12.x12n_document.x12n_document(
        pyx12.params.params(), io.StringIO(content.decode("ascii")), None, None, map_path=str(pyx12_folder())
    )
    assert accepted  # noqa: S101  # as above


def seconds(run: Callable[[], object], times: int, clock: Callable[[], float] = time.process_time) -> float:
    """The fastest of some runs: what else the machine does only ever makes one slower."""
    best = float("inf")
    for _ in range(times):
        began = clock()
        run()
        best = min(best, clock() - began)
    return best


class Ended(NamedTuple):
    """What a process that was waited for had used. `peak` is in megabytes; its children's is not in it."""

    seconds: float
    processor: float
    peak: float
    output: bytes


def command(*arguments: str, given: Iterable[bytes] = ()) -> Ended:
    """Run `edigate` with these arguments, `given` on its standard input, and see what it took."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(
            [sys.executable, "-m", "edigate", *arguments], stdin=subprocess.PIPE, stdout=output
        ) as process:
            assert process.stdin is not None  # noqa: S101  # a pipe was asked for
            for piece in given:
                process.stdin.write(piece)
            process.stdin.close()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, process.returncode  # noqa: S101  # it was a valid file
        output.seek(0)
        return Ended(time.perf_counter() - began, used.ru_utime, used.ru_maxrss / 1024, output.read())


def beside_pyx12(claims: int, times: int) -> None:
    load, maps = pyx12.map_if.load_map_file, dict[str, Any]()
    pyx12.map_if.load_map_file = lambda name, param, path=None: (
        maps.get(name) or maps.setdefault(name, load(name, param, path))
    )
    print(f"one file of {claims:,} claims (277CA: {claims * 3:,}; 999: {claims * 10:,} sets), MB/s of processor time")
    print(f"{'':6}{'size':>9}{'pyx12':>9}{'edigate':>9}{'split':>9}{'edigate/pyx12':>15}{'split/edigate':>15}")
    for kind in KINDS:
        content = b"".join(chunks(kind, claims * _SHORTER.get(kind, 1)))
        pyx12_document(b"".join(chunks(kind, 1)))
        edigate(content)  # what is compiled once is compiled
        megabytes = len(content) / 1e6
        floor = megabytes / seconds(partial(split_only, content), times)
        ours = megabytes / seconds(partial(edigate, content), times)
        theirs = megabytes / seconds(partial(pyx12_document, content), 2)
        short = "" if ours / theirs >= AIM_RATIO else "  below the aim"
        print(
            f"{kind:6}{megabytes:7.1f}MB{theirs:9.3f}{ours:9.1f}{floor:9.1f}{ours / theirs:14.0f}x"
            f"{floor / ours:14.1f}x{short}"
        )


def large(counts: Iterable[int], folder: Path) -> None:
    print(f"\nfiles on disk, `edigate validate FILE`, one process and all {len(os.sched_getaffinity(0))} cores")
    for count in counts:
        for kind in ("837P", "835"):
            path = folder / f"{kind}-{count}.x12"
            with path.open("wb") as stream:
                stream.writelines(sets_of_claims(kind, count))
            megabytes = path.stat().st_size / 1e6
            one, all_ = (command("validate", "--json", *jobs, str(path)) for jobs in (["--jobs", "1"], []))
            assert one.output == all_.output  # noqa: S101  # nor may processes change what is said
            print(
                f"{kind:6}{count:9,} claims{megabytes:7.1f}MB{megabytes / one.processor:7.1f} MB/s"
                f"{json.loads(one.output)['claims'] / one.processor:9,.0f} claims/s, peak {one.peak:.0f} MB;"
                f" by the clock {one.seconds:.1f} s, on all cores {all_.seconds:.1f} s"
            )
            path.unlink()


def gigabyte(size: int) -> None:
    ended = command("validate", "--json", "-", given=endless_claims(size))
    report = json.loads(ended.output)
    short = "" if ended.peak < AIM_MEGABYTES else "  above the aim"
    print(
        f"\n{size / 1e9:.1f} GB streamed into `edigate validate -`: {report['claims']:,} claims,"
        f" {size / 1e6 / ended.processor:.1f} MB/s, peak memory {ended.peak:.0f} MB{short}"
    )


def start(folder: Path) -> None:
    path = folder / "small.x12"
    path.write_bytes(b"".join(chunks("837P", 2)))
    ended = [command("validate", str(path)) for _ in range(7)]
    processor, clock = min(one.processor for one in ended), min(one.seconds for one in ended)
    short = "" if clock < AIM_START else "  above the aim"
    print(f"\nstart: a file of two claims in {clock:.2f} s by the clock, {processor:.2f} s of processor{short}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast X12 is validated, beside pyx12 and the floor.")
    parser.add_argument("--short", action="store_true", help="small files only, for a check in between")
    parser.add_argument("--claims", type=int, default=0, help="claims in the files that all read (1000, short: 200)")
    arguments = parser.parse_args()
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    beside_pyx12(arguments.claims or (200 if arguments.short else 1000), times=5)
    with tempfile.TemporaryDirectory() as folder:
        large([2_000] if arguments.short else [10_000, 100_000], Path(folder))
        gigabyte(50_000_000 if arguments.short else 1_000_000_000)
        start(Path(folder))


if __name__ == "__main__":
    main()
