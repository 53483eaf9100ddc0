"""Consultations: what was asked where, of whom never."""

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from desk import consultations, my_number, places, store, times
from desk.consultations import ConsultationForm
from tests.conftest import DESK, person, refuses

FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "75-79", "line")
OTHER_DESK = "042111D2"
HIDDEN = {
    "plain": "123456789018",
    "full width": "１２３４５６７８９０１８",
    "spaces": "1234 5678 9018",
    "wide spaces": "1234　5678　9018",
    "every digit apart": "1 2 3 4 5 6 7 8 9 0 1 8",
    "hyphens": "1234-5678-9018",
    "full-width hyphens": "１２３４－５６７８－９０１８",
    "minus": "1234−5678−9018",
    "long vowel mark": "1234ー5678ー9018",
    "half-width vowel mark": "1234ｰ5678ｰ9018",
    "dashes": "1234–5678—9018",
    "dots": "1234.5678・9018",
    "half-width dot": "1234･5678･9018",
    "commas": "1,234,567,890,18",
    "slashes": "1234/5678/9018",
    "lines": "1234\n5678\n9018",
    "tabs": "1234\t5678\t9018",
    "zero width": "1234\u200b5678\u200d9018",
    "word joiner": "1234\u20605678\ufeff9018",
    "soft hyphen": "1234\u00ad5678\u00ad9018",
    "control characters": "1234\x005678\x079018",
    "direction marks": "1234\u202d5678\u202c9018",
    "circled": "①②③④⑤⑥⑦⑧⑨⓪①⑧",
    "in a sentence": "番号は123456789018です",
    "longer": "1234567890183456",
}


def log(id: str, now: datetime, **changes: Any) -> dict[str, Any]:
    return consultations.log(person("volunteer"), id=id, form=replace(FORM, **changes), now=now)


@pytest.mark.usefixtures("city")
def test_what_is_kept_is_this_and_nothing_else(now: datetime) -> None:
    town, volunteer = places.towns()[0], person("volunteer")
    form = replace(FORM, residence="town", town_id=town.id, minutes=30, note=" 写真の送り方 ")
    kept = consultations.log(volunteer, id="c", form=form, now=now)
    assert kept == {
        "id": "c",
        "logged_at": "2026-11-24T01:00:00Z",
        "desk_id": DESK,
        "kind": "walk_in",
        "person_id": volunteer.id,
        "residence": "town",
        "town_id": town.id,
        "age_band": "75-79",
        "topic": "line",
        "result": "solved",
        "minutes": 30,
        "note": "写真の送り方",
        "trial": 0,
        "entry": "form",
        "tablet": "",
        "also": "",
        "visit": "unknown",
        "autonomy": "unknown",
        "device": "unknown",
        "procedure_id": "",
        "handed_to": "",
        "tried": "",
        "follows": "",
        "written_at": None,
        "corrects": None,
        "corrected_at": None,
        "corrected_by": None,
        "reason": "",
        "withdrawn": 0,
    }
    assert store.rows("SELECT * FROM consultation") == [kept]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("note", HIDDEN.values(), ids=HIDDEN)
def test_my_number_is_refused_in_every_disguise_and_nothing_is_stored(
    note: str, now: datetime
) -> None:
    volunteer = person("volunteer")
    with refuses("my_number", "note"):
        consultations.log(volunteer, id="c", form=replace(FORM, note=note), now=now)
    assert store.rows("SELECT * FROM consultation") == []
    assert consultations.remembered_desk(volunteer) == (None, "walk_in")


