"""How fast X12 becomes records and records become X12: edigate beside pyx12, other libraries and the floor.

    python benchmarks/binding.py [--claims 1000] [--peers PYTHON] [--gigabyte]

Everything is measured in one run on the same made-up 835, each way the fastest of several, in MB/s:

- pyx12's `X12ContextReader` over every segment: a tree of loops, all values text;
- `edigate`: every claim as a typed record, amounts as Decimals, dates as dates, what is odd kept and told;
- `split`: the text split into segments and elements, and nothing else.

`--peers` names the Python of a virtual environment with any of openx12, edi-835-parser and
linuxforhealth-x12 (which needs `pydantic[dotenv]<2`); what isn't there is left out with a note. linuxforhealth-x12
can't read a PER in loop 1000A and wants ST03, so the file has no PER and has ST03.

Then professional claims of two lines each are written, records to text; and with `--gigabyte`, 1 GB is
made and read a chunk at a time, with the process's peak memory.
"""

from __future__ import annotations

import argparse
import io
import itertools
import logging
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyx12.error_handler
import pyx12.params
import pyx12.x12context
from x12 import CHUNK, chunks, seconds, split_only

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import Address, Claim, Diagnosis, Payer, Provider, ServiceLine, Submission, Subscriber
from edigate.remits.x221 import stream_payment
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.segments import Delimiters
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader

PROFESSIONAL = binding_of_kind("professional")
# What a peer's interpreter runs: reads the file once, prints seconds of reading it (imports aside).
PEERS = {
    "openx12": """
import openx12.x835 as peer
read = lambda: peer.parse(open(path).read()).claims
""",
    "edi-835-parser": """
import edi_835_parser as peer
read = lambda: list(peer.parse(path))
""",
    "linuxforhealth-x12": """
from linuxforhealth.x12.io import X12ModelReader
def read():
    with X12ModelReader(path) as reader:
        return list(reader.models())
""",
}
TIMED = """
import sys, time
path = sys.argv[1]
{body}
began = time.perf_counter()
assert read()
print(time.perf_counter() - began)
"""


def payment_file(claims: int) -> bytes:
    """The 835 that everybody reads: every reader named above can."""
    lines = b"".join(chunks("835", claims)).replace(b"ST*835*0001~", b"ST*835*0001*005010X221A1~").split(b"\n")
    kept = [line for line in lines if not line.startswith(b"PER*")]
    counted = sum(line != b"" for line in kept) - 4  # ISA, GS, GE, IEA
    return b"\n".join(b"SE*%d*0001~" % counted if line.startswith(b"SE*") else line for line in kept)


def read_payment(pieces: Iterable[bytes]) -> int:
    """All claims of a file as records, one at a time."""
    claims = 0
    for transaction_set in EnvelopeReader(pieces):
        stream = stream_payment(transaction_set)
        claims += sum(1 for _ in stream)
        assert not stream.findings  # noqa: S101  # a benchmark of broken files would be another one
    return claims


def edigate(content: bytes) -> None:
    read_payment(content[start : start + CHUNK] for start in range(0, len(content), CHUNK))


def pyx12_context(content: bytes) -> None:
    source = io.StringIO(content.decode("ascii"))
    reader = pyx12.x12context.X12ContextReader(pyx12.params.params(), pyx12.error_handler.errh_null(), source)
    for _ in reader.iter_segments():
        pass


def peer_seconds(python: str, body: str, path: Path) -> float | None:
    """How long another library reads the file; None where it isn't there or can't."""
    command = [python, "-W", "ignore", "-c", TIMED.format(body=body), str(path)]
    try:
        runs = [subprocess.run(command, capture_output=True, text=True, timeout=600, check=True) for _ in range(2)]
    except (OSError, subprocess.SubprocessError):
        return None
    return min(float(run.stdout) for run in runs)


def claims_to_write(count: int) -> Iterator[Claim]:
    """Claims of two lines each, of one billing provider; each with a subscriber of its own."""
    provider = Provider(
        entity_type="2", last_name="BENCH FAMILY MEDICINE", npi="1234567893", taxonomy="207Q00000X",
        address=Address(line1="1 EXAMPLE WAY", city="SPRINGFIELD", state="IL", postal_code="627010000"),
        tax_id="000000001", tax_id_type="EI",
    )  # fmt: skip
    payer = Payer(name="BENCH HEALTH", payer_id="P00001")
    doctor = Provider(entity_type="1", last_name="ALDER", first_name="MAPLE", npi="1234567893")
    for number in range(count):
        charges = Decimal(4000 + number % 500) / 100, Decimal(2500 + number % 300) / 100
        seen = date(2024, 1 + number % 12, 1 + number % 28)
        yield Claim(
            billing_provider=provider,
            payer=payer,
            subscriber=Subscriber(
                relationship="18", filing_indicator="CI", last_name=f"BIRCH{number}", first_name="ELM",
                member_id=f"M{number:08d}", birth_date=date(1950 + number % 50, 3, 4), sex="F",
                address=Address(line1=f"{number} OAK STREET", city="SPRINGFIELD", state="IL", postal_code="62701"),
            ),
            patient_control_number=f"B{number:09d}",
            total_charge=sum(charges, Decimal(0)),
            place_of_service="11",
            diagnoses=[Diagnosis(code="J069", qualifier="ABK"), Diagnosis(code="R05", qualifier="ABF")],
            rendering_provider=doctor,
            service_lines=[
                ServiceLine(
                    procedure=procedure, charge=charge, units=Decimal(1), diagnosis_pointers=[1, 2],
                    service_date=seen, line_item_control_number=f"B{number:09d}L{line}",
                )
                for line, (procedure, charge) in enumerate(zip(("99213", "87880"), charges, strict=True), 1)
            ],
        )  # fmt: skip


