"""A proposed month: how good it is, how that is known, what has no place and why, its classes."""

from collections import Counter

import pandas as pd
import streamlit as st

from desk import courses, instructors, month, places, times
from desk.planning import Search
from desk.refusals import N_
from desk.tables import sheet
from desk.timetable import Constraint, Meeting, Plan, Problem
from desk.timetable.penalty import WEIGHTS, least_unplaced, parts
from pages.parts.words import _, lang, ngettext, plain

BLOCKS = {
    Constraint.TRAINED_LECTURER: N_("no trained lecturer is free"),
    Constraint.TEACHERS: N_("too few instructors are free, or at their weekly limit"),
    Constraint.ROOM: N_("no room is free or large enough"),
    Constraint.DEVICES: N_("too few things to lend"),
    Constraint.HOURS: N_("the venue is open on too few days or hours"),
}
ROW = 48  # pixels, for a finger


class Names:
    """What ids are called, read once."""

    def __init__(self) -> None:
        self.titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses()}
        venues = places.venues(with_rooms=True)
        self.venues = {one["id"]: one["name"] for one in venues}
        self.rooms = {
            room["id"]: room["name"] for one in venues for room in places.rooms(one["id"])
        }
        self.team = {one.id: one.name for one in instructors.everybody()}


def quality(search: Search, plan: Plan) -> None:
    """How many have a place, that it was checked, and how near the best it is."""
    st.success(
        _("{placed} of {all} classes placed. An independent check found nothing wrong.").format(
            placed=len(plan.meetings), all=len(search.problem.wishes)
        ),
        icon=":material/verified:",
    )
    lines = [_best(search, plan), *_compared(search.problem, plan)]
    st.markdown("  \n".join(filter(None, lines)))


def _best(search: Search, plan: Plan) -> str:
    """How near the best there is, and how much nearer than the first answer."""
    first, said = search.progress[0], list[str]()
    more = len(plan.unplaced) - least_unplaced(search.problem, plan.bound)
    if plan.penalty == plan.bound:
        said.append(_("It is proven that there is no better timetable."))
    elif plan.certain:
        points = _("No timetable can be better by more than {n} points.")
        said.append(points.format(n=plan.penalty - plan.bound))
    elif more < len(plan.unplaced):
        placed = _("It is proven that no timetable places more than {n} more.")
        said.append(placed.format(n=more))
    if first.unplaced > len(plan.unplaced):
        won = _("The search placed {n} more than the first answer.")
        said.append(won.format(n=first.unplaced - len(plan.unplaced)))
    elif plan.penalty < first.penalty:
        better = _("The search made the first answer better by {n} points.")
        said.append(better.format(n=first.penalty - plan.penalty))
    return " ".join(said)


def _compared(problem: Problem, plan: Plan) -> list[str]:
    """What is other than in the timetable before."""
    both = [(problem.before[m.wish_id], m) for m in plan.meetings if m.wish_id in problem.before]
    if not both:
        return []
    moved = sum(_elsewhere(old, new) for old, new in both)
    team = sum(set(old.teacher_ids) != set(new.teacher_ids) for old, new in both)
    return [
        _("Compared with the last one: of {all} classes {moved} moved, {team} changed instructors.")
        .format(all=len(both), moved=moved, team=team)
    ]  # fmt: skip


def _elsewhere(old: Meeting, new: Meeting) -> bool:
    return (old.starts, old.room_id) != (new.starts, new.room_id)


def wanting(search: Search, plan: Plan) -> None:
    """What the points of a plan are for."""
    points = parts(search.problem, plan.meetings)
    said = {
        "same_week": _("The same course twice in a week at a venue: {n}").format(
            n=points["same_week"] // WEIGHTS.same_week
        ),
        "same_day": _("Two classes on a day at a venue: {n}").format(
            n=points["same_day"] // WEIGHTS.same_day
        ),
        "load": _("Instructors with more classes than their share: {n} points").format(
            n=points["load"]
        ),
        "moved": _("Other than in the last timetable: {n} points").format(n=points["moved"]),
    }
    lines = [f"- {text}" for part, text in said.items() if points[part]]
    if lines:
        with st.expander(_("What could be better"), icon=":material/rule:"):
            st.markdown("\n".join(lines))


