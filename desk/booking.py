"""Booking: a resident gets a seat, or a place on the waitlist, and nobody gets another's.

A seat is a row that holds one booking. Whoever books takes free rows in one transaction that
holds the class's lock, so the last seat is sold once however many tablets tap.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk import codes, forms, mode, places, schedule, seats, store, times
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.schedule import ClassView
from desk.store.engine import Reader, Row, Writer

REACH = {
    "phone": N_("Telephone"),
    "neighbour": N_("Through a neighbour"),
    "welfare": N_("Through the welfare commissioner"),
    "drop_in": N_("Will drop in at the desk"),
    "none": N_("No way to reach"),
}
PARTIES = (1, 2)


@dataclass(frozen=True)
class BookingForm:
    """What the volunteer asks the resident. `residence` is town, outside or unknown."""

    class_id: str
    kana: str
    residence: str
    town_id: str | None
    reach: str
    reach_note: str = ""
    party: int = 1


@dataclass(frozen=True)
class BookingView:
    """A booking as the desk shows it; `seated` is False on the waitlist."""

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
    seated: bool
    ahead: int


_VIEW = """
SELECT b.id, b.class_id, b.code, b.place, b.kana, b.residence, b.town_id,
  COALESCE(t.name, '') AS town, b.reach, b.reach_note, b.party, b.made_at, b.arrived_at,
  (SELECT COUNT(*) FROM seat s WHERE s.booking_id = b.id) AS held,
  (SELECT COUNT(*) FROM booking o WHERE o.class_id = b.class_id AND o.place < b.place
     AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = o.id)) AS ahead
