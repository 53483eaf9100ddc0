"""A procedure as YAML, in the form of the files of data/procedures: `read` gives it back.

Pure: a `Procedure` in, text out.
"""

from typing import Any

import yaml

from desk.guide.procedures import NO, YES, Fact, Outcome, Procedure, Question, Way

_WIDE = 10_000  # no line of a sentence is broken: a difference is one of sentences


class _Flat(list[Any]):
    """A short list, written on one line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - every value stands for itself
        return True

    def increase_indent(
        self,
        flow: bool = False,
        indentless: bool = False,  # noqa: ARG002 - a list stands in, as in the files
    ) -> None:
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(
    _Flat,
    lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)


def write(one: Procedure) -> str:
    """The YAML of a procedure; what may be left out and is empty is left out."""
    fields = {
        "id": one.id,
        "group": one.group,
        "topic": one.topic,
        "title": one.title,
        "easy": one.easy,
        "title_en": one.title_en,
        "overview": _fact(one.overview),
        "deadline": _fact(one.deadline),
        "forms": [_fact(fact) for fact in one.forms],
        "attachments": [_fact(fact) for fact in one.attachments],
        "ways": [_way(way) for way in one.ways],
        "office": _fact(one.office),
        "basis": _fact(one.basis),
        "links": [{"name": link.name, "url": link.url} for link in one.links],
        "online": _fact(one.online),
        "fee": _fact(one.fee),
        "traps": [_fact(fact) for fact in one.traps],
        "tell": [*one.tell],
        "stops": _Flat(one.stops),
        "said": _Flat(one.said),
        "flow": _flow(one.flow),
        "source": one.source,
        "owner": one.owner,
        "checked_on": one.checked_on,
        **({"expires_on": one.expires_on} if one.expires_on else {}),
    }
    return dumped(fields)


def flow(node: Question | Outcome) -> str:
    """The YAML of a flow alone."""
    return dumped(_flow(node))


def dumped(value: Any) -> str:
    """YAML as the files are written: in the order given, Japanese as it is, no line broken."""
    return str(
        yaml.dump(
            value,
            Dumper=_Dumper,
            allow_unicode=True,
            sort_keys=False,
            width=_WIDE,
            default_flow_style=False,
        )
    )


def _fact(fact: Fact) -> str | dict[str, str]:
    return fact.text if fact.certain else {"confirm": fact.text}


def _way(way: Way) -> dict[str, Any]:
    return {
        "place": way.place,
        "about": _fact(way.about),
        **({"hours": way.hours} if way.hours else {}),
        **({"bring": [_fact(fact) for fact in way.bring]} if way.bring else {}),
        **({"steps": [*way.steps]} if way.steps else {}),
    }


def _flow(node: Question | Outcome) -> dict[str, Any]:
    if isinstance(node, Question):
        return {"ask": node.ask, YES: _flow(node.yes), NO: _flow(node.no)}
    go = _Flat(node.go) if len(node.go) > 1 else node.go[0]
    return {"go": go, **({"because": node.because} if node.because else {})}
