"""What people looked for and did not find: counted by day, for staff to answer.

Nobody is asked who they are, and nothing is kept but the words: no long ones, none that may be a
number of somebody's or become one while it is typed, and none for longer than half a year.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import amounts, forms, mode, store, times
from desk.people import PUBLIC, Actor, require
from desk.refusals import N_, Refused

LEAST_LETTERS, MOST_LETTERS = 2, 40
MOST_DIGITS = 3  # 「188」 names something; a PIN has four
TYPING = timedelta(seconds=10)  # so soon after, other words are the same ones, written in kanji
MOST_A_DAY = 200  # different words; so many that staff would read none of them
MOST_TIMES = 1_000  # a day for the same words; who counts on has nothing more to tell
KEPT = timedelta(days=180)
_LOCK = "guide misses"


@dataclass(frozen=True)
class Miss:
    """Words nobody has answered yet: how often they were looked for, and on which days."""

    words: str
    count: int
    first: date
    last: date


@dataclass(frozen=True)
class Noted:
    """Words that were counted, and how they stood before: so that it can be taken back."""

    words: str
    at: datetime
    count: int
    closed_at: str | None


def note(words: str, now: datetime) -> bool:
    """Count words that found nothing; True when they were.

    What a form refuses is not kept, nor what is too short or too long to be a name of something
    or has many digits. Nobody is asked who they are, so whoever calls this counts how many one
    visitor sends.
    """
    return _count(plain(words), now) is not None


def follow(last: Noted | None, words: str, *, missed: bool, now: datetime) -> Noted | None:
    """Count a search that is looked up while it is typed, as what it ends as.

    Args:
        last: what this gave for the words before; what it gives now is for the next.
    """
    words = plain(words)
    if not words:
        return None  # it is over; what was counted stays
    if last and last.words.startswith(words):
        return last  # the same, or deleted again from its end
    if last and (words.startswith(last.words) or timedelta(0) <= now - last.at <= TYPING):
        take_back(last)
    return _count(words, now) if missed else None


def take_back(noted: Noted) -> None:
    """Count words once less: they were only the beginning of what was typed."""
    with store.transaction(by=PUBLIC, lock=_LOCK) as write:
        at = {"words": noted.words, "day": str(times.today(noted.at))}
        write.run(
            "UPDATE guide_miss SET closed_at = :closed_at "
            "WHERE words = :words AND day = :day AND count = :count",
            **at,
            count=noted.count + 1,
            closed_at=noted.closed_at,
        )
        if not write.run(
            "UPDATE guide_miss SET count = count - 1 "
            "WHERE words = :words AND day = :day AND count > 1",
            **at,
        ):
            write.run("DELETE FROM guide_miss WHERE words = :words AND day = :day", **at)


def plain(words: str) -> str:
    """Words as they are counted: however wide or large they are written."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def _count(words: str, now: datetime) -> Noted | None:
    try:
        words = forms.text(words, label=N_("Words"), field="words", most=MOST_LETTERS, needed=True)
    except Refused:
        return None
    if len(words) < LEAST_LETTERS or sum(map(_digit, words)) > MOST_DIGITS:
        return None
    today = times.today(now)
    at = {"words": words, "day": str(today)}
    with store.transaction(by=PUBLIC, lock=_LOCK) as write:
        write.run("DELETE FROM guide_miss WHERE day < :oldest", oldest=str(today - KEPT))
        before = write.one(
            "SELECT count, closed_at FROM guide_miss WHERE words = :words AND day = :day", **at
        )
        if before:
            if before["count"] >= MOST_TIMES:
                return None
            write.run(
                "UPDATE guide_miss SET count = count + 1, closed_at = NULL "
                "WHERE words = :words AND day = :day",
                **at,
            )
            return Noted(words, now, before["count"], before["closed_at"])
        if len(write.rows("SELECT words FROM guide_miss WHERE day = :day", day=at["day"])) >= (
            MOST_A_DAY
        ):
            return None
        write.run(
            "INSERT INTO guide_miss (words, day, count, trial) VALUES (:words, :day, 1, :trial)",
            **at,
            trial=mode.flag(write),
        )
        return Noted(words, now, 0, None)


def _digit(one: str) -> bool:
    return unicodedata.category(one).startswith("N") or one in amounts.KANJI


def open_misses(actor: Actor) -> tuple[Miss, ...]:
    """The words nobody has answered, the most wanted first."""
    require(actor, "edit_guide")
    found = store.rows(
        "SELECT words, SUM(count) AS count, MIN(day) AS first, MAX(day) AS last FROM guide_miss "
        "WHERE closed_at IS NULL GROUP BY words ORDER BY SUM(count) DESC, MAX(day) DESC, words"
    )
    return tuple(
        Miss(
            row["words"],
            int(row["count"]),
            date.fromisoformat(row["first"]),
            date.fromisoformat(row["last"]),
        )
        for row in found
    )


def close(actor: Actor, words: str, now: datetime) -> None:
    """The words are answered, or need no answer. Asked for again, they are open again."""
    require(actor, "edit_guide")
    with store.transaction(by=actor, lock=_LOCK) as write:
        write.run(
            "UPDATE guide_miss SET closed_at = :now WHERE words = :words AND closed_at IS NULL",
            words=words,
            now=times.stamp(now),
        )
