"""Who: staff planning a month. Wants: say which classes where, and get a timetable that works."""

import time as clock
from datetime import date, time, timedelta

import pandas as pd
import streamlit as st

from desk import courses, equipment, instructors, month, places, times
from desk.month import Frame, Search, Wanted
from desk.opening import WEEKDAYS
from desk.refusals import N_
from desk.timetable import Constraint, Meeting, Plan
from desk.timetable.checker import violations
from pages.parts import forms, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("schedule")
KEY = "month"
SECONDS = 30
STARTS = tuple(
    time.fromisoformat(text)
    for text in ("09:30", "10:00", "10:30", "13:00", "13:30", "14:00", "15:00", "15:30", "18:00")
)
BLOCKS = {
    Constraint.TRAINED_LECTURER: N_("no trained lecturer is free"),
    Constraint.TEACHERS: N_("too few instructors are free"),
    Constraint.ROOM: N_("no room is free or large enough"),
    Constraint.DEVICES: N_("too few things to lend"),
    Constraint.HOURS: N_("the venue is not open long enough"),
}


def next_months() -> list[date]:
    """The first days of this month and the five after it."""
    first = times.today(times.now()).replace(day=1)
    found = [first]
    while len(found) < 6:
        found.append((found[-1] + timedelta(days=32)).replace(day=1))
    return found


def frame() -> Frame:
    """What holds for the whole month."""
    left, right = st.columns(2)
    first = left.selectbox(
        _("Month"),
        next_months(),
        index=1,
        key="month_month",
        format_func=lambda day: f"{day.year}-{day.month:02}",
    )
    kinds = {kind["id"]: kind["name"] for kind in equipment.kinds()}
    lent = right.selectbox(
        _("What is lent"),
        list(kinds),
        index=None,
        key="month_lent",
        format_func=kinds.__getitem__,
        placeholder=_("Nothing"),
    )
    days = st.pills(
        _("Weekdays"),
        list(range(7)),
        default=list(range(5)),
        selection_mode="multi",
        format_func=lambda n: WEEKDAYS[n],
        key="month_weekdays",
        width="stretch",
        wrap=True,
    )
    starts = st.pills(
        _("Classes may begin at"),
        STARTS,
        default=[time(10), time(13, 30), time(15, 30)],
        selection_mode="multi",
        format_func=lambda start: f"{start:%H:%M}",
        key="month_starts",
        width="stretch",
        wrap=True,
    )
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return Frame(first, last, frozenset(days), tuple(sorted(starts)), equipment_id=lent)


def wishes() -> list[Wanted]:
    """What is wished for so far, and a row to add one more."""
    titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses()}
    venues = {one["id"]: one["name"] for one in places.venues(with_rooms=True)}
    found: list[Wanted] = st.session_state.setdefault("month_list", [])
    for number, one in enumerate(found):
        with st.container(horizontal=True, vertical_alignment="center"):
            lent = "　" + _("{n} lent").format(n=one.devices) if one.devices else ""
            st.markdown(
                f"**{plain(titles[one.course_id])}**　{plain(venues[one.venue_id])}　"
                + _("{classes} classes of {learners}").format(
                    classes=one.classes, learners=one.learners
                )
                + lent,
                width="stretch",
            )
            st.button(
                _("Take out"),
                key=f"month_out_{number}",
                icon=":material/close:",
                on_click=found.pop,
                args=(number,),
            )
    with st.container(border=True):
        first, second = st.columns(2)
        first.selectbox(
            _("Course"),
            list(titles),
            index=None,
            key="month_course",
            format_func=titles.__getitem__,
            placeholder=_("Choose a course"),
        )
        second.selectbox(
            _("Venue"),
            list(venues),
            index=None,
            key="month_venue",
            format_func=venues.__getitem__,
            placeholder=_("Choose a venue"),
        )
        third, fourth, fifth = st.columns(3)
        third.number_input(
            _("Classes"), min_value=1, max_value=30, value=2, step=1, key="month_classes"
        )
        fourth.number_input(
            _("Learners"), min_value=1, max_value=60, value=8, step=1, key="month_learners"
        )
        fifth.number_input(
            _("To lend"), min_value=0, max_value=100, value=0, step=1, key="month_devices"
        )
        st.button(_("Add the wish"), icon=":material/add:", key="month_add", on_click=add_wish)
    return found


