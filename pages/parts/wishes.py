"""What a planner wishes for in a month: classes of a course at a venue, and what holds for all."""

from datetime import date, time, timedelta

import streamlit as st

from desk import courses, equipment, places, planning, times
from desk.month import Frame, Wanted
from desk.opening import WEEKDAYS
from desk.planning import Making
from pages.parts.words import _, lang, plain

STARTS = tuple(
    time.fromisoformat(text)
    for text in ("09:30", "10:00", "10:30", "13:00", "13:30", "14:00", "15:00", "15:30", "18:00")
)
MONTHS = 6


# What the draft of a month holds: the wishes so far, what holds for all, and the row to add.
FIELDS = tuple(
    f"month_{field}"
    for field in (
        "wanted",
        "frame",
        "month",
        "weekdays",
        "starts",
        "lent",
        "per_week",
        "course",
        "venue",
        "classes",
        "learners",
        "devices",
        "near",
    )
)
_CALLED = ("course_id", "venue_id", "learners", "classes", "devices")
_HOLDS = ("first", "last", "starts", "equipment_id", "per_week")


def take_up(making: Making) -> None:
    """What a draft brought back, where the server has forgotten the month."""
    # Out of the state each time: `put_down` puts there what is so at the end of a run.
    wanted = st.session_state.pop("month_wanted", ())
    frame = st.session_state.pop("month_frame", None)
    if not making.wanted and making.search is None:
        making.wanted = [Wanted(*one) for one in wanted]
    if making.frame is None and frame:
        *held, weekdays = frame
        making.frame = Frame(**dict(zip(_HOLDS, held, strict=True)), weekdays=frozenset(weekdays))


def put_down(making: Making) -> None:
    """What is still wished for, as a draft keeps it."""
    left, _ids = planning.rest(making.wanted, making.accepted)
    state = st.session_state
    state.month_wanted = [tuple(getattr(one, name) for name in _CALLED) for one in left]
    if making.frame:
        held = (getattr(making.frame, name) for name in _HOLDS)
        state.month_frame = (*held, tuple(sorted(making.frame.weekdays)))


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


def frame(making: Making) -> Frame:
    """What holds for the whole month; what was chosen before is still chosen."""
    state, months = st.session_state, next_months()
    kinds = {kind["id"]: kind["name"] for kind in equipment.kinds()}
    had = making.frame or Frame(months[1], months[1])
    state.setdefault("month_month", had.first if had.first in months else months[1])
    state.setdefault("month_lent", had.equipment_id if had.equipment_id in kinds else None)
    state.setdefault("month_weekdays", sorted(had.weekdays))
    state.setdefault("month_starts", list(had.starts))
    state.setdefault("month_per_week", had.per_week)
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
    left, right = st.columns(2)
    lent = left.selectbox(
        _("What is lent"),
        list(kinds),
        key="month_lent",
        index=None,
        format_func=kinds.__getitem__,
        placeholder=_("Nothing"),
    )
    per_week = right.number_input(
        _("Most classes a week for one instructor"),
        min_value=1,
        max_value=20,
        step=1,
        key="month_per_week",
    )
    making.frame = Frame(
        first,
        after(first) - timedelta(days=1),
        frozenset(days),
        tuple(sorted(starts)),
        equipment_id=lent,
        per_week=int(per_week),
    )
    return making.frame


def wishes(making: Making) -> None:
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
        st.button(
            _("Add the wish"),
            icon=":material/add:",
            key="month_add",
            on_click=add_wish,
            args=(making,),
        )


def add_wish(making: Making) -> None:
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


def lacks(making: Making, around: Frame) -> str:
    """What must still be chosen before anything can be placed."""
    if not around.weekdays or not around.starts:
        return _("Please choose weekdays and times to begin.")
    if around.equipment_id is None and any(one.devices for one in making.wanted):
        return _("Please choose what is lent.")
    return ""
