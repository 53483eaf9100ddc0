"""Public pages from memory: whoever asks, a page is made once and is seconds old at most.

`public` wraps a handler of `web/`. The handler sees an anonymous request: address, the parameters
it knows, language and our own site, nothing of who asks. It says by `Cache-Control: public` that
its answer may be kept; only answers of status 200 are. A kept answer goes out without thread,
database or template, gzipped or not as it was made, with an ETag.

How old an answer may be: it is made anew after the next write of this process, and when other
processes may have written or the clock gone on, `OLDEST`. From `FRESH` on it is made anew while
everybody still gets the one there is. Never is the same answer made twice at once. What says
`immutable` stays.
"""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from desk import language, times, writes
from web import pages

FRESH, OLDEST = timedelta(seconds=3), timedelta(seconds=5)
MOST, MOST_BYTES = 2_000, 64_000_000
WORTH_IT = 0.9  # a gzipped body larger than this part of the plain one is not kept

Handler = Callable[[Request], Response]
Headers = list[tuple[bytes, bytes]]
Key = tuple[str, str, str]  # our own site, path, parameters


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out, ready made. `write` and `at` are of when the making began."""

    status: int
    plain: tuple[Headers, bytes]
    gzipped: tuple[Headers, bytes] | None
    unchanged: Headers
    etag: str
    modified: bytes
    stays: bool
    keep: bool
    write: int
    at: datetime

    @property
    def size(self) -> int:
        return len(self.plain[1]) + (len(self.gzipped[1]) if self.gzipped else 0)


class Memory:
    """The answers asked for last, within bounds of number and bytes. For one thread, the loop's."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes, self.bytes = most, most_bytes, 0
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Key) -> Answer | None:
        """The answer kept, which is the youngest now."""
        found = self._answers.get(key)
        if found:
            self._answers.move_to_end(key)
        return found

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer and let go of those not asked for longest; one too large is not kept."""
        self.drop(key)
        if _size(key, answer) > self.most_bytes:
            return
        self._answers[key] = answer
        self.bytes += _size(key, answer)
        while len(self._answers) > self.most or self.bytes > self.most_bytes:
            self.drop(next(iter(self._answers)))

    def drop(self, key: Key) -> None:
        """Let go of an answer, if it is there."""
        if gone := self._answers.pop(key, None):
            self.bytes -= _size(key, gone)

    def clear(self) -> None:
        self._answers.clear()
        self.bytes = 0


def _size(key: Key, answer: Answer) -> int:
    return answer.size + sum(map(len, key))


memory = Memory(MOST, MOST_BYTES)
_making: dict[Key, asyncio.Task[Answer]] = {}


def forget() -> None:
    """Keep nothing of what was made until now."""
    memory.clear()
    _making.clear()


def public(handler: Handler, *, params: Sequence[str] = ()) -> "Public":
    """A route's endpoint: `handler`, kept. `params` are the parameters it knows beside `lang`.

    A handler whose answer is not whole in memory (a file, a stream), or sets a cookie, is a
    mistake, told by a TypeError or ValueError when it answers.
    """
    return Public(handler, params)


class Public:
    """An ASGI application that answers GET and HEAD for one handler."""

    def __init__(self, handler: Handler, params: Sequence[str]) -> None:
        self.handler = handler
        self.params = {name: at for at, name in enumerate(("lang", *params))}
        self.__name__ = handler.__name__

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            refused = PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
            await refused(scope, receive, send)
            return
        key = pages.site(Request(scope)), scope["path"], self._query(scope["query_string"])
        answer, written, now = memory.get(key), writes.count(), times.now()
        if answer is None or not (answer.stays or _holds(answer, written, now)):
            answer = await self._made(key, scope, written)
        elif not answer.stays and now - answer.at >= FRESH:
            self._make(key, scope)
        await _send(answer, scope, send)

    def _query(self, raw: bytes) -> str:
        """The parameters the handler knows, always in the same order, with the language."""
        asked = parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else []
        lang = language.choose(dict(asked).get("lang"), public=True)
        known = [pair for pair in asked if pair[0] in self.params and pair[0] != "lang"]
        known.sort(key=lambda pair: self.params[pair[0]])
        return urlencode([("lang", lang), *known])

    async def _made(self, key: Key, scope: Scope, written: int) -> Answer:
        """An answer that knows of all that was written when it was asked for."""
        while True:
            # One who leaves does not take the answer away from the others.
            answer = await asyncio.shield(self._make(key, scope))
            if answer.write >= written:
                return answer

    def _make(self, key: Key, scope: Scope) -> asyncio.Task[Answer]:
        """The making of an answer, begun unless it is under way."""
        making = _making.get(key)
        if making is None or making.get_loop() is not asyncio.get_running_loop():
            making = _making[key] = asyncio.create_task(self._making(key, scope))
        return making

    async def _making(self, key: Key, scope: Scope) -> Answer:
        try:
            answer = await run_in_threadpool(_answer, self.handler, _anonymous(key, scope))
            if _making.get(key) is asyncio.current_task():  # else it was to be forgotten
                memory.put(key, answer) if answer.keep else memory.drop(key)
            return answer
        finally:
            if _making.get(key) is asyncio.current_task():
                del _making[key]


class First:
    """Middleware that answers kept pages before anything else looks at the request."""

    def __init__(self, app: ASGIApp, routes: Sequence[Route]) -> None:
        self.app, self.routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self.routes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    if isinstance(route.endpoint, Public):
                        await route.endpoint({**scope, **found}, receive, send)
                        return
                    break
        await self.app(scope, receive, send)


def _holds(answer: Answer, written: int, now: datetime) -> bool:
    return answer.write >= written and timedelta(0) <= now - answer.at < OLDEST


def _anonymous(key: Key, scope: Scope) -> Request:
    """The request as far as the answer may depend on it: that is, on its key."""
    site, path, query = key
    where = urlsplit(site)
    return Request(
        {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": where.scheme,
            "root_path": "",
            "path": path,
            "path_params": scope.get("path_params", {}),
            "query_string": query.encode("latin-1"),
            "headers": [(b"host", where.netloc.encode("latin-1"))],
        }
    )


def _answer(handler: Handler, request: Request) -> Answer:
    """Ask the handler, and make ready what goes out."""
    written, now = writes.count(), times.now()
    try:
        made = handler(request)
    except HTTPException as refused:
        made = PlainTextResponse(refused.detail, refused.status_code, refused.headers)
    body = getattr(made, "body", None)
    if body is None:
        raise TypeError(f"{request.url.path}: only what is whole in memory can be kept")
    if "set-cookie" in made.headers:
        raise ValueError(f"{request.url.path}: a page that sets a cookie is not for everybody")
    body, cache = bytes(body), made.headers.get("cache-control", "")
    keep = made.status_code == 200 and cache.startswith("public")
    if keep:
        etag = made.headers.get("etag", f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        # Weak, for plain and gzipped are two bodies of one page.
        made.headers["etag"] = f"W/{etag.removeprefix('W/')}"
    made.headers["vary"] = "Accept-Encoding"
    names = ("etag", "cache-control", "vary", "last-modified")
    return Answer(
        status=made.status_code,
        plain=(_headers(made, body), body),
        gzipped=_gzipped(made, body),
        unchanged=[pair for pair in made.raw_headers if pair[0].decode() in names],
        etag=made.headers.get("etag", ""),
        modified=made.headers.get("last-modified", "").encode("latin-1"),
        stays=keep and "immutable" in cache,
        keep=keep,
        write=written,
        at=now,
    )


def _gzipped(made: Response, body: bytes) -> tuple[Headers, bytes] | None:
    small = gzip.compress(body, 6, mtime=0)
    if len(small) > WORTH_IT * len(body):
        return None
    return [*_headers(made, small), (b"content-encoding", b"gzip")], small


def _headers(made: Response, body: bytes) -> Headers:
    others = [pair for pair in made.raw_headers if pair[0] != b"content-length"]
    return [*others, (b"content-length", str(len(body)).encode())]


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    asked = dict(scope["headers"])
    status, (headers, body) = answer.status, answer.plain
    if answer.keep and _has(answer, asked):
        status, headers, body = 304, answer.unchanged, b""
    elif answer.gzipped and takes_gzip(asked.get(b"accept-encoding", b"")):
        headers, body = answer.gzipped
    # A copy: what stands between us and the visitor may add to it.
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _has(answer: Answer, asked: dict[bytes, bytes]) -> bool:
    """True when the visitor has this answer already."""
    if (etags := asked.get(b"if-none-match")) is not None:
        return pages.among(etags.decode("latin-1"), answer.etag)
    return bool(answer.modified) and asked.get(b"if-modified-since") == answer.modified


@lru_cache(maxsize=256)
def takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    weights = {}
    for one in accepted.decode("latin-1").lower().replace(" ", "").split(","):
        name, _semicolon, weight = one.partition(";q=")
        weights[name] = weight.strip("0.") != "" if weight else True
    return weights.get("gzip", weights.get("*", False))
