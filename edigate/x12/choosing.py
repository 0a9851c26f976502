"""Choosing: which guide a transaction set is held to, where somebody says so or corrects the guides further.

Knows forced guides and corrections laid over edigate's own. Refuses to know files and what is wrong with a set.
"""

from __future__ import annotations

import functools

import msgspec

from edigate.errors import ConfigError, UsageError
from edigate.x12.corrections import lay_over
from edigate.x12.guide import Correction, Guide, KnownGuide, find_known, known_guides, load


class Choice(msgspec.Struct, frozen=True):
    """`forced` are guides that hold for their transaction sets, whatever ST03 and GS08 say; `corrections`
    are laid over edigate's own. See `choose`.
    """

    forced: tuple[KnownGuide, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def forced_for(self, set_id: str) -> Guide | None:
        """The guide that holds for sets of this ST01 whatever they say, if there is one."""
        for known in self.forced:
            if known.transaction_set == set_id:
                return _corrected(known, self.corrections)
        return None

    def guide_for(self, version: str, functional_id: str, set_id: str) -> Guide | None:
        """As `guide.guide_for`, corrected."""
        known = find_known(version, functional_id, set_id)
        return None if known is None else _corrected(known, self.corrections)


def choose(forced: tuple[str, ...] = (), corrections: tuple[Correction, ...] = ()) -> Choice:
    """A choice by names of guides as GS08 gives them. Raises UsageError where there is none of that name or two
    are for the same set, ConfigError where a correction's guide or place isn't there.
    """
    chosen: dict[str, KnownGuide] = {}
    for version in forced:
        found = [known for known in known_guides() if known.functional_id and _is_called(known, version)]
        if not found:
            raise UsageError(f"no guide is called {version}", hint="edigate guides lists all.")
        for known in found:
            other = chosen.setdefault(known.transaction_set, known)
            if other is not known:
                words = f"{other.version} and {known.version} are both for transaction set {known.transaction_set}"
                raise UsageError(words, hint="Name one guide for each kind of transaction set.")
    own = {known.version for known in known_guides()}
    for correction in corrections:
        if correction.guide not in own:
            raise ConfigError(
                f"a correction at {correction.at} is for {correction.guide}, but no guide is called that",
                hint="edigate guides lists all; corrections name a guide by its own name, not by another one of it.",
            )
    for known in known_guides():  # a place that isn't there is told before any file is read
        if any(correction.guide == known.version for correction in corrections):
            _corrected(known, corrections)
    return Choice(tuple(chosen.values()), corrections)


def _is_called(known: KnownGuide, version: str) -> bool:
    return find_known(version, "", known.transaction_set) is known


@functools.lru_cache(maxsize=64)
def _corrected(known: KnownGuide, corrections: tuple[Correction, ...]) -> Guide:
    return lay_over(load(known), corrections) if corrections else load(known)
