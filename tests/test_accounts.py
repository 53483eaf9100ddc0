"""Access given, changed and taken away, by administrators who proved lately who they are."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from desk import accounts, oidc, people, sessions, start, store, times, trial
from desk.people import Account, Actor
from tests.conftest import TABLET, enrol, enrolled, person, refuses, signed_in

PIN, PASSWORD = "482915", "みかん りんご ぶどう なし もも"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def admin(database: str) -> Actor:  # noqa: ARG001 - it must be there first
    enrolled()
    return person("admin", "カンリ")


def add(admin: Actor, now: datetime, role: str = "volunteer", **facts: object) -> str:
    form = {"id": "h", "name": "ハナ", "role": role, "now": now, **facts}
    if role == "volunteer":
        form.setdefault("secret", PIN)
    return people.add(admin, **form)


def one(admin: Actor, now: datetime) -> Account:
    [found] = people.all_active(admin, now=now)
    return found


def test_asvs_6_3_2_no_default_account_exists(now: datetime) -> None:
    """Nobody can sign in after a start but with the one-time password the terminal shows."""
    ready = start.prepare(now=now)
    assert ready.first_admin
    name, one_time = ready.first_admin
    with_secret = store.rows("SELECT name, must_change FROM person WHERE secret IS NOT NULL")
    assert with_secret == [{"name": name, "must_change": 1}]
    for guess in ("", "admin", "password", "machikado", name):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name=name, secret=guess, now=now + timedelta(hours=1))
    assert start.prepare(now=now).first_admin != (name, one_time)


def test_the_office_gets_a_one_time_password_for_which_nothing_opens(
    admin: Actor, now: datetime
) -> None:
    one_time = add(admin, now, "staff")
    assert one(admin, now) == Account("h", "ハナ", "staff", must_change=True)
    token = sessions.sign_in(name="ハナ", secret=one_time, now=now)
    hana = sessions.actor_of(token, now=now)
    with refuses("not_allowed"):
        people.require(hana, "schedule")
    sessions.change_secret(hana, secret=PASSWORD, now=now)
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret=one_time, now=now)


def test_a_form_sent_twice_gives_the_password_that_was_told_last(
    admin: Actor, now: datetime
) -> None:
    first, last = (add(admin, now, "staff") for _ in range(2))
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret=first, now=now)
    hana = sessions.actor_of(sessions.sign_in(name="ハナ", secret=last, now=now), now=now)
    sessions.change_secret(hana, secret=PASSWORD, now=now)
    add(admin, now, "staff")
    assert sessions.sign_in(name="ハナ", secret=PASSWORD, now=now)


def test_a_volunteer_keeps_the_pin_they_chose(admin: Actor, now: datetime) -> None:
    assert add(admin, now) == ""
    assert one(admin, now) == Account("h", "ハナ", "volunteer")
    assert sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)
    for missing in ("", "1"):
        with refuses("pin_form", "secret"):
            add(admin, now, id="k", name="ヨシコ", secret=missing)


def test_the_last_day_is_the_last(admin: Actor, now: datetime) -> None:
    today = times.today(now)
    add(admin, now, expires_on=today)
    tomorrow = now + timedelta(hours=14)  # 00:00 in Tokyo
    token = sessions.sign_in(
        name="ハナ", secret=PIN, now=tomorrow - timedelta(seconds=2), tablet=TABLET
    )
    assert sessions.actor_of(token, now=tomorrow - timedelta(seconds=1)).role == "volunteer"
    assert sessions.actor_of(token, now=tomorrow) == people.PUBLIC
    with refuses("access_over"):
        sessions.sign_in(name="ハナ", secret=PIN, now=tomorrow, tablet=TABLET)
    assert one(admin, now).over is False
    assert one(admin, tomorrow) == Account("h", "ハナ", "volunteer", expires_on=today, over=True)
    accounts.set_last_day(admin, person_id="h", expires_on=None, now=tomorrow)
    assert sessions.sign_in(name="ハナ", secret=PIN, now=tomorrow, tablet=TABLET)
    yesterday = today - timedelta(days=1)
    with refuses("access_day", "expires_on"):
        accounts.set_last_day(admin, person_id="h", expires_on=yesterday, now=now)
    with refuses("access_day", "expires_on"):
        add(admin, now, id="k", name="ヨシコ", expires_on=yesterday)


def test_another_role_signs_out_and_another_kind_of_secret_is_new(
    admin: Actor, now: datetime
) -> None:
    add(admin, now)
    token = sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)
    one_time = accounts.change_role(admin, person_id="h", role="staff", now=now)
    assert sessions.actor_of(token, now=now) == people.PUBLIC
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)
    hana = sessions.actor_of(sessions.sign_in(name="ハナ", secret=one_time, now=now), now=now)
    sessions.change_secret(hana, secret=PASSWORD, now=now)
    enrol("ハナ")
    token = signed_in("ハナ", now, PASSWORD)
    assert accounts.change_role(admin, person_id="h", role="planner", now=now) == ""
    assert sessions.actor_of(token, now=now) == people.PUBLIC
    assert sessions.actor_of(signed_in("ハナ", now, PASSWORD), now=now).role == "planner"
    assert accounts.change_role(admin, person_id="h", role="planner", now=now) == ""
    pin = accounts.change_role(admin, person_id="h", role="volunteer", now=now)
    volunteer = sessions.actor_of(
        sessions.sign_in(name="ハナ", secret=pin, now=now, tablet=TABLET), now=now
    )
    assert (volunteer.role, volunteer.must_change, volunteer.must_enrol) == (
        "volunteer",
        True,
        False,
    )
    with refuses("role_unknown", "role"):
        accounts.change_role(admin, person_id="h", role="root", now=now)


def test_asvs_6_4_3_who_lost_the_phone_begins_from_the_beginning(
    admin: Actor, now: datetime
) -> None:
    add(admin, now, "staff", secret=PASSWORD)
    enrol("ハナ")
    token = signed_in("ハナ", now, PASSWORD)
    one_time = accounts.reset(admin, person_id="h", now=now)
    assert sessions.actor_of(token, now=now) == people.PUBLIC
    with refuses("sign_in_wrong"):  # who has the old password can set up no app of their own
        sessions.sign_in(name="ハナ", secret=PASSWORD, now=now)
    hana = sessions.actor_of(sessions.sign_in(name="ハナ", secret=one_time, now=now), now=now)
    assert (hana.must_change, hana.must_enrol) == (True, True)


def test_an_administrator_lets_a_volunteer_try_again(admin: Actor, now: datetime) -> None:
    add(admin, now)
    for n in range(20):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="ハナ", secret="000000", now=now, tablet=enrolled(f"tablet {n}"))
    with refuses("sign_in_blocked"):
        sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)
    assert one(admin, now).blocked
    accounts.unblock(admin, person_id="h", now=now)
    assert not one(admin, now).blocked
    assert sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=TABLET)


def test_the_citys_account_takes_the_place_of_the_password(
    admin: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_OIDC_ISSUER", "https://login.example.jp")
    add(admin, now, "staff", secret=PASSWORD)
    enrol("ハナ")
    token = signed_in("ハナ", now, PASSWORD)
    accounts.link(admin, person_id="h", account=" Hana@Example.jp ", now=now)
    assert sessions.actor_of(token, now=now) == people.PUBLIC
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret=PASSWORD, now=now)
    assert one(admin, now) == Account("h", "ハナ", "staff", city=people.WAITS)
    assert "xample" not in repr(store.rows("SELECT * FROM person"))
    with refuses("account_taken", "account"):
        add(admin, now, "staff", id="k", name="ヨシコ", account="hana@example.jp")
    assert add(admin, now, "planner", id="k", name="ヨシコ", account="a1b2-c3d4") == ""
    both = people.all_active(admin, now=now)
    assert [(found.name, found.city) for found in both] == [
        ("ヨシコ", people.LINKED),
        ("ハナ", people.WAITS),
    ]
    add(admin, now, id="v", name="ボラ")
    with refuses("role_unknown", "role"):
        accounts.link(admin, person_id="v", account="v@example.jp", now=now)


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("", "account_form"),
        ("hana", None),
        ("two words", "account_form"),
        ("花", "account_form"),
        ("x" * 256, "account_form"),
        ("123456789018", "account_digits"),
        ("110248495921238986420", "account_digits"),
        ("@", None),
    ],
)
def test_what_an_account_may_look_like(account: str, code: str | None) -> None:
    if code is None:
        assert oidc.mark_of(account).startswith("sub:")
    else:
        with refuses(code, "account"):
            oidc.mark_of(account)


def test_asvs_7_5_3_access_and_deletion_want_a_recent_proof(admin: Actor, now: datetime) -> None:
    add(admin, now)
    old = replace(admin, proved_at=now - timedelta(minutes=10, seconds=1))
    calls = (
        lambda who: add(who, now, id="k", name="ヨシコ"),
        lambda who: people.retire(who, person_id="h", now=now),
        lambda who: accounts.change_role(who, person_id="h", role="staff", now=now),
        lambda who: accounts.reset(who, person_id="h", now=now),
        lambda who: accounts.link(who, person_id="h", account="h@example.jp", now=now),
        lambda who: accounts.unblock(who, person_id="h", now=now),
        lambda who: accounts.set_last_day(who, person_id="h", expires_on=None, now=now),
        lambda who: trial.begin(who, now=now),
    )
    before = store.rows("SELECT * FROM person ORDER BY id")
    for call in calls:
        with refuses("prove_again"):
            call(old)
    assert store.rows("SELECT * FROM person ORDER BY id") == before
    fresh = replace(admin, proved_at=now - timedelta(minutes=9, seconds=59))
    calls[0](fresh)
    calls[1](fresh)
    assert [found.name for found in people.all_active(admin, now=now)] == ["ヨシコ"]


def test_asvs_6_2_3_an_own_password_is_changed_by_who_knows_it(admin: Actor, now: datetime) -> None:
    add(admin, now, "staff", secret=PASSWORD)
    hana = Actor("h", "ハナ", "staff")
    fresh = "yuki kaki mori tsuru"
    for current in ("", "wrong"):
        with refuses("sign_in_wrong"):
            sessions.change_secret(hana, secret=fresh, current=current, now=now)
    with refuses("locked"):
        sessions.change_secret(replace(hana, locked=True), secret=fresh, current=PASSWORD, now=now)
    with refuses("password_same", "secret"):
        sessions.change_secret(hana, secret=PASSWORD, current=PASSWORD, now=now)
    sessions.change_secret(hana, secret=fresh, current=PASSWORD, now=now)
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret=PASSWORD, now=now)


def test_asvs_6_2_10_a_password_does_not_age(admin: Actor, now: datetime) -> None:
    add(admin, now, "staff", secret=PASSWORD)
    later = now + timedelta(days=3650)
    token = sessions.sign_in(name="ハナ", secret=PASSWORD, now=later)
    assert not sessions.actor_of(token, now=later).must_change


def test_who_has_no_password_proves_by_the_city_once_more(admin: Actor, now: datetime) -> None:
    people.add(admin, id="h", name="ハナ", role="staff", account="a1b2", now=now)
    [row] = store.rows("SELECT * FROM person WHERE id = 'h'")
    token = sessions.open_for(row, now=now, how="handover.take")
    hana = sessions.actor_of(token, now=now)
    assert hana.ready
    with refuses("prove_with_city"):
        sessions.prove(token, secret="", now=now)
    with refuses("not_allowed"):
        sessions.change_secret(hana, secret=PASSWORD, now=now)
