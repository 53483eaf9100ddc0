"""The slip a resident keeps and the office's stub, as pages for A5 paper."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from desk import codes, language, retention, slips, times
from desk.booking import REACH, BookingView
from desk.classes import ClassView
from desk.courses import NEED_NAMES
from desk.refusals import NotAllowed, Refused
from web import pages


@dataclass(frozen=True)
class Line:
    """One meeting on the slip. `year` is empty where the line above says the same, `clock` and
    `place` where the slip says them once for all.
    """

    booking: BookingView
    meeting: ClassView
    year: str
    day: str
    clock: str
    place: bool
    state: str


def slip(request: Request) -> Response:
    """The resident's slip; with `?stub=1` and the right to book, the office's stub after it."""
    ticket, now, stub = request.path_params["ticket"], times.now(), "stub" in request.query_params
    who = pages.actor(request)
    try:
        found = slips.read(ticket, now=now)
        made_by = slips.made_by(who, ticket=ticket, now=now) if stub else ""
    except NotAllowed as refusal:
        return pages.refused(request, refusal, status=403)
    except Refused as refusal:
        return pages.refused(request, refusal, status=410)
    tongue = pages.lang(request)
    meetings = [meeting for _one, meeting in found]
    first = found[0][0]
    one_time, one_place = (
        len(set(map(pages.clock, meetings))) == 1,
        len(set(map(_place, meetings))) == 1,
    )
    return pages.signed(
        request,
        "slip.html",
        booking=first,
        code=first.code,
        title=meetings[0].name(tongue),
        lines=_lines(found, tongue, one_time=one_time, one_place=one_place),
        meetings=meetings,
        clock=pages.clock(meetings[0]) if one_time else "",
        one_place=one_place,
        bring=_bring(meetings, tongue),
        sample=any(meeting.trial for meeting in meetings),
        qr=Markup(codes.qr_svg(first.code)),
        address=pages.site(request).partition("://")[2] + "/cancel",
        stub=stub,
        may_stub=who.may("book"),
        made_by=made_by,
        made_at=times.show(first.made_at, tongue),
        reach=REACH[first.reach],
        for_whom=_for_whom(first, tongue),
        erased_on="" if first.erased else _erased_on(meetings[-1], tongue),
    )


def _for_whom(found: BookingView, tongue: str) -> str:
    _ = language.catalogue(tongue).gettext
    return (
        _("Name erased, as promised") if found.erased else _("For {kana}").format(kana=found.kana)
    )


def _erased_on(last: ClassView, tongue: str) -> str:
    return times.show_day_of_year(retention.name_leaves_on(last.ends_at), tongue)


def _lines(
    found: list[tuple[BookingView, ClassView]], tongue: str, *, one_time: bool, one_place: bool
) -> list[Line]:
    lines, last = [], ""
    for one, meeting in found:
        year = _year(times.today(meeting.starts_at), tongue)
        lines.append(
            Line(
                booking=one,
                meeting=meeting,
                year=year if year != last else "",
                day=pages.day(meeting, tongue),
                clock="" if one_time else pages.clock(meeting),
                place=not one_place,
                state=_state(one, meeting, tongue),
            )
        )
        last = year
    return lines


def _year(day: date, tongue: str) -> str:
    return times.show_year(day) if tongue == "ja" else str(day.year)


def _place(meeting: ClassView) -> tuple[str, str]:
    return meeting.venue_id, meeting.room_id


def _state(found: BookingView, meeting: ClassView, tongue: str) -> str:
    """What the resident must know beside the day, if anything: the worst first."""
    _ = language.catalogue(tongue).gettext
    if found.cancelled_at:
        return _("This booking was cancelled.")
    if meeting.status == "cancelled":
        return _("This class was cancelled.")
    if found.held_until:
        until = times.show(found.held_until, tongue)
        return _("A seat is kept for you until {until}. Please tell us.").format(until=until)
    if found.state == "lapsed":
        return _("The seat went to the next person. Please ask at the desk.")
    if found.state == "waiting":
        return _("Waitlist: {ahead} ahead of you. We will tell you when a seat is free.").format(
            ahead=found.ahead
        )
    return ""


def _bring(meetings: list[ClassView], tongue: str) -> list[str]:
    """What to bring, then what the course needs, each named once."""
    _ = language.catalogue(tongue).gettext
    things = dict.fromkeys(thing for meeting in meetings for thing in meeting.bring)
    for meeting in meetings:
        for need in meeting.needs:
            name = _(NEED_NAMES[need])
            if name not in things and not (need in _PHONES and _has_phone(things)):
                things[name] = None
    return list(things)


_PHONES = {"phone", "own_phone"}


def _has_phone(things: dict[str, None]) -> bool:
    return any("スマホ" in thing for thing in things)
