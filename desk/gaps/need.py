"""Need: how many people of a neighbourhood are likely to be without the internet.

Synthetic estimate `N = Σ over ages of persons x (1 − share who use the internet)`: the way OxIS
(Oxford) and NTIA's LEIA make figures of small areas from a national survey. Shares are the survey's
own (data/figures.csv, dated, with their source), and an age the survey says nothing of is left
out, never guessed. It says 70–79 and 80+, and of younger people only that more than 90 % use the
internet: a bound is no share.

Where the city has brought in its people by five-year ages for every neighbourhood counted, each
age takes its own share: then need is of people 70 and older, and on the low side by less than one
in ten of those 65–69. Else the population table's bands of 65–74 and 75+ take the share of the
older band of the survey they reach into: then need is on the high side. One rule for all, or
neighbourhoods could not be compared. Which it was is `Needs.basis`, said wherever need is shown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desk import store
from desk.refusals import N_, Refused
from desk.store.engine import Reader

FIVE, WIDE = "five", "wide"
BASES = {
    FIVE: N_(
        "Need is estimated from five-year ages, each with its own rate of internet use. An age for "
        "which the survey gives no rate is left out, and need is then on the low side."
    ),
    WIDE: N_(
        "Need is estimated from the people of 65–74 and of 75 and older, with the rates of "
        "internet use of 70–79 and of 80 and older: it is on the high side."
    ),
}
SENIOR = 65  # from this age on people are counted here
OLDEST = 85  # the last five-year age: 85 and older
# Band of the population table -> the ages of the survey whose share it takes.
_APPLIED: dict[str, tuple[int, int | None]] = {"65-74": (70, 79), "75+": (80, None)}
_AGES = tuple(range(SENIOR, OLDEST + 1, 5))
_KEY = re.compile(r"internet_use_(\d+)_(\d+|plus)")
_SHARE = "%"  # the unit of a share; of a bound it says more


@dataclass(frozen=True)
class UseRate:
    """The share (0–1) of persons from one age to another (None: and older) who use the internet."""

    from_age: int
    to_age: int | None
    share: float
    as_of: str
    source: str


@dataclass(frozen=True)
class Need:
    """Persons of a neighbourhood: 65–74, 75 and older, and the estimate in need."""

    persons_65_74: int
    persons_75_plus: int
    persons_in_need: float


@dataclass(frozen=True)
class Needs:
    """The need of each neighbourhood that is counted, and by what rule: a key of `BASES`."""

    by_town: Mapping[str, Need]
    basis: str
    rates: tuple[UseRate, ...]
    trial: bool


def rates(reader: Reader) -> tuple[UseRate, ...]:
    """The dated table of internet use by age: the newest share of each band, by age.

    Rows of data/figures.csv named `internet_use_70_79` or `internet_use_80_plus`; one whose unit
    is more than 「%」 is a bound and none of them.
    """
    rows = reader.rows(
        "SELECT key, value, unit, as_of, source FROM figure WHERE active = 1 "
        "AND key LIKE 'internet_use_%' ORDER BY as_of"
    )
    found = {}
    for row in rows:
        if (ages := _KEY.fullmatch(row["key"])) and row["unit"] == _SHARE:
            to_age = None if ages[2] == "plus" else int(ages[2])
            share = min(1.0, max(0.0, float(row["value"]) / 100))
            found[row["key"]] = UseRate(int(ages[1]), to_age, share, row["as_of"], row["source"])
    return tuple(sorted(found.values(), key=lambda one: (one.from_age, one.to_age or 200)))


def share_of(from_age: int, to_age: int | None, among: Sequence[UseRate]) -> float | None:
    """The share of the narrowest band that holds all these ages; None when the table has none."""
    fits = [
        one
        for one in among
        if one.from_age <= from_age
        and (one.to_age is None or (to_age is not None and to_age <= one.to_age))
    ]
    best = min(fits, key=lambda one: (one.to_age or 200) - one.from_age, default=None)
    return best.share if best else None


def use_rates(reader: Reader | None = None) -> dict[str, float]:
    """Share of persons who use the internet, 0–1, by band of the population table.

    Raises:
        Refused: `use_rates_missing` when the table of figures lacks one; nothing is made up in
            its place.
    """
    if reader is None:
        with store.engine().reading() as own:
            return use_rates(own)
    return _wide(rates(reader))


def _wide(among: Sequence[UseRate]) -> dict[str, float]:
    bands = {band: share_of(*ages, among) for band, ages in _APPLIED.items()}
    if None in bands.values():
        raise Refused("use_rates_missing")
    return {band: share for band, share in bands.items() if share is not None}


def estimate(persons: Mapping[str, int], rates: Mapping[str, float]) -> Need:
    """Σ over bands of persons x (1 − use rate), in persons; unrounded."""
    return Need(
        persons_65_74=persons.get("65-74", 0),
        persons_75_plus=persons.get("75+", 0),
        persons_in_need=sum(persons.get(band, 0) * (1 - rate) for band, rate in rates.items()),
    )


def estimate_five(persons: Mapping[int, int], among: Sequence[UseRate]) -> float:
    """Σ over five-year ages (by their first year) of persons x (1 − use rate), in persons.

    Ages of which the table says nothing are left out.
    """
    total = 0.0
    for age in _AGES:
        share = share_of(age, None if age == OLDEST else age + 4, among)
        if share is not None:
            total += persons.get(age, 0) * (1 - share)
    return total


def read(reader: Reader) -> Needs:
    """The need of every neighbourhood of today's list that is in the population table.

    Raises:
        Refused: `use_rates_missing` when there are people and no rates to go by.
    """
    among = rates(reader)
    persons: dict[str, dict[str, int]] = {}
    trial = False
    for row in reader.rows(
        "SELECT p.town_id, p.band, p.persons, p.trial FROM population p "
        "JOIN town t ON t.id = p.town_id AND t.active = 1 "
        "WHERE p.active = 1 AND p.band IN ('65-74', '75+')"
    ):
        persons.setdefault(row["town_id"], {})[row["band"]] = row["persons"]
        trial = trial or bool(row["trial"])
    if not persons:
        return Needs({}, WIDE, among, trial)
    five: dict[str, dict[int, int]] = {}
    for row in reader.rows(
        "SELECT town_id, from_age, persons FROM population_five WHERE from_age >= :senior",
        senior=SENIOR,
    ):
        five.setdefault(row["town_id"], {})[row["from_age"]] = row["persons"]
    return _needs(persons, five, among, trial)


def _needs(
    persons: Mapping[str, Mapping[str, int]],
    five: Mapping[str, Mapping[int, int]],
    among: tuple[UseRate, ...],
    trial: bool,
) -> Needs:
    wide = _wide(among)
    found = {town: estimate(bands, wide) for town, bands in persons.items()}
    if not all(five.get(town, {}).keys() >= set(_AGES) for town in persons):
        return Needs(found, WIDE, among, trial)
    own = {
        town: Need(one.persons_65_74, one.persons_75_plus, estimate_five(five[town], among))
        for town, one in found.items()
    }
    return Needs(own, FIVE, among, trial)


def by_town() -> Mapping[str, Need]:
    """The need of every neighbourhood in the population table, by its id."""
    with store.engine().reading() as reader:
        return read(reader).by_town
