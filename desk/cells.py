"""Neighbourhood cells: the ground nearer to one neighbourhood's point than to any other's.

The true borders are not known here, so the cells are 目安 and are called so wherever they are
drawn. They end at a sensible distance: nobody lives in the sea or on another city's hills.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from scipy.spatial import Voronoi

from desk.places import EARTH_METRES

Point = tuple[float, float]
REACH = 1500.0  # metres from its point a cell goes at most
CORNERS = 24  # of the polygon that stands for a circle of `REACH`


@lru_cache(maxsize=8)
def cells(points: tuple[Point, ...], *, reach: float = REACH) -> tuple[tuple[Point, ...], ...]:
    """The cell of each point as the corners of a convex polygon, all in degrees (lat, lng).

    Points that lie on one another share the cell of the first; the others have none ().
    """
    if not points:
        return ()
    lat0, lng0 = (median(point[axis] for point in points) for axis in (0, 1))
    north = math.radians(1) * EARTH_METRES
    east = north * math.cos(math.radians(lat0))
    # To 10 cm: what is nearer to each other than that is one place.
    flat = [(round((lng - lng0) * east, 1), round((lat - lat0) * north, 1)) for lat, lng in points]
    cut = _flat_cells(flat, reach)
    return tuple(tuple((lat0 + y / north, lng0 + x / east) for x, y in cell) for cell in cut)


def _flat_cells(points: Sequence[Point], reach: float) -> list[list[Point]]:
    """The same in metres on a plane (x, y)."""
    first = {point: number for number, point in reversed(list(enumerate(points)))}
    sites = sorted(first, key=first.__getitem__)
    # A ring of sites far outside makes every real cell a finite one; it cuts none within reach.
    far = 10 * (max(math.hypot(*site) for site in sites) + reach)
    diagram = Voronoi([*sites, *_circle((0.0, 0.0), far, 8)])
    found: list[list[Point]] = [[] for _ in points]
    for number, site in enumerate(sites):
        corners = [
            (float(x), float(y))
            for x, y in diagram.vertices[diagram.regions[diagram.point_region[number]]]
        ]
        corners.sort(key=lambda at: math.atan2(at[1] - site[1], at[0] - site[0]))
        found[first[site]] = _within(corners, site, reach)
    return found


def _circle(middle: Point, radius: float, corners: int) -> list[Point]:
    turns = (2 * math.pi * n / corners for n in range(corners))
    return [(middle[0] + radius * math.cos(t), middle[1] + radius * math.sin(t)) for t in turns]


def _within(polygon: list[Point], middle: Point, reach: float) -> list[Point]:
    """The part of a convex polygon within a distance of a point (Sutherland and Hodgman)."""
    if all(math.dist(corner, middle) <= reach for corner in polygon):
        return polygon
    edge = _circle(middle, reach, CORNERS)
    for n, start in enumerate(edge):
        polygon = _left_of(polygon, start, edge[(n + 1) % CORNERS])
    return polygon


def _left_of(polygon: list[Point], start: Point, end: Point) -> list[Point]:
    """The part of a convex polygon to the left of a line."""

    def side(at: Point) -> float:
        return (end[0] - start[0]) * (at[1] - start[1]) - (end[1] - start[1]) * (at[0] - start[0])

    kept: list[Point] = []
    for n, here in enumerate(polygon):
        before = polygon[n - 1]
        was, now = side(before), side(here)
        if (was < 0) != (now < 0):
            share = was / (was - now)
            kept.append(
                (
                    before[0] + share * (here[0] - before[0]),
                    before[1] + share * (here[1] - before[1]),
                )
            )
        if now >= 0:
            kept.append(here)
    return kept
