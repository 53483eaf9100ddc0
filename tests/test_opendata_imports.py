"""Open data in: what a file would change, what it changes once accepted, and the way back."""

import csv
import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from desk import booking, classes, facts, schedule, store, times, wifi
from desk.language import say
from desk.opendata import imports
from desk.opendata.compare import new_id
from desk.opendata.history import Run
from desk.opendata.report import Report
from tests.conftest import (
    COURSE,
    NOW,
    ROOM,
    VENUE,
    booking_form,
    change,
    person,
    refuses,
    scheduled,
)

WIFI = "全国地方公共団体コード,ID,名称,所在地_連結表記,緯度,経度,SSID"
FACILITY = "全国地方公共団体コード,ID,地方公共団体名,名称,所在地_連結表記,緯度,経度"
EVENT = "ID,イベント名,開始日,終了日,開始時間,終了時間,場所名称,建物名等(方書),定員"
AGES = [f"{age}-{age + 4}歳" for age in range(0, 85, 5)] + ["85歳以上"]
PEOPLE = f"全国地方公共団体コード,地域名,調査年月日,{','.join(AGES)}"
STATION = "042111,,駅前ひろば,宮城県岩沼市館下一丁目1番1号,38.11,140.86,Eki_Free"
LIBRARY = "042111,,市民図書館,宮城県岩沼市里の杜1-2-45,38.11,140.87,Tosho_Free"
LATER = NOW + timedelta(hours=1)


def table(*rows: str, header: str = WIFI) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode("utf-8-sig")


def look(content: bytes, **facts: Any) -> Report:
    return imports.look(person("staff"), content, "list.csv", now=NOW, **facts)


def accept(content: bytes, *, take_away: frozenset[str] = frozenset(), **facts: Any) -> Run:
    """Look at a file and take it in."""
    report = look(content, source="市の一覧")
    given = {"id": str(uuid.uuid4()), "now": NOW, "source": "市の一覧", "seen": report.seen}
    given |= {"dataset": report.table.dataset, "take_away": take_away}
    return imports.accept(person("staff"), content, "list.csv", **{**given, **facts})


def undo(run: Run) -> Run:
    return imports.undo(person("staff"), run.id, now=LATER)


def everything() -> dict[str, list[dict[str, Any]]]:
    """What an import of facts could touch."""
    order = {"wifi_spot": "id", "venue": "id", "population": "town_id, band"}
    order |= {"population_five": "town_id, from_age", "wifi_check": "id", "loaded_file": "path"}
    return {t: store.rows(f"SELECT * FROM {t} ORDER BY {by}") for t, by in order.items()}


def spot(name: str) -> wifi.Spot:
    [found] = [one for one in wifi.spots() if one.name == name]
    return found


def spot_row(id: str, header: str = WIFI) -> str:
    """A spot of the desk as a row of a file."""
    row = store.one("SELECT * FROM wifi_spot WHERE id = :id", id=id)
    assert row
    columns = {"全国地方公共団体コード": "city_code", "ID": "id", "名称": "name"}
    columns |= {"所在地_連結表記": "address", "緯度": "lat", "経度": "lng", "SSID": "ssid"}
    columns |= {"電源": "sockets"}
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(
        "1" if name == "見本" else row[columns[name]] for name in header.split(",")
    )
    return out.getvalue()


def why(report: Report, nth: int = 0) -> str:
    refusal = report.refused[nth].refusal
    assert refusal
    return say(refusal, "ja")


# What a file would do


@pytest.mark.usefixtures("city")
def test_looking_says_what_would_change_and_changes_nothing() -> None:
    marked = f"{WIFI},見本"
    renamed = spot_row("042111W12", marked).replace("MIHON_Free_WiFi_12", "Hana_Free")
    before = everything()
    report = look(table(f"{STATION},", renamed, spot_row("042111W13", marked), header=marked))
    assert everything() == before
    assert [one.row.line for one in report.new] == [2]
    [changed] = report.changed
    assert [(one.column, one.before, one.after) for one in changed.changes] == [
        ("SSID", "MIHON_Free_WiFi_12", "Hana_Free")
    ]
    assert [one.id for one in report.same] == ["042111W13"]
    assert len(report.gone) == 12
    assert report.counts["as_is"] == 3


