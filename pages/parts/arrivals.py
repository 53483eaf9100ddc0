"""Checking in: one field for a code or a name, or the camera on the tablet."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from desk import attendance, booking, codes, follow_ups, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import bookings, classes, forms, who
from pages.parts import follow_ups as follow_up_list
from pages.parts.words import _, lang, plain, say

TYPED, SCAN, ANSWERED = "arrivals_typed", "arrivals_scanning", "arrivals_answered"
# How an answer is shown, by its kind.
LOOKS = {
    "done": (st.success, ":material/how_to_reg:"),
    "already": (st.info, ":material/done_all:"),
    "nothing": (st.warning, ":material/qr_code_scanner:"),
    "card": (st.info, ":material/event_repeat:"),
    "refused": (st.error, ":material/error:"),
}


@dataclass(frozen=True)
class Answer:
    """What a code led to, in words; `which` is the class, if there is one, and `card` the code of
    a follow-up card.
    """

    kind: str
    text: str
    which: str = ""
    card: str = ""


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
        _camera(actor)
    if typed and typed.strip():
        _found(actor, typed)
    else:
        st.session_state.get(ANSWERED, {}).pop("typed", None)


def _camera(actor: Actor) -> None:
    """The camera small enough for its button to be in sight, and what it saw beside it."""
    left, right = st.columns([3, 2], gap="medium")
    picture = left.camera_input(
        _("Hold the slip's QR in front of the camera"),
        key="arrivals_qr",
        resolution="720p",
        width=400,
    )
    if picture:
        with right:
            _say_once("photograph", picture.file_id, lambda: _scanned(actor, picture.getvalue()))


def _scanned(actor: Actor, picture: bytes) -> Answer:
    found = codes.read_picture(picture)
    if not found:
        return Answer(
            "nothing",
            _("No code was found in the picture. Please hold it closer, or type the code."),
        )
    if len(found) > 1:
        several = _("There are several slips in the picture. Please show one at a time.")
        return Answer("nothing", several)
    return _check_in(actor, found.pop())


def _say_once(source: str, asked: str, act: Callable[[], Answer]) -> None:
    """Do and say what a photograph or a typed text asks for, once.

    The screen runs again for every other tap; that must not check in again whom somebody has
    just taken back.
    """
    answers = st.session_state.setdefault(ANSWERED, {})
    if source not in answers or answers[source][0] != asked:
        answers[source] = (asked, act())
    answer = answers[source][1]
    show, icon = LOOKS[answer.kind]
    show(answer.text, icon=icon)
    if answer.which:
        st.markdown(answer.which)
    if answer.card:
        follow_up_list.link(answer.card)


def _check_in(actor: Actor, code: str) -> Answer:
    """Check in by code; a second time is harmless."""
    try:
        done, meeting, before = attendance.by_code(actor, code=code, now=times.now())
    except Refused as refusal:
        card = _card(actor, code)
        if card:
            return card
        forms.saw([refusal.code], refusal.field)
        return Answer("refused", say(refusal))
    which = f"{plain(classes.clock(meeting))}　{plain(meeting.name(lang()))}"
    if before:
        text = _("Checked in already at {clock}").format(clock=times.show_clock(before))
        return Answer("already", f"{bookings.name(done)}　{text}", which)
    return Answer("done", f"{bookings.name(done)}　{_('is checked in.')}", which)


def _card(actor: Actor, code: str) -> Answer | None:
    """The card of somebody who comes again, which says so by the same kind of code."""
    try:
        found = follow_ups.card(actor, code)
    except Refused:
        return None
    return Answer("card", _("This is a follow-up card."), card=found.code)


def _found(actor: Actor, typed: str) -> None:
    """Check in when it is a whole code, and list whom the text may mean."""

    def find() -> list[tuple[BookingView, ClassView]]:
        return booking.find(actor, typed=typed, now=times.now())

    code, today = codes.read_code(typed), times.today(times.now())
    found = forms.attempt(find)
    if found is None:
        return
    whole = any(one.code == code for one, _meeting in found)
    # A whole code is a check-in, not a search, when a meeting it stands for is today.
    if whole and any(times.today(meeting.starts_at) == today for _one, meeting in found):
        _say_once("typed", code, lambda: _check_in(actor, code))
        found = find()
    if not found and _card(actor, code):
        _say_once("typed", code, lambda: _check_in(actor, code))
    elif not found:
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
                    args=(one.id,),
                )
            bookings.manage_button(actor, one, where="found")


def _came(booking_id: str) -> None:
    try:
        attendance.check_in(who.actor(), booking_id=booking_id, now=times.now())
    except Refused as refusal:
        st.error(say(refusal), icon=":material/error:")
