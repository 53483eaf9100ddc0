"""Consultations (相談): a log of what was asked where, and of nobody's name.

There is no column for a name, a telephone number or an address, and rows are never rewritten:
the database refuses it. A correction is a row of its own (`desk.corrections`); what counts now is
the view `consultation_now`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk import codes, follow_ups, forms, mode, places, store, times, versions
from desk.people import Actor, require
from desk.refusals import N_, Refused

AGE_BANDS = {
    "under60": N_("59 or younger"),
    "60-64": N_("60–64"),
    "65-69": N_("65–69"),
    "70-74": N_("70–74"),
    "75-79": N_("75–79"),
    "80-84": N_("80–84"),
    "85+": N_("85 or older"),
    "unknown": N_("Not known"),
}
TOPICS = {
    "basics": N_("Phone basics"),
    "phone_camera": N_("Calls and camera"),
    "line": N_("LINE"),
    "internet": N_("Internet"),
    "map": N_("Maps"),
    "wifi": N_("Wi-Fi"),
    "my_number_card": N_("My Number card"),
    "myna_portal": N_("Mynaportal"),
    "payment": N_("Paying by phone"),
    "scam": N_("Scams"),
    "settings": N_("Settings"),
    "other": N_("Something else"),
}
RESULTS = {
    "solved": N_("Solved"),
    "partly": N_("Partly"),
    "handed_on": N_("Handed on"),
    "again": N_("Will come again"),
}
KINDS = {
    "walk_in": N_("At the desk"),
    "phone": N_("By telephone"),
    "visit": N_("At their home"),
    "other": N_("Elsewhere"),
}
MINUTES = (5, 15, 30, 60)
VISITS = {
    "first": N_("First visit"),
    "again": N_("Has come before"),
    "unknown": N_("Not known"),
}
AUTONOMY = {
    "alone": N_("Did it alone"),
    "together": N_("Did it together"),
    "for_them": N_("We did it for them"),
    "unknown": N_("Not known"),
}
DEVICES = {
    "own_phone": N_("Their own smartphone"),
    "lent": N_("A lent one"),
    "old_phone": N_("A simple mobile phone"),
    "computer": N_("Tablet or computer"),
    "none": N_("No device"),
    "unknown": N_("Not known"),
}
HANDED_TO = {
    "city": N_("City office"),
    "desk": N_("Another help desk"),
    "shop": N_("Phone shop"),
    "bank": N_("Bank or post office"),
    "police": N_("Police"),
    "consumer": N_("Consumer affairs centre"),
    "other": N_("Somewhere else"),
}
TRIED = {
    "explained": N_("Explained it"),
    "together": N_("Tried it together"),
    "settings": N_("Looked at the settings"),
    "restarted": N_("Restarted or updated the device"),
    "secret": N_("The password or PIN was not known"),
    "called": N_("Telephoned"),
}
ENTRIES = ("form", "rush", "paper")  # how a row came in; one from paper knows its day, no hour
ALSO_MOST = 2
NOTE_MOST = 140
ALIKE = timedelta(seconds=60)  # so soon after, the same again from one tablet is asked about


@dataclass(frozen=True)
class ConsultationForm:
    """What the volunteer taps. `residence` is town, outside or unknown; `minutes` of talk.

    `also` are up to two more topics, `procedure_id` what was looked up, `handed_to` and `tried`
    what a handoff says, `follows` the code of the card they came with; each may be left out.
    """

    desk_id: str
    kind: str
    residence: str
    town_id: str | None
    age_band: str
    topic: str
    result: str = "solved"
    minutes: int = 15
    note: str = ""
    also: tuple[str, ...] = ()
    visit: str = "unknown"
    autonomy: str = "unknown"
    device: str = "unknown"
    procedure_id: str = ""
    handed_to: str = ""
    tried: tuple[str, ...] = ()
    follows: str = ""


def log(
    actor: Actor,
    *,
    id: str,
    form: ConsultationForm,
    now: datetime,
    tablet: str = "",
    entry: str = "form",
    ask: bool = False,
) -> dict[str, Any]:
    """Write one consultation down; the same `id` twice is one row and the same answer.

    The desk and its kind are remembered for the person's next one.

    Args:
        ask: refuse once with `just_logged` when the same was logged less than `ALIKE` ago from
            this tablet (from any by this person, when the tablet is not known).

    Returns:
        The row as stored.

    Raises:
        Refused: `missing`, `choice_unknown`, `topics_many`, `desk_unknown`, `town_unknown`,
            `too_long`, `form_reused`, `logged_before` for an id that was saved with other answers
            (in another window, say), `just_logged`, `follow_up_unknown`, `follow_up_closed`, or
            what `desk.my_number` finds in the note.
    """
    require(actor, "log")
    facts = clean(form)
    locks = (f"person {actor.id}", *([f"tablet {tablet}"] if tablet else []))
    with store.transaction(by=actor, lock=locks) as write:
        if ask:
            _ask_about_alike(write, facts, id=id, person_id=actor.id, tablet=tablet, now=now)
        follow_ups.came(write, facts["follows"], consultation_id=id, by=actor.id, now=now)
        stored = insert(
            write,
            facts,
            id=id,
            logged_at=times.stamp(now),
            person_id=actor.id,
            tablet=tablet,
            entry=entry,
        )
        if facts != {name: stored[name] for name in facts}:
            raise Refused("logged_before")
        remember(write, actor, form)
        return stored


def insert(
    write: store.Writer,
    facts: dict[str, Any],
    *,
    id: str,
    logged_at: str,
    person_id: str,
    tablet: str = "",
    entry: str = "form",
    written_at: str | None = None,
) -> dict[str, Any]:
    """Put cleaned facts into the log; the row that is there already when the `id` is known.

    Args:
        written_at: when it was entered, where that is another moment than `logged_at`.

    Raises:
        Refused: `desk_unknown`, `town_unknown`, or `form_reused` for an id with another answer.
    """
    if not write.one("SELECT id FROM desk WHERE id = :id AND active = 1", id=facts["desk_id"]):
        raise Refused("desk_unknown", field="desk")
    if facts["town_id"] and not places.known_town(write, facts["town_id"]):
        raise Refused("town_unknown", field="town")
    row = {
        "id": id,
        "logged_at": logged_at,
        "person_id": person_id,
        "tablet": tablet,
        "entry": entry,
        "trial": mode.flag(write),
        "written_at": written_at,
        **facts,
    }
    versions.add(write, row)
    stored = write.one("SELECT * FROM consultation WHERE id = :id", id=id)
    if stored is None or stored["person_id"] != person_id:
        raise Refused("form_reused")
    return stored


def _ask_about_alike(
    write: store.Writer,
    facts: dict[str, Any],
    *,
    id: str,
    person_id: str,
    tablet: str,
    now: datetime,
) -> None:
    whose = "tablet = :tablet" if tablet else "person_id = :person_id"
    found = write.one(
        f"SELECT MAX(logged_at) AS at FROM consultation_now WHERE {whose} AND entry <> 'paper' "
        "AND id <> :id AND logged_at > :since AND topic = :topic AND age_band = :age_band "
        "AND residence = :residence AND COALESCE(town_id, '') = :town "
        "AND NOT EXISTS (SELECT 1 FROM consultation c WHERE c.id = :id)",
        id=id,
        since=times.stamp(now - ALIKE),
        town=facts["town_id"] or "",
        **{key: facts[key] for key in ("topic", "age_band", "residence")},
        **({"tablet": tablet} if tablet else {"person_id": person_id}),
    )
    if found and found["at"]:
        seconds = int((now - times.moment(found["at"])).total_seconds())
        raise Refused("just_logged", seconds=max(0, seconds))


def remember(write: store.Writer, actor: Actor, form: ConsultationForm) -> None:
    """Keep the desk and its kind for the person's next consultation."""
    write.run(
        "UPDATE person SET desk_id = :desk_id, desk_kind = :kind WHERE id = :id",
        desk_id=form.desk_id,
        kind=form.kind,
        id=actor.id,
    )


