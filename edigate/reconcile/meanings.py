"""What the codes of fee tables mean. A row with an error isn't used. Data alone; columns are in docs/reconciling.md."""

from __future__ import annotations

from edigate.findings import Meaning, Severity

MEANINGS: tuple[Meaning, ...] = (
    Meaning("fee-header", "The header is missing, or names columns that can't be meant; nothing of the file is used.",
            "payer, plan, procedure, modifier, place, from, to, allowed, per, note; procedure and allowed are needed."),
    Meaning("fee-row", "A row has another number of cells than the header, or can't be read as CSV.",
            "Write cells that hold the delimiter in quotes.", "RFC 4180"),
    Meaning("fee-procedure", "No CPT, HCPCS, CDT or revenue code.", "Five characters; of revenue codes four digits."),
    Meaning("fee-modifier", "No modifier, or more than four.", "26, or 26:LT for several."),
    Meaning("fee-place", "No place of service.", "Two digits: 11."),
    Meaning("fee-from", "No day.", "2026-01-31."),
    Meaning("fee-to", "No day, or one before the row's first.", "2026-12-31."),
    Meaning("fee-allowed", "No amount, or less than nothing.", "Dollars and cents: 72.50."),
    Meaning("fee-per", "Neither unit nor line.", "unit where left out."),
    Meaning("fee-duplicate", "Two rows are for the same services. As an error: with different amounts, so that neither "
            "is believed where both hold.", "Delete one, or end it before the other begins (`to`).", "",
            (Severity.ERROR, Severity.WARNING)),
    Meaning("fee-tie", "Two rows say equally much of a service, with different amounts.",
            "Fill in a column of one, so that it says more."),
)  # fmt: skip
