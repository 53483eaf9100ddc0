"""Pictures and the committee's two pages: who may open them, what they say, that they fit."""

import inspect
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, BrowserContext, Route
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from desk import consultations, people, places, store, times
from desk.consultations import ConsultationForm
from desk.gaps.acts import actions, looked_back
from desk.gaps.acts.actions import ActionForm
from desk.gaps.city import CLASS, DESK, DISASTER, WIFI, Settings
from desk.gaps.drawn import papers
from desk.gaps.drawn.pictures import DRAWERS
from desk.people import RIGHTS
from tests.axe import serious
from tests.conftest import DESK as DESK_ID
from tests.conftest import NOW, person, refuses
from tests.test_screens import screen
from tests.walk import PHONE
from web import addresses
from web.routes import ROUTES

HOST = "http://desk.test"
MAKERS = [role for role in people.ROLES if "see_neighbourhoods" in RIGHTS[role]]
A4 = (595, 842)  # points


@pytest.fixture
def browser() -> Iterator[TestClient]:
    guard = Middleware(addresses.NoNumbers, routes=ROUTES)
    with TestClient(Starlette(routes=ROUTES, middleware=[guard]), base_url=HOST) as client:
        yield client


def address(paper: str, settings: Settings | None = None, *, merged: bool = False) -> str:
    """Where a planner finds a paper."""
    ticket = papers.ticket(
        person("planner"), paper, settings or Settings(), now=times.now(), merged=merged
    )
    place = paper if paper == papers.COVERAGE else f"{paper}-picture"
    return f"/sheet/{place}/{ticket}"


@pytest.mark.usefixtures("city")
def test_only_a_ticket_opens_a_paper_and_only_its_own(browser: TestClient) -> None:
    for paper in papers.PAPERS:
        own = address(paper)
        assert browser.get(own).status_code == 200
        place, _slash, ticket = own.rpartition("/")
        assert browser.get(f"{place}/invented").status_code == 410
        assert browser.get(f"{place}/{ticket[:-1]}").status_code == 410
        for other in papers.PAPERS:
            if other != paper:
                assert browser.get(f"{address(other).rpartition('/')[0]}/{ticket}").status_code in (
                    404,
                    410,
                )
    ticket = address("map").rpartition("/")[2]
    assert browser.get(f"/sheet/secret-picture/{ticket}").status_code == 404


@pytest.mark.usefixtures("city")
def test_who_may_not_see_the_analysis_makes_no_ticket() -> None:
    for role in people.RIGHTS:
        actor = person(role) if role in people.ROLES else people.PUBLIC
        if role in MAKERS:
            assert papers.ticket(actor, "map", Settings(), now=times.now())
        else:
            with refuses("sign_in_first" if role == "public" else "not_allowed"):
                papers.ticket(actor, "map", Settings(), now=times.now())


@pytest.mark.usefixtures("city")
def test_a_ticket_ends_with_the_day_and_with_its_makers_right(browser: TestClient) -> None:
    planner, now = person("planner"), times.now()
    ticket = papers.ticket(planner, papers.COVERAGE, Settings(), now=now)
    with refuses("sheet_expired"):
        papers.read(papers.COVERAGE, ticket, now=now + timedelta(hours=24, seconds=1))
    assert papers.read(papers.COVERAGE, ticket, now=now).report.rows
    with store.transaction() as write:
        write.run("UPDATE person SET role = 'volunteer' WHERE id = :id", id=planner.id)
    assert browser.get(f"/sheet/coverage/{ticket}").status_code == 403
    with store.transaction() as write:
        write.run("UPDATE person SET active = 0 WHERE id = :id", id=planner.id)
    assert browser.get(f"/sheet/coverage/{ticket}").status_code == 410


@pytest.mark.usefixtures("city")
def test_digits_in_a_ticket_are_nobodys_number(browser: TestClient) -> None:
    ticket = f"{'1234567890' * 4}.{'a' * 27}"
    for mark in ("", "."):  # itsdangerous begins with a dot where it compressed
        assert browser.get(f"/sheet/coverage/{mark}{ticket}").status_code == 410
    assert browser.get(f"/sheet/coverage/{ticket}{ticket}.").status_code == 400


