"""Which partners a workspace has, which wait to be filled in, and which packs there are to begin one from."""

from __future__ import annotations

from datetime import datetime

import msgspec

from edigate.config import Workspace
from edigate.partners.model import Partner
from edigate.partners.pack import packs
from edigate.partners.schedule import next_cut_off


class Listed(msgspec.Struct, kw_only=True):
    """A partner as a list shows it. `left`: settings that wait to be filled in; such a partner isn't used."""

    name: str
    description: str = ""
    usage: str = ""
    kinds: list[str] = []
    where: str = ""  # user@host:port, or the folder
    send: str = ""
    receive: list[str] = []
    next_cut_off: datetime | None = None  # in the partner's own time zone
    left: list[str] = []


class ListedPack(msgspec.Struct, kw_only=True):
    """A pack as a list shows it. `to_fill`: settings that only the practice knows."""

    name: str
    title: str
    kinds: list[str]
    send: str
    receive: list[str]
    to_fill: list[str]
    ask: list[str]  # what to settle with the partner
    answers: dict[str, str]  # a pattern of names there, and what it hints at
    sources: list[str]  # where its settings are from


def partners_of(workspace: Workspace, now: datetime) -> list[Listed]:
    """Every partner file of the workspace, by name."""
    found = [_listed(partner, now) for partner in workspace.partners()]
    found += [Listed(name=name, left=[one.key for one in left]) for name, left in workspace.drafts.items()]
    return sorted(found, key=lambda one: one.name)


def known_packs() -> list[ListedPack]:
    """Every shipped pack, by name."""
    return [
        ListedPack(
            name=pack.name,
            title=pack.info.title,
            kinds=list(pack.table["kinds"]),
            send=pack.table["folders"]["send"],
            receive=list(pack.table["folders"]["receive"]),
            to_fill=[problem.key for problem in pack.left],
            ask=list(pack.info.ask),
            answers={answer.name: answer.hint for answer in pack.info.answers},
            sources=[f"{one.title} ({one.from_}): {', '.join(one.settings)}" for one in pack.info.source],
        )
        for pack in packs()
    ]


def _listed(partner: Partner, now: datetime) -> Listed:
    sftp, directory = partner.sftp, partner.directory
    where = f"{sftp.username}@{sftp.host}:{sftp.port}" if sftp else directory.path if directory else ""
    return Listed(
        name=partner.name,
        description=partner.description,
        usage=partner.usage,
        kinds=list(partner.kinds),
        where=where,
        send=partner.folders.send,
        receive=list(partner.folders.receive),
        next_cut_off=next_cut_off(partner.schedule, now),
    )
