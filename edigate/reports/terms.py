"""What was agreed: partners' settings and their payers' fees, as reports judge payments by them. Reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edigate.config import DepositSettings
from edigate.partners.model import Expected, Partner
from edigate.reconcile.expected import Rules, Tolerance
from edigate.reconcile.fee_table import FeeTable

_NO_FEES = FeeTable()


class Terms:
    """Partners by name, each with its fees; in how many days deposits are late. `unusable`: files of fees with rows
    that can't be used, and how many."""

    def __init__(
        self,
        partners: Iterable[Partner],
        *,
        tables: Mapping[str, FeeTable] | None = None,
        unusable: Mapping[str, int] | None = None,
        deposits: DepositSettings = DepositSettings(),  # noqa: B008  # immutable
        fingerprint: str = "",
    ) -> None:
        self.partners = {partner.name: partner for partner in partners}
        # Partners in test: what was made in test of them is worked on, and counts for nothing.
        self.trying = frozenset(name for name, partner in self.partners.items() if partner.usage == "test")
        self.unusable = dict(unusable or {})
        self.deposits = deposits
        self.fingerprint = fingerprint  # the same where the same was agreed with the same partners
        self._tables = dict(tables or {})
        self.asks_claims = any(table.asks_claim for table in self._tables.values())  # for what only claims say

    def table(self, partner: str) -> FeeTable:
        """The fees that hold for a partner's claims; none of a partner that isn't here any more."""
        return self._tables.get(partner, _NO_FEES)

    def rules(self, partner: str) -> Rules:
        """How a partner's payments are compared with what was expected."""
        known = self.partners.get(partner)
        said = known.expected if known else Expected()
        return Rules(
            tolerance=Tolerance(said.tolerance_cents, said.tolerance_percent),
            least=said.history_least,
            last=said.history_last,
        )
