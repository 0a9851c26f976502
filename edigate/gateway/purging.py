"""What may be purged on a day, and what is kept back and why: the list that is looked at before anything goes.

A content goes when every file that the ledger knows it as may: its kind has an age, so long ago was the last thing that
happened to the file or to a claim in it, nothing of it waits for anybody, and no legal hold is on it. Changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

import msgspec

from edigate.archive import Archive
from edigate.gateway import pgp_files, zips
from edigate.gateway.fees import load_terms
from edigate.gateway.opening import Gateway
from edigate.ledger.deposits import BANK_KIND
from edigate.ledger.holds import Hold, holds
from edigate.ledger.keeping import (
    SIDES,
    Named,
    claims_in,
    files_with,
    last_heard,
    named_contents,
    open_claims,
    received_files_of,
    silent_claims,
    with_versions,
)
from edigate.ledger.parties import to_compare
from edigate.ledger.purges import NewPurgedFile, PurgedFile, pending, purged_files
from edigate.ledger.transaction import ReadTransaction
from edigate.reports.items import items
from edigate.retention import KINDS, Age, Kind

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("837P", "837I", "837D"), "claim_files"),
    "835": "remittances",
    **dict.fromkeys(("TA1", "999", "997", "277CA", "277"), "acknowledgments"),
    **dict.fromkeys(BANK_KIND.values(), "bank_files"),
}
_TOO_YOUNG = "too young"
_SHOWN = 5  # names beside a reason
_NUMBER = 12  # hex digits of a list's number
MOST_CLAIMS = 100_000  # of one purge: others wait for the ledger meanwhile, some seconds


class KeptBack(msgspec.Struct, kw_only=True):
    """So many old enough files, or claims, that stay, and why; the first of them by name."""

    why: str
    count: int = 0
    names: list[str] = []


class OfKind(msgspec.Struct, kw_only=True):
    """One kind: what goes (`count`, bytes, days of oldest and newest); what has no age or is too young (`stay`); what
    is old enough and kept back."""

    kind: Kind
    age: str  # empty: kept for ever
    count: int = 0
    bytes: int = 0
    oldest: date | None = None
    newest: date | None = None
    stay: int = 0
    kept: list[KeptBack] = []

    def keep(self, why: str, name: str) -> None:
        found = next((one for one in self.kept if one.why == why), None)
        if found is None:
            found = KeptBack(why=why)
            self.kept.append(found)
        found.count += 1
        found.names += [name] if len(found.names) < _SHOWN else []


class Plan(msgspec.Struct, kw_only=True):
    """What would be purged with ages counted as of `day`. The same list has the same `number`, no list none.

    `unfinished`: contents that an earlier purge, broken off, meant to let go and may; `kept_now`: those that by now
    must stay.
    """

    day: date
    number: str = ""
    kinds: list[OfKind] = []
    files: list[NewPurgedFile] = []
    claims: list[int] = []
    unfinished: list[PurgedFile] = []
    kept_now: list[PurgedFile] = []
    holds: int = 0

    @property
    def empty(self) -> bool:
        return not (self.files or self.claims or self.unfinished or self.kept_now)


def look(gateway: Gateway, day: date | None = None) -> Plan:
    """What would be purged, as of today or a day. Raises ConfigError (fee tables), LedgerError, StorageError."""
    with gateway.ledger.read() as tx:
        return plan(gateway, tx, day or tx.at.date())


def plan(gateway: Gateway, tx: ReadTransaction, day: date) -> Plan:
    """What would be purged, as this transaction sees the ledger."""
    ages = gateway.workspace.config.retention.ages()
    made = _Planning(gateway, tx, day, ages).plan
    contents = [(one.sha256, one.rule, one.names) for one in made.files]
    begun = [one.sha256 for one in (*made.unfinished, *made.kept_now)]
    agreed = msgspec.json.encode([day, contents, str(ages.get("claims", "")), made.claims, begun])
    made.number = "" if made.empty else sha256(agreed).hexdigest()[:_NUMBER]
    return made


def kind_of(file: Named) -> Kind:
    """Which kind of retention a file is of."""
    return "encounters" if file.side == "intake" else _KINDS.get(file.kind, "others")


def _by_container(named: Iterable[Named]) -> dict[tuple[str, str], list[Named]]:
    """What was taken out of received files, by partner and path of the zip or encrypted message that held it."""
    found: dict[tuple[str, str], list[Named]] = defaultdict(list)
    for file in named:
        for inside in (zips.INSIDE, pgp_files.INSIDE):
            container, mark, _ = file.path.rpartition(inside)
            if mark:
                found[file.partner, container].append(file)
    return found


class _Held:
    """What legal holds keep."""

    def __init__(self, tx: ReadTransaction, on: Sequence[Hold]) -> None:
        self.everything = any(one.scope == "everything" for one in on)
        self.partners = {one.subject for one in on if one.scope == "partner"}
        self.names = {one.subject for one in on if one.scope == "file"}
        claims = {int(one.subject) for one in on if one.scope == "claim"}
        for side in SIDES:
            ids = [int(name.removeprefix(f"{side}-")) for name in self.names if name.startswith(f"{side}-")]
            claims |= claims_in(tx, side, ids) if ids else set()
        self.claims = with_versions(tx, claims, later=True)


class _Planning:
    """One plan on its way. The claims are looked at only where a file or a claim may be old enough."""

    def __init__(self, gateway: Gateway, tx: ReadTransaction, day: date, ages: Mapping[Kind, Age]) -> None:
        self._tx = tx
        self._archive: Archive = gateway.archive
        self._ages = ages
        self._cutoffs = {kind: age.before(day) for kind, age in ages.items()}
        on = holds(tx)
        self._held = _Held(tx, on)
        kinds = [OfKind(kind=kind, age=str(ages.get(kind, ""))) for kind in KINDS]
        self.plan = Plan(day=day, holds=len(on), kinds=kinds)
        self._of = {one.kind: one for one in self.plan.kinds}
        named = named_contents(tx)
        self._inside = _by_container(named)
        old = [file for file in named if self._is_old(file)]
        if old or "claims" in ages:
            self._look_at_claims(gateway, old)
        self._files(named)
        if "claims" in ages:
            self._claims()

    def _is_old(self, file: Named) -> bool:
        cutoff = self._cutoffs.get(kind_of(file))
        return cutoff is not None and (file.over or file.began).date() <= cutoff

    # --- what waits

    def _look_at_claims(self, gateway: Gateway, old: Sequence[Named]) -> None:
        """Which claims and files aren't finished, and when something last happened in the old ones."""
        working: dict[str, set[int]] = defaultdict(set)
        done: set[int] = set()
        for item in items(self._tx, load_terms(gateway.workspace)):
            noun, _, number = item.reference.rpartition("-")
            if item.done and noun == "claim":
                done.add(int(number))
            elif not item.done:
                working[noun].add(int(number))
        production = [one.name for one in gateway.workspace.partners() if one.usage == "production"]
        self._open = open_claims(
            self._tx, at_work=working["claim"], done=done - working["claim"], in_production=production
        )
        self._uncompared = {one.sha256 for one in to_compare(self._tx)}
        waiting = {("in", id_) for id_ in working["file-in"]} | {("out", id_) for id_ in working["file-out"]}
        for noun in ("answer", "paid", "payment", "deposit"):
            if working[noun]:
                waiting |= {("in", id_) for id_ in received_files_of(self._tx, noun, sorted(working[noun]))}
        self._waiting = waiting
        self._with_open, self._with_held = set[tuple[str, int]](), set[tuple[str, int]]()
        self._heard: dict[tuple[str, int], datetime] = {}
        for side in SIDES:
            ids = [file.id for file in old if file.side == side]
            if ids:
                self._with_open |= {(side, id_) for id_ in files_with(self._tx, side, self._open)}
                self._with_held |= {(side, id_) for id_ in files_with(self._tx, side, self._held.claims)}
                self._heard |= {(side, id_): at for id_, at in last_heard(self._tx, side, ids).items()}

    def _verdict(self, file: Named) -> str:
        """Why a file must stay: `_TOO_YOUNG`, or what a person may do something about; empty where it may go."""
        place = (file.side, file.id)
        if not self._is_old(file):
            return _TOO_YOUNG
        if (
            self._held.everything
            or file.partner in self._held.partners
            or file.name in self._held.names
            or place in self._with_held
        ):
            return "a legal hold is on it"
        if file.over is None:
            return file.waits
        if place in self._waiting:
            return "it waits in `edigate work`"
        if place in self._with_open:
            return "claims in it aren't finished"
        if file.sha256 in self._uncompared:
            return "`edigate reconcile` hasn't compared it yet"
        for member in self._inside.get((file.partner, file.path), ()):
            if self._verdict(member) not in ("", _TOO_YOUNG):
                return f"what was taken out of it stays ({member.name})"
        return _TOO_YOUNG if self._since(file, file.over) > self._cutoffs[kind_of(file)] else ""

    def _since(self, file: Named, over: datetime) -> date:
        """When the last thing happened to a file that is over, or to a claim in it."""
        return max(over, self._heard.get((file.side, file.id), over)).date()

    # --- what goes

    def _files(self, named: Iterable[Named]) -> None:
        contents: dict[str, list[Named]] = {}
        for file in named:
            contents.setdefault(file.sha256, []).append(file)
        gone = purged_files(self._tx)
        left = {one.sha256: one for one in pending(self._tx)}
        for content, files in contents.items():
            there = self._archive.exists(content)
            if content in left:  # where it isn't there any more, only the word for it is missing
                may_go = not there or not any(map(self._verdict, files))
                (self.plan.unfinished if may_go else self.plan.kept_now).append(left[content])
            elif there or content not in gone:
                self._content(content, files, there=there)

    def _content(self, content: str, files: Sequence[Named], *, there: bool) -> None:
        first = files[0]
        of_kind = self._of[kind_of(first)]
        why = self._verdict(first)
        if why == _TOO_YOUNG:
            of_kind.stay += 1
            return
        if not why:
            needed = next((file for file in files if self._verdict(file)), None)
            why = f"the same content is kept as {needed.name}" if needed is not None else why
        if not why and not there:
            why = "it isn't in the archive: `edigate db check`"
        if why:
            of_kind.keep(why, first.name)
            return
        new = NewPurgedFile(
            sha256=content,
            kind=of_kind.kind,
            rule=f"{of_kind.kind} {of_kind.age}",
            names=" ".join(file.name for file in files),
            size=self._archive.size(content),
            since=max(self._since(file, file.over) for file in files if file.over is not None),
        )
        of_kind.count += 1
        of_kind.bytes += new.size
        of_kind.oldest = min(of_kind.oldest or new.since, new.since)
        of_kind.newest = max(of_kind.newest or new.since, new.since)
        self.plan.files.append(new)

    def _claims(self) -> None:
        """Claims whose persons go: finished, and nothing was heard of them for so long."""
        of_kind = self._of["claims"]
        before = datetime.combine(self._cutoffs["claims"] + timedelta(days=1), time(), UTC)
        for claim_id, partner in silent_claims(self._tx, before=before):
            if self._held.everything or partner in self._held.partners or claim_id in self._held.claims:
                of_kind.keep("a legal hold is on it", f"claim {claim_id}")
            elif claim_id in self._open:
                of_kind.keep("it isn't finished", f"claim {claim_id}")
            elif len(self.plan.claims) == MOST_CLAIMS:
                of_kind.stay += 1
            else:
                self.plan.claims.append(claim_id)
        of_kind.count = len(self.plan.claims)
