"""Shared tablets: how one is enrolled and taken off; a PIN works there and nowhere else."""

import uuid
from datetime import datetime, timedelta

import pytest

from desk import (
    consultations,
    desk_use,
    own_sign_in,
    people,
    programme,
    sessions,
    store,
    tables,
    tablets,
    times,
    tries,
)
from desk.consultations import ConsultationForm
from desk.people import PUBLIC
from desk.refusals import Refused
from tests.conftest import DESK, TABLET, enrolled, person, refuses

PIN, PASSWORD = "482915", "みかん りんご ぶどう なし もも"
SECOND = timedelta(seconds=1)


def volunteer(now: datetime, name: str = "ハナ") -> None:
    people.add(person("admin"), id=name, name=name, role="volunteer", secret=PIN, now=now)


def sign_in(now: datetime, secret: str = PIN, tablet: str = TABLET, place: str = "") -> str:
    return sessions.sign_in(name="ハナ", secret=secret, now=now, tablet=tablet, place=place)


@pytest.mark.usefixtures("database")
def test_a_tablet_is_enrolled_once_by_a_code_that_lives_ten_minutes(now: datetime) -> None:
    admin = person("admin")
    code = tablets.make(admin, id="t", name=" 市役所1 ", now=now)
    late = now + tablets.CODE_LIVES
    assert tablets.waiting(code, now=late - SECOND) == "市役所1"
    for moment, tried in ((late, code), (now, "0" * 32), (now, "")):
        for ask in (tablets.waiting, tablets.enrol):
            with refuses("tablet_code"):
                ask(tried, now=moment)
    assert tablets.all_tablets(admin, now=now) == []
    secret = tablets.enrol(code, now=late - SECOND)
    assert tablets.named(secret) == "市役所1"
    with refuses("tablet_code"):
        tablets.enrol(code, now=now)
    [one] = tablets.all_tablets(admin, now=late)
    assert one == {
        "id": "t",
        "name": "市役所1",
        "enrolled_at": late - SECOND,
        "seen_at": late - SECOND,
        "who": [],
    }
    assert tablets.is_enrolled(admin, tablet_id="t")


@pytest.mark.usefixtures("database")
def test_neither_code_nor_secret_is_stored(now: datetime) -> None:
    code = tablets.make(person("admin"), id="t", name="市役所1", now=now)
    assert (len(code), len(bytes.fromhex(code)) * 8) == (32, 128)
    before = str(store.rows("SELECT * FROM tablet")) + str(store.rows("SELECT * FROM audit"))
    secret = tablets.enrol(code, now=now)
    assert len(secret) == 22  # 128 bits in base 64
    after = str(store.rows("SELECT * FROM tablet")) + str(store.rows("SELECT * FROM audit"))
    for hidden in (code, secret, sessions.digest(code)):
        assert hidden not in after
    assert (sessions.digest(code) in before, sessions.digest(secret) in after) == (True, True)


@pytest.mark.usefixtures("database")
def test_a_new_code_makes_the_old_one_useless_and_names_are_told_apart(now: datetime) -> None:
    admin = person("admin")
    old = tablets.make(admin, id="t", name="市役所1", now=now)
    new = tablets.make(admin, id="t", name="市役所1", now=now)
    with refuses("tablet_code"):
        tablets.enrol(old, now=now)
    with refuses("tablet_exists", "name"):
        tablets.make(admin, id="u", name="市役所1", now=now)
    tablets.enrol(new, now=now)
    with refuses("tablet_enrolled"):
        tablets.make(admin, id="t", name="市役所1", now=now)
    with refuses("missing", "name"):
        tablets.make(admin, id="u", name=" ", now=now)
    # A code nobody used keeps no name for itself.
    tablets.make(admin, id="v", name="市役所2", now=now)
    tablets.make(admin, id="w", name="市役所2", now=now + tablets.CODE_LIVES)


@pytest.mark.usefixtures("database")
def test_a_pin_works_on_an_enrolled_tablet_and_nowhere_else(now: datetime) -> None:
    volunteer(now)
    enrolled()
    for tablet in ("", "invented", sessions.digest(TABLET)):
        for secret in (PIN, "000000"):  # whether it is right is learned by nobody
            with refuses("tablet_unknown"):
                sign_in(now, secret, tablet)
        with refuses("tablet_unknown"):
            sessions.sign_in(name="だれか", secret=PIN, now=now, tablet=tablet)
        with refuses("sign_in_wrong"):
            sign_in(now, "no PIN at all", tablet)
    assert store.rows("SELECT id FROM sign_in_try") == []
    token = sign_in(now)
    assert sessions.actor_of(token, now=now).name == "ハナ"
    [session] = store.rows("SELECT tablet_id FROM session")
    assert session["tablet_id"] == f"tablet {TABLET}"


