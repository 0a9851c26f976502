"""What no binding claims: segments and elements kept with their place, so that nothing read is lost."""

from __future__ import annotations

import msgspec


class Unbound(msgspec.Struct, frozen=True, array_like=True):
    """A segment, as sent, that stood in a loop and that the loop's binding doesn't claim.

    It stood after the `nth` (from 1) segment written by the binding's part number `part` (-1: before
    all parts). `partial`: only those elements of that very segment that the binding can't express;
    the others are blank. `partial` with `nth` 0: no segment, but how code lists (HI) were laid out, a text
    of qualifiers for each segment. Composites and repetitions are kept with separators of our own, so that they
    can be written with any delimiters.
    """

    part: int
    nth: int
    elements: tuple[str, ...]
    partial: bool = False


COMPONENT = "\x1f"
REPETITION = "\x1e"


class LoopRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of every record that is a loop of a guide."""

    unbound: list[Unbound] = []
