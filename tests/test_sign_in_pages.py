"""The pages of the sign-in with a code, and of setting up the app: what they show and to whom."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import people, sessions, store, times
from tests.axe import serious
from tests.conftest import (
    code_of,
    enrol,
    person,
    prepare,
    shared,
    used_codes_count_again,
    web_sign_in,
)
from tests.server import running
from tests.walk import PATIENCE, PHONE, Walker, decode
from web.routes import ROUTES

PASSWORD, HOST = "みかん りんご ぶどう なし もも", "http://desk.example"


@pytest.fixture
def browser(database: str) -> Iterator[TestClient]:  # noqa: ARG001 - it must be there
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def register(role: str = "staff") -> None:
    now = times.now()
    people.add(person("admin"), id="h", name="ハナ", role=role, secret=PASSWORD, now=now)


def ticket_in(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_right_password_shows_the_page_for_the_code_and_no_more(browser: TestClient) -> None:
    register()
    enrol("ハナ")
    done = browser.post("/sign-in?next=/book", data={"name": "ハナ", "secret": PASSWORD})
    assert done.status_code == 200
    assert "set-cookie" not in done.headers
    assert [text for text in ("ハナ", "staff", PASSWORD) if text in done.text] == []
    assert done.headers["cache-control"] == "no-store"
    send = {"ticket": ticket_in(done.text), "code": "000000"}
    wrong = browser.post("/sign-in/code?next=/book", data=send)
    assert wrong.status_code == 401
    assert "番号がちがう" in wrong.text
    assert ticket_in(wrong.text) == send["ticket"]
    action = re.search(r'action="([^"]+)"', wrong.text)
    assert action
    send["code"] = code_of(times.now())
    right = browser.post(html.unescape(action[1]), data=send)
    assert (right.status_code, right.headers["location"]) == (303, "/book")
    assert sessions.actor_of(browser.cookies[sessions.COOKIE], now=times.now()).name == "ハナ"


def test_asvs_6_2_6_and_7_secrets_are_masked_and_may_be_filled_in(browser: TestClient) -> None:
    """And nothing is asked for but what proves: no hint, no question."""
    register()
    enrol("ハナ")
    first = browser.get("/sign-in").text
    code = browser.post("/sign-in", data={"name": "ハナ", "secret": PASSWORD}).text
    web_sign_in(browser, "ハナ", PASSWORD)
    own = browser.get("/new-secret").text
    asked = [re.findall(r"<input[^>]*>", page) for page in (first, code, own)]
    names = [[found(one, "name") for one in fields] for fields in asked]
    assert names == [["name", "secret"], ["ticket", "code"], ["current", "secret"]]
    secret = {
        (found(one, "type"), found(one, "autocomplete"))
        for fields in asked
        for one in fields
        if found(one, "name") in ("secret", "current")
    }
    assert secret == {("password", "current-password"), ("password", "new-password")}
    assert not re.search(r"maxlength|onpaste|oncopy", first + own)


def found(field: str, name: str) -> str:
    value = re.search(rf'{name}="([^"]*)"', field)
    return value[1] if value else ""


def test_a_ticket_that_is_none_leads_to_the_beginning(browser: TestClient) -> None:
    register()
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"
    done = browser.post("/sign-in/code", data={"ticket": "x", "code": "1"})
    assert done.status_code == 401
    assert 'id="secret"' in done.text
    assert "set-cookie" not in done.headers


@pytest.mark.parametrize("path", ["/sign-in/code", "/authenticator"])
def test_a_form_of_another_site_is_refused(browser: TestClient, path: str) -> None:
    register()
    web_sign_in(browser, "ハナ", PASSWORD)
    send = {"ticket": "x", "code": "1"}
    for origin in ("https://evil.example", "null"):
        assert browser.post(path, data=send, headers={"origin": origin}).status_code == 403


def test_who_has_no_app_sets_one_up_before_anything(browser: TestClient) -> None:
    register("planner")
    done = web_sign_in(browser, "ハナ", PASSWORD, "?next=/neighbourhoods")
    assert done.headers["location"] == "/authenticator"
    page = browser.get("/authenticator").text
    secret = re.search(r'class="typed">([^<]+)<', page)
    assert secret
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    send = {"ticket": ticket_in(page), "code": "000000"}
    wrong = browser.post("/authenticator", data=send)
    assert wrong.status_code == 422
    assert secret[0] in wrong.text  # the same QR code: it has been scanned already
    late = browser.post("/authenticator", data={**send, "ticket": "x"})
    assert (late.status_code, secret[0] in late.text) == (422, False)
    made = browser.post("/authenticator", data={**send, "code": app.at(times.now())})
    codes = re.findall(r"<li>([^<]+)</li>", made.text)
    assert len(codes) == 8
    assert made.headers["cache-control"] == "no-store"
    assert 'href="/neighbourhoods"' in made.text
    assert sessions.actor_of(browser.cookies[sessions.COOKIE], now=times.now()).ready
    browser.cookies.clear()
    asked = browser.post("/sign-in", data={"name": "ハナ", "secret": PASSWORD})
    send = {"ticket": ticket_in(asked.text), "code": codes[0]}
    assert browser.post("/sign-in/code", data=send).status_code == 303
    assert browser.post("/sign-in/code", data=send).status_code == 401


def test_the_page_of_the_app_is_for_who_needs_it(browser: TestClient) -> None:
    assert browser.get("/authenticator").headers["location"] == "/sign-in"
    people.add(
        person("admin"), id="v", name="ボラ", role="volunteer", secret="482915", now=times.now()
    )
    shared(browser)
    browser.post("/sign-in", data={"name": "ボラ", "secret": "482915"})
    assert browser.get("/authenticator").status_code == 403


def test_another_app_is_set_up_on_its_page(browser: TestClient) -> None:
    register()
    enrol("ハナ")
    web_sign_in(browser, "ハナ", PASSWORD)
    page = browser.get("/authenticator").text
    secret = re.search(r'class="typed">([^<]+)<', page)
    assert secret
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    used_codes_count_again("ハナ")
    send = {"ticket": ticket_in(page), "code": app.at(times.now()), "secret": PASSWORD}
    wrong = browser.post("/authenticator", data={**send, "present": "000000"})
    assert wrong.status_code == 422
    assert "いままでのアプリの番号がちがう" in wrong.text
    assert secret[0] in wrong.text  # scanned already
    done = browser.post("/authenticator", data={**send, "present": code_of(times.now())})
    assert len(re.findall(r"<li>([^<]+)</li>", done.text)) == 8


def test_asvs_7_2_4_who_signs_in_ends_what_this_browser_had(browser: TestClient) -> None:
    """Whoever it was: somebody else at a shared desk, or the same person once more."""
    now = times.now()
    register()
    enrol("ハナ")
    people.add(person("admin"), id="y", name="ヨシコ", role="volunteer", secret="482915", now=now)
    tokens = []
    shared(browser)
    for name, secret in (("ハナ", PASSWORD), ("ハナ", PASSWORD), ("ヨシコ", "482915")):
        web_sign_in(browser, name, secret)
        tokens.append(browser.cookies[sessions.COOKIE])
    assert [sessions.actor_of(one, now=now).name for one in tokens] == ["", "", "ヨシコ"]


def test_an_own_password_is_asked_for_the_one_until_now(browser: TestClient) -> None:
    register()
    enrol("ハナ")
    web_sign_in(browser, "ハナ", PASSWORD)
    assert 'name="current"' in browser.get("/new-secret").text
    fresh = "yuki kaki mori tsuru"
    before = store.rows("SELECT secret FROM person WHERE id = 'h'")
    assert browser.post("/new-secret", data={"secret": fresh}).status_code == 422
    assert store.rows("SELECT secret FROM person WHERE id = 'h'") == before
    done = browser.post("/new-secret", data={"secret": fresh, "current": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/today")


@pytest.mark.browser
@pytest.mark.server
def test_a_first_sign_in_from_the_terminal_to_the_first_screen(
    chromium: Browser, tmp_path: Path
) -> None:
    database = str(tmp_path / "desk.sqlite3")
    prepare(database)
    store.use(database)
    one_time = people.reset_admin(name="test admin", now=times.now())
    store.use(None)
    with running(database, tmp_path / "log") as server:
        walker = Walker(chromium, server.address, PHONE)
        page = walker.page
        seen: dict[str, object] = {}

        def look(name: str) -> None:
            seen[name] = serious(page)

        page.goto(f"{server.address}/sign-in")
        page.fill("#name", "test admin")
        page.fill("#secret", one_time)
        look("sign-in")
        page.get_by_role("button", name="入れた文字を見る").click()
        expect(page.locator("#secret")).to_have_attribute("type", "text")
        page.click("form button:not(.show)")
        look("new-secret")
        page.fill("#secret", PASSWORD)
        page.click("form button:not(.show)")
        page.wait_for_selector(".qr")
        look("authenticator")
        app = pyotp.parse_uri(decode(page.locator(".qr")))
        assert isinstance(app, pyotp.TOTP)
        page.fill("#code", app.now())
        page.click("form button")
        page.wait_for_selector(".codes")
        look("recovery")
        recovery = page.locator(".codes li").all_inner_texts()
        page.get_by_text("しまいました。つづける").click()
        walker.settle()
        assert "きょう" in walker.text()
        walker.open("/tables")  # a table is made when it is tapped
        with page.expect_download(timeout=PATIENCE * 1000) as taken:
            page.get_by_role("button", name="表をCSVで取り出す").click()
        assert Path(taken.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
        page.get_by_role("link", name="マイページ").click()
        page.wait_for_url("**/my-sign-in*")
        look("my-sign-in")
        assert len(walker.context.pages) == 1  # in this tab
        page.get_by_role("link", name="認証アプリを新しいスマホに変える").click()
        look("another-app")
        page.get_by_role("link", name="もどる").click()
        page.get_by_role("link", name="サインアウト").click()
        page.goto(f"{server.address}/sign-in")
        page.fill("#name", "test admin")
        page.fill("#secret", PASSWORD)
        page.click("form button:not(.show)")
        page.wait_for_selector("#code")
        look("code")
        page.fill("#code", recovery[4].lower())
        page.click("form button")
        walker.settle()
        expect(page.get_by_text("席をはなれる（test admin）")).to_be_visible(
            timeout=PATIENCE * 1000
        )
        walker.close()
    assert {name: found for name, found in seen.items() if found} == {}
