"""What the codes of an 835's sums mean. Data alone; the check is `balance.py`."""

from __future__ import annotations

from edigate.findings import Meaning

_HELD = (
    "The file is held. Ask the payer for a corrected 835; `edigate post --accept-unbalanced` posts it all the same, "
    "by your word."
)

MEANINGS: tuple[Meaning, ...] = (
    Meaning("835-LINE", "A service's charge less its adjustments isn't what is paid (SVC02, CAS, SVC03).", _HELD,
            "X221A1 1.10.2.1.1"),
    Meaning("835-LINES-CHARGE", "The services' charges don't add up to the claim's (SVC02, CLP03).", _HELD,
            "X221A1 1.10.2.1.2"),
    Meaning("835-CLAIM", "A claim's charge less all adjustments isn't what is paid (CLP03, CAS, CLP04).", _HELD,
            "X221A1 1.10.2.1.2"),
    Meaning("835-PAYMENT", "What the claims pay less the provider adjustments isn't the payment (CLP04, PLB, BPR02).",
            _HELD, "X221A1 1.10.2.1.3"),
)  # fmt: skip
