"""A procedure as the volunteer sees it: what is certain, where it can be done now, what to mind."""

import re
from datetime import datetime
from urllib.parse import urlsplit

import streamlit as st

from desk import codes, times
from desk.guide import faces, reading
from desk.guide.faces import Answers
from desk.guide.now import Option, options
from desk.guide.procedures import (
    CITY,
    EXPIRED,
    HERE,
    PHONE,
    PLACES,
    STALE,
    STORE,
    UNOWNED,
    Fact,
    Procedure,
)
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.opening import CLOSED, OPEN
from pages.parts import who
from pages.parts.place import go
from pages.parts.words import _, lang, plain

ICONS = {HERE: "where_to_vote", STORE: "local_convenience_store", CITY: "apartment", PHONE: "call"}


def show(procedure: Procedure, given: Answers) -> None:
    """The whole face: right where, left what; below the source of it all."""
    now = times.now()
    _head(procedure, given, now)
    stops = [_stop(key) for key in procedure.stops]
    if stops:
        with st.container(key="guide_stops"):
            st.markdown("　".join(f":material/front_hand: **{_first(one)}**" for one in stops))
    left, right = st.columns([5, 4], gap="medium")
    open_to = faces.reachable(procedure, given)
    found = options(procedure, open_to, now)
    ended = faces.asks(procedure, given) is None
    shared = faces.common(procedure, tuple(one.way for one in found))
    with right:
        _questions(procedure, given)
        if open_to.because:
            st.info(plain(open_to.because), icon=":material/info:")
        for number, one in enumerate(found):
            place(one, faces.own(one.way, shared), now, opened=ended and not number)
        if HERE in open_to.go and HERE not in {one.place for one in found}:
            st.caption(_("Here at the desk only when the city has confirmed it."))
    with left:
        certain(procedure, shared)
        mind(procedure)
    _source(procedure)


def mind(procedure: Procedure) -> None:
    """What never happens at the desk, and the traps."""
    for number, key in enumerate(procedure.stops):
        with st.container(key=f"guide_stop_{number}"):
            st.markdown(f":material/front_hand: {plain(_stop(key))}")
    if procedure.traps:
        st.markdown(f"**{_('Mind this')}**\n" + _list(procedure.traps))


def title(procedure: Procedure) -> str:
    """Its name in this session's language."""
    return procedure.title_en if lang() == "en" else procedure.title


def label(procedure: Procedure) -> str:
    """Its name as one says it, and as it is called officially."""
    if lang() == "en":
        return plain(procedure.title_en)
    said = reading.bare(procedure.easy).replace(" ", "")
    return f"**{plain(said)}** :gray[:small[{plain(procedure.title)}]]"


def fact(one: Fact) -> str:
    """A statement; one that the city must confirm says so with a word and a shape."""
    mark = "" if one.certain else f" :orange-badge[:material/help: {_('Ask the city')}]"
    return f"{plain(one.text)}{mark}"


def _list(facts: tuple[Fact, ...]) -> str:
    return "\n".join(f"- {fact(one)}" for one in facts)


def _head(procedure: Procedure, given: Answers, now: datetime) -> None:
    """Its name, how far it can be trusted, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center", key="guide_head"):
        st.button(
            _("Look for another"),
            key="guide_back",
            icon=":material/arrow_back:",
            on_click=go,
            kwargs={"id": "", "a": "", "n": "", "face": ""},
        )
        st.title(plain(title(procedure)), width="stretch")
        st.button(
            _("Show it to the resident"),
            key="guide_turn",
            type="primary",
            icon=":material/screen_rotation:",
            on_click=go,
            kwargs={"face": "resident", "n": ""},
        )
    with st.container(horizontal=True, vertical_alignment="center", key="guide_actions"):
        st.markdown(state(procedure, now), width="stretch")
        st.link_button(
            _("What-to-bring slip"), memo(procedure, given), icon=":material/receipt_long:"
        )
        with st.popover(_("Show the QR code"), icon=":material/qr_code_2:"):
            qr(procedure, given, width=240)
            st.caption(_("The resident's phone opens the slip with what to bring."))
        if st.button(_("Log a consultation"), key="guide_log", icon=":material/edit_note:"):
            st.switch_page("volunteer/log.py", query_params={"procedure": procedure.id})


def state(procedure: Procedure, now: datetime) -> str:
    """How far it can be trusted today: a word and a shape."""
    match procedure.state(times.today(now)):
        case str(found) if found == EXPIRED:
            day = times.show_day(procedure.expires_on, lang()) if procedure.expires_on else ""
            text = _("Out of date (it counted until {day}): ask the city").format(day=day)
            return f":red-badge[:material/event_busy: {text}]"
        case str(found) if found == UNOWNED:
            text = _("No section answers for this yet: ask the city")
            return f":orange-badge[:material/person_off: {text}]"
        case str(found) if found == STALE:
            text = _("Not checked for 180 days or more")
            return f":orange-badge[:material/history: {text}]"
    return f":green-badge[:material/verified: {_('Checked')}]"


def memo(procedure: Procedure, given: Answers) -> str:
    """The address of the slip with what to bring."""
    marks = [f"a={faces.letters(given)}"] if given else []
    marks += [f"lang={lang()}"] if lang() == "en" else []
    return f"/guide/{procedure.id}/memo" + ("?" + "&".join(marks) if marks else "")


def qr(procedure: Procedure, given: Answers, *, width: int) -> None:
    """The same address for a phone."""
    here = urlsplit(st.context.url or "")
    picture = _picture(f"{here.scheme}://{here.netloc}{memo(procedure, given)}")
    st.image(picture, width=width, alt=_("QR code of the slip with what to bring"))


@st.cache_data(max_entries=200, show_spinner=False)
def _picture(address: str) -> bytes:
    return codes.qr_png(address)


def _questions(procedure: Procedure, given: Answers) -> None:
    """What was answered, each with its way back, and the next question."""
    for number, (key, answer) in enumerate(faces.answered(procedure, given)):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            said = _("Yes") if answer else _("No")
            st.markdown(f"**{said}**　{plain(asked(key))}", width="stretch")
            other = faces.letters(faces.changed(given, number))
            st.button(
                _("Change"),
                key=f"guide_change_{number}",
                type="tertiary",
                icon=":material/swap_horiz:",
                on_click=go,
                kwargs={"a": other},
            )
    key = faces.asks(procedure, given)
    if key is None:
        return
    with st.container(border=True, key="guide_question", gap="xsmall"):
        st.markdown(f"**{plain(asked(key))}**")
        answer_buttons(given)
        help = QUESTIONS[key].help
        if help and lang() != "en":
            st.caption(plain(help))
        if given:
            back_button(given)


def asked(key: str) -> str:
    """A question in this session's language."""
    found = QUESTIONS[key]
    return found.text_en if lang() == "en" else found.text


