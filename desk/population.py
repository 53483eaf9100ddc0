"""People by town and age until the city imports its own table: the census totals, shared out.

The result is 見本. Its columns add up to the census exactly; how a column divides between towns
is a rule of thumb (data/README.md), not a count.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from desk.files import Cells, UnreadableFile, read_csv

# What the tables call an age band, and its column in data/population.csv.
BANDS = {
    "0-14": "0-14歳",
    "15-64": "15-64歳",
    "65-74": "65-74歳",
    "75+": "75歳以上",
    "unknown": "年齢不詳",
}
CENSUS_DAY = "2020-10-01"
SOURCE = "見本（令和2年国勢調査の市全体の人数を、決めた重みで町字に割り振ったもの）"

FILE = "data/population.csv"
HEADER = ["全国地方公共団体コード", "地域名", "調査年月日", *BANDS.values(), "見本", "出典"]
EXPLAINED = """\
# 見本です。町字ごとの本当の人数ではありません。市の「地域・年齢別人口」に置きかえてください。
# 決め方: 令和2年国勢調査の市全体の人数を重みで割り振り、端数は余りの大きい順に1人ずつ足しました。
#   （最大剰余法、ハミルトン方式。余りが同じなら上の行が先）
# 重み: 「字」で始まる町字は2、「丁目」で終わる町字は6、ほかは 4 + 小字の点数÷2。
# どの列も、合計は国勢調査と同じです。
"""
_TOWN_COLUMNS = {"全国地方公共団体コード", "町字名", "小字の点数"}
_DATA = Path(__file__).parent.parent / "data"


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` persons out in proportion to `weights`, in whole persons.

    The largest remainder method (Hamilton): everybody gets the whole part of the exact share,
    what is left goes to the largest remainders, the earlier of two equal ones first. The sum is
    `total`, and no share is a person or more away from the exact one.

    Raises:
        ValueError: when total or a weight is negative, or all weights are 0.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("a total of 0 or more and weights of 0 or more, not all 0")
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def weight(name: str, points: int) -> int:
    """How much a town counts, in half units: 字… 2, …丁目 6, others 4 and half their 小字.

    `points` is the number of 小字 the address data knows in the town.
    """
    if name.startswith("字"):
        return 4
    if name.endswith("丁目"):
        return 12
    return 8 + points


def sample_rows(
    towns: Sequence[Mapping[str, str]], totals: Mapping[str, int]
) -> list[dict[str, str]]:
    """The rows of data/population.csv.

    Args:
        towns: the rows of data/towns.csv.
        totals: the census totals of the city, by band (keys of `BANDS`), in persons.
    """
    weights = [weight(town["町字名"], int(town["小字の点数"])) for town in towns]
    columns = {BANDS[band]: apportion(total, weights) for band, total in totals.items()}
    return [
        {
            "全国地方公共団体コード": town["全国地方公共団体コード"],
            "地域名": town["町字名"],
            "調査年月日": CENSUS_DAY,
            **{header: str(shares[i]) for header, shares in columns.items()},
            "見本": "1",
            "出典": SOURCE,
        }
        for i, town in enumerate(towns)
    ]


def totals(figures: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """The census totals by band, from the rows of data/figures.csv."""
    persons = {row["項目"]: row["値"] for row in figures}
    older = int(persons["population_75_plus"])
    return {
        "0-14": int(persons["population_under_15"]),
        "15-64": int(persons["population_15_64"]),
        "65-74": int(persons["population_65_plus"]) - older,
        "75+": older,
        "unknown": int(persons["population_age_unknown"]),
    }


def sample_text(towns: Sequence[Mapping[str, str]], totals: Mapping[str, int]) -> str:
    """data/population.csv as it is written, with its explanation above the header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sample_rows(towns, totals))
    return EXPLAINED + out.getvalue()


def write_sample(data: Path = _DATA) -> str:
    """Write the 見本 table anew from towns.csv and figures.csv, for a city's own towns.

    Returns:
        What was done, in Japanese.

    Raises:
        UnreadableFile: when a file cannot be read, or the table holds a row that is not 見本:
            a city's real numbers are never written over.
    """
    file = data / "population.csv"
    if file.exists():
        for line, cells in read_csv(file.read_bytes(), FILE, set(HEADER) - {"見本"}):
            if cells.get("見本") != "1":
                raise UnreadableFile(FILE, line, "見本ではない行があるので、書きかえません")
    towns = _rows(data, "towns.csv", _TOWN_COLUMNS)
    figures = _rows(data, "figures.csv", {"項目", "値"})
    try:
        made = sample_text(towns, totals(figures))
    except (KeyError, ValueError) as error:
        reason = f"国勢調査の人数か、小字の点数が分かりません（{error}）"
        raise UnreadableFile("data/figures.csv", None, reason) from error
    part = file.with_suffix(".part")
    part.write_text(made, encoding="utf-8", newline="\n")
    part.replace(file)
    return f"{FILE}: {len(towns)}町字（見本）"


def _rows(data: Path, name: str, needed: set[str]) -> list[Cells]:
    try:
        content = (data / name).read_bytes()
    except OSError as error:
        raise UnreadableFile(f"data/{name}", None, "ファイルがないか、開けません") from error
    return [cells for _, cells in read_csv(content, f"data/{name}", needed)]
