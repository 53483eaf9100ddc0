"""What the desk was asked about most: the procedures its consultations name."""

from datetime import datetime, timedelta

from desk import store, times
from desk.people import Actor, require

BACK = timedelta(days=90)


def most(actor: Actor, *, desk_id: str | None, now: datetime, count: int = 6) -> list[str]:
    """Ids of the procedures logged most in the last 90 days at a desk (None: at any).

    The commonest come first; a procedure may have left the guide since.
    """
    require(actor, "log")
    return [
        row["procedure_id"]
        for row in store.rows(
            "SELECT procedure_id, COUNT(*) AS n FROM consultation_now "
            "WHERE procedure_id <> '' AND (:desk = '' OR desk_id = :desk) "
            "AND logged_at >= :first AND logged_at <= :now "
            "GROUP BY procedure_id ORDER BY n DESC, procedure_id LIMIT :count",
            desk=desk_id or "",
            first=times.stamp(now - BACK),
            now=times.stamp(now),
            count=count,
        )
    ]
