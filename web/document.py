"""The document around the screens: Streamlit hard-codes `<html lang="en">` and its own title."""

from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk import language, oidc
from web import assets

TITLE = "まちかどデスク"
STREAMLIT = b"<title>Streamlit</title>"
SCRIPT = "".join(
    (
        f'<link rel="stylesheet" href="{assets.address("lock.css")}">',
        f'<script src="{assets.address("lock.js")}"></script>',  # before anything is shown
        f'<script src="{assets.address("drafts.js")}" defer></script>',
        f'<script src="{assets.address("here.js")}" defer></script>',
    )
).encode()
CITY_SCRIPT = f'<script src="{assets.address("handover.js")}" defer></script>'.encode()


class DocumentLanguage:
    """Middleware that writes the language asked for (`?lang=`) and our title into the document,
    and adds the scripts that keep what is typed, lock the screen and keep links in their tab, and
    the one for the city's sign-in where there is one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_document(scope):
            await self.app(scope, receive, send)
            return
        # Without accept-encoding the document comes as text; it is 2 kB and goes out once.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self.app({**scope, "headers": headers}, receive, _Rewriter(scope, send))


class _Rewriter:
    """Holds a response's start back until its body is whole, then sends both rewritten."""

    def __init__(self, scope: Scope, send: Send) -> None:
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [None])[0]
        self.lang = language.choose(wanted)
        self.send = send
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self.body
        if STREAMLIT in body:  # a page of ours, or a frame inside a screen, is as it should be
            body = body.replace(b'<html lang="en">', f'<html lang="{self.lang}">'.encode())
            body = body.replace(STREAMLIT, f"<title>{TITLE}</title>".encode())
            body = body.replace(b"</head>", _scripts() + b"</head>")
        headers = [
            (key, str(len(body)).encode() if key.lower() == b"content-length" else value)
            for key, value in self.start["headers"]
        ]
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _is_document(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"")


def _scripts() -> bytes:
    return SCRIPT + (CITY_SCRIPT if oidc.configured() else b"")
