"""Hard stops: what never happens at the desk, kept in data/guide/stops.yaml."""

from dataclasses import dataclass

from desk.guide.shelf import Shelf
from desk.guide.source import Part


@dataclass(frozen=True)
class Stop:
    """A stop: the volunteer's words, the resident's やさしい日本語 with readings, English."""

    text: str
    easy: str
    text_en: str


def _stop(one: Part) -> Stop:
    one.text("source")
    return Stop(
        text=one.text("text"), easy=one.text("easy", read=True), text_en=one.text("text_en")
    )


STOPS: Shelf[Stop] = Shelf("stops.yaml", _stop)
