"""Courses (講座の種類): what a class can be about, from the file and from staff."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from desk import classes, forms, store
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader

# As data/courses.yaml writes them, and as they are kept.
LEVELS = {"入門": "intro", "基本": "basic", "応用": "applied"}
NEEDS = {
    "自分のスマホか貸出": "phone",
    "自分のスマホ": "own_phone",
    "マイナンバーカード": "card",
    "暗証番号": "pin",
}
LEVEL_NAMES = {"intro": N_("Beginner"), "basic": N_("Basic"), "applied": N_("Applied")}
NEED_NAMES = {
    "phone": N_("A phone (own or lent)"),
    "own_phone": N_("One's own phone"),
    "card": N_("My Number card"),
    "pin": N_("The card's PIN (known to the person)"),
}
SHORTEST, LONGEST = 15, 480  # minutes
OWN_SOURCE = "市が追加"

_FIELDS = "id, title, title_en, about, minutes, bring, level, needs, before, source, own, active"
# What calendars and pages tell of a class; other words are a change of the class.
TOLD = ("title", "title_en", "about", "bring")


@dataclass(frozen=True)
class CourseForm:
    """What staff fill in for a course of their own. `bring` is lines, `before` are course ids.

    Without `title_en` the Japanese title is shown in English too.
    """

    title: str
    about: str
    minutes: int
    level: str
    needs: tuple[str, ...] = ()
    bring: str = ""
    before: tuple[str, ...] = ()
    title_en: str = ""


def all_courses(*, reader: Reader | None = None, retired: bool = False) -> list[dict[str, Any]]:
    """The catalogue, beginners' courses first; what was taken off it too when asked for.

    Each has id, title, title_en, about, minutes, bring, level, needs, before (lists), source, own.
    Nobody can take a course that is no longer offered, so it comes before none.
    """
    sql = f"SELECT {_FIELDS} FROM course ORDER BY own, id"
    every = reader.rows(sql) if reader else store.rows(sql)
    offered = {row["id"] for row in every if row.pop("active")}
    order = list(LEVEL_NAMES)
    return sorted(
        (
            {
                **row,
                "bring": row["bring"].splitlines(),
                "needs": row["needs"].splitlines(),
                "before": [one for one in row["before"].splitlines() if one in offered],
            }
            for row in every
            if retired or row["id"] in offered
        ),
        key=lambda course: order.index(course["level"]),
    )


def title(course: dict[str, Any], lang: str) -> str:
    """A course's (or class's) title in a language, Japanese where there is no other."""
    return str((lang == "en" and course["title_en"]) or course["title"])


def titles_before(course_id: str, lang: str) -> list[str]:
    """The titles of what is better taken before a course."""
    every = {one["id"]: one for one in all_courses(retired=True)}
    before = every[course_id]["before"] if course_id in every else []
    return [title(every[one], lang) for one in before]


def circle(before: Mapping[str, Iterable[str]]) -> list[str]:
    """Courses that would have to be taken before themselves, if there are any."""
    try:
        TopologicalSorter(before).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def save(actor: Actor, *, id: str, form: CourseForm, now: datetime) -> None:
    """Add a course of the city's own, or change one; the same `id` twice is one course.

    Other words are a change of its classes to come too, so that calendars hear of it.

    Raises:
        Refused: `missing`, `too_long`, `my_number`, `choice_unknown`, `course_minutes`,
            `course_unknown` for a prerequisite that is not there, `course_circle`,
            `course_of_file`.
    """
    require(actor, "schedule")
    if not SHORTEST <= form.minutes <= LONGEST:
        raise Refused("course_minutes", field="minutes", least=SHORTEST, most=LONGEST)
    label = N_("What one needs")
    row = {
        "title": forms.text(form.title, label=N_("Title"), field="title", most=60, needed=True),
        "title_en": forms.text(
            form.title_en, label=N_("Title in English"), field="title_en", most=80
        ),
        "about": forms.text(
            form.about, label=N_("What it is about"), field="about", most=200, needed=True
        ),
        "bring": forms.text(form.bring, label=N_("What to bring"), field="bring", most=200),
        "level": forms.choice(form.level, LEVEL_NAMES, label=N_("Level"), field="level"),
        "needs": "\n".join(
            forms.choice(one, NEED_NAMES, label=label, field="needs") for one in form.needs
        ),
        "before": "\n".join(form.before),
        "minutes": form.minutes,
    }
    with store.transaction(by=actor, lock=classes.LOCK) as write:
        known = {course["id"]: course for course in all_courses(reader=write)}
        if any(one not in known or one == id for one in form.before):
            raise Refused("course_unknown", field="before")
        if circle({**{one: known[one]["before"] for one in known}, id: form.before}):
            raise Refused("course_circle", field="before")
        there = write.one(f"SELECT own, {', '.join(TOLD)} FROM course WHERE id = :id", id=id)
        if there and not there["own"]:
            raise Refused("course_of_file")
        write.run(
            "INSERT INTO course (id, title, title_en, about, minutes, bring, level, needs, "
            "before, source, own) VALUES (:id, :title, :title_en, :about, :minutes, :bring, "
            ":level, :needs, :before, :source, 1) ON CONFLICT (id) DO UPDATE SET "
            "title = excluded.title, title_en = excluded.title_en, about = excluded.about, "
            "minutes = excluded.minutes, bring = excluded.bring, level = excluded.level, "
            "needs = excluded.needs, before = excluded.before, active = 1",
            id=id,
            source=OWN_SOURCE,
            **row,
        )
        if there and any(there[name] != row[name] for name in TOLD):
            classes.tell_anew(write, "course_id", [id], now)


def retire(actor: Actor, *, course_id: str) -> None:
    """Take a course of the city's own off the catalogue; its classes stay.

    Raises:
        Refused: `course_unknown` or `course_of_file`.
    """
    require(actor, "schedule")
    with store.transaction(by=actor) as write:
        found = write.one("SELECT own FROM course WHERE id = :id AND active = 1", id=course_id)
        if found is None:
            raise Refused("course_unknown")
        if not found["own"]:
            raise Refused("course_of_file")
        write.run("UPDATE course SET active = 0 WHERE id = :id", id=course_id)
