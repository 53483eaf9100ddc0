"""The language of this session, and text that is data rather than Markdown."""

import re

import streamlit as st

from desk import language
from desk.refusals import Refused

KEY = "lang"
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
# An address becomes a link even when its marks are escaped; not when something unseen stands in it.
_ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)", re.IGNORECASE)
_UNSEEN = "\u2060"


def lang() -> str:
    """The language chosen in the head of the page, or the one in the address."""
    chosen = st.session_state.get(KEY) or st.query_params.get(KEY)
    return language.choose(chosen)


def _(msgid: str) -> str:
    """A sentence of the catalogue in this session's language."""
    return language.catalogue(lang()).gettext(msgid)


def ngettext(one: str, many: str, n: int) -> str:
    """A sentence that depends on a number."""
    return language.catalogue(lang()).ngettext(one, many, n)


def plain(text: str) -> str:
    """Text from people or files, so that Streamlit's Markdown shows it as it is, and no link."""
    text = _ADDRESS.sub(rf"\g<0>{_UNSEEN}", text.replace("\n", " "))
    return _MARKDOWN.sub(r"\\\1", text)


def say(refusal: Refused) -> str:
    """Why not, in this session's language."""
    return language.say(refusal, lang())
