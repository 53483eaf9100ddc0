"""Who: staff planning the coming weeks. Wants: put a class where it clashes with nothing."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from desk import booking, courses, instructors, places, schedule, times
from desk.booking import REACH
from desk.classes import ClassView
from desk.instructors import InstructorForm
from desk.rules import MOST_SEATS, ClassForm
from pages.parts import classes, forms, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("schedule")
KEY = "schedule"
FIELDS = ("course", "venue", "room", "day", "starts", "ends", "seats", "instructors")


def key(field: str) -> str:
    """The state's name of a form field."""
    return f"schedule_{field}"


def fill(meeting: ClassView | None) -> None:
    """Open the form: empty, or with a class to change."""
    forms.renew(KEY)
    for field in FIELDS:
        st.session_state.pop(key(field), None)
    st.session_state.schedule_change = (meeting.id, meeting.version) if meeting else None
    st.session_state.schedule_open = True
    if meeting:
        start, end = times.local(meeting.starts_at), times.local(meeting.ends_at)
        values = (
            meeting.course_id,
            meeting.venue_id,
            meeting.room_id,
            start.date(),
            start.time(),
            end.time(),
            meeting.seats,
            meeting.instructor_ids,
        )
        for field, value in zip(FIELDS, values, strict=True):
            st.session_state[key(field)] = value


def close() -> None:
    """Put the form away."""
    st.session_state.schedule_open = False
    st.session_state.schedule_change = None


def form() -> None:
    """One class: what, where, when, how many, who teaches."""
    catalogue = {one["id"]: one for one in courses.all_courses()}
    venues = {one["id"]: one["name"] for one in places.venues(with_rooms=True)}
    teachers = {one.id: one.name for one in instructors.everybody()}
    changing = st.session_state.get("schedule_change")
    st.subheader(_("Change the class") if changing else _("New class"))
    course = st.selectbox(
        _("Course"),
        list(catalogue),
        index=None,
        key=key("course"),
        format_func=lambda one: courses.title(catalogue[one], lang()),
        placeholder=_("Choose a course"),
    )
    left, right = st.columns(2)
    with left:
        venue = st.selectbox(
            _("Venue"),
            list(venues),
            index=None,
            key=key("venue"),
            format_func=venues.__getitem__,
            placeholder=_("Choose a venue"),
        )
    rooms = {one["id"]: one for one in places.rooms(venue)} if venue else {}
    with right:
        if st.session_state.get(key("room")) not in rooms:
            st.session_state.pop(key("room"), None)
        room = st.selectbox(
            _("Room"),
            list(rooms),
            key=key("room"),
            index=0 if rooms else None,
            format_func=lambda one: _("{room} (up to {seats})").format(
                room=rooms[one]["name"], seats=rooms[one]["seats"]
            ),
            placeholder=_("Choose the venue first"),
        )
    today = times.today(times.now())
    first, second, third = st.columns(3)
    with first:
        day = st.date_input(
            _("Day"),
            value=today + timedelta(days=7),
            min_value=today,
            key=key("day"),
            format="YYYY/MM/DD",
        )
    with second:
        starts = st.time_input(
            _("From"), value=time(10), step=timedelta(minutes=15), key=key("starts")
        )
    length = catalogue[course]["minutes"] if course else 90
    with third:
        ends = st.time_input(
            _("To"), value=after(starts, length), step=timedelta(minutes=15), key=key("ends")
        )
    most = rooms[room]["seats"] if room else 10
    seats = st.number_input(
        _("Seats"),
        min_value=1,
        max_value=MOST_SEATS,
        value=min(10, most),
        step=1,
        key=key("seats"),
    )
    chosen = st.multiselect(
        _("Instructors"),
        list(teachers),
        format_func=teachers.__getitem__,
        key=key("instructors"),
        placeholder=_("Choose instructors"),
    )
    with st.container(horizontal=True):
        if st.button(
            _("Save the change") if changing else _("Put on the schedule"),
            type="primary",
            icon=":material/save:",
            key="schedule_save",
        ):
            save(course, venue, room, day, starts, ends, seats, chosen)
        st.button(_("Close"), on_click=close, key="schedule_close")
    new_instructor()


def after(starts: time, minutes: int) -> time:
    """The clock so many minutes later, not past 23:55."""
    end = datetime.combine(date(2000, 1, 1), starts) + timedelta(minutes=minutes)
    return end.time() if end.date() == date(2000, 1, 1) else time(23, 55)


