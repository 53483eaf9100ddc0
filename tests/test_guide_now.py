"""Where it can be done now: the clock, the day, holidays and the end of the year."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest
import yaml

from desk import store, times
from desk.guide import flow, hours, now, procedures
from desk.guide.hours import HOURS
from desk.guide.procedures import HERE, Outcome, Procedure
from desk.guide.shelf import FOLDER
from desk.opening import CLOSED, OPEN, UNCERTAIN, UNKNOWN, Openness
from tests.conftest import change

GOLDEN = Path(__file__).parent / "golden" / "now.yaml"
PROCEDURES = procedures.in_folder(procedures.FOLDER)
CITY_HALL = "0421110001"


def tokyo(day: str, clock: str) -> datetime:
    return times.at(date.fromisoformat(day), time.fromisoformat(clock))


def outcome(one: Procedure, *answers: bool) -> Outcome:
    found = flow.step(one, answers)
    assert isinstance(found, Outcome)
    return found


def open_office() -> None:
    """Fill in the city hall's hours, as the city does in venues/facilities.csv."""
    with store.transaction() as write:
        write.run(
            "UPDATE venue SET days = '月火水木金', opens = '08:30', closes = '17:15' "
            "WHERE id = :id",
            id=CITY_HALL,
        )


def in_words(option: now.Option) -> str:
    """「store open 2026-11-26 23:00」: until when, or when it opens again."""
    moment = option.openness.until or option.openness.next
    clock = f" {times.local(moment):%Y-%m-%d %H:%M}" if moment else ""
    return f"{option.place} {option.openness.state}{clock}"


def cases() -> Iterator[tuple[str, dict[str, str]]]:
    for case in yaml.safe_load(GOLDEN.read_text("utf-8")):
        yield case["case"], case


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("case", [case for _name, case in cases()], ids=[n for n, _ in cases()])
def test_options_are_those_of_the_golden_file(case: dict[str, str]) -> None:
    if case.get("office") == "known":
        open_office()
    one = PROCEDURES[case["procedure"]]
    moment = datetime.fromisoformat(case["at"]).replace(tzinfo=times.TOKYO)
    answers = tuple(word == procedures.YES for word in case["answers"].split())
    found = now.options(one, outcome(one, *answers), moment)
    assert [in_words(option) for option in found] == case["options"]


@pytest.mark.usefixtures("city")
def test_an_option_brings_its_way_and_the_reason() -> None:
    one = PROCEDURES["konbini-juminhyo"]
    (city,) = now.options(one, outcome(one, False), tokyo("2026-11-26", "12:00"))
    assert city.way == one.way("city")
    assert city.because == "マイナンバーカードがないと、コンビニでは取れません。"


# The desk itself


def daily(**changes: object) -> Procedure:
    """wifi-join with some of its lines changed."""
    file = procedures.FOLDER / "wifi-join.yaml"
    fields = yaml.safe_load(file.read_text("utf-8")) | changes
    return procedures.read(yaml.safe_dump(fields, allow_unicode=True))


HERE_ABOUT = [
    {"place": "here", "about": {"confirm": "できるか"}},
    {"place": "phone", "about": "聞きます。"},
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "at", "offered"),
    [
        ({}, "2026-11-26", True),
        ({}, "2027-05-25", True),  # 180 days after it was checked
        ({}, "2027-05-26", False),
        ({"expires_on": date(2026, 11, 25)}, "2026-11-26", False),
        ({"expires_on": date(2026, 11, 26)}, "2026-11-26", True),
        ({"owner": ""}, "2026-11-26", False),
        ({"ways": HERE_ABOUT}, "2026-11-26", False),
    ],
)
def test_the_desk_is_offered_only_for_what_is_certain_and_current(
    changes: dict[str, object], at: str, offered: bool
) -> None:
    one = daily(**changes)
    found = [option.place for option in now.options(one, outcome(one, True), tokyo(at, "12:00"))]
    assert found == (["here", "phone"] if offered else ["phone"])


@pytest.mark.usefixtures("city")
def test_nothing_the_city_has_not_confirmed_is_offered_here() -> None:
    moment = tokyo("2026-11-26", "10:00")
    offered = {
        id
        for id, one in PROCEDURES.items()
        for path in flow.paths(one)
        for option in now.options(one, path.outcome, moment)
        if option.place == HERE
    }
    assert offered == {"wifi-join", "line-start", "scam-call", "remote-app"}


