"""Nothing typed is lost: a reload, a killed server and a new sign-in, in a real browser."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from desk import schedule, store, times
from tests.conftest import prepare
from tests.server import killable
from tests.walk import Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
REACH, NEIGHBOUR = ".st-key-book_reach button", "となりの方へ"


def roomy(database: str) -> str:
    """A class of another day that has seats left, whatever day it is today."""
    store.use(database)
    tomorrow = times.now() + timedelta(days=1)
    found = next(one.id for one in schedule.bookable(now=tomorrow) if one.left)
    store.use(None)
    return found


def begin(walker: Walker, class_id: str) -> None:
    """A booking in the making: a name that is still being typed, and two taps."""
    walker.open(f"/book?class={class_id}")
    walker.tap(NEIGHBOUR)
    walker.tap("桜一丁目")
    walker.page.get_by_label("お名前（カナ）").press_sequentially("やまだ はな")


def there(walker: Walker) -> None:
    """All of it is on the screen."""
    expect(walker.page.get_by_label("お名前（カナ）")).to_have_value("やまだ はな")
    for answer in (NEIGHBOUR, "桜一丁目"):
        expect(
            walker.page.locator("button[aria-checked=true]").filter(has_text=answer)
        ).to_have_count(1)
    expect(walker.page.get_by_text("書きかけを出しました（たった今）")).to_be_visible()


def test_what_was_typed_outlives_a_reload_a_killed_server_and_a_new_sign_in(
    tmp_path: Path, chromium: Browser
) -> None:
    database = str(tmp_path / "desk.sqlite3")
    prepare(database)
    with killable(database, tmp_path / "log") as server:
        walker = Walker(chromium, server.address)
        walker.sign_in("volunteer")
        begin(walker, roomy(database))
        walker.page.reload()
        there(walker)

        server.kill()
        server.start()
        there(walker)  # it connects again by itself
        walker.page.reload()
        there(walker)

        walker.context.clear_cookies(name="desk_session")
        walker.page.reload()
        walker.page.get_by_role("link", name="サインイン").last.click()
        walker.page.fill("#name", "test volunteer")
        walker.page.fill("#secret", "246813")
        walker.page.click("form button:not(.show)")
        there(walker)

        other = Walker(chromium, server.address)
        other.sign_in("volunteer")
        other.open("/book")
        expect(other.page.get_by_text("書きかけを出しました")).to_have_count(0)
        other.close()

        walker.tap("消して新しく書く")
        expect(walker.page.get_by_label("お名前（カナ）")).to_have_value("")
        expect(walker.page.locator(f"{REACH}[aria-checked=true]")).to_have_count(0)
        walker.tap("書きかけをもどす")
        there(walker)
        walker.tap("予約する", within=".st-key-book_save")
        expect(walker.page.get_by_text("予約しました：ヤマダ ハナ 様")).to_be_visible()
        walker.page.reload()
        walker.settle()
        expect(walker.page.get_by_text("書きかけを出しました")).to_have_count(0)
        walker.close()
    store.use(database)
    assert store.rows("SELECT * FROM draft WHERE contents LIKE '%やまだ%'") == []
    store.use(None)
