"""What a timetable says of each of the model's variables, so that a search can begin from it."""

from collections.abc import Callable, Collection, Mapping

from desk.timetable.problem import DAY, Meeting

Plan = Mapping[str, Meeting]  # by wish
Hint = Callable[[Plan], int]


def equal(wish_id: str, fact: Callable[[Meeting], object], value: object) -> Hint:
    """1 where the wish is placed and that fact of its meeting is `value`."""
    return lambda plan: wish_id in plan and fact(plan[wish_id]) == value


def taught(wish_id: str, teacher_id: str) -> Hint:
    """1 where the teacher gives the wish's class."""
    return lambda plan: wish_id in plan and teacher_id in plan[wish_id].teacher_ids


def missing(wish_id: str) -> Hint:
    """1 where the wish has no place."""
    return lambda plan: wish_id not in plan


def both(one: Hint, other: Hint) -> Hint:
    """1 where both are."""
    return lambda plan: one(plan) and other(plan)


def same_day(one: str, other: str) -> Hint:
    """1 where two wishes are on the same day."""
    return lambda plan: (
        one in plan and other in plan and plan[one].starts // DAY == plan[other].starts // DAY
    )


def close(one: str, other: str, near: Mapping[int, Collection[int]]) -> Hint:
    """1 where the clock of `other` is among those `near` the clock of `one`."""
    return lambda plan: (
        one in plan
        and other in plan
        and plan[other].starts % DAY in near.get(plan[one].starts % DAY, ())
    )


def above(hints: Collection[Hint], already: int, step: int, last: bool) -> Hint:
    """Whether a count that begins at `already` reaches `step`; for the last step, by how much."""

    def value(plan: Plan) -> int:
        over = already + sum(hint(plan) for hint in hints) - step + 1
        return max(0, over) if last else int(over > 0)

    return value
