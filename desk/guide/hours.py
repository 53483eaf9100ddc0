"""When counters and machines can be used, kept in data/guide/hours.yaml.

A counter that names a venue has the hours of that venue of venues/facilities.csv where they are
known; what stands in hours.yaml fills the rest. What is known of neither stays not known.
"""

from dataclasses import dataclass

from desk import opening, store
from desk.files import CLOCK_OR_EMPTY, Read, UnreadableFile, like
from desk.guide.shelf import Shelf
from desk.guide.source import Part
from desk.opening import Hours

_DAYS = like(r"[月火水木金土日祝]*")


@dataclass(frozen=True)
class Counter:
    """Somewhere to go or to call: its own hours, and the venue (施設ID) whose hours come first."""

    name: str
    hours: Hours
    venue: str = ""


def _counter(one: Part) -> Counter:
    one.text("source")
    opens, closes = (_read(one, name, CLOCK_OR_EMPTY, "時刻（例 09:00）") for name in _CLOCKS)
    return Counter(
        name=one.text("name"),
        hours=Hours.read(
            _read(one, "days", _DAYS, "曜日（例 月火水木金）"), opens, closes, _closed(one)
        ),
        venue=one.text("venue", needed=False),
    )


_CLOCKS = ("opens", "closes")


def _closed(one: Part) -> tuple[tuple[str, str], ...]:
    found = []
    for rule in one.parts("closed"):
        days = rule.text("days")
        try:
            opening.RULE(days)
        except ValueError as problem:
            raise rule.wrong("days", str(problem)) from None
        found.append((days, rule.text("reason")))
        rule.all_used()
    return tuple(found)


def _read(one: Part, name: str, read: Read, wanted: str) -> str:
    value = one.text(name, needed=False)
    try:
        return str(read(value))
    except ValueError:
        raise one.wrong(name, f"が{wanted}ではありません") from None


HOURS: Shelf[Counter] = Shelf("hours.yaml", _counter)


def of(key: str) -> Hours:
    """The hours of a counter by its key; not known for "" and where nobody knows them."""
    if not key:
        return opening.UNKNOWN
    counter = HOURS[key]
    if not counter.venue:
        return counter.hours
    with store.engine().reading() as reader:
        venue = opening.all_hours(reader).get(counter.venue, opening.UNKNOWN)
    known = venue.within(counter.hours)  # the venue's own days and clock, else the counter's
    return Hours(known.days, known.opens, known.closes, (*counter.hours.closed, *venue.closed))


def check() -> None:
    """Every venue that hours.yaml names is there; the facts must be loaded.

    Raises:
        UnreadableFile: for a venue that is not.
    """
    venues = {row["id"] for row in store.rows("SELECT id FROM venue WHERE active = 1")}
    for key, counter in HOURS.items():
        if counter.venue and counter.venue not in venues:
            reason = f"「{key}」の施設「{counter.venue}」は venues/facilities.csv にありません"
            raise UnreadableFile(f"data/guide/{HOURS.name}", None, reason)