def write_claims(claims: list[Claim]) -> str:
    """Records to the text of a file."""
    now = datetime(2024, 1, 5, 9, 30)  # noqa: DTZ001  # the same file each time
    head = Submission(
        reference="BENCH", created_on=now.date(), created_at=time_of_day(9, 30), submitter_name="BENCH BILLING",
        submitter_id="BENCH01", receiver_name="BENCH CLEARINGHOUSE", receiver_id="BENCH02",
    )  # fmt: skip
    header = InterchangeHeader(
        sender_qualifier="ZZ", sender_id="BENCHSENDER", receiver_qualifier="ZZ", receiver_id="BENCHRECEIVER",
        created=now, control_number=1, usage="T",
    )  # fmt: skip
    group = GroupHeader(
        functional_id="HC", sender="BENCHSENDER", receiver="BENCHRECEIVER", created=now, control_number=1,
        guide=PROFESSIONAL.guide,
    )
    sets = [(SetHeader(id="837", control_number=1, guide=PROFESSIONAL.guide), PROFESSIONAL.encode_claims(head, claims))]
    return "".join(Serializer(Delimiters()).interchange(header, [(group, sets)]))


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gigabyte() -> Iterator[bytes]:
    """One 835 of 1 GB: the claims of a smaller one again and again between its head and its end."""
    content = payment_file(2000)
    head, first, rest = content.partition(b"CLP*")
    claims, end, tail = rest.partition(b"SE*")
    block = first + claims
    times = 10**9 // len(block)
    count = head.count(b"~") - 2 + times * block.count(b"~") + 1
    yield head
    for start in itertools.chain.from_iterable(range(0, len(block), CHUNK) for _ in range(times)):
        yield block[start : start + CHUNK]
    yield end + b"%d" % count + tail[tail.index(b"*") :]


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast X12 becomes records, and records become X12.")
    parser.add_argument("--claims", type=int, default=1000, help="claims in the 835 that all read (default 1000)")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has other libraries to compare with")
    parser.add_argument("--gigabyte", action="store_true", help="also read 1 GB and say how much memory it took")
    arguments = parser.parse_args()
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)

    content = payment_file(arguments.claims)
    megabytes = len(content) / 1e6
    print(f"835 of {arguments.claims:,} claims, {megabytes:.1f} MB, to records, MB/s")
    ours = theirs = 0.0
    for _ in range(4):  # in turns: others may use the machine, and no one way should have the quiet moments
        ours = max(ours, megabytes / seconds(partial(edigate, content), 10))
        theirs = max(theirs, megabytes / seconds(partial(pyx12_context, content), 1))
    floor = megabytes / seconds(partial(split_only, content), 5)
    claims_a_second = ours / megabytes * arguments.claims
    print(f"  {'edigate':20}{ours:8.2f}   {claims_a_second:,.0f} claims/s")
    print(f"  {'split only':20}{floor:8.2f}   {floor / ours:.1f} times edigate")
    print(f"  {'pyx12 context':20}{theirs:8.2f}   edigate is {ours / theirs:.0f} times as fast")
    if arguments.peers:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "payment.835"
            path.write_bytes(content)
            for name, body in PEERS.items():
                spent = peer_seconds(arguments.peers, body, path)
                if spent is None:
                    print(f"  {name:20}       -   not installed there, or it can't read the file")
                else:
                    ratio = ours * spent / megabytes
                    print(f"  {name:20}{megabytes / spent:8.2f}   edigate is {ratio:.1f} times as fast")
    else:
        print("  other libraries: not asked for (--peers)")

    claims = list(claims_to_write(4000))
    size = len(write_claims(claims)) / 1e6
    spent = seconds(partial(write_claims, claims), 5)
    print(f"\n837P written: {len(claims) / spent:,.0f} claims/s of two lines, {size / spent:.1f} MB/s")

    if arguments.gigabyte:
        before = peak_megabytes()
        began = time.perf_counter()
        found = read_payment(gigabyte())
        spent = time.perf_counter() - began
        print(
            f"\n1 GB: {found:,} claims in {spent:.0f} s, {1000 / spent:.1f} MB/s, "
            f"peak memory {peak_megabytes():.0f} MB ({before:.0f} MB before it)"
        )


if __name__ == "__main__":
    main()
