"""What may stay of each element of X12, and what becomes of the rest: one table. Knows no values.

An element stays only where this table says so: codes, qualifiers, amounts, counts, control numbers, and the names
and ids of payers and clearinghouses, who are nobody's patients. What isn't listed is taken for an id: whole segments
of other standards, elements a guide doesn't use, a sender's own additions.

A word for each element, `*n` for n alike; colons part the components of a composite:

    .        stays where it looks like a code, an amount or a count
    control  stays as it is                     payer  a payer's name or id: stays where nobody else is called so
    id       a number or code that tells who    name   a name, address or free text
    zip      a ZIP code                         birth  a birth date
    date     a patient's date, range or moment  filed  a date of the file or its money
    party, party_id, reference, originator, drug, copied: one of these, as another element of the segment says
"""

from __future__ import annotations

_PROCEDURE = ".:.:.:.:.:.:name:."  # C003: the seventh is a description
_CONDITION = ".:.:.:date:.:.:.:.:."  # C022: a code, its date, amount, flags

PLACES: dict[str, str] = {
    # envelopes and trailers: control numbers stay, as answers refer to them
    "ISA": ". name . name . id . id filed control*7",
    "GS": ". id id filed control*4",
    "ST": "control*3",
    "SE": "control*2",
    "GE": "control*2",
    "IEA": "control*2",
    "TA1": "control filed control . .",
    "BHT": ". . id filed control .",
    # levels and parties
    "HL": ".*4",
    "SBR": ". . id name .*5",
    "PAT": ".*5 date .*3",
    "PRV": ".*6",
    "CUR": ".*21",
    "NM1": ". . party name name name name . party_id . . name",
    "N1": ". party . party_id . .",
    "N2": "name name",
    "N3": "name name",
    "N4": "name . zip .*4",
    "PER": ". name . name . name . name name",
    "DMG": ". birth .*9",
    "INS": ".*11 date . name .*3",
    "REF": ". reference name id",
    "DTP": ". . date",
    "DTM": ". date .*4",
    # claims
    "CLM": "id .*19",
    "CN1": ".*3 id . id",
    "DSB": ".*8",
    "UR": ".*6",
    "AMT": ".*3",
    "QTY": ".*4",
    "CAS": ".*19",
    "K3": "name . .",
    "NTE": ". name",
    "PWK": ".*5 id name . .",
    "CR1": ".*5 name name name name name",
    "CR2": ".*9 name name .",
    "CR3": ".*5",
    "CR5": ". date .*16",
    "CR6": ". date date date .*3 date date .*4 date date . date date date date date",
    "CRC": ".*7",
    "HI": f"{_CONDITION} " * 12,
    "HCP": ".*3 id .*11",
    "HSD": ".*8",
    "DN1": ".*4",
    "DN2": ".*6",
    "LX": ".",
    "SV1": f"{_PROCEDURE} .*20",
    "SV2": f". {_PROCEDURE} .*8",
    "SV3": f"{_PROCEDURE} .*10",
    "SV4": "id .*17",
    "SV5": f"{_PROCEDURE} .*6",
    "SV6": f"{_PROCEDURE} .*6",
    "SV7": "id .*5",
    "SVD": f"payer . {_PROCEDURE} .*3",
    "TOO": ".*3",
    "LIN": ". . drug . drug . drug . drug",
    "CTP": ".*11",
    "PS1": "id . .",
    "MEA": ".*8",
    "LQ": ".*2",
    "FRM": ". . name date .",
    "LS": ".",
    "LE": ".",
    "OI": ".*6",
    "MIA": ".*24",
    "MOA": ".*9",
    # payments
    "BPR": ".*6 id . id payer id . id . id filed .*5",
    "TRN": ". id originator id",
    "RDM": ". name name id id",
    "TS3": "id . filed .*21",
    "TS2": ".*19",
    "CLP": "id .*5 id .*7",
    "SVC": f"{_PROCEDURE} .*4 {_PROCEDURE} .",
    "PLB": "id filed .:id . .:id . .:id . .:id . .:id . .:id .",
    # answers
    "STC": ". date .*3 date . date id . . name",
    "AK1": "control*3",
    "AK2": "control*3",
    "AK3": ".*4",
    "AK4": ".*3 copied",
    "AK5": ".*6",
    "AK9": ".*9",
    "IK3": ".*4",
    "IK4": ".*3 copied",
    "IK5": ".*6",
    "CTX": "control:id .*5",
    "HLPT": ".*6",
    # inquiries, authorizations, enrollment
    "AAA": ".*4",
    "EQ": ".*5",
    "EB": ".*4 name .*9",
    "III": ".*3 name .*5",
    "UM": ".*10",
    "HCR": ". id . .",
    "HD": ".*3 name . .",
    "MSG": "name . .",
    "BGN": ". id filed . . id . .",
}

KEPT_PARTIES = frozenset(("PR", "TT", "40", "AY", "GW", "PRP"))
"""NM101 and N101 of payers, crossover carriers, receivers and clearinghouses."""

KEPT_REFERENCES = frozenset(("2U", "87", "F2", "CE", "BB", "1S", "APC", "G3"))
"""REF01 whose number isn't anybody's: payer id, the guide, versions, classes, groupings."""

# Data elements (IK402, AK402) whose bad value a 999 copies: what the value is. Of any other it is taken for an id.
COPIED: dict[str, str] = {
    **dict.fromkeys("19 93 166 352 933 1035 1036 1037 1038 1039".split(), "name"),
    **dict.fromkeys("26 66 98 128 143 156 234 235 355 374 380 455 480 782 1032 1065 1066 1069 1073 1138 1250 1270 "
                    "1271 1321 1325 1328 1331 1332 1338 1339 1343 1359 1360 1362 1365 1366 1383 1705".split(), "."),
    "116": "zip",
    "1251": "date",
    "373": "filed",
}  # fmt: skip
