"""The edge piece by piece: names, origins, cookies, bodies, proxies, inner addresses, rates."""

import asyncio
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from desk import people, sessions, store, times
from tests.conftest import PIN, enrolled, person
from tests.server import ROOT
from web import cookies, edge, headers, hosts, pages, proxies, rates

HERE, SECURE = "http://localhost", "https://localhost"
STREAM = "ws://localhost/_stcore/stream"


async def told(request: Request) -> Response:
    """What reached the route: the visitor, the cookies, how much was sent."""
    body = await request.body()
    made = JSONResponse({"cookies": request.cookies, "sent": len(body)})
    made.set_cookie(sessions.COOKIE, "of a session", path="/", httponly=True)
    made.set_cookie("_streamlit_xsrf", "x")
    return made


async def broken(_request: Request) -> Response:
    raise RuntimeError("a secret of the server")


async def unchanged(_request: Request) -> Response:
    return Response(status_code=304)


async def spoken(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("open")
    await socket.close()


def fallback(_request: Request) -> Response:
    return PlainTextResponse("Streamlit")


OURS = [
    Route("/told", told, methods=["GET", "POST"]),
    Route("/broken", broken),
    Route("/unchanged", unchanged),
]
STREAMLIT = [
    WebSocketRoute("/_stcore/stream", spoken),
    Route("/{rest:path}", fallback, methods=["GET", "PUT", "DELETE", "POST", "OPTIONS"]),
]


def client(site: str = HERE, *, peer: str = "192.0.2.7") -> TestClient:
    app = Starlette(
        routes=[*OURS, *STREAMLIT],
        exception_handlers={Exception: edge.broken(OURS)},
        middleware=[Middleware(edge.Edge, routes=OURS), Middleware(rates.Rates)],
    )
    return TestClient(app, base_url=site, client=(peer, 1), raise_server_exceptions=False)


# ---- names


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("localhost:8501", True),
        ("LOCALHOST.", True),
        ("desk.city.example", True),
        ("desk.city.example:443", True),
        ("127.0.0.1:8501", True),
        ("192.168.10.5:8501", True),
        ("[::1]:8501", True),
        ("[fe80::1]", True),
        ("evil.example", False),
        ("desk.city.example.evil.example", False),
        ("evil.example#localhost", False),
        ("evil.example/localhost", False),
        ("localhost@evil.example", False),
        ("localhost:x", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_the_desk_answers_to_its_names_and_to_figures(host: str, known: bool) -> None:
    assert hosts.allowed(host, frozenset({"localhost", "desk.city.example"})) is known


def test_its_names_are_the_machines_and_the_one_in_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Town-Hall")
    monkeypatch.delenv("DESK_ADDRESS", raising=False)
    assert hosts.names() == {"localhost", "town-hall", "town-hall.local"}
    monkeypatch.setenv("DESK_ADDRESS", "https://Desk.City.example/")
    assert hosts.names() == {"localhost", "town-hall", "town-hall.local", "desk.city.example"}


def test_an_unknown_name_gets_a_sentence_and_nothing_else() -> None:
    with client("http://evil.example") as visitor:
        for path in ("/", "/told", "/static/js/x.js", "/_stcore/health"):
            answer = visitor.get(path, headers={"accept-language": "ja"})
            assert answer.status_code == 400, path
            assert "DESK_ADDRESS" in answer.text
            assert "Streamlit" not in answer.text
        refused(visitor, "ws://evil.example/_stcore/stream", {})


def test_two_names_at_once_are_none() -> None:
    with client() as visitor:
        both = [("host", "localhost"), ("host", "evil.example")]
        assert visitor.get("/told", headers=both).status_code == 400


# ---- whose pages


@pytest.mark.parametrize(
    ("origin", "site", "own"),
    [
        (None, HERE, True),
        ("http://localhost", HERE, True),
        ("https://localhost", HERE, True),  # a proxy nobody told us of adds the encryption
        ("https://localhost", SECURE, True),
        ("http://localhost", SECURE, False),  # somebody on the way can be that page
        ("http://localhost:3000", HERE, False),
        ("http://127.0.0.1", HERE, False),
        ("http://localhost.evil.example", HERE, False),
        ("http://evil.example", HERE, False),
        ("null", HERE, False),
        ("file://", HERE, False),
    ],
)
def test_a_websocket_opens_for_our_own_pages(origin: str | None, site: str, own: bool) -> None:
    asked = {"origin": origin} if origin else {}
    with client(site) as visitor:
        if own:
            with visitor.websocket_connect(
                site.replace("http", "ws") + "/_stcore/stream", headers=asked
            ) as socket:
                assert socket.receive_text() == "open"
        else:
            refused(visitor, site.replace("http", "ws") + "/_stcore/stream", asked)
        for method in ("PUT", "DELETE", "POST"):  # files of a screen, and what nobody knows
            answer = visitor.request(method, "/somewhere", headers=asked)
            assert (answer.status_code == 200) is own


def refused(visitor: TestClient, path: str, asked: dict[str, str]) -> None:
    with (
        pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
        visitor.websocket_connect(path, headers=asked),
    ):
        pass


# ---- what is inside stays inside

CLOSED = [
    "/_stcore/metrics",
    "/_stcore/metrics/",
    "/_stcore//metrics",
    "//_stcore/metrics",
    "/%5fstcore/metrics",
    "/_stcore%2fmetrics",
    "/_STCORE/metrics",
    "/_stcore/%6detrics",
    "/_stcore/metrics?families=x",
    "/today/_stcore/metrics",
    "/_stcore\\metrics",
    "/\\_stcore/metrics",
    "/x/../_stcore/metrics",
    "/_stcore/./metrics",
    "/_stcore",
    "/_stcore/script-health-check",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/agent/mcp",
    "/_stcore/bidi-components/x/y.js",
    "/_stcore/message",
    "/_stcore/allowed-message-origins",
    "/_stcore/health/x",
    "/_stcore/healthy",
]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_inner_addresses_nobody_needs_are_closed(path: str, method: str) -> None:
    with client() as visitor:
        answer = visitor.request(method, HERE + path, follow_redirects=False)
        assert (answer.status_code, answer.text) == (404, "")


def test_those_that_are_needed_are_open_for_what_they_are_for() -> None:
    with client() as visitor:
        for path in ("/_stcore/health", "/_stcore/host-config"):
            assert visitor.get(path).status_code == 200
            assert visitor.post(path).status_code == 404
        assert visitor.get("/_stcore/stream").status_code == 404
        refused(visitor, "ws://localhost/_stcore/other", {})
        refused(visitor, "ws://localhost/told", {})


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PROPFIND"])
def test_other_methods_are_refused(method: str) -> None:
    with client() as visitor:
        assert visitor.request(method, "/told").status_code == 405


def test_only_who_signed_in_sends_files_of_a_screen(city: str) -> None:  # noqa: ARG001
    now = times.now()
    people.add(person("admin"), id="1", name="ハナ", role="volunteer", secret=PIN, now=now)
    token = sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=enrolled())
    with client() as visitor:
        for method in ("PUT", "DELETE"):
            path = "/_stcore/upload_file/0f0f-1/2-2"
            assert visitor.request(method, path).status_code == 403
            cookie = {"cookie": f"{sessions.COOKIE}={token}"}
            assert visitor.request(method, path, headers=cookie).status_code == 200
            sessions.lock(token, now=now)
            assert visitor.request(method, path, headers=cookie).status_code == 403
            sessions.prove(token, secret=PIN, now=now)
    assert store.rows("SELECT id FROM session")


def test_what_streamlit_is_told() -> None:
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    wanted = {
        "server": {
            "enableStaticServing": False,
            "enableAgentApi": False,
            "enableCORS": True,
            "corsAllowedOrigins": [],
            "enableXsrfProtection": True,
            "xsrfCookieSameSite": "strict",
            "maxUploadSize": 5,
            "maxMessageSize": 20,
            "maxWidgetStateSize": 2,
        },
        "browser": {"gatherUsageStats": False},
        "client": {"showErrorDetails": "none", "allowedOrigins": []},
    }
    found = {part: {name: told[part].get(name) for name in wanted[part]} for part in wanted}
    assert found == wanted
    assert "scriptHealthCheckEnabled" not in told["server"]  # it runs a screen for whoever asks


# ---- how much, how long


@pytest.mark.parametrize(
    ("size", "status"), [(edge.FORM.most, 200), (edge.FORM.most + 1, 413), (5_000_000, 413)]
)
@pytest.mark.parametrize("told_first", [True, False])
def test_a_form_is_taken_up_to_its_bound(size: int, status: int, told_first: bool) -> None:
    def pieces() -> Any:
        for start in range(0, size, 16_000):
            yield b"x" * min(16_000, size - start)

    with client() as visitor:
        answer = visitor.post("/told", content=b"x" * size if told_first else pieces())
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["sent"] == size


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "９"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    with client() as visitor:
        headers = {"content-length": length.encode()}
        assert visitor.post("/told", content=b"x", headers=headers).status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    with pytest.raises(HTTPException) as caught:
        asyncio.run(edge._Bounded(never, edge.Body(10, within=0))())
    assert caught.value.status_code == 408


def test_after_the_body_one_may_wait_for_the_visitor_to_leave() -> None:
    heard = iter([{"type": "http.request", "body": b"x"}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(heard)

    async def both() -> str:
        bounded = edge._Bounded(receive, edge.Body(10, within=30))
        await bounded()
        bounded.until = 0
        return str((await bounded())["type"])

    assert asyncio.run(both()) == "http.disconnect"


# ---- headers and cookies


def test_an_answer_keeps_what_it_says_and_gets_the_rest() -> None:
    kind = headers.Table(["told"]).of("told")
    made = headers.completed([(b"Cache-Control", b"public, max-age=9")], kind, secure=False)
    assert [value for name, value in made if name.lower() == b"cache-control"] == [
        b"public, max-age=9"
    ]
    assert dict(made)[b"x-content-type-options"] == b"nosniff"
    assert b"strict-transport-security" not in dict(made)


def test_over_https_only_https_is_promised() -> None:
    with client(SECURE) as visitor:
        for path in ("/told", "/broken", "/unchanged", "/today", "/_stcore/metrics"):
            told = visitor.get(path).headers["strict-transport-security"]
            assert told == "max-age=31536000"
    with client() as visitor:
        assert "strict-transport-security" not in visitor.get("/told").headers


def test_what_went_wrong_says_nothing_and_has_its_headers() -> None:
    with client() as visitor:
        answer = visitor.get("/broken")
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")
        assert answer.headers["content-security-policy"] == headers.NOTHING


def test_what_went_wrong_is_told_to_the_server_with_its_trace() -> None:
    """Whose log is the journal: the visitor's answer keeps it from nobody."""
    with client() as visitor:
        visitor._transport.raise_server_exceptions = True
        with pytest.raises(RuntimeError, match="a secret of the server"):
            visitor.get("/broken")


def test_unchanged_leaves_the_policy_a_browser_kept() -> None:
    with client() as visitor:
        assert "content-security-policy" not in visitor.get("/unchanged").headers


def test_over_https_our_cookies_are_of_this_host_alone() -> None:
    with client(SECURE) as visitor:
        answer = visitor.get("/told")
        first, other = answer.headers.get_list("set-cookie")
        assert first.startswith("__Host-desk_session=")
        assert "; Secure" in first
        assert "domain" not in first.lower()
        assert other.startswith("_streamlit_xsrf=x")
        assert "; Secure" in other
        assert visitor.get("/told").json()["cookies"][sessions.COOKIE] == "of a session"


def test_over_https_a_plain_name_is_somebody_elses() -> None:
    cookie = "desk_session=planted; a=1; __Host-desk_device=mine; __Host-desk_tablet=t"
    with client(SECURE) as visitor:
        seen = visitor.get("/told", headers={"cookie": cookie}).json()["cookies"]
        assert seen == {"a": "1", "desk_device": "mine", "__Host-desk_tablet": "t"}


def test_over_http_they_have_their_plain_names() -> None:
    with client() as visitor:
        first = visitor.get("/told").headers.get_list("set-cookie")[0]
        assert first.startswith("desk_session=")
        assert "secure" not in first.lower()


def test_a_cookie_is_never_sealed_twice() -> None:
    made = [(b"set-cookie", b"__Host-desk_tablet=t; Path=/; Secure; HttpOnly")]
    assert cookies.outward(made) == made


# ---- proxies


def test_proxies_are_named_in_every_way_they_may_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PROXIES", "127.0.0.1, 10.1.2.3/8 ::1")
    assert proxies.named() == [
        "127.0.0.1/32",
        "::ffff:127.0.0.1/128",
        "10.0.0.0/8",
        "::ffff:10.0.0.0/104",
        "::1/128",
    ]
    monkeypatch.delenv("DESK_PROXIES")
    assert proxies.named() == []


@pytest.mark.parametrize("wrong", ["nginx", "10.0.0.0/33", "*", "127.0.0.1:80"])
def test_a_proxy_that_is_no_address_stops_the_start(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PROXIES", wrong)
    with pytest.raises(ValueError, match=r"address|network|octet"):
        proxies.named()
    done = subprocess.run(
        [sys.executable, "-c", "import app"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "はじめられません" in done.stderr
    assert "DESK_PROXIES" in done.stderr
    assert "Traceback" not in done.stderr


# ---- how often

WHO = "192.0.2.7"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_pages", {"ja": b"<p>x", "en": b"<p>x"})


def asked(visitor: TestClient, times: int, path: str, method: str = "GET") -> list[int]:
    return [visitor.request(method, path).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/", rates.PAGES),
        ("GET", "/wifi", rates.PAGES),
        ("GET", "/sign-in", rates.PAGES),
        ("POST", "/sign-in", rates.CODES),
        ("POST", "/cancel", rates.CODES),
        ("POST", "/cancel/", rates.CODES),
        ("POST", "//cancel", rates.CODES),
        ("POST", "/wifi/1/report", rates.FORMS),
        ("POST", "/draft", rates.LETTERS),
        ("GET", "/calendar/x.ics", rates.SIGNED),
        ("GET", "/card/x", rates.SIGNED),
        ("GET", "/static/js/x.js", rates.FILES),
        ("PUT", "/_stcore/upload_file/1/2", rates.FORMS),
        ("WEBSOCKET", "/_stcore/stream", rates.SCREENS),
    ],
)
def test_each_kind_of_asking_has_its_rate(method: str, path: str, kind: rates.Rate) -> None:
    assert rates.rate(method, path) == kind


def test_thirty_people_at_one_address_are_not_too_many() -> None:
    """A venue's busy minute: everybody opens the map's page four times, signs in twice with a
    mistake each, and opens a screen four times."""
    with client() as visitor:
        for path, often in (("/wifi", 4), ("/leaflet/map.js", 12), ("/towns.geojson", 8)):
            assert set(asked(visitor, 30 * often, path)) == {200}
        assert set(asked(visitor, 30 * 3, "/sign-in", "POST")) == {200}
        for _ in range(30 * 4):
            with visitor.websocket_connect(STREAM) as socket:
                assert socket.receive_text() == "open"


def test_more_is_told_to_come_later_and_others_are_not_hurt() -> None:
    storage = rates.Few()
    app = Starlette(routes=STREAMLIT, middleware=[Middleware(rates.Rates, storage=storage)])
    with TestClient(app, base_url=HERE, client=(WHO, 1)) as visitor:
        most = rates.CODES.items[0].amount
        assert set(asked(visitor, most, "/sign-in", "POST")) == {200}
        late = visitor.post("/sign-in")
        assert late.status_code == 429
        assert 1 <= int(late.headers["retry-after"]) <= 600
        assert late.headers["content-security-policy"] == pages.POLICY
        assert visitor.get("/wifi").status_code == 200  # of another kind
    with TestClient(app, base_url=HERE, client=("192.0.2.8", 1)) as other:
        assert other.post("/sign-in").status_code == 200


def test_the_page_says_so_in_the_language_asked_for(
    city: str,  # noqa: ARG001 - a page says whether it is a trial
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "_pages", {})
    few = rates.Rate("few", (rates.RateLimitItemPerMinute(1),))
    monkeypatch.setattr(rates, "PAGES", few)
    with client() as visitor:
        assert visitor.get("/told").status_code == 200
        page = visitor.get("/told?lang=en")
        assert page.status_code == 429
        assert "wait a minute" in page.text
        assert '<html lang="en">' in page.text
        assert visitor.get("/told?lang=ja").text != page.text


def test_screens_are_counted_by_the_minute_and_by_the_half_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    minute, half_hour = rates.SCREENS.items
    assert (minute.amount, half_hour.amount) == (120, 600)
    now = [1_800_000_000.0]
    monkeypatch.setattr(rates.time, "time", lambda: now[0])
    opened: list[int] = []
    with client() as visitor:
        for _minute in range(30):
            for _ in range(130):
                try:
                    with visitor.websocket_connect(STREAM):
                        opened.append(_minute)
                except (WebSocketDisconnect, WebSocketDenialResponse):
                    break
            now[0] += 59.99
    assert [opened.count(one) for one in range(30)][:6] == [120, 0, 120, 0, 120, 0]
    assert len(opened) == 600


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_counted(peer: str) -> None:
    most = rates.FORMS.items[0].amount
    with client(peer=peer) as visitor:
        assert set(asked(visitor, most + 5, "/somewhere", "POST")) == {200}
    with client() as visitor:
        assert asked(visitor, most + 1, "/somewhere", "POST")[-1] == 429


def test_what_is_remembered_is_bounded() -> None:
    few = rates.Few(most=100)
    for one in range(1_000):
        few.incr(f"visitor {one}", 60)
    assert len(few) == 100
    assert few.get("visitor 999") == 1
    assert few.get("visitor 0") == 0


def test_a_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(rates.time, "time", lambda: now[0])
    few = rates.Few()
    assert [few.incr("x", 60), few.incr("x", 60)] == [1, 2]
    assert few.get_expiry("x") == now[0] + 60
    now[0] += 60
    assert few.get("x") == 0
    assert few.incr("x", 60) == 1
    few.clear("x")
    assert (few.get("x"), few.incr("y", 1), few.reset(), len(few)) == (0, 1, 1, 0)
