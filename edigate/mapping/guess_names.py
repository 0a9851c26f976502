"""What the name of a column says: words, abbreviations and numbers in it, as concepts. Knows no cells.

`BENE_BIRTH_DT`, `subscriberBirthDate` and `Insured DOB` all say: subscriber, birth, date.
"""

from __future__ import annotations

import re
from functools import cache

_WORDS = {
    "diagnosis": "dgns diag diags diagnosis diagnoses dx dxs icd10 icd9 icd10cm",
    "icd": "icd",
    "procedure": "prcdr proc procs procedure procedures cpt hcpcs cdt px cpt4 hcpc ada procedurecode",
    "code": "cd code codes cde",
    "date": "dt date dte dates",
    "birth": "birth born birthday",
    "birth date": "dob birthdate bdate brthdt",
    "death": "death deceased",
    "provider": "prvdr provider prov prv physn physician doctor dr practitioner clinician phys",
    "rendering": "rndrng rendering rend prf prfrng performing treating servicing perf",
    "referring": "rfr rfrng referring referrer",
    "referral": "referral",
    "attending": "attending att at atndg attend",
    "operating": "operating op surgeon oprtg",
    "supervising": "supervising supervisor supv",
    "assistant": "assistant asst",
    "ordering": "ordering orderer",
    "other": "other ot oth secondary",
    "organization": "org organization organisation orgname practice facilityname",
    "billing": "blg billing biller",
    "payto": "payto remit",
    "facility": "fac facility",
    "location": "location site",
    "subscriber": "subscr bene beneficiary subscriber subs sbr insured member mbr coverage policyholder enrollee",
    "patient": "patient pt pat ptnt dependent dep",
    "payer": "payer payor insurance insurer carrier carr plan receiver ins",
    "employer": "employer",
    "sex": "sex gender",
    "last": "last surname srnm lname lastname family familyname",
    "first": "first given gvn fname firstname forename",
    "middle": "middle mdl mname mi middlename",
    "suffix": "suffix sfx",
    "name": "name nm nme",
    "address": "address addr adr addresses",
    "street": "street line",
    "city": "city town",
    "state": "state st province statecode",
    "zip": "zip zipcode postal postalcode postcode zip5 zip9",
    "country": "country",
    "phone": "phone telephone tel ph",
    "fax": "fax",
    "email": "email",
    "contact": "contact",
    "extension": "ext extension",
    "npi": "npi npis",
    "upin": "upin",
    "pin": "pin",
    "tax": "tax tin fein",
    "tax id": "ein taxid employerid",
    "ssn": "ssn",
    "taxonomy": "taxonomy txnmy taxonomycode",
    "specialty": "specialty spclty",
    "type": "typ type",
    "id": "# id ident identifier num number no nbr nr key identification",
    "control": "control cntl ctrl",
    "original": "original orig icn dcn",
    "claim": "clm claim encounter enc visit superbill invoice",
    "account": "account acct",
    "record": "record rec",
    "medical": "medical med",
    "medical record id": "mrn",
    "subscriber id": "mbi hicn memberid",
    "group": "grp group",
    "policy": "policy",
    "relationship": "relationship relation rel relate",
    "responsibility": "responsibility",
    "sequence": "sequence seq",
    "filing": "filing",
    "indicator": "ind indicator sw switch flag",
    "service": "srvc svc service services expns",
    "service date": "dos servicedate",
    "from": "from begin start 1st beginning effective fdos",
    "thru": "thru through to end ending tdos",
    "place": "place plc",
    "place service": "pos",
    "units": "units quantity qty count cnt unitcount days",
    "unit": "unit uom",
    "measure": "measure measurement basis",
    "charge": "chrg charge charges fee billed gross",
    "submitted": "sbmtd submitted",
    "amount": "amt amount dollars",
    "total": "total tot ttl",
    "paid": "paid pmt payment pd",
    "allowed": "alowd allowed",
    "covered": "covered cvrd",
    "noncovered": "ncvrd noncovered nc",
    "coinsurance": "coinsrnc coinsurance copay",
    "deductible": "ddctbl deductible",
    "modifier": "mdfr modifier modifiers mod mods",
    "pointer": "ptr pointer pointers",
    "revenue": "rev revenue",
    "center": "cntr center",
    "bill": "bill",
    "bill type": "tob billtype",
    "classification": "clsfctn classification",
    "status": "stus status sts",
    "discharge": "dschrg discharge disch discharged",
    "admission": "admsn admission adm admitted admit admits",
    "admitting": "admtg admitting",
    "source": "src source origin",
    "frequency": "freq frequency resubmission",
    "prior": "prior pre preauth",
    "authorization": "auth authorization preauthorization precert authorisation",
    "clia": "clia",
    "drg": "drg",
    "poa": "poa",
    "present": "present",
    "version": "vrsn version vers",
    "principal": "prncpal principal primary prim",
    "external": "external",
    "reason": "rsn reason",
    "accident": "accident",
    "onset": "onset",
    "illness": "illness",
    "related": "related",
    "cause": "cause causes",
    "note": "note notes comment comments narrative",
    "description": "desc description descr",
    "drug": "drug rx medication",
    "ndc": "ndc nationaldrugcode",
    "tooth": "tooth teeth",
    "surface": "surface surfaces surf",
    "oral": "oral cavity quadrant",
    "emergency": "emergency emg",
    "assignment": "assignment assign asgnmt",
    "benefits": "benefits",
    "release": "release",
    "signature": "signature",
    "line": "lineitem ln item",
    "occurrence": "occurrence occ",
    "condition": "condition cond",
    "value": "value val",
    "span": "span",
    "statement": "statement stmt",
    "participation": "participation",
    "level": "level",
    "order": "order",
    "qualifier": "qualifier qlfr qual",
}
_MEANING: dict[str, tuple[str, ...]] = {
    word: tuple(concept.split()) for concept, words in _WORDS.items() for word in words.split()
}
_MEANING["line"] = ("line", "street")  # of an address, or of a claim
_MEANING["e"] = ("external",)  # ICD_DGNS_E_CD1
_TOGETHER = {
    ("pay", "thru"): ["payto"],
    ("l", "name"): ["last"],
    ("f", "name"): ["first"],
    ("m", "name"): ["middle"],
}
_LOWEST = 3  # letters of a word that is looked for inside another

