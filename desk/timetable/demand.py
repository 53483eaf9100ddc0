"""What a wish asks for, and where it could ever be put: the common ground of greedy and model."""

from collections.abc import Iterable
from dataclasses import dataclass

from desk.timetable.problem import DAY, Constraint, Problem, Span, Wish


@dataclass(frozen=True)
class Demand:
    """A wish in terms of resources.

    `starts`: the minutes it may begin at, by the calendar and the opening hours. `rooms`: the
    rooms that would do, None when it needs none. `need`: teachers. `lecturer`: whether a trained
    one must be among them. `devices`: tablets.
    """

    wish: Wish
    starts: tuple[int, ...]
    rooms: tuple[str, ...] | None
    need: int
    lecturer: bool
    devices: int


def demand(problem: Problem, wish: Wish, added: Iterable[Constraint] = ()) -> Demand:
    """What a wish asks for, less what is `added` for it.

    An added lecturer is also one teacher of those it needs; added teachers are all but the
    lecturer; added hours open its venue on every day of the month.
    """
    extra = set(added)
    hours = problem.open.get(wish.venue_id, ())
    starts = (
        day * DAY + clock
        for day in range(problem.days)
        for clock in sorted(set(problem.starts))
        if clock + wish.minutes <= DAY
    )
    need, lecturer = problem.need(wish), True
    if Constraint.TRAINED_LECTURER in extra:
        need, lecturer = need - 1, False
    if Constraint.TEACHERS in extra:
        need = int(lecturer)
    return Demand(
        wish,
        tuple(
            start
            for start in starts
            if Constraint.HOURS in extra or covers(hours, start, start + wish.minutes)
        ),
        None
        if Constraint.ROOM in extra
        else tuple(
            room.id
            for room in problem.rooms
            if room.venue_id == wish.venue_id and room.seats >= wish.learners
        ),
        need,
        lecturer,
        0 if Constraint.DEVICES in extra else wish.devices,
    )


def covers(spans: Iterable[Span], start: int, end: int) -> bool:
    """Whether the spans, those that touch taken as one, hold all of start–end."""
    for span in sorted(spans):
        if span.start > start:
            return False
        start = max(start, span.end)
        if start >= end:
            return True
    return False