@pytest.mark.usefixtures("city")
def test_a_paper_there_is_not_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="secret"):
        papers.ticket(person("planner"), "secret", Settings(), now=times.now())


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_picture_is_a_file_that_nobody_keeps(browser: TestClient, lang: str) -> None:
    for name in DRAWERS:
        answer = browser.get(f"{address(name)}.svg?lang={lang}")
        assert answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
        assert re.search(rf'filename="{name}-desk-\d{{8}}\.svg"', str(answer.headers))
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "sandbox" in answer.headers["content-security-policy"]
        root = ElementTree.fromstring(answer.content)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "<script" not in answer.text


@pytest.mark.usefixtures("desk")
def test_what_is_chosen_is_what_is_printed(browser: TestClient) -> None:
    page = browser.get(address(papers.COVERAGE, Settings(CLASS, 800, DISASTER, 730))).text
    assert "講座はどの地区に届いていないか" in page
    assert "講座 · 道のり800 mまで" in page
    assert "災害" in page
    alone = browser.get(address(papers.COVERAGE)).text
    together = browser.get(address(papers.COVERAGE, merged=True)).text
    first = [page.partition('id="funnel"')[0] for page in (alone, together)]
    assert [bool(re.search(r"ほか\d+地区", page)) for page in first] == [False, True]
    wifi = browser.get(address(papers.COVERAGE, Settings(WIFI))).text
    assert "無料Wi-Fiはどの地区に届いていないか" in wifi


@pytest.mark.usefixtures("desk")
def test_it_says_what_the_committee_must_know(browser: TestClient) -> None:
    page = browser.get(address(papers.COVERAGE)).text
    for said in (
        "庁内",
        "見本",
        "出典：",
        "作成：",
        "まだ判断できません",
        "つぎの一手",
        "経験ベイズ",
    ):
        assert said in page, said
    assert page.count('class="stands"') == 5
    assert "下野郷" in page
    assert "いちばん近い相談窓口まで直線で" in page


def planner_screen() -> None:
    """What a planner's screen does with the part."""
    from desk import people
    from desk.gaps.city import Settings
    from pages.parts import pictures

    actor = people.Actor("PLANNER", "planner", "planner")
    pictures.take_away(actor, Settings("class", 800, "saturday", 91), merged=True)


@pytest.mark.usefixtures("desk")
def test_the_links_of_the_screen_open(browser: TestClient) -> None:
    source = inspect.getsource(planner_screen).replace("PLANNER", person("planner").id)
    app = AppTest.from_string(f"{source}\nplanner_screen()").run()
    assert not app.exception
    links = [one.proto for one in app.get("link_button")]
    assert [link.label for link in links] == [
        "委員会の資料（A4・2ページ）",
        "地図の画像",
        "ファンネルプロットの画像",
    ]
    for link in links:
        page = browser.get(link.url)
        assert page.status_code == 200
        assert "土曜" in page.text


def marked() -> None:
    """An action with some use before and after it."""
    here, other = (one.id for one in places.towns()[:2])
    start = times.today(NOW) - timedelta(days=84)
    facts = ActionForm("outreach", "老人クラブ <1>", (here,), start, "")
    actions.mark(person("planner"), id="a", form=facts, now=NOW)
    for town, ago, n in ((here, 100, 4), (here, 50, 9), (other, 100, 20), (other, 50, 21)):
        for _n in range(n):
            wanted = ConsultationForm(DESK_ID, "walk_in", "town", town, "75-79", "line")
            at = NOW - timedelta(days=ago)
            consultations.log(person("volunteer"), id=str(uuid.uuid4()), form=wanted, now=at)


@pytest.mark.usefixtures("desk")
def test_before_and_after_an_action_can_be_taken_away(browser: TestClient) -> None:
    marked()
    app = screen("planner/actions.py", "planner")
    app.query_params["action"] = "a"
    app.run()
    labels = {one.proto.label: one.proto for one in app.get("link_button")}
    link = labels["前と後の画像"]
    page = browser.get(link.url)
    assert page.status_code == 200
    assert "老人クラブ &lt;1&gt;" in page.text
    assert "<1>" not in page.text
    found = browser.get(link.url.replace("?", ".svg?"))
    assert found.headers["content-type"].startswith("image/svg+xml")
    assert "change-desk-20261124.svg" in found.headers["content-disposition"]
    assert ElementTree.fromstring(found.content).tag.endswith("svg")
    assert browser.get(link.url.replace("change-picture", "map-picture")).status_code == 410


