"""Seats: one row each, holding one booking or none; who waits longest and fits comes first.

Every function works inside the caller's transaction, which holds the class's lock.
"""

from desk.store.engine import Reader, Writer


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
    """Give a whole party seats, or none when it does not fit: parties never split."""
    numbers = free(write, class_id)[:party]
    if len(numbers) < party:
        return False
    for number in numbers:
        write.run(
            "UPDATE seat SET booking_id = :booking WHERE class_id = :class_id "
            "AND number = :number AND booking_id IS NULL",
            booking=booking_id,
            class_id=class_id,
            number=number,
        )
    return True


def resize(write: Writer, class_id: str, seats: int) -> None:
    """Make the class have so many seats: new ones go to those who wait, only free ones leave."""
    numbers = [
        row["number"]
        for row in write.rows(
            "SELECT number FROM seat WHERE class_id = :id ORDER BY number", id=class_id
        )
    ]
    if seats > len(numbers):
        highest = numbers[-1]
        add(write, class_id, range(highest + 1, highest + 1 + seats - len(numbers)))
        _seat_waiting(write, class_id)
        return
    for number in free(write, class_id)[::-1][: len(numbers) - seats]:
        write.run(
            "DELETE FROM seat WHERE class_id = :class_id AND number = :number",
            class_id=class_id,
            number=number,
        )


def _seat_waiting(write: Writer, class_id: str) -> None:
    waiting = write.rows(
        "SELECT id, party FROM booking b WHERE class_id = :id "
        "AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id) ORDER BY place",
        id=class_id,
    )
    for row in waiting:
        take(write, class_id, row["id"], row["party"])
