"""What the codes of banks' files mean. A file with an error is held whole. Data alone."""

from __future__ import annotations

from edigate.findings import Meaning, Severity

_ANEW = "Fetch the file again from the bank."
_ASK = "Ask the bank how it fills this in; `banks/NAME.toml` says how a CSV is read."
_WARNS = (Severity.WARNING,)
_BOTH = (Severity.ERROR, Severity.WARNING)
_BAI, _NACHA = "BAI2", "Nacha Operating Rules, appendix 3"

MEANINGS: tuple[Meaning, ...] = (
    Meaning("BANK-FILE", "The file can't be read as CSV.", "The finding says where; is it another kind of file?"),
    Meaning("BANK-COLUMN", "A column isn't known, or isn't there.", "Name it in `[columns]` of `banks/NAME.toml`."),
    Meaning("BANK-ROW", "A row can't be read.", "Look for the delimiter within a cell."),
    Meaning("BANK-DATE", "No date, or not in the form that the settings say.", _ASK),
    Meaning("BANK-AMOUNT", "No amount: BAI2 and ACH have whole cents without a point, a CSV dollars and cents.", _ASK),
    Meaning("BANK-TYPE", "A type or transaction code that can't be one.", _ANEW, f"{_BAI}; {_NACHA}"),
    Meaning("BANK-RECORD", "A line begins with no record code. As a warning: it was taken for text of the line before.",
            _ANEW, _BAI, _BOTH),
    Meaning("BANK-ORDER", "A record stands where none of its kind can.", _ANEW, f"{_BAI}; {_NACHA}"),
    Meaning("BANK-CUT-OFF", "The file is empty, or has no end.", _ANEW, f"{_BAI}; {_NACHA}"),
    Meaning("BANK-LENGTH", "A record is longer than 94 characters.", _ANEW, _NACHA),
    Meaning("BANK-NUMBER", "The receiving bank isn't eight digits.", _ANEW, _NACHA),
    Meaning("BANK-FUNDS", "Funds types, summaries or references can't be told apart.", _ASK, _BAI),
    Meaning("BANK-GROUP", "A group deletes or corrects an earlier one. As a warning: a test group, of which nothing "
            "counts.", "Compare with the earlier file and match by hand what changed.", _BAI, _BOTH),
    Meaning("BANK-CURRENCY", "An account in another currency: only dollars are posted.", "Leave it out of the file.",
            _BAI),
    Meaning("BANK-CLASS", "A batch of a class that no payer's money comes in is left out.", "Nothing.", _NACHA,
            _WARNS),
    Meaning("BANK-TOTAL", "Amounts don't add up to a control total.",
            "Fetch the file again; `--accept-unbalanced --why TEXT` takes it all the same.", f"{_BAI}; {_NACHA}"),
    Meaning("BANK-COUNT", "There are more or fewer records, groups, accounts, batches or entries than it says.",
            "Nothing where the totals hold.", f"{_BAI}; {_NACHA}", _WARNS),
    Meaning("BANK-HASH", "The entry hash isn't the sum of the banks' numbers: an entry is missing or damaged.", _ANEW,
            _NACHA),
)  # fmt: skip
