"""Where, what and when the next class: choices with their reasons, one tap from a draft.

Stands inside of a screen for planners; who may not write the schedule sees the choices only.
"""

import streamlit as st

from desk import schedule, times, writes
from desk.gaps.city import THRESHOLDS
from desk.gaps.next_class import advisor
from desk.gaps.next_class.advised import Advice, Pick
from desk.people import Actor
from pages.parts import classes, forms, who
from pages.parts.words import _, lang, plain

KEY = "advice"
MADE = f"{KEY}_made"


def show(actor: Actor) -> None:
    """The part: how far people go, the choices or what is missing, and the drafts just made."""
    with st.container(key=KEY, gap="small"):
        sample = st.container()
        metres = st.segmented_control(
            _("How far people go, on the way"),
            THRESHOLDS,
            default=advisor.METRES,
            required=True,
            format_func=lambda one: _("{metres} m").format(metres=f"{one:,}"),
            key=f"{KEY}_metres",
        )
        found = forms.attempt(lambda: _advice(actor, metres))
        _made(actor)
        if found is None:
            return
        if found.trial:
            sample.markdown(f":orange-badge[{_('Sample')}]")
        if found.steady:
            _choices(actor, found, offered=actor.may("schedule"))
            return
        with st.container(border=True, gap="xsmall"):
            st.markdown(f":material/hourglass_empty: **{_('There is not enough to go by yet')}**")
            for one in found.missing:
                st.markdown(f"- {plain(one.in_words(lang()))}")
        if found.picks:
            with st.expander(_("What the counts say so far")):
                st.caption(_("Not steady: a few more consultations may turn the order round."))
                _choices(actor, found, offered=False)


def _advice(actor: Actor, metres: int) -> Advice:
    """The advice, worked out anew once something was written."""
    now = times.now()
    stamp = (writes.count(), metres, times.today(now))
    kept = st.session_state.get(f"{KEY}_kept")
    if not kept or kept[0] != stamp:
        kept = stamp, advisor.advise(actor, now=now, metres=metres)
        st.session_state[f"{KEY}_kept"] = kept
    found: Advice = kept[1]
    return found


def _choices(actor: Actor, found: Advice, *, offered: bool) -> None:
    for number, pick in enumerate(found.picks, 1):
        with st.container(border=True, gap="xsmall"):
            what = f"{pick.venue}　{pick.name(lang())}　{pick.when(lang())}"
            st.markdown(f"**{number}　{plain(what)}**")
            st.markdown(plain(pick.why(found.metres, lang())))
            if not pick.known:
                st.caption(_("The venue's opening hours are not known: please ask before."))
            if offered:
                st.button(
                    _("Make a draft"),
                    key=f"{KEY}_draft_{number}",
                    on_click=_draft,
                    args=(pick, forms.form_id(f"{KEY}_{pick.key}")),
                    icon=":material/edit_calendar:",
                )
    if not actor.may("schedule"):
        st.caption(_("Staff can put a choice on the schedule."))


def _draft(pick: Pick, number: str) -> None:
    made = forms.attempt(lambda: advisor.draft(who.actor(), id=number, pick=pick, now=times.now()))
    if made:
        st.session_state[MADE] = (made.id, pick.key)
        # The schedule opens where the draft is.
        st.session_state.schedule_from = times.today(made.starts_at)


def _made(actor: Actor) -> None:
    """The draft made last, the way to it and the way back."""
    made = st.session_state.get(MADE)
    if not made or not actor.may("schedule"):
        return
    class_id, key = made
    with st.container(border=True, gap="xsmall", key=f"{KEY}_done"):
        st.markdown(f":green[:material/check_circle: {_('A draft is on the schedule.')}]")
        classes.heading(schedule.get(class_id))
        with st.container(horizontal=True):
            st.page_link(
                "staff/schedule.py",
                label=_("See it on the schedule"),
                icon=":material/calendar_month:",
            )
            st.button(
                _("Undo"),
                key=f"{KEY}_back",
                icon=":material/undo:",
                on_click=_take_back,
                args=(class_id, key),
            )


def _take_back(class_id: str, key: str) -> None:
    done = forms.attempt(lambda: advisor.take_back(who.actor(), class_id=class_id, now=times.now()))
    if done:
        st.session_state.pop(MADE, None)
        forms.renew(f"{KEY}_{key}")
