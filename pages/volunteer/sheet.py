"""Who: a volunteer with a filled-in paper sheet. Wants: type the whole class in at once."""

import streamlit as st

from desk import attendance, booking, schedule, times
from desk.booking import BookingForm
from desk.classes import ClassView
from pages.parts import bookings, classes, drafts, forms, towns, who
from pages.parts.words import _, plain

actor = who.gate("check_in")
KEY = "paper"
LEAST, MOST = 6, 16  # empty rows


def rows(meeting: ClassView) -> range:
    """Empty rows: a whole class may have come without a booking."""
    return range(min(MOST, max(LEAST, meeting.seats)))


def draft(meeting: ClassView) -> str:
    """The name of a class's draft."""
    return f"paper {meeting.id}"


def fields(meeting: ClassView) -> list[str]:
    """What the draft of a sheet holds; who was checked in meanwhile is."""
    found = booking.roster(actor, class_id=meeting.id)
    ticks = [f"paper_{one.id}" for one in found if one.state != "arrived"]
    typed = [f"paper_{field}_{n}" for n in rows(meeting) for field in ("kana", "town")]
    return ["paper_form_id", *ticks, *typed]


@st.fragment
def form(class_id: str) -> None:
    """Everybody booked with one tick each, empty rows for who came without a booking."""
    who.gate("check_in")  # a tap runs only this part
    meeting = schedule.get(class_id)
    forms.form_id(KEY)
    found = booking.roster(actor, class_id=class_id)
    by_id = {town.id: town.name for town in towns.all_towns()}
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{_('Booked')}**　{_('Take the tick away from who did not come.')}")
        for one in found:
            st.checkbox(
                f"{bookings.name(one)}　:gray[{plain(one.town)}]　"
                + ("" if one.seated else bookings.state(one)),
                value=one.seated,
                key=f"paper_{one.id}",
                disabled=one.state == "arrived",
            )
        if not found:
            st.info(_("Nobody had booked."))
    with right:
        st.markdown(f"**{_('Without a booking')}**　{_('Leave the other rows empty.')}")
        for n in rows(meeting):
            name, town = st.columns([3, 2])
            name.text_input(
                _("Name in kana") if n == 0 else f"{_('Name in kana')} {n + 1}",
                key=f"paper_kana_{n}",
                label_visibility="visible" if n == 0 else "collapsed",
                autocomplete="off",
                on_change="ignore",
                max_chars=40,
            )
            town.selectbox(
                _("Neighbourhood") if n == 0 else f"{_('Neighbourhood')} {n + 1}",
                list(by_id),
                index=None,
                key=f"paper_town_{n}",
                label_visibility="visible" if n == 0 else "collapsed",
                format_func=by_id.__getitem__,
                placeholder=_("Not known"),
            )
    drafts.keep(actor, draft(meeting), fields(meeting))
    if st.button(_("Save the sheet"), type="primary", icon=":material/save:", key="paper_save"):
        save(meeting, {one.id for one in found})


def save(meeting: ClassView, ids: set[str]) -> None:
    """Enter the sheet, or say what cannot be and keep what was typed."""
    state = st.session_state
    others = tuple(
        BookingForm(
            class_id=meeting.id,
            kana=state[f"paper_kana_{n}"],
            residence="town" if state[f"paper_town_{n}"] else "unknown",
            town_id=state[f"paper_town_{n}"],
            reach="none",
        )
        for n in rows(meeting)
        if (state[f"paper_kana_{n}"] or "").strip()
    )
    done = forms.attempt(
        lambda: attendance.enter_sheet(
            actor,
            id=forms.form_id(KEY),
            class_id=meeting.id,
            came=frozenset(id for id in ids if state[f"paper_{id}"]),
            others=others,
            now=times.now(),
        )
    )
    if done is not None:
        came = sum(one.party for one in done if one.arrived_at)
        state.paper_done = _("Saved: {n} people came.").format(n=came)
        forms.renew(KEY)
        drafts.drop(actor, draft(meeting))
        for n in rows(meeting):
            for field in ("kana", "town"):
                state.pop(f"paper_{field}_{n}", None)
        st.rerun()


st.title(_("Paper sheet"))
if "paper_done" in st.session_state:
    st.success(st.session_state.pop("paper_done"), icon=":material/check_circle:")
wanted = st.query_params.get("class")
today = times.today(times.now())
if wanted is None:
    since = today - attendance.SHEET_SPAN
    held = [one for one in schedule.published(since, today) if one.starts_at <= times.now()]
    if not held:
        st.info(_("No class was held in the last 30 days."))
    by_id = {one.id: one for one in reversed(held)}
    before = st.query_params.get("sheet")  # in the address, to outlive a reload
    wanted = st.selectbox(
        _("Class"),
        list(by_id),
        index=list(by_id).index(before) if before in by_id else None,
        format_func=lambda id: f"{classes.when(by_id[id])} {by_id[id].title}（{by_id[id].venue}）",
        placeholder=_("Choose the class on the sheet"),
    )
    if wanted:
        st.query_params["sheet"] = wanted
if wanted:
    chosen = forms.attempt(lambda: schedule.get(wanted))
    if chosen:
        with st.container(border=True, gap="xsmall"):
            classes.heading(chosen)
        drafts.restore(actor, draft(chosen), fields(chosen))
        form(chosen.id)
