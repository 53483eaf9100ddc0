"""やさしい日本語: every sentence of the residents' light pages has easy words of its own."""

import re
from collections.abc import Iterator

import pytest
from jinja2.ext import babel_extract

from desk import courses, finder, language, maps, wifi
from desk.guide import procedures
from desk.refusals import SENTENCES
from tests import catalogue
from tests.test_language import placeholders, whole
from web import wifi as wifi_page

# The light pages that are offered in やさしい日本語, and the frame around them.
TEMPLATES = (
    "resident.html",
    "refused.html",
    "wifi.html",
    "classes.html",
    "class.html",
    "spot.html",
    "joining.html",
    "spot_card.html",
    "spot_thanks.html",
    "spot_unknown.html",
    "guide.html",
    "guide_parts.html",
    "guide_found.html",
    "guide_one.html",
    "guide_memo.html",
    "guide_unknown.html",
)
# What they say by way of modules and tables.
MODULES = (
    "desk/guide/now.py",
    "desk/opening.py",
    "desk/opening_words.py",
    "web/joining.py",
    "web/spot.py",
    "web/guide.py",
)
TABLES = (
    finder.GROUPS,
    procedures.GROUPS,
    procedures.PLACES,
    wifi_page.WORDS,
    wifi.STATES,
    {key: name for key, (name, _wish) in wifi.WISHES.items()},
    maps.MAP_WORDS,
    courses.LEVEL_NAMES,
    courses.NEED_NAMES,
)
REFUSALS = ("class_unknown", "town_unknown", "postal_code_form", "postal_code_unknown")
SEATS = ("Cancelled", "Full ({seats} seats)", "{left} seats left (of {seats})", "{n} waiting")


def said() -> Iterator[str]:
    """The msgids of the residents' pages."""
    for name in TEMPLATES:
        with (catalogue.ROOT / "web" / "templates" / name).open("rb") as template:
            for _line, _how, message, _notes in babel_extract(template, catalogue.KEYWORDS, (), {}):
                if message:
                    yield message[0] if isinstance(message, tuple) else message
    for name in MODULES:
        for message in catalogue.in_python((catalogue.ROOT / name).read_text("utf-8")):
            yield message[0] if isinstance(message, tuple) else message
    for table in TABLES:
        yield from table.values()
    yield from (SENTENCES[code] for code in REFUSALS)
    yield from SEATS


def easy() -> dict[str, tuple[str, ...]]:
    return {
        whole(message.id)[0]: whole(message.string)
        for message in catalogue.read(language.EASY)
        if message.id
    }


def test_every_sentence_of_the_residents_pages_has_easy_words() -> None:
    assert sorted(set(said()) - set(easy())) == []


def test_easy_words_say_the_same_facts() -> None:
    wrong = [
        (msgid, texts)
        for msgid, texts in easy().items()
        for text in texts
        if placeholders(text) != placeholders(msgid)
    ]
    assert wrong == []


# What one reads on signs and in the phone itself is written as it stands there; 所 counts places.
AS_IT_STANDS = ("国土地理院", "設定", "所", "分", "日")


def test_easy_words_are_kana_or_say_how_to_read_and_stay_short() -> None:
    words = easy()
    for msgid in sorted(set(said()) & set(words)):
        for text in words[msgid]:
            bare = re.sub("|".join(AS_IT_STANDS), "", text)
            read = re.sub(r"[一-龠々]+[ぁ-ん]*（[ぁ-んー ]+）", "", bare)
            assert not re.search(r"[一-龠]", read), (msgid, text)
            for sentence in re.split("[。：（）]", text):
                assert len(sentence) <= 45, (msgid, sentence)


@pytest.mark.parametrize("msgid", ["Save", "Sign in"])
def test_what_has_no_easy_words_is_japanese(msgid: str) -> None:
    japanese = language.catalogue("ja").gettext(msgid)
    assert language.catalogue(language.EASY).gettext(msgid) == japanese != msgid
