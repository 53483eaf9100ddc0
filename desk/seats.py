"""Seats: one row each, holding one booking or none; who waits longest and fits comes first.

Every function works inside the caller's transaction, which holds the class's lock. Between
transactions one thing is always true: nobody who waits would fit into the seats that are free.
"""

from collections.abc import Iterable
from datetime import datetime

from desk import journal, times
from desk.people import Actor
from desk.store.engine import Reader, Row, Writer

WAITING = (
    "b.cancelled_at IS NULL AND b.lapsed_at IS NULL AND b.no_show_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id)"
)


def add(write: Writer, class_id: str, numbers: range) -> None:
    """Put free seats with these numbers into a class."""
    write.run_many(
        "INSERT INTO seat (class_id, number) VALUES (:class_id, :number)",
        [{"class_id": class_id, "number": number} for number in numbers],
    )


def free(reader: Reader, class_id: str) -> list[int]:
    """The numbers of the free seats, lowest first."""
    return [
        row["number"]
        for row in reader.rows(
            "SELECT number FROM seat WHERE class_id = :id AND booking_id IS NULL ORDER BY number",
            id=class_id,
        )
    ]


def take(write: Writer, class_id: str, booking_id: str, party: int) -> bool:
    """Give a whole party seats, or none when it does not fit: parties never split.

    Raises:
        RuntimeError: when somebody without the class's lock took one meanwhile.
    """
    numbers = free(write, class_id)[:party]
    if len(numbers) < party:
        return False
    taken = sum(
        write.run(
            "UPDATE seat SET booking_id = :booking WHERE class_id = :class_id "
            "AND number = :number AND booking_id IS NULL",
            booking=booking_id,
            class_id=class_id,
            number=number,
        )
        for number in numbers
    )
    if taken < party:
        raise RuntimeError(f"class {class_id} was written without its lock")
    return True


def release(write: Writer, booking_id: str) -> int:
    """Free the seats of a booking; how many there were."""
    return write.run(
        "UPDATE seat SET booking_id = NULL WHERE booking_id = :booking", booking=booking_id
    )


def next_place(reader: Reader, class_id: str) -> int:
    """The place in the queue after everybody's, and after those a move left that may come back."""
    return int(
        reader.rows(
            "SELECT COALESCE(MAX(p.place), 0) + 1 AS place FROM (SELECT place FROM booking "
            "WHERE class_id = :id UNION ALL SELECT CAST(note AS INTEGER) FROM event "
            "WHERE class_id = :id AND kind = 'moved_out' AND note <> '') p",
            id=class_id,
        )[0]["place"]
    )


def waiting(reader: Reader, class_id: str) -> list[Row]:
    """Who waits, first come first: id, party, place."""
    return reader.rows(
        f"SELECT b.id, b.party, b.place FROM booking b WHERE b.class_id = :id AND {WAITING} "
        "ORDER BY b.place",
        id=class_id,
    )


def promote(write: Writer, actor: Actor, class_id: str, *, now: datetime, until: datetime) -> None:
    """Hold free seats for those who wait, in their order, until a moment: they must be told."""
    if not free(write, class_id):
        return
    for row in waiting(write, class_id):
        if take(write, class_id, row["id"], row["party"]):
            write.run(
                "UPDATE booking SET held_until = :until WHERE id = :id",
                until=times.stamp(until),
                id=row["id"],
            )
            journal.write_event(
                write, actor, class_id, "held", now, booking_id=row["id"], amount=row["party"]
            )


def shrink(write: Writer, class_id: str, seats: int) -> None:
    """Take free seats away, the highest numbers first, until so many are left."""
    numbers = _numbers(write, class_id)
    for number in free(write, class_id)[::-1][: len(numbers) - seats]:
        write.run(
            "DELETE FROM seat WHERE class_id = :class_id AND number = :number",
            class_id=class_id,
            number=number,
        )


