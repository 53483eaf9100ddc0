"""What the database lets go when its time is over (see `desk/retention.py` and `schema.py`)."""

from desk.store.triggers import Blanked, Outlived, Step

# Of a consultation everything but its free texts.
_ANSWERS = (
    "id",
    "logged_at",
    "desk_id",
    "kind",
    "person_id",
    "residence",
    "town_id",
    "age_band",
    "topic",
    "result",
    "minutes",
    "trial",
    "entry",
    "tablet",
    "also",
    "visit",
    "autonomy",
    "device",
    "procedure_id",
    "handed_to",
    "tried",
    "follows",
    "written_at",
    "corrects",
    "corrected_at",
    "corrected_by",
    "withdrawn",
)
LEAVING: list[Step] = [
    # Lines in time: what is older than the line of its subject may leave. Each is drawn anew
    # before anything goes, so the audit has it. `looked` is when that was done last, `waits`
    # when the clock was found to have leapt.
    "CREATE TABLE retention (subject TEXT PRIMARY KEY CHECK (subject IN "
    "('name', 'note', 'incident', 'looked', 'waits')), before TEXT NOT NULL)",
    Blanked("consultation", ("note", "reason"), _ANSWERS, "logged_at", "note"),
    Outlived("incident", "at", "incident"),
]
