"""What the codes of X12 files mean: those of `validate`, and those that a receiver's TA1 and 999 may bring.

A finding has the code of the answer that would report it: TA105, AK905, IK502, IK304, IK403; X12-... are edigate's
own. Data alone, in words of ours. Code sources: X12 I18 (TA105), 716 (AK905), 618 (IK502), 620 (IK304), 621 (IK403).
Security codes of groups and sets (AK905 10-18 and 23-26, IK502 8-19 and 24-27) aren't here: nobody encrypts within X12.
"""

from __future__ import annotations

from edigate.findings import Meaning, Severity

_BOTH = (Severity.ERROR, Severity.WARNING)
_WARNS = (Severity.WARNING,)
_COMPARE = "Hold ISA, element by element, against what the partner's companion guide asks; here it is `[envelope]`."
_SEPARATORS = "Separators are one character each that stands in no value: `*`, `:`, `^` and `~` are usual."
_WHOLE = "The file was cut off or put together by hand: fetch it again, or ask its sender to make it anew."
_NEW_NUMBER = "Send again what wasn't taken, under a new number; edigate counts them. A file sent twice needs nothing."
_TAKES = "Ask the partner what it takes at this address."
_SENDER = "Whoever makes the file has to count again; was something cut out of it?"

INTERCHANGE: tuple[Meaning, ...] = tuple(
    Meaning(f"TA1-{number}", what, remedy, f"X12 TA105, {number}")
    for number, what, remedy in (
        ("001", "The interchange's trailer has another control number than its header (ISA13, IEA02).", _WHOLE),
        ("002", "The standard named in ISA11 isn't supported.", _COMPARE),
        ("003", "The version of the envelope isn't supported (ISA12).", "00501 for 5010, 00401 for 4010."),
        ("004", "The segment terminator is invalid.", _SEPARATORS),
        ("005", "The qualifier of the sender's id is invalid (ISA05).", _COMPARE),
        ("006", "The sender's id is unknown or invalid (ISA06).", _COMPARE),
        ("007", "The qualifier of the receiver's id is invalid (ISA07).", _COMPARE),
        ("008", "The receiver's id is unknown or invalid (ISA08).", _COMPARE),
        ("009", "The receiver's id isn't the receiver's.", "Was it sent to the right partner? " + _COMPARE),
        ("010", "The qualifier of the authorization is invalid (ISA01).", "00 where there is none."),
        ("011", "The authorization is invalid (ISA02).", "Ten blanks where ISA01 is 00."),
        ("012", "The qualifier of the password is invalid (ISA03).", "00 where there is none, 01 before a password."),
        ("013", "The password is invalid (ISA04).", "Ten blanks where ISA03 is 00. It is never shown."),
        ("014", "The interchange's date is invalid (ISA09).", "Six digits: YYMMDD."),
        ("015", "The interchange's time is invalid (ISA10).", "Four digits: HHMM."),
        ("016", "The repetition separator, or the standard, is invalid (ISA11).", "^ in 5010, U in 4010."),
        ("017", "The version of the envelope is invalid (ISA12).", "00501 for 5010, 00401 for 4010."),
        ("018", "The interchange's control number is invalid (ISA13).", "Nine digits."),
        ("019", "The request for a TA1 is neither 0 nor 1 (ISA14).", "1 asks for a TA1."),
        ("020", "Test or production isn't said (ISA15).", "T or P; here it is `usage` of the partner."),
        ("021", "The trailer counts another number of groups (IEA01).", _SENDER),
        ("022", "A segment stands outside any transaction set, or the envelope isn't built right.", _WHOLE),
        ("023", "The interchange has no trailer (IEA).", _WHOLE),
        ("024", "What stands in the interchange is invalid.", "The finding, or the 999 beside the TA1, says what."),
        ("025", "The interchange's control number was used before (ISA13).", _NEW_NUMBER),
        ("026", "The element separator is invalid.", _SEPARATORS),
        ("027", "The component separator is invalid (ISA16).", _SEPARATORS),
        ("028", "The date of deferred delivery is invalid.", "edigate asks for none: ask the partner."),
        ("029", "The time of deferred delivery is invalid.", "edigate asks for none: ask the partner."),
        ("030", "The time code of deferred delivery is invalid.", "edigate asks for none: ask the partner."),
        ("031", "The grade of service is invalid.", "edigate asks for none: ask the partner."),
    )
)

