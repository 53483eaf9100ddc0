"""Pages from memory: made once, never old, never another's, never too many."""

import asyncio
import gzip
import inspect
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from desk import feeds, people, store, times
from tests.conftest import NOW, person, scheduled, shared
from tests.server import Server
from web import answers, kept
from web.document import DocumentLanguage
from web.kept import FRESH, OLDEST
from web.routes import ROUTES

HOST = "http://desk.example"
SECURE = "https://desk.example"
PUBLIC = {"cache-control": "public, max-age=60"}
LONG = "あいうえお" * 200
SECOND = timedelta(seconds=1)


class Clock:
    """The time, which tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    kept.forget()
    made = Clock()
    monkeypatch.setattr(times, "now", made)
    yield made
    kept.forget()


class Page:
    """A handler that counts how often it was asked."""

    __name__ = "page"

    def __init__(self, answer: Callable[[Request], Response] | None = None) -> None:
        self.answer, self.made = answer, 0
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.made += 1
        self.asked.append(request)
        if self.answer:
            return self.answer(request)
        return PlainTextResponse(f"{self.made} {LONG}", headers=PUBLIC)


def site(page: Any, *, params: tuple[str, ...] = (), **how: Any) -> TestClient:
    """A site of this one page, at `/page` and `/page/{id}`."""
    endpoint = kept.public(page, params=params)
    routes = [Route("/page", endpoint), Route("/page/{id}", endpoint)]
    return TestClient(Starlette(routes=routes, **how), base_url=HOST)


def number(answer: Any) -> int:
    """The how manieth making an answer comes from."""
    return int(answer.text.split()[0])


# How old


def test_a_page_is_made_once() -> None:
    page = Page()
    with site(page) as client:
        assert [number(client.get("/page")) for _ in range(5)] == [1] * 5
    assert page.made == 1


@pytest.mark.usefixtures("database")
def test_what_was_written_shows_at_once() -> None:
    with site(Page()) as client:
        assert number(client.get("/page")) == 1
        with store.transaction():
            assert number(client.get("/page")) == 1
        assert [number(client.get("/page")) for _ in range(3)] == [2] * 3
        with pytest.raises(ZeroDivisionError), store.transaction():
            raise ZeroDivisionError
        assert number(client.get("/page")) == 2
        store.use(store._chosen)
        assert number(client.get("/page")) == 3


def test_a_page_that_ages_goes_out_while_it_is_made_anew(clock: Clock) -> None:
    again = threading.Event()

    def answer(_request: Request) -> Response:
        if page.made == 2:
            again.wait(10)
        return PlainTextResponse(f"{page.made} x", headers=PUBLIC)

    page = Page(answer)
    with site(page) as client:
        client.get("/page")
        clock.now += FRESH - SECOND
        assert number(client.get("/page")) == 1
        assert page.made == 1
        clock.now += SECOND
        assert [number(client.get("/page")) for _ in range(3)] == [1] * 3
        making = next(iter(kept._making.values()))
        again.set()
        client.portal.call(asyncio.wait, [making])
        assert number(client.get("/page")) == 2
        assert page.made == 2


@pytest.mark.parametrize("later", [OLDEST, timedelta(days=1), -SECOND])
def test_nobody_gets_a_page_that_is_old(clock: Clock, later: timedelta) -> None:
    with site(Page()) as client:
        client.get("/page")
        clock.now += later
        assert [number(client.get("/page")) for _ in range(2)] == [2, 2]


def test_what_never_changes_stays(clock: Clock) -> None:
    cache = {"cache-control": "public, max-age=31536000, immutable"}
    page = Page(lambda _request: PlainTextResponse("x", headers=cache))
    with site(page) as client:
        client.get("/page")
        clock.now += timedelta(days=400)
        store.use(None)
        assert client.get("/page").text == "x"
    assert page.made == 1


def test_what_was_made_can_be_forgotten() -> None:
    with site(Page()) as client:
        client.get("/page")
        kept.forget()
        assert len(kept.memory) == 0
        assert number(client.get("/page")) == 2


# Many at once


async def asked(endpoint: kept.Public, path: str = "/page") -> str:
    """The body of an answer, without a server."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await endpoint({**scope, "scheme": "http", "server": ("desk", 80)}, send, send)
    return sent[1]["body"].decode()


