"""What is told by a name instead of a code: lines of `doctor` and `partner check`, and what waits for a person.

Data alone: the tables of docs/findings.md, and what `edigate explain` tells of these names.
"""

from __future__ import annotations

from edigate.findings import Meaning

_WORKSPACE = (
    ("settings", "edigate.toml and the partners' files can be read and meant", "78",
     "the line names the file and the key"),
    ("partners", "there is a partner", "", "`edigate partner add NAME --pack PACK`"),
    ("permissions", "state, inbox and out belong to who runs edigate, and nobody else can open them", "74",
     "the `chmod` or the user that the line names"),
    ("disk", "there is room: failed below 200 MB or 1,000 files, a warning below 2 GB", "74",
     "free space, or move the archive (`archive.path`)"),
    ("ledger", "it can be opened and has this edigate's version", "70, 74, 75, 78",
     "`edigate db upgrade`, the password, or the server's address"),
    ("integrity", "every law of the ledger holds", "70",
     "change nothing by hand; `edigate db check` tells all, then restore a backup or report it"),
    ("clock", "the ledger's newest entry isn't of a time to come", "74", "set the clock by the network (NTP)"),
    ("nightly", "the last night ended, and was not more than 26 hours ago", "",
     "`journalctl -u edigate-nightly`, `systemctl list-timers`"),
    ("sealing", "where the archive is sealed: no private key of it lies in the workspace", "",
     "keep it elsewhere, and bring it when something is to be read"),
    ("archive", "what the ledger counts on is there, and some twenty files are what they were", "74",
     "restore the archive from a backup; `edigate archive verify` reads all"),
)  # fmt: skip
_PARTNER = (
    ("settings", "everything filled in, every setting one that can be meant", "78", "the line names the key"),
    ("pgp", "where `[pgp]` is set: gpg runs, its keys are there, something can be encrypted and signed", "78",
     "install what it names, import the partner's new key, or mend the passphrase"),
    ("secrets", "the key or password is there and can be read by you alone", "78",
     "`edigate secrets check` says where it is looked for, and the `chmod`"),
    ("name", "the server's name has an address", "75", "is `sftp.host` right, does this machine's DNS answer?"),
    ("greeting", "it is reached and speaks SSH; its software", "75, 69",
     "a firewall on either side: ask the partner to let this machine's address in"),
    ("encryption", "it has an algorithm of each sort that edigate takes; if not, what it lacks", "69",
     "ask the partner to renew its server, or allow the algorithm by name (`sftp.allow_algorithms`)"),
    ("host key", "it shows a pinned key", "77",
     "ask by another way than mail for the new fingerprint, then `edigate partner trust NAME`"),
    ("login", "one attempt; never a second", "77, 69",
     "ask the partner whether the user, key or password changed; tries in a row lock accounts"),
    ("folder", "a directory partner's folder, or one of the server's (`folder NAME`), can be opened",
     "69, 66", "is the name right, and may the account list it? A send folder needn't be listed"),
    ("folders", "receive folders can be listed (else failed), those to send to and of markers (a warning)",
     "69", "compare `folders` with what the partner's server shows"),
    ("probe file", "with `--write`: a small file is made, renamed and removed in the send folder, under names that "
     "drafts have", "69", "the account must be let create, rename and remove; or set `folders.temporary = false`"),
    ("clock", "with `--write`: the server's clock by the time of that file; a warning beyond two minutes", "",
     "set this machine's clock by the network (NTP)"),
)  # fmt: skip
_WAITING = (
    ("uncertain", "files that may or may not have arrived",
     "look on the server or ask the partner, then `edigate resolve`; never send them by hand"),
    ("uncertain_overdue", "the same, and no answer came in the time that answers take",
     "most likely nobody has these claims: ask the partner today"),
    ("held", "a file of which nothing was posted", "its reason says what to ask for; `edigate show file in-N`"),
    ("unsent", "files that have waited to be sent for over a day", "`edigate send`, and see what stops it"),
    ("refused", "encounters that could not be made into claims", "correct them and convert the new export"),
    ("rejected", "claims that came back rejected", "`edigate work rejections` says the field; correct, convert again"),
    ("denied", "claims of which a payer paid nothing", "`edigate work denials` says why and until when"),
    ("partly_paid", "claims paid in part", "`edigate work denials`"),
    ("underpaid", "claims allowed less than expected", "`edigate work underpaid`; appeal by the contract"),
    ("overpaid", "claims paid too much", "`edigate work underpaid`; payers take it back, often within 60 days"),
    ("wrong_patient", "claims answered with another patient's name", "compare before anything is booked"),
    ("wrong_provider", "claims answered with another provider", "compare before anything is booked"),
    ("reversed", "payments taken back, and no new decision came", "wait some days, then ask the payer"),
    ("charge_differs", "claims decided with another charge than was billed",
     "the rest of a split claim is to come, or it is another claim's money: compare patient, date and services"),
    ("unmatched", "payments for claims that aren't in this ledger", "`edigate match`"),
    ("unmatched_answers", "answers about files, claims or places that aren't in this ledger", "`edigate match`"),
    ("deposit_alone", "money in the bank that fits no payment for sure", "`edigate work deposits`"),
    ("payment_alone", "payments that aren't, or aren't wholly, in the bank", "`edigate work deposits`"),
    ("overdue_TA1", "no receipt of a file in the time of `expect.ta1_hours`", "ask whether the file arrived"),
    ("overdue_999", "no check of a file's form in the time of `expect.x999_hours`", "ask whether the file arrived"),
    ("overdue_277CA", "no word whether the payer took claims in, in the time of `expect.x277ca_hours`",
     "ask for their status"),
    ("overdue_835", "neither payment nor denial in the time of `expect.x835_days`",
     "ask for their status; a claim that nobody answers runs past timely filing"),
    ("fees", "rows of fee tables that can't be used", "`edigate fees check fees/FILE` says why"),
    ("kept_zip", "zip archives that were kept unread", "unpack, and give what is inside to `edigate post FILE`"),
    ("kept_unknown", "files that are neither X12 nor text", "look at them"),
    ("kept_277", "277s that are no acknowledgments", "a request that nobody answers ends in a denial"),
)  # fmt: skip


def _lines(rows: tuple[tuple[str, str, str, str], ...]) -> tuple[Meaning, ...]:
    return tuple(Meaning(name, what, do, exit_codes, ()) for name, what, exit_codes, do in rows)


WORKSPACE_LINES = _lines(_WORKSPACE)
PARTNER_LINES = _lines(_PARTNER)
"""`source` is the exit code where the line failed."""

WAITING: tuple[Meaning, ...] = tuple(Meaning(kind, what, do, "", ()) for kind, what, do in _WAITING)
"""The kinds of `edigate status` and of alerts."""