@pytest.mark.usefixtures("city")
def test_a_real_list_without_the_mark_makes_a_sample_real() -> None:
    [changed] = look(table(spot_row("042111W13"))).changed
    assert [(one.column, one.before, one.after) for one in changed.changes] == [
        ("見本", "見本", "")
    ]


@pytest.mark.usefixtures("city")
def test_what_is_accepted_is_what_residents_see() -> None:
    run = accept(table(STATION, spot_row("042111W12")))
    assert run.counts == {"new": 1, "changed": 1, "gone": 0, "refused": 0}
    found = spot("駅前ひろば")
    assert (found.ssid, found.trial, found.lat) == ("Eki_Free", False, 38.11)
    assert len(wifi.spots()) == 15
    [row] = store.rows("SELECT source, own FROM wifi_spot WHERE id = :id", id=found.id)
    assert row == {"source": "市の一覧", "own": 1}


@pytest.mark.usefixtures("city")
def test_the_same_file_again_is_the_same_rows() -> None:
    content = table(STATION, LIBRARY)
    accept(content)
    ids = {one.id for one in wifi.spots()}
    report = look(content)
    assert (report.counts["same"], report.ready) == (2, False)
    accept(content)
    assert {one.id for one in wifi.spots()} == ids


def test_an_id_of_the_city_is_kept_and_a_bare_number_never() -> None:
    facts = {"name": "駅前", "address": "館下1-1", "ssid": "Eki", "city_code": "042111"}
    assert new_id("wifi", {**facts, "id": "042111-7"}, "") == "042111-7"
    made = new_id("wifi", {**facts, "id": "1"}, "")
    assert made == new_id("wifi", {**facts, "address": "館下１－１"}, "")
    assert made.startswith("042111-")
    for other in ("042111", "042111/../1", "042111 1", "131083-1"):
        assert new_id("wifi", {**facts, "id": other}, "") == made
    assert made != new_id("facility", facts, "") != new_id("wifi", {**facts, "ssid": "B"}, "")


@pytest.mark.parametrize(
    "address", ["宮城県岩沼市桜一丁目6番20号", "岩沼市桜１丁目６－２０", "岩沼市桜1-6-20"]
)
@pytest.mark.usefixtures("city")
def test_a_row_finds_its_spot_however_its_address_is_written(address: str) -> None:
    accept(table("042111,,駅前ひろば,宮城県岩沼市桜1-6-20,38.11,140.86,Eki_Free"))
    [found] = look(table(f"042111,9,駅前　ひろば,{address},38.11,140.86,Eki_Free")).taken
    assert found.id == spot("駅前ひろば").id


@pytest.mark.usefixtures("city")
def test_a_network_with_a_new_name_is_a_change_where_it_is_the_only_one() -> None:
    accept(table(STATION))
    one = STATION.replace("Eki_Free", "Eki_5G")
    [changed] = look(table(one)).changed
    assert [change.column for change in changed.changes] == ["SSID"]
    # Two at the same place: nobody can tell which of them it was.
    two = look(table(one, STATION.replace("Eki_Free", "Eki_6G")))
    assert two.counts["new"] == 2
    assert "駅前ひろば" in [one.name for one in two.gone]


@pytest.mark.usefixtures("city")
def test_two_rows_that_mean_the_same_are_not_both_taken() -> None:
    hall = "042111,,岩沼市,駅前会館,宮城県岩沼市館下一丁目1番1号,38.11,140.86"
    depot = "042111,,岩沼市,車庫,宮城県岩沼市里の杜1-2-45,38.11,140.87"
    report = look(table(hall, depot, hall, header=FACILITY))
    assert [row.line for row in report.refused] == [4]
    assert "2" in why(report)
    accept(table(hall, header=FACILITY))
    assert look(table(hall, hall, header=FACILITY)).counts["same"] == 1


@pytest.mark.usefixtures("city")
def test_access_points_of_one_place_are_one_spot() -> None:
    report = look(table(STATION, LIBRARY, STATION))
    assert [(one.row.line, one.row.merged) for one in report.new] == [(2, (4,)), (3, ())]
    assert report.refused == ()
    accept(table(STATION))
    assert look(table(STATION, STATION)).counts["same"] == 1


