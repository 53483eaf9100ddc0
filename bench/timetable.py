"""A month of 60 classes at 12 venues with 25 staff: valid when, how near the best, how stable.

violations: by the checker, over every plan proposed. seconds_valid: until the first plan with every
class that the checker passes. gap_percent: after 30 s, how far the plan can at most be from the
best. moved_percent: of the classes a teacher did not teach, how many change start or room when that
teacher drops out.
"""

import random
from dataclasses import replace
from datetime import date

from desk.timetable import Meeting, Plan, Problem, Progress, Room, Span, Teacher, Wish, model
from desk.timetable.checker import violations
from desk.timetable.penalty import parts
from desk.timetable.problem import DAY

SECONDS = 30.0
FIRST_DAY = date(2026, 11, 2)  # a Monday
HOLIDAYS = (1, 21)  # 文化の日, 勤労感謝の日, as days from the first
STARTS = (9 * 60 + 30, 10 * 60 + 30, 13 * 60 + 30, 14 * 60, 15 * 60 + 30)
APPLIED = ("bank", "health", "hazard")
BASIC = ("buttons", "camera", "message", "mynumber")


def run() -> dict[str, float]:
    """A first plan, then a second one without the teacher who gives the most classes."""
    problem, valid, broken = month(), [], 0

    def watch(progress: Progress) -> None:
        print(
            f"  {progress.seconds:5.1f} s  penalty {progress.penalty}, at least {progress.bound}, "
            f"without a place {progress.unplaced}"
        )
        if not progress.unplaced and not violations(problem, progress.meetings):
            valid.append(progress.seconds)

    plan = model.solve(problem, seconds=SECONDS, report=watch)
    broken += len(violations(problem, plan.meetings))
    _tell("first plan", problem, plan)
    loads = [one for meeting in plan.meetings for one in meeting.teacher_ids]
    gone = max(sorted(set(loads)), key=loads.count)
    teachers = tuple(replace(one, free=()) if one.id == gone else one for one in problem.teachers)
    later = replace(problem, teachers=teachers, previous=plan.meetings)
    again = model.solve(later, seconds=SECONDS)
    broken += len(violations(later, again.meetings))
    _tell(f"without {gone} ({loads.count(gone)} classes)", later, again)
    others = [one for one in plan.meetings if gone not in one.teacher_ids]
    now = {meeting.wish_id: meeting for meeting in again.meetings}
    moved = [one for one in others if _place(now.get(one.wish_id)) != _place(one)]
    changed = [
        one
        for one in others
        if one.wish_id in now and set(now[one.wish_id].teacher_ids) != set(one.teacher_ids)
    ]
    print(f"of {len(others)} other classes {len(moved)} moved, {len(changed)} changed a teacher")
    return {
        "violations": broken,
        "seconds_valid": valid[0] if valid else float("inf"),
        "gap_percent": plan.gap,
        "moved_percent": 100 * len(moved) / len(others),
    }


def _place(meeting: Meeting | None) -> tuple[int, str] | None:
    return (meeting.starts, meeting.room_id) if meeting else None


def _tell(name: str, problem: Problem, plan: Plan) -> None:
    points = {part: points for part, points in parts(problem, plan.meetings).items() if points}
    print(
        f"{name}: {len(plan.meetings)} of {len(problem.wishes)} placed, penalty {plan.penalty} "
        f"{points}, at least {plan.bound}, gap {plan.gap:.1f} %"
    )


def month(seed: int = 1) -> Problem:
    """A city's month: 12 venues in three quarters, 25 staff with half days of their own, 30
    tablets, four trained skills that few have.
    """
    dice = random.Random(seed)
    spots = {f"v{n}": (dice.uniform(0, 12), dice.uniform(0, 9)) for n in range(12)}
    rooms = [
        Room(f"{venue}-{n}", venue, dice.choice((12, 16, 20, 24)))
        for n_venue, venue in enumerate(spots)
        for n in range(2 if n_venue < 4 else 1)
    ]
    travel = {
        (a, b): 10 + round(3 * (abs(xa - xb) + abs(ya - yb)))
        for a, (xa, ya) in spots.items()
        for b, (xb, yb) in spots.items()
        if a != b
    }
    pads = {v: (0, 0) if n == 0 else (dice.choice((30, 45, 60)), 30) for n, v in enumerate(spots)}
    return Problem(
        first_day=FIRST_DAY,
        days=28,
        rooms=tuple(rooms),
        teachers=tuple(_teacher(dice, n) for n in range(25)),
        wishes=tuple(_wish(dice, n, rooms) for n in range(60)),
        open={venue: _hours(dice, n) for n, venue in enumerate(spots)},
        starts=STARTS,
        devices=30,
        device_pad=pads,
        travel=travel,
        taken={f"room:{room.id}": _lent(dice) for room in rooms},
    )


def _hours(dice: random.Random, n: int) -> tuple[Span, ...]:
    """Closed on Mondays or Sundays, on one more weekday, and on holidays; the halls of the villages
    open on two weekdays only, the last two of them in the afternoon.
    """
    if n >= 8:
        days = set(dice.sample(range(1, 6), 2))
    else:
        days = set(range(7)) - {0 if n % 3 else 6, dice.choice((1, 2, 3, 4))}
    first = 13 * 60 if n >= 10 else 9 * 60
    return tuple(
        Span(day * DAY + first, day * DAY + 17 * 60)
        for day in range(28)
        if day % 7 in days and day not in HOLIDAYS
    )


def _lent(dice: random.Random) -> tuple[Span, ...]:
    """Circles that already have the room: a fixed half day each week."""
    weekday, morning = dice.randrange(7), dice.random() < 0.5
    first, last = (9 * 60, 12 * 60) if morning else (13 * 60, 17 * 60)
    return tuple(
        Span(day * DAY + first, day * DAY + last) for day in range(28) if day % 7 == weekday
    )


def _wish(dice: random.Random, n: int, rooms: list[Room]) -> Wish:
    # The city hall asks for My Number twice a week; the centre's venues for more than the others.
    hall = n < 10
    venue = "v0" if hall else f"v{1 + n % 3 if n < 25 else 4 + n % 8}"
    most = max(room.seats for room in rooms if room.venue_id == venue)
    applied = not hall and dice.random() < 0.3
    course = "mynumber" if n < 8 else dice.choice(APPLIED if applied else BASIC)
    learners = min(most, dice.choice((6, 8, 8, 8, 10, 10, 12, 12, 15, 16)))
    devices = dice.choice((0, 2)) if applied else dice.choice((4, learners, learners))
    return Wish(
        f"c{n:02}", course, venue, 90 if applied else dice.choice((60, 90)), learners, devices
    )


def _teacher(dice: random.Random, n: int) -> Teacher:
    trained = n < 8
    halves = [(day, first) for day in range(6) for first in (9 * 60, 13 * 60)]
    mine = dice.sample(halves, dice.choice((2, 3, 4, 4, 5)))
    away = dice.choice((None, None, 0, 1, 2, 3))  # a week of holidays for every third or so
    free = tuple(
        Span(day * DAY + first, day * DAY + (12 * 60 if first < 12 * 60 else 17 * 60))
        for day in range(28)
        for weekday, first in mine
        if day % 7 == weekday and day // 7 != away
    )
    skills = {*BASIC, *dice.sample(APPLIED, dice.choice((1, 2) if trained else (0, 1, 1, 2)))}
    course_ids = None if trained and n % 3 == 0 else frozenset(skills)
    return Teacher(f"t{n:02}", trained, course_ids, free, dice.choice((2, 2, 3, 3)))
