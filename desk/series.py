"""Series (連続講座): several meetings planned at once, each of them a class of its own.

Every meeting is checked, and all are put on the schedule or none. A change goes to one meeting
(`schedule.change`) or to it and those that follow (`change_from`); the past is never touched.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from desk import mode, occupancy, rules, schedule, store, times
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import Refused
from desk.rules import ClassForm
from desk.schedule import LOCK
from desk.store.engine import Reader

MOST = 30


@dataclass(frozen=True)
class Preview:
    """What would become of one meeting: `problem` forbids it, `concerns` need a reason."""

    day: date
    problem: Refused | None
    concerns: tuple[Refused, ...]


def weekly(first: date, count: int, *, without: Collection[date] = ()) -> tuple[date, ...]:
    """So many days a week apart from the first on; a day left out is not made up for.

    Raises:
        Refused: `series_days` for less than one or more than 30.
    """
    if not 1 <= count <= MOST:
        raise Refused("series_days", field="days", most=MOST)
    days = (first + timedelta(weeks=n) for n in range(count))
    return tuple(day for day in days if day not in without)


def preview(form: ClassForm, days: tuple[date, ...], *, now: datetime) -> list[Preview]:
    """What each meeting would meet with, without writing anything.

    Raises:
        Refused: `course_unknown`, `venue_unknown`, `room_elsewhere`, `instructor_unknown`, or
            `series_days`: what no choice of days could mend.
    """
    _check_days(days)
    with store.engine().reading() as reader:
        rules.check_references(reader, form)
        return [_look(reader, replace(form, day=day), now) for day in sorted(set(days))]


def _look(reader: Reader, form: ClassForm, now: datetime) -> Preview:
    problem: Refused | None = None
    try:
        rules.check(form, now)
        occupancy.uses(
            reader,
            class_id="",
            venue_id=form.venue_id,
            room_id=form.room_id,
            instructor_ids=form.instructor_ids,
            wanted=form.equipment,
            starts_at=form.starts_at,
            ends_at=form.ends_at,
        )
    except Refused as refusal:
        problem = refusal
    return Preview(form.day, problem, tuple(rules.concerns(reader, form)))


def _check_days(days: tuple[date, ...]) -> None:
    if not 1 <= len(set(days)) <= MOST:
        raise Refused("series_days", field="days", most=MOST)


def create(
    actor: Actor, *, id: str, form: ClassForm, days: tuple[date, ...], now: datetime
) -> list[ClassView]:
    """Put a series on the schedule, all meetings or none; the same `id` twice is one series.

    Raises:
        Refused: `series_days`, or what `schedule.put_on` raises for any of the meetings.
    """
    require(actor, "schedule")
    _check_days(days)
    with store.transaction(by=actor, lock=LOCK) as write:
        fresh = write.run(
            "INSERT INTO series (id, made_at, made_by, trial) "
            "VALUES (:id, :at, :by, :trial) ON CONFLICT (id) DO NOTHING",
            id=id,
            at=times.stamp(now),
            by=actor.id,
            trial=mode.flag(write),
        )
        for day in sorted(set(days)) if fresh else ():
            schedule.put_on(
                write,
                actor,
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{id} {day}")),
                form=replace(form, day=day),
                now=now,
                series_id=id,
            )
        return schedule.of_series(id, reader=write)


def from_here(class_id: str, *, now: datetime) -> list[ClassView]:
    """A meeting and those of its series after it, as far as they are to come."""
    chosen = schedule.get(class_id)
    return [
        one
        for one in (schedule.of_series(chosen.series_id) if chosen.series_id else [chosen])
        if one.starts_at >= chosen.starts_at and one.status == "open" and one.ends_at > now
    ]


def change_from(
    actor: Actor, *, class_id: str, version: int, form: ClassForm, now: datetime
) -> list[ClassView]:
    """Change a meeting and those after it that are still to come, all or none.

    The others keep their own days, shifted as this one is; what was cancelled stays so.

    Raises:
        Refused: what `schedule.change` raises, for any of them.
    """
    require(actor, "schedule")
    rules.check(form, now)
    chosen, following = schedule.get(class_id), from_here(class_id, now=now)
    shift = form.day - times.today(chosen.starts_at)
    # Later days first when they move on, so that no meeting runs into the next one's old place.
    order = sorted(following, key=lambda one: one.starts_at, reverse=shift > timedelta(0))
    names = sorted(f"class {one.id}" for one in following)
    with store.transaction(by=actor, lock=(LOCK, *names)) as write:
        schedule.not_over(write, class_id, now)
        for one in order:
            schedule.change_one(
                write,
                actor,
                class_id=one.id,
                version=version if one.id == class_id else one.version,
                form=replace(form, day=times.today(one.starts_at) + shift),
                now=now,
            )
        return [schedule.get(one.id, reader=write) for one in following]
