"""The city by label as a picture: each neighbourhood's ground in the pattern and colour of its
label, its mark at its place, and the name of what stands out."""

import math
from collections.abc import Sequence

from desk import language
from desk.cells import Point, cells
from desk.gaps.city import distance
from desk.gaps.drawn.canvas import (
    SIDE,
    WIDTH,
    Picture,
    legend,
    mark,
    note,
    patterns,
    sentence,
    shorter,
)
from desk.gaps.drawn.svg import INK, LINE, Svg, el, group, names, path, words
from desk.gaps.labels import LABELS
from desk.gaps.report import Report
from desk.gaps.table import named
from desk.places import EARTH_METRES, Town

LEAST, MOST = 500, 680  # the height follows the city
_GROUND = "ground"
_SHAKY = 0.45  # how strongly the ground is drawn where the label is not firm
_LEFT, _TOP, _RIGHT = 16.0, 8.0, WIDTH - SIDE - 24  # of the field of the map
_NICE = (1, 2, 5)


def draw(report: Report, lang: str) -> Picture:
    """The map, north up; how many neighbourhoods have each label beside it."""
    _ = language.catalogue(lang).gettext
    if not report.rows:
        return sentence(_("No neighbourhood is on the city's list yet."))
    towns = [(town, row) for row in report.rows for town in row.members]
    grounds = cells(tuple((town.lat, town.lng) for town, _row in towns))
    plane = _Plane([town for town, _row in towns], grounds)
    drawn = [
        el(
            "path",
            d=path((plane.at(corner) for corner in ground), closed=True),
            fill=f"url(#{_GROUND}-{row.label})",
            fill_opacity=1 if row.firm else _SHAKY,
            stroke=LINE,
            stroke_width=1,
        )
        for (_town, row), ground in zip(towns, grounds, strict=True)
        if ground
    ]
    marks = [
        mark(row.label, *plane.at((town.lat, town.lng)), firm=row.firm)
        for town, row in reversed(towns)
    ]
    standing = [
        (*plane.at((row.town.lat, row.town.lng)), shorter(named(row, lang)))
        for row in report.standing
    ]
    called, left_out = names(
        standing,
        plane.field,
        size=15,
        radius=11,
        others=[plane.at((town.lat, town.lng)) for town, _row in towns],
        must=True,
    )
    notes = [
        _("A hollow shape: would be another with slightly other assumptions."),
        _("Named: what stands out."),
        _("The borders of the neighbourhoods are only a guide."),
    ]
    if left_out:
        notes.append(_("{n} names found no room.").format(n=left_out))
    x, height = WIDTH - SIDE, plane.height
    body = group(
        (
            patterns(_GROUND),
            *drawn,
            *marks,
            called,
            legend(report, x, 40, lang, grounds=_GROUND),
            note(x, 272, notes, wide=SIDE - 12),
            _north(x + 20, height - 100, lang),
            _scale(x, height - 24, plane.pixels),
        )
    )
    counts = "、".join(
        f"{_(LABELS[label])} {sum(row.label == label for row in report.rows)}" for label in LABELS
    )
    return Picture(body, height, f"{_('Map of neighbourhoods')}: {counts}")


class _Plane:
    """A city on the field: `pixels` a metre, north up."""

    def __init__(self, towns: Sequence[Town], grounds: Sequence[Sequence[Point]]) -> None:
        corners = [corner for ground in grounds for corner in ground]
        corners += [(town.lat, town.lng) for town in towns]
        south, north = min(lat for lat, _ in corners), max(lat for lat, _ in corners)
        west, east = min(lng for _, lng in corners), max(lng for _, lng in corners)
        self.middle = ((south + north) / 2, (west + east) / 2)
        self.metres = math.radians(1) * EARTH_METRES
        self.narrow = math.cos(math.radians(self.middle[0]))
        wide = max((east - west) * self.metres * self.narrow, 1.0)
        high = max((north - south) * self.metres, 1.0)
        self.pixels = min((_RIGHT - _LEFT) / wide, (MOST - 2 * _TOP) / high)
        self.height = max(LEAST, math.ceil(high * self.pixels + 2 * _TOP))
        self.field = (_LEFT, _TOP, _RIGHT, self.height - _TOP)
        self.centre = ((_LEFT + _RIGHT) / 2, self.height / 2)

    def at(self, point: Point) -> tuple[float, float]:
        east = (point[1] - self.middle[1]) * self.metres * self.narrow
        north = (point[0] - self.middle[0]) * self.metres
        return self.centre[0] + east * self.pixels, self.centre[1] - north * self.pixels


def nice(most: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 … that is not above a length."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(one * power for one in _NICE if one * power <= most)


def _scale(x: float, y: float, pixels: float) -> Svg:
    """A bar of a round length in metres or kilometres."""
    metres = nice(max((SIDE - 60) / pixels, 1e-3))
    long = metres * pixels
    bar = path([(x, y - 7), (x, y), (x + long, y), (x + long, y - 7)])
    return group(
        (
            el("path", d=bar, fill="none", stroke=INK, stroke_width=2),
            words(x + long / 2, y - 8, distance(metres), size=14, anchor="middle"),
        )
    )


def _north(x: float, y: float, lang: str) -> Svg:
    arrow = path([(x, y - 26), (x + 9, y + 10), (x, y + 3), (x - 9, y + 10)], closed=True)
    _ = language.catalogue(lang).gettext
    return group(
        (
            el("path", d=arrow, fill=INK),
            words(x, y + 28, _("N (north)"), size=14, anchor="middle"),
        )
    )
