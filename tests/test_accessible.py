"""The residents' light pages for everybody: axe finds nothing serious, and large type on a small
phone needs no sideways scroll.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.language import PUBLIC_LANGUAGES
from tests.axe import serious
from tests.server import Server
from tests.walk import PHONE, TABLET

pytestmark = pytest.mark.browser
LANGUAGES = tuple(PUBLIC_LANGUAGES)
PAGES = {
    "wifi": "/wifi",
    "wifi near": "/wifi?town=042111-早股&wish=seats&wish=sockets",
    "wifi wrong": "/wifi?postal=12",
    "classes": "/classes",
    "class": "",  # the first of the list
    "no class": "/classes/none",
    "cancel": "/cancel",
    "open data": "/opendata/",
    "use": "/use",
    "guide": "/guide",
    "guide group": "/guide?group=care",
    "guide found": "/guide/search?q=ワイファイ",
    "procedure asked": "/guide/jidoteate-nintei",
    "procedure ended": "/guide/jidoteate-nintei?a=n",
    "no procedure": "/guide/none",
}


def opened(page: Page, address: str, name: str, lang: str) -> None:
    path = PAGES[name]
    if name == "class":
        page.goto(f"{address}/classes")
        path = page.locator(".list a").first.get_attribute("href") or ""
        assert path.startswith("/classes/")
    page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
    if name.startswith("wifi"):
        page.wait_for_selector("#map[data-ready]", timeout=15_000)


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = getattr(request, "param", PHONE)
    context = chromium.new_context(viewport=size)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(desk_server: Server, page: Page, name: str, lang: str) -> None:
    opened(page, desk_server.address, name, lang)
    if name == "wifi":
        page.locator("summary").click()
        # One with a number stands for several spots and leads nearer to them, without a popup.
        page.locator(".desk-spot:not(:has(text))").first.dispatch_event("click")
        # A popup fades in; what is half there is pale.
        expect(page.locator(".leaflet-popup")).to_have_css("opacity", "1")
    assert serious(page) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("page", [PHONE, TABLET], indirect=True, ids=["phone", "tablet"])
def test_type_twice_as_large_needs_no_sideways_scroll(
    desk_server: Server, page: Page, name: str, lang: str
) -> None:
    opened(page, desk_server.address, name, lang)
    before: Any = page.evaluate("document.body.scrollHeight")
    page.add_style_tag(content=":root { font-size: 200% !important; }")
    for details in page.locator("summary").all():
        details.click()
    page.wait_for_timeout(100)
    assert page.evaluate("document.body.scrollHeight") > before
    wide = page.evaluate(
        "[...document.querySelectorAll('main *, nav *')].filter(one => !one.closest('#map') && "
        "one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 90))"
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    "name",
    ["wifi", "wifi near", "classes", "class", "cancel", "open data", "guide", "procedure ended"],
)
def test_what_is_tapped_has_room_for_a_thumb(desk_server: Server, page: Page, name: str) -> None:
    opened(page, desk_server.address, name, "ja")
    for details in page.locator("summary").all():
        details.click()
    small = page.evaluate(
        """[...document.querySelectorAll('a, button, select, input, summary')]
        .filter(one => one.offsetParent && !one.closest('.leaflet-control-attribution'))
        .map(one => [one.closest('label') || one, one.outerHTML.slice(0, 90)])
        .filter(([one]) => one.getBoundingClientRect().height < 44)
        .map(([one, html]) => html)"""
    )
    assert small == []