@pytest.mark.usefixtures("city")
def test_columns_that_are_not_there_keep_what_the_desk_has() -> None:
    before = wifi.spot("042111W13")
    accept(table(spot_row("042111W13").replace("140.846913", "140.85")))
    after = wifi.spot("042111W13")
    assert after.lng == 140.85
    assert (after.seats, after.sockets, after.how, after.venue_id) == (
        before.seats,
        before.sockets,
        before.how,
        before.venue_id,
    )


@pytest.mark.usefixtures("city")
def test_what_nobody_knows_is_written_as_not_known() -> None:
    header = f"{WIFI},電源"
    accept(table(f"{STATION},あり", header=header))
    [changed] = look(table(f"{STATION},", header=header)).changed
    assert [(one.column, one.before, one.after) for one in changed.changes] == [
        ("電源", "あり", "")
    ]


# What is gone, refused, stale


@pytest.mark.usefixtures("city")
def test_what_is_gone_stays_unless_a_person_says_so(files: Path) -> None:
    accept(table(STATION))
    assert len(wifi.spots()) == 15
    run = accept(table(STATION), take_away=frozenset({"042111W12"}))
    assert run.gone == 1
    ids = {one.id for one in wifi.spots()}
    assert (len(ids), "042111W12" in ids) == (14, False)
    # A start that reads the city's own file again brings nothing back.
    change(files / "venues/wifi.csv", "MIHON_Free_WiFi_14", "MIHON_Free_WiFi_99")
    facts.load(files / "data", files / "venues", now=LATER)
    assert {one.id for one in wifi.spots()} == ids
    assert len(undo(run).counts) == 4
    assert "042111W12" in {one.id for one in wifi.spots()}


@pytest.mark.usefixtures("city")
def test_what_was_taken_away_comes_back_with_its_row() -> None:
    row = spot_row("042111W12")
    accept(table(STATION), take_away=frozenset({"042111W12"}))
    assert [one.id for one in look(table(row)).new] == ["042111W12"]
    accept(table(row))
    assert wifi.spot("042111W12").steps  # what the file does not say is as it was


@pytest.mark.usefixtures("city")
def test_the_citys_own_file_changes_no_row_that_staff_brought_in(files: Path) -> None:
    accept(table(STATION, spot_row("042111W12"), spot_row("042111W13")))
    before = wifi.spot("042111W12")
    for id in ("042111W12", "042111W14"):
        change(files / "venues/wifi.csv", f"{id},岩沼市", f"{id},ほかの市")
    facts.load(files / "data", files / "venues", now=LATER)
    assert wifi.spot("042111W12") == before
    assert wifi.spot("042111W14").city_name == "ほかの市"


@pytest.mark.usefixtures("city")
def test_a_row_that_cannot_be_taken_in_is_not_gone() -> None:
    row = spot_row("042111W12").replace("MIHON_Free_WiFi_12", "")
    report = look(table(STATION, row))
    assert [row.line for row in report.refused] == [3]
    assert "042111W12" not in {one.id for one in report.gone}


@pytest.mark.usefixtures("city")
def test_refused_rows_are_left_out_and_handed_back_with_their_reasons() -> None:
    bad = "042111,,=HYPERLINK(1),岩沼市桜2,38.11,140.86,"
    content = table(STATION, bad, LIBRARY)
    run = accept(content)
    assert run.counts == {"new": 2, "changed": 0, "gone": 0, "refused": 1}
    report = look(content)
    handed = report.refused_csv()
    assert handed.startswith(b"\xef\xbb\xbf")
    [header, row] = list(csv.reader(io.StringIO(handed.decode("utf-8-sig"))))
    assert header == ["理由", *WIFI.split(",")]
    assert row[0] == why(report)
    assert row[3] == "'=HYPERLINK(1)"
    # The reason is no data: once mended, the file goes in.
    mended = handed.decode("utf-8-sig").replace(",140.86,", ",140.86,Sakura_Free")
    again = look(mended.encode("utf-8-sig"))
    assert [one.row.record and one.row.record["ssid"] for one in again.new] == ["Sakura_Free"]


