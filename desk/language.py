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
LANGUAGES = {"ja": "日本語", "en": "English"}

__all__ = ["DEFAULT", "LANGUAGES", "N_", "catalogue", "choose", "say"]


@lru_cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is the msgids themselves.

    Raises:
        KeyError: for a language the desk does not have.
    """
    if lang not in LANGUAGES:
        raise KeyError(lang)
    if lang == "en":
        return gettext.NullTranslations()
    with (LOCALE / lang / "LC_MESSAGES" / "desk.po").open("rb") as source:
        parsed = read_po(source, locale=lang)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose(wanted: str | None) -> str:
    """The language asked for if the desk has it, else the default."""
    return wanted if wanted in LANGUAGES else DEFAULT


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
