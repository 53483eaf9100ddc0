"""Public pages from memory: whoever asks, a page is made once and is seconds old at most.

`public` wraps a handler of `web/`. The handler sees an anonymous request: address, the parameters
it knows, language and our own site, nothing of who asks. It says by `Cache-Control: public` that
its answer may be kept; only answers of status 200 are. A kept answer goes out without thread,
database or template.

How old an answer may be: it is made anew after the next write of this process, and as other
processes may have written and the clock goes on, after `OLDEST`. From `FRESH` on it is made anew
while everybody still gets the one there is. Never is the same answer made twice at once. What says
`immutable` stays.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from desk import language, times, writes
from web import answers, pages
from web.answers import Answer

FRESH, OLDEST = timedelta(seconds=3), timedelta(seconds=5)
MOST, MOST_BYTES = 2_000, 64_000_000
# Answers a second; about half of what a core can do, so that the screens keep the other half of
# the process: with 200 clients and no pace a tap took twice as long.
PACE = 6_000
BREATH = 0.002  # seconds: a wait shorter than this is not worth a timer

Handler = Callable[[Request], Response]
Key = tuple[str, str, str]  # our own site, path, parameters


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer; how many writes there had been, and what time it was, when its making began."""

    answer: Answer
    written: int
    at: datetime

    def holds(self, written: int, now: datetime) -> bool:
        """True while it may go out."""
        in_time = timedelta(0) <= now - self.at < OLDEST
        return self.answer.stays or (in_time and self.written >= written)

    def ages(self, now: datetime) -> bool:
        """True when it is time to make another."""
        return not self.answer.stays and now - self.at >= FRESH


class Memory:
    """The answers asked for last, within bounds of number and bytes. For one thread, the loop's."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes, self.bytes = most, most_bytes, 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """What is kept, which is the youngest now."""
        found = self._kept.get(key)
        if found:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Key, made: Kept) -> None:
        """Keep an answer and let go of those not asked for longest; one too large is not kept."""
        self.drop(key)
        if _size(key, made) > self.most_bytes:
            return
        self._kept[key] = made
        self.bytes += _size(key, made)
        while len(self._kept) > self.most or self.bytes > self.most_bytes:
            self.drop(next(iter(self._kept)))

    def drop(self, key: Key) -> None:
        """Let go of an answer, if it is there."""
        if gone := self._kept.pop(key, None):
            self.bytes -= _size(key, gone)

    def clear(self) -> None:
        """Let go of all."""
        self._kept.clear()
        self.bytes = 0


def _size(key: Key, made: Kept) -> int:
    return made.answer.size + sum(map(len, key))


memory = Memory(MOST, MOST_BYTES)
_making: dict[Key, asyncio.Task[Kept]] = {}


def forget() -> None:
    """Keep nothing of what was made until now."""
    memory.clear()
    _making.clear()


def public(handler: Handler, *, params: Sequence[str] = ()) -> "Public":
    """A route's endpoint: `handler`, kept. `params` are the parameters it knows beside `lang`.

    A handler whose answer is a file or a stream, or sets a cookie, is a mistake: the visit ends
    with the TypeError or ValueError of `answers.ready`.
    """
    return Public(handler, params)


class Public:
    """An ASGI application that answers GET and HEAD for one handler."""

    def __init__(self, handler: Handler, params: Sequence[str]) -> None:
        self.handler = handler
        self.params = {name: at for at, name in enumerate(params)}
        self.__name__ = handler.__name__

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            refused = PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
            await refused(scope, receive, send)
            return
        key = pages.site(Request(scope)), scope["path"], self._query(scope["query_string"])
        found, written, now = memory.get(key), writes.count(), times.now()
        if found is None or not found.holds(written, now):
            found = await self._made(key, scope, written)
        elif found.ages(now):
            self._make(key, scope)
        await answers.send(found.answer, scope, send)

    def _query(self, raw: bytes) -> str:
        """The parameters the handler knows, always in the same order, with the language."""
        asked = parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else []
        lang = language.choose(dict(asked).get("lang"), public=True)
        known = [pair for pair in asked if pair[0] in self.params]
        known.sort(key=lambda pair: self.params[pair[0]])
        return urlencode([("lang", lang), *known])

    async def _made(self, key: Key, scope: Scope, written: int) -> Kept:
        """An answer that knows of all that was written when it was asked for."""
        while True:
            # One who leaves does not take the answer away from the others.
            made = await asyncio.shield(self._make(key, scope))
            if made.written >= written:
                return made

    def _make(self, key: Key, scope: Scope) -> asyncio.Task[Kept]:
        """The making of an answer, begun unless it is under way."""
        making = _making.get(key)
        if making is None or making.get_loop() is not asyncio.get_running_loop():
            making = _making[key] = asyncio.create_task(self._keep(key, scope))
        return making

    async def _keep(self, key: Key, scope: Scope) -> Kept:
        try:
            made = await run_in_threadpool(_ask, self.handler, _anonymous(key, scope))
            if _making.get(key) is asyncio.current_task():  # else it was to be forgotten
                memory.put(key, made) if made.answer.public else memory.drop(key)
            return made
        finally:
            if _making.get(key) is asyncio.current_task():
                del _making[key]


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


def _ask(handler: Handler, request: Request) -> Kept:
    written, now = writes.count(), times.now()
    try:
        made = handler(request)
    except HTTPException as refused:
        made = PlainTextResponse(refused.detail, refused.status_code, refused.headers)
    return Kept(answers.ready(made, path=request.url.path), written, now)


class Pace:
    """So many turns a second; time in which nobody came is not saved up."""

    def __init__(self, a_second: float) -> None:
        self.step, self.next = 1 / a_second, 0.0

    def wait(self, now: float) -> float:
        """How long one who comes now waits, in seconds."""
        turn = max(now, self.next)
        self.next = turn + self.step
        return turn - now


class First:
    """Middleware that answers kept pages before anything else looks at the request."""

    def __init__(self, app: ASGIApp, routes: Sequence[Route], pace: float = PACE) -> None:
        self.app, self.routes, self.pace = app, routes, Pace(pace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self.routes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    if isinstance(route.endpoint, Public):
                        if (wait := self.pace.wait(time.monotonic())) > BREATH:
                            await asyncio.sleep(wait)
                        await route.endpoint({**scope, **found}, receive, send)
                        return
                    break
        await self.app(scope, receive, send)