def grow(write: Writer, class_id: str, seats: int) -> None:
    """Add free seats until there are so many."""
    numbers = _numbers(write, class_id)
    highest = numbers[-1]
    add(write, class_id, range(highest + 1, highest + 1 + seats - len(numbers)))


def _numbers(reader: Reader, class_id: str) -> list[int]:
    sql = "SELECT number FROM seat WHERE class_id = :id ORDER BY number"
    return [row["number"] for row in reader.rows(sql, id=class_id)]


def last_come(reader: Reader, class_id: str, seats: int) -> list[Row]:
    """Who would lose their seats if there were only so many: id, kana, party; the last come.

    Whoever is in the room already keeps the seat.
    """
    holders = reader.rows(
        "SELECT b.id, b.kana, b.party, b.arrived_at FROM booking b WHERE b.class_id = :id "
        "AND EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id) ORDER BY b.place DESC",
        id=class_id,
    )
    over = sum(row["party"] for row in holders) - seats
    losing: list[Row] = []
    for row in holders:
        if over <= 0:
            break
        if row["arrived_at"]:
            continue
        losing.append(row)
        over -= row["party"]
    return losing


def in_use(reader: Reader, class_id: str) -> int:
    """Seats of those who are in the room already."""
    return int(
        reader.rows(
            "SELECT COUNT(*) AS n FROM seat s JOIN booking b ON b.id = s.booking_id "
            "WHERE s.class_id = :id AND b.arrived_at IS NOT NULL",
            id=class_id,
        )[0]["n"]
    )


def out_of_order(events: Iterable[journal.Event]) -> list[int]:
    """Play a class's journal again: the numbers of lines that are not fair. None is the proof.

    Not fair is a seat past somebody who waited longer and fitted, more seats sold than there are,
    a party split, a seat for who is not in the queue, a turn that went by without a try, and an
    undo that gives back what was not given up or takes a seat somebody was told of.
    """
    total, place = 0, 0
    places: dict[str, tuple[int, int]] = {}  # of everybody: place in the queue and party
    queue: dict[str, tuple[int, int]] = {}  # of who waits
    seated: dict[str, int] = {}
    kept: dict[str, int] = {}  # seats that wait for an answer: how often somebody tried
    given_up: dict[str, int] = {}
    wrong = []
    for event in events:
        id, amount, fair = event.booking_id or "", event.amount, True
        known, left = places.get(id, (0, 0)), total - sum(seated.values())
        party = known[1]
        match event.kind:
            case "resized":
                total, fair = amount, sum(seated.values()) <= amount
            case "booked" | "moved_in" | "rejoined":
                place, fair = place + 1, id not in seated
                places[id] = queue[id] = (place, amount)
            case "seated" | "held":
                mine = queue.pop(id, None)
                fair = mine is not None and amount == party and amount <= left
                if mine and any(was < mine[0] and size <= left for was, size in queue.values()):
                    fair = False
                seated[id] = amount
                if event.kind == "held":
                    kept[id] = 0
            case "called" | "told":
                kept[id] = kept.get(id, 0) + 1
            case "accepted" | "arrived":
                kept.pop(id, None)
            case "restored" if amount:  # past the queue, by whom it was given up just now
                fair = amount == given_up.pop(id, 0) and amount <= left
                queue.pop(id, None)
                seated[id] = amount
            case "restored":
                queue[id] = known
            case "let_in" | "came_after_all":  # who sat in the room is a fact, not a turn
                fair = amount == party and amount <= left
                queue.pop(id, None)
                seated[id] = amount
            case "unseated" | "taken_back":
                fair = id in seated and (event.kind == "unseated" or kept.get(id) == 0)
                seated.pop(id, None)
                kept.pop(id, None)
                queue[id] = known
            case "declined" | "lapsed" | "cancelled" | "moved_out" | "no_show":
                fair = event.kind != "lapsed" or kept.get(id, 0) > 0
                given_up[id] = seated.pop(id, 0)
                kept.pop(id, None)
                queue.pop(id, None)
        if not fair:
            wrong.append(event.number)
    return wrong
