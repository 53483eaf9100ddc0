"""What is usual at a desk, so that the log can offer it first."""

from dataclasses import replace
from datetime import datetime, timedelta

from desk import corrections, store, times
from desk.consultations import TOPICS, ConsultationForm
from desk.people import Actor, require

COMMON = timedelta(days=90)


def common_topics(actor: Actor, *, desk_id: str | None, now: datetime) -> list[str]:
    """Every topic, the commonest of the last `COMMON` at a desk (None: at any) first.

    Where there is nothing to tell them apart they keep the order of `TOPICS`, and the one that
    says nothing stays last.
    """
    require(actor, "log")
    counted = {
        row["topic"]: row["n"]
        for row in store.rows(
            "SELECT topic, COUNT(*) AS n FROM consultation_now "
            "WHERE (:desk = '' OR desk_id = :desk) AND logged_at > :since GROUP BY topic",
            desk=desk_id or "",
            since=times.stamp(now - COMMON),
        )
    }
    return sorted(TOPICS, key=lambda one: (one == "other", -counted.get(one, 0)))


def last_today(actor: Actor, *, now: datetime) -> ConsultationForm | None:
    """What this person logged last today, for another like it: without note and card."""
    require(actor, "log")
    first, end = times.bounds(times.today(now))
    row = store.one(
        "SELECT * FROM consultation_now WHERE person_id = :id AND entry = 'form' "
        "AND logged_at >= :first AND logged_at < :end ORDER BY logged_at DESC, id LIMIT 1",
        id=actor.id,
        first=first,
        end=end,
    )
    return replace(corrections.form_of(row), note="", follows="") if row else None
