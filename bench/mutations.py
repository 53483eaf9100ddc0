"""What is changed in a source to see whether a test notices: the operators, and where they apply.

cosmic-ray walks the source and gives most operators. Two are ours, for where the rules of this
house stand: in calls whose answer nobody reads (`require`, `holds.fill`), and in texts (SQL,
patterns, names of rights).
"""

import ast
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import cosmic_ray.plugins
import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator

Spot = tuple[int, int]  # line from 1, column from 0

# Of cosmic-ray's: of each comparison its border and its opposite, of arithmetic one other sign.
# What it does to decorators and exceptions stops every test at once, or itself.
_USED = re.compile(
    r"core/(?:AddNot|NumberReplacer|ZeroIterationForLoop"
    r"|Replace(?:And|Or|True|False|Break|Continue)With\w+"
    r"|ReplaceUnaryOperator_(?:USub_UAdd|Delete_(?:Not|USub))"
    r"|ReplaceComparisonOperator_(?:Eq_NotEq|NotEq_Eq|Lt_(?:LtE|GtE)|LtE_(?:Lt|Gt)|Gt_(?:GtE|LtE)"
    r"|GtE_(?:Gt|Lt)|Is_IsNot|IsNot_Is)"
    r"|ReplaceBinaryOperator_(?:Add_Sub|Sub_Add|Mul_FloorDiv|FloorDiv_Mul|Div_Mul|Mod_Add"
    r"|BitOr_BitAnd|BitAnd_BitOr))"
)


