"""Who could not come to a class: one row a person, nobody's name, and a way back."""

import itertools
from datetime import datetime, time, timedelta

import pytest

from desk import schedule, store, turned_down
from desk.people import PUBLIC, Actor
from desk.turned_down import FAR, FULL, TIME, WHY, TurnedDown
from tests.conftest import NOW, person, refuses, scheduled

pytestmark = pytest.mark.usefixtures("city")
_IDS = itertools.count()


@pytest.fixture
def volunteer() -> Actor:
    return person("volunteer")


def town() -> str:
    return str(store.rows("SELECT id FROM town ORDER BY id")[0]["id"])


def tap(
    actor: Actor,
    class_id: str,
    why: str = FAR,
    *,
    id: str = "",
    town_id: str | None = None,
    now: datetime = NOW,
) -> TurnedDown:
    return turned_down.note(
        actor,
        id=id or f"tap {next(_IDS)}",
        class_id=class_id,
        why=why,
        town_id=town_id,
        now=now,
    )


def rows() -> list[store.Row]:
    return store.rows("SELECT * FROM turned_down ORDER BY id")


@pytest.mark.parametrize("why", WHY)
def test_a_tap_is_kept_with_its_reason_and_neighbourhood(volunteer: Actor, why: str) -> None:
    meeting = scheduled()
    made = tap(volunteer, meeting.id, why, town_id=town())
    assert made == TurnedDown(made.id, NOW, meeting.id, town(), why)
    assert turned_down.lately(person("planner"), now=NOW) == [made]


def test_a_tap_needs_no_neighbourhood(volunteer: Actor) -> None:
    assert tap(volunteer, scheduled().id, town_id="").town_id is None


def test_a_double_tap_is_one_row_and_another_answer_with_its_id_is_refused(
    volunteer: Actor,
) -> None:
    meeting = scheduled()
    first = tap(volunteer, meeting.id, TIME, id="one")
    assert tap(volunteer, meeting.id, TIME, id="one", now=NOW + timedelta(seconds=1)) == first
    assert len(rows()) == 1
    with refuses("form_reused"):
        tap(volunteer, meeting.id, FULL, id="one")
    with refuses("form_reused"):
        tap(person("volunteer"), meeting.id, TIME, id="one")


def test_two_people_who_cannot_come_are_two_rows(volunteer: Actor) -> None:
    meeting = scheduled()
    tap(volunteer, meeting.id)
    tap(volunteer, meeting.id)
    assert len(rows()) == 2


def test_the_row_names_nobody_but_who_tapped(volunteer: Actor) -> None:
    tap(volunteer, scheduled().id)
    [row] = rows()
    assert set(row) == {"id", "at", "class_id", "town_id", "why", "person_id", "trial"}
    assert row["person_id"] == volunteer.id


def test_what_is_unknown_is_refused_and_nothing_is_kept(volunteer: Actor) -> None:
    meeting = scheduled()
    with refuses("missing", "why"):
        tap(volunteer, meeting.id, "")
    with refuses("choice_unknown", "why"):
        tap(volunteer, meeting.id, "ill")
    with refuses("town_unknown", "town"):
        tap(volunteer, meeting.id, town_id="nowhere")
    with refuses("class_unknown"):
        tap(volunteer, "nothing")
    assert rows() == []


def test_only_a_class_that_can_be_booked_is_turned_down(volunteer: Actor) -> None:
    draft, over, off = (
        scheduled(publish=False),
        scheduled(starts=time(10), ends=time(11)),
        scheduled(starts=time(16), ends=time(17)),
    )
    schedule.cancel(person("staff"), class_id=off.id, now=NOW)
    with refuses("class_draft"):
        tap(volunteer, draft.id)
    with refuses("class_past"):
        tap(volunteer, over.id, now=over.ends_at)
    with refuses("class_cancelled"):
        tap(volunteer, off.id)


def test_a_tap_is_taken_back_for_ten_minutes_by_who_tapped(volunteer: Actor) -> None:
    made = tap(volunteer, scheduled().id)
    with refuses("turned_down_others"):
        turned_down.take_back(person("volunteer"), id=made.id, now=NOW)
    with refuses("undo_late"):
        turned_down.take_back(volunteer, id=made.id, now=NOW + timedelta(minutes=10, seconds=1))
    assert len(rows()) == 1
    turned_down.take_back(volunteer, id=made.id, now=NOW + timedelta(minutes=10))
    assert rows() == []
    turned_down.take_back(volunteer, id=made.id, now=NOW)


def test_who_may_not_book_taps_nothing_and_who_plans_reads(volunteer: Actor) -> None:
    meeting = scheduled()
    made = tap(volunteer, meeting.id)
    for actor, code in ((PUBLIC, "sign_in_first"), (person("planner"), "not_allowed")):
        with refuses(code):
            tap(actor, meeting.id)
        with refuses(code):
            turned_down.take_back(actor, id=made.id, now=NOW)
    with refuses("not_allowed"):
        turned_down.lately(volunteer, now=NOW)
    assert len(rows()) == 1


def test_only_the_last_year_is_read(volunteer: Actor) -> None:
    made = tap(volunteer, scheduled().id)
    planner = person("planner")
    assert turned_down.lately(planner, now=NOW + timedelta(days=365)) == [made]
    assert turned_down.lately(planner, now=NOW + timedelta(days=365, seconds=1)) == []
    assert turned_down.lately(planner, now=NOW - timedelta(seconds=1)) == []
