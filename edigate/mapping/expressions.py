"""The expressions of a mapping: a small, checked part of Python's, compiled to code objects.

Knows columns only as names. What isn't on the lists below is refused when the mapping is loaded: no
attribute but a column's or a listed text method, no call but a listed function, no builtins, so that an
expression can read cells and nothing else. Kinds are checked, too: a text is never silently unequal to a
number.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from edigate.errors import ConfigError
from edigate.mapping.amounts import written
from edigate.mapping.fields import Kind
from edigate.mapping.functions import date_by, number
from edigate.mapping.spelling import did_you_mean

MAX_LENGTH = 2000
MAX_PATH = 400  # characters of a column's name in col('...'): JSON paths are long
MAX_DEPTH = 40  # of what stands inside of what
MAX_TEXT = 10_000  # characters that `replace` may make

_ROW = "_row"  # the code's only argument: the cells
_CONSTANT = "_constant"  # numbers, as Decimals, and made functions


def _first(*texts: str) -> str:
    return next((text for text in texts if text), "")


def _replaced(text: str, old: str, new: str) -> str:
    """`text.replace`, which chained could make texts beyond measure. Raises ValueError for those."""
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise ValueError("too long a text")
    return text.replace(old, new)


_FUNCTIONS: dict[str, tuple[tuple[Kind, ...], Kind, Callable[..., Any]]] = {
    "number": ((Kind.TEXT,), Kind.NUMBER, number),
    "text": ((Kind.NUMBER,), Kind.TEXT, written),
    "len": ((Kind.TEXT,), Kind.NUMBER, lambda text: Decimal(len(text))),
    "abs": ((Kind.NUMBER,), Kind.NUMBER, abs),
    "min": ((Kind.NUMBER, Kind.NUMBER), Kind.NUMBER, min),
    "max": ((Kind.NUMBER, Kind.NUMBER), Kind.NUMBER, max),
    "first": ((Kind.TEXT,), Kind.TEXT, _first),
}
"""Functions: what they take (`first`, `min`, `max`: any number of these), what they give."""

_ANY_NUMBER = frozenset({"first", "min", "max"})

_METHODS: dict[str, tuple[int, int, Kind]] = {
    "upper": (0, 0, Kind.TEXT),
    "lower": (0, 0, Kind.TEXT),
    "title": (0, 0, Kind.TEXT),
    "strip": (0, 1, Kind.TEXT),
    "lstrip": (0, 1, Kind.TEXT),
    "rstrip": (0, 1, Kind.TEXT),
    "removeprefix": (1, 1, Kind.TEXT),
    "removesuffix": (1, 1, Kind.TEXT),
    "replace": (2, 2, Kind.TEXT),
    "zfill": (1, 1, Kind.TEXT),
    "startswith": (1, 1, Kind.TRUTH),
    "endswith": (1, 1, Kind.TRUTH),
    "isdigit": (0, 0, Kind.TRUTH),
    "isalpha": (0, 0, Kind.TRUTH),
    "isalnum": (0, 0, Kind.TRUTH),
}
"""Methods of texts: how many arguments at least and at most, and what they give. Arguments are constants:
then no cell can make another one grow beyond measure."""

_LISTS = {Kind.TEXT: Kind.TEXTS, Kind.NUMBER: Kind.INTEGERS}
"""Lists that a value may be looked for in, by its kind; only a claim's fields are lists."""
_COUNTED = frozenset((*_LISTS.values(), Kind.RECORDS, Kind.CODES))
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)

Evaluate = Callable[[Sequence[Any]], Any]


class Expression:
    """A checked expression: its columns, as written, and the kind of its value."""

    def __init__(self, text: str, kind: Kind, columns: frozenset[str], body: ast.expr, constants: list[Any]):
        self.text = text
        self.kind = kind
        self.columns = columns
        self._body = body
        self._constants = constants
        self._bound: dict[tuple[int, ...], Evaluate] = {}  # by where its columns stand: the same in most files

    def bind(self, positions: Mapping[str, int]) -> Evaluate:
        """A function of the cells, given where each column stands among them.

        It raises ValueError, ArithmeticError or TypeError where the cells don't fit (`number('abc')`).
        """
        places = tuple(positions[column] for column in sorted(self.columns))
        if places not in self._bound:
            self._bound[places] = self._compiled(positions)
        return self._bound[places]

    def _compiled(self, positions: Mapping[str, int]) -> Evaluate:
        body = _Positions(positions).visit(copy.deepcopy(self._body))
        made = ast.Expression(_lambda(_CONSTANT, _lambda(_ROW, body)))
        code = compile(ast.fix_missing_locations(made), "<mapping>", "eval")
        # No builtins and no names but the two arguments: all else was replaced when the text was checked.
        function: Callable[[Sequence[Any]], Evaluate] = eval(  # noqa: S307  # made of checked nodes only
            code, {"__builtins__": {}}
        )
        return function(tuple(self._constants))


