"""Corrections append: the first row stays, what counts is the last, and there is no fork."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from desk import consultations, corrections, places, store, times
from desk.consultations import ConsultationForm
from desk.corrections import WINDOW
from desk.people import Actor
from desk.refusals import Refused
from tests.conftest import DESK, person, refuses

FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "75-79", "line")
WIFI = replace(FORM, topic="wifi")
SECOND = timedelta(seconds=1)
IDS = itertools.count()


def log(actor: Actor, now: datetime, form: ConsultationForm = FORM, **how: Any) -> dict[str, Any]:
    return consultations.log(actor, id=f"c{next(IDS)}", form=form, now=now, **how)


def correct(
    actor: Actor,
    row: dict[str, Any],
    now: datetime,
    form: ConsultationForm = WIFI,
    reason: str = "",
) -> dict[str, Any]:
    return corrections.correct(
        actor, id=f"k{next(IDS)}", consultation_id=row["id"], form=form, now=now, reason=reason
    )


def withdraw(actor: Actor, row: dict[str, Any], now: datetime, reason: str = "") -> dict[str, Any]:
    return corrections.withdraw(
        actor, id=f"w{next(IDS)}", consultation_id=row["id"], now=now, reason=reason
    )


def counting() -> list[dict[str, Any]]:
    return store.rows("SELECT * FROM consultation_now ORDER BY id")


@pytest.mark.usefixtures("city")
def test_a_correction_is_a_row_of_its_own_and_the_first_one_stays(now: datetime) -> None:
    volunteer = person("volunteer")
    first = log(volunteer, now)
    fixed = correct(volunteer, first, now + WINDOW)
    assert store.rows("SELECT * FROM consultation WHERE id = :id", id=first["id"]) == [first]
    assert counting() == [fixed]
    different = {name for name in first if first[name] != fixed[name]}
    assert different == {"id", "topic", "corrects", "corrected_at", "corrected_by"}
    assert (fixed["corrects"], fixed["corrected_by"]) == (first["id"], volunteer.id)
    assert fixed["corrected_at"] == times.stamp(now + WINDOW)
    assert consultations.logged_today(volunteer, now=now) == 1


@pytest.mark.usefixtures("city")
def test_half_an_hour_is_the_volunteers_and_then_the_staffs_with_a_reason(now: datetime) -> None:
    volunteer, staff = person("volunteer"), person("staff")
    first = log(volunteer, now)
    late = now + WINDOW + SECOND
    with refuses("correction_late") as refused:
        correct(volunteer, first, late)
    assert refused.value.facts == {"minutes": 30}
    with refuses("correction_late"):
        withdraw(volunteer, first, late, "まちがい")
    for blank in ("", " 　"):
        with refuses("missing", "reason"):
            correct(staff, first, late, reason=blank)
    with refuses("my_number", "reason"):
        correct(staff, first, late, reason="1234-5678-9018")
    assert counting() == [first]
    fixed = correct(staff, first, late, reason=" 電話で聞いた ")
    assert (fixed["reason"], fixed["person_id"]) == ("電話で聞いた", volunteer.id)
    assert fixed["corrected_by"] == staff.id


@pytest.mark.usefixtures("city")
def test_somebody_elses_takes_staff_and_a_reason_at_any_time(now: datetime) -> None:
    first = log(person("volunteer"), now)
    with refuses("correction_others"):
        correct(person("volunteer"), first, now)
    with refuses("missing", "reason"):
        withdraw(person("staff"), first, now)
    with refuses("not_allowed"):
        correct(person("planner"), first, now, reason="x")
    assert withdraw(person("staff"), first, now, "練習だった")["withdrawn"] == 1
    assert counting() == []


@pytest.mark.usefixtures("city")
def test_the_half_hour_begins_when_the_first_row_was_written(now: datetime) -> None:
    volunteer = person("volunteer")
    fixed = correct(volunteer, log(volunteer, now), now + timedelta(minutes=20))
    with refuses("correction_late"):
        correct(volunteer, fixed, now + timedelta(minutes=40), FORM)
    correct(volunteer, fixed, now + timedelta(minutes=30), FORM)


@pytest.mark.usefixtures("city")
def test_one_from_paper_is_fresh_from_when_it_was_entered(now: datetime) -> None:
    volunteer = person("volunteer")
    facts, day_before = consultations.clean(FORM), times.stamp(now - timedelta(days=1))
    with store.transaction() as write:
        noted, unknown = (
            consultations.insert(
                write,
                facts,
                id=id,
                logged_at=day_before,
                person_id=volunteer.id,
                entry="paper",
                written_at=written,
            )
            for id, written in (("noted", times.stamp(now)), ("unknown", None))
        )
    correct(volunteer, noted, now + WINDOW)
    with refuses("correction_late"):
        correct(volunteer, unknown, now - timedelta(days=1))
    [_first, last] = corrections.history(volunteer, "noted")
    assert (_first.at, last.at) == (now, now + WINDOW)
    assert corrections.history(volunteer, "unknown")[0].at is None


@pytest.mark.usefixtures("city")
def test_a_hurried_row_is_completed_until_the_day_ends(now: datetime) -> None:
    volunteer = person("volunteer")
    hurried = replace(FORM, age_band="unknown")
    first = log(volunteer, now, hurried, entry="rush")
    midnight = times.moment(times.bounds(times.today(now))[1])
    town = places.towns()[0].id
    whole = replace(
        hurried, age_band="80-84", residence="town", town_id=town, minutes=60, note="写真"
    )
    assert corrections.may_complete(volunteer, row=first, now=midnight - SECOND)
    for wrong in (replace(whole, topic="wifi"), replace(whole, kind="phone")):
        with refuses("correction_late"):
            correct(volunteer, first, midnight - SECOND, wrong)
    with refuses("correction_late"):
        withdraw(volunteer, first, midnight - SECOND)
    with refuses("correction_late"):
        correct(volunteer, first, midnight, whole)
    with refuses("correction_others"):
        correct(person("volunteer"), first, midnight - SECOND, whole)
    done = correct(volunteer, first, midnight - SECOND, whole)
    with refuses("correction_late"):  # an answer that was given is no longer open
        correct(volunteer, done, midnight - SECOND, replace(whole, age_band="85+"))


@pytest.mark.usefixtures("city")
def test_one_that_was_not_hurried_is_not_completed_later(now: datetime) -> None:
    volunteer = person("volunteer")
    first = log(volunteer, now)
    with refuses("correction_late"):
        correct(volunteer, first, now + WINDOW + SECOND, replace(FORM, visit="first"))


@pytest.mark.usefixtures("city")
def test_the_same_correction_twice_is_one_row_and_the_same_answer(now: datetime) -> None:
    volunteer, staff = person("volunteer"), person("staff")
    first, other = log(volunteer, now), log(volunteer, now)
    how = {"id": "k", "consultation_id": first["id"], "form": WIFI}
    fixed = corrections.correct(volunteer, **how, now=now)
    assert corrections.correct(volunteer, **how, now=now + SECOND) == fixed
    gone = corrections.withdraw(volunteer, id="w", consultation_id="k", now=now)
    assert corrections.withdraw(volunteer, id="w", consultation_id="k", now=now) == gone
    assert len(store.rows("SELECT id FROM consultation")) == 4
    with refuses("form_reused"):
        corrections.correct(staff, **how, now=now, reason="x")
    with refuses("form_reused"):
        corrections.correct(volunteer, **{**how, "consultation_id": other["id"]}, now=now)
    with refuses("form_reused"):
        corrections.withdraw(volunteer, id="k", consultation_id=first["id"], now=now)
    with refuses("form_reused"):
        corrections.correct(volunteer, **{**how, "id": other["id"]}, now=now)


@pytest.mark.usefixtures("city")
def test_who_comes_second_is_refused(now: datetime) -> None:
    volunteer = person("volunteer")
    first = log(volunteer, now)
    fixed = correct(volunteer, first, now)
    for again in (correct, withdraw):
        with refuses("corrected_meanwhile"):
            again(volunteer, first, now)
    assert counting() == [fixed]
    with refuses("consultation_unknown"):
        correct(volunteer, {"id": "none"}, now)


def test_of_many_at_once_one_corrects(city: str, now: datetime) -> None:
    """Everybody with a lock of their own, so that on PostgreSQL it is the index that decides."""
    first = log(person("volunteer"), now)
    staff = [person("staff") for _ in range(8)]

    def one(actor: Actor) -> str:
        try:
            return str(correct(actor, first, now, reason="x")["corrected_by"])
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(one, staff))
    [winner] = [one for one in answers if one != "corrected_meanwhile"]
    assert winner in {actor.id for actor in staff}
    assert len(counting()) == 1
    assert city


def test_the_database_refuses_a_fork_and_a_change(city: str, now: datetime) -> None:
    volunteer = person("volunteer")
    first = log(volunteer, now)
    fixed = correct(volunteer, first, now)
    assert city
    for sql in (
        "UPDATE consultation SET topic = 'map' WHERE id = :id",
        "UPDATE consultation SET corrects = NULL WHERE id = :id",
        "DELETE FROM consultation WHERE id = :id",
    ):
        with pytest.raises(Exception, match="append-only"), store.transaction() as write:
            write.run(sql, id=fixed["id"])
    row = {**fixed, "id": "fork"}
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    with (
        pytest.raises(Exception, match=r"(?i)unique|consultation_corrects"),
        store.transaction() as write,
    ):
        write.run(f"INSERT INTO consultation ({columns}) VALUES ({values})", **row)


@pytest.mark.usefixtures("city")
def test_what_changes_nothing_is_no_correction(now: datetime) -> None:
    volunteer = person("volunteer")
    first = log(volunteer, now, replace(FORM, also=("map", "wifi"), tried=("explained",)))
    assert corrections.form_of(first) == replace(FORM, also=("map", "wifi"), tried=("explained",))
    with refuses("correction_same"):
        correct(volunteer, first, now, corrections.form_of(first))
    gone = withdraw(volunteer, first, now)
    with refuses("consultation_unknown"):
        withdraw(volunteer, gone, now)
    assert correct(volunteer, gone, now, corrections.form_of(gone))["withdrawn"] == 0
    assert len(counting()) == 1


@pytest.mark.usefixtures("city")
def test_an_answer_that_is_none_is_refused_and_an_old_place_may_stay(now: datetime) -> None:
    volunteer, town = person("volunteer"), places.towns()[0].id
    first = log(volunteer, now, replace(FORM, residence="town", town_id=town))
    for changes, code, field in (
        ({"desk_id": "none"}, "desk_unknown", "desk"),
        ({"residence": "town", "town_id": "none"}, "town_unknown", "town"),
        ({"topic": ""}, "missing", "topic"),
        ({"note": "1234 5678 9018"}, "my_number", "note"),
    ):
        with refuses(code, field):
            correct(volunteer, first, now, replace(WIFI, **changes))
    with store.transaction() as write:
        write.run("UPDATE desk SET active = 0")
        write.run("UPDATE town SET active = 0")
    fixed = correct(volunteer, first, now, replace(WIFI, residence="town", town_id=town))
    assert fixed["town_id"] == town


@pytest.mark.usefixtures("city")
def test_the_old_values_stay_visible_with_who_and_why(now: datetime) -> None:
    volunteer, staff = person("volunteer", "ハナ"), person("staff", "ヨシコ")
    first = log(volunteer, now)
    fixed = correct(volunteer, first, now + SECOND)
    gone = withdraw(staff, fixed, now + 2 * SECOND, "二重だった")
    for id in (first["id"], fixed["id"], gone["id"]):
        found = corrections.history(volunteer, id)
        assert [(one.by, one.at, one.reason, one.changed, one.withdrawn) for one in found] == [
            ("ハナ", now, "", (), False),
            ("ハナ", now + SECOND, "", ("topic",), False),
            ("ヨシコ", now + 2 * SECOND, "二重だった", (), True),
        ]
        assert [one.row["topic"] for one in found] == ["line", "wifi", "wifi"]
    with refuses("not_allowed"):
        corrections.history(person("volunteer"), first["id"])
    assert len(corrections.history(person("staff"), first["id"])) == 3
    with refuses("consultation_unknown"):
        corrections.history(volunteer, "none")


@pytest.mark.usefixtures("city")
def test_volunteers_list_their_own_day_and_staff_every_desk(now: datetime) -> None:
    hana, yoshiko, staff = person("volunteer"), person("volunteer"), person("staff")
    day, other = times.today(now), replace(FORM, desk_id="042111D2")
    first = log(hana, now)
    second = log(hana, now + SECOND)
    theirs = log(yoshiko, now + 2 * SECOND, other)
    old = log(hana, now - timedelta(days=1))
    fixed = correct(hana, correct(hana, first, now), now, replace(FORM, topic="map"))
    gone = withdraw(hana, second, now)
    mine = corrections.logged(hana, day=day, now=now)
    assert [(one.row["id"], one.versions) for one in mine] == [(gone["id"], 2), (fixed["id"], 3)]
    with refuses("not_allowed"):
        corrections.logged(hana, day=day - timedelta(days=1), now=now)
    every = corrections.logged(staff, day=day, now=now)
    assert [one.row["id"] for one in every] == [theirs["id"], gone["id"], fixed["id"]]
    assert [one.by for one in every] == [yoshiko.name, hana.name, hana.name]
    of_desk = corrections.logged(staff, day=day, now=now, desk_id="042111D2")
    assert [one.row["id"] for one in of_desk] == [theirs["id"]]
    before = corrections.logged(staff, day=day - timedelta(days=1), now=now)
    assert [one.row["id"] for one in before] == [old["id"]]


STEPS = some.lists(
    some.tuples(
        some.integers(0, 9),  # which version of all there are
        some.sampled_from(("line", "wifi", "map", "take back")),
        some.booleans(),  # by staff with a reason, or by the volunteer
        some.integers(0, 45),  # minutes since it was written down
    ),
    max_size=12,
)


@pytest.mark.usefixtures("city")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_what_counts_is_the_last_of_each_line_and_nothing_counts_twice(
    steps: list[tuple[int, str, bool, int]], now: datetime
) -> None:
    volunteer, staff = person("volunteer"), person("staff")
    # The model: for each consultation its versions (id, topic or None when taken back).
    lines = [[(log(volunteer, now)["id"], "line")] for _ in range(2)]
    for which, what, by_staff, minutes in steps:
        every = [(line, n) for line in lines for n in range(len(line))]
        line, n = every[which % len(every)]
        last, topic = n == len(line) - 1, line[n][1]
        free = not by_staff and minutes <= 30
        allowed = last and (by_staff or free) and (what != topic)
        if what == "take back":
            allowed = last and (by_staff or free) and topic is not None
        actor, reason = (staff, "理由") if by_staff else (volunteer, "")
        at, row = now + timedelta(minutes=minutes), {"id": line[n][0]}
        try:
            if what == "take back":
                done = withdraw(actor, row, at, reason)
            else:
                done = correct(actor, row, at, replace(FORM, topic=what), reason)
        except Refused:
            assert not allowed
            continue
        assert allowed
        line.append((done["id"], None if what == "take back" else what))
    ids = {id for line in lines for id, _topic in line}
    shown = {row["id"]: row["topic"] for row in counting() if row["id"] in ids}
    assert shown == {line[-1][0]: line[-1][1] for line in lines if line[-1][1]}
    assert consultations.logged_today(volunteer, now=now) == len(shown)
    for line in lines:
        for id, _topic in line:
            found = corrections.history(staff, id)
            assert [one.row["id"] for one in found] == [id for id, _topic in line]
