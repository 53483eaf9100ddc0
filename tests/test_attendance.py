"""Who came: by code, without a booking, from a sheet of paper; and who did not."""

from datetime import date, datetime, time, timedelta

import pytest

from desk import (
    attendance,
    booking,
    changes,
    journal,
    places,
    schedule,
    seats,
    series,
    store,
    waitlist,
)
from desk.booking import BookingForm, BookingView
from desk.classes import ClassView
from desk.people import PUBLIC
from tests.conftest import NOW, another_name, booking_form, class_form, person, refuses, scheduled

TODAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)
OTHER_ROOM = "0421110001-2"


def book(meeting: ClassView, *ids: str, party: int = 1) -> None:
    for id in ids:
        form = booking_form(meeting.id, party=party)
        booking.book(person("volunteer"), id=id, form=form, now=NOW)


def get(id: str) -> BookingView:
    return booking.get(person("volunteer"), booking_id=id)[0]


def states(*ids: str) -> list[str]:
    return [get(id).state for id in ids]


def come(id: str, now: datetime = NOW) -> BookingView:
    return attendance.check_in(person("volunteer"), booking_id=id, now=now)


def walk_in(id: str, form: BookingForm, now: datetime = NOW) -> BookingView:
    return attendance.walk_in(person("volunteer"), id=id, form=form, now=now)


def release(meeting: ClassView, now: datetime) -> list[str]:
    found = attendance.release_no_shows(person("volunteer"), class_id=meeting.id, now=now)
    return [one.id for one in found]


def sheet(
    meeting: ClassView,
    *came: str,
    others: tuple[BookingForm, ...] = (),
    now: datetime | None = None,
) -> list[BookingView]:
    return attendance.enter_sheet(
        person("volunteer"),
        id="sheet",
        class_id=meeting.id,
        came=frozenset(came),
        others=others,
        now=now or meeting.ends_at + timedelta(days=1),
    )


def lines(meeting: ClassView) -> list[tuple[str, str | None]]:
    """The journal, in which the seats went in order."""
    found = journal.of_class(person("staff"), class_id=meeting.id)
    assert seats.out_of_order(found) == []
    return [(one.kind, one.booking_id) for one in found if one.booking_id]


@pytest.mark.usefixtures("city")
def test_a_second_scan_says_when_the_first_was() -> None:
    volunteer, meeting = person("volunteer"), scheduled()
    book(meeting, "a")
    code = get("a").code
    done, shown, before = attendance.by_code(volunteer, code=code, now=NOW)
    assert (done.arrived_at, shown, before) == (NOW, schedule.get(meeting.id), None)
    later = NOW + 5 * MINUTE
    assert attendance.by_code(volunteer, code=code, now=later) == (done, shown, NOW)


@pytest.mark.usefixtures("city")
def test_a_code_however_it_is_typed() -> None:
    volunteer, meeting = person("volunteer"), scheduled()
    book(meeting, "a")
    code = get("a").code
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    for typed in (
        code.lower(),
        f" {code[:3]}-{code[3:]}　",
        f"{code[:2]} {code[2:4]} {code[4:]}",
        wide,
        wide.lower(),
        f"{wide[:3]}－{wide[3:]}",
    ):
        assert attendance.by_code(volunteer, code=typed, now=NOW)[0].id == "a"
    with refuses("code_unknown", "code") as refused:
        attendance.by_code(volunteer, code="zz-zz-zz-zz-zz-zz-zz-zz", now=NOW)
    assert refused.value.facts == {"shown": "Z" * 12}
    with refuses("code_unknown", "code"):
        attendance.by_code(volunteer, code="", now=NOW)


@pytest.mark.usefixtures("city")
def test_the_code_of_a_series_means_the_meeting_of_today() -> None:
    volunteer = person("volunteer")
    days = series.weekly(TODAY, 3)
    meetings = series.create(person("staff"), id="S", form=class_form(), days=days, now=NOW)
    made = booking.book_series(
        volunteer,
        id="form",
        form=booking_form(meetings[0].id),
        class_ids=tuple(one.id for one in meetings),
        now=NOW,
    )
    week = timedelta(weeks=1)
    done, shown, _ = attendance.by_code(volunteer, code=made[0].code, now=NOW + week)
    assert (done.id, shown.id) == (made[1].id, meetings[1].id)
    done, shown, _ = attendance.by_code(volunteer, code=made[2].code, now=NOW)
    assert (done.id, shown.id) == (made[0].id, meetings[0].id)
    with refuses("not_today"):
        attendance.by_code(volunteer, code=made[0].code, now=NOW + timedelta(days=1))
    assert states(*(one.id for one in made)) == ["arrived", "arrived", "seated"]


