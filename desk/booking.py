"""Booking: a resident gets a seat, or a place on the waitlist, and nobody gets another's.

A seat is a row that holds one booking. Whoever books takes free rows in one transaction that
holds the class's lock, so the last seat is sold once however many tablets tap.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from desk import codes, forms, holds, journal, mode, places, schedule, seats, store, times
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Row, Writer

REACH = {
    "phone": N_("Telephone"),
    "neighbour": N_("Through a neighbour"),
    "welfare": N_("Through the welfare commissioner"),
    "letter": N_("By letter"),
    "drop_in": N_("Will drop in at the desk"),
    "none": N_("No way to reach"),
}
PARTIES = (1, 2)
FOUND_DAYS = 30


@dataclass(frozen=True)
class BookingForm:
    """What the volunteer asks the resident. `residence` is town, outside or unknown.

    `namesake` says that somebody of the same name and neighbourhood is another person.
    """

    class_id: str
    kana: str
    residence: str
    town_id: str | None
    reach: str
    reach_note: str = ""
    party: int = 1
    namesake: bool = False


@dataclass(frozen=True)
class BookingView:
    """A booking as the desk shows it; `seats` are its own (0 on the waitlist), `ahead` who waits
    before it. `held_until`: a seat is kept and they must be told. `group_id`: one form for
    several meetings of a series.
    """

    id: str
    class_id: str
    code: str
    place: int
    kana: str
    residence: str
    town_id: str | None
    town: str
    reach: str
    reach_note: str
    party: int
    made_at: datetime
    arrived_at: datetime | None
    held_until: datetime | None
    lapsed_at: datetime | None
    no_show_at: datetime | None
    cancelled_at: datetime | None
    walk_in: bool
    group_id: str | None
    seats: int
    ahead: int

    @property
    def seated(self) -> bool:
        """Has a seat, kept or taken."""
        return self.seats > 0

    @property
    def erased(self) -> bool:
        """The name and how to reach them have left, as `desk.retention` does."""
        return not self.kana

    @property
    def state(self) -> str:
        """One of cancelled, no_show, arrived, held, seated, lapsed, waiting."""
        if self.cancelled_at:
            return "cancelled"
        if self.no_show_at:
            return "no_show"
        if self.seated:
            return "arrived" if self.arrived_at else "held" if self.held_until else "seated"
        return "lapsed" if self.lapsed_at else "waiting"


_VIEW = f"""
SELECT b.id, b.class_id, b.code, b.place, b.kana, b.residence, b.town_id,
  COALESCE(t.name, '') AS town, b.reach, b.reach_note, b.party, b.made_at, b.arrived_at,
  b.held_until, b.lapsed_at, b.no_show_at, b.cancelled_at, b.walk_in, b.group_id,
  (SELECT COUNT(*) FROM seat x WHERE x.booking_id = b.id) AS seats,
  (SELECT COUNT(*) FROM booking o WHERE o.class_id = b.class_id AND o.place < b.place
     AND {seats.WAITING.replace("b.", "o.")}) AS ahead
