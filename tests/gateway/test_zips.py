"""Zip archives that partners send: what is inside is posted as if it had come by itself, within bounds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edigate.errors import StorageError
from edigate.gateway import zips
from edigate.gateway.post import PostReport, post
from edigate.gateway.receive import receive
from edigate.gateway.send import send
from edigate.partners.model import Partner
from tests.gateway.practice import TestGateway, claims_by_state, ready

TA1 = (
    b"ISA*00*          *00*          *ZZ*ACME           *ZZ*TESTSENDER     *260701*1205*^*00501*000000009*0*T*:~"
    b"TA1*000000001*260630*1800*A*000~IEA*0*000000009~"
)


def packed(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in members:
            archive.writestr(name, inside)
    return content.getvalue()


def came(gateway: TestGateway, partner: Partner, content: bytes, name: str = "answers.zip") -> PostReport:
    (gateway.workspace.root / "acme-server" / "outbound" / name).write_bytes(content)
    receive(gateway, partner)
    return post(gateway)


def told(report: PostReport) -> list[tuple[str, str]]:
    return [(posted.file.name, posted.file.state) for posted in report.files]


def files(gateway: TestGateway) -> list[tuple[str, str, str]]:
    with gateway.ledger.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT name, state, reason FROM inbound_file ORDER BY id").all()
        return [(row[0], row[1], row[2]) for row in rows]


def test_what_is_inside_is_posted(gateway: TestGateway, partner: Partner) -> None:
    ready(gateway)
    send(gateway, partner)
    content = packed(("folder/", b""), ("folder/a.ta1", TA1), ("report.txt", b"All went well.\n"))
    report = came(gateway, partner, content)
    assert told(report) == [("a.ta1", "posted"), ("report.txt", "kept")]
    assert files(gateway)[0] == ("answers.zip", "kept", "it is a zip archive: 2 files were taken out of it")
    assert claims_by_state(gateway) == {"acknowledged": 3}
    with gateway.ledger.read() as tx:
        paths = tx.connection.exec_driver_sql("SELECT remote_path FROM inbound_file ORDER BY id").scalars().all()
    assert paths[1:] == ["outbound/answers.zip!/folder/a.ta1", "outbound/answers.zip!/report.txt"]


def test_the_same_inside_another_archive_is_posted_once(gateway: TestGateway, partner: Partner) -> None:
    came(gateway, partner, packed(("a.ta1", TA1)))
    assert told(came(gateway, partner, packed(("b.ta1", TA1)), "again.zip")) == []
    assert files(gateway)[-1] == ("b.ta1", "kept", "the same content as file 2")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed(("a.ta1", TA1))[:-30], "damaged"),
        (packed(("a.ta1", TA1)).replace(TA1[:0] + b"PK\x03\x04", b"PK\x03\x05", 1).replace(b"PK\x03\x05", b"PK\x03\x04")
         .replace(packed(("a.ta1", TA1))[40:50], b"0123456789"), "damaged"),
        (b"PK\x03\x04 no zip at all", "damaged"),
    ],
    ids=["cut off", "a byte changed", "only its beginning"],
)  # fmt: skip
def test_a_damaged_archive_is_held_whole(
    gateway: TestGateway, partner: Partner, content: bytes, reason: str
) -> None:
    assert told(came(gateway, partner, content)) == []
    ((name, state, why),) = files(gateway)
    assert (name, state, reason in why) == ("answers.zip", "held", True)


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-9] + b"*" * 9)],
    ids=["gone", "changed"],
)
def test_one_whose_archived_bytes_are_no_longer_whole_keeps_no_other_file_waiting(
    gateway: TestGateway, partner: Partner, spoil: Callable[[Path], object]
) -> None:
    server = gateway.workspace.root / "acme-server" / "outbound"
    (server / "answers.zip").write_bytes(packed(("a.ta1", TA1)))
    (server / "report.txt").write_bytes(b"All went well.\n")
    receive(gateway, partner)
    with gateway.ledger.read() as tx:
        statement = "SELECT sha256 FROM inbound_file WHERE name = 'answers.zip'"
        sha256 = tx.connection.exec_driver_sql(statement).scalar_one()
    archived = gateway.workspace.archive_path / sha256[:2] / sha256[2:4] / sha256
    archived.chmod(0o600)
    spoil(archived)
    with pytest.raises(StorageError):
        post(gateway)
    assert {(name, state) for name, state, _ in files(gateway)} == {("answers.zip", "received"), ("report.txt", "kept")}


def test_an_encrypted_archive_is_held(gateway: TestGateway, partner: Partner) -> None:
    content = bytearray(packed(("a.ta1", TA1)))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + at] |= 1
    came(gateway, partner, bytes(content))
    assert "encrypted" in files(gateway)[0][2]


def test_a_bomb_costs_no_more_than_its_bound(
    gateway: TestGateway, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "MOST_BYTES", 1 << 20)
    came(gateway, partner, packed(("zeros", bytes(3 << 20))))
    assert [(name, state) for name, state, _ in files(gateway)] == [("answers.zip", "held")]
    monkeypatch.setattr(zips, "MOST_FILES", 3)
    came(gateway, partner, packed(*((str(n), b"x") for n in range(4))), "many.zip")
    assert "holds 4 files; 3 are unpacked at most" in files(gateway)[1][2]


def test_an_archive_in_an_archive_stays_packed(gateway: TestGateway, partner: Partner) -> None:
    came(gateway, partner, packed(("inner.zip", packed(("a.ta1", TA1)))))
    assert [(name, state) for name, state, _ in files(gateway)] == [("answers.zip", "kept"), ("inner.zip", "kept")]


def test_nothing_is_left_where_it_was_unpacked(gateway: TestGateway, partner: Partner) -> None:
    came(gateway, partner, packed(("../../evil.ta1", TA1), ("/etc/passwd", b"x")))
    assert [name for name, _, _ in files(gateway)] == ["answers.zip", "evil.ta1", "passwd"]
    root: Path = gateway.workspace.root
    assert [*root.rglob("*evil*"), *root.rglob("passwd")] == []
