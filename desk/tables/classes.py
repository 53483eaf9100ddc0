"""Classes as a table (講座の表): out as CSV, and in again, all or nothing.

What a row means is in `desk.tables.class_rows`. Rows that are not there delete nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from desk import mode, occupancy, rules, schedule, store, times
from desk.exports import let_out
from desk.files import Cells
from desk.people import Actor, require
from desk.refusals import Refused
from desk.store.engine import Writer
from desk.tables import plan, sheet
from desk.tables.class_rows import (
    CANCELLED,
    COLUMNS,
    DRAFT,
    NEEDED,
    City,
    ClassRow,
    between,
    read_all,
    to_tell,
    written,
)
from desk.tables.class_rows import changes as changes_of
from desk.tables.plan import CHANGED, NEW, REFUSED, SAME, Change, ImportPlan, Line, Progress
from desk.tables.sheet import SAMPLE, Export

LOSING = "席をなくす人"


def classes_csv(
    actor: Actor, first: date, last: date, encoding: str = "utf-8-sig", *, now: datetime
) -> Export:
    """Every class that starts from the day `first` to `last`, as `import_classes` reads it.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "schedule")
    let_out(actor, "tables.classes_csv", now=now, first=first.isoformat(), last=last.isoformat())
    return _written(first, last, encoding, now)


def classes_lost(actor: Actor, first: date, last: date, encoding: str, *, now: datetime) -> int:
    """How many characters `classes_csv` would lose: those the encoding does not have."""
    require(actor, "schedule")
    return _written(first, last, encoding, now).replaced


def _written(first: date, last: date, encoding: str, now: datetime) -> Export:
    with store.engine().reading() as reader:
        city = City(reader)
        found = between(reader, first, last)
        trial = mode.is_trial(reader)
    header = [name for name in COLUMNS if trial or name != SAMPLE]
    rows = [[written(city, one, encoding).get(column, "") for column in header] for one in found]
    day = times.show_day_long(times.today(now), "ja")
    comments = sheet.heading("講座の一覧", day, trial=trial)
    return sheet.write(header, rows, encoding=encoding, comments=comments)


def plan_classes(
    actor: Actor, content: bytes, now: datetime, progress: Progress | None = None
) -> ImportPlan:
    """What `import_classes` would do with a file, row by row, without doing it.

    Everybody else who would change the schedule waits meanwhile (a few seconds for 1,000 rows).

    Raises:
        Refused: what `sheet.read` raises.
    """
    require(actor, "schedule")
    lock, work = _prepared(actor, content, now, progress)
    return plan.rehearse(actor, lock, work)


def import_classes(
    actor: Actor,
    content: bytes,
    now: datetime,
    *,
    seen: str | None = None,
    progress: Progress | None = None,
) -> ImportPlan:
    """Put the classes of a file on the schedule and change those that are there: all or nothing.

    Classes that are over stay as they are. A reason matters only where a rule asks for one.
    `seen` is the `ImportPlan.seen` a person agreed to.

    Raises:
        Refused: what `sheet.read` and `plan.carry_out` raise.
    """
    require(actor, "schedule")
    lock, work = _prepared(actor, content, now, progress)
    return plan.carry_out(actor, "tables.import_classes", lock, work, seen)


def _prepared(
    actor: Actor, content: bytes, now: datetime, progress: Progress | None
) -> tuple[tuple[str, ...], Callable[[Writer], list[Line]]]:
    """The locks an import takes, the schedule's first, and the work itself."""
    return work_of(actor, sheet.read(content, columns=COLUMNS, needed=NEEDED), now, progress)


def work_of(
    actor: Actor,
    rows: list[tuple[int, Cells]],
    now: datetime,
    progress: Progress | None = None,
) -> tuple[tuple[str, ...], Callable[[Writer], list[Line]]]:
    """The locks that rows of a table of classes take, the schedule's first, and the work itself,
    which changes nothing for a row it refuses but what the class keeps in use.
    """
    require(actor, "schedule")
    with store.engine().reading() as reader:
        city = City(reader)
        ids = {
            row.id
            for row in read_all(reader, city, rows)
            if isinstance(row, ClassRow) and row.found and changes_of(city, row)
        }
    locks = tuple(sorted(f"class {id}" for id in ids))

    def work(write: Writer) -> list[Line]:
        return _work(write, actor, rows, ids, now, progress or (lambda _done, _all: None))

    return (schedule.LOCK, *locks), work


def _work(
    write: Writer,
    actor: Actor,
    rows: list[tuple[int, Cells]],
    locked: set[str],
    now: datetime,
    progress: Progress,
) -> list[Line]:
    city = City(write)
    read = read_all(write, city, rows)
    # Classes that trade places: what the file moves makes room before anything moves in.
    for row in read:
        if isinstance(row, ClassRow) and row.found and row.id in locked and _movable(row, now):
            occupancy.vacate(write, row.id)
    lines = []
    for done, row in enumerate(read, 1):
        lines.append(
            _do(write, actor, city, row, locked, now) if isinstance(row, ClassRow) else row
        )
        progress(done, len(read))
    return lines


def _movable(row: ClassRow, now: datetime) -> bool:
    return bool(row.found and row.found.status == "open" and row.found.ends_at > now)


def _do(
    write: Writer, actor: Actor, city: City, row: ClassRow, locked: set[str], now: datetime
) -> Line:
    """Bring one class to what its row says."""
    changes = changes_of(city, row)
    if row.found and (losing := schedule.who_loses(write, row.found, row.form.seats).people):
        # Whoever agrees to the plan was told of them.
        changes += (Change(LOSING, "", "、".join(losing.values())),)
        row = replace(row, form=replace(row.form, losing=tuple(losing)))
    columns = [one.column for one in changes]
    try:
        if row.found is None:
            _put_on(write, actor, row, now)
            return Line(row.line, row.name, NEW)
        if not changes:
            return Line(row.line, row.name, SAME)
        if row.id not in locked:
            raise Refused("changed_meanwhile")
        _change(write, actor, row, columns, now)
    except Refused as refusal:
        return Line(row.line, row.name, REFUSED, changes, refusal)
    return Line(row.line, row.name, CHANGED, changes, to_tell=to_tell(row, columns))


def _put_on(write: Writer, actor: Actor, row: ClassRow, now: datetime) -> None:
    if row.state == CANCELLED:
        raise Refused("row_nothing_to_cancel")
    schedule.put_on(write, actor, id=row.id, form=row.form, now=now)


def _change(write: Writer, actor: Actor, row: ClassRow, columns: list[str], now: datetime) -> None:
    found = schedule.not_over(write, row.id, now)
    if row.state == CANCELLED:
        if columns != ["状態"]:
            raise Refused("row_cancel_alone")
        schedule.cancel_one(write, actor, class_id=row.id, now=now)
        return
    if row.state == DRAFT and not found.draft:
        raise Refused("row_draft_again")
    rules.check(row.form, now)
    schedule.change_one(
        write, actor, class_id=row.id, version=found.version, form=row.form, now=now
    )
