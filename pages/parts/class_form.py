"""The form of a class or a series: what, where, when, who teaches, what is lent."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from desk import courses, equipment, instructors, places, schedule, series, times
from desk.classes import ClassView
from desk.people import Actor
from desk.refusals import Concern, Refused
from desk.rules import MOST_SEATS, ClassForm
from pages.parts import classes, drafts, forms, who
from pages.parts.words import _, lang, plain, say

KEY = "schedule"
FIELDS = ("course", "venue", "room", "day", "starts", "ends", "seats", "instructors", "reason")
OTHERS = ("repeat", "times", "days", "without", "scope", "lent", "losing")
AHEAD = 120  # days offered for a series of chosen days


def key(field: str) -> str:
    """The state's name of a form field."""
    return f"schedule_{field}"


def fields() -> dict[str, drafts.Fits | None]:
    """What the draft of a class holds."""
    lent = (f"lent_{kind['id']}" for kind in equipment.kinds())
    names = ("form_id", "open", "change", *FIELDS, *OTHERS, *lent)
    kept: dict[str, drafts.Fits | None] = dict.fromkeys(map(key, names))
    # The calendar begins today and takes no day before.
    kept[key("day")] = lambda day: isinstance(day, date) and day >= times.today(times.now())
    return kept


def fill(meeting: ClassView | None) -> None:
    """Open the form: empty, or with a class to change."""
    drafts.drop(who.actor(), KEY)
    forms.renew(KEY)
    kept = tuple(key(field) for field in (*FIELDS, *OTHERS))
    for name in [str(one) for one in st.session_state if str(one).startswith(kept)]:
        del st.session_state[name]
    st.session_state.schedule_change = (meeting.id, meeting.version) if meeting else None
    st.session_state.schedule_open = True
    if meeting is None:
        return
    form = schedule.form_of(meeting)
    values: tuple[Any, ...] = (
        form.course_id,
        form.venue_id,
        form.room_id,
        form.day,
        form.starts,
        form.ends,
        form.seats,
        list(form.instructor_ids),
        form.reason,
    )
    for field, value in zip(FIELDS, values, strict=True):
        st.session_state[key(field)] = value
    for id, count in form.equipment:
        st.session_state[key(f"lent_{id}")] = count


def close(actor: Actor) -> None:
    """Put the form away."""
    drafts.drop(actor, KEY)
    st.session_state.schedule_open = False
    st.session_state.schedule_change = None


@st.fragment
def show(actor: Actor) -> None:
    """The whole form, with what speaks against it while it is filled in."""
    who.gate("schedule")  # a tap runs only this part
    forms.form_id(KEY)
    changing = st.session_state.get("schedule_change")
    found = forms.attempt(lambda: schedule.get(changing[0])) if changing else None
    if changing and found is None:  # a draft from before it was gone
        close(actor)
        return
    st.subheader(_("Change the class") if found else _("New class"))
    form = _fields(found)
    days = () if found else _repeat(form)
    scope = _scope(found)
    # Who was named on the screen when the button was tapped, not who it would be by now.
    losing = st.session_state.get(key("losing"), ())
    problems = _concerns(form, days, found, _losing(actor, form, found, scope))
    reason = ""
    if problems:
        st.text_input(
            _("Reason, to go on all the same (kept in the journal and shown)"),
            key=key("reason"),
            max_chars=200,
            autocomplete="off",
        )
        reason = st.session_state[key("reason")]
    form = replace(form, reason=reason, losing=losing)
    drafts.keep(actor, KEY, fields())
    with st.container(horizontal=True):
        if found and not found.draft:
            wanted = st.button(
                _("Save the change"), type="primary", icon=":material/save:", key="schedule_save"
            )
            draft = False
        else:
            wanted = st.button(
                _("Publish"), type="primary", icon=":material/publish:", key="schedule_save"
            )
            draft = st.button(_("Save as a draft"), icon=":material/draft:", key="schedule_draft")
        if st.button(_("Close"), key="schedule_close"):
            close(actor)
            st.rerun()
    if wanted or draft:
        _save(actor, replace(form, publish=not draft), found, days, scope)


