"""Names that try to be code, shown on every screen and map in a real browser: none runs."""

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from desk import store
from desk.language import PUBLIC_LANGUAGES
from tests.conftest import prepare
from tests.server import running
from tests.walk import Walker

pytestmark = pytest.mark.browser

PAYLOADS = (
    "${alert(1)}",
    "<img src=x onerror=alert(2)>",
    "{{7*7}}",
    "`${alert(3)}`",
    "</script><script>alert(4)</script>",
    "[x](javascript:alert(5))",
    "'\"><svg onload=alert(6)>",
    '\\"+alert(7)+\\"',
)
NAMED = {
    "venue": ("name", "address", "kind"),
    "room": ("name",),
    "desk": ("name",),
    "town": ("name",),
    "course": ("title", "title_en", "about", "bring"),
    "instructor": ("name",),
    "wifi_spot": ("name", "ssid", "area", "how", "address", "note"),
    "person": ("name",),
}
# Leaflet's maps are kept by streamlit-folium's frame; every popup is opened there.
OPEN_POPUPS = """
() => {
  let opened = 0, shown = '';
  window.map.eachLayer(layer => {
    if (!layer.getPopup || !layer.getPopup()) return;
    layer.openPopup(); opened += 1; shown += layer.getPopup().getElement().textContent;
  });
  return [opened, shown];
}
"""


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    database = str(tmp_path / "desk.sqlite3")
    prepare(database)
    store.use(database)
    with store.transaction() as write:
        for table, columns in NAMED.items():
            payloads = itertools.cycle(PAYLOADS)
            where = "WHERE name NOT LIKE 'test %'" if table == "person" else ""
            for row in write.rows(f"SELECT id FROM {table} {where}"):
                for column in columns:
                    text = f"{next(payloads)} {row['id'][:13]}"
                    write.run(
                        f"UPDATE {table} SET {column} = :text WHERE id = :id",
                        text=text,
                        id=row["id"],
                    )
        write.run(
            # A person is in a class once: these are namesakes.
            "UPDATE booking SET kana = :text, reach_note = :text, namesake = place",
            text="".join(PAYLOADS),
        )
    store.use(None)
    return database


def test_no_name_runs_a_script(hostile: str, tmp_path: Path, chromium: Browser) -> None:
    with running(hostile, tmp_path / "log") as server:
        walker = Walker(chromium, server.address)
        walker.open("/")
        walker.page.locator("[class*=st-key-join_] button").first.click()
        walker.settle()
        expect(walker.page.get_by_text(PAYLOADS[0]).first).to_be_visible()
        assert popups(walker) > 0
        walker.sign_in("admin")
        for path in ("/today", "/book", "/log", "/schedule", "/neighbourhoods", "/people"):
            walker.open(path)
            walker.page.wait_for_timeout(500)
            if path == "/today":
                walker.tap("受付")
            if path == "/schedule":
                walker.tap("変える")
            if path == "/neighbourhoods":
                assert popups(walker) > 0
        walker.open("/book")
        walker.tap("選ぶ")
        assert any(payload in walker.text() for payload in PAYLOADS)
        assert walker.dialogs == []
        assert walker.hosts == {server.address.removeprefix("http://")}
        walker.close()


def test_no_name_runs_a_script_on_the_light_pages(
    hostile: str, tmp_path: Path, chromium: Browser
) -> None:
    """Not even without the policy of the page, which is taken away here."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        headers = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)

    with running(hostile, tmp_path / "log") as server:
        walker = Walker(chromium, server.address)
        walker.context.route("**/wifi?*", without_policy)
        for lang in PUBLIC_LANGUAGES:
            walker.page.goto(f"{server.address}/wifi?lang={lang}&town=042111-早股&wish=sockets")
            walker.page.wait_for_selector("#map[data-ready]", timeout=20_000)
            shown = walker.page.locator("main").inner_text()
            assert [payload for payload in PAYLOADS if payload not in shown] == []
            assert light_popups(walker.page) > 0
            walker.page.goto(f"{server.address}/classes?lang={lang}")
        walker.page.goto(f"{server.address}/wifi?postal=%3Cimg%20src=x%20onerror=alert(8)%3E")
        assert walker.dialogs == []
        assert walker.hosts == {server.address.removeprefix("http://")}
        walker.close()


def light_popups(page: Page) -> int:
    """Open the popups of the light page's map one after the other; how many there were."""
    opened = 0
    for number in range(page.locator("#map .desk-spot").count()):
        marks = page.locator("#map .desk-spot")
        if number >= marks.count():
            break
        marks.nth(number).dispatch_event("click")
        page.wait_for_timeout(400)
        opened += page.locator("#map .desk-popup").count()
    return opened


def popups(walker: Walker) -> int:
    """Open every popup of the map on this screen; how many there were."""
    frame_element = walker.page.wait_for_selector("iframe", timeout=20_000)
    frame = frame_element.content_frame()
    assert frame
    frame.wait_for_selector(".leaflet-container", timeout=20_000)
    walker.page.wait_for_timeout(500)
    opened, shown = frame.evaluate(OPEN_POPUPS)
    assert "<img src=x onerror=alert(2)>" in shown
    walker.page.wait_for_timeout(200)
    return int(opened)
