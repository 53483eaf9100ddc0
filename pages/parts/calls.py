"""Call cards: a seat is kept for somebody, and somebody has to tell them."""

import streamlit as st

from desk import times, waitlist
from desk.people import Actor
from desk.waitlist import ANSWERS, Card
from pages.parts import bookings, classes, forms, who
from pages.parts.words import _, lang, ngettext, plain

ICONS = {
    "comes": ":material/check:",
    "no_answer": ":material/phone_missed:",
    "told": ":material/mark_email_read:",
    "declines": ":material/close:",
}


def show(actor: Actor) -> None:
    """Every call to make, the most urgent first; nothing when there is none."""
    now = times.now()
    waitlist.lapse_all(actor, now=now)
    found = waitlist.cards(actor, now=now)
    if not found:
        return
    st.subheader(
        ngettext(
            "{n} person to tell: a seat is free", "{n} people to tell: a seat is free", len(found)
        ).format(n=len(found))
    )
    for card in found:
        _card(card)


def _card(card: Card) -> None:
    until = card.booking.held_until
    with st.container(border=True, gap="xsmall", key=f"call_{card.booking.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{bookings.name(card.booking)}　{bookings.reach(card.booking)}")
            if until:
                text = _("The seat is kept until {until}").format(until=times.show(until, lang()))
                late = f":red[:material/alarm: {text}]" if card.late else f":orange[{text}]"
                st.markdown(late)
        tried = _("No answer {n} times").format(n=card.tries) if card.tries else ""
        told = _("Message left") if card.told else ""
        st.markdown(
            f"{plain(classes.when(card.meeting))}　{plain(card.meeting.name(lang()))}　"
            f"{plain(card.meeting.venue)}　:gray[{tried} {told}]"
        )
        with st.container(horizontal=True):
            for answer, text in ANSWERS.items():
                st.button(
                    _(text),
                    key=f"call_{answer}_{card.booking.id}",
                    type="primary" if answer == "comes" else "secondary",
                    icon=ICONS[answer],
                    on_click=_note,
                    args=(card, answer),
                )


def _note(card: Card, answer: str) -> None:
    done = forms.attempt(
        lambda: waitlist.answer(
            who.actor(), booking_id=card.booking.id, answer=answer, now=times.now()
        )
    )
    if done is None:
        return
    if done.state == "cancelled":
        bookings.remember(
            [done],
            _("Cancelled: {name}, {when}").format(
                name=bookings.name(done), when=plain(classes.when(card.meeting))
            ),
        )
    elif done.state == "lapsed":
        st.info(_("The seat is kept for the next person now."), icon=":material/skip_next:")
    elif answer == "comes":
        st.success(f"{bookings.name(done)}　{_('has the seat.')}", icon=":material/check_circle:")
