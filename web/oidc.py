"""The city's own sign-in: to Streamlit's screen that asks the provider, and back with a session.

The way back is an address with a secret of one minute, one use and this one browser, and answers
with a redirect, which browsers keep in no history; whoever reads it in a log reads nothing that
still opens. It is a GET because a link of a screen can be nothing else, and the cookie of the
browser that began (`SameSite=Strict`) stands for what a form's origin would.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk import handover, oidc, sessions, times
from desk.refusals import Refused
from web import pages
from web.sign_in import arrived, forget_city, go, with_device

SCREEN = "/city-account"  # pages/resident/city_account.py


async def begin(request: Request) -> Response:
    """Mark the browser that begins, and go to the screen that asks the provider."""
    if not oidc.configured():
        return go(request, "/sign-in")
    response = go(request, SCREEN)
    return with_device(request, response)


async def handed_over(request: Request) -> Response:
    """The secret becomes a session of ours, and Streamlit's own cookie goes."""
    if pages.led_here(request):
        return pages.refused(request, Refused("city_elsewhere"), status=403)
    device = sessions.device_of(request.cookies.get(sessions.DEVICE_COOKIE))
    secret, now = request.query_params.get("key", ""), times.now()
    try:
        token = await run_in_threadpool(handover.take, secret=secret, device=device, now=now)
    except Refused as refusal:
        answer: Response = pages.refused(request, refusal, status=401)
    else:
        answer = await arrived(request, token)
    forget_city(request, answer)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
