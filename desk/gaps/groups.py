"""Neighbourhoods looked at one by one, or several together where one alone says too little."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desk.gaps.city import City, Counts, Floats, Yes


@dataclass(frozen=True)
class Groups:
    """Which group each of n neighbourhoods belongs to (0 to `count` − 1)."""

    of: NDArray[np.intp]
    count: int

    @classmethod
    def alone(cls, n: int) -> "Groups":
        """Every neighbourhood by itself."""
        return cls(np.arange(n), n)

    @classmethod
    def joined(cls, members: Sequence[Sequence[int]]) -> "Groups":
        """By the members of each, every neighbourhood in one."""
        of = np.empty(sum(map(len, members)), np.intp)
        for number, some in enumerate(members):
            of[list(some)] = number
        return cls(of, len(members))

    def sums(self, values: Floats | Counts | Yes) -> Floats:
        """Σ over the members of each group, (count,)."""
        return np.bincount(self.of, weights=values, minlength=self.count).astype(np.float64)

    def means(self, values: Floats, weights: Floats) -> Floats:
        """The weighted mean of each group; where all weights are 0, the plain one."""
        weighing = np.where(self.sums(weights)[self.of] > 0, weights, 1.0)
        whole = self.sums(weighing)
        return self.sums(values * weighing) / np.where(whole > 0, whole, 1.0)

    def members(self) -> list[list[int]]:
        """The neighbourhoods of each group, by their numbers."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for number, group in enumerate(self.of.tolist()):
            found[group].append(number)
        return found


def main(city: City, members: list[int]) -> int:
    """The member a group is named after: most people in need, then most people of 65 or older."""

    def size(number: int) -> tuple[float, int]:
        older = int(city.persons_65_74[number] + city.persons_75_plus[number])
        return float(city.need[number]), older

    return max(members, key=size)
