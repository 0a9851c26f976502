"""What no binding claims: segments and elements kept with their place, so that nothing read is lost."""

from __future__ import annotations

from itertools import accumulate

import msgspec

from edigate.secrecy import Phi


class Unbound(Phi, msgspec.Struct, frozen=True, array_like=True):
    """A segment, as sent, that stood in a loop and that the loop's binding doesn't claim.

    It stood after the `nth` (from 1) segment written by the binding's part number `part` (-1: before
    all parts). `partial`: only those elements of that very segment that the binding can't express;
    the others are blank. `partial` with `nth` 0: no segment, but how code lists (HI) were laid out, a text
    of qualifiers for each segment. Composites and repetitions are kept with separators of our own, so that they
    can be written with any delimiters.

    Two things are kept as partial segments although every field is there. A constant, a qualifier or a
    level (HL03) that the sender left out is `EMPTY`; and pairs that came in an order of their own (PER with
    EM before TE) have their qualifiers, and `FIELD` where the value of a field stands.

    `part` ORDER: the segments of the loop came in an order of their own, and `elements` are the numbers of
    the binding's parts in that order, as far as it isn't the binding's. It only ever arranges what the
    record says; a record changed meanwhile is written in full, what is new in its usual place.
    """

    part: int
    nth: int
    elements: tuple[str, ...]
    partial: bool = False


COMPONENT = "\x1f"
REPETITION = "\x1e"
FIELD = "\x1d"
EMPTY = "\x1c"
ORDER = -2


class LoopRecord(Phi, msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """Base of every record that is a loop of a guide. Records hold no cycles, so the collector needn't look at them."""

    unbound: list[Unbound] = []


def order_of(parts: list[int]) -> Unbound | None:
    """The entry that keeps an order of parts; None where it is the binding's own.

    A tail that stands as the binding would write it goes without saying.
    """
    if parts == sorted(parts):
        return None
    highest_before = list(accumulate(parts, max, initial=-1))
    end = len(parts)
    while parts[end - 1] >= highest_before[end - 1]:
        end -= 1
    return Unbound(ORDER, 0, tuple(map(str, parts[:end])), partial=True)
