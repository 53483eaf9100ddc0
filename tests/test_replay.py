"""Replay: every write with an id, a hundred times and at once, is one write and one answer.

A tablet that lost the answer sends the same form again; so does a second finger, and a browser
that goes back. Whoever adds a function with an id adds it to `CASES`.
"""

import ast
import json
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pyotp
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import (
    attendance,
    authenticator,
    booking,
    consultations,
    corrections,
    courses,
    drafts,
    instructors,
    month,
    own_sign_in,
    people,
    places,
    schedule,
    series,
    sessions,
    store,
    tablets,
    tally,
    times,
    tries,
    turned_down,
    wifi,
    wifi_checks,
)
from desk.consultations import ConsultationForm
from desk.courses import CourseForm
from desk.gaps.acts import actions
from desk.gaps.acts.actions import ActionForm
from desk.gaps.next_class import advisor
from desk.gaps.next_class.advised import Pick
from desk.guide import answers, edits, files, procedures, writing
from desk.instructors import InstructorForm
from desk.month import Frame, Wanted
from desk.opendata import imports
from desk.refusals import Refused
from desk.store.watched import UNWATCHED
from desk.tally import Sheet
from desk.timetable.problem import Meeting
from tests.conftest import (
    COURSE,
    DESK,
    NOW,
    PIN,
    ROOM,
    STAFF_SECRET,
    VENUE,
    Engines,
    another_name,
    booking_form,
    class_form,
    code_of,
    enrol,
    person,
    scheduled,
    shared,
    signed_in,
    used_codes_count_again,
)
from web import cancel, spot
from web.routes import ROUTES

TIMES, TOGETHER = 100, 10
WEEK = timedelta(days=7)
FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line")
COURSE_FORM = CourseForm("市の講座", "ためし", 60, "basic")
WIFI_FILE = "名称,住所,緯度,経度,SSID\r\nあたらしい広場,岩沼市桜一丁目6-20,38.1,140.87,X\r\n"
PICK = Pick(
    venue_id=VENUE,
    venue="",
    course_id=COURSE,
    title="",
    title_en="",
    day=date(2026, 12, 1),
    starts=time(10),
    minutes=60,
    room_id=ROOM,
    room="",
    seats=4,
    unmet=0.0,
    asked=0,
    waiting=0,
    far=0,
    untimely=0,
    filled=None,
    known=True,
    score=0.0,
)
Call = Callable[[], Any]


def edited(title: str) -> str:
    """A procedure of the city's with another title."""
    return writing.write(replace(procedures.get("risai"), title=title))