GROUP: tuple[Meaning, ...] = tuple(
    Meaning(f"AK9-{number}", what, remedy, f"X12 AK905, {number}")
    for number, what, remedy in (
        ("1", "The receiver doesn't take groups of this kind (GS01).", _TAKES),
        ("2", "The receiver doesn't take this version (GS08).", "Compare GS08 with the partner's companion guide."),
        ("3", "The group has no trailer (GE), or a trailer has no group.", _WHOLE),
        ("4", "The group's trailer has another control number than its header (GS06, GE02).", _WHOLE),
        ("5", "The trailer counts another number of sets (GE01).", _SENDER),
        ("6", "The group's control number isn't one (GS06).", "One to nine digits."),
        ("19", "The group's control number was used before in the interchange (GS06).", _NEW_NUMBER),
    )
)

SET: tuple[Meaning, ...] = tuple(
    Meaning(f"IK5-{number}", what, remedy, f"X12 IK502, {number}")
    for number, what, remedy in (
        ("1", "The receiver doesn't take this kind of set (ST01).", _TAKES),
        ("2", "The set has no trailer (SE).", _WHOLE),
        ("3", "The set's trailer has another control number than its header (ST02, SE02).", _WHOLE),
        ("4", "The trailer counts another number of segments (SE01).", _SENDER),
        ("5", "Segments of the set are in error.", "Each is told by itself: IK3-... and IK4-..."),
        ("6", "The set's kind is missing or invalid (ST01).", _WHOLE),
        ("7", "The set's control number is missing or invalid (ST02).", _WHOLE),
        ("23", "The set's control number was used before in the group (ST02).", _NEW_NUMBER),
        ("I5", "Segments of the set aren't as the guide asks.", "Each is told by itself: IK3-I... and IK4-I..."),
        ("I6", "The receiver doesn't take this guide (ST03).", "Compare ST03 with the partner's companion guide."),
    )
)

_GUIDE = "`edigate view` shows the file in words, `edigate guides` what guides there are."
_HERE = "Look at what stands before it: it is often the segment in front that is missing or misspelt."

SEGMENT: tuple[Meaning, ...] = tuple(
    Meaning(f"IK3-{number}", what, remedy, f"X12 IK304, {number}")
    for number, what, remedy in (
        ("1", "What stands there is no segment: its id can't be one.", "Look for a terminator within a value."),
        ("2", "The guide knows the segment, but not here, or not with that qualifier.", _HERE),
        ("3", "A required segment or loop is missing; the position is that of what stands in its stead.",
         "Map what it says; for what is missing altogether the finding names the loop."),
        ("4", "A loop stands more often than the guide allows.", "Split what it holds over several claims or sets."),
        ("5", "A segment stands more often than the guide allows.", "Leave out what the payer doesn't need."),
        ("6", "The guide doesn't know the segment at all.", "Is it another guide's file? " + _GUIDE),
        ("7", "The segment stands too late.", "Segments have one order: move it before the one that is named."),
        ("8", "Elements of the segment are in error.", "Each is told by itself: IK4-..."),
        ("I4", "The guide doesn't use this segment.", "Leave it out, or allow it by a `[[correction]]`."),
        ("I6", "A segment is missing that another one makes necessary.", "The finding names what asks for it."),
        ("I7", "A loop stands more seldom than the guide asks.", "Add what is missing."),
        ("I8", "A segment stands more seldom than the guide asks.", "Add what is missing."),
        ("I9", "A segment stands there though another one says that it isn't used.", "Leave out one of the two."),
    )
)  # fmt: skip

