"""People: proving who one is, what a role may do, and that the first door always opens."""

import base64
import hashlib
from datetime import date, datetime, timedelta

import pyotp
import pytest

from desk import (
    accounts,
    authenticator,
    people,
    proof,
    sessions,
    store,
    times,
)
from desk.people import PUBLIC, Account, Actor
from tests.conftest import TABLET, enrolled, person, refuses

PIN, PASSWORD = "482915", "みかん りんご ぶどう なし もも"
SECOND = timedelta(seconds=1)
DAY = date(2026, 12, 1)
LOGGED = {
    "person_id": "",
    "logged_at": "2026-12-01T01:00:00Z",
    "written_at": None,
    "entry": "rush",
}


def registered(role: str, name: str, secret: str, now: datetime) -> None:
    enrolled()
    people.add(person("admin"), id=name, name=name, role=role, secret=secret, now=now)


@pytest.mark.usefixtures("database")
def test_a_session_lasts_twelve_hours(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    token = sessions.sign_in(name=" ハナ ", secret=PIN, now=now, tablet=TABLET)
    signed_in = Actor("ハナ", "ハナ", "volunteer")
    assert sessions.actor_of(token, now=now) == signed_in
    later = now
    while (later := later + sessions.IDLE) < now + sessions.LASTS - SECOND:
        assert sessions.seen(token, now=later)
    assert sessions.actor_of(token, now=now + sessions.LASTS - SECOND) == signed_in
    assert sessions.actor_of(token, now=now + sessions.LASTS) == PUBLIC
    assert timedelta(hours=12) == sessions.LASTS


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("token", [None, "", "invented", "' OR 1=1 --"])
def test_without_a_session_one_is_the_public(token: str | None, now: datetime) -> None:
    assert sessions.actor_of(token, now=now) == PUBLIC
    sessions.sign_out(token, now=now)


@pytest.mark.usefixtures("database")
def test_signing_out_ends_this_session_and_no_other(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    here, there = (
        sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET) for _ in range(2)
    )
    sessions.sign_out(here, now=now)
    assert sessions.actor_of(here, now=now) == PUBLIC
    assert sessions.actor_of(there, now=now).name == "ハナ"


@pytest.mark.usefixtures("database")
def test_neither_secret_nor_token_is_stored(now: datetime) -> None:
    registered("staff", "ハナ", PASSWORD, now)
    token = sessions.sign_in(name="ハナ", secret=PASSWORD, now=now, tablet=TABLET)
    stored = store.rows("SELECT secret FROM person WHERE name = 'ハナ'")[0]["secret"]
    assert stored.startswith("p1:$argon2id$")
    assert PASSWORD not in stored
    assert store.rows("SELECT id FROM session") == [
        {"id": hashlib.sha256(token.encode()).hexdigest()}
    ]


@pytest.mark.usefixtures("database")
def test_every_session_has_a_token_of_256_bits_of_its_own(now: datetime) -> None:
    registered("staff", "ハナ", PASSWORD, now)
    made = {sessions.sign_in(name="ハナ", secret=PASSWORD, now=now) for _ in range(3)}
    assert [len(base64.urlsafe_b64decode(f"{one}=")) * 8 for one in made] == [256] * 3
    assert len({sessions.actor_of(one, now=now).name for one in made}) == 1


@pytest.mark.usefixtures("database")
def test_a_wrong_name_and_a_wrong_pin_are_told_apart_by_nobody(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    for name, secret in (("ハナ", "482916"), ("ハナ", ""), ("だれか", PIN), ("", "")):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name=name, secret=secret, now=now, tablet=TABLET)
    assert store.rows("SELECT id FROM session") == []


@pytest.mark.usefixtures("database")
def test_somebody_without_a_secret_cannot_sign_in(now: datetime) -> None:
    person("staff", "見本")
    for secret in ("", "None", "NULL"):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="見本", secret=secret, now=now, tablet=TABLET)


@pytest.mark.usefixtures("database")
def test_five_wrong_tries_lock_for_fifteen_minutes(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    for _ in range(5):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="ハナ", secret="000000", now=now, tablet=TABLET)
    for later in (timedelta(), timedelta(minutes=15) - SECOND):
        with refuses("sign_in_locked") as locked:
            sessions.sign_in(name="ハナ", secret=PIN, now=now + later, tablet=TABLET)
        assert locked.value.facts == {"until": "10:15"}
    token = sessions.sign_in(
        name="ハナ", secret=PIN, now=now + timedelta(minutes=15), tablet=TABLET
    )
    assert sessions.actor_of(token, now=now + timedelta(minutes=15)).name == "ハナ"


