"""One row while it is read: its cells by field, what was put right, and why it is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from desk import forms, my_number
from desk.opendata import repair
from desk.opendata.place import City
from desk.opendata.repair import MyNumber, NotWeb, Reader
from desk.opendata.table import Repair, Row
from desk.refusals import Refused
from desk.tables import sheet

_MOST = 2_000  # characters of a cell that says one thing
_SPACES = re.compile(r"\s{3,}")
_NOTHING = object()  # the cell is empty, or counts as empty
_Kept = tuple[Any, tuple[Repair, ...], Refused | None]


@dataclass(frozen=True)
class Plan:
    """What is the same for all rows of a file. `columns` are the columns of each field, the one to
    prefer first; `year` is the year the file says it is of, if it does.
    """

    header: tuple[str, ...]
    columns: dict[str, list[int]]
    city: City
    year: int | None = None
    # What cells were found to be, for one reading of one file: many rows hold the same.
    kept: dict[tuple[str, int], dict[str, _Kept]] = field(default_factory=dict)


class Draft:
    """A row that becomes a record."""

    __slots__ = ("cells", "line", "merged", "plan", "record", "refusal", "repairs")

    def __init__(self, plan: Plan, line: int, cells: list[str]) -> None:
        """`cells` have no spaces around them and are as many as the columns of the header."""
        self.plan = plan
        self.line = line
        self.cells = cells
        self.record: dict[str, Any] = {}
        self.repairs: list[Repair] = []
        self.refusal: Refused | None = None
        self.merged: tuple[int, ...] = ()

    def row(self) -> Row:
        """As it is handed on."""
        cells = dict(zip(self.plan.header, self.cells, strict=True))
        record = None if self.refusal else self.record
        repairs = () if self.refusal else tuple(self.repairs)
        return Row(self.line, cells, record, repairs, self.refusal, self.merged)

    def has(self, *fields: str) -> bool:
        """True when the file has a column of one of the fields."""
        return any(field in self.plan.columns for field in fields)

    def header(self, field: str) -> str:
        """How the file calls a field's column; the field's own name when it has none."""
        columns = self.plan.columns.get(field)
        return self.plan.header[columns[0]] if columns else field

    def note(self, field: str, before: str, after: str, why: str) -> None:
        """Say that something was put right."""
        self.repairs.append(Repair(self.header(field), before, after, why))

    def take(self, field: str, read: Reader, empty: Any = "") -> Any:
        """Read a field whose cells say one thing: dashes and words for nothing are nothing there.
        A cell that cannot be read counts as empty.
        """
        return self._take(field, read, empty, repair.is_nothing, False)

    def take_answer(self, field: str, read: Reader, empty: Any = None) -> Any:
        """`take` for a field where なし is an answer."""
        return self._take(field, read, empty, repair.is_unknown, False)

    def take_text(self, field: str, read: Reader = repair.line) -> Any:
        """Read a field of free text; a long number in it is not kept."""
        return self._take(field, read, "", self._is_dash, True)

    def take_exact(self, field: str) -> Any:
        """Read a field whose cells are kept to the letter: networks and passwords."""
        return self._take(field, repair.exact, "", self._is_dash, False)

    def _is_dash(self, cell: str) -> bool:
        # A list this desk wrote has empty cells where there is nothing: a dash is a dash there.
        return cell in repair.DASHES and "placed" not in self.plan.columns

    def need(self, field: str) -> None:
        """Refuse the row when a field it cannot do without is empty or could not be read.

        Raises:
            Refused: `row_needs`, or what was wrong with the cell.
        """
        if not self.record.get(field):
            self.check(field)
            raise Refused("row_needs", field=self.header(field), column=self.header(field))

    def check(self, field: str) -> None:
        """Refuse the row when a field that was taken could not be read.

        Raises:
            Refused: what was wrong with the cell.
        """
        column = self._column(field)
        if column < 0:
            return
        kept = self.plan.kept.get((field, column), {}).get(self.cells[column])
        if kept and kept[2]:
            raise kept[2]

    def _column(self, field: str) -> int:
        """The first of a field's columns in which something stands; -1 when there is none."""
        columns: Sequence[int] = self.plan.columns.get(field, ())
        for column in columns:
            if self.cells[column]:
                return column
        return columns[0] if columns else -1

    def _take(self, field: str, read: Reader, empty: Any, is_nothing: Any, is_text: bool) -> Any:
        columns = self.plan.columns.get(field)
        if not columns:
            return empty
        column = columns[0]
        if len(columns) > 1:
            column = self._column(field)
            self._compare(column, columns)
        cell = self.cells[column]
        if not cell:
            self.record[field] = empty
            return empty
        key = field, column
        try:
            value, repairs, _wrong = self.plan.kept[key][cell]
        except KeyError:
            found = _read(self.plan.header[column], cell, read, is_nothing, is_text)
            value, repairs, _wrong = self.plan.kept.setdefault(key, {})[cell] = found
        if value is _NOTHING:
            value = empty
        if repairs:
            self.repairs += repairs
        self.record[field] = value
        return value

    def _compare(self, column: int, columns: Sequence[int]) -> None:
        cell = self.cells[column]
        for other in columns:
            there = self.cells[other]
            if there and there != cell and column != other and not my_number.found_in(there):
                name = self.plan.header[other]
                self.repairs.append(Repair(name, there, _shown(cell), "second_column"))


def _read(name: str, cell: str, read: Reader, is_nothing: Any, is_text: bool) -> _Kept:
    """What a cell of a column is: a value, what was put right, and what is wrong with it."""
    repairs: list[Repair] = []
    text = cell
    if cell[:1] == "'" and (text := sheet.unguard(cell)) != cell:
        pass  # to the letter: the apostrophe says that the rest is text
    elif (inner := repair.unwrapped(cell)) is not None:
        text = inner
        repairs.append(Repair(name, _shown(cell), _shown(text), "unwrapped"))
    elif is_nothing(cell):
        return _NOTHING, (Repair(name, cell, "", "empty_word"),), None
    if not text:
        return _NOTHING, tuple(repairs), None
    try:
        if is_text:
            repair.told(text)
        if not is_text and read is not repair.exact:
            text = _short(text)
        value, why = read(text)
    except MyNumber as problem:
        refused = forms.refusal(problem.kind, name)
        return _NOTHING, (Repair(name, "", "", "my_number"),), refused
    except NotWeb:
        return _NOTHING, (Repair(name, _shown(cell), "", "not_web"),), None
    except ValueError as error:
        wrong = Refused("cell_wrong", field=name, reason=f"{name}{error}")
        return _NOTHING, (Repair(name, _shown(cell), "", "unreadable"),), wrong
    if why:
        after = "".join(value[:1]) if isinstance(value, tuple) else str(value)
        repairs.append(Repair(name, _shown(text), after, why))
    return value, tuple(repairs), None


def _short(text: str) -> str:
    """A cell that says one thing, fit for patterns that would try long runs of spaces again and
    again.
    """
    if len(text) > _MOST:
        raise ValueError("が長すぎます")
    return _SPACES.sub(" ", text)


def _shown(cell: str) -> str:
    """A cell for the report, which never repeats a number that may be somebody's."""
    return "" if my_number.kind(cell, my_number.PUBLISHED) else cell
