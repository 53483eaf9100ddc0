"""What a file was found to hold: each row as a record, put right, or refused with the reason."""

from dataclasses import dataclass
from typing import Any

from desk.refusals import Refused


@dataclass(frozen=True)
class Repair:
    """A cell that was put right: `column` as the file calls it, `why` a key of `WHY`."""

    column: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Row:
    """One row of a file, on a line (or a row of a sheet) counted from 1.

    `cells` are what stands in the file, by its columns. A row has a record or a refusal. `merged`
    are the lines of further access points of the same place, which have become part of it.
    """

    line: int
    cells: dict[str, str]
    record: dict[str, Any] | None
    repairs: tuple[Repair, ...]
    refusal: Refused | None
    merged: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file that was read. `generation` is v1, v3, english or other; `unused` are the columns
    nobody reads; a column of a record that the file does not have is not in it.
    """

    dataset: str
    generation: str
    encoding: str
    header: tuple[str, ...]
    unused: tuple[str, ...]
    rows: tuple[Row, ...]
