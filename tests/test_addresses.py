"""Addresses with a number of somebody are refused; those of our own pages are not."""

import re
import uuid
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from desk import places, sheets, store, wifi
from tests.conftest import NOW, ROOM, VENUE, person, scheduled
from tests.disguises import planted
from web import addresses, assets
from web.routes import ROUTES

HOST = "http://desk.example"
NUMBER = "983205673214"


@pytest.fixture
def browser(city: str) -> Iterator[TestClient]:  # noqa: ARG001 - the database must be there
    app = Starlette(routes=ROUTES, middleware=[Middleware(addresses.NoNumbers, routes=ROUTES)])
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    "address",
    [
        f"/classes/{NUMBER}",
        f"/classes/{NUMBER}.ics",
        f"/{NUMBER}",
        "/classes/9832/0567/3214",
        f"/classes?venue={NUMBER}",
        f"/log?topic=line&note={NUMBER}",
        f"/log?{NUMBER}=1",
        f"/guide?q={quote('番号は９８３２０５６７３２１４')}",
        f"/guide?q={quote('九八三二-〇五六七-三二一四')}",
        f"/guide?q={quote(quote('983205673214'))}",
        f"/guide?q={quote('98320567' + chr(0x200B) + '3214')}",
        "/guide?q=9832+0567+3214",
        "/guide?q=090-1234-5678",
        "/guide?q=0223-22-1111",
        "/guide?q=hanako%40example.jp",
        f"/sign-in?next={quote('/log?note=' + NUMBER, safe='')}",
        f"/wifi?wish={NUMBER}",
        f"/slip/{NUMBER}",
        f"/calendar/{NUMBER}.ics",
        f"/media/{NUMBER}.csv",
        f"/leaflet/map.js?v={NUMBER}x",
        f"/component/x/index.html?streamlitUrl=http%3A%2F%2F{NUMBER}",
        f"/opendata/{NUMBER}.csv",
    ],
)
def test_a_number_of_somebody_is_answered_with_a_page_that_does_not_repeat_it(
    address: str, browser: TestClient
) -> None:
    answer = browser.get(address)
    assert answer.status_code == 400
    assert "なにも残していません" in answer.text
    assert not re.search(r"9832|3214|1234|1111|hanako", answer.text)
    assert [row["place"].split(" / ")[1] for row in store.rows("SELECT place FROM incident")] == [
        "address"
    ]


def test_the_page_speaks_the_language_asked_for(browser: TestClient) -> None:
    assert "My Number" in browser.get(f"/classes?venue={NUMBER}&lang=en").text


def test_a_search_box_says_itself_what_is_wrong(browser: TestClient) -> None:
    for name in ("postal", "town"):
        answer = browser.get("/wifi", params={name: NUMBER})
        assert answer.status_code == 422
        assert "マイナンバーの可能性" in answer.text
        assert NUMBER not in answer.text
    assert browser.get("/wifi", params={"postal": "123-4567"}).status_code == 422
    answer = browser.get("/guide/search", params={"q": NUMBER})
    assert answer.status_code == 422
    assert NUMBER not in answer.text
    kinds = store.rows("SELECT place, kind FROM incident ORDER BY place")
    assert kinds == [
        {"place": "/guide/search / q", "kind": "my_number"},
        {"place": "/wifi / postal", "kind": "my_number"},
        {"place": "/wifi / town", "kind": "my_number"},
    ]


def ours() -> Iterator[str]:
    """Addresses the desk itself writes, with as many digits as they come."""
    staff, meeting = person("staff"), scheduled()
    ids = [wifi.spots()[0].id, places.towns()[0].id, VENUE, ROOM, meeting.id]
    many = "1234567890-2345-4678-8901-234567890123"[2:]
    yield from (f"/wifi/{quote(one)}" for one in ids)
    yield from (f"/classes?venue={quote(one)}" for one in ids)
    yield f"/classes/{meeting.id}.ics"
    yield f"/classes/{many}"
    yield f"/book?class={many}&here=1"
    yield f"/classes?venue={VENUE}&from=2026-11-24&lang=en"
    yield f"/sign-in?next={quote(f'/wifi/{VENUE}/check', safe='')}"
    yield "/opendata/042111_public_facility.csv"
    yield "/_stcore/upload_file/" + f"{many}/{uuid.UUID(int=10**37)}"
    yield f"/media/{'1234567890' * 5}ab1234.csv"
    yield "/static/js/index.1234567890123.js"
    yield f"/leaflet/map.js?v={'1234567890' * 4}"
    yield assets.address("map.js")
    yield f"/component/f/index.html?{urlencode({'streamlitUrl': HOST + '/'})}"
    yield f"/calendar/{'1234567890' * 3}ab.ics"
    for make in (lambda: sheets.roster_ticket(staff, class_id=meeting.id, now=NOW),):
        yield f"/sheet/roster/{make()}"
    yield f"/slip/{'1234567890' * 3}-ab.{'1234567890' * 2}ABCDEFG"


def test_our_own_addresses_are_let_through(browser: TestClient) -> None:
    refused = [one for one in ours() if browser.get(one).status_code == 400]
    assert refused == []
    assert store.rows("SELECT * FROM incident") == []


def test_what_is_remembered_of_addresses_are_our_own_ids(browser: TestClient) -> None:
    first = next(one for one in browser.app.user_middleware if one.cls is addresses.NoNumbers)
    assert first
    guard = addresses.NoNumbers(browser.app, ROUTES)
    client = TestClient(guard, base_url=HOST, follow_redirects=False)
    for _ in range(2):
        assert client.get(f"/wifi/{VENUE}").status_code == 404
        assert client.get(f"/wifi/{NUMBER}").status_code == 400
        assert client.get(f"/classes?venue={VENUE}&q={NUMBER}").status_code == 400
    assert list(guard.known) == [VENUE]


def test_every_long_disguise_is_refused_in_an_address(browser: TestClient) -> None:
    for number in planted(60):
        if len(number.digits) >= 10:
            answer = browser.get("/guide", params={"q": number.text})
            assert answer.status_code == 400, number
