"""Each screen by AppTest: what it shows, what a tap does, what a refusal keeps."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from desk import (
    booking,
    changes,
    finder,
    incidents,
    news,
    places,
    schedule,
    sessions,
    store,
    times,
    wifi,
)
from pages.parts.who import TOKEN
from tests.conftest import TABLET, booking_form, person, signed_in

pytestmark = pytest.mark.usefixtures("desk")
FRAME = str(Path(__file__).parent.parent / "pages" / "frame.py")


def screen(path: str = "", role: str = "public") -> AppTest:
    """A screen as a role sees it."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.session_state[TOKEN] = ""
    if role != "public":
        app.session_state[TOKEN] = signed_in(f"test {role}", times.now())
    app.run()
    if path:
        app.switch_page(path).run()
    assert not app.exception
    return app


def keyed(app: AppTest, name: str) -> Button:
    """The button of that name, whichever form it is of."""
    return next(one for one in app.button if str(one.key).startswith(f"{name}_"))


def texts(app: AppTest) -> str:
    return "\n".join(
        str(one.value)
        for kind in ("title", "subheader", "markdown", "success", "error", "info", "warning")
        for one in app.get(kind)
    )


def button(app: AppTest, label: str, nth: int = 0) -> Button:
    return [one for one in app.button if one.label == label][nth]


SCREENS = {
    "volunteer/today.py": ("volunteer", "staff", "admin"),
    "volunteer/book.py": ("volunteer", "staff", "admin"),
    "volunteer/guide.py": ("volunteer", "staff", "admin"),
    "volunteer/log.py": ("volunteer", "staff", "admin"),
    "volunteer/logged.py": ("volunteer", "staff", "admin"),
    "volunteer/rush.py": ("volunteer", "staff", "admin"),
    "volunteer/tally.py": ("volunteer", "staff", "admin"),
    "staff/schedule.py": ("staff", "admin"),
    "staff/month.py": ("staff", "admin"),
    "planner/neighbourhoods.py": ("staff", "planner", "admin"),
    "planner/actions.py": ("staff", "planner", "admin"),
    "planner/where_next.py": ("staff", "planner", "admin"),
    "planner/neighbourhood.py": ("staff", "planner", "admin"),
    "planner/programme.py": ("staff", "planner", "admin"),
    "planner/consultations.py": ("staff", "planner", "admin"),
    "planner/publish.py": ("staff", "planner", "admin"),
    "staff/instructors.py": ("staff", "admin"),
    "staff/courses.py": ("staff", "admin"),
    "staff/tables.py": ("staff", "admin"),
    "staff/wifi.py": ("staff", "admin"),
    "staff/opendata.py": ("staff", "admin"),
    "staff/procedures.py": ("staff", "admin"),
    "staff/people.py": ("admin",),
    "staff/audit.py": ("admin",),
    "staff/machine.py": ("admin",),
    "staff/tablets.py": ("admin",),
}
TITLES = {
    "volunteer/today.py": "きょう",
    "volunteer/book.py": "講座を予約する",
    "volunteer/guide.py": "何をしたいですか",
    "volunteer/log.py": "相談を記録する",
    "volunteer/logged.py": "記録した相談",
    "volunteer/rush.py": "混んだとき",
    "volunteer/tally.py": "紙の集計を入れる",
    "staff/month.py": "月の予定をつくる",
    "staff/schedule.py": "予定表",
    "planner/neighbourhoods.py": "届いていない地区",
    "planner/actions.py": "取組のふりかえり",
    "planner/where_next.py": "つぎにどこへ置くか",
    "planner/neighbourhood.py": "なぜそうなのか",
    "planner/programme.py": "講座の報告",
    "planner/consultations.py": "相談の統計",
    "planner/publish.py": "相談の利用を公表する",
    "staff/instructors.py": "講師",
    "staff/courses.py": "講座の種類",
    "staff/tables.py": "表の出し入れ",
    "staff/wifi.py": "Wi-Fiの確認",
    "staff/opendata.py": "市の表を入れる",
    "staff/procedures.py": "手続きを直す",
    "staff/people.py": "利用者の管理",
    "staff/audit.py": "操作の記録",
    "staff/machine.py": "機械の状態",
    "staff/tablets.py": "タブレット",
}


@pytest.mark.parametrize(
    ("path", "role"), [(path, role) for path, roles in SCREENS.items() for role in roles]
)
def test_a_role_opens_its_screens(path: str, role: str) -> None:
    app = screen(path, role)
    assert app.title[0].value.startswith(TITLES[path])
    assert not app.error


