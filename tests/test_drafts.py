"""Drafts: what a form held comes back as it was, to the same person at the same tablet."""

import json
import string
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import drafts, people, store
from desk.drafts import AGE, Draft, packed, unpacked
from desk.people import PUBLIC, Actor
from tests.conftest import ROOM, VENUE, person, refuses

TABLET, OTHER = "tablet-tablet-tablet-1", "tablet-tablet-tablet-2"
NUMBER = "1234-5678-9018"


def keep(actor: Actor, values: dict, now: datetime, **changes: object) -> None:
    facts = {"device": TABLET, "form": "book", "id": "b1", "changed": True}
    drafts.keep(actor, values=values, now=now, **{**facts, **changes})


def type_in(actor: Actor, texts: dict, now: datetime, id: str = "b1") -> bool:
    return drafts.type_in(actor, device=TABLET, form="book", id=id, texts=texts, now=now)


def found(actor: Actor, now: datetime, device: str = TABLET, form: str = "book") -> dict | None:
    draft = drafts.find(actor, device=device, form=form, now=now)
    return draft.values if draft else None


def stored() -> str:
    return json.dumps(store.rows("SELECT * FROM draft"), ensure_ascii=False)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates()
    | st.times()
    | st.datetimes(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.text(string.ascii_lowercase + "_"), values))
def test_every_value_comes_back_from_json_as_it_was(held: dict) -> None:
    back = unpacked(json.loads(json.dumps(packed(held))))
    assert back == held
    assert [type(one) for one in back.values()] == [type(one) for one in held.values()]


def test_what_no_form_holds_cannot_be_kept() -> None:
    with pytest.raises(TypeError, match="set"):
        packed({"a": {1}})


@pytest.mark.usefixtures("database")
def test_a_draft_is_found_by_the_same_person_at_the_same_tablet_only(now: datetime) -> None:
    hana, other = person("volunteer"), person("volunteer")
    keep(hana, {"kana": "ヤマダ", "party": 2, "day": date(2026, 11, 24), "at": time(10)}, now)
    draft = drafts.find(hana, device=TABLET, form="book", now=now)
    assert draft == Draft(
        {"kana": "ヤマダ", "party": 2, "day": date(2026, 11, 24), "at": time(10)}, now
    )
    assert found(other, now) is None
    assert found(hana, now, device=OTHER) is None
    assert found(hana, now, form="log") is None


@pytest.mark.usefixtures("database")
def test_a_form_nobody_changed_is_forgotten_soon_unless_a_letter_is_typed(now: datetime) -> None:
    hana, later = person("volunteer"), now + drafts.UNTOUCHED_AGE + timedelta(seconds=1)
    keep(hana, {"open": True, "party": 1}, now, changed=False)
    draft = drafts.find(hana, device=TABLET, form="book", now=now)
    assert draft == Draft({"open": True, "party": 1}, now, changed=False)
    assert found(hana, later) is None
    assert type_in(hana, {"kana": "ヤ"}, now)
    assert found(hana, later) == {"open": True, "party": 1, "kana": "ヤ"}
    assert type_in(hana, {"kana": ""}, now)
    assert found(hana, later) is None


@pytest.mark.usefixtures("database")
def test_letters_are_newer_than_what_the_screen_knew(now: datetime) -> None:
    hana = person("volunteer")
    keep(hana, {"kana": "ヤマ"}, now)
    type_in(hana, {"kana": "ヤマダ"}, now)
    keep(hana, {"kana": "ヤマ", "reach": "phone"}, now)  # a tap, sent before the last letter
    assert found(hana, now) == {"kana": "ヤマダ", "reach": "phone"}


@pytest.mark.usefixtures("database")
def test_letters_for_a_form_that_was_saved_or_opened_anew_go_nowhere(now: datetime) -> None:
    hana = person("volunteer")
    assert not type_in(hana, {"kana": "ヤ"}, now)
    keep(hana, {"kana": "ヤマダ"}, now)
    drafts.drop(hana, device=TABLET, form="book")
    drafts.drop(hana, device=TABLET, form="book")
    assert not type_in(hana, {"kana": "ヤマダ ハ"}, now)
    assert stored() == "[]"
    keep(hana, {"party": 1}, now, id="b2", changed=False)
    assert not type_in(hana, {"kana": "ヤマダ ハ"}, now, id="b1")
    assert found(hana, now) == {"party": 1}