def add_wish() -> None:
    """Put the row on the list; without a course or venue say so."""
    state = st.session_state
    if not (state.month_course and state.month_venue):
        st.warning(_("Please choose a course and a venue."), icon=":material/error:")
        return
    state.month_list.append(
        Wanted(
            state.month_course,
            state.month_venue,
            int(state.month_learners),
            int(state.month_classes),
            int(state.month_devices),
        )
    )
    state.month_course = None


def propose(wanted: list[Wanted], around: Frame, locked: tuple[Meeting, ...]) -> None:
    """Begin a search; the last plan is kept close to."""
    before = st.session_state.get("month_search")
    plan = before.plan if before else None
    asked = forms.attempt(
        lambda: month.problem(
            actor,
            wanted=wanted,
            frame=around,
            now=times.now(),
            locked=locked,
            previous=plan.meetings if plan else (),
        )
    )
    if asked:
        forms.renew(KEY)
        st.session_state.pop("month_began", None)
        st.session_state.month_search = Search(asked, SECONDS)
        st.session_state.month_frame = around
        st.session_state.month_wanted = wanted
        st.rerun()


@st.fragment(run_every=0.5)
def under_way() -> None:
    """How the search goes, with the way to end it; the page runs again when it is over."""
    search: Search = st.session_state.month_search
    if not search.running:
        st.rerun()
    last = search.progress[-1] if search.progress else None
    spent = last.seconds if last else 0.0
    began = st.session_state.setdefault("month_began", clock.monotonic())
    part = min(1.0, max(spent, clock.monotonic() - began) / search.seconds)
    st.progress(part, _("Looking for a better timetable…"))
    if last:
        st.markdown(
            _("Placed: {placed} of {all}. What could be better: {penalty} points.").format(
                placed=len(search.problem.wishes) - last.unplaced,
                all=len(search.problem.wishes),
                penalty=last.penalty,
            )
        )
    st.button(_("Take this one"), key="month_stop", on_click=search.stop, icon=":material/stop:")


def show(search: Search, plan: Plan) -> None:
    """The proposal: a row a class, to keep, to leave out, to accept."""
    around: Frame = st.session_state.month_frame
    wrong = violations(search.problem, plan.meetings)
    if wrong:
        st.error(_("The check found {n} problems; nothing can be accepted.").format(n=len(wrong)))
        return
    st.success(
        _("{placed} of {all} classes placed. An independent check found nothing wrong.").format(
            placed=len(plan.meetings), all=len(search.problem.wishes)
        ),
        icon=":material/verified:",
    )
    blocked(search, plan)
    table = rows(search, plan)
    edited = st.data_editor(
        table,
        key=f"month_plan_{id(plan)}",
        hide_index=True,
        width="stretch",
        disabled=[name for name in table.columns if name not in ("take", "keep")],
        column_order=[name for name in table.columns if name != "wish"],
        column_config={
            "take": st.column_config.CheckboxColumn(_("Accept")),
            "keep": st.column_config.CheckboxColumn(_("Keep as it is")),
            "when": _("When"),
            "course": _("Course"),
            "where": _("Venue"),
            "team": _("Instructors"),
            "moved": _("Changed"),
        },
        alt=_("The proposed classes"),
    )
    taken = set(edited.loc[edited["take"], "wish"])
    kept = set(edited.loc[edited["keep"], "wish"])
    with st.container(horizontal=True):
        if st.button(
            ngettext(
                "Accept {n} class as a draft", "Accept {n} classes as drafts", len(taken)
            ).format(n=len(taken)),
            type="primary",
            icon=":material/check:",
            key="month_accept",
            disabled=not taken,
        ):
            accept(search, [one for one in plan.meetings if one.wish_id in taken], around)
        if st.button(_("Propose again"), icon=":material/refresh:", key="month_again"):
            locked = tuple(one for one in plan.meetings if one.wish_id in kept)
            propose(st.session_state.month_wanted, around, locked)
        st.button(_("Change the wishes"), icon=":material/edit:", key="month_back", on_click=forget)
        st.download_button(
            _("Download the table (CSV)"),
            table.drop(columns=["take", "keep", "wish"]).to_csv(index=False).encode("utf-8-sig"),
            file_name=f"timetable-{around.first:%Y-%m}.csv",
            icon=":material/download:",
        )


