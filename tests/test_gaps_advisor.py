"""The next class advisor on the store: what it reads, what it says, and the draft it makes."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from desk import booking, consultations, places, schedule, store, times, turned_down
from desk.consultations import ConsultationForm
from desk.gaps.next_class import advice, advised, advisor
from desk.gaps.next_class.advised import MISSING, Advice, Pick
from desk.people import PUBLIC
from tests.conftest import NOW, booking_form, person, refuses, scheduled

pytestmark = pytest.mark.usefixtures("city")
HALL = "0421110002"
LINE = "basic-5-line-sns"


def advise(metres: int = 2_000) -> Advice:
    return advisor.advise(person("planner"), now=NOW, metres=metres)


def near(venue_id: str) -> str:
    """The neighbourhood nearest to a venue."""
    venue = next(one for one in places.venues() if one["id"] == venue_id)
    there = (venue["lat"], venue["lng"])
    return min(places.towns(), key=lambda one: places.metres(one.lat, one.lng, *there)).id


def ask(topic: str, town_id: str | None, times_: int = 1) -> None:
    actor = person("volunteer")
    residence = "town" if town_id else "unknown"
    desk = places.desks()[0]["id"]
    form = ConsultationForm(desk, "walk_in", residence, town_id, "75-79", topic)
    for _one in range(times_):
        consultations.log(actor, id=str(uuid.uuid4()), form=form, now=NOW)


def decline(why: str, town_id: str | None, class_id: str) -> None:
    turned_down.note(
        person("volunteer"),
        id=str(uuid.uuid4()),
        class_id=class_id,
        why=why,
        town_id=town_id,
        now=NOW,
    )


def of_venue(found: Advice, venue_id: str) -> Pick:
    return next(one for one in found.picks if one.venue_id == venue_id)


def codes(found: Advice) -> set[str]:
    return {one.code for one in found.missing}


def test_without_consultations_it_says_that_they_are_missing() -> None:
    found = advise()
    assert found.picks
    assert not found.steady
    assert "no_topics" in codes(found)
    assert found.missing[0].in_words("ja") == MISSING_JA["no_topics"]


MISSING_JA = {"no_topics": "この1年、地区のわかる相談の記録がありません。"}


def test_too_many_consultations_without_a_neighbourhood_are_said() -> None:
    ask("line", near(HALL), 3)
    ask("line", None, 1)
    found = advise()
    assert "nowhere" in codes(found)
    assert any(one.facts == {"percent": 25} for one in found.missing)


def test_what_is_asked_around_a_venue_is_the_course_advised_there() -> None:
    ask("line", near(HALL), 30)
    pick = of_venue(advise(800), HALL)
    assert (pick.course_id, pick.asked) == (LINE, 30)


def test_a_choice_is_one_sentence_with_its_numbers() -> None:
    town = near(HALL)
    ask("line", town, 30)
    meeting = scheduled(course_id=LINE, seats=1)
    for _one in range(3):
        form = booking_form(meeting.id, residence="town", town_id=town)
        booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=NOW)
    decline("far", town, meeting.id)
    decline("full", town, meeting.id)
    decline("time", town, meeting.id)
    pick = of_venue(advise(800), HALL)
    assert (pick.course_id, pick.waiting, pick.far) == (LINE, 3, 1)
    why = pick.why(800, "ja")
    assert why.startswith(f"道のり800m以内に、講座が届いていない人が約{round(pick.unmet)}人、")
    for part in ("相談が30件", "入れなかった人が3人", "遠くて行けなかった人が1人"):
        assert part in why
    assert why.count("。") == 1
    assert "30 consultations" in pick.why(800, "en")


def test_people_who_could_not_come_bring_the_class_to_where_they_live() -> None:
    meeting = scheduled(course_id=LINE)
    ask("map", near(HALL), 3)
    before = of_venue(advise(800), HALL)
    assert before.course_id != LINE
    for _one in range(40):
        decline("far", near(HALL), meeting.id)
    after = of_venue(advise(800), HALL)
    assert (after.course_id, after.far) == (LINE, 40)
    assert after.score >= before.score


def test_the_time_that_did_not_suit_is_not_advised_again() -> None:
    ask("line", near(HALL), 30)
    first = of_venue(advise(800), HALL)
    meeting = scheduled(
        course_id=LINE,
        day=first.day - timedelta(days=7),
        starts=first.starts,
        ends=times.local(times.at(first.day, first.starts) + timedelta(hours=1)).time(),
    )
    for _one in range(4):
        decline("time", near(HALL), meeting.id)
    then = of_venue(advise(800), HALL)
    assert (then.day.weekday(), then.starts) != (first.day.weekday(), first.starts)
    assert then.untimely == 4


def test_a_course_that_is_planned_there_is_not_advised_there_again() -> None:
    ask("line", near(HALL), 30)
    pick = of_venue(advise(800), HALL)
    advisor.draft(person("staff"), id="one", pick=pick, now=NOW)
    found = [one for one in advise(800).picks if one.venue_id == HALL]
    assert all(one.course_id != LINE for one in found)


def test_a_room_in_use_is_not_offered() -> None:
    ask("line", near(HALL), 30)
    pick = of_venue(advise(800), HALL)
    # Seats elsewhere, for one seat here not to be all that the city has.
    scheduled(venue_id="0421110008", room_id="0421110008-1", seats=100)
    scheduled(
        seats=1,
        venue_id=HALL,
        room_id=pick.room_id,
        day=pick.day,
        starts=pick.starts,
        ends=times.local(times.at(pick.day, pick.starts) + timedelta(hours=1)).time(),
    )
    then = of_venue(advise(800), HALL)
    assert (then.room_id, then.day, then.starts) != (pick.room_id, pick.day, pick.starts)


def test_a_city_without_rooms_or_people_hears_what_is_missing() -> None:
    with store.transaction() as write:
        write.run("UPDATE room SET active = 0")
    found = advise()
    assert (found.picks, codes(found), found.steady) == ((), {"no_venue"}, False)
    with store.transaction() as write:
        write.run("UPDATE room SET active = 1")
        write.run("UPDATE population SET active = 0")
    found = advise()
    assert (found.picks, codes(found)) == ((), {"no_population"})


def test_a_city_without_neighbourhoods_or_courses_is_no_crash() -> None:
    with store.transaction() as write:
        write.run("UPDATE course SET active = 0")
    assert advise().picks == ()
    with store.transaction() as write:
        write.run("UPDATE town SET active = 0")
    assert codes(advise()) == {"no_population"}


def test_much_clear_evidence_is_steady_and_offered() -> None:
    for venue, topic in ((HALL, "line"), ("0421110003", "line"), ("0421110022", "line")):
        ask(topic, near(venue), 60)
    found = advise(2_000)
    assert found.steadiness.pairs >= advice.STEADY
    assert found.steady
    assert len(found.picks) == 3
    assert found == replace(found, picks=advise(2_000).picks)  # the same at every look


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    facts = {"percent": 1, "more": 10, "low": 600, "high": 1000}
    for code in MISSING:
        one = advised.Missing(code, facts)
        assert one.in_words("ja") != one.in_words("en")


def some_pick() -> Pick:
    return advise().picks[0]


def test_a_tap_makes_one_draft_nobody_can_book() -> None:
    staff, pick = person("staff"), some_pick()
    made = advisor.draft(staff, id="one", pick=pick, now=NOW)
    assert made.published_at is None
    assert (made.venue_id, made.course_id, made.room_id) == (
        pick.venue_id,
        pick.course_id,
        pick.room_id,
    )
    assert (times.today(made.starts_at), made.seats) == (pick.day, pick.seats)
    assert made.ends_at - made.starts_at == timedelta(minutes=pick.minutes)
    assert advisor.draft(staff, id="one", pick=pick, now=NOW) == made
    assert len(schedule.between(pick.day, pick.day)) == 1
    with refuses("class_draft"):
        schedule.open_for_booking(made.id, now=NOW)


def test_a_room_taken_meanwhile_refuses_the_draft() -> None:
    staff, pick = person("staff"), some_pick()
    advisor.draft(staff, id="one", pick=pick, now=NOW)
    with refuses("room_taken", "room"):
        advisor.draft(staff, id="two", pick=pick, now=NOW)


def test_a_draft_is_taken_back_unless_somebody_worked_on_it() -> None:
    staff, pick = person("staff"), some_pick()
    made = advisor.draft(staff, id="one", pick=pick, now=NOW)
    gone = advisor.take_back(staff, class_id=made.id, now=NOW)
    assert gone.status == "cancelled"
    assert advisor.take_back(staff, class_id=made.id, now=NOW) == gone
    again = advisor.draft(staff, id="two", pick=pick, now=NOW)
    with refuses("undo_late"):
        advisor.take_back(staff, class_id=again.id, now=NOW + timedelta(minutes=11))
    form = replace(schedule.form_of(again), seats=4)
    schedule.change(staff, class_id=again.id, version=again.version, form=form, now=NOW)
    with refuses("changed_meanwhile"):
        advisor.take_back(staff, class_id=again.id, now=NOW)


def test_planners_look_and_only_staff_put_on_the_schedule() -> None:
    pick = some_pick()
    made = advisor.draft(person("staff"), id="one", pick=pick, now=NOW)
    for role in ("planner", "volunteer"):
        with refuses("not_allowed"):
            advisor.draft(person(role), id="two", pick=pick, now=NOW)
        with refuses("not_allowed"):
            advisor.take_back(person(role), class_id=made.id, now=NOW)
    with refuses("not_allowed"):
        advisor.advise(person("volunteer"), now=NOW)
    with refuses("sign_in_first"):
        advisor.advise(PUBLIC, now=NOW)
