"""Every sentence is there in Japanese and in English, with the same facts in it."""

import string
from datetime import UTC, datetime

import pytest

from desk import booking, consultations, language, people, places
from desk.gaps.city import KINDS, UNITS, WHENS
from desk.gaps.labels import LABELS, NEXT_STEPS
from desk.gaps.need import BASES
from desk.gaps.reasons import SENTENCES as REASONS
from desk.gaps.reasons import SITES
from desk.gaps.tried import ACTIONS
from desk.refusals import SENTENCES, Refused
from tests import catalogue


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _how in string.Formatter().parse(text) if name is not None}


def whole(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_nothing_lacks_japanese() -> None:
    assert catalogue.missing(catalogue.read("ja")) == []


def test_the_catalogue_is_what_the_code_says() -> None:
    in_file = {whole(message.id) for message in catalogue.read("ja") if message.id}
    in_code = {whole(message.id) for message in catalogue.extracted() if message.id}
    assert in_file == in_code


def test_nothing_in_the_catalogue_is_doubtful() -> None:
    assert [message.id for message in catalogue.read("ja") if message.id and message.fuzzy] == []


def test_translations_hold_the_same_facts() -> None:
    wrong = [
        message.id
        for message in catalogue.read("ja")
        if message.id
        for text in whole(message.string)
        if placeholders(text) != set().union(*map(placeholders, whole(message.id)))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "labels",
    [
        people.ROLES,
        booking.REACH,
        consultations.AGE_BANDS,
        consultations.TOPICS,
        consultations.RESULTS,
        consultations.KINDS,
        places.RESIDENCES,
        LABELS,
        NEXT_STEPS,
        KINDS,
        UNITS,
        WHENS,
        BASES,
        SITES,
        ACTIONS,
        REASONS,
        SENTENCES,
    ],
)
def test_every_label_has_japanese(labels: dict[str, str]) -> None:
    japanese = catalogue.read("ja")
    lacking = [
        text for text in labels.values() if text not in japanese or not japanese[text].string
    ]
    assert lacking == []


@pytest.mark.parametrize("lang", list(language.LANGUAGES))
@pytest.mark.parametrize("code", list(SENTENCES))
def test_every_refusal_can_be_said(code: str, lang: str) -> None:
    facts = {name: f"<{name}>" for name in placeholders(SENTENCES[code])}
    said = language.say(Refused(code, **facts), lang)
    assert {f"<{name}>" for name in facts if f"<{name}>" in said} == set(facts.values())
    assert "{" not in said


def test_a_refusal_shows_moments_with_their_weekday_and_translates_labels() -> None:
    at = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    past = Refused("class_past", starts_at=at)
    assert "11月24日（火） 14:00" in language.say(past, "ja")
    assert language.say(past, "en") == "This class is over (Tue 24 Nov 14:00)."
    missing = Refused("missing", label="Name")
    assert language.say(missing, "en") == "Please fill in: Name"
    name = language.catalogue("ja").gettext("Name")
    assert name != "Name"
    assert name in language.say(missing, "ja")


def test_a_refusal_in_a_log_names_nobody() -> None:
    assert str(Refused("person_exists", field="name", name="山田花")) == "person_exists (name)"
    assert str(Refused("class_past")) == "class_past"


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("en", "en"), ("ja", "ja"), (None, "ja"), ("fr", "ja"), ("../x", "ja")]
)
def test_a_language_the_desk_does_not_have_is_the_default(wanted: str | None, chosen: str) -> None:
    assert language.choose(wanted) == chosen


def test_there_is_no_catalogue_of_a_language_the_desk_does_not_have() -> None:
    with pytest.raises(KeyError):
        language.catalogue("fr")
