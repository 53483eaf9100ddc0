"""Who: staff planning a month. Wants: say which classes where, and get a timetable that works."""

from datetime import date, time, timedelta

import streamlit as st

from desk import courses, equipment, month, places, planning, times
from desk.month import Frame, Wanted
from desk.opening import WEEKDAYS
from desk.planning import Search
from desk.refusals import Refused
from desk.timetable import Meeting, Plan
from desk.timetable.checker import violations
from pages.parts import forms, proposal, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("schedule")
making = planning.of(actor)
SECONDS = 30
STARTS = tuple(
    time.fromisoformat(text)
    for text in ("09:30", "10:00", "10:30", "13:00", "13:30", "14:00", "15:00", "15:30", "18:00")
)
MONTHS = 6


def next_months() -> list[date]:
    """The first days of this month and those after it."""
    found = [times.today(times.now()).replace(day=1)]
    while len(found) < MONTHS:
        found.append(after(found[-1]))
    return found


def after(first: date) -> date:
    """The first day of the next month."""
    return (first + timedelta(days=32)).replace(day=1)


def called(first: date) -> str:
    """「令和8年12月」, “2026-12”."""
    return f"{times.era_year(first)}{first.month}月" if lang() == "ja" else f"{first:%Y-%m}"


def frame() -> Frame:
    """What holds for the whole month; what was chosen before is still chosen."""
    state, months = st.session_state, next_months()
    kinds = {kind["id"]: kind["name"] for kind in equipment.kinds()}
    had = making.frame or Frame(months[1], months[1])
    state.setdefault("month_month", had.first if had.first in months else months[1])
    state.setdefault("month_lent", had.equipment_id if had.equipment_id in kinds else None)
    state.setdefault("month_weekdays", sorted(had.weekdays))
    state.setdefault("month_starts", list(had.starts))
    first = st.selectbox(_("Month"), months, key="month_month", format_func=called)
    days = st.pills(
        _("Weekdays"),
        list(range(7)),
        selection_mode="multi",
        format_func=lambda n: WEEKDAYS[n],
        key="month_weekdays",
        wrap=True,
    )
    starts = st.pills(
        _("Classes may begin at"),
        STARTS,
        selection_mode="multi",
        format_func=lambda start: f"{start:%H:%M}",
        key="month_starts",
        wrap=True,
    )
    lent = st.selectbox(
        _("What is lent"),
        list(kinds),
        key="month_lent",
        index=None,
        format_func=kinds.__getitem__,
        placeholder=_("Nothing"),
    )
    last = after(first) - timedelta(days=1)
    made = Frame(first, last, frozenset(days), tuple(sorted(starts)), equipment_id=lent)
    making.frame = made
    return made


def wishes() -> None:
    """What is wished for so far, and a row to add one more."""
    titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses()}
    venues = {one["id"]: one["name"] for one in places.venues(with_rooms=True)}
    making.wanted = [
        one for one in making.wanted if one.course_id in titles and one.venue_id in venues
    ]
    for number, one in enumerate(making.wanted):
        what, away = st.columns([3, 1], vertical_alignment="center")
        with what:
            lent = "　" + _("{n} lent").format(n=one.devices) if one.devices else ""
            st.markdown(
                f"**{plain(titles[one.course_id])}**　{plain(venues[one.venue_id])}　"
                + _("{classes} classes of {learners}").format(
                    classes=one.classes, learners=one.learners
                )
                + lent
            )
        with away:
            st.button(
                _("Leave the wish out"),
                key=f"month_out_{number}",
                icon=":material/close:",
                on_click=making.wanted.pop,
                args=(number,),
                width="stretch",
            )
    if not making.wanted:
        st.info(_("Which classes should there be, and where? Add the first wish."))
    with st.container(border=True):
        st.selectbox(
            _("Course"),
            list(titles),
            index=None,
            key="month_course",
            format_func=titles.__getitem__,
            placeholder=_("Choose a course"),
        )
        st.selectbox(
            _("Venue"),
            list(venues),
            index=None,
            key="month_venue",
            format_func=venues.__getitem__,
            placeholder=_("Choose a venue"),
        )
        third, fourth, fifth = st.columns(3)
        third.number_input(
            _("How many times"), min_value=1, max_value=30, value=2, step=1, key="month_classes"
        )
        fourth.number_input(
            _("Learners"), min_value=1, max_value=60, value=8, step=1, key="month_learners"
        )
        fifth.number_input(
            _("To lend"), min_value=0, max_value=100, value=0, step=1, key="month_devices"
        )
        st.button(_("Add the wish"), icon=":material/add:", key="month_add", on_click=add_wish)


