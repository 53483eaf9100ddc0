"""A series, its waitlist, a call card, a cancel taken back, check-in by camera: in a browser."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from desk import codes
from tests import browser
from tests.server import Server
from tests.test_journey import decide
from tests.walk import Walker

pytestmark = pytest.mark.browser
VENUE = "勤労者活動センター"


def choose(staff: Walker, label: str, wanted: str) -> None:
    staff.page.get_by_label(label).first.click()
    staff.page.keyboard.type(wanted)
    staff.page.keyboard.press("Enter")
    staff.settle()


def plan_series(staff: Walker) -> None:
    """Two meetings of one seat each."""
    staff.open("/schedule")
    staff.tap("新しい講座")
    choose(staff, "講座の種類", "地図アプリ")
    choose(staff, "会場", VENUE)
    staff.page.get_by_label("席の数").fill("1")
    staff.page.keyboard.press("Enter")
    staff.settle()
    staff.tap("毎週")
    staff.page.get_by_label("回数").fill("2")
    staff.page.keyboard.press("Enter")
    staff.settle()
    decide(staff)
    staff.tap("公開する", within=".st-key-schedule_save")
    expect(staff.page.get_by_text("ほか1回")).to_be_visible()
    expect(staff.page.get_by_text("職員の判断: 研修を受けた講師がいない").first).to_be_visible()


def book(volunteer: Walker, kana: str, button: str) -> None:
    volunteer.open("/book")
    if volunteer.page.get_by_text("書きかけを出しました").count():  # what was refused before
        volunteer.tap("消して新しく書く")
        volunteer.tap("ほかの講座を選ぶ")
    volunteer.tap(VENUE)
    volunteer.tap("選ぶ", nth=0)
    volunteer.type_into("お名前（カナ）", kana)
    volunteer.tap("桜一丁目")
    volunteer.tap("民生委員へ")
    volunteer.tap(button, within=".st-key-book_save")


def test_a_series_is_booked_cancelled_taken_back_and_passed_on(
    desk_server: Server, chromium: Browser
) -> None:
    staff = Walker(chromium, desk_server.address)
    staff.sign_in("staff")
    plan_series(staff)
    staff.close()
    volunteer = Walker(chromium, desk_server.address)
    volunteer.sign_in("volunteer")
    page = volunteer.page
    book(volunteer, "アオキ ハナ", "予約する")
    expect(page.get_by_text("予約しました：アオキ ハナ 様")).to_be_visible()
    expect(page.get_by_text("席があります")).to_have_count(1)  # the second meeting
    book(volunteer, "アオキ ハナ", "キャンセル待ちに入れる")
    expect(page.get_by_text("この講座をもう予約しています")).to_be_visible()
    book(volunteer, "イノウエ ハナ", "キャンセル待ちに入れる")
    expect(page.get_by_text("キャンセル待ち（前に0組）").first).to_be_visible()

    find(volunteer, "アオキ")
    page.locator("[class*=st-key-manage_found] button").first.click()
    volunteer.settle()
    page.get_by_text("ぜんぶの回を取り消す").click()
    volunteer.settle()
    expect(page.get_by_text("でんわ待ち 3人")).to_be_visible()  # one is of the trial year
    volunteer.tap("もどす", within=".st-key-undo_bar")
    expect(page.get_by_text("もとにもどしました")).to_be_visible()
    expect(page.get_by_text("でんわ待ち 1人")).to_be_visible()

    find(volunteer, "アオキ")
    page.locator("[class*=st-key-manage_found] button").first.click()
    volunteer.settle()
    page.get_by_text("この回だけ取り消す").click()
    volunteer.settle()
    card = page.locator("[class*=st-key-call_]").filter(has_text="イノウエ ハナ").first
    expect(card).to_contain_text("民生委員へ")
    card.get_by_text("来ます", exact=True).click()
    volunteer.settle()
    expect(page.get_by_text("イノウエ ハナ 様 席が決まりました。")).to_be_visible()
    expect(page.get_by_text("でんわ待ち 1人")).to_be_visible()
    volunteer.close()


def find(volunteer: Walker, typed: str) -> None:
    volunteer.open("/today")
    volunteer.page.get_by_label("受付・さがす").fill(typed)
    volunteer.page.keyboard.press("Enter")
    volunteer.settle()


def test_the_camera_checks_in_with_two_taps_and_says_when_it_was_done(
    desk_server: Server, chromium: Browser, tmp_path: Path
) -> None:
    volunteer = Walker(chromium, desk_server.address)
    volunteer.sign_in("volunteer")
    volunteer.open("/today")
    volunteer.page.locator("[class*=st-key-open_] button").last.click()
    volunteer.settle()
    code = volunteer.page.locator("[data-testid=stMain] code").first.inner_text()
    volunteer.close()

    camera = chromium.browser_type.launch(
        executable_path=browser.find(),
        args=[
            *browser.ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film(code, tmp_path)}",
        ],
    )
    tablet = Walker(camera, desk_server.address)
    tablet.sign_in("volunteer")
    tablet.open("/today")
    for said in ("受付しました。|もう受付しています", "もう受付しています"):
        tablet.tap("QRで受付")
        shutter = tablet.page.locator("[data-testid=stCameraInputButton]")
        expect(shutter).to_be_enabled(timeout=20_000)
        tablet.page.wait_for_timeout(1500)  # for the film to show its first picture
        shutter.click()
        tablet.settle()
        seen = tablet.page.locator("[data-testid=stAlert]").first
        expect(seen).to_be_visible(timeout=10_000)
        assert any(one in seen.inner_text() for one in said.split("|"))
        tablet.tap("カメラをとじる")
    tablet.close()
    camera.close()


def film(code: str, folder: Path) -> Path:
    """A film of a slip in front of a camera, as the browser's pretended camera plays it."""
    slip = Image.open(io.BytesIO(codes.qr_png(code))).convert("RGB")
    scene = Image.new("RGB", (640, 480), (196, 190, 180))
    scene.paste(slip.rotate(5, expand=True, fillcolor=(255, 255, 255)), (200, 110))
    frame = io.BytesIO()
    scene.save(frame, "JPEG", quality=80)
    path = folder / "slip.mjpeg"
    path.write_bytes(frame.getvalue() * 30)
    return path
