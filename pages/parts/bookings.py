"""A booking on a screen: its state in words, what can be done with it, and the way back."""

import streamlit as st

from desk import booking, changes, courses, retention, schedule, slips, times, waitlist
from desk.booking import REACH, BookingView
from desk.classes import ClassView
from desk.people import Actor
from pages.parts import classes, forms, who
from pages.parts.words import _, lang, plain

UNDO = "bookings_undo"


def name(found: BookingView) -> str:
    """「ヤマダ ハナ様　2人」, bold."""
    people = "　" + _("{n} people").format(n=found.party) if found.party > 1 else ""
    if found.erased:
        return f"**{_('Name erased, as promised')}**{people}"
    return f"**{plain(_('For {kana}').format(kana=found.kana))}**{people}"


def erased_on(found: BookingView, meeting: ClassView) -> str:
    """When the name and how to reach them go; empty when they are gone."""
    if found.erased:
        return ""
    day = times.show_day_of_year(retention.name_leaves_on(meeting.ends_at), lang())
    return _("The name and how to reach them are erased on {day}.").format(day=day)


def state(found: BookingView) -> str:
    """Where a booking stands, with a shape and a colour."""
    match found.state:
        case "cancelled":
            return f":gray[:material/cancel: {_('Was cancelled')}]"
        case "no_show":
            return f":gray[:material/person_off: {_('Did not come')}]"
        case "arrived":
            clock = times.show_clock(found.arrived_at) if found.arrived_at else ""
            return f":green[:material/check_circle: {_('Came')} {clock}]"
        case "held":
            return f":orange[:material/call: {_('A seat is kept')}]"
        case "lapsed":
            return f":gray[:material/skip_next: {_('The seat went to the next')}]"
        case "waiting":
            text = _("Waitlist, {n} ahead").format(n=found.ahead)
            return f":orange[:material/hourglass_top: {text}]"
    return f":green[:material/event_seat: {_('Has a seat')}]"


def reach(found: BookingView) -> str:
    """How to reach the person: 「でんわ 0223-…」."""
    return f"{_(REACH[found.reach])} {plain(found.reach_note)}".strip()


def remember(found: list[BookingView], sentence: str) -> None:
    """Offer the way back on the next run, and for ten minutes."""
    st.session_state[UNDO] = ([one.id for one in found], sentence, times.now())


def undo_bar() -> None:
    """What was just done, at the foot of the window, with one tap to take it back."""
    kept = st.session_state.get(UNDO)
    if not kept:
        return
    ids, sentence, at = kept
    if times.now() - at > changes.UNDO:
        del st.session_state[UNDO]
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo_bar"):
        st.markdown(f":material/check_circle: {sentence}", width="stretch")
        if ids:
            st.button(
                _("Undo"),
                key="undo_booking",
                icon=":material/undo:",
                on_click=_undo,
                args=(ids,),
            )
        st.button(
            _("Close"),
            key="undo_close",
            type="tertiary",
            on_click=st.session_state.pop,
            args=(UNDO, None),
        )


def _undo(ids: list[str]) -> None:
    said = []
    for id in ids:
        back = forms.attempt(
            lambda id=id: changes.undo(who.actor(), booking_id=id, now=times.now())
        )
        if back:
            said.append(f"{_('As before:')} {name(back)}　{state(back)}")
    if said:
        st.session_state[UNDO] = ([], "　".join(said), times.now())


def manage_button(actor: Actor, found: BookingView, *, where: str) -> None:
    """Opens what can be done with a booking; `where` tells the buttons of one run apart."""
    if st.button(_("Change…"), key=f"manage_{where}_{found.id}", icon=":material/edit:"):
        # Here, for the dialog to be called by the resident's name.
        st.dialog(name(found), width="medium")(_manage)(actor, found.id)


def _manage(actor: Actor, booking_id: str) -> None:
    who.gate("book")  # a tap runs only this part
    found, meeting = booking.get(actor, booking_id=booking_id)
    classes.heading(meeting)
    st.markdown(f"{state(found)}　{reach(found)}　`{found.code}`")
    st.caption(erased_on(found, meeting))
    over, gone = meeting.ends_at <= times.now(), meeting.status == "cancelled"
    if found.state == "lapsed" and not (over or gone):
        st.button(
            _("Wait again"),
            key="manage_rejoin",
            on_click=_rejoin,
            args=(found,),
            width="stretch",
        )
    if changes.can_undo(actor, booking_id=booking_id, now=times.now()) and not (over or gone):
        # A reload forgets the bar, and a resident who cancelled by code sees none.
        st.button(
            _("Take the last change back"),
            key="manage_undo",
            icon=":material/undo:",
            on_click=_undo,
            args=([booking_id],),
            width="stretch",
        )
    if found.state == "cancelled" or over:
        st.info(_("This booking cannot be changed any more."))
        return
    if gone:  # they can still go to another one
        _move_form(actor, found, meeting)
        return
    with st.container(horizontal=True):
        one_of_many = found.group_id is not None
        if st.button(
            _("Cancel this meeting") if one_of_many else _("Cancel the booking"),
            key="manage_cancel",
            type="primary",
            icon=":material/event_busy:",
        ):
            _cancel(actor, found, meeting, whole=False)
        if one_of_many and st.button(
            _("Cancel all meetings"), key="manage_cancel_all", icon=":material/event_busy:"
        ):
            _cancel(actor, found, meeting, whole=True)
        address = slips.ticket(actor, booking_id=found.id, now=times.now())
        st.link_button(
            _("Print the slip"), f"/slip/{address}?lang={lang()}", icon=":material/print:"
        )
    st.caption(
        _("The seat is kept for the next on the waitlist at once. Undo works for 10 minutes.")
    )
    _move_form(actor, found, meeting)


def _move_form(actor: Actor, found: BookingView, meeting: ClassView) -> None:
    others = [
        one
        for one in schedule.bookable(now=times.now())
        if one.id != meeting.id and one.left >= found.party
    ]
    # The same course first: that is what people move to.
    others.sort(key=lambda one: (one.course_id != meeting.course_id, one.starts_at))
    by_id = {one.id: one for one in others}
    target = st.selectbox(
        _("Move to another class"),
        list(by_id),
        index=None,
        key="manage_target",
        format_func=lambda id: (
            f"{classes.when(by_id[id])} {by_id[id].name(lang())}（{by_id[id].venue}）"
        ),
        placeholder=_("Classes with a free seat"),
    )
    if target and st.button(
        _("Move the booking"), key="manage_move", type="primary", icon=":material/swap_horiz:"
    ):
        moved = forms.attempt(
            lambda: changes.move(actor, booking_id=found.id, class_id=target, now=times.now())
        )
        if moved:
            text = _("Moved: {name} to {when}").format(
                name=name(moved), when=plain(classes.when(by_id[target]))
            )
            remember([moved], text)
            st.rerun()


def _cancel(actor: Actor, found: BookingView, meeting: ClassView, *, whole: bool) -> None:
    gone = forms.attempt(
        lambda: changes.cancel(actor, booking_id=found.id, now=times.now(), whole=whole)
    )
    if gone:
        text = _("Cancelled: {name}, {when}").format(
            name=name(found), when=plain(classes.when(meeting))
        )
        remember(gone, text)
        st.rerun()


def _rejoin(found: BookingView) -> None:
    forms.attempt(lambda: waitlist.rejoin(who.actor(), booking_id=found.id, now=times.now()))


def needs(meeting: ClassView) -> str:
    """What one needs for a class, in one line; empty when nothing."""
    return "　".join(_(courses.NEED_NAMES[one]) for one in meeting.needs)
