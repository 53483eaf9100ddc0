"""Taking a file in: look at it, accept it in one transaction, undo it.

What a row says is read by `desk.opendata.rows`, what it would change is found by
`desk.opendata.compare`; a row of events is a class (`desk.opendata.events`). Nothing is erased
that was there before an import: what a person takes away is only no longer in use.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desk import classes, forms, my_number, store
from desk.opendata import events, history, rows, shelf
from desk.opendata.compare import Unit, compare
from desk.opendata.history import Run, Sent, Step
from desk.opendata.report import Report
from desk.opendata.rows import Table
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Writer
from desk.tables.plan import Progress

LOCK = "facts"  # as `desk.facts.load`, which writes the same rows
MOST_SOURCE = 200  # characters
_TOLD = ("name", "address")  # what calendars and pages tell of a class's venue


@dataclass(frozen=True)
class Undoing:
    """What an undo would do: the names of what goes back, and of what stays as it is."""

    run: Run
    back: tuple[str, ...]
    stays: tuple[str, ...]


def look(
    actor: Actor,
    content: bytes,
    file_name: str,
    *,
    now: datetime,
    dataset: str | None = None,
    source: str = "",
    progress: Progress | None = None,
) -> Report:
    """What `accept` would do with a file, row by row, without doing it.

    Raises:
        Refused: what `rows.read` raises for a whole file.
    """
    require(actor, "import_data")
    with store.engine().reading() as reader:
        city = rows.City.read(reader)
        table = rows.read(content, file_name, city, dataset=dataset)
        if table.dataset != "event":
            return _looked(reader, table, city, source, now)
    return Report.of(table, events.rehearse(actor, table, now, progress).comparison)


def accept(
    actor: Actor,
    content: bytes,
    file_name: str,
    *,
    id: str,
    now: datetime,
    dataset: str,
    source: str,
    take_away: frozenset[str] = frozenset(),
    seen: str,
    progress: Progress | None = None,
) -> Run:
    """Take in every row that can be, all in one transaction; the same `id` twice is once.

    `seen` is the `Report.seen` a person agreed to, `take_away` the ids of what is gone and may go.

    Raises:
        Refused: `import_stale` when it would no longer do what was seen, `missing` without a
            source, `venue_used` or `event_booked` for what cannot be taken away, or what
            `rows.read` raises.
    """
    require(actor, "import_data")
    source = forms.text(source, label=N_("Source"), field="source", most=MOST_SOURCE, needed=True)
    with store.engine().reading() as reader:
        if done := history.find(reader, id):
            return done
        city = rows.City.read(reader)
    table = rows.read(content, file_name, city, dataset=dataset)
    sent = Sent(id, _name(file_name), source, now)
    if table.dataset == "event":
        return events.accept(actor, table, sent, take_away=take_away, seen=seen, progress=progress)
    with store.transaction(by=actor, lock=LOCK) as write:
        if done := history.find(write, id):
            return done
        report = _looked(write, table, city, source, now)
        if report.seen != seen:
            raise Refused("import_stale")
        steps = _take_in(write, report, take_away, now)
        history.note(
            write,
            actor,
            sent,
            dataset=table.dataset,
            table=shelf.TABLES[table.dataset],
            counts=report.counts | {"gone": len(take_away)},
            done=steps,
        )
        return history.one(write, id)


def _name(file_name: str) -> str:
    """The file's name as the list of imports shows it."""
    return "" if my_number.kind(file_name) else file_name[:120]


def _looked(reader: Reader, table: Table, city: rows.City, source: str, now: datetime) -> Report:
    found = compare(
        table.dataset,
        table.rows,
        shelf.kept(reader, table.dataset),
        source=source,
        code=city.code,
        used=shelf.used(reader, table.dataset, now),
        looks=shelf.looks(reader, table.dataset),
    )
    return Report.of(table, found)


