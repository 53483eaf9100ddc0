"""The waitlist: a free seat is kept for who is next, who is told, and who loses it only then."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from desk import attendance, booking, changes, holds, journal, schedule, seats, store, waitlist
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import PUBLIC
from tests.conftest import NOW, booking_form, person, refuses, scheduled

SATURDAY = date(2026, 11, 28)
UNTIL = datetime(2026, 11, 25, 8, tzinfo=UTC)  # 17:00 of the next day in Tokyo
SECOND = timedelta(seconds=1)


def book(meeting: ClassView, *ids: str, party: int = 1) -> None:
    for id in ids:
        form = booking_form(meeting.id, party=party)
        booking.book(person("volunteer"), id=id, form=form, now=NOW)


def cancel(id: str, now: datetime = NOW) -> None:
    changes.cancel(person("volunteer"), booking_id=id, now=now)


def answer(id: str, said: str, now: datetime = NOW) -> BookingView:
    return waitlist.answer(person("volunteer"), booking_id=id, answer=said, now=now)


def rejoin(id: str, now: datetime = NOW) -> BookingView:
    return waitlist.rejoin(person("volunteer"), booking_id=id, now=now)


def lapse_all(now: datetime) -> int:
    return waitlist.lapse_all(person("volunteer"), now=now)


def cards(now: datetime = NOW) -> list[str]:
    return [one.booking.id for one in waitlist.cards(person("volunteer"), now=now)]


def states(*ids: str) -> list[str]:
    return [booking.get(person("volunteer"), booking_id=id)[0].state for id in ids]


def losing(meeting: ClassView, count: int) -> tuple[str, ...]:
    told = schedule.losing(person("staff"), class_ids=(meeting.id,), count=count)
    return tuple(id for one in told for id in one.people)


def resize(
    meeting: ClassView,
    count: int,
    reason: str = "for the test",
    told: tuple[str, ...] | None = None,
) -> ClassView:
    """Change the seats, told of whoever loses theirs unless the test says of whom."""
    found = schedule.get(meeting.id)
    told = losing(meeting, count) if told is None else told
    form = replace(schedule.form_of(found), seats=count, reason=reason, losing=told)
    return schedule.change(
        person("staff"), class_id=meeting.id, version=found.version, form=form, now=NOW
    )


def lines(meeting: ClassView) -> list[tuple[str, str | None]]:
    """The journal, in which the seats went in order."""
    found = journal.of_class(person("staff"), class_id=meeting.id)
    assert seats.out_of_order(found) == []
    return [(one.kind, one.booking_id) for one in found]


@pytest.mark.usefixtures("city")
def test_a_freed_seat_is_kept_at_once_for_the_next() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")
    assert store.rows("SELECT number, booking_id FROM seat") == [{"number": 1, "booking_id": "b"}]
    assert store.rows("SELECT id, held_until FROM booking ORDER BY id") == [
        {"id": "a", "held_until": None},
        {"id": "b", "held_until": "2026-11-25T08:00:00Z"},
        {"id": "c", "held_until": None},
    ]
    shown = schedule.get(meeting.id)
    assert (shown.booked, shown.waiting, shown.left) == (1, 1, 0)


@pytest.mark.usefixtures("city")
def test_the_first_party_that_fits_and_never_half_a_pair() -> None:
    meeting = scheduled(seats=2, day=SATURDAY)
    book(meeting, "a", "b")
    book(meeting, "pair", party=2)
    book(meeting, "d", "e")
    cancel("a")
    assert states("b", "pair", "d", "e") == ["seated", "waiting", "held", "waiting"]
    cancel("b")
    assert states("pair", "d", "e") == ["waiting", "held", "held"]
    cancel("d")
    assert states("pair", "e") == ["waiting", "held"]
    cancel("e")
    assert states("pair") == ["held"]
    assert schedule.get(meeting.id).booked == 2
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_how_long_a_seat_is_kept() -> None:
    tokyo = timedelta(hours=9)
    start = datetime(2026, 11, 28, 5, tzinfo=UTC)
    end = start + timedelta(hours=1)
    late = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC) - tokyo
    with store.engine().reading() as reader:
        found = [
            holds.hold_until(reader, start, end, now)
            for now in (
                NOW,
                late,
                late + SECOND,
                start - timedelta(days=1),
                start - SECOND,
                start,
                end - SECOND,
            )
        ]
    assert found == [UNTIL, UNTIL, UNTIL + timedelta(days=1), start, start, end, end]


@pytest.mark.usefixtures("city")
def test_in_a_class_that_is_over_nobody_is_called() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b")
    attendance.release_no_shows(person("volunteer"), class_id=meeting.id, now=meeting.ends_at)
    assert states("a", "b") == ["no_show", "waiting"]


@pytest.mark.usefixtures("city")
def test_a_call_card() -> None:
    volunteer, meeting = person("volunteer"), scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    cancel("a")
    shown = schedule.get(meeting.id)
    b = booking.get(volunteer, booking_id="b")[0]
    assert (b.state, b.held_until) == ("held", UNTIL)
    assert waitlist.cards(volunteer, now=UNTIL) == [waitlist.Card(b, shown, 0, False, False)]
    assert waitlist.cards(volunteer, now=UNTIL + SECOND) == [
        waitlist.Card(b, shown, 0, False, True)
    ]
    answer("b", "no_answer")
    answer("b", "told")
    assert waitlist.cards(volunteer, now=NOW) == [waitlist.Card(b, shown, 1, True, False)]


@pytest.mark.usefixtures("city")
def test_the_most_urgent_card_is_first_and_what_is_over_has_none() -> None:
    far = scheduled(seats=1, day=SATURDAY)
    soon = scheduled(seats=1)
    gone = scheduled(seats=1, day=SATURDAY, starts=time(10), ends=time(11))
    for name, meeting in (("far", far), ("soon", soon), ("gone", gone)):
        book(meeting, name, f"{name} next")
        cancel(name)
    assert sorted(cards()) == ["far next", "gone next", "soon next"]
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    assert cards() == ["soon next", "far next"]
    assert cards(soon.ends_at) == ["far next"]
    cancel("far next")
    assert cards(soon.ends_at) == []


@pytest.mark.usefixtures("city")
def test_two_calls_without_an_answer_and_the_next_is_called() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")
    assert answer("b", "no_answer").state == "held"
    assert answer("b", "no_answer", NOW + SECOND).state == "lapsed"
    assert states("b", "c") == ["lapsed", "held"]
    assert cards() == ["c"]
    with refuses("not_held"):
        answer("b", "comes")
    # The tries of one are not those of the other.
    assert answer("c", "no_answer").state == "held"
    assert lines(meeting)[-6:] == [
        ("held", "b"),
        ("called", "b"),
        ("called", "b"),
        ("lapsed", "b"),
        ("held", "c"),
        ("called", "c"),
    ]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("said", ["told", "no_answer"])
def test_after_a_try_the_seat_goes_on_when_its_time_is_out(said: str) -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")
    answer("b", said)
    assert lapse_all(UNTIL) == 0
    assert states("b", "c") == ["held", "waiting"]
    assert lapse_all(UNTIL + SECOND) == 1
    assert states("b", "c") == ["lapsed", "held"]
    c = booking.get(person("staff"), booking_id="c")[0]
    assert c.held_until == UNTIL + timedelta(days=1)
    assert lapse_all(UNTIL + SECOND) == 0
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_nobody_loses_a_seat_because_nobody_called() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")
    later = UNTIL + timedelta(days=1)
    lapse_all(later)
    assert states("b", "c") == ["held", "waiting"]
    (card,) = waitlist.cards(person("volunteer"), now=later)
    assert (card.booking.id, card.tries, card.told, card.late) == ("b", 0, False, True)
    answer("b", "told", later)
    lapse_all(later)
    assert states("b", "c") == ["lapsed", "held"]


@pytest.mark.usefixtures("city")
def test_when_the_class_has_begun_a_kept_seat_does_not_go_on_by_itself() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    cancel("a")
    answer("b", "told")
    # Nor does anybody lock the class for it, for ever after.
    assert lapse_all(meeting.starts_at + SECOND) == 0
    assert states("b", "c") == ["held", "waiting"]
    assert cards(meeting.starts_at + SECOND) == ["b"]


@pytest.mark.usefixtures("city")
def test_the_second_call_may_come_after_the_start_and_the_next_is_called_until_the_end() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    cancel("a")
    answer("b", "no_answer")
    late = meeting.starts_at + SECOND
    assert answer("b", "no_answer", late).state == "lapsed"
    assert [
        (one.booking.id, one.booking.held_until)
        for one in waitlist.cards(person("volunteer"), now=late)
    ] == [("c", meeting.ends_at)]
    lines(meeting)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("said", list(waitlist.ANSWERS))
def test_a_card_that_stayed_on_a_screen_after_the_class_changes_nothing(said: str) -> None:
    over, gone = scheduled(seats=1), scheduled(seats=1, day=SATURDAY)
    book(over, "a", "b")
    book(gone, "c", "d")
    cancel("a")
    cancel("c")
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    for id, code in (("b", "class_past"), ("d", "class_cancelled")):
        with refuses(code):
            answer(id, said, over.ends_at)
    assert states("b", "d") == ["held", "held"]


@pytest.mark.usefixtures("city")
def test_whoever_declines_makes_room_for_the_next() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")
    assert answer("b", "declines").state == "cancelled"
    assert states("c") == ["held"]
    assert lines(meeting)[-2:] == [("declined", "b"), ("held", "c")]


@pytest.mark.usefixtures("city")
def test_whoever_comes_has_the_seat_and_no_card() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    cancel("a")
    assert answer("b", "comes").state == "seated"
    assert cards() == []
    lapse_all(UNTIL + SECOND)
    assert states("b") == ["seated"]
    with refuses("not_held"):
        answer("b", "comes")


@pytest.mark.usefixtures("city")
def test_answers_that_are_none() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    with refuses("answer_unknown"):
        answer("a", "perhaps")
    with refuses("not_held"):
        answer("a", "comes")
    with refuses("not_held"):
        answer("b", "comes")
    with refuses("booking_unknown"):
        answer("none", "comes")
    cancel("a")
    cancel("b")
    with refuses("not_held"):
        answer("b", "comes")


@pytest.mark.usefixtures("city")
def test_whose_turn_went_by_waits_again_at_the_end() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c", "d")
    cancel("a")
    for _ in range(2):
        answer("b", "no_answer")
    again = rejoin("b")
    assert (again.state, again.place, again.ahead) == ("waiting", 5, 1)
    assert rejoin("b") == again
    assert states("c", "d") == ["held", "waiting"]
    cancel("c")
    cancel("d")
    assert states("b") == ["held"]
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_whose_turn_went_by_sits_at_once_when_there_is_room() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    cancel("a")
    for _ in range(2):
        answer("b", "no_answer")
    assert schedule.get(meeting.id).left == 1
    again = rejoin("b")
    assert (again.state, again.held_until) == ("seated", None)
    with refuses("booking_cancelled"):
        rejoin("a")
    with refuses("class_past"):
        rejoin("b", meeting.ends_at)
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_more_seats_are_kept_for_those_who_wait() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a")
    book(meeting, "b", party=1)
    book(meeting, "c", "d")
    grown = resize(meeting, 3)
    assert (grown.seats, grown.booked, grown.waiting) == (3, 3, 1)
    assert states("a", "b", "c", "d") == ["seated", "held", "held", "waiting"]
    assert sorted(cards()) == ["b", "c"]
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_a_seat_is_kept_no_longer_than_until_the_class_wherever_it_moves() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    cancel("a")
    form = schedule.form_of(meeting)

    def held_until(**changed: Any) -> datetime | None:
        found = schedule.get(meeting.id)
        wanted = replace(form, **changed)
        schedule.change(
            person("staff"), class_id=meeting.id, version=found.version, form=wanted, now=NOW
        )
        return booking.get(person("staff"), booking_id="b")[0].held_until

    assert held_until(day=date(2026, 11, 30)) == UNTIL
    earlier = {"day": date(2026, 11, 24), "starts": time(13), "ends": time(14)}
    assert held_until(**earlier) == schedule.get(meeting.id).starts_at
    # In a class that has begun, until its end.
    begins = earlier | {"starts": time(10), "ends": time(11)}
    assert held_until(**begins) == schedule.get(meeting.id).ends_at
    begun = earlier | {"starts": time(9, 30), "ends": time(10, 30)}
    assert held_until(**begun) == schedule.get(meeting.id).ends_at
    # Nobody came: after the class the seat is not promised any more.
    gone = attendance.release_no_shows(
        person("volunteer"), class_id=meeting.id, now=schedule.get(meeting.id).ends_at
    )
    assert [one.id for one in gone] == ["b"]


@pytest.mark.usefixtures("city")
def test_fewer_seats_name_who_loses_theirs_and_put_them_first_in_line() -> None:
    meeting = scheduled(seats=4, day=SATURDAY)
    book(meeting, "a")
    book(meeting, "pair", party=2)
    book(meeting, "c", "d")
    with refuses("seats_booked", "seats") as refused:
        resize(meeting, 2, reason="")
    names = {one.id: one.kana for one in booking.roster(person("volunteer"), class_id=meeting.id)}
    # The last who came, and a pair together.
    assert refused.value.facts == {"booked": 4, "people": f"{names['c']}、{names['pair']}"}
    assert states("a", "pair", "c", "d") == ["seated", "seated", "seated", "waiting"]
    fewer = resize(meeting, 2, reason="小さい部屋")
    assert states("a", "pair", "c", "d") == ["seated", "waiting", "held", "waiting"]
    assert fewer.overrides["seats_booked"] == "小さい部屋"
    found = lines(meeting)
    assert found[found.index(("changed", None)) :][:6] == [
        ("changed", None),
        ("unseated", "c"),
        ("unseated", "pair"),
        ("resized", None),
        ("held", "c"),
        ("override", None),
    ]
    cancel("c")
    assert states("pair", "d") == ["waiting", "held"]
    resize(meeting, 4)
    assert states("a", "pair", "d") == ["seated", "held", "held"]


@pytest.mark.usefixtures("city")
def test_of_the_free_seats_the_last_numbers_go() -> None:
    meeting = scheduled(seats=5, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")

    def taken() -> dict[int, str | None]:
        rows = store.rows("SELECT number, booking_id FROM seat ORDER BY number")
        return {row["number"]: row["booking_id"] for row in rows}

    resize(meeting, 3)
    assert taken() == {1: None, 2: "b", 3: "c"}
    resize(meeting, 4)
    assert taken() == {1: None, 2: "b", 3: "c", 4: None}


@pytest.mark.usefixtures("city")
def test_nobody_loses_a_seat_unnamed() -> None:
    meeting = scheduled(seats=3, day=SATURDAY)
    book(meeting, "a", "b")
    told = losing(meeting, 1)
    assert told == ("b",)
    with refuses("seats_booked", "seats"):
        resize(meeting, 1, told=())
    # Whoever booked since is the last now, and was not named.
    book(meeting, "c")
    with refuses("seats_booked", "seats") as refused:
        resize(meeting, 1, told=told)
    names = [booking.get(person("staff"), booking_id=id)[0].kana for id in ("c", "b")]
    assert refused.value.facts == {"booked": 3, "people": "、".join(names)}
    assert states("a", "b", "c") == ["seated", "seated", "seated"]
    resize(meeting, 1, told=("c", "b"))
    assert states("a", "b", "c") == ["seated", "waiting", "waiting"]
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_whoever_is_in_the_room_keeps_the_seat() -> None:
    volunteer, meeting = person("volunteer"), scheduled(seats=3)
    book(meeting, "a", "b", "c")
    for id in ("b", "c"):
        attendance.check_in(volunteer, booking_id=id, now=NOW)
    before = schedule.get(meeting.id)
    with refuses("seats_in_use", "seats"):
        resize(meeting, 1)
    assert schedule.get(meeting.id) == before
    resize(meeting, 2)
    assert states("a", "b", "c") == ["waiting", "arrived", "arrived"]
    lines(meeting)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "changes_of_file", [{"hold_days,1,": "hold_days,2,"}, {"call_tries,2,": "call_tries,1,"}]
)
def test_days_and_tries_are_the_citys(
    changes_of_file: dict[str, str], files: Any, load: Any
) -> None:
    path = files / "data" / "figures.csv"
    for old, new in changes_of_file.items():
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    load()
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    cancel("a")
    more_days = "hold_days,1," in changes_of_file
    held = booking.get(person("staff"), booking_id="b")[0].held_until
    assert held == UNTIL + timedelta(days=int(more_days))
    assert answer("b", "no_answer").state == ("held" if more_days else "lapsed")


@pytest.mark.usefixtures("city")
def test_a_new_booking_does_not_pass_one_whose_time_is_out() -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b", "c")
    cancel("a")
    answer("b", "told")
    form = booking_form(meeting.id)
    late = booking.book(person("volunteer"), id="new", form=form, now=UNTIL + SECOND)
    assert late.state == "waiting"
    assert states("b", "c") == ["lapsed", "held"]
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_a_turn_goes_by_in_its_own_class_and_before_that_begins() -> None:
    other = scheduled(seats=1, day=SATURDAY)
    meeting = scheduled(seats=3, day=date(2026, 11, 29))
    book(other, "x", "y")
    book(meeting, "a", "b", "c")
    book(meeting, "d", "e", "f", "g")
    for id in ("x", "a", "b", "c"):
        cancel(id)
    for id in ("y", "d", "e", "f"):
        answer(id, "told")
    answer("d", "comes")

    def new(id: str, now: datetime) -> list[str]:
        booking.book(person("volunteer"), id=id, form=booking_form(meeting.id), now=now)
        return states("y", "d", "e", "f", "g")

    # To the second, and nobody's but those of the class that is booked.
    assert new("h", UNTIL) == ["held", "seated", "held", "held", "waiting"]
    assert new("i", UNTIL + SECOND) == ["held", "seated", "lapsed", "lapsed", "held"]
    assert lines(meeting)[-5:] == [
        ("lapsed", "e"),
        ("held", "g"),
        ("lapsed", "f"),
        ("held", "h"),
        ("booked", "i"),
    ]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("late", [timedelta(0), SECOND])
def test_from_its_start_on_nobodys_turn_goes_by(late: timedelta) -> None:
    meeting = scheduled(seats=1, day=SATURDAY)
    book(meeting, "a", "b")
    cancel("a")
    answer("b", "told")
    now, volunteer = meeting.starts_at + late, person("volunteer")
    assert lapse_all(now) == 0
    with store.transaction(by=volunteer, lock=f"class {meeting.id}") as write:
        holds.lapse_due(write, volunteer, meeting.id, now)
    assert states("b") == ["held"]


@pytest.mark.usefixtures("city")
def test_the_tries_of_one_are_not_those_of_another_who_is_called_as_well() -> None:
    other, meeting = scheduled(seats=1, day=SATURDAY), scheduled(seats=2, day=date(2026, 11, 29))
    book(other, "x", "y")
    book(meeting, "a", "b", "c", "d")
    for id in ("x", "a", "b"):
        cancel(id)
    for id in ("y", "d"):
        answer(id, "no_answer")
    answer("y", "told")
    found = waitlist.cards(person("volunteer"), now=NOW)
    assert {one.booking.id: (one.tries, one.told) for one in found} == {
        "y": (1, True),
        "c": (0, False),
        "d": (1, False),
    }


@pytest.mark.usefixtures("city")
def test_only_the_desk_calls() -> None:
    for actor, code in ((person("planner"), "not_allowed"), (PUBLIC, "sign_in_first")):
        with refuses(code):
            waitlist.cards(actor, now=NOW)
        with refuses(code):
            waitlist.answer(actor, booking_id="b", answer="comes", now=NOW)
        with refuses(code):
            waitlist.rejoin(actor, booking_id="b", now=NOW)
        with refuses(code):
            waitlist.lapse_all(actor, now=NOW)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("way", booking.REACH)
def test_a_seat_is_kept_and_told_by_whatever_way_a_person_can_be_reached(way: str) -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a")
    form = booking_form(meeting.id, reach=way, reach_note="桜一丁目1-1")
    booking.book(person("volunteer"), id="b", form=form, now=NOW)
    changes.cancel(person("volunteer"), booking_id="a", now=NOW)
    [card] = waitlist.cards(person("volunteer"), now=NOW)
    assert (card.booking.id, card.booking.reach, card.booking.reach_note) == (
        "b",
        way,
        "桜一丁目1-1",
    )
    told = waitlist.answer(person("volunteer"), booking_id="b", answer="told", now=NOW)
    assert (told.state, told.reach) == ("held", way)