def _fields(found: ClassView | None) -> ClassForm:
    catalogue = _catalogue(found)
    venues = {one["id"]: one["name"] for one in places.venues(with_rooms=True)}
    team = {one.id: one for one in instructors.everybody()}
    course = st.selectbox(
        _("Course"),
        list(catalogue),
        index=None,
        key=key("course"),
        format_func=lambda one: courses.title(catalogue[one], lang()),
        placeholder=_("Choose a course"),
    )
    left, right = st.columns(2)
    venue = left.selectbox(
        _("Venue"),
        list(venues),
        index=None,
        key=key("venue"),
        format_func=venues.__getitem__,
        placeholder=_("Choose a venue"),
    )
    rooms = {one["id"]: one for one in places.rooms(venue)} if venue else {}
    # Set, not only defaulted: the browser would go on showing the room of the venue before.
    if st.session_state.get(key("room")) not in rooms:
        st.session_state[key("room")] = next(iter(rooms), None)
    room = right.selectbox(
        _("Room"),
        list(rooms),
        key=key("room"),
        index=None,
        format_func=lambda one: _("{room} (up to {seats})").format(
            room=rooms[one]["name"], seats=rooms[one]["seats"]
        ),
        placeholder=_("Choose the venue first"),
    )
    today = times.today(times.now())
    first, second, third, fourth = st.columns([3, 2, 2, 2])
    day = first.date_input(
        _("Day"),
        value=today + timedelta(days=7),
        min_value=today,
        key=key("day"),
        format="YYYY/MM/DD",
    )
    quarter = timedelta(minutes=15)
    starts = second.time_input(_("From"), value=time(10), step=quarter, key=key("starts"))
    length = catalogue[course]["minutes"] if course else 90
    ends = third.time_input(_("To"), value=after(starts, length), step=quarter, key=key("ends"))
    most = rooms[room]["seats"] if room else 10
    seats = fourth.number_input(
        _("Seats"),
        min_value=1,
        max_value=MOST_SEATS,
        value=min(8, most),
        step=1,
        key=key("seats"),
    )
    chosen = st.multiselect(
        _("Instructors"),
        list(team),
        format_func=lambda one: f"{team[one].name}（{_(instructors.ROLES[team[one].role])}）",
        key=key("instructors"),
        placeholder=_("Choose instructors"),
    )
    lent = []
    kinds = equipment.kinds()
    for column, kind in zip(st.columns(max(2, len(kinds))), kinds, strict=False):
        count = column.number_input(
            f"{kind['name']}（{_('of {n}').format(n=kind['count'])}）",
            min_value=0,
            max_value=kind["count"],
            step=1,
            key=key(f"lent_{kind['id']}"),
        )
        if count:
            lent.append((kind["id"], int(count)))
    return ClassForm(
        course or "",
        venue or "",
        room or "",
        day,
        starts,
        ends,
        int(seats),
        tuple(chosen),
        tuple(lent),
    )


def _catalogue(found: ClassView | None) -> dict[str, dict[str, Any]]:
    """The courses to choose from; one that was taken off stays with the class that has it."""
    offered = {one["id"]: one for one in courses.all_courses()}
    if found is None or found.course_id in offered:
        return offered
    every = courses.all_courses(retired=True)
    return offered | {one["id"]: one for one in every if one["id"] == found.course_id}


def after(starts: time, minutes: int) -> time:
    """The clock so many minutes later, not past 23:55."""
    end = datetime.combine(date(2000, 1, 1), starts) + timedelta(minutes=minutes)
    return end.time() if end.date() == date(2000, 1, 1) else time(23, 55)


def _repeat(form: ClassForm) -> tuple[date, ...]:
    """The days of a series with a look at each, or none for one class."""
    kinds = {"once": _("Once"), "weekly": _("Every week"), "days": _("Chosen days")}
    repeat = st.segmented_control(
        _("How often"),
        list(kinds),
        default="once",
        required=True,
        format_func=kinds.__getitem__,
        key=key("repeat"),
    )
    if repeat == "once":
        return ()
    if repeat == "weekly":
        count = st.number_input(
            _("How many times"), min_value=2, max_value=12, value=3, step=1, key=key("times")
        )
        days = series.weekly(form.day, int(count))
    else:
        today = times.today(times.now())
        days = tuple(
            st.multiselect(
                _("Days"),
                [today + timedelta(days=n) for n in range(AHEAD)],
                format_func=lambda day: times.show_day(day, lang()),
                key=key("days"),
                placeholder=_("Choose days"),
            )
        )
    return _preview(form, days)


