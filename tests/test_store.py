"""The database: all or nothing, nobody's seat sold twice, nothing rewritten, on both engines."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Timer
from typing import Any

import psycopg.errors
import pytest
from sqlite_utils.utils import sqlite3

from desk import booking, store, times
from desk.store.engine import percent_named
from desk.store.schema import MIGRATIONS
from desk.store.sqlite import Sqlite
from tests.conftest import DESK, NOW, ROOM, booking_form, person, scheduled

INTEGRITY = (sqlite3.IntegrityError, psycopg.errors.IntegrityError)
PROJECT = Path(__file__).parent.parent


def settings() -> list[dict[str, Any]]:
    return store.rows("SELECT key, value FROM setting ORDER BY key")


def put(write: store.Writer, key: str, value: str = "x") -> int:
    return write.run("INSERT INTO setting (key, value) VALUES (:key, :value)", key=key, value=value)


@pytest.mark.usefixtures("database")
def test_what_was_written_is_read() -> None:
    with store.transaction() as write:
        assert put(write, "a", "100 % :not_a_name é 電話") == 1
        write.run_many(
            "INSERT INTO setting (key, value) VALUES (:key, :value)",
            [{"key": "b", "value": "2"}, {"key": "c", "value": "3"}],
        )
        assert len(write.rows("SELECT key FROM setting")) == 3
    assert settings() == [
        {"key": "a", "value": "100 % :not_a_name é 電話"},
        {"key": "b", "value": "2"},
        {"key": "c", "value": "3"},
    ]
    assert store.one("SELECT value FROM setting WHERE key = :key", key="b") == {"value": "2"}
    assert store.one("SELECT value FROM setting WHERE key = :key", key="none") is None
    assert store.rows("SELECT value FROM setting WHERE key LIKE '%z%'") == []


@pytest.mark.usefixtures("database")
def test_a_transaction_that_fails_leaves_nothing() -> None:
    def fail_after_writing() -> None:
        with store.transaction() as write:
            put(write, "a")
            raise ZeroDivisionError

    def write_one_key_twice() -> None:
        with store.transaction() as write:
            put(write, "b")
            put(write, "b")

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with pytest.raises(INTEGRITY):
        write_one_key_twice()
    assert settings() == []
    with store.transaction() as write:
        put(write, "a")
    assert settings() == [{"key": "a", "value": "x"}]


@pytest.mark.usefixtures("database")
def test_a_snapshot_stays_as_it_was_and_keeps_nobody_from_writing() -> None:
    count = "SELECT COUNT(*) AS n FROM setting"
    with store.snapshot() as reader:
        assert reader.rows(count) == [{"n": 0}]
        with store.transaction() as write:
            put(write, "a")
        assert reader.rows(count) == [{"n": 0}]
    with store.snapshot() as reader:
        assert reader.rows(count) == [{"n": 1}]


@pytest.mark.usefixtures("database")
def test_what_is_not_committed_is_not_seen() -> None:
    with store.transaction() as write:
        put(write, "a")
        assert settings() == []
    assert settings() == [{"key": "a", "value": "x"}]


@pytest.mark.usefixtures("database")
def test_two_transactions_of_one_lock_never_overlap() -> None:
    with store.transaction() as write:
        put(write, "n", "0")

    def add_one(_: int) -> None:
        with store.transaction(lock="counter") as write:
            before = write.rows("SELECT value FROM setting WHERE key = 'n'")[0]["value"]
            write.run("UPDATE setting SET value = :n WHERE key = 'n'", n=str(int(before) + 1))

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(add_one, range(48)))
    assert settings() == [{"key": "n", "value": "48"}]


def put_next() -> list[dict[str, Any]]:
    with store.transaction() as write:
        put(write, "next")
    return settings()


WRITE_FOR_EVER = """
import time
from desk import store
with store.transaction() as write:
    write.run("INSERT INTO setting (key, value) VALUES ('half', 'written')")
    print("writing", flush=True)
    time.sleep(600)
