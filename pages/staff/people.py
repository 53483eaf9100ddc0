"""Who: the administrator. Wants: let somebody in, keep somebody out, begin for real."""

import streamlit as st

from desk import mode, oidc, people, retention, times, trial
from desk.people import ROLES, Account
from desk.proof import PIN_DIGITS
from pages.parts import access, drafts, forms, who
from pages.parts.words import _, lang, plain

actor = who.gate("manage_people")
KEY = "people"
KEPT = ("people_form_id", "people_role", "people_name", "people_last_day")  # never the secret


@st.fragment
def add() -> None:
    """One new person: role, name, last day, and how they sign in."""
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
    secret, account = how_they_sign_in(role)
    last_day = st.date_input(
        _("Last day of access (may stay empty)"),
        value=None,
        min_value=times.today(times.now()),
        key="people_last_day",
    )
    drafts.keep(actor, KEY, KEPT)
    if not st.button(
        _("Add this person"), type="primary", icon=":material/person_add:", key="people_add"
    ):
        return
    one_time = forms.attempt(
        lambda: people.add(
            actor,
            id=forms.form_id(KEY),
            name=name or "",
            role=role,
            secret=secret,
            account=account,
            expires_on=last_day,
            now=times.now(),
        )
    )
    if one_time is not None:
        access.tell(name or "", one_time)
        forms.renew(KEY)
        drafts.drop(actor, KEY)
        for field in ("people_name", "people_secret", "people_account", "people_last_day"):
            st.session_state.pop(field, None)
        st.rerun()


def how_they_sign_in(role: str) -> tuple[str, str]:
    """The PIN of a volunteer, or the city's account of who has one; else a password is made."""
    if role == "volunteer":
        pin = st.text_input(
            _("PIN of {digits} digits").format(digits=PIN_DIGITS),
            type="password",
            key="people_secret",
            on_change="ignore",
            autocomplete="new-password",
        )
        return pin or "", ""
    if oidc.configured() and st.toggle(
        _("Signs in with the city's account"), value=True, key="people_city"
    ):
        account = st.text_input(
            access.account_label(), key="people_account", on_change="ignore", autocomplete="off"
        )
        return "", account or " "
    st.caption(_("A one-time password appears when you add them. Hand it to them yourself."))
    return "", ""


@st.dialog(_("Begin for real?"))
def confirm_begin() -> None:
    """Name what will be erased."""
    who.gate("begin")  # a tap runs only this part
    st.markdown(_("These practice records are erased for good:"))
    for text, count in trial.counts(actor).items():
        st.markdown(f"- {plain(text)}: **{count:,}**")
    st.markdown(_("Venues, Wi-Fi and population stay as they are in the files."))
    if st.button(_("Erase and begin"), type="primary", key="people_begin_yes"):
        done = forms.attempt(lambda: trial.begin(actor, now=times.now()))
        if done is not None:
            st.session_state.people_begun = True
            st.rerun()


def row(person: Account) -> None:
    """A person: name, role, what stands in the way, and the door to changing it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{plain(person.name)}**　{_(ROLES[person.role])}")
            states = access.states(person)
            if states:
                st.caption("　".join(states))
        if st.button(_("Change…"), key=f"change_{person.id}"):
            access.change(actor, person)


def leaving() -> None:
    """What is erased by itself, and when the next of it goes."""
    st.subheader(_("Erased by itself"))
    st.markdown(_("Every day, for good. The statistics stay as they are."))
    for one in retention.due(actor, now=times.now()):
        next_on = times.show_day_of_year(one.next_on, lang()) if one.next_on else ""
        parts = [
            _("after {n} days").format(n=one.days),
            _("{n:,} there now").format(n=one.there),
            *([_("the next on {day}").format(day=next_on)] if next_on else []),
        ]
        st.markdown(f"**{_(one.label)}**  \n{'　·　'.join(parts)}")
    st.caption(_("How long each is kept stands in data/figures.csv."))


st.title(_("People"))
with st.container(horizontal=True):
    st.page_link("staff/tablets.py", label=_("Tablets and sign-ins"), icon=":material/devices:")
    st.page_link("staff/audit.py", label=_("Audit"), icon=":material/history_edu:")
    st.page_link("staff/machine.py", label=_("The machine"), icon=":material/dns:")
access.told()
if st.session_state.pop("people_begun", False):
    st.success(
        _("The practice records are erased. The desk is real from now on."),
        icon=":material/check_circle:",
    )
left, right = st.columns([5, 4], gap="medium")
with left:
    st.subheader(_("Who can sign in"))
    everybody = people.all_active(actor, now=times.now())
    for one in everybody:
        if not one.over:
            row(one)
    if any(one.over for one in everybody):
        st.subheader(_("Their last day has passed"))
        for one in everybody:
            if one.over:
                row(one)
with right:
    with st.container(border=True):
        st.subheader(_("Add a person"))
        drafts.restore(actor, KEY, KEPT)
        add()
    with st.container(border=True):
        leaving()
    if mode.is_trial():
        with st.container(border=True):
            st.subheader(_("Begin for real"))
            st.markdown(
                _("The desk holds a practice year. When you are ready, erase it and begin.")
            )
            if st.button(_("Begin for real…"), icon=":material/rocket_launch:", key="people_begin"):
                confirm_begin()
