"""The card for the wall: one sheet, large steps, and codes that join exactly that network."""

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import store, times, wifi
from desk.language import PUBLIC_LANGUAGES
from desk.wifi import Spot
from tests.conftest import NOW
from tests.test_papers import MM, TEXTS, pages_of
from tests.test_wifi import joined
from web import joining
from web.routes import ROUTES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("city", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("city"),
]
ONE, WITH_PASSWORD = "042111W01", "042111W05"
SITE = "https://desk.city.iwanuma.miyagi.jp"
LONG = "岩沼市立北長谷地区生涯学習・防災コミュニティセンター別館大会議室前の休憩コーナー"
STEP = "画面の「利用規約」を読み、「同意する」を押します"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(times, "now", lambda: NOW)
    monkeypatch.setenv("DESK_ADDRESS", SITE)
    monkeypatch.setenv("DESK_TELEPHONE", "0223-22-1111")
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client


@pytest.fixture
def paper(chromium: Browser) -> Iterator[Page]:
    # A4 less the margins of the sheet.
    opened = chromium.new_page(viewport={"width": round(186 * MM), "height": round(273 * MM)})
    opened.emulate_media(media="print")
    yield opened
    opened.close()


def change(id: str = ONE, **facts: object) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in facts)
    with store.transaction() as write:
        assert write.run(f"UPDATE wifi_spot SET {columns} WHERE id = :id", id=id, **facts) == 1


def points(page: Page, where: str) -> float:
    size = page.locator(where).first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    return float(size) * 0.75


def whole(page: Page) -> bool:
    """Nothing on the sheet is cut off, neither at its foot nor at its side."""
    return bool(
        page.evaluate(
            """() => {
              const sheet = document.querySelector('main'), box = sheet.getBoundingClientRect();
              return sheet.scrollHeight <= sheet.clientHeight + 1
                && sheet.scrollWidth <= sheet.clientWidth + 1
                && [...sheet.querySelectorAll('p, li, dd, svg')].every(e =>
                  e.getBoundingClientRect().bottom <= box.bottom + 1)
                && [...sheet.querySelectorAll('.join > *')].every(e => e.getBoundingClientRect()
                  .bottom <= sheet.querySelector('.foot').getBoundingClientRect().top + 1);
            }"""
        )
    )


@pytest.mark.parametrize("lang", PUBLIC_LANGUAGES)
def test_every_card_of_the_city_is_one_sheet(desk: TestClient, paper: Page, lang: str) -> None:
    for one in wifi.spots():
        paper.set_content(desk.get(f"/wifi/{one.id}/card?lang={lang}").text)
        assert pages_of(paper) == 1, one.id
        assert whole(paper), one.id
        assert points(paper, ".steps li") >= 18
        assert points(paper, "h1") >= 26
        assert points(paper, ".ssid") >= 30
        assert paper.locator(".mihon").count() == 1


@pytest.mark.parametrize("lang", PUBLIC_LANGUAGES)
@pytest.mark.parametrize(
    "facts",
    [
        {"name": LONG, "how": "\n".join([STEP] * 8)},
        {"name": LONG * 2, "area": LONG, "how": "", "ssid": "W" * 32},
        {"ssid": "岩沼市役所無料無線", "how": "\n".join([STEP] * 20)},
        {"security": "WPA", "password": "W" * 24, "ssid": "W" * 32, "how": "\n".join([STEP] * 8)},
        {"security": "WPA", "password": "W" * 63, "ssid": "W" * 32, "how": "\n".join([STEP] * 6)},
        {"how": "ひとつだけ", "area": "", "ssid": "a"},
        {"how": "https://example.invalid/" + "a" * 300, "note": LONG * 5, "provider": LONG},
    ],
)
def test_a_card_is_one_sheet_whatever_is_long(
    desk: TestClient, paper: Page, lang: str, facts: dict[str, str]
) -> None:
    change(**facts)
    paper.set_content(desk.get(f"/wifi/{ONE}/card?lang={lang}").text)
    assert pages_of(paper) == 1
    assert whole(paper)
    assert points(paper, ".steps li") >= 18
    if lang != "en" and facts.get("how") and len(facts["how"]) < 300:
        assert paper.locator(".steps li").all_inner_texts() == facts["how"].splitlines()


