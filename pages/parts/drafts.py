"""Drafts on a screen: what was typed and tapped is brought back, and kept as it changes.

A screen calls `restore` before the widgets of a form and `keep` after them, with the names that
the form's fields have in the session's state: those of its widgets, of the form's id
(`pages.parts.forms.form_id`) and of whatever else opens it. Of a form that is open, the browser
sends letters as they are typed (web/static/drafts.js), so text need not make the screen run.
"""

import html
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from desk import drafts, times
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import who
from pages.parts.words import _, ngettext, say

Fits = Callable[[Any], bool]
# Names in the state; where a stored value could break its widget, with a check that it fits.
Fields = Iterable[str] | Mapping[str, Fits | None]
_OPEN = "drafts_of_"
_ID = "_form_id"


@dataclass
class Open:
    """What this session knows of a form.

    `opened` is what it held when it opened, with None for what was not chosen; `brought` is from
    when the draft on the screen is; `written` what was kept last; `thrown` what can still be taken
    out again.
    """

    person: str
    opened: dict[str, Any] | None = None
    brought: datetime | None = None
    written: object = None
    thrown: dict[str, Any] | None = None


def visit(page: str) -> None:
    """Called for every screen: one that is come back to has lost its widgets, so ask again."""
    if st.session_state.get(who.SHOWN) != page:
        for name in [str(one) for one in st.session_state if str(one).startswith(_OPEN)]:
            del st.session_state[name]
        st.session_state[who.SHOWN] = page


def restore(
    actor: Actor,
    form: str,
    fields: Fields,
    *,
    stays: Collection[str] = (),
    away: Callable[[], None] | None = None,
) -> None:
    """Bring the draft of a form back, once, where nothing is yet; say how old it is.

    Args:
        stays: fields that are left alone when the draft is thrown away.
        away: what else is to be done then.
    """
    names = _names(fields)
    own = st.session_state.get(_OPEN + form)
    if own and own.person != actor.id:  # somebody else signed in, in the same window
        _forget(names)
        own = None
    if own is None:
        own = st.session_state[_OPEN + form] = Open(actor.id)
        _bring(actor, form, names, own)
    if own.brought or own.thrown:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"draft_line_{form}", gap="small"
        ):
            _line(form, own, lambda: _throw_away(actor, form, list(names), stays, away))


def keep(actor: Actor, form: str, fields: Fields, *, telephones: Collection[str] = ()) -> None:
    """Write down what the form holds, when that changed; a failure is said at once.

    Args:
        telephones: fields in which a telephone number may stand; of others it is not kept.
    """
    state = st.session_state
    own = state.setdefault(_OPEN + form, Open(actor.id))
    there = {name: state[name] for name in _names(fields) if name in state}
    held = {name: value for name, value in there.items() if value is not None}
    id = next((str(held[name]) for name in held if name.endswith(_ID)), "")
    if own.opened is None:
        own.opened = {name: one for name, one in there.items() if not name.endswith(_ID)}
    changed = {name: one for name, one in held.items() if not name.endswith(_ID)} != {
        name: one for name, one in own.opened.items() if one is not None
    }
    if changed:
        own.thrown = None
    if (held, changed) != own.written:
        try:
            drafts.keep(
                actor,
                device=who.device(),
                form=form,
                id=id,
                values=held,
                changed=changed,
                opened=own.opened,
                now=times.now(),
                telephones=telephones,
            )
        except Refused as refusal:
            st.error(say(refusal), icon=":material/cloud_off:")
        else:
            own.written = (held, changed)
    _mark(actor, form, id, list(_names(fields)))


def drop(actor: Actor, form: str) -> None:
    """Forget the draft: the form was saved, or put away. Its fields are left to the screen.

    Also to be called when a program, and not a person, changes a text of an open form.
    """
    # Not so when the session ended, or was locked, before the tap.
    if actor.may("keep_drafts") and actor.ready:
        drafts.drop(actor, device=who.device(), form=form)
    st.session_state[_OPEN + form] = Open(actor.id)


def again(form: str) -> None:
    """The form leaves the screen, but not for good: what it holds comes back with it."""
    st.session_state.pop(_OPEN + form, None)


def _names(fields: Fields) -> dict[str, Fits | None]:
    return dict(fields) if isinstance(fields, Mapping) else dict.fromkeys(fields)


def _forget(names: Iterable[str]) -> None:
    for name in names:
        st.session_state.pop(name, None)


def _bring(actor: Actor, form: str, names: Mapping[str, Fits | None], own: Open) -> None:
    found = drafts.find(actor, device=who.device(), form=form, now=times.now())
    if found is None:
        return
    own.brought = found.saved_at if found.changed else None
    own.opened = found.opened
    for name, fits in names.items():
        value = found.values.get(name)
        if name in st.session_state:
            # Said anew, it stays when its widget is not on the screen in this run.
            st.session_state[name] = st.session_state[name]
        elif value is not None and (fits is None or fits(value)):
            st.session_state[name] = value


def _line(form: str, own: Open, throw_away: Callable[[], None]) -> None:
    if own.thrown:
        st.markdown(f":material/delete: {_('The draft was thrown away.')}")
        st.button(
            _("Take the draft out again"),
            key=f"draft_back_{form}",
            icon=":material/undo:",
            on_click=_take_back,
            args=(own,),
        )
    elif own.brought:
        text = _("Your draft is back ({age}).").format(age=age(times.now() - own.brought))
        st.markdown(f":material/history_edu: {text}")
        st.button(
            _("Throw it away and begin anew"),
            key=f"draft_away_{form}",
            icon=":material/delete:",
            on_click=throw_away,
        )


def _throw_away(
    actor: Actor,
    form: str,
    names: list[str],
    stays: Collection[str],
    away: Callable[[], None] | None,
) -> None:
    if away:
        away()
    state = st.session_state
    held = {name: state[name] for name in names if name in state}
    opened = state[_OPEN + form].opened or {}
    for name in held.keys() - set(stays):
        # Said, not only forgotten: the browser would go on showing what it had.
        if name in opened:
            state[name] = opened[name]
        else:
            del state[name]
    drop(actor, form)
    state[_OPEN + form].thrown = held


def _take_back(own: Open) -> None:
    for name, value in (own.thrown or {}).items():
        st.session_state[name] = value
    own.brought, own.thrown = times.now(), None


def age(since: timedelta) -> str:
    """How long ago: 「3分前」, 「2時間前」, 「5日前」."""
    minutes = int(since.total_seconds()) // 60
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("{n} minute ago", "{n} minutes ago", minutes).format(n=minutes)
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("{n} hour ago", "{n} hours ago", hours).format(n=hours)
    days = minutes // (24 * 60)
    return ngettext("{n} day ago", "{n} days ago", days).format(n=days)


def _mark(actor: Actor, form: str, id: str, keys: list[str]) -> None:
    """Tell the browser which fields belong to this form, and what to say when it cannot keep."""
    facts = {
        "form": form,
        "id": id,
        "keys": keys,
        # Not who: only whether it is still the same person.
        "by": drafts.mark_of(actor),
        "away": _("The desk does not answer: what you type is not kept yet. Please do not close."),
        "ended": _("You are signed out: what you type is not kept. Please sign in again."),
        "full": _("The desk could not keep what you type. Please save it, and tell the staff."),
    }
    with st.container(key=f"draft_mark_{form}"):
        st.html(f'<i data-draft="{html.escape(json.dumps(facts), quote=True)}"></i>')
