"""What the codes of converting, of the archive's and of the audit trail's checks mean. Data alone."""

from __future__ import annotations

from edigate.findings import Meaning, Severity

_WARNS = (Severity.WARNING,)
_CHANGED = "Somebody, or a disk, changed the database: keep a copy of it, and ask who could write it."
_RESTORED = (
    "Right where the ledger was restored and the anchors are newer than the backup. Else somebody, or a disk, changed "
    "the database: keep a copy of it, and ask who could write it."
)

CONVERTING: tuple[Meaning, ...] = (
    Meaning("DUPLICATE", "A claim with this patient control number was made before and can't make way.",
            "A change to a claim that was answered is a replacement (frequency 7) or a void (8); another claim needs "
            "another number.", "X222A1, X223A2, X224A2: 2300 CLM01, CLM05-3"),
    Meaning("DUPLICATE-IN-FILE", "Two encounters of a file have the same patient control number.",
            "Are they one encounter (`group_by`)? Else give each its own number.", "2300 CLM01"),
    Meaning("DUPLICATE-VISIT", "The very same visit is billed under another number already.",
            "A service done again the same day says so by modifier 76 or 77; a correction has frequency 7.",
            "CMS, NCCI"),
    Meaning("PAYER-NUMBER-FOUND", "A correction's payer claim control number was taken from the answer to what it "
            "corrects.", "Nothing.", "2300 REF*F8", (Severity.INFO,)),
    Meaning("DELIMITER", "A value holds a character that separates elements in files to this partner, or a line break.",
            "Take it out, or choose other separators (`[envelope]`): X12 has no escape.", "X12.6"),
    Meaning("CHARACTER", "A value holds a character that files to this partner can't hold.",
            "Spell it in plain letters, or set `envelope.characters` and `envelope.replacement`.",
            "B.1.1.2.2 character sets"),
    Meaning("REPLACED", "Characters that files to this partner can't hold are sent as its replacement.",
            "Nothing, or spell the value otherwise.", "B.1.1.2.2 character sets", _WARNS),
)  # fmt: skip

ARCHIVE: tuple[Meaning, ...] = (
    Meaning("ARCHIVE-MISSING", "A file that the ledger counts on isn't in the archive.", "Restore it from a backup."),
    Meaning("ARCHIVE-DAMAGED", "An archived file isn't what was archived: its SHA-256 is another.",
            "Restore it from a backup, then look at the disk's health."),
    Meaning("ARCHIVE-STRANGE", "Something lies in the archive that edigate didn't put there.",
            "Look at it and move it elsewhere."),
    Meaning("ARCHIVE-PURGE", "A purge broke off: some of what it meant to let go may still be there.",
            "`edigate purge` says which list ends it.", "", _WARNS),
    Meaning("ARCHIVE-LEFTOVER", "A run that was broken off left a part of a file, which was never kept.",
            "Delete it while nothing runs.", "", (Severity.INFO,)),
    Meaning("ARCHIVE-LOCKED", "A file is sealed to other keys than those here; what is inside was not looked at.",
            "Verify it where its private key is.", "", _WARNS),
)  # fmt: skip

AUDIT: tuple[Meaning, ...] = (
    Meaning("AUDIT-CHANGED", "An entry of the audit trail isn't what was written.", _CHANGED, "45 CFR 164.312(b), (c)"),
    Meaning("AUDIT-GONE", "Entries are missing between two others.", _CHANGED, "45 CFR 164.312(b), (c)"),
    Meaning("AUDIT-MOVED", "An entry doesn't follow the one before it.", _CHANGED, "45 CFR 164.312(b), (c)"),
    Meaning("AUDIT-CUT-OFF", "The newest entries are missing: an anchor is of a later one.",
            _RESTORED, "45 CFR 164.312(b), (c)"),
    Meaning("AUDIT-ANCHOR", "The trail isn't what was anchored: it was written anew up to there.", _RESTORED,
            "45 CFR 164.312(b), (c)"),
)  # fmt: skip

MEANINGS = (*CONVERTING, *ARCHIVE, *AUDIT)
