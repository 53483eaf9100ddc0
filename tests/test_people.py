"""People: proving who one is, what a role may do, and that the first door always opens."""

import hashlib
from datetime import date, datetime, timedelta

import pytest

from desk import (
    attendance,
    booking,
    changes,
    consultations,
    corrections,
    courses,
    desk_use,
    drafts,
    feeds,
    follow_ups,
    gaps,
    handoffs,
    incidents,
    instructors,
    journal,
    month,
    news,
    people,
    programme,
    schedule,
    series,
    sheets,
    slips,
    store,
    tables,
    tally,
    times,
    trial,
    usual,
    waitlist,
)
from desk.consultations import ConsultationForm
from desk.courses import CourseForm
from desk.gaps import read, releases
from desk.gaps import table as gap_table
from desk.gaps.acts import actions, looked_back
from desk.gaps.acts.actions import ActionForm
from desk.gaps.city import Settings
from desk.guide import answers, edits, files, misses
from desk.guide import asked as guide_asked
from desk.instructors import InstructorForm
from desk.month import Frame
from desk.opendata import imports
from desk.people import PUBLIC, Actor
from desk.refusals import NotAllowed
from desk.tally import Sheet
from tests.conftest import DESK, booking_form, class_form, person, refuses

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
    people.add(person("admin"), id=name, name=name, role=role, secret=secret, now=now)