class DropCall(Operator):
    """A call that is a statement of its own is not made."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Spot, Spot]]:
        if node.type == "atom_expr" and node.parent.type == "simple_stmt":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        return parso.python.tree.Keyword("None", node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[()]:
        """None are told."""
        return ()


@dataclass(frozen=True)
class Text(Operator):
    """A piece of a text becomes another."""

    pattern: str
    other: str | Callable[[re.Match[str]], str]
    inside: str = ""  # a pattern the whole text must hold
    member: bool = False  # only of texts that are members of a set, tuple or list

    def _found(self, node: Any) -> list[re.Match[str]]:
        if node.type not in ("string", "fstring_string") or node.parent.type == "simple_stmt":
            return []
        if not re.search(self.inside, node.value) or (self.member and not _is_member(node)):
            return []
        return list(re.finditer(self.pattern, node.value))

    def mutation_positions(self, node: Any) -> Iterator[tuple[Spot, Spot]]:
        for _one in self._found(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        found = self._found(node)[index]
        other = found.expand(self.other) if isinstance(self.other, str) else self.other(found)
        text = node.value[: found.start()] + other + node.value[found.end() :]
        return type(node)(*_kind(node), text, node.start_pos, node.prefix)

    @classmethod
    def examples(cls) -> tuple[()]:
        """None are told."""
        return ()


def _kind(node: Any) -> tuple[str, ...]:
    return ("fstring_string",) if isinstance(node, parso.tree.TypedLeaf) else ()


def _is_member(node: Any) -> bool:
    beside = node.parent.children
    return node.parent.type in ("dictorsetmaker", "testlist_comp", "atom") and ":" not in beside


def _more(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + 1}"


def _fewer(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) - 1}"


_SQL = (
    ("and_or", r"\bAND\b", "OR"),
    ("not_null", r"IS NOT NULL", "IS NULL"),
    ("null", r"IS NULL", "IS NOT NULL"),
    ("exists", r"NOT EXISTS", "EXISTS"),
    ("less", r" < ", " <= "),
    ("less_even", r" <= ", " < "),
    ("more", r" > ", " >= "),
    ("more_even", r" >= ", " > "),
    ("equal", r" = (?=:|'|\w+\.)", " <> "),
    ("unequal", r" <> ", " = "),
    ("order", r"(ORDER BY [\w.]+)(?! DESC)\b", r"\1 DESC"),
    ("order_back", r" DESC\b", ""),
    ("most", r"\bMAX\b", "MIN"),
    ("one_more", r" \+ 1\b", " + 2"),
)
_IS_SQL = r"\b(?:SELECT|WHERE|UPDATE|DELETE|ORDER BY|AND|IS NULL)\b"


@cache
def operators() -> dict[str, Operator]:
    """Every operator by name."""
    every: dict[str, Operator] = {
        name: cosmic_ray.plugins.get_operator(name)()
        for name in cosmic_ray.plugins.operator_names()
        if _USED.fullmatch(name)
    }
    every["call"] = DropCall()
    every["right"] = Text(r"^\"(?=[a-z_]+\"$)", '"no_', member=True)
    for name, pattern, other in _SQL:
        every[f"sql_{name}"] = Text(pattern, other, _IS_SQL)
    every["times_more"] = Text(r"(\{\{?|\d,)(\d+)(?=[,}])", _more)
    every["times_fewer"] = Text(r"(\{\{?|\d,)([1-9]\d*)(?=[,}])", _fewer)
    every["look_on"] = Text(r"\(\?!", "(?=")
    every["look_back"] = Text(r"\(\?<!", "(?<=")
    return every


@dataclass(frozen=True)
class Mutation:
    """One change of one file: an operator by name, and which of the places where it applies."""

    path: str
    operator: str
    occurrence: int
    begins: Spot

    def applied(self, source: str) -> str:
        """The source with the change."""
        changed = mutate_code(source, operators()[self.operator], self.occurrence)
        if changed is None:
            raise ValueError(f"{self} applies nowhere")
        return str(changed)


def of_file(path: str, source: str, names: Iterable[str] = (), *, only: str = "") -> list[Mutation]:
    """Every change of a file's source, in order; type hints and words for people are none.

    Args:
        names: functions, classes and constants of the module that alone are changed; all when
            empty.
        only: the one operator to use; all when empty.
    """
    tree = get_ast(source)
    unchanged, wanted = _spans(ast.parse(source), frozenset(names))
    found = []
    for name, operator in operators().items():
        if only not in ("", name):
            continue
        places = (
            begins
            for node in ast_nodes(tree)
            for begins, _ends in operator.mutation_positions(node)
        )
        for occurrence, begins in enumerate(places):
            inside = any(first <= begins < past for first, past in wanted)
            if inside and not any(first <= begins < past for first, past in unchanged):
                found.append(Mutation(path, name, occurrence, begins))
    # The * before arguments with names is no product, nor the | of a pattern a sum.
    found = [
        one
        for one in found
        if "ReplaceBinary" not in one.operator or _can_be_read(one.applied(source))
    ]
    return sorted(found, key=lambda one: (one.begins, one.operator, one.occurrence))


def of_call(path: str, source: str, names: Iterable[str]) -> list[Mutation]:
    """Every call of these functions that is a statement of its own, left out."""
    called = re.compile(rf"(?:\w+\.)?(?:{'|'.join(names)})\(")
    if not called.search(source):
        return []
    lines = source.splitlines()
    every = of_file(path, source, only="call")
    return [one for one in every if called.match(lines[one.begins[0] - 1][one.begins[1] :])]


def _can_be_read(source: str) -> bool:
    """False for what is no Python any more."""
    with contextlib.suppress(SyntaxError):
        ast.parse(source)
        return True
    return False


def _spans(
    tree: ast.Module, names: frozenset[str]
) -> tuple[list[tuple[Spot, Spot]], list[tuple[Spot, Spot]]]:
    """Where nothing is changed (type hints, words of an error), and where alone something is."""
    unchanged: list[ast.expr | None] = []
    for one in ast.walk(tree):
        match one:
            case ast.AnnAssign() | ast.arg():
                unchanged.append(one.annotation)
            case ast.FunctionDef():
                unchanged.append(one.returns)
            case ast.Raise(exc=ast.Call(args=args)):
                unchanged += args
    named = {_named(one): one for one in tree.body}
    if missing := names - set(named):
        raise ValueError(f"not in the module: {sorted(missing)}")
    wanted = [named[name] for name in names] if names else tree.body
    return [_span(one) for one in unchanged if one], [_span(one) for one in wanted]


def _named(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target)
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""


def _span(node: ast.expr | ast.stmt) -> tuple[Spot, Spot]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