def _preview(form: ClassForm, days: tuple[date, ...]) -> tuple[date, ...]:
    """Each meeting with what it would meet with; a tap leaves one out."""
    if not days or not (form.course_id and form.room_id):
        st.caption(_("Choose the course, the room and the days to see each meeting."))
        return days
    found = forms.attempt(lambda: series.preview(form, days, now=times.now())) or []
    without = set(
        st.pills(
            _("Leave out"),
            [one.day for one in found],
            selection_mode="multi",
            format_func=lambda day: times.show_day(day, lang()),
            key=key("without"),
            width="stretch",
            wrap=True,
        )
    )
    for one in found:
        if one.day in without:
            continue
        why = [one.problem] if one.problem else list(one.concerns)
        mark = ":red[:material/block:" if one.problem else ":orange[:material/warning:"
        text = "　".join(plain(say(each)) for each in why)
        state = f"{mark} {text}]" if why else f":green[:material/check: {_('Free')}]"
        st.markdown(f"{times.show_day(one.day, lang())}　{state}")
    return tuple(one.day for one in found if one.day not in without)


def _scope(found: ClassView | None) -> str:
    """For a meeting of a series: change it alone, or those after it too."""
    if found is None or found.series_id is None:
        return "one"
    kinds = {"one": _("Only this one"), "following": _("This one and those after it")}
    return str(
        st.segmented_control(
            _("Series"),
            list(kinds),
            default="one",
            required=True,
            format_func=kinds.__getitem__,
            key=key("scope"),
        )
    )


def _losing(
    actor: Actor, form: ClassForm, found: ClassView | None, scope: str
) -> list[schedule.Losing]:
    """Who would lose their seats, in every meeting that would change; kept for the save."""
    meetings = series.from_here(found.id, now=times.now()) if found else []
    ids = [one.id for one in meetings if scope == "following" or (found and one.id == found.id)]
    losing = schedule.losing(actor, class_ids=ids, count=form.seats)
    st.session_state[key("losing")] = tuple(id for one in losing for id in one.people)
    return losing


def _concerns(
    form: ClassForm,
    days: tuple[date, ...],
    changing: ClassView | None,
    losing: list[schedule.Losing],
) -> list[Refused]:
    """What speaks against the class as it stands, shown before it is saved."""
    if not (form.course_id and form.room_id):
        return []
    had = changing.course_id if changing else ""
    try:
        found = {
            one.code: one
            for day in days or (form.day,)
            for one in schedule.concerns(replace(form, day=day), had=had)
        }
    except Refused:  # something it points at is gone; saving says what
        return []
    for each in losing:
        day = times.show_day(times.today(each.meeting.starts_at), lang())
        st.warning(f"{day}　{say(each.concern)}", icon=":material/event_seat:")
    for one in found.values():
        st.warning(say(one), icon=":material/warning:")
    return [*(each.concern for each in losing), *found.values()]


def _save(
    actor: Actor, form: ClassForm, found: ClassView | None, days: tuple[date, ...], scope: str
) -> None:
    """Write the class or series, or say what clashes and keep the form."""
    version = (st.session_state.get("schedule_change") or ("", 0))[1]
    number, now = forms.form_id(KEY), times.now()

    def write() -> list[ClassView]:
        if found is None:
            if days:
                return series.create(actor, id=number, form=form, days=days, now=now)
            return [schedule.create(actor, id=number, form=form, now=now)]
        change = {"class_id": found.id, "version": version, "form": form, "now": now}
        if scope == "following":
            return series.change_from(actor, **change)
        return [schedule.change(actor, **change)]

    made = forms.attempt(write, otherwise=_way_on)
    if made:
        text = f"{classes.when(made[0])} {made[0].name(lang())}（{made[0].venue}）"
        if len(made) > 1:
            text += " " + _("and {n} more").format(n=len(made) - 1)
        st.session_state.schedule_saved = (_("Saved: {text}"), text)
        close(actor)
        st.rerun()


def _way_on(why: Refused) -> None:
    """What staff may decide otherwise needs a reason, nothing more."""
    if isinstance(why, Concern):
        st.info(_("To go on all the same, write the reason above and tap again."))
