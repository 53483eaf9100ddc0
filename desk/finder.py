"""Which Wi-Fi, seen from where: a neighbourhood or a postal code, rings around it, and wishes.

The light page, the screen and the map all ask here, so that they say the same.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from statistics import fmean

from desk import forms, language, my_number, places, wifi
from desk.opening import Openness
from desk.places import Town
from desk.refusals import N_, Refused
from desk.wifi import Near, Spot

RINGS = (300, 500, 1000, 2000)  # metres in a straight line
FAR = "far"
# How a spot is drawn, and how spots are grouped while nobody has said from where to look.
YES, SOME, NO = "yes", "some", "no"
SHAPES = {YES: "●", SOME: "▲", NO: "■"}
GROUPS = {
    "300": N_("Within 300 m"),
    "500": N_("Within 500 m"),
    "1000": N_("Within 1,000 m"),
    "2000": N_("Within 2,000 m"),
    FAR: N_("Farther than 2 km"),
    YES: N_("Can be used now"),
    SOME: N_("Partly, or not known"),
    NO: N_("Cannot be used now"),
}
DISTANCE = N_("about {metres} m · {minutes} min on foot")


@dataclass(frozen=True)
class Place:
    """Where one looks from, in degrees. `value` is how an address names it: the id of a
    neighbourhood or a postal code. `towns` are the neighbourhoods it stands for.
    """

    value: str
    name: str
    lat: float
    lng: float
    towns: tuple[Town, ...] = ()


def place(value: str, towns: Iterable[Town]) -> Place:
    """The place an address names.

    Raises:
        Refused: `town_unknown`, or one of `my_number.KINDS`; for a postal code
            `postal_code_form` or `postal_code_unknown`.
    """
    towns = list(towns)
    town = next((one for one in towns if one.id == value), None)
    if town:
        return Place(town.id, town.name, town.lat, town.lng, (town,))
    if not re.fullmatch(r"\d{7}", value):
        forms.no_number(value, field="town")
        raise Refused("town_unknown", field="town")
    return by_postal_code(value, towns)


def by_postal_code(text: str, towns: Iterable[Town]) -> Place:
    """The middle of the neighbourhoods with a postal code, written with or without hyphen and
    mark, full width or not.

    Raises:
        Refused: `postal_code_form`, `postal_code_unknown`, or one of `my_number.KINDS` for what
            is no postal code.
    """
    code = places.loose(text).replace("-", "").removeprefix("〒")
    if not re.fullmatch(r"[0-9]{7}", code):
        number = my_number.kind(text)
        if number and number != my_number.SEVEN:  # a slip of the finger has 8
            raise forms.refusal(number, "postal")
        raise Refused("postal_code_form", field="postal")
    found = tuple(town for town in towns if town.postal_code == code)
    shown = f"{code[:3]}-{code[3:]}"
    if not found:
        raise Refused("postal_code_unknown", field="postal", postal=shown)
    lat, lng = fmean(town.lat for town in found), fmean(town.lng for town in found)
    return Place(code, f"〒{shown}", lat, lng, found)


@dataclass(frozen=True)
class Hit:
    """A spot on the list; `metres` is None while nobody has said from where to look."""

    spot: Spot
    metres: float | None
    openness: Openness

    @property
    def look(self) -> str:
        """YES, SOME or NO: whether it can be used now, as a shape and a colour say it."""
        is_open = self.openness.is_open
        if self.spot.state == "not_working" or is_open is False:
            return NO
        return SOME if self.spot.state == "partly" or is_open is None else YES

    @property
    def usable(self) -> bool:
        """True when it is open, and works at least in part."""
        return bool(self.openness.is_open) and self.spot.state != "not_working"

    @property
    def group(self) -> str:
        """The key of `GROUPS` under which it stands."""
        return self.look if self.metres is None else ring(self.metres)


Groups = tuple[tuple[str, tuple[Hit, ...]], ...]


@dataclass(frozen=True)
class Found:
    """What a search found: hits that match and those of which nobody knows, each as groups
    (a key of `GROUPS` and its hits), and how many do not match.
    """

    match: Groups
    unknown: Groups
    others: int

    @property
    def hits(self) -> list[Hit]:
        """Every hit on the list: what the map shows."""
        return [hit for _group, hits in (*self.match, *self.unknown) for hit in hits]

    def first(self, most: int) -> "Found":
        """The list cut short, nearest first; what nobody knows comes last."""
        match = _first(self.match, most)
        left = most - sum(len(hits) for _group, hits in match)
        return replace(self, match=match, unknown=_first(self.unknown, left))

    @property
    def nearest_open(self) -> Hit | None:
        """The nearest hit that matches and can be used now."""
        hits = (hit for _group, hits in self.match for hit in hits)
        return next((hit for hit in hits if hit.usable and hit.metres is not None), None)


def ring(metres: float) -> str:
    """The key of the ring a distance falls into, `FAR` outside them all."""
    return next((str(most) for most in RINGS if metres <= most), FAR)


def find(
    spots: list[Spot],
    here: Place | tuple[float, float] | None,
    *,
    wishes: Collection[str] = (),
    now: datetime,
) -> Found:
    """The spots in the order of their distance; without a place, those that can be used now
    first. `wishes` are keys of `wifi.WISHES`.
    """
    if isinstance(here, Place):
        here = here.lat, here.lng
    hits = [
        Hit(one.spot, one.metres if here else None, one.spot.open_at(now))
        for one in (wifi.nearest(*here, spots) if here else [Near(spot, 0.0) for spot in spots])
    ]
    if not here:
        order = list(SHAPES)
        hits.sort(key=lambda hit: order.index(hit.look))  # stable: by name within a group
    answers = [(wifi.answer(hit.spot, wishes, now), hit) for hit in hits]
    return Found(
        match=_groups(hit for answer, hit in answers if answer),
        unknown=_groups(hit for answer, hit in answers if answer is None),
        others=sum(answer is False for answer, _hit in answers),
    )


def _groups(hits: Iterable[Hit]) -> Groups:
    return tuple((key, tuple(some)) for key, some in groupby(hits, lambda hit: hit.group))


def _first(groups: Groups, most: int) -> Groups:
    hits = [hit for _group, some in groups for hit in some]
    return _groups(hits[:most])


def distance_in_words(metres: float, lang: str) -> str:
    """「約350m・歩いて5分」: to ten metres, because a straight line is no path."""
    return (
        language.catalogue(lang)
        .gettext(DISTANCE)
        .format(metres=f"{round(metres / 10) * 10:,}", minutes=places.walk_minutes(metres))
    )


def open_in_words(hit: Hit, now: datetime, lang: str) -> str:
    """Whether it can be used now, with its shape; of one that does not work no hours are told."""
    if hit.spot.state == "not_working":
        return f"{SHAPES[NO]} {language.catalogue(lang).gettext(wifi.STATES['not_working'])}"
    shape = {True: SHAPES[YES], False: SHAPES[NO], None: SHAPES[SOME]}[hit.openness.is_open]
    return f"{shape} {hit.openness.in_words(now, lang)}"
