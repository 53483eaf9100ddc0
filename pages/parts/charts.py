"""Charts that need no colour to be read: every bar and point carries its number.

Nothing is asked of another host: vega-embed's menu, which opens one, is off.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.parts.words import _

GREEN, INK, LINE = "#0B5D57", "#1B2422", "#C9D3CF"
ROW = 30  # pixels of height a bar has
LABEL, NUMBER, SHOWN, ACROSS = "label", "n", "shown", "across"
WHEN, LIGHT = "when", "#F6C989"
Row3 = tuple[str, str, str]
Row = tuple[str, int | None, str]  # its label, its number (None is hidden) and how that is said


def bars(rows: Sequence[Row], *, title: str, alt_text: str) -> None:
    """Lying bars, one a row, in the order given."""
    frame, most = _frame(rows, LABEL, NUMBER, SHOWN)
    base = alt.Chart(frame).encode(
        y=_down(),
        x=alt.X(
            f"{NUMBER}:Q",
            title=None,
            axis=None,
            # Room for the number beside the longest bar.
            scale=alt.Scale(domain=[0, most * 1.15]),
        ),
        tooltip=[alt.Tooltip(f"{LABEL}:N", title=title), alt.Tooltip(f"{SHOWN}:N", title="")],
    )
    drawn = base.mark_bar(color=GREEN, cornerRadiusEnd=3) + base.mark_text(
        align="left", dx=5, color=INK, fontSize=15
    ).encode(text=f"{SHOWN}:N")
    _show(drawn.properties(height=ROW * len(frame) + 10), alt_text)


def line(rows: Sequence[Row], *, title: str, alt_text: str) -> None:
    """A line over time, a point and a number for each step."""
    frame = pd.DataFrame(rows, columns=[LABEL, NUMBER, SHOWN])
    most = max([*frame[NUMBER], 1])
    base = alt.Chart(frame).encode(
        x=alt.X(f"{LABEL}:O", sort=None, title=None, axis=_axis(labelAngle=0)),
        y=alt.Y(
            f"{NUMBER}:Q",
            title=None,
            axis=_axis(tickCount=4, format="d", grid=True),
            scale=alt.Scale(domain=[0, most * 1.2]),
        ),
        tooltip=[alt.Tooltip(f"{LABEL}:N", title=title), alt.Tooltip(f"{SHOWN}:N", title="")],
    )
    drawn = (
        base.mark_line(color=GREEN, strokeWidth=2)
        + base.mark_point(color=GREEN, filled=True, size=70, opacity=1)
        + base.mark_text(dy=-13, color=INK, fontSize=14).encode(text=f"{SHOWN}:N")
    )
    _show(drawn.properties(height=230), alt_text)


def before_after(
    before: Sequence[Row], after: Sequence[Row], expected: Sequence[float | None], *, alt_text: str
) -> None:
    """Bars over time, hollow before and full after, each with its number; a light stroke across
    a bar after is what was `expected` there."""
    whens = [_("Before"), _("After")]
    frame = pd.DataFrame(
        [(*row, whens[0]) for row in before] + [(*row, whens[1]) for row in after],
        columns=[LABEL, NUMBER, SHOWN, WHEN],
    )
    most = max([*frame[NUMBER], *(one or 0 for one in expected), 1]) * 1.2
    strokes = pd.DataFrame(
        [
            (row[0], one - most / 90, one + most / 90, f"{one:.1f}")
            for row, one in zip(after, expected, strict=True)
            if one is not None
        ],
        columns=[LABEL, NUMBER, "top", SHOWN],
    )
    x = alt.X(f"{LABEL}:O", sort=list(frame[LABEL]), title=None, axis=_axis(labelAngle=0))
    axis = _axis(tickCount=4, format="d", grid=True)
    y = alt.Y(f"{NUMBER}:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, most], clamp=True))
    tooltip = [alt.Tooltip(f"{LABEL}:N", title=""), alt.Tooltip(f"{SHOWN}:N", title="")]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tooltip)
    legend = alt.Legend(
        title=None, orient="top", labelFontSize=15, labelColor=INK, symbolStrokeColor=GREEN
    )
    fill = alt.Fill(
        f"{WHEN}:N", scale=alt.Scale(domain=whens, range=["#FFFFFF", GREEN]), legend=legend
    )
    drawn = base.mark_bar(
        stroke=GREEN, strokeWidth=2, cornerRadiusEnd=3, width={"band": 0.6}
    ).encode(fill=fill) + base.mark_text(dy=-10, color=INK, fontSize=16, fontWeight="bold").encode(
        text=f"{SHOWN}:N"
    )
    if len(strokes):
        drawn += (
            alt.Chart(strokes)
            .encode(x=x, y=y, y2="top:Q", tooltip=tooltip)
            .mark_bar(fill=LIGHT, stroke=INK, strokeWidth=1, width={"band": 0.85})
        )
    _show(drawn.properties(height=230), alt_text)


def interval(low: float, middle: float, high: float, *, names: Row3, alt_text: str) -> None:
    """A ratio with its interval on a scale of doublings; a dashed line stands at 1.

    `names` are how low, middle and high are said.
    """
    ends = [min(low, 0.5) / 1.2, max(high, 2.0) * 1.2]
    ticks = [one for one in (0.1, 0.25, 0.5, 1, 2, 4, 10) if ends[0] <= one <= ends[1]]
    frame = pd.DataFrame([(low, middle, high)], columns=["low", "middle", "high"])
    points = pd.DataFrame(zip((low, middle, high), names, strict=True), columns=[NUMBER, SHOWN])
    scale = alt.Scale(type="log", domain=ends, nice=False)
    axis = _axis(values=ticks, format="~g", grid=False)
    line = alt.Chart(frame).mark_rule(color=GREEN, strokeWidth=6, strokeCap="round")
    one = alt.Chart(pd.DataFrame({NUMBER: [1.0]})).mark_rule(
        color=INK, strokeDash=[5, 4], strokeWidth=2
    )
    dots = alt.Chart(points).encode(x=alt.X(f"{NUMBER}:Q", scale=scale))
    drawn = (
        one.encode(x=alt.X(f"{NUMBER}:Q", scale=scale, title=None, axis=axis))
        + line.encode(x=alt.X("low:Q", scale=scale, title=None, axis=axis), x2="high:Q")
        + dots.mark_tick(color=GREEN, thickness=4, size=26, opacity=1)
        + dots.transform_filter(f"datum.{SHOWN} == {names[1]!r}").mark_point(
            color=INK, fill="#FFFFFF", size=180, strokeWidth=3, opacity=1
        )
        + dots.mark_text(dy=-24, color=INK, fontSize=15).encode(text=f"{SHOWN}:N")
    )
    _show(drawn.properties(height=110), alt_text)


def cross(cells: Sequence[tuple[str, str, int | None, str]], *, alt_text: str) -> None:
    """A table of numbers, each cell the darker the larger: row, column, number, how it is said."""
    frame, most = _frame(cells, LABEL, ACROSS, NUMBER, SHOWN)
    base = alt.Chart(frame).encode(
        y=_down(),
        x=alt.X(
            f"{ACROSS}:N",
            sort=None,
            title=None,
            axis=_axis(orient="top", labelAngle=0),
        ),
        tooltip=[
            alt.Tooltip(f"{LABEL}:N", title=""),
            alt.Tooltip(f"{ACROSS}:N", title=""),
            alt.Tooltip(f"{SHOWN}:N", title=""),
        ],
    )
    shade = alt.Color(
        f"{NUMBER}:Q",
        scale=alt.Scale(range=["#FFFFFF", GREEN], domain=[0, most], interpolate="rgb"),
        legend=None,
    )
    dark = alt.condition(f"datum.{NUMBER} > {most / 2}", alt.value("#FFFFFF"), alt.value(INK))
    drawn = base.mark_rect(stroke=LINE).encode(color=shade) + base.mark_text(fontSize=15).encode(
        text=f"{SHOWN}:N", color=dark
    )
    _show(drawn.properties(height=ROW * frame[LABEL].nunique() + 60), alt_text)


def _frame(rows: Sequence[Any], *columns: str) -> tuple[pd.DataFrame, float]:
    """The rows, what is hidden drawn as nothing, and the largest number (1 at least)."""
    frame = pd.DataFrame(rows, columns=list(columns))
    frame[NUMBER] = frame[NUMBER].fillna(0)
    return frame, max([*frame[NUMBER], 1])


def _down() -> alt.Y:
    """The labels one below the other, in the order given."""
    return alt.Y(f"{LABEL}:N", sort=None, title=None, axis=_axis(labelLimit=190))


def _axis(**more: Any) -> alt.Axis:
    plain = {"labelFontSize": 15, "labelColor": INK, "ticks": False, "domain": False, "grid": False}
    return alt.Axis(**{**plain, "labelPadding": 6, **more})


def _show(chart: alt.LayerChart, alt_text: str) -> None:
    calm = chart.properties(usermeta={"embedOptions": {"actions": False}})
    st.altair_chart(calm, width="stretch", alt=alt_text)
