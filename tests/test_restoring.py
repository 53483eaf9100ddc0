"""A damaged, lost or exchanged database stops the start, and one command brings a backup back."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from desk import backups, restoring, start, store
from desk.refusals import OutOfOrder
from desk.restoring import Halt
from desk.store import checksums, copies
from desk.store.sqlite import Sqlite
from tests.conftest import NOW, refuses, scheduled
from tests.server import ROOT
from tests.test_backups import QUARTER, file, spoil

__all__ = ["file"]


def halted(*codes: str) -> str:
    """A start that stops, with the codes of why and of the way out; the sentences."""
    with pytest.raises(Halt) as halt:
        restoring.sound(now=NOW + timedelta(hours=1))
    assert tuple(one.code for one in halt.value.said) == codes
    return "\n".join(one for lang in ("ja", "en") for one in start.why_not(halt.value, lang))


def test_a_sound_database_starts(file: Path) -> None:
    restoring.sound(now=NOW)
    backups.make(now=NOW)
    scheduled()
    restoring.sound(now=NOW + QUARTER)
    assert copies.look(Sqlite(file)).counts["class"] == 1


def flip_a_letter(file: Path) -> None:
    spoil(file)


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_the_last_byte(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def zero_a_page(file: Path) -> None:
    with file.open("r+b") as out:
        out.seek(8192)
        out.write(bytes(4096))


def swap_two_pages(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:12288], content[12288:16384] = content[12288:16384], content[8192:12288]
    file.write_bytes(content)


DAMAGES: list[Callable[[Path], None]] = [
    flip_a_letter,
    cut_in_half,
    cut_the_last_byte,
    zero_a_page,
    swap_two_pages,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_stops_the_start_and_the_newest_good_backup_is_offered(
    file: Path, damage: Callable[[Path], None]
) -> None:
    backups.make(now=NOW)
    newest = backups.make(now=NOW + QUARTER)
    damage(file)
    said = halted("file_damaged", "restore_from")
    assert str(newest.file) in said
    assert "python -m desk restore" in said
    assert "11月24日（火） 10:15" in said


def test_an_empty_a_lost_and_a_strange_file_stop_the_start(file: Path) -> None:
    backups.make(now=NOW)
    file.write_bytes(b"")
    halted("database_empty", "restore_from")
    file.unlink()
    halted("database_gone", "restore_from")
    file.write_text("a letter, and no database at all" * 9)
    halted("file_no_database", "restore_from")


def test_without_a_backup_the_start_says_to_delete_nothing(file: Path) -> None:
    spoil(file)
    assert "何も消さずに" in halted("file_damaged", "restore_none")
    backups.places()[0].mkdir()
    halted("file_damaged", "restore_none")


def test_a_new_desk_starts_without_a_file_or_a_backup(tmp_path: Path) -> None:
    store.use(str(tmp_path / "new" / "desk.sqlite3"))
    restoring.sound(now=NOW)
    store.migrate()
    restoring.sound(now=NOW)
    store.use(None)


def test_a_changed_or_cut_audit_stops_the_start(file: Path) -> None:
    scheduled()
    with Sqlite(file)._open() as db:
        db.conn.execute("DROP TRIGGER audit_no_delete")
        db.conn.execute("DELETE FROM audit WHERE n = 1")
    assert "1 番" in halted("audit_broken", "restore_none")


def test_an_older_file_in_the_place_of_the_database_stops_the_start(file: Path) -> None:
    old = file.parent / "old"
    copies.copy(Sqlite(file), old)
    scheduled()
    backups.make(now=NOW)
    for end in copies.BESIDE:
        Path(f"{file}{end}").unlink(missing_ok=True)
    old.rename(file)
    assert "古いファイル" in halted("file_older", "restore_from")


def test_the_database_of_another_desk_stops_the_start(file: Path) -> None:
    backups.make(now=NOW)
    for end in copies.BESIDE:
        Path(f"{file}{end}").unlink(missing_ok=True)
    store.migrate()
    for n in range(9):
        store.note(store.SYSTEM, f"another history {n}")
    halted("file_other", "restore_from")


@contextmanager
def killed_without_its_log(file: Path) -> Iterator[Path]:
    """What is done in here was only in the log of a server that was killed, and the log is gone."""
    store.forget()  # what was done before is in the file
    there = file.parent / "killed"
    with Sqlite(file).reading() as other:  # so that nothing is written back
        other.rows("SELECT id FROM class")
        yield there / file.name
        there.mkdir()
        for name in (file.name, f"{file.name}-queue"):
            shutil.copy(file.parent / name, there)
        shutil.copytree(file.parent / "backups", there / "backups")
    store.use(str(there / file.name))


def test_a_lost_log_is_noticed_and_what_is_left_is_gone_on_with(file: Path) -> None:
    backups.make(now=NOW)
    store.note(store.SYSTEM, "after the backup")
    left = copies.now(Sqlite(file)).head
    with killed_without_its_log(file):
        for n in range(5):
            store.note(store.SYSTEM, f"in the log {n}")
    assert "終わりの記録が5件" in halted("file_short", "restore_itself")
    done = restoring.restore(now=NOW + QUARTER)
    assert done.until == datetime.fromisoformat(left.at)
    restoring.sound(now=NOW + QUARTER)
    assert [row["n"] for row in store.rows("SELECT n FROM audit")] == [*range(1, left.n + 2)]


def test_a_backup_that_holds_more_than_what_is_left_is_offered(file: Path) -> None:
    with killed_without_its_log(file):
        kept = scheduled()
        newest = backups.make(now=NOW)
        scheduled(day=(NOW + timedelta(days=1)).date())
    assert newest.file.name in halted("file_older", "restore_from")
    restoring.restore(now=NOW + QUARTER)
    assert store.rows("SELECT id FROM class") == [{"id": kept.id}]


def test_a_file_of_a_newer_program_is_not_touched(file: Path) -> None:
    with Sqlite(file)._open() as db:
        db.conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('desk', '9999_later', '2030')"
        )
    with refuses("file_newer"):
        restoring.sound(now=NOW)


def everything(file: Path) -> list[str]:
    """Every row of every table."""
    with Sqlite(file).reading() as reader:
        names = [
            row["name"]
            for row in reader.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return [str(row) for name in names for row in reader.rows(f'SELECT * FROM "{name}"')]


def test_a_changed_bit_is_found_or_changes_nothing(file: Path) -> None:
    """What SQLite's own check overlooks of every second one; pages that are free may change."""
    scheduled()
    with store.engine()._open() as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content, random, copy = file.read_bytes(), Random(7), file.parent / "copy.sqlite3"
    records, found = everything(file), 0
    for _ in range(100):
        changed = bytearray(content)
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        copy.write_bytes(changed)
        try:
            copies.look(Sqlite(copy))
        except OutOfOrder:
            found += 1
        else:
            assert everything(copy) == records
    assert found > 50


