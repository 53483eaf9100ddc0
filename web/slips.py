"""The slip a resident keeps, as a page for A5 paper."""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from desk import codes, slips, times
from desk.refusals import Refused
from web import pages


def slip(request: Request) -> Response:
    """One booking in large type: when, where, what to bring, and the code as text and QR."""
    try:
        booking, meeting = slips.read(request.path_params["ticket"], now=times.now())
    except Refused as refusal:
        return pages.refused(request, refusal, status=410)
    tongue = pages.lang(request)
    day = times.today(meeting.starts_at)
    return pages.page(
        request,
        "slip.html",
        booking=booking,
        meeting=meeting,
        title=meeting.name(tongue),
        year=times.show_year(day) if tongue == "ja" else str(day.year),
        day=times.show_day(day, tongue),
        starts=times.show_clock(meeting.starts_at),
        ends=times.show_clock(meeting.ends_at),
        qr=Markup(codes.qr_svg(booking.code)),
    )