def parse_expression(
    text: str,
    where: str,
    lookups: Collection[str] = (),
    paths: bool = False,
    fields: Mapping[str, Kind] | None = None,
) -> Expression:
    """Check an expression. `where` is the file and key for messages, `lookups` the names of tables, `paths`
    whether dotted names are JSON paths. With `fields`, names are these alone, each of its kind (a partner's edits
    over claims). Raises ConfigError with the column of the text."""
    if len(text) > MAX_LENGTH:
        raise ConfigError(f"{where}: an expression may have {MAX_LENGTH} characters at most")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ConfigError(f"{where}: not an expression at column {error.offset or 1}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ConfigError(f"{where}: not an expression") from None
    checker = _Checker(where, lookups, paths or fields is not None, fields)
    try:
        kind, body = checker.check(tree.body)
    except RecursionError:
        raise ConfigError(f"{where}: the expression is nested too deep") from None
    return Expression(text, kind, frozenset(checker.columns), body, checker.constants)


def _lambda(argument: str, body: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [ast.arg(argument)], None, [], [], None, []), body)


class _Positions(ast.NodeTransformer):
    """Puts the positions of the cells in place of the columns' names."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        self._positions = positions

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == _ROW:
            assert isinstance(node.slice, ast.Constant)  # noqa: S101  # we made it
            return ast.Subscript(node.value, ast.Constant(self._positions[str(node.slice.value)]), ast.Load())
        return self.generic_visit(node)


Checked = tuple[Kind, ast.expr]


class _Checker:
    """Walks an expression once: refuses what isn't listed, finds kinds and columns, rebuilds the rest."""

    def __init__(
        self, where: str, lookups: Collection[str], paths: bool, fields: Mapping[str, Kind] | None = None
    ) -> None:
        self._where = where
        self._fields = fields
        self._lookups = lookups
        self._paths = paths
        self._depth = 0
        self.columns: set[str] = set()
        self.constants: list[Any] = []
        self._by_node: dict[type[ast.AST], Callable[[Any], Checked]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Compare: self._compare,
            ast.BoolOp: self._bool_op,
            ast.UnaryOp: self._unary_op,
            ast.BinOp: self._bin_op,
            ast.IfExp: self._if_exp,
            ast.Call: self._call,
            ast.Subscript: self._subscript,
        }

    def check(self, node: ast.expr) -> Checked:
        by_node = self._by_node.get(type(node))
        if by_node is None:
            raise self._refuse(node, f"{_NAMES.get(type(node), type(node).__name__)} can't be used here")
        if self._depth >= MAX_DEPTH:
            raise self._refuse(node, f"the expression is nested deeper than {MAX_DEPTH}")
        self._depth += 1
        found = by_node(node)
        self._depth -= 1
        return found

    def _refuse(self, node: ast.AST, why: str) -> ConfigError:
        column = getattr(node, "col_offset", 0) + 1
        return ConfigError(f"{self._where}: at column {column}: {why}")

    def _of(self, node: ast.expr, kind: Kind, checked: Checked | None = None) -> ast.expr:
        found, made = checked or self.check(node)
        if found is not kind:
            hint = {
                (Kind.TEXT, Kind.NUMBER): ": write number(...)",
                (Kind.NUMBER, Kind.TEXT): ": write text(...), or quote it",
            }.get((found, kind), "")
            raise self._refuse(node, f"this is a {found}, where a {kind} is needed{hint}")
        return made

    def _kept(self, value: Any) -> ast.expr:
        self.constants.append(value)
        position = ast.Constant(len(self.constants) - 1)
        return ast.Subscript(ast.Name(_CONSTANT, ast.Load()), position, ast.Load())

    def _column(self, node: ast.AST, name: str) -> Checked:
        kind = Kind.TEXT
        if self._fields is not None:
            if name not in self._fields:
                raise self._refuse(node, f"there is no field {name}{did_you_mean(name, self._fields)}")
            kind = self._fields[name]
        self.columns.add(name)
        return kind, ast.Subscript(ast.Name(_ROW, ast.Load()), ast.Constant(name), ast.Load())

    def _constant(self, node: ast.Constant) -> Checked:
        value = node.value
        if isinstance(value, bool):
            return Kind.TRUTH, node
        if isinstance(value, str):
            return Kind.TEXT, node
        if isinstance(value, int | float):
            try:
                constant = Decimal(repr(value))
                written(constant)
                return Kind.NUMBER, self._kept(constant)
            except (InvalidOperation, ValueError):
                raise self._refuse(node, "not a number we can use") from None
        raise self._refuse(node, f"{type(value).__name__} constants can't be used here")

    def _name(self, node: ast.Name) -> Checked:
        if node.id in _FUNCTIONS or node.id == "col":
            raise self._refuse(node, f"{node.id} is a function; a column of that name is col('{node.id}')")
        return self._column(node, node.id)

    def _attribute(self, node: ast.Attribute) -> Checked:
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and (inner.id in self._lookups or self._paths):
            return self._column(node, ".".join([inner.id, *parts]))
        hint = did_you_mean(inner.id, self._lookups) if isinstance(inner, ast.Name) else ""
        raise self._refuse(node, f".{node.attr} is neither a lookup's column nor a text method{hint}")

    def _compare(self, node: ast.Compare) -> Checked:
        left_kind, left = self.check(node.left)
        rights: list[ast.expr] = []
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                rights.append(self._container(right, left_kind))
                continue
            if isinstance(operator, ast.Is | ast.IsNot):
                raise self._refuse(right, "write == or != in place of is")
            kind, made = self.check(right)
            if kind is not left_kind:
                raise self._refuse(
                    right, f"a {left_kind} is never equal to a {kind}; write number(...) or quote the text"
                )
            if isinstance(operator, _ORDERED) and kind not in {Kind.NUMBER, Kind.DATE}:
                raise self._refuse(right, "texts order by letters ('10' < '9'); compare number(...) or date(..., form)")
            rights.append(made)
        return Kind.TRUTH, ast.Compare(left, node.ops, rights)

    def _container(self, node: ast.expr, kind: Kind) -> ast.expr:
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return ast.Tuple([self._of(item, kind) for item in node.elts], ast.Load())
        if isinstance(node, ast.Constant):
            # ('18') is no list of one but a text, and a blank is in every text.
            raise self._refuse(node, "a list of one is written with a comma, e.g. X in ('18',); or write X == '18'")
        found, made = self.check(node)
        return made if found is _LISTS.get(kind) else self._of(node, Kind.TEXT)

    def _bool_op(self, node: ast.BoolOp) -> Checked:
        checked = [self.check(value) for value in node.values]
        kinds = {kind for kind, _ in checked}
        made = ast.BoolOp(node.op, [value for _, value in checked])
        return (kinds.pop() if len(kinds) == 1 else Kind.TRUTH), made

    def _unary_op(self, node: ast.UnaryOp) -> Checked:
        if isinstance(node.op, ast.Not):
            return Kind.TRUTH, ast.UnaryOp(node.op, self.check(node.operand)[1])
        if isinstance(node.op, ast.USub):
            return Kind.NUMBER, ast.UnaryOp(node.op, self._of(node.operand, Kind.NUMBER))
        raise self._refuse(node, "only `not` and `-` stand before a value")

    def _bin_op(self, node: ast.BinOp) -> Checked:
        if not isinstance(node.op, _ARITHMETIC):
            raise self._refuse(node, "only + - * / stand between values")
        checked = self.check(node.left)  # once: a second look at each level would double the work with its depth
        kind = Kind.TEXT if checked[0] is Kind.TEXT and isinstance(node.op, ast.Add) else Kind.NUMBER
        left = self._of(node.left, kind, checked)
        return kind, ast.BinOp(left, node.op, self._of(node.right, kind))

    def _if_exp(self, node: ast.IfExp) -> Checked:
        test = self.check(node.test)[1]
        kind, body = self.check(node.body)
        return kind, ast.IfExp(test, body, self._of(node.orelse, kind))

    def _call(self, node: ast.Call) -> Checked:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refuse(node, "arguments go by position, one by one")
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func)
        if not isinstance(node.func, ast.Name):
            raise self._refuse(node, "only functions by name and text methods can be called")
        name = node.func.id
        if name == "col":
            return self._column(node, self._texts(node, 1, 1, longest=MAX_PATH)[0])
        if name == "date":
            return self._date(node)
        if name not in _FUNCTIONS:
            known = [*_FUNCTIONS, "col", "date"]
            raise self._refuse(
                node, f"there is no function {name}{did_you_mean(name, known)} (there are {', '.join(known)})"
            )
        takes, gives, function = _FUNCTIONS[name]
        if name == "len" and len(node.args) == 1 and self._fields is not None:
            kind, list_made = self.check(node.args[0])
            if kind in _COUNTED:
                return gives, ast.Call(self._kept(function), [list_made], [])
        expected = takes[:1] * len(node.args) if name in _ANY_NUMBER else takes
        if len(node.args) != len(expected) or len(node.args) < len(takes):
            raise self._refuse(node, f"{name} takes {len(takes)}: {', '.join(takes)}")
        made = [self._of(argument, kind) for argument, kind in zip(node.args, expected, strict=True)]
        return gives, ast.Call(self._kept(function), made, [])

    def _method(self, node: ast.Call, function: ast.Attribute) -> Checked:
        if function.attr not in _METHODS:
            raise self._refuse(
                node,
                f"there is no text method {function.attr}{did_you_mean(function.attr, _METHODS)}"
                f" (there are {', '.join(_METHODS)})",
            )
        least, most, gives = _METHODS[function.attr]
        arguments: list[ast.expr] = []
        if function.attr == "zfill":
            width = node.args[0].value if len(node.args) == 1 and isinstance(node.args[0], ast.Constant) else None
            if type(width) is not int or not 0 <= width <= 80:
                raise self._refuse(node, "zfill takes a number from 0 to 80")
            arguments = [ast.Constant(width)]
        else:
            arguments = [ast.Constant(text) for text in self._texts(node, least, most)]
        text = self._of(function.value, Kind.TEXT)
        if function.attr == "replace":
            return gives, ast.Call(self._kept(_replaced), [text, *arguments], [])
        return gives, ast.Call(ast.Attribute(text, function.attr, ast.Load()), arguments, [])

    def _date(self, node: ast.Call) -> Checked:
        if not node.args:
            raise self._refuse(node, "date takes a text and its forms, e.g. date(DOS, '%d-%b-%Y')")
        text = self._of(node.args[0], Kind.TEXT)
        forms = self._texts(ast.Call(node.func, node.args[1:], []), 0, 9)
        try:
            read = date_by(*forms)
        except ValueError as error:
            raise self._refuse(node, f"date takes {error}") from None
        return Kind.DATE, ast.Call(self._kept(read), [text], [])

    def _texts(self, node: ast.Call, least: int, most: int, longest: int = 80) -> list[str]:
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if len(texts) != len(node.args) or not least <= len(texts) <= most or any(len(t) > longest for t in texts):
            raise self._refuse(node, f"takes quoted texts only, of {longest} characters at most")
        return texts

    def _subscript(self, node: ast.Subscript) -> Checked:
        text = self._of(node.value, Kind.TEXT)
        if not isinstance(node.slice, ast.Slice) or node.slice.step is not None:
            raise self._refuse(node, "a part of a text is written X[0:3]; a JSON path in an expression is col('...')")
        bounds = [self._bound(bound) for bound in (node.slice.lower, node.slice.upper)]
        return Kind.TEXT, ast.Subscript(text, ast.Slice(bounds[0], bounds[1]), ast.Load())

    def _bound(self, node: ast.expr | None) -> ast.expr | None:
        if node is None:
            return None
        inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
        if isinstance(inner, ast.Constant) and type(inner.value) is int:
            return node
        raise self._refuse(node, "the bounds of a part are whole numbers")


_NAMES: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda",
    ast.JoinedStr: "an f-string",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.Tuple: "a list of values (only after `in`)",
    ast.List: "a list of values (only after `in`)",
    ast.Set: "a list of values (only after `in`)",
    ast.Starred: "a star",
    ast.Await: "await",
    ast.Yield: "yield",
}
