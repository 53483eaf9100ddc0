"""Actions for neighbourhoods: kept, taken back, never lost; and what is found of each."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from desk import attendance, booking, consultations, places, store, times, trial, wifi
from desk.consultations import ConsultationForm
from desk.gaps.acts import actions, looked_back
from desk.gaps.acts.actions import Action, ActionForm
from desk.gaps.acts.looked_back import LookBack
from desk.gaps.city import CLASS, DESK
from desk.people import Actor
from tests.conftest import DESK as DESK_ID
from tests.conftest import NOW, booking_form, person, refuses, scheduled

pytestmark = pytest.mark.usefixtures("city")
TODAY = times.today(NOW)
START = TODAY - timedelta(days=84)
FORM = ConsultationForm(DESK_ID, "walk_in", "unknown", None, "75-79", "line")


def towns(*numbers: int) -> tuple[str, ...]:
    every = places.towns()
    return tuple(every[n].id for n in numbers)


def form(**changes: Any) -> ActionForm:
    facts = ActionForm("outreach", "老人クラブで話した", towns(0, 1), START, "チラシも配った")
    return replace(facts, **changes)


def mark(id: str = "a", who: Actor | None = None, **changes: Any) -> Action:
    return actions.mark(who or person("planner"), id=id, form=form(**changes), now=NOW)


def look(id: str = "a", **settings: Any) -> LookBack:
    [found] = looked_back.looks(person("planner"), now=NOW, only=id, **settings)
    every = looked_back.looks(person("planner"), now=NOW, **settings)
    assert found in every
    return found


def came(n: int, town_id: str | None, day: date, **changes: Any) -> None:
    """Consultations of a day, as the log holds them."""
    residence = "town" if town_id else "unknown"
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    wanted = replace(FORM, residence=residence, town_id=town_id, **changes)
    volunteer = person("volunteer")
    for _ in range(n):
        consultations.log(volunteer, id=str(uuid.uuid4()), form=wanted, now=at)


def test_an_action_is_kept_as_it_was_marked() -> None:
    made = mark(title=" 老人クラブで話した ")
    assert made == Action(
        id="a",
        kind="outreach",
        title="老人クラブで話した",
        note="チラシも配った",
        about="",
        starts_on=START,
        towns=tuple((one.id, one.name) for one in places.towns()[:2]),
        made_at=NOW,
        made_by=made.made_by,
        withdrawn_at=None,
        withdrawn_by="",
        trial=False,
    )
    assert actions.actions(person("staff")) == [made]


def test_a_second_tap_is_one_action_and_another_answer_is_refused() -> None:
    assert mark() == mark()
    assert len(actions.actions(person("planner"))) == 1
    for changes in ({"title": "ほか"}, {"town_ids": towns(0)}, {"starts_on": TODAY}):
        with refuses("form_reused"):
            mark(**changes)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": ""}, "missing", "kind"),
        ({"kind": "magic"}, "choice_unknown", "kind"),
        ({"title": " "}, "missing", "title"),
        ({"title": "あ" * 61}, "too_long", "title"),
        ({"note": "あ" * 401}, "too_long", "note"),
        ({"note": "090-1234-5678に電話"}, "eleven", "note"),
        ({"town_ids": ()}, "missing", "towns"),
        ({"town_ids": ("nowhere",)}, "town_unknown", "towns"),
        ({"starts_on": date(2019, 1, 1)}, "action_day", "day"),
        ({"starts_on": TODAY + timedelta(days=400)}, "action_day", "day"),
        ({"about": DESK_ID}, "action_about_unknown", "about"),
        ({"kind": "class", "about": DESK_ID}, "action_about_unknown", "about"),
        ({"kind": "wifi", "about": "nowhere"}, "action_about_unknown", "about"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with refuses(code, field):
        mark(**changes)
    assert actions.actions(person("planner")) == []
    assert store.rows("SELECT * FROM gap_action_town") == []


def test_an_action_is_about_something_the_desk_has() -> None:
    meeting, spot = scheduled(), wifi.spots()[0]
    for kind, id, name in (
        ("desk", DESK_ID, ""),
        ("wifi", spot.id, spot.name),
        ("class", meeting.id, "11/24"),
    ):
        offered = actions.choices(person("planner"), kind=kind)
        assert name in offered[id]
        assert mark(id=kind, kind=kind, about=id).about == id
    assert actions.choices(person("planner"), kind="outreach") == {}


def test_what_is_taken_back_stays_with_who_and_when_and_comes_again() -> None:
    made = mark()
    staff = person("staff")
    gone = actions.withdraw(staff, action_id="a", now=NOW + timedelta(hours=1))
    assert (gone.withdrawn_at, gone.title) == (NOW + timedelta(hours=1), made.title)
    assert gone.withdrawn_by
    again = actions.withdraw(person("planner"), action_id="a", now=NOW + timedelta(hours=2))
    assert again == gone
    assert look().state == looked_back.WITHDRAWN
    assert actions.restore(staff, action_id="a") == made
    assert actions.restore(staff, action_id="a") == made
    for id in ("", "none"):
        with refuses("action_unknown"):
            actions.withdraw(staff, action_id=id, now=NOW)
        with refuses("action_unknown"):
            actions.restore(staff, action_id=id)


def test_practice_is_marked_and_leaves_with_the_trial_year() -> None:
    trial.load(now=NOW)
    assert mark().trial
    assert look().trial
    trial.empty()
    assert actions.actions(person("planner")) == []
    assert not mark(id="b").trial


def test_use_before_and_after_is_counted_by_day_and_neighbourhood() -> None:
    here, other = towns(0)[0], towns(5)[0]
    for day in (START - timedelta(days=84), START - timedelta(days=1)):
        came(2, here, day)
        came(9, other, day)
    for day in (START, TODAY - timedelta(days=1)):
        came(8, here, day)
        came(9, other, day)
    came(3, here, TODAY)  # not over
    came(5, here, START, visit="again")  # came before: no first visit
    mark(town_ids=towns(0))
    found = look()
    assert found.window
    assert found.change
    assert found.window.days == 84
    change = found.change
    assert (change.before, change.after) == (4, 16)
    assert (change.others_before, change.others_after) == (18, 18)
    assert [one.uses for one in found.steps] == [2, 0, 2, 8, 0, 8]
    assert [one.as_elsewhere for one in found.steps] == [None, None, None, 2, 0, 2]
    assert found.others == 1
    counts = found.said[0]
    assert counts.code == "counts_quarter"
    assert counts.facts == {"before": 4, "after": 16, "as_elsewhere": 4}
    assert found.but[0].code == "chosen"


def test_a_rise_that_is_plain_is_said_and_a_small_one_says_what_is_lacking() -> None:
    for n in range(5, 15):
        came(8, towns(n)[0], START - timedelta(days=9))
        came(8, towns(n)[0], START + timedelta(days=9))
    came(1, None, START - timedelta(days=90))
    came(10, towns(0)[0], START - timedelta(days=9))
    came(40, towns(0)[0], START + timedelta(days=9))
    came(1, towns(2)[0], START - timedelta(days=9))
    came(2, towns(2)[0], START + timedelta(days=9))
    mark()
    mark(id="small", town_ids=towns(2))
    assert [one.code for one in look().said] == ["counts_quarter", "more"]
    assert look().state == looked_back.MORE
    small = look("small")
    assert small.state == looked_back.CANNOT_TELL
    assert small.said[1].code == "few"
    assert int(small.said[1].facts["more"]) > 5


def test_too_early_and_nothing_to_compare_say_so() -> None:
    mark(id="new", starts_on=TODAY - timedelta(days=5))
    mark(id="planned", starts_on=TODAY + timedelta(days=5))
    mark()
    assert [look(id).state for id in ("new", "planned")] == ["early", "planned"]
    assert look("new").said[0].facts == {"day": "2026-12-17", "days": 5}
    assert look("planned").said[0].facts == {"day": "2026-12-27"}
    assert look().state == looked_back.NO_BEFORE  # nothing was ever logged
    came(1, None, START - timedelta(days=90))
    assert look().state == looked_back.NO_USE
    came(1, towns(0)[0], START - timedelta(days=9))
    assert look().state == looked_back.NO_OTHERS
    assert look().said[0].facts == {"before": 1, "after": 0}


def test_other_actions_of_that_time_are_named_and_no_comparison() -> None:
    for day in (START - timedelta(days=9), START + timedelta(days=9)):
        for n in range(6):
            came(3, towns(n)[0], day)
    came(1, None, START - timedelta(days=90))
    mark()
    mark(id="here", title="ちらし", town_ids=towns(1))
    mark(id="there", town_ids=towns(2, 3), starts_on=START + timedelta(days=5))
    mark(id="old", town_ids=towns(4), starts_on=START - timedelta(days=300))
    mark(id="gone", town_ids=towns(5))
    actions.withdraw(person("planner"), action_id="gone", now=NOW)
    found = look()
    said = {one.code: one.facts for one in found.but}
    assert said["crossing"] == {"titles": "ちらし"}
    assert said["left_out"] == {"n": 2}
    assert found.others == 2
    assert found.change
    assert (found.change.before, found.change.others_before) == (6, 6)


def test_a_fall_just_before_warns_of_the_way_back() -> None:
    for n in range(3, 20):
        for back in (100, 9, -9):
            came(4, towns(n)[0], START - timedelta(days=back))
    came(1, None, START - timedelta(days=170))
    came(40, towns(0)[0], START - timedelta(days=100))
    came(8, towns(0)[0], START - timedelta(days=9))
    came(40, towns(0)[0], START + timedelta(days=9))
    mark(town_ids=towns(0))
    found = look()
    assert found.state == looked_back.MORE
    assert "fell_before" in [one.code for one in found.but]


def test_much_without_a_neighbourhood_is_said() -> None:
    for day in (START - timedelta(days=9), START + timedelta(days=9)):
        came(2, towns(0)[0], day)
        came(2, towns(5)[0], day)
        came(4, None, day)
    came(1, None, START - timedelta(days=90))
    mark()
    assert {one.code: one.facts for one in look().but}["nowhere"] == {"percent": 50}


def test_seats_in_classes_are_counted_where_classes_are_meant() -> None:
    meeting = scheduled(day=TODAY, starts=NOW.time().replace(hour=14), seats=4)
    volunteer = person("volunteer")
    here = booking_form(meeting.id, residence="town", town_id=towns(0)[0], party=2)
    booking.book(volunteer, id="b", form=here, now=NOW)
    attendance.check_in(volunteer, booking_id="b", now=NOW)
    came(1, towns(0)[0], START + timedelta(days=9))
    mark(kind="class", starts_on=TODAY)
    later = NOW + timedelta(days=40)
    with store.transaction() as write:  # the records begin long ago
        write.run("UPDATE class SET published_at = made_at")
    found = looked_back.looks(person("planner"), now=later)[0]
    assert found.measure == CLASS
    assert found.state == looked_back.NO_BEFORE
    other = looked_back.looks(person("planner"), now=later, measure=DESK)[0]
    assert other.measure == DESK
    early = TODAY - timedelta(days=40)
    with store.transaction() as write:
        write.run(
            "INSERT INTO class (id, course_id, venue_id, room_id, starts_at, ends_at, made_at, "
            "made_by, published_at) SELECT 'old', course_id, venue_id, room_id, :at, :end, "
            "made_at, made_by, published_at FROM class",
            at=f"{early}T05:00:00Z",
            end=f"{early}T06:00:00Z",
        )
    found = looked_back.looks(person("planner"), now=later)[0]
    assert found.state == looked_back.NO_OTHERS
    assert found.said[0].facts == {"before": 0, "after": 2}


def test_an_answer_nobody_offered_is_refused() -> None:
    with refuses("choice_unknown", "most"):
        look(most=5)
    with refuses("choice_unknown", "measure"):
        look(measure="wifi")


def test_without_actions_there_is_nothing_to_look_back_at() -> None:
    assert looked_back.looks(person("planner"), now=NOW) == ()
