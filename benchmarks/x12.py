"""How fast X12 is validated: edigate beside pyx12 and beside merely splitting the text, in one run.

    python benchmarks/x12.py [--claims 1000] [--large 20000]

Makes its own files, 837P and 835, of made-up people whose names, dates, codes and amounts differ from claim
to claim. The first table is of one file read by all; the second of a larger one that pyx12 would take
minutes for, fed in chunks, with the process's peak memory.
"""

from __future__ import annotations

import argparse
import datetime
import io
import logging
import random
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial

import pyx12.params
import pyx12.x12n_document

from edigate.x12.validate import validate

ISA = "ISA*00*          *00*          *ZZ*BENCHSENDER    *ZZ*BENCHRECEIVER  *240105*0930*^*00501*000000001*0*T*:"
FIRST_DAY = datetime.date(2023, 1, 1)
NAMES = "ALDER BIRCH CEDAR DOGWOOD ELM FIR GINKGO HAZEL IRONWOOD JUNIPER LARCH MAPLE OAK PINE ROWAN SPRUCE".split()
PROCEDURES = "99212 99213 99214 99203 87880 81002 36415 93000 90471 85025".split()
DIAGNOSES = "J069 R05 I10 E119 M545 Z0000 J029 R509 N390 K219".split()
CHUNK = 1 << 16