def clean(form: ConsultationForm) -> dict[str, Any]:
    """The columns of a consultation, every answer checked.

    Raises:
        Refused: as `log`.
    """
    residence, town_id = places.residence(form.residence, form.town_id)
    if form.minutes not in MINUTES:
        raise Refused("choice_unknown", field="minutes", label=N_("Minutes"))
    topic = forms.choice(form.topic, TOPICS, label=N_("Topic"), field="topic")
    return {
        "desk_id": form.desk_id,
        "kind": forms.choice(form.kind, KINDS, label=N_("How they came"), field="kind"),
        "residence": residence,
        "town_id": town_id,
        "age_band": forms.choice(form.age_band, AGE_BANDS, label=N_("Age"), field="age_band"),
        "topic": topic,
        "also": "\n".join(_also(form.also, topic)),
        "result": forms.choice(form.result, RESULTS, label=N_("Result"), field="result"),
        "minutes": form.minutes,
        "visit": forms.choice(form.visit, VISITS, label=N_("Visit"), field="visit"),
        "autonomy": forms.choice(
            form.autonomy, AUTONOMY, label=N_("How much they did alone"), field="autonomy"
        ),
        "device": forms.choice(form.device, DEVICES, label=N_("Device"), field="device"),
        "procedure_id": forms.text(
            form.procedure_id, label=N_("Procedure"), field="procedure", most=60
        ),
        "handed_to": form.handed_to
        and forms.choice(form.handed_to, HANDED_TO, label=N_("Handed on to"), field="handed_to"),
        "tried": "\n".join(
            forms.choice(one, TRIED, label=N_("What was tried"), field="tried")
            for one in dict.fromkeys(form.tried)
        ),
        "follows": codes.read_code(form.follows),
        "note": forms.text(form.note, label=N_("Note"), field="note", most=NOTE_MOST),
    }


