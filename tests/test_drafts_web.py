"""Letters on their way: who may send them, from where, how much; and how a browser is known."""

import json
import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import drafts, people, sessions, store, times
from tests.conftest import PIN, person, shared
from web.document import SCRIPT
from web.drafts import MOST_BYTES, MOST_TEXTS
from web.routes import ROUTES

HOST = "http://desk.example"


@pytest.fixture
def browser(city: str) -> Iterator[TestClient]:  # noqa: ARG001 - the database must be there
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def signed_in(browser: TestClient, name: str = "ハナ") -> people.Actor:
    """A volunteer signed in with this browser, a booking form open on the screen."""
    now = times.now()
    people.add(person("admin"), id=name, name=name, role="volunteer", secret=PIN, now=now)
    shared(browser)
    browser.post("/sign-in", data={"name": name, "secret": PIN})
    actor = sessions.actor_of(browser.cookies[sessions.COOKIE], now=now)
    device = browser.cookies[sessions.DEVICE_COOKIE]
    drafts.keep(actor, device=device, form="book", id="b1", values={}, changed=False, now=now)
    return actor


def send(browser: TestClient, sent: object = None, origin: str | None = HOST) -> int:
    facts = sent or {"form": "book", "id": "b1", "texts": {"book_kana": "ヤマダ"}}
    headers = {"Origin": origin} if origin else {}
    content = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    return browser.post("/draft", content=content, headers=headers).status_code


def kept(browser: TestClient, actor: people.Actor) -> dict | None:
    device = browser.cookies[sessions.DEVICE_COOKIE]
    found = drafts.find(actor, device=device, form="book", now=times.now())
    return found.values if found else None


def test_letters_are_kept_for_who_is_signed_in_with_this_browser(browser: TestClient) -> None:
    actor = signed_in(browser)
    assert send(browser) == 204
    assert kept(browser, actor) == {"book_kana": "ヤマダ"}
    other = TestClient(browser.app, base_url=HOST, follow_redirects=False)
    assert send(other) == 401
    assert send(browser, {"form": "book", "id": "b2", "texts": {"book_kana": "スズキ"}}) == 410
    assert send(browser, {"form": "log", "id": "b1", "texts": {"log_note": "a"}}) == 410
    assert kept(browser, actor) == {"book_kana": "ヤマダ"}


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example", "null"])
def test_another_sites_page_cannot_send_letters(browser: TestClient, origin: str | None) -> None:
    actor = signed_in(browser)
    assert send(browser, origin=origin) == 403
    assert kept(browser, actor) == {}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\xff", 400),
        (b"{", 400),
        (b"[]", 400),
        ({"form": "book", "id": "b1"}, 400),
        ({"form": "book", "id": "b1", "texts": {"a": 1}}, 400),
        ({"form": "book", "id": "b1", "texts": {str(n): "" for n in range(MOST_TEXTS + 1)}}, 400),
        (b" " * (MOST_BYTES + 1), 413),
        ({"form": "book", "id": "b1", "texts": {"a": "あ" * (drafts.TEXT_MOST + 1)}}, 204),
        ({"form": "book", "id": "b1", "texts": {"a": "1234-5678-9018"}}, 204),
    ],
)
def test_what_is_no_draft_leaves_nothing(browser: TestClient, sent: object, status: int) -> None:
    actor = signed_in(browser)
    assert send(browser, sent) == status
    assert kept(browser, actor) == {}


def test_half_a_character_does_no_harm(browser: TestClient) -> None:
    actor = signed_in(browser)
    assert send(browser, b'{"form": "book", "id": "b1", "texts": {"a": "x\\ud83d\\u0000"}}') == 204
    assert kept(browser, actor) == {"a": "x?\0"}


def test_a_database_that_fails_is_told_to_the_browser(browser: TestClient) -> None:
    signed_in(browser)
    with store.transaction() as write:
        write.run("ALTER TABLE draft RENAME TO elsewhere")
    assert send(browser) == 503


def test_a_browser_is_known_by_a_cookie_that_it_keeps(browser: TestClient) -> None:
    signed_in(browser)
    [told] = [
        one
        for one in browser.post("/sign-in", data={"name": "ハナ", "secret": PIN}).headers.get_list(
            "set-cookie"
        )
        if one.startswith(sessions.DEVICE_COOKIE)
    ]
    value, *flags = told.split("; ")
    device = value.partition("=")[2]
    assert device == browser.cookies[sessions.DEVICE_COOKIE] == sessions.device_of(device)
    assert {flag.lower() for flag in flags} >= {"httponly", "samesite=strict", "path=/"}
    assert f"Max-Age={400 * 24 * 3600}" in flags
    browser.get("/sign-out")
    assert browser.cookies[sessions.DEVICE_COOKIE] == device
    browser.post("/sign-in", data={"name": "ハナ", "secret": PIN})
    assert browser.cookies[sessions.DEVICE_COOKIE] == device
    assert device not in json.dumps(store.rows("SELECT * FROM session"))


@pytest.mark.parametrize("cookie", ["", "short", "a" * 23, "a b c d e f g h i j k l", None, 7])
def test_what_is_no_cookie_of_ours_is_no_browser(cookie: object) -> None:
    assert sessions.device_of(cookie) == ""


def test_two_browsers_are_two() -> None:
    assert len({sessions.new_device() for _ in range(50)}) == 50
    assert {sessions.device_of(one) for one in ("a" * 22, sessions.new_device())} - {""}


def test_the_scripts_of_the_screens_are_served(browser: TestClient) -> None:
    found = re.findall(r'(?:src|href)="([^"]+)"', SCRIPT.decode())
    for address, part in zip(found, ("#desk-lock", "/prove", "/draft", "here_"), strict=True):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert part in answer.text
        assert "immutable" in answer.headers["cache-control"]
