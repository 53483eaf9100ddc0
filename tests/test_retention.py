"""Retention: what leaves, when, and that nothing else does; both engines."""

import itertools
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sqlite_utils.utils import sqlite3
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import (
    attendance,
    booking,
    consultations,
    corrections,
    desk_use,
    drafts,
    feeds,
    figures,
    gaps,
    incidents,
    journal,
    people,
    places,
    programme,
    retention,
    schedule,
    sessions,
    sheets,
    slips,
    store,
    times,
    trial,
    turned_down,
    usual,
)
from desk import tables as tables_of
from desk.__main__ import cli
from desk.consultations import ConsultationForm
from desk.gaps import city, releases
from desk.gaps import table as gap_table
from desk.gaps.acts import actions, looked_back
from desk.gaps.acts.actions import ActionForm
from desk.guide import asked, misses
from desk.opendata import layouts, publish, records
from desk.refusals import Refused
from desk.store.leaving import LEAVING
from desk.store.triggers import Blanked
from desk.store.watched import HIDDEN, tables
from tests.conftest import DESK, NOW, booking_form, enrolled, person, refuses, scheduled
from tests.test_forbidden import forbidden
from tests.test_screens import screen, texts
from web.routes import ROUTES

DAY = timedelta(days=1)
NOTE = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line", note="孫と電話したい")
HELD = times.today(NOW)  # the day of `scheduled`


def at_work(now: datetime) -> retention.Done:
    """A run of a desk that runs every day."""
    with store.transaction() as write:
        retention._draw(write, "looked", times.stamp(now - DAY))
        retention._draw(write, "waits", times.stamp(now - 9 * DAY))
    return retention.run(now=now)


def day_after(days: int) -> datetime:
    """The first minute of a day in Tokyo, so many after the class."""
    return times.at(HELD + days * DAY, times.local(NOW).time().min)


def booked(class_id: str, **facts: Any) -> booking.BookingView:
    form = booking_form(class_id, reach_note="0223-22-1111", **facts)
    return booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=NOW)


def names() -> list[tuple[str, str]]:
    return [
        (row["kana"], row["reach_note"])
        for row in store.rows("SELECT kana, reach_note FROM booking ORDER BY place")
    ]


@pytest.mark.usefixtures("city")
def test_a_name_leaves_on_the_ninetieth_day_after_the_class_and_not_a_minute_sooner() -> None:
    meeting = scheduled(seats=2)
    for kana in ("ヤマダ ハナ", "サトウ ジロウ", "タナカ ウメ"):  # the third waits
        booked(meeting.id, kana=kana)
    before = [one for one in names() if all(one)]
    assert len(before) == 3
    assert at_work(day_after(90) - timedelta(minutes=1)).erased == {}
    assert names() == before
    assert retention.run(now=day_after(90)).erased == {"name": 3}
    assert names() == [("", "")] * 3
    assert retention.name_leaves_on(meeting.ends_at) == HELD + 90 * DAY


@pytest.mark.usefixtures("city")
def test_twice_is_once_and_the_rest_of_a_booking_stays() -> None:
    meeting = scheduled(seats=2)
    twins = [booked(meeting.id, kana="ヤマダ ハナ", namesake=n > 0) for n in range(3)]
    kept = "id, class_id, code, place, residence, town_id, reach, party, made_at, made_by, group_id"
    kept += ", arrived_at, cancelled_at, lapsed_at, no_show_at, held_until, walk_in, trial"
    whole = f"SELECT {kept} FROM booking ORDER BY place"
    before, seats = store.rows(whole), store.rows("SELECT * FROM seat ORDER BY number")
    assert at_work(day_after(90)).erased == {"name": 3}
    assert store.rows(whole) == before
    assert store.rows("SELECT * FROM seat ORDER BY number") == seats
    assert retention.run(now=day_after(91)).erased == {}
    assert [one.code for one in twins] == [row["code"] for row in before]
    # Two without a name in one class are still two, as the index wants.
    forbidden("UPDATE booking SET namesake = 1")


