"""Papers without a name: the card for coming again (A6) and the slip for going elsewhere (A5)."""

from collections.abc import Callable
from typing import TypeVar

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from desk import codes, follow_ups, handoffs, times
from desk.consultations import HANDED_TO, TOPICS, TRIED
from desk.refusals import Refused
from web import pages

T = TypeVar("T")


def card(request: Request) -> Response:
    """The card of somebody who comes again: its code, the day and the desk."""
    found = _read(request, follow_ups.read)
    if isinstance(found, Response):
        return found
    tongue = pages.lang(request)
    return pages.signed(
        request,
        "follow_up_card.html",
        card=found,
        day=times.show_day(found.due_on, tongue),
        qr=Markup(codes.qr_svg(found.code)),
    )


def handoff(request: Request) -> Response:
    """The slip for whoever helps next: what it was about, what was tried, where to go."""
    found = _read(request, handoffs.read)
    if isinstance(found, Response):
        return found
    tongue = pages.lang(request)
    return pages.signed(
        request,
        "handoff.html",
        slip=found,
        day=times.show_day_long(found.day, tongue),
        title=_title(found, tongue),
        topics=[TOPICS[one] for one in found.topics],
        tried=[TRIED[one] for one in found.tried],
        where=HANDED_TO.get(found.handed_to, ""),
        office=_office(found),
    )


def _title(found: handoffs.Handoff, tongue: str) -> str:
    if found.procedure is None:
        return ""
    return found.procedure.title_en if tongue == "en" else found.procedure.title


def _office(found: handoffs.Handoff) -> str:
    """Which office of the city, where that is certain."""
    if found.procedure is None or found.handed_to != "city" or not found.procedure.office.certain:
        return ""
    return found.procedure.office.text


def _read(request: Request, read: Callable[..., T]) -> T | Response:
    try:
        return read(request.path_params["ticket"], now=times.now())
    except Refused as refusal:
        return pages.refused(request, refusal, status=410)
