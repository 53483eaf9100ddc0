"""Who is let through: rights, what must come first, a recent proof, and what is noted of a no."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from desk import exports, people, store, times
from desk.people import PUBLIC, Actor
from desk.refusals import NotAllowed
from tests.conftest import NOW, person, refuses

SECOND = timedelta(seconds=1)
HANA = Actor("h", "ハナ", "volunteer")


@pytest.fixture(autouse=True)
def nobody_was_refused_yet() -> Iterator[None]:
    people._refusals.storage.reset()
    yield
    people._refusals.storage.reset()


def noted(what: str = "people.refused") -> list[tuple[str, dict[str, Any]]]:
    rows = store.rows("SELECT person_id, facts FROM audit WHERE what = :what ORDER BY n", what=what)
    return [(row["person_id"], json.loads(row["facts"])) for row in rows]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({}, ""),
        ({"locked": True}, "locked"),
        ({"must_change": True}, "not_allowed"),
        ({"must_enrol": True}, "not_allowed"),
    ],
)
def test_a_right_counts_when_nothing_must_come_first(first: dict[str, bool], code: str) -> None:
    one = replace(HANA, **first)
    assert one.ready is not bool(first)
    assert one.may("book")
    if code:
        with refuses(code):
            people.require(one, "book")
        flags = {"locked": "locked" in first, "must_change": "must_change" in first}
        assert noted() == [("h", {"right": "book"} | flags)]
    else:
        people.require(one, "book")
        assert noted() == []


@pytest.mark.usefixtures("database")
def test_who_has_not_the_right_is_told_so_and_the_public_to_sign_in() -> None:
    assert not HANA.may("schedule")
    with refuses("not_allowed"):
        people.require(HANA, "schedule")
    with refuses("sign_in_first"):
        people.require(PUBLIC, "book")
    assert [who for who, _facts in noted()] == ["h", ""]


def test_somebody_is_the_same_whenever_they_proved_it_and_nobody_else() -> None:
    assert replace(HANA, proved_at=NOW) == HANA
    for other in ({"must_change": True}, {"must_enrol": True}, {"locked": True}, {"role": "staff"}):
        assert replace(HANA, **other) != HANA
    with pytest.raises(AttributeError):
        HANA.role = "admin"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("ago", "fresh"),
    [
        (timedelta(0), True),
        (timedelta(minutes=10), True),
        (timedelta(minutes=10) + SECOND, False),
        (-timedelta(minutes=1), True),  # the clock was put right
        (-timedelta(minutes=1) - SECOND, False),
        (None, True),  # no browser's session
    ],
)
def test_a_proof_holds_ten_minutes(ago: timedelta | None, fresh: bool) -> None:
    one = replace(HANA, proved_at=None if ago is None else NOW - ago)
    if fresh:
        people.require_proof(one, now=NOW)
        exports.let_out(one, "a table", now=NOW, first="2026-11-01")
        assert noted("export a table") == [("h", {"first": "2026-11-01"})]
    else:
        for ask in (people.require_proof, lambda who, now: exports.let_out(who, "x", now=now)):
            with refuses("prove_again"):
                ask(one, now=NOW)
        assert noted("export x") == []
        [(who, facts)] = noted()
        assert (who, facts["right"]) == ("h", "prove_again")


@pytest.mark.usefixtures("database")
def test_the_same_no_is_noted_once_and_the_publics_sixty_times_an_hour() -> None:
    for _ in range(3):
        people.refused(HANA, "schedule")
    assert len(noted()) == 1
    people.refused(HANA, "see_audit")
    people.refused(replace(HANA, locked=True), "schedule")
    assert len(noted()) == 3
    for n in range(70):
        people.refused(PUBLIC, f"right {n}")
    assert len(noted()) == 3 + 60
    people.refused(HANA, "manage_people")  # who has signed in is not drowned by them
    assert len(noted()) == 3 + 60 + 1


@pytest.mark.usefixtures("bare")
def test_a_no_that_cannot_be_noted_stays_one(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotAllowed):
        people.require(HANA, "schedule")
    assert "a refusal of schedule could not be noted" in caplog.text


def row(**changes: Any) -> dict[str, Any]:
    facts = {"id": "h", "name": "ハナ", "role": "staff", "must_change": 0, "expires_on": None}
    return facts | {"secret": "hashed", "totp_secret": "sealed"} | changes


@pytest.mark.parametrize(
    ("changes", "must_change", "must_enrol"),
    [
        ({}, False, False),
        ({"must_change": 1}, True, False),
        ({"totp_secret": None}, False, True),
        ({"totp_secret": None, "role": "admin"}, False, True),
        ({"totp_secret": None, "role": "volunteer"}, False, False),
        ({"totp_secret": None, "secret": None}, False, False),  # the city's account
    ],
)
def test_what_must_come_first_is_read_from_the_row(
    changes: dict[str, Any], must_change: bool, must_enrol: bool
) -> None:
    found = people.actor_from(row(**changes))
    assert (found.must_change, found.must_enrol, found.locked) == (must_change, must_enrol, False)
    assert (found.id, found.name, found.role) == ("h", "ハナ", changes.get("role", "staff"))
    assert found.proved_at is None
    later = people.actor_from(row(**changes), locked=True, proved_at=NOW)
    assert (later.locked, later.proved_at) == (True, NOW)


@pytest.mark.parametrize(
    ("last", "over"), [(None, False), ("2026-11-24", False), ("2026-11-23", True)]
)
def test_the_last_day_is_a_day_of_access(last: str | None, over: bool) -> None:
    assert people.over(row(expires_on=last), NOW) is over
    assert people.over(row(expires_on=last), _midnight(NOW) - SECOND) is False


def _midnight(now: datetime) -> datetime:
    return times.moment(times.bounds(times.today(now))[0])


@pytest.mark.usefixtures("database")
def test_only_who_has_access_is_known() -> None:
    staff = person("staff")
    assert people.known(staff.id) == staff
    assert people.known("nobody") is None
    with store.transaction() as write:
        write.run("UPDATE person SET active = 0 WHERE id = :id", id=staff.id)
    assert people.known(staff.id) is None


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("left", "stays"),
    [
        ("UPDATE person SET active = 0 WHERE id = :id", True),
        ("UPDATE person SET expires_on = '2026-12-31' WHERE id = :id", True),
        ("UPDATE person SET role = 'staff' WHERE id = :id", True),
        ("UPDATE person SET name = 'ヨシ' WHERE id = :id", False),
    ],
)
def test_an_administrator_without_an_end_is_left(left: str, stays: bool) -> None:
    admin, other = person("admin"), person("admin")
    with store.transaction() as write:
        write.run(left, id=other.id)
        people.not_the_last_admin(write, people.active(write, person_row(write, "staff")))
        one = people.active(write, admin.id)
        if stays:
            with refuses("last_admin"):
                people.not_the_last_admin(write, one)
        else:
            people.not_the_last_admin(write, one)


def person_row(write: Any, role: str) -> str:
    """Somebody of a role, made in a transaction that is open: their id."""
    sql = "INSERT INTO person (id, name, role, made_at) VALUES ('p', 'p', :role, :at)"
    write.run(sql, role=role, at=times.stamp(NOW))
    return "p"