class Ways:
    """A city with what the functions need, and one call of each of them."""

    def __init__(self) -> None:
        self.staff, self.volunteer, self.admin = map(person, ("staff", "volunteer", "admin"))
        self.meeting = scheduled(seats=8)
        self.over = scheduled(room_id="0421110001-2", starts=time(10), ends=time(10, 30), seats=8)
        self.form = booking_form(self.meeting.id)
        consultations.log(self.volunteer, id="first", form=FORM, now=NOW)
        consultations.log(self.volunteer, id="second", form=FORM, now=NOW)
        self.sheet = Sheet(DESK, "walk_in", times.today(NOW), {"line": 3, "wifi": 2})

    def call(self, name: str) -> Call:
        """The write of that name with an id of its own, always the same."""
        prepared = {
            "booking.book_series": self.book_series,
            "attendance.enter_sheet": self.enter_sheet,
            "tally.take_back": self.take_back_sheet,
            "turned_down.take_back": self.take_back_note,
            "month.accept": self.accept_month,
            "drafts.type_in": self.type_in,
            "guide.edits.go_back": self.go_back,
            "guide.edits.go_back_to_file": self.go_back_to_file,
            "opendata.imports.accept": self.accept_import,
        }
        return prepared[name]() if name in prepared else self.calls()[name]

    def calls(self) -> dict[str, Call]:
        staff, volunteer, admin, form = self.staff, self.volunteer, self.admin, self.form
        other = replace(FORM, age_band="75-79")
        town, spot_id = places.towns()[0].id, wifi.spots()[0].id
        days = series.weekly(times.today(NOW) + WEEK, 3)
        return {
            "booking.book": lambda: booking.book(volunteer, id="x", form=form, now=NOW),
            "attendance.walk_in": lambda: attendance.walk_in(volunteer, id="x", form=form, now=NOW),
            "consultations.log": lambda: consultations.log(
                volunteer, id="x", form=other, now=NOW, tablet="t", ask=True
            ),
            "corrections.correct": lambda: corrections.correct(
                volunteer, id="x", consultation_id="first", form=other, now=NOW
            ),
            "corrections.withdraw": lambda: corrections.withdraw(
                volunteer, id="x", consultation_id="first", now=NOW
            ),
            "tally.enter": lambda: tally.enter(volunteer, id="x", sheet=self.sheet, now=NOW),
            "turned_down.note": lambda: turned_down.note(
                volunteer, id="x", class_id=self.meeting.id, why="far", town_id=town, now=NOW
            ),
            "wifi_checks.report": lambda: wifi_checks.report(spot_id, id="x", now=NOW),
            "wifi_checks.confirm": lambda: wifi_checks.confirm(
                staff, spot_id=spot_id, kind="working", id="x", now=NOW
            ),
            "schedule.create": lambda: schedule.create(
                staff, id="x", form=class_form(day=days[0]), now=NOW
            ),
            "series.create": lambda: series.create(
                staff, id="x", form=class_form(day=days[0]), days=days, now=NOW
            ),
            "gaps.next_class.advisor.draft": lambda: advisor.draft(
                staff, id="x", pick=replace(PICK, day=days[0]), now=NOW
            ),
            "gaps.acts.actions.mark": lambda: actions.mark(
                staff,
                id="x",
                form=ActionForm("outreach", "題", (town,), times.today(NOW)),
                now=NOW,
            ),
            "courses.save": lambda: courses.save(staff, id="x", form=COURSE_FORM, now=NOW),
            "instructors.save": lambda: instructors.save(
                staff, id="x", form=InstructorForm("先生"), now=NOW
            ),
            "tablets.make": lambda: tablets.make(admin, id="x", name="窓口", now=NOW),
            "people.add": lambda: people.add(
                admin, id="x", name="ハナ", role="volunteer", secret=PIN, now=NOW
            ),
            "drafts.keep": lambda: drafts.keep(
                volunteer, device="t", form="f", id="x", values={"a": "b"}, changed=True, now=NOW
            ),
            "guide.answers.answer": lambda: answers.answer(
                staff, "ひっこし", "risai", version_id="x", now=NOW
            ),
            "guide.edits.propose": lambda: edits.propose(
                staff, id="x", contents=edited("べつの題"), reason="なおす", now=NOW
            ),
            "guide.files.propose_all": lambda: files.propose_all(
                staff, [("a.yaml", edited("べつの題").encode())], id="x", reason="なおす", now=NOW
            ),
        }

    def book_series(self) -> Call:
        days = series.weekly(times.today(NOW) + WEEK, 3)
        made = series.create(self.staff, id="s", form=class_form(day=days[0]), days=days, now=NOW)
        ids = tuple(one.id for one in made)
        form = booking_form(ids[0])
        return lambda: booking.book_series(
            self.volunteer, id="x", form=form, class_ids=ids, now=NOW
        )

    def enter_sheet(self) -> Call:
        mine = booking.book(self.volunteer, id="mine", form=booking_form(self.over.id), now=NOW)
        others = (booking_form(self.over.id, kana=another_name()),)
        late = NOW + timedelta(hours=1)
        return lambda: attendance.enter_sheet(
            self.volunteer,
            id="x",
            class_id=self.over.id,
            came=frozenset({mine.id}),
            others=others,
            now=late,
        )

    def take_back_sheet(self) -> Call:
        tally.enter(self.volunteer, id="sheet", sheet=self.sheet, now=NOW)
        return lambda: tally.take_back(self.volunteer, id="sheet", now=NOW)

    def take_back_note(self) -> Call:
        turned_down.note(
            self.volunteer, id="n", class_id=self.meeting.id, why="far", town_id=None, now=NOW
        )
        return lambda: turned_down.take_back(self.volunteer, id="n", now=NOW)

    def accept_month(self) -> Call:
        form = InstructorForm("講師", trained_on=date(2026, 4, 1))
        instructors.save(self.staff, id="T", form=form, now=NOW)
        frame = Frame(date(2026, 12, 1), date(2026, 12, 31))
        asked = month.problem(self.staff, wanted=(Wanted(COURSE, VENUE, 4),), frame=frame, now=NOW)
        meetings = (Meeting(asked.wishes[0].id, ROOM, 24 * 60 + 10 * 60, ("T",)),)
        return lambda: month.accept(
            self.staff, id="x", asked=asked, meetings=meetings, frame=frame, now=NOW
        )

    def type_in(self) -> Call:
        drafts.keep(
            self.volunteer, device="w", form="w", id="x", values={"a": ""}, changed=True, now=NOW
        )
        return lambda: drafts.type_in(
            self.volunteer, device="w", form="w", id="x", texts={"a": "字"}, now=NOW
        )

    def go_back(self) -> Call:
        made = edits.propose(
            self.staff, id="old", contents=edited("まえの題"), reason="なおす", now=NOW
        )
        return lambda: edits.go_back(self.staff, made.id, id="x", reason="もどす", now=NOW)

    def go_back_to_file(self) -> Call:
        # Something else must count, so that there is a way back.
        one = replace(procedures.get("konbini-juminhyo"), title="いまの題")
        edits.propose(self.staff, id="now", contents=writing.write(one), reason="なおす", now=NOW)
        edits.decide(person("staff"), "now", edits.APPROVED, NOW)
        return lambda: edits.go_back_to_file(
            self.staff, "konbini-juminhyo", id="x", reason="もどす", now=NOW
        )

    def accept_import(self) -> Call:
        content = WIFI_FILE.encode("utf-8-sig")
        seen = imports.look(self.staff, content, "a.csv", now=NOW, dataset="wifi", source="市")
        return lambda: imports.accept(
            self.staff,
            content,
            "a.csv",
            id="x",
            now=NOW,
            dataset="wifi",
            source="市",
            seen=seen.seen,
        )


