"""Freshness: reports count until staff look, a check stands before the list, all is kept."""

import csv
import io
import itertools
import threading
from datetime import date, datetime, time, timedelta

import pytest

from desk import mode, people, store, times, trial, wifi, wifi_checks
from desk.people import PUBLIC
from desk.wifi import Spot
from desk.wifi_checks import FINE, STALE, TROUBLE
from tests.conftest import NOW, person, refuses

pytestmark = pytest.mark.usefixtures("city")
ONE, TWO, THREE = "042111W01", "042111W02", "042111W03"
# As the list says on the day of NOW: looked at on 2026-09-01, 2026-06-10 and 2025-05-20.
LISTED = {ONE: date(2026, 9, 1), TWO: date(2026, 6, 10), THREE: date(2025, 5, 20)}
_IDS = itertools.count()


def new_id() -> str:
    return f"check {next(_IDS)}"


def check(spot_id: str, kind: str, *, now: datetime = NOW) -> wifi_checks.Check:
    return wifi_checks.confirm(person("staff"), spot_id=spot_id, kind=kind, id=new_id(), now=now)


def report(spot_id: str, *, now: datetime = NOW) -> None:
    wifi_checks.report(spot_id, id=new_id(), now=now)


def known(spot_id: str) -> tuple[date | None, str, int]:
    found = wifi.spot(spot_id)
    return found.checked_on, found.state, found.reports


def after(**lapse: float) -> datetime:
    return NOW + timedelta(**lapse)


def rows() -> list[store.Row]:
    return store.rows("SELECT * FROM wifi_check ORDER BY id")


# What staff find


@pytest.mark.parametrize("kind", wifi_checks.KINDS)
def test_a_check_stands_before_the_list(kind: str) -> None:
    assert known(ONE) == (LISTED[ONE], "unknown", 0)
    made = check(ONE, kind)
    assert (made.spot_id, made.kind, made.at, made.standing) == (ONE, kind, NOW, True)
    assert known(ONE) == (date(2026, 11, 24), kind, 0)
    assert known(TWO) == (LISTED[TWO], "unknown", 0)


def test_the_last_check_counts_and_a_newer_list_stands_before_it() -> None:
    check(ONE, "working", now=after(hours=2))  # by a clock that was put right then
    check(ONE, "not_working", now=NOW)
    assert known(ONE)[1] == "not_working"
    with store.transaction() as write:
        write.run(
            "UPDATE wifi_spot SET checked_on = '2026-11-25', state = 'partly' WHERE id = :id",
            id=ONE,
        )
    assert known(ONE) == (date(2026, 11, 25), "partly", 0)
    check(ONE, "working", now=after(days=1))
    assert known(ONE) == (date(2026, 11, 25), "working", 0)


def test_the_day_of_a_check_is_the_day_in_tokyo() -> None:
    check(ONE, "working", now=datetime.fromisoformat("2026-11-24T15:30:00+00:00"))
    assert known(ONE)[0] == date(2026, 11, 25)


def test_the_same_id_is_one_check_and_another_answer_is_refused() -> None:
    staff, other = person("staff"), person("staff")
    facts = {"spot_id": ONE, "kind": "working", "id": "tap"}
    first = wifi_checks.confirm(staff, **facts, now=NOW)
    assert wifi_checks.confirm(staff, **facts, now=after(minutes=1)) == first
    assert len(rows()) == 1
    for actor, changed in (
        (staff, {"kind": "partly"}),
        (staff, {"spot_id": TWO}),
        (other, {}),
    ):
        with refuses("form_reused"):
            wifi_checks.confirm(actor, **{**facts, **changed}, now=NOW)
    report(TWO)
    reported = next(row["id"] for row in rows() if row["kind"] == "reported")
    with refuses("form_reused"):
        wifi_checks.confirm(staff, **{**facts, "id": reported}, now=NOW)
    assert known(ONE)[1] == "working"
    assert len(rows()) == 2


def test_what_a_check_may_say() -> None:
    staff = person("staff")
    for kind, code in (
        ("", "missing"),
        ("reported", "choice_unknown"),
        ("taken_back", "choice_unknown"),
        ("unknown", "choice_unknown"),
    ):
        with refuses(code, "kind"):
            wifi_checks.confirm(staff, spot_id=ONE, kind=kind, id=new_id(), now=NOW)
    with refuses("spot_unknown"):
        wifi_checks.confirm(staff, spot_id="none", kind="working", id=new_id(), now=NOW)
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET active = 0 WHERE id = :id", id=ONE)
    with refuses("spot_unknown"):
        wifi_checks.confirm(staff, spot_id=ONE, kind="working", id=new_id(), now=NOW)
    with refuses("spot_unknown"):
        wifi_checks.report(ONE, id=new_id(), now=NOW)
    assert rows() == []


