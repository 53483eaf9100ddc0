"""What a volunteer gets once a consultation is saved: the receipt, its papers, the way to mend."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from desk import consultations, follow_ups, handoffs, times
from desk.consultations import TOPICS
from desk.follow_ups import Card
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import consultation_words, who
from pages.parts.words import _, lang, ngettext, plain, say

WEEKS = (1, 2, 4)
OTHER_DAY = 0
REFUSED = "papers_refused"
ICON = ":material/print:"


def after_saving(stored: dict[str, Any]) -> None:
    """The receipt of a consultation: when, what, the how manieth today, and what can follow."""
    actor = who.actor()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="receipt"):
        st.success(
            _("Saved at {clock}: {where}, {topic}. {count} today.").format(
                clock=times.show_clock(times.moment(stored["logged_at"])),
                where=plain(consultation_words.where(stored)),
                topic=_(TOPICS[stored["topic"]]),
                count=consultations.logged_today(actor, now=times.now()),
            ),
            icon=":material/check_circle:",
            width="stretch",
        )
        with st.popover(_("Papers, correct"), icon=ICON, key=f"papers_{stored['id']}"):
            papers(actor, stored)
            st.page_link(
                "volunteer/logged.py",
                label=_("Correct this one"),
                icon=":material/edit:",
                query_params={"id": stored["id"]},
            )


def papers(actor: Actor, stored: dict[str, Any]) -> None:
    """The card for coming again, and the slip for going elsewhere."""
    refusal = st.session_state.pop(REFUSED, None)
    if refusal:
        st.error(plain(say(refusal)), icon=":material/error:")
    found = follow_ups.of(actor, stored["id"])
    if found is None:
        _new_card(stored["id"])
    else:
        _card(actor, found)
    ticket = handoffs.ticket(actor, consultation_id=stored["id"], now=times.now())
    st.link_button(
        _("Print the handoff slip"), f"/handoff/{ticket}?lang={lang()}", icon=ICON, width="stretch"
    )


def _new_card(consultation_id: str) -> None:
    key, today = f"card_weeks_{consultation_id}", times.today(times.now())
    weeks = st.pills(
        _("Comes again on"),
        [*WEEKS, OTHER_DAY],
        format_func=lambda n: _in_weeks(n, today) if n else _("Another day"),
        default=WEEKS[0],
        required=True,
        key=key,
        width="stretch",
        wrap=True,
    )
    day = today + timedelta(weeks=weeks or 0)
    if weeks == OTHER_DAY:
        day = st.date_input(
            _("Day"),
            value=today,
            min_value=today,
            max_value=today + follow_ups.FARTHEST,
            key=f"card_day_{consultation_id}",
        )
    st.button(
        _("Make a follow-up card"),
        key=f"card_make_{consultation_id}",
        type="primary",
        icon=":material/event_repeat:",
        width="stretch",
        on_click=_give,
        args=(consultation_id, day),
    )


def _in_weeks(weeks: int, today: date) -> str:
    day = times.show_day(today + timedelta(weeks=weeks), lang())
    text = ngettext("in {n} week", "in {n} weeks", weeks).format(n=weeks)
    return f"{text} {day}"


def _give(consultation_id: str, day: date) -> None:
    try:
        follow_ups.give(who.actor(), consultation_id, day, times.now())
    except Refused as refusal:
        st.session_state[REFUSED] = refusal


def _card(actor: Actor, found: Card) -> None:
    if found.closed:
        st.markdown(f":material/event_available: {_('The follow-up card is closed.')}")
        return
    day = times.show_day(found.due_on, lang())
    st.markdown(
        f":material/event_repeat: {_('Follow-up card')}　**`{found.code}`**　"
        f"{_('until {day}').format(day=day)}"
    )
    ticket = follow_ups.ticket(actor, found.code, times.now())
    st.link_button(
        _("Print the follow-up card"),
        f"/card/{ticket}?lang={lang()}",
        icon=ICON,
        width="stretch",
        type="primary",
    )
