"""1,000 and 10,000 Wi-Fi spots as one GeoJSON layer, against a loop of folium.Marker.

Ours is the map of the Wi-Fi screen: the page that folium makes, with all spots in it as data.
"""

import random
import statistics
import time
from collections.abc import Callable

import folium

from desk import maps, times
from desk.finder import Hit
from desk.opening import OPEN, Openness
from desk.wifi import Spot

RUNS = 3
NOW = times.now()


def run() -> dict[str, float]:
    """Medians of three builds: ms and kB of HTML of ours; ratio is the loop's time to ours."""
    ours_1000, kb_1000 = measure(lambda: layer(spots(1_000)))
    ours_10000, kb_10000 = measure(lambda: layer(spots(10_000)))
    loop_1000, loop_kb = measure(lambda: marker_loop(spots(1_000)))
    print(f"the loop of folium.Marker: {loop_1000:.0f} ms, {loop_kb:.0f} kB for 1,000")
    return {
        "ms_1000": ours_1000,
        "kb_1000": kb_1000,
        "ms_10000": ours_10000,
        "kb_10000": kb_10000,
        "ratio_1000": loop_1000 / ours_1000,
    }


def spots(count: int) -> list[Hit]:
    """So many open spots around the city."""
    dice = random.Random(count)
    return [
        Hit(
            Spot(
                str(n),
                f"公共施設 {n}",
                f"CITY_Free_WiFi_{n}",
                38.05 + dice.random() * 0.1,
                140.8 + dice.random() * 0.1,
                area="1階ロビー",
            ),
            None,
            Openness(OPEN, until=NOW),
        )
        for n in range(count)
    ]


def layer(hits: list[Hit]) -> str:
    """Our way: the whole page as HTML."""
    drawn = maps.blank(38.1, 140.85)
    facts = {"spots": maps.spots(hits, NOW, "ja"), "towns": "/towns.geojson", "here": None}
    maps.Drawing(facts).add_to(drawn)
    return str(drawn.get_root().render())


def marker_loop(hits: list[Hit]) -> str:
    """The way folium's first page shows."""
    drawn = maps.blank(38.1, 140.85)
    for hit in hits:
        text = f"{hit.spot.name}<br>{hit.spot.ssid}<br>{hit.spot.area}"
        folium.Marker([hit.spot.lat, hit.spot.lng], popup=folium.Popup(text)).add_to(drawn)
    return str(drawn.get_root().render())


def measure(build: Callable[[], str]) -> tuple[float, float]:
    """Median milliseconds of a build, and kB of its HTML."""
    times, size = [], 0
    for _ in range(RUNS):
        start = time.perf_counter()
        size = len(build().encode())
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), size / 1000
