"""X12 that the tests of this folder share: made-up people, and the fixtures and the corpus by folder."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "fixtures" / "x12"
CORPUS = REPOSITORY.parent / "shared" / "corpus"

ISA = "ISA*00*          *00*          *ZZ*TESTSENDER     *ZZ*TESTRECEIVER   *240105*0930*^*00501*000000101*0*T*:~"

CLAIM = (FIXTURES / "005010X222A1" / "accept" / "subscriber_is_patient.x12").read_bytes()
PAYMENT = (FIXTURES / "005010X221A1" / "accept" / "payment_with_two_plb.x12").read_bytes()
ANSWER = (FIXTURES / "005010X231A1" / "accept" / "one_set_rejected_of_two.x12").read_bytes()

CHILD = (FIXTURES / "005010X222A1" / "accept" / "patient_is_child.x12").read_bytes()
INSTITUTIONAL = (FIXTURES / "005010X223A2" / "accept" / "emergency_visit.x12").read_bytes()
STATUS = (FIXTURES / "005010X214" / "accept" / "provider_status_given.x12").read_bytes()
ARCHIVED = (FIXTURES / "004010X098A1" / "accept" / "archived_claim.x12").read_bytes()
KINDS = {
    "837P": CLAIM,
    "837P child": CHILD,
    "837I": INSTITUTIONAL,
    "835": PAYMENT,
    "999": ANSWER,
    "277CA": STATUS,
    "837P 4010": ARCHIVED,
}

FIXTURE_FILES = sorted(FIXTURES.glob("*/*/*.x12"))


def fixture_name(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


def corpus_files() -> list[Path]:
    """The public corpus, or nothing where it isn't there: a public clone hasn't it."""
    return sorted(path for path in CORPUS.glob("*/*") if path.is_file() and path.parent.name != "golden")


needs_corpus = pytest.mark.skipif(not corpus_files(), reason="the public corpus isn't beside the repository")


def mutants(content: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Files broken by what breaks files: elements and segments dropped, doubled, lengthened, moved, recoded."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    segments = content.replace(b"~\n", b"~").rstrip(b"~").split(b"~")
    for _ in range(count):
        broken = [segment.split(b"*") for segment in segments]
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            index = chance.randrange(2, max(3, len(broken) - 2))
            elements = broken[index]
            position = chance.randrange(1, len(elements)) if len(elements) > 1 else 0
            match chance.randrange(8):
                case 0:
                    elements[position] = b""
                case 1:
                    elements[position] *= 2
                case 2:
                    elements[position] = chance.choice(_OTHER_VALUES)
                case 3:
                    del broken[index]
                case 4:
                    broken.insert(index, list(elements))
                case 5:
                    broken.insert(chance.randrange(2, len(broken) - 2), broken.pop(index))
                case 6:
                    elements.append(b"X")
                case 7:
                    elements[position] += b":" + elements[position]
        yield _counted(b"~\n".join(b"*".join(elements) for elements in broken) + b"~\n")


def _counted(content: bytes) -> bytes:
    """The file with SE01 put right, so that what else is wrong decides."""
    start, end = content.find(b"ST*"), content.rfind(b"\nSE*") + 1
    if start < 0 or end < 1:
        return content
    count = content.count(b"~", start, end) + 1
    return content[:end] + re.sub(rb"SE\*\d+", b"SE*%d" % count, content[end:], count=1)


_OTHER_VALUES = (
    *(b"ZZ", b"20240230", b"20240229", b"1", b"A" * 90, b"-1.5", b"1.2345", b"."),
    *(b":", b"^", b" ", b"x "),
)
