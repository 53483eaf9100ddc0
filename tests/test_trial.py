"""The trial year: full of practice, plausible, marked 見本, and gone without a trace."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Event
from typing import Any

import pytest

from desk import (
    booking,
    consultations,
    mode,
    my_number,
    occupancy,
    people,
    schedule,
    store,
    times,
    trial,
)
from desk.guide import procedures
from desk.refusals import NotAllowed, Refused

from .conftest import booking_form, class_form, person, refuses

RECORDS = list(trial._LEAVES)
FACTS = ("town", "population", "venue", "room", "desk", "course", "wifi_spot", "figure")


def rows(table: str) -> list[dict[str, Any]]:
    return sorted(store.rows(f"SELECT * FROM {table}"), key=str)


def records() -> dict[str, list[dict[str, Any]]]:
    return {table: rows(table) for table in [*RECORDS, "setting"]}


@pytest.fixture
def year(city: str, now: datetime) -> dict[str, int]:  # noqa: ARG001 - what it fills
    return trial.load(now=now)


@pytest.mark.usefixtures("year")
def test_everything_is_marked_and_the_desk_says_so() -> None:
    assert mode.is_trial()
    for table in ("consultation", "booking", "class", "instructor", "person"):
        assert {row["trial"] for row in rows(table)} == {1}


def test_counts_are_what_was_written(year: dict[str, int]) -> None:
    assert year == {table: len(rows(table)) for table in year}
    empty = {"follow_up", "draft", "incident", "procedure_version", "guide_miss"}
    empty |= {"turned_down", "gap_action", "use_release"}
    assert set(year) == set(RECORDS) - {"series", "class_equipment", "wifi_check"} - empty
    assert (year["person"], year["instructor"], year["consultation"]) == (3, 5, 900)
    assert 120 <= year["class"] <= 130


@pytest.mark.usefixtures("year")
def test_the_year_spans_365_days_back_and_28_ahead(now: datetime) -> None:
    starts = [times.moment(row["starts_at"]) for row in rows("class")]
    assert now - timedelta(days=365) <= min(starts) < now - timedelta(days=358)
    assert now + timedelta(days=21) < max(starts) <= now + timedelta(days=29)
    logged = [times.moment(row["logged_at"]) for row in rows("consultation")]
    assert now - timedelta(days=365) <= min(logged)
    assert max(logged) <= now
    assert {times.local(moment).weekday() for moment in logged} == {0, 1, 2, 3, 4}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("hour", [0, 9, 14, 23])
def test_today_has_a_full_class_with_one_waiting_and_one_with_a_seat_left(
    now: datetime, hour: int
) -> None:
    now = now.replace(hour=hour)
    trial.load(now=now)
    today = schedule.between(times.today(now), times.today(now))
    assert [(meeting.left, meeting.waiting) for meeting in today] == [(0, 1), (1, 0)]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("days", range(7))
def test_any_day_of_the_week_is_a_good_day_to_start(now: datetime, days: int) -> None:
    made = trial.load(now=now + timedelta(days=days))
    assert 120 <= made["class"] <= 130


@pytest.mark.usefixtures("year")
def test_no_room_and_no_teacher_is_in_two_places() -> None:
    """Computed from the times themselves, not from `busy`, whose key forbids it anyway."""
    meetings = store.rows("SELECT id, room_id, starts_at, ends_at FROM class")
    teachers: dict[str, list[str]] = {}
    for row in rows("class_instructor"):
        teachers.setdefault(row["class_id"], []).append(row["instructor_id"])
    busy: dict[str, list[tuple[str, str]]] = {}
    expected = set()
    for meeting in meetings:
        span = (meeting["starts_at"], meeting["ends_at"])
        users = [f"room:{meeting['room_id']}"]
        users += [f"instructor:{i}" for i in teachers[meeting["id"]]]
        for user in users:
            busy.setdefault(user, []).append(span)
            expected |= {
                (user, step, meeting["id"])
                for step in occupancy.steps(times.moment(span[0]), times.moment(span[1]))
            }
    for spans in busy.values():
        spans.sort()
        assert [a for a, b in pairwise(spans) if a[1] > b[0]] == []
    assert {(row["resource"], row["step"], row["class_id"]) for row in rows("busy")} == expected


@pytest.mark.usefixtures("year")
def test_classes_keep_the_rules_of_the_schedule() -> None:
    seats = Counter(row["class_id"] for row in rows("seat"))
    teachers = Counter(row["class_id"] for row in rows("class_instructor"))
    for meeting in store.rows(
        "SELECT c.*, k.minutes, r.venue_id AS room_venue, r.seats AS room_seats, v.kind "
        "FROM class c JOIN course k ON k.id = c.course_id JOIN room r ON r.id = c.room_id "
        "JOIN venue v ON v.id = c.venue_id"
    ):
        starts, ends = times.moment(meeting["starts_at"]), times.moment(meeting["ends_at"])
        assert ends - starts == timedelta(minutes=meeting["minutes"])
        assert starts.minute % 5 == 0
        assert meeting["venue_id"] == meeting["room_venue"]
        assert seats[meeting["id"]] <= meeting["room_seats"]
        assert seats[meeting["id"]] <= 4 * teachers[meeting["id"]]
        assert meeting["made_at"] < meeting["starts_at"]


@pytest.mark.usefixtures("year")
def test_bookings_are_what_booking_would_have_made(now: datetime) -> None:
    held = Counter(row["booking_id"] for row in rows("seat") if row["booking_id"])
    meetings = {row["id"]: row for row in rows("class")}
    places: dict[str, list[dict[str, Any]]] = {}
    past = came = 0
    for found in sorted(rows("booking"), key=lambda row: row["place"]):
        places.setdefault(found["class_id"], []).append(found)
        assert held[found["id"]] in (0, found["party"])
        assert my_number.found_in(found["reach_note"] + found["kana"]) is False
        assert found["reach_note"] in ("", "000-0000-0000", "となりの佐藤さん")
        assert set(found["code"]) <= set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
        meeting = meetings[found["class_id"]]
        assert meeting["made_at"] <= found["made_at"] <= times.stamp(now)
        assert found["made_at"] < meeting["starts_at"]
        if meeting["ends_at"] <= times.stamp(now) and held[found["id"]]:
            past += 1
            came += found["arrived_at"] is not None
        else:
            assert found["arrived_at"] is None
    assert 0.78 < came / past < 0.92
    for class_id, booked in places.items():
        assert [found["place"] for found in booked] == list(range(1, len(booked) + 1))
        assert booked == sorted(booked, key=lambda found: found["made_at"])
        waiting = [held[found["id"]] == 0 for found in booked]
        assert waiting == sorted(waiting)  # nobody was passed over
        free = [r for r in rows("seat") if r["class_id"] == class_id and not r["booking_id"]]
        assert not (any(waiting) and free)
    assert {row["reach"] for row in rows("booking")} == set(booking.REACH)


@pytest.mark.usefixtures("year")
def test_consultations_use_every_answer_and_no_other() -> None:
    found = rows("consultation")
    for column, vocabulary in {
        "age_band": consultations.AGE_BANDS,
        "topic": consultations.TOPICS,
        "result": consultations.RESULTS,
        "kind": consultations.KINDS,
        "minutes": consultations.MINUTES,
    }.items():
        assert {row[column] for row in found} == set(vocabulary)
    told = [row for row in found if row["entry"] == "form"]
    for column, vocabulary in {
        "visit": consultations.VISITS,
        "autonomy": consultations.AUTONOMY,
        "device": consultations.DEVICES,
    }.items():
        assert {row[column] for row in told} == set(vocabulary)
    for column, vocabulary in {
        "also": consultations.TOPICS,
        "tried": consultations.TRIED,
        "handed_to": consultations.HANDED_TO,
    }.items():
        assert {one for row in found for one in row[column].split()} == set(vocabulary)
    residence = Counter(row["residence"] for row in found)
    assert 45 <= residence["unknown"] <= 100
    assert 12 <= residence["outside"] <= 45


@pytest.mark.usefixtures("year")
def test_consultations_say_what_the_log_would_have_taken() -> None:
    found = rows("consultation")
    entries = Counter(row["entry"] for row in found)
    assert set(entries) == set(consultations.ENTRIES)
    assert entries["form"] > 700
    for row in found:
        handed = row["result"] == "handed_on"
        assert (bool(row["handed_to"]), bool(row["tried"])) == (handed, handed)
        also = row["also"].splitlines()
        assert len(also) <= consultations.ALSO_MOST
        assert len({row["topic"], *also}) == len(also) + 1
        if row["entry"] != "form":
            assert (also, row["procedure_id"]) == ([], "")
            assert {row[name] for name in ("visit", "autonomy", "device")} == {"unknown"}
        if row["entry"] == "paper":
            assert times.local(times.moment(row["logged_at"])).hour == 12
    looked_up = [row for row in found if row["procedure_id"]]
    known = procedures.of_files()
    assert {known[row["procedure_id"]].topic == row["topic"] for row in looked_up} == {True}
    first = min(known)
    assert sum(row["procedure_id"] == first for row in looked_up) >= 1


@pytest.mark.usefixtures("year")
def test_far_neighbourhoods_are_served_far_less_than_near_ones() -> None:
    older: Counter[str] = Counter()
    for row in rows("population"):
        if row["band"] in ("65-74", "75+"):
            older[row["town_id"]] += row["persons"]
    came = Counter(row["town_id"] for row in rows("consultation") if row["town_id"])
    average = sum(came.values()) / sum(older.values())

    def relative(*names: str) -> float:
        towns = [row["id"] for row in rows("town") if row["name"].startswith(names)]
        assert towns
        return sum(came[t] for t in towns) / sum(older[t] for t in towns) / average

    assert relative("桜", "里の杜") > 1.8
    for name in ("寺島", "志賀", "小川"):
        assert relative(name) < 0.1
    assert relative("南長谷") < 0.6
    assert relative("玉浦西", "恵み野", "早股", "下野郷", "押分") < 0.7


@pytest.mark.usefixtures("city")
def test_the_same_seed_makes_the_same_year_and_another_another(now: datetime) -> None:
    trial.load(now=now)
    first = records()
    trial.empty()
    trial.load(now=now)
    assert records() == first
    trial.empty()
    trial.load(now=now, seed=7)
    assert records()["booking"] != first["booking"]


def test_both_engines_make_the_same_year(engines: Any, now: datetime) -> None:
    made = []
    for engine in ("sqlite", "postgres"):
        address = engines.fresh(engine, "city")
        store.use(address)
        trial.load(now=now)
        made.append(records())
        engines.drop(address)
    store.use(None)
    assert made[0] == made[1]


def test_empty_leaves_no_trace(year: dict[str, int]) -> None:
    facts = {table: rows(table) for table in FACTS}
    assert trial.empty() == dict.fromkeys(RECORDS, 0) | year
    assert not mode.is_trial()
    assert records() == {table: [] for table in [*RECORDS, "setting"]}
    assert {table: rows(table) for table in FACTS} == facts


def test_what_people_practised_leaves_with_the_year_and_they_stay(
    year: dict[str, int], now: datetime
) -> None:
    volunteer = person("volunteer")
    meeting = next(m for m in schedule.bookable(now=now) if m.left)
    form = booking.BookingForm(meeting.id, "ヤマダ ハナ", "unknown", None, "none")
    booking.book(volunteer, id="b-1", form=form, now=now)
    desk_id = rows("desk")[0]["id"]
    asked = consultations.ConsultationForm(desk_id, "walk_in", "unknown", None, "75-79", "line")
    consultations.log(volunteer, id="c-1", form=asked, now=now)
    gone = trial.empty()
    assert gone["booking"] == year["booking"] + 1
    assert gone["consultation"] == year["consultation"] + 1
    assert [row["id"] for row in rows("person")] == [volunteer.id]


def test_begin_and_counts_are_the_administrators(year: dict[str, int], now: datetime) -> None:
    for who in (people.PUBLIC, *map(person, ("volunteer", "staff", "planner"))):
        with pytest.raises(NotAllowed):
            trial.counts(who)
        with pytest.raises(NotAllowed):
            trial.begin(who, now=now)
    assert len(rows("consultation")) == year["consultation"]
    admin = person("admin")
    whole = dict.fromkeys(RECORDS, 0) | year
    assert trial.counts(admin) == whole
    assert trial.begin(admin, now=now) == whole
    assert set(trial.counts(admin).values()) == {0}


def while_somebody_writes(act: Callable[[], Any], now: datetime) -> Any:
    """What an act says that begins in the middle of somebody's booking in a new class."""
    staff, writing, leave = person("staff"), Event(), Event()

    def write_something() -> None:
        with store.transaction(lock=schedule.LOCK) as write:
            schedule.put_on(write, staff, id="late", form=class_form(), now=now)
            form = booking_form("late")
            booking.put_down(write, staff, id="late", form=form, now=now)
            writing.set()
            leave.wait(1)

    with ThreadPoolExecutor(2) as threads:
        written = threads.submit(write_something)
        assert writing.wait(10)
        acting = threads.submit(act)
        written.result()
        return acting.result()