@pytest.mark.usefixtures("city")
def test_what_was_shown_must_be_what_is_done() -> None:
    report = look(table(STATION))
    accept(table(STATION, LIBRARY))
    with refuses("import_stale"):
        accept(table(STATION), seen=report.seen)
    with refuses("import_stale"):
        accept(table(LIBRARY), take_away=frozenset({"nothing"}))
    with refuses("missing", "source"):
        accept(table(LIBRARY), source=" ")
    assert len(imports.runs(person("staff"))) == 1


@pytest.mark.usefixtures("city")
def test_a_double_tap_is_one_import() -> None:
    content = table(STATION)
    seen = look(content, source="市の一覧").seen
    with ThreadPoolExecutor(4) as many:
        taps = [many.submit(accept, content, id="tap", seen=seen) for _ in range(4)]
        done = [one.result() for one in taps]
    assert len({(run.id, run.added, run.made_at) for run in done}) == 1
    assert len(imports.runs(person("staff"))) == 1
    assert accept(table(LIBRARY), id="tap") == done[0]
    assert len(wifi.spots()) == 15


@pytest.mark.usefixtures("city")
def test_a_place_known_by_its_point_keeps_it_where_the_file_has_none() -> None:
    header = WIFI
    row = spot_row("042111W12").split(",")
    row[4] = row[5] = ""
    [found] = look(table(",".join(row), header=header)).taken
    assert "緯度" not in [change.column for change in found.changes]


# Facilities


def venue_row(id: str = VENUE, **changes: str) -> str:
    row = store.one("SELECT * FROM venue WHERE id = :id", id=id)
    assert row
    names = ("city_code", "id", "city_name", "name", "address", "lat", "lng")
    return ",".join(str({**row, **changes}[name]) for name in names)


@pytest.mark.usefixtures("city")
def test_a_venue_with_rooms_or_classes_stays() -> None:
    rooms = {row["id"] for row in store.rows("SELECT DISTINCT venue_id AS id FROM room")}
    report = look(table(venue_row(), header=FACILITY))
    kept = {gone.id for gone in report.gone if gone.keeps}
    assert kept == rooms - {VENUE}
    with refuses("venue_used"):
        accept(table(venue_row(), header=FACILITY), take_away=frozenset({min(kept)}))
    free = min(gone.id for gone in report.gone if not gone.keeps)
    accept(table(venue_row(), header=FACILITY), take_away=frozenset({free}))
    assert store.rows("SELECT id FROM venue WHERE active = 0") == [{"id": free}]


@pytest.mark.usefixtures("city")
def test_calendars_hear_of_a_venue_with_another_name() -> None:
    found = scheduled()
    run = accept(table(venue_row(name="岩沼市民庁舎"), header=FACILITY))
    after = schedule.get(found.id)
    assert (after.venue, after.version) == ("岩沼市民庁舎", found.version + 1)
    undo(run)
    assert schedule.get(found.id).venue == found.venue


@pytest.mark.usefixtures("city")
def test_a_new_venue_with_a_room_by_now_stays_when_its_import_is_undone() -> None:
    rows = [f"042111,,岩沼市,新しい館{n},岩沼市桜{n},38.1,140.9" for n in (1, 2)]
    run = accept(table(*rows, header=FACILITY))
    [one, two] = store.rows("SELECT id FROM venue WHERE name LIKE '新しい館%' ORDER BY name")
    with store.transaction() as write:
        write.run(
            "INSERT INTO room (id, venue_id, name, seats, source) VALUES ('r', :id, '室', 10, 'x')",
            id=one["id"],
        )
    done = undo(run)
    assert (done.restored, done.kept) == (1, 1)
    assert store.one("SELECT active FROM venue WHERE id = :id", id=one["id"]) == {"active": 1}
    assert store.one("SELECT active FROM venue WHERE id = :id", id=two["id"]) is None


# The way back


@pytest.mark.usefixtures("city")
def test_an_undo_gives_back_what_was_and_only_once() -> None:
    before = everything()
    run = accept(table(STATION, spot_row("042111W12")), take_away=frozenset({"042111W13"}))
    would = imports.would_undo(person("staff"), run.id)
    assert (len(would.back), would.stays) == (3, ())
    done = undo(run)
    assert (done.restored, done.kept, done.undone_at) == (3, 0, LATER)
    assert everything() == before
    accept(table(STATION))
    assert undo(run) == done
    assert spot("駅前ひろば")
    with refuses("import_unknown"):
        imports.undo(person("staff"), "none", now=NOW)