class Slow(Page):
    """A page that is made when it is let."""

    def __init__(self) -> None:
        super().__init__(self._when_let)
        self.begun, self.let = threading.Semaphore(0), threading.Event()

    def _when_let(self, _request: Request) -> Response:
        mine = self.made
        self.begun.release()
        assert self.let.wait(10)
        return PlainTextResponse(f"{mine}", headers=PUBLIC)


def test_many_who_ask_at_once_wait_for_one_making() -> None:
    page = Slow()

    async def all_ask() -> list[str]:
        endpoint = kept.public(page)
        asking = [asyncio.create_task(asked(endpoint)) for _ in range(50)]
        await asyncio.to_thread(page.begun.acquire)
        asking[0].cancel()  # the one who began it leaves
        page.let.set()
        return await asyncio.gather(*asking[1:])

    assert asyncio.run(all_ask()) == ["1"] * 49
    assert page.made == 1


def test_who_asks_after_a_write_waits_for_what_knows_of_it() -> None:
    page = Slow()

    async def two_ask() -> list[str]:
        endpoint = kept.public(page)
        before = asyncio.create_task(asked(endpoint))
        await asyncio.to_thread(page.begun.acquire)
        store.use(None)
        after = asyncio.create_task(asked(endpoint))
        await asyncio.sleep(0)
        page.let.set()
        return [await before, await after, await asked(endpoint)]

    assert asyncio.run(two_ask()) == ["1", "2", "2"]


def test_a_page_under_way_is_not_kept_when_all_was_to_be_forgotten() -> None:
    page = Slow()

    async def ask_and_forget() -> list[str]:
        endpoint = kept.public(page)
        first = asyncio.create_task(asked(endpoint))
        await asyncio.to_thread(page.begun.acquire)
        kept.forget()
        page.let.set()
        return [await first, await asked(endpoint)]

    assert asyncio.run(ask_and_forget()) == ["1", "2"]


def test_a_problem_reaches_all_who_wait_and_is_not_kept() -> None:
    def answer(_request: Request) -> Response:
        if page.made == 1:
            raise ZeroDivisionError
        return PlainTextResponse(f"{page.made}", headers=PUBLIC)

    page = Page(answer)

    async def all_ask() -> list[Any]:
        endpoint = kept.public(page)
        first = await asyncio.gather(*(asked(endpoint) for _ in range(3)), return_exceptions=True)
        return [*first, await asked(endpoint)]

    *problems, good = asyncio.run(all_ask())
    assert [type(one) for one in problems] == [ZeroDivisionError] * 3
    assert good == "2"


# Whose


def echo(request: Request) -> Response:
    """All that an answer may depend on."""
    told = {
        "site": f"{request.url.scheme}://{request.url.netloc}",
        "path": request.url.path,
        "id": request.path_params.get("id"),
        "params": request.query_params.multi_items(),
        "others": sorted(set(request.headers) - {"host"}),
        "cookies": request.cookies,
        "client": request.client,
    }
    return Response(json.dumps(told), media_type="application/json", headers=PUBLIC)


PARAMS = st.lists(
    st.tuples(
        st.sampled_from(["venue", "from", "lang", "utm_source", "v&=;", "Venue"]),
        st.sampled_from(["", "a", "b", "en", "ja", "easy", "a&from=b", "あ", "%00", "\n"]),
    ),
    max_size=4,
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["/page", "/page/a", "/page/b"]), PARAMS, st.sampled_from("ab")),
        max_size=12,
    )
)
@example([("/page", [("venue", "a&from=b")], "a"), ("/page", [("venue", "a"), ("from", "b")], "a")])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_are_never_mixed(visits: list[tuple[str, list[tuple[str, str]], str]]) -> None:
    kept.forget()
    with site(echo, params=("venue", "from")) as client:
        for path, params, host in visits * 2:
            headers = {"host": f"{host}.example", "cookie": "desk_session=x"}
            told = client.get(path, params=params, headers=headers).json()
            lang = dict(params).get("lang")
            known = [pair for pair in params if pair[0] == "venue"]
            known += [pair for pair in params if pair[0] == "from"]
            assert told == {
                "site": f"http://{host}.example",
                "path": path,
                "id": path[6:] or None,
                "params": [["lang", lang if lang in ("en", "easy") else "ja"], *map(list, known)],
                "others": [],
                "cookies": {},
                "client": None,
            }


