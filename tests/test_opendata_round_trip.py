"""What the desk publishes comes back as what it is: import(export(x)) = x, in both layouts."""

import itertools
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from desk import schedule, store, wifi_checks
from desk.opendata import imports, publish, records
from desk.opendata.report import Report
from tests.conftest import NOW, person, scheduled

SITE = "https://desk.example.jp"
LAYOUTS = ("csv", "v1")


def come_back(dataset: str, form: str) -> Report:
    """A look at the file the desk publishes."""
    made = publish.FORMATS[form].write(records.read(now=NOW, site=SITE), dataset)
    name = publish.path(records.read(now=NOW, site=SITE), dataset, form)
    return imports.look(person("staff"), made, name, now=NOW, dataset=dataset)


def nothing_to_do(report: Report, count: int) -> None:
    assert [row.refusal for row in report.refused] == []
    assert [row.repairs for row in report.table.rows if row.repairs] == []
    assert [one.changes for one in report.changed] == []
    assert (len(report.new), len(report.gone), len(report.same)) == (0, 0, count)


@pytest.mark.parametrize("form", LAYOUTS)
@pytest.mark.parametrize(("dataset", "table"), [("wifi", "wifi_spot"), ("facility", "venue")])
@pytest.mark.usefixtures("city")
def test_the_citys_lists_come_back_unchanged(dataset: str, table: str, form: str) -> None:
    rows = store.rows(f"SELECT id FROM {table} WHERE active = 1")
    nothing_to_do(come_back(dataset, form), len(rows))


@pytest.mark.parametrize("form", LAYOUTS)
@pytest.mark.usefixtures("city")
def test_a_spot_that_was_checked_comes_back_unchanged(form: str) -> None:
    for id, kind in (("042111W01", "not_working"), ("042111W02", "partly")):
        wifi_checks.confirm(person("staff"), spot_id=id, kind=kind, id=str(uuid.uuid4()), now=NOW)
    nothing_to_do(come_back("wifi", form), 14)


@pytest.mark.parametrize("form", LAYOUTS)
@pytest.mark.usefixtures("city")
def test_classes_come_back_unchanged(form: str) -> None:
    scheduled(publish=True)
    gone = scheduled(day=date(2026, 12, 1), publish=True)
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    scheduled(day=date(2026, 12, 2), publish=False)
    nothing_to_do(come_back("event", form), 2)


LETTERS = some.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
NOT_DIGITS = LETTERS.filter(lambda c: not c.isdigit() and not c.isnumeric())
PIECES = some.one_of(NOT_DIGITS, some.sampled_from("=+-@'\"`\\;,:<>&${}＝＋－＠'　 "))
WORDS = some.lists(PIECES, max_size=12).map("".join)


def kept(text: str) -> str:
    """As a reader of tables keeps a text: without white space around it."""
    return text.strip()


TEXT = WORDS.map(kept)
NAME = TEXT.filter(bool).map(lambda text: f"町{text}")
KNOWN = some.sampled_from((0, 1, None))
CLOCKS = some.sampled_from(("", "09:00", "17:15", "23:59"))


@some.composite
def spots(draw: Any) -> dict[str, Any]:
    return {
        "name": draw(NAME),
        "ssid": f"s{draw(TEXT)}".strip(),
        "area": draw(TEXT),
        "note": draw(TEXT),
        "how": "\n".join(kept(one) for one in draw(some.lists(NAME, max_size=3))),
        "provider": draw(TEXT),
        "hours_note": draw(TEXT),
        "days": draw(some.sampled_from(("", "月火水木金", "土日祝", "月水金", "月火水木金土日祝"))),
        "opens": draw(CLOCKS),
        "closes": draw(CLOCKS),
        "seats": draw(some.one_of(some.none(), some.integers(0, 5000))),
        "minutes_limit": draw(some.one_of(some.none(), some.integers(0, 1440))),
        "sockets": draw(KNOWN),
        "wheelchair": draw(KNOWN),
        "registration": draw(KNOWN),
        "state": draw(some.sampled_from(("working", "partly", "not_working", "unknown"))),
        "placed": draw(some.sampled_from(("given", "address", "town"))),
        "lat": 38.1 + draw(some.integers(0, 10**7)) / 10**9,
        "lng": 140.87 + draw(some.integers(0, 10**7)) / 10**9,
        "checked_on": draw(
            some.one_of(
                some.just(""),
                some.dates(date(2020, 1, 1), NOW.date() - timedelta(days=1)).map(str),
            )
        ),
        "trial": draw(some.integers(0, 1)),
    }


NUMBERS = itertools.count()


@pytest.mark.parametrize("form", LAYOUTS)
@given(found=some.lists(spots(), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("city")
def test_whatever_a_spot_holds_comes_back_unchanged(
    city: str, form: str, found: list[dict[str, Any]]
) -> None:
    if city == "postgres":
        found = found[:1]
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET active = 0")
        for number, facts in enumerate(found, 1):
            changes = ", ".join(f"{column} = :{column}" for column in facts)
            write.run(
                f"UPDATE wifi_spot SET active = 1, {changes} WHERE id = :id",
                id=f"042111W{number:02}",
                **facts,
            )
    nothing_to_do(come_back("wifi", form), len(found))
