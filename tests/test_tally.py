"""A desk in a rush and a tally on paper: counted fast, whole or not at all, taken back whole."""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import consultations, corrections, follow_ups, people, places, store, tally, times, usual
from desk.consultations import TOPICS, ConsultationForm
from desk.corrections import form_of
from desk.tally import Sheet
from tests.conftest import DESK, NOW, person, refuses

OTHER_DESK = "042111D2"
FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "75-79", "line")
DAY = date(2026, 11, 20)
SHEET = Sheet(DESK, "walk_in", DAY, {"line": 3, "wifi": 2, "scam": 0})
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("city")


def counted() -> list[dict[str, Any]]:
    return store.rows("SELECT * FROM consultation_now ORDER BY logged_at, id")


def log(actor: people.Actor, now: datetime, **facts: Any) -> dict[str, Any]:
    options = {key: facts.pop(key) for key in ("tablet", "entry", "ask", "id") if key in facts}
    options = {"id": str(uuid.uuid4())} | options
    return consultations.log(actor, form=replace(FORM, **facts), now=now, **options)


def taken_back(actor: people.Actor, id: str, now: datetime) -> None:
    corrections.withdraw(actor, id=f"{id} back", consultation_id=id, now=now)


# The same again within a minute.


def test_the_same_again_from_one_tablet_is_asked_about_whoever_logs_it(now: datetime) -> None:
    log(person("volunteer"), now, tablet="t1")
    later = now + timedelta(seconds=20)
    with refuses("just_logged") as asked:
        log(person("volunteer"), later, tablet="t1", ask=True)
    assert asked.value.facts == {"seconds": 20}
    assert len(counted()) == 1
    log(person("volunteer"), later, tablet="t1")  # another resident, the volunteer says
    assert len(counted()) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"topic": "wifi"},
        {"age_band": "85+"},
        {"residence": "outside"},
        {"tablet": "t2"},
        {"after": timedelta(seconds=60)},
    ],
)
def test_another_consultation_is_not_asked_about(facts: dict[str, Any], now: datetime) -> None:
    log(person("volunteer"), now, tablet="t1")
    later = now + facts.get("after", SECOND)
    changes = {key: value for key, value in facts.items() if key != "after"}
    log(person("volunteer"), later, **{"tablet": "t1", "ask": True, **changes})
    assert len(counted()) == 2


def test_neighbourhoods_tell_consultations_apart(now: datetime) -> None:
    one, two = (town.id for town in places.towns()[:2])
    volunteer = person("volunteer")
    log(volunteer, now, tablet="t1", residence="town", town_id=one)
    log(volunteer, now, tablet="t1", residence="town", town_id=two, ask=True)
    with refuses("just_logged"):
        log(volunteer, now, tablet="t1", residence="town", town_id=one, ask=True)


def test_without_a_tablet_a_person_is_asked_about_their_own(now: datetime) -> None:
    hana, yoshiko = person("volunteer"), person("volunteer")
    log(hana, now)
    log(yoshiko, now, ask=True)
    with refuses("just_logged"):
        log(hana, now + SECOND, ask=True)


def test_a_form_sent_twice_is_answered_and_not_asked_about(now: datetime) -> None:
    volunteer = person("volunteer")
    first = log(volunteer, now, id="c", ask=True)
    assert log(volunteer, now + SECOND, id="c", ask=True) == first


def test_what_was_taken_back_is_not_asked_about(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, now, id="c")
    taken_back(volunteer, "c", now)
    log(volunteer, now + SECOND, ask=True)
    assert len(counted()) == 1


# What is usual.


