"""Who: a volunteer who has just helped somebody. Wants: to write it down in a few taps."""

import streamlit as st

from desk import consultations, places, times
from desk.consultations import (
    AGE_BANDS,
    KINDS,
    MINUTES,
    NOTE_MOST,
    RESULTS,
    TOPICS,
    ConsultationForm,
)
from pages.parts import forms, towns, who
from pages.parts.words import _, plain

actor = who.gate("log")
KEY = "log"


def next_one() -> None:
    """Empty the form for the next resident; desk and kind stay."""
    forms.renew(KEY)
    towns.forget("log_town")
    for name in ("log_age", "log_topic", "log_result", "log_minutes", "log_note", "log_done"):
        st.session_state.pop(name, None)


def remembered(desks: list[dict[str, object]]) -> None:
    """The desk and how they came, kept from the last time and shown as they are."""
    if "log_desk" not in st.session_state:
        desk, kind = consultations.remembered_desk(actor)
        known = [one["id"] for one in desks]
        st.session_state.log_desk = desk if desk in known else known[0]
        st.session_state.log_kind = kind
    names = {one["id"]: str(one["name"]) for one in desks}
    with st.popover(
        f"{plain(names[st.session_state.log_desk])}　·　{_(KINDS[st.session_state.log_kind])}",
        icon=":material/storefront:",
        width="stretch",
    ):
        st.selectbox(
            _("Desk"),
            list(names),
            format_func=names.__getitem__,
            key="log_desk",
            persist_state="session",
        )
        st.segmented_control(
            _("How they came"),
            list(KINDS),
            format_func=lambda one: _(KINDS[one]),
            key="log_kind",
            required=True,
            wrap=True,
            persist_state="session",
        )


def form() -> None:
    """Left: what must be tapped. Right: what has a sensible default, and the button."""
    desks = places.desks()
    if not desks:
        st.info(_("There is no help desk yet. Staff list the desks in venues/desks.csv."))
        return
    left, right = st.columns([3, 2], gap="medium")
    with right, st.container(border=True):
        remembered(desks)
        result = st.segmented_control(
            _("Result"),
            list(RESULTS),
            format_func=lambda one: _(RESULTS[one]),
            default="solved",
            required=True,
            key="log_result",
            on_change="ignore",
            width="stretch",
            wrap=True,
        )
        minutes = st.segmented_control(
            _("Minutes"),
            MINUTES,
            default=15,
            required=True,
            key="log_minutes",
            on_change="ignore",
            width="stretch",
        )
        note = st.text_area(
            _("Note (optional, no names or numbers)"),
            key="log_note",
            on_change="ignore",
            height=80,
            max_chars=NOTE_MOST,
        )
        save = st.button(
            _("Save"), type="primary", width="stretch", icon=":material/save:", key="log_save"
        )
        problem = st.container()
    with left:
        residence, town_id = towns.pick(
            _("Neighbourhood"),
            key="log_town",
            common=consultations.common_towns(actor, desk_id=st.session_state.log_desk),
            elsewhere=True,
        )
        age = st.pills(
            _("Age"),
            list(AGE_BANDS),
            format_func=lambda one: _(AGE_BANDS[one]),
            key="log_age",
            on_change="ignore",
            width="stretch",
            wrap=True,
        )
        topic = st.pills(
            _("Topic"),
            list(TOPICS),
            format_func=lambda one: _(TOPICS[one]),
            key="log_topic",
            on_change="ignore",
            width="stretch",
            wrap=True,
        )
    if save:
        with problem:
            stored = forms.attempt(
                lambda: consultations.log(
                    actor,
                    id=forms.form_id(KEY),
                    form=ConsultationForm(
                        desk_id=st.session_state.log_desk,
                        kind=st.session_state.log_kind,
                        residence=residence,
                        town_id=town_id,
                        age_band=age or "",
                        topic=topic or "",
                        result=result,
                        minutes=minutes,
                        note=note or "",
                    ),
                    now=times.now(),
                )
            )
        if stored:
            where = places.town_name(town_id) or _(places.RESIDENCES[residence])
            st.session_state.log_saved = (
                times.show_clock(times.moment(stored["logged_at"])),
                where,
                stored["topic"],
            )
            next_one()
            st.rerun()


st.title(_("Log a consultation"))
saved = st.session_state.get("log_saved")
if saved:
    clock, where, topic = saved
    count = consultations.logged_today(actor, now=times.now())
    st.success(
        _("Saved at {clock}: {where}, {topic}. {count} today.").format(
            clock=clock, where=plain(where), topic=_(TOPICS[topic]), count=count
        ),
        icon=":material/check_circle:",
    )
form()
