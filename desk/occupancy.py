"""What is in use when: rooms, instructors and lent things, one row of `busy` a step of time.

The primary key of `busy` (resource and step) is what makes a clash impossible, on both engines,
under any concurrency. Whoever writes holds `schedule.LOCK`.
"""

from datetime import datetime, timedelta

from desk import equipment, times
from desk.refusals import Refused
from desk.store.engine import Reader, Writer

STEP = timedelta(minutes=5)
Use = tuple[str, datetime, datetime]


def steps(starts_at: datetime, ends_at: datetime) -> list[str]:
    """The stamps of every step of five minutes from start to before the end."""
    return [times.stamp(starts_at + n * STEP) for n in range(-((starts_at - ends_at) // STEP))]


def uses(
    reader: Reader,
    *,
    class_id: str,
    venue_id: str,
    room_id: str,
    instructor_ids: tuple[str, ...],
    wanted: tuple[tuple[str, int], ...],
    starts_at: datetime,
    ends_at: datetime,
) -> list[Use]:
    """What a class would use, and from when to when.

    Raises:
        Refused: `room_taken`, `instructor_taken`, `equipment_short` with the clash, or what
            `equipment.units_for` raises.
    """
    found = [
        (resource, starts_at, ends_at)
        for resource in (
            f"room:{room_id}",
            *sorted(f"instructor:{id}" for id in set(instructor_ids)),
        )
    ]
    for resource, first, end in found:
        _refuse_clash(reader, class_id, resource, first, end)
    units = equipment.units_for(
        reader,
        class_id=class_id,
        venue_id=venue_id,
        wanted=wanted,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    return found + units


def occupy(write: Writer, class_id: str, found: list[Use]) -> None:
    """Note what a class uses, in place of what it used before."""
    vacate(write, class_id)
    _exchange(write, class_id, found)
    _note(write, class_id, found)


def _note(write: Writer, class_id: str, found: list[Use]) -> None:
    write.run_many(
        "INSERT INTO busy (resource, step, class_id) VALUES (:resource, :step, :class_id)",
        [
            {"resource": resource, "step": step, "class_id": class_id}
            for resource, first, end in found
            for step in steps(first, end)
        ],
    )


def _exchange(write: Writer, class_id: str, found: list[Use]) -> None:
    """Give other classes other units where `equipment.deal` gave theirs to this one."""
    kinds: dict[str, list[Use]] = {}
    for use in found:
        kind, _, rest = use[0].partition(":")
        if kind == "unit":
            kinds.setdefault(rest.rpartition(":")[0], []).append(use)
    for equipment_id, units in kinds.items():
        _, first, end = units[0]
        free = equipment.free_units(write, equipment_id, first, end, class_id)
        if {resource for resource, _, _ in units} <= set(free):
            continue
        dealt = equipment.deal(write, equipment_id, first, end, len(units), class_id)
        others = {id: uses for id, uses in dealt.items() if id != class_id}
        for id in others:
            write.run(
                "DELETE FROM busy WHERE class_id = :id AND resource >= :low AND resource < :high",
                id=id,
                low=f"unit:{equipment_id}:",
                high=f"unit:{equipment_id};",
            )
        for id, uses in others.items():
            _note(write, id, uses)


def vacate(write: Writer, class_id: str) -> None:
    """Free everything a class uses."""
    write.run("DELETE FROM busy WHERE class_id = :id", id=class_id)


def _refuse_clash(
    reader: Reader, class_id: str, resource: str, first: datetime, end: datetime
) -> None:
    clash = reader.one(
        "SELECT k.title AS course, c.starts_at, v.name AS venue, r.name AS room FROM busy u "
        "JOIN class c ON c.id = u.class_id JOIN course k ON k.id = c.course_id "
        "JOIN venue v ON v.id = c.venue_id JOIN room r ON r.id = c.room_id "
        "WHERE u.resource = :resource AND u.step >= :first AND u.step < :end "
        "AND u.class_id <> :class_id ORDER BY u.step LIMIT 1",
        resource=resource,
        first=times.stamp(first),
        end=times.stamp(end),
        class_id=class_id,
    )
    if clash is None:
        return
    course, starts_at = clash["course"], times.moment(clash["starts_at"])
    kind, _, key = resource.partition(":")
    if kind == "room":
        room = f"{clash['venue']} {clash['room']}"
        raise Refused("room_taken", field="room", room=room, course=course, starts_at=starts_at)
    name = reader.rows("SELECT name FROM instructor WHERE id = :id", id=key)[0]["name"]
    raise Refused(
        "instructor_taken", field="instructors", instructor=name, course=course, starts_at=starts_at
    )
