"""Who: the administrator. Wants: add a tablet, take a lost one off, see who is signed in."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from desk import codes, sessions, tablets, times
from desk.people import ROLES
from pages.parts import drafts, forms, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("manage_people")
KEY = "tablets"
KEPT = ("tablets_form_id", "tablets_name")
WAITS = "tablets_waits"  # in the state: the tablet whose QR is on the screen
LOOK = 3  # seconds


@st.fragment
def add() -> None:
    """Name a new tablet."""
    who.gate("manage_people")  # a tap runs only this part
    forms.form_id(KEY)
    name = st.text_input(
        _("Name of the tablet"),
        key="tablets_name",
        on_change="ignore",
        autocomplete="off",
        placeholder=_("for example: city hall 1"),
    )
    drafts.keep(actor, KEY, KEPT)
    if st.button(_("Show its QR code"), type="primary", icon=":material/qr_code:", key="make"):
        ask_code(forms.form_id(KEY), name or "")


def ask_code(id: str, name: str) -> None:
    """A new code for a tablet that is not enrolled yet."""
    now = times.now()
    code = forms.attempt(lambda: tablets.make(actor, id=id, name=name, now=now))
    if code:
        st.session_state[WAITS] = {"id": id, "name": name.strip(), "code": code, "made": now}
        forms.renew(KEY)
        drafts.drop(actor, KEY)
        st.session_state.pop("tablets_name", None)
        st.rerun()


@st.fragment(run_every=LOOK)
def waiting() -> None:
    """The QR of a tablet, until its browser has it or the time is over."""
    who.gate("manage_people")
    waits = st.session_state[WAITS]
    left = waits["made"] + tablets.CODE_LIVES - times.now()
    if tablets.is_enrolled(actor, tablet_id=waits["id"]):
        done(_("{name} is enrolled.").format(name=plain(waits["name"])))
    if left.total_seconds() <= 0:
        st.warning(_("The ten minutes are over."), icon=":material/timer_off:")
        if st.button(_("New QR code"), key="again", icon=":material/qr_code:"):
            ask_code(waits["id"], waits["name"])
        return
    address = f"{site()}/tablet/{waits['code']}?lang={lang()}"
    st.markdown(
        _("Open this with the tablet “{name}”: its camera reads the QR.").format(
            name=plain(waits["name"])
        )
    )
    st.image(codes.qr_png(address), width=260, alt=_("QR code that enrols the tablet"))
    minutes = int(left.total_seconds()) // 60 + 1
    st.caption(
        ngettext(
            "It works once, for {n} more minute.", "It works once, for {n} more minutes.", minutes
        ).format(n=minutes)
    )
    with st.container(horizontal=True):
        st.link_button(_("This browser is the tablet"), address, icon=":material/tablet_android:")
        if st.button(_("Put away"), key="put_away"):
            done("")


def site() -> str:
    """Our own address, as this browser has it; it has no path of its own."""
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""


def done(text: str) -> None:
    """The QR is not needed any more."""
    st.session_state.pop(WAITS, None)
    if text:
        st.session_state.tablets_said = text
    st.rerun()


@st.dialog(_("Take this tablet off?"))
def confirm_revoke(tablet: dict[str, Any]) -> None:
    """Name the tablet and what happens before it does."""
    who.gate("manage_people")  # a tap runs only this part
    name = f"**{plain(tablet['name'])}**"
    st.markdown(
        _("No PIN works on {name} any more, and it shows nothing from this moment on.").format(
            name=name
        )
    )
    if tablet["who"]:
        st.markdown(
            _("Signed in there, and out at once: {names}").format(
                names=", ".join(plain(one) for one in tablet["who"])
            )
        )
    if st.button(_("Take it off"), type="primary", key="revoke_yes"):
        now = times.now()
        if forms.attempt(lambda: tablets.revoke(actor, tablet_id=tablet["id"], now=now) or True):
            done(_("{name} is taken off.").format(name=plain(tablet["name"])))


def shown(moment: datetime) -> str:
    """A moment, shortly."""
    return times.show(moment, lang())


def enrolled() -> None:
    """The tablets, each with who is on it."""
    st.subheader(_("Enrolled tablets"))
    found = tablets.all_tablets(actor, now=times.now())
    if not found:
        st.info(_("None yet. Without one no volunteer can sign in."), icon=":material/info:")
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            on = ", ".join(plain(name) for name in one["who"]) or _("nobody")
            st.markdown(
                f"**{plain(one['name'])}**  \n"
                + _("Signed in: {names}").format(names=on)
                + "  \n"
                + _("Last used: {moment}").format(moment=shown(one["seen_at"]))
                + "  \n"
                + _("Enrolled: {moment}").format(moment=shown(one["enrolled_at"])),
                width="stretch",
            )
            if st.button(_("Take off…"), key=f"revoke_{one['id']}"):
                confirm_revoke(one)


def signed_in() -> None:
    """Every open session."""
    st.subheader(_("Signed in now"))
    own = sessions.digest(who.token() or "")
    for one in tablets.open_sessions(actor, now=times.now()):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            where = plain(one["tablet"]) if one["tablet"] else _("an office browser")
            mark = f" :material/lock: {_('locked')}" if one["locked"] else ""
            st.markdown(
                f"**{plain(one['name'])}**　{_(ROLES[one['role']])}　{where}{mark}  \n"
                + _("Since: {moment}").format(moment=shown(one["began_at"]))
                + "  \n"
                + _("Last touched: {moment}").format(moment=shown(one["seen_at"])),
                width="stretch",
            )
            if one["id"] == own:
                st.markdown(_("This is you, here."))
            elif st.button(_("End this session"), key=f"end_{one['id'][:16]}"):
                end(one)


def end(session: dict[str, Any]) -> None:
    """End somebody's session."""
    if forms.attempt(lambda: tablets.end_session(actor, session_id=session["id"]) or True):
        done(_("The session of {name} is over.").format(name=plain(session["name"])))


st.title(_("Tablets"))
st.page_link("staff/people.py", label=_("People"), icon=":material/arrow_back:")
said = st.session_state.pop("tablets_said", None)
if said:
    st.success(said, icon=":material/check_circle:")
left, right = st.columns([5, 4], gap="medium")
with left:
    enrolled()
    signed_in()
with right, st.container(border=True):
    st.subheader(_("Add a tablet"))
    if WAITS in st.session_state:
        waiting()
    else:
        drafts.restore(actor, KEY, KEPT)
        add()
