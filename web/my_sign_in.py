"""The own sign-in of who is here: another password, another app, sessions elsewhere, the way out.

A plain page, because only a plain form can end what a cookie stands for.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk import language, own_sign_in, sessions, times, tries
from desk.refusals import NotAllowed, Refused
from web import pages
from web.sign_in import HOME, first, go, with_script


async def mine(request: Request) -> Response:
    """What there is, and what happens when sessions elsewhere are to end."""
    who = pages.actor(request)
    if who.role == "public":
        return go(request, "/sign-in?next=/my-sign-in")
    if before := first(who):
        return go(request, before)
    chosen: list[str] | None = None
    try:
        if request.method == "GET":
            return _page(request)
        if not pages.same_origin(request):
            return pages.refused(request, Refused("form_elsewhere"), status=403)
        form = await request.form()
        chosen = [str(one) for one in form.getlist("session")]
        ended = await run_in_threadpool(
            own_sign_in.end,
            request.cookies.get(sessions.COOKIE),
            ids=chosen,
            secret=str(form.get("secret", "")),
            now=times.now(),
            place=tries.place_of(pages.visitor(request)),
        )
    except NotAllowed as refusal:
        return pages.refused(request, refusal, status=403)
    except Refused as refusal:
        return _page(request, chosen=chosen, refusal=refusal)
    return _page(request, ended=ended)


def _page(
    request: Request,
    *,
    chosen: list[str] | None = None,
    ended: int | None = None,
    refusal: Refused | None = None,
) -> Response:
    tongue = pages.lang(request)
    own = own_sign_in.look(request.cookies.get(sessions.COOKIE), now=times.now())
    return with_script(
        request,
        "my_sign_in.html",
        status=422 if refusal else 200,
        own=own,
        home=HOME[own.actor.role],
        chosen=chosen,  # None: all of them
        ended=ended,
        error=language.say(refusal, tongue) if refusal else "",
        show=lambda moment: times.show(moment, tongue),
    )