@pytest.mark.parametrize("path", SCREENS)
def test_the_gate_of_a_screen_turns_the_public_away(path: str) -> None:
    file = Path(FRAME).parent / path
    app = AppTest.from_file(str(file), default_timeout=30)
    app.session_state[TOKEN] = ""
    app.run()
    assert [one.value for one in app.title] == ["ボランティア・職員のページ"]
    assert not app.button


def test_a_resident_needs_no_sign_in_and_sees_samples_marked() -> None:
    app = screen()
    assert app.title[0].value == "無料で使えるWi-Fi（ワイファイ）"
    assert texts(app).count(":orange-badge[見本]") == 5


def test_english_is_one_tap_away() -> None:
    app = screen()
    app.session_state["lang"] = "en"
    app.run()
    assert app.title[0].value == "Free Wi-Fi"


def test_choosing_a_neighbourhood_puts_the_nearest_first() -> None:
    app = screen()
    app.button_group(key="wifi_row").set_value("ハ").run()
    town = next(one for one in places.towns() if one.name == "早股")
    app.button_group(key="wifi_town_ハ").set_value(town.id).run()
    assert "早股の近く" in texts(app)
    walks = [one.value for one in app.markdown if "directions_walk" in one.value]
    metres = [int(one.split("約")[1].split("m")[0].replace(",", "")) for one in walks]
    assert len(metres) == 5
    assert metres == sorted(metres)


def test_wishes_put_what_nobody_knows_into_a_group_of_its_own_and_count_the_rest() -> None:
    app = screen()
    app.button_group(key="wifi_wishes").set_value(["sockets"]).run()
    app.button(key="wifi_show_all").click().run()
    have = [spot.sockets for spot in wifi.spots()]
    assert {True, False, None} == set(have)
    shown = [one for one in app.button if one.key and one.key.startswith("join_")]
    assert len(shown) == len(have) - have.count(False)
    assert "あるかどうか分かりません" in [one.value for one in app.subheader]
    assert f"ほかの{have.count(False)}か所には、ありません。" in [one.value for one in app.caption]
    said = texts(app)
    assert any(shape in said for shape in finder.SHAPES.values())
    assert "180日以上 確かめていません" in said


def test_the_light_page_is_one_tap_away_in_the_language_of_the_screen() -> None:
    app = screen()
    assert "/wifi" in [one.proto.url for one in app.get("link_button")]
    app.session_state["lang"] = "en"
    app.run()
    assert "/wifi?lang=en" in [one.proto.url for one in app.get("link_button")]


def test_people_are_checked_in_and_a_mistaken_tap_is_taken_back() -> None:
    day = times.today(times.now())
    meeting = max(schedule.between(day, day), key=lambda one: one.booked)
    app = screen("volunteer/today.py", "volunteer")
    app.button(key=f"open_{meeting.id}").click().run()
    came = next(one for one in app.button if one.key and one.key.startswith("came_"))
    came.click().run()
    undo = next(one for one in app.button if one.key == came.key.replace("came_", "undo_"))
    undo.click().run()
    assert any(one.key == came.key for one in app.button)


def test_booking_says_what_is_missing_and_keeps_the_rest() -> None:
    app = screen("volunteer/book.py", "volunteer")
    button(app, "選ぶ").click().run()
    app.text_input(key="book_kana").set_value("ヤマダ ハナ")
    app.button(key="book_save").click().run()
    assert [one.value for one in app.error] == ["入力してください：地区"]
    assert app.text_input(key="book_kana").value == "ヤマダ ハナ"


def test_a_seat_is_booked_and_a_second_save_is_the_same_booking() -> None:
    app = screen("volunteer/book.py", "volunteer")
    before = store.rows("SELECT id FROM booking")
    button(app, "選ぶ", 2).click().run()
    app.text_input(key="book_kana").set_value("やまだ はな")
    app.button_group(key="book_town_common").set_value("outside")
    app.button_group(key="book_reach").set_value("none")
    app.button(key="book_save").click().run()
    assert not app.exception
    assert "予約しました：ヤマダ ハナ 様（1人）" in texts(app).replace("\\", "")
    assert len(store.rows("SELECT id FROM booking")) == len(before) + 1


def test_an_unknown_class_in_the_address_is_a_sentence_and_the_list() -> None:
    app = screen("volunteer/book.py", "volunteer")
    app.session_state["book_class"] = "no-such-class"
    app.run()
    assert [one.value for one in app.error] == [
        "この番号の講座はありません。一覧から選んでください。"
    ]
    assert button(app, "選ぶ")


def test_the_desk_puts_back_what_a_resident_cancelled_by_code() -> None:
    found = next(one for one in schedule.bookable(now=times.now()) if one.left)
    volunteer = person("volunteer")
    made = booking.book(volunteer, id="mine", form=booking_form(found.id), now=times.now())
    changes.cancel_by_code(code=made.code, booking_id="mine", now=times.now())
    app = screen("volunteer/today.py", "volunteer")
    app.text_input(key="arrivals_typed").set_value(made.kana).run()
    app.button(key="manage_found_mine").click().run()
    app.button(key="manage_undo").click().run()
    assert not app.error
    assert booking.get(volunteer, booking_id="mine")[0].state == "seated"


