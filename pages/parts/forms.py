"""What forms share: an id made when the form opens, and refusals that keep what was typed."""

import uuid
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from desk.refusals import Refused
from pages.parts.words import say

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


def attempt(
    action: Callable[[], T], *, otherwise: Callable[[Refused], None] | None = None
) -> T | None:
    """Do it, or say why not and change nothing; `otherwise` may offer a way on."""
    try:
        return action()
    except Refused as refusal:
        st.error(say(refusal), icon=":material/error:")
        if otherwise:
            otherwise(refusal)
        return None