def add_wish() -> None:
    """Put the row on the list; without a course or venue say so."""
    state = st.session_state
    if not (state.month_course and state.month_venue):
        st.warning(_("Please choose a course and a venue."), icon=":material/error:")
        return
    making.wanted.append(
        Wanted(
            state.month_course,
            state.month_venue,
            int(state.month_learners),
            int(state.month_classes),
            int(state.month_devices),
        )
    )
    state.month_course = None


def ask() -> None:
    """The wishes and, beside them, what holds for the month."""
    left, right = st.columns(2)
    with left:
        wishes()
    with right, st.container(border=True):
        around = frame()
        near = bool(making.last_of(around)) and st.toggle(
            _("Stay close to the last timetable"), value=True, key="month_near"
        )
        lacking = lacks(around)
        if lacking:
            st.warning(lacking, icon=":material/error:")
        if st.button(
            _("Propose a timetable"),
            type="primary",
            icon=":material/auto_awesome:",
            key="month_go",
            width="stretch",
            disabled=bool(lacking) or not making.wanted,
        ):
            propose(around, making.last_of(around) if near else (), ())
        st.caption(
            _(
                "Venues whose hours are not known count as open 9:00–17:00. Classes on the "
                "schedule stay. Nothing is on the schedule before you accept."
            )
        )


def lacks(around: Frame) -> str:
    """What must still be chosen before anything can be placed."""
    if not around.weekdays or not around.starts:
        return _("Please choose weekdays and times to begin.")
    if around.equipment_id is None and any(one.devices for one in making.wanted):
        return _("Please choose what is lent.")
    return ""


def propose(around: Frame, previous: tuple[Meeting, ...], locked: tuple[Meeting, ...]) -> None:
    """Begin a search."""
    asked = forms.attempt(
        lambda: month.problem(
            actor,
            wanted=making.wanted,
            frame=around,
            now=times.now(),
            locked=locked,
            previous=previous,
        )
    )
    if asked:
        making.begin(asked, around, SECONDS)
        st.rerun()


@st.fragment(run_every=0.5)
def under_way() -> None:
    """How the search goes, with the way to end it; the page runs again when it is over."""
    search = making.search
    if search is None or not search.running:
        st.rerun()
        return
    last = search.progress[-1] if search.progress else None
    if search.waits:
        said = _("Another planner's search is under way; this one goes on after it.")
    elif search.spent < search.seconds:
        said = _("Looking for a better timetable…")
    else:
        said = _("Looking for what stands in the way…")
    st.progress(search.spent / search.seconds, said)
    if last:
        everything = len(search.problem.wishes)
        line = _("Placed: {placed} of {all}.").format(
            placed=everything - last.unplaced, all=everything
        )
        if not last.unplaced:
            line += " " + _("What could be better: {n} points.").format(n=last.penalty)
        st.markdown(line)
    st.button(_("Take this one"), key="month_stop", on_click=search.stop, icon=":material/stop:")


