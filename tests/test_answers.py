"""Searches without a hit: words become a way to ask for a procedure, by a proposal in one tap."""

import uuid

import pytest

from desk.guide import answers, edits, misses, procedures
from desk.people import Actor
from tests.conftest import NOW, person, refuses

ID = "konbini-juminhyo"


def answered(who: Actor, words: str, id: str = ID) -> edits.Version:
    return answers.answer(who, words, id, version_id=str(uuid.uuid4()), now=NOW)


@pytest.mark.usefixtures("city")
def test_words_become_a_way_to_ask_when_a_second_person_approves() -> None:
    author = person("staff")
    misses.note("じゅうみんひょーが要る", NOW)
    made = answered(author, "じゅうみんひょーが要る")
    assert misses.open_misses(author) == ()
    assert "じゅうみんひょーが要る" in made.reason
    edits.decide(person("admin"), made.id, edits.APPROVED, NOW)
    assert procedures.get(ID).said == (*procedures.of_files()[ID].said, "じゅうみんひょーが要る")


@pytest.mark.usefixtures("city")
def test_several_words_make_one_proposal_of_a_person() -> None:
    author, other = person("staff"), person("staff")
    answered(author, "一つめの言葉")
    made = answered(author, "二つめの言葉")
    [waits] = edits.waiting(author)
    assert waits.id == made.id
    assert procedures.read(waits.contents).said[-2:] == ("一つめの言葉", "二つめの言葉")
    assert "一つめの言葉" in waits.reason
    answered(other, "ほかの人の言葉")  # a proposal of somebody else's is left alone
    assert len(edits.waiting(author)) == 2
    assert len(edits.history(author, ID)) == 3  # nothing is lost


@pytest.mark.usefixtures("city")
def test_words_that_are_there_or_name_somebody_are_refused_and_stay_open() -> None:
    author = person("staff")
    said = procedures.get(ID).said[0]
    misses.note(said, NOW)
    with refuses("proposal_same"):
        answered(author, said)
    assert [one.words for one in misses.open_misses(author)] == [said]
    with refuses("procedure_unknown"):
        answered(author, "言葉", "none")
    with refuses("eleven", "words"):
        answered(author, "09012345678")
    assert edits.waiting(author) == ()
