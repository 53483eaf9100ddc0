"""The edge of the real server: every route and Streamlit's own, websockets, proxies."""

import http.client
import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import streamlit
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.conftest import prepare
from tests.server import Server, running
from web import headers, pages, rates, wifi
from web.routes import ROUTES

pytestmark = pytest.mark.server

GOLDEN = Path(__file__).parent / "golden" / "headers.txt"
STATIC = Path(streamlit.__file__).with_name("static")
# What the golden file calls a value; what is not here stands there as it is.
WORDS = {
    "content-security-policy": {
        headers.NOTHING: "nothing",
        headers.SCREEN: "screen",
        headers.COMPONENT: "map-frame",
        pages.POLICY: "page",
        pages.SCRIPTED: "page+script",
        wifi.POLICY.format(tiles=""): "page+map",
        "default-src 'none'; sandbox": "sandbox",
    },
    "cache-control": {},
    "referrer-policy": {},
    "permissions-policy": {
        headers.permissions(): "none",
        headers.permissions("camera"): "camera",
        headers.permissions("geolocation"): "geolocation",
    },
    "cross-origin-resource-policy": {},
    "x-frame-options": {},
}
ALWAYS = {"x-content-type-options": "nosniff", "cross-origin-opener-policy": "same-origin"}
STREAMLITS = (
    "/",
    "/today",
    "/nothing/like/this",
    "/favicon.png",
    "/static/js/" + next((STATIC / "static" / "js").glob("index.*.js")).name,
    "/static/none.js",
    "/media/none.png",
    "/component/streamlit_folium.st_folium/index.html",
    "/component/none/index.html",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "//evil.example/x",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edge")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    prepare(str(home / "desk.sqlite3"))
    with running(str(home / "desk.sqlite3"), home / "log") as server:
        yield server


def ask(
    server: Server, path: str, method: str = "GET", body: bytes | None = None, **asked: str
) -> http.client.HTTPResponse:
    """One request, its path as it is."""
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=30)
    named = {name.replace("_", "-"): value for name, value in asked.items()}
    connection.request(method, path, body=body, headers={"Accept": "text/html", **named})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def line(server: Server, path: str, method: str) -> str:
    """A row of the golden file."""
    answer = ask(server, path, method)
    for name, value in ALWAYS.items():
        assert answer.getheader(name) == value, (path, name)
    assert re.fullmatch(r"[a-z]+", answer.getheader("server") or "")  # no versions
    told = [answer.getheader(name) or "-" for name in WORDS]
    words = [said.get(one, one) for said, one in zip(WORDS.values(), told, strict=True)]
    shown = re.sub(r"index\.\w+\.js", "index.HASH.js", path)
    return " | ".join([f"{method} {shown}", str(answer.status), *words])


def test_every_route_says_what_the_table_says(server: Server) -> None:
    lines = ["route | status | " + " | ".join(WORDS)]
    for route in ROUTES:
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            lines.append(line(server, re.sub(r"\{\w+(:path)?\}", "x", route.path), method))
    lines.extend(line(server, path, "GET") for path in STREAMLITS)
    found = "\n".join(lines) + "\n"
    if not GOLDEN.exists():
        GOLDEN.write_text(found, "utf-8")
        pytest.fail("written anew: read it before it is taken in")
    assert found == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize(
    ("origin", "host", "opens"),
    [
        ("{own}", "", True),
        ("", "", True),  # no browser: nobody's cookie but its own
        ("http://evil.example", "", False),
        ("http://localhost:3000", "", False),  # Streamlit alone would let it in
        ("http://127.0.0.1", "", False),
        ("null", "", False),
        ("http://evil.example", "evil.example", False),
        ("", "evil.example", False),
    ],
)
def test_a_websocket_opens_for_our_pages_at_our_address(
    server: Server, origin: str, host: str, opens: bool
) -> None:
    where = urlsplit(server.address)
    line = socket.create_connection((where.hostname, where.port))
    address = f"ws://{host or where.netloc}/_stcore/stream"
    asked = {"Origin": origin.format(own=server.address)} if origin else {}
    if opens:
        with connect(address, sock=line, additional_headers=asked) as spoken:
            assert spoken.response is not None
            assert spoken.response.headers["X-Content-Type-Options"] == "nosniff"
        return
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address, sock=line, additional_headers=asked),
    ):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "//_stcore/metrics",
        "/_stcore//metrics",
        "/%5fstcore%2Fmetrics",
        "/today/../_stcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/agent/interact",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_inner_addresses_are_closed_however_they_are_written(
    server: Server, path: str, method: str
) -> None:
    assert ask(server, path, method).status == 404


def test_nobody_elses_page_may_steer_a_screen(server: Server) -> None:
    with urllib.request.urlopen(f"{server.address}/_stcore/host-config", timeout=30) as answer:
        told = json.load(answer)
    assert told["allowedOrigins"] == []
    assert not told["useExternalAuthToken"]
    assert not told["enableCustomParentMessages"]


def test_a_stranger_sends_no_file(server: Server) -> None:
    path = "/_stcore/upload_file/00000000-0000-0000-0000-000000000000/1"
    assert ask(server, path, "PUT", b"x" * 100).status == 403
    assert ask(server, path, "DELETE").status == 403


def test_a_form_that_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    assert ask(server, "/cancel", "POST", b"x" * 70_000).status == 413


MOST = rates.FORMS.items[0].amount


def test_what_a_visitor_says_of_themselves_changes_nothing(server: Server, home: Path) -> None:
    spoofed = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https"}
    answers = [ask(server, "/sign-in", "POST", b"", **spoofed) for _ in range(MOST + 2)]
    assert {answer.status for answer in answers} == {401}
    assert answers[0].getheader("Strict-Transport-Security") is None
    assert (home / "log").read_text("utf-8").count("name it in DESK_PROXIES") == 1  # said once


def test_what_a_named_proxy_says_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PROXIES", "127.0.0.1")
    monkeypatch.setenv("DESK_ADDRESS", "https://desk.city.example")
    with running(str(tmp_path / "desk.sqlite3"), tmp_path / "log") as server:
        said = {"X_Forwarded_Proto": "https", "Host": "desk.city.example"}
        one = {**said, "X_Forwarded_For": "203.0.113.9"}
        answers = [ask(server, "/", "POST", b"", **one).status for _ in range(MOST + 1)]
        assert answers[-1] == 429
        assert 429 not in answers[:-1]
        # A visitor's own words stand before what the proxy adds.
        for spoofed in ("1.2.3.4, 203.0.113.9", "127.0.0.1, 203.0.113.9"):
            late = ask(server, "/", "POST", b"", **{**said, "X_Forwarded_For": spoofed})
            assert late.status == 429
            assert int(late.getheader("Retry-After") or "") <= 60
        other = ask(server, "/today", **{**said, "X_Forwarded_For": "203.0.113.10"})
        assert other.status == 200
        assert other.getheader("Strict-Transport-Security") == "max-age=31536000"
