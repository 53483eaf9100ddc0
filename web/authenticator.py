"""An authenticator app is set up: its QR code, the first code, and the recovery codes once.

Plain pages: what they show is a secret, which no server of Streamlit's must keep in a session.
"""

import base64
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk import authenticator, codes, language, times, totp, tries
from desk.authenticator import Beginning
from desk.people import Actor
from desk.refusals import NotAllowed, Refused
from web import pages
from web.sign_in import HOME, go, with_script

FIELDS = ("ticket", "code", "secret", "present")


async def set_up(request: Request) -> Response:
    """The QR code, and what happens when the first code is sent."""
    who, now = pages.actor(request), times.now()
    if who.role == "public":
        return go(request, "/sign-in")
    if who.must_change:
        return go(request, "/new-secret")
    try:
        if request.method == "GET":
            return _page(request, authenticator.begin(who, now=now))
        if not pages.same_origin(request):
            return pages.refused(request, Refused("form_elsewhere"), status=403)
        form = await request.form()
        return await _confirm(request, who, {name: str(form.get(name, "")) for name in FIELDS})
    except NotAllowed as refusal:
        return pages.refused(request, refusal, status=403)
    except Refused as refusal:  # too late: once more, with another QR code
        return _page(request, authenticator.begin(who, now=now), refusal)


async def _confirm(request: Request, who: Actor, sent: dict[str, str]) -> Response:
    now, place = times.now(), tries.place_of(pages.visitor(request))
    try:
        made = await run_in_threadpool(authenticator.confirm, who, now=now, place=place, **sent)
    except Refused as refusal:
        if isinstance(refusal, NotAllowed) or refusal.code == "setting_up_late":
            raise
        begun = authenticator.resume(who, ticket=sent["ticket"], now=now)
        return _page(request, begun, refusal)
    facts: dict[str, Any] = {
        "codes": [totp.in_groups(one, 4) for one in made],
        "name": who.name,
        "home": HOME[who.role],
        "day": times.show_day_long(times.today(now), pages.lang(request)),
    }
    return pages.page(request, "recovery.html", **facts)


def _page(request: Request, begun: Beginning, refusal: Refused | None = None) -> Response:
    picture = base64.b64encode(codes.qr_svg(begun.address, sturdy=False).encode()).decode()
    return with_script(
        request,
        "authenticator.html",
        status=422 if refusal else 200,
        error=language.say(refusal, pages.lang(request)) if refusal else "",
        qr=picture,
        secret=totp.in_groups(begun.secret, 4),
        ticket=begun.ticket,
        replaces=begun.replaces,
    )
