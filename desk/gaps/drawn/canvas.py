"""What the drawings share: their size, the marks of labels, patterns, the legend, a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass

from desk import language
from desk.gaps.drawn.looks import LOOKS, drawn, pixels
from desk.gaps.drawn.svg import INK, QUIET, Svg, clip, el, group, lines, words, wrap
from desk.gaps.labels import (
    CANNOT_TELL,
    CROWDED,
    ENOUGH,
    FAR,
    LABELS,
    NOT_COMING,
    NOT_REACHED,
)
from desk.gaps.report import ORDER, Report

WIDTH = 1000
SIDE = 260.0  # the legend's column
_NAME_MOST = 16.0  # Japanese letters of a name on a picture


@dataclass(frozen=True)
class Picture:
    """A drawing `WIDTH` wide, and what it says to who cannot see it."""

    body: Svg
    height: float
    says: str


# A pattern a label as well, for grounds: lines each its own way, so that print without colour
# and eyes that see none tell them apart. Paths in 10 × 10.
_PATTERNS = {
    NOT_REACHED: "M-2 2L2 -2M0 10L10 0M8 12L12 8",
    FAR: "M0 5H10",
    NOT_COMING: "M-2 8L2 12M0 0L10 10M8 -2L12 2",
    CROWDED: "M0 5H10M5 0V10",
    CANNOT_TELL: "M4.4 5H5.6",
    ENOUGH: "M0 0",  # nothing is to be done: left plain
}
_THICK = {NOT_REACHED: 2.2}


def patterns(name: str) -> Svg:
    """The definitions of the grounds; `name` sets those of one picture apart from another's on
    the same page."""
    return el("defs", *(_pattern(name, label) for label in ORDER))


def _pattern(name: str, label: str) -> Svg:
    look = LOOKS[label]
    tint = el("rect", width=10, height=10, fill=look.fill, fill_opacity=0.35 * look.ground)
    drawn_lines = el(
        "path",
        d=_PATTERNS[label],
        stroke=look.fill,
        stroke_width=_THICK.get(label, 1.2),
        stroke_opacity=0.75,
        stroke_linecap="round",
    )
    return el(
        "pattern",
        tint,
        drawn_lines,
        id=f"{name}-{label}",
        width=10,
        height=10,
        patternUnits="userSpaceOnUse",
    )


def mark(label: str, x: float, y: float, *, firm: bool = True, size: float = 0) -> Svg:
    """The mark of a label around a point."""
    size = size or pixels(label)
    return group(
        (Svg(drawn(label, firm=firm)),),
        transform=f"translate({x - size / 2:.2f} {y - size / 2:.2f}) scale({size / 32:.3f})",
    )


def legend(report: Report, x: float, y: float, lang: str, *, grounds: str = "") -> Svg:
    """Every label with its mark and how many neighbourhoods have it; with `grounds` the name of
    the picture's patterns."""
    _ = language.catalogue(lang).gettext
    counts = {label: sum(row.label == label for row in report.rows) for label in ORDER}
    rows = []
    for number, label in enumerate(ORDER):
        at = y + 36 * number
        if grounds:
            rows.append(
                el(
                    "rect",
                    x=x,
                    y=at - 14,
                    width=34,
                    height=28,
                    fill=f"url(#{grounds}-{label})",
                    stroke="#8FA39C",
                )
            )
        left = x + (17 if grounds else 14)
        rows.append(mark(label, left, at, size=22))
        rows.append(words(x + 46, at + 6, f"{_(LABELS[label])} {counts[label]}", size=17))
    return group(rows)


def note(x: float, y: float, sentences: Iterable[str], *, wide: float) -> Svg:
    """Small sentences in a column."""
    rows = [row for one in sentences for row in wrap(one, wide, 14)]
    return lines(x, y, rows, size=14, fill=QUIET)


def shorter(name: str) -> str:
    """A name as it stands on a picture: a very long one is cut."""
    return clip(name, _NAME_MOST, 1)


def sentence(said: str) -> Picture:
    """A picture of which there is nothing to draw says why."""
    rows = wrap(said, WIDTH - 200, 20)
    return Picture(lines(100, 80, rows, size=20, fill=INK), 120 + 28 * len(rows), said)
