"""The tablets' screen, and a locked one: what stands there, and that the form comes back."""

import pytest
from streamlit.testing.v1 import AppTest

from desk import sessions, tablets, times
from pages.parts.who import DEVICE, TOKEN
from tests.conftest import PIN, STAFF_SECRET, TABLET
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "staff/tablets.py"


def signed_in() -> str:
    """A volunteer on the tablet of the trial desk."""
    return sessions.sign_in(name="test volunteer", secret=PIN, now=times.now(), tablet=TABLET)


def test_a_tablet_is_named_shown_as_a_qr_and_enrolled() -> None:
    app = screen(PATH, "admin")
    app.text_input(key="tablets_name").set_value("市役所1")
    button(app, "登録のQRを出す").click().run()
    assert not app.exception
    assert "「市役所1」にするタブレット" in texts(app)
    code = app.session_state["tablets_waits"]["code"]
    [link] = [one for one in app.get("link_button") if "/tablet/" in one.proto.url]
    assert f"/tablet/{code}" in link.proto.url
    tablets.enrol(code, now=times.now())
    app.run()
    assert "市役所1を登録しました" in texts(app)
    assert "**市役所1**" in texts(app)
    assert code not in texts(app)


def test_a_tablet_without_a_name_is_refused_and_a_name_stays() -> None:
    app = screen(PATH, "admin")
    button(app, "登録のQRを出す").click().run()
    assert "名前" in app.error[0].value
    app.text_input(key="tablets_name").set_value("窓口1")
    button(app, "登録のQRを出す").click().run()
    assert "窓口1という名前のタブレットは、もうあります" in app.error[0].value
    assert app.text_input(key="tablets_name").value == "窓口1"


def test_before_a_tablet_is_taken_off_its_name_is_said() -> None:
    token = signed_in()
    app = screen(PATH, "admin")
    assert "サインイン中：test volunteer" in texts(app)
    button(app, "はずす…").click().run()
    assert "**窓口1**では暗証番号が使えず" in texts(app)
    assert sessions.actor_of(token, now=times.now()).ready
    assert app.button(key="revoke_yes")  # what a tap on it does: tests/test_tablets_journey.py


def test_a_session_is_ended_and_not_the_own_one() -> None:
    token = signed_in()
    app = screen(PATH, "admin")
    assert "この画面です" in texts(app)
    sessions.lock(token, now=times.now())
    app.run()
    assert "鍵がかかっています" in texts(app)
    [end] = [one for one in app.button if one.label == "サインインを切る"]
    end.click().run()
    assert "test volunteerさんのサインインを切りました" in texts(app)
    assert sessions.actor_of(token, now=times.now()).role == "public"


def test_a_locked_screen_shows_nothing_and_its_form_comes_back() -> None:
    app = screen("staff/people.py", "admin")
    app.session_state[DEVICE] = "tablet-tablet-tablet-1"
    app.run()
    app.text_input(key="people_name").set_value("佐藤").run()
    token = app.session_state[TOKEN]
    sessions.lock(token, now=times.now())
    app.run()
    assert [one.value for one in app.title] == ["画面に鍵がかかっています"]
    assert not app.text_input
    assert "test planner" not in texts(app)
    sessions.prove(token, secret=STAFF_SECRET, now=times.now())
    button(app, "あけて続ける").click().run()
    assert app.title[0].value == "利用者の管理"
    assert app.text_input(key="people_name").value == "佐藤"


@pytest.mark.parametrize("code", ["prove_again", "locked", "sign_in_first"])
def test_what_asks_for_a_proof_offers_the_way_to_it(code: str) -> None:
    def part(code: str) -> None:
        from desk.refusals import Refused
        from pages.parts import forms

        def ask(code: str) -> None:
            raise Refused(code)

        for _ in range(2):  # two in one run are two buttons
            forms.attempt(lambda: ask(code))

    app = AppTest.from_function(part, default_timeout=30, args=(code,)).run()
    assert not app.exception
    assert [one.label for one in app.button] == ["暗証番号かパスワードを入れる"] * 2


def test_what_is_refused_for_another_reason_offers_none() -> None:
    app = screen(PATH, "admin")
    button(app, "登録のQRを出す").click().run()
    assert "暗証番号かパスワードを入れる" not in [one.label for one in app.button]