FROM booking b LEFT JOIN town t ON t.id = b.town_id
"""
_MOMENTS = ("made_at", "arrived_at", "held_until", "lapsed_at", "no_show_at", "cancelled_at")


def views(reader: Reader, where: str, **facts: Any) -> list[BookingView]:
    """Bookings that match, for the modules of `desk/` that work on them."""
    return [_view(row) for row in reader.rows(f"{_VIEW} WHERE {where}", **facts)]


def _view(row: Row) -> BookingView:
    moments = {name: times.moment(row[name]) if row[name] else None for name in _MOMENTS}
    return BookingView(**{**row, **moments, "walk_in": bool(row["walk_in"])})


def one(reader: Reader, id: str) -> BookingView:
    """A booking by its id.

    Raises:
        Refused: `booking_unknown`.
    """
    found = views(reader, "b.id = :id", id=id)
    if not found:
        raise Refused("booking_unknown")
    return found[0]


@contextmanager
def locked(
    booking_id: str, *others: str, by: store.Author, what: str, also: tuple[str, ...] = ()
) -> Iterator[tuple[Writer, BookingView]]:
    """A transaction that holds the lock of a booking's class, and of other classes; with `also`,
    of the classes of those bookings too.

    Raises:
        Refused: `booking_unknown`.
    """
    ids = (booking_id, *also)
    while True:
        with store.engine().reading() as reader:
            wanted = {*others, *(one(reader, id).class_id for id in ids)}
        # Always in the same order, so that two writers wait for each other instead of deadlocking.
        names = sorted(f"class {id}" for id in wanted)
        with store.transaction(by=by, what=what, lock=tuple(names)) as write:
            # Moved while this waited for the lock: the other class's is needed.
            if wanted.issuperset(one(write, id).class_id for id in ids):
                yield write, one(write, booking_id)
                return


def book(actor: Actor, *, id: str, form: BookingForm, now: datetime) -> BookingView:
    """Take seats for a party of 1 or 2, or a place on the waitlist when they do not fit.

    The same `id` twice is one booking and the same answer.

    Raises:
        Refused: `class_unknown`, `class_past`, `class_cancelled`, `class_draft`, `party_size`,
            `party_too_large`, `kana_only`, `missing`, `too_long`, `town_unknown`,
            `choice_unknown`, `already_booked`, one of `my_number.KINDS`, or `form_reused` for the
            same `id` with another class.
    """
    require(actor, "book")
    form = clean(form)
    with store.transaction(by=actor, lock=f"class {form.class_id}") as write:
        return put_down(write, actor, id=id, form=form, now=now)


def book_series(
    actor: Actor, *, id: str, form: BookingForm, class_ids: tuple[str, ...], now: datetime
) -> list[BookingView]:
    """One form for several meetings of a series, all or none of them; each has its own seats.

    Where a meeting is full, the party waits for that meeting. The code of the first is the code
    of all. The form's own class is the first of `class_ids`.

    Raises:
        Refused: what `book` raises, for any of the meetings.
    """
    require(actor, "book")
    form = clean(form)
    names = sorted({f"class {one}" for one in class_ids})
    with store.transaction(by=actor, lock=tuple(names)) as write:
        return [
            put_down(
                write,
                actor,
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{id} {class_id}")),
                form=replace(form, class_id=class_id),
                now=now,
                group_id=id,
            )
            for class_id in class_ids
        ]


def clean(form: BookingForm) -> BookingForm:
    """The form with every field checked, as it will be kept."""
    if form.party not in PARTIES:
        raise Refused("party_size", field="party")
    residence, town_id = places.residence(form.residence, form.town_id)
    return replace(
        form,
        kana=forms.kana(form.kana, label=N_("Name in kana"), field="kana"),
        residence=residence,
        town_id=town_id,
        reach=forms.choice(form.reach, REACH, label=N_("How to reach"), field="reach"),
        reach_note=forms.reach(form.reach_note, field="reach_note"),
    )


def put_down(
    write: Writer,
    actor: Actor,
    *,
    id: str,
    form: BookingForm,
    now: datetime,
    group_id: str | None = None,
    walk_in: bool = False,
    seated: str = "seated",
) -> BookingView:
    """`book` with a clean form, in the caller's transaction, which holds the class's lock."""
    before = write.one("SELECT class_id FROM booking WHERE id = :id", id=id)
    if before:
        if before["class_id"] != form.class_id:
            raise Refused("form_reused")
        return one(write, id)
    meeting = schedule.open_class(write, form.class_id, now)
    if form.party > meeting.seats:
        raise Refused("party_too_large", field="party", seats=meeting.seats, party=form.party)
    if form.residence == "town" and not places.known_town(write, form.town_id):
        raise Refused("town_unknown", field="town")
    holds.lapse_due(write, actor, form.class_id, now)
    namesakes = same_person(write, form)
    if namesakes and not form.namesake:
        raise Refused("already_booked", field="kana", kana=form.kana)
    namesake = max(namesakes, default=-1) + 1
    if not _insert(write, actor, id, form, now, group_id, walk_in, namesake):
        raise Refused("form_reused")
    return line_up(write, actor, one(write, id), "booked", now, seated=seated)


def same_person(reader: Reader, form: BookingForm) -> list[int]:
    """The numbers of the bookings of that class with this name and neighbourhood."""
    return [
        row["namesake"]
        for row in reader.rows(
            "SELECT namesake FROM booking WHERE class_id = :class_id AND kana = :kana "
            "AND residence = :residence AND COALESCE(town_id, '') = :town "
            "AND cancelled_at IS NULL",
            class_id=form.class_id,
            kana=form.kana,
            residence=form.residence,
            town=form.town_id or "",
        )
    ]


def line_up(
    write: Writer,
    actor: Actor,
    found: BookingView,
    kind: str,
    now: datetime,
    *,
    seated: str = "seated",
) -> BookingView:
    """Note that a party is last in the queue, and seat it when it fits.

    Nobody before it would fit (see `desk.seats`), so this is its turn; `seated` is the line of
    the journal that says so.
    """
    facts: dict[str, Any] = {"booking_id": found.id, "amount": found.party}
    journal.write_event(write, actor, found.class_id, kind, now, **facts)
    if seats.take(write, found.class_id, found.id, found.party):
        journal.write_event(write, actor, found.class_id, seated, now, **facts)
    return one(write, found.id)


def _insert(
    write: Writer,
    actor: Actor,
    id: str,
    form: BookingForm,
    now: datetime,
    group_id: str | None,
    walk_in: bool,
    namesake: int,
) -> bool:
    """False when another class's lock guarded the same `id` at the same moment."""
    code = codes.new_code()
    while write.one("SELECT id FROM booking WHERE code = :code", code=code):
        code = codes.new_code()
    added = write.run(
        "INSERT INTO booking (id, class_id, code, place, kana, residence, town_id, reach, "
        "reach_note, party, made_at, made_by, trial, group_id, walk_in, namesake) "
        "VALUES (:id, :class_id, :code, :place, :kana, :residence, :town_id, :reach, "
        ":reach_note, :party, :made_at, :made_by, :trial, :group_id, :walk_in, :namesake) "
        "ON CONFLICT (id) DO NOTHING",
        id=id,
        class_id=form.class_id,
        code=code,
        place=seats.next_place(write, form.class_id),
        kana=form.kana,
        residence=form.residence,
        town_id=form.town_id,
        reach=form.reach,
        reach_note=form.reach_note,
        party=form.party,
        made_at=times.stamp(now),
        made_by=actor.id,
        trial=mode.flag(write),
        group_id=group_id,
        walk_in=int(walk_in),
        namesake=namesake,
    )
    return added == 1


