"""A procedure as the fields of a form: lists as lines, and back as YAML.

A line that begins with 「市に確認：」 is a statement the city must confirm. A link is a line of its
name and its address. Pure: nothing here knows a screen or a table.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from desk.guide import source, writing
from desk.guide.procedures import PLACES, Fact, Procedure, Way
from desk.guide.words import CONFIRM, stated

TEXTS = ("id", "title", "easy", "title_en", "source", "owner")
FACTS = ("overview", "deadline", "online", "fee", "office", "basis")
LISTS = ("forms", "attachments", "traps")
PLAIN = ("tell", "said")
KEYS = ("group", "topic")
DAYS = ("checked_on", "expires_on")
WAY_FIELDS = ("about", "hours", "bring", "steps")
NAMES = (
    *TEXTS,
    *FACTS,
    *LISTS,
    *PLAIN,
    *KEYS,
    *DAYS,
    *(f"{place}_{field}" for place in PLACES for field in WAY_FIELDS),
    "places",
    "links",
    "stops",
    "flow",
)
_HALF = CONFIRM.replace("：", ":")

Fields = Mapping[str, Any]


def of(one: Procedure) -> dict[str, Any]:
    """What the form holds for a procedure: texts, lists of stops and of places in
    their order, days (None: no end).
    """
    found: dict[str, Any] = {name: getattr(one, name) for name in (*TEXTS, *KEYS, *DAYS)}
    found |= {name: stated(getattr(one, name)) for name in FACTS}
    found |= {name: _lines(getattr(one, name)) for name in LISTS}
    found |= {name: "\n".join(getattr(one, name)) for name in PLAIN}
    for place in PLACES:
        way = one.way(place) or Way(place, Fact(""))
        found |= {
            f"{place}_about": stated(way.about),
            f"{place}_hours": way.hours,
            f"{place}_bring": _lines(way.bring),
            f"{place}_steps": "\n".join(way.steps),
        }
    return found | {
        "places": [way.place for way in one.ways],
        "links": "\n".join(f"{link.name} {link.url}" for link in one.links),
        "stops": list(one.stops),
        "flow": writing.flow(one.flow),
    }


def empty(today: date) -> dict[str, Any]:
    """A form in which nothing is written yet."""
    texts = dict.fromkeys(NAMES, "")
    flow = "ask: card\nはい:\n  go: city\nいいえ:\n  go: city\n  because: \n"
    return {
        **texts,
        "group": "daily",
        "topic": "other",
        "checked_on": today,
        "expires_on": None,
        "places": ["city"],
        "stops": [],
        "flow": flow,
    }


def contents(fields: Fields) -> str:
    """The YAML of what the form holds, whether or not it can be read as a procedure.

    Raises:
        UnreadableFile: when the flow is no YAML.
    """
    flow = str(fields["flow"] or "")
    ways = [_way(fields, place) for place in fields["places"] or ()]
    found = {
        **{name: _text(fields, name) for name in ("id", "group", "topic", "title", "easy")},
        "title_en": _text(fields, "title_en"),
        "overview": _fact(_text(fields, "overview")),
        "deadline": _fact(_text(fields, "deadline")),
        "forms": _facts(fields, "forms"),
        "attachments": _facts(fields, "attachments"),
        "ways": ways,
        "office": _fact(_text(fields, "office")),
        "basis": _fact(_text(fields, "basis")),
        "links": [_link(line) for line in _split(fields, "links")],
        "online": _fact(_text(fields, "online")),
        "fee": _fact(_text(fields, "fee")),
        "traps": _facts(fields, "traps"),
        "tell": _split(fields, "tell"),
        "stops": list(fields["stops"] or ()),
        "said": _split(fields, "said"),
        "flow": dict(source.part(flow, "flow").fields) if flow.strip() else None,
        "source": _text(fields, "source"),
        "owner": _text(fields, "owner"),
        **{name: fields[name] for name in DAYS if fields[name]},
    }
    return writing.dumped(found)


def _way(fields: Fields, place: str) -> dict[str, Any]:
    hours = _text(fields, f"{place}_hours")
    return {
        "place": place,
        "about": _fact(_text(fields, f"{place}_about")),
        **({"hours": hours} if hours else {}),
        "bring": _facts(fields, f"{place}_bring"),
        "steps": _split(fields, f"{place}_steps"),
    }


def _text(fields: Fields, name: str) -> str:
    return str(fields[name] or "").strip()


def _split(fields: Fields, name: str) -> list[str]:
    return [line.strip() for line in _text(fields, name).splitlines() if line.strip()]


def _facts(fields: Fields, name: str) -> list[str | dict[str, str]]:
    return [_fact(line) for line in _split(fields, name)]


def _fact(line: str) -> str | dict[str, str]:
    for sign in (CONFIRM, _HALF):
        if line.startswith(sign):
            return {"confirm": line.removeprefix(sign).strip()}
    return line


def _link(line: str) -> dict[str, str]:
    name, _space, url = line.rpartition(" ")
    return {"name": name.strip(), "url": url}


def _lines(facts: tuple[Fact, ...]) -> str:
    return "\n".join(stated(fact) for fact in facts)