# Reads: an id says of what.
READS = {"people.known", "guide.procedures.get"}
# What is told once: how many consultations of a sheet were taken back just now.
TOLD_ONCE = {"tally.take_back"}
# What is told anew each time, for only its hash is kept; the last one told counts.
TOLD_ANEW = {"tablets.make"}


def with_an_id() -> list[str]:
    """Every function of desk/ that is handed the id of a form, or makes one row of it."""
    root = Path(booking.__file__).parent
    found = ["guide.answers.answer"]  # its id is of the version it makes
    for path in sorted(root.rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                every = [one.arg for one in (*node.args.args, *node.args.kwonlyargs)]
                if "id" in every and every[0] not in ("write", "reader"):
                    found.append(f"{module}.{node.name}")
    return sorted({*found} - READS)


def counted() -> Counter[str]:
    """How many rows each table has; the audit is looked at by itself."""
    tables = (*WRITTEN, *(one for one in UNWATCHED if one not in NOT_COUNTED))
    return Counter(
        {table: int(store.rows(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"]) for table in tables}
    )


NOT_COUNTED = {"audit", "change", "watching", "_migration", "_sqlite_migrations"}
WRITTEN = (
    "booking",
    "class",
    "class_equipment",
    "class_instructor",
    "consultation",
    "course",
    "event",
    "follow_up",
    "gap_action",
    "gap_action_town",
    "import_run",
    "instructor",
    "person",
    "procedure_version",
    "series",
    "turned_down",
    "wifi_check",
    "wifi_spot",
)


def audited() -> int:
    return int(store.rows("SELECT COUNT(*) AS n FROM audit")[0]["n"])


@pytest.mark.parametrize("name", with_an_id())
def test_a_hundred_times_and_at_once_is_once(name: str, city: str, engines: Engines) -> None:
    here = store._chosen
    # What one call does, in a city like this one.
    twin = engines.fresh(city, "city")
    store.use(twin)
    once = Ways().call(name)
    empty = counted()
    once()
    expected = counted() - empty, empty - counted()
    engines.drop(twin)
    store.use(here)
    call = Ways().call(name)
    before, together = counted(), Barrier(TOGETHER)

    def again(_tablet: int) -> list[Any]:
        together.wait()
        return [call() for _n in range(TIMES // TOGETHER)]

    with ThreadPoolExecutor(TOGETHER) as tablets:
        said = [one for some in tablets.map(again, range(TOGETHER)) for one in some]
    assert len(said) == TIMES
    assert (counted() - before, before - counted()) == expected
    if name in TOLD_ONCE:
        assert sorted(said)[:-1] == [0] * (TIMES - 1) != [max(said)]
    elif name in TOLD_ANEW:
        assert len(set(said)) == TIMES
        return
    else:
        assert said == [said[0]] * TIMES
    rows = audited()
    assert call() == (0 if name in TOLD_ONCE else said[0])
    assert audited() == rows


# The plain forms of web/.

ORIGIN = "http://desk.example"


class Browser:
    """A browser that sends every form a hundred times."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.ways = Ways()

    def sign_in(self, role: str, secret: str) -> None:
        people.add(
            self.ways.admin, id=f"web {role}", name=f"web {role}", role=role, secret=secret, now=NOW
        )
        if role != "volunteer":
            enrol(f"web {role}")
        shared(self.client)
        self.show(signed_in(f"web {role}", NOW, secret))
        self.client.cookies.set(sessions.DEVICE_COOKIE, "tablet-tablet-tablet-1")

    def send(self, path: str, form: dict[str, str] | str, origin: str = ORIGIN) -> list[int]:
        """The status of every answer."""
        sent = {"content": form} if isinstance(form, str) else {"data": form}
        ask = {"headers": {"origin": origin}, "follow_redirects": False, **sent}
        return [self.client.post(f"{origin}{path}", **ask).status_code for _n in range(TIMES)]

    def here(self) -> people.Actor:
        """Who the browser's session says that it is."""
        return sessions.actor_of(self.token, now=NOW)

    def show(self, token: str) -> None:
        """Have the cookie of a session."""
        self.token = token
        self.client.cookies.set(sessions.COOKIE, token)

    def wifi_report(self) -> None:
        assert self.send(f"/wifi/{wifi.spots()[0].id}/report", {}) == [200] * TIMES
        assert counted()["wifi_check"] == 1

    def wifi_check(self) -> None:
        self.sign_in("staff", STAFF_SECRET)
        path = f"/wifi/{wifi.spots()[0].id}/check"
        assert self.send(path, {"id": str(uuid.uuid4()), "kind": "working"}) == [200] * TIMES
        assert counted()["wifi_check"] == 1
        [made] = store.rows("SELECT id FROM wifi_check")
        assert self.send(path, {"undo": made["id"]}) == [200] * TIMES
        assert counted()["wifi_check"] == 2

    def cancel(self) -> None:
        made = booking.book(self.ways.volunteer, id="b", form=self.ways.form, now=NOW)
        assert set(self.send("/cancel", {"code": made.code, "booking": made.id})) == {200}
        assert store.rows("SELECT COUNT(*) AS n FROM event WHERE kind = 'cancelled'") == [{"n": 1}]

    def draft(self) -> None:
        self.sign_in("volunteer", PIN)
        who = people.Actor("web volunteer", "", "volunteer")
        drafts.keep(
            who,
            device="tablet-tablet-tablet-1",
            form="f",
            id="i",
            values={"a": ""},
            changed=True,
            now=NOW,
        )
        letters = json.dumps({"form": "f", "id": "i", "texts": {"a": "字"}})
        assert self.send("/draft", letters) == [204] * TIMES
        assert counted()["draft"] == 1

    def my_calendar(self) -> None:
        """A new address each time, and of them all the last is the only one that opens."""
        self.sign_in("volunteer", PIN)
        assert self.send("/my-calendar", {}) == [200] * TIMES
        assert store.rows("SELECT COUNT(*) AS n FROM feed") == [{"n": 1}]

    def sign_in_form(self) -> None:
        """Wrong: locked and soon an administrator's business. Right: signed in, each time anew."""
        people.add(self.ways.admin, id="w", name="ハナ", role="volunteer", secret="482915", now=NOW)
        shared(self.client)
        wrong = self.send("/sign-in", {"name": "ハナ", "secret": "000000"})
        assert 303 not in wrong
        assert counted()["session"] == 0
        assert counted()["sign_in_try"] == tries.WRONG_TRIES
        assert 303 not in self.send("/sign-in", {"name": "ハナ", "secret": "482915"})

    def my_sign_in(self) -> None:
        """Sessions elsewhere end once; the one that asks stays."""
        self.sign_in("volunteer", PIN)
        elsewhere = signed_in("web volunteer", NOW, PIN)
        [other] = own_sign_in.look(self.token, now=NOW).others
        form = {"session": other["id"], "secret": PIN}
        assert self.send("/my-sign-in", form) == [200] * TIMES
        assert sessions.actor_of(elsewhere, now=NOW) == people.PUBLIC
        assert not self.here().locked
        assert counted()["session"] == 1

    def new_secret(self) -> None:
        """The first one ends the session it was sent with; the PIN until now is wrong then, and
        locks soon, as it does wherever it is tried."""
        self.sign_in("volunteer", PIN)
        done = self.send("/new-secret", {"current": PIN, "secret": "975318"})
        assert done.count(303) == 1
        assert self.here() == people.PUBLIC
        assert counted()["session"] == 1
        assert signed_in("web volunteer", NOW + tries.LOCK, "975318")

    def code(self) -> None:
        """A code of the app counts once."""
        self.sign_in("staff", STAFF_SECRET)
        used_codes_count_again("web staff")
        before = counted()["session"]
        with pytest.raises(Refused) as wanted:
            sessions.sign_in(name="web staff", secret=STAFF_SECRET, now=NOW)
        form = {"ticket": wanted.value.facts["ticket"], "code": code_of(NOW)}
        assert Counter(self.send("/sign-in/code", form))[303] == 1
        assert counted()["session"] == before  # the one until then is over

    def authenticator(self) -> None:
        """New recovery codes each time, and those shown last are the ones that open."""
        people.add(self.ways.admin, id="w", name="ハナ", role="staff", secret=STAFF_SECRET, now=NOW)
        self.show(signed_in("ハナ", NOW, STAFF_SECRET))
        begun = authenticator.begin(self.here(), now=NOW)
        form = {"ticket": begun.ticket, "code": pyotp.TOTP(begun.secret).at(NOW)}
        assert self.send("/authenticator", form) == [200] * TIMES
        assert store.rows("SELECT COUNT(*) AS n FROM person WHERE totp_secret IS NOT NULL") == [
            {"n": 1}
        ]

    def tablet(self) -> None:
        """The code of a tablet is used up by the first."""
        code = tablets.make(self.ways.admin, id="t", name="窓口", now=NOW)
        assert self.send(f"/tablet/{code}", {}, "http://localhost") == [200] + [403] * (TIMES - 1)
        assert store.rows("SELECT COUNT(*) AS n FROM tablet WHERE sha256 IS NOT NULL") == [{"n": 1}]

    def seen(self) -> None:
        self.sign_in("volunteer", PIN)
        assert self.send("/seen", {}) == [204] * TIMES
        assert not self.here().locked

    def lock(self) -> None:
        self.sign_in("volunteer", PIN)
        assert self.send("/lock", {}) == [204] * TIMES
        assert self.here().locked

    def prove(self) -> None:
        self.sign_in("volunteer", PIN)
        sessions.lock(self.token, now=NOW)
        assert self.send("/prove", json.dumps({"secret": PIN})) == [204] * TIMES
        assert not self.here().locked
        assert counted()["session"] == 1


FORMS: dict[str, Callable[[Browser], None]] = {
    "/sign-in": Browser.sign_in_form,
    "/sign-in/code": Browser.code,
    "/authenticator": Browser.authenticator,
    "/tablet/{code}": Browser.tablet,
    "/seen": Browser.seen,
    "/lock": Browser.lock,
    "/prove": Browser.prove,
    "/draft": Browser.draft,
    "/my-sign-in": Browser.my_sign_in,
    "/new-secret": Browser.new_secret,
    "/my-calendar": Browser.my_calendar,
    "/wifi/{id}/report": Browser.wifi_report,
    "/wifi/{id}/check": Browser.wifi_check,
    "/cancel": Browser.cancel,
}


def test_every_form_is_replayed() -> None:
    assert set(FORMS) == {one.path for one in ROUTES if "POST" in (one.methods or ())}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("path", FORMS)
def test_a_form_sent_a_hundred_times_does_no_harm(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(times, "now", lambda: NOW)
    cancel.tries.storage.reset()
    spot.reports.storage.reset()
    with TestClient(Starlette(routes=ROUTES), base_url=ORIGIN) as client:
        FORMS[path](Browser(client))
