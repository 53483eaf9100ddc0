"""Staff in a real browser: a table goes in, and somebody is taken off the list."""

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
    assert "佐藤 花" in dialog.inner_text()
    dialog.get_by_role("button", name=_("Take off the list")).click()
    staff.page.get_by_text("一覧からはずしました：佐藤 花").wait_for()
    staff.settle()
    assert staff.text().count("佐藤 花") == 1
    staff.close()


@pytest.mark.parametrize("path", ["/instructors", "/courses", "/tables", "/programme"])
def test_nothing_is_cut_off_on_a_tablet(staff: Walker, path: str) -> None:
    staff.open(path)
    main = staff.page.locator("[data-testid=stMain]")
    assert main.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    staff.close()
