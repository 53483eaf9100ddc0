"""How many taps: from Today to a slip on the printer's page, and to check somebody in.

A real browser does what a volunteer does, and everything it taps or types is counted.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

from tests import browser
from tests.conftest import prepare
from tests.server import running
from tests.walk import Walker


class Hand:
    """A hand that counts."""

    def __init__(self, walker: Walker) -> None:
        self.walker, self.taps, self.fields = walker, 0, 0

    def tap(self, what: Locator) -> None:
        what.first.click()
        self.taps += 1
        self.walker.settle()

    def button(self, text: str) -> None:
        self.tap(
            self.walker.page.locator("[data-testid=stMain]")
            .locator("button, a")
            .filter(has_text=text)
        )

    def write(self, label: str, text: str) -> None:
        self.walker.page.get_by_label(label).fill(text)
        self.fields += 1


def run() -> dict[str, float]:
    """slip_taps, slip_fields, checkin_taps: what a volunteer's hand did."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare(f"{folder}/desk.sqlite3")
        with running(f"{folder}/desk.sqlite3", Path(folder) / "log") as server:
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            walker = Walker(opened, server.address)
            walker.sign_in("volunteer")
            slip, code = book(walker)
            check_in = by_name(walker)
            by_code(walker, code)
            opened.close()
    return {"slip_taps": slip.taps, "slip_fields": slip.fields, "checkin_taps": check_in.taps}


def book(walker: Walker) -> tuple[Hand, str]:
    """From Today to the page the slip is printed from."""
    walker.open("/today")
    hand = Hand(walker)
    hand.button("講座を予約する")
    hand.button("選ぶ")
    hand.write("お名前（カナ）", "ヤマダ ハナ")
    hand.tap(walker.page.locator(".st-key-book_town_common button"))
    hand.button("となりの方へ")
    hand.tap(walker.page.locator(".st-key-book_save button"))
    code = walker.page.locator(".st-key-code").inner_text().strip()
    with walker.context.expect_page() as page:
        walker.page.get_by_text("控えを印刷する").first.click()
        hand.taps += 1
    page.value.wait_for_load_state()
    assert code in page.value.inner_text("body")
    return hand, code


def by_name(walker: Walker) -> Hand:
    """Check in the first who is expected today, from the list."""
    walker.open("/today")
    hand = Hand(walker)
    before = walker.page.locator("[class*=st-key-undo_]").count()
    hand.tap(walker.page.locator("[class*=st-key-open_] button"))
    opened = walker.page.locator("[class*=st-key-undo_]").count()
    hand.tap(walker.page.locator("[class*=st-key-came_] button"))
    assert walker.page.locator("[class*=st-key-undo_]").count() == opened + 1 > before
    return hand


def by_code(walker: Walker, code: str) -> None:
    """A code typed on another day than the class says so: it is read."""
    walker.page.get_by_label("受付・さがす").fill(code)
    walker.page.keyboard.press("Enter")
    walker.settle()
    assert "ヤマダ ハナ" in walker.text()
