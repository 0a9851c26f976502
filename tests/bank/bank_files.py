"""Bank files made up for tests: BAI2 and ACH with the totals that belong to them."""

from __future__ import annotations

from collections.abc import Sequence

BANK = 12200003  # the receiving bank's eight digits
ENDINGS = {"CCD": "{id:<15}{name:<22}", "CTX": "{id:<15}{addenda:04d}{name:<16}  "}


def bai2(*details: str, day: str = "260710", account: str = "000123454321", summaries: Sequence[int] = ()) -> bytes:
    """A statement of one account; each detail is the lines of one 16, e.g. `165,412500,Z,BX1,,ACME\\n88,TRN*1*A`."""
    account_line = f"03,{account},USD," + ",".join(f"010,{cents},," for cents in summaries) + "/"
    lines = [account_line, *("16," + one for one in details)]
    total = sum(summaries) + sum(int(one.split(",")[1] or 0) for one in details)
    records = sum(one.count("\n") + 1 for one in lines) + 1
    return "\n".join(
        [
            "01,122000030,LAKESIDE,260713,0600,1,80,,2/",
            f"02,LAKESIDE,122000030,1,{day},2359,USD,2/",
            *lines,
            f"49,{total},{records}/",
            f"98,{total},1,{records + 2}/",
            f"99,{total},1,{records + 4}/",
            "",
        ]
    ).encode()


def entry(
    cents: int, *addenda: str, code: str = "22", number: int = 1, kind: str = "CCD", account: str = "000123454321"
) -> list[str]:
    """An entry (6) with its addenda (7)."""
    name = ENDINGS[kind].format(id="LAKESIDE-1", name="LAKESIDE CLINIC", addenda=len(addenda))
    head = f"6{code}{BANK}0{account:<17}{cents:010d}{name}  {int(bool(addenda))}{BANK:08d}{number:07d}"
    return [head, *(f"705{text:<80}{at:04d}{number:07d}" for at, text in enumerate(addenda, 1))]


def nacha(
    *entries: list[str],
    kind: str = "CCD",
    day: str = "260710",
    company: str = "ACME HEALTH PLAN",
    company_id: str = "1512345678",
) -> bytes:
    """An ACH file of one batch."""
    records = [record for one in entries for record in one]
    heads = [one[0] for one in entries]
    credits_ = sum(int(head[29:39]) for head in heads if head[2] in "01234")
    debits = sum(int(head[29:39]) for head in heads if head[2] not in "01234")
    hash_ = sum(int(head[3:11]) for head in heads) % 10**10
    sums = f"{len(records):06d}{hash_:010d}{debits:012d}{credits_:012d}"
    lines = [
        f"101 1220000301512345670{day}0600A094101{'LAKESIDE BANK':<23}{company:<23}{'':8}",
        f"5220{company[:16]:<16}{'':20}{company_id:<10}{kind}{'HCCLAIMPMT':<10}{day}{day}   1{BANK:08d}0000001",
        *records,
        f"8220{sums}{company_id:<10}{'':25}{BANK:08d}0000001",
        f"9000001{1 + (len(records) + 3) // 10:06d}{len(records):08d}{sums[6:]}{'':39}",
    ]
    lines += ["9" * 94] * (-len(lines) % 10)
    return ("\n".join(lines) + "\n").encode()
