"""Who is here: the session cookie, read again at every run, so a lost session loses its rights."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from desk import sessions, times
from desk.people import Actor
from pages.parts import links
from pages.parts.words import _, lang

TOKEN, DEVICE = "session_token", "device"
SHOWN = "drafts_here"  # the page whose drafts were brought (pages/parts/drafts.py)


def token() -> str | None:
    """The token of this browser's session, if it has one."""
    # A session's own token stands before the cookie, for runs without a browser (tests).
    own = st.session_state.get(TOKEN)
    return st.context.cookies.get(sessions.COOKIE) if own is None else str(own)


def actor() -> Actor:
    """The signed-in person of this browser, or the public."""
    return sessions.actor_of(token(), now=times.now())


def device() -> str:
    """The id of this tablet's browser, from a cookie; "" when there is none."""
    own = st.session_state.get(DEVICE)  # for runs without a browser (tests)
    return sessions.device_of(own or st.context.cookies.get(sessions.DEVICE_COOKIE))


def gate(right: str) -> Actor:
    """The first line of every screen that is not public: stops the run without the right."""
    here = actor()
    if here.may(right) and here.ready:
        return here
    turned_away(here)
    st.stop()


def turned_away(here: Actor) -> None:
    """What stands where a screen may not be shown."""
    if here.locked:
        _locked()
    elif here.must_change:
        st.title(_("Choose a password"))
        _on(_("Choose a password"), "/new-secret", "password")
    elif here.must_enrol:
        st.title(_("Set up the authenticator app"))
        _on(_("Set up the authenticator app"), "/authenticator", "phonelink_lock")
    elif here.role == "public":
        st.title(_("For volunteers and staff"))
        st.info(_("Please sign in to see this page."), icon=":material/lock:")
        _on(_("Sign in"), sign_in_address(), "login")
    else:
        st.title(_("Not for your role"))
        st.info(_("Your role cannot open this page. Please ask the staff."), icon=":material/lock:")


def _on(label: str, address: str, icon: str) -> None:
    links.here(label, address, key="first", icon=f":material/{icon}:", type="primary")


def _locked() -> None:
    """The browser has its lock over this; it taps the button, which nobody sees, when it is off."""
    st.title(_("Locked"))
    st.info(_("Please give your PIN or password to go on."), icon=":material/lock:")
    with st.container(key="unlocked"):
        if st.button(_("Unlock and go on")):
            st.rerun()
    # What the forms held was on the screen before: their drafts are brought again.
    st.session_state.pop(SHOWN, None)


def sign_in_address() -> str:
    """The sign-in page, which comes back to where one is."""
    path = urlsplit(st.context.url or "").path or "/"
    asked = urlencode(st.query_params.to_dict())
    return "/sign-in?" + urlencode({"next": f"{path}?{asked}" if asked else path, "lang": lang()})
