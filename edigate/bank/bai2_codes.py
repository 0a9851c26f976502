"""BAI2 type codes of single transactions: how the money came. Knows no record.

Of the codes of the Cash Management Balance Reporting Specifications, those by which a payer's money comes: 100 to
399 are credits and 400 to 699 debits, 920 to 959 a bank's own credits. 900 to 919 and 960 to 999 are no credits.
"""

from __future__ import annotations

from edigate.bank.model import Kind

_KINDS: dict[Kind, str] = {
    "ach": "142 143 145 147 155 156 164 165 166 168 169",  # 142 received, 164 corporate trade, 165 preauthorized
    "wire": "191 195 196 206 208",  # 195 incoming money transfer, 206 between accounts of the bank
    "check": "115 116 175",  # lockbox and its items, package of checks
    "deposit": "172 174 176 301",  # 301 commercial deposit: checks and cash over the counter
}
CREDITS: dict[str, Kind] = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}

# Money of one's own that moves between accounts, and interest: no payer sent it.
OWN_MONEY = frozenset(("201", "275", "354"))
# Of debits: what takes a deposit back, and what a payer draws (kept where it carries a trace).
RETURNS = frozenset(("555", "557"))
ACH_DEBITS = frozenset(("451", "455", "464", "466", "469"))


def is_credit(code: str) -> bool:
    """Whether a detail's code (three digits) brings money."""
    return "100" <= code <= "399" or "920" <= code <= "959"