@pytest.mark.parametrize("role", [*people.ROLES, "public"])
def test_who_may_check(role: str) -> None:
    actor = person(role) if role in people.ROLES else PUBLIC
    kept = check(TWO, "working")
    asks = (
        lambda: wifi_checks.confirm(actor, spot_id=ONE, kind="working", id="x", now=NOW),
        lambda: wifi_checks.take_back(actor, check_id=kept.id, now=NOW),
        lambda: wifi_checks.due(actor, now=NOW),
        lambda: wifi_checks.due_csv(actor, "utf-8-sig", now=NOW),
    )
    for ask in asks:
        if role in ("staff", "admin"):
            ask()
        else:
            with refuses("sign_in_first" if role == "public" else "not_allowed"):
                ask()
    allowed = role in ("staff", "admin")
    assert known(ONE)[1] == ("working" if allowed else "unknown")
    assert known(TWO)[1] == ("unknown" if allowed else "working")


# Taking back


def test_a_check_taken_back_brings_back_what_was_before() -> None:
    report(ONE, now=after(hours=-1))
    first = check(ONE, "partly", now=after(hours=1))
    second = check(ONE, "not_working", now=after(hours=2))
    staff = person("staff")
    back = wifi_checks.take_back(staff, check_id=second.id, now=after(hours=3))
    assert (back.id, back.standing) == (second.id, False)
    assert known(ONE) == (date(2026, 11, 24), "partly", 0)
    wifi_checks.take_back(staff, check_id=first.id, now=after(hours=3))
    # The report from before it is open again, and so is the list's own day.
    assert known(ONE) == (LISTED[ONE], "unknown", 1)
    check(ONE, "working", now=after(hours=4))
    assert known(ONE) == (date(2026, 11, 24), "working", 0)


def test_taking_back_twice_is_once_and_the_check_stays_in_the_table() -> None:
    made = check(ONE, "working")
    staff = person("staff")
    for minute in (1, 2):
        wifi_checks.take_back(staff, check_id=made.id, now=after(minutes=minute))
    assert [(row["kind"], row["takes_back"]) for row in rows()] == [
        ("working", None),
        ("taken_back", made.id),
    ]
    # The form of the check sent once more changes nothing, and says that it does not stand.
    kept = store.one("SELECT person_id FROM wifi_check WHERE id = :id", id=made.id)
    assert kept
    author = people.Actor(kept["person_id"], "", "staff")
    again = wifi_checks.confirm(author, spot_id=ONE, kind="working", id=made.id, now=NOW)
    assert not again.standing
    assert known(ONE)[1] == "unknown"


def test_only_checks_of_staff_are_taken_back() -> None:
    report(ONE)
    made = check(TWO, "working")
    staff = person("staff")
    wifi_checks.take_back(staff, check_id=made.id, now=NOW)
    others = [row["id"] for row in rows() if row["kind"] in ("reported", "taken_back")]
    for id in (*others, "none"):
        with refuses("check_unknown"):
            wifi_checks.take_back(staff, check_id=id, now=NOW)
    assert known(ONE)[2] == 1


# What residents report


def test_reports_count_until_staff_have_looked() -> None:
    for hour in (0, 1):
        report(ONE, now=after(hours=hour))
    assert known(ONE) == (LISTED[ONE], "unknown", 2)
    check(ONE, "working", now=after(hours=2))
    assert known(ONE)[2] == 0
    report(ONE, now=after(hours=3))
    assert known(ONE) == (date(2026, 11, 24), "working", 1)
    assert known(TWO)[2] == 0


def test_a_report_holds_nobody_and_the_same_id_is_one() -> None:
    for _time in range(2):
        wifi_checks.report(ONE, id="tap", now=NOW)
    [row] = rows()
    assert row == {
        "id": "tap",
        "spot_id": ONE,
        "kind": "reported",
        "at": times.stamp(NOW),
        "person_id": None,
        "takes_back": None,
        "trial": 0,
        "number": 1,
    }