@pytest.mark.usefixtures("city")
def test_of_two_meetings_of_a_day_the_code_means_the_one_that_is_not_over() -> None:
    volunteer = person("volunteer")
    meetings = [scheduled(starts=time(n), ends=time(n + 1)) for n in (13, 15, 17)]
    made = booking.book_series(
        volunteer,
        id="form",
        form=booking_form(meetings[0].id),
        class_ids=tuple(one.id for one in meetings),
        now=NOW,
    )
    changes.cancel(volunteer, booking_id=made[1].id, now=NOW)

    def scan(now: datetime) -> tuple[str, bool]:
        done, _meeting, before = attendance.by_code(volunteer, code=made[0].code, now=now)
        return done.id, before is not None

    assert scan(NOW) == (made[0].id, False)
    assert scan(meetings[0].ends_at - MINUTE) == (made[0].id, True)
    assert scan(meetings[0].ends_at) == (made[2].id, False)
    assert scan(meetings[2].ends_at + MINUTE) == (made[2].id, True)


@pytest.mark.usefixtures("city")
def test_the_code_on_the_slip_finds_a_series_that_began_long_ago() -> None:
    volunteer = person("volunteer")
    days = series.weekly(TODAY, 7)
    meetings = series.create(person("staff"), id="S", form=class_form(), days=days, now=NOW)
    ids = tuple(one.id for one in meetings)
    form = booking_form(ids[0])
    made = booking.book_series(volunteer, id="form", form=form, class_ids=ids, now=NOW)
    later = NOW + timedelta(weeks=6)
    found = booking.find(volunteer, typed=made[0].code, now=later)
    assert found[0][0].id == made[6].id
    assert {one.id for one, _meeting in found} == {one.id for one in made}
    assert attendance.by_code(volunteer, code=made[0].code, now=later)[0].id == made[6].id


@pytest.mark.usefixtures("city")
def test_somebody_without_a_booking_sits_down_or_waits() -> None:
    meeting = scheduled(seats=1)
    form = booking_form(meeting.id)
    here = walk_in("a", form)
    assert (here.state, here.walk_in, here.arrived_at) == ("arrived", True, NOW)
    assert walk_in("a", form, NOW + MINUTE) == here
    waits = walk_in("b", booking_form(meeting.id))
    assert (waits.state, waits.walk_in, waits.arrived_at) == ("waiting", True, None)
    with refuses("already_booked", "kana"):
        walk_in("c", form)
    with refuses("kana_only", "kana"):
        walk_in("c", booking_form(meeting.id, kana="山田"))
    tomorrow = scheduled(day=date(2026, 11, 25))
    with refuses("not_today"):
        walk_in("c", booking_form(tomorrow.id))
    with refuses("class_past"):
        walk_in("c", booking_form(meeting.id), meeting.ends_at)
    assert lines(meeting) == [
        ("booked", "a"),
        ("seated", "a"),
        ("arrived", "a"),
        ("booked", "b"),
    ]
    assert schedule.get(tomorrow.id).booked == 0


@pytest.mark.usefixtures("city")
def test_who_did_not_come_is_noted_only_after_the_start() -> None:
    meeting, gone = scheduled(seats=3), scheduled(room_id=OTHER_ROOM)
    book(meeting, "a", "b", "c", "d")
    come("b")
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    with refuses("not_started"):
        release(meeting, meeting.starts_at - MINUTE)
    with refuses("class_cancelled"):
        release(gone, gone.starts_at)
    with refuses("class_unknown"):
        attendance.release_no_shows(person("staff"), class_id="none", now=NOW)
    assert release(meeting, meeting.starts_at) == ["a", "c"]
    assert states("a", "b", "c", "d") == ["no_show", "arrived", "no_show", "held"]
    assert get("d").held_until == meeting.ends_at
    assert get("a").no_show_at == meeting.starts_at
    assert lines(meeting)[-3:] == [("no_show", "a"), ("no_show", "c"), ("held", "d")]


@pytest.mark.usefixtures("city")
def test_noting_who_did_not_come_twice_takes_no_promised_seat() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    assert release(meeting, meeting.starts_at) == ["a"]
    assert release(meeting, meeting.starts_at + MINUTE) == []
    assert states("a", "b", "c") == ["no_show", "held", "waiting"]
    assert release(meeting, meeting.ends_at) == ["b"]
    assert states("b", "c") == ["no_show", "waiting"]


@pytest.mark.usefixtures("city")
def test_a_seat_kept_from_before_the_start_is_free_when_nobody_came() -> None:
    meeting = scheduled(seats=1)
    book(meeting, "a", "b", "c")
    changes.cancel(person("volunteer"), booking_id="a", now=NOW)
    assert get("b").held_until == meeting.starts_at
    assert release(meeting, meeting.starts_at) == ["b"]
    assert states("b", "c") == ["no_show", "held"]


