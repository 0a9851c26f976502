"""Every code that edigate tells is in its room's table with what to do, and every code of a table is told."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from edigate.cli import endings
from edigate.cli.invocation import NEEDS_PERSON
from edigate.errors import EdigateError
from edigate.findings import Meaning
from edigate.gateway import holds, lines, runbook, trial
from edigate.gateway.codebook import FAMILIES, FINDINGS, Family
from edigate.ledger import inbound, states
from edigate.responses.words import ELEMENT_ERRORS, SEGMENT_ERRORS, TA1_NOTES

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "edigate"

# --- the tables and the code

_LOOKS_LIKE_ONE = re.compile(r"[A-Z0-9]{3,}(?:-[A-Z0-9]+)+|(?:encounter|mapping|fee)-[a-z-]+")
_TELLERS = {"Finding", "Breach", "Problem", "defect", "find", "_find", "_finding", "_add", "_told", "found"}
"""Functions that tell a code: as `code=`, or as their first text that looks like one."""
_TELL_NONE = (
    "claims/edits/",  # by its registry: tests/claims
    "simulator/",  # a partner's answers
    "partners/edit_check.py",  # which codes are taken
)
_ROOMS = {
    "x12": "x12/meanings.py",
    "encounters": "encounters/meanings.py",
    "mapping": "mapping/meanings.py",
    "remits": "remits/meanings.py",
    "bank": "bank/meanings.py",
    "reconcile": "reconcile/meanings.py",
    "ledger": "ledger/checks.py: LAWS",
    "claims": "a rule of claims/edits",
}


@cache
def told() -> dict[str, str]:
    """Every code that a source file tells as a finding's, with its first place; f-strings with `*` for what varies."""
    found: dict[str, str] = {}
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        if path.name in ("meanings.py", "checks.py") or name.startswith(_TELL_NONE):
            continue
        for code, line in _codes(ast.parse(path.read_text("utf-8"))):
            found.setdefault(code, f"{name}:{line}")
    for code in trial._UNFIT:  # by a dictionary
        found.setdefault(code, "gateway/trial.py:1")
    return found


def _codes(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "code":
            yield from ((text, node.value.lineno) for text in _texts(node.value) if _a_code(text, named=True))
        elif isinstance(node, ast.Call) and _called(node) in _TELLERS:
            for argument in node.args:
                yield from ((text, argument.lineno) for text in _texts(argument) if _a_code(text))
        elif isinstance(node, ast.Assign):  # a constant, or a tuple of them: of a family that there is
            kinds = {code.partition("-")[0] for code in _of(FAMILIES)}
            yield from ((text, node.lineno) for text in _texts(node.value)
                        if _a_code(text) and text.partition("-")[0] in kinds)  # fmt: skip


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _a_code(text: str, *, named: bool = False) -> bool:
    return _LOOKS_LIKE_ONE.fullmatch(text.replace("*", "x" if text[:1].islower() else "9")) is not None or (
        named and re.fullmatch(r"[A-Z]{5,}", text) is not None
    )


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one)
            yield from _texts(other)
        case ast.Tuple(elts=members):
            for member in members:
                yield from _texts(member)


def _matches(pattern: str, code: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[A-Za-z0-9]+"), code) is not None


def _of(families: Iterable[Family]) -> list[str]:
    return [one.code for family in families for one in family.codes]


def test_every_code_that_is_told_has_its_meaning() -> None:
    known = _of(FAMILIES)
    without = {code: place for code, place in told().items() if not any(_matches(code, one) for one in known)}
    assert not without, "\n".join(
        f"{code} is told in {place}: say what it means, and what to do, in edigate/"
        f"{_ROOMS.get(place.partition('/')[0], 'gateway/meanings.py')}"
        for code, place in without.items()
    )


def test_every_meaning_is_of_a_code_that_is_told() -> None:
    """What only a partner says (a TA1's or a 999's codes that edigate never finds itself) is told in its words."""
    answers = {f"TA1-{note}" for note in TA1_NOTES}
    answers |= {f"IK3-{code}" for code in SEGMENT_ERRORS} | {f"IK4-{code}" for code in ELEMENT_ERRORS}
    answers |= {f"IK5-{code}" for code in ("1", "5", "6", "7", "I5", "I6")} | {"AK9-1", "AK9-2", "AK9-6"}
    laws = _of(one for one in FINDINGS if one.title == "The ledger")
    idle = [
        code
        for code in _of(FINDINGS)
        if code not in answers and code not in laws and not any(_matches(one, code) for one in told())
    ]
    assert not idle, f"nothing tells {', '.join(idle)}: take its row out of its room's table"


def test_what_varies_in_a_code_is_known_too() -> None:
    """IK4-{n} and the like: the numbers that validate finds, which are literals of their own."""
    elements = ast.parse((SOURCES / "x12" / "elements.py").read_text("utf-8"))
    found = {f"IK4-{first.value!s}" for node in ast.walk(elements)
             if isinstance(node, ast.Call) and _called(node) in ("Problem", "problem") and node.args
             and isinstance(first := node.args[0], ast.Constant)}  # fmt: skip
    from edigate.x12 import validate, walk

    found |= {f"TA1-{note}" for note in validate._TA1_NOTES.values()}
    found |= {f"IK3-{code}" for name, code in vars(walk).items() if re.fullmatch("_[A-Z_]+", name)
              and isinstance(code, str) and len(code) <= 2}  # fmt: skip
    assert len(found) > 30
    assert found - set(_of(FAMILIES)) == set()


def test_a_999s_codes_have_words_wherever_they_are_told() -> None:
    known = set(_of(FAMILIES))
    assert {f"IK3-{code}" for code in SEGMENT_ERRORS} <= known
    assert {f"IK4-{code}" for code in ELEMENT_ERRORS} <= known
    assert {f"TA1-{note}" for note in TA1_NOTES} - known == {"TA1-000"}, "000 is no error"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.title)
