"""A trial: each claim written by itself as its partner will get it, and read by the guide, before it is ready.

So that one claim that can't be written or wouldn't be valid is refused alone, not with a whole file.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from edigate.claims import x222
from edigate.claims.levels import tree
from edigate.claims.model import Claim
from edigate.errors import InternalError
from edigate.findings import Finding, Severity
from edigate.gateway.outgoing import head_of, reference, serializer_of
from edigate.partners.model import Partner
from edigate.x12.binding import place_of
from edigate.x12.encode import Element, Elements, Encoder
from edigate.x12.guide import guide_for
from edigate.x12.segments import Segment
from edigate.x12.walk import SetValidator


class Trial:
    """Tries claims for one partner."""

    def __init__(self, partner: Partner, now: datetime) -> None:
        self._partner = partner
        self._serializer = serializer_of(partner)
        self._encoder = Encoder(x222.SUBMISSION)
        self._head = head_of(partner, reference(1), now)
        guide = guide_for(x222.GUIDE, "HC", "837")
        if guide is None:
            raise InternalError(f"there is no guide {x222.GUIDE}")
        self._guide = guide

    def findings(self, claim: Claim) -> Iterator[Finding]:
        """What keeps the claim from being written, else what its guide says of it (X222A1).

        Each finding names the claim's field where the element is one.
        """
        written = list(self._encoder.encode(tree(self._head, [claim])))
        unwritable = [found for elements in written if (found := self._delimiter_in(elements)) is not None]
        if unwritable:
            yield from unwritable
            return
        delimiters = self._serializer.delimiters
        segments = [Segment(self._serializer.texts(elements)) for elements in written]
        whole = [
            Segment(["ST", "837", "0001", x222.GUIDE]),
            *segments,
            Segment(["SE", str(len(segments) + 2), "0001"]),
        ]
        validator = SetValidator(self._guide, delimiters)
        for segment in whole:
            for finding in validator.feed(segment):
                yield _at_field(finding, whole)
        for finding in validator.finish():
            yield _at_field(finding, whole)

    def _delimiter_in(self, elements: Elements) -> Finding | None:
        for position, element in enumerate(elements):
            for text in _texts(element):
                if self._serializer.has_delimiter(text):
                    place = place_of(x222.SUBMISSION, str(elements[0]), position)
                    return Finding(
                        code="DELIMITER",
                        message=f"{place.field if place else elements[0]} holds a character that separates elements "
                        f"in files to {self._partner.name}, or a line break",
                        severity=Severity.ERROR,
                        level=1,
                        segment_id=str(elements[0]),
                        element=position,
                        value=text,
                        field=place.field if place else "",
                    )
        return None


def _at_field(finding: Finding, segments: list[Segment]) -> Finding:
    """The finding with the field of the claim that its element is, service lines by their number."""
    at = finding.segment_position
    elements = segments[at - 1].elements if 0 < at <= len(segments) else None
    place = place_of(x222.SUBMISSION, finding.segment_id, finding.element or 1, finding.component, elements)
    if place is None:
        return finding
    line = sum(segment.id == "LX" for segment in segments[:at]) - 1
    field = place.field.removeprefix("billing_levels[].").removeprefix("subscribers[].").removeprefix("patients[].")
    field = field.removeprefix("claims[].").replace("service_lines[]", f"service_lines[{line}]")
    if field.startswith("provider."):
        field = f"billing_{field}"
    return msgspec.structs.replace(finding, field=field)


def _texts(element: Element) -> tuple[str, ...] | list[str]:
    return (element,) if isinstance(element, str) else element
