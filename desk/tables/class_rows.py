"""The rows of a table of classes: what stands in each column, and which class a row means.

A row is the class of its ID, else the class in that room at that start, else a new one whose id
follows from room and start: the same file twice is the same classes. Columns that are not there
change nothing.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from desk import classes, forms, ids, mode, my_number, schedule, times
from desk.classes import ClassView
from desk.files import Cells, shown
from desk.refusals import N_, Refused
from desk.rules import ClassForm
from desk.store.engine import Reader
from desk.tables import cells, plan
from desk.tables.names import Names
from desk.tables.plan import REFUSED, Change, Line
from desk.tables.sheet import SAMPLE

DRAFT, OPEN, CANCELLED = "下書き", "公開", "中止"
STATES = {DRAFT: DRAFT, OPEN: OPEN, CANCELLED: CANCELLED, "開催": OPEN, "公開中": OPEN}
COLUMNS = {
    "ID": ("id", "Id", "講座ID"),
    "講座": ("講座名", "講座の種類", "コース", "内容"),
    "会場": ("会場名", "施設", "施設名", "施設ID", "場所"),
    "部屋": ("部屋名", "教室"),
    "日付": ("日", "開催日", "実施日", "年月日"),
    "開始時間": ("開始", "開始時刻", "始まり"),
    "終了時間": ("終了", "終了時刻", "終わり"),
    "席": ("席数", "定員", "募集人数"),
    "講師": ("講師名", "担当", "担当者"),
    "貸出品": ("備品", "機材"),
    "状態": ("公開状態",),
    "理由": ("きまりとちがう理由",),
    SAMPLE: (),
}
NEEDED = {"講座", "会場", "部屋", "日付", "開始時間", "終了時間", "席"}
# Ids and names are looked up, not kept: a UUID may well hold twelve digits in a row.
_LOOKED_UP = frozenset({"ID", "講座", "会場", "部屋", "講師", "貸出品"})
# Whoever is booked must hear of these.
_HEARD = {"講座", "会場", "部屋", "日付", "開始時間", "終了時間"}
_TOLD = ("日付", "開始時間", "講座", "会場", "部屋")


@dataclass(frozen=True)
class ClassRow:
    """A row that was read: the class it means, and that class as it is now."""

    line: int
    name: str
    id: str
    form: ClassForm
    state: str
    found: ClassView | None


class City:
    """What rows point at, by name; things no longer in use too, for classes of long ago."""

    def __init__(self, reader: Reader) -> None:
        def names(sql: str, *, listed: bool = False) -> Names:
            return Names(reader.rows(sql), listed=listed)

        self.courses = names("SELECT id, title AS name, active FROM course")
        self.venues = names("SELECT id, name, active FROM venue")
        self.instructors = names("SELECT id, name, active FROM instructor", listed=True)
        self.equipment = names("SELECT id, name, active FROM equipment", listed=True)
        rooms = reader.rows("SELECT id, name, active, venue_id FROM room")
        self._rooms = {
            venue: Names(row for row in rooms if row["venue_id"] == venue)
            for venue in {row["venue_id"] for row in rooms}
        }
        self._every_room = Names(rooms)

    def rooms(self, venue_id: str) -> Names:
        """The rooms of a venue; of every venue when it has none."""
        return self._rooms.get(venue_id, self._every_room)


def between(reader: Reader, first: date, last: date) -> list[ClassView]:
    """Every class that starts from the day `first` to `last`."""
    return classes.views(
        reader,
        "c.starts_at >= :first AND c.starts_at < :end",
        first=times.bounds(first)[0],
        end=times.bounds(last)[1],
    )


def written(city: City, found: ClassView, encoding: str) -> Cells:
    """A class as a row of an export."""
    form = schedule.form_of(found)
    return {
        "ID": found.id,
        **_cells(city, form, _state_of(found), encoding),
        "理由": form.reason,
        SAMPLE: SAMPLE if found.trial else "",
    }


def _cells(city: City, form: ClassForm, state: str, encoding: str = "utf-8-sig") -> Cells:
    """What a class holds, the same text for the same class however its lists are ordered."""
    return {
        "講座": city.courses.write(form.course_id, encoding),
        "会場": city.venues.write(form.venue_id, encoding),
        "部屋": city.rooms(form.venue_id).write(form.room_id, encoding),
        "日付": form.day.isoformat(),
        "開始時間": f"{form.starts:%H:%M}",
        "終了時間": f"{form.ends:%H:%M}",
        "席": str(form.seats),
        "講師": "、".join(
            city.instructors.write(id, encoding) for id in sorted(set(form.instructor_ids))
        ),
        "貸出品": "、".join(
            f"{city.equipment.write(id, encoding)}×{count}" for id, count in sorted(form.equipment)
        ),
        "状態": state,
    }


def _state_of(found: ClassView) -> str:
    return CANCELLED if found.status == "cancelled" else DRAFT if found.draft else OPEN


def changes(city: City, row: ClassRow) -> tuple[Change, ...]:
    """What of the class that is there would become different. The reason alone is no change."""
    if row.found is None:
        return ()
    before = _cells(city, schedule.form_of(row.found), _state_of(row.found))
    after = _cells(city, row.form, row.state)
    return tuple(
        Change(column, before[column], after[column])
        for column in before
        if before[column] != after[column]
    )


def to_tell(row: ClassRow, columns: Iterable[str]) -> int:
    """How many people are booked or wait, when those columns of their class become different."""
    if row.found is None or not (row.state == CANCELLED or _HEARD.intersection(columns)):
        return 0
    return row.found.booked + row.found.waiting


def read_all(reader: Reader, city: City, rows: list[tuple[int, Cells]]) -> list[ClassRow | Line]:
    """Every row as the class it means, or why it cannot be one."""
    drafts = [_read(city, line, row) for line, row in rows]
    days = [one.form.day for one in drafts if isinstance(one, ClassRow)]
    near = between(reader, min(days), max(days)) if days else []
    by_id = {one.id: one for one in near}
    by_place = {(one.room_id, one.starts_at): one for one in near if one.status == "open"}
    known = {row["id"] for row in reader.rows("SELECT id FROM class")} - set(by_id)
    sample = mode.is_trial(reader)
    lines: dict[str, int] = {}
    found: list[ClassRow | Line] = []
    for draft, (_line, raw) in zip(drafts, rows, strict=True):
        if isinstance(draft, Line):
            found.append(draft)
            continue
        id = draft.id
        if not id:
            there = by_place.get((draft.form.room_id, draft.form.starts_at))
            id = there.id if there else _id_of(draft.form)
        if id in known:
            by_id[id] = schedule.get(id, reader=reader)
        refusal = _unfit(id, raw, sample=sample, known=id in by_id, line=lines.get(id))
        if refusal:
            found.append(Line(draft.line, draft.name, REFUSED, refusal=refusal))
            continue
        lines[id] = draft.line
        found.append(_filled(replace(draft, id=id, found=by_id.get(id)), raw))
    return found


def _id_of(form: ClassForm) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{form.room_id} {times.stamp(form.starts_at)}"))


def _unfit(id: str, raw: Cells, *, sample: bool, known: bool, line: int | None) -> Refused | None:
    """Why a row cannot stand in this file."""
    if line is not None:
        return Refused("row_twice", line=line)
    if raw.get(SAMPLE) and not sample:
        return Refused("row_sample")
    # A new id is kept, and nothing but a UUID may hold a long number.
    found = None if known or ids.is_uuid(id) else my_number.kind(id)
    return forms.refusal(found, "ID") if found else None


def _filled(row: ClassRow, raw: Cells) -> ClassRow:
    """What the file leaves out is as it is; a new class is a draft then."""
    found = row.found
    state = row.state or (_state_of(found) if found else DRAFT)
    form = replace(row.form, publish=state == OPEN)
    if found:
        now = schedule.form_of(found)
        if "講師" not in raw:
            form = replace(form, instructor_ids=now.instructor_ids)
        if "貸出品" not in raw:
            form = replace(form, equipment=now.equipment)
    return replace(row, form=form, state=state)


def _read(city: City, line: int, row: Cells) -> ClassRow | Line:
    """A row by itself, its class not looked for yet."""
    name = plan.named(row, _TOLD)
    try:
        plan.check_cells(row, _LOOKED_UP)
        state = cells.of(row, "状態", _state)
        return ClassRow(line, name, cells.of(row, "ID", cells.id_of), _form(city, row), state, None)
    except ValueError as error:
        refusal = Refused("cell_wrong", reason=str(error))
    except Refused as refused:
        refusal = refused
    return Line(line, name, REFUSED, refusal=refusal)


def _state(cell: str) -> str:
    if cell and cell not in STATES:
        raise ValueError(f"が{DRAFT}・{OPEN}・{CANCELLED}のどれでもありません{shown(cell)}")
    return STATES.get(cell, "")


def _form(city: City, row: Cells) -> ClassForm:
    venue_id = cells.of(row, "会場", city.venues.find)
    return ClassForm(
        course_id=cells.of(row, "講座", city.courses.find),
        venue_id=venue_id,
        room_id=cells.of(row, "部屋", city.rooms(venue_id).find),
        day=cells.of(row, "日付", cells.day),
        starts=cells.of(row, "開始時間", cells.clock),
        ends=cells.of(row, "終了時間", cells.clock),
        seats=cells.of(row, "席", cells.count),
        instructor_ids=cells.of(row, "講師", lambda cell: _people(city, cell)),
        equipment=cells.of(row, "貸出品", lambda cell: _things(city, cell)),
        reason=forms.text(row.get("理由", ""), label=N_("Reason"), field="理由", most=200),
    )


def _people(city: City, cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(city.instructors.find(one) for one in cells.parts(cell)))


def _things(city: City, cell: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for part in cells.parts(cell):
        name, count = cells.counted(part)
        id = city.equipment.find(name)
        if id in found:
            raise ValueError("に同じものが2つあります")
        found[id] = count
    return tuple(found.items())
