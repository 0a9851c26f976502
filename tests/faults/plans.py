"""Which cases a campaign plays: every labelled step, system call, place on the line and server, shuffled by a seed.

Knows no outcome. Places are taken up to a bound somewhat past the end of a send; a fault that doesn't come to pass
there isn't counted as a run.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from edigate.simulator.policies import policies
from tests.faults.cases import Case, Database, Fault

DIRECT = "temporary = false"
PART = 'temporary_suffix = ".part"'
STEPS = 126  # labelled steps of a send with four files; on PostgreSQL the lease adds four
REQUESTS = 36  # of SFTP
BYTES = {"up": 7600, "down": 4700}  # of a whole session on the line, login included
PLACES = 60  # on the line each way
# How often a send on SQLite makes a call in one thread; a full campaign measures it (`Bench.syscalls`).
CALLS = {"openat": 36, "write": 5, "pwrite64": 241, "fsync": 16, "fdatasync": 15, "ftruncate": 2, "rename": 4}
CALLS |= {"unlink": 6, "connect": 1, "sendto": 22}
_FAILING = ("openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename")

# Servers that runs are killed against: a policy, and the partner's settings that go with it.
STRUCK = (
    ("plain", ""),
    ("plain", DIRECT),
    ("pickup-rename", ""),
    ("pickup-close", DIRECT),
    ("openssh", ""),
    ("pickup-logout", ""),
    ("no-fsync", ""),
    ("sweeps-drafts", ""),
    ("openssh", DIRECT),
    ("renames-ours", ""),
    ("forbids-rename", DIRECT),
    ("few-open-files", ""),
)
# Where a policy lets nothing through with these settings, so that files must wait here and be told.
WAITING = {
    ("refuses-tmp", ""),
    ("forbids-rename", ""),
    *((name, "") for name in ("full", "silently-short", "close-failure", "close-failure-kept")),
    *((name, DIRECT) for name in ("full", "silently-short", "close-failure")),
}
# Servers to receive from, leaving there what was received and removing it.
GIVING = ("plain", "openssh", "hostile-listing", "stat-denied", "stat-no-size", "hides-dot-files")
DELETING = "delete_after_receive = true"
_OWN_SETTINGS = {"refuses-tmp": PART}  # what makes it work, beside the two that all are tried with


def kills(
    databases: Sequence[Database], rng: random.Random, calls: Mapping[Database, Mapping[str, int]]
) -> Iterator[Case]:
    """Killed at each step and system call, in recoveries too; a full or broken disk here; rivals at each step.

    `calls` is empty where strace can't be used: then the labelled steps must do.
    """
    return _in_turns(
        (
            _shuffled(rng, _killed_once(databases)),
            _shuffled(rng, _killed_twice(databases, rng)),
            _shuffled(rng, _rivals(databases)),
            _shuffled(rng, _at_syscalls(databases, calls)),
        )
    )


def _killed_once(databases: Sequence[Database]) -> Iterator[Case]:
    for (server, folders), database, step in itertools.product(STRUCK, databases, range(STEPS)):
        yield Case(group="kills", server=server, folders=folders, database=database, faults=(Fault(step=step),))


def _killed_twice(databases: Sequence[Database], rng: random.Random) -> Iterator[Case]:
    """Killed, and the recovery killed as well; every third time that one's recovery too."""
    for case in _killed_once(databases):
        again = tuple(Fault(step=rng.randrange(STEPS - 8)) for _ in range(rng.choice((1, 1, 2))))
        yield msgspec.structs.replace(case, faults=(*case.faults, *again))


def _rivals(databases: Sequence[Database]) -> Iterator[Case]:
    for (server, folders), database, step in itertools.product(STRUCK[:4], databases, range(STEPS)):
        yield Case(
            group="kills",
            server=server,
            folders=folders,
            database=database,
            faults=(Fault(step=step, what="rival" if step % 2 else "still"),),
        )
        if database == "postgresql":
            yield Case(
                group="kills",
                server=server,
                folders=folders,
                database=database,
                faults=(Fault(step=step, what="still" if step % 2 else "rival"),),
            )


def _at_syscalls(databases: Sequence[Database], calls: Mapping[Database, Mapping[str, int]]) -> Iterator[Case]:
    for (server, folders), database in itertools.product(STRUCK[:4], databases):
        for call, times in calls.get(database, {}).items():
            for when in range(1, times + 1):
                yield Case(
                    group="kills",
                    server=server,
                    folders=folders,
                    database=database,
                    faults=(Fault(syscall=call, when=when),),
                )
                if call in _FAILING:
                    for error, lasting in itertools.product(("ENOSPC", "EIO"), (False, True)):
                        fault = Fault(syscall=call, when=when, error=error, lasting=lasting)
                        yield Case(group="kills", server=server, folders=folders, database=database, faults=(fault,))


def lines(databases: Sequence[Database], rng: random.Random) -> Iterator[Case]:
    """Cut, stalled and half-closed at places each way; a trickle; stalled and dropped at each request."""
    return _in_turns((_shuffled(rng, _at_places(databases)), _shuffled(rng, _at_requests(databases))))


