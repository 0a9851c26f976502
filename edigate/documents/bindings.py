"""Which binding reads which transaction set: one row a kind. Knows no field of any of them.

A kind without a row is read by its guide alone, as a tree of loops and segments (`segments.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from edigate.claims.model import ClaimKind
from edigate.findings import Finding
from edigate.responses.read import Kind
from edigate.x12.binding import Loop
from edigate.x12.decode import Decoder, Found, Run
from edigate.x12.encode import Elements, Encoder
from edigate.x12.envelope import TransactionSet
from edigate.x12.remainder import LoopRecord
from edigate.x12.segments import Delimiters, Segment

Finish = Callable[[Any, tuple[Any, ...]], Any]
NO_NAMES: Mapping[str, str] = {}


class Binding(msgspec.Struct, frozen=True):
    """How sets of a kind are read and written.

    `table` is the binding, `at` the loop whose records are read one at a time (empty: none is), `reference`
    the field of the set that names it to people. `with_parents` gives such a record what it needs of
    those above it. `names` are segments that this kind calls otherwise than the table does. Without
    `writes` the table is for reading alone, and such a set is written from its segments.
    """

    table: Loop
    at: str = ""
    reference: str = ""
    with_parents: Finish | None = None
    names: Mapping[str, str] = NO_NAMES
    writes: bool = True

    @property
    def record(self) -> type[LoopRecord]:
        """The type of a whole set."""
        record = self.table.record
        assert record is not None  # noqa: S101 - a set's table has a record
        assert issubclass(record, LoopRecord)  # noqa: S101 - and that is a loop's
        return record


class Reading:
    """A binding compiled: sets to records, whole or one at a time, and records to segments."""

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self._decoder: Decoder[LoopRecord] = Decoder(binding.table)
        self._encoder = Encoder(binding.table)
        self._back = {ours: theirs for theirs, ours in binding.names.items()}

    def decode(self, segments: Iterable[Segment], delimiters: Delimiters) -> tuple[LoopRecord, list[Finding]]:
        """A whole set, and what in it couldn't be read."""
        return self._decoder.decode(self._named(segments), delimiters)

    def stream(self, transaction_set: TransactionSet) -> Run[LoopRecord]:
        """One record at a time; then the run's `root` is the set without them."""
        source = self._named(transaction_set.segments)
        return self._decoder.stream(source, transaction_set.delimiters, self.binding.at)

    def record_of(self, found: Found) -> Any:
        """A streamed record with what it needs of those above it."""
        finish = self.binding.with_parents
        return finish(found.record, found.parents) if finish else found.record

    def encode(self, record: LoopRecord) -> Iterator[Elements]:
        """The segments of a set, without ST and SE."""
        for elements in self._encoder.encode(record):
            name = self._back.get(str(elements[0])) if self._back else None
            yield [name, *elements[1:]] if name else elements

    def _named(self, segments: Iterable[Segment]) -> Iterable[Segment]:
        names = self.binding.names
        return (_renamed(each, names) for each in segments) if names else segments


def _renamed(segment: Segment, names: Mapping[str, str]) -> Segment:
    name = names.get(segment.id)
    return Segment([name, *segment.elements[1:]], segment.number, segment.offset) if name else segment


def _claims(kind: ClaimKind) -> Callable[[str], Binding]:
    def binding(guide: str) -> Binding:
        from edigate.claims import bindings, levels  # noqa: PLC0415  # only the binding that is needed is compiled

        found = bindings.binding_for(guide) or bindings.binding_of_kind(kind)
        return Binding(found.table, bindings.CLAIM_LOOP, "reference", levels.with_parties, writes=bool(found.guide))

    return binding


def _payment(_guide: str) -> Binding:
    from edigate.remits import x221  # noqa: PLC0415  # as above

    return Binding(x221.PAYMENT, "2100", "trace_number")


def _claim_acknowledgment(_guide: str) -> Binding:
    from edigate.responses import x214  # noqa: PLC0415  # as above

    return Binding(x214.CLAIM_ACKNOWLEDGMENT, "2000D", "reference")


def _acknowledgment(_guide: str) -> Binding:
    from edigate.responses import x231  # noqa: PLC0415  # as above

    return Binding(x231.FUNCTIONAL_GROUP_RESPONSE)


def _functional_acknowledgment(_guide: str) -> Binding:
    from edigate.responses import x231  # noqa: PLC0415  # as above

    return Binding(x231.FUNCTIONAL_GROUP_RESPONSE, names=x231.FROM_997)


def _interchange_acknowledgment(_guide: str) -> Binding:
    from edigate.responses import ta1  # noqa: PLC0415  # as above

    return Binding(ta1.INTERCHANGE_ACKNOWLEDGMENT)


# One row a kind; each is asked with the guide's name, for a kind may have several.
BINDINGS: dict[Kind, Callable[[str], Binding]] = {
    Kind.X837P: _claims("professional"),
    Kind.X837I: _claims("institutional"),
    Kind.X837D: _claims("dental"),
    Kind.X835: _payment,
    Kind.X277CA: _claim_acknowledgment,
    Kind.X999: _acknowledgment,
    Kind.X997: _functional_acknowledgment,
    Kind.TA1: _interchange_acknowledgment,
}


@functools.lru_cache(maxsize=32)  # a file may name any number of guides
def reading_of(kind: Kind, guide: str) -> Reading | None:
    """What reads and writes sets of a kind and guide (GS08 or ST03), or None where nothing is bound to the kind."""
    row = BINDINGS.get(kind)
    return Reading(row(guide)) if row else None
