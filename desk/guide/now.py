"""Where a procedure can be done at this moment, the best first."""

from dataclasses import dataclass, replace
from datetime import datetime

from desk import language, times
from desk.guide import hours
from desk.guide.procedures import (
    CITY,
    CURRENT,
    HERE,
    STORE,
    Outcome,
    Procedure,
    Question,
    Way,
)
from desk.guide.questions import QUESTIONS
from desk.opening import CLOSED, OPEN, UNCERTAIN, Openness
from desk.refusals import N_

_ORDER = (OPEN, UNCERTAIN, CLOSED)
HERE_NOW = N_("You can do it here now")
ASK_HOURS = N_("Please ask the city for its hours")


@dataclass(frozen=True)
class Option:
    """A place it can be done: how, whether it is open, and why this place (may be empty)."""

    place: str
    way: Way
    openness: Openness
    because: str

    def in_words(self, now: datetime, lang: str) -> str:
        """Whether one can go there now, in a language of the desk."""
        said = language.catalogue(lang).gettext
        if self.place == HERE:
            return said(HERE_NOW)
        if self.openness.state == UNCERTAIN and self.place in (STORE, CITY):
            return said(ASK_HOURS)
        return self.openness.in_words(now, lang)


def options(procedure: Procedure, outcome: Outcome, now: datetime) -> tuple[Option, ...]:
    """The places of an outcome: open ones first, then those nobody knows of, then closed ones;
    among equals in the flow's order.

    The desk itself is offered only while the procedure is CURRENT and its way is certain. An
    outcome always names a place besides the desk (the reader of procedures sees to it), so there
    is always one.
    """
    here = _here(procedure, now)
    offered = [
        _option(procedure, place, outcome.because, now)
        for place in outcome.go
        if place != HERE or here
    ]
    return tuple(sorted(offered, key=lambda one: _ORDER.index(one.openness.state)))


def fitting(procedure: Procedure, now: datetime) -> Procedure:
    """The procedure with the questions that matter now.

    Where the desk may do it but cannot yet, what is asked only for its sake is passed over: nobody
    is asked for a card to hear the same answer. The flow may have no question left.
    """
    if procedure.way(HERE) is None or _here(procedure, now):
        return procedure
    return replace(procedure, flow=_without_here(procedure.flow))


def _without_here(node: Question | Outcome) -> Question | Outcome:
    if isinstance(node, Outcome):
        return node
    if QUESTIONS[node.ask].here:
        return _without_here(node.yes)
    return Question(node.ask, _without_here(node.yes), _without_here(node.no))


def _here(procedure: Procedure, now: datetime) -> bool:
    way = procedure.way(HERE)
    current = procedure.state(times.today(now)) == CURRENT
    return current and way is not None and way.about.certain


def _option(procedure: Procedure, place: str, because: str, now: datetime) -> Option:
    way = procedure.way(place)
    assert way is not None  # the reader of procedures lets no flow end where there is no way
    openness = Openness(OPEN) if place == HERE else hours.of(way.hours).at(now)
    return Option(place, way, openness, because)
