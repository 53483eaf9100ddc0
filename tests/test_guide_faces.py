"""What the two faces of a procedure say: answers, places, things to bring, the resident's cards."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given as every
from hypothesis import strategies as any_of

from desk import consultations, store
from desk.consultations import ConsultationForm
from desk.files import UnreadableFile
from desk.guide import asked, faces, flow, glossary, procedures, reading
from desk.guide.faces import ASK, BRING, STOP, TELL, WHERE
from desk.guide.procedures import CITY, FOLDER, HERE, PHONE, STORE, Fact, Procedure
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.people import PUBLIC
from tests.conftest import DESK, NOW, person, refuses

ALL = procedures.in_folder(FOLDER)
JUMINHYO = "konbini-juminhyo"
WALKS = [(one.id, path) for one in ALL.values() for path in flow.paths(one)]


def letters(path: flow.Path) -> str:
    return "".join("y" if yes else "n" for _ask, yes in path.asked)


@pytest.mark.parametrize(
    ("id", "path"), WALKS, ids=[f"{id}-{letters(path) or 'end'}" for id, path in WALKS]
)
def test_every_path_is_walked_and_walked_back(id: str, path: flow.Path) -> None:
    one, given = ALL[id], tuple(yes for _ask, yes in path.asked)
    assert faces.answers(one, letters(path)) == given
    assert faces.answers(one, letters(path) + "ynyn") == given
    assert faces.letters(given) == letters(path)
    assert faces.answered(one, given) == path.asked
    assert faces.asks(one, given) is None
    assert faces.reachable(one, given) == path.outcome
    for number, (ask, yes) in enumerate(path.asked):
        assert faces.asks(one, given[:number]) == ask
        assert set(path.outcome.go) <= set(faces.reachable(one, given[:number]).go)
        assert faces.changed(given, number) == (*given[:number], not yes)


@every(any_of.sampled_from(sorted(ALL)), any_of.text(max_size=8))
def test_any_address_is_a_place_in_the_flow(id: str, typed: str) -> None:
    found = faces.answers(ALL[id], typed)
    assert len(found) <= 3
    assert typed.startswith(faces.letters(found))
    assert faces.cards(ALL[id], found)


def test_letters_that_mean_nothing_end_the_answers() -> None:
    assert faces.answers(ALL[JUMINHYO], "yx") == (True,)
    assert faces.answers(ALL[JUMINHYO], "Y") == ()
    assert faces.answers(ALL[JUMINHYO], "ny") == (False,)  # no card, no further question


def test_before_a_question_is_answered_every_place_is_open() -> None:
    assert faces.reachable(ALL[JUMINHYO], ()).go == (STORE, CITY)
    assert faces.reachable(ALL[JUMINHYO], (False,)).go == (CITY,)


def test_what_all_ways_need_is_said_once_and_papers_with_it() -> None:
    one = ALL["jidoteate-nintei"]
    ways = one.ways
    assert {HERE, CITY, PHONE} == {way.place for way in ways}
    shared = faces.common(one, ways)
    here, city = one.way(HERE), one.way(CITY)
    assert here
    assert city
    assert set(shared) == (set(here.bring) & set(city.bring)) | {*one.forms, *one.attachments}
    assert len(set(shared)) == len(shared)
    card = Fact("マイナンバーカード")
    assert card not in shared
    assert card in faces.own(here, shared)
    for way in ways:
        assert set(way.bring) <= {*shared, *faces.own(way, shared)}


def test_only_a_telephone_is_left_and_what_it_needs_is_said() -> None:
    one = ALL["scam-call"]
    phone = one.way(PHONE)
    assert phone
    assert faces.common(one, (phone,)) == phone.bring


@pytest.mark.parametrize("id", ALL)
def test_the_cards_say_every_stop_and_sentence_once_and_what_to_bring_last(id: str) -> None:
    one = ALL[id]
    found = faces.cards(one, ())
    kinds = [card.kind for card in found]
    assert kinds[-2:] == [WHERE, BRING]
    assert kinds.count(ASK) == (faces.asks(one, ()) is not None)
    assert kinds[0] == ASK or ASK not in kinds
    assert [card.text for card in found if card.kind == TELL] == list(one.tell)
    assert sorted(card.text for card in found if card.kind == STOP) == sorted(
        STOPS[key].easy for key in one.stops
    )
    for card in found:
        assert reading.parts(card.text) is not None


def test_a_stop_stands_before_the_sentence_it_is_about() -> None:
    found = [card.text for card in faces.cards(ALL[JUMINHYO], (True, True))]
    pin = next(n for n, text in enumerate(found) if "{入|い}れます" in text and "ご{自" in text)
    assert found[pin - 1] == STOPS["pin_by_self"].easy
    card = next(n for n, text in enumerate(found) if text.startswith("マイナンバーカード"))
    assert found[card - 1] == STOPS["no_photo"].easy
    # Nobody spoke of a proxy: that stop comes after all sentences.
    assert [one.kind for one in faces.cards(ALL[JUMINHYO], (True, True))][-3:] == [
        STOP,
        WHERE,
        BRING,
    ]
    assert found[-3] == STOPS["proxy_letter"].easy


def test_who_cannot_use_the_machine_is_not_sent_to_it() -> None:
    one: Procedure = ALL[JUMINHYO]
    told = [card.text for card in faces.cards(one, (False,)) if card.kind == TELL]
    city = one.way(CITY)
    assert city
    said = [faces.reachable(one, (False,)).because, city.about.text]
    assert [reading.bare(text) for text in told] == said
    assert not any("コンビニへ" in text for text in told)


def test_the_open_question_is_the_first_card_in_the_residents_words() -> None:
    first = faces.cards(ALL[JUMINHYO], (True,))[0]
    assert (first.kind, first.text) == (ASK, QUESTIONS["pin4"].easy)


def test_what_residents_read_of_the_volunteers_words_has_readings() -> None:
    """Things to bring and reasons are written for volunteers, and residents read them too."""
    said = {
        text
        for one in ALL.values()
        for text in (
            *(fact.text for way in one.ways for fact in way.bring),
            *(fact.text for fact in (*one.forms, *one.attachments)),
            *(path.outcome.because for path in flow.paths(one)),
        )
    }
    unread = [text for text in said if reading.unread(glossary.marked(text))]
    assert len(unread) <= len(said) / 20, unread
    assert {reading.bare(glossary.marked(text)) for text in said} == said


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("暗証番号", "{暗証番号|あんしょうばんごう}"),
        ("番号と暗証番号", "{番号|ばんごう}と{暗証番号|あんしょうばんごう}"),
        ("市の市役所", "{市|し}の{市役所|しやくしょ}"),
        ("作り方の方法", "{作|つく}り{方|かた}の方法"),
        ("相談電話", "{相談|そうだん}{電話|でんわ}"),
        ("{暗証|あ}番号", "{暗証|あ}番号"),
        ("番号 {", "番号 {"),
        ("", ""),
    ],
)
def test_a_word_has_its_reading_where_it_stands_for_itself(text: str, marked: str) -> None:
    assert glossary.marked(text) == marked


def test_a_list_of_readings_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    for contents, reason in (
        ('words: ["{市|し}", "{市|いち}"]', "「市」が2つあります"),
        ("words: ['{市|し']", "ふりがな"),
        ("words: []\nmore: 1", "という項目はありません"),
    ):
        (tmp_path / glossary.NAME).write_text(contents, "utf-8")
        with pytest.raises(UnreadableFile, match=reason):
            glossary.words(tmp_path)


@pytest.mark.usefixtures("city")
def test_what_the_desk_was_asked_most_comes_first_and_old_and_other_is_left_out() -> None:
    who = person("volunteer")

    def logged(id: str, procedure: str, days: int = 0, desk: str = DESK) -> None:
        consultations.log(
            who,
            id=id,
            form=ConsultationForm(
                desk, "walk_in", "outside", None, "75-79", "other", procedure_id=procedure
            ),
            now=NOW - timedelta(days=days),
        )

    [other, *_more] = [
        row["id"] for row in store.rows("SELECT id FROM desk WHERE id <> :id", id=DESK)
    ]
    for n in range(2):
        logged(f"a{n}", "wifi-join")
        logged(f"o{n}", "line-start", days=91)
        logged(f"e{n}", "eltax", desk=other)
    for n in range(3):
        logged(f"b{n}", "card-renew", days=89)
    logged("c", "risai")
    logged("none", "")
    assert asked.most(who, desk_id=DESK, now=NOW) == ["card-renew", "wifi-join", "risai"]
    assert asked.most(who, desk_id=DESK, now=NOW, count=1) == ["card-renew"]
    assert set(asked.most(who, desk_id=None, now=NOW)) == {
        "card-renew",
        "wifi-join",
        "risai",
        "eltax",
    }
    with refuses("sign_in_first"):
        asked.most(PUBLIC, desk_id=DESK, now=NOW)
