"""What a volunteer gets once a consultation is saved."""

from typing import Any

import streamlit as st

from desk import consultations, places, times
from desk.consultations import TOPICS
from pages.parts import who
from pages.parts.words import _, plain


def after_saving(stored: dict[str, Any]) -> None:
    """The receipt of a consultation: when, what, and the how manieth today."""
    where = places.town_name(stored["town_id"]) or _(places.RESIDENCES[stored["residence"]])
    st.success(
        _("Saved at {clock}: {where}, {topic}. {count} today.").format(
            clock=times.show_clock(times.moment(stored["logged_at"])),
            where=plain(where),
            topic=_(TOPICS[stored["topic"]]),
            count=consultations.logged_today(who.actor(), now=times.now()),
        ),
        icon=":material/check_circle:",
    )
