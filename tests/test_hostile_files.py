"""Files that should not be, through every import: none is taken for what it is not.

10,000 of them are `python -m bench hostile_csv`.
"""

from pathlib import Path
from random import Random

import pytest

from bench import hostile_csv, hostile_files
from bench.acts import city
from desk import store
from desk.refusals import Refused
from tests.conftest import person

FILES = 300
SAMPLE = "名前,役割\r\n" + "".join(f"講師{n},講師\r\n" for n in range(9))


def test_hostile_files_are_made_by_the_seed_and_differ() -> None:
    made = [
        [hostile_files.of_table(SAMPLE.encode(), Random(seed)).content for seed in range(200)]
        for _again in range(2)
    ]
    some = [one for one in made[0] if not one.startswith(b"PK")]
    assert some == [one for one in made[1] if not one.startswith(b"PK")]  # books hold the time
    assert len(set(some)) > 100
    assert sum(hostile_files.NUMBER.encode() in one for one in some) >= 1


def test_hostile_files_do_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    figures = hostile_csv.run(FILES)
    assert figures["files"] == FILES
    assert figures["taken"] >= 5
    assert figures["taken"] + figures["refused"] == FILES
    never = ("crashed", "changed", "again", "leaked")
    assert {key: figures[key] for key in never} == dict.fromkeys(never, 0), capsys.readouterr().out
    assert figures["most_mb"] < 100


def test_a_crash_and_a_change_are_counted(tmp_path: Path) -> None:
    city(str(tmp_path / "desk.sqlite3"))
    store.use(str(tmp_path / "desk.sqlite3"))
    actor, file = person("admin"), hostile_files.Hostile("a.csv", b"a")

    def crash(_actor: object, _file: object) -> bool:
        raise ZeroDivisionError

    def change(_actor: object, _file: object) -> bool:
        with store.transaction(by=store.SYSTEM) as write:
            write.run("UPDATE course SET title = title || '!'")
        raise Refused("file_empty")

    with store.engine().reading() as watch:
        tally = hostile_csv.Tally(actor, watch)
        for which in (crash, change, hostile_csv.lists):
            tally.tries(which, file, once=True)
    store.use(None)
    assert {key: tally.found[key] for key in ("crashed", "refused", "changed")} == {
        "crashed": 1,
        "refused": 2,
        "changed": 1,
    }


def test_a_planted_number_is_found_wherever_it_is_kept() -> None:
    hidden = [
        ("note", "番号1234\u200b5678-9018です"),
        ("facts", '{"a": [{"b": "１２３４５６７８９０１８"}]}'),
    ]
    for place, text in hidden:
        found = [text for _place, text in hostile_csv._leaves(place, text)]
        assert any(map(hostile_csv._leaks, found))
    allowed = '{"password": "123456789018", "name": "x"}'
    assert not any(hostile_csv._leaks(one) for _place, one in hostile_csv._leaves("a", allowed))
