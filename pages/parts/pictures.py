"""Links to take the analysis away: the pictures, and the two pages for the committee."""

import streamlit as st

from desk import times
from desk.gaps.acts.looked_back import LookBack
from desk.gaps.city import Settings
from desk.gaps.drawn import papers
from desk.gaps.drawn.pictures import FUNNEL, MAP
from desk.people import Actor
from pages.parts.words import _, lang

PRINT, PICTURE = ":material/print:", ":material/image:"


def take_away(actor: Actor, settings: Settings, *, merged: bool = False) -> None:
    """The links, each opening beside the screen at an address that is good for 24 hours."""
    links = (
        (papers.COVERAGE, "coverage", _("Two pages for the committee (A4)"), PRINT),
        (MAP, f"{MAP}-picture", _("Map as a picture"), PICTURE),
        (FUNNEL, f"{FUNNEL}-picture", _("Funnel plot as a picture"), PICTURE),
    )
    with st.container(horizontal=True, gap="small"):
        for paper, address, label, icon in links:
            ticket = papers.ticket(actor, paper, settings, now=times.now(), merged=merged)
            st.link_button(label, f"/sheet/{address}/{ticket}?lang={lang()}", icon=icon)


def before_after(actor: Actor, found: LookBack, *, most: int) -> None:
    """The link to use before and after an action as a picture."""
    ticket = papers.action_ticket(actor, found, most=most, now=times.now())
    address = f"/sheet/{papers.CHANGE}-picture/{ticket}?lang={lang()}"
    st.link_button(_("Before and after as a picture"), address, icon=PICTURE)
