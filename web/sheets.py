"""Sheets for A4 paper: roster, sign-in sheet, call list, and a venue's month poster."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from desk import codes, courses, sheets, times
from desk.booking import REACH
from desk.refusals import Refused
from web import pages

T = TypeVar("T")
BLANK = 4  # empty rows for who comes without a booking
# Points of a poster's lines: the larger, the fewer classes there are.
SIZES = ((4, 22), (8, 18), (14, 14))
SMALLEST = 13


def roster(request: Request) -> Response:
    """Who comes and who waits, with a box to tick, for the volunteer at the door."""
    return _sheet(request, "roster.html", lambda t, now: vars(sheets.roster(t, now=now)))


def sign_in_sheet(request: Request) -> Response:
    """Names to sign beside; goes round in the room."""
    return _sheet(
        request, "sign_in_sheet.html", lambda t, now: vars(sheets.sign_in_sheet(t, now=now))
    )


def call_list(request: Request) -> Response:
    """Whom to remind of a day's classes, by way to reach."""

    def facts(ticket: str, now: Any) -> dict[str, Any]:
        found = sheets.call_list(ticket, now=now)
        return {
            "title_day": times.show_day(found.day, pages.lang(request)),
            "groups": [(REACH[way], calls) for way, calls in found.groups],
        }

    return _sheet(request, "call_list.html", facts)


def poster(request: Request) -> Response:
    """A venue's month for the wall, with a QR to its page of classes."""

    def facts(ticket: str, now: Any) -> dict[str, Any]:
        found = sheets.poster(ticket, now=now)
        address = f"{pages.site(request)}/classes?venue={quote(found.venue_id)}"
        return {
            "found": found,
            "month": times.show_month(found.month, pages.lang(request)),
            "size": next((s for most, s in SIZES if len(found.meetings) <= most), SMALLEST),
            "levels": courses.LEVEL_NAMES,
            "address": address,
            "qr": Markup(codes.qr_svg(address)),
        }

    return _sheet(request, "poster.html", facts)


def _sheet(
    request: Request, template: str, facts: Callable[[str, Any], dict[str, Any]]
) -> Response:
    try:
        found = facts(request.path_params["ticket"], times.now())
    except Refused as refusal:
        return pages.refused(request, refusal, status=410)
    tongue = pages.lang(request)

    return pages.signed(
        request,
        template,
        day=lambda meeting: pages.day(meeting, tongue),
        clock=pages.clock,
        tongue=tongue,
        blank=range(BLANK),
        need_names=courses.NEED_NAMES,
        **found,
    )
