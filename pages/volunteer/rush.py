"""Who: a volunteer with a queue at the desk. Wants: one tap for each resident helped, no more."""

import uuid
from collections import Counter

import streamlit as st

from desk import consultations, corrections, places, tally, times
from desk.consultations import AGE_BANDS, TOPICS, ConsultationForm
from desk.refusals import Refused
from pages.parts import desks, towns, who
from pages.parts.answers import pills
from pages.parts.words import _, plain, say

actor = who.gate("log")
TOWN = "rush_town"
state = st.session_state


def tap(topic: str, run: str) -> None:
    """One consultation. Its id is of the run that drew the button: a tap makes no two.

    Taps come before the gate of their run, so who is there is read anew.
    """
    residence, town_id = towns.chosen(TOWN)
    form = ConsultationForm(
        desk_id=state[desks.DESK],
        kind=state[desks.KIND],
        residence=residence or "unknown",
        town_id=town_id,
        age_band=state.get("rush_age") or "unknown",
        topic=topic,
    )
    id = str(uuid.uuid5(uuid.UUID(run), topic))
    try:
        stored = consultations.log(
            who.actor(), id=id, form=form, now=times.now(), tablet=who.device(), entry="rush"
        )
    except Refused as refusal:
        state.rush_refused = refusal
    else:
        state.rush_last = stored["id"]


def undo(id: str) -> None:
    """Take the last tap back."""
    try:
        corrections.withdraw(
            who.actor(),
            id=str(uuid.uuid5(uuid.UUID(id), "taken back")),
            consultation_id=id,
            now=times.now(),
        )
    except Refused as refusal:
        state.rush_refused = refusal


def who_comes(common: list[str]) -> None:
    """Neighbourhood and age for the next taps; without them they are not known."""
    residence, town_id = towns.chosen(TOWN)
    where = places.town_name(town_id) or _(places.RESIDENCES[residence or "unknown"])
    age = state.get("rush_age") or "unknown"
    with st.popover(
        f"{_('Neighbourhood')}：{plain(where)}　{_('Age')}：{_(AGE_BANDS[age])}",
        icon=":material/person:",
        width="stretch",
    ):
        st.caption(_("These stay for the next taps. Left out, they are not known."))
        towns.pick(
            _("Neighbourhood"),
            key=TOWN,
            common=common,
            elsewhere=True,
        )
        pills(_("Age"), AGE_BANDS, "rush_age")


def grid(topics: list[str], counts: Counter[str]) -> None:
    """A topic each, with how often it was tapped."""
    run = str(uuid.uuid4())
    with st.container(key="big_rush"), st.grid(4, min_column_width=150):
        for topic in topics:
            st.button(
                f"{_(TOPICS[topic])}　**{counts[topic]}**" if counts[topic] else _(TOPICS[topic]),
                # Another one once it was counted: a tap before that, on a slow line, is the same.
                key=f"rush_{topic}_{counts[topic]}",
                width="stretch",
                on_click=tap,
                args=(topic, run),
            )


@st.fragment
def screen() -> None:
    """The grid and its counts, run anew by themselves at each tap."""
    actor = who.gate("log")
    left, right = st.columns(2)
    with left:
        if not desks.choose(actor):
            return
    common, topics = desks.usual_here(actor, most=8)
    with right:
        who_comes(common)
    found = tally.rushed(actor, desk_id=state[desks.DESK], now=times.now())
    by_id = {row["id"]: row for row in found}
    grid(topics, Counter(row["topic"] for row in found))
    refusal = state.pop("rush_refused", None)
    if refusal:
        st.error(say(refusal), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="center", key="rush_foot"):
        st.markdown(_("**{n}** here today").format(n=len(found)), width="stretch")
        st.page_link("volunteer/logged.py", label=_("Say more, later"), icon=":material/list_alt:")
        if found:
            last = by_id.get(state.get("rush_last"), found[-1])
            st.button(
                _("Undo: {topic} at {clock}").format(
                    topic=_(TOPICS[last["topic"]]),
                    clock=times.show_clock(times.moment(last["logged_at"])),
                ),
                key=f"rush_undo_{last['id']}",  # of its own: a second tap takes no other back
                icon=":material/undo:",
                on_click=undo,
                args=(last["id"],),
            )


with st.container(horizontal=True, vertical_alignment="center", key="rush_title"):
    st.title(_("When it is busy: one tap, one resident"), width="stretch")
    st.page_link("volunteer/log.py", label=_("Log a consultation"), icon=":material/edit_note:")
screen()
