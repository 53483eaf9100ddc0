"""What the database itself forbids, whatever a program may ask of it; and the way to the tables
of today from those of before.
"""

from typing import Any

import pytest

from desk import booking, changes, journal, schedule, seats, store, times
from desk.store import schema
from tests.conftest import COURSE, NOW, ROOM, VENUE, booking_form, person, refuses, scheduled
from tests.test_store import INTEGRITY


def forbidden(sql: str, **facts: Any) -> None:
    """The statement is refused by the database, and nothing remains of it."""
    with pytest.raises(INTEGRITY), store.transaction() as write:
        write.run(sql, **facts)


def book(class_id: str, *ids: str) -> None:
    for id in ids:
        form = booking_form(class_id)
        booking.book(person("volunteer"), id=id, form=form, now=NOW)


@pytest.mark.usefixtures("city")
def test_a_seat_holds_one_booking() -> None:
    meeting = scheduled(seats=1)
    book(meeting.id, "a", "b")
    forbidden("INSERT INTO seat (class_id, number, booking_id) VALUES (:id, 1, 'b')", id=meeting.id)
    forbidden("INSERT INTO seat (class_id, number) VALUES (:id, 0)", id=meeting.id)
    forbidden("UPDATE seat SET booking_id = 'nobody'")
    forbidden("DELETE FROM booking WHERE id = 'a'")
    assert store.rows("SELECT number, booking_id FROM seat") == [{"number": 1, "booking_id": "a"}]


TWIN = (
    "INSERT INTO booking (id, class_id, code, place, kana, residence, town_id, reach, reach_note, "
    "party, made_at, made_by, namesake, cancelled_at) SELECT :new, class_id, :new, :place, kana, "
    "residence, town_id, reach, reach_note, party, made_at, made_by, "
    "CAST(:namesake AS INTEGER), CAST(:cancelled AS TEXT) FROM booking WHERE id = 'a'"
)


@pytest.mark.usefixtures("city")
def test_one_person_is_in_a_class_once() -> None:
    meeting = scheduled()
    book(meeting.id, "a")
    twin = {"new": "b", "place": 2, "namesake": 0, "cancelled": None}
    forbidden(TWIN, **twin)
    for allowed in ({"new": "c", "namesake": 1}, {"new": "d", "cancelled": times.stamp(NOW)}):
        with store.transaction() as write:
            assert write.run(TWIN, **{**twin, "place": ord(allowed["new"]), **allowed}) == 1
    forbidden("UPDATE booking SET cancelled_at = NULL WHERE id = 'd'")
    forbidden("UPDATE booking SET namesake = 0 WHERE id = 'c'")
    forbidden("UPDATE booking SET place = 1 WHERE id = 'c'")
    changes.cancel(person("volunteer"), booking_id="a", now=NOW)
    with store.transaction() as write:
        assert write.run("UPDATE booking SET cancelled_at = NULL WHERE id = 'd'") == 1


@pytest.mark.usefixtures("city")
def test_a_room_a_teacher_or_a_tablet_is_used_once_at_a_time() -> None:
    meeting = scheduled(equipment=(("tablet", 1),))
    other = scheduled(room_id="0421110001-2")
    step = times.stamp(meeting.starts_at)
    for resource in (f"room:{ROOM}", "unit:tablet:1"):
        forbidden(
            "INSERT INTO busy (resource, step, class_id) VALUES (:resource, :step, :id)",
            resource=resource,
            step=step,
            id=other.id,
        )
    forbidden("UPDATE busy SET resource = 'one' WHERE class_id = :id", id=meeting.id)
    assert len(store.rows("SELECT step FROM busy WHERE step = :step", step=step)) == 3


