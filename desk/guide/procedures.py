"""Procedures (手続き): one YAML file each in data/procedures, or the version staff approved.

The facts of a procedure are those a page of マイナポータル has (概要, 手続期限, 手続書類, 添付書類,
手続方法, 所管, 根拠, 関連リンク), beside them where they are known from, who answers for them, when
they were checked and until when they count. data/README.md describes the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from desk import store
from desk.consultations import TOPICS
from desk.refusals import N_, Refused

FOLDER = Path(__file__).parent.parent.parent / "data" / "procedures"
GROUPS = {
    "certificate": N_("Certificates"),
    "card": N_("My Number card"),
    "childcare": N_("Children"),
    "care": N_("Care"),
    "disaster": N_("After a disaster"),
    "tax": N_("Taxes"),
    "library": N_("Library"),
    "daily": N_("Phone and daily life"),
}
# Where it can be done, in the order it is offered.
HERE, STORE, CITY, PHONE = "here", "store", "city", "phone"
PLACES = {
    HERE: N_("Here and now"),
    STORE: N_("At a convenience store"),
    CITY: N_("At the city office"),
    PHONE: N_("By telephone"),
}
OLD = timedelta(days=180)  # unchecked for so long, it is not offered as “here and now”
YES, NO = "はい", "いいえ"  # the two ways on in a flow; yes and no are not words in YAML
CURRENT, STALE, EXPIRED, UNOWNED = "current", "stale", "expired", "unowned"


@dataclass(frozen=True)
class Fact:
    """A statement; one that is not `certain` must be confirmed by the city (市に確認)."""

    text: str
    certain: bool = True


@dataclass(frozen=True)
class Link:
    """A page of somebody else's, which the desk names and never opens by itself."""

    name: str
    url: str


