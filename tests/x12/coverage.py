"""How much of the public corpus the bindings say: `python -m tests.x12.coverage [--all]`, a table by guide.

Each set of every valid file (`--all`: of any file) goes through records and back. *In part*: some element or
qualifier of the segment is kept beside its fields. *Unbound*: no field says anything of it; it is kept in its place.
*Changed*: it doesn't come back as it was sent, amounts, dates and times compared by value.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

from edigate.x12.encode import Encoder
from edigate.x12.remainder import ORDER
from edigate.x12.segments import Segment
from edigate.x12.validate import validate
from tests.x12.roundtrip import unbound
from tests.x12.test_binding_corpus import FILES, Comparison, decoder, sets, text_of

COLUMNS = ("files", "sets", "segments", "bound", "in part", "unbound", "changed")


def coverage(*, valid: bool = True) -> dict[str, Counter[str]]:
    """The counts of every guide that has a binding, over the files that are `valid`, or all."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for path in FILES:
        if valid and not validate([path.read_bytes()]).valid:
            continue
        here = set()
        for each, table in sets(path):
            counts = found[each.guide or "(none named)"]
            here.add(each.guide or "(none named)")
            rows = [list(segment.elements) for segment in each.segments]
            record, _ = decoder(table).decode([Segment(row) for row in rows], each.delimiters)
            kept = [one for one in unbound(record) if one.part != ORDER and (not one.partial or one.nth)]
            ours = [
                [text_of(element, each.delimiters) for element in segment] for segment in Encoder(table).encode(record)
            ]
            compared = Comparison(table).segment
            sent = Counter(compared(row, each.delimiters) for row in rows if row[0] not in ("ST", "SE"))
            back = Counter(compared(row, each.delimiters) for row in ours)
            counts["sets"] += 1
            counts["segments"] += sum(sent.values())
            counts["in part"] += sum(one.partial for one in kept)
            counts["unbound"] += sum(not one.partial for one in kept)
            counts["changed"] += (sent - back).total() + (back - sent).total()
        for guide in here:
            found[guide]["files"] += 1
    for counts in found.values():
        counts["bound"] = counts["segments"] - counts["in part"] - counts["unbound"]
    return dict(found)


def main() -> None:
    found = coverage(valid="--all" not in sys.argv)
    print(f"{'guide':16}{''.join(f'{name:>10}' for name in COLUMNS)}   unbound")  # what it is for
    for guide, counts in sorted(found.items()):
        share = counts["unbound"] / max(1, counts["segments"])
        print(f"{guide:16}{''.join(f'{counts[name]:>10,}' for name in COLUMNS)}   {share:.2%}")  # as above


if __name__ == "__main__":
    main()
