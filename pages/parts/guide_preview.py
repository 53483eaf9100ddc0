"""How a procedure will look, before anybody approves it: to the volunteer, to the resident."""

import streamlit as st

from desk import times
from desk.guide import faces, flow, words
from desk.guide.now import fitting, options
from desk.guide.procedures import Procedure
from pages.parts import procedure as volunteers
from pages.parts import procedure_cards
from pages.parts.words import _, plain


def both(one: Procedure) -> None:
    """Both faces side by side, at the end of one way through the questions."""
    now = times.now()
    one = fitting(one, now)
    ends = [tuple(yes for _key, yes in path.asked) for path in flow.paths(one)]
    ways = list(words.way_through(one.flow, _))
    number = st.selectbox(
        _("With these answers"),
        range(len(ends)),
        format_func=lambda number: ways[number] if number < len(ways) else "",
        key="guide_preview_way",
    )
    given = ends[number or 0] if (number or 0) < len(ends) else ends[0]
    open_to = faces.reachable(one, given)
    found = options(one, open_to, now)
    shared = faces.common(one, tuple(option.way for option in found))
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{_('What the volunteer sees')}**")
        st.markdown(f"**{plain(volunteers.title(one))}**　{volunteers.state(one, now)}")
        volunteers.certain(one, shared)
        if open_to.because:
            st.info(plain(open_to.because), icon=":material/info:")
        for place, option in enumerate(found):
            extra = faces.own(option.way, shared)
            volunteers.place(option, extra, now, opened=not place)
        volunteers.mind(one)
    with right, st.container(key="guide_preview", gap="xsmall"):
        st.markdown(f"**{_('What the resident sees, one after the other')}**")
        for card in faces.cards(one, given):
            with st.container(border=True):
                st.html(procedure_cards.said(card, one, given, now))
