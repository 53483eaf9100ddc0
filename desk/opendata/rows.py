"""Reading a list: bytes to rows, each taken as it is, put right, or refused with the reason.

Pure: nothing here knows the store but `City.read`, and nothing is written.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from desk.opendata import (
    book,
    columns,
    event_rows,
    facility_rows,
    parts,
    population_rows,
    repair,
    wifi_rows,
)
from desk.opendata.draft import Draft, Plan
from desk.opendata.limits import MOST_ROWS
from desk.opendata.place import City
from desk.opendata.repair import WHY
from desk.opendata.table import Repair, Row, Table
from desk.refusals import Refused

__all__ = ["DATASETS", "WHY", "City", "Repair", "Row", "Table", "read"]

DATASETS = tuple(columns.FIELDS)
_READ: dict[str, Callable[[Draft], None]] = {
    columns.WIFI: wifi_rows.read,
    columns.FACILITY: facility_rows.read,
    columns.EVENT: event_rows.read,
    columns.POPULATION: population_rows.read,
}
_COMMENT = re.compile(r"#\s*\w{2,}")
_FILE_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:[-_年]?(?:0[1-9]|1[0-2]))(?:[-_月]?[0-3]\d)?(?!\d)")
_TITLE_YEAR = re.compile(r"(?:(20\d\d)|令和(\d{1,2}|元))年")


def read(content: bytes, file_name: str, city: City, *, dataset: str | None = None) -> Table:
    """What the rows of a file are; `dataset` is which list it is, where its columns do not say.

    Raises:
        Refused: when the file as a whole cannot be read: `table_unknown` and others of `table_…`,
            `book_…`, `formula_cell`, `file_wrong`, `file_empty`.
    """
    encoding, sources = book.sources(content)
    found, source, line = _header(sources, dataset)
    before, header, after = _around(source.rows(), line)
    names = _names(header, after)
    plan = Plan(names, columns.match(names, found), city, _year(file_name, before))
    drafts = [_draft(plan, header, line, cells) for line, cells in after if _is_row(cells)]
    if not drafts:
        raise Refused("file_empty")
    if found == columns.POPULATION:
        population_rows.fields(plan)
    if len(drafts) > MOST_ROWS:
        raise Refused("table_rows", rows=MOST_ROWS)
    for draft in drafts:
        if not draft.refusal:
            _fill(draft, _READ[found])
    if found == columns.WIFI:
        drafts = wifi_rows.merged(drafts)
    if found == columns.POPULATION:
        population_rows.once(drafts)
    else:
        parts.ids_once(drafts)
    return Table(
        dataset=found,
        generation=columns.generation(header),
        encoding=encoding,
        header=names,
        unused=columns.unused(names, found),
        rows=tuple(draft.row() for draft in drafts),
    )


def _header(sources: list[book.Source], dataset: str | None) -> tuple[str, book.Source, int]:
    """Which list it is, and where the row stands in which most names are known.

    Raises:
        Refused: `table_other`, `table_unknown`, or `file_wrong` when no reading of the file has
            rows at all.
    """
    best: tuple[int, str, book.Source, int, list[str]] | None = None
    wrong: Refused | None = None
    heads: list[list[str]] = []
    for source in sources:
        try:
            for line, cells in islice(source.rows(), book.HEAD):
                heads.append(cells)
                found, known = columns.recognise(cells, dataset)
                if found and (best is None or known > best[0]):
                    best = known, found, source, line, cells
        except Refused as refused:
            wrong = wrong or refused
    if best:
        if not dataset and (title := columns.other_list(best[4])):
            raise Refused("table_other", title=title)
        return best[1:4]
    if wrong:
        raise wrong
    for cells in heads:
        if title := columns.other_list(cells):
            raise Refused("table_other", title=title)
    raise Refused("table_unknown")


def _around(
    rows: Iterator[book.Line], line: int
) -> tuple[list[list[str]], list[str], list[book.Line]]:
    """The rows above the header, the header, and the rows below it."""
    before: list[list[str]] = []
    for number, cells in rows:
        if number == line:
            below = [(at, [cell.strip() for cell in row]) for at, row in rows]
            return before, [cell.strip() for cell in cells], below
        before.append(cells)
    raise Refused("file_empty")


def _names(header: list[str], rows: list[book.Line]) -> tuple[str, ...]:
    """The columns as the file calls them, each name once; without those at the end that have
    neither a name nor a cell.
    """
    width = len(header)
    while width and not header[width - 1]:
        if any(cells[width - 1] for _line, cells in rows if len(cells) >= width):
            break
        width -= 1
    names: list[str] = []
    for number, name in enumerate(header[:width], 1):
        name = name or f"列{number}"
        again = names.count(name) + 1
        names.append(name if again == 1 else f"{name} ({again})")
    return tuple(names)


def _is_row(cells: list[str]) -> bool:
    """False for lines of # that say what the columns are, not what is there."""
    return not _COMMENT.match(cells[0]) if cells else False


def _draft(plan: Plan, header: list[str], line: int, cells: list[str]) -> Draft:
    width = len(plan.header)
    more = any(cells[len(header) :])
    draft = Draft(plan, line, (cells + [""] * width)[:width])
    if more:
        draft.refusal = Refused("row_long", columns=len(header))
    elif cells[: len(header)] == header:
        draft.refusal = Refused("row_header")
    else:
        for name, cell in zip(plan.header, draft.cells, strict=True):
            if cell and cell[0] in repair.EQUALS and repair.is_formula(cell):
                draft.refusal = Refused("row_formula", field=name, column=name)
                break
    return draft


def _fill(draft: Draft, read_row: Callable[[Draft], None]) -> None:
    try:
        read_row(draft)
    except Refused as refused:
        draft.refusal = refused


def _year(file_name: str, before: list[list[str]]) -> int | None:
    """The year a file is of: in its name (events_20240918.csv) or in a title above its header."""
    if found := _FILE_YEAR.search(file_name):
        return int(found[1])
    for cells in before:
        if found := _TITLE_YEAR.search(" ".join(cells)):
            return int(found[1] or 2018 + (1 if found[2] == "元" else int(found[2])))
    return None
