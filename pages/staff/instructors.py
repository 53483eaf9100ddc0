"""Who: staff who know the people that teach. Wants: see who may teach what, and until when."""

from datetime import date, timedelta

import streamlit as st

from desk import courses, instructors, people, times
from desk.instructors import ROLES, Instructor, InstructorForm
from pages.parts import classes, drafts, forms, who
from pages.parts.words import _, lang, plain

actor = who.gate("schedule")
KEY = "instructor"
FIELDS = ("name", "role", "trained_on", "expires_on", "skills", "hours", "person")
SOON = timedelta(days=60)


def key(field: str) -> str:
    """The state's name of a form field."""
    return f"instructor_{field}"


KEPT = [key(field) for field in ("form_id", "open", "change", *FIELDS)]


def fill(one: Instructor | None) -> None:
    """Open the form: empty, or with somebody to change."""
    drafts.drop(who.actor(), KEY)
    forms.renew(KEY)
    for field in FIELDS:
        st.session_state.pop(key(field), None)
    st.session_state.instructor_change = one.id if one else None
    st.session_state.instructor_open = True
    if one:
        hours = instructors.write_hours(one.hours)
        skills = list(one.skills)
        known = (one.name, one.role, one.trained_on, one.expires_on, skills, hours, one.person_id)
        for field, value in zip(FIELDS, known, strict=True):
            st.session_state[key(field)] = value


def close() -> None:
    """Put the form away."""
    drafts.drop(actor, KEY)
    st.session_state.instructor_open = False
    st.session_state.instructor_change = None


@st.fragment
def form() -> None:
    """One person: name, role, training, courses, hours, account."""
    who.gate("schedule")  # a tap runs only this part
    forms.form_id(KEY)
    changing = st.session_state.get("instructor_change")
    titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses(retired=True)}
    # A course that left the catalogue stays with whoever had it.
    had = st.session_state.get(key("skills"), [])
    catalogue = [one["id"] for one in courses.all_courses()]
    catalogue += [one for one in had if one not in catalogue]
    accounts = people.names(actor)
    if st.session_state.get(key("person")) not in accounts:
        st.session_state.pop(key("person"), None)
    st.subheader(_("Change an instructor") if changing else _("New instructor"))
    left, right = st.columns(2)
    with left:
        name = st.text_input(_("Name"), key=key("name"), on_change="ignore", autocomplete="off")
        role = st.segmented_control(
            _("Role"),
            list(ROLES),
            format_func=lambda one: _(ROLES[one]),
            default="lecturer",
            required=True,
            key=key("role"),
            wrap=True,
            width="stretch",
        )
        first, second = st.columns(2)
        with first:
            trained = st.date_input(
                _("Trained on"), value=None, key=key("trained_on"), format="YYYY/MM/DD"
            )
        with second:
            expires = st.date_input(
                _("Training valid until"), value=None, key=key("expires_on"), format="YYYY/MM/DD"
            )
    with right:
        skills = st.multiselect(
            _("Courses (none: all)"),
            catalogue,
            format_func=titles.__getitem__,
            key=key("skills"),
            placeholder=_("Every course"),
        )
        hours = st.text_area(
            _("Hours, one a line (none: any time)"),
            key=key("hours"),
            height=100,
            placeholder="月 09:00-12:00",
            on_change="ignore",
        )
        person = st.selectbox(
            _("Account (for the calendar)"),
            list(accounts),
            index=None,
            format_func=accounts.__getitem__,
            key=key("person"),
            placeholder=_("No account"),
        )
    drafts.keep(actor, KEY, KEPT)
    with st.container(horizontal=True):
        if st.button(_("Save"), type="primary", icon=":material/save:", key="instructor_save"):
            save(
                InstructorForm(
                    name or "",
                    role,
                    day_of(trained),
                    day_of(expires),
                    tuple(skills),
                    hours or "",
                    person,
                )
            )
        if st.button(_("Close"), key="instructor_close"):
            close()
            st.rerun()


def day_of(chosen: object) -> date | None:
    """A day that was chosen, if any."""
    return chosen if isinstance(chosen, date) else None


