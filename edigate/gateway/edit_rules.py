"""A partner's edits: what every claim is asked, as this partner's settings change it, and what it alone asks.

Repairs what the settings allow before a claim is judged; whatever it changes, it tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from edigate.claims.codesets import Codes
from edigate.claims.edits import TOGETHER, edit_many
from edigate.claims.edits.repairs import repaired
from edigate.claims.model import Claim
from edigate.findings import Finding, Severity
from edigate.mapping.program import MappedClaim
from edigate.partners.model import Kind, Partner
from edigate.partners.own_edits import CompiledEdit


class Editing:
    """Edits the claims of one kind for one partner, as of `today`."""

    def __init__(self, partner: Partner, kind: Kind, today: date, codes: Codes | None) -> None:
        edits = partner.edits
        self._today = today
        self._codes = codes
        self._repairs = frozenset(edits.repair)
        self._off = frozenset(edits.off)
        self._severities = dict.fromkeys(edits.soften, Severity.WARNING) | dict.fromkeys(edits.harden, Severity.ERROR)
        self._own = [
            CompiledEdit(own, f"partners/{partner.name}.toml: edits.add[{index}]")
            for index, own in enumerate(edits.add)
            if not own.kinds or kind in own.kinds
        ]

    def mended(self, mapped: MappedClaim) -> MappedClaim:
        """The encounter with the repairs its partner's settings allow, each told beside the mapping's findings."""
        if not self._repairs or mapped.claim is None:
            return mapped
        claim, told = repaired(mapped.claim, self._repairs)
        if not told:
            return mapped
        with_sources = [msgspec.structs.replace(f, sources=mapped.trace.sources(f.field)) for f in told]
        return msgspec.structs.replace(mapped, claim=claim, findings=(*mapped.findings, *with_sources))

    def of_many(self, claims: Sequence[Claim]) -> Iterator[list[Finding]]:
        """Every finding on each claim, in order; none is nearly always the answer."""
        for start in range(0, len(claims), TOGETHER):
            some = claims[start : start + TOGETHER]
            for claim, found in zip(some, edit_many(some, self._today, self._codes), strict=True):
                as_set = list(self._as_set(found)) if found and (self._off or self._severities) else found
                for own in self._own:
                    as_set += own.findings(claim)
                yield as_set

    def _as_set(self, found: Iterable[Finding]) -> Iterable[Finding]:
        for finding in found:
            if finding.code in self._off:
                continue
            severity = self._severities.get(finding.code, finding.severity)
            yield finding if severity is finding.severity else msgspec.structs.replace(finding, severity=severity)
