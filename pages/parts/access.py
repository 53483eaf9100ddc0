"""One person's access, for the administrator: role, last day, a lost phone, the city's account."""

from collections.abc import Callable

import streamlit as st

from desk import accounts, oidc, people, times
from desk.people import ROLES, WAITS, Account, Actor
from pages.parts import forms, who
from pages.parts.words import _, lang, plain

TOLD = "people_told"  # what must be told once: name, one-time secret, sentence


def account_label() -> str:
    """What is asked for to link the city's account."""
    return _("E-mail address of the city's account, or its id")


def tell(name: str, one_time: str = "", said: str = "") -> None:
    """Keep for the next run what the administrator must read."""
    st.session_state[TOLD] = (name, one_time, said)


def told() -> None:
    """What was done, and the one-time secret until it was handed over."""
    if TOLD not in st.session_state:
        return
    name, one_time, said = st.session_state[TOLD]
    if not one_time:
        del st.session_state[TOLD]
        st.success(
            said or _("{name} can sign in now.").format(name=plain(name)),
            icon=":material/check_circle:",
        )
        return
    with st.container(border=True, key="people_one_time"):
        st.subheader(_("For {name}, once").format(name=plain(name)))
        st.code(one_time, language=None)
        st.markdown(
            _(
                "Hand it over in person. With it they sign in at {address} and choose their own; "
                "then it opens nothing any more. It is shown only here."
            ).format(address="`/sign-in`")
        )
        if st.button(_("Handed over"), icon=":material/check:", key="people_handed_over"):
            del st.session_state[TOLD]
            st.rerun()


def states(person: Account) -> list[str]:
    """What is to be known of somebody's access, in words."""
    found = []
    if person.blocked:
        found.append(_("Locked: too many wrong tries"))
    if person.expires_on:
        day = times.show_day_long(person.expires_on, lang())
        found.append(_("Access until {day}").format(day=day))
    if person.must_change:
        found.append(_("Has not used the one-time password yet"))
    if person.city == WAITS:
        found.append(_("City account: has not signed in yet"))
    elif person.city:
        found.append(_("City account"))
    elif person.role != "volunteer" and not (person.app or person.must_change):
        found.append(_("No authenticator app yet"))
    return found


@st.dialog(_("Change access"))
def change(actor: Actor, person: Account) -> None:
    """Everything that can be changed of one person, each with its own button."""
    who.gate("manage_people")  # a tap runs only this part
    name, now, id = f"**{plain(person.name)}**", times.now(), person.id
    st.markdown(f"{name}　{_(ROLES[person.role])}")
    if person.blocked and st.button(
        _("Let them try again"), icon=":material/lock_open:", type="primary", key="access_unblock"
    ):
        done(lambda: accounts.unblock(actor, person_id=id, now=now) or "", person)
    role = st.selectbox(
        _("Role"),
        list(ROLES),
        index=list(ROLES).index(person.role),
        format_func=lambda one: _(ROLES[one]),
        key="access_role",
    )
    if role != person.role:
        st.caption(_("They are signed out everywhere."))
        if st.button(_("Give this role"), type="primary", key="access_role_yes"):
            done(lambda: accounts.change_role(actor, person_id=id, role=role, now=now), person)
    day = st.date_input(
        _("Last day of access (may stay empty)"), value=person.expires_on, key="access_day"
    )
    if day != person.expires_on and st.button(
        _("Save the last day"), type="primary", key="access_day_yes"
    ):
        done(
            lambda: accounts.set_last_day(actor, person_id=id, expires_on=day, now=now) or "",
            person,
        )
    lost(actor, person)
    if oidc.configured() and person.role != "volunteer":
        city(actor, person)
    with st.expander(_("Take away access…")):
        st.markdown(
            _("{name} is signed out everywhere at once. What they wrote stays.").format(name=name)
        )
        if st.button(_("Take away access"), type="primary", key="access_retire"):
            done(
                lambda: people.retire(actor, person_id=id, now=now) or "",
                person,
                said=_("{name} has no access any more.").format(name=plain(person.name)),
            )


def lost(actor: Actor, person: Account) -> None:
    """A forgotten PIN or password, or a lost phone: everything from the beginning."""
    volunteer = person.role == "volunteer"
    title = _("PIN forgotten…") if volunteer else _("Password forgotten, or phone lost…")
    with st.expander(title):
        st.markdown(
            _("They are signed out everywhere and get a one-time PIN.")
            if volunteer
            else _(
                "They are signed out everywhere and get a one-time password. The app they had "
                "counts no more; they set up a new one. Make sure it is really them."
            )
        )
        if st.button(_("Make a one-time one"), type="primary", key="access_reset"):
            done(lambda: accounts.reset(actor, person_id=person.id, now=times.now()), person)


def city(actor: Actor, person: Account) -> None:
    """The city's account, in place of password and app."""
    with st.expander(_("City account…")):
        st.markdown(
            _(
                "From then on they sign in with the city's account and in no other way. Their "
                "password and app count no more."
            )
        )
        account = st.text_input(account_label(), key="access_account", autocomplete="off")
        if st.button(_("Link this account"), type="primary", key="access_link"):
            done(
                lambda: (
                    accounts.link(
                        actor, person_id=person.id, account=account or "", now=times.now()
                    )
                    or ""
                ),
                person,
            )


def done(action: Callable[[], str], person: Account, *, said: str = "") -> None:
    """Do it, close the dialog, and say so on the screen below it."""
    one_time = forms.attempt(action)
    if one_time is not None:
        tell(person.name, one_time, said or _("Saved: {name}").format(name=plain(person.name)))
        st.rerun()
