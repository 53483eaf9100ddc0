"""Is the desk up? For whoever watches the machine."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from desk import machine, times
from desk.refusals import OutOfOrder


def health(_request: Request) -> JSONResponse:
    """200 while the database answers, else 503: what a proxy asks before it sends somebody here.

    A late backup is no reason to send people away: it is `"ok": false` for who watches.
    """
    try:
        return JSONResponse(machine.health(now=times.now()))
    except OutOfOrder as problem:
        return JSONResponse({"ok": False, "problem": problem.code}, status_code=503)
