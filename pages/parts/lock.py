"""What the browser's lock (web/static/lock.js) must know: who is here, when to lock, its words."""

import html
import json
from urllib.parse import urlencode

import streamlit as st

from desk import sessions
from desk.language import DEFAULT
from desk.people import Actor
from desk.proof import PIN_DIGITS
from pages.parts import who
from pages.parts.words import _, lang


def mark(here: Actor) -> None:
    """Put the facts into the page of somebody who is signed in; they hold nothing secret."""
    token = who.token()
    if here.role == "public" or not token:
        return
    pin = here.role == "volunteer"
    facts = {
        "session": sessions.mark(token),
        "locked": here.locked,
        "pin": PIN_DIGITS if pin else 0,
        "idle": int(sessions.idle(here.role).total_seconds() * 1000),
        "lang": lang(),
        "sign_in": who.sign_in_address(),
        "other": "/sign-out?" + urlencode({"next": "/sign-in", **_tongue()}),
        "words": {
            "title": _("Locked"),
            "prove": _("Once more, please"),
            "secret": (_("{name}: your PIN") if pin else _("{name}: your password")).format(
                name=here.name
            ),
            "go": _("Unlock and go on"),
            "back": _("Back without it"),
            "other": _("Somebody else…"),
            "again": _("Sign in again"),
            "clear": _("All away"),
            "last": _("One back"),
            "away": _("The desk does not answer. Please try again in a moment."),
        },
    }
    with st.container(key="lock_mark"):
        st.html(f'<i data-lock="{html.escape(json.dumps(facts), quote=True)}"></i>')


def _tongue() -> dict[str, str]:
    return {} if lang() == DEFAULT else {"lang": lang()}