def professional_claims(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of an 837P set of `count` claims, ST to SE without counting."""
    yield "ST*837*0001*005010X222A1"
    yield "BHT*0019*00*BENCH*20240105*0930*CH"
    yield from ("NM1*41*2*BENCH BILLING*****46*BENCH01", "PER*IC*ALEX SAMPLE*TE*5555550100")
    yield "NM1*40*2*BENCH CLEARINGHOUSE*****46*BENCH02"
    yield from ("HL*1**20*1", "PRV*BI*PXC*207Q00000X", "NM1*85*2*BENCH FAMILY MEDICINE*****XX*1234567893")
    yield from ("N3*1 EXAMPLE WAY", "N4*SPRINGFIELD*IL*627010000", "REF*EI*000000001")
    for number in range(1, count + 1):
        day = FIRST_DAY + datetime.timedelta(chance.randrange(365))
        charges = [chance.randrange(1000, 40000) for _ in range(chance.randrange(1, 5))]
        diagnoses = chance.sample(DIAGNOSES, chance.randrange(1, 4))
        yield f"HL*{number + 1}*1*22*0"
        yield "SBR*P*18*******CI"
        yield f"NM1*IL*1*{chance.choice(NAMES)}{number}*{chance.choice(NAMES)}****MI*M{chance.randrange(10**9):09d}"
        yield f"N3*{chance.randrange(1, 9999)} {chance.choice(NAMES)} STREET"
        yield f"N4*SPRINGFIELD*IL*{chance.randrange(62701, 62799)}"
        born = datetime.date(1930, 1, 1) + datetime.timedelta(chance.randrange(30000))
        yield f"DMG*D8*{born:%Y%m%d}*{chance.choice('FMU')}"
        yield f"NM1*PR*2*{chance.choice(NAMES)} HEALTH*****PI*P{chance.randrange(10**5):05d}"
        yield f"CLM*B{number:09d}*{_dollars(sum(charges))}***11:B:1*Y*A*Y*Y"
        yield "HI*" + "*".join(f"{'ABF' if index else 'ABK'}:{code}" for index, code in enumerate(diagnoses))
        yield f"NM1*82*1*{chance.choice(NAMES)}*{chance.choice(NAMES)}****XX*1234567893"
        for line, charge in enumerate(charges, 1):
            yield f"LX*{line}"
            yield f"SV1*HC:{chance.choice(PROCEDURES)}*{_dollars(charge)}*UN*{chance.randrange(1, 4)}***1"
            yield f"DTP*472*D8*{day:%Y%m%d}"
            yield f"REF*6R*B{number:09d}L{line}"


def payments(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of an 835 set that pays `count` claims."""
    yield "ST*835*0001"
    yield "BPR*I*1000*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20240120"
    yield from ("TRN*1*BENCH0001*1512345678", "DTM*405*20240119", "N1*PR*SAMPLE PAYER", "N3*3 EXAMPLE WAY")
    yield from ("N4*SPRINGFIELD*IL*62701", "PER*BL*PROVIDER LINE*TE*5555550101")
    yield from ("N1*PE*BENCH FAMILY MEDICINE*XX*1234567893", "LX*1")
    for number in range(1, count + 1):
        day = FIRST_DAY + datetime.timedelta(chance.randrange(365))
        lines = [(chance.randrange(5000, 40000), chance.randrange(0, 5000)) for _ in range(chance.randrange(1, 5))]
        charge, write_off = sum(line[0] for line in lines), sum(line[1] for line in lines)
        sums = f"{_dollars(charge)}*{_dollars(charge - write_off)}"
        yield f"CLP*B{number:09d}*1*{sums}**12*ICN{chance.randrange(10**9):09d}*11*1"
        yield f"NM1*QC*1*{chance.choice(NAMES)}{number}*{chance.choice(NAMES)}****MI*M{chance.randrange(10**9):09d}"
        yield f"DTM*232*{day:%Y%m%d}"
        for line, (billed, reduced) in enumerate(lines, 1):
            yield f"SVC*HC:{chance.choice(PROCEDURES)}*{_dollars(billed)}*{_dollars(billed - reduced)}**1"
            yield f"DTM*472*{day:%Y%m%d}"
            yield f"CAS*CO*45*{_dollars(reduced)}"
            yield f"REF*6R*B{number:09d}L{line}"
            yield f"AMT*B6*{_dollars(billed - reduced)}"


KINDS: dict[str, tuple[str, str, Callable[[int, random.Random], Iterator[str]]]] = {
    "837P": ("HC", "005010X222A1", professional_claims),
    "835": ("HP", "005010X221A1", payments),
}


def _dollars(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def segments(kind: str, count: int) -> Iterator[str]:
    """A whole file of one set, a segment at a time; the same each time."""
    functional_id, version, body = KINDS[kind]
    yield ISA
    yield f"GS*{functional_id}*BENCHSENDER*BENCHRECEIVER*20240105*0930*1*X*{version}"
    written = 0
    for segment in body(count, random.Random(count)):  # noqa: S311  # the same file each time, not a secret
        written += 1
        yield segment
    yield from (f"SE*{written + 1}*0001", "GE*1*1", "IEA*1*000000001")


def chunks(kind: str, count: int) -> Iterator[bytes]:
    """The file in chunks, made as they are asked for: memory doesn't grow with it."""
    held: list[str] = []
    size = 0
    for segment in segments(kind, count):
        held.append(segment)
        size += len(segment) + 2
        if size >= CHUNK:
            yield ("~\n".join(held) + "~\n").encode()
            held, size = [], 0
    yield ("~\n".join(held) + "~\n").encode()


def make_only(kind: str, count: int) -> None:
    """What making a file costs, to be taken off where it is made while it is read."""
    for _ in chunks(kind, count):
        pass


def split_only(content: bytes) -> None:
    """The floor: what nobody who looks at every element in Python can be faster than."""
    for segment in content.decode("latin-1").split("~"):
        segment.split("*")


def edigate(content: bytes) -> None:
    report = validate(content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    assert report.valid, report.findings[:3]  # noqa: S101  # a benchmark of refusing would be another one


def pyx12_document(content: bytes) -> None:
    accepted = pyx12.x12n_document.x12n_document(
        pyx12.params.params(), io.StringIO(content.decode("ascii")), None, None
    )
    assert accepted  # noqa: S101  # as above


def seconds(run: Callable[[], None], times: int) -> float:
    """The fastest of some runs: what else the machine does only ever makes one slower."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - began)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast X12 is validated, beside pyx12 and the floor.")
    parser.add_argument("--claims", type=int, default=1000, help="claims in the file that all read (default 1000)")
    parser.add_argument("--large", type=int, default=20_000, help="claims in the larger file (default 20000)")
    arguments = parser.parse_args()
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)

    print(f"one file of {arguments.claims:,} claims, fastest of several runs, MB/s")
    print(f"{'':6}{'size':>9}{'pyx12':>9}{'edigate':>9}{'split':>9}{'edigate/pyx12':>15}{'split/edigate':>15}")
    for kind in KINDS:
        content = b"".join(chunks(kind, arguments.claims))
        megabytes = len(content) / 1e6
        floor = megabytes / seconds(partial(split_only, content), 5)
        ours = megabytes / seconds(partial(edigate, content), 5)
        theirs = megabytes / seconds(partial(pyx12_document, content), 2)
        print(
            f"{kind:6}{megabytes:7.1f}MB{theirs:9.2f}{ours:9.1f}{floor:9.1f}{ours / theirs:14.0f}x{floor / ours:14.1f}x"
        )

    print(f"\n{arguments.large:,} claims, made and validated a chunk at a time")
    for kind in KINDS:
        made = sum(len(chunk) for chunk in chunks(kind, arguments.large))
        making = seconds(partial(make_only, kind, arguments.large), 1)
        began = time.perf_counter()
        report = validate(chunks(kind, arguments.large))
        spent = time.perf_counter() - began - making
        assert report.valid  # noqa: S101  # as above
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{kind:6}{made / 1e6:7.1f}MB {report.segments:,} segments in {spent:.1f} s:"
            f" {made / 1e6 / spent:.1f} MB/s, {report.claims / spent:,.0f} claims/s, peak memory {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()