@pytest.mark.usefixtures("city")
def test_whoever_comes_after_all_sits_while_there_is_a_seat() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "a", "b", "c")
    after = meeting.starts_at + MINUTE
    release(meeting, after)
    assert states("a", "b", "c") == ["no_show", "no_show", "held"]
    here = come("b", after)
    assert (here.state, here.arrived_at, here.no_show_at) == ("arrived", after, None)
    with refuses("seat_gone"):
        come("a", after)
    assert come("c", after).state == "arrived"
    assert states("a", "b", "c") == ["no_show", "arrived", "arrived"]
    assert lines(meeting)[-3:] == [("came_after_all", "b"), ("arrived", "b"), ("arrived", "c")]


@pytest.mark.usefixtures("city")
def test_whoever_is_here_need_not_be_called() -> None:
    volunteer, meeting = person("volunteer"), scheduled(seats=1)
    book(meeting, "a", "b")
    come("a")
    changes.cancel(volunteer, booking_id="a", now=NOW)
    waitlist.answer(volunteer, booking_id="b", answer="told", now=NOW)
    changes.undo(volunteer, booking_id="a", now=NOW)
    changes.cancel(volunteer, booking_id="b", now=NOW)
    assert [one.booking.id for one in waitlist.cards(volunteer, now=NOW)] == ["a"]
    here = come("a", NOW + MINUTE)
    assert (here.state, here.arrived_at, here.held_until) == ("arrived", NOW, None)
    assert waitlist.cards(volunteer, now=NOW) == []


@pytest.mark.usefixtures("city")
def test_a_paper_sheet_of_sixteen() -> None:
    meeting = scheduled(seats=18)
    ids = [f"b{n:02}" for n in range(15)]
    book(meeting, *ids)
    early = meeting.starts_at - 3 * MINUTE
    come("b00", early)
    other = booking_form(meeting.id, party=2)
    listed = booking_form(meeting.id, kana=get("b13").kana)
    after = meeting.ends_at + timedelta(days=2)
    roster = sheet(meeting, *ids[:13], others=(other, listed), now=after)
    assert [one.id for one in roster[:15]] == ids
    assert len(roster) == 16
    assert [one.arrived_at for one in roster] == [
        early,
        *[meeting.starts_at] * 13,
        None,
        meeting.starts_at,
    ]
    assert states(*ids) == ["arrived"] * 14 + ["no_show"]
    written_in = roster[15]
    assert (written_in.kana, written_in.walk_in, written_in.seats, written_in.made_at) == (
        other.kana,
        True,
        2,
        meeting.starts_at,
    )
    before = lines(meeting)
    again = sheet(meeting, *ids[:13], others=(other, listed), now=after + MINUTE)
    assert again == roster
    assert lines(meeting) == before


@pytest.mark.usefixtures("city")
def test_the_same_sheet_twice_while_the_class_goes_on() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "a", "b", "c")
    during = meeting.starts_at + 10 * MINUTE
    roster = sheet(meeting, "a", now=during)
    assert states("a", "b", "c") == ["arrived", "no_show", "held"]
    assert sheet(meeting, "a", now=during + MINUTE) == roster
    assert states("a", "b", "c") == ["arrived", "no_show", "held"]


@pytest.mark.usefixtures("city")
def test_a_name_of_the_sheet_is_who_has_it_unless_it_is_another_person() -> None:
    meeting, (first, second) = scheduled(seats=6), places.towns()[:2]
    name = another_name()
    here = booking_form(meeting.id, kana=name, residence="town", town_id=first.id)
    booking.book(person("volunteer"), id="a", form=here, now=NOW)
    elsewhere = booking_form(meeting.id, kana=name, residence="town", town_id=second.id)
    twin = booking_form(meeting.id, kana=name, residence="town", town_id=first.id, namesake=True)
    unknown = booking_form(meeting.id, kana=name, residence="unknown")
    roster = sheet(meeting, others=(unknown, elsewhere, twin))
    assert [(one.id == "a", one.town_id, one.state) for one in roster] == [
        (True, first.id, "arrived"),
        (False, second.id, "arrived"),
        (False, first.id, "arrived"),
    ]
    assert sheet(meeting, others=(unknown, elsewhere, twin)) == roster


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("ticked", "expected"), [("", ["arrived", "no_show"]), ("a", ["arrived", "arrived"])]
)
def test_a_line_on_the_sheet_is_one_person_of_two_of_a_name(
    ticked: str, expected: list[str]
) -> None:
    meeting, name = scheduled(), another_name()
    for id, town in zip("ab", places.towns()[:2], strict=True):
        form = booking_form(meeting.id, kana=name, residence="town", town_id=town.id)
        booking.book(person("volunteer"), id=id, form=form, now=NOW)
    unknown = booking_form(meeting.id, kana=name, residence="unknown")
    for _ in range(2):
        # Whoever is ticked already is not who was written in below.
        assert len(sheet(meeting, *ticked, others=(unknown,))) == 2
        assert states("a", "b") == expected