"""


def test_a_writer_that_is_killed_leaves_nothing_and_lets_the_next_go_on(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    store.use(str(path))
    store.migrate()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER],
        cwd=PROJECT,
        env={**os.environ, "DESK_DATABASE": str(path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(put_next)
        assert wait([waiting], 0.2).not_done
        writer.kill()
        assert waiting.result(timeout=20) == [{"key": "next", "value": "x"}]
    writer.communicate()
    store.use(None)


@pytest.mark.usefixtures("city")
def test_twelve_tablets_at_once_sell_each_of_the_last_seats_once() -> None:
    meeting, volunteer, together = scheduled(seats=5), person("volunteer"), Barrier(12)

    def book(n: int) -> booking.BookingView:
        together.wait()
        form = booking_form(meeting.id)
        return booking.book(volunteer, id=f"tablet {n}", form=form, now=NOW)

    with ThreadPoolExecutor(12) as threads:
        made = list(threads.map(book, range(12)))
    assert sorted(one.seated for one in made) == [False] * 7 + [True] * 5
    assert sorted(one.place for one in made) == list(range(1, 13))
    assert sorted(one.place for one in made if one.seated) == [1, 2, 3, 4, 5]
    held = store.rows("SELECT booking_id FROM seat WHERE class_id = :id", id=meeting.id)
    assert {row["booking_id"] for row in held} == {one.id for one in made if one.seated}


@pytest.mark.usefixtures("city")
def test_twelve_taps_on_one_form_are_one_booking() -> None:
    meeting, volunteer, together = scheduled(seats=5), person("volunteer"), Barrier(12)

    def book(_: int) -> booking.BookingView:
        together.wait()
        return booking.book(volunteer, id="one form", form=booking_form(meeting.id), now=NOW)

    with ThreadPoolExecutor(12) as threads:
        made = list(threads.map(book, range(12)))
    assert made == [made[0]] * 12
    assert store.one("SELECT COUNT(*) AS n FROM booking") == {"n": 1}
    assert store.one("SELECT COUNT(booking_id) AS n FROM seat") == {"n": 1}


def test_four_processes_may_migrate_at_once(bare: str) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", "from desk import store; store.migrate(); store.migrate()"],
            cwd=PROJECT,
            env={**os.environ, "DESK_DATABASE": bare},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[1] for process in starting] == [""] * 4
    assert [process.returncode for process in starting] == [0] * 4
    assert settings() == []


@pytest.mark.parametrize("_again", range(5))
def test_eight_threads_may_migrate_at_once(bare: str, _again: int) -> None:
    together = Barrier(8)

    def migrate(_: int) -> None:
        together.wait()
        store.migrate()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(migrate, range(8)))
    table = "_migration" if bare.startswith("postgres") else "_sqlite_migrations"
    names = [row["name"] for row in store.rows(f"SELECT name FROM {table} ORDER BY name")]
    assert names == [name for name, _steps in MIGRATIONS]


@pytest.mark.parametrize("work", ["INSERT INTO at_work VALUES (1)", "SELECT * FROM at_work"])
def test_the_switch_to_wal_waits_for_who_is_at_work(tmp_path: Path, work: str) -> None:
    path = tmp_path / "desk.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE at_work (id TEXT)")
    other.execute("BEGIN")
    other.execute(work).fetchall()
    done = Timer(0.3, lambda: other.execute("COMMIT"))
    done.start()
    Sqlite(path).migrate()
    done.join()
    other.close()
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def consultation(*, trial: int) -> str:
    id = str(uuid.uuid4())
    with store.transaction() as write:
        write.run(
            "INSERT INTO consultation (id, logged_at, desk_id, kind, person_id, residence, "
            "age_band, topic, result, minutes, note, trial) VALUES (:id, :at, :desk, 'walk_in', "
            ":person, 'unknown', 'unknown', 'line', 'solved', 15, '', :trial)",
            id=id,
            at=times.stamp(NOW),
            desk=DESK,
            person=person_id(),
            trial=trial,
        )
    return id


def person_id() -> str:
    found = store.one("SELECT id FROM person LIMIT 1")
    return str(found["id"]) if found else person("volunteer").id


@pytest.mark.usefixtures("city")
def test_a_consultation_is_never_rewritten_and_only_a_trial_one_leaves() -> None:
    person("volunteer")
    real, trial = consultation(trial=0), consultation(trial=1)
    before = store.rows("SELECT * FROM consultation ORDER BY id")
    for id in (real, trial):
        with pytest.raises(INTEGRITY), store.transaction() as write:
            write.run("UPDATE consultation SET note = 'other' WHERE id = :id", id=id)
        with pytest.raises(INTEGRITY), store.transaction() as write:
            write.run("UPDATE consultation SET trial = 1 WHERE id = :id", id=id)
    with pytest.raises(INTEGRITY), store.transaction() as write:
        write.run("DELETE FROM consultation WHERE id = :id", id=real)
    with pytest.raises(INTEGRITY), store.transaction() as write:
        write.run("DELETE FROM consultation")
    assert store.rows("SELECT * FROM consultation ORDER BY id") == before
    with store.transaction() as write:
        assert write.run("DELETE FROM consultation WHERE trial = 1") == 1
    assert store.rows("SELECT id FROM consultation") == [{"id": real}]


@pytest.mark.usefixtures("city")
def test_the_database_itself_refuses_a_second_use_of_a_seat_or_a_room() -> None:
    meeting = scheduled(seats=2)
    for sql, facts in (
        ("INSERT INTO seat (class_id, number) VALUES (:id, 1)", {}),
        (
            "INSERT INTO busy (resource, step, class_id) VALUES (:room, :step, :id)",
            {"room": f"room:{ROOM}", "step": times.stamp(meeting.ends_at - timedelta(minutes=5))},
        ),
        ("UPDATE seat SET booking_id = 'nobody' WHERE class_id = :id AND number = 1", {}),
        ("UPDATE class SET ends_at = starts_at WHERE id = :id", {}),
    ):
        with pytest.raises(INTEGRITY), store.transaction() as write:
            write.run(sql, id=meeting.id, **facts)
    assert store.one("SELECT COUNT(*) AS n FROM seat") == {"n": 2}
    assert store.one("SELECT COUNT(*) AS n FROM busy") == {"n": 12}


@pytest.mark.parametrize(
    ("named", "percent"),
    [
        ("SELECT 1", "SELECT 1"),
        ("a = :a AND b=:b_2", "a = %(a)s AND b=%(b_2)s"),
        ("(:a, :a)", "(%(a)s, %(a)s)"),
        ("x::text = :x", "x::text = %(x)s"),
        ("name LIKE '%a' AND id = :id", "name LIKE '%%a' AND id = %(id)s"),
        ("at = '10:30'", "at = '10:30'"),
    ],
)
def test_named_parameters_in_the_other_dialect(named: str, percent: str) -> None:
    assert percent_named(named) == percent


def test_the_engine_says_its_name_and_version(database: str) -> None:
    assert store.engine().name == database
    name, version = store.engine().version().split()
    assert name == {"sqlite": "SQLite", "postgres": "PostgreSQL"}[database]
    assert version[0].isdigit()


# Connections of SQLite between two units of work.


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A new SQLite database in use; the list grows with each connection."""
    store.use(str(tmp_path / "desk.sqlite3"))
    store.migrate()
    made: list[str] = []
    connect = Sqlite._ready
    monkeypatch.setattr(Sqlite, "_ready", lambda one: made.append(str(one.path)) or connect(one))
    yield made
    store.use(None)


