"""Sign in and out: plain forms, because only a plain response can set an HttpOnly cookie.

A Streamlit screen forgets who signed in when it is reloaded; the cookie does not.
"""

from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk import language, oidc, proof, sessions, times, tries
from desk.people import Actor
from desk.refusals import Refused
from web import assets, pages, tablets

HOME = {"volunteer": "/today", "staff": "/today", "planner": "/neighbourhoods", "admin": "/today"}
# What Streamlit keeps of the city's sign-in: for 30 days, and without the flag Secure.
_STREAMLIT_COOKIES = "_streamlit_user"


async def sign_in(request: Request) -> Response:
    """The form, and what happens when it is sent."""
    after = _inside(request.query_params.get("next"))
    if request.method == "GET":
        return _form(request, after=after)
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
            place=tries.place_of(pages.visitor(request)),
            tablet=tablets.cookie(request),
        )
    except Refused as refusal:
        if refusal.code == "code_wanted":
            return _code_page(request, refusal.facts["ticket"], after)
        error = language.say(refusal, pages.lang(request))
        return _form(request, status=401, name=name, error=error, after=after)
    return await arrived(request, token, after)


async def give_code(request: Request) -> Response:
    """After the password: the code of the app, or a recovery code."""
    after = _inside(request.query_params.get("next"))
    if request.method == "GET":
        return go(request, "/sign-in")
    if not pages.same_origin(request):
        return pages.refused(request, Refused("sign_in_wrong"), status=403)
    form = await request.form()
    ticket, code = str(form.get("ticket", "")), str(form.get("code", ""))
    try:
        token = await run_in_threadpool(
            sessions.give_code, ticket=ticket, code=code, now=times.now()
        )
    except Refused as refusal:
        error = language.say(refusal, pages.lang(request))
        if refusal.code == "code_wrong":
            return _code_page(request, ticket, after, status=401, error=error)
        return _form(request, status=401, error=error, after=after)
    return await arrived(request, token, after)


def _form(
    request: Request, *, status: int = 200, name: str = "", error: str = "", after: str = ""
) -> Response:
    facts = {"name": name, "error": error, "after": after, "city": oidc.configured()}
    return with_script(request, "sign_in.html", status=status, **facts)


def _code_page(
    request: Request, ticket: str, after: str, *, status: int = 200, error: str = ""
) -> Response:
    return pages.page(
        request, "sign_in_code.html", status=status, ticket=ticket, after=after, error=error
    )


def with_script(request: Request, template: str, *, status: int, **facts: Any) -> Response:
    """A page with a button beside each password that shows what is typed."""
    script = assets.address("secret.js")
    return pages.page(
        request, template, status=status, policy=pages.SCRIPTED, script=script, **facts
    )


async def arrived(request: Request, token: str, after: str = "") -> Response:
    """On with a new session; the one this browser had, whoever's it was, is over."""
    now = times.now()
    who = sessions.actor_of(token, now=now)
    await run_in_threadpool(sessions.sign_out, request.cookies.get(sessions.COOKIE), now=now)
    return with_cookie(request, go(request, first(who) or after or HOME[who.role]), token)


def first(who: Actor) -> str:
    """The page of what must come first, if anything."""
    return "/new-secret" if who.must_change else "/authenticator" if who.must_enrol else ""


async def sign_out(request: Request) -> Response:
    """End the session of this browser, and go on where the address says."""
    if pages.led_here(request):
        return go(request, "/")
    await run_in_threadpool(
        sessions.sign_out, request.cookies.get(sessions.COOKIE), now=times.now()
    )
    response = go(request, _inside(request.query_params.get("next")) or "/")
    response.delete_cookie(sessions.COOKIE, path="/")
    forget_city(request, response)
    return response


def forget_city(request: Request, response: Response) -> None:
    """Delete what Streamlit keeps of the city's sign-in; long cookies are in pieces."""
    for name in request.cookies:
        if name.startswith(_STREAMLIT_COOKIES):
            response.delete_cookie(name, path="/")


async def new_secret(request: Request) -> Response:
    """Choose an own password or PIN; asked for after a one-time password."""
    who = pages.actor(request)
    if who.role == "public":
        return go(request, "/sign-in")
    if request.method == "GET":
        return _secret_page(request, who)
    if not pages.same_origin(request):
        return pages.refused(request, Refused("sign_in_first"), status=403)
    form = await request.form()
    secret, current = str(form.get("secret", "")), str(form.get("current", ""))
    try:
        token = await run_in_threadpool(
            sessions.change_secret,
            who,
            secret=secret,
            current=current,
            now=times.now(),
            tablet=tablets.cookie(request),
        )
    except Refused as refusal:
        error = language.say(refusal, pages.lang(request))
        return _secret_page(request, who, status=422, error=error)
    return await arrived(request, token)


def _secret_page(request: Request, who: Actor, *, status: int = 200, error: str = "") -> Response:
    limits = {"pin_digits": proof.PIN_DIGITS, "password_least": proof.PASSWORD_LEAST}
    return with_script(request, "new_secret.html", status=status, error=error, who=who, **limits)


def go(request: Request, path: str) -> RedirectResponse:
    """On to a page of ours, in the language of the request."""
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
    return with_device(request, response)


def with_device(request: Request, response: Response) -> Response:
    """The response that marks this browser, unless it is marked already."""
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
