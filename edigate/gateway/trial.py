"""A trial: each claim written by itself as its partner will get it, and read by the guide, before it is ready.

So that one claim that can't be written or wouldn't be valid is refused alone, not with a whole file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import repeat

import msgspec

from edigate.claims.model import Claim
from edigate.errors import InternalError
from edigate.findings import Finding, Severity
from edigate.gateway.kinds import binding_of, guides_of
from edigate.gateway.outgoing import CLAIMS, head_of, reference, serializer_of
from edigate.gateway.standing import field_at, field_of_missing, places_of_set
from edigate.ledger.outbound import ReadyClaim
from edigate.partners.model import Kind, Partner
from edigate.x12.characters import Characters, Fitter
from edigate.x12.encode import Element, Elements
from edigate.x12.segments import Segment
from edigate.x12.walk import SetValidator
from edigate.x12.write import DelimiterInDataError

_TOGETHER = 100  # claims tried in one set


class Trial:
    """Tries claims of one kind for one partner, as of `now`."""

    def __init__(self, partner: Partner, kind: Kind, now: datetime) -> None:
        self._partner = partner
        self._serializer = serializer_of(partner)
        self._fitter = self._serializer.fitter or Fitter(Characters(), self._serializer.delimiters)
        self._binding = binding_of(kind)
        self._head = head_of(partner, reference(1), now)
        guide = guides_of(partner).guide_for(self._binding.guide, "HC", "837")
        if guide is None:
            raise InternalError(f"there is no guide {self._binding.guide}")
        self._guide = guide

    def of_many(self, claims: Sequence[Claim]) -> Iterator[Sequence[Finding]]:
        """The findings of each claim, in order.

        Most claims are good, and what they share (provider, payer, our own name) needs reading only once: some
        are tried together, and fewer of them again where anything at all is found, down to the one it is.
        """
        for start in range(0, len(claims), _TOGETHER):
            yield from self._of_some(claims[start : start + _TOGETHER])

    def _of_some(self, claims: Sequence[Claim]) -> Iterator[Sequence[Finding]]:
        if self._spotless(claims):
            yield from repeat((), len(claims))
        elif len(claims) == 1:
            yield list(self.findings(claims[0]))
        else:
            half = len(claims) // 2
            yield from self._of_some(claims[:half])
            yield from self._of_some(claims[half:])

    def _spotless(self, claims: Sequence[Claim]) -> bool:
        """Whether nothing at all is found in a set of these claims."""
        serializer, separator = self._serializer, self._serializer.delimiters.element
        try:
            body = self._binding.encode_claims(self._head, claims)
            written = "".join(text for _, text in serializer.body(body))
        except DelimiterInDataError:
            return False
        segments = written.split(serializer.end)[:-1]
        ends = self._around(len(segments))
        texts = [separator.join(ends[0]), *segments, separator.join(ends[1])]
        validator, at = SetValidator(self._guide, serializer.delimiters), 0
        while at < len(texts):  # good ones are taken many at a time, whatever needs a closer look by itself
            if validator.feed(Segment(texts[at].split(separator))):
                return False
            at = validator.skim(texts, at + 1, lambda index: -1)
        return not any(validator.finish()) and not any(True for claim in claims for _ in self._replaced(claim))

    def _around(self, segments: int) -> tuple[list[str], list[str]]:
        """ST and SE of a set with so many segments between them."""
        return ["ST", "837", "0001", self._binding.guide], ["SE", str(segments + 2), "0001"]

    def _read(self, written: Iterable[Elements]) -> list[Segment]:
        """What was written, as a reader gets it. Raises DelimiterInDataError."""
        segments = [Segment(self._serializer.texts(elements)) for elements in written]
        first, last = self._around(len(segments))
        return [Segment(first), *segments, Segment(last)]

    def findings(self, claim: Claim) -> Iterator[Finding]:
        """What keeps the claim from being written, else what its guide says of it.

        Each finding names the claim's field where the element is one.
        """
        written = list(self._binding.encode_claims(self._head, [claim]))
        yield from self._replaced(claim)
        if any(self._fitter.trouble(text) for elements in written for text in _texts(elements)):
            yield from self._unwritable(claim, written)
            return
        try:
            whole = self._read(written)
        except DelimiterInDataError as error:
            yield Finding(code="DELIMITER", message=error.message, severity=Severity.ERROR, level=1)
            return
        validator = SetValidator(self._guide, self._serializer.delimiters)
        for segment in whole:
            for finding in validator.feed(segment):
                yield self._at_field(finding, whole)
        for finding in validator.finish():
            yield self._at_field(finding, whole)

    def _at_field(self, finding: Finding, segments: list[Segment]) -> Finding:
        """The finding with the field of the claim that its element is; lists by their number."""
        table, separator = self._binding.table, self._serializer.delimiters.component
        at = finding.segment_position
        field = ""
        if 0 < at <= len(segments) and segments[at - 1].id == finding.segment_id:
            place = places_of_set(table, segments, separator)[at - 1]
            field = field_at(place, finding.element, finding.component, separator)
        elif not finding.element:
            line = sum(segment.id == "LX" for segment in segments[:at]) - 1
            field = field_of_missing(table, finding.loop, finding.segment_id, line)
        return msgspec.structs.replace(finding, field=field) if field else finding

    def _replaced(self, claim: Claim) -> Iterator[Finding]:
        """Values that the partner's settings let us write otherwise: told, never done in silence."""
        if not self._fitter.rule.replacement:
            return
        for field, text in _values(claim, ""):
            if self._fitter.replaces(text):
                yield Finding(
                    code="REPLACED",
                    message=f"{field} holds characters that files to {self._partner.name} can't hold; "
                    f"each is sent as {self._fitter.rule.replacement!r}",
                    severity=Severity.WARNING,
                    level=1,
                    value=text,
                    expected=self._fitter.fit(text),
                    field=field,
                )

    def _unwritable(self, claim: Claim, written: Iterable[Elements]) -> Iterator[Finding]:
        """The claim's values that a file to this partner can't hold: X12 has no escape."""
        told = False
        for field, text in _values(claim, ""):
            if code := self._fitter.trouble(text):
                told = True
                yield self._unfit_finding(code, field, field, text)
        if not told:  # made by a rule of the binding, or the partner's own settings
            for elements in written:
                for text in _texts(elements):
                    if code := self._fitter.trouble(text):
                        yield self._unfit_finding(code, f"a value of {elements[0]}", "", text)

    def _unfit_finding(self, code: str, what: str, field: str, text: str) -> Finding:
        return Finding(
            code=code,
            message=f"{what} {_UNFIT[code].format(self._partner.name)}",
            severity=Severity.ERROR,
            level=1,
            value=text,
            field=field,
        )


