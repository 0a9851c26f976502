"""How fast encounters become a valid 837P: read from CSV, mapped, edited, encoded, validated, stage by stage.

    python benchmarks/claims.py              all of it, some minutes
    python benchmarks/claims.py --short      small files, half a minute: enough to see a ratio fall
    python benchmarks/claims.py --million    also a million encounters, to see that memory stays
    python benchmarks/claims.py --peers PYTHON   an interpreter that has linuxforhealth-x12 (and `pydantic[dotenv]<2`)

Made-up encounters of two lines each, in edigate's own CSV form and by its shipped mapping. Rates are claims a
second of the processor's time, each the best of several taken in turns; every stage gets what the one before gave.

- `floor`: the CSV through `csv.reader`, and the file written split into segments and elements: nobody who looks
  at every cell and every element in Python can be faster;
- `together`: all stages, streaming, some claims at a time: a file's bytes to a validated file's bytes;
- `convert`: `edigate convert` of the same file: archive, edits, a trial of each claim for its partner, the ledger;
- `send --dry-run`: the files made of what the ledger then has ready.

linuxforhealth-x12 reads the written file into its models, which is how it makes and checks them, and writes it again.
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from a_workspace import PARTNER, SETTINGS  # type: ignore[import-not-found]  # its neighbour in this folder
from x12 import CHUNK

from edigate.claims.bindings import binding_of_kind
from edigate.claims.codesets import Codes
from edigate.claims.edits import TOGETHER, edit_many
from edigate.claims.model import Claim, Contact, Submission
from edigate.config import load_workspace
from edigate.findings import has_errors
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.gateway.preview import write_preview
from edigate.mapping.engine import Mapping, load_mapping
from edigate.x12.segments import Delimiters
from edigate.x12.validate import validate
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader

PROFESSIONAL = binding_of_kind("professional")
AIM, AIM_MEGABYTES = 10_000, 200
MAPPING = Path(__file__).parent.parent / "mappings" / "encounters-csv.toml"
NOW = datetime(2025, 7, 1, 9, 30)  # noqa: DTZ001  # the same files each time
MOST = 1000  # claims in a set; the guides have 5,000 at most, many payers want fewer
BLOCK = TOGETHER  # claims made before they are edited, as `edigate convert` does

COLUMNS = (
    "encounter_id place_of_service payer_id payer_name filing_indicator group_number subscriber_id "
    "subscriber_last_name subscriber_first_name subscriber_birth_date subscriber_sex subscriber_address1 "
    "subscriber_city subscriber_state subscriber_zip patient_relationship billing_npi billing_name billing_tax_id "
    "billing_taxonomy billing_address1 billing_city billing_state billing_zip rendering_npi rendering_last_name "
    "rendering_first_name rendering_taxonomy diagnosis1 diagnosis2 diagnosis3 diagnosis4 service_date procedure "
    "modifier1 modifier2 charge units diagnosis_pointers line_note"
).split()
NAMES = "Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Juniper Larch Maple Oak Pine Rowan Spruce Willow".split()
DIAGNOSES = "J02.9 E11.9 I10 M54.50 R05.9 Z00.00 K21.9 F41.1 N39.0 L30.9".split()
PAYERS = (("HMH01", "Harbor Mutual Health", "CI"), ("P0002", "Example Plan", "HM"), ("BLU01", "Sample Blue", "BL"))
DOCTORS = (("1234567893", "Lindqvist", "Maren"), ("2100000175", "Okafor", "Ada"))


def encounters(count: int) -> Iterator[str]:
    """The lines of an extract: a header, then two rows an encounter."""
    chance = random.Random(4)  # noqa: S311  # the same encounters each time, not a secret
    yield ",".join(COLUMNS) + "\n"
    for number in range(count):
        day = date(2025, 1, 2) + timedelta(chance.randrange(170))
        born = date(1940, 1, 1) + timedelta(chance.randrange(25_000))
        last, first, street = (chance.choice(NAMES) for _ in range(3))
        found = chance.sample(DIAGNOSES, chance.randrange(1, 5))
        claim = (
            f"E{number:09d},11,{','.join(chance.choice(PAYERS))},G{chance.randrange(500)},M{chance.randrange(10**8):08d},"
            f"{last},{first},{born},{chance.choice('FM')},{chance.randrange(1, 9999)} {street} Street,Springfield,IL,"
            f"{chance.randrange(62701, 62799)},,1234567893,Juniper Hill Family Practice,98-7654321,261QP2300X,"
            f"12 Orchard Row,Concord,MA,01742-3317,{','.join(chance.choice(DOCTORS))},207Q00000X,"
            f"{','.join(found)}{',' * (4 - len(found))},{day}"
        )
        cents = chance.randrange(6000, 40000)
        yield f"{claim},99213,25,,{cents / 100:.2f},1,{'A' if len(found) == 1 else 'A:B'},\n"
        yield f"{claim},87880,,,{chance.randrange(1500, 9000) / 100:.2f},1,A,\n"


class Extract(io.RawIOBase):
    """An extract that is made as it is read, and again from its start: a million encounters need no disk."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.seek(0)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert offset == 0  # noqa: S101  # the readers go back to the start, nowhere else
        self._lines = encounters(self._count)
        self._rest = b""
        self._position = 0
        return 0

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer) and (lines := "".join(islice(self._lines, 500))):
            self._rest += lines.encode()
        given, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(given)] = given
        self._position += len(given)
        return len(given)


