"""How often one visitor may ask, so that nobody takes the desk away from the others or tries codes.

A visitor is an address on the network, and in a venue thirty people share one. So the numbers are
what thirty people need in a busy minute, with room; who is beyond them is a program. Codes, PINs
and passwords have closer limits of their own where they are tried (`web.cancel`, `desk.sessions`);
these here stand before them.

The machine the desk runs on is not counted: who is there needs no door. A proxy on it says for
whom it asks (`web.proxies`).
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from desk.refusals import Refused
from web import headers, pages
from web.pages import POLICY
from web.visitors import mixed

MOST = 20_000  # visitors remembered; about 5 MB


@dataclass(frozen=True)
class Rate:
    """So much of one kind of asking; `name` keeps the kinds apart."""

    name: str
    items: tuple[RateLimitItem, ...]


def _rate(name: str, *items: RateLimitItem) -> Rate:
    return Rate(name, items)


# A page of the desk is one to ten requests (the map's: page, style, scripts, two lists): thirty
# people who each open one every fifteen seconds.
PAGES = _rate("pages", RateLimitItemPerMinute(1_200))
# Thirty people who open a screen at the same time, four times a minute: its script costs 0.1 to
# 0.2 s of a core. And twenty times each in the half hour for which Streamlit remembers it.
SCREENS = _rate("screens", RateLimitItemPerMinute(120), RateLimitItemPerMinute(600, 30))
# Streamlit's own files: eighty for a browser that never was here, then none for a year.
FILES = _rate("files", RateLimitItemPerMinute(6_000))
# Letters as they are typed: three a second from each of thirty tablets, for half of a minute.
LETTERS = _rate("letters", RateLimitItemPerMinute(2_700))
# What a person sends with a button.
FORMS = _rate("forms", RateLimitItemPerMinute(120))
# Codes and secrets, typed or as an address: thirty people who sign in at the same time, each with a
# mistake, and again in the next ten minutes after a break.
CODES = _rate("codes", RateLimitItemPerMinute(90, 10))
# Addresses nobody can guess, from papers and calendar programs, which ask once an hour.
SIGNED = _rate("signed", RateLimitItemPerMinute(300))

# By method and first part of the address; then by the first part alone, then by the method.
RATES: Mapping[tuple[str, str], Rate] = {
    ("POST", "sign-in"): CODES,
    ("POST", "my-sign-in"): CODES,
    ("POST", "new-secret"): CODES,
    ("POST", "authenticator"): CODES,
    ("POST", "prove"): CODES,
    ("", "tablet"): CODES,
    ("POST", "cancel"): CODES,
    ("POST", "draft"): LETTERS,
    ("POST", "seen"): LETTERS,
    ("", "calendar"): SIGNED,
    ("", "card"): SIGNED,
    ("", "handoff"): SIGNED,
    ("", "slip"): SIGNED,
    ("", "sheet"): SIGNED,
    ("", "static"): FILES,
    ("", "component"): FILES,
    ("", "media"): FILES,
    ("WEBSOCKET", ""): SCREENS,
    ("POST", ""): FORMS,
    ("PUT", ""): FORMS,
    ("DELETE", ""): FORMS,
}


def rate(method: str, path: str) -> Rate:
    """The rate a request counts for."""
    part = headers.first(path)
    for key in ((method, part), ("", part), (method, "")):
        if found := RATES.get(key):
            return found
    return PAGES


class Few(Storage):
    """Counts in this process's memory for as many visitors as it has room for: the one who was
    counted first goes first. For one thread, the loop's.

    The memory of `limits` itself grows with the number of visitors, and looks through all of them
    a hundred times a second.
    """

    def __init__(self, most: int = MOST) -> None:
        super().__init__()
        self.most = most
        self._counted: OrderedDict[str, list[float]] = OrderedDict()  # key → count, end of window

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the storage raises when it is away; memory never is."""
        return ValueError

    def __len__(self) -> int:
        return len(self._counted)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a window that began with the first one."""
        now = time.time()
        found = self._counted.get(key)
        if found is None or found[1] <= now:
            self._counted.pop(key, None)
            found = self._counted[key] = [0, now + expiry]
            if len(self._counted) > self.most:
                self._counted.popitem(last=False)
        found[0] += amount
        return int(found[0])

    def get(self, key: str) -> int:
        """The count in the window that is open."""
        found = self._counted.get(key)
        return int(found[0]) if found and found[1] > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        found = self._counted.get(key)
        return found[1] if found else time.time()

    def check(self) -> bool:
        """Whether the storage is there."""
        return True

    def reset(self) -> int | None:
        """Forget all; how many there were."""
        gone = len(self._counted)
        self._counted.clear()
        return gone

    def clear(self, key: str) -> None:
        """Forget one."""
        self._counted.pop(key, None)


class Rates:
    """Middleware that says “too often” (429, and when to come again)."""

    def __init__(self, app: ASGIApp, storage: Storage | None = None) -> None:
        self.app = app
        self.counted = FixedWindowRateLimiter(storage or Few())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and (who := _who(_host(scope))):
            asked = rate(scope.get("method", "WEBSOCKET"), scope["path"])
            for item in asked.items:
                if not self.counted.hit(item, asked.name, who):
                    ends = self.counted.get_window_stats(item, asked.name, who).reset_time
                    await _later(ends - time.time(), scope, receive, send)
                    return
        await self.app(scope, receive, send)


def _host(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0])[:64] if client else ""


@lru_cache(maxsize=4096)
def _who(host: str) -> str:
    """A visitor as they are counted; "" for this machine and what has no address on a network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if (getattr(address, "ipv4_mapped", None) or address).is_loopback:
        return ""
    return mixed(pages.visitor(HTTPConnection({"type": "http", "client": (host, 0)})))


async def _later(seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013})
        return
    lang = pages.lang(Request(scope))
    if lang not in _pages:
        _pages[lang] = await run_in_threadpool(_page, lang)
    wait = str(max(1, math.ceil(seconds)))
    made = HTMLResponse(_pages[lang], 429, {"Retry-After": wait, "Content-Security-Policy": POLICY})
    await made(scope, receive, send)


_pages: dict[str, bytes] = {}  # by language: who asks too often must cost next to nothing


def _page(lang: str) -> bytes:
    scope = {"type": "http", "path": "/", "headers": [], "query_string": f"lang={lang}".encode()}
    return bytes(pages.refused(Request(scope), Refused("too_often"), status=429).body)
