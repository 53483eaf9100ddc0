"""The month builder: a checker written apart proves what it proposes, and it is near the best."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import chain, combinations, product
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from bench.timetable import month
from desk.timetable import (
    Block,
    Constraint,
    Meeting,
    Problem,
    Progress,
    Room,
    Span,
    Teacher,
    Wish,
    blocks,
    bound,
    greedy,
    model,
)
from desk.timetable.checker import Code, violations
from desk.timetable.demand import demand
from desk.timetable.formula import Formula
from desk.timetable.penalty import (
    WEIGHTS,
    fair_load,
    least_unplaced,
    overload,
    parts,
    penalty,
    unplaced_weight,
)
from desk.timetable.problem import DAY

FOLDER = Path(__file__).parent.parent / "desk" / "timetable"
MONDAY = date(2026, 11, 2)
TEN, NOON, ONE, FIVE = 600, 720, 780, 1020
DAYTIME = tuple(Span(day * DAY + 540, day * DAY + FIVE) for day in range(5))


def teacher(name: str, *, trained: bool = False, **changes: object) -> Teacher:
    return replace(Teacher(name, trained, None, DAYTIME, 5), **changes)


def wish(name: str, *, course: str = "basic", venue: str = "hall", **changes: int) -> Wish:
    return replace(Wish(name, course, venue, 90, 8, 0), **changes)


def city(**changes: object) -> Problem:
    """Two venues, a trained lecturer and two helpers, five weekdays, two wishes."""
    plain = Problem(
        first_day=MONDAY,
        days=5,
        rooms=(Room("hall-1", "hall", 10), Room("park-1", "park", 10)),
        teachers=(teacher("lead", trained=True), teacher("help"), teacher("aide")),
        wishes=(wish("a"), wish("b", venue="park")),
        open={"hall": DAYTIME, "park": DAYTIME},
        starts=(TEN, ONE),
        devices=10,
        device_pad={"park": (60, 30)},
        travel={("hall", "park"): 30, ("park", "hall"): 30},
    )
    return replace(plain, **changes)


A = Meeting("a", "hall-1", TEN, ("lead", "help"))
B = Meeting("b", "park-1", DAY + TEN, ("lead", "help"))


def codes(problem: Problem, *meetings: Meeting) -> set[Code]:
    return {one.code for one in violations(problem, meetings)}


def test_a_valid_plan_has_no_violation() -> None:
    assert violations(city(), [A, B]) == []


BASIC_ONLY = city().teachers[0], teacher("help", skills=frozenset({"other"})), teacher("aide")
LAPSING = (
    teacher("lead", trained=True, trained_in=Span(0, DAY)),
    teacher("late", trained=True, trained_in=Span(DAY, 2 * DAY)),
    teacher("help"),
)
BROKEN: dict[str, tuple[Code, Problem, list[Meeting]]] = {
    "a wish nobody had": (Code.WISH_UNKNOWN, city(), [replace(A, wish_id="z")]),
    "placed twice": (Code.WISH_TWICE, city(), [A, replace(A, starts=DAY + TEN)]),
    "a locked class moved": (Code.LOCKED, city(locked=(A,)), [replace(A, starts=ONE), B]),
    "a locked class gone": (Code.LOCKED, city(locked=(A,)), [B]),
    "not a start": (Code.START, city(), [replace(A, starts=TEN + 5)]),
    "after the month": (Code.START, city(days=1), [B]),
    "before opening": (Code.HOURS, city(open={"hall": (Span(TEN + 1, FIVE),)}), [A]),
    "past closing": (Code.HOURS, city(open={"hall": (Span(TEN, TEN + 89),)}), [A]),
    "over a break": (
        Code.HOURS,
        city(open={"hall": (Span(TEN, TEN + 30), Span(TEN + 31, FIVE))}),
        [A],
    ),
    "a room of another venue": (Code.ROOM, city(), [replace(A, room_id="park-1")]),
    "no such room": (Code.ROOM, city(), [replace(A, room_id="attic")]),
    "too many learners": (Code.SEATS, city(rooms=(Room("hall-1", "hall", 7),)), [A]),
    "a room lent": (Code.ROOM_TAKEN, city(taken={"room:hall-1": (Span(660, NOON),)}), [A]),
    "a room used twice": (
        Code.ROOM_TAKEN,
        city(wishes=(wish("a"), wish("b"))),
        [A, Meeting("b", "hall-1", TEN, ("aide",))],
    ),
    "a teacher nobody knows": (
        Code.TEACHER_UNKNOWN,
        city(),
        [replace(A, teacher_ids=("x", "lead"))],
    ),
    "no skill": (Code.TEACHER_SKILL, city(teachers=BASIC_ONLY), [A]),
    "not free": (
        Code.TEACHER_FREE,
        city(teachers=(teacher("lead", trained=True, free=(Span(ONE, FIVE),)), teacher("help"))),
        [A],
    ),
    "busy elsewhere": (Code.TEACHER_TAKEN, city(taken={"teacher:help": (Span(540, 601),)}), [A]),
    "a teacher in two places": (Code.TEACHER_TAKEN, city(), [A, replace(B, starts=TEN)]),
    "no time for the way": (
        Code.TEACHER_TRAVEL,
        city(starts=(TEN, TEN + 110)),
        [A, replace(B, starts=TEN + 110)],
    ),
    "no time for the way from a class outside": (
        Code.TEACHER_TRAVEL,
        city(taken={"teacher:help": (Span(500, TEN - 29, "park"),)}),
        [A],
    ),
    "no time for the way to a class outside": (
        Code.TEACHER_TRAVEL,
        city(taken={"teacher:help": (Span(719, 800, "park"),)}),
        [A],
    ),
    "too many in a week": (
        Code.TEACHER_WEEK,
        city(teachers=(teacher("lead", trained=True, per_week=1), teacher("help"))),
        [A, B],
    ),
    "too many with those outside": (
        Code.TEACHER_WEEK,
        city(
            teachers=(teacher("lead", trained=True, per_week=1), teacher("help")),
            taken={"teacher:lead": (Span(2 * DAY, 2 * DAY + 60),)},
        ),
        [A],
    ),
    "too few teachers": (Code.TEACHERS, city(), [replace(A, teacher_ids=("lead",))]),
    "one teacher counted twice": (
        Code.TEACHERS,
        city(),
        [replace(A, teacher_ids=("lead", "lead"))],
    ),
    "nobody trained": (Code.TRAINED_LECTURER, city(), [replace(A, teacher_ids=("help", "aide"))]),
    "not yet trained": (Code.TRAINED_LECTURER, city(teachers=LAPSING), [B]),
    "no longer trained": (
        Code.TRAINED_LECTURER,
        city(teachers=LAPSING),
        [Meeting("a", "hall-1", 2 * DAY + TEN, ("late", "help"))],
    ),
    "too few tablets": (Code.DEVICES, city(wishes=(wish("a", devices=11),)), [A]),
    "tablets outside": (
        Code.DEVICES,
        city(wishes=(wish("a", devices=6),), taken_devices=((Span(689, 800), 5),)),
        [A],
    ),
    "tablets on their way": (
        Code.DEVICES,
        city(wishes=(wish("a", devices=6), wish("b", venue="park", devices=6)), starts=(TEN, 735)),
        [A, Meeting("b", "park-1", 735, ("aide",))],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_rule_is_found_by_its_code(name: str) -> None:
    code, problem, meetings = BROKEN[name]
    assert code in codes(problem, *meetings)


def test_every_code_of_the_checker_is_broken_on_purpose_above() -> None:
    assert {code for code, _problem, _meetings in BROKEN.values()} == set(Code)


def test_what_just_fits_is_no_violation() -> None:
    """The other side of each edge: way, tablets on their way, two weeks, spans that touch."""
    exact = city(
        starts=(TEN, TEN + 120, 750),
        wishes=(wish("a", devices=6), wish("b", venue="park", devices=6)),
        taken_devices=((Span(690, 750), 4),),
        taken={"teacher:help": (Span(500, TEN),), "room:hall-1": (Span(690, 700),)},
        open={
            "hall": (Span(TEN, 650), Span(650, 690)),
            "park": (Span(TEN, FIVE),),
        },
    )
    outside = {
        "teacher:lead": (Span(500, 570, "park"), Span(720, 730, "park"), Span(750, 800, "hall"))
    }
    assert violations(city(taken=outside), [A]) == []
    assert violations(city(teachers=LAPSING), [A, replace(B, teacher_ids=("late", "help"))]) == []
    assert violations(exact, [A, Meeting("b", "park-1", 750, ("lead", "aide"))]) == []
    weeks = city(
        first_day=date(2026, 11, 1),  # a Sunday: the second day is another week
        teachers=(teacher("lead", trained=True, per_week=1), teacher("help", per_week=1)),
    )
    assert violations(weeks, [A, B]) == []


def test_the_checker_and_the_search_share_no_code() -> None:
    tree = ast.parse((FOLDER / "checker.py").read_text("utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {one for one in modules if one and one.startswith("desk")} == {"desk.timetable.problem"}


def test_only_the_model_loads_the_solver() -> None:
    loading = {
        path.name
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ortools")
    }
    assert loading == {"model.py", "bound.py"}
    lines = "import sys, desk.timetable.greedy, desk.timetable.blocks, desk.timetable.checker\n"
    lines += "sys.exit(any(name.startswith('ortools') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", lines], cwd=FOLDER.parents[1]).returncode == 0


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small cities where little fits: few people, half days, lent rooms, few tablets."""
    venues = ("hall", "park")
    halves = [
        Span(d * DAY + a, d * DAY + b) for d in range(3) for a, b in ((540, NOON), (ONE, FIVE))
    ]
    spans = st.lists(st.sampled_from(halves), max_size=6, unique=True).map(tuple)
    most = st.lists(st.sampled_from(halves), min_size=3, max_size=6, unique=True).map(tuple)
    rooms = tuple(
        Room(f"{venue}-{n}", venue, draw(st.sampled_from((6, 10))))
        for venue in venues
        for n in range(draw(st.integers(1, 2)))
    )
    teachers = tuple(
        Teacher(
            f"t{n}",
            draw(st.booleans()),
            draw(st.sampled_from((None, None, frozenset({"basic"}), frozenset({"bank"})))),
            draw(most),
            draw(st.integers(1, 3)),
            draw(st.sampled_from((None, None, Span(0, DAY), Span(DAY, 3 * DAY)))),
        )
        for n in range(draw(st.integers(1, 5)))
    )
    wishes = tuple(
        Wish(
            f"w{n}",
            draw(st.sampled_from(("basic", "basic", "bank"))),
            draw(st.sampled_from(venues)),
            draw(st.sampled_from((60, 90))),
            draw(st.integers(1, 10)),
            draw(st.integers(0, 6)),
        )
        for n in range(draw(st.integers(1, 6)))
    )
    used = [f"room:{rooms[0].id}", f"teacher:{teachers[0].id}"]
    return Problem(
        first_day=MONDAY,
        days=3,
        rooms=rooms,
        teachers=teachers,
        wishes=wishes,
        open={venue: draw(most) for venue in venues},
        starts=draw(st.sampled_from(((570, ONE), (570, 640, ONE, 860)))),
        devices=draw(st.integers(0, 12)),
        device_pad={"park": draw(st.sampled_from(((0, 0), (90, 30), (700, 700))))},
        travel={("hall", "park"): draw(st.integers(0, 60)), ("park", "hall"): 20},
        taken={
            name: tuple(replace(one, venue_id=draw(st.sampled_from(("", *venues)))) for one in some)
            for name, some in ((name, draw(spans)[:1]) for name in used)
        },
        taken_devices=tuple((span, 3) for span in draw(spans)[:2]),
    )


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@given(problems())
@settings(SLOW, max_examples=150)
def test_whatever_greedy_proposes_keeps_every_rule(problem: Problem) -> None:
    plan = greedy.arrange(problem)
    assert violations(problem, plan) == []
    assert greedy.arrange(problem) == plan
    half = plan[::2]
    more = greedy.complete(problem, half)
    assert violations(problem, more) == []
    assert set(half) <= set(more)


