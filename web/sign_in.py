"""Sign in and out: plain forms, because only a plain response can set an HttpOnly cookie.

A Streamlit screen forgets who signed in when it is reloaded; the cookie does not.
"""

from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk import language, proof, sessions, times
from desk.refusals import Refused
from web import pages, tablets

HOME = {"volunteer": "/today", "staff": "/today", "planner": "/neighbourhoods", "admin": "/today"}


async def sign_in(request: Request) -> Response:
    """The form, and what happens when it is sent."""
    after = _inside(request.query_params.get("next"))
    if request.method == "GET":
        return pages.page(request, "sign_in.html", name="", error="", after=after)
    if not pages.same_origin(request):
        return pages.refused(request, Refused("sign_in_wrong"), status=403)
    form = await request.form()
    name, secret = str(form.get("name", "")), str(form.get("secret", ""))
    now = times.now()
    try:
        token = await run_in_threadpool(
            sessions.sign_in,
            name=name,
            secret=secret,
            now=now,
            place=sessions.place_of(pages.visitor(request)),
            tablet=tablets.cookie(request),
        )
    except Refused as refusal:
        error = language.say(refusal, pages.lang(request))
        return pages.page(request, "sign_in.html", status=401, name=name, error=error, after=after)
    who = sessions.actor_of(token, now=now)
    goal = "/new-secret" if who.must_change else (after or HOME[who.role])
    return with_cookie(request, _go(request, goal), token)


async def sign_out(request: Request) -> Response:
    """End the session of this browser, and go on where the address says."""
    await run_in_threadpool(
        sessions.sign_out, request.cookies.get(sessions.COOKIE), now=times.now()
    )
    response = _go(request, _inside(request.query_params.get("next")) or "/")
    response.delete_cookie(sessions.COOKIE, path="/")
    return response


async def new_secret(request: Request) -> Response:
    """Choose an own password or PIN; asked for after a one-time password."""
    who = pages.actor(request)
    if who.role == "public":
        return _go(request, "/sign-in")
    if request.method == "GET":
        return pages.page(request, "new_secret.html", error="", who=who, **_facts())
    if not pages.same_origin(request):
        return pages.refused(request, Refused("sign_in_first"), status=403)
    form = await request.form()
    if form.get("others"):
        ended = await run_in_threadpool(
            sessions.end_others, request.cookies.get(sessions.COOKIE), now=times.now()
        )
        return pages.page(request, "new_secret.html", error="", who=who, **_facts(ended))
    secret = str(form.get("secret", ""))
    try:
        token = await run_in_threadpool(
            sessions.change_secret,
            who,
            secret=secret,
            now=times.now(),
            tablet=tablets.cookie(request),
        )
    except Refused as refusal:
        error = language.say(refusal, pages.lang(request))
        return pages.page(request, "new_secret.html", status=422, error=error, who=who, **_facts())
    return with_cookie(request, _go(request, HOME[who.role]), token)


def _facts(ended: int | None = None) -> dict[str, Any]:
    return {
        "pin_digits": proof.PIN_DIGITS,
        "password_least": proof.PASSWORD_LEAST,
        "ended": ended,
    }


def _go(request: Request, path: str) -> RedirectResponse:
    tongue = pages.lang(request)
    mark = "" if tongue == language.DEFAULT else f"{'&' if '?' in path else '?'}lang={tongue}"
    return RedirectResponse(path + mark, status_code=303)


def with_cookie(request: Request, response: Response, token: str) -> Response:
    """The session in a cookie, for longer than it lasts: a PIN can make it anew. A shared tablet
    keeps its own from now on for as long again.
    """
    _set(request, response, sessions.COOKIE, token, sessions.LASTS + sessions.AGAIN)
    if tablets.cookie(request):
        tablets.keep(response, tablets.cookie(request))
    device = (
        sessions.device_of(request.cookies.get(sessions.DEVICE_COOKIE)) or sessions.new_device()
    )
    _set(request, response, sessions.DEVICE_COOKIE, device, sessions.DEVICE_KEPT)
    return response


def _set(request: Request, response: Response, name: str, value: str, lasting: timedelta) -> None:
    """A cookie no script reads, for this site only."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasting.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=pages.scheme(request) == "https",
    )


def _inside(path: str | None) -> str:
    """A path on this server to go on to, or nothing."""
    ok = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ok and path else ""
