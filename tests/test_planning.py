"""A month in the making: kept for its planner, alone, and whole when part of it was accepted."""

from dataclasses import replace

import pytest

from desk import planning
from desk.month import Wanted
from desk.people import Actor
from desk.planning import Making
from desk.timetable import greedy
from tests.conftest import COURSE, VENUE, person, refuses
from tests.test_month import DECEMBER, ELSEWHERE, asked, team

TWO = Wanted(COURSE, VENUE, 4, classes=2)
BIG = Wanted(COURSE, VENUE, 8, classes=2)


def ids(*numbers: int) -> list[str]:
    return [f"{COURSE} {VENUE} {n}" for n in numbers]


@pytest.mark.usefixtures("city")
def test_everybody_finds_their_own_month_again() -> None:
    staff, other = person("staff"), person("staff")
    planning.of(staff).wanted.append(TWO)
    assert planning.of(staff).wanted == [TWO]
    assert planning.of(other).wanted == []
    for role in ("volunteer", "planner"):
        with refuses("not_allowed"):
            planning.of(person(role))
    with refuses("sign_in_first"):
        planning.of(Actor("", "", "public"))


def test_what_is_left_of_the_wishes() -> None:
    lent = Wanted("use-3-e-tax", VENUE, 4, devices=2)
    assert planning.rest([TWO, lent, BIG], ids(1, 2, 3)) == (
        [lent, replace(BIG, classes=1)],
        {f"use-3-e-tax {VENUE} 1": f"use-3-e-tax {VENUE} 1", ids(4)[0]: ids(1)[0]},
    )
    assert planning.rest([TWO, TWO], ids(2)) == (
        [replace(TWO, classes=1), TWO],
        dict(zip(ids(1, 3, 4), ids(1, 2, 3), strict=True)),
    )
    assert planning.rest([TWO], ids(1, 2)) == ([], {})


@pytest.mark.usefixtures("city")
def test_after_part_was_accepted_the_rest_is_the_last_plan() -> None:
    team(4)
    making = Making([TWO, Wanted(COURSE, ELSEWHERE, 4), BIG])
    made = asked(*making.wanted)
    making.begin(made, DECEMBER, 1.0)
    assert making.search is not None
    plan = making.search.wait(30)
    assert plan is not None
    assert plan.meetings == greedy.arrange(made) or plan.unplaced == ()
    at = {one.wish_id: one for one in plan.meetings}
    making.accepted = set(ids(1, 3))
    kept = making.leave(ids(1, 4))
    assert making.wanted == [
        replace(TWO, classes=1),
        Wanted(COURSE, ELSEWHERE, 4),
        replace(BIG, classes=1),
    ]
    first, _, third = (wish.id for wish in asked(*making.wanted).wishes)
    assert [first, third] == ids(1, 2)
    [four], [two] = ids(4), ids(2)
    assert kept == (replace(at[four], wish_id=third),)
    assert replace(at[two], wish_id=first) in making.last
    assert len(making.last) == 3
    assert (making.search, making.accepted) == (None, set())
    assert making.last_of(DECEMBER) == making.last
    other = replace(DECEMBER, first=DECEMBER.first.replace(year=2027))
    assert making.last_of(other) == ()
    assert asked(*making.wanted, previous=making.last, locked=kept).locked == kept


@pytest.mark.usefixtures("city")
def test_a_new_search_ends_the_one_before() -> None:
    team(2)
    making = Making([TWO])
    making.begin(asked(TWO), DECEMBER, 60)
    before, id = making.search, making.id
    making.begin(asked(TWO, TWO), DECEMBER, 1)
    assert making.id != id
    assert before is not None
    assert before.wait(20) is not None
    assert making.search is not None
    assert making.search.wait(20) is not None
    assert not making.search.running