def save(
    course: str | None,
    venue: str | None,
    room: str | None,
    day: date,
    starts: time,
    ends: time,
    seats: int,
    chosen: list[str],
) -> None:
    """Write the class, or say what clashes and keep the form."""
    wanted = ClassForm(
        course or "", venue or "", room or "", day, starts, ends, int(seats), tuple(chosen)
    )
    changing = st.session_state.get("schedule_change")
    now = times.now()

    def write() -> ClassView:
        if changing:
            return schedule.change(
                actor, class_id=changing[0], version=changing[1], form=wanted, now=now
            )
        return schedule.create(actor, id=forms.form_id(KEY), form=wanted, now=now)

    made = forms.attempt(write)
    if made:
        text = f"{classes.when(made)} {made.name(lang())}（{made.venue}）"
        st.session_state.schedule_saved = (_("Saved: {text}"), text)
        close()
        st.rerun()


def new_instructor() -> None:
    """Somebody who teaches for the first time."""
    with st.expander(_("Add an instructor"), icon=":material/person_add:"):
        name = st.text_input(
            _("Name"), key="schedule_new_instructor", on_change="ignore", autocomplete="off"
        )
        if st.button(_("Add"), key="schedule_add_instructor"):
            number = forms.form_id("instructor")
            wanted = InstructorForm(name or "")
            now = times.now()
            forms.attempt(lambda: instructors.save(actor, id=number, form=wanted, now=now))
            if number in {one.id for one in instructors.everybody()}:
                forms.renew("instructor")
                chosen = st.session_state.get(key("instructors"), [])
                st.session_state.schedule_add = [*chosen, number]
                st.rerun()


@st.dialog(_("Cancel this class?"))
def confirm_cancel(class_id: str) -> None:
    """Say what will happen, and who must be told."""
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


def people(found: list[booking.BookingView]) -> None:
    """Whom to tell, and how."""
    for one in found:
        reach = f"{_(REACH[one.reach])} {plain(one.reach_note)}"
        st.markdown(f"- {plain(_('For {kana}').format(kana=one.kana))}　{reach}")


def row(meeting: ClassView) -> None:
    """One class with its two actions."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap="xsmall"):
                classes.heading(meeting)
                if meeting.instructors:
                    names = "、".join(plain(one) for one in meeting.instructors)
                    st.caption(f"{_('Instructors')}: {names}")
            if meeting.status == "open" and meeting.ends_at > times.now():
                st.button(
                    _("Change"),
                    key=f"change_{meeting.id}",
                    on_click=fill,
                    args=(meeting,),
                    icon=":material/edit:",
                )
                if st.button(
                    _("Cancel…"), key=f"cancel_{meeting.id}", icon=":material/event_busy:"
                ):
                    confirm_cancel(meeting.id)
        if meeting.status == "cancelled" and meeting.booked + meeting.waiting:
            with st.expander(_("People to tell")):
                people(booking.roster(actor, class_id=meeting.id))


if "schedule_add" in st.session_state:
    st.session_state[key("instructors")] = st.session_state.pop("schedule_add")
st.title(_("Schedule"))
saved = st.session_state.pop("schedule_saved", None)
if saved:
    st.success(saved[0].format(text=plain(saved[1])), icon=":material/check_circle:")
if st.session_state.get("schedule_open"):
    with st.container(border=True):
        form()
else:
    st.button(
        _("New class"),
        type="primary",
        icon=":material/add:",
        on_click=fill,
        args=(None,),
        key="schedule_new",
    )
first_day = st.session_state.get("schedule_from") or times.today(times.now())
last_day = first_day + timedelta(days=27)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        _("Earlier"),
        icon=":material/chevron_left:",
        key="schedule_earlier",
        on_click=st.session_state.__setitem__,
        args=("schedule_from", first_day - timedelta(days=28)),
    )
    st.markdown(f"**{times.show_day(first_day, lang())} – {times.show_day(last_day, lang())}**")
    st.button(
        _("Later"),
        icon=":material/chevron_right:",
        key="schedule_later",
        on_click=st.session_state.__setitem__,
        args=("schedule_from", first_day + timedelta(days=28)),
    )
planned = schedule.between(first_day, last_day)
if not planned:
    st.info(_("No class in these four weeks. “New class” makes the first one."))
for one in planned:
    row(one)
