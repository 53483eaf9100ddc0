"""The ruler: one whole number for how far a timetable is from what people would like.

Greedy, model and bench are measured by this one function; nothing here is a hard rule.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from desk.timetable.problem import DAY, Meeting, Problem, Wish


@dataclass(frozen=True)
class Weights:
    """Points of each soft term.

    `same_week`: a course's second and each further class at a venue within a week. `same_day`: a
    venue's second and each further class on a day. `load`: a teacher's first, second, and third
    and each further class above the fair load. `moved`: a class with another start or room than
    in the previous plan. `changed`: a teacher of the previous plan who no longer teaches a class.
    """

    same_week: int = 10
    same_day: int = 5
    load: tuple[int, int, int] = (1, 2, 3)
    moved: int = 20
    changed: int = 4


WEIGHTS = Weights()


def fair_load(problem: Problem) -> int:
    """Classes for each teacher who has any time, were all shared out evenly; rounded up."""
    able = sum(1 for teacher in problem.teachers if teacher.free)
    total = sum(problem.need(wish) for wish in problem.wishes)
    return -(-total // able) if able else 0


def overload(load: int, fair: int) -> int:
    """Points for a teacher with `load` classes where `fair` is the fair load."""
    over = max(0, load - fair)
    first, second, further = WEIGHTS.load
    return sum((0, first, second)[: over + 1]) + max(0, over - 2) * further


def most_teachers(problem: Problem, wish: Wish) -> int:
    """More teachers than this a plan gives to no class: as many as it needs or had before."""
    plans = (problem.before, problem.fixed)
    had = (len(plan[wish.id].teacher_ids) for plan in plans if wish.id in plan)
    return max(problem.need(wish), *had, 0)


def unplaced_weight(problem: Problem) -> int:
    """Points of a wish without a place: more than all other terms together can ever be."""
    return 1 + sum(
        WEIGHTS.same_week
        + WEIGHTS.same_day
        + WEIGHTS.load[-1] * most_teachers(problem, wish)
        + (_most_moved(problem, wish.id) if wish.id in problem.before else 0)
        for wish in problem.wishes
    )


def least_unplaced(problem: Problem, points: int) -> int:
    """How many wishes have no place in any timetable, when none has fewer than these points."""
    return points // unplaced_weight(problem)


def _most_moved(problem: Problem, wish_id: str) -> int:
    return WEIGHTS.moved + WEIGHTS.changed * len(problem.before[wish_id].teacher_ids)


def moved(problem: Problem, meeting: Meeting) -> int:
    """Points for how far a meeting is from the previous plan; 0 for a class that is new."""
    old = problem.before.get(meeting.wish_id)
    if old is None:
        return 0
    gone = len(set(old.teacher_ids) - set(meeting.teacher_ids))
    elsewhere = (old.starts, old.room_id) != (meeting.starts, meeting.room_id)
    return WEIGHTS.moved * elsewhere + WEIGHTS.changed * gone


def parts(problem: Problem, meetings: Iterable[Meeting]) -> dict[str, int]:
    """The points by soft term: unplaced, same_week, same_day, load, moved."""
    plan = list(meetings)
    weeks: Counter[tuple[str, str, int]] = Counter()
    days: Counter[tuple[str, int]] = Counter()
    loads: Counter[str] = Counter()
    for meeting in plan:
        wish = problem.wish[meeting.wish_id]
        weeks[wish.venue_id, wish.course_id, problem.week(meeting.starts)] += 1
        days[wish.venue_id, meeting.starts // DAY] += 1
        loads.update(meeting.teacher_ids)
    fair = fair_load(problem)
    placed = {meeting.wish_id for meeting in plan}
    return {
        "unplaced": unplaced_weight(problem) * len(set(problem.wish) - placed),
        "same_week": WEIGHTS.same_week * sum(count - 1 for count in weeks.values()),
        "same_day": WEIGHTS.same_day * sum(count - 1 for count in days.values()),
        "load": sum(overload(loads[teacher.id], fair) for teacher in problem.teachers),
        "moved": sum(moved(problem, meeting) for meeting in plan),
    }


def penalty(problem: Problem, meetings: Iterable[Meeting]) -> int:
    """The points of a timetable, 0 the best.

    Raises:
        KeyError: for a meeting of a wish the problem does not have.
    """
    return sum(parts(problem, meetings).values())
