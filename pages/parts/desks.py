"""Which help desk one sits at, and how residents come: tapped once, then remembered."""

import streamlit as st

from desk import consultations, places, times, usual
from desk.consultations import KINDS
from desk.people import Actor
from pages.parts.words import _, plain

DESK, KIND = "log_desk", "log_kind"
_USUAL = "desks_usual"


def choose(actor: Actor) -> bool:
    """The desk and how they came, kept from the last time and shown as they are.

    They stand in st.session_state under `DESK` and `KIND`. False when the city has no desk.
    """
    names = {one["id"]: str(one["name"]) for one in places.desks()}
    if not names:
        st.info(_("There is no help desk yet. Staff list the desks in venues/desks.csv."))
        return False
    if st.session_state.get(DESK) not in names:
        desk, kind = consultations.remembered_desk(actor)
        st.session_state[DESK] = desk if desk in names else next(iter(names))
        st.session_state[KIND] = kind
    with st.popover(
        f"{plain(names[st.session_state[DESK]])}　·　{_(KINDS[st.session_state[KIND]])}",
        icon=":material/storefront:",
        width="stretch",
    ):
        st.selectbox(
            _("Desk"),
            list(names),
            format_func=names.__getitem__,
            key=DESK,
            persist_state="session",
        )
        st.segmented_control(
            _("How they came"),
            list(KINDS),
            format_func=lambda one: _(KINDS[one]),
            key=KIND,
            required=True,
            wrap=True,
            persist_state="session",
        )
    return True


def usual_here(actor: Actor, *, most: int) -> tuple[list[str], list[str]]:
    """`most` neighbourhoods, and the topics, the desk's commonest first.

    They keep their places as long as one sits at the desk, so that no hand misses.
    """
    desk, kept = st.session_state[DESK], st.session_state.setdefault(_USUAL, {})
    if most not in kept or kept[most][0] != desk:
        towns = consultations.common_towns(actor, desk_id=desk, most=most)
        topics = usual.common_topics(actor, desk_id=desk, now=times.now())
        kept[most] = desk, towns, topics
    _desk, towns, topics = kept[most]
    return towns, topics
