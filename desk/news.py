"""News (お知らせ): who is still to be told that a class was cancelled or moved, or a seat lost.

The journal alone says so: whoever was booked before such a line, and was not told after it. Whoever
a seat is kept for has a call card (`desk.waitlist`), which tells the new time as well.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from desk import booking, changes, journal, schedule, store, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import Actor, require
from desk.store.engine import Reader

KINDS = ("class_cancelled", "rescheduled", "unseated")
# After these they know how things stand: a slip was printed, or somebody spoke to them.
_KNOWS = ("booked", "moved_in", "rejoined", "accepted")
_TOLD = ("informed", "told")
SHOWN = changes.UNDO


@dataclass(frozen=True)
class News:
    """Somebody to tell, of the newest of `KINDS`; `before` is the class as they know it.

    `told_at`: they were told a moment ago, which can be taken back.
    """

    booking: BookingView
    meeting: ClassView
    kind: str
    before: ClassView
    told_at: datetime | None


def untold(actor: Actor, *, now: datetime) -> list[News]:
    """Everybody to tell while the class is to come, and who was told in the last ten minutes.

    By the time of the class, and within it in the order they came.
    """
    require(actor, "book")
    with store.engine().reading() as reader:
        found = booking.views(
            reader,
            "b.cancelled_at IS NULL AND b.no_show_at IS NULL AND b.lapsed_at IS NULL "
            "AND b.arrived_at IS NULL AND EXISTS (SELECT 1 FROM class c JOIN event e "
            "ON e.class_id = c.id WHERE c.id = b.class_id AND c.ends_at > :now "
            "AND (e.kind IN ('class_cancelled', 'rescheduled') "
            "OR e.kind = 'unseated' AND e.booking_id = b.id)) ORDER BY b.class_id, b.place",
            now=times.stamp(now),
        )
        meetings = {id: schedule.get(id, reader=reader) for id in {one.class_id for one in found}}
        news = [_news(reader, one, meetings[one.class_id]) for one in found]
    wanted = [one for one in news if one and (one.told_at is None or now - one.told_at < SHOWN)]
    return sorted(wanted, key=lambda one: (one.meeting.starts_at, one.meeting.id))


def _news(reader: Reader, found: BookingView, meeting: ClassView) -> News | None:
    kind, before, told_at = "", meeting, None
    for line in journal.events(
        reader,
        "e.class_id = :class_id AND (e.booking_id = :id OR e.booking_id IS NULL)",
        class_id=found.class_id,
        id=found.id,
    ):
        if line.kind in KINDS:
            if told_at or not kind:
                before, told_at = meeting, None
            if line.kind == "rescheduled" and before is meeting:
                before = _as_it_was(reader, meeting, line.note)
            kind = line.kind
        elif line.kind in _KNOWS:
            kind, before, told_at = "", meeting, None
        elif line.kind in _TOLD:
            told_at = line.at
        elif line.kind == "not_informed":
            told_at = None
    if not kind or not _concerns(found, meeting, kind):
        return None
    if kind == "rescheduled" and schedule.where_and_when(before) == schedule.where_and_when(
        meeting
    ):
        return None  # and back again, before anybody knew
    return News(found, meeting, kind, before, told_at)


def _concerns(found: BookingView, meeting: ClassView, kind: str) -> bool:
    """Of a cancelled class everybody hears; of a new time those who wait hear with their seat."""
    if meeting.status == "cancelled":
        return True
    return found.held_until is None and (found.seated or kind == "unseated")


def _as_it_was(reader: Reader, meeting: ClassView, note: str) -> ClassView:
    starts_at, ends_at, venue_id = note.split(" ", 2)
    venue = reader.one("SELECT name FROM venue WHERE id = :id", id=venue_id) or {"name": ""}
    return replace(
        meeting,
        starts_at=times.moment(starts_at),
        ends_at=times.moment(ends_at),
        venue_id=venue_id,
        venue=venue["name"],
    )


def tell(actor: Actor, *, booking_id: str, now: datetime, told: bool = True) -> None:
    """Note that somebody was told, by whatever way; `told=False` takes a mistaken tap back.

    Raises:
        Refused: `booking_unknown`.
    """
    require(actor, "book")
    with booking.locked(booking_id, by=actor, what="news.tell") as (write, found):
        kind = "informed" if told else "not_informed"
        journal.write_event(write, actor, found.class_id, kind, now, booking_id=booking_id)
