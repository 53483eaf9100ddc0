"""Who: staff who plan what is taught. Wants: see the catalogue, add the city's own courses."""

from typing import Any

import streamlit as st

from desk import courses, times
from desk.courses import LEVEL_NAMES, LONGEST, NEED_NAMES, SHORTEST, CourseForm
from pages.parts import drafts, forms, who
from pages.parts.words import _, lang, plain

actor = who.gate("schedule")
KEY = "course"
FIELDS = ("title", "title_en", "about", "minutes", "level", "needs", "bring", "before")


def key(field: str) -> str:
    """The state's name of a form field."""
    return f"course_{field}"


KEPT = [key(field) for field in ("form_id", "open", "change", *FIELDS)]


def fill(course: dict[str, Any] | None) -> None:
    """Open the form: empty, or with a course to change."""
    drafts.drop(who.actor(), KEY)
    forms.renew(KEY)
    for field in FIELDS:
        st.session_state.pop(key(field), None)
    st.session_state.course_change = course["id"] if course else None
    st.session_state.course_open = True
    if course:
        for field in FIELDS:
            value = course[field]
            st.session_state[key(field)] = "\n".join(value) if field == "bring" else value


def close() -> None:
    """Put the form away."""
    drafts.drop(actor, KEY)
    st.session_state.course_open = False
    st.session_state.course_change = None


@st.fragment
def form(catalogue: dict[str, dict[str, Any]]) -> None:
    """One course of the city's own."""
    who.gate("schedule")  # a tap runs only this part
    forms.form_id(KEY)
    changing = st.session_state.get("course_change")
    st.subheader(_("Change a course") if changing else _("New course"))
    left, right = st.columns(2)
    with left:
        title = st.text_input(_("Title"), key=key("title"), on_change="ignore", autocomplete="off")
        title_en = st.text_input(
            _("Title in English (optional)"),
            key=key("title_en"),
            on_change="ignore",
            autocomplete="off",
        )
        about = st.text_area(
            _("What it is about"), key=key("about"), height=100, on_change="ignore"
        )
        first, second = st.columns([3, 2])
        level = first.segmented_control(
            _("Level"),
            list(LEVEL_NAMES),
            format_func=lambda one: _(LEVEL_NAMES[one]),
            default="basic",
            required=True,
            key=key("level"),
            width="stretch",
            wrap=True,
        )
        minutes = second.number_input(
            _("Length (minutes)"),
            min_value=SHORTEST,
            max_value=LONGEST,
            value=60,
            step=5,
            key=key("minutes"),
        )
    with right:
        needs = st.pills(
            _("What one needs"),
            list(NEED_NAMES),
            format_func=lambda one: _(NEED_NAMES[one]),
            selection_mode="multi",
            key=key("needs"),
            width="stretch",
            wrap=True,
        )
        bring = st.text_area(
            _("What to bring, one a line"), key=key("bring"), height=100, on_change="ignore"
        )
        others = [one for one in catalogue if one != changing]
        before = st.multiselect(
            _("Better taken before"),
            others,
            format_func=lambda one: courses.title(catalogue[one], lang()),
            key=key("before"),
            placeholder=_("None"),
        )
    drafts.keep(actor, KEY, KEPT)
    with st.container(horizontal=True):
        if st.button(_("Save"), type="primary", icon=":material/save:", key="course_save"):
            save(
                CourseForm(
                    title or "",
                    about or "",
                    int(minutes),
                    level,
                    tuple(needs),
                    bring or "",
                    tuple(before),
                    title_en or "",
                )
            )
        if st.button(_("Close"), key="course_close"):
            close()
            st.rerun()


def save(wanted: CourseForm) -> None:
    """Write it, or say why not and keep the form."""
    id = st.session_state.get("course_change") or forms.form_id(KEY)
    if forms.attempt(lambda: courses.save(actor, id=id, form=wanted, now=times.now()) or True):
        st.session_state.course_saved = (_("Saved: {text}"), wanted.title)
        close()
        st.rerun()


@st.dialog(_("Take the course off the catalogue?"))
def confirm_retire(course: dict[str, Any]) -> None:
    """Name the course before it happens."""
    who.gate("schedule")  # a tap runs only this part
    st.markdown(
        _(
            "“{title}” can no longer be chosen for new classes. Its classes stay as they are."
        ).format(title=f"**{plain(courses.title(course, lang()))}**")
    )
    if st.button(
        _("Take off the catalogue"), type="primary", key="course_retire_yes"
    ) and forms.attempt(lambda: courses.retire(actor, course_id=course["id"]) or True):
        text = courses.title(course, lang())
        st.session_state.course_saved = (_("Taken off the catalogue: {text}"), text)
        st.rerun()


def row(course: dict[str, Any], catalogue: dict[str, dict[str, Any]]) -> None:
    """One course; the city's own with its two actions."""
    with (
        st.container(border=True, gap="xsmall"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        with st.container(gap="xsmall"):
            length = _("{n} minutes").format(n=course["minutes"])
            title = plain(courses.title(course, lang()))
            st.markdown(f"**{title}**　{_(LEVEL_NAMES[course['level']])}　{length}")
            st.markdown(plain(course["about"]))
            facts = [_("Needed: {things}").format(things=listed(course["needs"], NEED_NAMES))]
            if course["bring"]:
                things = "、".join(plain(one) for one in course["bring"])
                facts.append(f"{_('Please bring:')} {things}")
            if course["before"]:
                titles = (plain(courses.title(catalogue[one], lang())) for one in course["before"])
                facts.append(_("Before it: {courses}").format(courses="、".join(titles)))
            st.caption("　/　".join(facts))
            source = _("Source: {source}") if course["own"] else _("Its title is from: {source}")
            st.caption(source.format(source=plain(course["source"])))
        if course["own"]:
            st.button(
                _("Change"),
                key=f"course_change_{course['id']}",
                on_click=fill,
                args=(course,),
                icon=":material/edit:",
            )
            if st.button(_("Take off…"), key=f"course_retire_{course['id']}"):
                confirm_retire(course)


def listed(codes: list[str], names: dict[str, str]) -> str:
    """Codes as words, or that there are none."""
    return "、".join(_(names[one]) for one in codes) or _("Nothing")


st.title(_("Courses"))
saved = st.session_state.pop("course_saved", None)
if saved:
    st.success(saved[0].format(text=plain(saved[1])), icon=":material/check_circle:")
catalogue = {one["id"]: one for one in courses.all_courses()}
drafts.restore(actor, KEY, KEPT)
if st.session_state.get("course_open"):
    with st.container(border=True):
        form(catalogue)
else:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("New course"),
            type="primary",
            icon=":material/add:",
            on_click=fill,
            args=(None,),
            key="course_new",
        )
        st.page_link("staff/schedule.py", label=_("Schedule"), icon=":material/calendar_month:")
    st.caption(
        _(
            "Of courses from the file, the titles are the nation's; length, level, what to bring "
            "and what comes before are this desk's. They are changed in data/courses.yaml, the "
            "city's own courses here."
        )
    )
for one in catalogue.values():
    row(one, catalogue)