@pytest.mark.usefixtures("database")
def test_who_works_in_the_office_needs_no_tablet(now: datetime) -> None:
    people.add(person("admin"), id="s", name="ハナ", role="staff", secret=PASSWORD, now=now)
    enrolled()
    for tablet in ("", TABLET):
        assert sessions.actor_of(sign_in(now, PASSWORD, tablet), now=now).role == "staff"


@pytest.mark.usefixtures("database")
def test_a_lost_tablet_is_nobodys_at_once(now: datetime) -> None:
    volunteer(now)
    enrolled()
    enrolled("kept-by-one-tablet-002", "窓口2")
    lost, other = sign_in(now), sign_in(now, tablet="kept-by-one-tablet-002")
    admin = person("admin")
    id = f"tablet {TABLET}"
    tablets.revoke(admin, tablet_id=id, now=now)
    assert sessions.actor_of(lost, now=now) == PUBLIC
    assert sessions.actor_of(other, now=now).name == "ハナ"
    with refuses("tablet_unknown"):
        sign_in(now)
    for unknown in (id, "none"):
        with refuses("tablet_gone"):
            tablets.revoke(admin, tablet_id=unknown, now=now)
    assert [one["name"] for one in tablets.all_tablets(admin, now=now)] == ["窓口2"]


@pytest.mark.usefixtures("database")
def test_a_session_that_was_left_behind_does_not_outlive_its_tablet(now: datetime) -> None:
    """The check is in the question who it is, not only in the deletion of the rows."""
    volunteer(now)
    token = sign_in(now, tablet=enrolled())
    for change in (
        "UPDATE tablet SET revoked_at = '2026-11-24T01:00:00Z', revoked_by = 'tablets'",
        "UPDATE session SET tablet_id = NULL",
    ):
        assert sessions.actor_of(token, now=now).name == "ハナ"
        with store.transaction() as write:
            write.run(change)
        assert sessions.actor_of(token, now=now) == PUBLIC
        assert not sessions.seen(token, now=now)
        with refuses("sign_in_first"):
            sessions.prove(token, secret=PIN, now=now)
        with store.transaction() as write:
            write.run("UPDATE tablet SET revoked_at = NULL, revoked_by = NULL")


@pytest.mark.usefixtures("database")
def test_five_wrong_pins_lock_one_name_on_one_tablet(now: datetime) -> None:
    volunteer(now)
    volunteer(now, "ヨシコ")
    enrolled()
    enrolled("kept-by-one-tablet-002", "窓口2")
    for _ in range(5):
        with refuses("sign_in_wrong"):
            sign_in(now, "000000", place="no address counts on a tablet")
    with refuses("sign_in_locked"):
        sign_in(now)
    sign_in(now, tablet="kept-by-one-tablet-002")
    sessions.sign_in(name="ヨシコ", secret=PIN, now=now, tablet=TABLET)
    sign_in(now + tries.LOCK)


@pytest.mark.usefixtures("database")
def test_twenty_wrong_pins_in_a_day_shut_a_volunteer_out_right_ones_between_or_not(
    now: datetime,
) -> None:
    volunteer(now)
    enrolled()
    for four in range(5):
        at = now + four * timedelta(hours=1)
        for _ in range(4):
            with refuses("sign_in_wrong"):
                sign_in(at, "000000")
        if four < 4:
            sign_in(at)
    for later in (at, at + timedelta(days=30)):
        with refuses("sign_in_blocked"):
            sign_in(later)


def tried(now: datetime, days: int, *, let_in: bool) -> int:
    """How many different PINs somebody with the tablet tries in so many days, as fast as they are
    let: every minute, and each morning an administrator lets the volunteer in again."""
    tried = 0
    for day in range(days):
        minute = now + timedelta(days=day)
        if let_in:
            with store.transaction() as write:
                write.run("UPDATE person SET blocked_at = NULL")
                write.run("DELETE FROM sign_in_try")
        for _ in range(24 * 60):
            try:
                sign_in(minute, f"{tried:06}")
            except Refused as refusal:
                tried += refusal.code == "sign_in_wrong"
                if refusal.code == "sign_in_blocked":
                    break
            minute += timedelta(minutes=1)
    return tried


