"""Cancelling and moving a booking, and taking that back for ten minutes.

Whatever is given up is held for the next in the same transaction. An undo gives back what the
mistaken tap took, as long as nobody was told of it yet.
"""

from datetime import datetime, timedelta

from desk import booking, codes, forms, holds, journal, schedule, seats, store, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import PUBLIC, Actor, require
from desk.refusals import Refused
from desk.store.engine import Reader, Row, Writer

UNDO = timedelta(minutes=10)
_GIVEN_UP = ("cancelled", "declined")


def cancel(
    actor: Actor, *, booking_id: str, now: datetime, whole: bool = False
) -> list[BookingView]:
    """Cancel one booking, or with `whole` all of its form that are still to come.

    The seats are held for the next. A second cancel changes nothing.

    Returns:
        What is cancelled now, by the time of the classes.

    Raises:
        Refused: `booking_unknown`, `class_past`, or `class_cancelled`.
    """
    require(actor, "book")
    return _cancel(actor, booking_id, now, whole=whole)


def _cancel(actor: Actor, booking_id: str, now: datetime, *, whole: bool) -> list[BookingView]:
    with store.engine().reading() as reader:
        first = booking.one(reader, booking_id)
        together = booking.group(reader, first) if whole else [first]
    others = tuple(one.id for one in together)
    with booking.locked(booking_id, also=others, by=actor, what="changes.cancel") as (
        write,
        _found,
    ):
        for one in together:
            here = booking.one(write, one.id)
            meeting = schedule.get(here.class_id, reader=write)
            spared = whole and (meeting.status == "cancelled" or meeting.ends_at <= now)
            if not here.cancelled_at and not spared:
                schedule.not_over(write, here.class_id, now)
                holds.give_up(write, actor, here.class_id, one.id, "cancelled", now)
        found = [booking.one(write, one.id) for one in together]
        return [one for one in found if one.cancelled_at]


def by_code(code: str) -> list[tuple[BookingView, ClassView]]:
    """What a resident's code stands for: the meetings, first to last. The code is the proof.

    Raises:
        Refused: `code_unknown`, or one of `my_number.KINDS` for what is no code but a number.
    """
    forms.no_number(code, field="code")
    wanted = codes.read_code(code)
    with store.engine().reading() as reader:
        found = booking.views(reader, "b.code = :code", code=wanted)
        if not found:
            raise Refused("code_unknown", field="code", shown=wanted[:12])
        return [
            (one, schedule.get(one.class_id, reader=reader))
            for one in booking.group(reader, found[0])
        ]


def cancel_by_code(*, code: str, booking_id: str, now: datetime) -> BookingView:
    """The resident cancels, by the code on the slip.

    Raises:
        Refused: `code_unknown` unless the booking is one the code stands for, or what `cancel`
            raises.
    """
    if booking_id not in {one.id for one, _meeting in by_code(code)}:
        raise Refused("code_unknown", field="code", shown=codes.read_code(code)[:12])
    return _cancel(PUBLIC, booking_id, now, whole=False)[0]


def move(actor: Actor, *, booking_id: str, class_id: str, now: datetime) -> BookingView:
    """Move a booking to another class that has room; the old seat is held for the next.

    Whose class was cancelled may go to another one too.

    Raises:
        Refused: `booking_unknown`, `booking_cancelled`, `move_same`, `move_full`,
            `already_booked`, that either class is over, or the other cancelled or a draft.
    """
    require(actor, "book")
    with booking.locked(booking_id, class_id, by=actor, what="changes.move") as (write, found):
        if found.cancelled_at:
            raise Refused("booking_cancelled")
        if found.class_id == class_id:
            raise Refused("move_same")
        left = schedule.get(found.class_id, reader=write)
        if left.ends_at <= now:
            raise Refused("class_past", starts_at=left.starts_at)
        target = schedule.open_class(write, class_id, now)
        holds.lapse_due(write, actor, class_id, now)
        if len(seats.free(write, class_id)) < found.party:
            raise Refused("move_full", left=target.left)
        if _namesakes(write, found, class_id):
            raise Refused("already_booked", field="kana", kana=found.kana)
        # Whose turn had gone by has no place to come back to.
        place = "" if found.lapsed_at or found.no_show_at else str(found.place)
        holds.unseat(write, actor, found.class_id, booking_id, "moved_out", now, note=place)
        write.run(
            "UPDATE booking SET class_id = :class_id, lapsed_at = NULL, no_show_at = NULL, "
            "arrived_at = NULL, namesake = 0, place = :place WHERE id = :id",
            id=booking_id,
            class_id=class_id,
            place=seats.next_place(write, class_id),
        )
        moved = booking.line_up(write, actor, booking.one(write, booking_id), "moved_in", now)
        holds.fill(write, actor, found.class_id, now)
        return moved


def _namesakes(reader: Reader, found: BookingView, class_id: str) -> list[int]:
    form = booking.BookingForm(
        class_id, found.kana, found.residence, found.town_id, found.reach, party=found.party
    )
    return booking.same_person(reader, form)


def can_undo(actor: Actor, *, booking_id: str, now: datetime) -> bool:
    """True while `undo` has something to take back."""
    require(actor, "book")
    with store.engine().reading() as reader:
        return _last(reader, booking_id, now) is not None