@pytest.mark.usefixtures("year")
def test_what_is_practised_to_the_last_moment_leaves_too(now: datetime) -> None:
    assert while_somebody_writes(trial.empty, now)["class"] > 0
    assert records()["class"] == records()["booking"] == records()["event"] == []


@pytest.mark.usefixtures("city")
def test_a_year_does_not_come_while_the_first_real_class_is_written(now: datetime) -> None:
    with refuses("trial_has_real"):
        while_somebody_writes(lambda: trial.load(now=now), now)
    assert [row["id"] for row in rows("class")] == ["late"]


@pytest.mark.usefixtures("year")
def test_a_second_year_is_refused(now: datetime) -> None:
    before = records()
    with pytest.raises(Refused) as raised:
        trial.load(now=now)
    assert raised.value.code == "trial_loaded"
    assert records() == before


@pytest.mark.usefixtures("city")
def test_a_year_never_mixes_with_real_records(now: datetime) -> None:
    volunteer = person("volunteer")
    desk_id = rows("desk")[0]["id"]
    asked = consultations.ConsultationForm(desk_id, "walk_in", "unknown", None, "75-79", "line")
    consultations.log(volunteer, id="c-1", form=asked, now=now)
    before = records()
    with pytest.raises(Refused) as raised:
        trial.load(now=now)
    assert raised.value.code == "trial_has_real"
    assert records() == before
    assert trial.empty()["consultation"] == 0
    assert records() == before


@pytest.mark.usefixtures("database")
def test_a_city_without_rooms_or_desks_gets_what_can_be_made(now: datetime) -> None:
    assert trial.load(now=now) == {"person": 3, "instructor": 5}
    assert trial.empty()["person"] == 3