@pytest.mark.usefixtures("database")
def test_a_right_try_forgets_the_wrong_ones_and_nobody_locks_another(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    registered("volunteer", "ヨシコ", PIN, now)
    for name in ("ハナ", "ハナ", "ヨシコ"):
        for _ in range(4):
            with refuses("sign_in_wrong"):
                sessions.sign_in(name=name, secret="000000", now=now, tablet=TABLET)
        sessions.sign_in(name=name, secret=PIN, now=now, tablet=TABLET)


@pytest.mark.parametrize(
    ("role", "secret", "code"),
    [
        ("volunteer", "12345", "pin_form"),
        ("volunteer", "4829150", "pin_form"),
        ("volunteer", "48291a", "pin_form"),
        ("volunteer", "４８２９１５", "pin_form"),
        ("volunteer", "111111", "pin_form"),
        ("volunteer", "123456", "pin_form"),
        ("volunteer", "987654", "pin_form"),
        ("volunteer", "121212", "pin_form"),
        ("volunteer", "159753", "pin_form"),
        ("volunteer", "", "pin_form"),
        ("staff", "x" * 14, "password_short"),
        ("staff", "x" * 15, "password_easy"),
        ("planner", PIN, "password_short"),
        ("admin", "", "password_short"),
    ],
)
def test_weak_secrets_are_refused(role: str, secret: str, code: str) -> None:
    with refuses(code, "secret"):
        proof.check(role, secret)


@pytest.mark.parametrize(
    ("role", "secret"),
    [("volunteer", PIN), ("volunteer", "735102"), ("admin", PASSWORD)],
)
def test_good_secrets_are_not(role: str, secret: str) -> None:
    proof.check(role, secret)


@pytest.mark.usefixtures("database")
def test_registering_twice_is_one_person_and_names_are_used_once(now: datetime) -> None:
    admin = person("admin", "カンリ")
    for _ in range(2):
        people.add(admin, id="1", name="ハナ", role="volunteer", secret=PIN, now=now)
    for name in ("ハナ", " ハナ "):
        with refuses("person_exists", "name"):
            people.add(admin, id="2", name=name, role="volunteer", secret=PIN, now=now)
    with refuses("missing", "name"):
        people.add(admin, id="2", name=" ", role="volunteer", secret=PIN, now=now)
    with refuses("my_number", "name"):
        people.add(admin, id="2", name="123456789018", role="volunteer", secret=PIN, now=now)
    for role in ("public", "", "root"):
        with refuses("role_unknown", "role"):
            people.add(admin, id="2", name="ヨシコ", role=role, secret=PASSWORD, now=now)
    assert people.all_active(admin, now=now) == [Account("1", "ハナ", "volunteer")]


@pytest.mark.usefixtures("database")
def test_somebody_retired_is_out_at_once_and_the_name_is_free(now: datetime) -> None:
    admin = person("admin")
    enrolled()
    people.add(admin, id="1", name="ハナ", role="volunteer", secret=PIN, now=now)
    token = sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)
    people.retire(admin, person_id="1", now=now)
    assert sessions.actor_of(token, now=now) == PUBLIC
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)
    for unknown in ("1", "nobody"):
        with refuses("person_unknown"):
            people.retire(admin, person_id=unknown, now=now)
    people.add(admin, id="2", name="ハナ", role="volunteer", secret=PIN, now=now)
    assert people.all_active(admin, now=now) == [Account("2", "ハナ", "volunteer")]


@pytest.mark.usefixtures("database")
def test_the_last_administrator_stays(now: datetime) -> None:
    admin, other, leaving = person("admin"), person("admin"), person("admin")
    people.retire(admin, person_id=other.id, now=now)
    accounts.set_last_day(admin, person_id=leaving.id, expires_on=times.today(now), now=now)
    calls = (
        lambda: people.retire(admin, person_id=admin.id, now=now),
        lambda: accounts.change_role(admin, person_id=admin.id, role="staff", now=now),
        lambda: accounts.set_last_day(
            admin, person_id=admin.id, expires_on=times.today(now), now=now
        ),
    )
    for call in calls:
        with refuses("last_admin"):
            call()
    people.retire(admin, person_id=leaving.id, now=now)