def test_a_connection_serves_one_unit_of_work_after_the_other(opened: list[str]) -> None:
    for n in range(5):
        with store.transaction() as write:
            put(write, str(n))
        assert len(settings()) == n + 1
    assert len(opened) <= 1


def test_no_two_threads_have_one_connection(opened: list[str]) -> None:
    there = Barrier(4)

    def read(_: int) -> int:
        with store.snapshot() as reader:
            there.wait(20)
            return id(reader._conn)

    with ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            assert len(set(threads.map(read, range(4)))) == 4
    assert len(opened) <= 4


@pytest.mark.usefixtures("opened")
def test_a_snapshot_or_a_failure_leaves_nothing_to_the_next() -> None:
    with store.snapshot() as reader:
        assert reader.rows("SELECT * FROM setting") == []
    with pytest.raises(sqlite3.IntegrityError):
        _put_twice()
    with store.transaction() as write:
        put(write, "b")
    assert settings() == [{"key": "b", "value": "x"}]


def _put_twice() -> None:
    with store.transaction() as write:
        put(write, "a")
        put(write, "a")


@pytest.mark.usefixtures("opened")
def test_a_file_put_in_the_place_of_ours_is_read_anew(tmp_path: Path) -> None:
    """While it is at rest, and while somebody reads."""
    path = tmp_path / "desk.sqlite3"
    for number, reading in enumerate((False, True)):
        with store.transaction() as write:
            put(write, f"before {number}")
        other = tmp_path / "other.sqlite3"
        made = Sqlite(other)
        made.migrate()
        with made._open() as db:
            db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if reading:
            with store.snapshot():
                _replace(other, path)
        else:
            _replace(other, path)
        assert settings() == []


def _replace(other: Path, path: Path) -> None:
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    other.rename(path)
