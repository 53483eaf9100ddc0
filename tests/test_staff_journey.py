"""Staff in a real browser: a table goes in, somebody comes off the list, a month is planned."""

import pytest
from playwright.sync_api import Browser

from desk.language import catalogue
from tests.server import Server
from tests.walk import Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
_ = catalogue("ja").gettext
TABLE = "名前,役割,研修日\r\n佐藤 花,講師,令和8年4月1日\r\n".encode("cp932")


@pytest.fixture
def staff(chromium: Browser, desk_server: Server) -> Walker:
    walker = Walker(chromium, desk_server.address)
    walker.sign_in("staff")
    return walker


def put_in(walker: Walker, content: bytes) -> None:
    walker.open("/tables")
    walker.tap(_("Instructors"))
    file = {"name": "koushi.csv", "mimeType": "text/csv", "buffer": content}
    walker.page.locator("input[type=file]").set_input_files([file])
    walker.page.wait_for_timeout(1000)
    walker.settle()


def test_a_table_goes_in_once_and_a_person_comes_off_the_list(staff: Walker) -> None:
    put_in(staff, TABLE)
    staff.tap(_("Put in: {what}").split("（")[0], within=".st-key-tables_import")
    assert "新しく1件" in staff.text()
    put_in(staff, TABLE)
    assert "もう全部入っています" in staff.text()

    staff.open("/instructors")
    # 佐 comes before 講 (U+8B1B): the first of the list.
    staff.page.locator("[class*=st-key-instructor_retire_] button").first.click()
    dialog = staff.page.get_by_role("dialog")
    dialog.get_by_text("佐藤 花").first.wait_for()
    dialog.get_by_role("button", name=_("Take off the list")).click()
    staff.page.get_by_text("一覧からはずしました：佐藤 花").wait_for()
    staff.settle()
    assert staff.text().count("佐藤 花") == 1
    staff.close()


LIST = (
    "都道府県コード又は市区町村コード,NO,名称,住所,緯度,経度,SSID\r\n"
    "42111,1,駅前ひろば,宮城県岩沼市館下一丁目1-1,140.86,38.11,Eki_Free\r\n"
).encode("cp932")


def test_a_list_goes_in_is_seen_by_residents_and_is_taken_back(staff: Walker) -> None:
    staff.open("/import")
    file = {"name": "wifi.csv", "mimeType": "text/csv", "buffer": LIST}
    staff.page.locator("input[type=file]").set_input_files([file])
    staff.page.locator(".st-key-import_accept button").click()
    staff.page.get_by_text("入れました：新しい1件").wait_for()
    public = staff.context.new_page()
    public.goto(f"{staff.address}/wifi")
    assert public.get_by_role("link", name="駅前ひろば").count() == 1
    staff.page.locator("[class*=st-key-import_undo_now] button").click()
    dialog = staff.page.get_by_role("dialog")
    dialog.get_by_text("駅前ひろば").wait_for()
    dialog.get_by_role("button", name="入れる前にもどす").click()
    staff.page.get_by_text("もどしました：1件").first.wait_for()
    public.reload()
    assert public.get_by_role("link", name="駅前ひろば").count() == 0
    staff.close()


@pytest.mark.parametrize(
    "path", ["/instructors", "/courses", "/tables", "/programme", "/month", "/import"]
)
def test_nothing_is_cut_off_on_a_tablet(staff: Walker, path: str) -> None:
    staff.open(path)
    main = staff.page.locator("[data-testid=stMain]")
    assert main.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    staff.close()


def pick(walker: Walker, label: str, option: str) -> None:
    walker.page.get_by_label(label, exact=True).click()
    walker.page.get_by_role("option", name=option).click()
    walker.settle()


def tap_row(walker: Walker, row: int) -> None:
    """Tap the box at the start of a row of the proposal."""
    table = walker.page.get_by_test_id("stDataFrame").bounding_box()
    assert table
    walker.page.mouse.click(table["x"] + 16, table["y"] + 40 + 48 * row + 24)
    walker.page.wait_for_timeout(500)
    walker.settle()


def proposed(walker: Walker, button: str) -> None:
    walker.page.locator(f".st-key-{button} button").click()
    walker.page.locator(".st-key-month_back button").wait_for(timeout=60_000)
    walker.settle()


def test_a_month_is_proposed_kept_in_part_and_accepted_in_part(staff: Walker) -> None:
    staff.open("/month")
    while staff.page.get_by_role("button", name=_("Leave the wish out")).count():  # a second try's
        staff.tap(_("Leave the wish out"))
    for venue in ("岩沼市役所", "市民会館・中央公民館"):
        pick(staff, _("Course"), "電源の入れ方・ボタン操作")
        pick(staff, _("Venue"), venue)
        staff.tap(_("Add the wish"))
    staff.open("/month")  # a reload loses nothing
    assert staff.text().count("2回・8人") == 2
    proposed(staff, "month_go")
    assert "別のプログラムで確かめ、まちがいはありません" in staff.text()
    tap_row(staff, 0)
    assert "選んだ1回を残して、もう一度つくる" in staff.text()
    proposed(staff, "month_again")
    assert "0回の日時か部屋、0回の講師が変わりました" in staff.text()
    tap_row(staff, 1)
    tap_row(staff, 3)
    staff.tap("選んだ2回を下書きで入れる")
    assert "2回の講座を、下書きで予定表に入れました" in staff.text()
    staff.tap(_("Change the wishes"))
    assert "ぜんぶ公開する" in staff.text()
    assert staff.text().count("1回・8人") + 2 * staff.text().count("2回・8人") == 2
    staff.close()
