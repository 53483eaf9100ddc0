"""Which classes a round of the search sets free, while all others stay as they are.

Few at a time, for a dozen classes are arranged at best within a second and sixty are not; chosen
together because one could make way for another.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from desk.timetable import penalty
from desk.timetable.problem import Meeting, Problem

MISSING = 3  # wishes without a place that each round tries as well


def free(
    problem: Problem, meetings: tuple[Meeting, ...], *, size: int, turn: int, dice: Random
) -> frozenset[str]:
    """The ids of about `size` wishes that are not locked.

    By turns: any; of one week; of one teacher above the fair load; of one course or venue.
    """
    ids = [wish.id for wish in problem.wishes if wish.id not in problem.fixed]
    at = {one.wish_id: one for one in meetings if one.wish_id not in problem.fixed}
    missing = [one for one in ids if one not in at]
    kinds: tuple[Callable[[], list[str]], ...] = (
        lambda: ids,
        lambda: _week(problem, at, dice),
        lambda: _teacher(problem, at, dice),
        lambda: _alike(problem, ids, missing, dice),
    )
    near = kinds[turn % len(kinds)]()
    chosen = set(dice.sample(near, min(size, len(near))))
    rest = [one for one in ids if one not in chosen]
    chosen |= set(dice.sample(rest, min(max(0, size - len(chosen)), len(rest))))
    return frozenset(chosen | set(dice.sample(missing, min(MISSING, len(missing)))))


def _week(problem: Problem, at: dict[str, Meeting], dice: Random) -> list[str]:
    if not at:
        return []
    week = dice.choice(sorted({problem.week(one.starts) for one in at.values()}))
    return [one for one, meeting in at.items() if problem.week(meeting.starts) == week]


def _teacher(problem: Problem, at: dict[str, Meeting], dice: Random) -> list[str]:
    loads = Counter(who for meeting in at.values() for who in meeting.teacher_ids)
    if not loads:
        return []
    fair = penalty.fair_load(problem)
    who = dice.choice(sorted(one for one in loads if loads[one] > fair) or sorted(loads))
    return [one for one, meeting in at.items() if who in meeting.teacher_ids]


def _alike(problem: Problem, ids: list[str], missing: list[str], dice: Random) -> list[str]:
    like = problem.wish[dice.choice(missing or ids)]
    return [
        one
        for one in ids
        if problem.wish[one].course_id == like.course_id
        or problem.wish[one].venue_id == like.venue_id
    ]
