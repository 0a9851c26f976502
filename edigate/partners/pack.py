"""Packs: what is known of a clearinghouse's or payer's server, as partner settings that wait to be filled in.

A pack is `packs/NAME.toml`: a partner's file with `FILL IN` where only the practice knows, and a table `[pack]` at its
end that says what to ask, what answers are called there, and where each setting is from. Writes no file.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from edigate import settings
from edigate.errors import NoInputError
from edigate.partners.drafts import left_to_fill
from edigate.partners.model import Partner, Setting, Text
from edigate.settings import Problem

_BEGINS = "\n[pack]\n"


class Answer(Setting, frozen=True, kw_only=True):
    """What a name in a receive folder hints at. A hint for people: what a file is, its content says."""

    name: Text  # a pattern with `*`
    hint: Literal["TA1", "999", "277CA", "835", "report", "archive"]


class Source(Setting, frozen=True, kw_only=True):
    """Where settings of a pack are from: a public page or guide, the project's own notes, or nowhere."""

    settings: tuple[Text, ...]  # dotted keys, or a table for all of its keys
    from_: Literal["public", "domain", "assumed"] = msgspec.field(name="from")
    title: Text


class PackInfo(Setting, frozen=True, kw_only=True):
    """The table `[pack]`. `takes` and `takes_away` are how the simulator plays this server."""

    title: Text
    source: tuple[Source, ...]
    ask: tuple[Text, ...] = ()  # what to settle with the partner before the first file
    answers: tuple[Answer, ...] = ()
    takes: Text = "*"  # the names it takes; another is refused
    takes_away: bool = False  # a file that was read is gone from the send folder


class Pack(msgspec.Struct, frozen=True):
    """One pack. `table` are its partner settings as TOML has them, `text` the same as written, with comments."""

    name: str
    info: PackInfo
    table: dict[str, Any]
    text: str

    @property
    def left(self) -> list[Problem]:
        """What only the practice can fill in, by dotted key."""
        return left_to_fill(self.table)


def pack_names() -> list[str]:
    """The shipped packs, by name."""
    return sorted(one.name.removesuffix(".toml") for one in _folder().iterdir() if one.name.endswith(".toml"))


@functools.cache
def load_pack(name: str) -> Pack:
    """A shipped pack. Raises NoInputError for a name there is none of, ConfigError for one that is damaged."""
    known = pack_names()
    if name not in known:
        raise NoInputError(
            f"there is no pack {name!r}.{settings.closest(name, known)}", hint=f"Shipped: {', '.join(known)}."
        )
    text = (_folder() / f"{name}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    info = settings.record(table.pop("pack", {}), PackInfo, name=f"packs/{name}.toml: [pack]")
    settings.record(table, Partner, name=f"packs/{name}.toml")
    return Pack(name, info, table, text[: text.index(_BEGINS)].rstrip() + "\n")


def packs() -> list[Pack]:
    """All shipped packs, by name."""
    return [load_pack(name) for name in pack_names()]


def leaves(table: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """Every setting of a table by its dotted key, lists whole: `{"envelope.sender_id": "X", "kinds": [...]}`."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        here = f"{at}.{key}" if at else key
        found |= leaves(value, here) if isinstance(value, Mapping) else {here: value}
    return found


def _folder() -> Traversable:
    return files("edigate.partners") / "packs"
