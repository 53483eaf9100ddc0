"""Finding Wi-Fi: from where, in which ring, and nothing that does not match is lost."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import finder, places, wifi
from desk.finder import FAR, NO, SOME, YES, Found, Hit
from desk.opening import Hours
from desk.places import Town
from desk.wifi import Spot
from tests.conftest import NOW, refuses

ALWAYS = Hours("月火水木金土日", time(0), time(0), ())
NEVER = Hours("月火水木金土日", time(0), time(0), (("2026-01-01〜2027-12-31", "工事"),))
UNKNOWN = Hours("", None, None, ())
TOWNS = [
    Town("a", "相の原一丁目", "アイノハラ", 38.10, 140.80, "9892431"),
    Town("b", "相の原二丁目", "アイノハラ", 38.12, 140.90, "9892431"),
    Town("c", "早股", "ハヤマタ", 38.14, 140.95, "9892429"),
    Town("d", "字亀塚", "", 38.15, 140.86, ""),
]


def spot(id: str = "s", lat: float = 38.1, lng: float = 140.8, **facts: object) -> Spot:
    return Spot(id, id, "ssid", lat, lng, **{"hours": ALWAYS, **facts})


def listed(groups: tuple[tuple[str, tuple[Hit, ...]], ...]) -> list[tuple[str, list[str]]]:
    return [(group, [hit.spot.id for hit in hits]) for group, hits in groups]


@pytest.mark.parametrize(
    ("metres", "group"),
    [
        (0, "300"),
        (300, "300"),
        (300.1, "500"),
        (500, "500"),
        (1000, "1000"),
        (1000.1, "2000"),
        (2000, "2000"),
        (2000.1, FAR),
        (90_000, FAR),
    ],
)
def test_a_ring_holds_what_is_not_farther_than_it(metres: float, group: str) -> None:
    assert finder.ring(metres) == group


@pytest.mark.parametrize(
    ("hours", "state", "look", "usable"),
    [
        (ALWAYS, "working", YES, True),
        (ALWAYS, "unknown", YES, True),
        (ALWAYS, "partly", SOME, True),
        (UNKNOWN, "working", SOME, False),
        (NEVER, "working", NO, False),
        (NEVER, "partly", NO, False),
        (ALWAYS, "not_working", NO, False),
        (UNKNOWN, "not_working", NO, False),
    ],
)
def test_open_and_working_make_the_look(
    hours: Hours, state: str, look: str, usable: bool, now: datetime
) -> None:
    found = finder.find([spot(hours=hours, state=state)], None, now=now)
    ((group, (hit,)),) = found.match
    assert (hit.look, hit.usable, group) == (look, usable, look)


def test_near_a_place_groups_are_rings_and_the_nearest_open_is_named(now: datetime) -> None:
    # A thousandth of a degree of latitude is 111 m.
    spots = [
        spot("far", 38.2),
        spot("next door", 38.1005, hours=NEVER),
        spot("broken", 38.101, state="not_working"),
        spot("round the corner", 38.1035),
        spot("unknown", 38.102, hours=UNKNOWN),
    ]
    found = finder.find(spots, (38.1, 140.8), now=now)
    assert listed(found.match) == [
        ("300", ["next door", "broken", "unknown"]),
        ("500", ["round the corner"]),
        (FAR, ["far"]),
    ]
    assert found.nearest_open
    assert found.nearest_open.spot.id == "round the corner"
    assert (found.unknown, found.others) == ((), 0)


def test_without_a_place_what_can_be_used_now_comes_first(now: datetime) -> None:
    spots = [
        spot("a", hours=NEVER),
        spot("b", hours=UNKNOWN),
        spot("c"),
        spot("d", state="partly"),
        spot("e"),
    ]
    found = finder.find(spots, None, now=now)
    assert listed(found.match) == [(YES, ["c", "e"]), (SOME, ["b", "d"]), (NO, ["a"])]
    assert found.nearest_open is None


def test_what_nobody_knows_is_a_group_of_its_own_and_what_does_not_match_is_counted(
    now: datetime,
) -> None:
    spots = [spot("yes", seats=4), spot("none", seats=0), spot("unknown"), spot("no", seats=0)]
    found = finder.find(spots, (38.1, 140.8), wishes=["seats", "open"], now=now)
    assert listed(found.match) == [("300", ["yes"])]
    assert listed(found.unknown) == [("300", ["unknown"])]
    assert found.others == 2


def test_what_does_not_work_is_not_open_for_whoever_asks(now: datetime) -> None:
    broken = spot(state="not_working")
    assert wifi.answer(broken, ["open"], now) is False
    assert wifi.answer(broken, [], now) is True


SPOTS = some.lists(
    some.builds(
        spot,
        lat=some.floats(38.0, 38.2),
        hours=some.sampled_from([ALWAYS, NEVER, UNKNOWN]),
        seats=some.sampled_from([None, 0, 3]),
        sockets=some.sampled_from([None, False, True]),
        state=some.sampled_from(list(wifi.STATES)),
    ),
    max_size=20,
)


@given(
    spots=SPOTS,
    wishes=some.sets(some.sampled_from(list(wifi.WISHES))),
    here=some.sampled_from([None, (38.1, 140.8)]),
)
def test_no_spot_is_lost_and_distances_only_grow(
    spots: list[Spot], wishes: set[str], here: tuple[float, float] | None
) -> None:
    found: Found = finder.find(spots, here, wishes=wishes, now=NOW)
    for groups in (found.match, found.unknown):
        names = [group for group, _hits in groups]
        assert len(set(names)) == len(names)
        away = [hit.metres or 0.0 for _group, hits in groups for hit in hits]
        assert away == sorted(away)
    shown = sum(len(hits) for _group, hits in (*found.match, *found.unknown))
    assert shown + found.others == len(spots)
    assert wishes or not (found.unknown or found.others)


@pytest.mark.parametrize(
    "text",
    ["9892431", "989-2431", "９８９－２４３１", "〒989-2431", " 〒９８９ー２４３１　", "989‐2431"],
)
def test_a_postal_code_is_read_however_it_is_written(text: str) -> None:
    found = finder.by_postal_code(text, TOWNS)
    assert (found.value, found.name) == ("9892431", "〒989-2431")
    assert (found.lat, found.lng) == pytest.approx((38.11, 140.85))
    assert [town.id for town in found.towns] == ["a", "b"]
    assert finder.place("9892431", TOWNS) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "postal_code_form"),
        ("989243", "postal_code_form"),
        ("98924311", "postal_code_form"),
        ("岩沼", "postal_code_form"),
        ("98９24३1", "postal_code_form"),
        ("9800001", "postal_code_unknown"),
        ("1234-5678-9018", "my_number"),
    ],
)
def test_a_wrong_postal_code_is_refused_with_what_is_wrong(text: str, code: str) -> None:
    with refuses(code, "postal"):
        finder.by_postal_code(text, TOWNS)


def test_a_neighbourhood_is_found_by_its_id() -> None:
    found = finder.place("c", TOWNS)
    assert (found.value, found.name, found.lat, found.lng) == ("c", "早股", 38.14, 140.95)
    with refuses("town_unknown", "town"):
        finder.place("nowhere", TOWNS)


def test_distances_are_said_to_ten_metres_and_in_minutes_on_foot() -> None:
    assert finder.distance_in_words(346, "ja") == "約350m・歩いて5分"
    assert finder.distance_in_words(1234, "en") == "about 1,230 m · 16 min on foot"
    assert finder.distance_in_words(0, "easy") == "だいたい 0m・あるいて 1ふん"


def test_rows_of_kana_hold_every_neighbourhood_once_in_their_order() -> None:
    rows = places.by_row(TOWNS)
    assert [(row, [town.id for town in towns]) for row, towns in rows] == [
        ("ア", ["a", "b"]),
        ("ハ", ["c"]),
        ("他", ["d"]),
    ]


def test_a_spot_is_stale_after_180_days_or_when_nobody_ever_looked(now: datetime) -> None:
    today = date(2026, 11, 24)
    assert now.date() == today
    checked = {
        days: spot(checked_on=today - timedelta(days=days)).stale(today) for days in (0, 179, 180)
    }
    assert checked == {0: False, 179: False, 180: True}
    assert spot().stale(today)