@pytest.mark.usefixtures("city")
def test_what_another_import_changed_since_stays() -> None:
    first = accept(table(STATION, LIBRARY))
    second = accept(table(STATION.replace("Eki_Free", "Eki_5G")))
    done = undo(first)
    assert (done.restored, done.kept) == (1, 1)
    assert spot("駅前ひろば").ssid == "Eki_5G"
    assert undo(second).restored == 1
    assert spot("駅前ひろば").ssid == "Eki_Free"


@pytest.mark.usefixtures("city")
def test_what_people_said_of_a_spot_survives_an_undo() -> None:
    run = accept(table(STATION))
    id = spot("駅前ひろば").id
    with store.transaction() as write:
        write.run(
            "INSERT INTO wifi_check (id, spot_id, kind, at) VALUES ('c', :id, 'reported', :at)",
            id=id,
            at=times.stamp(NOW),
        )
    assert undo(run).restored == 1
    assert id not in {one.id for one in wifi.spots()}
    assert store.one("SELECT spot_id FROM wifi_check") == {"spot_id": id}
    accept(table(STATION))
    assert spot("駅前ひろば").reports == 1


@pytest.mark.usefixtures("city")
def test_after_an_undo_the_citys_own_file_counts_again(files: Path) -> None:
    run = accept(table(spot_row("042111W12").replace("MIHON_Free_WiFi_12", "Hana_Free")))
    change(files / "venues/wifi.csv", ",MIHON_Free_WiFi_12,", ",MIHON_Free_WiFi_77,")
    folders = (files / "data", files / "venues")
    facts.load(*folders, now=LATER)
    imports.undo(person("staff"), run.id, now=LATER)
    facts.load(*folders, now=LATER)
    assert wifi.spot("042111W12").ssid == "MIHON_Free_WiFi_77"


SPOTS = some.fixed_dictionaries(
    {
        "id": some.sampled_from(["", "1", "042111W12", "042111W13", "042111-9"]),
        "name": some.sampled_from(
            ["駅前ひろば", "市民図書館", "ハナトピア岩沼 入口の近く（見本）"]
        ),
        "address": some.sampled_from(["", "岩沼市桜1-2", "宮城県岩沼市三色吉字雷神7-1"]),
        "ssid": some.sampled_from(["", "A", "B"]),
    }
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    files=some.lists(some.lists(SPOTS, max_size=5).filter(bool), min_size=1, max_size=3),
    gone=some.integers(0, 3),
)
def test_undoing_every_import_gives_the_desk_as_it_was(
    city: str, files: list[list[dict[str, str]]], gone: int
) -> None:
    before = everything()
    states, done = [before], []
    for rows in files:
        lines = [
            f"042111,{r['id']},{r['name']},{r['address']},38.1,140.9,{r['ssid']}" for r in rows
        ]
        ids = frozenset(one.id for one in look(table(*lines)).gone[:gone])
        done.append(accept(table(*lines), take_away=ids))
        states.append(everything())
    for run, state in zip(reversed(done), reversed(states[:-1]), strict=True):
        assert undo(run).kept == 0
        assert everything() == state
    assert everything() == before
    assert city


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    files=some.lists(some.lists(SPOTS, max_size=4).filter(bool), min_size=2, max_size=3),
    order=some.randoms(use_true_random=False),
)
def test_imports_undone_in_any_order_lose_no_row_of_the_city(
    city: str, files: list[list[dict[str, str]]], order: Any
) -> None:
    ids = {one.id for one in wifi.spots()}
    done = []
    for rows in files:
        lines = [
            f"042111,{r['id']},{r['name']},{r['address']},38.1,140.9,{r['ssid']}" for r in rows
        ]
        done.append(accept(table(*lines)))
    order.shuffle(done)
    for run in done:
        first = undo(run)
        assert undo(run) == first
    assert ids <= {one.id for one in wifi.spots()}
    assert city


# People by neighbourhood


