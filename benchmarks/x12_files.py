"""X12 files to measure with: of made-up people whose names, dates, codes and amounts differ from claim to claim.

Knows how files of each kind look that a practice and its payers exchange, of any length, made as they are read.
The same file each time.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator

ISA = "ISA*00*          *00*          *ZZ*BENCHSENDER    *ZZ*BENCHRECEIVER  *240105*0930*^*00501*000000001*0*T*:"
FIRST_DAY = datetime.date(2023, 1, 1)
NAMES = "ALDER BIRCH CEDAR DOGWOOD ELM FIR GINKGO HAZEL IRONWOOD JUNIPER LARCH MAPLE OAK PINE ROWAN SPRUCE".split()
PROCEDURES = "99212 99213 99214 99203 87880 81002 36415 93000 90471 85025".split()
DIAGNOSES = "J069 R05 I10 E119 M545 Z0000 J029 R509 N390 K219".split()
CHUNK = 1 << 16


def professional_claims(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of an 837P set of `count` claims, ST to SE without counting."""
    yield from _head("005010X222A1")
    for number in range(1, count + 1):
        day = FIRST_DAY + datetime.timedelta(chance.randrange(365))
        charges = [chance.randrange(1000, 40000) for _ in range(chance.randrange(1, 5))]
        diagnoses = chance.sample(DIAGNOSES, chance.randrange(1, 4))
        yield from _subscriber(number, chance)
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


