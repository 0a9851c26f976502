"""What the codes of extracts mean: rows and encounters that can't be read as they stand. Data alone."""

from __future__ import annotations

from edigate.findings import Meaning

MEANINGS: tuple[Meaning, ...] = (
    Meaning("encounter-row-ragged", "A row has another number of cells than the header: cells may stand under the "
            "wrong column.", "Look for the delimiter within a cell; write such cells in quotes.", "RFC 4180"),
    Meaning("encounter-row-quote", "A quote isn't closed, or something stands behind a closed one.",
            'Double quotes within a quoted cell, or set `quote = ""` where they are ordinary characters.', "RFC 4180"),
    Meaning("encounter-row-undecodable", "A byte isn't of the file's encoding.",
            "Name the encoding (`encoding`): a file from Windows is often cp1252."),
    Meaning("encounter-row-nul", "A NUL stands in the row.", "The file is damaged: export it again."),
    Meaning("encounter-row-json", "A record can't be read as a JSON object, or has a name twice.",
            "Export it again; JSONL has one object a line. The finding says at which byte.", "RFC 8259"),
    Meaning("encounter-key-blank", "A column that tells which encounter a row belongs to is blank.",
            "Fill it in, or name other columns in `group_by`."),
    Meaning("encounter-key-shape", "What tells which encounter a record belongs to is a list or an object.",
            "Name a path to a text or a number in `group_by`."),
    Meaning("encounter-value-shape", "A list or an object stands where a text or a number is expected.",
            "Name the path to the value itself, with `[0]` or `[*]` for lists."),
    Meaning("encounter-reference-lost", "A FHIR item names an entry by a sequence that no entry has.",
            "The resource is incomplete: export it again, or drop the reference.", "FHIR R4 Claim, item"),
    Meaning("encounter-claim-lost", "A claim of an 837 stands where its guide allows none.",
            "`edigate validate` shows the place; ask who made the file."),
    Meaning("encounter-claim-purpose", "A claim of an 837 isn't one to be paid, or of a kind the mapping doesn't make.",
            "Convert it with a mapping of its kind; predeterminations and reports of services aren't sent.",
            "X222A1, X223A2, X224A2: BHT06"),
)  # fmt: skip
