"""Instructors: who can teach or help, since when they are trained, what and when they teach.

Roles and training follow the national programme: 講師 (trained lecturer) and アシスタント count
for the staff ratio; デジタル推進委員 and よびかけ員 are listed but do not.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from desk import courses, forms, mode, store, times
from desk.opening import WEEKDAYS
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Writer

ROLES = {
    "lecturer": N_("Lecturer"),
    "assistant": N_("Assistant"),
    "promoter": N_("Digital promotion member"),
    "caller": N_("Inviter"),
}
COUNTED = ("lecturer", "assistant")
_SPAN = re.compile(rf"([{WEEKDAYS}]) ([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")


@dataclass(frozen=True)
class InstructorForm:
    """What staff know of somebody who teaches.

    `skills` are course ids, none for every course. `hours` are lines like 「月 09:00-12:00」
    (Tokyo), none for any time. `person_id` is the account whose calendar feed it is.
    """

    name: str
    role: str = "lecturer"
    trained_on: date | None = None
    expires_on: date | None = None
    skills: tuple[str, ...] = ()
    hours: str = ""
    person_id: str | None = None


@dataclass(frozen=True)
class Instructor:
    """Somebody who teaches or helps."""

    id: str
    name: str
    role: str
    trained_on: date | None
    expires_on: date | None
    skills: tuple[str, ...]
    hours: tuple[tuple[int, time, time], ...]
    person_id: str | None
    trial: bool

    def trained(self, day: date) -> bool:
        """True for a lecturer whose training has begun to count and has not run out."""
        return (
            self.role == "lecturer"
            and self.trained_on is not None
            and self.trained_on <= day
            and (self.expires_on is None or day <= self.expires_on)
        )

    def teaches(self, course_id: str) -> bool:
        """True when they have the skill, or every skill."""
        return not self.skills or course_id in self.skills

    def free(self, day: date, starts: time, ends: time) -> bool:
        """True when the time lies within their hours of that weekday, or they gave none.

        Hours that touch, as until 12:00 and from 12:00, are one time.
        """
        for number, first, last in sorted(self.hours):
            if number == day.weekday() and first <= starts:
                starts = max(starts, last)
        return not self.hours or ends <= starts


def parse_hours(text: str) -> tuple[tuple[int, time, time], ...]:
    """Lines like 「月 09:00-12:00」 as weekday (0 is Monday) and two clocks.

    Raises:
        Refused: `hours_form` for any other line.
    """
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        match = _SPAN.fullmatch(line)
        try:
            if match is None:
                raise ValueError(line)
            first, last = time.fromisoformat(match[2]), time.fromisoformat(match[3])
            if first >= last:
                raise ValueError(line)
        except ValueError:
            raise Refused("hours_form", field="hours", line=line[:40]) from None
        found.append((WEEKDAYS.index(match[1]), first, last))
    return tuple(found)


def write_hours(hours: tuple[tuple[int, time, time], ...]) -> str:
    """The lines `parse_hours` reads."""
    return "\n".join(f"{WEEKDAYS[day]} {first:%H:%M}-{last:%H:%M}" for day, first, last in hours)


def everybody(*, reader: Reader | None = None, retired: bool = False) -> list[Instructor]:
    """Everybody who can teach or help, by name; `retired` ones too when asked for.

    Public: names of staff, not of residents.
    """
    sql = (
        "SELECT id, name, role, trained_on, expires_on, skills, hours, person_id, trial "
        f"FROM instructor WHERE active = 1 {'OR active = 0' if retired else ''} ORDER BY name, id"
    )
    return [_view(row) for row in (reader.rows(sql) if reader else store.rows(sql))]


def _view(row: dict[str, Any]) -> Instructor:
    return Instructor(
        **{
            **row,
            "trained_on": _day(row["trained_on"]),
            "expires_on": _day(row["expires_on"]),
            "skills": tuple(row["skills"].splitlines()),
            "hours": parse_hours(row["hours"]),
            "trial": bool(row["trial"]),
        }
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def save(actor: Actor, *, id: str, form: InstructorForm, now: datetime) -> None:
    """Add somebody who teaches, or change what is known of them; the same `id` is one person.

    Raises:
        Refused: `missing`, `too_long`, `my_number`, `choice_unknown`, `instructor_exists`,
            `hours_form`, `training_days`, `course_unknown`, or `person_unknown`.
    """
    require(actor, "schedule")
    with store.transaction(by=actor, lock="schedule") as write:
        save_one(write, id=id, form=form, now=now)


def save_one(write: Writer, *, id: str, form: InstructorForm, now: datetime) -> None:
    """`save` in the caller's transaction."""
    name = forms.text(form.name, label=N_("Instructor"), field="instructor", most=40, needed=True)
    role = forms.choice(form.role, ROLES, label=N_("Role"), field="role")
    hours = write_hours(parse_hours(form.hours))
    trained, expires = form.trained_on, form.expires_on
    if (trained and trained > times.today(now) + timedelta(days=366)) or (
        expires and (trained is None or expires < trained)
    ):
        raise Refused("training_days", field="expires_on")
    found = write.one("SELECT id FROM instructor WHERE name = :name", name=name)
    if found and found["id"] != id:
        raise Refused("instructor_exists", field="instructor", name=name)
    known = {course["id"] for course in courses.all_courses(reader=write)}
    # A course they had, and that has left the catalogue since, stands in nobody's way.
    had = write.one("SELECT skills FROM instructor WHERE id = :id", id=id)
    if not (known | set(had["skills"].splitlines() if had else ())).issuperset(form.skills):
        raise Refused("course_unknown", field="skills")
    account = "SELECT id FROM person WHERE id = :id AND active = 1"
    if form.person_id and not write.one(account, id=form.person_id):
        raise Refused("person_unknown", field="person")
    write.run(
        "INSERT INTO instructor (id, name, role, trained_on, expires_on, skills, hours, "
        "person_id, trial) VALUES (:id, :name, :role, :trained_on, :expires_on, :skills, "
        ":hours, :person_id, :trial) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "role = excluded.role, trained_on = excluded.trained_on, "
        "expires_on = excluded.expires_on, skills = excluded.skills, hours = excluded.hours, "
        "person_id = excluded.person_id, active = 1",
        id=id,
        name=name,
        role=role,
        trained_on=trained.isoformat() if trained else None,
        expires_on=expires.isoformat() if expires else None,
        skills="\n".join(form.skills),
        hours=hours,
        person_id=form.person_id,
        trial=mode.flag(write),
    )


def retire(actor: Actor, *, instructor_id: str, now: datetime) -> None:
    """Take somebody off the list; the classes they taught stay.

    Raises:
        Refused: `instructor_unknown`, or `instructor_teaches` while classes to come name them.
    """
    require(actor, "schedule")
    with store.transaction(by=actor, lock="schedule") as write:
        found = write.one(
            "SELECT name FROM instructor WHERE id = :id AND active = 1", id=instructor_id
        )
        if found is None:
            raise Refused("instructor_unknown")
        ahead = write.rows(
            "SELECT COUNT(*) AS n FROM class_instructor ci JOIN class c ON c.id = ci.class_id "
            "WHERE ci.instructor_id = :id AND c.status = 'open' AND c.ends_at > :now",
            id=instructor_id,
            now=times.stamp(now),
        )[0]["n"]
        if ahead:
            raise Refused("instructor_teaches", name=found["name"], classes=ahead)
        # The name is free again, as a retired person's is.
        write.run(
            "UPDATE instructor SET active = 0, name = name || :mark WHERE id = :id",
            mark=f" ({instructor_id[:8]})",
            id=instructor_id,
        )
