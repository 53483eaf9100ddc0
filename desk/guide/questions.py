"""The yes/no questions that flows ask, kept in data/guide/questions.yaml."""

from dataclasses import dataclass

from desk.guide.shelf import Shelf
from desk.guide.source import Part


@dataclass(frozen=True)
class Asked:
    """A question: the volunteer's words, the resident's やさしい日本語 with readings, English.

    `help` says what to look at when one is not sure; it may be empty. `here`: where the desk
    itself may do it, this is asked only to find out whether it can.
    """

    text: str
    easy: str
    text_en: str
    help: str
    here: bool


HERE_ONLY = "here"


def _asked(one: Part) -> Asked:
    return Asked(
        text=one.text("text"),
        easy=one.text("easy", read=True),
        text_en=one.text("text_en"),
        help=one.text("help", needed=False),
        here=one.key("only_for", {HERE_ONLY: ""}, needed=False) == HERE_ONLY,
    )


QUESTIONS: Shelf[Asked] = Shelf("questions.yaml", _asked)
