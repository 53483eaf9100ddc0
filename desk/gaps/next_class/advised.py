"""What the advisor says: choices with the numbers that speak for them, or what is missing."""

from dataclasses import dataclass
from datetime import date, datetime, time

from desk import language, times
from desk.gaps.next_class.advice import Steadiness
from desk.refusals import N_

# Why nothing can be advised, or not yet.
MISSING = {
    "no_venue": N_("No venue with a room is registered. Please add rooms."),
    "no_population": N_("There is no population by neighbourhood yet."),
    "no_time": N_("No room is free at any time in the coming weeks."),
    "nobody": N_("Near no venue one more class would find people who have none."),
    "no_topics": N_("No consultation with a neighbourhood was logged in the last year."),
    "nowhere": N_(
        "{percent}% of the consultations have no neighbourhood. Please tap it in the log."
    ),
    "more": N_("About {more} more consultations with a neighbourhood, and it can be told."),
    "alike": N_(
        "The best venues are too alike to tell from counts: look at them on the spot, and ask."
    ),
    "courses": N_(
        "The venues are clear, but several courses are wanted about as much: please ask which."
    ),
    "way": N_("Whether people go {low} m or {high} m decides it: please ask those who live there."),
    "nobody_declined": N_(
        "Nobody has tapped yet why they could not come to a class. It tells where and when."
    ),
}


@dataclass(frozen=True)
class Pick:
    """One choice: what, where, when next, and the counts that speak for it.

    `unmet` are persons in need within the distance whom no class reaches; `asked` consultations
    there about what the course is for; `waiting`, `far` and `untimely` people who wanted it and
    found it full, too far, or at another time that did not suit them; `filled` the share of seats
    taken at that time of the week, None where there was no class. `known` is False where nobody
    knows the venue's hours.
    """

    venue_id: str
    venue: str
    course_id: str
    title: str
    title_en: str
    day: date
    starts: time
    minutes: int
    room_id: str
    room: str
    seats: int
    unmet: float
    asked: int
    waiting: int
    far: int
    untimely: int
    filled: float | None
    known: bool
    score: float

    def name(self, lang: str) -> str:
        """The course's title in a language."""
        return (lang == "en" and self.title_en) or self.title

    def when(self, lang: str) -> str:
        """The next time it could be: 「12月10日（木） 10:00」."""
        return times.show(times.at(self.day, self.starts), lang)

    def why(self, metres: int, lang: str) -> str:
        """One sentence with the numbers that speak for it; `metres` as in `Advice`."""
        _ = language.catalogue(lang).gettext
        said = [
            _("about {n} people in need within {metres} m whom no class reaches").format(
                n=round(self.unmet), metres=f"{metres:,}"
            )
        ]
        counted = (
            (self.asked, N_("{n} consultations there about it in a year")),
            (self.waiting, N_("{n} people there who found it full")),
            (self.far, N_("{n} people there for whom it was too far")),
            (self.untimely, N_("{n} people there whom another time did not suit")),
        )
        said += [_(text).format(n=count) for count, text in counted if count]
        if self.filled is not None:
            text = _("{percent}% of the seats at this time of the week were taken")
            said.append(text.format(percent=round(100 * self.filled)))
        return _("{reasons}.").format(reasons=_(", ").join(said))

    @property
    def key(self) -> str:
        """The choice, to tell it from others of the same screen."""
        return f"{self.venue_id} {self.course_id} {self.day} {self.starts:%H:%M}"


@dataclass(frozen=True)
class Missing:
    """What is not there to advise on: a key of `MISSING` and its facts."""

    code: str
    facts: dict[str, int]

    def in_words(self, lang: str) -> str:
        """The sentence in a language."""
        return language.catalogue(lang).gettext(MISSING[self.code]).format(**self.facts)


@dataclass(frozen=True)
class Advice:
    """The first choices, the best first, and how steady they are (0–1).

    Where `steady` is False they are only what the counts say today: `missing` says what is needed.
    """

    picks: tuple[Pick, ...]
    steadiness: Steadiness
    missing: tuple[Missing, ...]
    metres: int
    until: datetime
    trial: bool

    @property
    def steady(self) -> bool:
        """True when the choices can be offered."""
        return bool(self.picks) and not self.missing
