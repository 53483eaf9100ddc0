"""The two faces of a procedure: what a volunteer sees first, and the resident's cards.

Pure: a procedure and the answers given so far in, what to show out. Answers travel in addresses
as letters: "yn" is yes, then no.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from desk.guide import flow, glossary, reading
from desk.guide.procedures import PHONE, STORE, Fact, Outcome, Procedure, Question, Way
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS

LETTERS = {"y": True, "n": False}
ASK, TELL, STOP, WHERE, BRING = "ask", "tell", "stop", "where", "bring"
Answers = tuple[bool, ...]
# What a sentence is about: kanji words of two or more, katakana words of three or more, お金.
_WORDS = re.compile(r"[一-鿿々]{2,}|[ァ-ヺー]{3,}|お[一-鿿]")


@dataclass(frozen=True)
class Card:
    """What the resident sees at once: `text` is one sentence, with readings where it has any.

    A card of kind WHERE or BRING has no sentence: it lists places or things.
    """

    kind: str
    text: str = ""


def answers(procedure: Procedure, letters: str) -> Answers:
    """The answers of an address, as far as the flow asks for them and they can be read."""
    given: Answers = ()
    for letter in letters:
        if letter not in LETTERS or isinstance(flow.step(procedure, given), Outcome):
            break
        given = (*given, LETTERS[letter])
    return given


def letters(given: Answers) -> str:
    """Answers for an address."""
    return "".join("y" if one else "n" for one in given)


def answered(procedure: Procedure, given: Answers) -> tuple[tuple[str, bool], ...]:
    """The questions that were asked (keys of questions.yaml), with their answers."""
    found = []
    for number, answer in enumerate(given):
        node = flow.step(procedure, given[:number])
        assert isinstance(node, Question)  # `answers` lets no more through
        found.append((node.ask, answer))
    return tuple(found)


def changed(given: Answers, number: int) -> Answers:
    """The other answer to a question; what was asked after it is asked anew."""
    return (*given[:number], not given[number])


def asks(procedure: Procedure, given: Answers) -> str | None:
    """The key of the next question; None at the end."""
    node = flow.step(procedure, given)
    return node.ask if isinstance(node, Question) else None


def reachable(procedure: Procedure, given: Answers) -> Outcome:
    """Where it can be done as far as is known by now: at the end, the end itself; before it,
    every place that answers can still lead to.
    """
    node = flow.step(procedure, given)
    if isinstance(node, Outcome):
        return node
    ends = [
        path.outcome
        for path in flow.paths(procedure)
        if tuple(answer for _ask, answer in path.asked)[: len(given)] == given
    ]
    return Outcome(tuple(dict.fromkeys(place for end in ends for place in end.go)))


def common(procedure: Procedure, ways: tuple[Way, ...]) -> tuple[Fact, ...]:
    """What to bring whichever of these ways is taken, the papers (手続書類, 添付書類) among it.

    One brings nothing to a telephone: it is left aside where there is another way.
    """
    going = [way for way in ways if way.place != PHONE] or list(ways)
    first, *rest = going
    everywhere = (one for one in first.bring if all(one in way.bring for way in rest))
    return tuple(dict.fromkeys((*everywhere, *procedure.forms, *procedure.attachments)))


def own(way: Way, shared: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """What this way needs besides what all need."""
    return tuple(one for one in way.bring if one not in shared)


def cards(procedure: Procedure, given: Answers) -> tuple[Card, ...]:
    """The resident's cards in order: the open question, the sentences with the stops where they
    belong, where it can be done, and last what to bring.
    """
    return tuple(_cards(procedure, given))


def _cards(procedure: Procedure, given: Answers) -> Iterator[Card]:
    if key := asks(procedure, given):
        yield Card(ASK, QUESTIONS[key].easy)
    told = _told(procedure, given)
    stops = {key: _place(STOPS[key].easy, told) for key in procedure.stops}
    for number in range(len(told) + 1):
        # The stop comes before the deed: afterwards it is too late.
        yield from (Card(STOP, STOPS[key].easy) for key, at in stops.items() if at == number)
        if number < len(told):
            yield Card(TELL, told[number])
    yield Card(WHERE)
    yield Card(BRING)


def _told(procedure: Procedure, given: Answers) -> tuple[str, ...]:
    """The resident's sentences. At a convenience store they tell of the machine: who cannot use
    it is told why not, and of the way that is left.
    """
    end = flow.step(procedure, given)
    if isinstance(end, Question) or not procedure.way(STORE) or STORE in end.go:
        return procedure.tell
    left = procedure.way(end.go[0])
    assert left is not None  # the reader of procedures lets no flow end where there is no way
    return tuple(glossary.marked(one) for one in (end.because, left.about.text) if one)


def _place(stop: str, told: tuple[str, ...]) -> int:
    """Before which sentence a stop belongs: the first that speaks of the same thing; else after
    the last.
    """
    words = _WORDS.findall(_bare(stop))
    speaking = (n for n, one in enumerate(told) if any(word in _bare(one) for word in words))
    return next(speaking, len(told))


def _bare(text: str) -> str:
    """Without readings; a sentence of the volunteer's has none and may hold anything."""
    try:
        return reading.bare(text)
    except ValueError:
        return text
