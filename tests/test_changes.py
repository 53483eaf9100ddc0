"""Cancelling, moving, and taking that back: a mistaken tap costs nobody a seat."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from threading import Event

import pytest

from desk import attendance, booking, changes, journal, people, schedule, seats, store, waitlist
from desk.booking import BookingView
from desk.classes import ClassView
from tests.conftest import NOW, booking_form, person, refuses, scheduled

MINUTE = timedelta(minutes=1)
TOMORROW = date(2026, 11, 25)
OTHER = {"room_id": "0421110001-2"}


def book(meeting: ClassView, *ids: str, party: int = 1) -> None:
    for id in ids:
        form = booking_form(meeting.id, party=party)
        booking.book(person("volunteer"), id=id, form=form, now=NOW)


def cancel(id: str, now: datetime = NOW) -> list[BookingView]:
    return changes.cancel(person("volunteer"), booking_id=id, now=now)


def undo(id: str, now: datetime = NOW) -> BookingView:
    return changes.undo(person("volunteer"), booking_id=id, now=now)


def move(id: str, target: ClassView, now: datetime = NOW) -> BookingView:
    return changes.move(person("volunteer"), booking_id=id, class_id=target.id, now=now)


def can_undo(id: str, now: datetime = NOW) -> bool:
    return changes.can_undo(person("volunteer"), booking_id=id, now=now)


def states(*ids: str) -> list[str]:
    return [booking.get(person("volunteer"), booking_id=id)[0].state for id in ids]


def lines(meeting: ClassView) -> list[tuple[str, str | None]]:
    """The journal, in which the seats went in order."""
    found = journal.of_class(person("staff"), class_id=meeting.id)
    assert seats.out_of_order(found) == []
    return [(one.kind, one.booking_id) for one in found if one.booking_id]


@pytest.mark.usefixtures("city")
def test_a_second_cancel_is_harmless() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b")
    first = cancel("a")
    assert [(one.id, one.state, one.cancelled_at) for one in first] == [("a", "cancelled", NOW)]
    assert cancel("a", NOW + MINUTE) == first
    assert states("a", "b") == ["cancelled", "held"]
    assert lines(meeting) == [
        ("booked", "a"),
        ("seated", "a"),
        ("booked", "b"),
        ("cancelled", "a"),
        ("held", "b"),
    ]
    with refuses("booking_unknown"):
        cancel("none")


@pytest.mark.usefixtures("city")
def test_what_is_over_is_not_cancelled() -> None:
    meeting, gone = scheduled(), scheduled(**OTHER)
    book(meeting, "a", "late")
    book(gone, "g")
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    with refuses("class_cancelled"):
        cancel("g")
    assert [one.state for one in cancel("late", meeting.ends_at - MINUTE)] == ["cancelled"]
    with refuses("class_past"):
        cancel("a", meeting.ends_at)
    assert states("a", "g") == ["seated", "seated"]


@pytest.mark.usefixtures("city")
def test_undo_within_ten_minutes_and_not_after() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "a", "b")
    cancel("a")
    edge = NOW + changes.UNDO
    assert (can_undo("a", edge), can_undo("a", edge + timedelta(seconds=1))) == (True, False)
    with refuses("undo_late") as late:
        undo("a", edge + timedelta(seconds=1))
    assert late.value.facts == {"minutes": 10}
    back = undo("a", edge)
    assert (back.state, back.place, back.cancelled_at) == ("seated", 1, None)
    assert not can_undo("a", edge)
    with refuses("undo_late"):
        undo("a", edge)
    for id in ("b", "none"):
        assert not can_undo(id)
        with refuses("undo_late"):
            undo(id)


@pytest.mark.usefixtures("city")
def test_undo_takes_back_a_seat_nobody_was_told_of() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    cancel("a")
    assert states("a", "b", "c") == ["cancelled", "held", "waiting"]
    undo("a")
    assert states("a", "b", "c") == ["seated", "waiting", "waiting"]
    assert lines(meeting)[-4:] == [
        ("cancelled", "a"),
        ("held", "b"),
        ("taken_back", "b"),
        ("restored", "a"),
    ]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("said", ["no_answer", "told", "comes"])
def test_undo_leaves_a_seat_somebody_was_told_of(said: str) -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    cancel("a")
    waitlist.answer(person("volunteer"), booking_id="b", answer=said, now=NOW)
    back = undo("a")
    # At the old place, before everybody who came later.
    assert (back.state, back.place, back.ahead) == ("waiting", 1, 0)
    assert states("b", "c") == ["seated" if said == "comes" else "held", "waiting"]
    cancel("b")
    assert states("a", "b", "c") == ["held", "cancelled", "waiting"]
    assert lines(meeting)[-2:] == [("cancelled", "b"), ("held", "a")]


@pytest.mark.usefixtures("city")
def test_undo_of_a_decline_and_of_who_waited() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    cancel("b")
    assert undo("b").state == "waiting"
    assert states("a", "b", "c") == ["seated", "waiting", "waiting"]
    cancel("a")
    waitlist.answer(person("volunteer"), booking_id="b", answer="declines", now=NOW)
    assert states("a", "b", "c") == ["cancelled", "cancelled", "held"]
    assert undo("b").state == "seated"
    assert states("a", "b", "c") == ["cancelled", "seated", "waiting"]
    assert lines(meeting)[-3:] == [("held", "c"), ("taken_back", "c"), ("restored", "b")]


@pytest.mark.usefixtures("city")
def test_undo_gives_a_party_of_two_both_seats_or_none() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "pair", party=2)
    book(meeting, "b", "c")
    cancel("pair")
    assert states("b", "c") == ["held", "held"]
    waitlist.answer(person("volunteer"), booking_id="c", answer="told", now=NOW)
    assert undo("pair").state == "waiting"
    assert states("b", "c") == ["held", "held"]
    cancel("pair")
    assert states("pair", "b", "c") == ["cancelled", "held", "held"]
    assert undo("pair").state == "waiting"
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_undo_counts_a_seat_once_though_it_was_kept_twice() -> None:
    meeting = scheduled(seats=3)
    book(meeting, "pair", party=2)
    book(meeting, "b")
    book(meeting, "waiting pair", party=2)
    book(meeting, "d")
    cancel("pair")
    cancel("b")
    assert states("waiting pair", "d") == ["held", "held"]
    undo("b")
    cancel("b")
    assert states("waiting pair", "d") == ["held", "held"]
    assert undo("pair").state == "seated"
    assert states("waiting pair", "d") == ["waiting", "held"]
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_nobody_is_booked_twice_by_an_undo() -> None:
    meeting, volunteer = scheduled(), person("volunteer")
    form = booking_form(meeting.id)
    booking.book(volunteer, id="a", form=form, now=NOW)
    cancel("a")
    booking.book(volunteer, id="again", form=form, now=NOW)
    with refuses("already_booked", "kana") as refused:
        undo("a")
    assert refused.value.facts == {"kana": form.kana}
    assert states("a", "again") == ["cancelled", "seated"]
    cancel("again")
    assert undo("a").state == "seated"
    with refuses("already_booked", "kana"):
        undo("again")


@pytest.mark.usefixtures("city")
def test_undo_when_the_class_is_over_or_cancelled() -> None:
    meeting, gone = scheduled(), scheduled(**OTHER)
    book(meeting, "a")
    book(gone, "g")
    cancel("g", NOW)
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    with refuses("class_cancelled"):
        undo("g")
    cancel("a", meeting.ends_at - MINUTE)
    with refuses("class_past"):
        undo("a", meeting.ends_at)
    assert states("a", "g") == ["cancelled", "cancelled"]


@pytest.mark.usefixtures("city")
def test_a_move_frees_the_old_seat_for_the_next() -> None:
    here, there = scheduled(seats=1), scheduled(seats=2, day=TOMORROW)
    book(there, "t")
    book(here, "a", "b")
    before = booking.get(person("staff"), booking_id="a")[0]
    moved = move("a", there)
    assert (moved.class_id, moved.state, moved.place, moved.code) == (
        there.id,
        "seated",
        2,
        before.code,
    )
    assert states("b", "t") == ["held", "seated"]
    assert lines(here)[-2:] == [("moved_out", "a"), ("held", "b")]
    assert lines(there)[-2:] == [("moved_in", "a"), ("seated", "a")]


@pytest.mark.usefixtures("city")
def test_who_waits_can_move_to_a_class_with_room() -> None:
    here, there = scheduled(seats=1), scheduled(day=TOMORROW)
    book(here, "a", "b", "c")
    assert move("b", there).state == "seated"
    assert states("a", "c") == ["seated", "waiting"]
    lines(here)


@pytest.mark.usefixtures("city")
def test_what_cannot_be_moved() -> None:
    volunteer = person("volunteer")
    here = scheduled(seats=4)
    full = scheduled(seats=1, day=TOMORROW)
    draft = scheduled(day=TOMORROW, starts=time(16), ends=time(17), publish=False)
    gone = scheduled(day=TOMORROW, starts=time(18), ends=time(19))
    earlier = scheduled(starts=time(11), ends=time(12))
    twin = scheduled(day=TOMORROW, **OTHER)
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    form = booking_form(here.id)
    booking.book(volunteer, id="a", form=form, now=NOW)
    booking.book(volunteer, id="twin", form=booking_form(twin.id, kana=form.kana), now=NOW)
    book(full, "f")
    before = booking.get(volunteer, booking_id="a")
    for target, code in (
        (full.id, "move_full"),
        (here.id, "move_same"),
        (draft.id, "class_draft"),
        (gone.id, "class_cancelled"),
        (earlier.id, "class_past"),
        ("none", "class_unknown"),
        (twin.id, "already_booked (kana)"),
    ):
        with refuses(*code.removesuffix(")").split(" (")):
            changes.move(volunteer, booking_id="a", class_id=target, now=earlier.ends_at)
        assert booking.get(volunteer, booking_id="a") == before
    with refuses("class_past"):
        move("a", twin, here.ends_at)
    with refuses("booking_unknown"):
        move("none", twin)
    cancel("a")
    with refuses("booking_cancelled"):
        move("a", full)
    assert states("f", "twin") == ["seated", "seated"]


@pytest.mark.usefixtures("city")
def test_a_pair_moves_together_or_stays() -> None:
    here, there = scheduled(), scheduled(seats=2, day=TOMORROW)
    book(here, "pair", party=2)
    book(there, "t")
    with refuses("move_full") as full:
        move("pair", there)
    assert full.value.facts == {"left": 1}
    assert states("pair", "t") == ["seated", "seated"]
    cancel("t")
    assert move("pair", there).seats == 2


@pytest.mark.usefixtures("city")
def test_undo_of_a_move_is_the_old_seat_at_the_old_place() -> None:
    here, there = scheduled(seats=2), scheduled(seats=1, day=TOMORROW)
    book(here, "a", "b", "c")
    move("a", there)
    book(there, "t")
    assert states("a", "b", "c", "t") == ["seated", "seated", "held", "waiting"]
    back = undo("a", NOW + changes.UNDO)
    assert (back.class_id, back.place, back.state) == (here.id, 1, "seated")
    assert states("a", "b", "c", "t") == ["seated", "seated", "waiting", "held"]
    lines(here)
    lines(there)


@pytest.mark.usefixtures("city")
def test_a_second_undo_of_a_move_changes_nothing() -> None:
    here, there = scheduled(), scheduled(day=TOMORROW)
    book(here, "a")
    move("a", there)
    back = undo("a")
    assert not can_undo("a")
    with refuses("undo_late"):
        undo("a")
    assert booking.get(person("staff"), booking_id="a")[0] == back


@pytest.mark.usefixtures("city")
def test_two_moves_are_taken_back_one_by_one() -> None:
    first, second = scheduled(), scheduled(day=TOMORROW)
    third = scheduled(day=TOMORROW, **OTHER)
    book(first, "a")
    move("a", second)
    move("a", third, NOW + MINUTE)
    assert undo("a", NOW + 2 * MINUTE).class_id == second.id
    assert undo("a", NOW + 3 * MINUTE).class_id == first.id
    with refuses("undo_late"):
        undo("a", NOW + 4 * MINUTE)
    for meeting in (first, second, third):
        lines(meeting)


@pytest.mark.usefixtures("city")
def test_places_that_are_kept_in_one_class_take_none_in_another() -> None:
    here, there = scheduled(), scheduled(day=TOMORROW)
    book(here, "a", "b", "c")
    move("c", there)
    book(there, "d")
    assert [booking.get(person("staff"), booking_id=id)[0].place for id in ("c", "d")] == [1, 2]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("waits", [False, True])
def test_the_old_place_is_kept_while_somebody_may_come_back(waits: bool) -> None:
    here, there = scheduled(seats=2 if waits else 3), scheduled(day=TOMORROW)
    book(here, "a", "b", *(["c"] if waits else []))
    last = "c" if waits else "b"
    place = booking.get(person("staff"), booking_id=last)[0].place
    move(last, there)
    book(here, "new")
    assert undo(last).place == place
    found = booking.roster(person("staff"), class_id=here.id)
    assert sorted((one.place, one.id) for one in found)[-2:] == [(place, last), (place + 1, "new")]
    lines(here)


@pytest.mark.usefixtures("city")
def test_a_move_is_not_taken_back_when_the_seat_is_gone() -> None:
    here, there = scheduled(seats=1), scheduled(day=TOMORROW)
    book(here, "a", "b")
    moved = move("a", there)
    waitlist.answer(person("volunteer"), booking_id="b", answer="told", now=NOW)
    with refuses("undo_gone"):
        undo("a")
    assert booking.get(person("staff"), booking_id="a")[0] == moved
    assert states("a", "b") == ["seated", "held"]


@pytest.mark.usefixtures("city")
def test_whoever_waited_goes_back_to_waiting() -> None:
    here, there = scheduled(seats=1), scheduled(day=TOMORROW)
    book(here, "a", "b", "c")
    move("b", there)
    back = undo("b")
    assert (back.class_id, back.state, back.place) == (here.id, "waiting", 2)
    assert schedule.get(there.id).booked == 0
    lines(here)


@pytest.mark.usefixtures("city")
def test_what_happened_in_the_other_class_stays_there_when_a_move_is_taken_back() -> None:
    volunteer, here = person("volunteer"), scheduled(day=TOMORROW)
    there = scheduled(starts=time(9, 55), ends=time(11))
    book(here, "came", "absent")
    for id in ("came", "absent"):
        move(id, there)
    attendance.check_in(volunteer, booking_id="came", now=NOW)
    attendance.release_no_shows(volunteer, class_id=there.id, now=NOW)
    for id in ("came", "absent"):
        assert undo(id).state == "seated"
    lines(here)
    lines(there)


@pytest.mark.usefixtures("city")
def test_whose_turn_went_by_does_not_get_it_back_by_a_move_and_its_undo() -> None:
    here, there = scheduled(seats=1, day=TOMORROW), scheduled()
    book(here, "a", "late", "next")
    cancel("a")
    for _ in range(2):
        waitlist.answer(person("volunteer"), booking_id="late", answer="no_answer", now=NOW)
    assert states("late", "next") == ["lapsed", "held"]
    move("late", there)
    with refuses("undo_late"):
        undo("late")
    assert states("late", "next") == ["seated", "held"]


@pytest.mark.usefixtures("city")
def test_the_resident_cancels_by_the_code() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b")
    code = booking.get(person("staff"), booking_id="a")[0].code
    assert [(one.id, shown.id) for one, shown in changes.by_code(code.lower())] == [
        ("a", meeting.id)
    ]
    with refuses("code_unknown", "code") as refused:
        changes.cancel_by_code(code=code, booking_id="b", now=NOW)
    assert refused.value.facts == {"shown": code}
    with refuses("code_unknown", "code"):
        changes.by_code("")
    typed = f" {code[:3].lower()}-{code[3:].lower()} "
    gone = changes.cancel_by_code(code=typed, booking_id="a", now=NOW)
    assert (gone.id, gone.state) == ("a", "cancelled")
    assert changes.cancel_by_code(code=code, booking_id="a", now=NOW + MINUTE) == gone
    assert states("a", "b") == ["cancelled", "held"]
    found = journal.of_class(person("staff"), class_id=meeting.id)
    assert [(one.kind, one.person) for one in found[-2:]] == [("cancelled", ""), ("held", "")]
    assert store.rows(
        "SELECT kind, person_id FROM event WHERE kind IN ('cancelled', 'held') ORDER BY kind"
    ) == [{"kind": "cancelled", "person_id": None}, {"kind": "held", "person_id": None}]


@pytest.mark.usefixtures("city")
def test_only_the_desk_changes_a_booking_without_the_code() -> None:
    here, there = scheduled(), scheduled(**OTHER)
    book(here, "a")
    for actor, code in ((person("planner"), "not_allowed"), (people.PUBLIC, "sign_in_first")):
        with refuses(code):
            changes.cancel(actor, booking_id="a", now=NOW)
        with refuses(code):
            changes.move(actor, booking_id="a", class_id=there.id, now=NOW)
        with refuses(code):
            changes.undo(actor, booking_id="a", now=NOW)
        with refuses(code):
            changes.can_undo(actor, booking_id="a", now=NOW)
    assert states("a") == ["seated"]


@pytest.mark.usefixtures("city")
def test_a_move_takes_the_seat_of_who_did_not_answer_in_time() -> None:
    here = scheduled(day=date(2026, 11, 28))
    there = scheduled(day=date(2026, 11, 28), seats=1, **OTHER)
    book(here, "a")
    book(there, "s", "t")
    cancel("s")
    waitlist.answer(person("volunteer"), booking_id="t", answer="told", now=NOW)
    until = booking.get(person("staff"), booking_id="t")[0].held_until
    assert until is not None
    with refuses("move_full"):
        move("a", there, until)
    assert move("a", there, until + MINUTE).state == "seated"
    assert states("t") == ["lapsed"]
    lines(there)


@pytest.mark.usefixtures("city")
def test_a_check_in_does_not_stop_a_cancel_nor_its_undo() -> None:
    meeting = scheduled()
    book(meeting, "a")
    attendance.check_in(person("volunteer"), booking_id="a", now=NOW)
    cancel("a")
    assert undo("a").state == "arrived"


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("moved", ["a", "b"])
def test_whoever_was_moved_while_another_waited_is_locked_where_they_are_now(moved: str) -> None:
    here, there = scheduled(), scheduled(day=TOMORROW)
    book(here, "a", "b")
    inside, leave, passed = Event(), Event(), Event()

    def stay() -> str:
        with booking.locked("a", by=store.SYSTEM, what="test", also=("b",)) as (write, _found):
            inside.set()
            leave.wait(10)
            return booking.one(write, moved).class_id

    def pass_by() -> None:
        with store.transaction(lock=f"class {there.id}"):
            passed.set()

    with ThreadPoolExecutor(2) as threads:
        with store.transaction(lock=(f"class {here.id}", f"class {there.id}")) as write:
            staying = threads.submit(stay)
            assert not inside.wait(0.2)
            sql = "UPDATE booking SET class_id = :there, place = 1 WHERE id = :id"
            write.run(sql, id=moved, there=there.id)
        assert inside.wait(10)
        passing = threads.submit(pass_by)
        early = passed.wait(0.2)
        leave.set()
        passing.result()
        assert (staying.result(), early) == (there.id, False)
