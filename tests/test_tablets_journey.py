"""A tablet's whole way in a real browser: enrolled, a form begun, locked, opened, lost."""

import re

import pytest
from playwright.sync_api import Browser, expect

from desk import sessions
from tests.axe import serious
from tests.conftest import PIN
from tests.server import Server
from tests.walk import PHONE, Walker, decode

pytestmark = [pytest.mark.browser, pytest.mark.server]
IDLE = int(sessions.IDLE.total_seconds() * 1000)
NAME, KANA = "市役所9", "ヤマダ ハナ"


def give(walker: Walker, pin: str) -> None:
    """Tap a PIN on the lock's own keys."""
    for one in pin:
        walker.page.locator(".desk-keys button", has_text=re.compile(f"^{one}$")).click()


def locked(walker: Walker) -> None:
    """The lock is there, and nothing of the page can be read or reached."""
    expect(walker.page.locator("#desk-lock[open]")).to_be_visible()
    expect(walker.page.get_by_label("お名前（カナ）", exact=True)).to_be_hidden()
    assert walker.text().strip() == ""
    for _ in range(20):
        walker.page.keyboard.press("Tab")
        assert walker.page.evaluate(
            "document.activeElement === document.body || "
            "document.activeElement.closest('#desk-lock') !== null"
        )


def opened(walker: Walker) -> None:
    """The lock is off."""
    expect(walker.page.locator("#desk-lock")).to_have_count(0)
    expect(walker.page.get_by_label("お名前（カナ）", exact=True)).to_have_value(KANA)


def test_a_tablet_is_enrolled_locked_opened_and_lost(
    desk_server: Server, chromium: Browser
) -> None:
    admin = Walker(chromium, desk_server.address)
    admin.sign_in("admin")
    admin.open("/tablets")
    admin.type_into("タブレットの名前", NAME)
    admin.tap("登録のQRを出す")
    address = decode(admin.page.locator("[data-testid=stImage] img"))
    assert address.startswith(f"{desk_server.address}/tablet/")

    tablet = Walker(chromium, desk_server.address)
    page = tablet.page
    page.clock.install()
    page.goto(address)
    assert serious(page) == []
    page.click("button")
    expect(page.get_by_role("status")).to_contain_text(f"「{NAME}」になりました")
    page.get_by_text("サインイン", exact=True).click()
    page.fill("#name", "test volunteer")
    page.fill("#secret", PIN)
    page.click("form button:not(.show)")
    tablet.settle()
    tablet.open("/book")
    tablet.tap("選ぶ", nth=3)
    tablet.type_into("お名前（カナ）", KANA)

    # Nobody touches it for three minutes.
    page.clock.fast_forward(IDLE - 5_000)
    expect(page.locator("#desk-lock")).to_have_count(0)
    page.clock.fast_forward(5_000)
    locked(tablet)
    assert serious(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.getElementById('desk-lock').scrollWidth") <= PHONE["width"]
    for box in [one.bounding_box() for one in page.locator("#desk-lock :is(button, a)").all()]:
        assert box is None or min(box["width"], box["height"]) >= 48
    page.set_viewport_size({"width": 1024, "height": 768})
    for _ in range(2):
        page.keyboard.press("Escape")
    give(tablet, "000000")
    expect(page.locator("#desk-lock-alert")).not_to_be_empty()
    locked(tablet)
    give(tablet, PIN)
    opened(tablet)
    tablet.tap("となりの方へ")  # and the form goes on
    opened(tablet)

    # 席をはなれる locks every tab of the browser, a reload changes nothing, one PIN opens all.
    other = tablet.context.new_page()
    other.goto(f"{desk_server.address}/today")
    other.wait_for_selector("[data-testid=stMain] h1")
    page.locator(".st-key-leave a").click()
    locked(tablet)
    expect(other.locator("#desk-lock[open]")).to_be_visible()
    other.reload()
    expect(other.locator("#desk-lock[open]")).to_be_visible()
    give(tablet, PIN)
    opened(tablet)
    expect(other.locator("#desk-lock")).to_have_count(0)
    other.close()

    # The tablet is lost: after the administrator's two taps its next run shows nothing.
    expect(admin.page.get_by_text(f"{NAME}を登録しました")).to_be_visible(timeout=30_000)
    admin.settle()
    admin.page.locator("[class*=st-key-revoke_] button").first.click()
    admin.settle()
    dialog = admin.page.get_by_role("dialog")
    expect(dialog).to_contain_text(NAME)
    expect(dialog).to_contain_text("test volunteer")
    admin.page.locator(".st-key-revoke_yes button").click()
    admin.settle()
    page.get_by_text("電話", exact=True).first.click()
    expect(page.get_by_label("お名前（カナ）", exact=True)).to_have_count(0, timeout=30_000)
    for walker in (tablet, admin):
        assert walker.dialogs == []
        walker.close()