@dataclass(frozen=True)
class Way:
    """One way to do it (手続方法): at a place of `PLACES`, with the hours of a key of `hours.yaml`.

    Without hours nobody knows them. `steps` are the volunteer's, one after the other.
    """

    place: str
    about: Fact
    hours: str = ""
    bring: tuple[Fact, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A yes/no question of a flow: a key of `questions.yaml`."""

    ask: str
    yes: "Question | Outcome"
    no: "Question | Outcome"


@dataclass(frozen=True)
class Outcome:
    """Where a flow ends: the places it can be done, the best first, and why (may be empty)."""

    go: tuple[str, ...]
    because: str = ""


@dataclass(frozen=True)
class Procedure:
    """A procedure. `tell` are the resident's sentences, one at a time, in やさしい日本語.

    In `tell` and `easy`, 「{漢字|かんじ}」 carries its reading. `said` is how people ask for it,
    `stops` are keys of `stops.yaml`, `topic` is the topic its log entry has.
    """

    id: str
    group: str
    topic: str
    title: str
    easy: str
    title_en: str
    overview: Fact
    deadline: Fact
    forms: tuple[Fact, ...]
    attachments: tuple[Fact, ...]
    ways: tuple[Way, ...]
    office: Fact
    basis: Fact
    links: tuple[Link, ...]
    online: Fact
    fee: Fact
    traps: tuple[Fact, ...]
    tell: tuple[str, ...]
    stops: tuple[str, ...]
    said: tuple[str, ...]
    flow: Question | Outcome
    source: str
    owner: str
    checked_on: date
    expires_on: date | None

    def way(self, place: str) -> Way | None:
        """How it is done at a place of `PLACES`; None where it cannot be."""
        return next((one for one in self.ways if one.place == place), None)

    def state(self, today: date) -> str:
        """EXPIRED, UNOWNED, STALE (unchecked for 180 days) or CURRENT on a day of Tokyo."""
        if self.expires_on and self.expires_on < today:
            return EXPIRED
        if not self.owner:
            return UNOWNED
        return STALE if today - self.checked_on > OLD else CURRENT


class UnreadableProcedure(Exception):
    """A procedure that cannot be read; says where and why, for the person who wrote it."""


def all_procedures() -> dict[str, Procedure]:
    """Every procedure by its id: the version last approved, else the file's."""
    found = dict(_of_files(_stamp()))
    for row in store.rows(
        "SELECT v.procedure_id, v.contents FROM procedure_version v "
        "WHERE v.decision = 'approved' AND NOT EXISTS (SELECT 1 FROM procedure_version n "
        "WHERE n.procedure_id = v.procedure_id AND n.decision = 'approved' "
        "AND n.decided_at > v.decided_at) ORDER BY v.procedure_id"
    ):
        found[row["procedure_id"]] = read(row["contents"])
    return found


def of_files() -> Mapping[str, Procedure]:
    """The procedures of `data/procedures` by their ids, whatever staff made of them since."""
    return _of_files(_stamp())


def get(id: str) -> Procedure:
    """One procedure.

    Raises:
        Refused: `procedure_unknown`.
    """
    found = all_procedures().get(id)
    if found is None:
        raise Refused("procedure_unknown")
    return found


def _stamp() -> tuple[tuple[str, int], ...]:
    return tuple((file.name, file.stat().st_mtime_ns) for file in sorted(FOLDER.glob("*.yaml")))


@lru_cache(maxsize=1)
def _of_files(stamp: tuple[tuple[str, int], ...]) -> Mapping[str, Procedure]:
    found = {}
    for name, _time in stamp:
        one = read((FOLDER / name).read_text(encoding="utf-8"), where=name)
        if f"{one.id}.yaml" != name:
            raise UnreadableProcedure(f"{name}: id: {one.id}")
        found[one.id] = one
    return found


@lru_cache(maxsize=256)
def read(contents: str, *, where: str = "") -> Procedure:
    """A procedure from its YAML.

    Raises:
        UnreadableProcedure: when a field is missing, unknown or not of its kind.
    """
    try:
        fields = yaml.safe_load(contents)
    except yaml.YAMLError as problem:
        raise UnreadableProcedure(f"{where}: {problem}") from None
    if not isinstance(fields, dict):
        raise UnreadableProcedure(where)
    return _Reader(where, fields).procedure()


@dataclass
class _Reader:
    where: str
    fields: dict[str, Any]
    used: set[str] = field(default_factory=set)

    def wrong(self, name: str) -> UnreadableProcedure:
        return UnreadableProcedure(f"{self.where}: {name}: {self.fields.get(name)!r}"[:200])

    def text(self, name: str, *, needed: bool = True) -> str:
        self.used.add(name)
        value = self.fields.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            raise self.wrong(name)
        return value.strip()

    def key(self, name: str, known: Mapping[str, str]) -> str:
        value = self.text(name)
        if value not in known:
            raise self.wrong(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        self.used.add(name)
        values = self.fields.get(name) or []
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self.wrong(name)
        return tuple(values)

    def fact(self, name: str) -> Fact:
        self.used.add(name)
        return self._fact(name, self.fields.get(name, ""))

    def facts(self, name: str) -> tuple[Fact, ...]:
        self.used.add(name)
        values = self.fields.get(name) or []
        if not isinstance(values, list):
            raise self.wrong(name)
        return tuple(self._fact(name, one) for one in values)

    def _fact(self, name: str, value: Any) -> Fact:
        if isinstance(value, str):
            return Fact(value.strip())
        if isinstance(value, dict) and list(value) == ["confirm"]:
            return Fact(str(value["confirm"]).strip(), certain=False)
        raise self.wrong(name)

    def day(self, name: str, *, needed: bool = True) -> date | None:
        self.used.add(name)
        value = self.fields.get(name)
        if value is None and not needed:
            return None
        if type(value) is not date:
            raise self.wrong(name)
        return value

    def ways(self) -> tuple[Way, ...]:
        self.used.add("ways")
        found = []
        for one in self.fields.get("ways") or []:
            if not isinstance(one, dict) or one.get("place") not in PLACES:
                raise self.wrong("ways")
            part = _Reader(f"{self.where}: ways", one, {"place"})
            found.append(
                Way(
                    place=one["place"],
                    about=part.fact("about"),
                    hours=part.text("hours", needed=False),
                    bring=part.facts("bring"),
                    steps=part.texts("steps"),
                )
            )
            part.all_used()
        if not found or len({one.place for one in found}) < len(found):
            raise self.wrong("ways")
        return tuple(found)

    def links(self) -> tuple[Link, ...]:
        self.used.add("links")
        found = self.fields.get("links") or []
        if not all(isinstance(one, dict) and set(one) == {"name", "url"} for one in found):
            raise self.wrong("links")
        if not all(str(one["url"]).startswith("https://") for one in found):
            raise self.wrong("links")
        return tuple(Link(one["name"], one["url"]) for one in found)

    def flow(self, node: Any) -> Question | Outcome:
        self.used.add("flow")
        if isinstance(node, dict) and set(node) == {"ask", YES, NO}:
            return Question(node["ask"], self.flow(node[YES]), self.flow(node[NO]))
        if isinstance(node, dict) and "go" in node and set(node) <= {"go", "because"}:
            go = node["go"] if isinstance(node["go"], list) else [node["go"]]
            places = {one["place"] for one in self.fields["ways"]}
            if go and set(go) <= places:
                return Outcome(tuple(go), str(node.get("because", "")))
        raise self.wrong("flow")

    def all_used(self) -> None:
        unknown = set(self.fields) - self.used
        if unknown:
            raise UnreadableProcedure(f"{self.where}: {', '.join(sorted(map(str, unknown)))}")

    def procedure(self) -> Procedure:
        checked = self.day("checked_on")
        assert checked is not None  # it is needed
        found = Procedure(
            id=self.text("id"),
            group=self.key("group", GROUPS),
            topic=self.key("topic", TOPICS),
            title=self.text("title"),
            easy=self.text("easy"),
            title_en=self.text("title_en"),
            overview=self.fact("overview"),
            deadline=self.fact("deadline"),
            forms=self.facts("forms"),
            attachments=self.facts("attachments"),
            ways=self.ways(),
            office=self.fact("office"),
            basis=self.fact("basis"),
            links=self.links(),
            online=self.fact("online"),
            fee=self.fact("fee"),
            traps=self.facts("traps"),
            tell=self.texts("tell"),
            stops=self.texts("stops"),
            said=self.texts("said"),
            flow=self.flow(self.fields.get("flow")),
            source=self.text("source"),
            owner=self.text("owner", needed=False),
            checked_on=checked,
            expires_on=self.day("expires_on", needed=False),
        )
        self.all_used()
        return found
