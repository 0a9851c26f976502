"""The kinds of claims under both their names, as files go by them (837P) and as claims do (professional); and what a
partner's files are held to."""

from __future__ import annotations

from edigate.claims.bindings import Binding, binding_of_kind
from edigate.claims.model import ClaimKind
from edigate.errors import ConfigError
from edigate.partners.model import Kind, Partner
from edigate.x12.choosing import Choice, choose

CLAIM_KINDS: dict[Kind, ClaimKind] = {"837P": "professional", "837I": "institutional", "837D": "dental"}
FILE_KINDS: dict[ClaimKind, Kind] = {claim: file for file, claim in CLAIM_KINDS.items()}


def binding_of(kind: Kind) -> Binding:
    """The binding that files of a kind are written with."""
    return binding_of_kind(CLAIM_KINDS[kind])


def guides_of(partner: Partner) -> Choice:
    """The guides as this partner wants them. Raises ConfigError for a correction whose guide or place isn't there."""
    try:
        return choose(corrections=partner.correction)
    except ConfigError as error:
        raise ConfigError(f"partners/{partner.name}.toml: {error.message}", hint=error.hint) from None
