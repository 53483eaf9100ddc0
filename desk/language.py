"""The catalogues: msgid English, Japanese the default, one more tongue a folder under locale/.

`.po` files are read as they are (Babel) and turned into gettext catalogues in memory, so there
is no compiled file to forget.
"""

import gettext
import io
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from desk import times
from desk.refusals import N_, SENTENCES, Refused

LOCALE = Path(__file__).parent.parent / "locale"
DEFAULT = "ja"
LANGUAGES = {"ja": "日本語", "en": "English"}  # every sentence
# やさしい日本語: for the residents' pages, Japanese where it has no words of its own.
EASY = "easy"
PUBLIC_LANGUAGES = {"ja": "日本語", EASY: "やさしい にほんご", "en": "English"}
FOLDERS = {"ja": "ja", EASY: "ja_easy"}

__all__ = [
    "DEFAULT",
    "EASY",
    "FOLDERS",
    "LANGUAGES",
    "LOCALE",
    "N_",
    "PUBLIC_LANGUAGES",
    "catalogue",
    "choose",
    "say",
    "tag",
]


@lru_cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is the msgids themselves.

    Raises:
        KeyError: for a language the desk does not have.
    """
    if lang not in PUBLIC_LANGUAGES:
        raise KeyError(lang)
    if lang == "en":
        return gettext.NullTranslations()
    with (LOCALE / FOLDERS[lang] / "LC_MESSAGES" / "desk.po").open("rb") as source:
        parsed = read_po(source, locale="ja")
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled)
    if lang != DEFAULT:
        found.add_fallback(catalogue(DEFAULT))
    return found


def choose(wanted: str | None, *, public: bool = False) -> str:
    """The language asked for if the desk has it, else the default; `public`: やさしい日本語 too."""
    return wanted if wanted in (PUBLIC_LANGUAGES if public else LANGUAGES) else DEFAULT


def tag(lang: str) -> str:
    """A language as HTML names it (BCP 47)."""
    return "ja" if lang == EASY else lang


def say(refusal: Refused, lang: str) -> str:
    """The sentence of a refusal in a language; moments among the facts are shown with weekday."""
    tongue = catalogue(lang)
    facts = {
        key: times.show(value, lang)
        if isinstance(value, datetime)
        else tongue.gettext(value)
        if key == "label"
        else value
        for key, value in refusal.facts.items()
    }
    return tongue.gettext(SENTENCES[refusal.code]).format(**facts)
