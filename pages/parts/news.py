"""News cards: a class was cancelled or moved, or a seat lost, and somebody has to tell them."""

from itertools import groupby

import streamlit as st

from desk import news, times
from desk.news import News
from desk.people import Actor
from pages.parts import bookings, classes, forms, who
from pages.parts.words import _, lang, ngettext, plain


def show(actor: Actor) -> None:
    """Everybody to tell, by class; a tap opens the names, which may be many."""
    found = news.untold(actor, now=times.now())
    if not found:
        return
    waiting = sum(one.told_at is None for one in found)
    st.subheader(
        ngettext(
            "{n} person to tell: their class has changed",
            "{n} people to tell: their class has changed",
            waiting,
        ).format(n=waiting)
    )
    for class_id, group in groupby(found, key=lambda one: one.meeting.id):
        people = list(group)
        meeting = people[0].meeting
        title = plain(f"{classes.when(meeting)}　{meeting.name(lang())}　{meeting.venue}")
        # No count in the title: another title is another expander, and closed.
        with st.expander(title, icon=icon(people[0])), st.container(key=f"news_{class_id}"):
            for one in people:
                _row(actor, one)


def icon(one: News) -> str:
    """Cancelled, or changed."""
    gone = one.meeting.status == "cancelled"
    return ":material/event_busy:" if gone else ":material/update:"


def text(one: News) -> str:
    """What to tell them, with a shape and a colour."""
    match one.kind:
        case "class_cancelled":
            return f":red[:material/event_busy: {_('The class is cancelled')}]"
        case "unseated":
            return f":orange[:material/hourglass_top: {_('Has no seat any more, and waits')}]"
    was = plain(f"{classes.when(one.before)} {one.before.venue}")
    return f":orange[:material/update: {_('New time or place. It was: {was}').format(was=was)}]"


def _row(actor: Actor, one: News) -> None:
    id = one.booking.id
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{bookings.name(one.booking)}　{bookings.reach(one.booking)}　{text(one)}",
            width="stretch",
        )
        if one.told_at:
            clock = times.show_clock(one.told_at)
            st.markdown(f":green[:material/check_circle: {_('Told')} {clock}]")
        st.button(
            _("Undo") if one.told_at else _("Told, or left a message"),
            key=f"told_{id}",
            icon=":material/undo:" if one.told_at else ":material/check:",
            type="secondary" if one.told_at else "primary",
            on_click=_tell,
            args=(id, one.told_at is None),
        )
        bookings.manage_button(actor, one.booking, where="news")


def _tell(booking_id: str, told: bool) -> None:
    forms.attempt(lambda: news.tell(who.actor(), booking_id=booking_id, now=times.now(), told=told))
