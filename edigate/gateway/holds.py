"""Why a received file is held, by the words its reason says it with: the table of docs/findings.md. Data alone."""

from __future__ import annotations

from edigate.findings import Meaning

_ASK = "ask the sender for a corrected file"
_WHOLE = "ask the sender for the whole file: what is missing may change what the rest means"

HOLDS: tuple[Meaning, ...] = tuple(
    Meaning(words, what, do, source, ())
    for words, what, do, source in (
        ("its envelope is broken", "SE, GE or IEA is missing, or a count or control number is wrong", _WHOLE, "X12.5"),
        ("it begins like an X12 file", "the first segment is cut off or can't be read", _WHOLE, "X12.5"),
        ("a difference of", "a remittance doesn't add up, at a line, a claim or as a payment (835-...)",
         "`edigate post --accept-unbalanced in-N --dry-run` shows every sum; " + _ASK, "X221A1 1.10.2.1"),
        ("adds up: there is nothing to accept", "`--accept-unbalanced` names a payment that does add up",
         "`edigate post FILE` without it", ""),
        ("can't be read as", "an amount, a number or the day of the money can't be read", _ASK, "X221A1 BPR, CLP, SVC"),
        ("doesn't say how much is paid", "BPR02 is missing", _ASK, "X221A1 BPR02"),
        ("has no check or EFT number", "TRN02 is missing: nobody could tell the payment from its own resend", _ASK,
         "X221A1 TRN02"),
        ("was posted before", "the same payer, number, date and amount, with other contents",
         "compare both files (`edigate archive get`), and ask the payer which one holds", "X221A1 BPR, TRN"),
        ("stands behind its claims", "payer, payee or amount come after the claims: whose they are can't be said", _ASK,
         "X221A1"),
        ("is a reversal (CLP02 22)", "a reversal pays, though what is taken back has negative amounts", _ASK,
         "X221A1 1.10.2.8, CLP02"),
        ("says that no money comes with it", "BPR04 is NON, and BPR02 is an amount that is paid", _ASK,
         "X221A1 BPR02, BPR04"),
        ("is only priced", "a claim of status 25 (predetermination) is paid, which it can't be", _ASK, "X221A1 CLP02"),
        ("has no group or no reason", "an adjustment that doesn't say why", _ASK, "X221A1 CAS"),
        ("an amount of", "a fraction of a cent, or more money than there can be", _ASK, "X221A1"),
        ("PGP", "it is encrypted and doesn't open here, or isn't signed as the partner's `[pgp]` settings want",
         "mend keys or settings, or ask for it anew: each `edigate post` tries it again", "RFC 4880"),
        ("waits for review", "the partner's `[posting]` settings want a person to see it first",
         "`edigate post --review` shows it, `--release in-N --why TEXT` lets it through", ""),
    )
)  # fmt: skip
"""`code` are words that stand in the reason; beside these a file is held for what can't be read as X12 at all."""
