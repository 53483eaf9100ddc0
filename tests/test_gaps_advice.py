"""The next class: what counts for a venue, a course and a time, and how steady it is."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import facts, files
from desk.consultations import TOPICS
from desk.files import UnreadableFile
from desk.gaps.next_class import advice, free, topics
from desk.gaps.next_class.advice import COMES, KNOWN, PRIOR, Evidence, View
from desk.gaps.next_class.free import SLOTS, Opening, Room
from desk.opening import UNKNOWN, Hours

VENUES, TOWNS, COURSES, SLOTS_N = 3, 4, 2, 3
PLACES = TOWNS + VENUES
# The first venue has two neighbourhoods around it, the others one each.
NEAR = np.zeros((VENUES, PLACES), np.bool_)
NEAR[0, [0, 1]] = NEAR[1, 2] = NEAR[2, 3] = True
for _venue in range(VENUES):
    NEAR[_venue, TOWNS + _venue] = True
EVERY = np.ones((VENUES, COURSES, SLOTS_N), np.bool_)
NOBODY = np.empty((0, 3), np.int64)


def view(*gap: float) -> View:
    return View(np.array(gap, np.float64), NEAR)


def evidence(**changes: object) -> Evidence:
    """Nothing is known: one topic for each course."""
    nothing = Evidence(
        asked=np.zeros((PLACES, COURSES)),
        teaches=np.eye(COURSES),
        waiting=np.zeros((PLACES, COURSES)),
        far=NOBODY,
        untimely=NOBODY,
        taken=np.zeros(SLOTS_N),
        seats=np.zeros(SLOTS_N),
        far_times=np.empty(0),
        untimely_times=np.empty(0),
    )
    found = replace(nothing, **changes)
    return replace(
        found,
        far_times=np.ones(len(found.far)),
        untimely_times=np.ones(len(found.untimely)),
    )


def at(shape: tuple[int, ...], *where: tuple[int, int, float]) -> np.ndarray:
    made = np.zeros(shape)
    for row, column, count in where:
        made[row, column] = count
    return made


def test_need_around_a_venue_is_shared_among_the_courses_by_what_is_asked_there() -> None:
    asked = at((PLACES, COURSES), (0, 0, 10), (2, 1, 10))
    found = advice.scores(view(100, 100, 100, 0), evidence(asked=asked))
    # Ten consultations there, all about the first course; ten more of the city's, half and half.
    assert found[0, 0, 0] == pytest.approx(COMES * 200 * (10 + PRIOR / 2) / (10 + PRIOR))
    assert found[0, 1, 0] == pytest.approx(COMES * 200 * (PRIOR / 2) / (10 + PRIOR))
    assert found[1, 1, 0] == pytest.approx(found[0, 0, 0] / 2)
    assert (found[2] == 0).all()


def test_who_found_a_course_full_counts_near_their_home_and_for_that_course() -> None:
    found = advice.scores(view(0, 0, 0, 0), evidence(waiting=at((PLACES, COURSES), (1, 1, 4))))
    assert (found[0, 1] == KNOWN * 4).all()
    assert found.sum() == found[0, 1].sum()


def test_who_found_a_class_far_counts_near_home_but_not_at_that_very_venue() -> None:
    far = np.array([[0, 1, 2], [0, 1, 0], [3, 1, -1]])
    found = advice.scores(view(0, 0, 0, 0), evidence(far=far))
    assert (found[0, 1] == KNOWN).all()  # the second found this venue far
    assert (found[2, 1] == KNOWN).all()
    assert found[:, 0].sum() == 0
    assert found[1].sum() == 0


def test_who_had_no_time_counts_at_every_other_time() -> None:
    untimely = np.array([[2, 0, 1], [2, 0, 1], [2, 0, 2]])
    found = advice.scores(view(0, 0, 0, 0), evidence(untimely=untimely))
    assert list(found[1, 0]) == [KNOWN * 3, KNOWN, KNOWN * 2]
    assert found.sum() == found[1, 0].sum()


def test_a_time_that_fills_is_worth_more_and_one_that_is_declined_less() -> None:
    full = evidence(taken=np.array([90.0, 10, 50]), seats=np.array([100.0, 100, 100]))
    fills = advice.suits(full)
    assert fills[0] > fills[2] > fills[1]
    assert fills[2] == pytest.approx(1)
    declined = evidence(taken=full.taken, seats=full.seats, untimely=np.array([[0, 0, 0]] * 60))
    assert advice.suits(declined)[0] < fills[0]
    assert (advice.suits(evidence()) == 1).all()


def test_each_venue_is_chosen_once_the_best_first_and_none_for_too_few() -> None:
    found = np.zeros((VENUES, COURSES, SLOTS_N))
    found[0, 1, 2], found[0, 0, 0], found[1, 0, 1], found[2, 0, 0] = 5, 4, 9, 0.5
    first = advice.first(found, EVERY)
    assert [(one.venue, one.course, one.slot) for one in first] == [(1, 0, 1), (0, 1, 2)]
    closed = EVERY.copy()
    closed[0, 1, 2] = closed[1] = False
    assert [(one.venue, one.course) for one in advice.first(found, closed)] == [(0, 0)]
    assert advice.first(found * 0, EVERY, least=0) == []
    assert advice.first(np.zeros((0, 2, 3)), np.zeros((0, 2, 3), np.bool_)) == []


def steadiness(known: Evidence, *gap: float, more: float = 1) -> advice.Steadiness:
    chosen = advice.first(advice.scores(view(*gap), known), EVERY, most=2)
    return advice.steadiness([view(*gap)], known, EVERY, chosen, seed=1, more=more, runs=100)


def test_clear_evidence_is_steady_and_a_handful_is_not() -> None:
    clear = at((PLACES, COURSES), (0, 0, 300), (2, 1, 300), (3, 1, 300))
    assert steadiness(evidence(asked=clear), 900, 900, 600, 20).pairs > 0.95
    few = at((PLACES, COURSES), (0, 0, 2), (0, 1, 1), (2, 1, 2), (2, 0, 1), (3, 1, 2), (3, 0, 1))
    unclear = steadiness(evidence(asked=few), 100, 100, 200, 200)
    assert unclear.pairs < advice.STEADY
    assert unclear.pairs <= unclear.venues


def test_more_of_the_same_evidence_is_steadier() -> None:
    few = evidence(asked=at((PLACES, COURSES), (0, 0, 4), (0, 1, 2), (2, 1, 4), (2, 0, 2)))
    gap = (900, 900, 600, 20)
    assert steadiness(few, *gap, more=16).pairs > steadiness(few, *gap).pairs + 0.1


def test_steadiness_is_the_same_at_every_look_and_nothing_chosen_is_never_steady() -> None:
    known = evidence(asked=at((PLACES, COURSES), (0, 0, 4), (2, 1, 4)))
    assert steadiness(known, 90, 90, 60, 20) == steadiness(known, 90, 90, 60, 20)
    assert steadiness(known, 0, 0, 0, 0) == advice.Steadiness(0, 0)


COUNTS = st.floats(0, 1e4)


@settings(max_examples=60, deadline=None)
@given(
    gap=st.lists(COUNTS, min_size=TOWNS, max_size=TOWNS),
    asked=st.lists(COUNTS, min_size=PLACES * COURSES, max_size=PLACES * COURSES),
    rows=st.lists(st.tuples(*(st.integers(0, n - 1) for n in (PLACES, COURSES, SLOTS_N)))),
    taken=st.lists(COUNTS, min_size=SLOTS_N, max_size=SLOTS_N),
)
def test_scores_are_numbers_of_nobody_or_more(
    gap: list[float], asked: list[float], rows: list[tuple[int, int, int]], taken: list[float]
) -> None:
    found = advice.scores(
        view(*gap),
        evidence(
            asked=np.reshape(asked, (PLACES, COURSES)),
            far=np.array(rows, np.int64).reshape(-1, 3),
            untimely=np.array(rows, np.int64).reshape(-1, 3),
            taken=np.array(taken),
            seats=np.array(taken[::-1]),
        ),
    )
    assert np.isfinite(found).all()
    assert (found >= 0).all()


# Topics


def test_the_file_names_courses_of_the_catalogue_and_every_topic() -> None:
    content = (facts.DATA / "courses.yaml").read_bytes()
    known = {cells["id"] for _line, cells in files.read_yaml(content, "", {"id"})}
    found = topics.read()
    assert list(found) == list(TOPICS)
    assert {course for some in found.values() for course in some} <= known
    assert found["line"] == ("basic-5-line-sns",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- topic: money\n  courses: []\n", 1),
        ("- topic: line\n  courses: []\n- topic: line\n  courses: []\n", 3),
        ("- topic: line\n", 1),
    ],
)
def test_a_wrong_file_of_topics_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / topics.NAME).write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFile) as wrong:
        topics.read(tmp_path)
    assert wrong.value.line == line


# Times


TODAY = date(2026, 11, 24)  # a Tuesday
HALL = Room("hall", 10)


def openings(
    hours: Hours, *, rooms: tuple[Room, ...] = (HALL,), **facts: object
) -> dict[int, Opening]:
    asked: dict[str, object] = {"busy": {}, "minutes": 60, "seats": 10, "today": TODAY, **facts}
    return free.openings(hours, rooms, **asked)


def shown(found: dict[int, Opening]) -> set[tuple[int, str]]:
    return {(SLOTS[one].weekday, f"{SLOTS[one].clock:%H:%M}") for one in found}


def test_only_times_the_venue_is_open_for_the_whole_class() -> None:
    hours = Hours("月土", time(9), time(14, 30), ())
    assert shown(openings(hours)) == {(0, "10:00"), (0, "13:30"), (5, "10:00"), (5, "13:30")}
    assert shown(openings(hours, minutes=90)) == {(0, "10:00"), (5, "10:00")}


def test_hours_nobody_knows_are_taken_as_office_hours() -> None:
    assert shown(openings(UNKNOWN)) == {
        (weekday, clock) for weekday in range(5) for clock in ("10:00", "13:30", "15:30")
    }


def test_the_day_is_the_soonest_that_is_no_holiday_no_closed_day_and_far_enough() -> None:
    found = openings(Hours("月水", time(9), time(12), (("2027-01-04〜2027-01-05", "点検"),)))
    days = {SLOTS[slot].weekday: one.day for slot, one in found.items()}
    assert days == {0: date(2026, 12, 14), 2: date(2026, 12, 9)}
    assert min(days.values()) >= date(2026, 12, 8)
    holiday = openings(Hours("月", time(9), time(12), ()), today=date(2026, 12, 28))
    assert next(iter(holiday.values())).day == date(2027, 1, 18)  # 1-11 is 成人の日


def test_a_room_in_use_sends_the_class_to_another_room_or_day() -> None:
    small, large = Room("small", 6), Room("large", 40)
    hours = Hours("火", time(9), time(11), ())
    rooms = (large, small, HALL)
    [first] = openings(hours, rooms=rooms).values()
    assert (first.day, first.room) == (date(2026, 12, 8), HALL)
    step = "2026-12-08T01:55:00Z"  # the last five minutes
    [other] = openings(hours, rooms=rooms, busy={"hall": {step}}).values()
    assert other.room == large
    [last] = openings(hours, rooms=rooms, busy={"hall": {step}, "large": {step}}).values()
    assert last.room == small
    [later] = openings(hours, busy={"hall": {step}}).values()
    assert later.day == date(2026, 12, 15)
    every = {f"2026-12-{day:02}T01:00:00Z" for day in range(1, 32)}
    every |= {f"2027-{month:02}-{day:02}T01:00:00Z" for month in (1, 2) for day in range(1, 32)}
    assert openings(hours, busy={"hall": every}) == {}


def test_a_moment_belongs_to_the_nearest_time_of_its_weekday() -> None:
    slot = SLOTS[free.slot_of(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))]  # Tuesday 14:00
    assert (slot.weekday, slot.clock) == (1, time(13, 30))