def show(search: Search, plan: Plan) -> None:
    """The proposal: how good it is, a row a class, to keep, to leave out, to accept."""
    wrong = violations(search.problem, plan.meetings)
    if wrong:
        st.error(_("The check found {n} problems; nothing can be accepted.").format(n=len(wrong)))
        st.button(_("Change the wishes"), icon=":material/edit:", key="month_back", on_click=leave)
        return
    names = proposal.Names()
    proposal.quality(search, plan)
    proposal.blocked(search, plan, names)
    left = [one for one in plan.meetings if one.wish_id not in making.accepted]
    chosen = set[str]()
    actions = st.container(horizontal=True)  # above the table, which can be long
    if left:
        st.caption(
            _(
                "Choose rows to accept only those, or to keep them where they are while the others "
                "are proposed again. What is not kept stays as close to this as it can."
            )
        )
        table = proposal.rows(search.problem, left, names)
        chosen = proposal.choose(table, f"month_plan_{making.id}_{len(left)}")
    with actions:
        if left:
            accepting(search, [one for one in left if not chosen or one.wish_id in chosen], chosen)
        if st.button(
            _("Keep the {n} chosen, propose again").format(n=len(chosen))
            if chosen
            else _("Propose again"),
            icon=":material/refresh:",
            key="month_again",
        ):
            again(chosen | search.problem.fixed.keys())
        st.button(_("Change the wishes"), icon=":material/edit:", key="month_back", on_click=leave)
        if left:
            st.download_button(
                _("Download the table (CSV)"),
                proposal.as_csv(table),
                file_name=f"timetable-{search.problem.first_day:%Y-%m}.csv",
                icon=":material/download:",
            )
    proposal.wanting(search, plan)


def accepting(search: Search, meetings: list[Meeting], chosen: set[str]) -> None:
    """The button that puts all, or what was chosen, on the schedule."""
    n = len(meetings)
    said = (
        ngettext("Accept the {n} chosen as a draft", "Accept the {n} chosen as drafts", n)
        if chosen
        else ngettext("Accept {n} class as a draft", "Accept all {n} classes as drafts", n)
    )
    if st.button(said.format(n=n), type="primary", icon=":material/check:", key="month_accept"):
        accept(search, meetings)


def leave() -> None:
    """Back to the wishes; what was accepted is wished for no longer."""
    making.leave()


def again(kept: set[str]) -> None:
    """Search once more, with what the desk knows now."""
    around = making.frame
    locked = making.leave(kept)
    if around and making.wanted:
        propose(around, making.last_of(around), locked)


def accept(search: Search, meetings: list[Meeting]) -> None:
    """Drafts, all or none."""
    around = making.frame
    if around is None:
        return
    made = forms.attempt(
        lambda: month.accept(
            actor,
            id=making.id,
            asked=search.problem,
            meetings=meetings,
            frame=around,
            now=times.now(),
        ),
        otherwise=stale,
    )
    if made:
        making.drafts += [one.id for one in made if one.id not in making.drafts]
        making.accepted |= {one.wish_id for one in meetings}
        if making.accepted >= set(search.problem.wish):
            making.leave()
        st.rerun()


def stale(_refusal: Refused) -> None:
    """The way on when the schedule is not what it was."""
    st.info(
        _(
            "The schedule has changed since. Nothing was put on it, and this proposal is kept: "
            "leave that class out, or propose again."
        ),
        icon=":material/refresh:",
    )


def drafts() -> None:
    """What was accepted, and the way to open it for booking."""
    said = st.session_state.pop("month_said", None)
    if said:
        st.success(
            ngettext("Published: {n} class", "Published: {n} classes", said).format(n=said),
            icon=":material/check_circle:",
        )
    if not making.drafts:
        return
    n = len(making.drafts)
    st.success(
        ngettext(
            "{n} class is on the schedule as a draft.",
            "{n} classes are on the schedule as drafts.",
            n,
        ).format(n=n),
        icon=":material/check_circle:",
    )
    with st.container(horizontal=True):
        if st.button(_("Publish them all"), key="month_publish", icon=":material/publish:"):
            done = forms.attempt(
                lambda: month.publish_all(actor, class_ids=making.drafts, now=times.now()),
                otherwise=unpublished,
            )
            if done is not None:
                making.drafts = []
                st.session_state.month_said = len(done)
                st.rerun()
        st.page_link("staff/schedule.py", label=_("Schedule"), icon=":material/calendar_month:")


def unpublished(_refusal: Refused) -> None:
    """The way on when one of them cannot be opened."""
    st.info(
        _("None was published. Please look at that class on the schedule, then publish again."),
        icon=":material/calendar_month:",
    )


st.title(_("Month builder"))
drafts()
now = making.search
if now is None:
    ask()
elif now.running:
    under_way()
elif now.plan:
    show(now, now.plan)
else:
    st.error(_("The search failed. Nothing was lost; please try again."), icon=":material/error:")
    leave()
    ask()
