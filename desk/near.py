"""The nearest site of each of many points, by a k-d tree: a city's homes and Wi-Fi in one go.

Points in WGS84 degrees become points on a sphere in space, where the nearest by chord is the
nearest by great circle, everywhere on Earth and across the date line. Distances are those of
`places.metres`: they differ from it by less than a micrometre up to a quarter of the Earth's
girth, and by less than a metre at its other side, where rounding is felt.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from desk.places import EARTH_METRES


@dataclass(frozen=True)
class Nearest:
    """For each point, in order: the index of its nearest site, and how many metres away it is.

    Without any site the index is -1 and the distance infinite. Of sites equally near, one.
    """

    index: NDArray[np.intp]
    metres: NDArray[np.float64]


def nearest(points: ArrayLike, sites: ArrayLike, *, workers: int = 1) -> Nearest:
    """The nearest site of each point; both as rows of latitude and longitude in degrees.

    `workers` is how many threads look; the looking leaves the interpreter to others.

    Raises:
        ValueError: for what is not rows of two finite numbers.
    """
    there = in_space(sites)
    if not len(there):
        count = len(in_space(points))
        return Nearest(np.full(count, -1, np.intp), np.full(count, np.inf))
    chord, index = cKDTree(there).query(in_space(points), workers=workers)
    return Nearest(index, _metres(chord))


def apart(points: ArrayLike, sites: ArrayLike) -> NDArray[np.float64]:
    """Metres from each of n points to each of m sites, (n, m): for few enough to hold them all.

    Raises:
        ValueError: as `nearest`.
    """
    chords = np.linalg.norm(in_space(points)[:, None] - in_space(sites)[None], axis=2)
    return _metres(chords)


def _metres(chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """The great circle over a chord of the unit sphere."""
    found: NDArray[np.float64] = 2 * EARTH_METRES * np.arcsin(np.minimum(chord / 2, 1))
    return found


def in_space(degrees: ArrayLike) -> NDArray[np.float64]:
    """Points on the unit sphere."""
    given = np.asarray(degrees, dtype=np.float64)
    rows = given.reshape(-1, 2) if given.size == 0 else given
    if rows.ndim != 2 or rows.shape[1] != 2 or not np.isfinite(rows).all():
        raise ValueError("not rows of latitude and longitude")
    lat, lng = np.radians(rows).T
    flat = np.cos(lat)
    return np.column_stack([flat * np.cos(lng), flat * np.sin(lng), np.sin(lat)])
