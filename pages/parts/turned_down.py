"""Beside a class: the resident cannot come, and why. One tap, or two with the neighbourhood."""

import streamlit as st

from desk import changes, consultations, places, times, turned_down
from desk.booking import PARTIES
from desk.classes import ClassView
from desk.turned_down import FULL, WHY, TurnedDown
from pages.parts import classes, forms, towns, who
from pages.parts.words import _, plain

KEY = "turned_down"
TOWN = f"{KEY}_town"
_ICONS = dict(zip(WHY, ("directions_walk", "schedule", "block"), strict=True))


def offer(meeting: ClassView, *, town_id: str | None = None) -> None:
    """A button that asks why; once it is known, what was noted and the way back.

    `town_id` is the neighbourhood that was tapped already, which is not asked again.
    """
    noted = _noted().get(meeting.id)
    if noted and times.now() - noted.at <= changes.UNDO:
        with st.container(gap="xsmall", width="content"):
            st.markdown(f":material/check: {_('Noted: {why}').format(why=_in_words(noted))}")
            with st.container(horizontal=True, gap="small"):
                st.button(
                    _("Undo"),
                    key=f"{KEY}_back_{meeting.id}",
                    on_click=_take_back,
                    args=(noted,),
                    icon=":material/undo:",
                )
                st.button(
                    _("One more person"),
                    key=f"{KEY}_more_{meeting.id}",
                    type="tertiary",
                    on_click=_forget,
                    args=(meeting.id,),
                )
    elif st.button(
        _("Cannot come…"),
        key=f"{KEY}_{meeting.id}",
        type="tertiary",
        icon=":material/do_not_disturb_on:",
    ):
        towns.forget(TOWN)
        st.dialog(_("Why can they not come?"))(_ask)(meeting, town_id)


def _ask(meeting: ClassView, town_id: str | None) -> None:
    who.gate("book")  # a tap runs only this part
    if meeting.id in _noted():  # tapped: the dialog closes
        st.rerun()
    classes.heading(meeting)
    st.caption(_("No name is kept. It shows where and when the next class should be."))
    if town_id:
        st.markdown(f":material/home_pin: {plain(places.town_name(town_id))}")
    else:
        actor = who.actor()
        common = consultations.common_towns(actor, desk_id=None) if actor.may("log") else ()
        towns.pick(_("Neighbourhood (if it is known)"), key=TOWN, common=common)
    number = forms.form_id(f"{KEY}_{meeting.id}")
    for why, label in WHY.items():
        # Nobody is turned away by a class with room for the largest party.
        if why == FULL and meeting.left >= max(PARTIES):
            continue
        st.button(
            _(label),
            key=f"{KEY}_{why}",
            icon=f":material/{_ICONS[why]}:",
            width="stretch",
            on_click=_note,
            args=(number, meeting.id, why, town_id),
        )


def _note(number: str, class_id: str, why: str, town_id: str | None) -> None:
    town = town_id or towns.chosen(TOWN)[1]

    def write() -> TurnedDown:
        return turned_down.note(
            who.actor(), id=number, class_id=class_id, why=why, town_id=town, now=times.now()
        )

    noted = forms.attempt(write)
    if noted:
        _noted()[class_id] = noted


def _noted() -> dict[str, TurnedDown]:
    """What was noted last in this session, by class."""
    return st.session_state.setdefault(KEY, {})


def _in_words(noted: TurnedDown) -> str:
    town = plain(places.town_name(noted.town_id)) if noted.town_id else ""
    return f"{_(WHY[noted.why])}（{town}）" if town else _(WHY[noted.why])


def _take_back(noted: TurnedDown) -> None:
    def write() -> bool:
        turned_down.take_back(who.actor(), id=noted.id, now=times.now())
        return True

    if forms.attempt(write):
        _forget(noted.class_id)


def _forget(class_id: str) -> None:
    """The next tap at this class is another person's."""
    _noted().pop(class_id, None)
    forms.renew(f"{KEY}_{class_id}")