def test_the_commonest_topics_of_a_desk_come_first_and_the_vague_one_last(now: datetime) -> None:
    volunteer = person("volunteer")
    assert usual.common_topics(volunteer, desk_id=DESK, now=now) == list(TOPICS)
    for topic in ("scam", "scam", "other", "other", "other", "wifi"):
        log(volunteer, now, topic=topic)
    log(volunteer, now, topic="map", desk_id=OTHER_DESK)
    log(volunteer, now - usual.COMMON, topic="line")
    found = usual.common_topics(volunteer, desk_id=DESK, now=now)
    assert found[:3] == ["scam", "wifi", "basics"]
    assert found[-1] == "other"
    assert sorted(found) == sorted(TOPICS)
    assert usual.common_topics(volunteer, desk_id=OTHER_DESK, now=now)[0] == "map"
    every = usual.common_topics(volunteer, desk_id=None, now=now)
    assert set(every[:3]) == {"scam", "wifi", "map"}


def test_the_last_one_is_offered_again_without_what_belongs_to_one_resident(now: datetime) -> None:
    volunteer = person("volunteer")
    assert usual.last_today(volunteer, now=now) is None
    told = {"also": ("wifi", "map"), "tried": ("called",), "result": "handed_on", "minutes": 30}
    log(volunteer, now - timedelta(days=1), id="before", result="again")
    card = follow_ups.give(volunteer, "before", now.date(), now)
    log(volunteer, now, note="写真", follows=card, **told)
    log(volunteer, now + SECOND, topic="scam", entry="rush")
    log(person("volunteer"), now + SECOND)
    assert usual.last_today(volunteer, now=now) == replace(FORM, **told)
    assert usual.last_today(volunteer, now=now + timedelta(days=1)) is None


# In a rush.


def test_a_rush_counts_ones_own_taps_of_today_at_this_desk(now: datetime) -> None:
    volunteer = person("volunteer")
    for n, topic in enumerate(("line", "line", "wifi")):
        log(volunteer, now + n * SECOND, topic=topic, entry="rush", id=f"r{n}", age_band="unknown")
    log(volunteer, now, entry="rush", desk_id=OTHER_DESK)
    log(volunteer, now)
    log(person("volunteer"), now, entry="rush")
    log(volunteer, now - timedelta(days=1), entry="rush")
    taken_back(volunteer, "r1", now)
    found = tally.rushed(volunteer, desk_id=DESK, now=now)
    assert [(row["id"], row["topic"]) for row in found] == [("r0", "line"), ("r2", "wifi")]


# On paper.


def test_a_sheet_is_one_row_for_each_stroke_at_noon_of_its_day(now: datetime) -> None:
    volunteer, town = person("volunteer"), places.towns()[0]
    sheet = replace(SHEET, residence="town", town_id=town.id, age_band="80-84", kind="phone")
    stored = tally.enter(volunteer, id="s", sheet=sheet, now=now)
    key = lambda row: row["id"]  # noqa: E731
    assert sorted(counted(), key=key) == sorted(stored, key=key)
    assert sorted(row["topic"] for row in stored) == ["line"] * 3 + ["wifi"] * 2
    same = {
        (row["logged_at"], row["written_at"], row["entry"], row["town_id"], row["age_band"])
        for row in stored
    }
    assert same == {("2026-11-20T03:00:00Z", times.stamp(now), "paper", town.id, "80-84")}
    assert consultations.remembered_desk(volunteer) == (DESK, "phone")


