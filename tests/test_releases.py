"""Releases: a quarter is published once, by a person, as it was seen, and stays so."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from desk import consultations, corrections, places, store, times
from desk.consultations import ConsultationForm
from desk.gaps import publish, releases
from tests.conftest import DESK, NOW, person, refuses

QUARTER = date(2026, 7, 1)
pytestmark = pytest.mark.usefixtures("city")


def log(
    town: str | None,
    n: int,
    *,
    day: date = date(2026, 8, 20),
    topic: str = "line",
    after: timedelta = timedelta(hours=5),
) -> None:
    volunteer = person("volunteer")
    for _n in range(n):
        form = ConsultationForm(
            DESK, "walk_in", "town" if town else "outside", town, "75-79", topic
        )
        at = times.moment(times.bounds(day)[0]) + after
        consultations.log(volunteer, id=str(uuid.uuid4()), form=form, now=at)


def towns() -> list[str]:
    return [one.id for one in places.towns()]


def preview(now: datetime = NOW, **facts: Any) -> releases.Release:
    return releases.preview(person("planner"), facts.get("quarter", QUARTER), now=now)


def made(quarter: date = QUARTER, now: datetime = NOW) -> releases.Release:
    planner = person("planner")
    seen = releases.preview(planner, quarter, now=now).seen
    return releases.make(planner, quarter, seen=seen, now=now)


def test_a_quarter_is_counted_by_area_and_topic_and_rounded() -> None:
    first, second, *_rest = towns()
    log(first, 23)
    log(second, 12, topic="wifi")
    log(None, 11)
    log(first, 40, day=date(2026, 6, 30))
    log(first, 40, day=date(2026, 10, 1))
    found = preview()
    assert found.total == 35
    assert found.elsewhere == 10
    assert found.topics == {"line": 25, "wifi": 10}
    assert {town for area in found.areas for town in area.towns} == set(towns())
    home = next(area for area in found.areas if first in area.towns)
    assert home.topics["line"] == 25
    assert all(area.persons >= publish.LEAST_PERSONS for area in found.areas)
    assert found.last == date(2026, 9, 30)
    assert releases.released() == []


def test_an_area_says_how_it_is_next_to_what_is_expected() -> None:
    first, *_rest, last = towns()
    log(first, 120)
    log(last, 12)
    bands = {area.band for area in preview().areas}
    assert releases.MANY in bands
    assert bands <= set(releases.BANDS)


def test_few_from_elsewhere_are_not_told() -> None:
    log(towns()[0], 30)
    log(None, 9)
    assert preview().elsewhere is None


def test_it_is_made_once_as_seen_and_the_public_reads_it() -> None:
    log(towns()[0], 30)
    planner = person("planner")
    seen = preview()
    kept = releases.make(planner, QUARTER, seen=seen.seen, now=NOW)
    assert kept.made_at == NOW
    assert releases.released() == [kept]
    assert releases.make(planner, QUARTER, seen=seen.seen, now=NOW) == kept
    with refuses("release_made"):
        releases.make(planner, QUARTER, seen="other", now=NOW)
    with refuses("release_made"):
        preview()
    assert QUARTER not in releases.quarters(planner, now=NOW)
    with pytest.raises(store.failures()), store.transaction() as write:
        write.run("UPDATE use_release SET contents = '{}'")


def test_what_changed_since_it_was_seen_is_not_published() -> None:
    log(towns()[0], 30)
    seen = preview().seen
    log(towns()[0], 5)
    with refuses("release_stale"):
        releases.make(person("planner"), QUARTER, seen=seen, now=NOW)
    assert releases.released() == []


def test_a_later_correction_leaves_it_as_it_was() -> None:
    log(towns()[0], 30)
    kept = made()
    row = store.rows("SELECT id FROM consultation LIMIT 1")[0]
    corrections.withdraw(
        person("staff"), id="w", consultation_id=row["id"], now=NOW, reason="twice"
    )
    assert releases.released() == [kept]


def test_areas_of_a_fiscal_year_are_those_of_its_first_release() -> None:
    first, second, third, *_rest = towns()
    for day in (date(2026, 5, 20), date(2026, 8, 20)):
        log(first, 30, day=day)
        log(third, 30, day=day)
    log(second, 30)
    before = made(date(2026, 4, 1))
    after = made(QUARTER)
    assert [area.towns for area in after.areas] == [area.towns for area in before.areas]


@pytest.mark.parametrize(
    ("quarter", "code"),
    [(date(2026, 10, 1), "quarter_not_over"), (date(2026, 8, 1), "quarter_not_over")],
)
def test_only_a_whole_quarter_that_is_over(quarter: date, code: str) -> None:
    with refuses(code):
        preview(quarter=quarter)


def test_too_few_are_refused_with_a_sentence() -> None:
    log(towns()[0], 9)
    with refuses("too_few_to_publish"):
        preview()


def test_the_table_says_what_it_is_and_holds_the_whole_city() -> None:
    log(towns()[0], 30)
    text = releases.as_csv(made()).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("# 相談の利用 令和8年度 7–9月 公表")
    header = next(line for line in lines if not line.startswith("#"))
    assert header == "四半期,ふくむ地区,65歳以上（人）,内容,相談（件）,くらべて,見本"
    assert lines[-2].split(",")[1:] == ["市全体", "11755", "すべて", "30", "", "見本"]


def test_quarters_of_two_years_can_be_published_once_they_are_over() -> None:
    firsts = releases.quarters(person("planner"), now=NOW)
    assert firsts == [
        *(date(2026, 7, 1), date(2026, 4, 1), date(2026, 1, 1), date(2025, 10, 1)),
        *(date(2025, 7, 1), date(2025, 4, 1), date(2025, 1, 1), date(2024, 10, 1)),
    ]
    log(towns()[0], 30)
    last_day = times.moment(times.bounds(date(2026, 9, 30))[0])
    with refuses("quarter_not_over"):
        preview(last_day)
    assert preview(last_day + timedelta(days=1)).total == 30


def test_ten_from_elsewhere_are_told() -> None:
    log(towns()[0], 30)
    log(None, 10)
    assert preview().elsewhere == 10


def test_the_first_release_that_is_made_in_a_fiscal_year_draws_the_areas() -> None:
    first, second, *_rest = towns()
    fine, coarse, third = date(2026, 7, 1), date(2026, 4, 1), date(2024, 10, 1)
    for quarter in (fine, third):
        for town in (first, second):
            log(town, 60, day=quarter)
    log(first, 12, day=coarse)
    log(second, 60, day=date(2026, 1, 1))
    # A quarter of another fiscal year draws only its own year's.
    assert len(made(date(2026, 1, 1), NOW - timedelta(days=1)).areas) == 1
    drawn = [area.towns for area in made(fine).areas]
    assert len(drawn) > 1
    later = NOW + timedelta(days=1)
    assert len(made(coarse, later).areas) == 1
    assert [area.towns for area in made(third, later).areas] == drawn
    # One more of this year is drawn as the first that was made, not as the one before.
    for town in (first, second):
        log(town, 60, day=date(2026, 10, 1))
    new_year = datetime(2027, 1, 4, 1, tzinfo=NOW.tzinfo)
    assert [area.towns for area in made(date(2026, 10, 1), new_year).areas] == drawn


def test_an_area_is_called_by_its_first_neighbourhood() -> None:
    one = releases.Area(("a",), ("桜一丁目",), 100, 10, releases.USUAL, {})
    assert one.named("ja") == "桜一丁目"
    more = releases.Area(("a", "b", "c"), ("桜一丁目", "桜二丁目", "桜三丁目"), 100, 10, "few", {})
    assert more.named("en") == "桜一丁目 and 2 more neighbourhoods"


def test_topics_are_told_in_the_order_of_the_form_and_bands_in_the_row_of_all() -> None:
    log(towns()[0], 30, topic="wifi")
    log(towns()[0], 20, topic="line")
    kept = made()
    [again] = releases.released()
    assert again == kept
    assert list(again.topics) == [key for key in releases.TOLD if key in ("wifi", "line")]
    rows = [
        line.split(",")
        for line in releases.as_csv(kept).content.decode("utf-8-sig").splitlines()
        if not line.startswith("#")
    ]
    whole, *topics = [row for row in rows if row[1] == "市全体"]
    assert (whole[3], whole[4], len(topics)) == ("すべて", "50", 2)
    said = {row[3]: row[5] for row in rows[1:] if row[1] != "市全体"}
    assert said.pop("すべて") != ""
    assert set(said.values()) == {""}


def test_a_volunteer_neither_sees_nor_makes_one() -> None:
    log(towns()[0], 30)
    seen = preview().seen
    volunteer = person("volunteer")
    for ask in (
        lambda: releases.quarters(volunteer, now=NOW),
        lambda: releases.preview(volunteer, QUARTER, now=NOW),
        lambda: releases.make(volunteer, QUARTER, seen=seen, now=NOW),
    ):
        with refuses("not_allowed"):
            ask()
    assert releases.released() == []


def test_a_quarter_is_from_its_first_moment_to_that_of_the_next() -> None:
    log(towns()[0], 30)
    log(towns()[0], 5, day=QUARTER, after=timedelta(0))
    log(towns()[0], 5, day=date(2026, 9, 30))
    log(towns()[0], 5, day=date(2026, 10, 1), after=timedelta(0))
    assert preview().total == 40


def test_the_newest_is_first_and_the_table_says_when_it_was_made() -> None:
    for day in (date(2026, 5, 20), date(2026, 8, 20)):
        log(towns()[0], 30, day=day)
    day = times.show_day_long(times.today(NOW), "ja")
    assert day not in releases.as_csv(preview()).content.decode("utf-8-sig")
    kept = made()
    assert day in releases.as_csv(kept).content.decode("utf-8-sig")
    before = made(date(2026, 4, 1), NOW + timedelta(days=1))
    assert releases.released() == [kept, before]


@pytest.mark.parametrize(
    ("uses", "told"),
    [
        ([400, 10, 120, 100, 90, 20], ["many", "few", "usual", "open", "few", "few"]),
        ([60, 60, 60, 60], ["open"] * 4),  # nothing tells them apart
    ],
)
def test_a_band_is_told_when_it_is_sure(uses: list[int], told: list[str]) -> None:
    """As much need everywhere; each area is two neighbourhoods."""
    counts = np.array([part for n in uses for part in (n - n // 2, n // 2)])
    areas = [[at, at + 1] for at in range(0, len(counts), 2)]
    assert releases._bands(areas, counts, np.full(len(counts), 50.0)) == told