@pytest.mark.usefixtures("city")
def test_every_end_of_every_flow_offers_something_at_any_time() -> None:
    for moment in (tokyo("2026-11-26", "10:00"), tokyo("2027-01-01", "03:00")):
        for one in PROCEDURES.values():
            for path in flow.paths(one):
                assert now.options(one, path.outcome, moment)


def asked(one: Procedure) -> set[str]:
    return {key for path in flow.paths(one) for key, _answer in path.asked}


def test_nobody_is_asked_for_a_card_where_the_desk_cannot_use_it_yet() -> None:
    moment = tokyo("2026-11-26", "10:00")
    left = {id: asked(now.fitting(one, moment)) for id, one in PROCEDURES.items()}
    assert left["kaigo-kogaku"] == set()
    assert left["jidoteate-nintei"] == {"within15"}
    assert left["card-apply"] == {"form_now"}
    assert left["konbini-juminhyo"] == {"card", "pin4"}
    assert left["card-pin-locked"] == {"can_go", "card"}
    assert left["scam-call"] == {"paid"}


@pytest.mark.usefixtures("city")
def test_passing_over_questions_offers_the_same_places() -> None:
    moment = tokyo("2026-11-26", "10:00")
    for one in PROCEDURES.values():
        places = [
            {
                tuple(option.place for option in now.options(one, path.outcome, moment))
                for path in flow.paths(each)
            }
            for each in (one, now.fitting(one, moment))
        ]
        assert places[0] == places[1]


def test_everything_is_asked_once_the_desk_can_do_it() -> None:
    one = PROCEDURES["kaigo-kogaku"]
    here = one.way(HERE)
    assert here is not None
    certain = replace(here, about=replace(here.about, certain=True))
    ready = replace(one, owner="介護福祉課", ways=(certain, *one.ways[1:]))
    moment = tokyo("2026-11-26", "10:00")
    assert now.fitting(ready, moment) == ready
    assert asked(now.fitting(replace(ready, owner=""), moment)) == set()


# In words


@pytest.mark.usefixtures("city")
def test_it_is_said_whether_one_can_go_now() -> None:
    moment = tokyo("2026-12-28", "23:00")
    one = PROCEDURES["konbini-juminhyo"]
    city, konbini = now.options(one, outcome(one, True, True), moment)
    assert konbini.in_words(moment, "ja") == "いまは使えません・1月4日（月） 6時30分から"
    assert city.in_words(moment, "ja") == "時間は市に確認してください"
    assert city.in_words(moment, "easy") == "じかんは 市（し）に きいてください"
    here, phone = now.options(daily(), outcome(daily(), True), tokyo("2026-11-26", "12:00"))
    assert here.in_words(moment, "ja") == "いまここでできます"
    assert phone.in_words(moment, "ja") == "使える時間は分かりません"


# hours.yaml


def test_a_maintenance_day_the_city_fills_in_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "hours.yaml"
    file.write_text((FOLDER / "hours.yaml").read_text("utf-8"), "utf-8")
    change(file, "    # - {days: 2027-02-10,", "    - {days: 2027-02-10,")
    konbini = HOURS.read(tmp_path)["konbini"].hours
    assert konbini.at(tokyo("2027-02-10", "12:00")) == Openness(
        CLOSED, next=tokyo("2027-02-11", "06:30")
    )
    assert HOURS["konbini"].hours.at(tokyo("2027-02-10", "12:00")).state == OPEN


@pytest.mark.usefixtures("city")
def test_hours_of_the_venue_come_first_and_its_closed_days_count_too() -> None:
    friday = tokyo("2026-11-27", "17:15")
    assert hours.of("city").at(friday) == Openness(UNCERTAIN)
    open_office()
    assert hours.of("city").at(friday) == Openness(CLOSED, next=tokyo("2026-11-30", "08:30"))
    with store.transaction() as write:
        write.run(
            "INSERT INTO closed_day (id, venue_id, rule, reason, source, trial, active) "
            "VALUES ('9', :venue, '2026-11-30', '工事', 'test', 0, 1)",
            venue=CITY_HALL,
        )
    assert hours.of("city").at(friday) == Openness(CLOSED, next=tokyo("2026-12-01", "08:30"))


@pytest.mark.usefixtures("city")
def test_a_counter_nobody_names_has_hours_nobody_knows() -> None:
    assert hours.of("") == UNKNOWN
    assert hours.of("library").at(tokyo("2026-11-26", "12:00")) == Openness(UNCERTAIN)
