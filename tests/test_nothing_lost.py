"""What the measurements of lost records count is right, and small ones of them find nothing lost.

The long ones are `python -m bench powerloss` and its like.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from bench import damage, disk_full, kill, powerloss, whole
from bench.acts import acts, city
from bench.dying_disk import SECTOR, Death, Note
from desk import store

POINTS, KILLS, ROUNDS = 300, 50, 20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str]]]:
    """A desk's file and what was acknowledged in it."""
    file = tmp_path_factory.mktemp("whole") / "desk.sqlite3"
    actor, classes = city(str(file))
    store.use(str(file))
    todo = acts(actor, classes, Random(1), 30)
    acknowledged = [(one.what, id) for one in todo if (id := one.do())]
    assert len({what for what, _id in acknowledged}) == 2
    with store.engine()._open() as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.use(None)
    return file, acknowledged


@pytest.fixture
def worked(
    made: tuple[Path, list[tuple[str, str]]], tmp_path: Path
) -> Iterator[list[tuple[str, str]]]:
    """A copy of it, in use."""
    file, acknowledged = made
    store.use(shutil.copy(file, tmp_path))
    yield acknowledged
    store.use(None)


def spoil(*statements: str) -> None:
    """Change what no part of the desk changes."""
    with store.engine()._open() as db:
        for table in ("consultation", "audit"):
            triggers = db.conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table]
            ).fetchall()
            for (name,) in triggers:
                db.conn.execute(f"DROP TRIGGER {name}")
        db.conn.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            assert db.conn.execute(statement).rowcount == 1


def test_what_was_acknowledged_is_there_and_whole(worked: list[tuple[str, str]]) -> None:
    assert whole.missing(worked) == []
    assert whole.faults() == []
    assert whole.missing([("booking.code", "NOCODE")]) == ["NOCODE"]


def test_a_row_that_is_gone_is_missed(worked: list[tuple[str, str]]) -> None:
    id = next(id for what, id in worked if what == "consultation.id")
    spoil(f"DELETE FROM consultation WHERE id = '{id}'")
    assert whole.missing(worked) == [id]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit SET why = 'x' WHERE n = 5", "audit: row 5 is broken"),
        ("DELETE FROM audit WHERE n = 5", "audit: row 5 is broken"),
        ("UPDATE booking SET cancelled_at = made_at WHERE id = '{seated}'", "seats of {seated}"),
        ("UPDATE consultation SET desk_id = 'x' WHERE id = '{logged}'", "foreign key: "),
    ],
)
def test_what_is_not_whole_is_found(
    worked: list[tuple[str, str]], statement: str, told: str
) -> None:
    seated = store.rows("SELECT booking_id FROM seat WHERE booking_id IS NOT NULL LIMIT 1")
    logged = next(id for what, id in worked if what == "consultation.id")
    names = {"seated": seated[0]["booking_id"], "logged": logged}
    spoil(statement.format(**names))
    [found] = whole.faults()
    assert found.startswith(told.format(**names))


# The disk that dies


def death() -> Death:
    return Death({"a": 1}, {1: bytearray(b"old" * 1000)})


def test_what_is_synced_survives_and_what_is_not_may_not() -> None:
    new = b"new" * 1000
    before = death()
    before.go(Note("write", 1, at=0, data=new))
    images = [before.image(Random(seed))["a"] for seed in range(50)]
    assert b"old" * 1000 in images
    assert new in images
    torn = next(image for image in images if image not in (new, b"old" * 1000))
    pieces = [torn[at : at + SECTOR] for at in range(0, len(torn), SECTOR)]
    wanted = [(b"old" * 1000, new)] * len(pieces)
    for at, (piece, versions) in enumerate(zip(pieces, wanted, strict=True)):
        assert piece in [one[at * SECTOR : (at + 1) * SECTOR] for one in versions]
    before.go(Note("sync", 1))
    assert {before.image(Random(seed))["a"] for seed in range(50)} == {new}


def test_names_come_with_a_sync_and_may_come_back_until_the_folder_is_synced() -> None:
    one = death()
    one.go(Note("create", 2, "b"))
    one.go(Note("write", 2, at=0, data=b"x"))
    assert {"b" in one.image(Random(seed)) for seed in range(20)} == {True, False}
    one.go(Note("sync", 2))
    assert {one.image(Random(seed))["b"] for seed in range(20)} == {b"x"}
    one.go(Note("remove", 2, "b"))
    assert {"b" in one.image(Random(seed)) for seed in range(20)} == {True, False}
    one.go(Note("folder"))
    assert {"b" in one.image(Random(seed)) for seed in range(20)} == {False}


def test_a_truncation_that_is_not_synced_may_not_have_happened() -> None:
    one = death()
    one.go(Note("truncate", 1, at=10))
    assert {len(one.image(Random(seed))["a"]) for seed in range(20)} == {10, 3000}


def test_power_cuts_lose_nothing_and_would_with_less_care() -> None:
    figures = powerloss.run(POINTS, 60)
    assert figures["points"] == POINTS
    assert (figures["lost"], figures["corrupt"]) == (0, 0)
    assert figures["control_lost"] > 0
    assert figures["control_corrupt"] > 0


def test_a_full_disk_loses_nothing_and_is_left_behind_without_a_restart() -> None:
    figures = disk_full.run(ROUNDS)
    assert set(figures) == set(disk_full.KEYS)
    assert figures["rounds"] == ROUNDS
    assert figures["acknowledged"] >= ROUNDS
    assert figures["refused"] + figures["untold"] >= ROUNDS
    assert (figures["lost"], figures["corrupt"], figures["stuck"]) == (0, 0, 0)


def test_damage_is_sorted_by_what_became_of_it(tmp_path: Path) -> None:
    files = damage.made(tmp_path / "made")
    assert set(files) == {damage.FILE, damage.LOG, damage.END}
    records = damage.everything(files, tmp_path / "spoilt")
    assert min(len(records[table]) for table in ("booking", "consultation", "audit")) >= 10

    def spoilt(kind: Callable[[damage.Files, Random], None] | None) -> damage.Seen:
        copy = {name: bytearray(content) for name, content in files.items()}
        if kind:
            kind(copy, Random(3))
        return damage.started(copy, tmp_path / "spoilt", records)

    def scratched(copy: damage.Files, _dice: Random) -> None:
        copy[damage.FILE][damage.PAGE :] = bytes(len(copy[damage.FILE]) - damage.PAGE)

    assert spoilt(None) == damage.Seen("harmless", "none")
    assert spoilt(scratched).told == "integrity"
    assert spoilt(scratched).outcome in ("loud", "refused")
    assert spoilt(damage.empty).told == "chain"
    assert spoilt(damage.log_gone).outcome == "refused"


def test_a_few_mutations_are_counted() -> None:
    figures = damage.run(len(damage.KINDS))
    assert figures["mutations"] == len(damage.KINDS)
    outcomes = [figures[one] for one in ("refused", "loud", "harmless", "silent")]
    assert sum(outcomes) == figures["mutations"]
    assert figures["silent"] == 0
    assert figures["refused"] + figures["loud"] >= 2


@pytest.mark.server
def test_kills_of_a_server_at_work_lose_nothing() -> None:
    figures = kill.run(KILLS)
    assert figures["kills"] == KILLS
    assert figures["acknowledged"] >= KILLS
    assert (figures["lost"], figures["corrupt"]) == (0, 0)