def test_a_file_from_before_checksums_goes_on_and_says_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain.sqlite3"
    made = Sqlite(plain)
    made.checksums = False
    made.migrate()
    assert not checksums.has(Sqlite(plain).header())
    store.use(str(plain))
    store.migrate()
    restoring.sound(now=NOW)
    assert backups.make(now=NOW).size > 0
    store.use(None)


# Restoring.


def test_a_restore_goes_on_with_the_newest_good_backup_and_deletes_nothing(file: Path) -> None:
    kept = scheduled()
    made = backups.make(now=NOW)
    head = copies.now(Sqlite(file)).head
    scheduled(day=(NOW + timedelta(days=1)).date())
    spoil(file)
    damaged = file.read_bytes()
    done = restoring.restore(now=NOW + QUARTER)
    assert (done.backup.file.name, done.until, done.unsound) == (made.file.name, made.made_at, ())
    assert [row["id"] for row in store.rows("SELECT id FROM class")] == [kept.id]
    assert done.aside == file.parent / "desk.sqlite3-aside-20261124T011500Z"
    assert done.aside.read_bytes() == damaged
    noted = store.one("SELECT what, facts FROM audit ORDER BY n DESC LIMIT 1")
    assert noted == {
        "what": "restoring.restore",
        "facts": f'{{"file":"{made.file.name}","n":{head.n}}}',
    }
    restoring.sound(now=NOW + QUARTER)


