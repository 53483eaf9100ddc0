"""Backups: a sound copy in two places, old ones go, a bad one never counts."""

import hashlib
import os
import shutil
import stat
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk import backups, machine, restoring, store
from desk.backups import Backup
from desk.refusals import NotAllowed, OutOfOrder
from desk.store import audit, checksums, copies
from desk.store.sqlite import Sqlite
from tests.conftest import NOW, Engines, person, refuses, scheduled

QUARTER = timedelta(minutes=15)
SETTINGS = "SELECT key, value FROM setting"


@pytest.fixture
def file(engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A city's database in a folder of its own, and a second place for backups."""
    (tmp_path / "second").mkdir()
    monkeypatch.setenv("DESK_BACKUPS_2", str(tmp_path / "second"))
    monkeypatch.delenv("DESK_BACKUPS", raising=False)
    path = tmp_path / "desk.sqlite3"
    shutil.copy(engines.fresh("sqlite", "city"), path)
    store.use(str(path))
    yield path
    store.use(None)


def names(place: Path) -> list[str]:
    return sorted(one.name for one in place.iterdir() if not one.name.startswith("."))


def test_a_backup_is_the_same_in_both_places_for_its_owner_alone(file: Path) -> None:
    scheduled()
    made = backups.make(now=NOW)
    first, second = file.parent / "backups", file.parent / "second"
    assert backups.places() == [first, second]
    assert made.file == first / "desk-20261124T010000Z.sqlite3"
    assert names(first) == names(second) == [made.file.name, f"{made.file.name}.sha256"]
    digest = hashlib.sha256(made.file.read_bytes()).hexdigest()
    assert (second / f"{made.file.name}.sha256").read_text() == f"{digest}  {made.file.name}\n"
    assert hashlib.sha256((second / made.file.name).read_bytes()).hexdigest() == digest
    for one in (first, made.file, second / made.file.name):
        assert stat.S_IMODE(one.stat().st_mode) & 0o077 == 0, one
    assert restoring.verify(made) == copies.look(Sqlite(file))
    assert restoring.verify(made).counts["class"] == 1


def test_a_backup_is_one_file_with_checksums_and_reading_it_makes_no_other(file: Path) -> None:
    made = backups.make(now=NOW)
    assert checksums.has(Sqlite(file).header())
    assert checksums.has(Sqlite(made.file).header())
    before = names(made.file.parent)
    restoring.verify(made)
    assert names(made.file.parent) == before


@pytest.mark.usefixtures("file")
def test_a_backup_made_while_others_write_holds_all_that_was_acknowledged_before() -> None:
    stop, written = threading.Event(), list[str]()

    def write(tablet: int) -> None:
        n = 0
        while not stop.is_set():
            key = f"k{tablet}-{n % 20}"
            with store.transaction(by=store.SYSTEM) as writer:
                writer.run(
                    "INSERT INTO setting (key, value) VALUES (:key, 'x') "
                    "ON CONFLICT (key) DO UPDATE SET value = setting.value || 'x'",
                    key=key,
                )
            written.append(key)
            n += 1

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for one in threads:
        one.start()
    try:
        for n in range(8):
            acknowledged = Counter(written)
            made = backups.make(now=NOW + n * QUARTER)
            with Sqlite(made.file).reading() as reader:
                there = {row["key"]: len(row["value"]) for row in reader.rows(SETTINGS)}
            assert {key for key, n in acknowledged.items() if there.get(key, 0) < n} == set()
    finally:
        stop.set()
        for one in threads:
            one.join()
    assert written


def test_the_second_place_away_is_told_and_the_first_has_its_backup(file: Path) -> None:
    second = file.parent / "second"
    second.rmdir()
    assert [one.code for one in backups.concerns()] == ["place_away"]
    with refuses("place_failed"):
        backups.make(now=NOW)
    assert len(backups.all_of(file.parent / "backups", now=NOW)) == 1
    assert not second.exists()  # a mount that is away must not become a folder


def test_two_places_on_one_disk_or_one_place_are_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.make(now=NOW)
    assert [one.code for one in backups.concerns()] == ["same_disk"]
    monkeypatch.delenv("DESK_BACKUPS_2")
    assert [one.code for one in backups.concerns()] == ["one_place"]
    if os.access("/dev/shm", os.W_OK) and os.stat("/dev/shm").st_dev != file.stat().st_dev:
        monkeypatch.setenv("DESK_BACKUPS_2", "/dev/shm")
        assert backups.concerns() == []


def test_a_damaged_database_makes_no_backup_and_the_good_ones_stay(file: Path) -> None:
    scheduled()
    good = backups.make(now=NOW)
    spoil(file)
    for n in range(1, 8):
        with pytest.raises(OutOfOrder) as refused:
            backups.make(now=NOW + timedelta(days=30 * n))
        assert refused.value.code in ("file_damaged", "disk_failed", "database_damaged")
    assert backups.all_of(good.file.parent, now=NOW) == [good]
    assert [one for one in good.file.parent.iterdir() if one.name.endswith(".part")] == []


def spoil(file: Path, at: int | None = None) -> None:
    """Change one letter in the middle of a text."""
    with store.engine()._open() as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    at = content.index("講座".encode()) if at is None else at
    content[at] ^= 1
    file.write_bytes(content)


def test_a_copy_with_less_than_there_was_is_thrown_away(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = file.parent / "older.sqlite3"
    copies.copy(Sqlite(file), older)
    scheduled()
    monkeypatch.setattr(copies, "copy", lambda _source, part: shutil.copy(older, part))
    with refuses("backup_wrong"):
        backups.make(now=NOW)
    assert names(file.parent / "backups") == []


@pytest.mark.usefixtures("file")
def test_no_backup_is_written_over() -> None:
    first, again = backups.make(now=NOW), backups.make(now=NOW)
    assert first.file != again.file
    assert {one.file for one in backups.all_of(first.file.parent, now=NOW)} == {
        first.file,
        again.file,
    }


def test_one_backup_at_a_time(file: Path) -> None:
    place = file.parent / "backups"
    place.mkdir()
    with backups._alone(place), refuses("backup_runs"):
        backups.make(now=NOW)
    assert backups.make(now=NOW).file.exists()


def every_quarter(days: int) -> list[Backup]:
    return [
        Backup(Path(f"{n}"), NOW - n * QUARTER, 1)
        for n in range(int(timedelta(days=days) / QUARTER))
    ]


def test_all_stay_two_days_then_one_a_day_and_none_longer_than_35_days() -> None:
    kept = backups.kept(every_quarter(60), now=NOW)
    ages = sorted(NOW - one.made_at for one in kept)
    assert [age for age in ages if age <= timedelta(days=2)] == [n * QUARTER for n in range(193)]
    older = [age for age in ages if age > timedelta(days=2)]
    assert len(older) == 33
    assert max(ages) <= timedelta(days=35)
    # of each day of Tokyo the last one, 23:45
    assert {(NOW - age).strftime("%H:%M") for age in older} == {"14:45"}


def test_backups_thinned_every_quarter_of_an_hour_are_the_same_in_the_end() -> None:
    there: list[Backup] = []
    for one in reversed(every_quarter(40)):
        there = sorted({one, *there}, key=lambda it: it.made_at, reverse=True)
        stay = backups.kept(there, now=one.made_at)
        there = [it for it in there if it in stay]
    assert set(there) == backups.kept(every_quarter(60), now=NOW)


@pytest.mark.usefixtures("file")
def test_a_clock_a_year_ahead_leaves_the_newest_backups() -> None:
    made = [backups.make(now=NOW + n * QUARTER).file for n in range(3)]
    ahead = backups.make(now=NOW + timedelta(days=365))
    there = [one.file for one in backups.all_of(made[0].parent, now=NOW + timedelta(days=365))]
    assert there == [ahead.file, *reversed(made)]
    # and back: what a wrong clock made is not the newest
    assert backups.all_of(made[0].parent, now=NOW + timedelta(hours=1))[0].file == made[2]


@pytest.mark.usefixtures("file")
def test_old_backups_go_with_their_sums_in_both_places() -> None:
    made = [backups.make(now=NOW + timedelta(days=20 * n)).file.name for n in range(6)]
    for place in backups.places():
        stay = made[-backups.LEAST :]
        assert names(place) == sorted([*stay, *(f"{one}.sha256" for one in stay)])


def test_a_backup_that_changed_since_is_not_good(file: Path) -> None:
    good = backups.make(now=NOW)
    newer = backups.make(now=NOW + QUARTER)
    spoil(newer.file, at=3000)
    other = file.parent / "second" / newer.file.name
    spoil(other, at=3000)
    with refuses("file_damaged"):
        restoring.verify(newer)
    found, unsound = restoring.newest_good(now=NOW + QUARTER)
    assert found is not None
    assert found.file.name == good.file.name
    assert [one.code for one in unsound] == ["file_damaged"] * 2


def test_of_two_places_one_damaged_the_other_serves(file: Path) -> None:
    made = backups.make(now=NOW)
    spoil(made.file, at=3000)
    found, unsound = restoring.newest_good(now=NOW)
    assert found is not None
    assert found.file == file.parent / "second" / made.file.name
    assert [one.code for one in unsound] == ["file_damaged"]


@pytest.mark.usefixtures("file")
def test_a_changed_audit_is_found_in_a_backup_with_a_right_sum() -> None:
    scheduled()
    made = backups.make(now=NOW)
    with Sqlite(made.file)._open() as db:
        db.conn.execute("DROP TRIGGER audit_no_change")
        db.conn.execute("UPDATE audit SET why = 'another' WHERE n = 2")
    sum_file = made.file.with_name(f"{made.file.name}.sha256")
    sum_file.write_text(f"{hashlib.sha256(made.file.read_bytes()).hexdigest()}  x\n")
    with refuses("audit_broken") as broken:
        restoring.verify(made)
    assert broken.value.facts["n"] == 2


def test_the_nightly_check_reads_the_database_and_each_place(file: Path) -> None:
    with refuses("place_empty"):
        restoring.rehearse(now=NOW)
    made = backups.make(now=NOW)
    entries = store.one("SELECT MAX(n) AS n FROM audit")
    assert restoring.rehearse(now=NOW) == {"entries": entries["n"], "backups": 2}
    spoil(file.parent / "second" / made.file.name, at=3000)
    with refuses("file_damaged"):
        restoring.rehearse(now=NOW)


@pytest.mark.usefixtures("database")
def test_only_who_manages_people_sees_the_machine_or_makes_a_backup(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DESK_BACKUPS", str(tmp_path / "backups"))
    for role in ("volunteer", "staff", "planner"):
        for ask in (machine.report, machine.backup_now):
            with pytest.raises(NotAllowed):
                ask(person(role), now=NOW)
    report = machine.report(person("admin"), now=NOW)
    assert report.database == store.engine().version()


def test_on_postgresql_backups_are_made_elsewhere(database: str) -> None:
    if database == "sqlite":
        assert backups.here()
        return
    assert not backups.here()
    assert machine.health(now=NOW)["backup"] == "elsewhere"
    assert backups.concerns() == []
    with refuses("backup_elsewhere"):
        backups.make(now=NOW)


def test_a_head_is_the_last_row_of_the_audit(file: Path) -> None:
    scheduled()
    row = store.one("SELECT n, mac, at FROM audit ORDER BY n DESC LIMIT 1")
    assert copies.now(Sqlite(file)).head == copies.Head(row["n"], row["mac"], row["at"])
    assert copies.mac_at(Sqlite(file), row["n"]) == row["mac"]
    assert copies.mac_at(Sqlite(file), row["n"] + 1) == ""
    assert row["mac"] != audit.START


def locks(file: Path) -> list[str]:
    """The locks of this process on a file, as the kernel lists them."""
    held = Path("/proc/locks").read_text().splitlines()
    return [one for one in held if f" {os.getpid()} " in one and f":{file.stat().st_ino} " in one]


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the kernel lists no locks")
def test_looking_at_the_file_takes_no_lock_off_it(file: Path) -> None:
    engine = backups.needed()
    with engine.snapshot() as reader:
        reader.rows(SETTINGS)
        assert locks(file)
        copies.look(engine)
        machine.health(now=NOW)
        backups.make(now=NOW)
        assert locks(file)
