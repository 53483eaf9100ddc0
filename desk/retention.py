"""Retention (保存期間): what the desk knows of people leaves by itself when its time is over.

Names and ways to reach somebody go so many days after the class, free texts about a consultation
so many after it, and what only served for a while with them. The numbers stay as they are:
nothing that goes is counted anywhere. How long is data (data/figures.csv: `keep_…_days`).

`run` is for once a day. It works in batches nobody waits for; killed, it goes on the next time.
What it erases cannot come back, so it does not trust a clock that has leapt: it looks, and
erases a day later.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import drafts, figures, store, times
from desk.guide import misses
from desk.people import Actor, require
from desk.refusals import N_
from desk.store.engine import Reader, Writer

BATCH = 100  # rows of a transaction; the audit writes out so many
LEAP = timedelta(days=7)  # since the last look; more is a clock set anew, or a long holiday
WAIT = timedelta(hours=20)  # after a leap: until the run of the next day
NAME = "name"


@dataclass(frozen=True)
class Rule:
    """What leaves, and when: `kept` is the key of a figure (whole days of Tokyo), or a time.

    `there` are the rows that still hold it, `since` the moment their time begins, `key` what
    tells them apart, `erase` what is done to them. One without `label` is too brief to show.
    """

    table: str
    key: str
    there: str
    since: str
    erase: str
    kept: str | timedelta
    label: str = ""

    @property
    def count(self) -> str:
        """SQL: how many there are, how many of them are due, and since when the first is there."""
        return (
            f"SELECT COUNT(*) AS n, MIN({self.since}) AS first, "
            f"COUNT(CASE WHEN {self.since} < :limit THEN 1 END) AS due FROM {self.there}"
        )

    @property
    def batch(self) -> str:
        """SQL: erase some of those that are due."""
        return (
            f"{self.erase} WHERE ({self.key}) IN (SELECT {self.key} FROM "
            f"{self.there} AND {self.since} < :limit ORDER BY {self.since} LIMIT :most)"
        )


def _rows(table: str, key: str, since: str, kept: str | timedelta, label: str = "") -> Rule:
    """Whole rows that go."""
    return Rule(table, key, f"{table} WHERE 1 = 1", since, f"DELETE FROM {table}", kept, label)


RULES = {
    NAME: Rule(
        table="booking",
        key="booking.id",
        there="booking JOIN class ON class.id = booking.class_id "
        "WHERE (kana <> '' OR reach_note <> '')",
        since="class.ends_at",
        # Two without a name are two: their places in the queue tell them apart.
        erase="UPDATE booking SET kana = '', reach_note = '', namesake = place",
        kept="keep_name_days",
        label=N_("Names and ways to reach people who booked"),
    ),
    "note": Rule(
        table="consultation",
        key="id",
        there="consultation WHERE (note <> '' OR reason <> '')",
        since="logged_at",
        erase="UPDATE consultation SET note = '', reason = ''",
        kept="keep_note_days",
        label=N_("Notes of consultations, and why they were corrected"),
    ),
    "incident": _rows(
        "incident", "id", "at", "keep_incident_days", N_("Where a number of somebody was refused")
    ),
    "draft": _rows(
        "draft", "person_id, device, form", "saved_at", drafts.AGE, N_("Forms left half filled in")
    ),
    "miss": _rows(
        "guide_miss", "words, day", "day", misses.KEPT, N_("Words looked for and not found")
    ),
    "session": _rows("session", "id", "ends_at", timedelta()),
    "try": _rows("sign_in_try", "id", "at", timedelta(days=1)),
    "handover": _rows("handover", "sha256", "until", timedelta()),
}
_LINES = (NAME, "note", "incident")  # the database itself asks whether these are old enough


@dataclass(frozen=True)
class Leaving:
    """What is kept for a time: `days` of it, how many there are, how many should have gone by
    now, and the day in Tokyo on which the next go.
    """

    label: str
    days: int
    there: int
    due: int
    next_on: date | None


@dataclass(frozen=True)
class Done:
    """What a run erased, by key of `RULES`; `waits_until` when it did not trust the clock.

    `traceless`: nothing erased is left beside the tables; else the next run tries again.
    """

    erased: dict[str, int]
    waits_until: datetime | None = None
    traceless: bool = True


def due(actor: Actor, *, now: datetime) -> list[Leaving]:
    """What leaves, how much of it there is, and when the next of it goes."""
    require(actor, "manage_people")
    with store.engine().reading() as reader:
        return look(reader, now)


def look(reader: Reader, now: datetime) -> list[Leaving]:
    """`due`, for who asks inside of desk/."""
    found = []
    for rule in RULES.values():
        if rule.label:
            kept = _kept(reader, rule)
            [row] = reader.rows(rule.count, limit=_limit(rule, kept, now))
            first = times.today(_moment(row["first"])) + kept if row["first"] else None
            next_on = first and max(first, times.today(now))
            found.append(Leaving(rule.label, kept.days, int(row["n"]), int(row["due"]), next_on))
    return found


def name_leaves_on(class_ends_at: datetime) -> date:
    """The day in Tokyo on which the names of who was booked for a class go."""
    with store.engine().reading() as reader:
        return times.today(class_ends_at) + _kept(reader, RULES[NAME])


def run(*, now: datetime, sure: bool = False) -> Done:
    """Erase whatever is due; for once a day. Twice is once.

    Args:
        sure: somebody looked at the date: the clock is right.
    """
    with store.transaction(by=store.SYSTEM, what="retention.run", lock="retention") as write:
        waits_until = None if _clock_is_good(write, now) or sure else now + WAIT
        limits = {key: _limit(rule, _kept(write, rule), now) for key, rule in RULES.items()}
        if waits_until is None:
            for key in _LINES:
                _draw(write, key, limits[key])
    if waits_until:
        return Done({}, waits_until)
    erased = {key: _erase(rule, limits[key]) for key, rule in RULES.items()}
    gone = {key: count for key, count in erased.items() if count}
    return Done(gone, traceless=store.forget(*sorted({one.table for one in RULES.values()})))


def _erase(rule: Rule, limit: str) -> int:
    """Batch after batch, each a transaction of its own: others write in between."""
    count, some = 0, BATCH
    while some == BATCH:
        with store.transaction(by=store.SYSTEM, what="retention.run", lock="retention") as write:
            some = write.run(rule.batch, limit=limit, most=BATCH)
        count += some
    return count


def _clock_is_good(write: Writer, now: datetime) -> bool:
    lines = {
        row["subject"]: times.moment(row["before"])
        for row in write.rows("SELECT * FROM retention WHERE subject IN ('looked', 'waits')")
    }
    _draw(write, "looked", times.stamp(now))
    if "looked" not in lines or abs(now - lines["looked"]) > LEAP:
        _draw(write, "waits", times.stamp(now))
        return False
    return now >= lines["waits"] + WAIT


def _draw(write: Writer, subject: str, before: str) -> None:
    write.run(
        "INSERT INTO retention (subject, before) VALUES (:subject, :before) "
        "ON CONFLICT (subject) DO UPDATE SET before = excluded.before",
        subject=subject,
        before=before,
    )


def _kept(reader: Reader, rule: Rule) -> timedelta:
    if isinstance(rule.kept, timedelta):
        return rule.kept
    return timedelta(days=int(figures.value(rule.kept, reader=reader)))


def _limit(rule: Rule, kept: timedelta, now: datetime) -> str:
    """What began before this moment is due. Days are those of Tokyo: on the day that comes so
    many after, from its first minute.
    """
    if isinstance(rule.kept, timedelta):
        return times.stamp(now - kept)
    return times.bounds(times.today(now) - kept)[1]


def _moment(text: str) -> datetime:
    """The moment of a stamp, or noon of a day."""
    return times.moment(text if "T" in text else f"{text}T03:00:00Z")
