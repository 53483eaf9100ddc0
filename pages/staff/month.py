"""Who: staff planning a month. Wants: say which classes where, and get a timetable that works."""

import streamlit as st

from desk import month, planning, times
from desk.month import Frame
from desk.planning import Search
from desk.refusals import Refused
from desk.timetable import Meeting, Plan
from desk.timetable.checker import violations
from pages.parts import drafts, forms, proposal, who, wishes
from pages.parts.words import _, ngettext

actor = who.gate("schedule")
making = planning.of(actor)
SECONDS = 30
KEY = "month"


def ask() -> None:
    """The wishes and, beside them, what holds for the month."""
    left, right = st.columns(2)
    with left:
        wishes.wishes(making)
    with right, st.container(border=True):
        around = wishes.frame(making)
        near = bool(making.last_of(around)) and st.toggle(
            _("Stay close to the last timetable"), value=True, key="month_near"
        )
        lacking = wishes.lacks(making, around)
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
    who.gate("schedule")  # a tap runs only this part
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


def begin_anew() -> None:
    """No wishes, as at first."""
    making.leave()
    making.wanted, making.frame = [], None


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
            drafts.drop(actor, KEY)
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


def accepted() -> None:
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
drafts.restore(actor, KEY, wishes.FIELDS, away=begin_anew)
wishes.take_up(making)
accepted()
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
wishes.put_down(making)
drafts.keep(actor, KEY, wishes.FIELDS)
