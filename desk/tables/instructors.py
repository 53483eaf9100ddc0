"""Instructors as a table (講師の表): out as CSV, and in again, all or nothing.

A row is the person of its ID, else of its name (spaces and full width make no difference), else
somebody new whose id follows from the name.
Rows that are not there retire nobody, columns that are not there change nothing.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from desk import forms, ids, instructors, mode, schedule, store, times
from desk.exports import let_out
from desk.files import Cells, shown
from desk.instructors import Instructor, InstructorForm
from desk.people import Actor, require
from desk.places import loose
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Writer
from desk.tables import cells, plan, sheet
from desk.tables.names import Names
from desk.tables.plan import CHANGED, NEW, REFUSED, SAME, Change, ImportPlan, Line, Progress
from desk.tables.sheet import SAMPLE, Export

ROLES = {
    "lecturer": "講師",
    "assistant": "アシスタント",
    "promoter": "デジタル推進委員",
    "caller": "よびかけ員",
}
_ROLES = {name: code for code, name in ROLES.items()} | {"推進委員": "promoter"}
COLUMNS = {
    "ID": ("id", "Id", "講師ID"),
    "名前": ("氏名", "講師", "講師名"),
    "役割": ("役",),
    "研修日": ("研修", "受講日", "研修修了日"),
    "期限": ("有効期限", "研修期限"),
    "担当講座": ("講座", "担当"),
    "時間": ("時間帯", "曜日と時間"),
    SAMPLE: (),
}
NEEDED = {"名前"}
_LOOKED_UP = frozenset({"ID", "担当講座"})


@dataclass(frozen=True)
class _Row:
    """A row that was read: the person it means, and that person as they are now."""

    line: int
    name: str
    id: str
    form: InstructorForm
    found: Instructor | None


def instructors_csv(actor: Actor, encoding: str = "utf-8-sig", *, now: datetime) -> Export:
    """Everybody who teaches or helps, as `import_instructors` reads it.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "schedule")
    let_out(actor, "tables.instructors_csv", now=now)
    return _written(encoding, now)


def instructors_lost(actor: Actor, encoding: str, *, now: datetime) -> int:
    """How many characters `instructors_csv` would lose: those the encoding does not have."""
    require(actor, "schedule")
    return _written(encoding, now).replaced


def _written(encoding: str, now: datetime) -> Export:
    with store.engine().reading() as reader:
        courses = _courses(reader)
        found = instructors.everybody(reader=reader)
        trial = mode.is_trial(reader)
    header = [name for name in COLUMNS if trial or name != SAMPLE]
    rows = [
        {
            "ID": one.id,
            **_cells(courses, _form_of(one), encoding),
            SAMPLE: SAMPLE if one.trial else "",
        }
        for one in found
    ]
    return sheet.write(
        header,
        [[row[column] for column in header] for row in rows],
        encoding=encoding,
        comments=sheet.heading(
            "講師の一覧", times.show_day_long(times.today(now), "ja"), trial=trial
        ),
    )


def plan_instructors(
    actor: Actor, content: bytes, now: datetime, progress: Progress | None = None
) -> ImportPlan:
    """What `import_instructors` would do with a file, row by row, without doing it.

    Raises:
        Refused: what `sheet.read` raises.
    """
    require(actor, "schedule")
    return plan.rehearse(actor, (schedule.LOCK,), _prepared(content, now, progress))


def import_instructors(
    actor: Actor,
    content: bytes,
    now: datetime,
    *,
    seen: str | None = None,
    progress: Progress | None = None,
) -> ImportPlan:
    """Register the people of a file and change those who are known: all or nothing.

    Whoever was taken off the list and stands in the file is back on it. Accounts stay.
    `seen` is the `ImportPlan.seen` a person agreed to.

    Raises:
        Refused: what `sheet.read` and `plan.carry_out` raise.
    """
    require(actor, "schedule")
    return plan.carry_out(
        actor,
        "tables.import_instructors",
        (schedule.LOCK,),
        _prepared(content, now, progress),
        seen,
    )


def _prepared(
    content: bytes, now: datetime, progress: Progress | None
) -> Callable[[Writer], list[Line]]:
    rows = sheet.read(content, columns=COLUMNS, needed=NEEDED)

    def work(write: Writer) -> list[Line]:
        return _work(write, rows, now, progress or (lambda _done, _all: None))

    return work


