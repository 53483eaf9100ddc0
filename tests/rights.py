"""Who may call what: every public function of desk/ that takes an actor, called by every role.

`python -m tests.rights` writes the answers to tests/golden/rights.txt, where a person reviews them
as a change of that file; `tests/test_rights.py` compares.
"""

import importlib
import inspect
import pkgutil
import tempfile
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import desk
from desk import facts, people, proof, store
from desk.gaps.drawn.papers import PAPERS
from desk.people import PUBLIC, Actor
from desk.refusals import NotAllowed, Refused
from tests.conftest import NOW, person

GOLDEN = Path(__file__).parent / "golden" / "rights.txt"
MAY = "may"
# The question itself, and its answer put down.
QUESTIONS = {"people.require", "people.require_proof", "people.refused", "exports.let_out"}
HEAD = """\
Who may call what: `may`, or the code of the refusal. Made by `python -m tests.rights`: a change
here is a change of rights, to be reviewed as one.
"""
Function = Callable[..., Any]


class Reached(Exception):
    """A function looked at an argument: it asked for the right before, and went on."""


class Probe:
    """Stands for any argument that is no plain value."""

    def _reached(self, *_given: object) -> typing.NoReturn:
        raise Reached

    __getattribute__ = __iter__ = __len__ = __getitem__ = __call__ = _reached


def functions() -> dict[str, Function]:
    """Every public function of desk/ that takes an actor, by module and name.

    One that works in a caller's transaction is none: nobody outside of desk/ has one to hand over.
    """
    found = {}
    for info in pkgutil.walk_packages(desk.__path__, "desk."):
        if info.name == "desk.__main__":
            continue
        module = importlib.import_module(info.name)
        for name, one in inspect.getmembers(module, inspect.isfunction):
            called = f"{info.name.removeprefix('desk.')}.{name}"
            if one.__module__ != info.name or name.startswith("_") or called in QUESTIONS:
                continue
            names = list(inspect.signature(one).parameters)
            if "actor" in names and names[0] != "write":
                found[called] = one
    return found


def roles() -> dict[str, Actor]:
    """One of each role, and those of whom something must come first. All are registered."""
    long_ago = NOW - timedelta(hours=1)
    admin, *others = map(person, ("admin", *people.ROLES))  # two, so that neither is the last
    with store.transaction(by=store.SYSTEM) as write:
        write.run("UPDATE person SET secret = :any, totp_secret = 'any'", any=proof.hashed("any"))
    return {
        "public": PUBLIC,
        **{one.role: replace(one, proved_at=NOW) for one in others},
        "locked": replace(admin, proved_at=NOW, locked=True),
        "must_change": replace(admin, proved_at=NOW, must_change=True),
        "old_proof": replace(admin, proved_at=long_ago),
    }


PLAIN: dict[Any, Any] = {
    str: "none",
    bytes: b"",
    int: 1,
    date: NOW.date(),
    datetime: NOW,
    bool: True,
}
# Arguments that must be something in particular, for the function to be called rightly.
SPECIAL: dict[str, Any] = {"paper": PAPERS[0], "encoding": "utf-8"}


def argument(name: str, kind: Any) -> Any:
    """A value of a type: a plain one, or a probe."""
    if name in SPECIAL:
        return SPECIAL[name]
    if isinstance(kind, types.UnionType) and type(None) in kind.__args__:
        return None
    origin = typing.get_origin(kind) or kind
    if origin in (tuple, frozenset):
        return origin()
    return PLAIN[origin] if origin in PLAIN else Probe()


def answer(function: Function, actor: Actor) -> str:
    """`MAY`, or the code of the refusal."""
    kinds = typing.get_type_hints(function)
    given = {
        one.name: argument(one.name, kinds[one.name])
        for one in inspect.signature(function).parameters.values()
        if one.default is inspect.Parameter.empty and one.name != "actor"
    }
    try:
        function(actor=actor, **given)
    except NotAllowed as refusal:
        return refusal.code
    except (Refused, Reached):
        return MAY
    return MAY


def matrix() -> dict[str, dict[str, str]]:
    """The answer of every function to every role, in a database with the city's facts."""
    here = roles()
    return {
        name: {role: answer(function, actor) for role, actor in here.items()}
        for name, function in sorted(functions().items())
    }


def lines(found: dict[str, dict[str, str]]) -> Iterator[str]:
    """The matrix as it is kept: one function a line."""
    first = max(map(len, found)) + 2
    names = list(next(iter(found.values())))
    wide = [max(len(name), *(len(row[name]) for row in found.values())) + 2 for name in names]
    yield from HEAD.splitlines()
    yield ""
    table = [names, *([row[name] for name in names] for row in found.values())]
    for function, cells in zip(["", *found], table, strict=True):
        row = "".join(cell.ljust(width) for cell, width in zip(cells, wide, strict=True))
        yield f"{function.ljust(first)}{row}".rstrip()


def kept() -> dict[str, dict[str, str]]:
    """The matrix as it was reviewed."""
    _head, names, *table = GOLDEN.read_text("utf-8").removeprefix(HEAD).split("\n")
    rows = (line.split() for line in table if line)
    return {name: dict(zip(names.split(), cells, strict=True)) for name, *cells in rows}


def main() -> None:
    """Write the file anew."""
    with tempfile.TemporaryDirectory() as folder:
        store.use(str(Path(folder) / "desk.sqlite3"))
        store.migrate()
        facts.load(now=NOW)
        GOLDEN.write_text("\n".join(lines(matrix())) + "\n", encoding="utf-8")
    print(f"{GOLDEN}: {len(functions())} functions")


if __name__ == "__main__":
    main()
