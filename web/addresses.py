"""No number of somebody in the address of a page: it would stand in histories, logs and bookmarks.

`NoNumbers` looks at every address before anything else does. What is refused is answered with a
page of our own that does not repeat it, and noted as an incident of that route.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from desk import forms, ids, incidents, times
from desk.my_number import ELEVEN, EMAIL, LIKELY, TEN, TWELVE, kind
from desk.refusals import Refused
from web import pages

REFUSED = {LIKELY, TWELVE, ELEVEN, TEN, EMAIL}
# These read what was typed into them and say themselves, beside the field, what is wrong with it.
ASKED = {"/wifi": {"town", "postal"}, "/guide/search": {"q"}}
MOST_KNOWN = 5_000
# Parts of addresses the server makes itself, by their routes: signed papers (a dot first where what
# is signed was compressed), secrets of calendars,
# codes of tablets, files by their content, uploads by session.
_MADE = re.compile(
    r"/(?:slip|handoff|card|sheet/[a-z-]+)/\.?[\w-]{8,}\.[\w-]{27}"
    r"|/calendar/[0-9a-f]{32}\.ics"
    r"|/tablet/[0-9a-f]{32}"
    r"|/media/[0-9a-f]{32,64}\.\w{1,8}"
    r"|/static/(?:js|css|media)/[\w.@-]+"
)
_PIECES = re.compile(r"[/?&=]|\.ics\b")
_HASHED = ("/leaflet/", "v", re.compile(r"[0-9a-f]{8,64}"))
_COMPONENT = "/component/"
# Between Streamlit and the city's identity provider: codes and states of theirs, one use each.
_CITY = ("/oauth2callback", "/auth/login", "/auth/logout")


class NoNumbers:
    """Middleware that refuses addresses with 10 digits or more in a row, or an e-mail address."""

    def __init__(self, app: ASGIApp, routes: Sequence[Route]) -> None:
        self.app = app
        self.places = {f"/{route.path.split('/')[1]}" for route in routes}
        # Ids with many digits that turned out to be the desk's; nothing else is remembered.
        self.known: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (text := _suspicious(scope)):
            found = await self._found(text)
            if found:
                refusal = forms.refusal(found, "address")
                answer = await run_in_threadpool(self._refused, Request(scope), refusal)
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _found(self, text: str) -> str | None:
        """What is found when the desk's own ids are left out."""
        for piece in sorted(filter(None, _PIECES.split(text)), key=len, reverse=True):
            if kind(piece) and (piece in self.known or await run_in_threadpool(ids.is_ours, piece)):
                self.known[piece] = None
                text = text.replace(piece, "x")
        while len(self.known) > MOST_KNOWN:
            self.known.popitem(last=False)
        found = kind(text)
        return found if found in REFUSED else None

    def _refused(self, request: Request, refusal: Refused) -> Response:
        first = f"/{request.url.path.split('/')[1]}"
        where = first if first in self.places else "/"
        incidents.note([refusal.code], place=incidents.where(where, "address"), now=times.now())
        # The page must not see the address: its language is all it needs of it.
        lang = pages.lang(request)
        bare = {**request.scope, "path": "/", "query_string": f"lang={lang}".encode()}
        return pages.refused(Request(bare), refusal, status=400)


def _suspicious(scope: Scope) -> str:
    """The path and the query as text when a number of somebody may be in it, else nothing."""
    path = scope["path"]
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    asked = ASKED.get(path, ())
    values = [
        f"{name}={value}"
        for name, value in query
        if name not in asked and not _of_the_server(path, name, value, scope)
    ]
    text = "?".join(filter(None, (_MADE.sub("/x", path), "&".join(values))))
    text = ids.UUID.sub("x", unquote(text))  # what was encoded twice, too
    return text if kind(text) in REFUSED else ""


def _of_the_server(path: str, name: str, value: str, scope: Scope) -> bool:
    """True for what our own pages put behind an address: the mark of a file, our own host."""
    if path in _CITY:
        return True
    prefix, mark, form = _HASHED
    if path.startswith(prefix) and name == mark:
        return bool(form.fullmatch(value))
    if path.startswith(_COMPONENT) and name == "streamlitUrl":
        return urlsplit(value).netloc == Request(scope).headers.get("host")
    return False
