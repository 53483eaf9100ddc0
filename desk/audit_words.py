"""What the rows of the audit are about, in words: areas of the desk, and what its tables hold."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from desk.refusals import N_


@dataclass(frozen=True)
class Area:
    """A part of the desk, and which `what` of the audit belong to it (SQL's LIKE)."""

    title: str
    patterns: tuple[str, ...]


def _of(title: str, *modules: str) -> Area:
    return Area(title, tuple(f"{one}.%" for one in modules))


# A `what` belongs to the first area that fits.
AREAS = {
    "refusal": Area(N_("Refused: no right"), ("people.refused",)),
    "export": Area(N_("Taken out of the desk"), ("%export%", "%csv%")),
    "people": _of(
        N_("People and signing in"),
        *("people", "accounts", "sessions", "own_sign_in", "authenticator", "handover", "tablets"),
    ),
    "booking": _of(
        N_("Bookings and check-in"), "booking", "changes", "attendance", "waitlist", "news", "holds"
    ),
    "class": _of(
        N_("Classes, courses and instructors"),
        *("schedule", "series", "month", "courses", "instructors", "tables", "gaps.next_class"),
    ),
    "consultation": _of(
        N_("Logs of consultations"),
        "consultations",
        "corrections",
        "tally",
        "follow_ups",
        "handoffs",
    ),
    "guide": _of(N_("Procedure navigator"), "guide"),
    "wifi": _of(N_("Wi-Fi checks"), "wifi_checks"),
    "list": _of(N_("The city's lists"), "opendata", "facts"),
    "planning": _of(N_("Planning and publishing"), "gaps", "turned_down", "feeds"),
    "machine": Area(N_("The machine itself"), ("%",)),
}

TABLES = {
    "booking": N_("a booking"),
    "card_rate": N_("a count of cards"),
    "class": N_("a class"),
    "class_equipment": N_("equipment of a class"),
    "class_instructor": N_("an instructor of a class"),
    "closed_day": N_("a closed day"),
    "consultation": N_("a consultation"),
    "course": N_("a kind of course"),
    "desk": N_("a help desk"),
    "equipment": N_("equipment"),
    "event": N_("an event of a class"),
    "feed": N_("a calendar address"),
    "figure": N_("a figure of the city"),
    "follow_up": N_("a follow-up"),
    "gap_action": N_("an action"),
    "gap_action_town": N_("a neighbourhood of an action"),
    "import_run": N_("an import"),
    "instructor": N_("an instructor"),
    "person": N_("somebody's access"),
    "population": N_("population"),
    "population_five": N_("population by five years"),
    "procedure_version": N_("a version of a procedure"),
    "retention": N_("how far erasing has come"),
    "room": N_("a room"),
    "series": N_("a series of classes"),
    "setting": N_("a setting"),
    "tablet": N_("a tablet"),
    "town": N_("a neighbourhood of the city"),
    "turned_down": N_("somebody who could not come"),
    "use_release": N_("a publication of use"),
    "venue": N_("a venue"),
    "wifi_check": N_("a check of a Wi-Fi spot"),
    "wifi_spot": N_("a Wi-Fi spot"),
}

# What was noted without a change, where the area alone does not say it.
NOTES = {
    "sessions.sign_in": N_("signed in"),
    "sessions.wrong_secret": N_("a wrong PIN or password"),
    "sessions.prove": N_("proved again who they are"),
    "sessions.sign_out": N_("signed out"),
    "own_sign_in.end": N_("signed out elsewhere"),
    "sessions.refused": N_("could not sign in"),
    "people.refused": N_("tried something without the right"),
    "export audit.entries_csv": N_("took out the audit"),
}


def area_of(what: str) -> str:
    """The area of a `what`."""
    return next(
        name
        for name, area in AREAS.items()
        if any(fnmatchcase(what, one.replace("%", "*")) for one in area.patterns)
    )
