"""Is the desk up? For whoever watches the machine."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from desk import start


def health(_request: Request) -> JSONResponse:
    """The database answers, its version, and whether the desk runs on trial data."""
    return JSONResponse(start.health())
