"""A rejection in plain words: what a TA1, 999 or 277CA said of a claim. Knows codes, repeats no free text.

What a payer writes beside its codes may name a patient; `edigate show claim` shows it to whom it asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from edigate.ledger.rejections import Rejection
from edigate.ledger.worklists import ClaimFinding
from edigate.responses.words import status_words, ta1_words

_STATUS = re.compile(r"[A-Z][0-9]{1,2}(?::[0-9A-Z]*){0,2}")
_USED_BEFORE = "025"


def reason_words(rejection: Rejection, findings: Iterable[ClaimFinding]) -> str:
    """Why, e.g. `rejected, something is invalid: procedure code (the payer's 277CA: A7:454)`."""
    match rejection.event:
        case "ta1_rejected":
            note = _note(rejection)
            return f"the whole file was refused: {ta1_words(note)} (TA1 note {note})"
        case "x999_rejected":
            told = [one for one in findings if one.inbound_file_id is not None]
            if told:
                return told[0].message + (f", and {len(told) - 1} more" if len(told) > 1 else "")
            return f"its whole batch was refused for its form, and no error was named (999: {rejection.detail})"
        case _:
            who, _, rest = rejection.detail.partition(": ")
            codes = [code for code in rest.split() if _STATUS.fullmatch(code)]
            return f"{status_words(codes)} (the {who}'s 277CA: {' '.join(codes)})"


def action_of(rejection: Rejection) -> str:
    """What to do, where it isn't the usual: correct the claim and send it again."""
    if rejection.event == "ta1_rejected" and _note(rejection) == _USED_BEFORE:
        return (
            "Ask the partner whether they hold the file already: if its number was refused because it came twice, "
            "the first stands and nothing must be sent again."
        )
    return ""


def _note(rejection: Rejection) -> str:
    return rejection.detail.rpartition(" ")[2]
