"""Not reached: what the numbers can carry is said, and so is what they cannot."""

from datetime import datetime
from typing import Any

import pytest

from desk import gaps, places, schedule, store, trial, wifi
from desk.gaps import need
from desk.gaps.report import CANNOT_TELL, FINE, SENTENCES, STANDS_OUT, judge
from tests.conftest import person, refuses, scheduled
from tests.test_language import placeholders

NEAR: dict[str, float | None] = {"class": 800.0, "desk": 2000.0, "wifi": 300.0}


def judged(**changes: Any) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    facts = {
        "distance": NEAR,
        "has_population": True,
        "observed": 20,
        "expected": 20.4,
        "total": 900,
    }
    label, reasons = judge(**{**facts, **changes})
    for reason in reasons:
        assert placeholders(SENTENCES[reason.code]) == set(reason.facts)
    return label, [(reason.code, reason.facts) for reason in reasons]


@pytest.mark.parametrize(
    ("changes", "label", "reasons"),
    [
        ({}, FINE, [("as_expected", {"observed": 20, "expected": 20})]),
        ({"observed": 40}, FINE, [("as_expected", {"observed": 40, "expected": 20})]),
        (
            {"observed": 10, "expected": 20.0},
            FINE,
            [("as_expected", {"observed": 10, "expected": 20})],
        ),
        (
            {"observed": 9, "expected": 20.0},
            STANDS_OUT,
            [("few_consultations", {"observed": 9, "expected": 20})],
        ),
        (
            {"observed": 0, "expected": 10.0},
            STANDS_OUT,
            [("few_consultations", {"observed": 0, "expected": 10})],
        ),
        (
            {"observed": 0, "expected": 9.94},
            CANNOT_TELL,
            [("expect_too_few", {"expected": 9.9, "least": 10})],
        ),
        (
            {"observed": 0, "expected": 0.0, "total": 0},
            CANNOT_TELL,
            [("no_consultations", {})],
        ),
        (
            {"observed": 3, "expected": 0.0, "has_population": False},
            CANNOT_TELL,
            [("no_population", {})],
        ),
        (
            {"distance": {**NEAR, "class": 2001.0}},
            STANDS_OUT,
            [("far_class", {"kilometres": 2.0}), ("as_expected", {"observed": 20, "expected": 20})],
        ),
        (
            {"distance": {**NEAR, "desk": 2450.0, "wifi": 5000.0}, "observed": 1},
            STANDS_OUT,
            [
                ("few_consultations", {"observed": 1, "expected": 20}),
                ("far_desk", {"kilometres": 2.5}),
                ("far_wifi", {"kilometres": 5.0}),
            ],
        ),
        (
            {"distance": {**NEAR, "wifi": 3000.0}, "expected": 1.0},
            STANDS_OUT,
            [
                ("far_wifi", {"kilometres": 3.0}),
                ("expect_too_few", {"expected": 1.0, "least": 10}),
            ],
        ),
        (
            {"distance": {"class": None, "desk": None, "wifi": None}},
            FINE,
            [
                ("no_class", {}),
                ("no_desk", {}),
                ("no_wifi", {}),
                ("as_expected", {"observed": 20, "expected": 20}),
            ],
        ),
    ],
)
def test_a_neighbourhood_is_judged_by_its_numbers(
    changes: dict[str, Any], label: str, reasons: list[tuple[str, dict[str, Any]]]
) -> None:
    found, why = judged(**changes)
    assert found == label
    if changes.get("distance", {}).get("desk") == 2450.0:
        why[1][1]["kilometres"] = 2.5  # 2.45 is rounded either way by a binary fraction
    assert why == reasons


def test_need_is_persons_times_the_share_without_the_internet() -> None:
    rates = {"65-74": 0.75, "75+": 0.5}
    assert need.estimate({"65-74": 100, "75+": 61, "15-64": 999}, rates) == need.Need(
        100, 61, 25 + 30.5
    )
    assert need.estimate({}, rates) == need.Need(0, 0, 0.0)