@pytest.mark.usefixtures("database")
def test_somebody_with_the_tablet_tries_twenty_pins_a_day_at_most(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every PIN that is tried is a wrong one; the slow arithmetic says no more than that.
    volunteer(now)
    enrolled()
    monkeypatch.setattr("desk.proof.matches", lambda stored, secret: False)  # noqa: ARG005
    assert tried(now, 10, let_in=False) == tries.WRONG_A_DAY
    found = tried(now + timedelta(days=100), 10, let_in=True)
    assert found == 10 * tries.WRONG_A_DAY
    # A year of that, of the million PINs there are: less than one in a hundred.
    assert found * 365 / 10 / 10**6 < 0.01


@pytest.mark.usefixtures("database")
def test_after_its_twelve_hours_a_pin_begins_the_session_anew(now: datetime) -> None:
    volunteer(now)
    token = sign_in(now, tablet=enrolled())
    over = now + sessions.LASTS
    assert sessions.actor_of(token, now=over) == PUBLIC
    with refuses("sign_in_wrong"):
        sessions.prove(token, secret="000000", now=over)
    assert sessions.actor_of(token, now=over) == PUBLIC
    sessions.prove(token, secret=PIN, now=over)
    assert sessions.actor_of(token, now=over).ready
    [row] = store.rows("SELECT made_at, ends_at FROM session")
    assert row == {"made_at": times.stamp(over), "ends_at": times.stamp(over + sessions.LASTS)}
    # Not for ever, and not for who was signed out.
    with refuses("sign_in_first"):
        sessions.prove(token, secret=PIN, now=over + sessions.LASTS + sessions.AGAIN)
    sessions.sign_out(token, now=over)
    with refuses("sign_in_first"):
        sessions.prove(token, secret=PIN, now=over)


@pytest.mark.usefixtures("database")
def test_an_office_session_that_is_over_begins_with_a_new_sign_in(now: datetime) -> None:
    people.add(person("admin"), id="s", name="ハナ", role="staff", secret=PASSWORD, now=now)
    token = sign_in(now, PASSWORD, "")
    with refuses("sign_in_first"):
        sessions.prove(token, secret=PASSWORD, now=now + sessions.LASTS)


@pytest.mark.usefixtures("database")
def test_a_screen_left_alone_locks_and_a_lock_takes_every_right(now: datetime) -> None:
    volunteer(now)
    token = sign_in(now, tablet=enrolled())
    late = now + sessions.IDLE + sessions.SEEN_EVERY
    assert sessions.actor_of(token, now=late - SECOND).ready
    for at, lock in ((late, False), (now, True)):
        if lock:
            sessions.lock(token, now=now)
        actor = sessions.actor_of(token, now=at)
        assert (actor.locked, actor.ready) == (True, False)
        for right in people.RIGHTS["volunteer"]:
            with refuses("locked"):
                people.require(actor, right)
        assert not sessions.seen(token, now=at)
        with refuses("locked"):
            own_sign_in.look(token, now=at)
        sessions.prove(token, secret=PIN, now=at)
        assert sessions.actor_of(token, now=at).ready


@pytest.mark.usefixtures("database")
def test_an_administrator_sees_who_is_signed_in_where_and_ends_it(now: datetime) -> None:
    volunteer(now)
    admin = person("admin")
    people.add(admin, id="s", name="ヨシコ", role="staff", secret=PASSWORD, now=now)
    here = sign_in(now, tablet=enrolled())
    office = sessions.sign_in(name="ヨシコ", secret=PASSWORD, now=now + SECOND)
    later = now + timedelta(minutes=2)
    sessions.seen(here, now=later)
    sessions.lock(office, now=later)
    shown = [
        (one["name"], one["role"], one["tablet"], one["began_at"], one["seen_at"], one["locked"])
        for one in tablets.open_sessions(admin, now=later)
    ]
    assert shown == [
        ("ハナ", "volunteer", "窓口1", now, later, False),
        ("ヨシコ", "staff", None, now + SECOND, now + SECOND, True),
    ]
    [tablet] = tablets.all_tablets(admin, now=later)
    assert (tablet["who"], tablet["seen_at"]) == (["ハナ"], later)
    id = tablets.open_sessions(admin, now=later)[0]["id"]
    tablets.end_session(admin, session_id=id)
    assert sessions.actor_of(here, now=later) == PUBLIC
    with refuses("session_gone"):
        tablets.end_session(admin, session_id=id)
    assert [one["name"] for one in tablets.open_sessions(admin, now=later)] == ["ヨシコ"]


@pytest.mark.usefixtures("database")
def test_an_own_pin_is_chosen_without_leaving_the_tablet(now: datetime) -> None:
    volunteer(now)
    actor = sessions.actor_of(sign_in(now, tablet=enrolled()), now=now)
    fresh = sessions.change_secret(actor, current=PIN, secret="735102", now=now, tablet=TABLET)
    assert sessions.actor_of(fresh, now=now) == actor


@pytest.mark.usefixtures("city")
def test_a_volunteer_lists_nobody_searches_no_notes_and_exports_nothing(now: datetime) -> None:
    volunteer(now)
    actor = sessions.actor_of(sign_in(now, tablet=enrolled()), now=now)
    form = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line")
    consultations.log(actor, id=str(uuid.uuid4()), form=form, now=now)
    day = times.today(now)
    for ask in (
        lambda: people.all_active(actor, now=now),
        lambda: people.names(actor),
        lambda: tablets.open_sessions(actor, now=now),
        lambda: tablets.all_tablets(actor, now=now),
        lambda: desk_use.use(actor, day, day, now),
        lambda: desk_use.use_csv(actor, day, day, now),
        lambda: programme.report_csv(actor, day, day, now),
        lambda: tables.classes_csv(actor, day, day, now=now),
        lambda: tables.instructors_csv(actor, now=now),
    ):
        with refuses("not_allowed"):
            ask()
