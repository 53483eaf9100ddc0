"""Counted things: twenty tablets are twenty, on their way and being set up as well as in class."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from desk import equipment, schedule, series, store, times
from desk.classes import ClassView
from tests.conftest import NOW, Load, change, class_form, person, refuses, scheduled
from tests.test_schedule import together
from tests.test_store import INTEGRITY

HOME = {"venue_id": "0421110002", "room_id": "0421110002-1"}
HOME_2 = {"venue_id": "0421110002", "room_id": "0421110002-2"}
HALL, HALL_2 = {"room_id": "0421110001-1"}, {"room_id": "0421110001-2"}


def tablets(count: int) -> dict[str, Any]:
    return {"equipment": (("tablet", count),)}


def in_use(class_id: str) -> dict[str, tuple[str, str, int]]:
    """For each thing a class uses: the first step, the last, and how many."""
    found: dict[str, tuple[str, str, int]] = {}
    for row in store.rows(
        "SELECT resource, MIN(step) AS first, MAX(step) AS last, COUNT(*) AS n FROM busy "
        "WHERE class_id = :id AND resource LIKE 'unit:%' GROUP BY resource",
        id=class_id,
    ):
        first, last = (times.show_clock(times.moment(row[name])) for name in ("first", "last"))
        found[row["resource"]] = (first, last, row["n"])
    return found


def changed(meeting: ClassView, **changes: Any) -> ClassView:
    found = schedule.get(meeting.id)
    form = replace(schedule.form_of(found), **changes)
    return schedule.change(
        person("staff"), class_id=meeting.id, version=found.version, form=form, now=NOW
    )


@pytest.mark.usefixtures("city")
def test_what_can_be_lent() -> None:
    assert equipment.kinds() == [
        {
            "id": "projector",
            "name": "プロジェクター（見本）",
            "count": 2,
            "venue_id": "0421110002",
            "setup": 10,
            "trial": 1,
        },
        {
            "id": "tablet",
            "name": "貸出タブレット（見本）",
            "count": 20,
            "venue_id": "0421110002",
            "setup": 15,
            "trial": 1,
        },
    ]
    made = scheduled(equipment=(("tablet", 3), ("projector", 1)))
    assert made.equipment == [
        ("projector", "プロジェクター（見本）", 1),
        ("tablet", "貸出タブレット（見本）", 3),
    ]


@pytest.mark.parametrize(
    ("metres", "minutes"),
    [(0, 0), (1, 15), (1282, 15), (1283, 20), (2564, 20), (2565, 25), (10000, 50)],
)
def test_transport_in_whole_steps_of_five_minutes(metres: float, minutes: int) -> None:
    # 10 minutes, and 3 a kilometre of road, which is 1.3 times the straight line.
    assert equipment.transport_minutes(metres, 10, 3) == minutes


@pytest.mark.usefixtures("city")
def test_the_way_there_and_back() -> None:
    with store.engine().reading() as reader:
        assert equipment.journey(reader, "tablet", HOME["venue_id"]) == equipment.Journey(15, 0)
        # The city hall is 730 m away: 15 minutes each way.
        assert equipment.journey(reader, "tablet", "0421110001") == equipment.Journey(30, 15)
        assert equipment.journey(reader, "projector", "0421110001") == equipment.Journey(25, 15)
        for id, venue in (("none", "0421110001"), ("tablet", "none")):
            with refuses("equipment_unknown", "equipment"):
                equipment.journey(reader, id, venue)


@pytest.mark.usefixtures("city")
def test_things_are_in_use_from_leaving_home_until_they_are_back() -> None:
    at_home, away = scheduled(**HOME, **tablets(2)), scheduled(**HALL, **tablets(1))
    assert in_use(at_home.id) == {
        "unit:tablet:1": ("13:45", "14:55", 15),
        "unit:tablet:2": ("13:45", "14:55", 15),
    }
    assert in_use(away.id) == {"unit:tablet:3": ("13:30", "15:10", 21)}


@pytest.mark.usefixtures("city")
def test_two_classes_at_once_share_twenty() -> None:
    first = scheduled(**HOME, **tablets(12))
    with refuses("equipment_short", "equipment") as short:
        scheduled(**HALL, **tablets(9))
    assert short.value.facts == {
        "name": "貸出タブレット（見本）",
        "free": 8,
        "wanted": 9,
        "first": first.starts_at - timedelta(minutes=30),
        "end": first.ends_at + timedelta(minutes=15),
    }
    second = scheduled(**HALL, **tablets(8))
    assert set(in_use(first.id)) == {f"unit:tablet:{n}" for n in range(1, 13)}
    assert set(in_use(second.id)) == {f"unit:tablet:{n}" for n in range(13, 21)}
    with refuses("equipment_short", "equipment"):
        scheduled(**HALL_2, **tablets(1))
    assert scheduled(**HALL_2, equipment=(("projector", 2),)).status == "open"


@pytest.mark.usefixtures("city")
def test_the_edges_of_transport_and_set_up() -> None:
    scheduled(**HOME, **tablets(20))  # they are away from 13:45 to 15:00
    for place, starts, ends, short in (
        (HOME_2, time(15, 15), time(16), False),
        (HOME_2, time(15, 10), time(16), True),
        (HOME_2, time(13), time(13, 45), False),
        (HOME_2, time(13), time(13, 50), True),
        (HALL, time(15, 30), time(16), False),
        (HALL, time(15, 25), time(16), True),
        (HALL, time(13), time(13, 30), False),
        (HALL, time(13), time(13, 35), True),
    ):
        if short:
            with refuses("equipment_short", "equipment") as refused:
                scheduled(**place, starts=starts, ends=ends, **tablets(1))
            assert (refused.value.facts["free"], refused.value.facts["wanted"]) == (0, 1)
        else:
            made = scheduled(**place, starts=starts, ends=ends, **tablets(20))
            assert len(in_use(made.id)) == 20
            schedule.cancel(person("staff"), class_id=made.id, now=NOW)


@pytest.mark.usefixtures("city")
def test_a_cancel_frees_them() -> None:
    meeting = scheduled(**HOME, **tablets(20))
    schedule.cancel(person("staff"), class_id=meeting.id, now=NOW)
    assert in_use(meeting.id) == {}
    assert len(in_use(scheduled(**HALL, **tablets(20)).id)) == 20


@pytest.mark.usefixtures("city")
def test_a_change_frees_them_and_takes_others() -> None:
    meeting, other = scheduled(**HOME, **tablets(12)), scheduled(**HALL, **tablets(8))
    with refuses("equipment_short", "equipment"):
        changed(meeting, **tablets(13))
    assert len(in_use(meeting.id)) == 12
    # Its own twelve are no hindrance.
    assert changed(meeting, ends=time(15, 5), **tablets(12)).version == 2
    changed(meeting, **tablets(2))
    assert len(in_use(meeting.id)) == 2
    changed(other, **tablets(18))
    with refuses("equipment_short", "equipment"):
        changed(meeting, **tablets(3))
    changed(meeting, starts=time(18), ends=time(19), **tablets(20))
    assert {first for first, _last, _n in in_use(meeting.id).values()} == {"17:45"}
    changed(meeting, equipment=())
    assert in_use(meeting.id) == {}
    assert schedule.get(meeting.id).equipment == []


@pytest.mark.usefixtures("city")
def test_more_than_there_are_and_none_at_all() -> None:
    with refuses("equipment_short", "equipment") as short:
        scheduled(**HOME, **tablets(21))
    assert (short.value.facts["free"], short.value.facts["wanted"]) == (20, 21)
    for count in (0, -1):
        with refuses("equipment_count", "equipment"):
            scheduled(**HOME, **tablets(count))
    with refuses("equipment_count", "equipment"):
        scheduled(equipment=(("tablet", 2), ("tablet", 3)))
    with refuses("equipment_unknown", "equipment"):
        scheduled(equipment=(("abacus", 1),))
    assert store.rows("SELECT id FROM class") == []


@pytest.mark.usefixtures("city")
def test_at_the_same_moment_no_more_are_lent_than_there_are() -> None:
    staff, places = person("staff"), (HOME, HOME_2, HALL, HALL_2)
    elsewhere = [{"venue_id": id, "room_id": f"{id}-1"} for id in ("0421110003", "0421110004")]
    forms = [class_form(**place, **tablets(7)) for place in (*places, *elsewhere)]
    done = together(
        *(
            lambda n=n, form=form: schedule.create(staff, id=f"K{n}", form=form, now=NOW)
            for n, form in enumerate(forms)
        )
    )
    assert sorted(done) == ["", "", *["equipment_short"] * 4]
    lent = store.rows("SELECT DISTINCT resource FROM busy WHERE resource LIKE 'unit:%'")
    assert len(lent) == 14


@pytest.mark.usefixtures("city")
def test_the_key_itself_lends_nothing_twice() -> None:
    meeting, other = scheduled(**HOME, **tablets(1)), scheduled(**HALL)
    before = store.rows("SELECT COUNT(*) AS n FROM busy")
    for clock in ((13, 45), (14, 55)):
        with pytest.raises(INTEGRITY), store.transaction() as write:
            write.run(
                "INSERT INTO busy (resource, step, class_id) VALUES ('unit:tablet:1', :step, :id)",
                step=times.stamp(times.at(meeting.starts_at.date(), time(*clock))),
                id=other.id,
            )
    assert store.rows("SELECT COUNT(*) AS n FROM busy") == before


@pytest.mark.usefixtures("city")
def test_what_is_lent_counts_though_there_are_fewer_things_now(files: Any, load: Load) -> None:
    first = scheduled(**HALL, **tablets(12))
    second = scheduled(**HALL_2, **tablets(8))
    schedule.cancel(person("staff"), class_id=first.id, now=NOW)
    change(files / "venues" / "equipment.csv", ",20,15,", ",9,15,")
    load()
    with refuses("equipment_short", "equipment") as short:
        scheduled(**HALL, **tablets(2))
    assert short.value.facts["free"] == 1
    assert set(in_use(scheduled(**HALL, **tablets(1)).id)) == {"unit:tablet:1"}
    assert set(in_use(changed(second, seats=2).id)) == {f"unit:tablet:{n}" for n in range(2, 10)}


@pytest.mark.usefixtures("city")
def test_minutes_and_numbers_are_the_citys(files: Any, load: Load, now: datetime) -> None:
    change(files / "data" / "figures.csv", "minutes_fixed,10,", "minutes_fixed,20,")
    change(files / "venues" / "equipment.csv", ",20,15,", ",3,0,")
    load()
    with store.engine().reading() as reader:
        assert equipment.journey(reader, "tablet", "0421110001") == equipment.Journey(25, 25)
    with refuses("equipment_short", "equipment"):
        scheduled(**tablets(4))
    meeting = scheduled(**tablets(3))
    assert in_use(meeting.id)["unit:tablet:3"] == ("13:35", "15:20", 22)
    assert meeting.starts_at > now


@pytest.mark.usefixtures("city")
def test_enough_tablets_at_each_moment_are_enough() -> None:
    """Where no whole one is free all the while, the others exchange theirs; no time changes."""
    with store.transaction() as write:
        write.run("UPDATE equipment SET count = 2 WHERE id = 'tablet'")
    day = {"day": date(2026, 11, 25)}
    gone = scheduled(**day, **HOME, **tablets(1), starts=time(10, 30), ends=time(11, 30))
    late = scheduled(**day, **HOME_2, **tablets(1), starts=time(11), ends=time(12))
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    early = scheduled(**day, **HOME, **tablets(1), starts=time(9), ends=time(10))
    assert in_use(early.id) == {"unit:tablet:1": ("08:45", "09:55", 15)}
    assert in_use(late.id) == {"unit:tablet:2": ("10:45", "11:55", 15)}
    between = {**day, **HALL, **tablets(1), "starts": time(10), "ends": time(10, 45)}
    [look] = series.preview(class_form(**between), (day["day"],), now=NOW)
    assert look.problem is None
    assert set(in_use(late.id)) == {"unit:tablet:2"}  # a preview changes nothing
    middle = scheduled(**between)
    assert in_use(early.id) == {"unit:tablet:1": ("08:45", "09:55", 15)}
    assert in_use(middle.id) == {"unit:tablet:2": ("09:30", "10:55", 18)}
    assert in_use(late.id) == {"unit:tablet:1": ("10:45", "11:55", 15)}
    before = {one.id: in_use(one.id) for one in (early, middle, late)}
    with refuses("equipment_short", "equipment"):
        scheduled(**{**between, **HALL_2})
    changed(middle, ends=time(10, 40))
    assert in_use(middle.id) == {"unit:tablet:2": ("09:30", "10:50", 17)}
    assert {one.id: in_use(one.id) for one in (early, late)} == {
        id: use for id, use in before.items() if id != middle.id
    }