@pytest.mark.usefixtures("city")
def test_a_picture_of_an_action_is_for_whom_it_was_made(browser: TestClient) -> None:
    marked()
    planner = person("planner")
    [found] = looked_back.looks(planner, now=NOW, only="a")
    with refuses("not_allowed"):
        papers.action_ticket(person("volunteer"), found, most=84, now=times.now())
    address = f"/sheet/change-picture/{papers.action_ticket(planner, found, most=84, now=NOW)}"
    gone = person("planner")
    theirs = papers.action_ticket(gone, found, most=84, now=times.now())
    with store.transaction() as write:
        write.run("UPDATE person SET active = 0 WHERE id = :id", id=gone.id)
    assert browser.get(f"/sheet/change-picture/{theirs}").status_code == 410
    assert browser.get(f"{address}x").status_code == 410


@pytest.mark.usefixtures("city")
def test_who_must_change_their_password_first_opens_nothing(browser: TestClient) -> None:
    planner = person("planner")
    ticket = papers.ticket(planner, papers.COVERAGE, Settings(), now=times.now())
    assert browser.get(f"/sheet/coverage/{ticket}").status_code == 200
    with store.transaction() as write:
        write.run("UPDATE person SET must_change = 1 WHERE id = :id", id=planner.id)
    assert browser.get(f"/sheet/coverage/{ticket}").status_code == 403


def visit(chromium: Browser, client: TestClient, hosts: list[str]) -> BrowserContext:
    """A browser whose every request is answered by the desk, and noted."""

    def answer(route: Route) -> None:
        url = route.request.url
        hosts.append(url.partition("://")[2].partition("/")[0])
        found = client.get(url.removeprefix(HOST))
        headers = {k: v for k, v in found.headers.items() if k != "content-length"}
        route.fulfill(status=found.status_code, headers=headers, body=found.content)

    context = chromium.new_context(accept_downloads=True)
    context.route("**/*", answer)
    return context


@pytest.mark.browser
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("kind", [DESK, CLASS, WIFI])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_report_is_two_pages_and_asks_nobody_else(
    browser: TestClient, chromium: Browser, kind: str, lang: str
) -> None:
    long = "わ" * 60
    with store.transaction() as write:
        write.run("UPDATE town SET name = :name || name WHERE name LIKE '%下%'", name=long)
        write.run("UPDATE population SET source = source || :more || town_id", more=long)
    hosts: list[str] = []
    context = visit(chromium, browser, hosts)
    page = context.new_page()
    page.goto(f"{HOST}{address(papers.COVERAGE, Settings(kind))}?lang={lang}")
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", pdf)
    assert [tuple(round(float(one)) for one in box) for box in boxes] == [A4, A4]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # 182 mm
    cut = page.evaluate(
        "[...document.querySelectorAll('.sheet')].map(s => s.scrollHeight - s.clientHeight)"
    )
    assert cut == [0, 0]
    assert set(hosts) == {"desk.test"}
    context.close()


@pytest.mark.browser
@pytest.mark.usefixtures("desk")
def test_a_picture_becomes_a_png_in_the_readers_browser(
    browser: TestClient, chromium: Browser, tmp_path: Path
) -> None:
    hosts: list[str] = []
    context = visit(chromium, browser, hosts)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(f"{HOST}{address('map')}")
    with page.expect_download() as download:
        page.click("#png")
    assert re.fullmatch(r"map-desk-\d{8}\.png", download.value.suggested_filename)
    download.value.save_as(tmp_path / "map.png")
    body = (tmp_path / "map.png").read_bytes()
    assert body.startswith(b"\x89PNG")
    assert int.from_bytes(body[16:20]) == 2000
    assert len(body) > 50_000
    assert (set(hosts), problems) == ({"desk.test"}, [])
    context.close()


@pytest.mark.browser
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("paper", papers.PAPERS)
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scroll(
    browser: TestClient, chromium: Browser, paper: str
) -> None:
    context = visit(chromium, browser, [])
    page = context.new_page()
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(f"{HOST}{address(paper)}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(page) == []
    context.close()