@pytest.mark.usefixtures("city")
def test_people_come_in_with_their_ages_and_go_back() -> None:
    before = everything()
    rows = [
        f"042111,{town},2026-04-01,{','.join(['10'] * 18)}" for town in ("桜一丁目", "里の杜一丁目")
    ]
    run = accept(table(*rows, header=PEOPLE))
    assert run.counts == {"new": 0, "changed": 2, "gone": 0, "refused": 0}
    found = store.rows(
        "SELECT band, persons, trial, own, source FROM population "
        "WHERE town_id = '042111-桜一丁目' AND active = 1 ORDER BY band"
    )
    assert {row["band"]: row["persons"] for row in found} == {
        "0-14": 30,
        "15-64": 100,
        "65-74": 20,
        "75+": 30,
        "unknown": 0,
    }
    assert {(row["trial"], row["own"], row["source"]) for row in found} == {
        (0, 1, "市の一覧（2026-04-01）")
    }
    five = store.rows("SELECT SUM(persons) AS n, COUNT(*) AS ages FROM population_five")
    assert five == [{"n": 360, "ages": 36}]
    assert look(table(*rows, header=PEOPLE)).counts["same"] == 2
    again = accept(table(rows[0].replace(",10", ",11"), header=PEOPLE))
    assert undo(again).restored == 1
    assert undo(run).restored == 2
    assert everything() == before


# Events


def event(**changes: str) -> str:
    """An event of four on Tuesday 1 December 2026 from 10:00 to 11:00."""
    facts = {
        "id": "7",
        "name": course(),
        "day": "2026-12-01",
        "ends_day": "",
        "starts": "10:00",
        "ends": "11:00",
        "venue": "岩沼市役所",
        "room": "会議室（見本）",
        "seats": "4",
    }
    return ",".join({**facts, **changes}.values())


def course() -> str:
    row = store.one("SELECT title FROM course WHERE id = :id", id=COURSE)
    assert row
    return str(row["title"])


def events(*rows: str) -> bytes:
    return table(*rows, header=EVENT)


def planned() -> list[classes.ClassView]:
    day = times.today(NOW)
    return schedule.between(day, day + timedelta(days=60))


@pytest.mark.usefixtures("city")
def test_an_event_becomes_a_draft_of_the_schedule_once() -> None:
    content = events(event())
    assert look(content).counts["new"] == 1
    assert planned() == []
    accept(content)
    [made] = planned()
    assert (made.course_id, made.room_id, made.seats, made.draft) == (COURSE, ROOM, 4, True)
    assert times.show(made.starts_at, "ja").endswith("10:00")
    assert look(content).counts["same"] == 1
    accept(events(event(seats="6"), event(day="2026-12-02", starts="13:00", ends="14:00")))
    assert [one.seats for one in planned()] == [6, 4]


@pytest.mark.usefixtures("city")
def test_an_event_leaves_to_the_desk_what_it_does_not_say() -> None:
    # The end from the course, the seats from the room.
    accept(events(event(ends="", seats="", venue="岩沼市役所 会議室（見本）", room="")))
    [made] = planned()
    minutes = store.one("SELECT minutes FROM course WHERE id = :id", id=COURSE)
    assert minutes == {"minutes": (made.ends_at - made.starts_at) // timedelta(minutes=1)}
    assert (made.room_id, made.seats) == (ROOM, 16)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "コレクション展"}, "event_unknown"),
        ({"venue": "サンクリスタル高松"}, "event_place"),
        ({"room": ""}, "event_room"),
        ({"room": "体育館"}, "event_room"),
        ({"ends_day": "2026-12-03"}, "event_days"),
        ({"starts": "10:02"}, "class_grid"),
        ({"day": "2026-11-01"}, "class_in_past"),
        ({"seats": "40"}, "room_places"),
    ],
)
@pytest.mark.usefixtures("city")
def test_an_event_that_is_no_class_of_the_desk_says_why(changes: dict[str, str], code: str) -> None:
    report = look(events(event(**changes), event(day="2026-12-08")))
    assert [row.refusal.code for row in report.refused if row.refusal] == [code]
    assert report.counts["new"] == 1
    run = accept(events(event(**changes), event(day="2026-12-08")))
    assert run.counts == {"new": 1, "changed": 0, "gone": 0, "refused": 1}
    assert len(planned()) == 1


