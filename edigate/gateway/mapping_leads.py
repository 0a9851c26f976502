"""From what is wrong with a claim back to the cells: findings of ours, errors of a 999, statuses of a 277CA.

What was found when the claim was made kept its cells. An answer names a place in what we sent: the claim's
mapping is run again over its archived input to find the cells. Shows what cells give: asked-for output only.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Named
from pathlib import Path

import msgspec

from edigate.claims.model import Claim, ClaimKind
from edigate.findings import Source
from edigate.gateway.kinds import CLAIM_KINDS
from edigate.gateway.mapping_explain import element_of, retrace, values_of
from edigate.gateway.mapping_statuses import complaints, fields_of_status
from edigate.gateway.opening import Gateway
from edigate.ledger.timeline import ClaimDetail
from edigate.mapping.trace import Trace
from edigate.responses.words import status_words
from edigate.secrecy import Phi


class Lead(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """One thing said against a claim, and where it leads. `by`: edigate, or the answer's kind (999, 277CA ...)."""

    by: str
    code: str
    message: str
    field: str = ""
    place: str = ""  # in the guide, e.g. `2010AA NM109`
    value: str = ""  # what was sent there
    sources: tuple[Source, ...] = ()
    rule: str = ""


class Leads(msgspec.Struct, frozen=True):
    """Every lead of a claim. `changed` says where cells are those of now, not of then."""

    leads: list[Lead]
    changed: str = ""


def leads_of(gateway: Gateway, detail: ClaimDetail, lookups: Named[str, Path] | None = None) -> Leads:
    """What is said against a claim, with fields and cells. Never raises for a mapping that is gone.

    The mapping is run again only where something was said whose cells weren't kept.
    """
    claim = msgspec.json.decode(detail.record, type=Claim) if detail.record else None
    kind: ClaimKind = CLAIM_KINDS[detail.claim.kind]
    leads = [*_findings(detail, kind), *(_statuses(detail, claim) if claim is not None else ())]
    if not any(lead.field and not lead.sources for lead in leads):
        return Leads(leads)
    retraced = retrace(gateway, detail, lookups)
    values = values_of(claim) if claim is not None else {}
    trace = retraced.again.trace if retraced.again is not None else None
    return Leads([_with_cells(lead, values, trace) for lead in leads], retraced.changed)


def _findings(detail: ClaimDetail, kind: ClaimKind) -> Iterator[Lead]:
    kinds = {event.inbound_file: event.inbound_kind for event in detail.events if event.inbound_file}
    answers = [known for known in kinds.values() if known]
    for found in detail.findings:
        by = "edigate"
        if found.inbound_file_id is not None:
            by = "999" if found.code.startswith(("IK3", "IK4")) else (answers or ["an answer"])[0]
        yield Lead(
            by=by,
            code=found.code,
            message=found.message,
            field=found.field,
            place=element_of(kind, found.field) if found.field else "",
            value=found.value,
            sources=found.sources,
        )


def _statuses(detail: ClaimDetail, claim: Claim) -> Iterator[Lead]:
    """The complaints in the claim's history; each field that one of them speaks of is a lead."""
    told: set[tuple[str, str]] = set()
    for event in detail.events:
        for status in complaints(event.detail):
            for field in fields_of_status(status, claim) or [""]:
                if (str(status), field) in told:
                    continue
                told.add((str(status), field))
                yield Lead(
                    by=event.inbound_kind or "277CA",
                    code=str(status),
                    message=status_words([str(status)]),
                    field=field,
                    place=element_of(claim.kind, field) if field else "",
                )


def _with_cells(lead: Lead, values: dict[str, str], trace: Trace | None) -> Lead:
    """The lead with the cells of its field (where it is blank, those that would have given it), rule and value."""
    if not lead.field:
        return lead
    below = (f"{lead.field}.", f"{lead.field}[")
    here = [value for field, value in values.items()
            if field == lead.field or (field.startswith(below) and not field.endswith("qualifier"))]  # fmt: skip
    return msgspec.structs.replace(
        lead,
        sources=lead.sources or (trace.sources(lead.field) if trace is not None else ()),
        rule=trace.rule(lead.field) if trace is not None else "",
        value=lead.value or ", ".join(here),
    )
