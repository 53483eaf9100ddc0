"""What forms share: an id made when the form opens, and refusals that keep what was typed."""

import uuid
from collections.abc import Callable, Iterable
from typing import TypeVar

import streamlit as st

from desk import incidents, times
from desk.refusals import Refused
from pages.parts import prove
from pages.parts.words import say

SCREEN = "screen"  # the title of the screen that is shown
T = TypeVar("T")


def form_id(key: str) -> str:
    """The id this form writes with; the same until `renew`, so a double tap is one row."""
    name = f"{key}_form_id"
    if name not in st.session_state:
        st.session_state[name] = str(uuid.uuid4())
    return str(st.session_state[name])


def renew(key: str) -> None:
    """Open the form anew: the next save is another row."""
    st.session_state.pop(f"{key}_form_id", None)


def saw(codes: Iterable[str], field: str | None = None) -> None:
    """Note what was refused on this screen, if a number of somebody was: never the text."""
    place = incidents.where(st.session_state.get(SCREEN, ""), field)
    incidents.note(codes, place=place, now=times.now())


def attempt(
    action: Callable[[], T], *, otherwise: Callable[[Refused], None] | None = None
) -> T | None:
    """Do it, or say why not and change nothing; `otherwise` may offer a way on."""
    try:
        return action()
    except Refused as refusal:
        saw([refusal.code], refusal.field)
        st.error(say(refusal), icon=":material/error:")
        prove.offer(refusal)
        if otherwise:
            otherwise(refusal)
        return None
