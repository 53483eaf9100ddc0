"""Who: staff planning the coming weeks. Wants: put a class where it clashes with nothing."""

from dataclasses import replace
from datetime import timedelta

import streamlit as st

from desk import booking, journal, news, places, schedule, times
from desk.classes import ClassView
from pages.parts import bookings, class_form, classes, drafts, forms, papers, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("schedule")
WEEKS = timedelta(weeks=4)


@st.dialog(_("Cancel this class?"))
def confirm_cancel(class_id: str) -> None:
    """Say what will happen, and who must be told."""
    who.gate("schedule")  # a tap runs only this part
    meeting = schedule.get(class_id)
    classes.heading(meeting)
    found = booking.roster(actor, class_id=class_id)
    st.markdown(
        ngettext(
            "{n} booking. The people must be told:",
            "{n} bookings. The people must be told:",
            len(found),
        ).format(n=len(found))
        if found
        else _("Nobody has booked yet.")
    )
    people(found)
    if st.button(_("Cancel the class"), type="primary", key="schedule_cancel_yes"):
        done = forms.attempt(lambda: schedule.cancel(actor, class_id=class_id, now=times.now()))
        if done:
            text = f"{classes.when(done)} {done.name(lang())}"
            st.session_state.schedule_saved = (_("Cancelled: {text}"), text)
            st.rerun()


@st.dialog(_("What happened in this class"), width="medium")
def history(class_id: str) -> None:
    """The journal of a class, oldest first: who decided what, and when."""
    who.gate("schedule")  # a tap runs only this part
    classes.heading(schedule.get(class_id))
    for line in journal.of_class(actor, class_id=class_id):
        amount = f" {line.amount}" if line.amount else ""
        reason = line.note.partition(" ")[2] if line.kind == "override" else ""
        by = plain(line.person) or _("the resident, by code")
        st.markdown(
            f"{times.show(line.at, lang())}　**{_(journal.KINDS[line.kind])}**{amount}　"
            f"{plain(reason)}　:gray[{by}]"
        )


def people(found: list[booking.BookingView]) -> None:
    """Whom to tell, and how."""
    for one in found:
        st.markdown(f"- {bookings.name(one)}　{bookings.reach(one)}")


def to_tell() -> dict[str, list[news.News]]:
    """Who has not heard yet that a class was cancelled or moved, by class."""
    found: dict[str, list[news.News]] = {}
    for one in news.untold(actor, now=times.now()):
        if one.told_at is None:
            found.setdefault(one.meeting.id, []).append(one)
    return found


def publish(meeting: ClassView) -> None:
    """Open a draft for booking; a reason, where one is needed, is given in its form."""
    form = schedule.form_of(meeting)
    wanted = replace(form, publish=True)
    now = times.now()
    done = forms.attempt(
        lambda: schedule.change(
            who.actor(), class_id=meeting.id, version=meeting.version, form=wanted, now=now
        )
    )
    if done:
        st.success(_("Published: {text}").format(text=plain(classes.when(done))))


def row(meeting: ClassView, untold: list[news.News]) -> None:
    """One class with its actions, and who has not heard of its newest change."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap="xsmall"):
                classes.heading(meeting)
                classes.decisions(meeting)
                caption = []
                if meeting.instructors:
                    names = "、".join(plain(one) for one in meeting.instructors)
                    caption.append(f"{_('Instructors')}: {names}")
                caption += [f"{plain(name)} × {count}" for _id, name, count in meeting.equipment]
                if caption:
                    st.caption("　".join(caption))
            actions(meeting)
        if untold:
            with st.expander(f"{_('People to tell')} ({len(untold)})"):
                people([one.booking for one in untold])


def actions(meeting: ClassView) -> None:
    """What can be done with a class."""
    open_still = meeting.status == "open" and meeting.ends_at > times.now()
    if open_still and meeting.draft:
        st.button(
            _("Publish"),
            key=f"publish_{meeting.id}",
            on_click=publish,
            args=(meeting,),
            type="primary",
            icon=":material/publish:",
        )
    if open_still:
        st.button(
            _("Change"),
            key=f"change_{meeting.id}",
            on_click=class_form.fill,
            args=(meeting,),
            icon=":material/edit:",
        )
        if not meeting.draft:
            papers.roster(actor, meeting)
        if st.button(_("Cancel…"), key=f"cancel_{meeting.id}", icon=":material/event_busy:"):
            confirm_cancel(meeting.id)
    if st.button(
        _("Journal"), key=f"journal_{meeting.id}", icon=":material/history:", type="tertiary"
    ):
        history(meeting.id)


def posters() -> None:
    """The month of a venue, to print for its wall."""
    venues = {one["id"]: one["name"] for one in places.venues(with_rooms=True)}
    with st.popover(_("Month poster"), icon=":material/print:"):
        venue = st.selectbox(
            _("Venue"),
            list(venues),
            index=None,
            key="poster_venue",
            format_func=venues.__getitem__,
            placeholder=_("Choose a venue"),
        )
        here = times.today(times.now()).replace(day=1)
        for month in (here, (here + timedelta(days=32)).replace(day=1)) if venue else ():
            papers.poster(actor, venue, month)


st.title(_("Schedule"))
saved = st.session_state.pop("schedule_saved", None)
if saved:
    st.success(saved[0].format(text=plain(saved[1])), icon=":material/check_circle:")
drafts.restore(actor, class_form.KEY, class_form.fields())
if st.session_state.get("schedule_open"):
    with st.container(border=True):
        class_form.show(actor)
else:
    with st.container(horizontal=True, key="schedule_tasks"):
        st.button(
            _("New class"),
            type="primary",
            icon=":material/add:",
            on_click=class_form.fill,
            args=(None,),
            key="schedule_new",
        )
        for file, label, icon in (
            ("staff/month.py", _("Month builder"), "auto_awesome"),
            ("staff/instructors.py", _("Instructors"), "badge"),
            ("staff/courses.py", _("Courses"), "menu_book"),
            ("staff/tables.py", _("Tables (CSV)"), "table_view"),
            ("planner/programme.py", _("Programme report"), "summarize"),
        ):
            st.page_link(file, label=label, icon=f":material/{icon}:")
    posters()
    classes.short_staffed()
first_day = st.session_state.get("schedule_from") or times.today(times.now())
last_day = first_day + WEEKS - timedelta(days=1)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        _("Earlier"),
        icon=":material/chevron_left:",
        key="schedule_earlier",
        on_click=st.session_state.__setitem__,
        args=("schedule_from", first_day - WEEKS),
    )
    st.markdown(f"**{times.show_day(first_day, lang())} – {times.show_day(last_day, lang())}**")
    st.button(
        _("Later"),
        icon=":material/chevron_right:",
        key="schedule_later",
        on_click=st.session_state.__setitem__,
        args=("schedule_from", first_day + WEEKS),
    )
planned = schedule.between(first_day, last_day)
if not planned:
    st.info(_("No class in these four weeks. “New class” makes the first one."))
untold = to_tell()
for one in planned:
    row(one, untold.get(one.id, []))