# The table


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "working"},
        {"kind": "taken_back"},
        {"kind": "reported", "takes_back": "kept"},
        {"kind": "perhaps"},
    ],
)
def test_the_database_forbids_half_a_row(facts: dict[str, str]) -> None:
    columns = {"id": "x", "spot_id": ONE, "at": times.stamp(NOW), **facts}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    wifi_checks.confirm(person("staff"), spot_id=ONE, kind="working", id="kept", now=NOW)
    with pytest.raises(Exception, match=r"(?i)constraint"), store.transaction() as write:
        write.run(f"INSERT INTO wifi_check ({names}) VALUES ({values})", **columns)
    assert len(rows()) == 1


def test_practice_leaves_with_the_trial_year_and_the_real_stays() -> None:
    report(ONE)
    real = check(ONE, "working", now=after(seconds=1))
    with store.transaction() as write:
        write.run("INSERT INTO setting (key, value) VALUES (:key, '1')", key=mode.KEY)
    made = check(ONE, "not_working", now=after(hours=1))
    wifi_checks.take_back(person("staff"), check_id=made.id, now=after(hours=2))
    wifi_checks.take_back(person("staff"), check_id=real.id, now=after(hours=2))
    report(ONE, now=after(hours=3))
    assert [row["trial"] for row in rows()].count(1) == 4
    trial.empty()
    assert sorted(row["kind"] for row in rows()) == ["reported", "working"]
    assert known(ONE) == (date(2026, 11, 24), "working", 0)


def test_two_who_take_back_at_once_leave_one_row() -> None:
    made = check(ONE, "working")
    actors = [person("staff") for _n in range(6)]
    problems: list[Exception] = []

    def tap(actor: people.Actor) -> None:
        try:
            wifi_checks.take_back(actor, check_id=made.id, now=NOW)
        except Exception as problem:  # noqa: BLE001 - shown below
            problems.append(problem)

    threads = [threading.Thread(target=tap, args=(actor,)) for actor in actors]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert problems == []
    assert [row["kind"] for row in rows()].count("taken_back") == 1


# The list for staff


def due(now: datetime = NOW) -> list[wifi_checks.Due]:
    return wifi_checks.due(person("staff"), now=now)


def test_the_most_urgent_comes_first() -> None:
    spots = wifi.spots()
    check(TWO, "not_working", now=after(minutes=1))
    check("042111W04", "partly", now=after(minutes=1))
    for minute in (2, 3):
        report(ONE, now=after(minutes=minute))
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET checked_on = '' WHERE id = '042111W05'")
    found = due()
    assert sorted(one.spot.id for one in found) == sorted(one.id for one in spots)
    why = [one.why for one in found]
    assert why == sorted(why, key=[TROUBLE, STALE, FINE].index)
    assert wifi_checks.counts(found) == {one: why.count(one) for one in (TROUBLE, STALE, FINE)}
    # Reported, not working, partly working; then never looked at, then the longest ago.
    assert [one.spot.id for one in found[:4]] == [ONE, TWO, "042111W04", "042111W05"]
    stale = [one.spot.checked_on or date.min for one in found if one.why == STALE]
    assert len(stale) >= 3
    assert stale == sorted(stale)
    fine = [one.spot.checked_on or date.min for one in found if one.why == FINE]
    assert fine == sorted(fine)
    assert found[0].reported_at == after(minutes=3)
    assert [one.reported_at for one in found[1:]] == [None] * (len(found) - 1)


@pytest.mark.parametrize(("days", "why"), [(179, FINE), (180, STALE), (181, STALE)])
def test_a_spot_is_stale_after_180_days(days: int, why: str) -> None:
    check(ONE, "working")
    now = after(days=days)
    [mine] = [one for one in due(now) if one.spot.id == ONE]
    assert (mine.why, mine.spot.stale(times.today(now))) == (why, why == STALE)
    check(ONE, "working", now=now)
    [mine] = [one for one in due(now) if one.spot.id == ONE]
    assert mine.why == FINE


def spot(checked_on: date | None) -> Spot:
    return Spot("s", "s", "s", 38.1, 140.8, checked_on=checked_on)


