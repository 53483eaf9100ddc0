"""10,000 rows of a city's Wi-Fi list read from CSV; 220,000 points and their nearest of 10,000.

Keys: seconds_10000 (reading and checking 10,000 rows of 公衆無線LANアクセスポイント一覧, from bytes
to records), report_s (the same and what they would change in the desk), accept_s (looking at them
again and writing all of them, new, in one transaction of SQLite), nearest_s (`desk.near.nearest`,
from degrees to metres, tree included), nearest_ratio
(the time of geopandas' `sjoin_nearest` to it). Each is the median of its runs.

What is compared. `sjoin_nearest` is the join an analyst would write. Its frames hold points in
metres on a plane already and have no projection, so neither projecting nor checking it is on its
clock; its index is built in the run, as ours is. The distances of both are compared.
"""

import csv
import io
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import geopandas
import numpy as np

from desk import facts, near, store, times
from desk.opendata import imports, rows
from desk.places import EARTH_METRES
from tests.conftest import person

ROWS = 10_000
POINTS, SITES = 220_000, 10_000
RUNS = 7
WORKERS = 2
CITY = (38.0, 38.2), (140.8, 141.05)  # degrees
PLANE_WITHIN = 2e-3  # of a distance: a plane is no sphere
HEADER = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_英語,住所,方書,緯度,"
    "経度,設置者,電話番号,内線番号,SSID,提供エリア,URL,備考"
)


def run() -> dict[str, float]:
    """seconds_10000, report_s, accept_s, nearest_s, nearest_ratio."""
    return {**reading(), **nearest()}


def reading() -> dict[str, float]:
    """One CSV with the dirt of real ones, for the city of day one: read, looked at, taken in."""
    content, name, now = wifi_csv(ROWS), "042111_public_wireless_lan.csv", times.now()
    with tempfile.TemporaryDirectory() as folder:
        read, looked, taken = [], [], []
        for number in range(RUNS):
            store.use(f"{folder}/import{number}.sqlite3")
            store.migrate()
            facts.load(now=now)
            staff = person("staff")
            with store.engine().reading() as reader:
                city = rows.City.read(reader)
            read.append(timed(partial(rows.read, content, name, city, dataset="wifi")))
            looked.append(timed(partial(imports.look, staff, content, name, now=now)))
            seen = looked[-1][1].seen
            sent = {"id": str(uuid.uuid4()), "now": now, "source": "bench", "seen": seen}
            taken.append(
                timed(partial(imports.accept, staff, content, name, dataset="wifi", **sent))
            )
        store.use(None)
    figures = {
        key: statistics.median(seconds for seconds, _answer in runs)
        for key, runs in (
            (f"seconds_{ROWS}", read),
            ("report_s", looked),
            ("accept_s", taken),
        )
    }
    table, run = read[-1][1], taken[-1][1]
    lost = [row for row in table.rows if row.record is None and row.refusal is None]
    mended = sum(bool(row.repairs) for row in table.rows)
    print(
        f"{len(content) / 1e6:.1f} MB, {len(table.rows)} rows: {mended} mended, {run.refused} "
        f"refused, {len(lost)} without a reason, {run.added} written"
    )
    return figures


def wifi_csv(count: int) -> bytes:
    """So many spots as a v1 file; one in five rows has something to mend."""
    dice = random.Random(count)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER.split(","))
    for n in range(count):
        lat, lng = (f"{dice.uniform(*side):.6f}" for side in CITY)
        if n % 10 == 0:
            lat, lng = lng, lat
        telephone = "０２２３－２２－１１１１" if n % 10 == 5 else "0223-22-1111"
        kana, area = f"コウキョウシセツ{n}", "1階ロビー\n2階" if n % 7 == 0 else "全館"
        place = f"公共施設{n}", kana, f"Public place {n}", f"岩沼市桜{n % 9 + 1}-{n}", ""
        rest = "岩沼市", telephone, "", f"CITY_Free_{n}", area, "https://desk.example/", "60分まで"
        writer.writerow(("042111", n + 1, "宮城県", "岩沼市", *place, lat, lng, *rest))
    return out.getvalue().encode("utf-8-sig")


def nearest() -> dict[str, float]:
    """nearest_s and nearest_ratio; the two take turns, so that what else runs slows both."""
    dice = np.random.default_rng(POINTS)
    points, sites = (scattered(dice, count) for count in (POINTS, SITES))
    flat = [on_a_plane(one) for one in (points, sites)]
    ours_s, one_s, theirs_s = [], [], []
    for _ in range(RUNS):
        seconds, ours = timed(lambda: near.nearest(points, sites, workers=WORKERS))
        ours_s.append(seconds)
        one_s.append(timed(lambda: near.nearest(points, sites))[0])
        frames = [geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*one.T)) for one in flat]
        join = partial(geopandas.sjoin_nearest, *frames, distance_col="metres")
        seconds, theirs = timed(join)
        theirs_s.append(seconds)
    apart = np.abs(theirs.sort_index()["metres"].to_numpy() / ours.metres - 1).max()
    assert apart < PLANE_WITHIN, f"the two disagree by {apart:.2%}"
    mine, alone, other = (statistics.median(some) for some in (ours_s, one_s, theirs_s))
    print(
        f"nearest of {SITES} for {POINTS}: ours {mine:.3f} s with {WORKERS} threads, "
        f"{alone:.3f} s with one, sjoin_nearest {other:.3f} s; at most {apart:.1e} apart"
    )
    return {"nearest_s": mine, "nearest_ratio": other / mine}


def scattered(dice: np.random.Generator, count: int) -> Any:
    """So many points in the city, in degrees."""
    return np.column_stack([dice.uniform(*side, count) for side in CITY])


def on_a_plane(degrees: Any) -> Any:
    """Metres east and north, as a local projection gives them."""
    middle = np.radians(sum(CITY[0]) / 2)
    lat, lng = np.radians(degrees).T
    return EARTH_METRES * np.column_stack([lng * np.cos(middle), lat])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of `work`, and what it gave."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer
