"""What people looked for and did not find: counted by day, for staff to answer.

Nobody is asked who they are, and nothing is kept but the words: no long ones, none that may be a
number of somebody's, and none for longer than half a year.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import forms, mode, store, times
from desk.people import Actor, require
from desk.refusals import N_, Refused

MOST_LETTERS = 40
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


def note(words: str, now: datetime) -> bool:
    """Count words that found nothing; True when they were.

    What a form refuses is not kept, nor what is too long to be a name of something. Nobody is
    asked who they are, so whoever calls this counts how many one visitor sends.
    """
    words = " ".join(unicodedata.normalize("NFKC", words).casefold().split())
    try:
        words = forms.text(words, label=N_("Words"), field="words", most=MOST_LETTERS, needed=True)
    except Refused:
        return False
    today = times.today(now)
    with store.transaction(lock=_LOCK) as write:
        write.run("DELETE FROM guide_miss WHERE day < :oldest", oldest=str(today - KEPT))
        counted = write.run(
            "UPDATE guide_miss SET count = count + 1, closed_at = NULL "
            "WHERE words = :words AND day = :day AND count < :most",
            words=words,
            day=str(today),
            most=MOST_TIMES,
        )
        if counted:
            return True
        found = write.rows("SELECT words FROM guide_miss WHERE day = :day", day=str(today))
        if len(found) >= MOST_A_DAY or words in {row["words"] for row in found}:
            return False
        write.run(
            "INSERT INTO guide_miss (words, day, count, trial) VALUES (:words, :day, 1, :trial)",
            words=words,
            day=str(today),
            trial=mode.flag(write),
        )
        return True


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
    with store.transaction(lock=_LOCK) as write:
        write.run(
            "UPDATE guide_miss SET closed_at = :now WHERE words = :words AND closed_at IS NULL",
            words=words,
            now=times.stamp(now),
        )