def _at_places(databases: Sequence[Database]) -> Iterator[Case]:
    for database, (server, folders) in itertools.product(databases, STRUCK[:5]):
        for direction, place in itertools.product(BYTES, range(PLACES)):
            after = BYTES[direction] * place // PLACES
            for line in ("cut", "stall", "half", *(("trickle",) if place % 10 == 5 else ())):
                fault = Fault(
                    line=line,
                    direction=direction,  # type: ignore[arg-type]  # BYTES' two keys
                    after=after,
                    timeout=1.5,
                )
                yield Case(group="lines", server=server, folders=folders, database=database, faults=(fault,))


def _at_requests(databases: Sequence[Database]) -> Iterator[Case]:
    for database, (server, folders), number in itertools.product(databases, STRUCK[:4], range(REQUESTS)):
        for request in (
            (("stalls_at", number),),
            (("drops_at", number),),
            (("drops_at", number), ("drops_done", 1)),
        ):
            fault = Fault(request=request, timeout=1.5)
            yield Case(group="lines", server=server, folders=folders, database=database, faults=(fault,))


def servers(databases: Sequence[Database], rng: random.Random) -> Iterator[Case]:
    """Each policy with drafts and without, without a fault and killed on the way; a host key that changes."""
    tried: list[Case] = []
    for name, database in itertools.product(policies(), databases):
        for folders in dict.fromkeys(("", DIRECT, _OWN_SETTINGS.get(name, ""))):
            case = Case(
                group="servers",
                server=name,
                folders=folders,
                database=database,
                may_wait=(name, folders) in WAITING,
            )
            tried += [case, *(msgspec.structs.replace(case, faults=(Fault(step=_late(rng)),)) for _ in range(9))]
    tried += [Case(group="servers", database=one, faults=(Fault(other_key=True),)) for one in databases]
    plain = [case for case in tried if not case.faults]
    yield from plain
    yield from _shuffled(rng, (case for case in tried if case.faults))


def receiving(databases: Sequence[Database], rng: random.Random) -> Iterator[Case]:
    """Receiving from servers that hide, lie and list what isn't there; killed, and the line cut, on the way."""
    tried: list[Case] = []
    for name, database, folders in itertools.product(GIVING, databases, ("", DELETING)):
        case = Case(group="receiving", server=name, database=database, folders=folders, sender="receive")
        faults = [
            *(Fault(step=step) for step in range(8, 110, 2)),
            *(Fault(request=(("drops_at", number),)) for number in range(0, 50, 5)),
            *(Fault(line="cut", direction="down", after=after) for after in range(2500, 32_000, 2500)),
        ]
        if name == "openssh":
            faults = [fault for fault in faults if not fault.request]
        tried += [case, *(msgspec.structs.replace(case, faults=(fault,)) for fault in faults)]
    return iter(_shuffled(rng, tried))


def _late(rng: random.Random) -> int:
    """A step after the login."""
    return rng.randrange(20, STEPS)


def controls(sender: str, databases: Sequence[Database], rng: random.Random) -> Iterator[Case]:
    """Cases as edigate's own, for another sender: of those sorts that show what is wrong with it, in turns."""
    servers, steps = _SHOWN_BY[sender]
    for case in itertools.cycle(_at(servers, databases)):
        faults = (Fault(step=rng.choice(steps)),) if steps else ()
        yield msgspec.structs.replace(case, sender=sender, faults=faults)


# What shows it: servers, and the steps of that sender at one of which it is killed, or none where it needn't be.
_SHOWN_BY: dict[str, tuple[Sequence[tuple[str, str]], Sequence[int]]] = {
    "naive": ((("plain", DIRECT),), range(16, 44)),
    "unconfirmed": ((("full", ""), ("silently-short", ""), ("close-failure", "")), ()),
    "no-renaming": ((("pickup-rename", ""),), range(STEPS // 2, STEPS)),
    "renames-first": ((("pickup-rename", ""),), range(STEPS // 2, STEPS)),
}


def _at(servers: Sequence[tuple[str, str]], databases: Sequence[Database]) -> list[Case]:
    return [
        Case(group="kills", server=server, folders=folders, database=database, may_wait=(server, folders) in WAITING)
        for (server, folders), database in itertools.product(servers, databases)
    ]


def _shuffled(rng: random.Random, cases: Iterable[Case]) -> list[Case]:
    return shuffled(rng.random(), cases)


def shuffled(seed: float, cases: Iterable[Case]) -> list[Case]:
    """In an order of each case's own: a few more or fewer, as measured by another run, don't change that of others."""
    return sorted(cases, key=lambda case: hashlib.blake2b(f"{seed}{case}".encode(), digest_size=8).digest())


def _in_turns(several: Iterable[Iterable[Case]]) -> Iterator[Case]:
    """One of each, then the next of each, until all are at an end."""
    rounds = itertools.zip_longest(*several)
    return (case for one in rounds for case in one if case is not None)