def test_a_sheet_sent_twice_is_one_and_another_under_its_id_is_refused(now: datetime) -> None:
    volunteer = person("volunteer")
    first = tally.enter(volunteer, id="s", sheet=SHEET, now=now)
    assert tally.enter(volunteer, id="s", sheet=SHEET, now=now + SECOND) == first
    others = [
        replace(SHEET, counts={"line": 3, "wifi": 3}),
        replace(SHEET, counts={"line": 3, "wifi": 1}),
        replace(SHEET, counts={"line": 2, "wifi": 3}),
        replace(SHEET, day=DAY - timedelta(days=1)),
        replace(SHEET, desk_id=OTHER_DESK),
    ]
    for other in others:
        with refuses("form_reused"):
            tally.enter(volunteer, id="s", sheet=other, now=now)
    with refuses("form_reused"):
        tally.enter(person("volunteer"), id="s", sheet=SHEET, now=now)
    assert len(counted()) == 5


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"day": date(2026, 11, 25)}, "tally_day", "day"),
        ({"day": date(2026, 9, 24)}, "tally_day", "day"),
        ({"counts": {}}, "tally_empty", "counts"),
        ({"counts": {"line": 0}}, "tally_empty", "counts"),
        ({"counts": {"line": -1, "wifi": 2}}, "tally_count", "counts"),
        ({"counts": {"line": 100}}, "tally_count", "counts"),
        ({"counts": {"line": 1.5}}, "tally_count", "counts"),
        ({"counts": {"tv": 1}}, "tally_count", "counts"),
        ({"counts": dict.fromkeys(TOPICS, 26)}, "tally_many", "counts"),
        ({"desk_id": "none"}, "desk_unknown", "desk"),
        ({"residence": "town"}, "missing", "town"),
        ({"age_band": "75"}, "choice_unknown", "age_band"),
    ],
)
def test_what_is_no_sheet_is_not_stored(
    changes: dict[str, Any], code: str, field: str, now: datetime
) -> None:
    volunteer = person("volunteer")
    with refuses(code, field):
        tally.enter(volunteer, id="s", sheet=replace(SHEET, **changes), now=now)
    assert counted() == []


def test_a_sheet_can_be_entered_from_its_day_to_sixty_days_after(now: datetime) -> None:
    volunteer, today = person("volunteer"), times.today(now)
    for n, day in enumerate((today, today - timedelta(days=60))):
        tally.enter(volunteer, id=f"s{n}", sheet=replace(SHEET, day=day), now=now)
    assert len(counted()) == 10


def test_half_a_sheet_is_never_stored(now: datetime) -> None:
    """One row in its middle is somebody else's already, so none of the others stays."""
    log(person("volunteer"), now, id=tally._row_id("s", 4))
    before = store.rows("SELECT * FROM consultation")
    with refuses("form_reused"):
        tally.enter(person("volunteer"), id="s", sheet=replace(SHEET, counts={"map": 9}), now=now)
    assert store.rows("SELECT * FROM consultation") == before


def test_a_sheet_is_taken_back_whole_for_half_an_hour_after_its_entry(now: datetime) -> None:
    volunteer, last = person("volunteer"), now + corrections.WINDOW
    rows = tally.enter(volunteer, id="s", sheet=SHEET, now=now)
    tally.enter(volunteer, id="other", sheet=replace(SHEET, counts={"map": 1}), now=now)
    taken_back(volunteer, rows[0]["id"], now)
    corrected = replace(form_of(rows[1]), topic="scam")
    corrections.correct(volunteer, id="k", consultation_id=rows[1]["id"], form=corrected, now=now)
    with refuses("correction_late"):
        tally.take_back(volunteer, id="s", now=last + SECOND)
    with refuses("consultation_unknown"):
        tally.take_back(person("volunteer"), id="s", now=now)
    with refuses("consultation_unknown"):
        tally.take_back(volunteer, id="none", now=now)
    assert len(counted()) == 5
    assert [tally.take_back(volunteer, id="s", now=last) for _twice in range(2)] == [4, 0]
    assert [row["topic"] for row in counted()] == ["map"]
    assert len(store.rows("SELECT id FROM consultation")) == 12


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(list(TOPICS)), st.integers(0, 6), min_size=1))
def test_a_sheet_counts_what_it_says_and_nothing_once_it_is_taken_back(
    counts: dict[str, int],
) -> None:
    volunteer, id = person("volunteer"), str(uuid.uuid4())
    sheet = replace(SHEET, counts=counts)
    if not sheet.total:
        return
    tally.enter(volunteer, id=id, sheet=sheet, now=NOW)
    found = [row["topic"] for row in counted()]
    assert {one: found.count(one) for one in counts} == counts
    assert len(found) == sheet.total
    assert tally.take_back(volunteer, id=id, now=NOW) == sheet.total
    assert counted() == []
