"""The form in which staff edit a procedure: fields as マイナポータル names them, and a draft."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from desk import times
from desk.consultations import TOPICS
from desk.files import UnreadableFile
from desk.guide import edits, fields, procedures, words
from desk.guide.hours import HOURS
from desk.guide.procedures import GROUPS, PLACES, Procedure
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import drafts, forms, guide_preview, who
from pages.parts.words import _, plain

KEY = "guide_edit"
OF, BASE, REASON = "guide_of", "guide_base", "guide_reason"
SHORT, TALL = 68, 130  # pixels


def key(name: str) -> str:
    """The state's name of a field."""
    return f"guide_f_{name}"


STATE = (*(key(name) for name in fields.NAMES), REASON, BASE, f"{KEY}_form_id")


def draft(of: str) -> str:
    """The name of a procedure's draft; "" is a new one."""
    return f"{KEY} {of}"


def open_form(actor: Actor, of: str, start: Procedure | None) -> None:
    """Fill the form once: with its draft, else with `start`, else with nothing."""
    if st.session_state.get(OF) != of:
        for name in STATE:
            st.session_state.pop(name, None)
        drafts.again(draft(of))
        st.session_state[OF] = of
    drafts.restore(actor, draft(of), STATE)
    today = times.today(times.now())
    held = fields.of(start) if start else fields.empty(today)
    for name, value in held.items():
        st.session_state.setdefault(key(name), value)
    st.session_state.setdefault(REASON, "")
    if BASE not in st.session_state:
        st.session_state[BASE] = edits.base(actor, of) if of else ""
    forms.form_id(KEY)


def close() -> None:
    """Leave the form: what it holds stays in its draft."""
    st.session_state.pop(OF, None)


@st.fragment
def form(of: str, start: Procedure | None) -> None:
    """The form, what it changes, how it will look, and the button that proposes it."""
    actor = who.gate("edit_guide")  # a fragment runs without the first line of the screen
    open_form(actor, of, start)
    tabs = st.tabs(
        [
            _("What it is"),
            _("What is needed"),
            _(words.FIELDS["ways"]),
            _("What people read and say"),
            _("Questions"),
            _("Where it is from"),
            _("How it will look"),
        ]
    )
    for tab, part in zip(tabs, (what, needed, ways, read, asked, origin, look), strict=True):
        with tab:
            part(of)
    drafts.keep(actor, draft(of), STATE)
    send(actor, of)


def label(name: str) -> str:
    """A field's name in this session's language."""
    return _(words.FIELDS[name])


def line(name: str, **more: Any) -> None:
    """A field of one line."""
    st.text_input(label(name), key=key(name), autocomplete="off", **more)


def area(name: str, text: str = "", height: int = SHORT) -> None:
    """A field of several lines."""
    st.text_area(text or label(name), key=key(name), height=height)


def what(of: str) -> None:
    """Its names, and where it belongs."""
    left, right = st.columns(2)
    with left:
        line("title")
        line("easy")
        line("title_en")
    with right:
        if not of:
            line("id")
        st.selectbox(
            label("group"), list(GROUPS), format_func=lambda one: _(GROUPS[one]), key=key("group")
        )
        st.selectbox(
            label("topic"), list(TOPICS), format_func=lambda one: _(TOPICS[one]), key=key("topic")
        )
    area("overview", height=90)


def confirming() -> None:
    """How a line says that the city must confirm it."""
    st.caption(
        _("Begin a line with “{sign}” when the city must confirm it first.").format(
            sign=words.CONFIRM
        )
    )


def needed(_of: str) -> None:
    """What is needed, until when, at what cost."""
    confirming()
    left, right = st.columns(2)
    with left:
        for name in ("deadline", "online", "fee", "office", "basis"):
            area(name)
    with right:
        one_a_line = _("{what}, one a line")
        for name in ("forms", "attachments", "traps"):
            area(name, one_a_line.format(what=label(name)), TALL)
        area("links", _("{what}: a name and an address, one a line").format(what=label("links")))


def ways(_of: str) -> None:
    """Where it can be done; each place has its own fields."""
    confirming()
    st.multiselect(
        _("Where it can be done, the best first"),
        list(PLACES),
        format_func=lambda one: _(PLACES[one]),
        key=key("places"),
        placeholder=_("None"),
    )
    chosen = st.session_state[key("places")] or ()
    for place in PLACES:
        # Fields that are not shown keep what they hold: a place can be chosen again.
        if place not in chosen:
            for name in fields.WAY_FIELDS:
                held = key(f"{place}_{name}")
                st.session_state[held] = st.session_state[held]
    for place in chosen:
        with st.container(border=True):
            st.markdown(f"**{_(PLACES[place])}**")
            left, right = st.columns(2)
            with left:
                area(f"{place}_about", _(words.WAY["about"]))
                st.selectbox(
                    _(words.WAY["hours"]),
                    ["", *HOURS],
                    format_func=lambda one: HOURS[one].name if one else _("Nobody knows"),
                    key=key(f"{place}_hours"),
                )
            with right:
                one_a_line = _("{what}, one a line")
                for name in ("bring", "steps"):
                    area(f"{place}_{name}", one_a_line.format(what=_(words.WAY[name])), TALL)