@pytest.mark.usefixtures("city")
def test_who_books_for_a_class_to_come_keeps_the_name() -> None:
    old, new = scheduled(), scheduled(day=HELD + 60 * DAY)
    booked(old.id, kana="ヤマダ ハナ")
    booked(new.id, kana="ヤマダ ハナ")
    at_work(day_after(90))
    assert sorted(one for one, _reach in names()) == ["", "ヤマダ ハナ"]


@pytest.mark.usefixtures("city")
def test_a_note_leaves_after_a_year_in_every_version_of_the_consultation() -> None:
    volunteer, staff = person("volunteer"), person("staff")
    consultations.log(volunteer, id="c", form=NOTE, now=NOW)
    other = ConsultationForm(**{**vars(NOTE), "minutes": 30, "note": "むすこの名まえで入る"})
    corrections.correct(
        staff, id="d", consultation_id="c", form=other, now=NOW + DAY, reason="本人に聞いた"
    )
    answers = "SELECT * FROM consultation ORDER BY id"
    before = store.rows(answers)
    assert at_work(day_after(365) - timedelta(minutes=1)).erased == {}
    assert store.rows(answers) == before
    assert retention.run(now=day_after(365)).erased == {"note": 2}
    assert store.rows(answers) == [{**row, "note": "", "reason": ""} for row in before]


@pytest.mark.usefixtures("city")
def test_what_only_served_for_a_while_leaves() -> None:
    volunteer = person("volunteer")
    drafts.keep(
        volunteer, device="t", form="book", id="b", values={"k": "ハナ"}, changed=True, now=NOW
    )
    people.add(person("admin"), id="h", name="ハナ", role="volunteer", secret="482915", now=NOW)
    enrolled("another", "窓口2")
    with refuses("sign_in_wrong"):
        sessions.sign_in(name="ハナ", secret="482916", now=NOW, tablet=enrolled())
    sessions.sign_in(name="ハナ", secret="482915", now=NOW, tablet="another")
    incidents.note(["my_number"], place="予約", now=NOW)
    misses.note("ドローン", NOW)
    assert at_work(NOW + 2 * DAY).erased == {"try": 1, "session": 1}
    assert retention.run(now=NOW + 3 * DAY).erased == {}
    assert at_work(NOW + 15 * DAY).erased == {"draft": 1}
    assert at_work(NOW + 181 * DAY).erased == {"miss": 1}
    assert at_work(day_after(365)).erased == {"incident": 1}
    for table in ("draft", "sign_in_try", "session", "incident", "guide_miss"):
        assert store.rows(f"SELECT * FROM {table}") == [], table


@pytest.mark.usefixtures("city")
def test_a_batch_is_small_and_many_are_many() -> None:
    meeting, many = scheduled(seats=4), 2 * retention.BATCH + 7
    volunteer = person("volunteer")
    for _n in range(3):
        booked(meeting.id)
    with store.transaction() as write:
        write.run_many(
            "INSERT INTO booking (id, class_id, code, place, kana, residence, reach, reach_note, "
            "party, made_at, made_by) VALUES (:id, :class, :id, :n, :id, 'outside', 'none', '', 1, "
            ":at, :by)",
            [
                {"id": f"b{n}", "n": n, "class": meeting.id, "at": times.stamp(NOW)}
                | {"by": volunteer.id}
                for n in range(4, many + 1)
            ],
        )
    assert at_work(day_after(90)).erased == {"name": many}
    sizes = [
        len(facts["changes"])
        for row in store.rows("SELECT facts FROM audit WHERE what = 'retention.run' ORDER BY n")
        if (facts := json.loads(row["facts"]))["changes"][0]["table"] == "booking"
    ]
    assert sizes == [100, 100, 7]


