"""Procedures (手続き): one YAML file each in data/procedures, or the version staff approved.

The facts of a procedure are those a page of マイナポータル has (概要, 手続期限, 手続書類, 添付書類,
手続方法, 所管, 根拠, 関連リンク), beside them where they are known from, who answers for them, when
they were checked and until when they count. data/README.md describes the file.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from desk import store
from desk.consultations import TOPICS
from desk.files import UnreadableFile
from desk.guide.hours import HOURS
from desk.guide.questions import QUESTIONS
from desk.guide.source import Part, part
from desk.guide.stops import STOPS
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
    PHONE: N_("On the telephone"),
}
OLD = timedelta(days=180)  # unchecked for so long, it is not offered as “here and now”
MOST_QUESTIONS = 3
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


# Approved versions make a line: what counts is the one that no other was made from.
COUNTS = (
    "v.decision = 'approved' AND NOT EXISTS (SELECT 1 FROM procedure_version n "
    "WHERE n.decision = 'approved' AND n.based_on = v.id)"
)
OLDEST = 3.0  # seconds: other processes approve too, and their writes are not counted here
_approved: tuple[int, float, dict[str, Procedure]] | None = None


def all_procedures() -> dict[str, Procedure]:
    """Every procedure by its id: the version last approved, else the file's.

    What this process approved counts at once, what another did after `OLDEST`.
    """
    global _approved
    kept, written = _approved, store.writes()
    if kept is None or kept[0] != written or time.monotonic() - kept[1] > OLDEST:
        kept = _approved = (written, time.monotonic(), _all_approved())
    return {**_of_files(FOLDER), **kept[2]}


def _all_approved() -> dict[str, Procedure]:
    return {
        row["procedure_id"]: read(row["contents"], where=f"承認した手続き {row['procedure_id']}")
        for row in store.rows(
            "SELECT v.procedure_id, v.contents FROM procedure_version v "
            f"WHERE {COUNTS} ORDER BY v.procedure_id"
        )
    }


def of_files() -> Mapping[str, Procedure]:
    """The procedures of `data/procedures` by their ids, whatever staff made of them since."""
    return _of_files(FOLDER)


def get(id: str) -> Procedure:
    """One procedure.

    Raises:
        Refused: `procedure_unknown`.
    """
    found = all_procedures().get(id)
    if found is None:
        raise Refused("procedure_unknown")
    return found


def check() -> None:
    """Read everything the navigator knows, as a start does.

    Raises:
        UnreadableFile: the first thing wrong, with file, line and reason.
    """
    for shelf in (QUESTIONS, STOPS, HOURS):
        len(shelf)
    all_procedures()


def in_folder(folder: Path) -> dict[str, Procedure]:
    """The procedures of a folder by their ids.

    Raises:
        UnreadableFile: the first thing wrong with any of its files.
    """
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        where = f"data/procedures/{file.name}"
        try:
            contents = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile(
                where, None, "ファイルが開けないか、UTF-8ではありません"
            ) from error
        one = read(contents, where=where)
        if f"{one.id}.yaml" != file.name:
            raise UnreadableFile(where, None, f"「id」の「{one.id}」がファイルの名前とちがいます")
        found[one.id] = one
    return found


_of_files = lru_cache(maxsize=2)(in_folder)  # once a process: a changed file counts at a start


@lru_cache(maxsize=256)
def read(contents: str, *, where: str = "手続き") -> Procedure:
    """A procedure from its YAML.

    Raises:
        UnreadableFile: when a field is missing, unknown or not of its kind, a flow asks too
            much or ends nowhere, or a question, stop or counter does not exist; with the line.
    """
    top = part(contents, where)
    ways = tuple(_way(one) for one in top.parts("ways"))
    places = [one.place for one in ways]
    if not ways or len(set(places)) < len(places):
        raise top.wrong("ways", "には、場所を1つ以上、同じ場所は1回だけ書きます")
    checked = top.day("checked_on")
    assert checked is not None  # it is needed
    stops = top.texts("stops")
    for n, stop in enumerate(stops):
        top.known("stops", stop, STOPS, n)
    found = Procedure(
        id=top.text("id"),
        group=top.key("group", GROUPS),
        topic=top.key("topic", TOPICS),
        title=top.text("title"),
        easy=top.text("easy", read=True),
        title_en=top.text("title_en"),
        overview=_fact(top, "overview"),
        deadline=_fact(top, "deadline"),
        forms=_facts(top, "forms"),
        attachments=_facts(top, "attachments"),
        ways=ways,
        office=_fact(top, "office"),
        basis=_fact(top, "basis"),
        links=tuple(_link(one) for one in top.parts("links")),
        online=_fact(top, "online"),
        fee=_fact(top, "fee"),
        traps=_facts(top, "traps"),
        tell=top.texts("tell", read=True),
        stops=stops,
        said=top.texts("said"),
        flow=_flow(top, top.value("flow"), ("flow",), places),
        source=top.text("source"),
        owner=top.text("owner", needed=False),
        checked_on=checked,
        expires_on=top.day("expires_on", needed=False),
    )
    for name in ("tell", "said"):
        if not getattr(found, name):
            raise top.wrong(name, "に1つ以上書きます")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found.id):
        raise top.wrong("id", "は小文字の英数字と「-」で書きます")
    top.all_used()
    return found


def _fact(top: Part, name: str) -> Fact:
    """A statement, 「confirm: …」 for one the city must confirm; "" where there is none."""
    if name not in top.fields:
        raise top.wrong(name, "がありません")
    value = top.value(name)
    return Fact("") if value in ("", None) else _stated(top, name, value)


def _facts(top: Part, name: str) -> tuple[Fact, ...]:
    return tuple(_stated(top, name, one, n) for n, one in top.items(name))


def _stated(top: Part, name: str, value: Any, *more: int) -> Fact:
    if isinstance(value, dict):
        if list(value) != ["confirm"]:
            raise top.wrong(name, "は文か「confirm: 文」で書きます", *more)
        return Fact(top.checked(name, value["confirm"], *more), certain=False)
    return Fact(top.checked(name, value, *more))


def _way(one: Part) -> Way:
    found = Way(
        place=one.key("place", PLACES),
        about=_fact(one, "about"),
        hours=one.key("hours", HOURS, needed=False),
        bring=_facts(one, "bring"),
        steps=one.texts("steps"),
    )
    one.all_used()
    return found


def _link(one: Part) -> Link:
    found = Link(one.text("name"), one.text("url"))
    if not re.fullmatch(r"https://[^\s\"<>]+", found.url):
        raise one.wrong("url", "が https:// で始まるアドレスではありません")
    one.all_used()
    return found


def _flow(top: Part, node: Any, at: tuple[str, ...], places: list[str]) -> Question | Outcome:
    more = at[1:]
    if isinstance(node, dict) and set(node) == {"ask", YES, NO}:
        if len(at) > MOST_QUESTIONS:
            raise top.wrong("flow", f"の質問が{MOST_QUESTIONS}つより多い道があります", *more)
        ask = top.checked("flow", node["ask"], *more, "ask")
        top.known("flow", ask, QUESTIONS, *more, "ask")
        yes, no = (_flow(top, node[one], (*at, one), places) for one in (YES, NO))
        return Question(ask, yes, no)
    if isinstance(node, dict) and "go" in node and set(node) <= {"go", "because"}:
        return _outcome(top, node, more, places)
    raise top.wrong("flow", f"は「ask・{YES}・{NO}」か「go・because」で書きます", *more)


def _outcome(top: Part, node: dict[str, Any], more: tuple[str, ...], places: list[str]) -> Outcome:
    go = node["go"] if isinstance(node["go"], list) else [node["go"]]
    for place in (top.checked("flow", one, *more, "go") for one in go):
        if place not in places:
            raise top.wrong("flow", f"の行き先「{place}」が「ways」にありません", *more, "go")
    if not set(go) - {HERE}:
        # The desk is offered only while the facts are current: there must be another way.
        raise top.wrong("flow", f"の行き先には「{HERE}」のほかにもう1つ要ります", *more, "go")
    because = node.get("because") or ""
    return Outcome(tuple(go), top.checked("flow", because, *more, "because") if because else "")