@given(problems())
@SLOW
def test_whatever_the_model_proposes_keeps_every_rule(problem: Problem) -> None:
    plan = model.solve(problem, seconds=2)
    assert violations(problem, plan.meetings) == []
    assert (
        plan.penalty == penalty(problem, plan.meetings) <= penalty(problem, greedy.arrange(problem))
    )
    assert plan.bound <= plan.penalty
    placed = {meeting.wish_id for meeting in plan.meetings}
    assert placed | set(plan.unplaced) == set(problem.wish)
    assert not placed & set(plan.unplaced)
    named = [block.wish_id for block in plan.blocks]
    assert set(named) <= set(plan.unplaced)
    assert max((named.count(one) for one in named), default=0) <= 3


@given(problems(), st.data())
@SLOW
def test_locked_classes_stay_and_the_plan_keeps_to_the_last_one(
    problem: Problem, data: st.DataObject
) -> None:
    last = greedy.arrange(problem)
    locked = tuple(one for one in last if data.draw(st.booleans()))
    again = replace(problem, previous=last, locked=locked)
    plan = model.solve(again, seconds=2)
    assert violations(again, plan.meetings) == []
    assert set(locked) <= set(plan.meetings)
    kept = {one.wish_id for one in last}
    assert parts(again, [one for one in plan.meetings if one.wish_id in kept])["moved"] == 0 or (
        len(plan.meetings) > len(last) or plan.penalty < penalty(again, last)
    )


