"""How the simulator's SFTP server behaves, as data: what it allows, takes away, renames, loses or lies about.

Knows names and switches, not how the server does it (`sftp_server.py`). `policies.toml` holds those that partners'
servers were seen or are known to have; a test picks one by its name.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Literal

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One server's behaviour. Left out, everything is as at OpenSSH's: a rename never replaces, nothing is taken away.

    A file is *received* when it is closed under a final name or renamed to one. What `policies.toml` sets is told
    there, in words, by `about`.
    """

    name: str = "plain"
    about: str = ""
    pickup: Literal["", "close", "rename", "logout"] = ""  # when a received file is taken away
    takes_cut_files: bool = False  # a file whose session ended before its CLOSE counts as closed
    renames_to: str = ""  # what a received file is called at once: `{name}.done`
    hides_dot_files: bool = False  # from listings and stat
    sweeps_drafts: bool = False  # files with a temporary name go when their session ends
    refused_suffixes: tuple[str, ...] = ()  # names that can't be created
    rename: Literal["", "forbidden", "no reply", "error"] = ""  # `no reply`, `error`: it is done all the same
    offers_posix_rename: bool = True
    offers_fsync: bool = True
    stat: Literal["", "denied", "no size"] = ""
    denies_attributes: bool = False  # OPEN with rights, SETSTAT
    close: Literal["", "failure", "failure, kept"] = ""  # of a written file; without `kept` it is thrown away
    room: int = -1  # bytes that fit into a file; the rest is refused
    swallows_after: int = -1  # bytes; the rest of a file is accepted and dropped
    open_files: int = -1  # that a session may have at once
    stalls_at: int = -1  # the request, from 0, after which a session gets no answer
    drops_at: int = -1  # the request, from 0, at which the connection ends
    drops_done: bool = False  # whether that request takes effect
    listed: tuple[str, ...] = ()  # names that a listing shows besides, with nothing behind them
    listed_count: int = 0  # so many more of these, numbered


@functools.cache
def policies() -> dict[str, Policy]:
    """The shipped policies by name, in the order of their file."""
    content = (files("edigate.simulator") / "policies.toml").read_bytes()
    found = msgspec.toml.decode(content, type=dict[str, list[Policy]])
    return {policy.name: policy for policy in found["policy"]}
