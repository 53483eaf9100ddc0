"""What was refused leaves a row with time, place and kind, and nothing else."""

from datetime import datetime, timedelta

import pytest

from desk import incidents, store
from tests.conftest import person


def seen(now: datetime, days: int = 30) -> list[tuple[str, str, int]]:
    found = incidents.recent(person("staff"), now=now, days=days)
    return [(one.place, one.kind, one.count) for one in found]


@pytest.mark.usefixtures("database")
def test_a_row_holds_time_place_and_kind(now: datetime) -> None:
    incidents.note(["ten"], place=incidents.where("Log", "note"), now=now)
    [row] = store.rows("SELECT * FROM incident")
    assert row.pop("id")
    assert row == {"at": "2026-11-24T01:00:00Z", "place": "Log / note", "kind": "ten", "trial": 0}


@pytest.mark.usefixtures("database")
def test_the_same_within_a_minute_is_one(now: datetime) -> None:
    for seconds in (0, 20, 59):
        incidents.note(["pin"], place="Log", now=now + timedelta(seconds=seconds))
    assert seen(now + timedelta(hours=1)) == [("Log", "pin", 1)]
    incidents.note(["pin"], place="Book", now=now + timedelta(seconds=59))
    incidents.note(["ten"], place="Log", now=now + timedelta(seconds=59))
    incidents.note(["pin"], place="Log", now=now + timedelta(seconds=60))
    assert seen(now + timedelta(hours=1)) == [
        ("Log", "pin", 2),
        ("Book", "pin", 1),
        ("Log", "ten", 1),
    ]


@pytest.mark.usefixtures("database")
def test_of_a_whole_file_the_worst_is_noted_and_other_refusals_are_not(now: datetime) -> None:
    incidents.note(["too_long", "seven", "twelve", "missing"], place="Tables", now=now)
    incidents.note(["too_long"], place="Tables", now=now)
    incidents.note([], place="Tables", now=now)
    assert seen(now) == [("Tables", "twelve", 1)]


@pytest.mark.usefixtures("database")
def test_old_ones_are_not_shown(now: datetime) -> None:
    incidents.note(["email"], place="Log", now=now - timedelta(days=31))
    assert seen(now) == []
    assert seen(now, days=32) == [("Log", "email", 1)]


def test_every_kind_has_a_name() -> None:
    assert list(incidents.NAMES) == list(incidents.KINDS)