@pytest.mark.usefixtures("database")
def test_the_letters_of_the_form_before_are_not_in_the_next_one(now: datetime) -> None:
    hana = person("volunteer")
    keep(hana, {}, now)
    type_in(hana, {"kana": "ヤマダ"}, now)
    keep(hana, {"party": 2}, now, id="b2")
    assert found(hana, now) == {"party": 2}


@pytest.mark.usefixtures("database")
def test_of_a_number_nothing_stays_and_the_rest_does(now: datetime) -> None:
    hana = person("volunteer")
    keep(hana, {"kana": "ヤマダ", "note": "番号は 1234"}, now)
    type_in(hana, {"note": f"番号は {NUMBER}"}, now)
    assert found(hana, now) == {"kana": "ヤマダ"}
    assert "1234" not in stored()
    keep(hana, {"kana": "ヤマダ", "note": "番号は 1234"}, now)
    type_in(hana, {"note": "ここまでは 1234 567"}, now)
    assert found(hana, now) == {"kana": "ヤマダ"}
    keep(hana, {"kana": "ヤマダ", "note": NUMBER, "more": ["a", NUMBER]}, now)
    assert found(hana, now) == {"kana": "ヤマダ"}
    assert "1234" not in stored()


@pytest.mark.usefixtures("city")
def test_a_telephone_number_stays_where_it_may_stand_and_an_id_everywhere(now: datetime) -> None:
    hana, telephone = person("volunteer"), "0223-22-1111"
    held = {
        "book_form_id": "64651339-6689-4012-8407-367043123456",
        "venue": VENUE,
        "room": ROOM,
        "change": (VENUE, 1),
        "reach": telephone,
    }
    keep(hana, {**held, "note": telephone}, now, telephones=("reach",))
    assert found(hana, now) == held
    type_in(hana, {"reach": f"{telephone} よる", "note": telephone}, now)
    assert found(hana, now) == {**held, "reach": f"{telephone} よる"}


@pytest.mark.usefixtures("database")
def test_a_draft_is_gone_after_fourteen_days(now: datetime) -> None:
    hana, other = person("volunteer"), person("volunteer")
    keep(hana, {"kana": "ヤマダ"}, now)
    assert found(hana, now + AGE) is not None
    later = now + AGE + timedelta(seconds=1)
    assert found(hana, later) is None
    keep(other, {"kana": "スズキ"}, later)
    assert "ヤマダ" not in stored()


@pytest.mark.usefixtures("database")
def test_who_loses_access_leaves_no_draft(now: datetime) -> None:
    hana = person("volunteer")
    keep(hana, {"kana": "ヤマダ"}, now)
    people.retire(person("admin"), person_id=hana.id, now=now)
    assert stored() == "[]"


@pytest.mark.usefixtures("database")
def test_a_draft_makes_no_public_page_old(now: datetime) -> None:
    hana = person("volunteer")
    before = store.writes()
    keep(hana, {"kana": "ヤマダ"}, now)
    type_in(hana, {"kana": "ヤマダ ハ"}, now)
    drafts.drop(hana, device=TABLET, form="book")
    assert store.writes() == before


@pytest.mark.usefixtures("database")
def test_a_database_that_fails_is_said_with_its_cause(now: datetime) -> None:
    hana = person("volunteer")
    with store.transaction() as write:
        write.run("ALTER TABLE draft RENAME TO gone")
    with refuses("draft_not_kept") as refused:
        keep(hana, {"kana": "ヤマダ"}, now)
    assert "draft" in refused.value.facts["why"]
    with refuses("draft_not_kept"):
        type_in(hana, {"kana": "ヤマダ"}, now)


@pytest.mark.usefixtures("database")
def test_what_is_far_too_much_is_refused(now: datetime) -> None:
    with refuses("draft_not_kept"):
        keep(person("volunteer"), {"kana": "ア" * drafts.CONTENTS_MOST}, now)


def test_the_public_has_no_drafts(now: datetime) -> None:
    for call in (
        lambda: keep(PUBLIC, {}, now),
        lambda: type_in(PUBLIC, {}, now),
        lambda: found(PUBLIC, now),
        lambda: drafts.drop(PUBLIC, device="", form="book"),
        lambda: drafts.mark_of(PUBLIC),
    ):
        with refuses("sign_in_first"):
            call()
