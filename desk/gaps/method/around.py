"""Which homes lie around which sites: every pair within a distance, a block of sites at a time.

Homes are sorted into strips of latitude and by longitude within a strip, so that the homes around
a site are one run of neighbours in each strip it touches, and nothing is looked at twice. No table
of pairs is ever held: a prefecture's homes and sites make millions.

There is no plane: distances are great circles, exact as those of `places.metres` anywhere on
Earth. A plane drawn for one latitude would be wrong by 1–2 % a degree further north.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desk.gaps.city import Floats
from desk.near import in_space
from desk.places import EARTH_METRES

_STRIPS = 3  # strips to the distance: more cut the corners closer, and cost a search each
_MOST_STRIPS = 4_096
_EDGE = np.pi + 0.1  # where a strip has ended for certain
_TURN = 8.0  # from one strip to the next in the order of homes: more than a whole turn of 2π
_BLOCK = 40_000  # pairs looked at together, few enough for a processor's own memory
_SMALL = 0.005  # radians, 32 km: below it the series of `_arc_squared` is exact to 1e-11


@dataclass(frozen=True)
class Block:
    """The pairs of some sites: of site `sites[k]` the `counts[k]` homes next in `homes`, and how
    far each is, as the square of the share of the distance asked for (1 at its end).

    Some pairs lie a little further than asked for; sites without any home around are left out.
    """

    sites: NDArray[np.intp]
    counts: NDArray[np.intp]
    homes: NDArray[np.intp]
    squares: Floats


@dataclass(frozen=True)
class Around:
    """Homes laid out to be found: `order` gives the home at each place of that order, which is
    the numbering of `Block.homes`."""

    order: NDArray[np.intp]
    blocks: Iterator[Block]


def around(homes: Floats, sites: Floats, *, metres: float) -> Around:
    """All pairs of a home and a site at most `metres` apart in a straight line.

    Args:
        homes: rows of latitude and longitude in degrees (n, 2).
        sites: the same of the sites (m, 2).
        metres: more than 0; less than a centimetre is looked at as one.

    Raises:
        ValueError: for what is not rows of two finite numbers.
    """
    there, here = in_space(homes), in_space(sites)
    angle = min(max(metres, 0.01) / EARTH_METRES, np.pi)
    lat, lng = _on_the_globe(there)
    first = lat.min(initial=np.inf)
    height = max(angle / _STRIPS, np.ptp(lat) / _MOST_STRIPS) if len(lat) else 1.0
    key = np.floor((lat - first) / height) * _TURN + lng
    order = np.argsort(key, kind="stable")
    finder = _Finder(key[order], there[order], first, height, angle)
    return Around(order, finder.blocks(here) if len(homes) and len(sites) else iter(()))


@dataclass(frozen=True)
class _Finder:
    """Homes in order: their keys, where they are in space, the first strip's edge, the height of
    a strip and the distance asked for, in radians."""

    key: Floats
    there: Floats
    first: float
    height: float
    angle: float

    def blocks(self, here: Floats) -> Iterator[Block]:
        """The pairs of sites at these points of the unit sphere."""
        site, start, count = self._runs(here)
        columns = np.ascontiguousarray(self.there.T)
        done = np.concatenate([[0], np.cumsum(count)])
        # A block ends between two sites, never within the runs of one.
        ends = np.flatnonzero(np.diff(site, append=-1)) + 1
        at = 0
        while at < len(site):
            full = np.searchsorted(done[ends], done[at] + _BLOCK, "right") - 1
            end = ends[max(full, np.searchsorted(ends, at, "right"))]
            some = slice(at, end)
            shift = np.repeat(start[some] - done[some] + done[at], count[some])
            found = shift + np.arange(len(shift))
            begins = np.flatnonzero(np.diff(site[some], prepend=-1))
            counts = np.add.reduceat(count[some], begins)
            which = site[some][begins]
            squares = np.zeros(len(found))
            for axis, column in enumerate(columns):
                apart = column[found]
                apart -= np.repeat(here[which, axis], counts)
                apart *= apart
                squares += apart
            squares = _arc_squared(squares, self.angle)
            squares /= self.angle**2
            yield Block(which, counts, found, squares)
            at = end

    def _runs(self, here: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Which sites have homes in which runs (start, count) of the order, sorted by site along
        the strips, so that sites that follow each other look at the same homes."""
        lat, lng = _on_the_globe(here)
        strip = np.floor((lat - self.first) / self.height)
        last = np.floor(self.key[-1] / _TURN + 0.5)
        reach = int(np.ceil(self.angle / self.height)) + 1
        row = strip + np.arange(-reach, reach + 1.0)[:, np.newaxis]
        low = self.first + row * self.height
        gap = np.maximum(0, np.maximum(low - lat, lat - low - self.height))
        step, site = np.nonzero((row >= 0) & (row <= last) & (gap <= self.angle))
        row, low, gap = row[step, site], low[step, site], gap[step, site]
        width = _half_width(lat[site], low, self.height, gap, self.angle)
        width += 8 * np.spacing(max(abs(self.key[0]), abs(self.key[-1])) + _TURN)
        parts = [(np.empty(0, np.intp),) * 3]
        # Across the date line a circle goes on at the other end of its strips.
        for turn in (0, 2 * np.pi, -2 * np.pi):
            middle = lng[site] + turn
            some = np.flatnonzero(np.abs(middle) - width <= np.pi)
            base = row[some] * _TURN
            west = np.maximum(middle[some] - width[some], -_EDGE)
            east = np.minimum(middle[some] + width[some], _EDGE)
            start = np.searchsorted(self.key, base + west, "left")
            count = np.searchsorted(self.key, base + east, "right") - start
            any_ = count > 0
            parts.append((site[some][any_], start[any_], count[any_]))
        found, start, count = (np.concatenate(column) for column in zip(*parts, strict=True))
        place = np.empty(len(lat), np.intp)
        place[np.lexsort((lng, strip))] = np.arange(len(lat))
        by_site = np.lexsort((start, place[found]))
        return found[by_site], start[by_site], count[by_site]


def _on_the_globe(points: Floats) -> tuple[Floats, Floats]:
    """Latitudes within ±π/2 and longitudes within ±π, whatever the degrees were written as."""
    x, y, z = points.T
    return np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)


def _half_width(lat: Floats, low: Floats, height: float, gap: Floats, angle: float) -> Floats:
    """How far east and west of a site its circle reaches within a strip, at most, in radians:
    from hav(d) = hav(Δlat) + cos lat₁ · cos lat₂ · hav(Δlng)."""
    edges = np.clip(np.stack([low, low + height]), -np.pi / 2, np.pi / 2)
    narrow = np.cos(lat) * np.cos(edges).min(axis=0)
    left = np.maximum(0, np.sin(angle / 2) ** 2 - np.sin(gap / 2) ** 2)
    whole = left >= narrow
    share = np.divide(left, narrow, out=np.ones_like(left), where=~whole)
    width: Floats = 2 * np.arcsin(np.sqrt(share))
    return width


def _arc_squared(chord_squared: Floats, angle: float) -> Floats:
    """Squares of great-circle angles from squares of chords of the unit sphere."""
    if angle > _SMALL:
        return 4 * np.arcsin(np.minimum(np.sqrt(chord_squared) / 2, 1)) ** 2
    # 4·asin²(c/2) = c² + c⁴/12 + c⁶/90 + …
    series = chord_squared / 12
    series += 1
    series *= chord_squared
    return series
