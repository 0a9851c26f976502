"""Code sets, effective-dated: is this code valid on that day, and if not, what was meant?

`Codes` answers. Shipped: ICD-10-CM, places of service, and what pyx12 lists; the rest comes by import.
"""

from edigate.claims.codesets.catalog import Codes, Edition
from edigate.claims.codesets.sets import SETS, CodeSet, bare, dotted, modifier_set, procedure_set
from edigate.claims.codesets.table import Answer, Heading, Period, Row, Status, Table

__all__ = [
    "SETS",
    "Answer",
    "CodeSet",
    "Codes",
    "Edition",
    "Heading",
    "Period",
    "Row",
    "Status",
    "Table",
    "bare",
    "dotted",
    "modifier_set",
    "procedure_set",
]
