"""A consultation in words: its answers, one by one or in a line."""

from typing import Any

from desk import places, times
from desk.consultations import (
    AGE_BANDS,
    AUTONOMY,
    DEVICES,
    HANDED_TO,
    KINDS,
    RESULTS,
    TOPICS,
    TRIED,
    VISITS,
)
from desk.guide import procedures
from pages.parts.words import _, plain

WORDS = {
    "kind": KINDS,
    "age_band": AGE_BANDS,
    "topic": TOPICS,
    "also": TOPICS,
    "result": RESULTS,
    "visit": VISITS,
    "autonomy": AUTONOMY,
    "device": DEVICES,
    "handed_to": HANDED_TO,
    "tried": TRIED,
}
NONE = "–"


def where(row: dict[str, Any]) -> str:
    """The neighbourhood, or that it is outside or not known."""
    return places.town_name(row["town_id"]) or _(places.RESIDENCES[row["residence"]])


def clock(row: dict[str, Any]) -> str:
    """When it was; one from paper has a day and no hour."""
    if row["entry"] == "paper":
        return _("Paper")
    return times.show_clock(times.moment(row["logged_at"]))


def line(row: dict[str, Any], *, town: str = "") -> str:
    """「桜一丁目・75–79・LINE・解決」, for Markdown."""
    answers = [_(WORDS[name][row[name]]) for name in ("age_band", "topic", "result")]
    return "・".join(map(plain, [town or where(row), *answers]))


def value(name: str, row: dict[str, Any]) -> str:
    """One answer (a key of `desk.corrections.ANSWERS`), for Markdown."""
    stored = row[name]
    if name in ("residence", "town_id"):
        return plain(where(row))
    if name == "desk_id":
        return plain(next((one["name"] for one in places.desks() if one["id"] == stored), stored))
    if name == "procedure_id":
        found = procedures.all_procedures().get(stored)
        return plain(found.title if found else stored) or NONE
    if name in WORDS:
        return "、".join(_(WORDS[name][one]) for one in stored.split()) or NONE
    return plain(str(stored)) or NONE