@pytest.mark.usefixtures("city")
def test_the_journal_is_never_rewritten_and_only_trial_lines_leave() -> None:
    real, trial = scheduled(), scheduled(room_id="0421110001-2")
    book(real.id, "a")
    with store.transaction() as write:
        write.run(
            "INSERT INTO event (class_id, number, kind, at, trial) "
            "VALUES (:id, 99, 'changed', :at, 1)",
            id=trial.id,
            at=times.stamp(NOW),
        )
    before = store.rows("SELECT * FROM event ORDER BY class_id, number")
    for sql in (
        "UPDATE event SET note = 'other'",
        "UPDATE event SET trial = 1",
        "UPDATE event SET note = 'other' WHERE trial = 1",
        "UPDATE event SET amount = 9 WHERE number = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE kind = 'booked'",
        "INSERT INTO event (class_id, number, kind, at) "
        "SELECT class_id, number, 'booked', at FROM event WHERE number = 1",
        "INSERT INTO event (class_id, number, kind, at) SELECT id, 0, 'booked', made_at FROM class",
        # The lines of a class keep it.
        "DELETE FROM class",
    ):
        forbidden(sql)
    assert store.rows("SELECT * FROM event ORDER BY class_id, number") == before
    with store.transaction() as write:
        assert write.run("DELETE FROM event WHERE trial = 1") == 1
    assert len(store.rows("SELECT number FROM event")) == len(before) - 1


OLD: dict[str, list[dict[str, Any]]] = {
    "figure": [
        {"id": key, "key": key, "value": value, "as_of": "2026", "unit": "", "source": "x"}
        for key, value in (("hold_days", 1), ("hold_until_hour", 17))
    ],
    "person": [
        {"id": "P", "name": "職員", "role": "staff", "made_at": "2026-11-01T00:00:00Z"},
    ],
    "town": [
        {"id": "T", "name": "里の杜", "kana": "サトノモリ", "postal_code": "", "source": "x"}
        | {"lat": 38.1, "lng": 140.8},
    ],
    "venue": [
        {"id": VENUE, "name": "市役所", "kana": "", "kind": "市役所", "address": "", "source": "x"}
        | {"lat": 38.1, "lng": 140.8},
    ],
    "room": [{"id": ROOM, "venue_id": VENUE, "name": "会議室", "seats": 16, "source": "x"}],
    "course": [
        {"id": COURSE, "title": "電源", "title_en": "", "about": "", "minutes": 60, "bring": ""}
        | {"source": "x"},
    ],
    "class": [
        {"id": id, "course_id": COURSE, "venue_id": VENUE, "room_id": ROOM, "made_by": "P"}
        | {"starts_at": f"2026-11-{day}T05:00:00Z", "ends_at": f"2026-11-{day}T06:00:00Z"}
        | {"status": status, "made_at": f"2026-11-0{n}T00:00:00Z"}
        for n, (id, day, status) in enumerate(
            (("open", 28, "open"), ("gone", 29, "cancelled"), ("empty", 30, "open")), 1
        )
    ],
    "booking": [
        {"id": id, "class_id": class_id, "code": id, "place": place, "kana": kana}
        | {"residence": "town" if town else "outside", "town_id": town, "reach": "phone"}
        | {"reach_note": "", "party": party, "made_by": "P"}
        | {"made_at": f"2026-11-10T00:00:{place:02}Z", "arrived_at": None}
        for id, class_id, place, kana, town, party in (
            ("a", "open", 1, "ヤマダ ハナ", "T", 1),
            ("b", "open", 2, "ヤマダ ハナ", "T", 2),
            ("c", "open", 3, "ヤマダ ハナ", "T", 1),
            ("d", "open", 4, "ヤマダ ハナ", None, 1),
            ("e", "gone", 1, "ヤマダ ハナ", "T", 1),
        )
    ],
    # b and d wait: two did not fit, and then it was full.
    "seat": [
        {"class_id": "open", "number": 1, "booking_id": "a"},
        {"class_id": "open", "number": 2, "booking_id": "c"},
        {"class_id": "gone", "number": 1, "booking_id": "e"},
        {"class_id": "empty", "number": 1, "booking_id": None},
    ],
}