def failing(partner: Partner, kind: Kind, claims: Sequence[ReadyClaim], now: datetime) -> dict[int, Finding]:
    """Of ready claims those that can't be sent as they are, by id, each with the first reason.

    They were tried when they were made; since then the partner's settings, or edigate, may have changed.
    """
    trial = Trial(partner, kind, now)
    found: dict[int, Finding] = {}
    for claim in claims:
        for finding in trial.findings(CLAIMS.decode(claim.record)):
            if finding.severity is Severity.ERROR:
                found[claim.id] = finding
                break
    return found


_UNFIT = {
    "DELIMITER": "holds a character that separates elements in files to {}, or a line break",
    "CHARACTER": "holds a character that files to {} can't hold (envelope.characters in its settings)",
}


def _texts(elements: Elements) -> Iterator[str]:
    for element in elements:
        yield from _components(element)


def _components(element: Element) -> Sequence[str]:
    return (element,) if isinstance(element, str) else element


def _values(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a record by its path: `service_lines[0].modifiers[1]`."""
    match value:
        case str():
            yield path, value
        case list() | tuple():
            for index, member in enumerate(value):
                yield from _values(member, f"{path}[{index}]")
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from _values(getattr(value, name), f"{path}.{name}" if path else name)
        case _:
            pass
