"""The navigator in a browser: a volunteer's way, large type for residents, axe, hostile text."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from desk import store, times
from desk.guide import faces, procedures
from desk.guide.faces import TELL
from desk.guide.now import fitting
from tests.axe import serious
from tests.conftest import person, prepare
from tests.server import Server, running
from tests.walk import PHONE, TABLET, Walker, decode

pytestmark = pytest.mark.browser
JUMINHYO = "konbini-juminhyo"
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) **y**"
# The sizes of all text that is there, readings too; a link for keyboards shows itself to no other.
SIZES = """[...document.querySelectorAll('.stApp *')].filter(one =>
    one.checkVisibility({visibilityProperty: true, opacityProperty: true}) &&
    [...one.childNodes].some(part => part.nodeType === 3 && part.textContent.trim()) &&
    !one.closest('style, [data-testid=stIconMaterial]') &&
    one.textContent.trim() !== 'Skip to main content')
  .map(one => [parseFloat(getComputedStyle(one).fontSize), one.textContent.slice(0, 30)])"""
WIDE = """[...document.querySelectorAll('.stMain *')].filter(one =>
    one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 90))"""


@pytest.fixture
def volunteer(desk_server: Server, chromium: Browser) -> Iterator[Walker]:
    walker = Walker(chromium, desk_server.address)
    walker.sign_in("volunteer")
    yield walker
    walker.close()


def test_a_volunteer_finds_answers_turns_the_tablet_and_logs(volunteer: Walker) -> None:
    page = volunteer.page
    volunteer.open("/today")
    page.get_by_role("link", name="手続き", exact=True).click()
    expect(page.get_by_role("heading", name="何をしたいですか")).to_be_visible()
    page.get_by_label("話したことばで さがす").press_sequentially("じゅうみんひょう")
    found = page.locator(f".st-key-guide_found_{JUMINHYO} button")
    expect(found).to_be_visible()
    found.click()
    expect(page.get_by_role("heading", name="住民票の写しをコンビニで取る")).to_be_visible()
    # The stops are on the first screen, without scrolling.
    expect(page.locator(".st-key-guide_stops")).to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-big_yes")).to_be_in_viewport(ratio=1)
    for _question in range(2):
        volunteer.tap("はい", within=".st-key-guide_question")
    expect(page.locator(".st-key-guide_question")).to_have_count(0)
    shared = page.url
    assert f"id={JUMINHYO}" in shared
    assert "a=yy" in shared

    volunteer.tap("お客さまに見せる")
    expect(page.locator(".st-key-guide_resident")).to_be_visible()
    expect(page.get_by_role("link", name="きょう")).to_be_hidden()
    cards = faces.cards(procedures.in_folder(procedures.FOLDER)[JUMINHYO], (True, True))
    for number in range(1, len(cards)):
        expect(page.get_by_text(f"{number} / {len(cards)}")).to_be_visible()
        volunteer.tap("つぎ")
    expect(page.get_by_role("heading", name="もって いく もの")).to_be_visible()
    host = volunteer.address
    assert decode(page.get_by_alt_text("持ち物メモのQRコード")) == (
        f"{host}/guide/{JUMINHYO}/memo?a=yy"
    )
    slip = page.request.get(f"{host}/guide/{JUMINHYO}/memo?a=yy")
    assert slip.ok
    assert "マイナンバーカード" in slip.text()
    volunteer.tap("もどす")
    expect(page.locator(".st-key-guide_resident")).to_have_count(0)
    expect(page.locator(".st-key-guide_turn")).to_be_visible()
    assert page.url == shared

    volunteer.tap("相談を記録する")
    expect(page.get_by_role("heading", name="相談を記録する")).to_be_visible()
    assert f"procedure={JUMINHYO}" in page.url
    assert volunteer.hosts == {host.removeprefix("http://")}


def test_a_shared_address_opens_the_same_card(volunteer: Walker) -> None:
    cards = faces.cards(procedures.in_folder(procedures.FOLDER)["scam-call"], (True,))
    number = next(n for n, card in enumerate(cards) if card.kind == TELL) + 1
    volunteer.open(f"/procedures?id=scam-call&a=y&face=resident&n={number}")
    expect(volunteer.page.get_by_text(f"{number} / {len(cards)}")).to_be_visible()
    expect(volunteer.page.locator(".guide-said ruby").first).to_be_visible()
    volunteer.tap("つぎ")
    volunteer.page.reload()
    expect(volunteer.page.get_by_text(f"{number + 1} / {len(cards)}")).to_be_visible()


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_the_residents_face_is_large_and_fits(
    desk_server: Server, chromium: Browser, size: dict[str, int]
) -> None:
    walker = Walker(chromium, desk_server.address, size)
    walker.sign_in("volunteer")
    # The longest words and lists: a certificate, care with most papers, one without a question.
    for id, given in (
        ("konbini-inkan", ()),
        ("kaigo-jutaku", (False, True, True)),
        ("hoiku-genkyo", (True,)),
    ):
        one = fitting(procedures.in_folder(procedures.FOLDER)[id], times.now())
        mark = f"&a={faces.letters(given)}" if given else ""
        count = len(faces.cards(one, given))
        for number in range(1, count + 1):
            walker.open(f"/procedures?id={id}{mark}&face=resident&n={number}")
            expect(walker.page.get_by_text(f"{number} / {count}")).to_be_visible()
            sizes = walker.page.evaluate(SIZES)
            assert len(sizes) > 3
            assert [one for one in sizes if one[0] < 24] == []
            assert walker.page.evaluate(WIDE) == []
            expect(walker.page.locator(".st-key-guide_next button")).to_be_in_viewport(ratio=1)
            for cut in walker.page.locator(".st-key-guide_steps button p").all():
                assert cut.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
    walker.close()


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_no_word_is_broken_on_a_groups_tile(
    desk_server: Server, chromium: Browser, size: dict[str, int]
) -> None:
    walker = Walker(chromium, desk_server.address, size)
    walker.sign_in("volunteer")
    walker.open("/procedures")
    tile = walker.page.locator(".st-key-guide_group_card button p")
    lines = tile.evaluate(
        """tile => {
          const text = tile.firstChild, lines = {}, range = document.createRange();
          for (let n = 0; n < text.length; n++) {
            range.setStart(text, n); range.setEnd(text, n + 1);
            const box = range.getBoundingClientRect();
            if (box.width) lines[box.top] = (lines[box.top] || '') + text.data[n];
          }
          return Object.values(lines);
        }"""
    )
    assert lines in (["マイナンバーカード"], ["マイナンバー", "カード"])
    assert walker.page.evaluate(WIDE) == []
    walker.close()


@pytest.mark.parametrize(
    "path",
    [
        "/procedures",
        "/procedures?group=childcare",
        f"/procedures?id={JUMINHYO}",
        f"/procedures?id={JUMINHYO}&a=yn",
        "/procedures?id=kaigo-nintei&face=resident",
        "/procedures?id=kaigo-nintei&face=resident&n=99",
    ],
)
def test_axe_finds_nothing_serious(volunteer: Walker, path: str) -> None:
    volunteer.open(path)
    assert serious(volunteer.page) == []


def test_staff_see_both_faces_while_they_edit_and_come_there_in_one_tap(
    desk_server: Server, chromium: Browser
) -> None:
    walker = Walker(chromium, desk_server.address)
    walker.sign_in("staff")
    walker.open("/guide-edit")
    assert serious(walker.page) == []
    walker.open("/procedures?id=kaigo-jutaku")
    walker.tap("この手続きを直す")
    page = walker.page
    expect(page.get_by_role("heading", name="手続きを直す")).to_be_visible()
    assert "id=kaigo-jutaku" in page.url
    assert serious(page) == []
    overview = page.get_by_label("概要", exact=True)
    overview.fill("まだ承認されていない概要です。")
    overview.blur()
    walker.settle()
    page.get_by_role("tab", name="見え方").click()
    expect(page.locator(".st-key-guide_certain")).to_contain_text("まだ承認されていない概要です。")
    expect(page.locator(".st-key-guide_preview ruby").first).to_be_visible()
    assert serious(page) == []
    assert page.evaluate(WIDE) == []
    walker.tap("とじる")
    expect(page.locator(".st-key-guide_new")).to_be_visible()
    walker.close()


def test_nothing_a_version_says_is_code(tmp_path: Path, chromium: Browser) -> None:
    database = str(tmp_path / "desk.sqlite3")
    prepare(database)
    store.use(database)
    file = (procedures.FOLDER / f"{JUMINHYO}.yaml").read_text("utf-8")
    lines = [
        f"{line.split(':')[0]}: '{HOSTILE}'"
        if line.startswith(("title:", "overview:", "deadline:", "source:", "title_en:"))
        else line.replace("マイナンバーカード", HOSTILE)
        if line.lstrip().startswith("- ") and "{" not in line
        else line
        for line in file.splitlines()
    ]
    staff, admin = person("staff"), person("admin")
    contents = "\n".join(lines)
    assert HOSTILE in procedures.read(contents).overview.text
    with store.transaction() as write:
        write.run(
            "INSERT INTO procedure_version (id, procedure_id, contents, based_on, reason, "
            "made_at, made_by, decided_at, decided_by, decision, trial) "
            "VALUES (:id, :procedure, :contents, '', 'test', :at, :maker, :at, :judge, "
            "'approved', 1)",
            id=str(uuid.uuid4()),
            procedure=JUMINHYO,
            contents=contents,
            at=times.stamp(times.now()),
            maker=staff.id,
            judge=admin.id,
        )
    store.use(None)
    with running(database, tmp_path / "log") as server:
        walker = Walker(chromium, server.address)
        walker.sign_in("volunteer")
        for mark in ("", "&a=n", "&lang=en", "&face=resident", "&a=n&face=resident&n=99"):
            walker.open(f"/procedures?id={JUMINHYO}{mark}")
            assert "<script>" in walker.text() or "face" in mark
        walker.open("/procedures?group=certificate")
        assert "<img src=x" in walker.text()
        assert walker.page.locator("img[src=x], a[href^=javascript]").count() == 0
        assert walker.dialogs == []
        assert walker.hosts == {server.address.removeprefix("http://")}
        walker.close()
