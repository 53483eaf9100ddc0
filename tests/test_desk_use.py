"""How the desk is used: what counts, once, and which cells are too small to be shown."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import consultations, desk_use, places, store, times, trial
from desk.consultations import AGE_BANDS, TOPICS, ConsultationForm
from desk.desk_use import HIDE_BELOW, PARTS, DeskUse
from tests.conftest import DESK, NOW, person

OTHER_DESK = "042111D2"
FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "75-79", "line")
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)


def log(now: datetime = NOW, entry: str = "form", **changes: Any) -> str:
    id = str(uuid.uuid4())
    consultations.log(
        person("volunteer"), id=id, form=replace(FORM, **changes), now=now, entry=entry
    )
    return id


def used(first: date = FIRST, last: date = LAST, desk_id: str = "") -> DeskUse:
    return desk_use.use(person("planner"), first, last, NOW, desk_id=desk_id)


def numbers(found: DeskUse, part: str) -> dict[str, int]:
    return {one.key: one.n for one in found.parts[part] if one.n}


def insert_over(id: str, **changes: Any) -> None:
    """A correction of a consultation, as its table holds it."""
    row = store.rows("SELECT * FROM consultation WHERE id = :id", id=id)[0]
    row |= {"id": f"{id}-2", "corrects": id, "corrected_at": times.stamp(NOW)}
    row |= {"corrected_by": row["person_id"], "reason": "まちがい", **changes}
    with store.transaction() as write:
        columns = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        write.run(f"INSERT INTO consultation ({columns}) VALUES ({marks})", **row)


@pytest.mark.usefixtures("city")
def test_every_part_counts_every_consultation_once() -> None:
    town = places.towns()[0]
    log(residence="town", town_id=town.id, visit="first", device="own_phone", also=("wifi",))
    log(residence="outside", topic="wifi", visit="again", autonomy="alone", entry="rush")
    log(desk_id=OTHER_DESK, age_band="85+", result="partly", kind="phone", entry="paper")
    found = used()
    assert found.total == 3
    counted = {part: sum(one.n for one in found.parts[part]) for part in PARTS}
    assert counted == dict.fromkeys(PARTS, 3) | {"result": 1}
    assert numbers(found, "town") == {town.id: 1, "outside": 1, "unknown": 1}
    assert [one.name for one in found.known_towns] == [town.name]
    assert numbers(found, "age_band") == {"75-79": 2, "85+": 1}
    assert numbers(found, "topic") == {"line": 2, "wifi": 1}
    assert {one.key: one.touched for one in found.parts["topic"] if one.touched} == {
        "line": 2,
        "wifi": 2,
    }
    assert numbers(found, "desk") == {DESK: 2, OTHER_DESK: 1}
    # In a rush and on paper nobody was asked for it.
    assert numbers(found, "result") == {"solved": 1}
    assert numbers(found, "entry") == {"form": 1, "rush": 1, "paper": 1}
    assert (found.first_visits, found.unknown("visit")) == (0.5, 1)
    assert [one.key for one in found.parts["month"]] == ["2026-10", "2026-11"]
    assert [one.n for one in found.parts["month"]] == [0, 3]
    assert not found.trial


@pytest.mark.usefixtures("city")
def test_corrected_and_withdrawn_ones_are_not_counted_twice() -> None:
    corrected, withdrawn = log(), log()
    log(topic="map")
    insert_over(corrected, topic="wifi")
    insert_over(withdrawn, withdrawn=1)
    assert numbers(used(), "topic") == {"wifi": 1, "map": 1}
    assert used().total == 2


@pytest.mark.usefixtures("city")
def test_days_are_those_of_tokyo() -> None:
    log(datetime(2026, 9, 30, 14, 59, tzinfo=UTC))
    log(datetime(2026, 9, 30, 15, 0, tzinfo=UTC))
    assert numbers(used(), "month") == {"2026-10": 1}
    assert used(FIRST - timedelta(days=1), FIRST).total == 2


@pytest.mark.usefixtures("city")
def test_nothing_is_no_error_and_cannot_tell_a_share() -> None:
    found = used()
    assert (found.total, found.first_visits, found.crossed) == (0, None, {})
    assert [one.n for one in found.parts["age_band"]] == [0] * len(AGE_BANDS)
    log()
    assert used().first_visits is None  # nobody said


@pytest.mark.usefixtures("city")
def test_small_cells_of_one_desk_are_hidden_and_those_of_the_city_are_not() -> None:
    for n, topic in ((1, "map"), (5, "line"), (3, "wifi")):
        for _ in range(n):
            log(topic=topic, visit="first")
    log(desk_id=OTHER_DESK, topic="map", visit="again")
    whole, alone = used(), used(desk_id=DESK)
    assert [one for one in whole.parts["topic"] if one.hidden] == []
    hidden = {one.key: one.small for one in alone.parts["topic"] if one.hidden}
    assert hidden == {"map": True, "wifi": False}  # 9 in all, less 5 and 3, would tell the one
    assert whole.crossed["map", DESK].small
    assert whole.crossed["map", OTHER_DESK].small
    assert not whole.crossed["line", DESK].small
    assert used(desk_id=OTHER_DESK).first_visits is None


Cells = some.dictionaries(
    some.tuples(some.sampled_from("abcd"), some.sampled_from("xyz")), some.integers(0, 9)
)


@given(Cells)
def test_no_small_cell_is_shown_or_alone_in_a_line(cells: dict[tuple[str, str], int]) -> None:
    whole = {(a, b): cells.get((a, b), 0) for a in "abcd" for b in "xyz"}
    hidden = desk_use.protected(whole)
    assert {at for at, n in whole.items() if 0 < n < HIDE_BELOW} <= hidden
    for side, keys in ((0, "abcd"), (1, "xyz")):
        for key in keys:
            assert sum(at[side] == key for at in hidden) != 1
    if all(n == 0 or n >= HIDE_BELOW for n in whole.values()):
        assert hidden == set()


@pytest.mark.usefixtures("city")
def test_the_file_holds_no_note_no_small_cell_and_says_what_is_not_known() -> None:
    for _ in range(4):
        log(note="しずかなひみつのメモ", residence="unknown")
    log(topic="map", age_band="unknown")
    out = desk_use.use_csv(person("staff"), FIRST, LAST, NOW)
    assert out.content.startswith(b"\xef\xbb\xbf")
    text = out.content.decode("utf-8-sig")
    assert "ひみつ" not in text
    assert "内容,LINE,4,4" in text
    assert "# 分からないもの 地区5件（100%） 年代1件（20%） はじめてかどうか5件（100%）" in text
    assert "# 出典 まちかどデスクの相談の記録（記録の画面5件 混雑モード0件 紙の集計0件）" in text
    assert "×窓口,地図／" in text.split("内容", 1)[1]
    assert [line for line in text.splitlines() if "地図／" in line and line.endswith(",<3,")]
    assert "見本です" not in text
    alone = desk_use.use_csv(person("staff"), FIRST, LAST, NOW, desk_id=DESK)
    assert "内容,地図,<3,<3" in alone.content.decode("utf-8-sig")


@pytest.mark.usefixtures("city")
def test_a_name_that_is_a_formula_is_none_in_the_file() -> None:
    nothing = desk_use.use_csv(person("staff"), FIRST, LAST, NOW).content.decode("utf-8-sig")
    assert "# 分からないもの 地区0件 年代0件 はじめてかどうか0件" in nothing
    log()
    with store.transaction() as write:
        write.run("UPDATE desk SET name = '=1+1'")
    text = desk_use.use_csv(person("staff"), FIRST, LAST, NOW).content.decode("utf-8-sig")
    assert "窓口,'=1+1,1" in text


@pytest.mark.usefixtures("city")
def test_the_trial_year_is_marked() -> None:
    trial.load(now=NOW)
    found = used(date(2025, 11, 1), date(2026, 11, 30))
    assert (found.trial, found.total) == (True, 900)
    assert {one.key for one in found.parts["topic"] if one.n} == set(TOPICS)
    out = desk_use.use_csv(person("planner"), date(2025, 11, 1), date(2026, 11, 30), NOW)
    lines = out.content.decode("utf-8-sig").splitlines()
    assert "見本です" in lines[1]
    rows = [line for line in lines if not line.startswith("#")]
    assert len(rows) > 60
    assert {line.rsplit(",", 1)[1] for line in rows} == {"見本"}


@pytest.mark.parametrize(
    ("n", "hidden", "said"),
    [(0, False, "0"), (2, False, "2"), *((n, True, "<3") for n in (1, 2)), (3, True, "非表示")],
)
def test_a_hidden_count_says_only_whether_it_is_small(n: int, hidden: bool, said: str) -> None:
    one = desk_use.Count("line", "", n, n, hidden)
    assert desk_use.shown(one, one.n) == said
    assert one.small is (said == "<3")


def test_that_nobody_came_is_hidden_as_no_small_number() -> None:
    none = desk_use.Count("line", "", 0, 0, hidden=True)
    assert (none.small, desk_use.shown(none, 0)) == (False, "非表示")
    assert not desk_use.Count("line", "", 1, 1).hidden


@pytest.mark.usefixtures("city")
def test_the_commonest_neighbourhood_is_first_and_who_comes_from_elsewhere_last() -> None:
    first, second, *_rest = [one.id for one in places.towns()]
    for n, facts in ((1, {"residence": "town", "town_id": first}), (3, {"residence": "outside"})):
        for _ in range(n):
            log(**facts)
    for _ in range(2):
        log(residence="town", town_id=second)
    found = used()
    assert [one.key for one in found.parts["town"]] == [second, first, "outside"]
    assert [one.n for one in found.known_towns] == [2, 1]
    assert found.crossed["line", DESK].n == 6


@pytest.mark.usefixtures("city")
def test_how_it_was_noted_and_when_is_told_of_one_desk_too() -> None:
    log(entry="paper")
    for _ in range(4):
        log()
    alone = used(desk_id=DESK)
    told = [one for part in ("entry", "month", "desk") for one in alone.parts[part]]
    assert [one for one in told if one.hidden] == []
    assert numbers(alone, "entry") == {"form": 4, "paper": 1}
