"""Whatever a partner puts into its folder: each file is taken once, and ends posted, held with a reason, or kept."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Callable

import pytest

from edigate.config import Workspace
from edigate.gateway.post import post
from edigate.gateway.receive import receive
from edigate.ledger.inbound import InboundFile, inbound_files
from edigate.transport.memory import MemoryTransport
from tests.gateway.posting_books import payment, ta1, x12, x835, x999
from tests.gateway.practice import TestGateway

Open = Callable[[Workspace], TestGateway]


def packed(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in members.items():
            archive.writestr(name, inside)
    return content.getvalue()


ERA = x835(payment("T1", "CLP*A1*1*165*165*0*12*P1"))
ENCRYPTED = bytearray(packed(secret=b"nobody knows"))
for at in (ENCRYPTED.find(b"PK\x03\x04") + 6, ENCRYPTED.find(b"PK\x01\x02") + 8):
    ENCRYPTED[at] |= 1  # "encrypted", in both of a member's headers

# Content, and how it must end.
CONTENTS: dict[str, tuple[bytes, str]] = {
    "whole.835": (ERA, "posted"),
    "wholly.835": (ERA, "kept"),  # the same bytes under another name
    "cut.835": (ERA[: len(ERA) // 2], "held"),
    "two.835": (ERA.replace(b"T1", b"T2") + ERA[:200].replace(b"T1", b"T3"), "held"),
    "receipt.ta1": (ta1("TA1*000000099*260701*0600*A*000"), "posted"),
    "form.999": (x999("AK1*HC*9*005010X222A1\nAK9*A*1*1*1"), "posted"),
    "request.277": (x12("HR", "277", "005010X213", ["BHT*0010*48*X*20260701*0600*RQ"]), "kept"),
    "claims.837": (x12("HC", "837", "005010X222A1", ["BHT*0019*00*1*20260701*0600*CH"]), "kept"),
    "ISA": (b"ISA", "held"),
    "empty": (b"", "kept"),
    "report.txt": (b"Claims received: 12\r\nClaims accepted: 12\r\n", "kept"),
    "binary": (bytes(range(256)) * 50, "kept"),
    "utf16.txt": ("Claims received".encode("utf-16"), "kept"),
    "nuls": (bytes(5000), "kept"),
    "packed.gz": (gzip.compress(b"a report"), "kept"),
    "month.zip": (packed(a=ERA.replace(b"T1", b"T4"), b=b"a report of the month"), "kept"),
    "bomb.zip": (packed(**{f"{number:04}": b"" for number in range(1001)}), "held"),
    "broken.zip": (packed(a=b"a")[:-10], "held"),
    "secret.zip": (bytes(ENCRYPTED), "held"),
}
NAMES = [
    "\x1b[2J.835", "two\nlines.835", "..%2f..%2fetc%2fpasswd", "\udcff\udcfe", "-rf", " ", "CON", "n" * 255, "'; DROP",
]  # fmt: skip


@pytest.fixture
def ended(gateway: TestGateway) -> list[InboundFile]:
    """Everything above received and posted, and once more: the second time there is nothing to do."""
    listed = {f"outbound/{name}": content for name, (content, _) in CONTENTS.items()}
    listed |= {f"outbound/{name}": b"a report called %d" % number for number, name in enumerate(NAMES)}
    gateway.lines = {"acme": lambda: MemoryTransport(listed)}
    partner = gateway.workspace.partner("acme")
    report = receive(gateway, partner)
    assert (len(report.files), report.stopped, report.refused, report.growing) == (len(listed), "", [], [])
    post(gateway)
    assert (receive(gateway, partner).files, post(gateway).files) == ([], [])
    with gateway.ledger.read() as tx:
        return inbound_files(tx)


def test_every_file_has_its_end_and_its_reason(ended: list[InboundFile]) -> None:
    found = {file.name: file for file in ended}
    assert {name: found[name].state for name in CONTENTS} == {name: state for name, (_, state) in CONTENTS.items()}
    assert {file.state for file in ended} <= {"posted", "held", "kept"}
    assert all(file.reason for file in ended if file.state == "held")
    assert all(file.kind for file in ended if file.duplicate_of_id is None), "each was looked at"


def test_each_is_accounted_for_once_whatever_it_is_called(ended: list[InboundFile]) -> None:
    outer = [file for file in ended if "!/" not in file.remote_path]
    assert len(outer) == len(CONTENTS) + len(NAMES)
    assert max(Counter(file.remote_path for file in ended).values()) == 1
    assert all(file.name.isprintable() for file in ended)
    inside = {file.name: file.state for file in ended if "!/" in file.remote_path}
    assert inside == {"a": "posted", "b": "kept"}, "of the archives, one could be opened"