@pytest.mark.usefixtures("city")
def test_the_shares_come_from_the_table_of_figures() -> None:
    rows = store.rows("SELECT key, value FROM figure WHERE key LIKE 'internet_use_%'")
    table = {row["key"]: row["value"] for row in rows}
    rates = need.use_rates()
    assert rates == {
        "65-74": table["internet_use_70_79"] / 100,
        "75+": table["internet_use_80_plus"] / 100,
    }
    assert all(0 < rate < 1 for rate in rates.values())
    with store.transaction() as write:
        write.run("DELETE FROM figure WHERE key = 'internet_use_80_plus'")
    with refuses("use_rates_missing"):
        need.use_rates()


@pytest.mark.usefixtures("city")
def test_the_report_adds_up(now: datetime) -> None:
    trial.load(now=now)
    report = gaps.report(person("planner"), now=now)
    rows = report.neighbourhoods
    in_table = store.rows(
        "SELECT residence, COUNT(*) AS n FROM consultation GROUP BY residence ORDER BY residence"
    )
    logged = {row["residence"]: row["n"] for row in in_table}
    assert {row.town.id for row in rows} == {town.id for town in places.towns()}
    assert sum(row.consultations for row in rows) == report.consultations == logged["town"]
    assert report.without_neighbourhood == logged["unknown"]
    assert sum(row.expected for row in rows) == pytest.approx(report.consultations)
    older = store.rows(
        "SELECT band, SUM(persons) AS n FROM population WHERE band IN ('65-74', '75+') "
        "GROUP BY band ORDER BY band"
    )
    sums = [sum(row.persons_65_74 for row in rows), sum(row.persons_75_plus for row in rows)]
    assert sums == [int(row["n"]) for row in older]
    assert sum(row.persons_in_need for row in rows) == pytest.approx(
        sum(n * (1 - rate) for n, rate in zip(sums, report.use_rates.values(), strict=True))
    )
    labels = [row.label for row in rows]
    assert labels == sorted(labels, key=[STANDS_OUT, CANNOT_TELL, FINE].index)
    assert (report.until, report.days, report.trial) == (now, 365, True)


@pytest.mark.usefixtures("city")
def test_distances_are_to_the_nearest_and_a_cancelled_class_is_none(now: datetime) -> None:
    planner, meeting = person("planner"), scheduled()
    venue = next(one for one in places.venues() if one["id"] == meeting.venue_id)
    report = gaps.report(planner, now=now)
    for row in report.neighbourhoods:
        here = row.town.lat, row.town.lng
        assert row.class_metres == places.metres(*here, venue["lat"], venue["lng"])
        assert row.wifi_metres == wifi.nearest(*here, wifi.spots())[0].metres
        assert row.desk_metres == min(
            places.metres(*here, desk["lat"], desk["lng"]) for desk in places.desks()
        )
    schedule.cancel(person("staff"), class_id=meeting.id, now=now)
    after = gaps.report(planner, now=now).neighbourhoods
    assert {row.class_metres for row in after} == {None}
    assert {reason.code for row in after for reason in row.reasons} >= {
        "no_class",
        "no_consultations",
    }


@pytest.mark.usefixtures("database")
def test_without_figures_nothing_is_made_up(now: datetime) -> None:
    with refuses("use_rates_missing"):
        gaps.report(person("planner"), now=now)


@pytest.mark.usefixtures("city")
def test_a_hundred_persons_in_need_are_the_measure(now: datetime) -> None:
    with store.transaction() as write:
        write.run("UPDATE population SET persons = 0")
    rows = gaps.report(person("planner"), now=now).neighbourhoods
    assert {(r.consultations_per_100, r.class_seats_per_100, r.expected) for r in rows} == {
        (None, None, 0.0)
    }