@pytest.mark.usefixtures("city")
def test_the_audit_knows_that_it_left_and_not_what() -> None:
    booked(scheduled().id, kana="ヤマダ ハナ")
    consultations.log(person("volunteer"), id="c", form=NOTE, now=NOW)
    at_work(day_after(400))
    rows = store.rows("SELECT * FROM audit ORDER BY n")
    whole = json.dumps(rows, ensure_ascii=False)
    for secret in ("ヤマダ", "0223-22-1111", NOTE.note):
        assert secret not in whole
    changes = [one for row in rows for one in json.loads(row["facts"]).get("changes", ())]
    [gone] = [one for one in changes if one["table"] == "booking" and "before" in one]
    assert gone["before"]["kana"] == gone["before"]["reach_note"] == HIDDEN
    assert gone["after"]["kana"] == gone["after"]["reach_note"] == ""
    [blank] = [one for one in changes if one["table"] == "consultation" and "before" in one]
    assert blank == {
        "table": "consultation",
        "row": {"id": "c"},
        "before": {"note": HIDDEN},
        "after": {"note": ""},
    }


# What the database lets go, and what not.


@pytest.mark.usefixtures("city")
def test_only_an_old_text_of_a_consultation_may_go_and_only_to_nothing() -> None:
    consultations.log(person("volunteer"), id="c", form=NOTE, now=NOW)
    before = store.rows("SELECT * FROM consultation")
    blank = "UPDATE consultation SET note = '', reason = ''"
    forbidden(blank)  # there is no line yet
    with store.transaction() as write:
        retention._draw(write, "note", times.stamp(NOW))
    forbidden(blank)  # it is not older than the line
    with store.transaction() as write:
        retention._draw(write, "note", times.stamp(NOW + DAY))
    for sql in (
        "UPDATE consultation SET note = 'x'",
        "UPDATE consultation SET note = ' '",
        "UPDATE consultation SET reason = 'x', note = ''",
        "UPDATE consultation SET note = '', minutes = 5",
        "UPDATE consultation SET minutes = 5",
        "UPDATE consultation SET trial = 1",
        "DELETE FROM consultation",
    ):
        forbidden(sql)
    assert store.rows("SELECT * FROM consultation") == before
    with store.transaction() as write:
        assert write.run(blank) == 1


@pytest.mark.usefixtures("city")
def test_every_column_of_a_consultation_but_its_texts_stays_as_it_was_written() -> None:
    [rule] = [one for one in LEAVING if isinstance(one, Blanked)]
    with store.transaction() as write:
        [table] = [one for one in tables(write, store.engine().name) if one.name == rule.table]
        write.run(
            "INSERT INTO retention (subject, before) VALUES ('note', '9999')",
        )
    assert sorted((*rule.texts, *rule.others)) == sorted(table.columns)
    consultations.log(person("volunteer"), id="c", form=NOTE, now=NOW)
    for column in rule.others:
        forbidden(f"UPDATE consultation SET {column} = {column}")


@pytest.mark.usefixtures("city")
def test_an_incident_is_never_changed_and_goes_only_when_old() -> None:
    incidents.note(["my_number"], place="予約", now=NOW)
    forbidden("DELETE FROM incident")
    with store.transaction() as write:
        retention._draw(write, "incident", times.stamp(NOW))
    forbidden("DELETE FROM incident")
    forbidden("UPDATE incident SET place = ''")
    with store.transaction() as write:
        retention._draw(write, "incident", times.stamp(NOW + DAY))
    forbidden("UPDATE incident SET place = ''")
    with store.transaction() as write:
        assert write.run("DELETE FROM incident") == 1


# A clock that is wrong.


@pytest.mark.usefixtures("city")
def test_a_clock_that_leapt_erases_nothing_until_the_next_day() -> None:
    booked(scheduled().id, kana="ヤマダ ハナ")
    retention.run(now=NOW)
    assert retention.run(now=NOW + DAY) == retention.Done({})
    wrong = NOW + 900 * DAY
    hours = timedelta(hours=1)
    assert retention.run(now=wrong) == retention.Done({}, wrong + retention.WAIT)
    for later in (hours, 19 * hours):
        assert retention.run(now=wrong + later).waits_until, later
    # Somebody puts it right: that is a leap as well, and nothing was due.
    assert retention.run(now=NOW + 2 * DAY).waits_until
    assert retention.run(now=NOW + 3 * DAY) == retention.Done({})
    assert names()[0][0] == "ヤマダ ハナ"
    # It was right after all.
    retention.run(now=wrong)
    assert retention.run(now=wrong + DAY).erased == {"name": 1}