def test_who_asks_cannot_be_told(clock: Clock) -> None:
    page = Page(echo)
    with site(page) as client:
        seen = set()
        for headers in ({}, {"authorization": "x"}, {"cookie": "desk_session=1"}, {"x-a": "b"}):
            seen.add(client.get("/page", headers=headers).text)
            kept.forget()
    assert len(seen) == 1
    assert page.made == 4
    del clock


def test_what_a_page_does_not_know_fills_no_memory() -> None:
    page = Page()
    with site(page, params=("venue",)) as client:
        for n in range(20):
            client.get(f"/page?n={n}&venue=a&{n}")
            client.get("/page?venue=a&lang=xx")
    assert (page.made, len(kept.memory)) == (1, 1)


def test_the_encrypted_site_has_pages_of_its_own_unless_the_address_is_fixed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with site(echo) as client:
        sites = [
            client.get(f"{site}/page", headers=headers).json()["site"]
            for site, headers in ((HOST, {}), (SECURE, {}), (HOST, {"host": "evil.example"}))
        ]
        assert sites == [HOST, SECURE, "http://evil.example"]
        monkeypatch.setenv("DESK_ADDRESS", "https://wifi.example/")
        kept.forget()
        for headers in ({}, {"host": "evil.example"}):
            assert client.get("/page", headers=headers).json()["site"] == "https://wifi.example"
        assert len(kept.memory) == 1


def gone(_request: Request) -> Response:
    raise HTTPException(404)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda _: PlainTextResponse("x", headers={"cache-control": "private"}), 200),
        (lambda _: PlainTextResponse("x", headers={"cache-control": "no-store"}), 200),
        (lambda _: PlainTextResponse("x"), 200),
        (lambda _: PlainTextResponse("x", 404, headers=PUBLIC), 404),
        (lambda _: PlainTextResponse("x", 500, headers=PUBLIC), 500),
        (gone, 404),
    ],
)
def test_only_what_is_public_and_good_is_kept(
    answer: Callable[[Request], Response], status: int
) -> None:
    page = Page(answer)
    with site(page) as client:
        for _ in range(3):
            found = client.get("/page", headers={"if-none-match": "*"})
            assert found.status_code == status
            assert "etag" not in found.headers
    assert (page.made, len(kept.memory)) == (3, 0)


def test_a_page_that_is_gone_is_gone() -> None:
    page = Page(lambda _: PlainTextResponse("x", 200 if page.made == 1 else 404, headers=PUBLIC))
    with site(page) as client:
        assert client.get("/page").status_code == 200
        store.use(None)
        assert client.get("/page").status_code == 404
        assert len(kept.memory) == 0


def test_a_cookie_or_a_file_is_a_mistake() -> None:
    def cookie(_request: Request) -> Response:
        made = PlainTextResponse("x", headers=PUBLIC)
        made.set_cookie("a", "b")
        return made

    for answer, problem in ((cookie, ValueError), (lambda _: FileResponse(__file__), TypeError)):
        with site(Page(answer)) as client, pytest.raises(problem, match="/page: "):
            client.get("/page")
    assert len(kept.memory) == 0


def test_no_page_of_somebodys_own_is_kept(city: str) -> None:  # noqa: ARG001
    people.add(person("admin"), id="h", name="ハナ", role="volunteer", secret="482915", now=NOW)
    made = scheduled()
    secret = feeds.own_address(people.Actor("h", "ハナ", "volunteer"), now=NOW)
    with TestClient(Starlette(routes=ROUTES), base_url=HOST) as client:
        shared(client)
        assert client.post("/sign-in", data={"name": "ハナ", "secret": "482915"}).history
        for path in ("/my-calendar", f"/calendar/{secret}.ics", "/new-secret", "/cancel"):
            assert client.get(path).status_code == 200
        assert len(kept.memory) == 0
        own = [client.get(path).content for path in ("/classes", f"/classes/{made.id}")]
        assert len(kept.memory) == 2
    with TestClient(Starlette(routes=ROUTES), base_url=HOST) as client:
        others = [client.get(path).content for path in ("/classes", f"/classes/{made.id}")]
    assert own == others


