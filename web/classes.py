"""The classes as light pages for residents: no sign-in, no script."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from desk import courses, places, schedule, times
from desk.classes import ClassView
from desk.refusals import Refused
from web import pages

KEPT = 60  # seconds: so old may "seats left" be
MOST = 60  # classes on a page, so that it stays light on a weak network


def upcoming(request: Request) -> Response:
    """The classes of the next 60 days by day, of one venue with `?venue=`, from `?from=` on."""
    now, lang = times.now(), pages.lang(request)
    found = schedule.bookable(now=now)
    venues = sorted({(one.venue_id, one.venue) for one in found})
    venue = request.query_params.get("venue", "")
    first = _day(request.query_params.get("from"))
    wanted = [
        one
        for one in found
        if venue in ("", one.venue_id) and (first is None or _day_of(one) >= first)
    ]
    days, after = _pages(wanted)
    return pages.kept(
        request,
        "classes.html",
        seconds=KEPT,
        days=[
            (times.show_day(day, lang), _near(day, times.today(now)), meetings)
            for day, meetings in days
        ],
        after=after,
        first=first,
        venue=venue,
        venue_name=dict(venues).get(venue, ""),
        venues=venues,
        **_words(lang),
    )


def one(request: Request) -> Response:
    """One class: what, when, where, what to bring, how to book."""
    now, lang = times.now(), pages.lang(request)
    try:
        meeting = schedule.public(request.path_params["id"])
    except Refused as refusal:
        return pages.refused(request, refusal, status=404)
    others = schedule.of_series(meeting.series_id) if meeting.series_id else []
    return pages.kept(
        request,
        "class.html",
        seconds=KEPT,
        meeting=meeting,
        over=meeting.ends_at <= now,
        level=courses.LEVEL_NAMES[meeting.level],
        before=courses.titles_before(meeting.course_id, lang),
        needs=[courses.NEED_NAMES[need] for need in meeting.needs],
        others=[one for one in others if not (one.draft or one.id == meeting.id)],
        desks=places.desks(),
        **_words(lang),
    )


def _pages(found: list[ClassView]) -> tuple[list[tuple[date, list[ClassView]]], str]:
    """Whole days until there are enough classes, and the day the next page begins with, if any."""
    days = [(day, list(meetings)) for day, meetings in groupby(found, _day_of)]
    shown = 0
    for number, (day, meetings) in enumerate(days):
        if number and shown + len(meetings) > MOST:
            return days[:number], day.isoformat()
        shown += len(meetings)
    return days, ""


def _day_of(meeting: ClassView) -> date:
    return times.today(meeting.starts_at)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _near(day: date, today: date) -> str:
    """Today and tomorrow have a name of their own."""
    return {today: "today", today + timedelta(days=1): "tomorrow"}.get(day, "")


def _words(lang: str) -> dict[str, Any]:
    """How the templates write days, times and seats."""
    return {
        "name": lambda meeting: meeting.name(lang),
        "seats": lambda meeting: meeting.seats_in_words(lang),
        "day": lambda meeting: pages.day(meeting, lang),
        "clock": pages.clock,
    }
