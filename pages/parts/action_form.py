"""Marking an action for neighbourhoods: what, for whom, from which day on."""

from datetime import date, timedelta

import streamlit as st

from desk import places, times
from desk.gaps.acts import actions
from desk.gaps.acts.actions import AHEAD, BACK, KINDS, OUTREACH, ActionForm
from desk.people import Actor
from pages.parts import drafts, forms, place, towns, who
from pages.parts.words import _, lang, plain

KEY = "actions"
TOWNS = f"{KEY}_towns"
_PLAIN = ("open", "kind", "title", "day", "note")
state = st.session_state


def key(field: str) -> str:
    """The state's name of a form field."""
    return f"{KEY}_{field}"


def fields() -> dict[str, drafts.Fits | None]:
    """What the form has in the session's state."""
    kept: dict[str, drafts.Fits | None] = dict.fromkeys(
        [key("form_id"), *map(key, _PLAIN), *towns.many_fields(TOWNS)]
    )
    kept[key("kind")] = KINDS.__contains__
    kept[key("day")] = lambda day: isinstance(day, date) and -BACK <= day - _today() < AHEAD
    for kind in KINDS:
        if kind != OUTREACH:
            kept[key(f"about_{kind}")] = lambda value, kind=kind: value in offered(kind)
    return kept


def offered(kind: str) -> dict[str, str]:
    """What an action of a kind may be, with "" for nothing the desk has."""
    return {"": _("None of these")} | actions.choices(who.actor(), kind=kind)


def _today() -> date:
    return times.today(times.now())


def begin() -> None:
    """Open the form."""
    state[key("open")] = True


def close() -> None:
    """Put the form away, and what was in it."""
    drafts.drop(who.actor(), KEY)
    forms.renew(KEY)
    for name in fields():
        state.pop(name, None)
    towns.forget(TOWNS)
    place.go(town="", kind="")
    state.pop(key("asked"), None)


def prefill() -> None:
    """What a link brings: a neighbourhood and a kind; it is put to what the form holds."""
    town, kind = place.part("town"), place.part("kind")
    if not town or state.get(key("asked")) == (town, kind):
        return
    state[key("asked")] = (town, kind)
    if any(one.id == town for one in towns.all_towns()):
        begin()
        chosen = state.get(f"{TOWNS}_chosen") or []
        state[f"{TOWNS}_chosen"] = [*chosen, *([] if town in chosen else [town])]
        if kind in KINDS and not state.get(key("kind")):
            state[key("kind")] = kind


def offer(actor: Actor) -> None:
    """The form where it is open, else the button that opens it."""
    drafts.restore(actor, KEY, fields())
    prefill()
    if state.get(key("open")):
        with st.container(border=True):
            show(actor)
    else:
        st.button(
            _("Mark an action"),
            type="primary",
            icon=":material/add:",
            on_click=begin,
            key="actions_new",
        )


@st.fragment
def show(actor: Actor) -> None:
    """The form; right of it what will be kept, and the button that keeps it."""
    actor = who.gate("plan_actions")  # a tap runs only this part
    forms.form_id(KEY)
    left, right = st.columns([7, 4], gap="medium")
    with left:
        kind = st.segmented_control(
            _("What was done"),
            list(KINDS),
            format_func=lambda one: _(KINDS[one]),
            key=key("kind"),
            width="stretch",
            wrap=True,
        )
        about, names = "", {}
        first, second = st.columns([3, 2])
        if kind and kind != OUTREACH:
            names = offered(kind)
            about = first.selectbox(
                _("Which one (optional)"),
                list(names),
                format_func=names.__getitem__,
                key=key(f"about_{kind}"),
            )
        title = first.text_input(
            _("Its name, to find it again"), key=key("title"), autocomplete="off"
        )
        today = _today()
        state.setdefault(key("day"), today)
        day = second.date_input(
            _("The day it begins or began"),
            min_value=today - BACK,
            max_value=today + AHEAD - timedelta(days=1),
            key=key("day"),
            format="YYYY/MM/DD",
        )
        chosen = towns.pick_many(_("Neighbourhoods it is for"), key=TOWNS)
        note = st.text_area(_("Note (optional)"), key=key("note"), height=80, on_change="ignore")
    drafts.keep(actor, KEY, fields())
    title = (title or "").strip() or (names[about] if about else "")
    with right, st.container(border=True, key="actions_card"):
        _kept(kind or "", title, chosen, day)
        if st.button(
            _("Keep this action"), type="primary", icon=":material/save:", key="actions_save"
        ):
            save(
                actor,
                ActionForm(kind or "", title, chosen, day or today, note or "", about or ""),
            )
        st.button(_("Close"), key="actions_close", on_click=close)


def _kept(kind: str, title: str, chosen: tuple[str, ...], day: date | None) -> None:
    """What will be kept, in words, as far as it is chosen."""
    st.markdown(f"**{_('This will be kept')}**")
    dash = "－"
    names = "、".join(places.town_name(one) for one in chosen)
    lines = (
        (_("What was done"), _(KINDS[kind]) if kind else dash),
        (_("Its name"), title or dash),
        (_("Neighbourhoods it is for"), names or dash),
        (_("From"), times.show_day(day, lang()) if day else dash),
    )
    st.markdown("  \n".join(f":gray[{label}]　{plain(text)}" for label, text in lines))


def save(actor: Actor, wanted: ActionForm) -> None:
    """Keep it, or say why not and leave the form as it is."""
    id = forms.form_id(KEY)
    made = forms.attempt(lambda: actions.mark(actor, id=id, form=wanted, now=times.now()))
    if made:
        close()
        state[key("done")] = ("marked", made)
        st.rerun()
