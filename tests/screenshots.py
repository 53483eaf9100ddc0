"""A picture of every screen: `python -m tests.screenshots` fills tests/screenshots/ (ignored)."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from desk.language import PUBLIC_LANGUAGES
from tests import browser
from tests.conftest import STAFF_SECRET, prepare
from tests.server import running
from tests.walk import PHONE, TABLET, Walker

FOLDER = Path(__file__).parent / "screenshots"
STAFF = (
    "today",
    "book",
    "procedures",
    "log",
    "rush",
    "tally",
    "paper",
    "schedule",
    "month",
    "neighbourhoods",
    "actions",
    "where-next",
    "neighbourhood?town=042111-下野郷",
    "programme",
    "consultations",
    "publish",
    "guide-edit",
    "instructors",
    "courses",
    "tables",
    "wifi-check",
    "people",
    "audit",
    "machine",
    "tablets",
)


def take() -> list[Path]:
    """Every screen on a tablet, the public ones on a phone too."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = f"{folder}/desk.sqlite3"
        prepare(database)
        chromium = playwright.chromium.launch(
            executable_path=browser.get(), args=list(browser.ARGUMENTS)
        )
        with running(database, Path(folder) / "log") as server:
            for name, size in (("phone", PHONE), ("tablet", TABLET)):
                public(Walker(chromium, server.address, size), name)
            staff(Walker(chromium, server.address))
        chromium.close()
    return sorted(FOLDER.glob("*.png"))


def public(walker: Walker, size: str) -> None:
    """The Wi-Fi page, before and after a neighbourhood is chosen, with a spot open."""
    walker.open("/")
    shoot(walker, f"wifi-{size}")
    walker.tap("ハ")
    walker.tap("早股")
    walker.page.locator("[class*=st-key-join_] button").first.click()
    walker.settle()
    shoot(walker, f"wifi-chosen-{size}", full=True)
    walker.page.get_by_text("地図", exact=True).first.scroll_into_view_if_needed()
    walker.page.wait_for_timeout(1500)
    shoot(walker, f"wifi-map-{size}")
    for lang in PUBLIC_LANGUAGES:
        light(walker, size, lang)
    walker.page.goto(f"{walker.address}/cancel")
    shoot(walker, f"cancel-{size}")
    walker.page.goto(f"{walker.address}/sign-in")
    shoot(walker, f"sign-in-{size}")
    walker.open("/today")
    shoot(walker, f"turned-away-{size}")
    walker.close()


def light(walker: Walker, size: str, lang: str) -> None:
    """The residents' light pages in a language."""
    walker.page.goto(f"{walker.address}/wifi?lang={lang}")
    walker.page.wait_for_selector("#map[data-ready]")
    shoot(walker, f"light-wifi-{lang}-{size}")
    walker.page.goto(f"{walker.address}/wifi?lang={lang}&town=042111-早股&wish=sockets#found")
    walker.page.wait_for_selector("#map[data-ready]")
    walker.page.wait_for_timeout(500)
    shoot(walker, f"light-wifi-near-{lang}-{size}", full=True)
    walker.page.goto(f"{walker.address}/classes?lang={lang}")
    shoot(walker, f"light-classes-{lang}-{size}")
    walker.page.locator(".list a").first.click()
    shoot(walker, f"light-class-{lang}-{size}", full=True)


def staff(walker: Walker) -> None:
    """The screens of the desk, and the steps inside them."""
    walker.sign_in("admin")
    for path in STAFF:
        walker.open(f"/{path}")
        walker.page.wait_for_timeout(1000)
        shoot(walker, path.split("?")[0])
    walker.open("/today")
    walker.tap("受付", nth=1)
    shoot(walker, "today-check-in")
    walker.page.locator(".st-key-leave a").click()
    shoot(walker, "locked-office")
    walker.page.fill("#desk-lock-secret", STAFF_SECRET)
    walker.page.keyboard.press("Enter")
    walker.page.wait_for_selector("#desk-lock", state="detached")
    for name, mark in (("volunteer", ""), ("resident", "&face=resident&n=3")):
        walker.open(f"/procedures?id=konbini-juminhyo{mark}")
        shoot(walker, f"procedure-{name}")
    walker.open("/schedule")
    walker.tap("新しい講座")
    shoot(walker, "schedule-new")
    walker.open("/book")
    walker.tap("選ぶ", nth=3)
    shoot(walker, "book-form")
    walker.type_into("お名前（カナ）", "ヤマダ ハナ")
    walker.tap("桜一丁目")
    walker.tap("となりの方へ")
    walker.tap("予約する", within=".st-key-book_save")
    shoot(walker, "book-receipt")
    with walker.context.expect_page() as opened:
        walker.page.get_by_text("控えを印刷する").click()
    opened.value.wait_for_load_state()
    opened.value.screenshot(path=FOLDER / "slip.png", full_page=True)
    opened.value.pdf(path=FOLDER / "slip.pdf", prefer_css_page_size=True)
    walker.close()


def shoot(walker: Walker, name: str, *, full: bool = False) -> None:
    """Save what the person sees."""
    walker.page.screenshot(path=FOLDER / f"{name}.png", full_page=full)


if __name__ == "__main__":
    print("\n".join(str(path) for path in take()))
