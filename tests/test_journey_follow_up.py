"""Somebody comes again with a card: from the log to the printed card, and back to the log."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.server import Server
from tests.walk import Walker, decode

pytestmark = pytest.mark.browser


def test_a_card_is_printed_comes_back_fills_the_log_and_is_closed(
    desk_server: Server, chromium: Browser
) -> None:
    volunteer = Walker(chromium, desk_server.address)
    volunteer.sign_in("volunteer")
    log(volunteer, "桜一丁目", "80–84", "地図")
    code = print_card(volunteer)
    expect_filled(volunteer, code)
    volunteer.tap("保存する", within=".st-key-log_save")
    volunteer.tap("別の方です。保存する")  # so soon after the first visit
    expect(volunteer.page.get_by_text("保存しました：桜一丁目")).to_be_visible()
    open_by_code(volunteer, code)
    expect(volunteer.page.get_by_text(f"カード {code} は、もう終わっています")).to_be_visible()
    assert volunteer.hosts == {desk_server.address.removeprefix("http://")}
    volunteer.close()


def log(volunteer: Walker, *answers: str) -> None:
    volunteer.open("/log")
    for answer in answers:
        volunteer.tap(answer)
    volunteer.tap("保存する", within=".st-key-log_save")
    expect(volunteer.page.get_by_text("保存しました：桜一丁目")).to_be_visible()


def print_card(volunteer: Walker) -> str:
    """The code on the printed card."""
    volunteer.tap("紙・なおす")
    volunteer.page.get_by_text("継続相談のカードを作る").click()
    link = volunteer.page.get_by_text("カードを印刷する")
    expect(link).to_be_visible()
    with volunteer.context.expect_page() as opened:
        link.click()
    card = opened.value
    card.wait_for_load_state()
    code = card.locator(".code b").inner_text()
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{6}", code)
    assert decode(card.locator("svg")) == code
    assert "桜一丁目" not in card.inner_text("main")
    card.close()
    return code


def open_by_code(volunteer: Walker, code: str) -> None:
    """As somebody types it who reads it from the card."""
    volunteer.open("/today")
    field = volunteer.page.get_by_placeholder("カードの番号")
    field.fill(f"{code[:3].lower()} {code[3:].lower()}")
    field.press("Enter")


def expect_filled(volunteer: Walker, code: str) -> None:
    open_by_code(volunteer, code)
    volunteer.page.wait_for_url(lambda url: urlsplit(url).path == "/log")
    expect(volunteer.page.get_by_text(code).first).to_be_visible()
    volunteer.settle()
    for answer in ("桜一丁目", "80–84", "地図", "2回目から"):
        pill = volunteer.page.get_by_role("radio", name=answer, exact=True).first
        expect(pill).to_be_checked()


def test_what_was_tapped_into_a_correction_survives_a_reload(
    desk_server: Server, chromium: Browser
) -> None:
    volunteer = Walker(chromium, desk_server.address)
    volunteer.sign_in("volunteer")
    log(volunteer, "桜一丁目", "70–74", "LINE")
    volunteer.tap("紙・なおす")
    volunteer.page.get_by_text("この記録をなおす").click()
    volunteer.page.wait_for_url(lambda url: urlsplit(url).path == "/logged")
    volunteer.settle()
    topics = ".st-key-tiles_logged_topic"
    volunteer.tap("インターネット", within=topics)
    volunteer.page.reload()
    volunteer.settle()
    again = volunteer.page.locator(topics).get_by_role("radio", name="インターネット")
    expect(again).to_be_checked()
    volunteer.tap("なおして保存する")
    expect(volunteer.page.get_by_text("なおしました")).to_be_visible()
    expect(volunteer.page.get_by_text("桜一丁目・70–74・インターネット")).to_be_visible()
    volunteer.close()
