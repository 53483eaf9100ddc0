"""How a class is shown in words."""

import streamlit as st

from desk import schedule, times
from desk.classes import ClassView
from desk.rules import CONCERNS
from pages.parts.words import _, lang, ngettext, plain, say

LOOKS = {
    "free": ("green", "event_seat"),
    "few": ("orange", "timelapse"),
    "full": ("red", "block"),
    "cancelled": ("red", "cancel"),
}


def when(meeting: ClassView) -> str:
    """「11月24日（火） 10:00–11:30」."""
    start, end = meeting.starts_at, meeting.ends_at
    return f"{times.show(start, lang())}–{times.show_clock(end)}"


def clock(meeting: ClassView) -> str:
    """「10:00–11:30」."""
    return f"{times.show_clock(meeting.starts_at)}–{times.show_clock(meeting.ends_at)}"


def seats(meeting: ClassView) -> str:
    """Seats in words, with a shape and a colour: 「のこり3席（10席中）」."""
    colour, shape = LOOKS[meeting.state]
    return f":{colour}[:material/{shape}: {meeting.seats_in_words(lang())}]"


def decisions(meeting: ClassView) -> None:
    """A banner for each rule staff decided otherwise, with their reason: never silent."""
    for code, reason in meeting.overrides.items():
        st.markdown(
            f":orange[:material/gavel: {_('Staff decision')}: {_(CONCERNS[code])}] {plain(reason)}"
        )


def short_staffed() -> None:
    """A warning that names published classes which no longer keep the staff rule."""
    found = schedule.short_staffed(now=times.now())
    if not found:
        return
    st.warning(
        ngettext(
            "{n} published class does not keep the staff rule now.",
            "{n} published classes do not keep the staff rule now.",
            len(found),
        ).format(n=len(found)),
        icon=":material/error:",
    )
    with st.expander(_("Which ones"), expanded=len(found) <= 3):
        for meeting, broken in found:
            what = f"{when(meeting)} {meeting.name(lang())}（{meeting.venue}）"
            st.markdown(f"- {plain(what)}　{plain(' '.join(say(one) for one in broken))}")


def heading(meeting: ClassView, *, day: bool = True) -> None:
    """Time, course, place and seats of a class."""
    sample = f" :orange-badge[{_('Sample')}]" if meeting.trial else ""
    sample += f" :gray-badge[{_('Draft')}]" if meeting.draft else ""
    moment = when(meeting) if day else clock(meeting)
    st.markdown(f"**{plain(moment)}　{plain(meeting.name(lang()))}**{sample}")
    st.markdown(f"{plain(meeting.venue)} {plain(meeting.room)}　{seats(meeting)}")
