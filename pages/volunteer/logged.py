"""Who: somebody who wrote a consultation down. Wants: to look at it again, and to put it right."""

import streamlit as st

from desk import corrections, places, times
from desk.corrections import Logged
from desk.people import Actor
from pages.parts import consultation_words, correction, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("log")
FIRST = 30  # so many are shown at once
state = st.session_state


def listed(actor: Actor) -> None:
    """One's own of today; for staff those of any day and desk."""
    now = times.now()
    day, desk_id = times.today(now), ""
    if actor.may("correct_consultations"):
        with st.container(horizontal=True):
            day = st.date_input(_("Day"), value=day, max_value=day, key="logged_day")
            names = {"": _("Every desk")} | {one["id"]: str(one["name"]) for one in places.desks()}
            desk_id = st.selectbox(
                _("Desk"), list(names), format_func=names.__getitem__, key="logged_desk"
            )
    found = corrections.logged(actor, day=day, now=now, desk_id=desk_id)
    if not found:
        empty(actor)
        return
    counts = sum(not one.row["withdrawn"] for one in found)
    st.markdown(
        ngettext("{n} consultation", "{n} consultations", counts).format(n=counts)
        + f"　:gray[{times.show_day(day, lang())}]"
    )
    for one in found if state.get("logged_all") else found[:FIRST]:
        item(actor, one)
    if len(found) > FIRST and not state.get("logged_all"):
        st.button(
            _("Show all {n}").format(n=len(found)),
            key="logged_more",
            on_click=state.__setitem__,
            args=("logged_all", True),
        )


def empty(actor: Actor) -> None:
    """Nothing yet: what one may do instead."""
    if actor.may("correct_consultations"):
        st.info(_("Nothing was logged that day at that desk. Choose another day or desk."))
    else:
        st.info(_("You have logged nothing today."), icon=":material/edit_note:")
    st.page_link("volunteer/log.py", label=_("Log a consultation"), icon=":material/edit_note:")


def item(actor: Actor, one: Logged) -> None:
    """A consultation in a line, with the one button that opens it."""
    row = one.row
    words = consultation_words.line(row, town=one.town)
    if row["withdrawn"]:
        words = f"~~{words}~~　:gray[{_('Taken back')}]"
    elif one.versions > 1:
        words += f"　:gray[:material/history: {_('Corrected')}]"
    by = f"　:gray[{plain(one.by)}]" if row["person_id"] != actor.id else ""
    free = not corrections.needs_reason(actor, row=row, now=times.now())
    may = free or actor.may("correct_consultations")
    may = may or corrections.may_complete(actor, row=row, now=times.now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{consultation_words.clock(row)}**　{words}{by}", width="stretch")
        st.button(
            _("Correct") if may else _("Look"),
            key=f"logged_open_{row['id']}",
            icon=":material/edit:" if may else ":material/visibility:",
            on_click=correction.go,
            args=(row["id"],),
        )


@st.fragment
def screen() -> None:
    """The list or one consultation, run anew by itself at each tap."""
    actor = who.gate("log")
    if "logged_done" in state:
        st.success(state.pop("logged_done"), icon=":material/check_circle:")
    id = st.query_params.get("id")
    if id:
        correction.show(actor, id)
    else:
        listed(actor)


st.title(_("Logged consultations"))
screen()
