"""What people looked for and did not find: answered in one tap, or taken off the list."""

import streamlit as st

from desk import times
from desk.guide import answers, misses, search
from desk.guide.misses import Miss
from desk.guide.procedures import Procedure
from desk.people import Actor
from pages.parts import forms
from pages.parts.words import _, lang, ngettext, plain

MOST, NEAREST = 20, 3


def every(actor: Actor) -> None:
    """The words nobody has answered, the most wanted first."""
    st.subheader(_("Searched for and not found"))
    found = misses.open_misses(actor)
    if not found:
        st.info(_("Every search found something."), icon=":material/check:")
        return
    st.markdown(
        _(
            "Tap the procedure that is meant: its ways to ask get these words, as a proposal to a "
            "colleague. Words that need no answer are taken off the list."
        )
    )
    for number, one in enumerate(found[:MOST]):
        row(actor, number, one)
    if len(found) > MOST:
        more = len(found) - MOST
        st.caption(ngettext("{n} more search", "{n} more searches", more).format(n=more))


def row(actor: Actor, number: int, one: Miss) -> None:
    """Words, how often, and what is nearest."""
    with st.container(border=True, gap="xsmall"):
        often = ngettext("{n} time", "{n} times", one.count).format(n=one.count)
        last = times.show_day(one.last, lang())
        st.markdown(f"**{plain(one.words)}**　{often}　{_('Last: {day}').format(day=last)}")
        with st.container(horizontal=True):
            for nearest in search.find(one.words, most=NEAREST):
                if st.button(
                    plain(nearest.title),
                    icon=":material/add_link:",
                    key=f"guide_answer_{number}_{nearest.id}",
                ):
                    answer(actor, one, nearest)
            if st.button(
                _("Take off the list"),
                icon=":material/close:",
                type="tertiary",
                key=f"guide_miss_{number}",
            ):
                misses.close(actor, one.words, times.now())
                st.rerun()


def answer(actor: Actor, one: Miss, meant: Procedure) -> None:
    """Propose the words for the procedure that is meant."""
    key = f"guide_answer {one.words} {meant.id}"
    made = forms.attempt(
        lambda: answers.answer(
            actor, one.words, meant.id, version_id=forms.form_id(key), now=times.now()
        )
    )
    if made:
        forms.renew(key)
        st.session_state.guide_done = _(
            "Proposed: {title}. It counts when a colleague has approved it."
        ).format(title=made.title)
        st.rerun()
