"""A resident takes a booking back with the code on the slip.

The code travels in forms only, never in an address, and no page here shows a name. How many codes
one address on the network may try is counted in this process's memory.
"""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk import changes, incidents, language, schedule, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.refusals import N_, Refused
from web import pages

MINUTES, TRIES = 10, 10
LIMIT = RateLimitItemPerMinute(TRIES, MINUTES)
tries = MovingWindowRateLimiter(MemoryStorage())


async def cancel(request: Request) -> Response:
    """The form; the bookings its code stands for; what was cancelled."""
    if request.method == "GET":
        return await run_in_threadpool(_form, request)
    if not pages.same_origin(request):
        elsewhere = Refused("form_elsewhere")
        return await run_in_threadpool(pages.refused, request, elsewhere, status=403)
    form = await request.form()
    code, booking_id = str(form.get("code", "")), str(form.get("booking", ""))
    return await run_in_threadpool(_answer, request, code.strip(), booking_id)


def _answer(request: Request, code: str, booking_id: str) -> Response:
    try:
        if not code:
            raise Refused("missing", field="code", label=N_("Number on the slip"))
        _count(request, try_now=not booking_id)
        if booking_id:
            return _cancelled(request, code, booking_id)
        found = changes.by_code(code)
    except Refused as refusal:
        incidents.note([refusal.code], place=incidents.where("/cancel", "code"), now=times.now())
        if booking_id and refusal.code == "code_unknown":
            tries.hit(LIMIT, pages.visitor(request))
        status = 429 if refusal.code == "too_many_tries" else 422
        return _form(request, code=code, refusal=refusal, status=status)
    return _form(request, code=code, found=found)


def _count(request: Request, *, try_now: bool) -> None:
    """Count a code that is tried. A cancel after it is none: whoever has only guessed a code
    cannot name the booking.

    Raises:
        Refused: `too_many_tries`.
    """
    if not (tries.hit if try_now else tries.test)(LIMIT, pages.visitor(request)):
        raise Refused("too_many_tries")


def _cancelled(request: Request, code: str, booking_id: str) -> Response:
    now = times.now()
    done = changes.cancel_by_code(code=code, booking_id=booking_id, now=now)
    others = [pair for pair in changes.by_code(code) if pair[0].id != done.id]
    return pages.page(
        request,
        "cancelled.html",
        code=code,
        booking=_shown(request, done, schedule.get(done.class_id)),
        minutes=changes.UNDO.seconds // 60,
        others=any(_can_cancel(*pair) for pair in others),
    )


def _form(
    request: Request,
    *,
    code: str = "",
    found: list[tuple[BookingView, ClassView]] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> Response:
    page = pages.page(
        request,
        "cancel.html",
        status=status,
        code=code,
        found=[_shown(request, *pair) for pair in found or []],
        error=language.say(refusal, pages.lang(request)) if refusal else "",
    )
    if status == 429:
        page.headers["Retry-After"] = str(MINUTES * 60)
    return page


def _shown(request: Request, booking: BookingView, meeting: ClassView) -> dict[str, object]:
    """What a page may show of a booking: the class, and no name."""
    lang = pages.lang(request)
    return {
        "id": booking.id,
        "party": booking.party,
        "waits": not booking.seated,
        "cancelled": booking.cancelled_at is not None,
        "class_cancelled": meeting.status == "cancelled",
        "can_cancel": _can_cancel(booking, meeting),
        "title": meeting.name(lang),
        "day": pages.day(meeting, lang),
        "clock": pages.clock(meeting),
        "venue": meeting.venue,
        "room": meeting.room,
        "trial": meeting.trial,
    }


def _can_cancel(booking: BookingView, meeting: ClassView) -> bool:
    return (
        booking.cancelled_at is None
        and meeting.status != "cancelled"
        and meeting.ends_at > times.now()
    )