def blocked(search: Search, plan: Plan) -> None:
    """Which wishes have no place, and the few things that stand in the way."""
    names = labels(search)
    for wish_id in plan.unplaced:
        why = [_(BLOCKS[one.constraint]) for one in plan.blocks if one.wish_id == wish_id]
        reason = "、".join(why) or _("the time ran out")
        st.warning(f"{plain(names[wish_id])}：{reason}", icon=":material/block:")


def labels(search: Search) -> dict[str, str]:
    """Course and venue of each wish."""
    titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses()}
    venues = {one["id"]: one["name"] for one in places.venues()}
    return {
        wish.id: f"{titles[wish.course_id]}（{venues[wish.venue_id]}）"
        for wish in search.problem.wishes
    }


def rows(search: Search, plan: Plan) -> pd.DataFrame:
    """The plan as a table, by time."""
    titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses()}
    venues = {one["id"]: one["name"] for one in places.venues()}
    team = {one.id: one.name for one in instructors.everybody()}
    before = {one.wish_id: one for one in search.problem.previous}
    found = []
    for one in sorted(plan.meetings, key=lambda meeting: meeting.starts):
        wish = search.problem.wish[one.wish_id]
        start = month.moment(search.problem, one.starts)
        end = month.moment(search.problem, one.starts + wish.minutes)
        old = before.get(one.wish_id)
        moved = old is not None and (old.starts, old.room_id) != (one.starts, one.room_id)
        found.append(
            {
                "take": True,
                "keep": False,
                "when": f"{times.show(start, lang())}–{times.show_clock(end)}",
                "course": titles[wish.course_id],
                "where": venues[wish.venue_id],
                "team": "、".join(team[id] for id in one.teacher_ids),
                "moved": _("moved") if moved else "",
                "wish": one.wish_id,
            }
        )
    return pd.DataFrame(found)


def accept(search: Search, meetings: list[Meeting], around: Frame) -> None:
    """Drafts, all or none."""
    made = forms.attempt(
        lambda: month.accept(
            actor,
            id=forms.form_id(KEY),
            asked=search.problem,
            meetings=meetings,
            frame=around,
            now=times.now(),
        )
    )
    if made:
        st.session_state.month_made = [one.id for one in made]
        st.session_state.month_list = []
        forget()
        st.rerun()


def forget() -> None:
    """Back to the wishes; the proposal goes."""
    for name in ("month_search", "month_began"):
        st.session_state.pop(name, None)


def ask() -> None:
    """The wishes and what holds for the month."""
    wanted = wishes()
    around = frame()
    st.caption(
        _(
            "Venues whose hours are not known count as open 9:00–17:00. Classes on the schedule "
            "stay. Nothing is on the schedule before you accept."
        )
    )
    if st.button(
        _("Propose a timetable"),
        type="primary",
        icon=":material/auto_awesome:",
        key="month_go",
        disabled=not wanted,
    ):
        propose(list(wanted), around, ())


def publish() -> None:
    """Open the accepted drafts for booking."""
    ids = st.session_state.pop("month_made")
    now = times.now()
    done = forms.attempt(lambda: month.publish_all(actor, class_ids=ids, now=now))
    if done:
        st.success(_("Published: {n} classes").format(n=len(done)), icon=":material/check_circle:")


st.title(_("Month builder"))
made = st.session_state.get("month_made")
if made:
    st.success(
        _("{n} classes are on the schedule as drafts.").format(n=len(made)),
        icon=":material/check_circle:",
    )
    with st.container(horizontal=True):
        st.button(_("Publish them all"), on_click=publish, type="primary", key="month_publish")
        st.page_link("staff/schedule.py", label=_("Schedule"), icon=":material/calendar_month:")
search = st.session_state.get("month_search")
if search is not None and search.running:
    under_way()
elif search is not None and search.plan:
    show(search, search.plan)
else:
    ask()