@pytest.mark.usefixtures("database")
def test_the_first_administrator_must_choose_a_password_before_anything(now: datetime) -> None:
    closed, one_time = [shown[1] for _ in range(2) if (shown := people.first_admin(now))]
    assert closed != one_time
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="admin", secret=closed, now=now, tablet=TABLET)
    token = sessions.sign_in(name="admin", secret=one_time, now=now, tablet=TABLET)
    admin = sessions.actor_of(token, now=now)
    assert (admin.role, admin.must_change) == ("admin", True)
    with refuses("not_allowed"):
        people.all_active(admin, now=now)
    with refuses("password_same", "secret"):
        sessions.change_secret(admin, secret=one_time, now=now)
    with refuses("password_short", "secret"):
        sessions.change_secret(admin, secret="short", now=now)
    fresh = sessions.change_secret(admin, secret=PASSWORD, now=now)
    assert sessions.actor_of(token, now=now) == PUBLIC
    admin = sessions.actor_of(fresh, now=now)
    assert (admin.must_change, admin.must_enrol, admin.ready) == (False, True, False)
    with refuses("not_allowed"):
        people.all_active(admin, now=now)
    begun = authenticator.begin(admin, now=now)
    code = pyotp.TOTP(begun.secret).at(now)
    authenticator.confirm(admin, ticket=begun.ticket, code=code, now=now)
    admin = sessions.actor_of(fresh, now=now)
    assert admin.ready
    assert [one.name for one in people.all_active(admin, now=now)] == ["admin"]
    assert people.first_admin(now) is None
    with refuses("code_wanted"):
        sessions.sign_in(name="admin", secret=PASSWORD, now=now)


@pytest.mark.usefixtures("database")
def test_an_administrator_who_forgot_gets_in_from_the_terminal(now: datetime) -> None:
    registered("admin", "カンリ", PASSWORD, now)
    registered("volunteer", "ハナ", PIN, now)
    for _ in range(5):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="カンリ", secret="forgotten", now=now, tablet=TABLET)
    one_time = people.reset_admin(name="カンリ", now=now)
    token = sessions.sign_in(name="カンリ", secret=one_time, now=now, tablet=TABLET)
    assert sessions.actor_of(token, now=now) == Actor(
        "カンリ", "カンリ", "admin", must_change=True, must_enrol=True
    )
    for name in ("ハナ", "だれか"):
        with refuses("person_unknown"):
            people.reset_admin(name=name, now=now)


@pytest.mark.usefixtures("database")
def test_a_start_takes_nobodys_pin_away(now: datetime) -> None:
    """The only administrator was reset, and a volunteer happens to be called "admin"."""
    admin = person("admin", "カンリ")
    enrolled()
    people.add(admin, id="1", name="admin", role="volunteer", secret=PIN, now=now)
    people.reset_admin(name="カンリ", now=now)
    people.first_admin(now)
    token = sessions.sign_in(name="admin", secret=PIN, now=now, tablet=TABLET)
    assert sessions.actor_of(token, now=now) == Actor("1", "admin", "volunteer")


@pytest.mark.usefixtures("database")
def test_the_public_has_no_secret_to_change(now: datetime) -> None:
    with refuses("sign_in_first"):
        sessions.change_secret(PUBLIC, secret=PASSWORD, now=now)


DESK_RIGHTS = {"see_today", "book", "check_in", "log", "keep_drafts"}
PLANNER_RIGHTS = {
    "see_neighbourhoods",
    "see_programme",
    "see_consultations",
    "publish_use",
    "plan_actions",
    "keep_drafts",
}
STAFF_RIGHTS = {
    "schedule",
    "check_wifi",
    "import_data",
    "correct_consultations",
    "edit_guide",
    "see_incidents",
}
ADMIN_RIGHTS = {"manage_people", "begin", "see_audit"}
MAY = {
    "public": set(),
    "volunteer": DESK_RIGHTS,
    "planner": PLANNER_RIGHTS,
    "staff": {*DESK_RIGHTS, *PLANNER_RIGHTS, *STAFF_RIGHTS},
    "admin": {*DESK_RIGHTS, *PLANNER_RIGHTS, *STAFF_RIGHTS, *ADMIN_RIGHTS},
}


def test_what_each_role_may_do() -> None:
    assert {role: set(rights) for role, rights in people.RIGHTS.items()} == MAY
    assert {"public", *people.ROLES} == set(MAY)


@pytest.mark.usefixtures("database")
def test_the_public_is_asked_to_sign_in_and_others_to_ask_the_staff() -> None:
    with refuses("sign_in_first"):
        people.require(PUBLIC, "book")
    with refuses("not_allowed"):
        people.require(Actor("1", "ハナ", "volunteer"), "schedule")
    with refuses("not_allowed"):
        people.require(Actor("1", "ハナ", "admin", must_change=True), "schedule")
