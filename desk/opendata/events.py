"""A row of イベント一覧 as a class of the schedule, by the rules of the schedule.

The desk keeps its own courses, so an event is taken when its name is a course's and its place a
venue's with rooms. From there it is a row of the table of classes (`desk.tables`), rehearsed and
carried out as that is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from desk import classes, ids, schedule, store, times
from desk.classes import ClassView
from desk.opendata import history
from desk.opendata.compare import Comparison, Gone, Taken
from desk.opendata.history import Run, Sent, Step
from desk.opendata.report import Report
from desk.opendata.rows import Row, Table
from desk.people import Actor, require
from desk.places import loose
from desk.refusals import Refused
from desk.rules import MOST_SEATS, ClassForm
from desk.store.engine import Reader, Writer
from desk.tables import class_rows, plan
from desk.tables import classes as table_of_classes
from desk.tables.class_rows import CANCELLED, ClassRow
from desk.tables.plan import Line, Progress

TABLE = "class"
UNDONE = "取り込みの取り消し"  # the reason, where going back needs one
Rows = list[tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Rehearsed:
    """What would become of events, and the rows of the table of classes that would do it."""

    comparison: Comparison
    rows: Rows


class _City:
    """What events point at."""

    def __init__(self, reader: Reader) -> None:
        self.names = class_rows.City(reader)
        self.minutes = {
            r["id"]: r["minutes"] for r in reader.rows("SELECT id, minutes FROM course")
        }
        self.known = {row["id"] for row in reader.rows("SELECT id FROM class")}
        self.venues: dict[str, str] = {}
        self.rooms: dict[str, dict[str, tuple[str, int]]] = {}
        for row in reader.rows(
            "SELECT r.id, r.venue_id, r.name, r.seats, v.name AS venue FROM room r "
            "JOIN venue v ON v.id = r.venue_id WHERE r.active = 1 AND v.active = 1 ORDER BY r.id"
        ):
            self.venues[row["venue_id"]] = row["venue"]
            self.rooms.setdefault(row["venue_id"], {})[row["id"]] = (row["name"], row["seats"])

    def course(self, record: Mapping[str, Any]) -> str:
        """The course an event is of."""
        try:
            return self.names.courses.find(str(record.get("course_id") or record["name"]).strip())
        except ValueError:
            raise Refused(
                "event_unknown", field="イベント名", name=_short(record["name"])
            ) from None

    def room(self, record: Mapping[str, Any]) -> tuple[str, str]:
        """The venue and room an event is in. A place may be written with its room after it."""
        place, wanted = loose(str(record.get("venue") or "")), str(record.get("room") or "")
        named = [
            (len(loose(name)), id)
            for id, name in self.venues.items()
            if place == loose(id) or place.startswith(loose(name))
        ]
        if not place or not named:
            shown = _short(record.get("venue"))
            raise Refused("event_place", field="場所名称", name=shown)
        venue = max(named)[1]
        wanted = loose(wanted) or place.removeprefix(loose(self.venues[venue]))
        rooms = self.rooms[venue]
        found = [id for id, (name, _seats) in rooms.items() if wanted in (loose(name), loose(id))]
        if len(found) != 1 and not wanted:
            found = list(rooms)
        if len(found) != 1:
            names = "、".join(name for name, _seats in rooms.values())
            raise Refused("event_room", field="方書", venue=self.venues[venue], rooms=names)
        return venue, found[0]


def _short(text: Any) -> str:
    return str(text or "")[:60]


def _cells(reader: Reader, city: _City, record: Mapping[str, Any]) -> dict[str, str]:
    """An event as a row of the table of classes."""
    course = city.course(record)
    venue, room = city.room(record)
    day, last = str(record.get("day") or ""), str(record.get("ends_day") or "")
    if last and last != day:
        raise Refused("event_days", field="終了日", last=last)
    starts, ends = str(record.get("starts") or ""), str(record.get("ends") or "")
    given = str(record.get("id") or "")
    id = given if given in city.known or ids.is_uuid(given) else ""
    there = _there(reader, id, room, day, starts)
    if not ends and starts:
        minutes = timedelta(minutes=city.minutes[course])
        ends = f"{times.local(there.ends_at) if there else _clock(starts) + minutes:%H:%M}"
    seats = record.get("seats")
    if seats is None:
        seats = there.seats if there else min(city.rooms[venue][room][1], MOST_SEATS)
    return {
        "ID": id,
        "講座": course,
        "会場": venue,
        "部屋": room,
        "日付": day,
        "開始時間": starts,
        "終了時間": ends,
        "席": str(seats),
        "状態": CANCELLED if record.get("status") == CANCELLED else "",
    }


def _clock(text: str) -> datetime:
    return datetime.combine(date(2000, 1, 1), time.fromisoformat(text))


def _there(reader: Reader, id: str, room: str, day: str, starts: str) -> ClassView | None:
    """The class an event means, when the schedule has it."""
    if id:
        return next(iter(classes.views(reader, "c.id = :id", id=id)), None)
    if not (day and starts):
        return None
    at = times.stamp(times.at(date.fromisoformat(day), time.fromisoformat(starts)))
    where = "c.room_id = :room AND c.starts_at = :at AND c.status = 'open'"
    return next(iter(classes.views(reader, where, room=room, at=at)), None)


def rehearse(
    actor: Actor, table: Table, now: datetime, progress: Progress | None = None
) -> Rehearsed:
    """What would become of each event. Rows that cannot be taken in are left out, and what they
    were in the way of, or made room for, is worked out anew without them.
    """
    require(actor, "import_data")
    refused = [row for row in table.rows if row.record is None or row.refusal]
    with store.engine().reading() as reader:
        city = _City(reader)
        read: dict[int, tuple[Row, dict[str, str]]] = {}
        for row in table.rows:
            if row.record is None or row.refusal:
                continue
            try:
                read[row.line] = (row, _cells(reader, city, row.record))
            except Refused as refusal:
                refused.append(replace(row, refusal=refusal))
    while True:
        rows = [(line, facts) for line, (_row, facts) in read.items()]
        lock, work = table_of_classes.work_of(actor, rows, now, progress)
        lines = plan.rehearse(actor, lock, work).lines if rows else ()
        wrong = [line for line in lines if line.refusal]
        if not wrong:
            break
        refused += [replace(read.pop(one.line)[0], refusal=one.refusal) for one in wrong]
    with store.engine().reading() as reader:
        ids = _ids(reader, rows)
        gone = _gone(reader, read, set(ids.values()), now)
    taken = [_taken(read[line.line][0], ids[line.line], line) for line in lines]
    refused.sort(key=lambda row: row.line)
    return Rehearsed(Comparison(tuple(taken), tuple(refused), gone), rows)


def _ids(reader: Reader, rows: Rows) -> dict[int, str]:
    found = class_rows.read_all(reader, class_rows.City(reader), rows)
    return {row.line: row.id for row in found if isinstance(row, ClassRow)}


def _taken(row: Row, id: str, line: Line) -> Taken:
    return Taken(row, id, line.outcome, line.changes, to_tell=line.to_tell)


def _gone(
    reader: Reader, read: Mapping[int, tuple[Row, dict[str, str]]], there: set[str], now: datetime
) -> tuple[Gone, ...]:
    """Published classes to come in the days the file is about, which it does not have."""
    days = sorted(facts["日付"] for _row, facts in read.values())
    if not days:
        return ()
    found = class_rows.between(reader, date.fromisoformat(days[0]), date.fromisoformat(days[-1]))
    return tuple(
        Gone(one.id, _name(one), _keeps(one))
        for one in found
        if one.id not in there and one.status == "open" and not one.draft and one.starts_at > now
    )


def _keeps(found: ClassView) -> Refused | None:
    return Refused("event_booked") if found.booked or found.waiting else None


def _name(found: ClassView) -> str:
    return f"{times.show(found.starts_at, 'ja')} {found.title} {found.venue}"


def accept(
    actor: Actor,
    table: Table,
    sent: Sent,
    *,
    take_away: frozenset[str],
    seen: str,
    progress: Progress | None = None,
) -> Run:
    """Put the events that can be on the schedule, all in one transaction (`imports.accept`).

    Raises:
        Refused: `import_stale` or `event_booked`.
    """
    require(actor, "import_data")
    now = sent.now
    rehearsed = rehearse(actor, table, now, progress)
    report = Report.of(table, rehearsed.comparison)
    if report.seen != seen or not take_away <= {gone.id for gone in report.gone}:
        raise Refused("import_stale")
    lock, work = table_of_classes.work_of(actor, rehearsed.rows, now, progress)
    with store.transaction(
        by=actor, lock=(*lock, *sorted(f"class {one}" for one in take_away))
    ) as write:
        if done := history.find(write, sent.id):
            return done
        ids = [*_ids(write, rehearsed.rows).values(), *sorted(take_away)]
        before = {one: _unit(write, one) for one in ids}
        if list(map(_outcome, work(write))) != list(map(_outcome, report.taken)):
            raise Refused("import_stale")
        for gone in sorted(take_away):
            _take_away(write, actor, gone, now)
        steps = [Step(one, before[one], _unit(write, one)) for one in ids]
        history.note(
            write,
            actor,
            sent,
            dataset=table.dataset,
            table=TABLE,
            counts=report.counts | {"gone": len(take_away)},
            done=[step for step in steps if step.before != step.after],
        )
        return history.one(write, sent.id)


def _outcome(one: Line | Taken) -> tuple[object, ...]:
    line = one.line if isinstance(one, Line) else one.row.line
    return line, one.outcome, one.changes


def _take_away(write: Writer, actor: Actor, class_id: str, now: datetime) -> None:
    """Cancel a class nobody is booked in."""
    refusal = _keeps(schedule.get(class_id, reader=write))
    if refusal:
        raise refusal
    schedule.cancel_one(write, actor, class_id=class_id, now=now)


def _unit(reader: Reader, class_id: str) -> dict[str, Any] | None:
    """A class as the record of an import keeps it: what it was saved with, as JSON."""
    found = next(iter(classes.views(reader, "c.id = :id", id=class_id)), None)
    if found is None:
        return None
    form = replace(schedule.form_of(found), reason="")
    unit = asdict(form) | {"day": form.day.isoformat(), "name": _name(found)}
    unit |= {key: f"{unit[key]:%H:%M}" for key in ("starts", "ends")}
    unit["instructor_ids"] = list(form.instructor_ids)
    unit["equipment"] = [list(one) for one in form.equipment]
    return unit | {"losing": [], "status": found.status}


def _form(unit: Mapping[str, Any]) -> ClassForm:
    facts = {key: value for key, value in unit.items() if key not in ("name", "status")}
    return ClassForm(
        **{
            **facts,
            "day": date.fromisoformat(facts["day"]),
            "starts": time.fromisoformat(facts["starts"]),
            "ends": time.fromisoformat(facts["ends"]),
            "instructor_ids": tuple(facts["instructor_ids"]),
            "equipment": tuple((id, count) for id, count in facts["equipment"]),
            "losing": (),
            "reason": UNDONE,
        }
    )


def sorted_out(reader: Reader, steps: list[Step]) -> tuple[list[Step], list[Step]]:
    """Which classes could go back to what they were, and which stay: a class is cancelled for
    good, people are booked in it, or somebody changed it since.
    """
    back: list[Step] = []
    stays: list[Step] = []
    for step in steps:
        now, after = _unit(reader, step.id), step.after or {}
        booked = _keeps(schedule.get(step.id, reader=reader)) if now else None
        fits = now == after and after["status"] == "open" and not (booked and not step.before)
        (back if fits else stays).append(step)
    return back, stays


def undo(actor: Actor, run_id: str, *, now: datetime) -> Run:
    """Take an import of events back (`imports.undo`): classes it made are cancelled."""
    require(actor, "import_data")
    with store.engine().reading() as reader:
        steps = history.steps(reader, run_id)
    locks = sorted({f"class {step.id}" for step in steps})
    with store.transaction(by=actor, lock=(schedule.LOCK, *locks)) as write:
        run = history.one(write, run_id)
        if run.undone_at:
            return run
        back, _stays = sorted_out(write, steps)
        restored = sum(_went_back(write, actor, step, now) for step in back)
        history.note_undone(
            write, actor, run_id, restored=restored, kept=len(steps) - restored, now=now
        )
        return history.one(write, run_id)


def _went_back(write: Writer, actor: Actor, step: Step, now: datetime) -> bool:
    """True when a class is what it was again; what the schedule refuses stays as it is."""
    try:
        if step.before is None:
            schedule.cancel_one(write, actor, class_id=step.id, now=now)
        else:
            version = schedule.get(step.id, reader=write).version
            form = _form(step.before)
            schedule.change_one(write, actor, class_id=step.id, version=version, form=form, now=now)
    except Refused:
        return False
    return True
