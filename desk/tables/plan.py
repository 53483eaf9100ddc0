"""What a file would do, found by doing it: in a transaction that is taken back at the end.

So a rehearsal meets exactly the rules and clashes the import would, those between two rows of the
file too.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from desk import forms, my_number, store
from desk.files import Cells
from desk.refusals import Refused
from desk.store.engine import Writer

NEW, SAME, CHANGED, REFUSED = "new", "same", "changed", "refused"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Change:
    """One cell that would change: the column's name, what is there, what would be."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """What becomes of one row: `outcome` is NEW, SAME, CHANGED or REFUSED (then with why).

    `to_tell` people are booked or wait, and the change is one they must hear of.
    """

    line: int
    name: str
    outcome: str
    changes: tuple[Change, ...] = ()
    refusal: Refused | None = None
    to_tell: int = 0


@dataclass(frozen=True)
class ImportPlan:
    """What becomes of every row of a file, in its order."""

    lines: tuple[Line, ...]

    def count(self, outcome: str) -> int:
        """How many rows have that outcome."""
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def ready(self) -> bool:
        """Nothing is refused, and there is something to do."""
        return not self.count(REFUSED) and bool(self.count(NEW) + self.count(CHANGED))

    @property
    def seen(self) -> str:
        """A fingerprint of the plan, to make sure that what is done is what was shown."""
        told = [(one.line, one.name, one.outcome, one.changes) for one in self.lines]
        return hashlib.sha256(repr(told).encode()).hexdigest()


class _TakeBack(Exception):
    """Ends a rehearsal: the transaction is rolled back."""


Work = Callable[[Writer], list[Line]]


def rehearse(by: store.Author, lock: tuple[str, ...], work: Work) -> ImportPlan:
    """What the work would do, without doing it. Others wait for the locks meanwhile."""
    lines: list[Line] = []
    try:
        with store.transaction(by=by, lock=lock) as write:
            lines = work(write)
            raise _TakeBack
    except _TakeBack:
        return ImportPlan(tuple(lines))


def carry_out(
    by: store.Author, what: str, lock: tuple[str, ...], work: Work, seen: str | None
) -> ImportPlan:
    """Do the work, all of it or nothing.

    Raises:
        Refused: `import_refused` when any row is, `import_stale` when the plan is no longer the
            one that was `seen`.
    """
    with store.transaction(by=by, what=what, lock=lock) as write:
        plan = ImportPlan(tuple(work(write)))
        refused = next((line for line in plan.lines if line.outcome == REFUSED), None)
        if refused:
            raise Refused("import_refused", count=plan.count(REFUSED), line=refused.line)
        if seen not in (None, plan.seen):
            raise Refused("import_stale")
        return plan


def check_cells(row: Cells, exempt: frozenset[str]) -> None:
    """No cell holds 12 digits or more, in columns nobody reads neither.

    `exempt` are columns of ids and names, which are compared with a list and never stored. What
    is kept of free text is checked more strictly where it is read (`desk.forms`).

    Raises:
        Refused: one of `my_number.KINDS`.
    """
    for column, value in row.items():
        if column not in exempt:
            forms.no_number(value, field=column, allow=my_number.FACT)


def named(row: Cells, columns: tuple[str, ...]) -> str:
    """How a row is called on the screen: the cells that tell it from others."""
    text = " ".join(row[column] for column in columns if row.get(column))[:80]
    return "" if my_number.kind(text) else text
