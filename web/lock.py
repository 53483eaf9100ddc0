"""The lock of a screen, as its browser tells it (web/static/lock.js): touched, locked, proved.

Whether a screen is locked is decided by `desk.sessions`; these only carry it. They take nothing
from other sites' pages.
"""

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from desk import language, sessions, times, tries
from desk.refusals import NotAllowed, Refused
from web import pages, sign_in

MOST_BYTES = 2_000
NO_STORE = {"Cache-Control": "no-store"}
WAIT = ("sign_in_locked", "sign_in_blocked")


async def seen(request: Request) -> Response:
    """Somebody touched the screen: 204; 423 when it is locked, 401 when the session is over.

    With `?ask` nobody did, and only the answer is wanted.
    """
    if not _ours(request):
        return Response(status_code=403, headers=NO_STORE)
    token, now = request.cookies.get(sessions.COOKIE), times.now()
    if not request.query_params.get("ask"):
        await run_in_threadpool(sessions.seen, token, now=now)
    here = await run_in_threadpool(sessions.actor_of, token, now=now)
    status = 401 if here.role == "public" else 423 if here.locked else 204
    return Response(status_code=status, headers=NO_STORE)


async def lock(request: Request) -> Response:
    """Somebody steps away, or nobody touched the screen: 204."""
    if not _ours(request):
        return Response(status_code=403, headers=NO_STORE)
    token = request.cookies.get(sessions.COOKIE)
    await run_in_threadpool(sessions.lock, token, now=times.now())
    return Response(status_code=204, headers=NO_STORE)


async def prove(request: Request) -> Response:
    """The PIN or password again: 204, or why not, in words.

    400 is no proof, 401 the session is over, 403 a wrong PIN or another site's page, 429 too many
    wrong ones.
    """
    if not _ours(request):
        return Response(status_code=403, headers=NO_STORE)
    secret = _secret(await _body(request))
    if secret is None:
        return Response(status_code=400, headers=NO_STORE)
    token, now = request.cookies.get(sessions.COOKIE), times.now()
    place = tries.place_of(pages.visitor(request))
    try:
        await run_in_threadpool(sessions.prove, token, secret=secret, now=now, place=place)
    except Refused as refusal:
        over = isinstance(refusal, NotAllowed)
        said = {"sentence": language.say(refusal, pages.lang(request)), "over": over}
        status = 401 if over else 429 if refusal.code in WAIT else 403
        return JSONResponse(said, status, headers=NO_STORE)
    # A session that began anew is kept as long as one of a sign-in.
    return sign_in.with_cookie(request, Response(status_code=204, headers=NO_STORE), token or "")


def _ours(request: Request) -> bool:
    return request.headers.get("origin") is not None and pages.same_origin(request)


async def _body(request: Request) -> bytes:
    """What was sent; nothing when it is too much."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return b""
    return body


def _secret(body: bytes) -> str | None:
    try:
        sent: Any = json.loads(body)
    except ValueError:
        return None
    match sent:
        case {"secret": str(secret)}:
            return secret
    return None
