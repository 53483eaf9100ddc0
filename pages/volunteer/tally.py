"""Who: a volunteer with a paper tally of the day. Wants: to enter the whole sheet at once."""

from collections.abc import Mapping
from datetime import date

import streamlit as st

from desk import consultations, corrections, tally, times
from desk.consultations import AGE_BANDS, KINDS, TOPICS
from desk.people import Actor
from desk.refusals import Refused
from desk.tally import Sheet
from pages.parts import desks, drafts, forms, towns, who
from pages.parts.answers import pills
from pages.parts.words import _, lang, ngettext, say

actor = who.gate("log")
KEY, TOWN = "tally", "tally_town"
state = st.session_state


def field(topic: str) -> str:
    """Where the count of a topic stands."""
    return f"tally_{topic}"


def fits_day(day: object) -> bool:
    """A sheet of that day can still be entered."""
    today = times.today(times.now())
    return isinstance(day, date) and today - tally.SPAN <= day <= today


FIELDS: Mapping[str, drafts.Fits | None] = {
    **dict.fromkeys(map(field, TOPICS)),
    **dict.fromkeys(towns.fields(TOWN)),
    **dict.fromkeys((desks.DESK, f"{KEY}_form_id")),
    "tally_day": fits_day,
    "tally_age": AGE_BANDS.__contains__,
    desks.KIND: KINDS.__contains__,
}


def sheet() -> Sheet:
    """What stands on the screen at this moment."""
    residence, town_id = towns.chosen(TOWN)
    return Sheet(
        desk_id=state[desks.DESK],
        kind=state[desks.KIND],
        day=state.tally_day,
        counts={topic: int(state.get(field(topic)) or 0) for topic in TOPICS},
        residence=residence or "unknown",
        town_id=town_id,
        age_band=state.get("tally_age") or "unknown",
    )


def in_words(n: int, day: str) -> str:
    """“23 consultations of Tue 24 Nov”."""
    return ngettext("{n} consultation of {day}", "{n} consultations of {day}", n).format(
        n=n, day=day
    )


def enter(id: str) -> None:
    """Write the whole sheet, or keep it and say what is wrong.

    Taps come before the gate of their run, so who is there is read anew; one on a sheet that is
    entered by now brings its counts once more, and no second sheet.
    """
    actor, wanted = who.actor(), sheet()
    if id == state.get("tally_over"):
        empty()
    if id != forms.form_id(KEY):
        return
    try:
        stored = tally.enter(actor, id=id, sheet=wanted, now=times.now())
    except Refused as refusal:
        state.tally_refused = refusal
        return
    state.tally_done = id, len(stored), wanted.day
    state.tally_over = id
    state.tally_sure = False
    drafts.drop(actor, KEY)
    forms.renew(KEY)
    empty()


def empty() -> None:
    """No stroke yet; desk, day and what holds for the whole sheet stay."""
    for topic in TOPICS:
        state[field(topic)] = 0


def take_back(id: str) -> None:
    """Take the sheet that was just entered back."""
    try:
        state.tally_gone = tally.take_back(who.actor(), id=id, now=times.now())
    except Refused as refusal:
        state.tally_refused = refusal
    else:
        state.pop("tally_done", None)


def sure(*, yes: bool) -> None:
    """Ask once more before a sheet is written."""
    state.tally_sure = yes


def done() -> None:
    """What was entered or taken back, and the way back."""
    gone = state.pop("tally_gone", None)
    if gone is not None:
        st.success(_("Taken back: {n} consultations.").format(n=gone), icon=":material/undo:")
    if "tally_done" not in state:
        return
    id, n, day = state.tally_done
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(
            _("Saved: {what}.").format(what=in_words(n, times.show_day(day, lang()))),
            icon=":material/check_circle:",
            width="stretch",
        )
        st.button(
            _("Take the sheet back"),
            key=f"tally_undo_{id}",
            icon=":material/undo:",
            on_click=take_back,
            args=(id,),
        )


def whose(actor: Actor) -> None:
    """Desk and day, and what holds for the whole sheet when it is known."""
    today = times.today(times.now())
    st.date_input(
        _("Day on the sheet"),
        key="tally_day",
        min_value=today - tally.SPAN,
        max_value=today,
        format="YYYY/MM/DD",
    )
    with st.expander(_("Neighbourhood and age of all of them"), icon=":material/group:"):
        st.caption(_("Only when it is the same for the whole sheet. Left out, it is not known."))
        towns.pick(
            _("Neighbourhood"),
            key=TOWN,
            common=consultations.common_towns(actor, desk_id=state[desks.DESK]),
            elsewhere=True,
        )
        pills(_("Age"), AGE_BANDS, "tally_age")


def confirm() -> None:
    """One question that names what will happen, before the whole sheet is written."""
    wanted = sheet()
    what = in_words(wanted.total, times.show_day(wanted.day, lang()))
    if not state.get("tally_sure"):
        st.button(
            _("Check: {what}").format(what=what) if wanted.total else _("Check the sheet"),
            key="tally_check",
            type="primary",
            width="stretch",
            disabled=not wanted.total,
            on_click=sure,
            kwargs={"yes": True},
        )
        return
    told = "、".join(f"{_(TOPICS[topic])} {n}" for topic, n in wanted.counts.items() if n)
    st.warning(_("{what} will be logged: {told}.").format(what=what, told=told))
    st.button(
        _("Save {what}").format(what=what),
        key=f"tally_save_{forms.form_id(KEY)}",
        type="primary",
        width="stretch",
        icon=":material/save:",
        on_click=enter,
        args=(forms.form_id(KEY),),
    )
    st.button(
        _("Change something"),
        key="tally_back",
        width="stretch",
        on_click=sure,
        kwargs={"yes": False},
    )


@st.fragment
def screen() -> None:
    """The sheet, run anew by itself at each change."""
    actor = who.gate("log")
    drafts.restore(actor, KEY, FIELDS, stays=(desks.DESK, desks.KIND))
    forms.form_id(KEY)  # a draft knows its form by it
    state.setdefault("tally_day", times.today(times.now()))
    done()
    left, right = st.columns([3, 2], gap="medium")
    with right, st.container(border=True):
        if not desks.choose(actor):
            return
        whose(actor)
        bottom = st.container()
    with left, st.grid(3, min_column_width=170):
        for topic in TOPICS:
            st.number_input(
                _(TOPICS[topic]),
                min_value=0,
                max_value=tally.EACH_MOST,
                step=1,
                key=field(topic),
            )
    with bottom:
        refusal = state.pop("tally_refused", None)
        if refusal:
            st.error(say(refusal), icon=":material/error:")
        confirm()
    drafts.keep(actor, KEY, FIELDS)
    st.caption(
        _(
            "A sheet can be taken back for {minutes} minutes. Paper knows no hour, only its day."
        ).format(minutes=int(corrections.WINDOW.total_seconds() // 60))
    )


with st.container(horizontal=True, vertical_alignment="center", key="tally_title"):
    st.title(_("Enter a paper tally"), width="stretch")
    st.page_link("volunteer/log.py", label=_("Log a consultation"), icon=":material/edit_note:")
screen()