def answer_buttons(given: Answers) -> None:
    """Yes and no, large."""
    yes, no = st.columns(2)
    for column, answer, label, icon in (
        (yes, True, _("Yes"), ":material/check:"),
        (no, False, _("No"), ":material/close:"),
    ):
        column.button(
            label,
            key=f"big_{'yes' if answer else 'no'}",
            icon=icon,
            width="stretch",
            on_click=go,
            kwargs={"a": faces.letters((*given, answer)), "n": ""},
        )


def back_button(given: Answers) -> None:
    """One step back."""
    st.button(
        _("One question back"),
        key="guide_step_back",
        icon=":material/undo:",
        on_click=go,
        kwargs={"a": faces.letters(given[:-1]), "n": ""},
    )


def place(one: Option, extra: tuple[Fact, ...], now: datetime, *, opened: bool) -> None:
    """One place: whether one can go now, what more it needs, and the steps."""
    closed = one.openness.state == CLOSED
    key = f"guide_{'closed' if closed else 'place'}_{one.place}"
    with st.container(border=True, gap="xsmall", key=key):
        name = f":material/{ICONS[one.place]}: **{_(PLACES[one.place])}**"
        st.markdown(f"{name}　{openness(one, now)}")
        st.markdown(fact(one.way.about))
        if extra:
            st.markdown(f"{_('Also bring')}\n" + _list(extra))
        if one.way.steps:
            with st.expander(_("Steps"), icon=":material/format_list_numbered:", expanded=opened):
                st.markdown("\n".join(f"1. {plain(step)}" for step in one.way.steps))


def openness(one: Option, now: datetime) -> str:
    """Open, closed or not known: words, colour and shape."""
    text = plain(one.in_words(now, lang()))
    match one.openness.state:
        case str(found) if found == OPEN:
            return f":green[:material/check_circle: {text}]"
        case str(found) if found == CLOSED:
            return f":gray[:material/schedule: {text}]"
    return f":orange[:material/help: {text}]"


def certain(procedure: Procedure, shared: tuple[Fact, ...]) -> None:
    """What holds before any question is answered."""
    rows = (
        ("language", _("Online"), procedure.online),
        ("event", _("Until when"), procedure.deadline),
        ("payments", _("Fee"), procedure.fee),
    )
    with st.container(border=True, key="guide_certain", gap="xsmall"):
        st.markdown(fact(procedure.overview))
        for icon, label, one in rows:
            if one.text:
                st.markdown(f":material/{icon}: **{label}**　{fact(one)}")
        label = f":material/inventory_2: **{_('What to bring')}**"
        if shared:
            st.markdown(f"{label}\n{_list(shared)}")
        else:
            st.markdown(f"{label}　{_('Each way needs something else.')}")


def _stop(key: str) -> str:
    """A hard stop in this session's language."""
    found = STOPS[key]
    return found.text_en if lang() == "en" else found.text


def _first(text: str) -> str:
    """The first sentence, which says the most."""
    return plain(re.split(r"(?<=[。.]) ?", text)[0])


def _source(procedure: Procedure) -> None:
    """Where it is known from, who answers for it, when it was checked; offices and law."""
    rows = [
        (_("Source"), plain(procedure.source)),
        (_("Answers for it"), plain(procedure.owner) or _("Nobody yet")),
        (_("Checked on"), times.show_day_long(procedure.checked_on, lang())),
    ]
    if procedure.expires_on:
        rows.append((_("Counts until"), times.show_day_long(procedure.expires_on, lang())))
    rows += [
        (label, fact(one))
        for label, one in ((_("Office"), procedure.office), (_("Law"), procedure.basis))
        if one.text
    ]
    with st.container(key="guide_source", gap="xsmall"):
        st.caption("　".join(f"{label}：{text}" for label, text in rows))
        if procedure.links:
            with st.container(horizontal=True):
                for link in procedure.links:
                    st.link_button(plain(link.name), link.url, icon=":material/open_in_new:")
        if who.actor().may("edit_guide") and st.button(
            _("Edit this procedure"), key="guide_edit_this", icon=":material/edit_document:"
        ):
            st.switch_page("staff/procedures.py", query_params={"id": procedure.id})
