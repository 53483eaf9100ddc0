"""What the desk does by itself: once a slot, by one of many, whatever the clock or a chore does."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from desk import backups, chores, language, machine, store
from desk.chores import CHORES, DAY, QUARTER, Chore, due
from desk.refusals import OutOfOrder
from tests.conftest import NOW, Engines

HOUR = timedelta(hours=1)


class Done:
    """A chore that notes when it was done, and fails when it is told to."""

    def __init__(self, every: timedelta = QUARTER, name: str = "try") -> None:
        self.at: list[datetime] = []
        self.fails: Exception | None = None
        self.chore = Chore(name, "Backup", every, self)

    def __call__(self, *, now: datetime) -> dict[str, Any]:
        self.at.append(now)
        if self.fails:
            raise self.fails
        return {"n": len(self.at)}

    def look(self, *moments: datetime) -> int:
        """How often it is done when it is looked at these moments."""
        before = len(self.at)
        for now in moments:
            due(now, (self.chore,))
        return len(self.at) - before


def minutes(start: datetime, count: int) -> list[datetime]:
    return [start + timedelta(minutes=n) for n in range(count)]


@pytest.mark.usefixtures("database")
def test_a_chore_is_done_once_a_slot() -> None:
    done = Done()
    assert done.look(*minutes(NOW, 60)) == 4
    assert done.at == [NOW + n * QUARTER for n in range(4)]
    (run,) = chores.last()
    assert (run.began_at, run.ended_at, run.good_at) == (done.at[-1],) * 3
    assert (run.code, run.facts) == (None, {"n": 4})


@pytest.mark.usefixtures("database")
def test_a_days_chore_is_done_at_two_in_the_morning_of_tokyo_and_made_up_for() -> None:
    done = Done(DAY)
    before = datetime(2026, 11, 24, 16, 58, tzinfo=UTC)  # 1:58
    assert done.look(before) == 1
    assert done.look(*minutes(before, 4)) == 1
    assert done.at[-1] == before + timedelta(minutes=2)
    assert done.look(before + timedelta(days=4)) == 1  # the machine was off
    assert done.look(before + timedelta(days=4, minutes=1)) == 0


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("every", [QUARTER, DAY])
def test_a_clock_that_steps_back_does_nothing_twice_and_holds_nothing_up(every: timedelta) -> None:
    done = Done(every)
    start = datetime(2026, 11, 24, 17, 5, tzinfo=UTC)  # 2:05
    assert done.look(start) == 1
    assert done.look(start - timedelta(minutes=10)) == 0  # into the slot before: 1:55
    assert done.look(start) == 0
    assert done.look(start + every) == 1


@pytest.mark.usefixtures("database")
def test_a_clock_that_was_a_year_ahead_holds_nothing_up() -> None:
    for done in (Done(QUARTER), Done(DAY, "day")):
        assert done.look(NOW + timedelta(days=365), NOW, NOW + timedelta(seconds=20)) == 2
        assert done.look(NOW + done.chore.every) == 1


@pytest.mark.usefixtures("database")
def test_a_chore_that_fails_is_told_and_tried_again() -> None:
    done = Done(DAY)
    done.fails = OutOfOrder("place_failed", place="/mnt", reason="gone")
    assert done.look(*minutes(NOW, 31)) == 3  # at once, after 15 and after 30 minutes
    (run,) = chores.last()
    assert (run.code, run.good_at) == ("place_failed", None)
    assert "/mnt" in chores.why(run, "ja")
    done.fails = None
    assert done.look(NOW + HOUR, NOW + 2 * HOUR) == 1
    (run,) = chores.last()
    assert (run.code, run.good_at) == (None, NOW + HOUR)
    noted = store.rows("SELECT what, facts FROM audit WHERE what LIKE 'chore.%' ORDER BY n")
    assert [("place_failed" in row["facts"], row["what"]) for row in noted] == [
        (True, "chore.try"),  # not three times
        (False, "chore.try"),
    ]


@pytest.mark.usefixtures("database")
def test_an_error_of_the_program_keeps_no_other_chore(capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = Done(name="bad"), Done(name="good")
    bad.fails = ZeroDivisionError()
    due(NOW, (bad.chore, good.chore))
    runs = {run.chore.name: run for run in chores.last()}
    assert (runs["bad"].code, runs["good"].code) == ("chore_failed", None)
    assert "ZeroDivisionError" in chores.why(runs["bad"], "en")
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.usefixtures("database")
def test_of_twelve_processes_one_does_it() -> None:
    done, together = Done(), Barrier(12)

    def look(_: int) -> None:
        together.wait()
        due(NOW, (done.chore,))

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(look, range(12)))
    assert done.at == [NOW]


@pytest.mark.usefixtures("database")
def test_one_that_was_cut_off_is_done_again() -> None:
    done = Done(DAY)
    assert chores._claimed(done.chore, NOW)  # and then the process died
    assert done.look(NOW + timedelta(minutes=1)) == 0
    (run,) = chores.last()
    assert (run.ended_at, run.code) == (None, None)
    assert done.look(NOW + QUARTER) == 1


@pytest.mark.usefixtures("database")
def test_one_that_is_not_for_this_desk_is_not_done() -> None:
    done = Done()
    done.chore = replace(done.chore, here=lambda: False)
    assert done.look(NOW) == 0
    assert chores.last() == []


@pytest.fixture
def file(engines: Engines, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "desk.sqlite3"
    shutil.copy(engines.fresh("sqlite", "city"), path)
    store.use(str(path))
    yield path
    store.use(None)


def test_the_desk_makes_its_backups_and_says_whether_it_did(file: Path) -> None:
    assert machine.health(now=NOW)["backup"] == "none"
    runs = due(NOW)
    done = [("backup", None), ("check", None), ("retention", None)]
    assert [(run.chore.name, run.code) for run in runs] == done
    (made,) = backups.all_of(file.parent / "backups", now=NOW)
    assert runs[0].facts == {"file": made.file.name, "bytes": made.size}
    assert machine.health(now=NOW + HOUR / 2) == {
        "ok": True,
        "database": store.engine().version(),
        "trial": False,
        "backup": "fresh",
    }
    late = machine.health(now=NOW + HOUR)
    assert (late["ok"], late["backup"]) == (False, "late")


def test_every_chore_has_a_name_of_its_own_and_words(file: Path) -> None:
    assert len({one.name for one in CHORES}) == len(CHORES)
    for one in CHORES:
        assert language.catalogue("ja").gettext(one.title) != one.title
    assert file.exists()


def test_the_worker_goes_on_when_the_database_fails_and_stops_when_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looked = threading.Event()
    calls: list[datetime] = []

    def look(now: datetime) -> list[chores.Run]:
        calls.append(now)
        if len(calls) == 1:
            raise OutOfOrder("disk_full")
        looked.set()
        return []

    monkeypatch.setattr(chores, "due", look)
    monkeypatch.setattr(chores, "LOOK", 0.01)
    worker = chores.Worker()
    worker.start()
    assert looked.wait(20)
    worker.stop()
    assert "disk_full" in capsys.readouterr().err
    done = len(calls)
    assert threading.active_count() >= 1
    assert len(calls) == done