@given(problems())
@SLOW
def test_the_models_objective_is_the_penalty(problem: Problem) -> None:
    """Of the plan found, and of the greedy plan when it is the one that was asked for."""
    last = greedy.arrange(problem)
    problem = replace(problem, previous=last[::2], locked=last[:1])
    free = [one for one in problem.wishes if one.id not in problem.fixed]
    for pinned in (False, True):
        cp = cp_model.CpModel()
        wants = [demand(problem, one) for one in free]
        if pinned:
            plan = {one.wish_id: one for one in greedy.arrange(problem)}
            wants = [
                replace(
                    want,
                    starts=(plan[want.wish.id].starts,) if want.wish.id in plan else (),
                    rooms=(plan[want.wish.id].room_id,) if want.wish.id in plan else (),
                )
                for want in wants
            ]
        formula = Formula(problem, wants, cp, lambda terms: cp_model.LinearExpr.sum(list(terms)))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        assert solver.solve(cp) == cp_model.OPTIMAL
        assert penalty(problem, formula.read(solver.value)) == round(solver.objective_value)


@given(problems())
@settings(SLOW, max_examples=15)
def test_the_hint_is_a_whole_solution(problem: Problem) -> None:
    problem = replace(problem, previous=greedy.arrange(problem)[::2])
    cp = cp_model.CpModel()
    wants = [demand(problem, one) for one in problem.wishes]
    formula = Formula(problem, wants, cp, lambda terms: cp_model.LinearExpr.sum(list(terms)))
    plan = greedy.arrange(problem)
    formula.hint(plan)
    solver = cp_model.CpSolver()
    solver.parameters.fix_variables_to_their_hinted_value = True
    solver.parameters.num_workers = 1
    assert solver.solve(cp) == cp_model.OPTIMAL
    assert round(solver.objective_value) == penalty(problem, plan)
    assert penalty(problem, formula.read(solver.value)) == penalty(problem, plan)


