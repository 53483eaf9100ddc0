"""An encrypted database: everything works, nothing of it can be read from the file, both ways."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk import backups, booking, consultations, restoring, schedule, start, store
from desk.consultations import ConsultationForm
from desk.store import checksums, copies, key
from desk.store.sqlite import OLDEST, Sqlite
from tests.conftest import DESK, NOW, Engines, booking_form, class_form, person, refuses, scheduled
from tests.server import ROOT

KEY = "a key for tests only, of more than 32 letters"
NAME = "ヤマダ ハナコ"
DB = "DESK_DATABASE_KEY"


@pytest.fixture
def plain(engines: Engines, tmp_path: Path) -> Iterator[Path]:
    """A city's database in a folder of its own, with a class."""
    path = tmp_path / "desk.sqlite3"
    shutil.copy(engines.fresh("sqlite", "city"), path)
    store.use(str(path))
    scheduled()
    yield path
    store.use(None)


@pytest.fixture
def encrypted(plain: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, encrypted."""
    monkeypatch.setenv(DB, KEY)
    file = plain.with_name("secret.sqlite3")
    restoring.encrypt(file)
    store.use(str(file))
    return file


def records(file: Path, key: str) -> dict[str, list[str]]:
    with Sqlite(file, key).reading() as reader:
        names = reader.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            row["name"]: sorted(map(str, reader.rows(f'SELECT * FROM "{row["name"]}"')))
            for row in names
        }


def test_the_desk_works_on_an_encrypted_file(encrypted: Path) -> None:
    engine = store.engine()
    assert isinstance(engine, Sqlite)
    assert engine.driver.sqlite_version_info >= OLDEST
    store.migrate()
    meeting = store.rows("SELECT id FROM class")[0]["id"]
    volunteer = person("volunteer")
    made = booking.book(volunteer, id="b", form=booking_form(meeting, kana=NAME), now=NOW)
    assert booking.get(volunteer, booking_id=made.id)[0].kana == NAME
    consultations.log(
        volunteer,
        id="c",
        form=ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line"),
        now=NOW,
    )
    reader = engine.connect()  # the log stays while somebody reads
    reader.execute("SELECT COUNT(*) FROM booking").fetchone()
    booking.book(volunteer, id="d", form=booking_form(meeting, kana="サトウ ジロウ"), now=NOW)
    files = [Path(f"{encrypted}{end}") for end in copies.BESIDE]
    assert all(file.exists() for file in files)
    for file in files[:2]:
        content = file.read_bytes()
        assert not content.startswith(checksums.MAGIC)
        for text in (NAME, "サトウ", "CREATE TABLE", "consultation"):
            assert text.encode() not in content
    assert reader.execute("PRAGMA temp_store").fetchone() == (0,)
    options = {row[0] for row in reader.execute("PRAGMA compile_options")}
    assert "TEMP_STORE=2" in options  # in memory unless told otherwise: no file of plain rows
    reader.close()


def test_backups_of_an_encrypted_file_are_encrypted_and_come_back(encrypted: Path) -> None:
    made = backups.make(now=NOW)
    assert b"CREATE TABLE" not in made.file.read_bytes()
    meeting = schedule.create(
        person("staff"), id="x", form=class_form(day=NOW.date() + timedelta(days=3)), now=NOW
    )
    content = bytearray(encrypted.read_bytes())
    content[9000] ^= 1
    encrypted.write_bytes(content)
    with pytest.raises(restoring.Halt) as halt:
        restoring.sound(now=NOW)
    assert [one.code for one in halt.value.said] == ["file_damaged", "restore_from"]
    restoring.restore(now=NOW)
    restoring.sound(now=NOW)
    assert meeting.id not in {row["id"] for row in store.rows("SELECT id FROM class")}
    assert restoring.rehearse(now=NOW)["backups"] == 1


def test_there_and_back_every_record_is_the_same(
    encrypted: Path, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = plain.with_name("back.sqlite3")
    restoring.decrypt(back)
    before = records(plain, "")
    assert records(encrypted, key.database()) == before
    assert records(back, "") == before
    assert checksums.has(Sqlite(back).header())
    monkeypatch.delenv(DB)
    store.use(str(back))
    restoring.sound(now=NOW)
    with refuses("file_there"):
        restoring.decrypt(back)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("secret", "another key, also of more than 32 letters", "鍵がちがうか"),
        ("secret", "", "DESK_DATABASE_KEY がありません"),
        ("secret", "too short", "鍵が使えません"),
        ("desk", KEY, "暗号化されていません"),
    ],
)
def test_a_wrong_a_missing_and_a_needless_key_are_told(
    encrypted: Path, name: str, value: str, said: str
) -> None:
    before = encrypted.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "desk", "prepare"],
        cwd=ROOT,
        env={
            **os.environ,
            "DESK_DATABASE": str(encrypted.with_name(f"{name}.sqlite3")),
            DB: value,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "ERROR CORE" not in done.stderr
    assert encrypted.read_bytes() == before


def test_the_key_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv(DB, KEY)
    named = key.database()
    monkeypatch.delenv(DB)
    monkeypatch.setenv(f"{DB}_FILE", str(tmp_path / "key"))
    assert key.database() == named
    assert KEY not in named
    monkeypatch.setenv(f"{DB}_FILE", str(tmp_path / "none"))
    with pytest.raises(key.NoKey):
        key.database()
    monkeypatch.delenv(f"{DB}_FILE")
    assert key.database() == ""


def test_without_sqlcipher_the_start_says_what_to_install(
    encrypted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    store._engine.cache_clear()
    with refuses("cipher_missing"), start.machine():
        restoring.sound(now=NOW)
    assert encrypted.exists()
