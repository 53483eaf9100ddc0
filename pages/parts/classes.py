"""How a class is shown in words."""

import streamlit as st

from desk import times
from desk.classes import ClassView
from desk.rules import CONCERNS
from pages.parts.words import _, lang, plain


def when(meeting: ClassView) -> str:
    """「11月24日（火） 10:00–11:30」."""
    start, end = meeting.starts_at, meeting.ends_at
    return f"{times.show(start, lang())}–{times.show_clock(end)}"


def clock(meeting: ClassView) -> str:
    """「10:00–11:30」."""
    return f"{times.show_clock(meeting.starts_at)}–{times.show_clock(meeting.ends_at)}"


def seats(meeting: ClassView) -> str:
    """Seats in words, with a shape and a colour: 「のこり3席（10席中）」."""
    if meeting.status == "cancelled":
        return f":red[:material/cancel: {_('Cancelled')}]"
    if meeting.left > 0:
        text = _("{left} seats left (of {seats})").format(left=meeting.left, seats=meeting.seats)
        few = meeting.left <= max(1, meeting.seats // 5)
        return (
            f":orange[:material/timelapse: {text}]"
            if few
            else (f":green[:material/event_seat: {text}]")
        )
    text = _("Full ({seats} seats)").format(seats=meeting.seats)
    if meeting.waiting:
        text += " " + _("{n} waiting").format(n=meeting.waiting)
    return f":red[:material/block: {text}]"


def decisions(meeting: ClassView) -> None:
    """A banner for each rule staff decided otherwise, with their reason: never silent."""
    for code, reason in meeting.overrides.items():
        st.markdown(
            f":orange[:material/gavel: {_('Staff decision')}: {_(CONCERNS[code])}] {plain(reason)}"
        )


def heading(meeting: ClassView, *, day: bool = True) -> None:
    """Time, course, place and seats of a class."""
    sample = f" :orange-badge[{_('Sample')}]" if meeting.trial else ""
    sample += f" :gray-badge[{_('Draft')}]" if meeting.draft else ""
    moment = when(meeting) if day else clock(meeting)
    st.markdown(f"**{plain(moment)}　{plain(meeting.name(lang()))}**{sample}")
    st.markdown(f"{plain(meeting.venue)} {plain(meeting.room)}　{seats(meeting)}")