@pytest.mark.usefixtures("city")
def test_who_looked_at_the_date_need_not_wait() -> None:
    booked(scheduled().id, kana="ヤマダ ハナ")
    assert retention.run(now=day_after(90), sure=True).erased == {"name": 1}


@pytest.mark.usefixtures("city")
def test_a_clock_set_back_an_hour_brings_nothing_back_and_takes_nothing() -> None:
    booked(scheduled().id, kana="ヤマダ ハナ")
    at_work(day_after(90) - DAY)
    assert retention.run(now=day_after(90) - DAY - timedelta(hours=1)).erased == {}
    assert retention.run(now=day_after(90)).erased == {"name": 1}


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("logged", "gone"),
    [
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_year_is_365_days_over_a_leap_day_too(logged: date, gone: date) -> None:
    noon = times.local(NOW).time()
    consultations.log(person("volunteer"), id="c", form=NOTE, now=times.at(logged, noon))
    [_names, notes, *_rest] = retention.due(person("admin"), now=times.at(logged, noon))
    assert notes.next_on == gone
    assert at_work(times.at(gone - DAY, noon.max)).erased == {}
    assert retention.run(now=times.at(gone, noon.min)).erased == {"note": 1}


# What people see.


@pytest.mark.usefixtures("city")
def test_what_leaves_next_is_said_with_its_day() -> None:
    admin = person("admin")
    assert {(one.there, one.due, one.next_on) for one in retention.due(admin, now=NOW)} == {
        (0, 0, None)
    }
    booked(scheduled().id)
    booked(scheduled(day=HELD + 7 * DAY).id)
    found = {one.label: one for one in retention.due(admin, now=NOW)}
    assert found[retention.RULES["name"].label] == retention.Leaving(
        retention.RULES["name"].label, 90, 2, 0, HELD + 90 * DAY
    )
    late = {one.label: one for one in retention.due(admin, now=day_after(95))}
    assert (late[retention.RULES["name"].label].due, late[retention.RULES["name"].label].there) == (
        1,
        2,
    )
    assert late[retention.RULES["name"].label].next_on == HELD + 95 * DAY


@pytest.mark.usefixtures("city")
def test_only_an_administrator_sees_what_leaves() -> None:
    with refuses("not_allowed"):
        retention.due(person("staff"), now=NOW)


@pytest.mark.usefixtures("city")
def test_a_booking_without_its_name_is_still_found_by_its_code_and_says_so() -> None:
    volunteer = person("volunteer")
    made = booked(scheduled().id, kana="ヤマダ ハナ")
    assert not made.erased
    at_work(day_after(90))
    [(found, _meeting)] = booking.find(volunteer, typed=made.code, now=day_after(90))
    assert found.erased
    assert booking.find(volunteer, typed="ヤマダ", now=NOW) == []
    ticket = slips.ticket(volunteer, booking_id=made.id, now=day_after(90))
    assert slips.read(ticket, now=day_after(90))[0][0].erased


@pytest.mark.usefixtures("city")
def test_no_name_goes_while_its_paper_may_still_be_typed_in() -> None:
    assert figures.NEEDED["keep_name_days"][0] > attendance.SHEET_SPAN.days


# Nothing is left in the file.


def traces(address: Path, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for file in sorted(address.parent.glob(f"{address.name}*")):
        content = file.read_bytes()
        for word in words:
            if word.encode() in content:
                yield file.name.removeprefix(address.name), word


@pytest.mark.parametrize("city", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("city")
def test_what_was_erased_is_nowhere_in_the_file_nor_its_log() -> None:
    """Hundreds of rows, so that pages split, move and are freed before they are erased."""
    path = store.engine().path
    volunteer, meeting = person("volunteer"), scheduled()
    words = [f"アカサタ ナ{''.join(one)}" for one in itertools.product("ハヒフヘホ", repeat=4)][
        :300
    ]
    # Somebody is always connected: the log is not thrown away.
    connected = sqlite3.connect(path)
    connected.execute("SELECT 1 FROM booking").fetchall()
    for n, word in enumerate(words):
        form = booking_form(meeting.id, kana=word, reach_note=f"となりの{word}")
        made = booking.book(volunteer, id=str(uuid.uuid4()), form=form, now=NOW)
        drafts.keep(
            volunteer,
            device="t",
            form=f"f{n % 7}",
            id="b",
            values={"k": word},
            changed=True,
            now=NOW,
        )
        note = ConsultationForm(**{**vars(NOTE), "note": f"{word}さんの相談"})
        consultations.log(volunteer, id=f"c{n}", form=note, now=NOW)
        assert made.kana == word
    assert {name for name, _word in traces(path, tuple(words))} >= {"", "-wal"}
    done = at_work(day_after(400))
    assert (done.erased["name"], done.erased["note"], done.traceless) == (300, 300, True)
    assert list(traces(path, tuple(words))) == []
    connected.close()


# The numbers stay.


SITE = "https://desk.example"
STAFF = people.Actor("S", "職員", "admin")


def statistics(now: datetime) -> dict[str, str]:
    """Everything the desk counts or hands out, as it is at a moment."""
    staff, today = STAFF, times.today(now)
    found: dict[str, Any] = {}
    for kind in programme.PERIODS:
        for back in (0, 1):
            first, last = programme.period(kind, today, back)
            found[f"programme {kind} {back}"] = programme.report(staff, first, last, now)
            found[f"programme csv {kind} {back}"] = programme.report_csv(staff, first, last, now)
            found[f"use {kind} {back}"] = desk_use.use(staff, first, last, now)
            found[f"use csv {kind} {back}"] = desk_use.use_csv(staff, first, last, now)
    for kind in city.KINDS:
        settings = city.Settings(kind=kind)
        report = gaps.report(staff, settings, now=now)
        found[f"gaps {kind}"] = gap_table.as_csv(staff, report, now=now)
        found[f"gaps whole {kind}"] = report
    town = places.towns()[0].id
    found["neighbourhood"] = gaps.neighbourhood(staff, town, city.Settings(), now=now)
    found["looked back"] = looked_back.looks(staff, now=now)
    for quarter in releases.quarters(staff, now=now):
        try:
            found[f"release {quarter}"] = releases.preview(staff, quarter, now=now)
        except Refused as refused:
            found[f"release {quarter}"] = refused.code
    year = today - 400 * DAY, today + 60 * DAY
    found["classes"] = schedule.published(*year)
    found["classes csv"] = tables_of.classes_csv(staff, *year, now=now)
    found["instructors csv"] = tables_of.instructors_csv(staff, now=now)
    with store.engine().reading() as reader:
        found["journal"] = journal.events(reader, "1 = 1")
    found["turned down"] = turned_down.lately(staff, now=now)
    found["common"] = (
        usual.common_topics(staff, desk_id=None, now=now),
        consultations.common_towns(staff, desk_id=None),
        asked.most(staff, desk_id=None, now=now),
    )
    public = records.read(now=now, site=SITE, datasets=tuple(layouts.DATASETS))
    found["bundle"] = public
    for dataset in layouts.DATASETS:
        for form, made in publish.FORMATS.items():
            found[f"open data {dataset} {form}"] = made.write(public, dataset)
    found["feed"] = feeds.public(now=now)
    with np.printoptions(threshold=sys.maxsize, precision=17):
        return {name: repr(one) for name, one in found.items()}


@pytest.mark.usefixtures("city")
def test_every_number_of_a_trial_year_is_the_same_when_the_names_are_gone() -> None:
    with store.transaction() as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES ('S', '職員', 'admin', :at)",
            at=times.stamp(NOW),
        )
    trial.load(now=NOW)
    far = NOW + 400 * DAY
    town = places.towns()[0].id
    form = ActionForm("outreach", "題", (town,), times.today(NOW) - 100 * DAY)
    actions.mark(STAFF, id="a", form=form, now=NOW)
    before = {at: statistics(at) for at in (NOW, far)}
    held = store.rows("SELECT COUNT(*) AS n FROM booking")[0]["n"]
    erased = at_work(far).erased
    assert erased["name"] == held > 500
    assert erased["note"] > 0
    assert {row["kana"] for row in store.rows("SELECT DISTINCT kana FROM booking")} == {""}
    for at, was in before.items():
        now_is = statistics(at)
        assert [name for name, said in was.items() if now_is[name] != said] == []
    # They are numbers of these rows: without one of them they are others.
    with store.transaction() as write:
        write.run("UPDATE booking SET arrived_at = NULL")
    other = statistics(NOW)
    assert [name for name, said in before[NOW].items() if other[name] != said]


# On paper, on screens, at the terminal.


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("lang", "gone"), [("ja", "お名前は、約束の日に消しました"), ("en", "Name erased, as promised")]
)
def test_papers_of_an_erased_booking_say_so_kindly(
    lang: str, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, meeting = person("staff"), scheduled()
    made = booked(meeting.id, kana="ヤマダ ハナ")
    late = day_after(90)
    with TestClient(Starlette(routes=ROUTES)) as client:
        monkeypatch.setattr(times, "now", lambda: NOW)
        slip = client.get(f"/slip/{slips.ticket(staff, booking_id=made.id, now=NOW)}?lang={lang}")
        assert gone not in slip.text
        assert ("2027年2月22日" if lang == "ja" else "22 Feb 2027") in slip.text
        at_work(late)
        monkeypatch.setattr(times, "now", lambda: late)
        for address in (
            f"/slip/{slips.ticket(staff, booking_id=made.id, now=late)}",
            f"/sheet/roster/{sheets.roster_ticket(staff, class_id=meeting.id, now=late)}",
            f"/sheet/sign-in/{sheets.sign_in_ticket(staff, class_id=meeting.id, now=late)}",
            f"/sheet/calls/{sheets.call_list_ticket(staff, day=HELD, now=late)}",
        ):
            page = client.get(f"{address}?lang={lang}")
            assert page.status_code == 200
            assert gone in page.text, address
            assert "ヤマダ" not in page.text
            assert "2027年2月22日" not in page.text


@pytest.mark.usefixtures("desk")
def test_the_administrator_sees_what_goes_next() -> None:
    said = texts(screen("staff/people.py", "admin"))
    assert "自動で消えるもの" in said
    found = {one.label: one for one in retention.due(person("admin"), now=times.now())}
    names = found[retention.RULES["name"].label]
    assert names.there > names.due > 0
    assert f"90日あとに消す　·　いま {names.there:,}件" in said


@pytest.mark.usefixtures("desk")
def test_the_desk_says_when_a_name_goes() -> None:
    meeting = next(one for one in schedule.bookable(now=times.now()) if one.left)
    booking.book(person("staff"), id="b", form=booking_form(meeting.id), now=times.now())
    app = screen("volunteer/book.py", "volunteer")
    app.session_state["book_done"] = "b"
    app.run()
    day = times.show_day_of_year(retention.name_leaves_on(meeting.ends_at), "ja")
    assert f"お名前と連絡先は、{day}に消えます。" in [one.value for one in app.caption]


@pytest.mark.usefixtures("city")
def test_the_terminal_says_what_is_due_and_erases_it_when_the_date_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    booked(scheduled().id)
    monkeypatch.setattr(times, "now", lambda: day_after(95))
    terminal = CliRunner()
    said = terminal.invoke(cli, ["retention"]).output
    assert "予約した人のお名前と連絡先：90日で消す。いま1件、期限が来たもの1件" in said
    refused = terminal.invoke(cli, ["retention", "--erase"], input="n\n")
    assert "令和9年（2027年）2月27日（土曜日）" in refused.output
    assert names()[0][0]
    done = terminal.invoke(cli, ["retention", "--erase"], input="y\n")
    assert "name: 1" in done.output
    assert names() == [("", "")]