def _take_in(write: Writer, report: Report, take_away: frozenset[str], now: datetime) -> list[Step]:
    """Write the report's rows; what was done, in its order."""
    dataset = report.table.dataset
    written = [one for one in report.taken if one.after != one.before]
    steps = [Step(one.id, one.before, one.after) for one in written]
    leaving = [gone for gone in report.gone if gone.id in take_away]
    if len(leaving) < len(take_away):
        raise Refused("import_stale")
    for gone in leaving:
        if gone.keeps:
            raise gone.keeps
    if leaving:
        kept = shelf.kept(write, dataset)
        steps += [
            Step(gone.id, kept[gone.id], {**kept[gone.id], "active": 0, "own": 1})
            for gone in leaving
        ]
    shelf.put(write, dataset, [step.after for step in steps if step.after])
    if dataset == "facility":
        _tell(write, ((step.before, step.after) for step in steps), now)
    return steps


def _tell(write: Writer, changes: Iterable[tuple[Unit | None, Unit | None]], now: datetime) -> None:
    """Calendars say of a class where it is: count one more change where that has other words."""
    renamed = [
        after["id"]
        for before, after in changes
        if before and after and any(before[key] != after[key] for key in _TOLD)
    ]
    classes.tell_anew(write, "venue_id", renamed, now)


def runs(actor: Actor) -> list[Run]:
    """Past imports, newest first."""
    require(actor, "import_data")
    with store.engine().reading() as reader:
        return history.every(reader)


def would_undo(actor: Actor, run_id: str) -> Undoing:
    """What `undo` would do now.

    Raises:
        Refused: `import_unknown`.
    """
    require(actor, "import_data")
    with store.engine().reading() as reader:
        run = history.one(reader, run_id)
        steps = history.steps(reader, run_id)
        if run.dataset == "event":
            back, stays = events.sorted_out(reader, steps)
        else:
            back, stays = _sorted_out(shelf.kept(reader, run.dataset), steps)
    return Undoing(run, _names(back), _names(stays))


def _names(steps: list[Step]) -> tuple[str, ...]:
    units = (step.after or step.before or {} for step in steps if step.matters)
    return tuple(str(unit.get("name", "")) for unit in units)


def undo(actor: Actor, run_id: str, *, now: datetime) -> Run:
    """Take an import back: each row as it was before, unless it changed since or is in use now.

    Imports can be undone in any order, and a second undo changes nothing. What residents and
    staff said of a Wi-Fi spot since stays.

    Raises:
        Refused: `import_unknown`.
    """
    require(actor, "import_data")
    with store.engine().reading() as reader:
        dataset = history.one(reader, run_id).dataset
    if dataset == "event":
        return events.undo(actor, run_id, now=now)
    with store.transaction(by=actor, lock=LOCK) as write:
        run = history.one(write, run_id)
        if run.undone_at:
            return run
        kept = shelf.kept(write, dataset)
        used = shelf.used(write, dataset, now)
        back, stays = _sorted_out(kept, history.steps(write, run_id))
        needed = [step for step in back if _disappears(step) and step.id in used]
        back = [step for step in back if not (_disappears(step) and step.id in used)]
        # A column that came with a later release is as it is now.
        shelf.put(write, dataset, [{**kept[s.id], **s.before} for s in back if s.before])
        shelf.erase(write, dataset, [step.id for step in back if step.before is None])
        if dataset == "facility":
            _tell(write, ((step.after, step.before) for step in back), now)
        shelf.read_again(write, dataset, run.made_at)
        history.note_undone(
            write,
            actor,
            run_id,
            restored=sum(step.matters for step in back),
            kept=sum(step.matters for step in (*stays, *needed)),
            now=now,
        )
        return history.one(write, run_id)


def _disappears(step: Step) -> bool:
    return step.before is None or not step.before["active"]


def _sorted_out(kept: dict[str, Unit], steps: list[Step]) -> tuple[list[Step], list[Step]]:
    """Which things are still what a run made of them, and which are not."""
    back: list[Step] = []
    stays: list[Step] = []
    for step in steps:
        now, after = kept.get(step.id), step.after or {}
        same = now is not None and all(now.get(key) == value for key, value in after.items())
        (back if same else stays).append(step)
    return back, stays