def save(wanted: InstructorForm) -> None:
    """Write it, or say why not and keep the form."""
    id = st.session_state.get("instructor_change") or forms.form_id(KEY)
    done = forms.attempt(
        lambda: instructors.save(actor, id=id, form=wanted, now=times.now()) or True
    )
    if done:
        st.session_state.instructor_saved = (_("Saved: {text}"), wanted.name)
        close()
        st.rerun()


@st.dialog(_("Take off the list?"))
def confirm_retire(one: Instructor) -> None:
    """Name the person before it happens."""
    who.gate("schedule")  # a tap runs only this part
    st.markdown(
        _(
            "{name} can no longer be chosen for classes. Classes they taught stay as they are. "
            "The account, if there is one, stays too."
        ).format(name=f"**{plain(one.name)}**")
    )
    if st.button(_("Take off the list"), type="primary", key="instructor_retire_yes"):
        done = forms.attempt(
            lambda: instructors.retire(actor, instructor_id=one.id, now=times.now()) or True
        )
        if done:
            st.session_state.instructor_saved = (_("Taken off the list: {text}"), one.name)
            st.rerun()


def training(one: Instructor, today: date) -> str:
    """How long the training counts, in words, with a shape and a colour."""
    if one.role != "lecturer":
        return ""
    if one.trained_on is None:
        return f":orange[:material/help: {_('No training is on record')}]"
    if one.trained_on > today:
        day = times.show_day_long(one.trained_on, lang())
        return f":orange[:material/schedule: {_('Trained from {day}').format(day=day)}]"
    if one.expires_on is None:
        return f":green[:material/check_circle: {_('Trained, without an end')}]"
    day = times.show_day_long(one.expires_on, lang())
    if one.expires_on < today:
        return f":red[:material/error: {_('Training ended on {day}').format(day=day)}]"
    text = _("Trained until {day}").format(day=day)
    if one.expires_on - today <= SOON:
        return f":orange[:material/timelapse: {text}]"
    return f":green[:material/check_circle: {text}]"


def row(one: Instructor, titles: dict[str, str], accounts: dict[str, str], today: date) -> None:
    """One person with the two actions."""
    with (
        st.container(border=True, gap="xsmall"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        with st.container(gap="xsmall"):
            sample = f" :orange-badge[{_('Sample')}]" if one.trial else ""
            role = f"**{plain(one.name)}**　{_(ROLES[one.role])}{sample}"
            st.markdown(f"{role}　{training(one, today)}")
            taught = "、".join(plain(titles[id]) for id in one.skills)
            hours = "、".join(instructors.write_hours(one.hours).splitlines())
            facts = [taught or _("Every course"), plain(hours) or _("Any time")]
            if one.person_id in accounts:
                facts.append(f"{_('Account')}: {plain(accounts[one.person_id])}")
            st.caption("　/　".join(facts))
        st.button(
            _("Change"),
            key=f"instructor_change_{one.id}",
            on_click=fill,
            args=(one,),
            icon=":material/edit:",
        )
        if st.button(_("Take off…"), key=f"instructor_retire_{one.id}"):
            confirm_retire(one)


st.title(_("Instructors"))
saved = st.session_state.pop("instructor_saved", None)
if saved:
    st.success(saved[0].format(text=plain(saved[1])), icon=":material/check_circle:")
drafts.restore(actor, KEY, KEPT)
if st.session_state.get("instructor_open"):
    with st.container(border=True):
        form()
else:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("New instructor"),
            type="primary",
            icon=":material/person_add:",
            on_click=fill,
            args=(None,),
            key="instructor_new",
        )
        st.page_link("staff/tables.py", label=_("In and out as a table"), icon=":material/table:")
        st.page_link("staff/schedule.py", label=_("Schedule"), icon=":material/calendar_month:")
everybody = instructors.everybody()
today = times.today(times.now())
lapsed = [one for one in everybody if one.expires_on and one.expires_on < today]
if lapsed:
    names = "、".join(plain(one.name) for one in lapsed)
    st.warning(
        _("Training has ended: {names}. They do not count as trained lecturers.").format(
            names=names
        ),
        icon=":material/error:",
    )
classes.short_staffed()
if not everybody:
    st.info(_("Nobody is registered yet. “New instructor” adds the first one."))
titles = {one["id"]: courses.title(one, lang()) for one in courses.all_courses(retired=True)}
accounts = people.names(actor)
for one in everybody:
    row(one, titles, accounts, today)
