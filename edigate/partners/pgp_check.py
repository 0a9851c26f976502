"""What a partner's `[pgp]` must obey: fingerprints whole, settings that go together. Pure; no key is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edigate.partners.model import Partner
from edigate.secret_places import place_of
from edigate.settings import Problem

_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_EXPECTED = "expected a whole fingerprint, 40 hex digits, as `gpg --fingerprint` tells it"


def fingerprint(text: str) -> str:
    """A fingerprint as GnuPG writes it, however it was typed."""
    return "".join(text.split()).upper()


def pgp_problems(partner: Partner) -> Iterator[Problem]:
    """Everything in `[pgp]` that can't be meant."""
    pgp = partner.pgp
    if pgp is None:
        return
    given = [("encrypt_to", pgp.encrypt_to), ("sign_with", pgp.sign_with)]
    given += [(f"signed_by[{index}]", text) for index, text in enumerate(pgp.signed_by)]
    for key, text in given:
        if text and _FINGERPRINT.fullmatch(fingerprint(text)) is None:
            short = " A short id or a name may be anybody's." if len(fingerprint(text)) < 40 else ""
            yield Problem(f"pgp.{key}", f"{_EXPECTED}.{short}")
    if not pgp.encrypt_to and not pgp.decrypt:
        yield Problem("pgp", "expected encrypt_to, a fingerprint, or decrypt = true, or both")
    if pgp.sign_with and not pgp.encrypt_to:
        yield Problem("pgp.sign_with", "goes with encrypt_to: a file is never only signed")
    if pgp.signed_by and not pgp.decrypt:
        yield Problem("pgp.signed_by", "goes with decrypt = true")
    place = place_of(pgp, "passphrase", "pgp.passphrase")
    if len(place.given) > 1:
        keys = " and ".join(f"pgp.passphrase_{ending}" for ending in place.given)
        yield Problem("pgp", f"{keys} are both set: keep one of them")
