"""The edge: what comes in before anybody looks at it, and what goes out after everybody has.

`Edge` stands outside all other middleware. It answers under the desk's own names only, keeps the
inner addresses of Streamlit closed that nobody here needs, lets no other site's page open a
websocket or send a file, bounds what a request may send and how long it may take, and gives every
answer the headers of its kind (`web.headers`).
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk import language
from desk.refusals import Refused
from web import cookies, headers, hosts, pages

METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Body:
    """How large a request may be, and how long it may take to come, in bytes and seconds."""

    most: int
    within: float


FORM = Body(64_000, 30.0)
# A list of 5 MB, and what is wrapped around it, over a line of 200 kbit/s.
FILE = Body(5 * 1024 * 1024 + 64_000, 240.0)


@dataclass(frozen=True)
class Inner:
    """An address of Streamlit's that is needed: with which methods, how much it takes, and
    whether only for those who signed in."""

    path: re.Pattern[str]
    methods: frozenset[str]
    body: Body = FORM
    signed_in: bool = False


WEBSOCKET = "WEBSOCKET"
# What is not here is closed, however it is written: figures for machines (metrics), the agent API,
# the check that runs a screen for whoever asks.
INNER = (
    Inner(re.compile(r"/_stcore/health"), frozenset({"GET", "HEAD"})),
    Inner(re.compile(r"/_stcore/host-config"), frozenset({"GET", "HEAD"})),
    Inner(re.compile(r"/_stcore/stream"), frozenset({WEBSOCKET})),
    Inner(
        re.compile(r"/_stcore/upload_file/[\w-]+/[\w-]+"),
        frozenset({"PUT", "DELETE"}),
        body=FILE,
        signed_in=True,
    ),
)
_INSIDE = re.compile(r"(?:^|[/\\])_stcore(?:$|[/\\])", re.IGNORECASE)


def inner(method: str, path: str) -> Inner | None:
    """What is known of an inner address asked for in this way, if it is open."""
    if not path.startswith("/_stcore/"):  # nearly all; this stands before every answer
        return None
    return next((one for one in INNER if method in one.methods and one.path.fullmatch(path)), None)


class Edge:
    """The outermost middleware; `routes` are our own plain addresses."""

    def __init__(self, app: ASGIApp, routes: Iterable[Route]) -> None:
        self.app = app
        own = {headers.first(route.path) for route in routes}
        self.own, self.table, self.names = own, headers.Table(own), hosts.names()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        secure = scope["scheme"] in ("https", "wss")
        if secure:
            scope = {**scope, "headers": cookies.inward(scope["headers"])}
        method, path = scope.get("method", WEBSOCKET), scope["path"]
        part, known = headers.first(path), inner(method, path)
        ours = part in self.own
        out = _Out(send, self.table.of(part), ours=ours, secure=secure)
        status = self._stranger(scope, path, known)
        if status is None and method not in SAFE:
            status = _unsafe(scope, method, known, ours=ours, secure=secure)
        if status is None and known and known.signed_in:
            who = await run_in_threadpool(pages.actor, Request(scope))
            status = None if who.role != "public" and who.ready else 403
        if status is not None:
            await _no(status, scope, receive, out)
            return
        if scope["type"] == "http" and method not in SAFE:
            receive = _Bounded(receive, known.body if known else FORM)
        await self.app(scope, receive, out)

    def _stranger(self, scope: Scope, path: str, known: Inner | None) -> int | None:
        """The status for what asks by another name, or for what is closed; or None."""
        named = [value for name, value in scope["headers"] if name == b"host"]
        if len(named) != 1 or not hosts.allowed(named[0].decode("latin-1"), self.names):
            return 400
        if not known and (scope["type"] == "websocket" or _inside(path)):
            return 404
        return None


def _inside(path: str) -> bool:
    return "_stcore" in path.lower() and bool(_INSIDE.search(path))


def _unsafe(
    scope: Scope, method: str, known: Inner | None, *, ours: bool, secure: bool
) -> int | None:
    """The status for what may change something and may not be asked so; or None."""
    asked = HTTPConnection(scope).headers
    if method not in METHODS and method != WEBSOCKET:
        return 405
    # Our own forms look themselves, and answer with a page.
    if not ours and not hosts.own(asked.get("origin"), asked.get("host", ""), secure=secure):
        return 403
    most = (known.body if known else FORM).most
    length = asked.get("content-length", "0")
    return 413 if not length.isdecimal() or int(length) > most else None


class _Out:
    """Sends an answer with the headers of its kind, and cookies as they are called outside."""

    def __init__(self, send: Send, kind: headers.Headers, *, ours: bool, secure: bool) -> None:
        self.send, self.kind, self.ours, self.secure = send, kind, ours, secure

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.accept"):
            # What says a page of ours is unchanged must not change what the browser keeps of it.
            kind = [] if self.ours and message.get("status") == 304 else self.kind
            made = headers.completed(message.get("headers", []), kind, secure=self.secure)
            message = {**message, "headers": cookies.outward(made) if self.secure else made}
        await self.send(message)


class _Bounded:
    """Hears a request's body as far as it may go."""

    def __init__(self, receive: Receive, body: Body) -> None:
        self.receive, self.body = receive, body
        self.heard, self.until, self.whole = 0, time.monotonic() + body.within, False

    async def __call__(self) -> Message:
        if self.whole:
            return await self.receive()
        try:
            async with asyncio.timeout(max(0.0, self.until - time.monotonic())):
                message = await self.receive()
        except TimeoutError:
            raise HTTPException(408) from None
        self.heard += len(message.get("body", b""))
        if self.heard > self.body.most:
            raise HTTPException(413)
        self.whole = not message.get("more_body", False)
        return message


# What a person may see of it; the others are for machines.
SAID = {400: Refused("address_not_ours"), 413: Refused("too_large")}


async def _no(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is open: 403
        return
    refusal = SAID.get(status)
    text = language.say(refusal, pages.lang(Request(scope))) if refusal else ""
    # What was sent with it is not read: the connection ends with the answer.
    answer = PlainTextResponse(text, status, {"Connection": "close"})
    await answer(scope, receive, send)


def broken(routes: Iterable[Route]) -> Callable[[Request, Exception], Response]:
    """An answer for what went wrong in the server: it goes out past every middleware, so it gets
    its headers here, and it says nothing of what happened."""
    table = headers.Table({headers.first(route.path) for route in routes})

    def answer(request: Request, _error: Exception) -> Response:
        made = PlainTextResponse("Internal Server Error", 500)
        kind = table.of(headers.first(request.url.path))
        made.raw_headers = headers.completed(
            made.raw_headers, kind, secure=request.url.scheme == "https"
        )
        return made

    return answer