@pytest.mark.usefixtures("database")
def test_a_session_lasts_twelve_hours(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    token = people.sign_in(name=" ハナ ", secret=PIN, now=now)
    signed_in = Actor("ハナ", "ハナ", "volunteer")
    assert people.actor_of(token, now=now) == signed_in
    assert people.actor_of(token, now=now + people.SESSION - SECOND) == signed_in
    assert people.actor_of(token, now=now + people.SESSION) == PUBLIC
    assert timedelta(hours=12) == people.SESSION


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("token", [None, "", "invented", "' OR 1=1 --"])
def test_without_a_session_one_is_the_public(token: str | None, now: datetime) -> None:
    assert people.actor_of(token, now=now) == PUBLIC
    people.sign_out(token)


@pytest.mark.usefixtures("database")
def test_signing_out_ends_this_session_and_no_other(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    here, there = (people.sign_in(name="ハナ", secret=PIN, now=now) for _ in range(2))
    people.sign_out(here)
    assert people.actor_of(here, now=now) == PUBLIC
    assert people.actor_of(there, now=now).name == "ハナ"


@pytest.mark.usefixtures("database")
def test_neither_secret_nor_token_is_stored(now: datetime) -> None:
    registered("staff", "ハナ", PASSWORD, now)
    token = people.sign_in(name="ハナ", secret=PASSWORD, now=now)
    stored = store.rows("SELECT secret FROM person WHERE name = 'ハナ'")[0]["secret"]
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
    assert store.rows("SELECT id FROM session") == [
        {"id": hashlib.sha256(token.encode()).hexdigest()}
    ]


@pytest.mark.usefixtures("database")
def test_a_wrong_name_and_a_wrong_pin_are_told_apart_by_nobody(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    for name, secret in (("ハナ", "482916"), ("ハナ", ""), ("だれか", PIN), ("", "")):
        with refuses("sign_in_wrong"):
            people.sign_in(name=name, secret=secret, now=now)
    assert store.rows("SELECT id FROM session") == []


@pytest.mark.usefixtures("database")
def test_somebody_without_a_secret_cannot_sign_in(now: datetime) -> None:
    person("staff", "見本")
    for secret in ("", "None", "NULL"):
        with refuses("sign_in_wrong"):
            people.sign_in(name="見本", secret=secret, now=now)


@pytest.mark.usefixtures("database")
def test_five_wrong_tries_lock_for_fifteen_minutes(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    for _ in range(5):
        with refuses("sign_in_wrong"):
            people.sign_in(name="ハナ", secret="000000", now=now)
    for later in (timedelta(), timedelta(minutes=15) - SECOND):
        with refuses("sign_in_locked") as locked:
            people.sign_in(name="ハナ", secret=PIN, now=now + later)
        assert locked.value.facts == {"until": "10:15"}
    token = people.sign_in(name="ハナ", secret=PIN, now=now + timedelta(minutes=15))
    assert people.actor_of(token, now=now + timedelta(minutes=15)).name == "ハナ"


@pytest.mark.usefixtures("database")
def test_a_right_try_forgets_the_wrong_ones_and_nobody_locks_another(now: datetime) -> None:
    registered("volunteer", "ハナ", PIN, now)
    registered("volunteer", "ヨシコ", PIN, now)
    for name in ("ハナ", "ハナ", "ヨシコ"):
        for _ in range(4):
            with refuses("sign_in_wrong"):
                people.sign_in(name=name, secret="000000", now=now)
        people.sign_in(name=name, secret=PIN, now=now)


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
        ("volunteer", "", "pin_form"),
        ("staff", "x" * 14, "password_short"),
        ("planner", PIN, "password_short"),
        ("admin", "", "password_short"),
    ],
)
def test_weak_secrets_are_refused(role: str, secret: str, code: str) -> None:
    with refuses(code, "secret"):
        people.check_secret(role, secret)


@pytest.mark.parametrize(
    ("role", "secret"),
    [("volunteer", PIN), ("volunteer", "112233"), ("staff", "x" * 15), ("admin", PASSWORD)],
)
def test_good_secrets_are_not(role: str, secret: str) -> None:
    people.check_secret(role, secret)


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
    assert people.all_active(admin) == [{"id": "1", "name": "ハナ", "role": "volunteer"}]


@pytest.mark.usefixtures("database")
def test_somebody_retired_is_out_at_once_and_the_name_is_free(now: datetime) -> None:
    admin = person("admin")
    people.add(admin, id="1", name="ハナ", role="volunteer", secret=PIN, now=now)
    token = people.sign_in(name="ハナ", secret=PIN, now=now)
    people.retire(admin, person_id="1")
    assert people.actor_of(token, now=now) == PUBLIC
    with refuses("sign_in_wrong"):
        people.sign_in(name="ハナ", secret=PIN, now=now)
    for unknown in ("1", "nobody"):
        with refuses("person_unknown"):
            people.retire(admin, person_id=unknown)
    people.add(admin, id="2", name="ハナ", role="volunteer", secret=PIN, now=now)
    assert people.all_active(admin) == [{"id": "2", "name": "ハナ", "role": "volunteer"}]


@pytest.mark.usefixtures("database")
def test_the_last_administrator_stays() -> None:
    admin, other = person("admin"), person("admin")
    people.retire(admin, person_id=other.id)
    with refuses("last_admin"):
        people.retire(admin, person_id=admin.id)


@pytest.mark.usefixtures("database")
def test_the_first_administrator_must_choose_a_password_before_anything(now: datetime) -> None:
    closed, one_time = [shown[1] for _ in range(2) if (shown := people.first_admin(now))]
    assert closed != one_time
    with refuses("sign_in_wrong"):
        people.sign_in(name="admin", secret=closed, now=now)
    token = people.sign_in(name="admin", secret=one_time, now=now)
    admin = people.actor_of(token, now=now)
    assert (admin.role, admin.must_change) == ("admin", True)
    with refuses("not_allowed"):
        people.all_active(admin)
    with refuses("password_same", "secret"):
        people.change_secret(admin, secret=one_time, now=now)
    with refuses("password_short", "secret"):
        people.change_secret(admin, secret="short", now=now)
    fresh = people.change_secret(admin, secret=PASSWORD, now=now)
    assert people.actor_of(token, now=now) == PUBLIC
    admin = people.actor_of(fresh, now=now)
    assert [one["name"] for one in people.all_active(admin)] == ["admin"]
    assert people.first_admin(now) is None
    people.sign_in(name="admin", secret=PASSWORD, now=now)


@pytest.mark.usefixtures("database")
def test_an_administrator_who_forgot_gets_in_from_the_terminal(now: datetime) -> None:
    registered("admin", "カンリ", PASSWORD, now)
    registered("volunteer", "ハナ", PIN, now)
    for _ in range(5):
        with refuses("sign_in_wrong"):
            people.sign_in(name="カンリ", secret="forgotten", now=now)
    one_time = people.reset_admin(name="カンリ", now=now)
    token = people.sign_in(name="カンリ", secret=one_time, now=now)
    assert people.actor_of(token, now=now) == Actor("カンリ", "カンリ", "admin", must_change=True)
    for name in ("ハナ", "だれか"):
        with refuses("person_unknown"):
            people.reset_admin(name=name, now=now)


@pytest.mark.usefixtures("database")
def test_a_start_takes_nobodys_pin_away(now: datetime) -> None:
    """The only administrator was reset, and a volunteer happens to be called "admin"."""
    admin = person("admin", "カンリ")
    people.add(admin, id="1", name="admin", role="volunteer", secret=PIN, now=now)
    people.reset_admin(name="カンリ", now=now)
    people.first_admin(now)
    token = people.sign_in(name="admin", secret=PIN, now=now)
    assert people.actor_of(token, now=now) == Actor("1", "admin", "volunteer")


@pytest.mark.usefixtures("database")
def test_the_public_has_no_secret_to_change(now: datetime) -> None:
    with refuses("sign_in_first"):
        people.change_secret(PUBLIC, secret=PASSWORD, now=now)


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
MAY = {
    "public": set(),
    "volunteer": DESK_RIGHTS,
    "planner": PLANNER_RIGHTS,
    "staff": {*DESK_RIGHTS, *PLANNER_RIGHTS, *STAFF_RIGHTS},
    "admin": {*DESK_RIGHTS, *PLANNER_RIGHTS, *STAFF_RIGHTS, "manage_people", "begin"},
}


def test_what_each_role_may_do() -> None:
    assert {role: set(rights) for role, rights in people.RIGHTS.items()} == MAY
    assert {"public", *people.ROLES} == set(MAY)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("role", MAY)
def test_every_function_asks_for_its_right_itself(role: str, now: datetime) -> None:
    who = PUBLIC if role == "public" else person(role)
    form = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line")
    sheet = Sheet(DESK, "walk_in", now.date(), {"line": 1})
    asked = {
        "book": [
            lambda: booking.book(who, id="b", form=booking_form("none"), now=now),
            lambda: booking.get(who, booking_id="none"),
            lambda: booking.book_series(
                who, id="b", form=booking_form("none"), class_ids=("none",), now=now
            ),
            lambda: booking.together(who, booking_id="none"),
            lambda: booking.find(who, typed="ア", now=now),
            lambda: changes.cancel(who, booking_id="none", now=now),
            lambda: changes.move(who, booking_id="none", class_id="none", now=now),
            lambda: changes.undo(who, booking_id="none", now=now),
            lambda: changes.can_undo(who, booking_id="none", now=now),
            lambda: waitlist.cards(who, now=now),
            lambda: waitlist.answer(who, booking_id="none", answer="comes", now=now),
            lambda: waitlist.rejoin(who, booking_id="none", now=now),
            lambda: waitlist.lapse_all(who, now=now),
            lambda: news.untold(who, now=now),
            lambda: news.tell(who, booking_id="none", now=now),
            lambda: slips.made_by(who, ticket="none", now=now),
            lambda: slips.ticket(who, booking_id="none", now=now),
        ],
        "see_today": [
            lambda: feeds.own_address(who, now=now),
            lambda: feeds.own_state(who),
        ],
        "check_in": [
            lambda: attendance.check_in(who, booking_id="none", now=now),
            lambda: sheets.roster_ticket(who, class_id="none", now=now),
            lambda: sheets.sign_in_ticket(who, class_id="none", now=now),
            lambda: sheets.call_list_ticket(who, day=DAY, now=now),
            lambda: attendance.by_code(who, code="none", now=now),
            lambda: attendance.walk_in(who, id="w", form=booking_form("none"), now=now),
            lambda: attendance.release_no_shows(who, class_id="none", now=now),
            lambda: attendance.enter_sheet(
                who, id="s", class_id="none", came=frozenset(), others=(), now=now
            ),
            lambda: booking.roster(who, class_id="none"),
        ],
        "log": [
            lambda: consultations.log(who, id="c", form=form, now=now),
            lambda: consultations.remembered_desk(who),
            lambda: consultations.logged_today(who, now=now),
            lambda: consultations.common_towns(who, desk_id=DESK),
            lambda: usual.common_topics(who, desk_id=DESK, now=now),
            lambda: usual.last_today(who, now=now),
            lambda: tally.rushed(who, desk_id=DESK, now=now),
            lambda: tally.enter(who, id="s", sheet=sheet, now=now),
            lambda: tally.take_back(who, id="none", now=now),
            lambda: corrections.correct(who, id="k", consultation_id="n", form=form, now=now),
            lambda: corrections.withdraw(who, id="k", consultation_id="n", now=now),
            lambda: corrections.history(who, "none"),
            lambda: corrections.logged(who, day=times.today(now), now=now),
            lambda: corrections.needs_reason(who, row=LOGGED, now=now),
            lambda: corrections.may_complete(who, row=LOGGED, now=now),
            lambda: follow_ups.give(who, "none", DAY, now),
            lambda: follow_ups.of(who, "none"),
            lambda: follow_ups.card(who, "none"),
            lambda: follow_ups.due(who, now),
            lambda: follow_ups.close(who, "none", "done", now),
            lambda: follow_ups.reopen(who, "none"),
            lambda: follow_ups.ticket(who, "none", now),
            lambda: handoffs.ticket(who, consultation_id="none", now=now),
            lambda: guide_asked.most(who, desk_id=DESK, now=now),
        ],
        "schedule": [
            lambda: schedule.create(who, id="k", form=class_form(), now=now),
            lambda: schedule.change(who, class_id="n", version=1, form=class_form(), now=now),
            lambda: schedule.cancel(who, class_id="none", now=now),
            lambda: series.create(who, id="s", form=class_form(), days=(), now=now),
            lambda: series.change_from(who, class_id="n", version=1, form=class_form(), now=now),
            lambda: instructors.save(who, id="i", form=InstructorForm("先生"), now=now),
            lambda: instructors.retire(who, instructor_id="none", now=now),
            lambda: courses.save(who, id="c", form=CourseForm("題", "説明", 60, "basic"), now=now),
            lambda: courses.retire(who, course_id="none"),
            lambda: month.problem(who, wanted=(), frame=Frame(DAY, DAY), now=now),
            lambda: month.accept(who, id="a", asked=None, meetings=(), frame=None, now=now),
            lambda: month.publish_all(who, class_ids=(), now=now),
            lambda: schedule.losing(who, class_ids=("none",), count=1),
            lambda: journal.of_class(who, class_id="none"),
            lambda: people.names(who),
            lambda: tables.classes_csv(who, now.date(), now.date(), now=now),
            lambda: tables.plan_classes(who, b"", now),
            lambda: tables.import_classes(who, b"", now),
            lambda: tables.instructors_csv(who, now=now),
            lambda: tables.plan_instructors(who, b"", now),
            lambda: tables.import_instructors(who, b"", now),
        ],
        "see_neighbourhoods": [
            lambda: gaps.report(who, Settings(), now=now),
            lambda: gaps.neighbourhood(who, "none", Settings(), now=now),
            lambda: read.city(who, Settings(), now=now),
            lambda: gap_table.sources(who),
            lambda: actions.actions(who),
            lambda: actions.choices(who, kind="desk"),
            lambda: looked_back.looks(who, now=now),
        ],
        "plan_actions": [
            lambda: actions.mark(
                who, id="n", form=ActionForm("desk", "a", (), now.date()), now=now
            ),
            lambda: actions.withdraw(who, action_id="none", now=now),
            lambda: actions.restore(who, action_id="none"),
        ],
        "see_programme": [
            lambda: programme.report(who, now.date(), now.date(), now),
            lambda: programme.report_csv(who, now.date(), now.date(), now),
        ],
        "see_consultations": [
            lambda: desk_use.use(who, DAY, DAY, now),
            lambda: desk_use.use_csv(who, DAY, DAY, now),
            lambda: desk_use.desks(who),
        ],
        "edit_guide": [
            lambda: misses.open_misses(who),
            lambda: misses.close(who, "none", now),
            lambda: answers.answer(who, "x", "none", version_id="p", now=now),
            lambda: edits.base(who, "none"),
            lambda: edits.propose(who, id="p", contents="", reason="r", now=now),
            lambda: edits.decide(who, "none", edits.APPROVED, now),
            lambda: edits.go_back(who, "none", id="p", reason="r", now=now),
            lambda: edits.go_back_to_file(who, "none", id="p", reason="r", now=now),
            lambda: edits.waiting(who),
            lambda: edits.history(who, "none"),
            lambda: edits.version(who, "none"),
            lambda: files.export(who, "none"),
            lambda: files.look(who, ()),
            lambda: files.propose_all(who, (), ids=lambda: "p", reason="r", now=now),
        ],
        "import_data": [
            lambda: imports.look(who, b"", "a.csv", now=now),
            lambda: imports.accept(
                who, b"", "a.csv", id="i", now=now, dataset="wifi", source="市", seen=""
            ),
            lambda: imports.runs(who),
            lambda: imports.would_undo(who, "none"),
            lambda: imports.undo(who, "none", now=now),
        ],
        "see_incidents": [lambda: incidents.recent(who, now=now)],
        "publish_use": [
            lambda: releases.quarters(who, now=now),
            lambda: releases.preview(who, now.date(), now=now),
            lambda: releases.make(who, now.date(), seen="", now=now),
        ],
        "manage_people": [
            lambda: people.add(who, id="p", name="ハナ", role="volunteer", secret=PIN, now=now),
            lambda: people.retire(who, person_id="none"),
            lambda: people.all_active(who),
        ],
        "keep_drafts": [
            lambda: drafts.keep(who, device="", form="f", id="i", values={}, changed=True, now=now),
            lambda: drafts.type_in(who, device="", form="f", id="i", texts={}, now=now),
            lambda: drafts.find(who, device="", form="f", now=now),
            lambda: drafts.drop(who, device="", form="f"),
            lambda: drafts.mark_of(who),
        ],
        "begin": [lambda: trial.counts(who), lambda: trial.begin(who)],
    }
    for right, calls in asked.items():
        for call in calls:
            assert allowed(call) == (right in MAY[role]), right


def allowed(call: object) -> bool:
    """True when the call is let in, whatever it answers."""
    try:
        call()
    except NotAllowed:
        return False
    except people.Refused:
        return True
    return True


def test_the_public_is_asked_to_sign_in_and_others_to_ask_the_staff() -> None:
    with refuses("sign_in_first"):
        people.require(PUBLIC, "book")
    with refuses("not_allowed"):
        people.require(Actor("1", "ハナ", "volunteer"), "schedule")
    with refuses("not_allowed"):
        people.require(Actor("1", "ハナ", "admin", must_change=True), "schedule")
