"""004010X096A1 (I), X097A1 (D) and X098A1 (P) read with the tables of 5010: what 4010 said otherwise, as rules.

For reading alone: payers have taken no 4010 claims since 2012, but archives and other systems hold them.
What 5010 has no field for (card holders, responsible parties, home health plans) stays in the remainder.
"""

from __future__ import annotations

import msgspec

from edigate.x12 import binding as b

# NM108 of a provider: before NPIs, an employer's (24) or a social security number (34).
_PROVIDER_ID = b.Pairs(start=8, times=1, fields=(("XX", "npi"), ("24", "tax_id"), ("34", "tax_id")))

# Codes that 4010 has beside those of 5010, by segment and the first of 5010's codes.
_CODES = {
    ("NM1", "77"): ("FA", "LI", "TL"),  # facility, independent laboratory, testing laboratory
    ("REF", "0B"): ("1A", "1B", "1C", "1D", "1E", "1G", "1H", "1J", "B3", "BQ", "EI", "FH", "G2", "G5", "LU",
                    "N5", "SY", "TJ", "U3", "X4", "X5"),
    ("REF", "2U"): ("TJ",),
    ("AMT", "D"): ("C4",),  # I: what the payer paid before
    ("HI", "APR"): ("ZZ",),
    ("HI", "BBR"): ("BP",),  # HCPCS procedures
    ("HI", "BBQ"): ("BO",),
}  # fmt: skip
_MEMBER_ID = ("ZZ", "24", "34")
_PATIENT_ID = b.qualified(8, ("MI", "ZZ"), 9, "member_id")  # 2010CA NM109, REF*1W since


def legacy(table: b.Loop) -> b.Loop:
    """A table of 5010 that reads 4010. Not for writing."""
    parts = tuple(legacy(part) if isinstance(part, b.Loop) else _segment(part) for part in table.parts)
    return msgspec.structs.replace(table, parts=parts)


def _segment(segment: b.Segment) -> b.Segment:
    parts = tuple(_part(segment.id, part) for part in segment.parts)
    if segment.id == "NM1" and isinstance(parts[0], b.Match) and parts[0].first == "QC":
        parts += (_PATIENT_ID,)
    return msgspec.structs.replace(segment, parts=parts)


def _part(segment_id: str, part: b.Part) -> b.Part:
    match part:
        case b.Qualified(field="npi"):
            return _PROVIDER_ID
        case b.Qualified(field="member_id"):
            return msgspec.structs.replace(part, codes=part.codes + _MEMBER_ID)
        case b.Constant(value="PXC"):
            return msgspec.structs.replace(part, value="ZZ")
        case b.Match():
            more = _CODES.get((segment_id, part.first), ())
            return msgspec.structs.replace(part, codes=part.codes | set(more))
        case b.CodeLists():
            return msgspec.structs.replace(part, lists=tuple(_code_list(each) for each in part.lists))
        case _:
            return part


def _code_list(each: b.CodeList) -> b.CodeList:
    first = _part("HI", each.parts[0])
    assert isinstance(first, b.Match)  # noqa: S101 - as `codes` made it
    codes = (*each.codes, *sorted(first.codes - set(each.codes)))
    return msgspec.structs.replace(each, codes=codes, parts=(first, *each.parts[1:]))
