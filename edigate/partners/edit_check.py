"""What a partner's edits must obey: codes that there are, repairs that there are, expressions that can be meant.

Apart from the other checks, as it knows every edit and the claim's fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from edigate.claims.edits import RULES
from edigate.claims.edits.repairs import REPAIRS
from edigate.errors import ConfigError
from edigate.findings import Severity
from edigate.partners.model import Edits
from edigate.partners.own_edits import CompiledEdit, claim_fields, line_fields
from edigate.settings import Problem, closest

_A = {Severity.ERROR: "an error", Severity.WARNING: "a warning"}
_TAKEN = ("DUPLICATE", "DELIMITER", "PAYER-NUMBER", "REPLACED", "REPAIRED-")  # what converting itself tells
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", re.ASCII)


def edit_problems(edits: Edits) -> Iterator[Problem]:
    """Everything in a partner's edits that can't be meant."""
    said: dict[str, str] = {}
    for key, wanted in (("off", None), ("soften", Severity.ERROR), ("harden", Severity.WARNING)):
        for index, code in enumerate(getattr(edits, key)):
            at = f"edits.{key}[{index}]"
            rule = RULES.get(code)
            if rule is None:
                yield Problem(at, f'there is no edit "{code}".{closest(code, RULES)} docs/edits.md lists them')
            elif rule.fixed:
                yield Problem(at, f"{code} can't be changed: edigate itself builds on it")
            elif wanted is not None and rule.severity is not wanted:
                yield Problem(at, f"{code} is {_A[rule.severity]} already")
            elif said.setdefault(code, key) != key:
                yield Problem(at, f"{code} is in {said[code]}, too")
    for index, name in enumerate(edits.repair):
        if name not in REPAIRS:
            message = f'there is no repair "{name}".{closest(name, REPAIRS)} There are {", ".join(REPAIRS)}'
            yield Problem(f"edits.repair[{index}]", message)
    yield from _own_edits(edits)


def _own_edits(edits: Edits) -> Iterator[Problem]:
    codes: set[str] = set()
    for index, own in enumerate(edits.add):
        at = f"edits.add[{index}]"
        if _CODE.fullmatch(own.code) is None:
            yield Problem(f"{at}.code", "expected capitals, digits and hyphens, e.g. ACME-GROUP")
        elif own.code in RULES or own.code in codes or own.code.startswith(_TAKEN):
            yield Problem(f"{at}.code", f"there is an edit {own.code} already")
        codes.add(own.code)
        names = line_fields() if own.on == "line" else claim_fields()
        if own.field and own.field not in names:
            yield Problem(f"{at}.field", f'there is no field "{own.field}".{closest(own.field, names)}')
        try:
            CompiledEdit(own, at)
        except ConfigError as error:
            yield Problem(f"{at}.when", error.message.removeprefix(f"{at}.when: "))
