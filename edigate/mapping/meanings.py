"""What the codes of a mapping's work mean. Data alone; the language itself is docs/mapping.md."""

from __future__ import annotations

from edigate.findings import Meaning, Severity

MEANINGS: tuple[Meaning, ...] = (
    Meaning("mapping-required", "A field that must be there is blank in the row.",
            "Fill in the cell that the finding names, or give the rule a `default`."),
    Meaning("mapping-value", "A cell can't be used as its rule reads it: no date, no amount, no code of its table.",
            "Correct the cell, or the rule's `use`, `codes` or `expr`; `edigate mapping explain` shows both."),
    Meaning("mapping-expression", "An expression can't be worked out with these cells.",
            "Say in the expression what holds where a cell is blank, or correct the cell."),
    Meaning("mapping-lookup-missing", "A key has no row in the file that a lookup reads.",
            "Add the row to that file, or set `optional = true` for the lookup."),
    Meaning("mapping-rows-differ", "Rows of one encounter say different things of what a claim holds once.",
            "Are these two encounters under one key? Else correct the cells, or set `rows = \"first\"`."),
    Meaning("mapping-diagnosis-pointer", "A line's pointers lead to no diagnosis of the claim, or are more than four.",
            "Point at diagnoses that are there.", "X222A1, X224A2: 2400 SV107, SV311"),
    Meaning("mapping-no-lines", "An encounter has no service lines.",
            "A claim needs one: map where the lines stand, or refuse such encounters by `[[refuse]]`."),
    Meaning("mapping-column-unknown", "Something stands in a JSON record that no rule reads; it would be lost.",
            "Map it, or name it in `ignore`; a misspelt name is told with the one it may mean."),
    Meaning("mapping-refused", "A `[[refuse]]` of the mapping holds: the encounter isn't to be sent.",
            "Its `because` says why; correct the encounter."),
    Meaning("mapping-warned", "A `[[warn]]` of the mapping holds.", "Its `because` says what to know.", "",
            (Severity.WARNING,)),
)  # fmt: skip