def test_steps_that_do_not_fit_are_said_to_go_on(desk: TestClient, paper: Page) -> None:
    change(how="\n".join(f"{n} {STEP}" for n in range(1, 31)))
    paper.set_content(desk.get(f"/wifi/{ONE}/card").text)
    shown = paper.locator(".steps li").all_inner_texts()
    assert 8 <= len(shown) < 30
    assert shown == wifi.spot(ONE).steps[: len(shown)]
    assert "つづきは、この場所のページにあります。" in paper.inner_text("main")
    change(how="\n".join(wifi.spot(ONE).steps[:3]))
    paper.set_content(desk.get(f"/wifi/{ONE}/card").text)
    assert "つづき" not in paper.inner_text("main")


@pytest.mark.parametrize("lang", PUBLIC_LANGUAGES)
def test_the_card_says_what_one_must_know(desk: TestClient, paper: Page, lang: str) -> None:
    paper.set_content(desk.get(f"/wifi/{WITH_PASSWORD}/card?lang={lang}").text)
    text = paper.inner_text("main")
    for needed in (
        "00000JAPAN",
        "https",
        "MIHON_Free_WiFi_5",
        "mihon-0001",
        "0223-22-1111",
        {"en": "1 September 2026"}.get(lang, "2026年9月1日"),
        {"en": "Sample"}.get(lang, "見本"),
    ):
        assert needed in text
    texts = paper.evaluate(TEXTS)
    assert [text for text, _points, contrast in texts if contrast < 7] == []
    assert [text for text, points, _contrast in texts if points < 11] == []


def codes_on(page: Page) -> list[zxingcpp.Barcode]:
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    return sorted(zxingcpp.read_barcodes(picture), key=lambda one: not one.text.startswith("WIFI:"))


HOSTILE = [
    "MIHON_Free_WiFi_1",
    'a;b,c:d"e\\f',
    ";:,\"\\`'",
    "岩沼市役所 Wi-Fi",
    "☕️カフェ😀",
    " 空白  ふたつ ",
    "T:WPA;P:x;;",
    "<b>&amp;{{7*7}}",
    "０００００ＪＡＰＡＮ",
]


@pytest.mark.parametrize("ssid", HOSTILE)
def test_the_code_on_paper_joins_exactly_that_network(
    desk: TestClient, paper: Page, ssid: str
) -> None:
    for security, password in (("open", ""), ("WPA", ssid[::-1] + "パス;ワード")):
        change(ssid=ssid, security=security, password=password)
        paper.set_content(desk.get(f"/wifi/{ONE}/card").text)
        join, address = codes_on(paper)
        fields = {"T": "nopass", "S": ssid}
        if security != "open":
            fields = {"T": "WPA", "S": ssid, "P": password}
        assert joined(join.text) == fields
        assert join.ec_level == "Q"
        assert address.text == f"{SITE}/wifi/{ONE}"
        assert paper.locator(".ssid").first.evaluate("e => e.textContent") == ssid
        # On the residents' page too, for another phone.
        paper.set_content(desk.get(f"/wifi/{ONE}").text)
        [join] = codes_on(paper)
        assert joined(join.text) == fields


def test_the_code_is_wide_enough_for_a_wall(desk: TestClient, paper: Page) -> None:
    for one in wifi.spots():
        paper.set_content(desk.get(f"/wifi/{one.id}/card").text)
        widths = []
        for code in codes_on(paper):
            corner, other = code.position.top_left, code.position.top_right
            widths.append((abs(other.x - corner.x) + 1) / MM)
        join, address = widths
        assert join >= 48  # millimetres, without the quiet zone
        assert address >= 20


def test_the_address_on_the_card_opens_the_page(desk: TestClient, paper: Page) -> None:
    paper.set_content(desk.get(f"/wifi/{ONE}/card?lang=en").text)
    address = codes_on(paper)[1].text
    there = desk.get(address.removeprefix(SITE))
    assert there.status_code == 200
    assert "岩沼市役所 1階ロビー" in there.text


@given(name=some.text(max_size=80), ssid=some.text(max_size=40), how=some.text(max_size=600))
def test_sizes_stay_within_what_a_wall_needs(name: str, ssid: str, how: str) -> None:
    spot = Spot("s", name, ssid, 38.1, 140.8, how=how)
    made = joining.fitting(spot, "ja")
    assert made["step_size"] in joining.STEP_SIZES
    assert 14 <= made["name_size"] <= joining.ROOMY[0]
    assert 14 <= made["ssid_size"] <= joining.ROOMY[1]
    every = spot.steps or joining.steps(spot, joining.ANY, "ja")
    assert made["steps"] == every[: len(made["steps"])]
    assert made["steps"]
    assert made["more_steps"] == (len(made["steps"]) < len(every))