_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+(?:st|nd|rd|th|ST|ND|RD|TH)?|#")
_ORDINALS = {"1st": "1", "2nd": "2", "3rd": "3", "4th": "4"}


@cache
def concepts(name: str) -> tuple[str, ...]:
    """The concepts that a name says, in order, e.g. `('service', 'date')`; numbers stand as themselves."""
    found: list[str] = []
    for piece in _PIECES.findall(name):
        word = piece.lower()
        if word[0].isdigit():
            found.append(_ORDINALS.get(word, word))
            if word == "1st":
                found.append("from")
            continue
        found += _of_word(word)
        if tuple(found[-2:]) in _TOGETHER:
            found[-2:] = _TOGETHER[found[-2], found[-1]]
    return tuple(found)


def _of_word(word: str) -> tuple[str, ...]:
    if word in _MEANING:
        return _MEANING[word]
    parts = _parts(word)
    if parts:
        return tuple(concept for part in parts for concept in _MEANING[part])
    if word.endswith("s") and word[:-1] in _MEANING:
        return _MEANING[word[:-1]]
    return (word,)


@cache
def _parts(word: str) -> tuple[str, ...]:
    """A word written together as the known words in it: `servicedate`; none where any of it is unknown."""
    if word in _MEANING:
        return (word,)
    for length in range(len(word) - _LOWEST + 1, _LOWEST - 1, -1):
        head = word[:length]
        if head in _MEANING and len(word) - length >= 2:
            rest = _parts(word[length:])
            if rest:
                return (head, *rest)
    return ()


# --- repeated columns

_NUMBER = re.compile(r"[0-9]+")


def repeated(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Columns that are the same but for a number: `{"ICD_DGNS_CD{1..12}": [its columns, in order]}`.

    The numbers run without a gap; the same columns stand in one group only, by the last number in their names.
    """
    groups: dict[tuple[str, str], dict[int, str]] = {}
    for name in names:
        numbers = list(_NUMBER.finditer(name))
        if numbers:
            last = numbers[-1]
            groups.setdefault((name[: last.start()], name[last.end() :]), {})[int(last[0])] = name
    found: dict[str, list[str]] = {}
    for (head, tail), members in groups.items():
        run = _run(sorted(members))
        if len(run) < 2 or "{" in head + tail or "}" in head + tail:
            continue
        width = len(members[run[0]]) - len(head) - len(tail)
        width = width if width > len(str(run[0])) else 0
        if all(members[n] == f"{head}{str(n).zfill(width)}{tail}" for n in run):
            low, high = (str(n).zfill(width) for n in (run[0], run[-1]))
            found[f"{head}{{{low}..{high}}}{tail}"] = [members[n] for n in run]
    return found


def _run(numbers: list[int]) -> list[int]:
    """The first numbers that follow one another."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            break
        run.append(number)
    return run
