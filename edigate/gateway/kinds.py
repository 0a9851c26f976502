"""The kinds of claims under both their names: as files go by them (837P) and as claims do (professional)."""

from __future__ import annotations

from edigate.claims.bindings import Binding, binding_of_kind
from edigate.claims.model import ClaimKind
from edigate.partners.model import Kind

CLAIM_KINDS: dict[Kind, ClaimKind] = {"837P": "professional", "837I": "institutional", "837D": "dental"}
FILE_KINDS: dict[ClaimKind, Kind] = {claim: file for file, claim in CLAIM_KINDS.items()}


def binding_of(kind: Kind) -> Binding:
    """The binding that files of a kind are written with."""
    return binding_of_kind(CLAIM_KINDS[kind])
