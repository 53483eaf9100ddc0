"""Checking in: one field for a code or a name, or the camera on the tablet."""

import streamlit as st

from desk import attendance, booking, codes, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import bookings, classes
from pages.parts.words import _, lang, plain, say

TYPED, SCAN = "arrivals_typed", "arrivals_scanning"


def show(actor: Actor) -> None:
    """The field, the camera on a tap, and whom they found."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            _("Check in or find a booking: code, or name in kana"),
            key=TYPED,
            placeholder=_("AB23CD or Yamada"),
            autocomplete="off",
            max_chars=40,
        )
        scanning = st.session_state.get(SCAN, False)
        st.button(
            _("Close the camera") if scanning else _("Read the QR"),
            key="arrivals_scan",
            icon=":material/qr_code_scanner:",
            on_click=st.session_state.__setitem__,
            args=(SCAN, not scanning),
        )
    if scanning:
        picture = st.camera_input(_("Hold the slip's QR in front of the camera"), key="arrivals_qr")
        if picture:
            _scanned(actor, picture.getvalue())
    if typed and typed.strip():
        _found(actor, typed)


def _scanned(actor: Actor, picture: bytes) -> None:
    code = codes.read_picture(picture)
    if code is None:
        st.warning(_("No code was found in the picture. Please hold it closer, or type the code."))
        return
    _check_in(actor, code)


def _check_in(actor: Actor, code: str) -> None:
    """Check in by code and say so, large; a second time is harmless."""
    try:
        done, meeting, before = attendance.by_code(actor, code=code, now=times.now())
    except Refused as refusal:
        st.error(say(refusal), icon=":material/error:")
        return
    if before:
        text = _("Checked in already at {clock}").format(clock=times.show_clock(before))
        st.info(f"{bookings.name(done)}　{text}", icon=":material/done_all:")
    else:
        st.success(f"{bookings.name(done)}　{_('is checked in.')}", icon=":material/how_to_reg:")
    st.markdown(f"{plain(classes.clock(meeting))}　{plain(meeting.name(lang()))}")


def _found(actor: Actor, typed: str) -> None:
    found = booking.find(actor, typed=typed, now=times.now())
    whole = any(one.code == codes.read_code(typed) for one, _meeting in found)
    today = times.today(times.now())
    # A whole code is a check-in, not a search, when a meeting it stands for is today.
    if whole and any(times.today(meeting.starts_at) == today for _one, meeting in found):
        _check_in(actor, typed)
    if not found:
        st.info(_("Nobody was found. Names are looked for from their first letter."))
    for one, meeting in found[:8]:
        _row(actor, one, meeting, today=times.today(meeting.starts_at) == today)


def _row(actor: Actor, one: BookingView, meeting: ClassView, *, today: bool) -> None:
    with st.container(border=True):
        left, right = st.columns([3, 2], vertical_alignment="center")
        town = f"　:gray[{plain(one.town)}]" if one.town else ""
        left.markdown(
            f"{bookings.name(one)}{town}　{bookings.state(one)}  \n"
            f"{plain(classes.when(meeting))}　{plain(meeting.name(lang()))}"
        )
        with right.container(horizontal=True, horizontal_alignment="right"):
            if today and one.state in ("seated", "held", "no_show"):
                st.button(
                    _("Came"),
                    key=f"found_came_{one.id}",
                    type="primary",
                    icon=":material/how_to_reg:",
                    on_click=_came,
                    args=(actor, one.id),
                )
            bookings.manage_button(actor, one, where="found")


def _came(actor: Actor, booking_id: str) -> None:
    try:
        attendance.check_in(actor, booking_id=booking_id, now=times.now())
    except Refused as refusal:
        st.error(say(refusal), icon=":material/error:")