ELEMENT: tuple[Meaning, ...] = tuple(
    Meaning(f"IK4-{number}", what, remedy, f"X12 IK403, {number}", severities)
    for number, what, remedy, severities in (
        ("1", "A required element is missing. As a warning: ST03 is, and the guide was taken from GS08.",
         "Map it: `convert` names the field. In a file of somebody else's ask who makes it.", _BOTH),
        ("2", "Elements go together, or one of some is needed, and there is too little.",
         "Give both, or one of those that are named, or none.", (Severity.ERROR,)),
        ("3", "More elements or components than the guide has. As a warning: empty ones at the end.",
         "Leave them out.", _BOTH),
        ("4", "The value is too short.", "Give leading zeros where it is a code.", (Severity.ERROR,)),
        ("5", "The value is too long.", "Shorten it where a person decides how.", (Severity.ERROR,)),
        ("6", "A character or a number that can't stand there. As a warning: letters outside ASCII.",
         "Spell it in plain letters; numbers have a point and no commas.", _BOTH),
        ("7", "Not a code that the guide has here.", "The finding names the list.", (Severity.ERROR,)),
        ("8", "Not a date.", "CCYYMMDD, or CCYYMMDD-CCYYMMDD for a span.", (Severity.ERROR,)),
        ("9", "Not a time.", "HHMM.", (Severity.ERROR,)),
        ("10", "Two elements stand there that exclude each other.", "Leave one out.", (Severity.ERROR,)),
        ("12", "A value is repeated more often than the guide allows.", "Leave some out. Where the repetition "
         "separator stands in a text, choose another one (`envelope.repetition_separator`).", (Severity.ERROR,)),
        ("13", "More components than the guide has.",
         "Does the component separator stand in a value?", (Severity.ERROR,)),
        ("I6", "A code that the guide doesn't use here.", "Choose one of the guide's.", (Severity.ERROR,)),
        ("I9", "An element is missing that another one makes necessary.", "Map it.", (Severity.ERROR,)),
        ("I10", "The guide doesn't use this element.", "Leave it out, or allow it by a `[[correction]]`.",
         (Severity.ERROR,)),
        ("I11", "A value is repeated more seldom than the guide asks.", "Add what is missing.", (Severity.ERROR,)),
        ("I12", "A number out of its order (HL, LX), or a value without the form the guide fixes. As a warning: HL04 "
         "doesn't say truly whether levels follow.", "The finding says what was expected.", _BOTH),
        ("I13", "An element stands there though another one says that it isn't used.", "Leave out one of the two.",
         (Severity.ERROR,)),
    )
)  # fmt: skip

OWN: tuple[Meaning, ...] = (
    Meaning("X12-UNREADABLE", "It isn't X12, or no further readable.",
            "Is it another kind of file? The finding says at which byte reading ended."),
    Meaning("X12-NO-GUIDE", "edigate has no guide of that name: only the envelope was checked, and the set isn't "
            "called valid.", "`edigate guides` lists those it has; `--guide VERSION` holds the set to another."),
    Meaning("X12-TWO-GUIDES", "ST03 and GS08 name different guides; ST03 counts.", "The sender should name one.",
            "X12.6", _WARNS),
    Meaning("X12-JUNK", "Bytes outside any interchange were passed over.",
            "Look at them: was a file glued to another, or its beginning cut off?", "", _WARNS),
    Meaning("X12-EMPTY-SEGMENT", "An empty segment was passed over.", "The sender writes a terminator too many.", "",
            _WARNS),
    Meaning("X12-UNTERMINATED", "The last segment has no terminator.", "Is the file complete? Its IEA tells.", "",
            _WARNS),
    Meaning("X12-ISA-WIDTH", "The ISA isn't 106 bytes long: its padding was collapsed; it was read by its separators.",
            "The sender has to pad ISA's elements; others will refuse the file.", "X12.5", _WARNS),
    Meaning("X12-MORE", "There are more findings than are kept of one file.",
            "Correct the first ones; `--max-findings` keeps more.", "", _BOTH),
    Meaning("X12-PYX12", "pyx12 refuses the file without an error of its own (`--engine pyx12`).",
            "Ask edigate's own engine; a second opinion has no other words."),
)  # fmt: skip

MEANINGS = (*INTERCHANGE, *GROUP, *SET, *SEGMENT, *ELEMENT, *OWN)