def blocked(search: Search, plan: Plan, names: Names) -> None:
    """Which wishes have no place, and the few things that stand in the way."""
    if not plan.unplaced:
        return
    reasons: dict[str, Counter[str]] = {}
    for wish_id in plan.unplaced:
        what = plain(label(search.problem, names, wish_id))
        reasons.setdefault(reason(plan, wish_id), Counter())[what] += 1
    certain = (
        _("However they are arranged, no more classes fit. What stands in the way:")
        if plan.certain
        else _("These found no place. With more time some of them might. What stands in the way:")
    )
    lines = []
    for why, found in reasons.items():
        each = (
            f"{what} {ngettext('({n} class)', '({n} classes)', n)}".format(n=n)
            for what, n in found.items()
        )
        lines.append(f"- {why}：{'、'.join(each)}")
    st.warning("\n".join([certain, "", *lines]), icon=":material/block:")


def reason(plan: Plan, wish_id: str) -> str:
    """Why a wish has no place."""
    mine = [one for one in plan.blocks if one.wish_id == wish_id]
    if not mine:
        return _("the time ran out")
    alone = all(one.alone for one in mine)
    why = (" ／ " if alone else " ＋ ").join(_(BLOCKS[one.constraint]) for one in mine)
    if len(mine) == 1:
        return why
    each = _("any one of them would help") if alone else _("all of them together")
    return f"{why}（{each}）"


def label(problem: Problem, names: Names, wish_id: str) -> str:
    """Course and venue of a wish."""
    wish = problem.wish[wish_id]
    title = names.titles.get(wish.course_id, wish.course_id)
    return f"{title}（{names.venues.get(wish.venue_id, wish.venue_id)}）"


def rows(problem: Problem, meetings: list[Meeting], names: Names) -> pd.DataFrame:
    """The meetings as a table, by time."""
    found = []
    for one in sorted(meetings, key=lambda meeting: meeting.starts):
        wish = problem.wish[one.wish_id]
        start = month.moment(problem, one.starts)
        end = month.moment(problem, one.starts + wish.minutes)
        found.append(
            {
                "when": f"{times.show(start, lang())}–{times.show_clock(end)}",
                "changed": _changed(problem, one),
                "course": names.titles.get(wish.course_id, wish.course_id),
                "where": names.venues.get(wish.venue_id, wish.venue_id),
                "team": "、".join(names.team.get(id, id) for id in one.teacher_ids),
                "room": names.rooms.get(one.room_id, one.room_id),
                "wish": one.wish_id,
            }
        )
    return pd.DataFrame(found)


def _changed(problem: Problem, meeting: Meeting) -> str:
    """What is other than in the timetable before."""
    if meeting.wish_id in problem.fixed:
        return _("kept")
    old = problem.before.get(meeting.wish_id)
    if old is None:
        return _("new") if problem.before else ""
    if old.starts != meeting.starts:
        before = times.show(month.moment(problem, old.starts), lang())
        return _("was {when}").format(when=before)
    if old.room_id != meeting.room_id:
        return _("other room")
    return _("other team") if set(old.teacher_ids) != set(meeting.teacher_ids) else ""


def choose(table: pd.DataFrame, key: str) -> set[str]:
    """The table; the wishes of the rows that were tapped."""
    columns = {
        "when": st.column_config.TextColumn(_("When"), width=205),
        "changed": st.column_config.TextColumn(_("Changed"), width=150),
        "what": st.column_config.TextColumn(_("Course and venue"), width=310),
        "team": st.column_config.TextColumn(_("Instructors"), width=240),
        "room": st.column_config.TextColumn(_("Room"), width=130),
    }
    shown = [name for name in columns if name != "changed" or table["changed"].any()]
    chosen = st.dataframe(
        table.assign(what=table["course"] + "　" + table["where"]),
        key=key,
        hide_index=True,
        width="stretch",
        row_height=ROW,
        column_order=shown,
        column_config=columns,
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("The proposed classes"),
    )
    return set(table["wish"].iloc[chosen["selection"]["rows"]])


def as_csv(table: pd.DataFrame) -> bytes:
    """The table for a spreadsheet, with the headings of the screen."""
    headings = {
        "when": _("When"),
        "course": _("Course"),
        "where": _("Venue"),
        "room": _("Room"),
        "team": _("Instructors"),
        "changed": _("Changed"),
    }
    return sheet.write(list(headings.values()), table[list(headings)].to_numpy()).content
