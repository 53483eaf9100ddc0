"""A class (講座) as everybody sees it: what, where, when, how many seats, who teaches.

Public: a class names no resident.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk import language, seats, times
from desk.store.engine import Reader, Row, Writer

# Who writes classes holds it, one at a time: two that swap rooms would wait for each other for
# ever.
LOCK = "schedule"


@dataclass(frozen=True)
class ClassView:
    """A class as screens show it. `booked` seats are sold or kept, `waiting` people have none.

    `equipment` are id, name and count; `overrides` are concern and reason, the newest of each.
    """

    id: str
    course_id: str
    title: str
    title_en: str
    about: str
    bring: list[str]
    needs: list[str]
    level: str
    venue_id: str
    venue: str
    address: str
    room_id: str
    room: str
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int
    series_id: str | None
    published_at: datetime | None
    changed_at: datetime | None
    cancelled_at: datetime | None
    seats: int
    booked: int
    waiting: int
    instructors: list[str]
    instructor_ids: list[str]
    equipment: list[tuple[str, str, int]]
    overrides: dict[str, str]
    trial: bool

    @property
    def left(self) -> int:
        """Free seats."""
        return self.seats - self.booked

    @property
    def state(self) -> str:
        """One of cancelled, full, few (at most a fifth of the seats left), free."""
        if self.status == "cancelled":
            return "cancelled"
        if self.left <= 0:
            return "full"
        return "few" if self.left <= max(1, self.seats // 5) else "free"

    @property
    def draft(self) -> bool:
        """Not published: nobody can book it."""
        return self.published_at is None

    def name(self, lang: str) -> str:
        """The course's title in a language."""
        return (lang == "en" and self.title_en) or self.title

    def seats_in_words(self, lang: str) -> str:
        """「のこり3席（10席中）」, 「満席（10席） 待ち2人」 or 「中止」."""
        _, state = language.catalogue(lang).gettext, self.state
        if state == "cancelled":
            return _("Cancelled")
        if state != "full":
            return _("{left} seats left (of {seats})").format(left=self.left, seats=self.seats)
        text = _("Full ({seats} seats)").format(seats=self.seats)
        return f"{text} {_('{n} waiting').format(n=self.waiting)}" if self.waiting else text


_VIEW = f"""
SELECT c.id, c.course_id, k.title, k.title_en, k.about, k.bring, k.needs, k.level, c.venue_id,
  v.name AS venue, v.address, c.room_id, r.name AS room, c.starts_at, c.ends_at, c.status,
  c.version, c.series_id, c.published_at, c.changed_at, c.cancelled_at, c.trial,
  (SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id) AS seats,
  (SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id AND s.booking_id IS NOT NULL) AS booked,
  (SELECT COALESCE(SUM(b.party), 0) FROM booking b WHERE b.class_id = c.id
     AND {seats.WAITING}) AS waiting
FROM class c JOIN course k ON k.id = c.course_id JOIN venue v ON v.id = c.venue_id
JOIN room r ON r.id = c.room_id
"""
_TEACHING = """
SELECT ci.class_id, i.id, i.name FROM class_instructor ci
JOIN instructor i ON i.id = ci.instructor_id JOIN class c ON c.id = ci.class_id
"""
_LENT = """
SELECT ce.class_id, e.id, e.name, ce.count FROM class_equipment ce
JOIN equipment e ON e.id = ce.equipment_id JOIN class c ON c.id = ce.class_id
"""
_OVERRIDES = """
SELECT e.class_id, e.note FROM event e JOIN class c ON c.id = e.class_id
"""


def views(reader: Reader, where: str, **facts: Any) -> list[ClassView]:
    """Classes that match, by their start, for the modules of `desk/` that work on them."""

    def by_class(sql: str, order: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in reader.rows(f"{sql} {order.format(where=where)}", **facts):
            found.setdefault(row["class_id"], []).append(row)
        return found

    teaching = by_class(_TEACHING, "WHERE {where} ORDER BY i.name")
    lent = by_class(_LENT, "WHERE {where} ORDER BY e.id")
    decided = by_class(_OVERRIDES, "WHERE e.kind = 'override' AND {where} ORDER BY e.number")
    return [
        _view(row, teaching.get(row["id"], []), lent.get(row["id"], []), decided.get(row["id"], []))
        for row in reader.rows(f"{_VIEW} WHERE {where} ORDER BY c.starts_at, c.id", **facts)
    ]


def _view(row: Row, teaching: list[Row], lent: list[Row], decided: list[Row]) -> ClassView:
    moments = ("starts_at", "ends_at", "published_at", "changed_at", "cancelled_at")
    return ClassView(
        **{
            **row,
            **{name: times.moment(row[name]) if row[name] else None for name in moments},
            "bring": row["bring"].splitlines(),
            "needs": row["needs"].splitlines(),
            "trial": bool(row["trial"]),
            "waiting": int(row["waiting"]),
            "instructors": [one["name"] for one in teaching],
            "instructor_ids": [one["id"] for one in teaching],
            "equipment": [(one["id"], one["name"], one["count"]) for one in lent],
            "overrides": dict(one["note"].split(" ", 1) for one in decided),
        }
    )


def tell_anew(write: Writer, column: str, ids: Iterable[str], now: datetime) -> None:
    """Count one more change of the classes to come at what has other words now, for calendars.

    `column` is where a class points at it: `course_id`, `venue_id` or `room_id`.
    """
    write.run_many(
        "UPDATE class SET version = version + 1, changed_at = :now "
        f"WHERE {column} = :id AND ends_at > :now",
        [{"id": id, "now": times.stamp(now)} for id in ids],
    )
