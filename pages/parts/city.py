"""Back from the city's identity provider: from its answer to a session of ours, or why not."""

import streamlit as st

from desk import handover, oidc, times
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import links, who
from pages.parts.words import _, say

START = "/sign-in/city"


def arrived(here: Actor) -> None:
    """Send who comes from the provider on to the page that opens their session.

    Streamlit brings them to whatever screen is the first, so the frame asks at every run.
    """
    if not (oidc.configured() and st.user.get("is_logged_in")):
        return
    claims = st.user.to_dict()
    if here.role != "public" and not here.locked and not _newer(claims, here):
        return
    try:
        secret = handover.arrive(claims, device=who.device(), now=times.now())
    except Refused as refusal:
        _refused(refusal, str(claims.get("sub", "")))
        return
    st.title(_("Sign in with the city's account"))
    # web/static/handover.js follows this link by itself.
    with st.container(key="city_handover"):
        st.link_button(_("Go on"), f"/sign-in/handover?key={secret}", type="primary")
    st.stop()


def _newer(claims: dict[str, object], here: Actor) -> bool:
    """True for an answer given after this session last proved who it is: they proved it again."""
    issued = claims.get("iat")
    return (
        isinstance(issued, int | float)
        and here.proved_at is not None
        and issued > here.proved_at.timestamp()
    )


def _refused(refusal: Refused, subject: str) -> None:
    """Say why not; the public screens stay open to who is refused."""
    st.error(say(refusal), icon=":material/error:")
    if refusal.code == "city_unknown":
        st.caption(_("The id to tell the administrator:"))
        st.code(subject, language=None)
    with st.container(horizontal=True):
        links.here(_("Try again"), START, key="city_again", icon=":material/login:")
        links.here(
            _("Forget this sign-in"), "/sign-out", key="city_forget", icon=":material/logout:"
        )
