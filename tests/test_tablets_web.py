"""The tablet's own page and the lock's three addresses: who may ask, and what is answered."""

import json
import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from desk import people, sessions, tablets, times, wifi
from tests.conftest import enrol, enrolled, person, shared
from web import addresses
from web.lock import MOST_BYTES
from web.routes import ROUTES

HOST, PIN, PASSWORD = "https://desk.example", "482915", "みかん りんご ぶどう なし もも"
HOSTILE = "<script>alert(1)</script>\"'&"
OURS = {"origin": HOST}


def opened(address: str = HOST) -> TestClient:
    guard = Middleware(addresses.NoNumbers, routes=ROUTES)
    app = Starlette(routes=ROUTES, middleware=[guard])
    return TestClient(app, base_url=address, follow_redirects=False)


@pytest.fixture
def browser(city: str) -> Iterator[TestClient]:  # noqa: ARG001 - the database must be there
    with opened() as client:
        yield client


def signed_in(browser: TestClient, role: str = "volunteer") -> str:
    """Somebody signed in with this browser, on a tablet; the token."""
    secret = PIN if role == "volunteer" else PASSWORD
    now = times.now()
    people.add(person("admin"), id="h", name="ハナ", role=role, secret=secret, now=now)
    shared(browser)
    assert browser.post("/sign-in", data={"name": "ハナ", "secret": secret}).status_code == 303
    return str(browser.cookies[sessions.COOKIE])


def new_code(name: str = "市役所1") -> str:
    return tablets.make(person("admin"), id="t", name=name, now=times.now())


def test_the_page_says_what_will_happen_and_one_button_does_it(browser: TestClient) -> None:
    code = new_code()
    page = browser.get(f"/tablet/{code}")
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert "「市役所1」" in page.text
    # To no other site; with “no-referrer” a browser posts the form with the origin “null”.
    assert page.headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in page.headers  # a look enrols nothing
    done = browser.post(f"/tablet/{code}", headers=OURS)
    assert done.status_code == 200
    value, *flags = done.headers["set-cookie"].split("; ")
    name, _, secret = value.partition("=")
    assert name == "__Host-desk_tablet"
    assert tablets.named(secret) == "市役所1"
    assert {flag.lower() for flag in flags} == {
        "httponly",
        "secure",
        "samesite=strict",
        "path=/",
        f"max-age={400 * 24 * 3600}",
    }
    for again in (browser.get(f"/tablet/{code}"), browser.post(f"/tablet/{code}", headers=OURS)):
        assert again.status_code == 403
        assert "もう使われたか、10分をすぎています" in again.text
        assert "<button" not in again.text


def test_a_name_never_becomes_html(browser: TestClient) -> None:
    assert "<script" not in browser.get(f"/tablet/{new_code(HOSTILE)}").text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://desk.example:80"])
def test_another_site_enrols_nothing(browser: TestClient, origin: str) -> None:
    code = new_code()
    done = browser.post(f"/tablet/{code}", headers={"origin": origin})
    assert (done.status_code, "set-cookie" in done.headers) == (403, False)
    assert tablets.waiting(code, now=times.now()) == "市役所1"


@pytest.mark.parametrize(
    ("address", "ok"),
    [
        ("http://desk.example", False),
        ("http://192.168.1.5:8501", False),
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        ("https://desk.example", True),
    ],
)
@pytest.mark.usefixtures("city")
def test_where_the_cookie_would_be_lost_the_page_says_so(address: str, ok: bool) -> None:
    code = new_code()
    with opened(address) as client:
        page = client.get(f"/tablet/{code}")
        assert ("<button" in page.text, page.status_code) == (ok, 200 if ok else 403)
        if not ok:
            assert "https で始まらない" in page.text
            assert client.post(f"/tablet/{code}", headers={"origin": address}).status_code == 403
    assert tablets.waiting(code, now=times.now()) == "市役所1"


def test_every_code_passes_the_look_at_addresses(browser: TestClient) -> None:
    page = browser.get(f"/tablet/{'12345678901234567890123456789012'}")
    assert page.status_code == 403
    assert "もう使われたか" in page.text


def test_a_pin_at_an_unknown_browser_is_told_what_to_do(browser: TestClient) -> None:
    enrolled()
    page = browser.post("/sign-in", data={"name": "ハナ", "secret": PIN})
    assert page.status_code == 401
    assert "市が登録したタブレットだけで使えます" in page.text


def test_a_tablet_in_use_stays_enrolled(browser: TestClient) -> None:
    signed_in(browser)
    done = browser.post("/sign-in", data={"name": "ハナ", "secret": PIN})
    kept = [one for one in done.headers.get_list("set-cookie") if one.startswith("__Host-")]
    assert len(kept) == 1
    assert f"Max-Age={400 * 24 * 3600}" in kept[0]


