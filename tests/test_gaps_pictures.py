"""Pictures: well-formed whatever the names are, readable without colour, true to the numbers."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from desk import store
from desk.gaps.acts.effect import Change
from desk.gaps.city import CLASS, DESK, WIFI, City, Settings, Sites, Use
from desk.gaps.drawn import before_after, canvas, city_map, funnel, looks, papers, pictures, svg
from desk.gaps.drawn.pictures import DRAWERS, FUNNEL, MAP, TITLES, Caption
from desk.gaps.labels import LABELS
from desk.gaps.report import Report, assess
from desk.places import Town
from tests.conftest import NOW, person

UNTIL = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
NORTH = 1 / 111_195  # degrees of latitude in a metre
LAT, LNG = 38.1, 140.87
HOSTILE = "<script>alert(1)</script>\"'&]]>${1}\x00\x0b\ufffe"
SVG = "{http://www.w3.org/2000/svg}"
PLACES = [0, 700, 1400, 2100, 2800, 3500, 9000, 10_000, 11_000, 12_000, 4200]
USES = [60, 55, 58, 62, 61, 57, 2, 0, 1, 52, 3]


def city(
    metres: Sequence[float] = PLACES, uses: Sequence[int] = USES, names: Sequence[str] = ()
) -> City:
    """Neighbourhoods on a line to the north of a help desk, 100 persons in need in each."""
    n = len(metres)
    towns = tuple(
        Town(f"t{i}", names[i] if names else f"町{i}", "マチ", LAT + NORTH * at, LNG)
        for i, at in enumerate(metres)
    )
    desks = Sites(("s",), ("会場",), np.array([(LAT, LNG)]), np.ones(1), np.zeros(1, np.bool_))
    return City(
        towns=towns,
        counted=np.ones(n, np.bool_),
        persons_65_74=np.full(n, 100),
        persons_75_plus=np.full(n, 200),
        need=np.full(n, 100.0),
        sites={DESK: desks, CLASS: Sites.none(), WIFI: Sites.none()},
        used={DESK: Use(np.array(uses, np.int64)), CLASS: Use(np.zeros(n, np.int64))},
        trial=True,
    )


def report(found: City, kind: str = DESK) -> Report:
    return assess(found, Settings(kind, 10_000), until=UNTIL)


def file(
    found: Report, name: str, lang: str = "ja", sources: tuple[str, ...] = ("出どころ",)
) -> str:
    about = pictures.caption(found, TITLES[name], sources, lang)
    return pictures.framed(DRAWERS[name](found, lang), about, lang)


def said(document: str) -> list[str]:
    """Every text of a picture."""
    return [one.text or "" for one in ElementTree.fromstring(document).iter(f"{SVG}text")]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", list(DRAWERS))
def test_a_file_says_what_when_from_where_and_for_whom(name: str, lang: str) -> None:
    text = "\n".join(said(file(report(city()), name, lang)))
    expected = {
        "ja": ("見本", "庁内", "出典：出どころ", "令和8年11月24日", "令和7年11月24日", "相談窓口"),
        "en": ("Sample", "For the city hall only", "Source: 出どころ", "24 November 2025"),
    }[lang]
    assert [one for one in expected if one not in text] == []
    real = replace(report(city()), trial=False)
    assert ("見本" if lang == "ja" else "Sample") not in "\n".join(said(file(real, name, lang)))


@pytest.mark.parametrize("name", list(DRAWERS))
def test_hostile_names_stay_text(name: str) -> None:
    found = report(city(names=[HOSTILE] * len(PLACES)))
    drawn = file(found, name, sources=(HOSTILE,))
    root = ElementTree.fromstring(drawn)
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "text", "defs", "pattern"}
    assert {key for one in root.iter() for key in one.attrib if key.startswith("on")} == set()
    assert any("<script>alert(1)</script>" in one for one in said(drawn))  # as text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-90, 90), st.floats(-180, 180), st.text(max_size=20), st.integers(0, 500)
        ),
        max_size=8,
    )
)
def test_no_city_breaks_a_picture(towns: list[tuple[float, float, str, int]]) -> None:
    # Within 30 km of each other, as a city is; and any text for a name.
    found = city([0] * len(towns), [uses for *_at, uses in towns])
    moved = tuple(
        Town(f"t{i}", name, "", LAT + lat / 600, LNG + lng / 900)
        for i, (lat, lng, name, _uses) in enumerate(towns)
    )
    for drawer in DRAWERS:
        drawn = ElementTree.fromstring(file(report(replace(found, towns=moved)), drawer))
        where = [one.attrib.get(key, "") for one in drawn.iter() for key in ("d", "transform")]
        assert not re.search("nan|inf", " ".join(where))


def test_an_empty_city_and_one_area_say_so() -> None:
    nobody = report(city([], []))
    assert any("地区" in one for one in said(file(nobody, MAP)))
    assert any("利用" in one for one in said(file(nobody, FUNNEL)))
    alone = report(city([0], [12]))
    drawn = said(file(alone, MAP))
    assert any(re.fullmatch(r"\d+ k?m", one) for one in drawn)  # the scale still holds
    ElementTree.fromstring(file(alone, FUNNEL))
    assert any("Wi-Fi" in one and "数え" in one for one in said(file(report(city(), WIFI), FUNNEL)))


def test_every_label_can_be_told_without_colour() -> None:
    def shape(label: str, *, firm: bool) -> str:
        return re.sub(r"#[0-9A-Fa-f]{6}", lambda hit: _ink(hit[0]), looks.drawn(label, firm=firm))

    def _ink(colour: str) -> str:
        return "white" if colour.upper() == "#FFFFFF" else "ink"

    marks = [shape(label, firm=firm) for label in LABELS for firm in (True, False)]
    # What cannot be told is hatched either way.
    assert len(set(marks)) == len(marks) - 1
    defs = ElementTree.fromstring(
        f'<svg xmlns="http://www.w3.org/2000/svg">{canvas.patterns("x")}</svg>'
    )
    lines = {
        one.attrib["id"]: one.find(f"{SVG}path").attrib["d"] for one in defs.iter(f"{SVG}pattern")
    }
    assert set(lines) == {f"x-{label}" for label in LABELS}
    assert len(set(lines.values())) == len(LABELS)


def test_the_map_names_what_stands_out_and_nothing_else() -> None:
    found = report(city())
    standing = {row.town.name for row in found.standing}
    assert standing
    assert len(standing) < len(found.rows)
    drawn = said(pictures.bare(city_map.draw(found, "ja")))
    assert {one for one in drawn if one.startswith("町")} == standing
    for label, text in LABELS.items():
        count = sum(row.label == label for row in found.rows)
        assert any(one.endswith(f" {count}") for one in drawn), text


def test_north_is_up_and_the_scale_is_true() -> None:
    found = report(city())
    root = ElementTree.fromstring(pictures.bare(city_map.draw(found, "ja")))
    places = [
        tuple(map(float, re.findall(r"[\d.]+", one.attrib["transform"])[:2]))
        for one in root.iter(f"{SVG}g")
        if one.attrib.get("transform", "").startswith("translate")
    ]
    # The marks of the map come first, the last row first; their places are 12 km apart in all.
    rows = [row.town.lat for row in reversed(found.rows)]
    assert sorted(range(len(rows)), key=lambda n: rows[n]) == sorted(
        range(len(rows)), key=lambda n: -places[n][1]
    )
    marks = {row.town.id: at for row, at in zip(reversed(found.rows), places, strict=False)}
    labels = {row.town.id: row.label for row in found.rows}
    alike = [one for one in marks if looks.pixels(labels[one]) == 26]
    one, other = min(alike), max(alike)
    metres = abs(PLACES[int(one[1:])] - PLACES[int(other[1:])])
    pixels = abs(marks[one][1] - marks[other][1])
    bar = next(
        one.attrib["d"] for one in root.iter(f"{SVG}path") if one.attrib.get("fill") == "none"
    )
    ends = [float(x) for x in re.findall(r"([\d.]+) [\d.]+", bar)]
    shown = next(one for one in said(pictures.bare(city_map.draw(found, "ja"))) if "km" in one)
    kilometres = float(shown.removesuffix(" km"))
    assert (max(ends) - min(ends)) / pixels == pytest.approx(1000 * kilometres / metres, rel=0.02)


def test_names_lie_neither_over_each_other_nor_outside() -> None:
    crowd = [(500 + 10.0 * (n % 6), 300 + 9.0 * (n // 6), f"地区{n}") for n in range(30)]
    drawn, left_out = svg.names(crowd, (0, 0, 1000, 600), size=15, radius=10)
    boxes = []
    for one in ElementTree.fromstring(drawn).iter("text"):
        x, y = float(one.attrib["x"]), float(one.attrib["y"])
        boxes.append((x, y - 15, x + svg.width(one.text or "", 15), y))
    assert len(boxes) + left_out == len(crowd)
    assert left_out < len(crowd) / 2
    for n, a in enumerate(boxes):
        assert 0 <= a[0] <= a[2] <= 1000
        assert all(
            a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 1 or b[3] <= a[1] + 1 for b in boxes[:n]
        )


def test_the_funnel_holds_what_it_promises() -> None:
    # Of neighbourhoods with usual use, about so many lie within the limits.
    expected = np.array([3.0, 8.0, 20.0, 60.0])
    for within in funnel.LIMITS:
        low, high = funnel.limits(expected, within)
        assert (low >= 0).all()
        assert (low < 1).all()
        assert (high > 1).all()
        inside = poisson.cdf(np.floor(high * expected), expected) - poisson.cdf(
            np.ceil(low * expected) - 1, expected
        )
        assert np.abs(inside - within).max() < 0.025
    narrow, wide = funnel.limits(expected, 0.95), funnel.limits(expected, 0.998)
    assert (wide[0] <= narrow[0]).all()
    assert (wide[1] > narrow[1]).all()
    assert (np.diff(narrow[1]) < 0).all()  # the more use, the narrower
    # For many uses the limits are those of the normal law.
    low, high = funnel.limits(np.array([1e6]), 0.95)
    assert (1 - low[0], high[0] - 1) == pytest.approx((1.96e-3, 1.96e-3), rel=0.01)


def test_the_funnel_names_those_outside_with_little_use_first() -> None:
    found = report(city())
    drawn = said(pictures.bare(funnel.draw(found, "ja")))
    named = "".join(one for one in drawn if one.startswith("町"))
    below = {
        row.town.name
        for row in found.rows
        if row.expected
        and (row.observed or 0) / row.expected < funnel.limits(np.array([row.expected]), 0.95)[0][0]
    }
    assert len(below) == 4
    assert {name for name in below if name in named} == below


def changed(*numbers: float) -> Change:
    """Counts and ratio; what else is believed is not drawn."""
    return Change(*numbers, p_more=0.5, spread=0.2, verdict="same", enough=True, more=0)


@pytest.mark.parametrize(
    "found",
    [
        changed(12, 25, 400, 420, 1.9, 1.2, 3.4),
        changed(0, 9, 10, 0, 9.0, 0.01, 500.0),
        changed(0, 0, 0, 0, 1.0, 0.3, 3.0),
    ],
)
def test_before_and_after_says_its_numbers(found: Change) -> None:
    about = Caption("スマホ相談会 <1>", "取組", "令和8年", date(2026, 11, 24), ("出どころ",), True)
    drawn = pictures.framed(before_after.draw(found, "ja"), about, "ja")
    text = said(drawn)
    assert {f"{found.before}", f"{found.after}"} <= set(text)
    assert any(f"{found.ratio:.2f}" in one and f"{found.low:.2f}" in one for one in text)
    assert any("スマホ相談会" in one for one in text)
    # Without use elsewhere nothing is to be expected from it.
    assert any("なみなら" in one for one in text) == bool(found.others_before)
    axis = [
        float(x)
        for one in ElementTree.fromstring(drawn).iter(f"{SVG}path")
        for x in re.findall(r"[ML]([\d.-]+) ", one.attrib["d"])
    ]
    assert all(0 <= x <= canvas.WIDTH for x in axis)


def test_before_and_after_without_anything_to_compare_says_so() -> None:
    assert "くらべる" in before_after.draw(None, "ja").says


def test_a_number_that_is_none_is_never_drawn() -> None:
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError, match="finite"):
            svg.el("rect", x=value)


@pytest.mark.parametrize(
    "value", ["", "あ", "日本語の長い長い文です。" * 9, "words and more " * 9, "x" * 90]
)
def test_wrapped_text_loses_nothing_and_fits(value: str) -> None:
    lines = svg.wrap(value, 200, 10)
    assert "".join(lines).replace(" ", "") == value.replace(" ", "")
    assert all(svg.width(one, 10) <= 200 for one in lines)
    assert svg.width(svg.clip(value, 200, 10), 10) <= 200


@pytest.mark.usefixtures("city")
def test_what_the_store_holds_is_drawn() -> None:
    with store.transaction() as write:
        write.run("UPDATE town SET name = :name || name", name="<b>&")
    planner = person("planner")
    for name in DRAWERS:
        ticket = papers.ticket(planner, name, Settings(), now=NOW)
        paper = papers.read(name, ticket, now=NOW)
        drawn = file(paper.report, name, sources=paper.sources.lines)
        assert "<b>" not in drawn
        assert any("出典" in one for one in said(drawn))
