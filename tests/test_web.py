"""The plain pages: the cookie is safe, nobody is sent elsewhere, no name becomes HTML."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote, urljoin, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from desk import booking, people, places, sessions, slips, store, times
from tests.conftest import booking_form, enrol, person, scheduled, shared, web_sign_in
from web.document import SCRIPT, DocumentLanguage
from web.routes import ROUTES

PIN, PASSWORD = "482915", "みかん りんご ぶどう なし もも"
HOST = "http://desk.example"
HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def browser(city: str) -> Iterator[TestClient]:  # noqa: ARG001 - the database must be there
    app = Starlette(routes=ROUTES)
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        shared(client)
        yield client


def register(role: str, name: str = "ハナ") -> None:
    secret = PIN if role == "volunteer" else PASSWORD
    admin = person("admin")
    people.add(admin, id=name, name=name, role=role, secret=secret, now=times.now())


def sign_in(browser: TestClient, secret: str, query: str = "", **headers: str):
    return browser.post(
        f"/sign-in{query}", data={"name": "ハナ", "secret": secret}, headers=headers
    )


def open_sessions() -> int:
    return len(store.rows("SELECT id FROM session"))


def test_the_right_pin_sets_a_cookie_no_script_can_read(browser: TestClient) -> None:
    register("volunteer")
    done = sign_in(browser, PIN)
    assert (done.status_code, done.headers["location"]) == (303, "/today")
    value, *flags = done.headers.get_list("set-cookie")[0].split("; ")
    assert value == f"desk_session={browser.cookies['desk_session']}"
    assert {flag.lower() for flag in flags} == {
        "httponly",
        "samesite=strict",
        "path=/",
        "max-age=86400",  # the server ends it after 12 hours,
    }
    actor = sessions.actor_of(browser.cookies["desk_session"], now=times.now())
    assert actor == people.Actor("ハナ", "ハナ", "volunteer")


def test_over_https_the_cookie_is_secure(browser: TestClient) -> None:
    register("volunteer")
    browser.base_url = HOST.replace("http:", "https:")
    done = sign_in(browser, PIN)
    assert "secure" in done.headers["set-cookie"].lower().split("; ")


@pytest.mark.parametrize(
    ("role", "home"), [("volunteer", "/today"), ("planner", "/neighbourhoods"), ("admin", "/today")]
)
def test_everybody_arrives_where_they_work(browser: TestClient, role: str, home: str) -> None:
    register(role)
    secret = PIN if role == "volunteer" else PASSWORD
    if role != "volunteer":
        enrol("ハナ")
    assert web_sign_in(browser, "ハナ", secret).headers["location"] == home
    there = web_sign_in(browser, "ハナ", secret, "?lang=en").headers["location"]
    assert there == f"{home}?lang=en"


def test_a_wrong_pin_says_so_and_keeps_the_name(browser: TestClient) -> None:
    register("volunteer")
    for query, sentence in (
        ("", "名前"),
        ("?lang=en", "The name or the PIN or password is not right. Please try again."),
    ):
        done = sign_in(browser, "000000", query)
        assert done.status_code == 401
        assert sentence in done.text
        assert 'value="ハナ"' in done.text
        assert "000000" not in done.text
        assert "set-cookie" not in done.headers
    assert open_sessions() == 0


def test_after_five_wrong_tries_the_right_pin_waits_too(browser: TestClient) -> None:
    register("volunteer")
    for _ in range(5):
        assert sign_in(browser, "000000").status_code == 401
    done = sign_in(browser, PIN, "?lang=en")
    assert done.status_code == 401
    assert re.search(r"Too many wrong tries\. Please wait until \d\d:\d\d and try", done.text)
    assert "set-cookie" not in done.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://desk.example.evil.example",
        "http://desk.example:8080",
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/new-secret"])
def test_a_form_of_another_site_is_refused(browser: TestClient, path: str, origin: str) -> None:
    register("volunteer")
    sign_in(browser, PIN)
    before = store.rows("SELECT secret FROM person ORDER BY id"), open_sessions()
    done = browser.post(path, data={"name": "ハナ", "secret": "735102"}, headers={"origin": origin})
    assert done.status_code == 403
    assert "set-cookie" not in done.headers
    assert (store.rows("SELECT secret FROM person ORDER BY id"), open_sessions()) == before
    assert sign_in(browser, PIN, origin=HOST).status_code == 303


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "///evil.example",
        "",
    ],
)
def test_nobody_is_sent_to_another_site(browser: TestClient, after: str) -> None:
    register("volunteer")
    query = f"?next={quote(after, safe='')}"
    goal = sign_in(browser, PIN, query).headers["location"]
    assert not re.search(r"[\s\\]", goal)
    assert urlsplit(urljoin(HOST, goal)).netloc == "desk.example"
    assert after == "" or after not in browser.get(f"/sign-in{query}").text


def test_one_goes_on_to_the_screen_one_wanted(browser: TestClient) -> None:
    register("volunteer")
    assert sign_in(browser, PIN, "?next=%2Fbook").headers["location"] == "/book"
    goal = sign_in(browser, PIN, "?next=%2Fbook%3Fa%3D1&lang=en").headers["location"]
    assert goal == "/book?a=1&lang=en"


def test_signing_out_ends_the_session_and_drops_the_cookie(browser: TestClient) -> None:
    register("volunteer")
    sign_in(browser, PIN)
    assert open_sessions() == 1
    done = browser.get("/sign-out")
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert open_sessions() == 0
    assert "desk_session" not in browser.cookies


@pytest.mark.parametrize("site", ["cross-site", "same-site", "x"])
def test_no_other_sites_page_signs_anybody_out(browser: TestClient, site: str) -> None:
    register("volunteer")
    sign_in(browser, PIN)
    done = browser.get("/sign-out?next=/sign-in", headers={"sec-fetch-site": site})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "set-cookie" not in done.headers
    assert open_sessions() == 1
    for ours in ("same-origin", "none"):
        browser.get("/sign-out", headers={"sec-fetch-site": ours})
        assert open_sessions() == 0
        sign_in(browser, PIN)


def test_a_one_time_password_leads_to_an_own_one(browser: TestClient) -> None:
    shown = people.first_admin(times.now())
    assert shown
    _name, one_time = shown
    done = browser.post("/sign-in?next=/people", data={"name": "admin", "secret": one_time})
    assert done.headers["location"] == "/new-secret"
    old = browser.cookies["desk_session"]
    assert browser.get("/new-secret").status_code == 200
    for secret in ("short", one_time):
        again = browser.post("/new-secret", data={"secret": secret})
        assert again.status_code == 422
        assert str(secret) not in again.text
    done = browser.post("/new-secret", data={"secret": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/authenticator")
    assert sessions.actor_of(old, now=times.now()) == people.PUBLIC
    actor = sessions.actor_of(browser.cookies["desk_session"], now=times.now())
    assert (actor.name, actor.must_change) == ("admin", False)


def test_choosing_a_password_needs_a_session(browser: TestClient) -> None:
    for done in (browser.get("/new-secret"), browser.post("/new-secret", data={"secret": "x"})):
        assert (done.status_code, done.headers["location"]) == (303, "/sign-in")


def test_what_was_typed_never_becomes_html(browser: TestClient) -> None:
    done = browser.post("/sign-in", data={"name": HOSTILE, "secret": "x"})
    assert done.text.count("<script") == done.text.count('<script src="/leaflet/secret.js?') == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in done.text


def test_pages_run_nothing_and_are_kept_by_nobody(browser: TestClient) -> None:
    headers = browser.get("/sign-in").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "script-src": "'self'",  # shows what is typed
    }


@pytest.fixture
def slip(browser: TestClient) -> str:  # noqa: ARG001 - the database must be there
    """The address of the slip of a booking for tomorrow week, of two people."""
    volunteer, now = person("volunteer", "ボランティア山田"), times.now()
    meeting = scheduled(day=times.today(now) + timedelta(days=8))
    form = booking_form(
        meeting.id,
        party=2,
        residence="town",
        town_id=places.towns()[0].id,
        kana="ヤマダ ハナ",
        reach_note="090-1234-5678",
    )
    booking.book(volunteer, id="the booking's id", form=form, now=now)
    ticket = slips.ticket(volunteer, booking_id="the booking's id", now=now)
    return f"/slip/{ticket}"


def test_a_slip_shows_what_the_resident_needs_and_no_more(browser: TestClient, slip: str) -> None:
    found = store.rows("SELECT code, class_id FROM booking")[0]
    for lang, title in (("ja", "電源の入れ方"), ("en", "Turning it on and using the buttons")):
        page = browser.get(f"{slip}?lang={lang}")
        assert page.status_code == 200
        assert f'<html lang="{lang}">' in page.text
        for needed in (title, "14:00–15:00", "ヤマダ ハナ", found["code"], "岩沼市役所", "めがね"):
            assert needed in page.text
        needless = (
            "090-1234-5678",
            places.towns()[0].name,
            "ボランティア山田",
            "the booking",
            found["class_id"],
        )
        assert [text for text in needless if text in page.text] == []
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)


def test_names_on_a_slip_never_become_html(browser: TestClient, slip: str) -> None:
    with store.transaction() as write:
        write.run("UPDATE venue SET name = :x, address = :x", x=HOSTILE)
        write.run("UPDATE room SET name = :x", x=HOSTILE)
        write.run("UPDATE course SET title = :x, title_en = :x, bring = :x", x=HOSTILE)
        write.run("UPDATE booking SET kana = :x", x=HOSTILE)
    for lang in ("ja", "en"):
        page = browser.get(f"{slip}?lang={lang}").text
        assert "<script" not in page
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 6


@pytest.mark.parametrize("ticket", ["x", "あ", "a.b.c", "%00", "a" * 5000])
def test_a_slip_that_does_not_exist_is_gone(browser: TestClient, ticket: str) -> None:
    page = browser.get(f"/slip/{ticket}?lang=en")
    assert page.status_code == 410
    assert "This slip&#39;s address has expired." in page.text


def test_leaflet_comes_from_here(browser: TestClient) -> None:
    script = browser.get("/leaflet/leaflet.js")
    assert (script.status_code, script.headers["content-type"].split(";")[0]) == (
        200,
        "text/javascript",
    )
    assert b"Leaflet" in script.content[:200]
    for name, kind in (("leaflet.css", "text/css"), ("images/layers.png", "image/png")):
        found = browser.get(f"/leaflet/{name}")
        assert (found.status_code, found.headers["content-type"].split(";")[0]) == (200, kind)
    for image in re.findall(r"url\((images/[^)]+)\)", browser.get("/leaflet/leaflet.css").text):
        assert browser.get(f"/leaflet/{image}").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing.js",
        "images",
        "../__init__.py",
        "..%2F__init__.py",
        "images/../leaflet.js%00",
        "%2Fetc%2Fpasswd",
        "LEAFLET.JS",
    ],
)
def test_there_is_nothing_else_under_leaflet(browser: TestClient, name: str) -> None:
    assert browser.get(f"/leaflet/{name}").status_code == 404


def test_health_names_the_engine_and_trial_or_real(browser: TestClient) -> None:
    # A desk of one machine that has not made its first backup is not well.
    here = store.engine().name == "sqlite"
    assert browser.get("/health").json() == {
        "ok": not here,
        "database": store.engine().version(),
        "trial": False,
        "backup": "none" if here else "elsewhere",
    }


DOCUMENT = '<!DOCTYPE html><html lang="en"><head><title>Streamlit</title></head>é</html>'

OURS = '<!doctype html><html lang="en"><head><title>Sign in</title></head></html>'


@pytest.fixture
def documents() -> TestClient:
    async def whole(request: Request) -> HTMLResponse:
        assert "accept-encoding" not in request.headers
        return HTMLResponse(DOCUMENT)

    async def pieces(_request: Request) -> StreamingResponse:
        return StreamingResponse(iter([DOCUMENT[:20], DOCUMENT[20:]]), media_type="text/html")

    async def data(_request: Request) -> JSONResponse:
        return JSONResponse({"text": DOCUMENT})

    async def ours(_request: Request) -> HTMLResponse:
        return HTMLResponse(OURS)

    routes = [Route("/", whole), Route("/pieces", pieces), Route("/data", data)]
    routes.append(Route("/ours", ours))
    return TestClient(Starlette(routes=routes, middleware=[Middleware(DocumentLanguage)]))


@pytest.mark.parametrize(
    ("query", "lang"),
    [("", "ja"), ("?lang=ja", "ja"), ("?lang=en", "en"), ("?lang=xx", "ja"), ('?lang="><', "ja")],
)
@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_the_document_says_its_language(
    documents: TestClient, path: str, query: str, lang: str
) -> None:
    page = documents.get(f"{path}{query}", headers={"accept": "text/html,*/*"})
    assert page.text == (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>まちかどデスク</title>'
        f"{SCRIPT.decode()}</head>é</html>"
    )
    if "content-length" in page.headers:
        assert int(page.headers["content-length"]) == len(page.content)


def test_a_page_of_ours_is_left_alone(documents: TestClient) -> None:
    """No script is put where the page's own policy forbids it, and no language is changed."""
    page = documents.get("/ours?lang=ja", headers={"accept": "text/html"})
    assert page.text == OURS


def test_what_is_not_a_document_is_left_alone(documents: TestClient) -> None:
    found = documents.get("/data?lang=en", headers={"accept": "application/json"})
    assert found.json() == {"text": DOCUMENT}
