"""A full disk: a plain sentence, nothing typed is lost, reads go on, and it heals by itself."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg_pool
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.testclient import TestClient

from desk import booking, drafts, store
from desk.people import Actor
from desk.refusals import OutOfOrder, Refused
from desk.store.idle import Idle
from desk.store.sqlite import Sqlite, of_disk, sqlite3
from tests.conftest import NOW, Engines, booking_form, person, refuses, scheduled
from tests.test_screens import button, screen, texts
from web import health, out_of_order, wifi


@contextmanager
def no_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite's own limit stands for the end of the disk: the same error by the same way."""
    with monkeypatch.context() as patched:
        connect = Sqlite.connect

        def limited(engine: Sqlite) -> object:
            connection = connect(engine)
            connection.execute("PRAGMA max_page_count = 1")  # no page more than there are
            return connection

        patched.setattr(Sqlite, "connect", limited)
        # Each is a new one, and none with the limit is there afterwards.
        patched.setattr(Idle, "take", lambda _idle: None)
        patched.setattr(Idle, "give", lambda _idle, _mark, connection: connection.close())
        yield


@pytest.fixture
def city(engines: Engines) -> Iterator[None]:
    """A city on SQLite."""
    store.use(engines.fresh("sqlite", "city"))
    yield
    store.use(None)


def book_on(volunteer: Actor, class_id: str, made: list[str]) -> None:
    """Book one after the other, and note whose booking was acknowledged."""
    while len(made) < 5000:
        form = booking_form(class_id)
        made.append(booking.book(volunteer, id=f"{len(made)}", form=form, now=NOW).id)


def type_on(volunteer: Actor) -> None:
    """Begin one form after the other."""
    for n in range(500):
        drafts.keep(
            volunteer,
            device="d" * 32,
            form=f"log {n}",
            id="f",
            values={"note": "a" * 400},
            changed=True,
            now=NOW,
        )


@pytest.mark.usefixtures("city")
def test_what_was_acknowledged_stays_reads_go_on_and_it_heals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    volunteer, meeting, made = person("volunteer"), scheduled(), list[str]()
    with no_room(monkeypatch):
        with refuses("disk_full"):
            book_on(volunteer, meeting.id, made)
        assert [booking.get(volunteer, booking_id=id)[0].id for id in made] == made
        with refuses("draft_not_kept") as kept:
            type_on(volunteer)
        assert kept.value.facts == {"why": "database or disk is full"}
    again = booking.book(volunteer, id=f"{len(made)}", form=booking_form(meeting.id), now=NOW)
    assert store.one("SELECT COUNT(*) AS n FROM booking") == {"n": len(made) + 1}
    assert booking.get(volunteer, booking_id=again.id)[0].id == again.id


@pytest.mark.usefixtures("desk")
def test_the_form_keeps_what_was_typed_and_saves_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = screen("staff/people.py", "admin")
    app.text_input(key="people_name").set_value("ハナコ").run()
    app.text_input(key="people_secret").set_value("735102").run()
    with monkeypatch.context() as patched:
        patched.setattr(Sqlite, "_turn", closed)
        button(app, "この人を登録する").click().run()
        assert not app.exception
        assert "デスクのディスクがいっぱいで、保存していません" in texts(app)
        assert app.text_input(key="people_name").value == "ハナコ"
    button(app, "この人を登録する").click().run()
    assert store.one("SELECT role FROM person WHERE name = 'ハナコ'") == {"role": "volunteer"}


def closed(_engine: Sqlite) -> None:
    raise of_disk(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def failing(*_asked: object, **_facts: object) -> None:
    raise OutOfOrder("database_away")


@pytest.mark.usefixtures("desk")
def test_a_screen_whose_database_is_away_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("staff/people.py", "admin")
    monkeypatch.setattr(store, "rows", failing)
    app.run()
    assert not app.exception
    assert "データベースが答えません" in texts(app)
    monkeypatch.setattr(store, "one", failing)
    app.run()
    assert not app.exception
    assert "データベースが答えません" in texts(app)


@pytest.mark.usefixtures("city")
def test_pages_and_health_say_503_in_plain_words_and_then_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    routes = [Route("/wifi", wifi.listed), Route("/health", health.health)]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(out_of_order.Told)]))
    with monkeypatch.context() as patched:
        patched.setattr(store, "one", failing)
        patched.setattr(store, "rows", failing)
        answer = client.get("/wifi")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "データベースが答えません" in answer.text
        assert "does not answer" in client.get("/wifi?lang=en").text
        answer = client.get("/health")
        assert (answer.status_code, answer.json()) == (
            503,
            {"ok": False, "problem": "database_away"},
        )
    assert client.get("/wifi").status_code == 200
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": False,
        "database": store.engine().version(),
        "trial": False,
        "backup": "none",
    }


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_FULL, "disk_full"),
        (sqlite3.SQLITE_READONLY, "disk_closed"),
        (sqlite3.SQLITE_CANTOPEN, "disk_closed"),
        (sqlite3.SQLITE_IOERR, "disk_failed"),
        (sqlite3.SQLITE_IOERR | 32 << 8, "disk_failed"),  # a wrong checksum
        (sqlite3.SQLITE_CORRUPT, "database_damaged"),
        (sqlite3.SQLITE_NOTADB, "database_damaged"),
        (sqlite3.SQLITE_BUSY, "database_busy"),
        (sqlite3.SQLITE_CONSTRAINT, None),
        (sqlite3.SQLITE_ERROR, None),
    ],
)
def test_the_machine_is_told_from_the_program(
    code: int, said: str | None, engines: Engines
) -> None:
    problem = sqlite3.OperationalError()
    problem.sqlite_errorcode = code
    told = Sqlite(engines.folder / "none").trouble(problem)
    assert (told.code if told else None) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "disk_full"), (errno.EROFS, "disk_closed"), (errno.EIO, "disk_failed")],
)
def test_a_failing_file_says_what_of_the_disk(number: int, said: str) -> None:
    assert of_disk(OSError(number, "")).code == said


def put_twice() -> None:
    with store.transaction() as write:
        for _ in range(2):
            write.run("INSERT INTO setting (key, value) VALUES ('a', 'b')")


@pytest.mark.usefixtures("database")
def test_what_breaks_a_rule_of_the_database_is_no_trouble_of_the_machine() -> None:
    with pytest.raises(store.engine().failures):
        put_twice()


def test_a_server_that_is_away_is_told_as_such(database: str) -> None:
    if database == "sqlite":
        return
    told = store.engine().trouble(psycopg_pool.PoolTimeout())
    assert isinstance(told, Refused)
    assert told.code == "database_away"
