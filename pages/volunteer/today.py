"""Who: a volunteer at the start of a class. Wants: tick off who came, call who is next, book."""

import streamlit as st

from desk import attendance, booking, schedule, times
from desk.booking import BookingView
from desk.classes import ClassView
from pages.parts import (
    arrivals,
    bookings,
    calls,
    classes,
    follow_ups,
    forms,
    incidents,
    links,
    news,
    papers,
    who,
)
from pages.parts.words import _, lang, plain

actor = who.gate("see_today")


def tick(found: BookingView, *, arrived: bool) -> None:
    """Check a party in, or take a mistaken tap back.

    A callback runs before the gate: who is here is asked anew, as in every one that writes.
    """
    forms.attempt(
        lambda: attendance.check_in(
            who.actor(), booking_id=found.id, now=times.now(), arrived=arrived
        )
    )


def row(found: BookingView, meeting: ClassView) -> None:
    """One party: the name large, one button, and what else can be done."""
    with st.container(horizontal=True, vertical_alignment="center"):
        town = f"　:gray[{plain(found.town)}]" if found.town else ""
        st.markdown(f"{bookings.name(found)}{town}　`{found.code}`", width="stretch")
        if found.state != "seated":
            st.markdown(bookings.state(found))
        if meeting.status == "open" and found.state == "arrived":
            st.button(
                _("Undo"),
                key=f"undo_{found.id}",
                on_click=tick,
                args=(found,),
                kwargs={"arrived": False},
                icon=":material/undo:",
            )
        elif meeting.status == "open" and found.state in ("seated", "held", "no_show"):
            st.button(
                _("Came"),
                key=f"came_{found.id}",
                on_click=tick,
                args=(found,),
                kwargs={"arrived": True},
                type="primary",
                icon=":material/how_to_reg:",
            )
        else:
            st.markdown(bookings.reach(found))
        if found.state not in ("arrived", "no_show"):
            bookings.manage_button(actor, found, where="row")


def toggle(class_id: str) -> None:
    """Open or close a class's list, in the one run of its own fragment."""
    st.session_state.today_open ^= {class_id}


def release(class_id: str) -> None:
    """Note who did not come, and keep their seats for those who wait."""
    gone = forms.attempt(
        lambda: attendance.release_no_shows(who.actor(), class_id=class_id, now=times.now())
    )
    if gone is not None:
        st.session_state.today_released = _("{n} bookings did not come").format(n=len(gone))


@st.fragment
def meeting_card(class_id: str) -> None:
    """A class of today; its list of people opens on a tap."""
    who.gate("see_today")  # a tap runs only this part
    meeting = schedule.get(class_id)
    with st.container(border=True, gap="xsmall"):
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            classes.heading(meeting, day=False)
            classes.decisions(meeting)
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
        if opened:
            roster(meeting)


def roster(meeting: ClassView) -> None:
    """Who is expected, who waits, and what the desk does around a class."""
    found = booking.roster(actor, class_id=meeting.id)
    if not found:
        st.info(_("Nobody has booked yet. People who come can be booked now."))
    else:
        came = sum(one.party for one in found if one.arrived_at)
        expected = sum(one.party for one in found if one.seated)
        st.markdown(_("{came} of {expected} came").format(came=came, expected=expected))
    for one in found:
        row(one, meeting)
    if meeting.status != "open":
        return
    missing = sum(one.state in ("seated", "held") for one in found)
    with st.container(horizontal=True):
        st.page_link(
            "volunteer/book.py",
            label=_("Somebody without a booking"),
            icon=":material/person_add:",
            query_params={"class": meeting.id, "here": "1"},
        )
        st.page_link(
            "volunteer/sheet.py",
            label=_("Enter the paper sheet"),
            icon=":material/checklist:",
            query_params={"class": meeting.id},
        )
        papers.roster(actor, meeting)
        papers.sign_in_sheet(actor, meeting)
        if meeting.starts_at <= times.now() and missing:
            st.button(
                _("Note {n} who did not come").format(n=missing),
                key=f"release_{meeting.id}",
                icon=":material/person_off:",
                on_click=release,
                args=(meeting.id,),
            )


def foot() -> None:
    """The call list of the day before, what one logged, and one's own calendar."""
    with st.container(horizontal=True, key="today_foot"):
        papers.next_day(actor)
        st.page_link("volunteer/logged.py", label=_("What I logged"), icon=":material/history:")
        address, icon = f"/my-calendar?lang={lang()}", ":material/calendar_today:"
        links.here(_("My calendar"), address, key="my_calendar", icon=icon)


now = times.now()
st.title(f"{_('Today')}　{times.show_day(times.today(now), lang())}")
bookings.undo_bar()
if "today_released" in st.session_state:
    st.success(st.session_state.pop("today_released"), icon=":material/person_off:")
with st.container(horizontal=True, key="big_tasks"):
    if st.button(
        _("Book a class"), type="primary", icon=":material/event_available:", width="stretch"
    ):
        st.switch_page("volunteer/book.py")
    if st.button(_("Log a consultation"), icon=":material/edit_note:", width="stretch"):
        st.switch_page("volunteer/log.py")
arrivals.show(actor)
follow_ups.show()
calls.show(actor)
news.show(actor)
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
incidents.show(actor)
foot()
