"""Letters as they are typed into a screen's form: sent by web/static/drafts.js, kept as a draft.

Streamlit hears of a text only when its field is left. This asks for the same right as the screen,
takes nothing from other sites' pages, and answers with nothing but a status.
"""

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk import drafts, sessions, times
from desk.refusals import NotAllowed, Refused
from web import pages

MOST_BYTES, MOST_TEXTS = 64_000, 100


async def typed(request: Request) -> Response:
    """Keep what is being typed: 204, or why not.

    400 is no draft, 401 nobody signed in, 403 another site's page, 410 a form that is not open any
    more, 413 too much, 503 a database that does not take it.
    """
    if request.headers.get("origin") is None or not pages.same_origin(request):
        return Response(status_code=403)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return Response(status_code=413)
    try:
        form, id, texts = _read(json.loads(body))
    except ValueError:
        return Response(status_code=400)
    device = sessions.device_of(request.cookies.get(sessions.DEVICE_COOKIE))
    try:
        known = await run_in_threadpool(_keep, request, device, form, id, texts)
    except NotAllowed:
        return Response(status_code=401)
    except Refused:
        return Response(status_code=503)
    return Response(status_code=204 if known else 410, headers={"Cache-Control": "no-store"})


def _keep(request: Request, device: str, form: str, id: str, texts: dict[str, str]) -> bool:
    actor = pages.actor(request)
    return drafts.type_in(actor, device=device, form=form, id=id, texts=texts, now=times.now())


def _read(sent: Any) -> tuple[str, str, dict[str, str]]:
    """The three parts of a message; ValueError when it is none."""
    match sent:
        case {"form": str(form), "id": str(id), "texts": dict(texts)}:
            if len(texts) <= MOST_TEXTS and all(isinstance(one, str) for one in texts.values()):
                return form, id, texts
    raise ValueError("not a draft")