# How it goes out


@pytest.mark.parametrize(
    ("accepted", "gzipped"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
    ],
)
def test_a_page_is_gzipped_for_whoever_takes_it(accepted: str, gzipped: bool) -> None:
    with site(Page()) as client:
        found, raw = wire(client, accepted)
    assert found.headers.get("content-encoding") == ("gzip" if gzipped else None)
    assert (gzip.decompress(raw) if gzipped else raw).decode() == f"1 {LONG}"
    assert found.headers["content-length"] == str(len(raw))
    assert found.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_nobody_behind_us_gzips_it_again(accepted: str) -> None:
    with site(Page(), middleware=[Middleware(GZipMiddleware, minimum_size=1)]) as client:
        found, raw = wire(client, accepted)
    assert (gzip.decompress(raw) if accepted == "gzip" else raw).decode() == f"1 {LONG}"
    assert found.headers["content-length"] == str(len(raw))


def wire(client: TestClient, accepted: str) -> tuple[Any, bytes]:
    """An answer and its bytes as they travel."""
    with client.stream("GET", "/page", headers={"accept-encoding": accepted}) as found:
        return found, b"".join(found.iter_raw())


def test_what_gets_no_smaller_stays_plain() -> None:
    with site(Page(lambda _: Response(bytes(range(256)), headers=PUBLIC))) as client:
        found = client.get("/page")
    assert "content-encoding" not in found.headers
    assert found.content == bytes(range(256))


def test_a_look_ahead_says_the_same_without_the_page() -> None:
    with site(Page()) as client:
        for encoding in ("gzip", "identity"):
            headers = {"accept-encoding": encoding}
            head, full = client.head("/page", headers=headers), client.get("/page", headers=headers)
            assert (head.status_code, head.content) == (200, b"")
            assert dict(head.headers) == dict(full.headers)


def test_whoever_has_the_page_gets_it_once() -> None:
    dated = {**PUBLIC, "last-modified": "Tue, 24 Nov 2026 01:00:00 GMT", "x-other": "y"}
    page = Page(lambda _: PlainTextResponse(f"{page.made} {LONG}", headers=dated))
    with site(page) as client:
        first = client.get("/page")
        etag = first.headers["etag"]
        assert etag.startswith('W/"')
        has = [{"if-none-match": one} for one in (etag, etag[2:], f'"a", {etag}', "*")]
        for headers in (*has, {"if-modified-since": dated["last-modified"]}):
            for encoding in ("gzip", "identity"):
                again = client.get("/page", headers={**headers, "accept-encoding": encoding})
                assert (again.status_code, again.content) == (304, b"")
                assert dict(again.headers) == {
                    name: first.headers[name]
                    for name in ("etag", "cache-control", "vary", "last-modified")
                }
        for headers in (
            {"if-none-match": '"other"'},
            {"if-none-match": '"other"', "if-modified-since": dated["last-modified"]},
            {"if-modified-since": "Mon, 23 Nov 2026 01:00:00 GMT"},
        ):
            assert client.get("/page", headers=headers).status_code == 200
        store.use(None)
        assert client.get("/page", headers=has[0]).status_code == 200


def test_a_mark_of_the_handlers_own_is_respected() -> None:
    marked = {**PUBLIC, "etag": '"mine"'}
    page = Page(lambda _: PlainTextResponse(f"{page.made}", headers=marked))
    with site(page) as client:
        assert client.get("/page").headers["etag"] == 'W/"mine"'
        store.use(None)
        assert client.get("/page", headers={"if-none-match": 'W/"mine"'}).status_code == 304


def test_nothing_can_be_sent_to_a_kept_page() -> None:
    page = Page()
    with site(page) as client:
        assert client.post("/page").status_code == 405
    assert page.made == 0