@pytest.mark.usefixtures("city")
def test_the_paper_knows_who_sat_in_the_room() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "a", "b", "c", "d")
    roster = sheet(meeting, "a", "d")
    assert {one.id: one.state for one in roster} == {
        "a": "arrived",
        "b": "no_show",
        "c": "waiting",
        "d": "arrived",
    }
    assert lines(meeting)[-4:] == [
        ("no_show", "b"),
        ("arrived", "a"),
        ("let_in", "d"),
        ("arrived", "d"),
    ]
    # A second look at the paper: b was there after all, instead of nobody.
    with refuses("seat_gone"):
        sheet(meeting, "a", "b", "d")


@pytest.mark.usefixtures("city")
def test_who_sat_in_the_room_passes_nobody_in_the_queue() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "a")
    book(meeting, "pair", party=2)
    book(meeting, "c")
    assert release(meeting, meeting.ends_at) == ["a", "c"]
    come("c", meeting.ends_at)
    assert lines(meeting)[-2:] == [("came_after_all", "c"), ("arrived", "c")]
    other = booking_form(meeting.id)
    written_in = sheet(meeting, "c", others=(other,))[-1].id
    assert states("a", "pair", "c", written_in) == ["no_show", "waiting", "arrived", "arrived"]
    assert lines(meeting)[-3:] == [
        ("booked", written_in),
        ("let_in", written_in),
        ("arrived", written_in),
    ]


@pytest.mark.usefixtures("city")
def test_a_written_in_name_does_not_pass_who_waited_and_went_home() -> None:
    meeting = scheduled(seats=3)
    book(meeting, "a", "b")
    book(meeting, "pair", party=2)
    book(meeting, "d", "e")
    roster = sheet(meeting, "e", others=(booking_form(meeting.id),))
    assert [one.state for one in roster] == [
        "no_show",
        "no_show",
        "waiting",
        "no_show",
        "arrived",
        "arrived",
    ]
    lines(meeting)


@pytest.mark.usefixtures("city")
def test_more_people_than_seats_and_nothing_is_written() -> None:
    meeting = scheduled(seats=2)
    book(meeting, "a", "b", "c")
    before = (booking.roster(person("staff"), class_id=meeting.id), lines(meeting))
    for came, others in (
        (("a", "b", "c"), ()),
        (("a", "b"), (booking_form(meeting.id),)),
        (("a",), (booking_form(meeting.id, party=2),)),
    ):
        with refuses("sheet_full"):
            sheet(meeting, *came, others=others)
        with refuses("kana_only", "kana"):
            sheet(meeting, "a", others=(booking_form(meeting.id, kana="山田"),))
        assert (booking.roster(person("staff"), class_id=meeting.id), lines(meeting)) == before
    assert store.rows("SELECT id FROM booking WHERE walk_in = 1") == []


@pytest.mark.usefixtures("city")
def test_when_a_sheet_can_be_entered() -> None:
    meeting, gone = scheduled(), scheduled(room_id=OTHER_ROOM)
    book(meeting, "a")
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    with refuses("class_cancelled"):
        sheet(gone)
    with refuses("not_started"):
        sheet(meeting, "a", now=meeting.starts_at - MINUTE)
    last = meeting.ends_at + timedelta(days=30)
    with refuses("sheet_late") as late:
        sheet(meeting, "a", now=last + timedelta(seconds=1))
    assert late.value.facts == {"days": 30}
    assert states("a") == ["seated"]
    assert [one.state for one in sheet(meeting, "a", now=last)] == ["arrived"]


@pytest.mark.usefixtures("city")
def test_only_the_desk_notes_who_came() -> None:
    meeting = scheduled()
    book(meeting, "a")
    form = booking_form(meeting.id)
    for actor, code in ((person("planner"), "not_allowed"), (PUBLIC, "sign_in_first")):
        with refuses(code):
            attendance.check_in(actor, booking_id="a", now=NOW)
        with refuses(code):
            attendance.by_code(actor, code=get("a").code, now=NOW)
        with refuses(code):
            attendance.walk_in(actor, id="w", form=form, now=NOW)
        with refuses(code):
            attendance.release_no_shows(actor, class_id=meeting.id, now=meeting.starts_at)
        with refuses(code):
            attendance.enter_sheet(
                actor,
                id="s",
                class_id=meeting.id,
                came=frozenset(),
                others=(),
                now=meeting.ends_at,
            )
    assert states("a") == ["seated"]