def undo(actor: Actor, *, booking_id: str, now: datetime) -> BookingView:
    """Take the last cancel or move back, for ten minutes.

    A kept seat whose owner was not told yet comes back. After that the booking waits again at its
    old place; a move is not taken back then.

    Raises:
        Refused: `booking_unknown`, `undo_late`, `undo_gone`, `already_booked`, or that the class
            is over or cancelled.
    """
    require(actor, "book")
    with store.engine().reading() as reader:
        last = _last(reader, booking_id, now)
    if last is None:
        raise Refused("undo_late", minutes=UNDO // timedelta(minutes=1))
    with booking.locked(booking_id, last["class_id"], by=actor, what="changes.undo") as (
        write,
        found,
    ):
        if (_last(write, booking_id, now) or {}).get("number") != last["number"]:
            raise Refused("undo_late", minutes=UNDO // timedelta(minutes=1))
        back_to = last["class_id"]
        schedule.not_over(write, back_to, now)
        mine = write.rows("SELECT namesake FROM booking WHERE id = :id", id=booking_id)
        if found.cancelled_at and mine[0]["namesake"] in _namesakes(write, found, back_to):
            raise Refused("already_booked", field="kana", kana=found.kana)
        # Only who gave up a seat takes one back: others wait where they waited.
        owed = last["amount"] > 0
        enough = owed and _take_back(write, actor, back_to, found.party, last["number"], now)
        if last["kind"] == "moved_out":
            if owed and not enough:
                raise Refused("undo_gone")
            _go_back(write, actor, found, last, now)
            found = booking.one(write, booking_id)
        else:
            write.run("UPDATE booking SET cancelled_at = NULL WHERE id = :id", id=booking_id)
        had_seat = enough and seats.take(write, back_to, booking_id, found.party)
        away = found.lapsed_at or found.no_show_at
        journal.write_event(
            write,
            actor,
            back_to,
            "reopened" if away else "restored",
            now,
            booking_id=booking_id,
            amount=found.party if had_seat else 0,
        )
        holds.fill(write, actor, back_to, now)
        return booking.one(write, booking_id)


def _last(reader: Reader, booking_id: str, now: datetime) -> Row | None:
    """The line of the journal an undo would take back: a cancel, or the way out of a class.

    Not one that was taken back already, nor the way back itself, which notes no place.
    """
    found = reader.rows(
        "SELECT e.class_id, e.number, e.kind, e.amount, e.note FROM event e "
        "WHERE e.booking_id = :id AND e.at >= :since AND (e.kind IN ('cancelled', 'declined') "
        "OR (e.kind = 'moved_out' AND e.note <> '')) "
        "AND NOT EXISTS (SELECT 1 FROM event r WHERE r.class_id = e.class_id "
        "AND r.booking_id = e.booking_id AND r.kind IN ('restored', 'reopened') "
        "AND r.number > e.number) ORDER BY e.at DESC, e.number DESC",
        id=booking_id,
        since=times.stamp(now - UNDO),
    )
    state = reader.one("SELECT class_id, cancelled_at FROM booking WHERE id = :id", id=booking_id)
    for row in found:
        if state is None:
            break
        cancelled = row["kind"] in _GIVEN_UP and state["cancelled_at"] is not None
        moved = row["kind"] == "moved_out" and state["cancelled_at"] is None
        if (cancelled and row["class_id"] == state["class_id"]) or (
            moved and row["class_id"] != state["class_id"]
        ):
            return row
    return None


def _take_back(
    write: Writer, actor: Actor, class_id: str, party: int, since: int, now: datetime
) -> bool:
    """Free seats for a party again from those held since a line of the journal and not yet told.

    Takes nothing when it would not be enough.
    """
    missing = party - len(seats.free(write, class_id))
    untold: list[Row] = []
    for row in write.rows(
        "SELECT DISTINCT b.id, b.party, b.place FROM booking b JOIN event e ON e.booking_id = b.id "
        "AND e.class_id = b.class_id AND e.kind = 'held' AND e.number > :since "
        "WHERE b.class_id = :class_id AND b.held_until IS NOT NULL AND b.cancelled_at IS NULL "
        "ORDER BY b.place DESC",
        class_id=class_id,
        since=since,
    ):
        if missing > 0 and holds.since_held(write, row["id"]) == ["held"]:
            untold.append(row)
            missing -= row["party"]
    if missing > 0:
        return False
    for row in untold:
        holds.unseat(write, actor, class_id, row["id"], "taken_back", now)
    return True


def _go_back(write: Writer, actor: Actor, found: BookingView, last: Row, now: datetime) -> None:
    """Leave the class a booking was moved to, for its old place in the old one."""
    holds.unseat(write, actor, found.class_id, found.id, "moved_out", now)
    taken = _namesakes(write, found, last["class_id"])
    write.run(
        "UPDATE booking SET class_id = :class_id, namesake = :namesake, place = :place, "
        "arrived_at = NULL, lapsed_at = NULL, no_show_at = NULL WHERE id = :id",
        id=found.id,
        class_id=last["class_id"],
        place=int(last["note"]),
        namesake=max(taken, default=-1) + 1,
    )
    holds.fill(write, actor, found.class_id, now)