# --- the stages


def mapped(mapping: Mapping, stream: Any) -> Iterator[Claim]:
    """The claims of an extract; a benchmark of refusing would be another one."""
    for found in mapping.convert(mapping.read(stream, "encounters.csv")):
        assert found.claim is not None, found.findings  # noqa: S101  # as said
        yield found.claim


def edited(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims, each through all edits, with the code sets that ship."""
    today, codes, source = NOW.date(), _codes(), iter(claims)
    while some := list(islice(source, BLOCK)):
        for claim, findings in zip(some, edit_many(some, today, codes), strict=True):
            assert not has_errors(findings), findings  # noqa: S101  # as above
            yield claim


@cache
def _codes() -> Codes:
    return Codes()


def encoded(claims: Iterable[Claim]) -> Iterator[bytes]:
    """One interchange in sets of at most `MOST` claims, in pieces."""
    head = Submission(
        reference="BENCH", created_on=NOW.date(), created_at=time_of_day(9, 30), submitter_name="BENCH BILLING",
        submitter_id="BENCH01", submitter_contacts=[Contact(name="ALEX SAMPLE", phone="5555550100")],
        receiver_name="BENCH CLEARINGHOUSE", receiver_id="BENCH02",
    )  # fmt: skip
    header = InterchangeHeader(
        sender_qualifier="ZZ", sender_id="BENCHSENDER", receiver_qualifier="ZZ", receiver_id="BENCHRECEIVER",
        created=NOW, control_number=1, usage="T",
    )  # fmt: skip
    group = GroupHeader(
        functional_id="HC", sender="BENCHSENDER", receiver="BENCHRECEIVER", created=NOW, control_number=1,
        guide=PROFESSIONAL.guide,
    )
    source = iter(claims)
    sets = (  # none of a set's claims is held while the next one's are made
        (
            SetHeader(id="837", control_number=number, guide=PROFESSIONAL.guide),
            PROFESSIONAL.encode_claims(head, (first, *islice(source, MOST - 1))),
        )
        for number, first in enumerate(source, 1)
    )
    segments = Serializer(Delimiters()).interchange(header, [(group, sets)])
    while some := "".join(islice(segments, 1000)):
        yield some.encode("ascii")


def validated(chunks: Iterable[bytes]) -> int:
    report = validate(chunks)
    assert report.valid, report.findings[:3]  # noqa: S101  # as above
    return report.claims


def floor(extract: bytes, content: bytes) -> None:
    for _ in csv.reader(io.StringIO(extract.decode())):
        pass
    for segment in content.decode("latin-1").split("~"):
        segment.split("*")


# --- measuring


def as_the_command_does() -> None:
    """The collector looks as seldom as in a process of `edigate`'s own (`cli.main`)."""
    gc.set_threshold(200_000, 20, 100)


def stages(count: int, rounds: int, peers: str | None) -> None:
    """Each stage, in turns: others may use the machine, and no stage should have all the quiet moments."""
    mapping = load_mapping(MAPPING.read_text(encoding="utf-8"), "encounters-csv")
    extract = "".join(encounters(count)).encode()
    claims = list(mapped(mapping, io.BytesIO(extract)))
    content = b"".join(encoded(claims))
    pieces = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
    ways: dict[str, Callable[[], object]] = {
        "mapped": lambda: exhaust(mapped(mapping, io.BytesIO(extract))),
        "edited": lambda: exhaust(edited(claims)),
        "encoded": lambda: exhaust(encoded(claims)),
        "validated": lambda: validated(pieces),
        "together": lambda: validated(encoded(edited(mapped(mapping, io.BytesIO(extract))))),
        "floor": partial(floor, extract, content),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, run in ways.items():
            began = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - began)
    whole = best["together"]
    print(
        f"\n{count:,} encounters of two lines: CSV {len(extract) / 1e6:.1f} MB, 837P {len(content) / 1e6:.1f} MB;"
        " claims a second of the processor"
    )
    for name, spent in best.items():
        share = f"{spent / whole:7.0%}" if name not in ("together", "floor") else f"{'':7}"
        print(f"  {name:22}{count / spent:10,.0f}{spent / count * 1e6:9.1f} us{share}{_beside(name, count, best)}")
    if peers:
        beside_peer(peers, content, count, best)
    else:
        print("  linuxforhealth-x12: not asked for (--peers)")


def _beside(name: str, count: int, best: dict[str, float]) -> str:
    if name == "together":
        return "" if count / best[name] >= AIM else f"   below the aim of {AIM:,}"
    return f"   {best['together'] / best[name]:.1f} times as fast as all stages together" if name == "floor" else ""


def exhaust(items: Iterable[object]) -> None:
    for _ in items:
        pass


PEER = """
import sys, time
from linuxforhealth.x12.io import X12ModelReader
began = time.process_time()
with X12ModelReader(sys.argv[1]) as reader:
    models = list(reader.models())
read = time.process_time()
text = [model.x12() for model in models]
assert sum(map(len, text)) > 0
print(read - began, time.process_time() - read)
"""


def beside_peer(python: str, content: bytes, count: int, best: dict[str, float]) -> None:
    """linuxforhealth-x12's models of the same file, made once and written once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.837"
        path.write_bytes(content)
        command = [python, "-W", "ignore", "-c", PEER, str(path)]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=True)
        except (OSError, subprocess.SubprocessError):
            print("  linuxforhealth-x12: not installed there, or it can't read the file")
            return
    made, written = map(float, ended.stdout.split())
    for what, spent, ours in (("made and checked", made, best["validated"]), ("written", written, best["encoded"])):
        name = f"linuxforhealth {what}"[:22]
        rate = f"{count / spent:10,.0f}{spent / count * 1e6:9.1f} us"
        print(f"  {name:22}{rate}   edigate is {spent / ours:.0f} times as fast")


STREAMED = "import claims; claims.streamed({count})"


def streamed(count: int) -> None:
    """All stages over an extract made as it is read; what a process of its own runs."""
    as_the_command_does()
    mapping = load_mapping(MAPPING.read_text(encoding="utf-8"), "encounters-csv")
    began = time.process_time()
    found = validated(encoded(edited(mapped(mapping, Extract(count)))))
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"claims": found, "seconds": spent, "megabytes": peak}))


def memory(counts: Iterable[int]) -> None:
    print("memory, an extract streamed through all stages in a process of its own")
    for count in counts:
        ended = subprocess.run(
            [sys.executable, "-c", STREAMED.format(count=count)],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parent,
        )  # fmt: skip
        found = json.loads(ended.stdout)
        assert found["claims"] == count  # noqa: S101  # none may be lost
        short = "" if found["megabytes"] < AIM_MEGABYTES else "  above the aim"
        print(f"  {count:9,} encounters: peak {found['megabytes']:.0f} MB{short}")


# --- with archive and ledger


def with_ledger(count: int, rounds: int) -> None:
    """`edigate convert` and `edigate send --dry-run` of one extract, in a workspace of its own each time."""
    best = {"convert": float("inf"), "send --dry-run": float("inf")}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in (("edigate.toml", SETTINGS), ("partners/payer.toml", PARTNER)):
                (root / name).parent.mkdir(exist_ok=True)
                (root / name).write_text(text)
            (root / "mappings").mkdir()
            (root / "mappings" / MAPPING.name).write_bytes(MAPPING.read_bytes())
            path = root / "encounters.csv"
            with path.open("w") as stream:
                stream.writelines(encounters(count))
            workspace = load_workspace(root)
            with Gateway.open(workspace) as gateway:
                began = time.process_time()
                report = convert(gateway, path, MAPPING.stem, workspace.partner("payer"))
                converted = time.process_time()
                assert report.claims_made == count, report  # noqa: S101  # as above
                written = sum(preview.claims for preview in write_preview(gateway, workspace.partner("payer")))
                assert written == count  # noqa: S101  # none may be lost
                best["convert"] = min(best["convert"], converted - began)
                best["send --dry-run"] = min(best["send --dry-run"], time.process_time() - converted)
    print(f"\n{count:,} encounters with archive and ledger (SQLite)")
    for name, spent in best.items():
        print(f"  {name:22}{count / spent:10,.0f}{spent / count * 1e6:9.1f} us")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast encounters become a valid 837P.")
    parser.add_argument("--short", action="store_true", help="small files only, for a check in between")
    parser.add_argument("--million", action="store_true", help="also stream a million encounters, some minutes")
    parser.add_argument("--rounds", type=int, default=7, help="of each stage; the least of them counts (7)")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has linuxforhealth-x12")
    arguments = parser.parse_args()
    # first, for a process is told the peak of the one that started it as its own
    memory([10_000] if arguments.short else [10_000, 100_000, *([1_000_000] if arguments.million else [])])
    as_the_command_does()
    stages(2000 if arguments.short else 5000, 3 if arguments.short else arguments.rounds, arguments.peers)
    with_ledger(2000 if arguments.short else 10_000, 1 if arguments.short else 3)


if __name__ == "__main__":
    main()