def test_every_row_says_what_and_what_to_do(family: Family) -> None:
    assert [one.code for one in family.codes if not one.what or not one.remedy] == []
    repeated = [code for code, times in Counter(one.code for one in family.codes).items() if times > 1]
    assert repeated == []
    has_severity = family in FINDINGS or family.page == "edits.md"
    assert [one.code for one in family.codes if bool(one.severities) is not has_severity] == []


# --- lines, kinds, holds, states, exit codes


def _lines_told(file: str) -> set[str]:
    tree = ast.parse((SOURCES / "gateway" / file).read_text("utf-8"))
    return {
        text.removesuffix(" *")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _called(node) in ("_step", "add", "failed") and node.args
        for text in _texts(node.args[0])
    }


@pytest.mark.parametrize(
    ("file", "table", "computed"),
    [("doctor.py", lines.WORKSPACE_LINES, set()), ("partner_check.py", lines.PARTNER_LINES, {"login", "folder"})],
)
def test_every_line_of_an_examination_is_explained(file: str, table: Sequence[Meaning], computed: set[str]) -> None:
    said = {one.code for one in table}
    assert (_lines_told(file) | computed, said) == (said, said), "edigate/gateway/lines.py says what each line is about"


def test_every_reason_to_hold_a_file_is_explained() -> None:
    words = {one.code for one in holds.HOLDS}
    said = {"* can't be read as *", "*: a difference of *"}  # of decoding, and of the balance
    said.add(inbound.NOT_OPENED)  # of what is encrypted
    for path in sorted((SOURCES / "gateway").glob("post*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _called(node) == "HoldError":
                said |= {text.replace("*", inbound.WAITS_FOR_REVIEW, 1) if text.startswith("*: ") else text
                         for text in _texts(node.args[0]) if text.strip("*")}  # fmt: skip
    said -= {"* (and * more)"}  # several of what decoding says
    assert [one for one in said if not any(word in one for word in words)] == [], "edigate/gateway/holds.py says why"
    assert [word for word in words if not any(word in one for one in said)] == []


def test_every_kind_that_waits_for_a_person_is_explained() -> None:
    """All of `kind=` in the reports that tell of them, and the worklists' kinds that they group."""
    from edigate.reports import attention, overdue

    kinds = {kind.value.replace(" ", "_") for kind in attention._TOLD} | {f"kept_{kind}" for kind in attention._UNREAD}
    kinds |= {one.kind for one in (*overdue.FILES, *overdue.CLAIMS)} | set(attention._FIRST)
    patterns = set()
    for path in (attention.__file__, overdue.__file__):
        for node in ast.walk(ast.parse(Path(str(path)).read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "kind":
                patterns |= set(_texts(node.value))
    said = {one.code for one in lines.WAITING}
    plain = {pattern for pattern in patterns if "*" not in pattern}
    assert (kinds | plain) - said == set(), "edigate/gateway/lines.py, _WAITING, says what each kind is"
    assert {one for one in said - kinds - plain if not any(_matches(pattern, one) for pattern in patterns)} == set()


def test_every_state_and_every_exit_code_has_its_entry() -> None:
    told_of = {what: tuple(one.code for one in codes) for what, codes in runbook.STATES.items()}
    assert {what: sorted(codes) for what, codes in told_of.items()} == {
        "claim": sorted(get_args(states.ClaimState)),
        "file of ours": sorted(get_args(states.FileState)),
        "file received": sorted(get_args(states.InboundState)),
        "payment": sorted(get_args(states.PaymentState)),
    }, "edigate/gateway/runbook.py says what each state means"
    codes = {0, NEEDS_PERSON, endings.INTERRUPTED, endings.TERMINATED, endings.PIPE_CLOSED, *_exit_codes(EdigateError)}
    assert {int(one.code) for one in runbook.EXIT_CODES} == codes, "edigate/gateway/runbook.py says what they mean"


def _exit_codes(kind: type[EdigateError]) -> set[int]:
    return {kind.exit_code}.union(*(_exit_codes(below) for below in kind.__subclasses__()))
