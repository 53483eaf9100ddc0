"""The way on where something asks first who one is: the lock's own dialog, over the same screen."""

import uuid

import streamlit as st

from desk.refusals import Refused
from pages.parts.words import _

# What a PIN or password makes possible again; the last one after twelve hours, on a tablet.
ASKS = ("prove_again", "locked", "sign_in_first")


def offer(refusal: Refused) -> None:
    """A button that opens the dialog (web/static/lock.js knows it by its name)."""
    if refusal.code not in ASKS:
        return
    # In one run several may be refused: each button needs a name of its own.
    st.button(
        _("Give the PIN or password"),
        key=f"prove_{uuid.uuid4().hex}",
        type="primary",
        icon=":material/lock_open:",
    )
