"""Actions (取組): what the city did for some neighbourhoods, from which day on.

Marked by hand, for only people know that a class series or a talk at the 老人クラブ was meant for
these neighbourhoods. An action is never rewritten or deleted: it is withdrawn, with who and when,
and that can be undone. Whether it helped is `desk.gaps.acts.looked_back`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import forms, mode, store, times
from desk.gaps.city import CLASS, DESK, WIFI
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Row

OUTREACH = "outreach"
KINDS = {
    CLASS: N_("A series of classes"),
    DESK: N_("A help desk"),
    WIFI: N_("A Wi-Fi spot"),
    OUTREACH: N_("Outreach: asked, invited, told"),
}
TITLE_MOST, NOTE_MOST = 60, 400
BACK, AHEAD = timedelta(days=5 * 365), timedelta(days=366)  # how far from today one may begin

# What an action may be about, by kind: its id must be one of these.
_ABOUT = {
    CLASS: ("series", "class"),
    DESK: ("desk",),
    WIFI: ("wifi_spot",),
}


@dataclass(frozen=True)
class ActionForm:
    """What a planner marks: a key of `KINDS`, a title, ids of neighbourhoods and the first day.

    `about` is the id of the series, class, desk or Wi-Fi spot it is, or empty.
    """

    kind: str
    title: str
    town_ids: tuple[str, ...]
    starts_on: date
    note: str = ""
    about: str = ""


@dataclass(frozen=True)
class Action:
    """An action as it is kept; `towns` are id and name of its neighbourhoods, by their reading."""

    id: str
    kind: str
    title: str
    note: str
    about: str
    starts_on: date
    towns: tuple[tuple[str, str], ...]
    made_at: datetime
    made_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    trial: bool

    @property
    def town_ids(self) -> tuple[str, ...]:
        return tuple(id for id, _name in self.towns)


def mark(actor: Actor, *, id: str, form: ActionForm, now: datetime) -> Action:
    """Keep an action; the same `id` twice is one row and the same answer.

    Raises:
        Refused: `missing`, `choice_unknown`, `too_long`, `town_unknown`, `action_day`,
            `action_about_unknown`, `form_reused`, or what `desk.my_number` finds in a text.
    """
    require(actor, "plan_actions")
    facts = _clean(form, now)
    town_ids = tuple(dict.fromkeys(form.town_ids))
    with store.transaction(by=actor, lock=f"action {id}") as write:
        _known(write, form, town_ids)
        fresh = write.run(
            "INSERT INTO gap_action (id, kind, title, about, note, starts_on, made_at, made_by, "
            "trial) VALUES (:id, :kind, :title, :about, :note, :starts_on, :at, :by, :trial) "
            "ON CONFLICT (id) DO NOTHING",
            id=id,
            at=times.stamp(now),
            by=actor.id,
            trial=mode.flag(write),
            **facts,
        )
        if fresh:
            write.run_many(
                "INSERT INTO gap_action_town (action_id, town_id) VALUES (:id, :town_id)",
                [{"id": id, "town_id": one} for one in town_ids],
            )
        kept = _get(write, id)
        stored = {**facts, "starts_on": form.starts_on}
        same = all(getattr(kept, name) == value for name, value in stored.items())
        if not same or {*kept.town_ids} != {*town_ids}:
            raise Refused("form_reused")
        return kept


def withdraw(actor: Actor, *, action_id: str, now: datetime) -> Action:
    """Take an action back: it stays readable and counts no more. Twice is once.

    Raises:
        Refused: `action_unknown`.
    """
    require(actor, "plan_actions")
    with store.transaction(by=actor, lock=f"action {action_id}") as write:
        _get(write, action_id)
        write.run(
            "UPDATE gap_action SET withdrawn_at = :at, withdrawn_by = :by "
            "WHERE id = :id AND withdrawn_at IS NULL",
            id=action_id,
            at=times.stamp(now),
            by=actor.id,
        )
        return _get(write, action_id)


def restore(actor: Actor, *, action_id: str) -> Action:
    """Undo a withdrawal; nothing happens where there is none.

    Raises:
        Refused: `action_unknown`.
    """
    require(actor, "plan_actions")
    with store.transaction(by=actor, lock=f"action {action_id}") as write:
        write.run(
            "UPDATE gap_action SET withdrawn_at = NULL, withdrawn_by = NULL WHERE id = :id",
            id=action_id,
        )
        return _get(write, action_id)


def actions(actor: Actor) -> list[Action]:
    """Every action, the latest first; those that were withdrawn are among them."""
    require(actor, "see_neighbourhoods")
    with store.engine().reading() as reader:
        return read(reader)


def choices(actor: Actor, *, kind: str) -> dict[str, str]:
    """What an action of a kind may be about: ids of desks or Wi-Fi spots with their names; of
    classes, the series and single classes, the latest first, with their course and venue.
    """
    require(actor, "see_neighbourhoods")
    if kind == CLASS:
        found: dict[str, str] = {}
        for row in store.rows(_CLASSES):
            day = times.today(times.moment(row["starts_at"]))
            found[row["id"]] = f"{row['course']}　{row['venue']}　{day.month}/{day.day}"
        return found
    sql = {
        DESK: "SELECT id, name FROM desk WHERE active = 1 ORDER BY id",
        WIFI: "SELECT id, name FROM wifi_spot WHERE active = 1 ORDER BY name, id",
    }.get(kind)
    return {row["id"]: row["name"] for row in store.rows(sql)} if sql else {}


# A series by its first class, and every class that is in none.
_CLASSES = (
    "SELECT COALESCE(c.series_id, c.id) AS id, MIN(c.starts_at) AS starts_at, "
    "MIN(o.title) AS course, MIN(v.name) AS venue FROM class c "
    "JOIN course o ON o.id = c.course_id JOIN venue v ON v.id = c.venue_id "
    "WHERE c.status = 'open' GROUP BY COALESCE(c.series_id, c.id) "
    "ORDER BY MIN(c.starts_at) DESC, COALESCE(c.series_id, c.id) LIMIT 200"
)


def read(reader: Reader, id: str = "") -> list[Action]:
    """Actions within a snapshot, the latest first: one, or ("") all."""
    towns: dict[str, list[tuple[str, str]]] = {}
    for row in reader.rows(
        "SELECT a.action_id, t.id, t.name FROM gap_action_town a JOIN town t ON t.id = a.town_id "
        "WHERE :id = '' OR a.action_id = :id ORDER BY t.kana, t.name",
        id=id,
    ):
        towns.setdefault(row["action_id"], []).append((row["id"], row["name"]))
    rows = reader.rows(
        "SELECT a.*, m.name AS made_name, w.name AS withdrawn_name FROM gap_action a "
        "JOIN person m ON m.id = a.made_by LEFT JOIN person w ON w.id = a.withdrawn_by "
        "WHERE :id = '' OR a.id = :id ORDER BY a.starts_on DESC, a.made_at DESC, a.id",
        id=id,
    )
    return [_action(row, towns.get(row["id"], ())) for row in rows]


def _action(row: Row, towns: Sequence[tuple[str, str]]) -> Action:
    return Action(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        note=row["note"],
        about=row["about"],
        starts_on=date.fromisoformat(row["starts_on"]),
        towns=tuple(towns),
        made_at=times.moment(row["made_at"]),
        made_by=row["made_name"],
        withdrawn_at=times.moment(row["withdrawn_at"]) if row["withdrawn_at"] else None,
        withdrawn_by=row["withdrawn_name"] or "",
        trial=bool(row["trial"]),
    )


def _get(reader: Reader, id: str) -> Action:
    found = read(reader, id) if id else []
    if not found:
        raise Refused("action_unknown")
    return found[0]


def _clean(form: ActionForm, now: datetime) -> dict[str, str]:
    """The columns of an action, every answer checked but those the database knows."""
    facts = {
        "kind": forms.choice(form.kind, KINDS, label=N_("What was done"), field="kind"),
        "title": forms.text(
            form.title, label=N_("Its name"), field="title", most=TITLE_MOST, needed=True
        ),
        "note": forms.text(form.note, label=N_("Note"), field="note", most=NOTE_MOST),
        "about": form.about,
        "starts_on": form.starts_on.isoformat(),
    }
    if not form.town_ids:
        raise Refused("missing", field="towns", label=N_("Neighbourhoods it is for"))
    today = times.today(now)
    if not today - BACK <= form.starts_on <= today + AHEAD:
        raise Refused("action_day", field="day")
    return facts


def _known(reader: Reader, form: ActionForm, town_ids: Sequence[str]) -> None:
    active = {row["id"] for row in reader.rows("SELECT id FROM town WHERE active = 1")}
    if not active.issuperset(town_ids):
        raise Refused("town_unknown", field="towns")
    tables = _ABOUT.get(form.kind, ())
    if form.about and not any(
        reader.one(f"SELECT id FROM {table} WHERE id = :id", id=form.about) for table in tables
    ):
        raise Refused("action_about_unknown", field="about")
