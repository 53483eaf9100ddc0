"""Courses (講座の種類): what a class can be about."""

from typing import Any

from desk import store


def all_courses() -> list[dict[str, Any]]:
    """The catalogue: id, title, title_en, about, minutes, bring (a list of things)."""
    return [
        {**row, "bring": row["bring"].splitlines()}
        for row in store.rows(
            "SELECT id, title, title_en, about, minutes, bring FROM course WHERE active = 1 "
            "ORDER BY id"
        )
    ]


def title(course: dict[str, Any], lang: str) -> str:
    """A course's (or class's) title in a language, Japanese where there is no other."""
    return str((lang == "en" and course["title_en"]) or course["title"])