def test_what_was_in_the_log_goes_aside_with_its_file(file: Path) -> None:
    made = backups.make(now=NOW)
    reader = Sqlite(file).connect()  # somebody who keeps the log from being put into its file
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM setting").fetchall()
    scheduled()
    assert Path(f"{file}-wal").stat().st_size > 0
    done = restoring.restore(now=NOW, file=made.file)
    reader.close()
    assert done.aside is not None
    assert store.rows("SELECT id FROM class") == []
    assert len(rows_of(done.aside, "SELECT id FROM class")) == 1


def rows_of(path: Path, sql: str) -> list[dict[str, str]]:
    with Sqlite(path).reading() as reader:
        return reader.rows(sql)


@pytest.mark.usefixtures("file")
def test_after_a_restore_older_backups_that_know_more_stop_no_start() -> None:
    old = backups.make(now=NOW)
    scheduled()
    backups.make(now=NOW + QUARTER)
    restoring.restore(now=NOW + 2 * QUARTER, file=old.file)
    restoring.sound(now=NOW + 2 * QUARTER)
    assert store.rows("SELECT id FROM class") == []


def test_a_backup_that_is_not_sound_is_not_put_in(file: Path) -> None:
    good, bad = backups.make(now=NOW), backups.make(now=NOW + QUARTER)
    for place in backups.places():
        spoil(place / bad.file.name, at=3000)
    before = file.read_bytes()
    with refuses("file_damaged"):
        restoring.restore(now=NOW, file=bad.file)
    with refuses("no_such_file"):
        restoring.restore(now=NOW, file=file.parent / "none")
    assert file.read_bytes() == before
    done = restoring.restore(now=NOW + QUARTER)
    assert done.backup.file.name == good.file.name
    assert [one.code for one in done.unsound] == ["file_damaged"] * 2


def test_nothing_is_restored_under_a_running_desk(file: Path) -> None:
    backups.make(now=NOW)
    before = file.read_bytes()
    with start.running(), start.running():
        with refuses("desk_runs"):
            restoring.restore(now=NOW)
        with refuses("desk_runs"):
            restoring.decrypt(file.parent / "new")
    assert file.read_bytes() == before
    restoring.restore(now=NOW)


def test_no_desk_starts_under_a_restore(file: Path) -> None:
    with copies.held(Sqlite(file), alone=True), refuses("desk_runs"), start.running():
        pass


# The commands.


def desk(file: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "desk", *words],
        cwd=ROOT,
        env={**os.environ, "DESK_DATABASE": str(file), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_speak_plainly(file: Path) -> None:
    done = desk(file, "backup")
    assert done.returncode == 0, done.stderr
    assert "同じディスク" in done.stderr
    assert desk(file, "check").stdout.startswith("異常はありません")
    listed = desk(file, "restore", "--list").stdout
    name = next((file.parent / "backups").glob("*.sqlite3")).name
    assert listed.count(name) == 2
    spoil(file)
    for words in (("check",), ("prepare",), ("reset-admin", "admin")):
        done = desk(file, *words)
        assert done.returncode == 1
        assert "こわれています" in done.stderr
        assert "python -m desk restore" in done.stderr
        assert "Traceback" not in done.stderr
    done = desk(file, "restore", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "のデータにもどりました" in done.stdout
    assert desk(file, "check").returncode == 0
    file.unlink()
    assert "ありません" in desk(file, "prepare").stderr
    assert not file.exists()


def test_nobody_is_asked_twice_and_no_is_no(file: Path) -> None:
    backups.make(now=NOW)
    before = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "desk", "restore"],
        cwd=ROOT,
        env={**os.environ, "DESK_DATABASE": str(file)},
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert file.read_bytes() == before


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="mounts need root")
def test_a_disk_that_may_not_be_written_stops_the_start_in_plain_words(tmp_path: Path) -> None:
    place = tmp_path / "closed"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no mounts here")
    try:
        done = desk(place / "desk.sqlite3", "prepare")
        assert done.returncode == 1
        assert "いっぱい" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        done = desk(place / "new.sqlite3", "prepare")
        assert "書けない" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        subprocess.run(["umount", str(place)], check=True)