def test_kept_pages_go_out_before_anything_else_looks() -> None:
    """The rewriting of Streamlit's document asks for it without gzip; ours it must not touch."""

    def own(request: Request) -> Response:
        return PlainTextResponse(f"{request.method} {request.headers.get('accept-encoding')}")

    routes = [
        Route("/page/own", own),
        Route("/page/{id}", kept.public(Page()), methods=["GET"]),
        Route("/page/{id}", own, methods=["POST"]),
    ]
    first = [Middleware(kept.First, routes=routes), Middleware(DocumentLanguage)]
    with TestClient(Starlette(routes=routes, middleware=first)) as client:
        client.headers["accept"] = "text/html"
        assert client.get("/page/a").headers["content-encoding"] == "gzip"
        assert client.get("/page/own").text == "GET None"
        assert client.post("/page/a").text.startswith("POST gzip")
        assert client.get("/elsewhere").status_code == 404


@pytest.mark.server
def test_the_server_sends_a_browser_the_kept_page(desk_server: Server) -> None:
    headers = {"Accept": "text/html,*/*", "Accept-Encoding": "gzip, deflate, br, zstd"}
    asking = urllib.request.Request(f"{desk_server.address}/classes?lang=en", headers=headers)
    with urllib.request.urlopen(asking) as found:
        page = gzip.decompress(found.read()).decode()
        assert found.headers["etag"].startswith('W/"')
        assert found.headers["vary"] == "Accept-Encoding"
    assert '<html lang="en">' in page
    with urllib.request.urlopen(f"{desk_server.address}/classes?lang=en&x=1") as plain:
        assert plain.read().decode() == page
        assert plain.headers["etag"] == found.headers["etag"]


def test_every_page_that_may_be_kept_is() -> None:
    handlers = [
        route.endpoint
        for route in ROUTES
        if not isinstance(route.endpoint, kept.Public) and route.endpoint.__module__ != "web.feeds"
    ]
    sources = {handler.__name__: inspect.getsource(handler) for handler in handlers}
    assert len(sources) > 5
    assert [name for name, source in sources.items() if "pages.ke" in source] == []


def test_the_server_reads_requests_in_c() -> None:
    chosen = uvicorn.Config(Starlette())
    chosen.load()
    assert chosen.http_protocol_class.__name__ == "HttpToolsProtocol"
    assert getattr(chosen.get_loop_factory(), "__module__", "") == "uvloop"


# How much


def made(body: bytes) -> kept.Kept:
    return kept.Kept(answers.ready(PlainTextResponse(body, headers=PUBLIC), path="/"), 0, NOW)


def test_what_was_asked_for_last_is_kept() -> None:
    memory = kept.Memory(3, 1_000_000)
    for name in "abc":
        memory.put(("", name, ""), made(name.encode()))
    memory.get(("", "a", ""))
    memory.put(("", "d", ""), made(b"d"))
    there = {name for name in "abcd" if memory.get(("", name, ""))}
    assert there == {"a", "c", "d"}
    assert len(memory) == 3


def test_memory_has_a_bound_of_bytes() -> None:
    memory = kept.Memory(1000, 10_000)
    for n in range(100):
        memory.put(("", str(n), "x" * 100), made(bytes([n]) * 900))
        assert memory.bytes <= 10_000
    assert 5 < len(memory) < 12
    memory.put(("", "99", "x" * 100), made(b""))
    large = ("", "large", "")
    memory.put(large, made(bytes(range(256)) * 50))
    assert memory.get(large) is None
    assert memory.get(("", "98", "x" * 100))
    for n in range(100):
        memory.drop(("", str(n), "x" * 100))
    assert (len(memory), memory.bytes) == (0, 0)


def test_who_comes_too_fast_waits_for_a_turn() -> None:
    pace = kept.Pace(100)
    assert [pace.wait(5.0) for _ in range(4)] == pytest.approx([0, 0.01, 0.02, 0.03])
    assert pace.wait(5.02) == pytest.approx(0.02)
    # A quiet minute buys nobody a crowd.
    assert [pace.wait(65.0) for _ in range(2)] == pytest.approx([0, 0.01])
