"""A payment of any length is read in the same memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Its own process: what pytest holds is not the reader's. Tens of megabytes of claims, made as they are asked for.
READS = r"""
import pathlib, re, sys
from edigate.remits.x221 import stream_payment
from edigate.x12.envelope import EnvelopeReader

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260105*1200*^*00501*000000001*0*T*:~"
HEAD = ISA + "GS*HP*PAYER*CLINIC*20260105*1200*1*X*005010X221A1~ST*835*0001~BPR*I*1*C*ACH~TRN*1*1*1999999999~LX*1~"
CLAIM = "CLP*PCN*1*200*100**12*ICN*11*1~CAS*CO*45*100~NM1*QC*1*DOE*JANE~SVC*HC:99213:25*200*100**1~DTM*472*20260102~"
ODD = "REF*6R*L1~XYZ*KEPT~AMT*B6*HUNDRED~LQ*HE*N130~"  # a claim in ten is not as usual

def chunks():
    yield HEAD.encode()
    block = (CLAIM * 9 + CLAIM + ODD).encode() * 50
    for _ in range(int(sys.argv[1]) * 1_000_000 // len(block)):
        yield block
    yield b"SE*1*0001~GE*1*1~IEA*1*000000001~"

claims = 0
for transaction_set in EnvelopeReader(chunks()):
    stream = stream_payment(transaction_set)
    claims += sum(1 for _ in stream)
    findings = stream.findings
# not getrusage, which counts what the process was before it became this program
peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())
print(claims, len(findings), findings[-1].code, int(peak[1]) // 1024)
"""


def read(megabytes: int) -> tuple[int, int, str, int]:
    """How many claims and findings there were, the last finding's code, and the peak memory in MB."""
    root = Path(__file__).resolve().parents[2]
    found = subprocess.run(
        [sys.executable, "-c", READS, str(megabytes)], cwd=root, capture_output=True, text=True, check=True
    )
    claims, findings, last, peak = found.stdout.split()
    return int(claims), int(findings), last, int(peak)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_a_payment() -> None:
    few, told_of_few, last_of_few, little = read(3)
    many, told_of_many, last_of_many, much = read(20)
    assert many > 6 * few
    assert (told_of_few, last_of_few) == (few // 10, "IK4-6")
    assert (told_of_many, last_of_many) == (10_001, "X12-MORE")
    # What is kept are ten thousand findings; the claims alone would be hundreds of megabytes. Measured under
    # coverage the process itself is larger, so the growth is what counts.
    assert much - little < 40
