"""The follow-up card and the handoff slip as a printer gets them, and as pages."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import consultations, corrections, follow_ups, handoffs, places, store, times
from desk.consultations import HANDED_TO, TOPICS, TRIED, ConsultationForm
from desk.guide import procedures
from tests.conftest import DESK, person
from tests.test_papers import MM, TELEPHONE, TEXTS, pages_of
from web.routes import ROUTES

pytestmark = [
    pytest.mark.parametrize("city", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("city"),
]
NOTE, TOWN, VOLUNTEER = "ひみつのメモ", "早股", "ボランティア太郎"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("DESK_TELEPHONE", TELEPHONE)
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client


def logged(*, id: str = "c", now: datetime, **changes: object) -> ConsultationForm:
    """The fullest consultation there can be: the longest title, every topic it may have."""
    longest = max(procedures.all_procedures().values(), key=lambda one: len(one.title))
    town = next(one for one in places.towns() if one.name == TOWN)
    form = ConsultationForm(
        DESK,
        "walk_in",
        "town",
        town.id,
        "75-79",
        "my_number_card",
        result="handed_on",
        also=("myna_portal", "phone_camera"),
        tried=tuple(TRIED),
        handed_to=max(HANDED_TO, key=lambda one: len(HANDED_TO[one])),
        procedure_id=longest.id,
        note=NOTE,
    )
    who = person("volunteer", f"{VOLUNTEER}{id}")
    consultations.log(who, id=id, form=replace(form, **changes), now=now)
    return form


def card_of(now: datetime, id: str = "c") -> tuple[str, str]:
    """The code of a consultation's card and the address of its paper."""
    volunteer = person("volunteer")
    code = follow_ups.give(volunteer, id, times.today(now) + timedelta(days=36), now)
    return code, "/card/" + follow_ups.ticket(volunteer, code, now)


def slip_of(now: datetime, id: str = "c") -> str:
    return "/handoff/" + handoffs.ticket(person("volunteer"), consultation_id=id, now=now)


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_both_papers_are_large_dark_and_on_one_page(
    desk: TestClient, page: Page, lang: str
) -> None:
    now = times.now()
    logged(now=now)
    _code, card = card_of(now)
    for address, least in ((card, 6), (slip_of(now), 14)):
        page.set_content(desk.get(f"{address}?lang={lang}").text)
        texts = page.evaluate(TEXTS)
        assert len(texts) >= least
        assert [text for text, points, _contrast in texts if points < 18] == []
        assert [text for text, _points, contrast in texts if contrast < 7] == []
        assert pages_of(page) == 1
        assert TELEPHONE in page.inner_text("main")


@pytest.mark.browser
def test_a_card_is_a_quarter_of_a4_with_a_sturdy_qr_of_the_code_alone(
    desk: TestClient, page: Page
) -> None:
    now = times.now()
    logged(now=now)
    code, address = card_of(now)
    page.set_content(desk.get(address).text)
    [size] = set(
        re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    )
    assert [float(points) for points in size] == pytest.approx([297.6, 419.5], abs=1)  # A6
    assert page.locator(".code b").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 53
    box = page.locator(".code b").bounding_box()
    assert box is not None
    assert page.locator(".code b").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.set_viewport_size({"width": 400, "height": 700})
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot(full_page=True))))
    assert (found.text, found.ec_level) == (code, "Q")
    width = found.position.top_right.x - found.position.top_left.x + 1
    assert width >= 25 * MM


def test_the_card_says_code_day_and_desk_and_nothing_of_the_person(desk: TestClient) -> None:
    now = times.now()
    logged(now=now)
    code, address = card_of(now)
    shown = desk.get(address)
    day = times.show_day(times.today(now) + timedelta(days=36), "ja")
    for text in (code, day, "市役所 スマホ相談窓口", TELEPHONE, "お名前は 書いてありません"):
        assert text in shown.text
    for text in (TOWN, NOTE, VOLUNTEER, "75–79", "マイナンバー"):
        assert text not in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["X-Robots-Tag"] == "noindex"
    assert shown.headers["Cache-Control"] == "no-store"


def test_the_slip_says_what_the_next_desk_needs_and_no_name(desk: TestClient) -> None:
    now = times.now()
    form = logged(now=now)
    shown = desk.get(f"{slip_of(now)}?lang=en").text
    procedure = procedures.get(form.procedure_id)
    said = [
        procedure.title_en,
        HANDED_TO[form.handed_to],
        *(TOPICS[one] for one in (form.topic, *form.also)),
        *(TRIED[one] for one in form.tried),
        times.show_day_long(times.today(now), "en"),
        TELEPHONE,
    ]
    assert [text for text in said if text not in shown] == []
    for text in (TOWN, NOTE, VOLUNTEER, "75–79"):
        assert text not in shown
    assert procedure.title in desk.get(slip_of(now)).text


def test_a_slip_without_a_place_leaves_a_line_to_write_on(desk: TestClient) -> None:
    now = times.now()
    logged(now=now, handed_to="", tried=(), procedure_id="", result="solved")
    shown = desk.get(slip_of(now)).text
    assert 'class="where blank"' in shown
    assert "これまでに したこと" not in shown


def test_practice_papers_are_marked(desk: TestClient) -> None:
    now = times.now()
    logged(id="real", now=now)
    with store.transaction() as write:
        write.run("INSERT INTO setting (key, value) VALUES ('trial', '1')")
    logged(id="trial", now=now)
    for id, marks in (("real", 0), ("trial", 1)):
        for address in (card_of(now, id)[1], slip_of(now, id)):
            assert desk.get(address).text.count('class="mihon"') == marks


def test_an_address_that_leads_nowhere_says_why(desk: TestClient) -> None:
    now = times.now()
    logged(now=now)
    code, card = card_of(now)
    slip = slip_of(now)
    old = follow_ups.ticket(person("volunteer"), code, now - timedelta(days=2))
    for address in ("/card/none", "/handoff/none", f"/card/{slip.split('/')[2]}", f"/card/{old}"):
        refused = desk.get(address)
        assert refused.status_code == 410
        assert "期限" in refused.text
    follow_ups.close(person("volunteer"), code, "done", now)
    assert (desk.get(card).status_code, code in desk.get(card).text) == (410, True)
    corrections.withdraw(person("staff"), id="w", consultation_id="c", now=now, reason="練習")
    assert desk.get(slip).status_code == 410
    assert "取り下げられています" in desk.get(slip).text
