"""Which code sets there are: what each is called, who keeps it, and what form its codes have. Holds no codes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class CodeSet(NamedTuple):
    """A code set. `form` is what every code of it looks like.

    `moving`: codes come and go between editions, and the newest may be younger than the edition here.
    `fiscal`: an edition is for a federal fiscal year, October 1 to September 30.
    `pyx12`: the list of pyx12's own that holds it, where one does.
    """

    name: str
    title: str
    keeper: str
    licence: str
    form: re.Pattern[str]
    moving: bool = True
    fiscal: bool = False
    pyx12: str = ""


_PUBLIC = "public domain (United States government)"
_X12 = "X12; its lists need X12's licence"
_NUBC = "American Hospital Association (NUBC); needs its licence"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


SETS: dict[str, CodeSet] = {
    each.name: each
    for each in (
        CodeSet(
            "icd-10-cm", "ICD-10-CM diagnoses", "NCHS and CMS", _PUBLIC,
            _form("[A-Z][0-9][0-9AB][0-9A-Z]{0,4}"), moving=False, fiscal=True,
        ),
        CodeSet(
            "icd-10-pcs", "ICD-10-PCS procedures", "CMS", _PUBLIC,
            _form("[0-9A-HJ-NP-Z]{7}"), moving=False, fiscal=True,
        ),
        CodeSet(
            "icd-9-cm", "ICD-9-CM diagnoses (services before 2015-10-01)", "NCHS and CMS", _PUBLIC,
            _form("[0-9]{3,5}|V[0-9]{2,4}|E[0-9]{3,4}"), moving=False, fiscal=True,
        ),
        CodeSet(
            "icd-9-pcs", "ICD-9-CM procedures (services before 2015-10-01)", "CMS", _PUBLIC,
            _form("[0-9]{2,4}"), moving=False, fiscal=True,
        ),
        CodeSet("hcpcs", "HCPCS level II procedures and supplies", "CMS", _PUBLIC, _form("[A-Z][0-9]{4}")),
        CodeSet(
            "cpt", "CPT procedures (HCPCS level I)", "American Medical Association",
            "American Medical Association; needs its licence", _form("[0-9]{4}[0-9AFMTU]"),
        ),
        CodeSet(
            "cdt", "CDT dental procedures", "American Dental Association",
            "American Dental Association; needs its licence", _form("D[0-9]{4}"),
        ),
        CodeSet("modifier", "HCPCS level II modifiers", "CMS", _PUBLIC, _form("[A-Z][0-9A-Z]")),
        CodeSet(
            "cpt-modifier", "CPT modifiers", "American Medical Association",
            "American Medical Association; needs its licence", _form("[0-9][0-9A-Z]|P[1-6]"),
        ),
        CodeSet("place-of-service", "Places of service", "CMS", _PUBLIC, _form("[0-9]{2}"), moving=False),
        CodeSet("taxonomy", "Provider taxonomy", "American Medical Association (NUCC)",
                "American Medical Association; free for claims, terms at nucc.org", _form("[0-9A-Z]{9}X")),
        CodeSet("revenue", "Revenue codes", "NUBC", _NUBC, _form("[0-9]{4}")),
        CodeSet("bill-type", "Types of bill, without leading zero and frequency", "NUBC", _NUBC, _form("[0-9]{2}")),
        CodeSet("condition", "Condition codes", "NUBC", _NUBC, _form("[0-9A-Z]{2}")),
        CodeSet("occurrence", "Occurrence codes", "NUBC", _NUBC, _form("[0-9A-Z]{2}")),
        CodeSet("occurrence-span", "Occurrence span codes", "NUBC", _NUBC, _form("[0-9A-Z]{2}")),
        CodeSet("value", "Value codes", "NUBC", _NUBC, _form("[0-9A-Z]{2}")),
        CodeSet("patient-status", "Patient discharge status", "NUBC", _NUBC, _form("[0-9]{2}")),
        CodeSet("state", "States and provinces", "USPS and Canada Post", "codes only; pyx12's licence (BSD)",
                _form("[A-Z]{2}"), moving=False, pyx12="states"),
        CodeSet("country", "Countries", "ISO 3166", "codes only; pyx12's licence (BSD)", _form("[A-Z]{2}"),
                moving=False, pyx12="country"),
        CodeSet("carc", "Claim adjustment reasons (CARC)", "X12 139", _X12, _form("[0-9A-Z]{1,3}")),
        CodeSet("rarc", "Remittance remarks (RARC)", "X12 411, CMS", "codes only; pyx12's licence (BSD)",
                _form("(?:MA|[MN])[0-9]{1,4}"), pyx12="remark_code"),
        CodeSet("claim-status-category", "Claim status categories", "X12 507", "codes only; pyx12's licence (BSD)",
                _form("[A-Z][0-9A-Z]{1,2}"), pyx12="claim_status_cat"),
        CodeSet("claim-status", "Claim statuses", "X12 508", "codes only; pyx12's licence (BSD)",
                _form("[0-9]{1,3}"), pyx12="claim_status"),
    )
}  # fmt: skip

_ICD = frozenset(("icd-10-cm", "icd-10-pcs", "icd-9-cm", "icd-9-pcs"))


def bare(set_name: str, code: str) -> str:
    """A code as a claim carries it: capitals, without blanks; ICD's without the dot."""
    plain = code.strip().upper()
    return plain.replace(".", "") if set_name in _ICD else plain


def procedure_set(code: str) -> str:
    """The set a procedure code of qualifier HC or AD belongs to, by its form."""
    if not code[:1].isalpha():
        return "cpt"
    return "cdt" if code.startswith("D") else "hcpcs"


@lru_cache(maxsize=2048)
def modifier_set(code: str) -> str:
    """The set a modifier belongs to, by its form: CPT's begin with a digit, but for anesthesia's P1 to P6."""
    return "cpt-modifier" if SETS["cpt-modifier"].form.fullmatch(code) else "modifier"


def dotted(set_name: str, code: str) -> str:
    """A code as books print it: a diagnosis with its dot."""
    if set_name not in ("icd-10-cm", "icd-9-cm"):
        return code
    front = 4 if set_name == "icd-9-cm" and code.startswith("E") else 3
    return f"{code[:front]}.{code[front:]}" if len(code) > front else code
