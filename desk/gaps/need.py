"""Need: how many people of a neighbourhood are likely to be without the internet.

Synthetic estimate: persons 65 and older in each age band times the share who do not use the
internet at that age (the national survey quoted in the city's plan). Its bands are 70–79 and 80+,
ours 65–74 and 75+, so each band of ours takes the share of the older band it reaches into: the
estimate is on the high side, and says so wherever it is shown.
"""

from dataclasses import dataclass

from desk import figures, store

# Band of the population table -> key of the internet use table applied to it.
USE_KEY = {"65-74": "internet_use_70_79", "75+": "internet_use_80_plus"}


@dataclass(frozen=True)
class Need:
    """Persons of a neighbourhood: 65–74, 75 and older, and the estimate in need."""

    persons_65_74: int
    persons_75_plus: int
    persons_in_need: float


def use_rates() -> dict[str, float]:
    """Share of persons who use the internet, 0–1, by band of the population table.

    Raises:
        LookupError: when the table of figures lacks one; nothing is made up in its place.
    """
    return {band: figures.value(key) / 100 for band, key in USE_KEY.items()}


def estimate(persons: dict[str, int], rates: dict[str, float]) -> Need:
    """Σ over bands of persons x (1 − use rate), in persons; unrounded."""
    return Need(
        persons_65_74=persons.get("65-74", 0),
        persons_75_plus=persons.get("75+", 0),
        persons_in_need=sum(persons.get(band, 0) * (1 - rate) for band, rate in rates.items()),
    )


def by_town() -> dict[str, Need]:
    """The need of every neighbourhood in the population table, by its id."""
    rates = use_rates()
    persons: dict[str, dict[str, int]] = {}
    for row in store.rows("SELECT town_id, band, persons FROM population WHERE active = 1"):
        persons.setdefault(row["town_id"], {})[row["band"]] = row["persons"]
    return {town: estimate(bands, rates) for town, bands in persons.items()}
