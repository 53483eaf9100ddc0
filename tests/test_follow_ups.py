"""Follow-ups: a card with a code and no name, due on a day, closed once; and the handoff slip."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from desk import (
    codes,
    consultations,
    corrections,
    follow_ups,
    handoffs,
    places,
    store,
    times,
)
from desk.consultations import ConsultationForm
from desk.people import Actor
from desk.refusals import SENTENCES
from tests.conftest import DESK, person, refuses

FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "75-79", "line", result="again")
WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("city")


def log(actor: Actor, id: str, now: datetime, **changes: Any) -> dict[str, Any]:
    return consultations.log(actor, id=id, form=replace(FORM, **changes), now=now)


def today(now: datetime) -> date:
    return times.today(now)


def row(code: str) -> dict[str, Any]:
    return store.rows("SELECT * FROM follow_up WHERE code = :code", code=code)[0]


def test_one_consultation_has_one_card_which_holds_no_name(now: datetime) -> None:
    volunteer = person("volunteer", "ハナ")
    log(volunteer, "c", now)
    code = follow_ups.give(volunteer, "c", today(now) + WEEK, now)
    assert len(code) == codes.LENGTH
    assert set(code) <= set(codes.ALPHABET)
    assert follow_ups.give(volunteer, "c", today(now) + WEEK, now) == code
    # Another day, and the consultation corrected meanwhile: the same card.
    wifi = replace(FORM, topic="wifi")
    corrections.correct(volunteer, id="k", consultation_id="c", form=wifi, now=now)
    assert follow_ups.give(person("volunteer"), "k", today(now), now) == code
    assert row(code) == {
        "code": code,
        "consultation_id": "c",
        "due_on": "2026-11-24",
        "made_at": times.stamp(now),
        "made_by": volunteer.id,
        "closed_at": None,
        "closed_by": None,
        "outcome": None,
        "trial": 0,
    }
    assert len(store.rows("SELECT code FROM follow_up")) == 1


def test_a_card_is_for_a_day_to_come_and_a_consultation_there_is(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, "c", now)
    for days in (-1, 367):
        with refuses("follow_up_day", "due_on"):
            follow_ups.give(volunteer, "c", today(now) + timedelta(days=days), now)
    corrections.withdraw(volunteer, id="w", consultation_id="c", now=now)
    for id in ("none", "c", "w"):
        with refuses("consultation_unknown"):
            follow_ups.give(volunteer, id, today(now), now)
    assert follow_ups.of(volunteer, "c") is None
    assert store.rows("SELECT * FROM follow_up") == []


def test_codes_differ_even_when_chance_repeats_itself(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    volunteer = person("volunteer")
    drawn = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    found = []
    for id in ("c1", "c2"):
        log(volunteer, id, now)
        found.append(follow_ups.give(volunteer, id, today(now), now))
    assert found == ["AAAAAA", "BBBBBB"]


def test_a_card_fills_the_log_as_the_consultation_counts_now(now: datetime) -> None:
    volunteer, town = person("volunteer"), places.towns()[0]
    log(volunteer, "c", now, residence="town", town_id=town.id, procedure_id="konbini-juminhyo")
    code = follow_ups.give(volunteer, "c", today(now), now)
    fixed = replace(FORM, residence="town", town_id=town.id, topic="map", age_band="85+")
    corrections.correct(volunteer, id="k", consultation_id="c", form=fixed, now=now)
    shown = follow_ups.card(person("volunteer"), f" {code[:3].lower()}－{code[3:].lower()} ")
    assert shown == follow_ups.of(volunteer, "k")
    assert (shown.code, shown.town, shown.town_id) == (code, town.name, town.id)
    assert (shown.residence, shown.age_band, shown.topic, shown.visit) == (
        "town",
        "85+",
        "map",
        "again",
    )
    assert shown.due_on == today(now)
    assert not shown.closed


def test_a_card_that_cannot_be_used_is_refused_with_its_code(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, "c", now)
    code = follow_ups.give(volunteer, "c", today(now), now)
    for typed, said in (("ZZZZZZ", "ZZZZZZ"), ("とても長い何か", "とても長い何")):
        with refuses("follow_up_unknown", "card") as refused:
            follow_ups.card(volunteer, typed)
        assert refused.value.facts == {"shown": said}
    with refuses("missing", "card"):
        follow_ups.card(volunteer, "　")
    with refuses("my_number", "card"):
        follow_ups.card(volunteer, "1234 5678 9018")
    follow_ups.close(volunteer, code, "done", now)
    with refuses("follow_up_closed", "card"):
        follow_ups.card(volunteer, code)
    with refuses("follow_up_closed"):
        follow_ups.give(volunteer, "c", today(now), now)
    assert "{shown}" in SENTENCES["follow_up_closed"]


def test_the_longest_overdue_are_first_and_what_is_not_due_is_not_listed(now: datetime) -> None:
    volunteer = person("volunteer")
    made = {}
    for id, days in (("today", 0), ("tomorrow", 1), ("gone", 0), ("old", 0), ("done", 0)):
        log(volunteer, id, now)
        made[id] = follow_ups.give(volunteer, id, today(now) + timedelta(days=days), now)
    log(volunteer, "before", now - WEEK)
    made["before"] = follow_ups.give(volunteer, "before", today(now - WEEK), now - WEEK)
    corrections.withdraw(volunteer, id="w", consultation_id="gone", now=now)
    wifi = replace(FORM, topic="wifi")
    corrections.correct(volunteer, id="k", consultation_id="old", form=wifi, now=now)
    follow_ups.close(volunteer, made["done"], "done", now)
    shown = follow_ups.due(person("volunteer"), now)
    assert {one.code for one in shown} == {made["before"], made["today"], made["old"]}
    assert shown[0].code == made["before"]
    assert {one.code: one.topic for one in shown}[made["old"]] == "wifi"
    assert made["tomorrow"] in [
        one.code for one in follow_ups.due(volunteer, now, ahead=timedelta(days=1))
    ]
    midnight = times.moment(times.bounds(today(now))[1])
    assert made["tomorrow"] not in [
        one.code for one in follow_ups.due(volunteer, midnight - SECOND)
    ]
    assert made["tomorrow"] in [one.code for one in follow_ups.due(volunteer, midnight)]


def test_a_closing_is_taken_back(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, "c", now)
    code = follow_ups.give(volunteer, "c", today(now), now)
    with refuses("choice_unknown", "outcome"):
        follow_ups.close(volunteer, code, "lost", now)
    for at in (now, now + HOUR):
        follow_ups.close(volunteer, code.lower(), "done", at)
    assert (row(code)["outcome"], row(code)["closed_at"]) == ("done", times.stamp(now))
    assert row(code)["closed_by"] == volunteer.id
    with refuses("follow_up_closed", "card"):
        follow_ups.close(volunteer, code, "dropped", now)
    for _ in range(2):
        follow_ups.reopen(volunteer, code)
        assert [one.code for one in follow_ups.due(volunteer, now)] == [code]
    for act in (
        lambda: follow_ups.close(volunteer, "ZZZZZZ", "done", now),
        lambda: follow_ups.reopen(volunteer, "ZZZZZZ"),
    ):
        with refuses("follow_up_unknown", "card"):
            act()


def test_coming_back_closes_the_card_with_the_log_or_not_at_all(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, "c", now)
    code = follow_ups.give(volunteer, "c", today(now), now)
    with refuses("my_number", "note"):
        log(volunteer, "again", now, follows=code, note="1234 5678 9018")
    with refuses("desk_unknown", "desk"):
        log(volunteer, "again", now, follows=code, desk_id="none")
    assert row(code)["outcome"] is None
    for _ in range(2):  # a double tap
        kept = log(volunteer, "again", now + HOUR, follows=f"{code[:3]} {code[3:].lower()}")
        assert kept["follows"] == code
    assert (row(code)["outcome"], row(code)["closed_at"]) == ("came", times.stamp(now + HOUR))
    assert follow_ups.due(volunteer, now) == []
    with refuses("follow_up_closed", "card"):
        log(volunteer, "third", now, follows=code)
    with refuses("follow_up_unknown", "card"):
        log(volunteer, "third", now, follows="ZZZZZZ")
    with refuses("follow_up_closed", "card"):
        follow_ups.reopen(volunteer, code)
    assert {one["id"] for one in store.rows("SELECT id FROM consultation")} == {"c", "again"}


def test_a_visit_that_was_none_expects_the_card_again(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, "c", now)
    code = follow_ups.give(volunteer, "c", today(now), now)
    again = log(volunteer, "again", now, follows=code)
    form = replace(corrections.form_of(again), topic="map", follows="")
    fixed = corrections.correct(volunteer, id="k", consultation_id="again", form=form, now=now)
    assert (fixed["follows"], row(code)["outcome"]) == (code, "came")
    corrections.withdraw(volunteer, id="w", consultation_id="k", now=now)
    assert [one.code for one in follow_ups.due(volunteer, now)] == [code]
    corrections.correct(volunteer, id="back", consultation_id="w", form=form, now=now)
    assert row(code)["outcome"] == "came"
    corrections.withdraw(volunteer, id="w2", consultation_id="back", now=now)
    log(volunteer, "really", now, follows=code)
    corrections.correct(volunteer, id="b2", consultation_id="w2", form=form, now=now)
    corrections.withdraw(volunteer, id="w3", consultation_id="b2", now=now)
    assert row(code)["outcome"] == "came"  # for they did come
    corrections.withdraw(volunteer, id="w4", consultation_id="really", now=now)
    assert row(code)["outcome"] is None


def test_the_papers_are_for_whoever_has_their_address_for_a_day(now: datetime) -> None:
    volunteer, town = person("volunteer"), places.towns()[0]
    log(
        volunteer,
        "c",
        now,
        residence="town",
        town_id=town.id,
        also=("wifi", "map"),
        tried=("explained", "secret"),
        handed_to="shop",
        procedure_id="konbini-juminhyo",
        note="秘密のメモ",
    )
    code = follow_ups.give(volunteer, "c", today(now), now)
    card = follow_ups.ticket(volunteer, code, now)
    slip = handoffs.ticket(volunteer, consultation_id="c", now=now)
    assert follow_ups.read(card, now=now + 24 * HOUR).code == code
    said = handoffs.read(slip, now=now + 24 * HOUR)
    assert said.procedure is not None
    assert (said.procedure.id, said.topics) == ("konbini-juminhyo", ("line", "wifi", "map"))
    assert (said.tried, said.handed_to) == (("explained", "secret"), "shop")
    assert (said.day, said.trial) == (today(now), False)
    assert not {town.name, town.id, "秘密のメモ", volunteer.name} & set(
        map(str, vars(said).values())
    )
    for read, ticket, other in (
        (follow_ups.read, card, slip),
        (handoffs.read, slip, card),
    ):
        for wrong in (other, "", "あ", f"{ticket}x"):
            with refuses("sheet_expired"):
                read(wrong, now=now)
        with refuses("sheet_expired"):
            read(ticket, now=now + 24 * HOUR + SECOND)


def test_the_papers_follow_a_correction(now: datetime) -> None:
    volunteer = person("volunteer")
    log(volunteer, "c", now)
    code = follow_ups.give(volunteer, "c", today(now), now)
    card = follow_ups.ticket(volunteer, code, now)
    slip = handoffs.ticket(volunteer, consultation_id="c", now=now)
    form = replace(FORM, topic="map", handed_to="city")
    corrections.correct(volunteer, id="k", consultation_id="c", form=form, now=now)
    said = handoffs.read(slip, now=now)
    assert (said.topics, said.handed_to, said.procedure) == (("map",), "city", None)
    follow_ups.close(volunteer, code, "done", now)
    with refuses("follow_up_closed", "card"):
        follow_ups.read(card, now=now)
    corrections.withdraw(volunteer, id="w", consultation_id="k", now=now)
    with refuses("consultation_unknown"):
        handoffs.read(slip, now=now)
    with refuses("follow_up_unknown", "card"):
        follow_ups.read(card, now=now)