def _work(
    write: Writer, rows: list[tuple[int, Cells]], now: datetime, progress: Progress
) -> list[Line]:
    courses = _courses(write)
    everybody = instructors.everybody(reader=write)
    by_id = {one.id: one for one in everybody}
    by_name = _by_name(everybody)
    sample = mode.is_trial(write)
    taken: dict[str, int] = {}
    lines = []
    for done, (line, raw) in enumerate(rows, 1):
        name = plan.named(raw, ("名前",))
        try:
            plan.check_cells(raw, _LOOKED_UP)
            if raw.get(SAMPLE) and not sample:
                raise Refused("row_sample")
            row = _read(courses, by_id, by_name, line, raw)
            if row.id in taken:
                raise Refused("row_twice", line=taken[row.id])
            taken[row.id] = line
            lines.append(_do(write, courses, row, now))
        except ValueError as error:
            refusal = Refused("cell_wrong", reason=str(error))
            lines.append(Line(line, name, REFUSED, refusal=refusal))
        except Refused as refusal:
            lines.append(Line(line, name, REFUSED, refusal=refusal))
        progress(done, len(rows))
    return lines


def _do(write: Writer, courses: Names, row: _Row, now: datetime) -> Line:
    changes: tuple[Change, ...] = ()
    if row.found:
        before, after = _cells(courses, _form_of(row.found)), _cells(courses, row.form)
        changes = tuple(
            Change(column, before[column], after[column])
            for column in before
            if before[column] != after[column]
        )
        if not changes:
            return Line(row.line, row.name, SAME)
    instructors.save_one(write, id=row.id, form=row.form, now=now)
    return Line(row.line, row.name, CHANGED if row.found else NEW, changes)


def _courses(reader: Reader) -> Names:
    return Names(reader.rows("SELECT id, title AS name, active FROM course"), listed=True)


def _form_of(one: Instructor) -> InstructorForm:
    return InstructorForm(
        name=one.name,
        role=one.role,
        trained_on=one.trained_on,
        expires_on=one.expires_on,
        skills=one.skills,
        hours=instructors.write_hours(one.hours),
        person_id=one.person_id,
    )


def _cells(courses: Names, form: InstructorForm, encoding: str = "utf-8-sig") -> Cells:
    """What is known of somebody, the same text for the same facts however lists are ordered."""
    return {
        "名前": form.name,
        "役割": ROLES[form.role],
        "研修日": form.trained_on.isoformat() if form.trained_on else "",
        "期限": form.expires_on.isoformat() if form.expires_on else "",
        "担当講座": "、".join(courses.write(id, encoding) for id in sorted(set(form.skills))),
        "時間": "、".join(form.hours.splitlines()),
    }


def _read(
    courses: Names,
    by_id: dict[str, Instructor],
    by_name: dict[str, Instructor],
    line: int,
    raw: Cells,
) -> _Row:
    name = forms.text(raw["名前"], label=N_("Instructor"), field="名前", most=40, needed=True)
    id = cells.of(raw, "ID", cells.id_of)
    if not id:
        known = by_name.get(name) or by_name.get(loose(name))
        id, name = (known.id, known.name) if known else (_id_of(name), name)
    if id not in by_id and not ids.is_uuid(id):
        forms.no_number(id, field="ID")
    found = by_id.get(id)
    form = _form_of(found) if found else InstructorForm(name)
    # A CP932 file may hold 〓 for a character of the name: that is no other name.
    form = replace(form, name=sheet.restored(name, form.name))
    if raw.get("役割"):
        form = replace(form, role=cells.of(raw, "役割", _role))
    if "研修日" in raw:
        form = replace(form, trained_on=cells.of(raw, "研修日", _day))
    if "期限" in raw:
        form = replace(form, expires_on=cells.of(raw, "期限", _day))
    if "担当講座" in raw:
        form = replace(form, skills=cells.of(raw, "担当講座", lambda cell: _skills(courses, cell)))
    if "時間" in raw:
        form = replace(form, hours=cells.of(raw, "時間", cells.hours))
    return _Row(line, name, id, form, found)


def _by_name(everybody: list[Instructor]) -> dict[str, Instructor]:
    """People by their names, and by what is left of those that nobody else's is alike to."""
    alike = Counter(loose(one.name) for one in everybody)
    return {loose(one.name): one for one in everybody if alike[loose(one.name)] == 1} | {
        one.name: one for one in everybody
    }


def _id_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"instructor {loose(name)}"))


def _role(cell: str) -> str:
    if cell not in _ROLES:
        raise ValueError(f"が次のどれでもありません（{'、'.join(ROLES.values())}）{shown(cell)}")
    return _ROLES[cell]


def _day(cell: str) -> date | None:
    return cells.day(cell) if cell else None


def _skills(courses: Names, cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(courses.find(one) for one in cells.parts(cell)))
