"""Partner files as files: read while they are still being filled in, begun from a pack, changed without being torn.

Knows where they lie and that none is written over; what stands in them is `partners`' business.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from edigate import __version__, settings
from edigate.errors import ConfigError, EdigateError, StorageError, UsageError
from edigate.partners.check import NAME, problems
from edigate.partners.drafts import left_to_fill
from edigate.partners.edit import parsed, with_setting
from edigate.partners.load import load_partner
from edigate.partners.model import Partner
from edigate.partners.pack import Pack, load_pack
from edigate.settings import Problem


class Added(msgspec.Struct, kw_only=True):
    """A partner's file just begun. `left` is what waits to be filled in; `trouble` what else stands in its way."""

    name: str
    path: Path
    pack: str
    left: list[Problem]
    trouble: str = ""


def partner_path(root: Path, name: str) -> Path:
    """The settings file of a partner of the workspace at `root`. Raises UsageError for what can't be a name."""
    if NAME.fullmatch(name) is None:
        raise UsageError(f"{name!r} can't be a partner's name", hint="Lower-case letters, digits, hyphens; at most 32.")
    return root / "partners" / f"{name}.toml"


def read_text(path: Path) -> str:
    """A partner's file as written. Raises ConfigError where it isn't there, isn't UTF-8 or isn't TOML."""
    name = f"partners/{path.name}"
    settings.read(path, dict[str, Any], name=name)  # says by file and line what is wrong
    return path.read_text(encoding="utf-8-sig")


def add_partner(root: Path, name: str, pack_name: str, values: Mapping[str, str]) -> Added:
    """Begin `partners/NAME.toml` from a pack, with `values` (dotted settings) filled in.

    Nothing is written over, and nothing is written where a value can't be meant. Raises UsageError, NoInputError for
    an unknown pack, ConfigError, StorageError.
    """
    path = partner_path(root, name)
    if path.exists():
        raise UsageError(f"{path.name} is there already; nothing was changed", hint=f"It is {path}.")
    pack = load_pack(pack_name)
    text = with_setting(pack.text, "name", name, name=path.name)
    for key, value in {**_implied(pack, name, values), **values}.items():
        text = with_setting(text, key, parsed(key, value), name=path.name)
    table = tomllib.loads(text)
    left = left_to_fill(table)
    _refuse_what_is_wrong(path, table, left)
    _create(path, _head(pack) + text)
    added = Added(name=name, path=path, pack=pack_name, left=left)
    if not left:
        try:
            load_partner(path, root=root)
        except EdigateError as error:
            added.trouble = str(error)
    return added


def rewrite(path: Path, text: str) -> None:
    """Put new text in the place of a partner's file: all of it or nothing, its rights kept. Raises StorageError."""
    draft = path.with_name(f".{path.name}.new")
    try:
        mode = path.stat().st_mode & 0o777
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(f"partners/{path.name} can't be written: {_words(error)}") from error


def _implied(pack: Pack, name: str, values: Mapping[str, str]) -> dict[str, str]:
    """What follows from the name and from what is given: a password's variable of its own, or none."""
    sftp = pack.table.get("sftp", {})
    if "password_env" not in sftp or "sftp.password_env" in values:
        return {}
    if {"sftp.key_file", "sftp.password_file", "sftp.agent"} & values.keys():
        return {"sftp.password_env": ""}
    # Two users at one clearinghouse, test and production, have two passwords.
    variable = re.sub(r"[^A-Z0-9]", "_", name.upper())
    return {"sftp.password_env": f"{'P_' if variable[0].isdigit() else ''}{variable}_PASSWORD"}


def _refuse_what_is_wrong(path: Path, table: dict[str, Any], left: list[Problem]) -> None:
    file = f"partners/{path.name}"
    partner = settings.record(table, Partner, name=file)
    waiting = {problem.key for problem in left}
    # What isn't filled in yet can be nothing but wrong: it is told as such, not as an error.
    found = [one for one in problems(partner, stem=path.stem) if not _about(one, waiting)]
    if found:
        raise settings.refusal(f"{file} wasn't written", found)


def _about(problem: Problem, waiting: set[str]) -> bool:
    """Whether a problem is only that a setting, or the one it leans on, waits to be filled in."""
    leans_on = {
        "envelope.group_sender": "envelope.sender_id",
        "envelope.group_receiver": "envelope.receiver_id",
        "folders.filename": "envelope.sender_id" if "envelope.sender_id" in problem.message else "",
    }
    return problem.key in waiting or leans_on.get(problem.key) in waiting


def _head(pack: Pack) -> str:
    """The lines before a file that was begun from a pack: what to do, what to ask, what answers are called."""
    lines = [
        f'# Begun from the pack "{pack.name}" of edigate {__version__}. A setting whose text begins with FILL IN waits',
        "# for you; until all are filled in this file isn't used. `edigate partner check NAME` says what is left,",
        "# `edigate partner list --json` where each value is from.",
    ]
    if pack.info.ask:
        lines += ["#", "# To settle with them:", *(f"#  - {one}" for one in pack.info.ask)]
    if pack.info.answers:
        lines += ["#", "# What their files' names hint at (what a file is, its content says):"]
        lines += [f"#  - {one.name}: {one.hint}" for one in pack.info.answers]
    return "\n".join([*lines, "", ""])


def _create(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path.name} is there already; nothing was changed") from None
    except OSError as error:
        raise StorageError(f"partners/{path.name} can't be written: {_words(error)}") from error


def _words(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()


def draft_sftp(path: Path) -> dict[str, Any]:
    """The `[sftp]` of a file that may wait to be filled in, as TOML has it. Raises ConfigError where there is none."""
    table = tomllib.loads(read_text(path)).get("sftp")
    if not isinstance(table, dict):
        raise ConfigError(f"partners/{path.name} has no table [sftp]: there is no server and no host key")
    return table
