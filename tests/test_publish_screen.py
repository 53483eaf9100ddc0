"""Publishing by AppTest: what goes out is seen first, and what is out is listed."""

import pytest
from streamlit.testing.v1 import AppTest

from desk.gaps import releases
from desk.programme import QUARTER, period
from tests.conftest import NOW, person
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "planner/publish.py"
LAST = period(QUARTER, NOW.date(), 1)[0]


def opened() -> AppTest:
    return screen(PATH, "planner")


def test_the_last_quarter_is_shown_as_the_public_would_see_it() -> None:
    app = opened()
    seen = releases.preview(person("planner"), LAST, now=NOW)
    assert f"相談 およそ{seen.total}件" in texts(app)
    assert "見本" in texts(app)
    shown = app.dataframe[0].value
    assert list(shown["相談（件）"]) == [one.uses for one in seen.areas]
    assert min(shown["相談（件）"]) >= 10
    assert "まだ何も公表していません。" in texts(app)
    assert button(app, "この四半期を公表する")


def test_what_is_public_is_listed_and_no_longer_offered() -> None:
    planner = person("planner")
    seen = releases.preview(planner, LAST, now=NOW).seen
    releases.make(planner, LAST, seen=seen, now=NOW)
    app = opened()
    assert "令和8年度 7–9月" in texts(app)
    assert "令和8年度 7–9月" not in app.selectbox(key="publish_quarter").options


def test_a_quarter_with_too_few_says_so() -> None:
    app = opened()
    oldest = app.selectbox(key="publish_quarter").options[-1]
    app.selectbox(key="publish_quarter").select(oldest).run()
    assert "少なすぎて公表できません" in texts(app)
    assert not [one for one in app.button if one.label == "この四半期を公表する"]