FROM booking b LEFT JOIN town t ON t.id = b.town_id
"""


def _view(row: Row) -> BookingView:
    held = row.pop("held")
    return BookingView(
        **{
            **row,
            "made_at": times.moment(row["made_at"]),
            "arrived_at": times.moment(row["arrived_at"]) if row["arrived_at"] else None,
            "seated": held > 0,
        }
    )


def book(actor: Actor, *, id: str, form: BookingForm, now: datetime) -> BookingView:
    """Take seats for a party of 1 or 2, or a place on the waitlist when they do not fit.

    The same `id` twice is one booking and the same answer.

    Raises:
        Refused: `class_unknown`, `class_past`, `class_cancelled`, `party_size`,
            `party_too_large`, `kana_only`, `missing`, `my_number`, `too_long`, `town_unknown`,
            `choice_unknown`, or `form_reused` for the same `id` with another class.
    """
    require(actor, "book")
    form = _clean(form)
    with store.transaction(lock=f"class {form.class_id}") as write:
        before = write.one("SELECT class_id FROM booking WHERE id = :id", id=id)
        if before:
            if before["class_id"] != form.class_id:
                raise Refused("form_reused")
            return _one(write, id)
        found = schedule.open_class(write, form.class_id, now)
        if form.party > found.seats:
            raise Refused("party_too_large", field="party", seats=found.seats, party=form.party)
        if form.residence == "town" and not places.known_town(write, form.town_id):
            raise Refused("town_unknown", field="town")
        _insert(write, actor, id, form, now)
        seats.take(write, form.class_id, id, form.party)
        return _one(write, id)


def _clean(form: BookingForm) -> BookingForm:
    if form.party not in PARTIES:
        raise Refused("party_size", field="party")
    residence, town_id = places.residence(form.residence, form.town_id)
    return BookingForm(
        class_id=form.class_id,
        kana=forms.kana(form.kana, label=N_("Name in kana"), field="kana"),
        residence=residence,
        town_id=town_id,
        reach=forms.choice(form.reach, REACH, label=N_("How to reach"), field="reach"),
        reach_note=forms.text(
            form.reach_note, label=N_("How to reach"), field="reach_note", most=60
        ),
        party=form.party,
    )


def _insert(write: Writer, actor: Actor, id: str, form: BookingForm, now: datetime) -> None:
    code = codes.new_code()
    while write.one("SELECT id FROM booking WHERE code = :code", code=code):
        code = codes.new_code()
    write.run(
        "INSERT INTO booking (id, class_id, code, place, kana, residence, town_id, reach, "
        "reach_note, party, made_at, made_by, trial) SELECT :id, :class_id, :code, "
        "COALESCE(MAX(place), 0) + 1, :kana, :residence, :town_id, :reach, :reach_note, "
        "CAST(:party AS INTEGER), :made_at, :made_by, CAST(:trial AS INTEGER) "
        "FROM booking WHERE class_id = :class_id",
        id=id,
        class_id=form.class_id,
        code=code,
        kana=form.kana,
        residence=form.residence,
        town_id=form.town_id,
        reach=form.reach,
        reach_note=form.reach_note,
        party=form.party,
        made_at=times.stamp(now),
        made_by=actor.id,
        trial=mode.flag(write),
    )


def _one(reader: Reader, id: str) -> BookingView:
    row = reader.one(f"{_VIEW} WHERE b.id = :id", id=id)
    if row is None:
        raise Refused("booking_unknown")
    return _view(row)


def roster(actor: Actor, *, class_id: str) -> list[BookingView]:
    """Everybody booked for a class, the seated first, each in the order they came."""
    require(actor, "check_in")
    found = [
        _view(row)
        for row in store.rows(f"{_VIEW} WHERE b.class_id = :id ORDER BY b.place", id=class_id)
    ]
    return sorted(found, key=lambda booking: not booking.seated)


def get(actor: Actor, *, booking_id: str) -> tuple[BookingView, ClassView]:
    """A booking and its class.

    Raises:
        Refused: `booking_unknown`.
    """
    require(actor, "book")
    return for_slip(booking_id)


def for_slip(booking_id: str) -> tuple[BookingView, ClassView]:
    """A booking and its class for a slip; only `desk.slips` calls it, after the signature."""
    with store.engine().reading() as reader:
        found = _one(reader, booking_id)
        return found, schedule.get(found.class_id, reader=reader)


def check_in(actor: Actor, *, booking_id: str, now: datetime, arrived: bool = True) -> BookingView:
    """Note that a party came; `arrived=False` takes a mistaken tap back.

    A second tap is harmless: the first time stays.

    Raises:
        Refused: `booking_unknown`, `booking_waits`, `class_cancelled`, or `not_today`.
    """
    require(actor, "check_in")
    with store.transaction() as write:
        found = _one(write, booking_id)
        meeting = schedule.get(found.class_id, reader=write)
        if meeting.status == "cancelled":
            raise Refused("class_cancelled", starts_at=meeting.starts_at)
        if times.today(meeting.starts_at) != times.today(now):
            raise Refused("not_today")
        if not found.seated:
            raise Refused("booking_waits")
        write.run(
            "UPDATE booking SET arrived_at = COALESCE(arrived_at, :now) WHERE id = :id"
            if arrived
            else "UPDATE booking SET arrived_at = NULL WHERE id = :id",
            id=booking_id,
            **({"now": times.stamp(now)} if arrived else {}),
        )
        return _one(write, booking_id)


def used_seats(actor: Actor, *, now: datetime, days: int = 365) -> dict[str, int]:
    """People with a seat in a class of the last `days`, by neighbourhood id."""
    require(actor, "see_neighbourhoods")
    return {
        row["town_id"]: int(row["persons"])
        for row in store.rows(
            "SELECT b.town_id, COUNT(*) AS persons FROM seat s "
            "JOIN booking b ON b.id = s.booking_id JOIN class c ON c.id = s.class_id "
            "WHERE b.town_id IS NOT NULL AND c.status = 'open' AND c.starts_at >= :first "
            "AND c.starts_at <= :now GROUP BY b.town_id",
            first=times.stamp(now - timedelta(days=days)),
            now=times.stamp(now),
        )
    }
