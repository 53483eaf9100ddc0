"""Courses (講座の種類): what a class can be about, from the file and from staff."""

from dataclasses import dataclass
from typing import Any

from desk import forms, store
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

_FIELDS = "id, title, title_en, about, minutes, bring, level, needs, before, source, own"


@dataclass(frozen=True)
class CourseForm:
    """What staff fill in for a course of their own. `bring` and `before` are lines."""

    title: str
    about: str
    minutes: int
    level: str
    needs: tuple[str, ...] = ()
    bring: str = ""
    before: tuple[str, ...] = ()


def all_courses(*, reader: Reader | None = None) -> list[dict[str, Any]]:
    """The catalogue, beginners' courses first.

    Each has id, title, title_en, about, minutes, bring, level, needs, before (lists), source, own.
    """
    sql = f"SELECT {_FIELDS} FROM course WHERE active = 1 ORDER BY own, id"
    found = reader.rows(sql) if reader else store.rows(sql)
    order = list(LEVEL_NAMES)
    return sorted(
        (
            {**row, **{name: row[name].splitlines() for name in ("bring", "needs", "before")}}
            for row in found
        ),
        key=lambda course: order.index(course["level"]),
    )


def title(course: dict[str, Any], lang: str) -> str:
    """A course's (or class's) title in a language, Japanese where there is no other."""
    return str((lang == "en" and course["title_en"]) or course["title"])


def save(actor: Actor, *, id: str, form: CourseForm) -> None:
    """Add a course of the city's own, or change one; the same `id` twice is one course.

    Raises:
        Refused: `missing`, `too_long`, `my_number`, `choice_unknown`, `course_minutes`,
            `course_unknown` for a prerequisite that is not there, `course_of_file`.
    """
    require(actor, "schedule")
    if not SHORTEST <= form.minutes <= LONGEST:
        raise Refused("course_minutes", field="minutes", least=SHORTEST, most=LONGEST)
    label = N_("What one needs")
    row = {
        "title": forms.text(form.title, label=N_("Title"), field="title", most=60, needed=True),
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
    with store.transaction() as write:
        known = {course["id"]: course for course in all_courses(reader=write)}
        if any(one not in known or one == id for one in form.before):
            raise Refused("course_unknown", field="before")
        if id in known and not known[id]["own"]:
            raise Refused("course_of_file")
        write.run(
            "INSERT INTO course (id, title, title_en, about, minutes, bring, level, needs, "
            "before, source, own) VALUES (:id, :title, '', :about, :minutes, :bring, :level, "
            ":needs, :before, :source, 1) ON CONFLICT (id) DO UPDATE SET title = excluded.title, "
            "about = excluded.about, minutes = excluded.minutes, bring = excluded.bring, "
            "level = excluded.level, needs = excluded.needs, before = excluded.before, active = 1",
            id=id,
            source=OWN_SOURCE,
            **row,
        )


def retire(actor: Actor, *, course_id: str) -> None:
    """Take a course of the city's own off the catalogue; its classes stay.

    Raises:
        Refused: `course_unknown` or `course_of_file`.
    """
    require(actor, "schedule")
    with store.transaction() as write:
        found = write.one("SELECT own FROM course WHERE id = :id AND active = 1", id=course_id)
        if found is None:
            raise Refused("course_unknown")
        if not found["own"]:
            raise Refused("course_of_file")
        write.run("UPDATE course SET active = 0 WHERE id = :id", id=course_id)
