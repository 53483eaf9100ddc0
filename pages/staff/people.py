"""Who: the administrator. Wants: let somebody in, keep somebody out, begin for real."""

import streamlit as st

from desk import mode, people, times, trial
from desk.people import ROLES
from desk.proof import PASSWORD_LEAST, PIN_DIGITS
from pages.parts import drafts, forms, who
from pages.parts.words import _, plain

actor = who.gate("manage_people")
KEY = "people"
KEPT = ("people_form_id", "people_role", "people_name")  # and never the secret


@st.fragment
def add() -> None:
    """One new person: role, name, PIN or password."""
    who.gate("manage_people")  # a tap runs only this part
    forms.form_id(KEY)
    role = st.segmented_control(
        _("Role"),
        list(ROLES),
        format_func=lambda one: _(ROLES[one]),
        default="volunteer",
        required=True,
        key="people_role",
        wrap=True,
        width="stretch",
    )
    name = st.text_input(_("Name"), key="people_name", on_change="ignore", autocomplete="off")
    volunteer = role == "volunteer"
    secret = st.text_input(
        _("PIN of {digits} digits").format(digits=PIN_DIGITS)
        if volunteer
        else _("Password of {least} characters or more").format(least=PASSWORD_LEAST),
        type="password",
        key="people_secret",
        on_change="ignore",
        autocomplete="new-password",
    )
    drafts.keep(actor, KEY, KEPT)
    if st.button(
        _("Add this person"), type="primary", icon=":material/person_add:", key="people_add"
    ):
        done = forms.attempt(
            lambda: (
                people.add(
                    actor,
                    id=forms.form_id(KEY),
                    name=name or "",
                    role=role,
                    secret=secret or "",
                    now=times.now(),
                )
                or True
            )
        )
        if done:
            st.session_state.people_saved = name
            forms.renew(KEY)
            drafts.drop(actor, KEY)
            for field in ("people_name", "people_secret"):
                st.session_state.pop(field, None)
            st.rerun()


@st.dialog(_("Take away access?"))
def confirm_retire(person: dict[str, str]) -> None:
    """Name the person before it happens."""
    st.markdown(
        _("{name} is signed out everywhere at once. What they wrote stays.").format(
            name=f"**{plain(person['name'])}**"
        )
    )
    if st.button(_("Take away access"), type="primary", key="people_retire_yes"):
        done = forms.attempt(lambda: people.retire(actor, person_id=person["id"]) or True)
        if done:
            st.rerun()


@st.dialog(_("Begin for real?"))
def confirm_begin() -> None:
    """Name what will be erased."""
    st.markdown(_("These practice records are erased for good:"))
    for text, count in trial.counts(actor).items():
        st.markdown(f"- {plain(text)}: **{count:,}**")
    st.markdown(_("Venues, Wi-Fi and population stay as they are in the files."))
    if st.button(_("Erase and begin"), type="primary", key="people_begin_yes"):
        trial.begin(actor)
        st.session_state.people_begun = True
        st.rerun()


st.title(_("People"))
saved = st.session_state.pop("people_saved", None)
if saved:
    st.success(
        _("{name} can sign in now.").format(name=plain(saved)), icon=":material/check_circle:"
    )
if st.session_state.pop("people_begun", False):
    st.success(
        _("The practice records are erased. The desk is real from now on."),
        icon=":material/check_circle:",
    )
st.page_link("staff/tablets.py", label=_("Tablets and who is signed in"), icon=":material/devices:")
left, right = st.columns([5, 4], gap="medium")
with left:
    st.subheader(_("Who can sign in"))
    for person in people.all_active(actor):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(person['name'])}**　{_(ROLES[person['role']])}", width="stretch")
            if st.button(_("Take away access…"), key=f"retire_{person['id']}"):
                confirm_retire(person)
with right:
    with st.container(border=True):
        st.subheader(_("Add a person"))
        drafts.restore(actor, KEY, KEPT)
        add()
    if mode.is_trial():
        with st.container(border=True):
            st.subheader(_("Begin for real"))
            st.markdown(
                _("The desk holds a practice year. When you are ready, erase it and begin.")
            )
            if st.button(_("Begin for real…"), icon=":material/rocket_launch:", key="people_begin"):
                confirm_begin()