def test_whoever_is_booked_is_told_of_a_cancelled_class_and_goes_to_another() -> None:
    now, staff = times.now(), person("staff")
    first, other = [one for one in schedule.bookable(now=now) if one.left and one.starts_at > now][
        :2
    ]
    made = booking.book(staff, id="mine", form=booking_form(first.id), now=now)
    schedule.cancel(staff, class_id=first.id, now=now)
    app = screen("staff/schedule.py", "staff")
    assert made.kana in texts(app)
    app = screen("volunteer/today.py", "volunteer")
    assert "講座の変更を伝える人が" in texts(app)
    app.button(key="told_mine").click().run()
    assert next(one for one in news.untold(staff, now=now) if one.booking.id == "mine").told_at
    app.button(key="told_mine").click().run()
    app.button(key="manage_news_mine").click().run()
    assert any(other.venue in one for one in app.selectbox(key="manage_target").options)
    assert "manage_cancel" not in {one.key for one in app.button}
    changes.move(staff, booking_id="mine", class_id=other.id, now=now)
    assert "told_mine" not in {one.key for one in app.run().button}


def test_a_consultation_is_logged_and_the_form_is_empty_again() -> None:
    app = screen("volunteer/log.py", "volunteer")
    app.button_group(key="log_town_common").set_value("unknown")
    app.button_group(key="log_age").set_value("75-79")
    app.button_group(key="log_topic").set_value("line")
    keyed(app, "log_save").click().run()
    assert [one.value.split("：")[1] for one in app.success] == ["わからない・LINE（きょう1件め）"]
    assert app.button_group(key="log_topic").value is None


def test_a_note_with_a_my_number_is_refused_and_kept_in_the_field() -> None:
    app = screen("volunteer/log.py", "volunteer")
    app.button_group(key="log_town_common").set_value("unknown")
    app.button_group(key="log_age").set_value("75-79")
    app.button_group(key="log_topic").set_value("line")
    app.text_area(key="log_note").set_value("１２３４ ５６７８ ９０１８")
    keyed(app, "log_save").click().run()
    assert app.error[0].value.startswith("マイナンバーの可能性がある数字があるので")
    assert app.text_area(key="log_note").value == "１２３４ ５６７８ ９０１８"
    assert not app.success
    noted = store.rows("SELECT place, kind, trial FROM incident")
    assert noted == [{"place": "Log / note", "kind": "my_number", "trial": 1}]


def test_staff_are_told_how_often_numbers_were_refused_and_volunteers_are_not() -> None:
    assert "書けない番号" not in texts(screen("volunteer/today.py", "staff"))
    for place in ("Log / note", "/wifi / postal"):
        incidents.note(["my_number"], place=place, now=times.now())
    app = screen("volunteer/today.py", "staff")
    assert [one.label for one in app.expander if "書けない番号" in one.label] == [
        "30日間に、書けない番号が2回ありました（\\/wifi、相談の記録）"
    ]
    table = app.dataframe[0].value
    assert list(table["書けなかったもの"]) == ["マイナンバーの可能性"] * 2
    assert not screen("volunteer/today.py", "volunteer").expander


def test_a_search_with_a_number_is_refused_on_today() -> None:
    app = screen("volunteer/today.py", "volunteer")
    app.text_input(key="arrivals_typed").set_value("090-1234-5678").run()
    assert app.error[0].value.startswith("11けたの数字があります")
    assert app.text_input(key="arrivals_typed").value == "090-1234-5678"


@pytest.mark.parametrize("role", ["volunteer", "staff", "planner", "admin"])
def test_every_screen_leads_to_the_own_sign_in_and_shows_the_way_out(role: str) -> None:
    links = [one.proto.url for one in screen(role=role).get("link_button")]
    assert {"/my-sign-in", "/sign-out"} <= set(links)
    assert "/my-sign-in" not in [one.proto.url for one in screen().get("link_button")]


def test_without_a_provider_the_citys_sign_in_leads_to_the_ordinary_one() -> None:
    app = screen("resident/city_account.py")
    links = [one.proto.url for one in app.get("link_button")]
    assert "/sign-in" in links


