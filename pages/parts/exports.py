"""A table to take away: made when it is tapped, for who has proved lately who they are."""

from collections.abc import Callable

import streamlit as st

from desk import people, sessions, times
from desk.people import Actor
from desk.refusals import NotAllowed
from pages.parts import forms, who


def button(
    label: str,
    make: Callable[[Actor], bytes],
    *,
    file_name: str,
    key: str,
    mime: str = "text/csv",
) -> None:
    """The button of a file. Where the proof is old, a tap asks for it first.

    Args:
        make: the file's bytes, for the person as they are at the tap.
    """
    icon = ":material/download:"
    here, token = who.actor(), who.token()
    try:
        people.require_proof(here, now=times.now())
    except NotAllowed:
        if st.button(label, icon=icon, key=f"{key}_proof"):
            forms.attempt(lambda: people.require_proof(who.actor(), now=times.now()))
        return

    def made() -> bytes:
        # Runs beside the script, maybe long after it: whoever was here may have left.
        return make(sessions.actor_of(token, now=times.now()))

    st.download_button(
        label, made, file_name=file_name, mime=mime, on_click="ignore", icon=icon, key=key
    )