@pytest.mark.parametrize(
    ("days", "japanese", "english"),
    [
        (0, "きょう確かめました", "Checked today"),
        (-1, "きょう確かめました", "Checked today"),  # a list dated ahead
        (1, "1日前に確かめました", "Checked 1 day ago"),
        (179, "179日前に確かめました", "Checked 179 days ago"),
        (180, "180日以上 確かめていません", "Not checked for 180 days or more"),
        (None, "180日以上 確かめていません", "Not checked for 180 days or more"),
    ],
)
def test_when_somebody_last_looked_in_words(days: int | None, japanese: str, english: str) -> None:
    today = times.today(NOW)
    seen = spot(None if days is None else today - timedelta(days=days))
    assert wifi_checks.checked_in_words(seen, today, "ja") == japanese
    assert wifi_checks.checked_in_words(seen, today, "en") == english


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_the_list_as_a_file(encoding: str) -> None:
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET ssid = '=1+1', checked_on = '' WHERE id = :id", id=TWO)
    report(ONE)
    made = wifi_checks.due_csv(person("staff"), encoding, now=NOW)
    heading, sample, *table = made.content.decode(encoding).splitlines()
    assert "2026-11-24" in heading
    assert "見本" in sample
    found = list(csv.DictReader(io.StringIO("\n".join(table))))
    assert [one["ID"] for one in found] == [one.spot.id for one in due()]
    first = found[0]
    assert (first["ID"], first["つながりません"], first["状態"]) == (
        ONE,
        "1",
        "使えるか分かりません",
    )
    [formula] = [one for one in found if one["ID"] == TWO]
    assert (formula["SSID"], formula["最終確認日"]) == ("'=1+1", "")


# Which venue a spot is in


def place(id: str, **facts: object) -> wifi.Spot:
    """The spot ONE as the list might have it."""
    columns = ", ".join(f"{name} = :{name}" for name in facts)
    with store.transaction() as write:
        write.run(f"UPDATE wifi_spot SET {columns} WHERE id = :id", id=id, **facts)
    return wifi.spot(id)


def test_a_spot_takes_its_hours_from_the_venue_it_is_in() -> None:
    with store.transaction() as write:
        write.run(
            "UPDATE venue SET days = '火水木', opens = '10:00', closes = '12:00', "
            "hours_note = '点検の日は休み' WHERE id = '0421110003'"
        )
    bare = {"days": "", "opens": "", "closes": "", "hours_note": ""}
    elsewhere = {"venue_id": "", "name": "Free_Wi-Fi", "address": ""}
    for named in (
        {"venue_id": "0421110003"},
        {"name": "岩沼西コミュニティセンター２階"},
        {"name": "岩沼西 コミュニティセンター"},
        {"address": "宮城県岩沼市北長谷字内田９０－１"},
        # A venue that is on no list: looked for by name and address instead.
        {"venue_id": "none", "name": "岩沼西コミュニティセンター"},
        # The name stands before the address, and the venue it names before both.
        {"name": "岩沼西コミュニティセンター", "address": "宮城県岩沼市桜一丁目6-20"},
        {"venue_id": "0421110003", "name": "岩沼市役所", "address": "宮城県岩沼市桜一丁目6-20"},
    ):
        found = place(ONE, **{**bare, **elsewhere, **named})
        assert found.venue_id == "0421110003", named
        assert (found.hours.days, found.hours_note) == ("火水木", "点検の日は休み")
        assert [reason for _rule, reason in found.hours.closed][-1] == "年末年始（見本）"
    nowhere = place(ONE, **{**bare, **elsewhere})
    assert (nowhere.venue_id, nowhere.hours, nowhere.hours_note) == ("", wifi.opening.UNKNOWN, "")


def test_the_longest_name_that_fits_is_the_venue() -> None:
    with store.transaction() as write:
        write.run("UPDATE venue SET name = '岩沼市役所西' WHERE id = '0421110003'")
    assert place(ONE, venue_id="", name="岩沼市役所西庁舎 ロビー").venue_id == "0421110003"
    assert place(ONE, venue_id="", name="岩沼市役所 ロビー").venue_id == "0421110001"


def test_its_own_hours_and_note_stand_before_those_of_the_venue() -> None:
    with store.transaction() as write:
        write.run(
            "UPDATE venue SET days = '月火水木金土日', opens = '08:00', closes = '22:00', "
            "hours_note = '会場の注意' WHERE id = '0421110001'"
        )
    own = place(ONE, days="", opens="10:00", closes="12:00", hours_note="ロビーの注意")
    assert (own.hours.days, own.hours.opens, own.hours.closes) == (
        "月火水木金土日",
        time(10),
        time(12),
    )
    assert own.hours_note == "ロビーの注意"
    assert own.open_at(times.at(date(2026, 11, 24), time(13))).is_open is False
    assert own.open_at(times.at(date(2026, 11, 23), time(11))).is_open is False  # 祝日
    assert own.open_at(times.at(date(2026, 11, 24), time(11))).is_open is True