def test_a_clash_is_named_and_the_form_stays() -> None:
    taken = schedule.bookable(now=times.now())[-1]
    app = screen("staff/schedule.py", "staff")
    app.button(key="schedule_new").click().run()
    start, end = times.local(taken.starts_at), times.local(taken.ends_at)
    app.selectbox(key="schedule_course").select(taken.course_id).run()
    app.selectbox(key="schedule_venue").select(taken.venue_id).run()
    app.selectbox(key="schedule_room").select(taken.room_id)
    app.date_input(key="schedule_day").set_value(start.date())
    app.time_input(key="schedule_starts").set_value(start.time())
    app.time_input(key="schedule_ends").set_value(end.time())
    app.button(key="schedule_save").click().run()
    assert [one.value for one in app.error] == [
        f"{taken.venue} {taken.room}は、その時間もう使われています："
        f"{taken.title}（{times.show(taken.starts_at, 'ja')}）。"
    ]
    assert app.selectbox(key="schedule_course").value == taken.course_id


def test_the_administrator_adds_a_volunteer_who_can_sign_in() -> None:
    app = screen("staff/people.py", "admin")
    app.text_input(key="people_name").set_value("佐藤")
    app.text_input(key="people_secret").set_value("735102")
    app.date_input(key="people_last_day").set_value(times.today(times.now()))
    app.button(key="people_add").click().run()
    assert "佐藤" in texts(app)
    assert "まで" in "".join(one.value for one in app.caption)
    token = sessions.sign_in(name="佐藤", secret="735102", now=times.now(), tablet=TABLET)
    assert sessions.actor_of(token, now=times.now()).role == "volunteer"


def test_who_works_in_the_office_gets_a_one_time_password_shown_once() -> None:
    app = screen("staff/people.py", "admin")
    app.button_group(key="people_role").set_value("planner").run()
    app.text_input(key="people_name").set_value("田中")
    app.button(key="people_add").click().run()
    [one_time] = [one.value for one in app.code]
    token = sessions.sign_in(name="田中", secret=one_time, now=times.now())
    assert sessions.actor_of(token, now=times.now()).must_change
    app.button(key="people_handed_over").click().run()
    assert not app.code


def of(name: str) -> str:
    [row] = store.rows("SELECT id FROM person WHERE name = :name", name=name)
    return str(row["id"])


def dialog(app: AppTest, person_id: str, *taps: str) -> None:
    """Tap in somebody's dialog, which a whole run of the script would close."""
    opening = app.button(key=f"change_{person_id}")
    opening.click().run()
    for one in taps:
        app.button(key=f"change_{person_id}").click()
        app.button(key=one).click().run()
        assert not app.exception


def test_an_administrator_changes_everything_of_a_person_in_one_dialog() -> None:
    app = screen("staff/people.py", "admin")
    staff = of("test staff")
    app.button(key=f"change_{staff}").click().run()
    app.button(key=f"change_{staff}").click()
    app.selectbox(key="access_role").select("planner").run()
    app.button(key=f"change_{staff}").click()
    app.button(key="access_role_yes").click().run()
    [row] = store.rows("SELECT role FROM person WHERE id = :id", id=staff)
    assert row == {"role": "planner"}
    dialog(app, staff, "access_reset")
    [one_time] = [one.value for one in app.code]
    assert sessions.sign_in(name="test staff", secret=one_time, now=times.now())
    app.button(key="people_handed_over").click().run()
    dialog(app, staff, "access_retire")
    assert store.rows("SELECT active FROM person WHERE id = :id", id=staff) == [{"active": 0}]
    assert [one.value for one in app.success] == ["test staffは、もう使えません。"]


def test_who_tried_too_often_is_let_in_again() -> None:
    volunteer = of("test volunteer")
    app = screen("staff/people.py", "admin")
    with store.transaction() as write:
        write.run(
            "UPDATE person SET blocked_at = :at WHERE id = :id",
            at=times.stamp(times.now()),
            id=volunteer,
        )
    app.run()
    assert "まちがいが多く、止まっています" in [one.value for one in app.caption]
    dialog(app, volunteer, "access_unblock")
    sql = "SELECT blocked_at FROM person WHERE id = :id"
    assert store.rows(sql, id=volunteer) == [{"blocked_at": None}]


def test_after_ten_minutes_a_change_and_a_table_want_the_password_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people_screen, tables = screen("staff/people.py", "admin"), screen("staff/tables.py", "staff")
    assert tables.get("download_button")
    later = times.now() + timedelta(minutes=11)
    monkeypatch.setattr(times, "now", lambda: later)
    said = "この前に、暗証番号かパスワードを、もう一度入れてください。"
    dialog(people_screen, of("test staff"), "access_retire")
    assert [one.value for one in people_screen.error] == [said]
    assert store.rows("SELECT active FROM person WHERE name = 'test staff'") == [{"active": 1}]
    tables.run()
    assert not tables.get("download_button")
    tables.button(key="tables_download_proof").click().run()
    assert [one.value for one in tables.error] == [said]
