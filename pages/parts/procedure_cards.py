"""A procedure as the resident sees it: the tablet turned round, one large sentence at a time.

Everything here is at least 24 px, the readings over the kanji too.
"""

from datetime import datetime
from html import escape

import streamlit as st

from desk import language, times
from desk.guide import faces, glossary
from desk.guide.faces import ASK, BRING, STOP, WHERE, Answers, Card
from desk.guide.now import Option, options
from desk.guide.procedures import PLACES, Fact, Procedure
from pages.parts import procedure as volunteers
from pages.parts.furigana import ruby
from pages.parts.place import go, part
from pages.parts.words import lang

QR_WIDTH = 240


def _(msgid: str) -> str:
    """For residents: やさしい日本語 where the session speaks Japanese."""
    return language.catalogue(_tongue()).gettext(msgid)


def _tongue() -> str:
    return language.EASY if lang() == language.DEFAULT else lang()


def show(procedure: Procedure, given: Answers) -> None:
    """One card and the way on, back, and out."""
    now = times.now()
    found = faces.cards(procedure, given)
    number = _number(len(found))
    with st.container(key="guide_resident", gap="small"):
        _head(procedure, first=number == 0)
        with st.container(key="guide_card", border=True):
            _card(found[number], procedure, given, now)
        _on(number, len(found), given)


def _head(procedure: Procedure, *, first: bool) -> None:
    """Its name, and, to be passed over, the way back to the volunteer's face."""
    with st.container(horizontal=True, vertical_alignment="center", key="guide_top"):
        again = "" if first else ' class="guide-again"'
        st.html(f'<h1 lang="ja"{again}>{ruby(procedure.easy)}</h1>', width="stretch")
        st.button(
            _("Turn it back"),
            key="guide_turn_back",
            type="tertiary",
            icon=":material/undo:",
            on_click=go,
            kwargs={"face": "", "n": ""},
        )


def _number(count: int) -> int:
    """Which card the address names, the first when it names none."""
    typed = part("n")
    return min(int(typed), count) - 1 if typed.isdecimal() and int(typed) else 0


def _card(card: Card, procedure: Procedure, given: Answers, now: datetime) -> None:
    if card.kind != BRING:
        st.html(said(card, procedure, given, now))
        if card.kind == ASK:
            volunteers.answer_buttons(given)
        return
    things, phone = st.columns([3, 1])
    things.html(said(card, procedure, given, now))
    with phone:
        volunteers.qr(procedure, given, width=QR_WIDTH)
        st.html(f'<p class="guide-note">{escape(_("Read it with your phone"))}</p>')


def said(card: Card, procedure: Procedure, given: Answers, now: datetime) -> str:
    """What a card says, as HTML in which every text is escaped."""
    if card.kind in (WHERE, BRING):
        open_to = faces.reachable(procedure, given)
        found = options(procedure, open_to, now)
        if card.kind == WHERE:
            return _where(found, open_to.because, now)
        return _bring(procedure, found)
    if card.kind == STOP:
        return (
            f'<p class="guide-said guide-stop" lang="ja"><strong>{escape(_("Promise"))}</strong>'
            f"{ruby(card.text)}</p>"
        )
    return f'<p class="guide-said" lang="ja">{ruby(card.text)}</p>'


def _where(found: tuple[Option, ...], because: str, now: datetime) -> str:
    """The places, the best first, with whether one can go now."""
    rows = "".join(
        f"<li><strong>{escape(_(PLACES[one.place]))}</strong> "
        f"{escape(one.in_words(now, _tongue()))}</li>"
        for one in found
    )
    why = f"<p>{ruby(glossary.marked(because))}</p>" if because else ""
    heading = escape(_("Where you can do it"))
    return f'<div class="guide-list"><h2>{heading}</h2>{why}<ul>{rows}</ul></div>'


def _bring(procedure: Procedure, found: tuple[Option, ...]) -> str:
    """What to bring: for every way, then for each."""
    shared = faces.common(procedure, tuple(one.way for one in found))
    parts = [("", shared)]
    parts += [(_(PLACES[one.place]), faces.own(one.way, shared)) for one in found]
    listed = "".join(
        (f"<h3>{escape(title)}</h3>" if title else "") + _things(facts)
        for title, facts in parts
        if facts
    )
    nothing = f"<p>{escape(_('There is nothing you must bring.'))}</p>"
    heading = escape(_("What to take with you"))
    return f'<div class="guide-list"><h2>{heading}</h2>{listed or nothing}</div>'


def _things(facts: tuple[Fact, ...]) -> str:
    """What is certain; then, under words of their own, what the city must be asked about."""
    found = ""
    for certain, heading in ((True, ""), (False, f"<p><em>{escape(_('Ask the city'))}</em></p>")):
        things = "".join(
            f"<li>{ruby(glossary.marked(one.text))}</li>" for one in facts if one.certain is certain
        )
        found += f"{heading}<ul>{things}</ul>" if things else ""
    return found


def _on(number: int, count: int, given: Answers) -> None:
    """Back and next, large."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="guide_steps"):
        st.button(
            _("Back"),
            key="guide_previous",
            icon=":material/arrow_back:",
            width="stretch",
            disabled=not number and not given,
            on_click=_back,
            args=(number, given),
        )
        st.html(f'<p class="guide-note">{number + 1} / {count}</p>', width="content")
        st.button(
            _("Next"),
            key="guide_next",
            type="primary",
            icon=":material/arrow_forward:",
            icon_position="right",
            width="stretch",
            disabled=number + 1 == count,
            on_click=go,
            kwargs={"n": str(number + 2)},
        )


def _back(number: int, given: Answers) -> None:
    """The card before; before the first one, the question answered last."""
    if number:
        go(n=str(number) if number > 1 else "")
    else:
        go(a=faces.letters(given[:-1]), n="")