def read(_of: str) -> None:
    """What the resident reads, how people ask, what never happens."""
    st.caption(_("A reading is written as {example}.").format(example="「{漢字|かんじ}」"))
    left, right = st.columns(2)
    with left:
        area("tell", height=240)
    with right:
        area("said", _("{what}, one a line").format(what=label("said")), TALL)
        st.multiselect(
            label("stops"),
            list(STOPS),
            format_func=lambda one: STOPS[one].text,
            key=key("stops"),
            placeholder=_("None"),
        )


def asked(_of: str) -> None:
    """The flow as YAML, and what it says in words."""
    left, right = st.columns(2)
    with left:
        area("flow", height=330)
        with st.expander(_("What can be asked, and where it can lead")):
            st.markdown(
                "\n".join(f"- `{name}`　{plain(one.text)}" for name, one in QUESTIONS.items())
            )
            st.markdown("\n".join(f"- `{name}`　{_(text)}" for name, text in PLACES.items()))
    with right:
        st.markdown(f"**{_('In words')}**")
        with told():
            one = as_read()
            st.markdown("\n".join(f"- {plain(text)}" for text in words.way_through(one.flow, _)))


def origin(_of: str) -> None:
    """Where the facts are from, who answers for them, until when they count."""
    left, right = st.columns(2)
    with left:
        area("source", height=TALL)
        line("owner")
    with right:
        st.date_input(label("checked_on"), key=key("checked_on"), format="YYYY/MM/DD", value=None)
        st.date_input(label("expires_on"), key=key("expires_on"), format="YYYY/MM/DD", value=None)


def look(_of: str) -> None:
    """Both faces of what the form holds."""
    with told():
        guide_preview.both(as_read())


def contents() -> str:
    """What the form holds as YAML.

    Raises:
        UnreadableFile: when its flow is none.
    """
    return fields.contents({name: st.session_state.get(key(name)) for name in fields.NAMES})


def as_read() -> Procedure:
    """What the form holds as a procedure.

    Raises:
        UnreadableFile: when it is none yet.
    """
    return procedures.read(contents())


@contextmanager
def told() -> Iterator[None]:
    """Say what keeps the form from being a procedure, in the words of its fields."""
    try:
        yield
    except UnreadableFile as problem:
        reason = re.sub(r"^.*?行目: ", "", words.named(problem.reason, _))
        st.info(plain(reason), icon=":material/edit:")


def send(actor: Actor, of: str) -> None:
    """What changes, why, and the button."""
    counts = procedures.all_procedures().get(of)
    with st.container(border=True, key="guide_send"):
        with told():
            found = words.difference(counts, as_read(), _)
            st.markdown(f"**{_('What changes')}**")
            if counts and not found:
                st.caption(_("Nothing yet."))
            difference(found[:40] if counts else [])
            if not counts:
                st.caption(_("It is new."))
        st.text_input(
            _("Why (a colleague reads this)"), key=REASON, autocomplete="off", max_chars=200
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(
                _("Propose"),
                type="primary",
                icon=":material/send:",
                key="guide_propose",
            ):
                propose(actor, of)
            if st.button(_("Close"), key="guide_close"):
                leave()
                st.rerun()
            st.caption(_("A colleague decides. What is typed here is kept until it is proposed."))


def propose(actor: Actor, of: str) -> None:
    """Put it forward, or say why not and keep the form."""

    def put() -> edits.Version:
        try:
            text = contents()
        except UnreadableFile as problem:
            reason = words.named(problem.reason, _)
            raise Refused("procedure_wrong", field="contents", reason=reason) from None
        return edits.propose(
            actor,
            id=forms.form_id(KEY),
            contents=text,
            reason=st.session_state[REASON],
            now=times.now(),
            based_on=st.session_state[BASE],
        )

    made = forms.attempt(put)
    if made:
        drafts.drop(actor, draft(of))
        forms.renew(KEY)
        leave()
        st.session_state.guide_done = _(
            "Proposed: {title}. It counts when a colleague has approved it."
        ).format(title=made.title)
        st.rerun()


def leave() -> None:
    """Back to the list."""
    close()
    for name in ("id", "new", "files", "words", "version", "history"):
        st.query_params.pop(name, None)


def difference(found: list[tuple[str, str]]) -> None:
    """Lines that go and come, told apart by a sign and a colour."""
    for sign, text in found:
        if sign == "-":
            st.markdown(f":red[:material/remove: {plain(text)}]")
        else:
            st.markdown(f":green[:material/add: {plain(text)}]")
