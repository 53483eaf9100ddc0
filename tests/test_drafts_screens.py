"""Every form of a screen has a draft: it is kept as it changes, comes back, and goes when saved."""

import ast
import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from desk import drafts, people, planning, schedule, sessions, store, times
from desk.people import Actor
from pages.parts.who import DEVICE, TOKEN
from tests.conftest import PIN, STAFF_SECRET
from tests.conftest import TABLET as SHARED
from tests.test_screens import FRAME, texts
from tests.test_structure import SOURCES

pytestmark = pytest.mark.usefixtures("desk")
TABLET, OTHER = "tablet-tablet-tablet-1", "tablet-tablet-tablet-2"
BACK = "書きかけを出しました"
# Whatever a person types into or taps an answer of.
WIDGETS = {
    "text_input",
    "text_area",
    "pills",
    "segmented_control",
    "selectbox",
    "multiselect",
    "number_input",
    "checkbox",
    "toggle",
    "radio",
    "date_input",
    "time_input",
    "datetime_input",
    "slider",
    "select_slider",
    "feedback",
    "data_editor",
    "chat_input",
    "color_picker",
}
# Modules whose widgets have no draft of their own, and why.
NO_DRAFT = {
    "pages/frame.py": "the language is in the address",
    "pages/resident/wifi.py": "residents stay nobody, and nothing is typed",
    "pages/parts/periods.py": "what is looked at; it is in the address",
    "pages/parts/gap_settings.py": "what is looked at; it is in the address",
    "pages/planner/neighbourhoods.py": "what is looked at; it is in the address",
    "pages/planner/consultations.py": "one choice of what is looked at",
    "pages/planner/publish.py": "one choice of what is looked at; it is in the address",
    "pages/planner/actions.py": "what is looked at; it is in the address",
    "pages/planner/where_next.py": "what is asked and chosen; it is in the address",
    "pages/volunteer/logged.py": "one choice of what is looked at",
    "pages/staff/procedures.py": "one choice of what is looked at",
    "pages/volunteer/guide.py": "a search; what is opened is in the address",
    "pages/parts/guide_preview.py": "one choice, of which end is looked at",
    "pages/parts/guide_files.py": "belongs to files, which the desk does not keep",
    "pages/parts/follow_ups.py": "a search: the code of a card, read at once",
    "pages/parts/consultation_papers.py": "one choice, of the day a card is for",
    "pages/parts/answers.py": "the form it stands in keeps its key",
    "pages/parts/desks.py": "the form it stands in keeps `desks.DESK` and `desks.KIND`",
    "pages/staff/wifi.py": "one choice of what is looked at; a check is one tap and saved by it",
    "pages/staff/tables.py": "belongs to a file, which the desk does not keep before it is put in",
    "pages/staff/opendata.py": "belongs to a file, as in the tables",
    "pages/parts/arrivals.py": "a search: a code brought back would check somebody in again",
    "pages/parts/bookings.py": "a dialog with one choice",
    "pages/parts/advice.py": "one choice of what is looked at; a draft class is one tap",
    "pages/parts/towns.py": "the form it stands in keeps `towns.fields`",
}
# Widgets on screens with drafts that are none of the form.
NO_FIELD = {
    "lang",
    "people_secret",  # never
    "book_venue",  # shortens the list of classes
    "poster_venue",  # a poster to print
}


@dataclass(frozen=True)
class Form:
    """A form of a screen: how it opens, what is filled in, and how that is read."""

    path: str
    role: str
    name: str
    opens: Callable[[AppTest], None]
    fill: Callable[[AppTest], None]
    read: Callable[[AppTest], object]


