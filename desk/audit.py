"""The audit as an administrator reads and checks it; it is written by `desk.store`.

Nothing in it names a resident: what they are called and how they are reached stays out of it
(`desk/store/watched.py`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from desk import heads, language, store, times
from desk.audit_words import AREAS, area_of
from desk.exports import let_out
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store import audit, key
from desk.store.audit import Broken, Head
from desk.tables import sheet
from desk.tables.sheet import Export

KEY = "audit_key"  # the setting that tells one key from another
MOST = 25  # rows of a page
MOST_EXPORTED = 20_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Change:
    """A row of a table that came (no `before`), went (no `after`) or became another one."""

    table: str
    row: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Entry:
    """A row of the audit: who did what, when and why, and what changed by it.

    `counts` are, of many changes, how many rows of each table came, changed and went; `facts` what
    else was noted.
    """

    n: int
    at: datetime
    person_id: str
    name: str
    role: str
    what: str
    why: str
    changes: tuple[Change, ...]
    counts: dict[str, dict[str, int]]
    facts: dict[str, Any]

    @property
    def area(self) -> str:
        """A key of `AREAS`."""
        return area_of(self.what)


@dataclass(frozen=True)
class Wanted:
    """Which rows: of a person, an area (a key of `AREAS`) and a day in Tokyo; "" and None: all."""

    person_id: str = ""
    area: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Checked:
    """What a check of the chain found: nothing `broken`, or the sentence that names the row.

    `compared` is how many notes of heads elsewhere it was compared with, `restored` when older
    copies were put back, `unreadable` how many lines of the second place say nothing.
    """

    rows: int
    head: Head | None
    broken: Refused | None
    compared: int
    restored: tuple[datetime, ...]
    unreadable: int


def entries(actor: Actor, wanted: Wanted, *, below: int | None = None) -> list[Entry]:
    """A page of the audit, newest first: the rows before row `below`."""
    require(actor, "see_audit")
    return [_entry(row) for row in _rows(wanted, below=below, most=MOST)]


def names(actor: Actor) -> dict[str, str]:
    """The names of everybody who is or was registered, by id."""
    require(actor, "see_audit")
    rows = store.rows("SELECT id, name FROM person ORDER BY active DESC, name")
    return {row["id"]: row["name"] for row in rows}


def head(actor: Actor) -> Head | None:
    """The last row of the chain, to note in a second place."""
    require(actor, "see_audit")
    return last()


def last() -> Head | None:
    """The last row of the chain: for the terminal."""
    with store.engine().reading() as reader:
        return audit.head(reader)


_HEADER = ("番号", "日時", "人", "役割", "内容", "理由", "変更", "しるし")


def entries_csv(actor: Actor, wanted: Wanted, *, now: datetime) -> Export:
    """The rows wanted as a table (UTF-8 with BOM), newest first, `MOST_EXPORTED` at most.

    Raises:
        NotAllowed: `prove_again`.
    """
    require(actor, "see_audit")
    let_out(actor, "audit.entries_csv", now=now)
    found = _rows(wanted, below=None, most=MOST_EXPORTED)
    say = language.catalogue("ja").gettext
    table = [
        (
            str(row["n"]),
            row["at"],
            row["name"] or "",
            row["role"],
            f"{say(AREAS[area_of(row['what'])].title)} {row['what']}",
            row["why"],
            row["facts"],
            row["mac"],
        )
        for row in found
    ]
    day = times.show_day_long(times.today(now), "ja")
    return sheet.write(_HEADER, table, comments=[f"操作の記録 {day} 作成"], numbers={"番号"})


def check(actor: Actor, *, progress: Progress = lambda _done, _every: None) -> Checked:
    """Go along the whole chain, and compare it with what was noted in the second place.

    Raises:
        Refused: `audit_key_missing`, `audit_key_other`, `key_bad` or `heads_folder`.
    """
    require(actor, "see_audit")
    return verify(progress=progress)


def verify(
    *, known: Iterable[str] = (), progress: Progress = lambda _done, _every: None
) -> Checked:
    """`check` for the terminal; `known` are texts of heads somebody kept.

    Raises:
        Refused: what `check` raises, or `head_text`.
    """
    _same_key()
    noted = heads.noted()
    macs = dict(noted.macs)
    broken: Broken | None = None
    for n, mac in map(heads.of_text, known):
        if macs.setdefault(n, mac) != mac:
            broken = Broken(n, "rebuilt")
    with store.snapshot() as reader:
        counted = reader.one("SELECT COUNT(*) AS n FROM audit")
        every = counted["n"] if counted else 0
        walked = audit.walk(
            reader,
            lambda n: macs.get(n, ""),
            failures=store.failures(),
            progress=lambda done: progress(min(done, every), every),
        )
    broken = walked.broken or broken
    if broken is None and max(macs, default=0) > walked.rows:
        broken = Broken(walked.rows + 1, "cut")
    return Checked(
        walked.rows,
        walked.last,
        FOUND[broken.how](broken.n) if broken else None,
        len(macs),
        noted.restored,
        noted.unreadable,
    )


FOUND: dict[str, Callable[[int], Refused]] = {
    "changed": lambda n: Refused("audit_changed", n=n),
    "missing": lambda n: Refused("audit_missing", n=n),
    "unreadable": lambda n: Refused("audit_unreadable", n=n),
    "rebuilt": lambda n: Refused("audit_rebuilt", n=n),
    "cut": lambda n: Refused("audit_cut", n=n),
}


EMPTY = N_("There is nothing in the audit yet.")


def sentences(found: Checked, lang: str) -> list[str]:
    """What a check found, in sentences; the first one says whether all is well."""
    tongue = language.catalogue(lang)
    gettext, ngettext = tongue.gettext, tongue.ngettext
    told = []
    if found.broken:
        told.append(language.say(found.broken, lang))
        good = ngettext(
            "{n} row before it is as it was written.",
            "{n} rows before it are as they were written.",
            found.rows,
        )
        told.append(good.format(n=f"{found.rows:,}"))
    else:
        whole = ngettext(
            "The audit is whole: {n} row is as it was written.",
            "The audit is whole: {n} rows are as they were written.",
            found.rows,
        )
        told.append(whole.format(n=f"{found.rows:,}"))
    if found.compared:
        compared = ngettext(
            "It was compared with {n} note of its end kept elsewhere.",
            "It was compared with {n} notes of its end kept elsewhere.",
            found.compared,
        )
        told.append(compared.format(n=found.compared))
    else:
        told.append(
            gettext(
                "Its end was noted nowhere else (DESK_AUDIT_HEADS): rows cut off there would not "
                "be missed."
            )
        )
    for moment in found.restored:
        back = gettext("An older copy was put back on {when}; later notes do not count.")
        told.append(back.format(when=times.show(moment, lang)))
    if found.unreadable:
        lines = ngettext(
            "{n} line of the second place says nothing.",
            "{n} lines of the second place say nothing.",
            found.unreadable,
        )
        told.append(lines.format(n=found.unreadable))
    return told


def check_key() -> None:
    """The desk's key is the one of last time; the first time it is remembered (not itself).

    Another key would begin another chain, and no PIN or password would fit any more.

    Raises:
        Refused: `audit_key_missing`, `audit_key_other`, or `key_bad` when it is none.
    """
    if not _same_key():
        with store.transaction(by=store.SYSTEM, lock=KEY) as write:
            write.run(
                "INSERT INTO setting (key, value) VALUES (:key, :value) "
                "ON CONFLICT (key) DO NOTHING",
                key=KEY,
                value=key.fingerprint(),
            )


def _same_key() -> bool:
    """False when no key is remembered yet."""
    kept = store.one("SELECT value FROM setting WHERE key = :key", key=KEY)
    if kept and not key.there():
        raise Refused("audit_key_missing")
    try:
        mark = key.fingerprint()
    except key.NoKey as problem:
        raise Refused("key_bad", why=str(problem)) from problem
    if kept and kept["value"] != mark:
        raise Refused("audit_key_other")
    return kept is not None


def moment(at: str) -> datetime:
    """The aware UTC moment of a row, to the thousandth of a second."""
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _rows(wanted: Wanted, *, below: int | None, most: int) -> list[store.Row]:
    facts: dict[str, Any] = {"most": most}
    where = ["1 = 1"]
    if below is not None:
        where.append("a.n < :below")
        facts["below"] = below
    if wanted.person_id:
        where.append("a.person_id = :person_id")
        facts["person_id"] = wanted.person_id
    if wanted.area:
        patterns = {f"p{at}": like for at, like in enumerate(AREAS[wanted.area].patterns)}
        where.append("(" + " OR ".join(f"a.what LIKE :{name}" for name in patterns) + ")")
        facts |= patterns
    if wanted.day:
        # Without its Z a stamp sorts before the thousandths of its second.
        first, after = (times.bounds(wanted.day)[side].removesuffix("Z") for side in (0, 1))
        where.append("a.at >= :first AND a.at < :after")
        facts |= {"first": first, "after": after}
    return store.rows(
        "SELECT a.*, p.name FROM audit a LEFT JOIN person p ON p.id = a.person_id "
        f"WHERE {' AND '.join(where)} ORDER BY a.n DESC LIMIT :most",
        **facts,
    )


def _entry(row: store.Row) -> Entry:
    facts = json.loads(row["facts"])
    changes = tuple(
        Change(one["table"], one["row"], one.get("before"), one.get("after"))
        for one in facts.pop("changes", ())
    )
    return Entry(
        row["n"],
        moment(row["at"]),
        row["person_id"],
        row["name"] or "",
        row["role"],
        row["what"],
        row["why"],
        changes,
        facts.pop("counts", {}),
        facts,
    )