def institutional_claims(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of an 837I set, ST to SE without counting."""
    yield from _head("005010X223A2")
    for number in range(1, count + 1):
        day = FIRST_DAY + datetime.timedelta(chance.randrange(300))
        charges = [chance.randrange(1000, 90000) for _ in range(chance.randrange(1, 6))]
        yield from _subscriber(number, chance)
        yield f"CLM*B{number:09d}*{_dollars(sum(charges))}***13:A:1**A*Y*Y"
        yield f"DTP*434*RD8*{day:%Y%m%d}-{day + datetime.timedelta(chance.randrange(9)):%Y%m%d}"
        yield "CL1*1*7*01"
        yield f"HI*ABK:{chance.choice(DIAGNOSES)}"
        yield f"NM1*71*1*{chance.choice(NAMES)}*{chance.choice(NAMES)}****XX*1234567893"
        for line, charge in enumerate(charges, 1):
            yield f"LX*{line}"
            yield f"SV2*0450*HC:{chance.choice(PROCEDURES)}*{_dollars(charge)}*UN*{chance.randrange(1, 4)}"
            yield f"DTP*472*D8*{day:%Y%m%d}"


def dental_claims(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of an 837D set, ST to SE without counting."""
    yield from _head("005010X224A2")
    for number in range(1, count + 1):
        day = FIRST_DAY + datetime.timedelta(chance.randrange(365))
        charges = [chance.randrange(1000, 90000) for _ in range(chance.randrange(1, 5))]
        yield from _subscriber(number, chance)
        yield f"CLM*B{number:09d}*{_dollars(sum(charges))}***11:B:1*Y*A*Y*Y"
        yield f"DTP*472*D8*{day:%Y%m%d}"
        yield f"NM1*82*1*{chance.choice(NAMES)}*{chance.choice(NAMES)}****XX*1234567893"
        for line, charge in enumerate(charges, 1):
            yield f"LX*{line}"
            yield f"SV3*AD:{chance.choice(('D0120', 'D1110', 'D2392', 'D7210'))}*{_dollars(charge)}****1"
            yield f"TOO*JP*{chance.randrange(1, 33)}"
            yield f"REF*6R*B{number:09d}L{line}"


def statuses(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of a 277CA set that tells of `count` claims."""
    yield from ("ST*277*0001*005010X214", "BHT*0085*08*ANSWER1*20240106*1200*TH", "HL*1**20*1")
    yield from ("NM1*PR*2*SAMPLE PAYER*****PI*SAMP1", "TRN*1*RECEIPT1", "DTP*050*D8*20240105", "DTP*009*D8*20240106")
    yield from ("HL*2*1*21*1", "NM1*41*2*BENCH BILLING*****46*BENCH01", "TRN*2*BENCH", "STC*A1:19:PR*20240106*WQ*150")
    yield from ("QTY*90*1", "AMT*YU*150", "HL*3*2*19*1", "NM1*85*2*BENCH FAMILY MEDICINE*****XX*1234567893")
    yield from ("TRN*1*0", "STC*A1:19:PR**WQ*150", "QTY*QA*1", "AMT*YU*150")
    for number in range(1, count + 1):
        day = FIRST_DAY + datetime.timedelta(chance.randrange(365))
        taken = chance.randrange(10) > 0
        yield f"HL*{number + 3}*3*PT"
        yield f"NM1*QC*1*{chance.choice(NAMES)}{number}*{chance.choice(NAMES)}****MI*M{chance.randrange(10**9):09d}"
        yield f"TRN*2*B{number:09d}"
        charge = _dollars(chance.randrange(1000, 40000))
        yield f"STC*{'A2:20' if taken else 'A3:21'}:PR*20240106*{'WQ' if taken else 'U'}*{charge}"
        if taken:
            yield f"REF*1K*ICN{chance.randrange(10**9):09d}"
        yield f"DTP*472*D8*{day:%Y%m%d}"


def acknowledgments(count: int, chance: random.Random) -> Iterator[str]:
    """The segments of a 999 set that answers `count` transaction sets, some refused."""
    refused = 0
    yield from ("ST*999*0001*005010X231A1", "AK1*HC*1*005010X222A1")
    for number in range(1, count + 1):
        yield f"AK2*837*{number:09d}*005010X222A1"
        if chance.randrange(4):
            yield "IK5*A"
            continue
        refused += 1
        yield f"IK3*{chance.choice(('CLM', 'NM1', 'SV1'))}*{chance.randrange(10, 4000)}*2300*8"
        yield f"CTX*CLM01:B{number:09d}"
        yield f"IK4*{chance.randrange(1, 9)}*{chance.randrange(20, 1500)}*7*ZZ"
        yield "IK5*R*5"
    yield f"AK9*P*{count}*{count}*{count - refused}"


def _head(version: str) -> Iterator[str]:
    yield f"ST*837*0001*{version}"
    yield "BHT*0019*00*BENCH*20240105*0930*CH"
    yield from ("NM1*41*2*BENCH BILLING*****46*BENCH01", "PER*IC*ALEX SAMPLE*TE*5555550100")
    yield "NM1*40*2*BENCH CLEARINGHOUSE*****46*BENCH02"
    yield from ("HL*1**20*1", "PRV*BI*PXC*207Q00000X", "NM1*85*2*BENCH FAMILY MEDICINE*****XX*1234567893")
    yield from ("N3*1 EXAMPLE WAY", "N4*SPRINGFIELD*IL*627010000", "REF*EI*000000001")


def _subscriber(number: int, chance: random.Random) -> Iterator[str]:
    """A subscriber who is the patient, and the payer."""
    yield f"HL*{number + 1}*1*22*0"
    yield "SBR*P*18*******CI"
    yield f"NM1*IL*1*{chance.choice(NAMES)}{number}*{chance.choice(NAMES)}****MI*M{chance.randrange(10**9):09d}"
    yield f"N3*{chance.randrange(1, 9999)} {chance.choice(NAMES)} STREET"
    yield f"N4*SPRINGFIELD*IL*{chance.randrange(62701, 62799)}"
    born = datetime.date(1930, 1, 1) + datetime.timedelta(chance.randrange(30000))
    yield f"DMG*D8*{born:%Y%m%d}*{chance.choice('FMU')}"
    yield f"NM1*PR*2*{chance.choice(NAMES)} HEALTH*****PI*P{chance.randrange(10**5):05d}"


KINDS: dict[str, tuple[str, str, Callable[[int, random.Random], Iterator[str]]]] = {
    "837P": ("HC", "005010X222A1", professional_claims),
    "835": ("HP", "005010X221A1", payments),
    "837I": ("HC", "005010X223A2", institutional_claims),
    "837D": ("HC", "005010X224A2", dental_claims),
    "277CA": ("HN", "005010X214", statuses),
    "999": ("FA", "005010X231A1", acknowledgments),
}


def _dollars(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


MOST = 5000  # claims in a set, as the guides have it


def segments(kind: str, count: int) -> Iterator[str]:
    """A whole file of one set, a segment at a time."""
    yield from _file(kind, [count])


def sets_of_claims(kind: str, count: int) -> Iterator[bytes]:
    """The file in chunks, in sets of at most 5,000 claims each, as a sender cuts them."""
    whole, rest = divmod(count, MOST)
    return _gathered(_file(kind, [MOST] * whole + [rest] * bool(rest)))


def _file(kind: str, sets: list[int]) -> Iterator[str]:
    functional_id, version, body = KINDS[kind]
    yield ISA
    yield f"GS*{functional_id}*BENCHSENDER*BENCHRECEIVER*20240105*0930*1*X*{version}"
    for number, count in enumerate(sets, 1):
        written = 0
        for segment in body(count, random.Random(count)):  # noqa: S311  # the same file each time, not a secret
            written += 1
            yield segment if written > 1 else segment.replace("*0001", f"*{number:04d}", 1)
        yield f"SE*{written + 1}*{number:04d}"
    yield from (f"GE*{len(sets)}*1", "IEA*1*000000001")


def endless_claims(size: int) -> Iterator[bytes]:
    """An 837P of at least `size` bytes: sets of 5,000 claims, made once and numbered anew."""
    lines = [*segments("837P", MOST)]
    yield "".join(line + "~\n" for line in lines[:2]).encode()
    body = "".join(line + "~\n" for line in lines[3:-3]).encode()
    sent = number = 0
    while sent < size:
        number += 1
        yield f"ST*837*{number:04d}*005010X222A1~\n".encode()
        for start in range(0, len(body), CHUNK):
            yield body[start : start + CHUNK]
        yield f"SE*{len(lines) - 4}*{number:04d}~\n".encode()
        sent += len(body)
    yield f"GE*{number}*1~\nIEA*1*000000001~\n".encode()


def chunks(kind: str, count: int) -> Iterator[bytes]:
    """A file of one set in chunks, made as they are asked for: memory doesn't grow with it."""
    return _gathered(segments(kind, count))


def _gathered(lines: Iterator[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for segment in lines:
        held.append(segment)
        size += len(segment) + 2
        if size >= CHUNK:
            yield ("~\n".join(held) + "~\n").encode()
            held, size = [], 0
    yield ("~\n".join(held) + "~\n").encode()
