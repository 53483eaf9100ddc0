"""The page a tablet opens by its QR code: what will happen, and one button that enrols it.

Only a plain response can set the cookie, and only an address with https (or this machine's own)
can set one whose name begins with `__Host-`: elsewhere the page says so instead.
"""

import ipaddress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from desk import language, sessions, tablets, times
from desk.refusals import Refused
from web import pages


async def enrol(request: Request) -> Response:
    """GET says what will happen; POST, from this page, makes the browser a shared tablet."""
    code, now = request.path_params["code"], times.now()
    try:
        if not can_keep(request):
            raise Refused("tablet_https")
        name = await run_in_threadpool(tablets.waiting, code, now=now)
        if request.method == "GET":
            before = await run_in_threadpool(tablets.named, cookie(request))
            return _page(request, name=name, before=before)
        if not pages.same_origin(request):
            raise Refused("form_elsewhere")
        secret = await run_in_threadpool(tablets.enrol, code, now=now)
    except Refused as refusal:
        return _page(request, status=403, error=language.say(refusal, pages.lang(request)))
    response = _page(request, name=name, done=True)
    keep(response, secret)
    return response


def _page(request: Request, *, status: int = 200, **facts: Any) -> HTMLResponse:
    shown: dict[str, Any] = {"name": "", "before": "", "error": "", "done": False, **facts}
    made = pages.page(request, "tablet.html", status=status, **shown)
    # Not pages.SIGNED: without any referrer the browser would send the form without its origin.
    made.headers["X-Robots-Tag"] = "noindex"
    return made


def cookie(request: Request) -> str:
    """What this browser shows as the secret of its tablet."""
    return request.cookies.get(sessions.TABLET_COOKIE, "")


def keep(response: Response, secret: str) -> None:
    """Let the browser keep the secret, from now on for as long as browsers do."""
    response.set_cookie(
        sessions.TABLET_COOKIE,
        secret,
        max_age=int(tablets.KEPT.total_seconds()),
        path="/",
        httponly=True,
        secure=True,
        samesite="strict",
    )


def can_keep(request: Request) -> bool:
    """Whether a browser takes a cookie only for https at the address it used."""
    host = request.url.hostname or ""
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost" or host.endswith(".localhost")
    return own or pages.scheme(request) == "https"
