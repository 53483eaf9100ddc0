"""Follow-ups on Today: whose day has come, by code and not by name, and a card that is back."""

from datetime import timedelta

import streamlit as st

from desk import follow_ups, places, times
from desk.consultations import TOPICS
from desk.follow_ups import Card
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import forms, who
from pages.parts.words import _, lang, ngettext, plain, say

TYPED, CLOSED, ALL, SAID = (f"follow_ups_{one}" for one in ("typed", "closed", "all", "said"))
UNDO = timedelta(minutes=10)
FIRST = 4  # so many are shown at once
LOG = "volunteer/log.py"


@st.fragment
def show() -> None:
    """How many are due, the field for a card's code, and the cards themselves."""
    actor = who.gate("log")
    found = follow_ups.due(actor, times.now())
    with st.container(key="follow_ups", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            count = ngettext(
                "Follow-ups: {n} due by today", "Follow-ups: {n} due by today", len(found)
            )
            st.markdown(
                f":material/event_repeat: **{count.format(n=len(found))}**", width="stretch"
            )
            typed = st.text_input(
                _("Code of the card"),
                key=TYPED,
                placeholder=_("Code of the card: AB23CD"),
                label_visibility="collapsed",
                autocomplete="off",
                max_chars=40,
                width=280,
            )
        if typed and typed.strip():
            _log(actor, typed)
        refusal = st.session_state.pop(SAID, None)
        if refusal:
            st.error(plain(say(refusal)), icon=":material/error:")
        _undo_line()
        shown = found if st.session_state.get(ALL) else found[:FIRST]
        for one in shown:
            _row(one)
        if len(shown) < len(found):
            st.button(
                _("Show all {n}").format(n=len(found)),
                key="follow_ups_more",
                on_click=st.session_state.__setitem__,
                args=(ALL, True),
            )


def link(code: str) -> None:
    """The way from a card to its log entry."""
    st.page_link(
        LOG,
        label=_("Log the follow-up {code}").format(code=code),
        icon=":material/edit_note:",
        query_params={"card": code},
    )


def _log(actor: Actor, typed: str) -> None:
    found = forms.attempt(lambda: follow_ups.card(actor, typed))
    if found:
        st.switch_page(LOG, query_params={"card": found.code})


def _row(one: Card) -> None:
    today = times.today(times.now())
    late = (today - one.due_on).days
    day = times.show_day(one.due_on, lang())
    when = f":orange[{_('today')}]"
    if late:
        text = ngettext("{n} day late", "{n} days late", late).format(n=late)
        when = f":red[:material/alarm: {day}　{text}]"
    town = one.town or _(places.RESIDENCES[one.residence])
    with st.container(border=True, key=f"due_{one.code}"):
        left, right = st.columns([3, 2], vertical_alignment="center")
        left.markdown(
            f"**`{one.code}`**　{plain(town)}・{_(TOPICS[one.topic])}　{when}  \n"
            f":gray[{plain(one.desk)}]"
        )
        with right.container(horizontal=True, horizontal_alignment="right"):
            if st.button(
                _("Came again"),
                key=f"due_came_{one.code}",
                type="primary",
                icon=":material/how_to_reg:",
            ):
                st.switch_page(LOG, query_params={"card": one.code})
            st.button(
                _("Is finished"),
                key=f"due_done_{one.code}",
                icon=":material/done_all:",
                on_click=_close,
                args=(one.code,),
            )


def _close(code: str) -> None:
    try:
        follow_ups.close(who.actor(), code, "done", times.now())
    except Refused as refusal:
        st.session_state[SAID] = refusal
    else:
        st.session_state[CLOSED] = (code, times.now())


def _undo_line() -> None:
    kept = st.session_state.get(CLOSED)
    if not kept or times.now() - kept[1] > UNDO:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/check_circle: {_('Card {code}: finished.').format(code=kept[0])}",
            width="stretch",
        )
        st.button(
            _("Undo"),
            key="due_undo",
            icon=":material/undo:",
            on_click=_reopen,
            args=(kept[0],),
        )


def _reopen(code: str) -> None:
    st.session_state.pop(CLOSED, None)
    try:
        follow_ups.reopen(who.actor(), code)
    except Refused as refusal:
        st.session_state[SAID] = refusal
