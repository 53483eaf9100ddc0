"""How a phone joins a network, in our own words, and how much of it a sheet of paper holds."""

import math
import re
import unicodedata
from typing import Any

from desk import language
from desk.wifi import Spot

PHONES = {"iphone": "iPhone", "android": "Android"}
ANY = "any"


def steps(spot: Spot, phone: str, lang: str) -> list[str]:
    """The steps for a kind of phone (a key of `PHONES`, or `ANY` for both in one)."""
    _ = language.catalogue(lang).gettext
    wifi = {
        "iphone": _("Tap “Wi-Fi”. Turn it on."),
        "android": _("Tap “Network & internet” or “Connections”, then “Wi-Fi”. Turn it on."),
        ANY: _("Tap “Wi-Fi” and turn it on. On Android it is in “Network” or “Connections”."),
    }[phone]
    last = (
        _("If a page opens, read it and go on.")
        if spot.security == "open"
        else _("Type the password and tap “Connect”.")
    )
    return [
        _("Tap “Settings” on the phone."),
        wifi,
        _("Tap “{ssid}”.").format(ssid=spot.ssid),
        last,
        _("When the sign like a fan stands at the top of the screen, you are connected."),
    ]


# The card in millimetres: A4 less its margins; the steps stand left of the codes.
WIDE, HIGH, CODES_WIDE = 186.0, 272.0, 66.0
STEPS_WIDE = WIDE - CODES_WIDE - 5
REST = 105.0  # all but the name, the network's name and the steps
POINT = 25.4 / 72
LEADING, GAP = 1.25, 1.0  # of the steps: lines in sizes of the type, millimetres between steps
PASSWORD, PASSWORD_WIDE = 26, 130.0  # points; millimetres beside the word “password”
STEP_SIZES = (26, 24, 22, 20, 18)  # points; never smaller on a wall
_WORD = re.compile(r"\S?[!-~]+\S?")
# Points of the place's and of the network's name: as large as this, or less for many steps.
ROOMY, COMPACT = (36, 44), (22, 30)


def fitting(spot: Spot, lang: str) -> dict[str, Any]:
    """What fits on one sheet: sizes in points, the steps, and whether some were left out."""
    every = (lang != "en" and spot.steps) or steps(spot, ANY, lang)
    made = _Sheet(spot, spot.name_in(lang), ROOMY)
    if not made.holds(every, STEP_SIZES[-1]):
        made = _Sheet(spot, spot.name_in(lang), COMPACT)
    shown = list(every)
    while len(shown) > 1 and not made.holds(shown, STEP_SIZES[-1]):
        shown.pop()
    return {
        "steps": shown,
        "more_steps": len(shown) < len(every),
        "step_size": next((p for p in STEP_SIZES if made.holds(shown, p)), STEP_SIZES[-1]),
        "name_size": made.name_size,
        "ssid_size": made.ssid_size,
        "password_size": made.password_size,
    }


class _Sheet:
    """A sheet whose names are set, and what is left of it for the steps."""

    def __init__(self, spot: Spot, name: str, most: tuple[int, int]) -> None:
        self.name_size = _size(name, WIDE, 2, most[0])
        self.ssid_size = _size(spot.ssid, WIDE - 12, 1, most[1])
        self.password_size = _size(spot.password, PASSWORD_WIDE, 1, PASSWORD)
        names = _high(name, WIDE, self.name_size, 1.15)
        names += _high(spot.ssid, WIDE - 12, self.ssid_size, 1.2)
        if ems(spot.password) * self.password_size * POINT > PASSWORD_WIDE:  # lines of its own
            names += _high(spot.password, WIDE - 12, self.password_size, 1.2)
        self.left = HIGH - REST - names

    def holds(self, steps: list[str], points: int) -> bool:
        """Whether the steps fit in type of so many points, each with a gap after it."""
        wide = STEPS_WIDE - 1.6 * points * POINT  # less the number
        words = (word for one in steps for word in _WORD.findall(one))
        if points > STEP_SIZES[-1] and any(ems(word) * points * POINT > wide for word in words):
            return False  # the network's name would be broken in two
        return sum(_high(one, wide, points, LEADING) + GAP for one in steps) <= self.left


def ems(text: str) -> float:
    """How wide a text is, in widths of a full Japanese character."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.62 for c in text)


def _high(text: str, wide: float, points: int, leading: float) -> float:
    """Millimetres a text takes; a line ends before its last character where words do not part."""
    per_line = max(2.0, wide / (points * POINT) - 1)
    return max(1, math.ceil(ems(text) / per_line)) * points * POINT * leading


def _size(text: str, wide: float, lines: int, most: int) -> int:
    """The largest type in which a text takes at most so many lines; 14 points at least."""
    return next(
        (p for p in range(most, 14, -1) if _high(text, wide, p, 1) <= lines * p * POINT), 14
    )
