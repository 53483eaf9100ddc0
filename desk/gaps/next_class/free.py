"""When a venue could hold a class: it is open, no holiday, and a room is free.

Hours nobody knows are taken as Monday to Friday, 9:00–17:00, and marked: somebody has to ask.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from desk import occupancy, times
from desk.gaps.supply import assumed
from desk.opening import Hours, holiday

AHEAD = range(14, 70)  # days from today: time to tell people, and not beyond what is planned


@dataclass(frozen=True)
class Slot:
    """A time of the week: Monday is 0."""

    weekday: int
    clock: time


@dataclass(frozen=True)
class Room:
    """A room of a venue and its places."""

    id: str
    seats: int


@dataclass(frozen=True)
class Opening:
    """The next day on which a class could be held at a time of the week, and the room."""

    day: date
    room: Room


CLOCKS = (time(10), time(13, 30), time(15, 30), time(18))
SLOTS = tuple(Slot(weekday, clock) for weekday in range(7) for clock in CLOCKS)


def slot_of(moment: datetime) -> int:
    """The number of the slot nearest to a moment, of its weekday in Tokyo."""
    local = times.local(moment)
    minutes = local.hour * 60 + local.minute
    away = [abs(clock.hour * 60 + clock.minute - minutes) for clock in CLOCKS]
    return local.weekday() * len(CLOCKS) + away.index(min(away))


def openings(
    hours: Hours,
    rooms: Iterable[Room],
    busy: Mapping[str, Container[str]],
    *,
    minutes: int,
    seats: int,
    today: date,
) -> dict[int, Opening]:
    """For each slot (its number in `SLOTS`) in which a class of so many minutes could be held
    within `AHEAD`, the soonest day and a room.

    Args:
        busy: the steps (`occupancy.steps`) in which each room is in use.
        seats: how many the class should have: the smallest room that holds them, or the largest.
    """
    known = assumed(hours)
    fit = _by_fit(rooms, seats)
    found: dict[int, Opening] = {}
    for ahead in AHEAD:
        day = today + timedelta(days=ahead)
        if known.closed_on(day) is not None or holiday(day):
            continue
        for number, slot in enumerate(SLOTS):
            if slot.weekday != day.weekday() or number in found:
                continue
            start = times.at(day, slot.clock)
            end = start + timedelta(minutes=minutes)
            span = known.span(day)
            if span is None or start < span[0] or end > span[1]:
                continue
            steps = occupancy.steps(start, end)
            for room in fit:
                taken = busy.get(room.id, ())
                if not any(step in taken for step in steps):
                    found[number] = Opening(day, room)
                    break
    return found


def _by_fit(rooms: Iterable[Room], seats: int) -> Sequence[Room]:
    """Rooms that hold so many, the smallest first; then the others, the largest first."""
    return sorted(
        rooms,
        key=lambda one: (
            one.seats < seats,
            one.seats if one.seats >= seats else -one.seats,
            one.id,
        ),
    )