@pytest.fixture
def before(bare: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the time before the journal, with classes and bookings."""
    whole = list(schema.MIGRATIONS)
    monkeypatch.setattr("desk.store.sqlite.MIGRATIONS", whole[:4])
    monkeypatch.setattr("desk.store.postgres.MIGRATIONS", whole[:4])
    store.migrate()
    monkeypatch.undo()
    with store.engine().transaction(("desk",)) as write:  # there was no audit then
        for table, rows in OLD.items():
            columns = list(rows[0])
            write.run_many(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"VALUES ({', '.join(f':{column}' for column in columns)})",
                rows,
            )
    return bare


@pytest.mark.usefixtures("before")
def test_what_was_booked_before_the_journal_goes_on_with_one() -> None:
    store.migrate()
    staff = person("staff")
    assert store.rows("SELECT id, namesake, reach FROM booking ORDER BY id") == [
        {"id": id, "namesake": namesake, "reach": "phone"}
        for id, namesake in (("a", 0), ("b", 1), ("c", 2), ("d", 0), ("e", 0))
    ]
    assert [
        (row["id"], row["published_at"], row["changed_at"], row["cancelled_at"])
        for row in store.rows(
            "SELECT id, published_at, changed_at, cancelled_at FROM class ORDER BY made_at"
        )
    ] == [
        ("open", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", None),
        ("gone", "2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z"),
        ("empty", "2026-11-03T00:00:00Z", "2026-11-03T00:00:00Z", None),
    ]
    lines = journal.of_class(staff, class_id="open")
    assert [(one.number, one.kind, one.booking_id, one.amount, one.person) for one in lines] == [
        (1, "resized", None, 2, "職員"),
        (2, "booked", "a", 1, "職員"),
        (3, "seated", "a", 1, "職員"),
        (4, "booked", "b", 2, "職員"),
        (6, "booked", "c", 1, "職員"),
        (7, "seated", "c", 1, "職員"),
        (8, "booked", "d", 1, "職員"),
    ]
    for id in ("open", "gone", "empty"):
        assert seats.out_of_order(journal.of_class(staff, class_id=id)) == []
    assert [(one.id, one.draft, one.booked) for one in schedule.bookable(now=NOW)] == [
        ("open", False, 2),
        ("empty", False, 0),
    ]


@pytest.mark.usefixtures("before")
def test_the_journal_of_before_goes_on() -> None:
    store.migrate()
    staff = person("staff")
    changes.cancel(staff, booking_id="c", now=NOW)
    lines = journal.of_class(staff, class_id="open")
    assert [(one.number, one.kind, one.booking_id) for one in lines[-2:]] == [
        (9, "cancelled", "c"),
        (10, "held", "d"),
    ]
    changes.undo(staff, booking_id="c", now=NOW)
    form = booking_form("open", kana="ヤマダ ハナ", residence="town", town_id="T")
    with refuses("already_booked", "kana"):
        booking.book(staff, id="f", form=form, now=NOW)
    form = booking_form("open", kana="ヤマダ ハナ", residence="town", town_id="T", namesake=True)
    assert booking.book(staff, id="f", form=form, now=NOW).place == 5
    assert store.one("SELECT namesake FROM booking WHERE id = 'f'") == {"namesake": 3}
    assert seats.out_of_order(journal.of_class(staff, class_id="open")) == []
    forbidden("UPDATE event SET note = 'other' WHERE class_id = 'open'")


@pytest.mark.usefixtures("before")
def test_a_second_migration_changes_nothing() -> None:
    store.migrate()
    tables = ("booking", "event", "class")
    first = {name: sorted(map(str, store.rows(f"SELECT * FROM {name}"))) for name in tables}
    store.migrate()
    assert {name: sorted(map(str, store.rows(f"SELECT * FROM {name}"))) for name in tables} == first
