"""The plan's own loop (OODA): look, understand, decide, act and look back; one screen each."""

import streamlit as st

from desk.refusals import N_
from pages.parts.gap_settings import asked
from pages.parts.words import _

LOOK, UNDERSTAND, DECIDE, ACT = "look", "understand", "decide", "act"
STEPS = {
    LOOK: ("planner/neighbourhoods.py", N_("1 Look: where?")),
    UNDERSTAND: ("planner/neighbourhood.py", N_("2 Understand: why?")),
    DECIDE: ("planner/where_next.py", N_("3 Decide: what next?")),
    ACT: ("planner/actions.py", N_("4 Act, and see whether it helped")),
}


def steps(here: str) -> None:
    """The four steps as links; the one we are at is not one. What was chosen goes along."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="loop"):
        for step, (file, text) in STEPS.items():
            if step == here:
                st.markdown(f"**{_(text)}**")
            else:
                st.page_link(file, label=_(text), query_params=asked())


def onward(step: str, label: str, icon: str, **more: str) -> None:
    """A link to a step with words of its own."""
    st.page_link(STEPS[step][0], label=label, icon=icon, query_params=asked() | more)
