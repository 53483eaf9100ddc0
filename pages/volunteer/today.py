"""Who: a volunteer at the start of a class. Wants: tick off who came, then book or log."""

import streamlit as st

from desk import attendance, booking, schedule, times
from desk.booking import REACH, BookingView
from desk.classes import ClassView
from pages.parts import classes, forms, who
from pages.parts.words import _, lang, plain

actor = who.gate("see_today")


def tick(found: BookingView, *, arrived: bool) -> None:
    """Check a party in, or take a mistaken tap back."""
    forms.attempt(
        lambda: attendance.check_in(actor, booking_id=found.id, now=times.now(), arrived=arrived)
    )


def row(found: BookingView, meeting: ClassView) -> None:
    """One party: the name large, one button."""
    with st.container(horizontal=True, vertical_alignment="center"):
        people = _("{n} people").format(n=found.party) if found.party > 1 else ""
        name = f"**{plain(_('For {kana}').format(kana=found.kana))}** {people}"
        town = f"　:gray[{plain(found.town)}]" if found.town else ""
        st.markdown(f"{name}{town}　`{found.code}`", width="stretch")
        if meeting.status == "cancelled" or not found.seated:
            reach = _(REACH[found.reach])
            waits = "" if found.seated else _("Waitlist, {n} ahead").format(n=found.ahead) + " · "
            st.markdown(f"{waits}{reach} {plain(found.reach_note)}")
        elif found.arrived_at:
            st.markdown(
                f":green[:material/check_circle: {_('Came')} {times.show_clock(found.arrived_at)}]"
            )
            st.button(
                _("Undo"),
                key=f"undo_{found.id}",
                on_click=tick,
                args=(found,),
                kwargs={"arrived": False},
                icon=":material/undo:",
            )
        else:
            st.button(
                _("Came"),
                key=f"came_{found.id}",
                on_click=tick,
                args=(found,),
                kwargs={"arrived": True},
                type="primary",
                icon=":material/how_to_reg:",
            )


def toggle(class_id: str) -> None:
    """Open or close a class's list, in the one run of its own fragment."""
    st.session_state.today_open ^= {class_id}


@st.fragment
def meeting_card(class_id: str) -> None:
    """A class of today; its list of people opens on a tap."""
    meeting = schedule.get(class_id)
    with st.container(border=True, gap="xsmall"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            classes.heading(meeting, day=False)
        opened = class_id in st.session_state.today_open
        with right:
            st.button(
                _("Close") if opened else _("Check in"),
                key=f"open_{class_id}",
                width="stretch",
                icon=":material/expand_less:" if opened else ":material/how_to_reg:",
                on_click=toggle,
                args=(class_id,),
            )
        if not opened:
            return
        found = booking.roster(actor, class_id=class_id)
        if not found:
            st.info(_("Nobody has booked yet. People who come can be booked now."))
        came = sum(one.party for one in found if one.arrived_at)
        expected = sum(one.party for one in found if one.seated)
        if found:
            st.markdown(_("{came} of {expected} came").format(came=came, expected=expected))
        for one in found:
            row(one, meeting)
        if meeting.status == "open":
            st.page_link(
                "volunteer/book.py",
                label=_("Book somebody for this class"),
                icon=":material/event_available:",
                query_params={"class": class_id},
            )


now = times.now()
st.title(f"{_('Today')}　{times.show_day(times.today(now), lang())}")
with st.container(horizontal=True, key="big_tasks"):
    if st.button(
        _("Book a class"), type="primary", icon=":material/event_available:", width="stretch"
    ):
        st.switch_page("volunteer/book.py")
    if st.button(_("Log a consultation"), icon=":material/edit_note:", width="stretch"):
        st.switch_page("volunteer/log.py")

today = schedule.published(times.today(now), times.today(now))
if not today:
    st.info(_("There is no class today."), icon=":material/event_busy:")
    following = schedule.bookable(now=now)[:3]
    if following:
        st.subheader(_("Next classes"))
    for one in following:
        with st.container(border=True, gap="xsmall"):
            classes.heading(one)
st.session_state.setdefault("today_open", {today[0].id} if len(today) == 1 else set())
for one in today:
    meeting_card(one.id)