@pytest.mark.parametrize(
    "text",
    ["", "12345678901", "090-1234-5678", "989-2480", "2026-11-24 10:00", "1234円と5678円と9018円"],
)
def test_other_numbers_may_be_written(text: str) -> None:
    assert not my_number.found_in(text)
    assert not my_number.found_in(unicodedata.normalize("NFD", text))


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"desk_id": "none"}, "desk_unknown", "desk"),
        ({"kind": ""}, "missing", "kind"),
        ({"kind": "fax"}, "choice_unknown", "kind"),
        ({"residence": "town"}, "missing", "town"),
        ({"residence": "town", "town_id": "none"}, "town_unknown", "town"),
        ({"residence": "moon"}, "choice_unknown", "town"),
        ({"age_band": ""}, "missing", "age_band"),
        ({"age_band": "75"}, "choice_unknown", "age_band"),
        ({"topic": "tv"}, "choice_unknown", "topic"),
        ({"result": "lost"}, "choice_unknown", "result"),
        ({"minutes": 7}, "choice_unknown", "minutes"),
        ({"note": "あ" * 141}, "too_long", "note"),
    ],
)
def test_what_is_not_an_answer_is_not_stored(
    changes: dict[str, Any], code: str, field: str, now: datetime
) -> None:
    with refuses(code, field):
        log("c", now, **changes)
    assert store.rows("SELECT * FROM consultation") == []


@pytest.mark.usefixtures("city")
def test_the_same_form_twice_is_one_row_and_the_first_stays(now: datetime) -> None:
    volunteer, later = person("volunteer"), now + timedelta(minutes=1)
    first = consultations.log(volunteer, id="c", form=FORM, now=now)
    assert consultations.log(volunteer, id="c", form=FORM, now=later) == first
    with refuses("form_reused"):
        log("c", now)
    assert store.rows("SELECT * FROM consultation") == [first]
    assert consultations.logged_today(volunteer, now=now) == 1


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("changes", [{"topic": "map"}, {"minutes": 60}, {"also": ("wifi",)}])
def test_a_form_saved_before_with_other_answers_is_never_taken_for_saved(
    now: datetime, changes: dict[str, Any]
) -> None:
    volunteer, other = person("volunteer"), replace(FORM, **changes)
    first = consultations.log(volunteer, id="c", form=FORM, now=now)
    for ask in (True, False):
        with refuses("logged_before"):
            consultations.log(volunteer, id="c", form=other, now=now, ask=ask)
    assert store.rows("SELECT * FROM consultation") == [first]


@pytest.mark.usefixtures("city")
def test_the_desk_is_remembered_for_each_person(now: datetime) -> None:
    hana, yoshiko = person("volunteer"), person("volunteer")
    form = replace(FORM, desk_id=OTHER_DESK, kind="phone")
    consultations.log(hana, id="c", form=form, now=now)
    assert consultations.remembered_desk(hana) == (OTHER_DESK, "phone")
    assert consultations.remembered_desk(yoshiko) == (None, "walk_in")


@pytest.mark.usefixtures("city")
def test_today_is_a_day_in_tokyo(now: datetime) -> None:
    volunteer = person("volunteer")
    first = times.moment("2026-11-23T15:00:00Z")  # midnight
    for n, at in enumerate((first - timedelta(seconds=1), first, now, first + timedelta(days=1))):
        consultations.log(volunteer, id=f"c{n}", form=FORM, now=at)
    assert consultations.logged_today(volunteer, now=now) == 2
    assert consultations.logged_today(person("volunteer"), now=now) == 0


@pytest.mark.usefixtures("city")
def test_the_commonest_neighbourhoods_of_a_desk_come_first(now: datetime) -> None:
    one, two, three = sorted(town.id for town in places.towns()[:3])
    for n, town in enumerate((two, two, three, one)):
        log(f"c{n}", now, residence="town", town_id=town)
    log("elsewhere", now, residence="town", town_id=three, desk_id=OTHER_DESK)
    log("none", now)
    volunteer = person("volunteer")
    assert consultations.common_towns(volunteer, desk_id=DESK) == [two, one, three]
    assert consultations.common_towns(volunteer, desk_id=DESK, most=1) == [two]
    every = consultations.common_towns(volunteer, desk_id=None)
    assert sorted(every) == [one, two, three]
    assert every[-1] == one
