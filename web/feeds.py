"""Calendar feeds: every class, one class, and a volunteer's own at a secret address."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk import feeds, language, places, schedule, times
from desk.classes import ClassView
from desk.refusals import NotAllowed, Refused
from web import pages
from web.sign_in import first

KEPT = 300  # seconds until a calendar program, or a server between us, asks again


def public(request: Request) -> Response:
    """The published classes, of one venue with `?venue=`."""
    now, venue_id = times.now(), request.query_params.get("venue")
    found = feeds.public(now=now, venue_id=venue_id)
    name = _(request, "Smartphone classes")
    if venue_id:
        # Of a venue no longer on the list, cancelled classes may still have to be told.
        names = {one["id"]: one["name"] for one in places.venues()}
        names |= {one.venue_id: one.venue for one in found}
        if venue_id not in names:
            return pages.refused(request, Refused("venue_unknown"), status=404)
        name = f"{name}（{names[venue_id]}）"
    return _answer(request, found, name)


def one(request: Request) -> Response:
    """One class, for the calendar of whoever goes there."""
    try:
        found = schedule.public(request.path_params["id"])
    except Refused as refusal:
        return pages.refused(request, refusal, status=404)
    return _answer(request, [found], found.name(pages.lang(request)))


def own(request: Request) -> Response:
    """The classes of the volunteer whose secret address this is."""
    try:
        found = feeds.own(request.path_params["secret"], now=times.now())
    except Refused as refusal:
        return pages.refused(request, refusal, status=404)
    return _answer(request, found, _(request, "Classes I teach"), cache="private")


def my_calendar(request: Request) -> Response:
    """Where a volunteer makes a secret address; it is shown once, in the answer to the form."""
    who, now = pages.actor(request), times.now()
    if who.role == "public":
        return RedirectResponse(f"/sign-in?next=/my-calendar{_and(request)}", status_code=303)
    if before := first(who):
        return RedirectResponse(before, status_code=303)
    address = ""
    try:
        if request.method == "POST":
            if not pages.same_origin(request):
                return pages.refused(request, Refused("form_elsewhere"), status=403)
            address = f"{pages.site(request)}/calendar/{feeds.own_address(who, now=now)}.ics"
        made_at, teaches = feeds.own_state(who)
    except NotAllowed as refusal:
        return pages.refused(request, refusal, status=403)
    return pages.page(
        request,
        "my_calendar.html",
        address=address,
        subscribe=f"webcal:{address.partition(':')[2]}",
        made=times.show(made_at, pages.lang(request)) if made_at else "",
        teaches=teaches,
    )


def _(request: Request, msgid: str) -> str:
    return language.catalogue(pages.lang(request)).gettext(msgid)


def _and(request: Request) -> str:
    tongue = pages.lang(request)
    return "" if tongue == language.DEFAULT else f"&lang={tongue}"


def _answer(
    request: Request, found: Iterable[ClassView], name: str, *, cache: str = "public"
) -> Response:
    now, lang, site = times.now(), pages.lang(request), pages.site(request)
    found = list(found)
    # Weak: within an hour only the moment it was made is another one.
    etag = f'W/"{feeds.mark(found, name, lang, site, now=now)}"'
    headers = {
        "Cache-Control": f"{cache}, max-age={KEPT}",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="classes.ics"',
    }
    if pages.unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    body = feeds.calendar(found, name=name, now=now, site=site, lang=lang)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)