@pytest.mark.usefixtures("city")
def test_a_refused_event_keeps_what_its_class_has_in_use() -> None:
    accept(events(event()))
    [made] = planned()
    busy = store.rows("SELECT * FROM busy ORDER BY resource, step")
    moved = event(id=made.id, starts="14:00", ends="15:00", seats="40")
    run = accept(events(moved, event(starts="10:30", ends="11:30")))
    assert (run.added, run.changed, run.refused) == (0, 0, 2)
    assert store.rows("SELECT * FROM busy ORDER BY resource, step") == busy


@pytest.mark.usefixtures("city")
def test_published_classes_of_those_days_are_gone_only_when_ticked() -> None:
    [kept, gone] = [scheduled(day=times.today(NOW + timedelta(days=n))) for n in (3, 4)]
    booked = booking.book(
        person("volunteer"), id=str(uuid.uuid4()), form=booking_form(kept.id), now=NOW
    )
    content = events(event(day="2026-11-26"), event())
    report = look(content)
    assert {one.id: bool(one.keeps) for one in report.gone} == {kept.id: True, gone.id: False}
    with refuses("event_booked"):
        accept(content, take_away=frozenset({kept.id}))
    assert len(planned()) == 2
    accept(content, take_away=frozenset({gone.id}))
    assert schedule.get(gone.id).status == "cancelled"
    assert schedule.get(kept.id).status == "open"
    assert booked


@pytest.mark.usefixtures("city")
def test_undone_events_leave_the_schedule_but_where_people_are_booked() -> None:
    there = scheduled(day=times.today(NOW + timedelta(days=9)))
    title, venue = there.title, there.venue
    change = event(
        id=there.id, name=title, venue=venue, day="2026-12-03", starts="14:00", ends="15:30"
    )
    assert look(events(change)).counts["changed"] == 0  # it would need a reason
    drafts = [event(), event(day="2026-12-02"), event(day="2026-12-04")]
    run = accept(events(*drafts))
    [first, second, third, _] = sorted(
        planned(), key=lambda one: (one.id == there.id, one.starts_at)
    )
    form = schedule.form_of(second)
    schedule.change(
        person("staff"),
        class_id=second.id,
        version=second.version,
        form=type(form)(**{**vars(form), "seats": 8}),
        now=NOW,
    )
    form = schedule.form_of(third)
    published = type(form)(**{**vars(form), "publish": True, "reason": "試験"})
    schedule.change(
        person("staff"), class_id=third.id, version=third.version, form=published, now=NOW
    )
    booking.book(person("volunteer"), id=str(uuid.uuid4()), form=booking_form(third.id), now=NOW)
    done = undo(run)
    assert (done.restored, done.kept) == (1, 2)
    assert [schedule.get(one.id).status for one in (first, second, third)] == [
        "cancelled",
        "open",
        "open",
    ]
    assert undo(run) == done


@pytest.mark.usefixtures("city")
def test_a_changed_class_goes_back_to_what_it_was() -> None:
    accept(events(event()))
    [before] = planned()
    run = accept(events(event(seats="8", ends="11:30")))
    assert run.changed == 1
    assert undo(run).restored == 1
    [after] = planned()
    assert (after.seats, after.ends_at) == (before.seats, before.ends_at)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("turned", [False, True])
def test_a_changed_facility_and_a_new_one_come_in_one_file(turned: bool) -> None:
    there = store.one("SELECT * FROM venue WHERE shelter = 1 ORDER BY id")
    assert there
    facts = ("city_code", "id", "city_name", "name", "address", "lat", "lng")
    changed = ",".join(str(there[name]) for name in facts).replace(there["name"], "新会館")
    new = "042111,,岩沼市,駅前ひろば,宮城県岩沼市館下一丁目1番1号,38.11,140.86"
    rows = [changed, new]
    accept(table(*(rows[::-1] if turned else rows), header=FACILITY))
    found = {row["name"]: row["shelter"] for row in store.rows("SELECT name, shelter FROM venue")}
    assert (found["新会館"], found["駅前ひろば"]) == (1, None)
