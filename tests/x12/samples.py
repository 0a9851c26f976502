"""X12 that the tests of this folder share: made-up people, and the fixtures and the corpus by folder."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "fixtures" / "x12"
CORPUS = REPOSITORY.parent / "shared" / "corpus"

ISA = "ISA*00*          *00*          *ZZ*TESTSENDER     *ZZ*TESTRECEIVER   *240105*0930*^*00501*000000101*0*T*:~"

CLAIM = (FIXTURES / "005010X222A1" / "accept" / "subscriber_is_patient.x12").read_bytes()
PAYMENT = (FIXTURES / "005010X221A1" / "accept" / "payment_with_two_plb.x12").read_bytes()
ANSWER = (FIXTURES / "005010X231A1" / "accept" / "one_set_rejected_of_two.x12").read_bytes()

FIXTURE_FILES = sorted(FIXTURES.glob("*/*/*.x12"))


def fixture_name(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


def corpus_files() -> list[Path]:
    """The public corpus, or nothing where it isn't there; an error where real parts are demanded."""
    found = sorted(path for path in CORPUS.glob("*/*") if path.is_file() and path.parent.name != "golden")
    return found


needs_corpus = pytest.mark.skipif(not corpus_files(), reason="the public corpus isn't beside the repository")
