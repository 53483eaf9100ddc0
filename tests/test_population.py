"""The census shared out between towns: exactly, fairly, and as the shipped file says."""

import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import facts, population
from desk.files import UnreadableFile, read_csv

WEIGHTS = st.lists(st.integers(0, 200), min_size=1, max_size=120).filter(any)
CENSUS = {"0-14": 5840, "15-64": 26065, "65-74": 6207, "75+": 5548, "unknown": 408}


def shipped(name: str) -> list[dict[str, str]]:
    return [cells for _, cells in read_csv((facts.DATA / name).read_bytes(), name, set())]


@given(total=st.integers(0, 10**6), weights=WEIGHTS)
def test_shares_add_up_and_keep_the_quota(total: int, weights: list[int]) -> None:
    shares = population.apportion(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < whole  # less than one person from exact


@given(total=st.integers(0, 10**5), weights=WEIGHTS)
def test_a_heavier_town_never_gets_less(total: int, weights: list[int]) -> None:
    shares = population.apportion(total, weights)
    by_weight = sorted(zip(weights, shares, strict=True))
    for (light, fewer), (heavy, more) in itertools.pairwise(by_weight):
        assert light == heavy or fewer <= more


def test_equal_remainders_go_to_the_earlier() -> None:
    assert population.apportion(5, [1, 1, 1]) == [2, 2, 1]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_what_cannot_be_shared_is_an_error(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError):
        population.apportion(total, weights)


@pytest.mark.parametrize(
    ("name", "points", "weight"),
    [("字朝日", 1, 4), ("朝日一丁目", 1, 12), ("本町", 1, 9), ("志賀", 35, 43)],
)
def test_weights_are_the_rule_of_the_readme_in_half_units(
    name: str, points: int, weight: int
) -> None:
    assert population.weight(name, points) == weight


def test_shipped_file_is_what_the_rule_makes() -> None:
    totals = population.totals(shipped("figures.csv"))
    assert totals == CENSUS
    made = population.sample_text(shipped("towns.csv"), totals)
    assert (facts.DATA / "population.csv").read_text(encoding="utf-8") == made


def test_shipped_columns_add_up_to_the_census() -> None:
    rows = shipped("population.csv")
    sums = {
        band: sum(int(row[header]) for row in rows) for band, header in population.BANDS.items()
    }
    assert sums == CENSUS
    assert {row["見本"] for row in rows} == {"1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("towns.csv", "figures.csv"):
        (tmp_path / name).write_bytes((facts.DATA / name).read_bytes())
    return tmp_path


def test_sample_is_written_for_other_towns_too(folder: Path) -> None:
    towns = (folder / "towns.csv").read_text(encoding="utf-8").splitlines()
    header = next(n for n, line in enumerate(towns) if not line.startswith("#"))
    (folder / "towns.csv").write_text("\n".join(towns[: header + 4]), encoding="utf-8")
    assert population.write_sample(folder) == "data/population.csv: 3町字（見本）"
    text = (folder / "population.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.removeprefix(population.EXPLAINED).splitlines()))
    assert [row["0-14歳"] for row in rows] == ["1947", "1947", "1946"]


def test_real_numbers_are_never_written_over(folder: Path) -> None:
    real = (
        (facts.DATA / "population.csv")
        .read_text(encoding="utf-8")
        .replace(",1,見本（", ",,市（", 1)
    )
    (folder / "population.csv").write_text(real, encoding="utf-8")
    with pytest.raises(UnreadableFile) as raised:
        population.write_sample(folder)
    assert raised.value.line == 7
    assert (folder / "population.csv").read_text(encoding="utf-8") == real