def post(browser: TestClient, path: str, sent: object = None, **headers: str):
    return browser.post(path, content=json.dumps(sent).encode(), headers=headers or OURS)


def test_a_lock_is_closed_and_opened(browser: TestClient) -> None:
    token = signed_in(browser)
    assert post(browser, "/seen").status_code == 204
    assert post(browser, "/lock").status_code == 204
    assert sessions.actor_of(token, now=times.now()).locked
    for path in ("/seen", "/seen?ask=1"):
        assert post(browser, path).status_code == 423
    wrong = post(browser, "/prove?lang=en", {"secret": "000000"})
    assert (wrong.status_code, wrong.json()["over"]) == (403, False)
    assert wrong.json()["sentence"].startswith("The name or the PIN or password is not right")
    assert "set-cookie" not in wrong.headers
    right = post(browser, "/prove", {"secret": PIN})
    assert (right.status_code, right.headers["cache-control"]) == (204, "no-store")
    assert sessions.actor_of(token, now=times.now()).ready
    assert post(browser, "/seen?ask=1").status_code == 204


def test_too_many_wrong_pins_say_until_when(browser: TestClient) -> None:
    signed_in(browser)
    for _ in range(5):
        assert post(browser, "/prove", {"secret": "000000"}).status_code == 403
    late = post(browser, "/prove", {"secret": PIN})
    assert late.status_code == 429
    assert re.search(r"\d\d:\d\d", late.json()["sentence"])


def test_without_a_session_there_is_nothing_to_open(browser: TestClient) -> None:
    for path, status in (("/seen", 401), ("/seen?ask=1", 401), ("/lock", 204), ("/prove", 401)):
        assert post(browser, path, {"secret": PIN}).status_code == status
    assert post(browser, "/prove", {"secret": PIN}).json()["over"]


def test_an_asking_browser_is_no_touch(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = signed_in(browser)
    began = times.now()
    for minutes, path in ((2, "/seen?ask=1"), (4, "/seen?ask=1")):
        later = began + minutes * sessions.SEEN_EVERY * 2
        monkeypatch.setattr(times, "now", lambda later=later: later)
        assert post(browser, path).status_code == (204 if minutes == 2 else 423)
    assert sessions.actor_of(token, now=times.now()).locked


@pytest.mark.parametrize("path", ["/seen", "/lock", "/prove"])
@pytest.mark.parametrize("origin", ["", "null", "https://evil.example"])
def test_another_site_neither_locks_nor_opens(browser: TestClient, path: str, origin: str) -> None:
    token = signed_in(browser)
    headers = {"origin": origin} if origin else {"x-none": ""}
    assert post(browser, path, {"secret": PIN}, **headers).status_code == 403
    assert sessions.actor_of(token, now=times.now()).ready


@pytest.mark.parametrize(
    "sent", [None, [], "", {}, {"secret": 482915}, {"secret": "4" * MOST_BYTES}]
)
def test_what_is_no_secret_is_no_proof(browser: TestClient, sent: object) -> None:
    signed_in(browser)
    assert post(browser, "/prove", sent).status_code == 400


def test_a_locked_screen_opens_no_page_of_its_person(browser: TestClient) -> None:
    signed_in(browser)
    assert browser.get("/my-calendar").status_code == 200
    post(browser, "/lock")
    page = browser.get("/my-calendar")
    assert page.status_code == 403
    assert "画面に鍵がかかっています" in page.text


def test_somebody_else_signs_in_after_a_lock(browser: TestClient) -> None:
    token = signed_in(browser)
    post(browser, "/lock")
    done = browser.get("/sign-out?next=%2Fsign-in")
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert sessions.actor_of(token, now=times.now()) == people.PUBLIC
    assert browser.get("/sign-out?next=//evil.example").headers["location"] == "/"


def test_asvs_7_4_4_every_page_behind_a_sign_in_shows_the_way_out(browser: TestClient) -> None:
    """The screens have theirs in the frame (tests/test_screens.py)."""
    spot = f"/wifi/{wifi.spots()[0].id}/check"
    pages = ("/my-sign-in", "/new-secret", "/authenticator", "/my-calendar", spot)
    for page in pages:
        assert browser.get(page).headers["location"].startswith("/sign-in"), page
    signed_in(browser, "staff")
    leads = [browser.get(page).headers.get("location", page) for page in pages]
    assert leads == ["/authenticator", "/new-secret", *["/authenticator"] * 3]
    for page in leads[:2]:
        assert 'href="/sign-out"' in browser.get(page).text, page
    enrol("ハナ")
    for page in pages:
        assert 'href="/sign-out"' in browser.get(page).text, page