def _also(topics: tuple[str, ...], main: str) -> list[str]:
    more = [
        forms.choice(one, TOPICS, label=N_("Topic"), field="topic")
        for one in dict.fromkeys(topics)
        if one != main
    ]
    if len(more) > ALSO_MOST:
        raise Refused("topics_many", field="topic", most=ALSO_MOST + 1)
    return more


def remembered_desk(actor: Actor) -> tuple[str | None, str]:
    """The desk and kind of the person's last consultation; (None, "walk_in") before the first."""
    require(actor, "log")
    row = store.one("SELECT desk_id, desk_kind FROM person WHERE id = :id", id=actor.id)
    return (row["desk_id"], row["desk_kind"] or "walk_in") if row else (None, "walk_in")


def common_towns(actor: Actor, *, desk_id: str | None, most: int = 8) -> list[str]:
    """Neighbourhood ids most often logged at a desk (None: at any), the commonest first."""
    require(actor, "log")
    return [
        row["town_id"]
        for row in store.rows(
            "SELECT c.town_id, COUNT(*) AS n FROM consultation_now c "
            "JOIN town t ON t.id = c.town_id "
            "WHERE t.active = 1 AND (:desk = '' OR c.desk_id = :desk) "
            "GROUP BY c.town_id ORDER BY n DESC, c.town_id LIMIT :most",
            desk=desk_id or "",
            most=most,
        )
    ]


def logged_today(actor: Actor, *, now: datetime) -> int:
    """How many consultations this person wrote down today."""
    require(actor, "log")
    first, end = times.bounds(times.today(now))
    row = store.one(
        "SELECT COUNT(*) AS n FROM consultation_now WHERE person_id = :id "
        "AND logged_at >= :first AND logged_at < :end",
        id=actor.id,
        first=first,
        end=end,
    )
    return int(row["n"]) if row else 0
