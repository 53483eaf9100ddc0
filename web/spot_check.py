"""Staff at the place: three buttons, one tap, and the spot is checked. No script."""

import uuid
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk import language, times, wifi, wifi_checks
from desk.people import Actor, require
from desk.refusals import NotAllowed, Refused
from desk.wifi import STATES, Spot
from desk.wifi_checks import Check
from web import pages
from web.sign_in import first
from web.spot import mark, path, reported

SHAPES = {"working": "●", "partly": "▲", "not_working": "×"}


async def check(request: Request) -> Response:
    """The buttons; the receipt, with its way back."""
    form: dict[str, str] = {}
    if request.method == "POST":
        if not pages.same_origin(request):
            elsewhere = Refused("form_elsewhere")
            return await run_in_threadpool(pages.refused, request, elsewhere, status=403)
        form = {key: str(value) for key, value in (await request.form()).items()}
    return await run_in_threadpool(_answer, request, form)


def _answer(request: Request, form: dict[str, str]) -> Response:
    actor = pages.actor(request)
    if actor.role == "public":
        return _go(request, f"/sign-in?next={quote(request.url.path, safe='')}")
    if before := first(actor):
        return _go(request, before)
    done, error = None, ""
    try:
        require(actor, "check_wifi")
        spot = wifi.spot(request.path_params["id"])
    except NotAllowed as refusal:
        return pages.refused(request, refusal, status=403)
    except Refused:
        return pages.page(request, "spot_unknown.html", status=404)
    try:
        done = _done(actor, spot, form)
    except Refused as refusal:
        error = language.say(refusal, pages.lang(request))
    return _page(request, wifi.spot(spot.id), done, error)


def _done(actor: Actor, spot: Spot, form: dict[str, str]) -> Check | None:
    """What a form asked for; None when there is none."""
    now = times.now()
    if "undo" in form:
        return wifi_checks.take_back(actor, check_id=form["undo"], now=now)
    if form:
        kind, id = form.get("kind", ""), form.get("id") or str(uuid.uuid4())
        return wifi_checks.confirm(actor, spot_id=spot.id, kind=kind, id=id, now=now)
    return None


def _page(request: Request, spot: Spot, done: Check | None, error: str) -> Response:
    lang = pages.lang(request)
    return pages.page(
        request,
        "spot_check.html",
        status=422 if error else 200,
        spot=spot,
        path=path(spot),
        done=done,
        at=times.show(done.at, lang) if done else "",
        error=error,
        id=str(uuid.uuid4()),
        kinds=wifi_checks.KINDS,
        shapes=SHAPES,
        finding=STATES[spot.state],
        checked=wifi_checks.checked_in_words(spot, times.today(times.now()), lang),
        day=wifi_checks.day_in_words(spot.checked_on, lang) if spot.checked_on else "",
        reported=reported(spot, lang),
    )


def _go(request: Request, address: str) -> Response:
    lang = mark(request).replace("?", "&" if "?" in address else "?")
    return RedirectResponse(address + lang, status_code=303)
