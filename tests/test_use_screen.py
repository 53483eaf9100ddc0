"""The consultations in numbers, by AppTest: the first glance, the address, the empty state."""

import json

import pytest

from desk import desk_use, programme, store, times
from pages.parts import periods
from tests.conftest import person
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "planner/consultations.py"


def test_the_first_glance_and_every_chart_with_its_table() -> None:
    app = screen(PATH, "planner")
    now = times.now()
    first, last = programme.period(programme.YEAR, times.today(now))
    found = desk_use.use(person("planner"), first, last, now)
    shown = {one.label: one.value for one in app.metric}
    assert shown["相談（件）"] == f"{found.total:,}"
    assert shown["いちばん多い地区"] == found.known_towns[0].name
    assert shown["はじめての人"] == f"{100 * (found.first_visits or 0):.0f}%"
    assert "見本" in app.warning[0].value
    charts = app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    assert len(charts) == len(desk_use.PARTS)  # all but the desks, and the cross
    for chart in charts:
        spec = json.loads(chart.proto.spec)
        assert spec["usermeta"] == {"embedOptions": {"actions": False}}
        assert "http" not in json.dumps({k: v for k, v in spec.items() if k != "$schema"})
    assert len(app.get("expander")) == len(charts)
    assert "（見本）次は" not in texts(app)


def test_the_address_keeps_the_period_and_the_desk() -> None:
    now = times.now()
    desk_id = next(iter(desk_use.desks(person("planner"))))
    app = screen(PATH, "planner")
    app.button_group(key="consultations_kind").set_value(programme.MONTH).run()
    app.selectbox(key="consultations_back_month").select_index(2).run()
    app.selectbox(key="consultations_desk").select(desk_id).run()
    first, last = programme.period(programme.MONTH, times.today(now), 2)
    kept = {name: str(value) for name, value in dict(app.query_params).items()}
    assert kept[periods.KIND] == programme.MONTH
    assert kept[periods.FROM] == first.isoformat()
    assert kept["desk"] == desk_id
    total = desk_use.use(person("planner"), first, last, now, desk_id=desk_id).total
    assert app.metric[0].value == f"{total:,}"
    other = screen("", "planner")
    for name, value in kept.items():
        other.query_params[name] = value
    other.switch_page(PATH).run()
    assert not other.exception
    assert other.metric[0].value == f"{total:,}"


def test_an_address_somebody_wrote_by_hand_is_no_error() -> None:
    app = screen("", "planner")
    for name in (periods.KIND, periods.FROM, "desk"):
        app.query_params[name] = "2026-13-99<b>"
    app.switch_page(PATH).run()
    assert not app.exception
    assert app.metric[0].value != "0"


def test_without_consultations_it_says_what_to_do() -> None:
    with store.transaction() as write:
        write.run("DELETE FROM consultation WHERE trial = 1")
    app = screen(PATH, "staff")
    assert "相談の記録はありません" in app.info[0].value
    assert not app.metric


def test_a_month_that_is_over_does_not_say_it_is_not() -> None:
    app = screen(PATH, "planner")
    assert any("期間の途中です" in one.value for one in app.caption)
    app.button_group(key="consultations_kind").set_value(programme.MONTH).run()
    app.selectbox(key="consultations_back_month").select_index(3).run()
    assert not any("期間の途中です" in one.value for one in app.caption)
