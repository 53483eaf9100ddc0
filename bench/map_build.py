"""1,000 and 10,000 Wi-Fi spots as one GeoJSON layer, against a loop of folium.Marker."""

import random
import statistics
import time
from collections.abc import Callable

import folium

from desk import maps

RUNS = 3
LOOKS = {"spot": maps.Look(fill="#0B5D57")}


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


def spots(count: int) -> list[maps.Dot]:
    """So many points around the city, each with three lines of text."""
    dice = random.Random(count)
    return [
        maps.Dot(
            38.05 + dice.random() * 0.1,
            140.8 + dice.random() * 0.1,
            (f"公共施設 {n}", f"ネットワークの名前: CITY_Free_WiFi_{n}", "1階ロビー"),
            "spot",
        )
        for n in range(count)
    ]


def layer(points: list[maps.Dot]) -> str:
    """Our way: the whole page as HTML."""
    drawn = maps.blank(38.1, 140.85)
    maps.dots(points, LOOKS, name="spots").add_to(drawn)
    return str(drawn.get_root().render())


def marker_loop(points: list[maps.Dot]) -> str:
    """The way folium's first page shows."""
    drawn = maps.blank(38.1, 140.85)
    for point in points:
        text = "<br>".join(point.lines)
        folium.Marker([point.lat, point.lng], popup=folium.Popup(text)).add_to(drawn)
    return str(drawn.get_root().render())


def measure(build: Callable[[], str]) -> tuple[float, float]:
    """Median milliseconds of a build, and kB of its HTML."""
    times, size = [], 0
    for _ in range(RUNS):
        start = time.perf_counter()
        size = len(build().encode())
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), size / 1000
