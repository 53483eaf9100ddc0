"""A procedure in words: every text it holds, and its lines, named as マイナポータル names them.

Pure: nothing here knows a table or a language; `say` puts the names of fields into one.
"""

import difflib
import re
from collections.abc import Callable, Iterator

from desk.consultations import TOPICS
from desk.guide.hours import HOURS
from desk.guide.procedures import (
    CURRENT,
    EXPIRED,
    GROUPS,
    PLACES,
    STALE,
    UNOWNED,
    Fact,
    Outcome,
    Procedure,
    Question,
)
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.refusals import N_

CONFIRM = "市に確認："  # how a line begins that the city must confirm
FIELDS = {
    "id": N_("Short name for addresses (a–z, 0–9 and hyphens)"),
    "title": N_("Title"),
    "easy": N_("For the resident, in easy Japanese"),
    "title_en": N_("Title in English"),
    "group": N_("Group"),
    "topic": N_("Topic of its log entry"),
    "overview": N_("Overview"),
    "deadline": N_("Deadline"),
    "forms": N_("Forms"),
    "attachments": N_("Attachments"),
    "ways": N_("How to do it"),
    "online": N_("Online"),
    "fee": N_("Fee"),
    "office": N_("Section in charge"),
    "basis": N_("Legal basis"),
    "links": N_("Links"),
    "traps": N_("Traps"),
    "tell": N_("What the resident reads, one sentence at a time"),
    "stops": N_("What never happens at the desk"),
    "said": N_("How people ask for it"),
    "flow": N_("Questions, and where they lead"),
    "source": N_("Source"),
    "owner": N_("Who answers for it"),
    "checked_on": N_("Checked on"),
    "expires_on": N_("Counts until"),
}
WAY = {
    "about": N_("What happens there"),
    "hours": N_("Hours"),
    "bring": N_("What to bring"),
    "steps": N_("Steps"),
}
STATES = {
    CURRENT: N_("Current"),
    STALE: N_("Not checked for half a year"),
    EXPIRED: N_("Expired"),
    UNOWNED: N_("Nobody answers for it"),
}
ANSWERS = {True: N_("Yes"), False: N_("No")}

Say = Callable[[str], str]


def every(one: Procedure) -> Iterator[str]:
    """Every text of a procedure that a person wrote."""
    yield from (one.id, one.title, one.easy, one.title_en, one.source, one.owner)
    facts = [one.overview, one.deadline, one.office, one.basis, one.online, one.fee]
    facts += [*one.forms, *one.attachments, *one.traps]
    for way in one.ways:
        facts += [way.about, *way.bring]
        yield from way.steps
    yield from (fact.text for fact in facts)
    yield from (*one.tell, *one.said)
    for link in one.links:
        yield from (link.name, link.url)
    yield from _reasons(one.flow)


def _reasons(node: Question | Outcome) -> Iterator[str]:
    if isinstance(node, Question):
        yield from (*_reasons(node.yes), *_reasons(node.no))
    else:
        yield node.because


def to_confirm(one: Procedure) -> int:
    """How many of its statements the city must confirm."""
    facts = [one.overview, one.deadline, one.office, one.basis, one.online, one.fee]
    facts += [*one.forms, *one.attachments, *one.traps]
    for way in one.ways:
        facts += [way.about, *way.bring]
    return sum(not fact.certain for fact in facts)


def stated(fact: Fact) -> str:
    """A statement as a line: one that is not certain begins with `CONFIRM`."""
    return fact.text if fact.certain else f"{CONFIRM}{fact.text}"


def lines(one: Procedure, say: Say) -> list[str]:
    """The whole procedure, a line for every statement, each beginning with its field's name."""

    def line(field: str, text: str) -> str:
        return f"{say(FIELDS[field])}：{text}"

    found = [
        line("title", one.title),
        line("easy", one.easy),
        line("title_en", one.title_en),
        line("group", say(GROUPS[one.group])),
        line("topic", say(TOPICS[one.topic])),
        line("overview", stated(one.overview)),
        line("deadline", stated(one.deadline)),
        *(line("forms", stated(fact)) for fact in one.forms),
        *(line("attachments", stated(fact)) for fact in one.attachments),
    ]
    for way in one.ways:
        name = say(PLACES[way.place])
        found += [f"{name}・{say(WAY['about'])}：{stated(way.about)}"]
        if way.hours:
            found += [f"{name}・{say(WAY['hours'])}：{HOURS[way.hours].name}"]
        found += [f"{name}・{say(WAY['bring'])}：{stated(fact)}" for fact in way.bring]
        found += [f"{name}・{say(WAY['steps'])}：{step}" for step in way.steps]
    found += [line(name, stated(getattr(one, name))) for name in ("online", "fee")]
    found += [line(name, stated(getattr(one, name))) for name in ("office", "basis")]
    found += [line("links", f"{link.name} {link.url}") for link in one.links]
    found += [line("traps", stated(fact)) for fact in one.traps]
    found += [line("tell", text) for text in one.tell]
    found += [line("stops", STOPS[key].text) for key in one.stops]
    found += [line("said", text) for text in one.said]
    found += [line("flow", text) for text in way_through(one.flow, say)]
    found += [
        line("source", one.source),
        line("owner", one.owner),
        line("checked_on", one.checked_on.isoformat()),
        line("expires_on", one.expires_on.isoformat() if one.expires_on else ""),
    ]
    return found


def way_through(node: Question | Outcome, say: Say, before: str = "") -> Iterator[str]:
    """A flow in words: a line for every way through it, question and answer after each other."""
    if isinstance(node, Question):
        for answer, then in ((True, node.yes), (False, node.no)):
            asked = f"{before}{QUESTIONS[node.ask].text}［{say(ANSWERS[answer])}］"
            yield from way_through(then, say, asked)
        return
    go = "・".join(say(PLACES[place]) for place in node.go)
    because = f"（{node.because}）" if node.because else ""
    yield f"{before}→ {go}{because}"


def named(reason: str, say: Say) -> str:
    """A reason of `procedures.read` with the names of fields as people know them."""
    names = {**FIELDS, **WAY}

    def name(found: re.Match[str]) -> str:
        key = found.group(1)
        return f"「{say(names[key])}」" if key in names else found.group(0)

    return re.sub(r"「([a-z_]+)」", name, reason)


def difference(before: Procedure | None, after: Procedure, say: Say) -> list[tuple[str, str]]:
    """What differs, line by line: ("-", a line that goes), ("+", one that comes)."""
    old = lines(before, say) if before else []
    found = difflib.ndiff(old, lines(after, say))
    return [(line[0], line[2:]) for line in found if line[0] in "+-"]
