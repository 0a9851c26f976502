"""What every state and every exit code means, and what to do about it: the tables of docs/operations.md. Data alone."""

from __future__ import annotations

from edigate.findings import Meaning

_EXIT = (
    ("0", "all well", "nobody", "nothing"),
    ("1", "it ran, and something waits for a person: a refused claim, a rejection, a variance, a missing answer",
     "a biller", "`edigate status`: what waits, the most pressing first, each with what to do"),
    ("64", "the command line can't be meant", "who typed it",
     "read the line it wrote; `edigate COMMAND --help`"),
    ("65", "a file isn't what it was given as", "who sent it",
     "it is damaged or of another kind: ask who made it; nothing was taken from it"),
    ("66", "a file isn't there or can't be read, or was purged", "who named it",
     "is the name right, may the user `edigate` read it?"),
    ("69", "the partner's server refused an operation", "the partner",
     "`edigate partner check NAME`, then call them"),
    ("70", "a defect of edigate, or of its ledger", "us",
     "the same command with `EDIGATE_DEBUG=1`, which shows places and no values, into a report; the ledger is as "
     "it was before"),
    ("74", "the disk is full, or something stored is damaged, or sealed to keys of which none is here",
     "the machine's keeper",
     "`edigate doctor`: the disk, rights, a damaged file of the archive; make room or restore, run again. Who has "
     "the private key opens what is sealed (`--identity`)"),
    ("75", "try again later: no connection, or another run is at work", "nobody; the timer",
     "nothing, the timer tries again; from the fourth time on `edigate partner check NAME`"),
    ("77", "the partner refused the login, or its host key isn't the pinned one", "the partner, asked by you",
     "don't try again. A refused login: ask the partner whether the password or key changed. Another host key: ask by "
     "another way than mail for the new fingerprint, then `edigate partner trust NAME`"),
    ("78", "a setting is wrong", "who edits the settings",
     "the message names the file and the key; `edigate doctor --offline` looks at all of them"),
    ("130", "interrupted (Ctrl-C)", "nobody", "nothing is half done: the same command goes on where it was"),
    ("141", "whoever read the output has gone (`| head`)", "nobody", "nothing"),
    ("143", "stopped (SIGTERM)", "nobody", "nothing is half done: the same command goes on where it was"),
)  # fmt: skip

EXIT_CODES: tuple[Meaning, ...] = tuple(Meaning(code, what, do, who, ()) for code, what, who, do in _EXIT)
"""How any command ends (sysexits.h, and 1); `source` is who acts."""

_CLAIM = (
    ("refused", "the encounter could not be made into a claim; it isn't billed",
     "`edigate status --refused` says row, column and reason; correct it in your system and convert the new export"),
    ("ready", "made and clean", "nothing: the next send takes it; after a day, see what `edigate send` says"),
    ("queued", "frozen in a file that hasn't left", "as ready"),
    ("uncertain", "its file may or may not have arrived",
     "what is said of a file that is uncertain; never send it by hand"),
    ("sent", "it left",
     "nothing until the partner's `expect` is over; then ask the partner whether the file arrived"),
    ("acknowledged", "the file could be read, the claim was seen", "as sent"),
    ("accepted", "the payer took it in", "wait for the money; overdue after `expect.x835_days`: ask for its status"),
    ("rejected", "nobody will decide on it",
     "`edigate show claim ID` leads to the field and the cell; correct, convert again"),
    ("paid", "decided and paid", "nothing"),
    ("partly_paid", "less than charged, beyond what the contract takes off", "`edigate work` lists it with its reason"),
    ("denied", "decided, nothing paid", "`edigate work denials`: correct or appeal before the deadline"),
    ("forwarded", "the payer passed it on to another", "wait for the other payer; no claim of your own"),
    ("reversed", "a payment was taken back, and nothing followed yet", "wait some days for the new decision, then ask"),
    ("void", "cancelled with the payer", "nothing"),
)  # fmt: skip
_SENT = (
    ("queued", "its bytes are kept, it hasn't left", "`edigate send`"),
    ("uploading", "a run broke off under its temporary name",
     "the next send begins anew: nothing stands under the final name"),
    ("renaming", "a run broke off about to give it its name",
     "the next send looks which of the two names stands there"),
    ("sent", "it stands, or stood, under its final name", "nothing"),
    ("uncertain", "no evidence either way",
     "look on the server or ask the partner, then `edigate resolve FILE --delivered` or `--resend`, with `--why`; an "
     "answer to it settles it by itself"),
    ("cancelled", "it never left and never will; its claims are ready again", "nothing"),
)  # fmt: skip
_RECEIVED = (
    ("received", "kept, not read yet", "`edigate post`"),
    ("posted", "read, and all of it is in the ledger", "nothing"),
    ("held", "nothing of it is in the ledger: it is damaged, doesn't add up, or waits for review",
     "`edigate show file in-N` says why; ask for a corrected file, or `edigate post --review`, `--release`, "
     "`--accept-unbalanced` with `--why`"),
    ("kept", "nothing to post: a duplicate, a report, or what nobody knows", "look at it where `status` says so"),
)  # fmt: skip
_PAID = (
    ("posted", "every cent is on a claim, an account, or with those that are none of ours", "nothing"),
    ("held", "it doesn't add up", "as a file that is held"),
)


def _states(rows: tuple[tuple[str, str, str], ...]) -> tuple[Meaning, ...]:
    return tuple(Meaning(state, what, do, "", ()) for state, what, do in rows)


STATES: dict[str, tuple[Meaning, ...]] = {
    "claim": _states(_CLAIM),
    "file of ours": _states(_SENT),
    "file received": _states(_RECEIVED),
    "payment": _states(_PAID),
}
"""Every state of the ledger (`ledger/states.py`), by what has it."""