def screen(path: str, role: str, device: str = TABLET, name: str = "") -> AppTest:
    """A screen in a new session: what a reload gives, or a new sign-in."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    secret = PIN if role == "volunteer" else STAFF_SECRET
    app.session_state[TOKEN] = sessions.sign_in(
        name=name or f"test {role}", secret=secret, now=times.now(), tablet=SHARED
    )
    app.session_state[DEVICE] = device
    app.run()
    app.switch_page(path).run()
    assert not app.exception
    return app


def nothing(_app: AppTest) -> None:
    """The form is there from the beginning."""


def press(key: str) -> Callable[[AppTest], None]:
    return lambda app: app.button(key=key).click().run()


def book(app: AppTest) -> None:
    next(one for one in app.button if str(one.key).startswith("choose_")).click().run()


def filled(**values: object) -> Callable[[AppTest], None]:
    """Put values into the fields, by the kind of their widgets."""

    def fill(app: AppTest) -> None:
        for key, value in values.items():
            next(one for one in widgets(app) if one.key == key).set_value(value).run()

    return fill


def values(*keys: str) -> Callable[[AppTest], object]:
    return lambda app: {one.key: one.value for one in widgets(app) if one.key in keys}


def widgets(app: AppTest) -> list:
    """Everything of `WIDGETS` on the screen."""
    return [one for kind in (*WIDGETS, "button_group") for one in app.get(kind)]


def form(path: str, role: str, name: str, opens: Callable[[AppTest], None], **fill: object) -> Form:
    return Form(path, role, name, opens, filled(**fill), values(*fill))


def sheet() -> str:
    """A class that was held, with a seat to spare."""
    today = times.today(times.now())
    held = schedule.published(today - timedelta(days=20), today - timedelta(days=1))
    return next(one.id for one in held if one.left)


DAY = times.today(times.now()) + timedelta(days=9)
FORMS = (
    form(
        "volunteer/book.py",
        "volunteer",
        "book",
        book,
        book_kana="ヤマダ",
        book_reach="neighbour",
        book_note="となり",
        book_party=2,
        book_town_common="outside",
    ),
    form(
        "staff/courses.py",
        "staff",
        "course",
        press("course_new"),
        course_title="スマホ写真",
        course_about="写真をとる",
        course_level="applied",
        course_minutes=45,
        course_needs=["smartphone"],
    ),
    form(
        "staff/instructors.py",
        "staff",
        "instructor",
        press("instructor_new"),
        instructor_name="佐藤 花",
        instructor_role="assistant",
        instructor_trained_on=date(2026, 1, 2),
        instructor_hours="月 09:00-12:00",
    ),
    form(
        "staff/schedule.py",
        "staff",
        "schedule",
        press("schedule_new"),
        schedule_course="basic-1-buttons",
        schedule_venue="0421110001",
        schedule_day=DAY,
        schedule_seats=5,
        schedule_repeat="weekly",
        schedule_times=4,
    ),
    form(
        "staff/month.py",
        "staff",
        "month",
        nothing,
        month_course="basic-1-buttons",
        month_venue="0421110001",
        month_classes=3,
        month_weekdays=[1, 2],
        month_per_week=5,
    ),
    form(
        "planner/actions.py",
        "planner",
        "actions",
        press("actions_new"),
        actions_kind="outreach",
        actions_title="老人クラブで話した",
        actions_day=times.today(times.now()) - timedelta(days=9),
        actions_note="チラシも配った",
        actions_towns_row="ハ",
        actions_towns_in_ハ=["042111-早股"],
    ),
    form("staff/people.py", "admin", "people", nothing, people_role="staff", people_name="佐藤 花"),
)
each_form = pytest.mark.parametrize("form", FORMS, ids=[one.name for one in FORMS])


@pytest.fixture(autouse=True)
def _server_restarted() -> None:
    planning._making.clear()


@each_form
def test_a_form_comes_back_in_a_new_session_as_it_was_with_its_age(form: Form) -> None:
    app = screen(form.path, form.role)
    form.opens(app)
    form.fill(app)
    held = form.read(app)
    assert BACK not in texts(app)
    planning._making.clear()
    again = screen(form.path, form.role)
    assert form.read(again) == held
    assert f"{BACK}（たった今）" in texts(again)
    assert not again.warning or "Session State" not in again.warning[0].value
    # And once more, without a touch.
    planning._making.clear()
    assert form.read(screen(form.path, form.role)) == held


@each_form
def test_neither_another_tablet_nor_another_person_sees_it(form: Form) -> None:
    app = screen(form.path, form.role)
    form.opens(app)
    form.fill(app)
    planning._making.clear()
    admin = sessions.actor_of(app.session_state[TOKEN], now=times.now())
    boss = Actor(admin.id, "", "admin")
    secret = PIN if form.role == "volunteer" else STAFF_SECRET
    people.add(boss, id="o", name="other", role=form.role, secret=secret, now=times.now())
    for other in (screen(form.path, form.role, OTHER), screen(form.path, form.role, name="other")):
        assert BACK not in texts(other)
    planning._making.clear()
    assert BACK in texts(screen(form.path, form.role))


@each_form
def test_a_draft_is_thrown_away_with_one_tap_and_taken_out_again_with_another(form: Form) -> None:
    app = screen(form.path, form.role)
    form.opens(app)
    form.fill(app)
    held = form.read(app)
    planning._making.clear()
    app = screen(form.path, form.role)
    app.button(key=f"draft_away_{form.name}").click().run()
    assert not app.exception
    assert form.read(app) != held
    assert BACK not in texts(screen(form.path, form.role))
    app.button(key=f"draft_back_{form.name}").click().run()
    assert form.read(app) == held
    planning._making.clear()
    assert form.read(screen(form.path, form.role)) == held


@each_form
def test_a_form_that_is_only_opened_says_nothing_of_a_draft(form: Form) -> None:
    app = screen(form.path, form.role)
    form.opens(app)
    app.run()
    assert BACK not in texts(screen(form.path, form.role))


@each_form
def test_every_field_of_a_form_is_in_its_draft(form: Form) -> None:
    app = screen(form.path, form.role)
    form.opens(app)
    form.fill(app)
    [mark] = marks(app)
    assert mark["form"] == form.name
    assert {one.key for one in widgets(app)} - set(mark["keys"]) - NO_FIELD == set()


def marks(app: AppTest) -> list[dict]:
    """What the browser is told of the forms on a screen."""
    bodies = [one.proto.body for one in app.get("html")]
    start, end = '<i data-draft="', '"></i>'
    return [
        json.loads(html.unescape(body.removeprefix(start).removesuffix(end)))
        for body in bodies
        if body.startswith(start)
    ]


def test_the_browser_is_told_of_no_secret_and_no_name() -> None:
    app = screen("staff/people.py", "admin")
    [mark] = marks(app)
    assert mark["keys"] == ["people_form_id", "people_role", "people_name"]
    assert "test admin" not in json.dumps(mark)
    assert sessions.actor_of(app.session_state[TOKEN], now=times.now()).id not in json.dumps(mark)


def test_a_sheet_of_paper_comes_back_without_whom_others_checked_in() -> None:
    class_id = sheet()

    def opened() -> AppTest:
        app = AppTest.from_file(FRAME, default_timeout=30)
        app.session_state[TOKEN] = sessions.sign_in(
            name="test staff", secret=STAFF_SECRET, now=times.now()
        )
        app.session_state[DEVICE] = TABLET
        app.query_params["class"] = class_id
        app.run()
        return app.switch_page("volunteer/sheet.py").run()

    app = opened()
    app.text_input(key="paper_kana_0").set_value("ヤマダ ハナ").run()
    [mark] = marks(app)
    kept = {one.key for one in widgets(app)} - {"lang"}
    arrived = {one.key for one in app.checkbox if one.disabled}
    assert kept - set(mark["keys"]) == arrived
    again = opened()
    assert again.text_input(key="paper_kana_0").value == "ヤマダ ハナ"
    assert BACK in texts(again)
    again.button(key="paper_save").click().run()
    assert [one.value for one in again.error] == []
    assert BACK not in texts(opened())


def test_wishes_of_a_month_outlive_the_servers_memory() -> None:
    app = screen("staff/month.py", "staff")
    filled(month_course="basic-1-buttons", month_venue="0421110001", month_classes=3)(app)
    app.button(key="month_add").click().run()
    [before] = planning._making.values()
    planning._making.clear()
    again = screen("staff/month.py", "staff")
    [after] = planning._making.values()
    assert after.wanted == before.wanted != []
    assert after.frame == before.frame
    again.button(key="draft_away_month").click().run()
    assert after.wanted == []
    again.button(key="draft_back_month").click().run()
    assert after.wanted == before.wanted


def test_a_saved_form_leaves_no_draft_and_keeps_the_id_of_a_lost_answer() -> None:
    app = screen("staff/courses.py", "staff")
    app.button(key="course_new").click().run()
    filled(course_title="スマホ写真", course_about="写真をとる")(app)
    id = app.session_state["course_form_id"]
    again = screen("staff/courses.py", "staff")
    assert again.session_state["course_form_id"] == id
    again.button(key="course_save").click().run()
    assert [one.value for one in again.error] == []
    assert store.rows("SELECT * FROM draft WHERE form = 'course'") == []
    assert BACK not in texts(screen("staff/courses.py", "staff"))
    # The other session's answer was lost: it saves once more, and there is one course.
    app.button(key="course_save").click().run()
    assert len(store.rows("SELECT id FROM course WHERE title = 'スマホ写真'")) == 1


def test_the_change_of_a_class_comes_back_to_the_same_class() -> None:
    app = screen("staff/schedule.py", "staff")
    change = next(one for one in app.button if str(one.key).startswith("change_"))
    change.click().run()
    before = app.session_state["schedule_change"]
    app.number_input(key="schedule_seats").set_value(3).run()
    again = screen("staff/schedule.py", "staff")
    assert again.session_state["schedule_change"] == before
    assert again.number_input(key="schedule_seats").value == 3
    again.button(key="schedule_close").click().run()
    assert BACK not in texts(screen("staff/schedule.py", "staff"))


def test_values_that_fit_no_more_break_no_screen() -> None:
    app = screen("staff/schedule.py", "staff")
    app.button(key="schedule_new").click().run()
    filled(schedule_seats=5)(app)
    who = sessions.actor_of(app.session_state[TOKEN], now=times.now())
    found = drafts.find(who, device=TABLET, form="schedule", now=times.now())
    assert found
    gone = {
        "schedule_course": "gone",
        "schedule_venue": "gone",
        "schedule_room": "gone",
        "schedule_day": date(2020, 1, 1),
        "schedule_instructors": ["gone"],
        "schedule_repeat": "gone",
        "schedule_seats": 100_000,
    }

    def opened(**changes: object) -> AppTest:
        held = {**found.values, **gone, **changes}
        facts = {"device": TABLET, "form": "schedule", "id": "i", "values": held}
        drafts.keep(who, changed=True, now=times.now(), **facts)
        return screen("staff/schedule.py", "staff")

    assert opened().date_input(key="schedule_day").value > times.today(times.now())
    assert "この番号の講座はありません" in opened(schedule_change=("gone", 1)).error[0].value


def test_a_draft_that_cannot_be_kept_is_said_at_once_with_its_cause() -> None:
    app = screen("staff/courses.py", "staff")
    app.button(key="course_new").click().run()
    assert not app.error
    with store.transaction() as write:
        write.run("ALTER TABLE draft RENAME TO elsewhere")
    app.text_input(key="course_title").set_value("スマホ写真").run()
    assert "no such table: draft" in app.error[0].value
    assert app.text_input(key="course_title").value == "スマホ写真"
    with store.transaction() as write:
        write.run("ALTER TABLE elsewhere RENAME TO draft")
    app.run()
    assert not app.error
    assert screen("staff/courses.py", "staff").text_input(key="course_title").value == "スマホ写真"


def test_who_comes_back_to_a_screen_finds_the_form_as_it_was() -> None:
    app = screen("volunteer/book.py", "volunteer")
    book(app)
    filled(book_kana="ヤマダ", book_party=2)(app)
    app.switch_page("volunteer/today.py").run()
    app.switch_page("volunteer/book.py").run()
    assert app.text_input(key="book_kana").value == "ヤマダ"
    app.button(key="book_other").click().run()
    book(app)
    assert app.text_input(key="book_kana").value == "ヤマダ"


def test_a_number_of_somebody_is_in_no_draft() -> None:
    app = screen("volunteer/book.py", "volunteer")
    book(app)
    filled(book_kana="ヤマダ", book_note="1234-5678-9018")(app)
    assert "1234" not in json.dumps(store.rows("SELECT contents FROM draft"))
    assert app.text_input(key="book_note").value == "1234-5678-9018"
    again = screen("volunteer/book.py", "volunteer")
    assert again.text_input(key="book_kana").value == "ヤマダ"
    assert again.text_input(key="book_note").value == ""


def test_every_module_with_fields_keeps_a_draft_or_has_a_reason() -> None:
    with_fields, keeping = set(), set()
    for name, tree in SOURCES.items():
        if not name.startswith("pages/"):
            continue
        called = {
            (getattr(call.func.value, "id", ""), call.func.attr)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        }
        if WIDGETS & {method for _of, method in called}:
            with_fields.add(name)
        if {("drafts", "keep"), ("drafts", "restore")} <= called:
            keeping.add(name)
    # Parts whose widgets stand in a screen that keeps them.
    keeping |= {"pages/parts/class_form.py", "pages/parts/wishes.py", "pages/staff/schedule.py"}
    assert with_fields - keeping == set(NO_DRAFT)
