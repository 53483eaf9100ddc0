"""Sheets of paper for the desk: roster, sign-in sheet, call list, and a venue's month poster.

Each has a `…_ticket` that asks for the right, and a reader that takes the ticket: the signature
stands for the right to see it. A booking that was cancelled is on none of them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import booking, schedule, store, tickets, times
from desk.booking import REACH, BookingView
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import Refused
from desk.store.engine import Reader


@dataclass(frozen=True)
class Roster:
    """Who comes to a class (`seated`, kept seats too) and who waits, in the order they came."""

    meeting: ClassView
    seated: list[BookingView]
    waiting: list[BookingView]


@dataclass(frozen=True)
class SignInSheet:
    """A class and the names in kana of who has a seat, each with the number of people."""

    meeting: ClassView
    names: list[tuple[str, int]]


@dataclass(frozen=True)
class CallList:
    """Everybody to be told of a class on `day`; `groups` are by way to reach, then by time."""

    day: date
    groups: list[tuple[str, list[tuple[BookingView, ClassView]]]]


@dataclass(frozen=True)
class Poster:
    """A month of a venue: `month` is its first day, `meetings` what the public may come to."""

    venue_id: str
    venue: str
    address: str
    month: date
    meetings: list[ClassView]


def roster_ticket(actor: Actor, *, class_id: str, now: datetime) -> str:
    """The last part of a roster's address, good for 24 hours."""
    require(actor, "check_in")
    return tickets.sign("roster", class_id, now=now)


def roster(ticket: str, *, now: datetime) -> Roster:
    """The roster a ticket stands for.

    Raises:
        Refused: `sheet_expired` or `class_unknown`.
    """
    class_id = tickets.read("roster", ticket, now=now)
    with store.engine().reading() as reader:
        meeting, found = schedule.get(class_id, reader=reader), _booked(reader, class_id)
    waiting = [one for one in found if one.state == "waiting"]
    return Roster(meeting, [one for one in found if one.seated], waiting)


def sign_in_ticket(actor: Actor, *, class_id: str, now: datetime) -> str:
    """The last part of a sign-in sheet's address, good for 24 hours."""
    require(actor, "check_in")
    return tickets.sign("sign_in_sheet", class_id, now=now)


def sign_in_sheet(ticket: str, *, now: datetime) -> SignInSheet:
    """The sheet that goes round in the room: names and nothing else.

    Everybody who signs reads the lines of the others, so it carries no code (which would let
    them cancel for each other), no neighbourhood and no way to reach anybody; and nobody on the
    waitlist, for whom nothing is to be signed.

    Raises:
        Refused: `sheet_expired` or `class_unknown`.
    """
    class_id = tickets.read("sign_in_sheet", ticket, now=now)
    with store.engine().reading() as reader:
        meeting, found = schedule.get(class_id, reader=reader), _booked(reader, class_id)
    return SignInSheet(meeting, [(one.kana, one.party) for one in found if one.seated])


def call_day(*, now: datetime) -> tuple[date, bool]:
    """The next day with a class to remind people of, and whether that is tomorrow.

    Before a Sunday or a holiday it is the day the desk opens again. With no class in a week it is
    tomorrow, and the list is empty.
    """
    tomorrow = times.today(now) + timedelta(days=1)
    coming = schedule.published(tomorrow, tomorrow + timedelta(days=6))
    days = [times.today(one.starts_at) for one in coming if one.status == "open"]
    day = days[0] if days else tomorrow
    return day, day == tomorrow


def call_list_ticket(actor: Actor, *, day: date, now: datetime) -> str:
    """The last part of the address of the call list for the classes of `day`, for 24 hours."""
    require(actor, "check_in")
    return tickets.sign("call_list", day.isoformat(), now=now)


def call_list(ticket: str, *, now: datetime) -> CallList:
    """Everybody with a seat in a class of the day, kept seats too, by way to reach (`REACH`).

    Within a way the earlier class comes first, and within a class who booked first.

    Raises:
        Refused: `sheet_expired`.
    """
    day = date.fromisoformat(tickets.read("call_list", ticket, now=now))
    meetings = [one for one in schedule.published(day, day) if one.status == "open"]
    with store.engine().reading() as reader:
        calls = [(one, meeting) for meeting in meetings for one in _booked(reader, meeting.id)]
    groups = [(way, [c for c in calls if c[0].seated and c[0].reach == way]) for way in REACH]
    return CallList(day, [group for group in groups if group[1]])


def poster_ticket(actor: Actor, *, venue_id: str, month: date, now: datetime) -> str:
    """The last part of a poster's address, for 24 hours; `month` is any day of the month.

    What is on it is public; the right keeps strangers from having the desk draw pages.
    """
    require(actor, "see_today")
    return tickets.sign("poster", f"{month:%Y-%m} {venue_id}", now=now)


def poster(ticket: str, *, now: datetime) -> Poster:
    """The month of a venue, without drafts and without what was cancelled.

    Raises:
        Refused: `sheet_expired` or `venue_unknown`.
    """
    month, venue_id = tickets.read("poster", ticket, now=now).split(" ", 1)
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    venue = store.one("SELECT name, address FROM venue WHERE id = :id", id=venue_id)
    if venue is None:
        raise Refused("venue_unknown")
    meetings = [
        one
        for one in schedule.published(first, last)
        if one.venue_id == venue_id and one.status == "open"
    ]
    return Poster(venue_id, venue["name"], venue["address"], first, meetings)


def _booked(reader: Reader, class_id: str) -> list[BookingView]:
    """Everybody who did not cancel, in the order they came."""
    where = "b.class_id = :id AND b.cancelled_at IS NULL ORDER BY b.place"
    return booking.views(reader, where, id=class_id)