def every_plan(problem: Problem) -> Iterator[list[Meeting]]:
    """All timetables of a tiny problem, valid or not."""
    people = [one.id for one in problem.teachers]
    teams = list(chain(*(combinations(people, n) for n in range(1, len(people) + 1))))
    options: list[list[Meeting | None]] = []
    for one in problem.wishes:
        alone: list[Meeting | None] = [None]
        for day, clock, room, team in product(
            range(problem.days), problem.starts, problem.rooms, teams
        ):
            meeting = Meeting(one.id, room.id, day * DAY + clock, team)
            if not violations(replace(problem, locked=()), [meeting]):
                alone.append(meeting)
        options.append(alone)
    for chosen in product(*options):
        yield [meeting for meeting in chosen if meeting]


TINY = {
    "one room, two courses alike": city(
        days=2, wishes=(wish("a"), wish("b")), teachers=city().teachers[:2]
    ),
    "one lecturer, a way too long": city(
        days=1,
        starts=(TEN, 700),
        wishes=(wish("a", learners=4), wish("b", venue="park", learners=4)),
        teachers=(teacher("lead", trained=True), teacher("help")),
    ),
    "tablets for one class at a time": city(
        days=1, wishes=(wish("a", devices=7), wish("b", venue="park", devices=7))
    ),
    "uneven people": city(
        days=2,
        wishes=(wish("a", learners=3), wish("b", learners=3), wish("c", venue="park", learners=4)),
        teachers=(teacher("lead", trained=True), teacher("help", trained=True, per_week=1)),
        starts=(TEN,),
    ),
    "training that runs out": city(
        days=3, teachers=LAPSING, wishes=(wish("a"), wish("b")), starts=(TEN,)
    ),
    "classes outside and a way": city(
        days=1,
        taken={
            "teacher:help": (Span(715, 730, "park"),),
            "teacher:aide": (Span(500, 590, "hall"),),
        },
    ),
    "the last plan": city(days=2, previous=(A, replace(B, teacher_ids=("lead", "gone")))),
    "the last plan with more people": city(
        days=1, wishes=(wish("a", learners=4),), previous=(replace(A, starts=ONE),)
    ),
}


