"""Whether a deposit and a payment are of one payer, by ids and by names as banks cut them. Knows no amount and no day.

An ACH's company id and TRN03 are mostly 1 and the payer's tax id; banks leave out digits before it or write another
company's, so that two different ids say nothing. A name is cut after 16 characters, or run together with what follows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import dropwhile

_TAX_ID = 9
_NAME = 10  # characters of a payer's name that banks leave standing
_OWN_WORD = 5  # a first word of so many letters names a payer alone, unless half the payers begin with it
_COMMON = frozenset(
    "UNITED AMERICAN FIRST NATIONAL GENERAL HEALTH MEDICAL STATE CENTRAL NORTHERN SOUTHERN EASTERN WESTERN NORTH SOUTH "
    "COMMUNITY GREAT MUTUAL DEPARTMENT COUNTY CHILDREN PROVIDENCE PACIFIC ATLANTIC GLOBAL INTERNATIONAL MEDICARE "
    "MEDICAID BLUECROSS PREMIER GUARDIAN LIBERTY CAPITAL COMMONWEALTH ADVANCED ALLIED STANDARD CHRISTIAN EMPLOYERS "
    "INSURANCE BENEFIT TRUST PUBLIC VALLEY".split()
)
# Words of banks about a deposit over the counter; whatever else stands there may be a name.
_OF_BANKS = frozenset(
    "DEPOSIT DEPOSITS DEPOSITED DEP EDEPOSIT CHECK CHECKS CHEQUE CHEQUES CHK CK LOCKBOX LOCK BOX BRANCH COUNTER TELLER "
    "ATM MOBILE REMOTE ONLINE CAPTURE IMAGE ITEM ITEMS CASH CUSTOMER COMMERCIAL BUSINESS BATCH PACKAGE NIGHT DROP "
    "VAULT CREDIT CR NO NUMBER REF REFERENCE ID ACCOUNT ACCT BANK IN AT OF TO THE AND".split()
)
# What banks write before a payer's name.
_BEFORE = frozenset(
    "THE ACH EFT CREDIT CREDITS PREAUTHORIZED PREAUTH ELECTRONIC DIRECT DEPOSIT INCOMING WIRE TRANSFER FROM ORIG "
    "ORIGIN CO NAME PMT PAYMENT".split()
)
_OTHERS = re.compile("[^A-Z0-9]+")


def same_payer(
    deposit_ids: tuple[str, ...], deposit_text: str, payment_ids: tuple[str, ...], payer_name: str
) -> bool:
    """Whether the ids of both, or the payer's name in what the bank wrote, say that it is one payer.

    False is no more than not knowing it.
    """
    ours, theirs = _tax_ids(deposit_ids), _tax_ids(payment_ids)
    if ours & theirs:
        return True
    words, squeezed = _words(deposit_text)
    name_words, name = _words(payer_name)
    if len(name) >= 4 and name[:_NAME] in squeezed and (len(name) >= _NAME or name in words):
        return True
    first = name_words[0] if name_words else ""
    return len(first) >= _OWN_WORD and first not in _COMMON and first in words


def no_name(text: str) -> bool:
    """Whether a bank's text has nothing but its own words and numbers."""
    return all(word in _OF_BANKS or word.isdigit() for word in _words(text)[0])


@lru_cache(maxsize=4096)
def _tax_ids(ids: tuple[str, ...]) -> frozenset[str]:
    """The last nine characters of each id that has as many and isn't all zeros."""
    found = (_OTHERS.sub("", one.upper())[-_TAX_ID:] for one in ids)
    return frozenset(one for one in found if len(one) == _TAX_ID and one.strip("0"))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[tuple[str, ...], str]:
    """The words of a text from a name on, and the same without what parts them."""
    words = tuple(dropwhile(_BEFORE.__contains__, filter(None, _OTHERS.split(text.upper()))))
    return words, "".join(words)
