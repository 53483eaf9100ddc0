"""Neighbourhood cells: whoever stands in one is nearest to its point, and none goes too far."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from desk import cells, places
from desk.cells import CORNERS, REACH, Point

LAT, LNG = some.floats(38.0, 38.2), some.floats(140.8, 141.0)
POINTS = some.lists(some.tuples(LAT, LNG), min_size=1, max_size=30).map(tuple)


def inside(polygon: tuple[Point, ...], at: Point, slack: float = 1e-9) -> bool:
    """Within a convex polygon of points (lat, lng), in the order cells have."""
    turns = (
        (b[1] - a[1]) * (at[0] - a[0]) - (b[0] - a[0]) * (at[1] - a[1])
        for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    )
    return all(turn >= -slack for turn in turns)


@settings(deadline=None)
@given(points=POINTS, at=some.tuples(LAT, LNG))
def test_whoever_stands_in_a_cell_is_nearest_to_its_point(
    points: tuple[Point, ...], at: Point
) -> None:
    made = cells.cells(points)
    assert len(made) == len(points)
    away = [places.metres(*at, *point) for point in points]
    for cell, mine in zip(made, away, strict=True):
        if cell and inside(cell, at):
            assert mine <= min(away) + 2  # metres: a plane is not quite the sphere
            assert mine <= REACH + 5
    # A regular polygon within the circle leaves out a little of it.
    if min(away) < REACH * math.cos(math.pi / CORNERS) - 5:
        assert any(cell and inside(cell, at, slack=1e-7) for cell in made)


@settings(deadline=None)
@given(points=POINTS)
def test_every_point_lies_in_its_cell_and_namesakes_share_one(points: tuple[Point, ...]) -> None:
    made = cells.cells(points)
    for number, (point, cell) in enumerate(zip(points, made, strict=True)):
        if point in points[:number]:
            assert cell == ()
        elif all(places.metres(*point, *other) > 1 for other in points if other != point):
            assert inside(cell, point)
            assert max(places.metres(*point, *corner) for corner in cell) < REACH + 5


@pytest.mark.parametrize(
    "points", [(), ((38.1, 140.9),), ((38.1, 140.9),) * 3, ((38.1, 140.9), (38.1, 140.91))]
)
def test_few_points_have_cells_too(points: tuple[Point, ...]) -> None:
    made = cells.cells(points)
    assert [len(cell) > 2 for cell in made] == [
        point not in points[:number] for number, point in enumerate(points)
    ]


def test_a_lonely_neighbourhood_is_a_circle() -> None:
    (cell,) = cells.cells(((38.1, 140.9),), reach=500)
    assert {round(places.metres(38.1, 140.9, *corner)) for corner in cell} == {500}
    assert len(cell) == CORNERS


def test_two_neighbours_meet_halfway() -> None:
    west, east = cells.cells(((38.1, 140.90), (38.1, 140.91)))
    assert max(lng for _lat, lng in west) == pytest.approx(140.905)
    assert min(lng for _lat, lng in east) == pytest.approx(140.905)
