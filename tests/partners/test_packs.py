"""Packs are partner settings that say where each is from, and pass a partner's checks once they are filled in."""

from __future__ import annotations

import fnmatch
import tomllib
from typing import Any

import msgspec
import pytest

from edigate.errors import ConfigError, NoInputError
from edigate.partners import pack as pack_module
from edigate.partners.check import problems
from edigate.partners.drafts import FILL_IN, left_to_fill
from edigate.partners.model import Partner
from edigate.partners.pack import PackInfo, leaves, load_pack, pack_names, packs
from edigate.settings import record
from edigate.simulator.host_keys import new_key

MADE_UP = {
    "envelope.sender_id": "123456789",
    "envelope.receiver_id": "THEM",
    "submitter.phone": "5555550100",
    "sftp.host_keys[0]": new_key()[1],
    "sftp.host": "sftp.example.org",
    "folders.send": "claims",
    "folders.receive[0]": "answers",
}


def filled(table: dict[str, Any]) -> Partner:
    """The pack's settings with made-up values in the place of what only a practice knows."""
    for problem in left_to_fill(table):
        *steps, last = problem.key.replace("[0]", ".0").split(".")
        here: Any = table
        for step in steps:
            here = here[step]
        here[int(last) if last == "0" else last] = MADE_UP.get(problem.key, "MADE UP")
    return record(table, Partner, name="pack")


def test_the_packs_that_were_asked_for_are_there() -> None:
    assert set(pack_names()) >= {"stedi", "availity", "office-ally", "claim-md", "optum", "waystar"} | {
        "medicare-part-b",
        "medicaid-providerone",
        "sftp",
        "directory",
    }


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_passes_a_partners_checks_once_it_is_filled_in(name: str) -> None:
    pack = load_pack(name)
    assert tomllib.loads(pack.text) == pack.table, "what is written into a partner's file is the pack without [pack]"
    assert problems(filled(tomllib.loads(pack.text)), stem=name) == []


@pytest.mark.parametrize("name", pack_names())
def test_nothing_of_a_practice_and_no_production_is_guessed(name: str) -> None:
    pack = load_pack(name)
    assert pack.table["usage"] == "test"
    assert pack.table["folders"]["delete_after_receive"] is False
    waiting = {problem.key.partition("[")[0] for problem in pack.left}
    assert waiting >= {"envelope.sender_id", "submitter.name", "submitter.id", "submitter.phone"}
    if "sftp" in pack.table:
        assert waiting >= {"sftp.host", "sftp.username", "sftp.host_keys"}
    assert all(problem.message for problem in pack.left), f"{FILL_IN} says what belongs there"


@pytest.mark.parametrize("name", pack_names())
def test_every_setting_says_where_it_is_from(name: str) -> None:
    pack = load_pack(name)
    waiting = {problem.key.partition("[")[0] for problem in pack.left}
    settings = leaves(pack.table) | {f"pack.{key}": True for key in ("answers", "takes", "takes_away")}
    said = [each for source in pack.info.source for each in source.settings]
    silent = [
        key
        for key in leaves(pack.table)
        if key != "name" and key not in waiting and not any(key == one or key.startswith(f"{one}.") for one in said)
    ]
    nowhere = [one for one in said if not any(key == one or key.startswith(f"{one}.") for key in settings)]
    assert (silent, nowhere) == ([], [])


@pytest.mark.parametrize("pack", packs(), ids=lambda pack: pack.name)
def test_the_name_it_gives_its_files_is_one_its_server_takes(pack: pack_module.Pack) -> None:
    name = pack.table["folders"]["filename"].format(
        partner="acme", isa13="000000001", date="20260630", time="180000", kind="837P", usage="T", sender_id="123456789"
    )
    assert fnmatch.fnmatchcase(name, pack.info.takes)
    assert not any(fnmatch.fnmatchcase(name, answer.name) for answer in pack.info.answers if answer.name[0] != "*")


def test_an_unknown_pack_and_an_unknown_key_are_named() -> None:
    with pytest.raises(NoInputError, match=r"no pack 'stedy'\. Did you mean"):
        load_pack("stedy")
    table = msgspec.to_builtins(load_pack("stedi").info) | {"colour": "blue"}
    with pytest.raises(ConfigError, match="colour: there is no such setting"):
        record(table, PackInfo, name="packs/x.toml")
