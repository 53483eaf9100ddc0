"""Links to the pages a printer gets: each opens beside the screen, at an address of its own."""

from datetime import date

import streamlit as st

from desk import schedule, sheets, times
from desk.classes import ClassView
from desk.people import Actor
from pages.parts import classes
from pages.parts.words import _, lang, plain

ICON = ":material/print:"


def roster(actor: Actor, meeting: ClassView) -> None:
    """Who comes to a class."""
    ticket = sheets.roster_ticket(actor, class_id=meeting.id, now=times.now())
    st.link_button(_("Roster"), f"/sheet/roster/{ticket}?lang={lang()}", icon=ICON)


def sign_in_sheet(actor: Actor, meeting: ClassView) -> None:
    """The names of a class, to sign beside."""
    ticket = sheets.sign_in_ticket(actor, class_id=meeting.id, now=times.now())
    st.link_button(_("Sign-in sheet"), f"/sheet/sign-in/{ticket}?lang={lang()}", icon=ICON)


def next_day(actor: Actor) -> None:
    """What is printed today for the next day with a class: whom to remind, and each roster."""
    now = times.now()
    day, tomorrow = sheets.call_day(now=now)
    shown = times.show_day(day, lang())
    ticket = sheets.call_list_ticket(actor, day=day, now=now)
    st.link_button(
        _("Call list for tomorrow") if tomorrow else _("Call list for {day}").format(day=shown),
        f"/sheet/calls/{ticket}?lang={lang()}",
        icon=ICON,
    )
    meetings = [one for one in schedule.published(day, day) if one.status == "open"]
    if meetings:
        with st.popover(_("Rosters for {day}").format(day=shown), icon=ICON):
            for meeting in meetings:
                st.markdown(f"{plain(classes.clock(meeting))}　{plain(meeting.name(lang()))}")
                roster(actor, meeting)


def poster(actor: Actor, venue_id: str, month: date) -> None:
    """A month of a venue, for its wall."""
    ticket = sheets.poster_ticket(actor, venue_id=venue_id, month=month, now=times.now())
    st.link_button(
        times.show_month(month, lang()), f"/sheet/poster/{ticket}?lang={lang()}", icon=ICON
    )