def roster(actor: Actor, *, class_id: str) -> list[BookingView]:
    """Everybody booked for a class, the seated first, each in the order they came."""
    require(actor, "check_in")
    with store.engine().reading() as reader:
        where = "b.class_id = :id AND b.cancelled_at IS NULL ORDER BY b.place"
        found = views(reader, where, id=class_id)
    return sorted(found, key=lambda booking: not booking.seated)


def get(actor: Actor, *, booking_id: str) -> tuple[BookingView, ClassView]:
    """A booking and its class.

    Raises:
        Refused: `booking_unknown`.
    """
    require(actor, "book")
    with store.engine().reading() as reader:
        found = one(reader, booking_id)
        return found, schedule.get(found.class_id, reader=reader)


def together(actor: Actor, *, booking_id: str) -> list[tuple[BookingView, ClassView]]:
    """A booking with the others of its form, by time; the one asked for when it stands alone."""
    require(actor, "book")
    with store.engine().reading() as reader:
        found = group(reader, one(reader, booking_id))
        return [(each, schedule.get(each.class_id, reader=reader)) for each in found]


def group(reader: Reader, found: BookingView) -> list[BookingView]:
    """The bookings of the same form, by the time of their classes; itself when it stands alone."""
    if found.group_id is None:
        return [found]
    by_time = "(SELECT c.starts_at FROM class c WHERE c.id = b.class_id)"
    return views(reader, f"b.group_id = :group ORDER BY {by_time}", group=found.group_id)


def find(actor: Actor, *, typed: str, now: datetime) -> list[tuple[BookingView, ClassView]]:
    """Bookings by code, or from the last 30 days on by the beginning of a name in kana.

    The soonest class first; cancelled bookings too, marked, so that a cancel can be explained.
    What `forms.text` refuses is not looked for.
    """
    require(actor, "book")
    typed = forms.text(typed, label=N_("Code or name"), field="typed", most=200)
    code = codes.read_code(typed)
    name = forms.katakana(typed)
    since = times.stamp(now - timedelta(days=FOUND_DAYS))
    with store.engine().reading() as reader:
        found = views(
            reader,
            # A series may be longer than 30 days, and its code is that of the first meeting.
            "b.code = :code OR (:name <> '' AND substr(b.kana, 1, :length) = :name "
            "AND EXISTS (SELECT 1 FROM class c WHERE c.id = b.class_id AND c.starts_at >= :since)) "
            "ORDER BY b.kana LIMIT 50",
            code=code,
            name=name,
            length=len(name),
            since=since,
        )
        whole = {one.id: one for first in found for one in group(reader, first)}
        pairs = [(one, schedule.get(one.class_id, reader=reader)) for one in whole.values()]
    return sorted(pairs, key=lambda pair: (pair[1].ends_at <= now, pair[1].starts_at))
