"""The advisor on a screen by AppTest: what is missing, the choices, one tap to a draft and back."""

import pytest
from streamlit.testing.v1 import AppTest

from desk import schedule, store, times
from desk.gaps.next_class import advisor
from pages.parts.who import TOKEN
from tests.conftest import signed_in
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")


def looked(metres: int) -> AppTest:
    app = screen("planner/where_next.py", "staff")
    app.button_group(key="advice_metres").set_value(metres).run()
    assert not app.exception
    assert not app.error
    return app


def drafts() -> list[store.Row]:
    return store.rows(
        "SELECT id, venue_id, course_id, status FROM class WHERE published_at IS NULL"
    )


def test_what_is_not_steady_says_what_is_missing_and_offers_no_draft() -> None:
    app = looked(800)
    assert "まだ材料が足りません" in texts(app)
    assert "600mか1000m" in texts(app)
    assert not [one for one in app.button if one.label == "下書きをつくる"]
    assert "いまの数だけで並べると" in [one.label for one in app.expander]


def test_a_steady_choice_says_why_and_is_a_draft_in_one_tap() -> None:
    app = looked(2_000)
    shown = texts(app)
    assert "まだ材料が足りません" not in shown
    assert "道のり2\\,000m以内に、講座が届いていない人が約" in shown
    before = drafts()
    button(app, "下書きをつくる").click().run()
    [made] = [one for one in drafts() if one not in before]
    meeting = schedule.get(made["id"])
    assert "予定表に下書きを入れました" in texts(app)
    assert meeting.venue in texts(app)
    # What is planned is advised no more.
    assert f"**1　{meeting.venue}　{meeting.title}　" not in texts(app)


def test_a_draft_is_undone_and_can_be_made_again() -> None:
    app = looked(2_000)
    before = texts(app)
    button(app, "下書きをつくる").click().run()
    app.button(key="advice_back").click().run()
    assert {one["status"] for one in drafts()} == {"cancelled"}
    assert texts(app) == before
    button(app, "下書きをつくる").click().run()
    assert sorted(one["status"] for one in drafts()) == ["cancelled", "open"]


def test_a_draft_that_no_longer_fits_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    app = looked(2_000)
    draft = advisor.draft

    def late(actor: object, **facts: object) -> object:
        draft(actor, **{**facts, "id": "somebody else"})
        return draft(actor, **facts)

    monkeypatch.setattr(advisor, "draft", late)
    button(app, "下書きをつくる").click().run()
    assert any("使われています" in one.value for one in app.error), [e.value for e in app.error]


def test_a_planner_sees_the_choices_and_makes_no_draft() -> None:
    def part() -> None:
        from pages.parts import advice, who

        advice.show(who.gate("see_neighbourhoods"))

    app = AppTest.from_function(part, default_timeout=30)
    app.session_state[TOKEN] = signed_in("test planner", times.now())
    app.run()
    app.button_group(key="advice_metres").set_value(2_000).run()
    assert not app.exception
    assert "講座が届いていない人が約" in texts(app)
    assert not app.button
    assert [one.value for one in app.caption][-1] == "予定表に入れるのは職員ができます。"