@pytest.mark.parametrize("name", TINY)
def test_no_plan_is_better_by_brute_force(name: str) -> None:
    problem = TINY[name]
    plan = model.solve(problem, seconds=20)
    valid = (
        penalty(problem, meetings)
        for meetings in every_plan(problem)
        if not violations(problem, meetings)
    )
    assert (plan.penalty, plan.bound, plan.gap) == (min(valid), plan.penalty, 0)
    assert plan.certain
    cp = cp_model.CpModel()
    wants = [demand(problem, one) for one in problem.wishes]
    Formula(problem, wants, cp, lambda terms: cp_model.LinearExpr.sum(list(terms)), clashes=False)
    assert bound.least(cp, 5) <= plan.penalty


IMPOSSIBLE: dict[str, tuple[Problem, set[Constraint]]] = {
    "nobody is trained": (
        city(wishes=(wish("a"),), teachers=(teacher("help"), teacher("aide"))),
        {Constraint.TRAINED_LECTURER},
    ),
    "the lecturer lacks the skill": (
        city(
            wishes=(wish("a"),),
            teachers=(
                teacher("lead", trained=True, skills=frozenset({"bank"})),
                teacher("help"),
                teacher("aide"),
            ),
        ),
        {Constraint.TRAINED_LECTURER},
    ),
    "too few helpers": (
        city(wishes=(wish("a"),), teachers=(teacher("lead", trained=True),)),
        {Constraint.TEACHERS},
    ),
    "one room, two classes": (
        city(
            days=1,
            starts=(TEN,),
            wishes=(wish("a", learners=4), wish("b", learners=4)),
            teachers=(teacher("lead", trained=True), teacher("other", trained=True)),
        ),
        {Constraint.ROOM},
    ),
    "no room is large enough": (city(wishes=(wish("a", learners=11),)), {Constraint.ROOM}),
    "too few tablets": (city(wishes=(wish("a", devices=11),)), {Constraint.DEVICES}),
    "opening hours too short": (
        city(wishes=(wish("a"),), open={"hall": (Span(TEN, TEN + 80),)}),
        {Constraint.HOURS},
    ),
    "open only while its room is lent": (
        city(
            days=1,
            wishes=(wish("a"),),
            open={"hall": (Span(TEN, NOON),)},
            taken={"room:hall-1": (Span(TEN, NOON),)},
        ),
        {Constraint.ROOM, Constraint.HOURS},
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_blocks_is_named(name: str) -> None:
    problem, expected = IMPOSSIBLE[name]
    plan = model.solve(problem, seconds=5)
    assert len(plan.unplaced) == 1
    assert plan.certain
    assert {block.constraint for block in plan.blocks} == expected
    assert all(block.alone for block in plan.blocks)


def test_what_blocks_only_together_is_named_together() -> None:
    problem = city(wishes=(wish("a", devices=11, learners=11),))
    assert model.solve(problem, seconds=5).blocks == (
        Block("a", Constraint.ROOM, alone=False),
        Block("a", Constraint.DEVICES, alone=False),
    )


def test_a_block_that_helps_only_when_another_class_changes_hands_is_found() -> None:
    """One room, two starts, three classes. Only "lead" can give c, but gives a and b: a second room
    is of use only if "late" takes over b.
    """
    problem = city(
        days=1,
        wishes=(wish("a", learners=4), wish("b", learners=4), wish("c", course="bank", learners=4)),
        teachers=(
            teacher("lead", trained=True),
            teacher("late", trained=True, free=(Span(ONE, FIVE),), skills=frozenset({"basic"})),
        ),
    )
    plan = (Meeting("a", "hall-1", TEN, ("lead",)), Meeting("b", "hall-1", ONE, ("lead",)))
    assert violations(problem, plan) == []
    asked = list[frozenset[Constraint]]()

    def able(wish_id: str, added: frozenset[Constraint]) -> bool:
        asked.append(added)
        return wish_id == "c" and added == {Constraint.ROOM}

    assert blocks.name(problem, plan, able) == (Block("c", Constraint.ROOM),)
    assert set(asked) == {frozenset({one}) for one in Constraint}
    found = model.solve(problem, seconds=5)
    assert [block.constraint for block in found.blocks] == [Constraint.ROOM]
    roomy = replace(problem, rooms=(*problem.rooms, Room("hall-2", "hall", 10)))
    assert model.solve(roomy, seconds=5).unplaced == ()


@pytest.mark.parametrize("missing", [1, 2])
def test_what_is_certain_follows_from_the_bound(
    missing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound above one wish's weight does not prove that two have no place."""
    nobody = city(teachers=(teacher("help"),))
    answers, asked = [unplaced_weight(nobody) + 1, missing], list[bool]()
    monkeypatch.setattr(bound, "least", lambda _model, _seconds: answers.pop(0))

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    plan = model.solve(nobody, seconds=5, stop=stop)
    assert len(plan.unplaced) == 2
    assert least_unplaced(nobody, plan.bound) == missing
    assert plan.certain == (missing == 2)


@given(problems())
@SLOW
def test_the_points_tell_how_many_have_no_place(problem: Problem) -> None:
    plan = greedy.arrange(problem)
    some = replace(problem, previous=tuple(replace(one, room_id="") for one in plan))
    for count in range(len(plan) + 1):
        points = penalty(some, plan[:count])
        assert least_unplaced(some, points) == len(problem.wishes) - count


def test_nothing_is_named_when_all_are_placed() -> None:
    plan = model.solve(city(), seconds=5)
    assert (plan.unplaced, plan.blocks, plan.certain) == ((), (), True)


def test_a_locked_class_that_breaks_a_rule_stays_and_is_reported_by_the_checker() -> None:
    alone = replace(A, teacher_ids=("lead",))
    problem = city(locked=(alone,))
    plan = model.solve(problem, seconds=5)
    assert alone in plan.meetings
    assert not plan.unplaced
    assert codes(problem, *plan.meetings) == {Code.TEACHERS}


def test_the_first_report_is_the_greedy_answer_and_penalties_only_fall() -> None:
    problem, heard = month(3), list[Progress]()
    plan = model.solve(problem, seconds=4, report=heard.append)
    assert heard[0].penalty == penalty(problem, greedy.arrange(problem))
    assert [one.penalty for one in heard] == sorted((one.penalty for one in heard), reverse=True)
    assert [one.bound for one in heard] == sorted(one.bound for one in heard)
    assert all(violations(problem, one.meetings) == [] for one in heard)
    assert (heard[-1].penalty, heard[-1].bound) == (plan.penalty, plan.bound)


def test_stop_ends_early_with_a_valid_plan() -> None:
    problem, asked = month(4), list[bool]()

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 3

    plan = model.solve(problem, seconds=600, stop=stop)
    assert violations(problem, plan.meetings) == []
    assert plan.penalty > plan.bound


def test_what_a_reporter_raises_reaches_the_caller() -> None:
    def report(_progress: Progress) -> None:
        raise RuntimeError("reporter")

    with pytest.raises(RuntimeError, match="reporter"):
        model.solve(city(), seconds=5, report=report)


def test_when_a_teacher_drops_out_hardly_any_other_class_moves() -> None:
    problem = month(5)
    last = greedy.arrange(problem)
    taught = [one for meeting in last for one in meeting.teacher_ids]
    gone = max(sorted(set(taught)), key=taught.count)
    later = replace(
        problem,
        previous=last,
        teachers=tuple(replace(t, free=()) if t.id == gone else t for t in problem.teachers),
    )
    plan = model.solve(later, seconds=3)
    assert violations(later, plan.meetings) == []
    others = [one for one in last if gone not in one.teacher_ids]
    now = {one.wish_id: (one.starts, one.room_id) for one in plan.meetings}
    moved = [one for one in others if now.get(one.wish_id) != (one.starts, one.room_id)]
    assert len(moved) <= 0.05 * len(others)


def test_the_month_of_the_bench_is_no_toy() -> None:
    """It cannot be had for nothing, and the greedy start leaves something to do."""
    problem = month()
    plan = greedy.arrange(problem)
    assert (len(problem.wishes), len(problem.teachers), problem.days) == (60, 25, 28)
    assert len({one.venue_id for one in problem.wishes}) == 12
    assert violations(problem, plan) == []
    assert penalty(problem, plan) > 0


def test_the_points_are_counted_by_hand() -> None:
    problem = city(
        wishes=(wish("a"), wish("b"), wish("c", venue="park", learners=4), wish("d")),
        previous=(A, B, Meeting("c", "park-1", TEN, ("aide",))),
    )
    meetings = [
        A,
        Meeting("b", "hall-1", ONE, ("lead", "aide")),
        Meeting("c", "park-1", 2 * DAY + TEN, ("lead",)),
    ]
    assert fair_load(problem) == 3  # seven places for three people
    assert parts(problem, meetings) == {
        "unplaced": unplaced_weight(problem),
        "same_week": WEIGHTS.same_week,
        "same_day": WEIGHTS.same_day,
        "load": 0,
        "moved": 2 * WEIGHTS.moved + 2 * WEIGHTS.changed,
    }
    assert [overload(load, 3) for load in (0, 3, 4, 5, 6, 7)] == [0, 0, 1, 3, 6, 9]


@given(problems())
@settings(SLOW, max_examples=60)
def test_a_place_more_is_always_better(problem: Problem) -> None:
    """However bad a plan is otherwise, fewer wishes without a place weigh more."""
    plan = list(greedy.arrange(problem))
    worst = replace(problem, previous=tuple(replace(one, room_id="") for one in plan))
    assert penalty(worst, plan) < unplaced_weight(worst) * (len(problem.wishes) - len(plan) + 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"rooms": (Room("r", "hall", 1), Room("r", "park", 1))},
        {"wishes": (wish("a"), wish("a"))},
        {"locked": (replace(A, wish_id="z"),)},
        {"locked": (A, A)},
        {"wishes": (wish("a", minutes=0),)},
        {"starts": (DAY,)},
        {"days": 0},
        {"learners_per_teacher": 0},
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        city(**changes)


def test_a_span_must_hold_something() -> None:
    with pytest.raises(ValueError):
        Span(5, 5)


def test_no_seconds_are_no_search() -> None:
    with pytest.raises(ValueError):
        model.solve(city(), seconds=0)


def test_one_search_at_a_time_and_it_stands_behind_all_else() -> None:
    """The second has its greedy answer at once, waits without losing its time, and can be stopped.

    Read where the system tells each thread's place in the queue.
    """
    problem, first, second, third = month(3), list[Progress](), list[Progress](), list[Progress]()
    halt = Event()
    with ThreadPoolExecutor(3) as pool:
        one = pool.submit(
            model.solve, problem, seconds=60, report=first.append, stop=halt.is_set, behind=True
        )
        until(lambda: len(first) > 1)
        other = pool.submit(model.solve, problem, seconds=0.5, report=second.append)
        stopped = pool.submit(
            model.solve, problem, seconds=60, report=third.append, stop=lambda: len(third) > 1
        )
        until(lambda: second and second[-1].waits)
        assert second[-1].meetings == second[0].meetings == greedy.arrange(problem)
        assert violations(problem, stopped.result(20).meetings) == []
        assert not one.done()
        assert not other.done()
        if sys.platform == "linux":
            until(lambda: nice_threads() > 0)
        halt.set()
        assert violations(problem, one.result(20).meetings) == []
        other.result(20)
    assert not second[-1].waits
    assert second[-1].seconds < 5


def until(true: Callable[[], object]) -> None:
    end = monotonic() + 20
    while not true():
        assert monotonic() < end
        sleep(0.01)


def nice_threads() -> int:
    """How many threads of this process let all others go first."""
    found = []
    for stat in Path("/proc/self/task").glob("*/stat"):
        with suppress(OSError):
            found.append(int(stat.read_text().rpartition(")")[2].split()[16]))
    return sum(value >= model.NICE for value in found)
