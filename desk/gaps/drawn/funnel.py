"""Funnel plot: use to usual against how much use is usual, with what chance alone explains.

Spiegelhalter 2005 (Statistics in Medicine 24:1185–1202): each neighbourhood at its precision (the
uses to be expected), around the target 1 the limits in which 95 % and 99.8 % of neighbourhoods
with usual use would lie. Few uses are no proof of anything: there the funnel is wide.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import poisson

from desk import language
from desk.gaps.city import Floats
from desk.gaps.drawn.canvas import SIDE, WIDTH, Picture, legend, mark, note, sentence, shorter
from desk.gaps.drawn.city_map import nice
from desk.gaps.drawn.svg import GREEN, INK, LINE, QUIET, Svg, el, group, names, path, words
from desk.gaps.report import Report
from desk.gaps.rows import Row
from desk.gaps.table import named

HEIGHT = 510
LIMITS = (0.95, 0.998)
_LEFT, _TOP, _RIGHT, _BOTTOM = 80.0, 24.0, WIDTH - SIDE - 24.0, HEIGHT - 76.0
_HIGHEST = 4.0  # of use to usual drawn; what is more is drawn at the edge
_STEPS = 120
_CLOSE = 5.0  # pixels: marks nearer than that are one to the eye, and get their number
_NAMED = 12

_Mark = tuple[float, float, Row, bool]  # where, whose, and whether outside of the funnel


def limits(expected: Floats, within: float) -> tuple[Floats, Floats]:
    """Lower and upper control limit of observed / expected for expected uses (n,) > 0.

    Exact Poisson limits, interpolated between whole numbers as in the paper's appendix A.1.1:
    (r − α) / E, where r is the smallest number with P(X ≤ r) ≥ p and
    α = (P(X ≤ r) − p) / P(X = r). Below the first whole number the limit is 0.
    """
    found = []
    for p in ((1 - within) / 2, (1 + within) / 2):
        r = poisson.ppf(p, expected)
        part = (poisson.cdf(r, expected) - p) / poisson.pmf(r, expected)
        found.append(np.maximum(0.0, r - part) / expected)
    return found[0], found[1]


def draw(report: Report, lang: str) -> Picture:
    """The plot; a sentence where use is not counted, or none is to be expected."""
    _ = language.catalogue(lang).gettext
    if report.total is None:
        said = _("Nobody counts who uses Wi-Fi: only the way there can be judged.")
        return sentence(said)
    points = [(row, row.expected, row.observed or 0) for row in report.rows if row.expected]
    if not points or not report.total:
        return sentence(_("No use was written down in this time, so use cannot be told."))
    field = _Field(
        max(expected for _row, expected, _n in points) * 1.06,
        max(observed / expected for _row, expected, observed in points),
    )
    marks = [
        mark(row.label, *field.at(expected, observed / expected), firm=row.firm)
        for row, expected, observed in reversed(points)
    ]
    # Few uses first: there is something to be done. Then the farthest from usual.
    points.sort(key=lambda one: (one[2] > one[1], -abs(one[2] - one[1]) / one[1] ** 0.5))
    heaps = _heaps([(*field.at(e, n / e), row, _outside(e, n)) for row, e, n in points])
    told = [heap for heap in heaps if heap[0][3]][:_NAMED]
    called, _left = names(
        [(*heap[0][:2], _called(heap, lang)) for heap in told],
        (_LEFT + 6, _TOP, _RIGHT, _BOTTOM + 14),
        size=15,
        radius=11,
        others=[heap[0][:2] for heap in heaps],
    )
    outside = sum(one[3] for heap in heaps for one in heap)
    above = sum(observed / expected > field.highest for _row, expected, observed in points)
    notes = [
        _("Inside the funnel, chance alone may explain the difference from usual."),
        _("Solid line: {percent}% of chance; dashed: {other}%.").format(percent="99.8", other=95),
        _("Named: outside the dashed lines, those with little use first."),
        _("×2: two marks on one another."),
        *([_("{n} more lie above the edge.").format(n=above)] if above else []),
        _("Method: {paper}").format(paper="Spiegelhalter 2005, Statistics in Medicine 24:1185"),
    ]
    x = WIDTH - SIDE
    return Picture(
        group(
            (
                field.axes(_("Usual uses"), _("Use to usual (times)")),
                *field.funnel(),
                *marks,
                *(_several(heap) for heap in heaps if len(heap) > 1 and heap not in told),
                called,
                legend(report, x, 40, lang),
                note(x, 272, notes, wide=SIDE - 12),
            )
        ),
        HEIGHT,
        f"{_('Funnel plot of use')}: "
        + _("{n} of {all} neighbourhoods are outside of what chance explains.").format(
            n=outside, all=len(points)
        ),
    )


def _outside(expected: float, observed: int) -> bool:
    low, high = limits(np.array([expected]), LIMITS[0])
    return not low[0] <= observed / expected <= high[0]


def _heaps(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """Marks that lie on one another together, in the order of the first of each."""
    heaps: list[list[_Mark]] = []
    for one in marks:
        heap = next((h for h in heaps if math.dist(h[0][:2], one[:2]) < _CLOSE), None)
        if heap is None:
            heaps.append([one])
        else:
            heap.append(one)
    return heaps


def _called(heap: Sequence[_Mark], lang: str) -> str:
    """The name of a mark, with how many more lie there."""
    name, more = shorter(named(heap[0][2], lang)), len(heap) - 1
    if not more:
        return name
    text = language.catalogue(lang).ngettext(
        "{name} and {n} more", "{name} and {n} more of them", more
    )
    return text.format(name=name, n=more)


def _several(heap: Sequence[_Mark]) -> Svg:
    """How many marks lie on one another, beside them: 「×3」."""
    x, y = heap[0][:2]
    return words(x + 8, y + 14, f"×{len(heap)}", size=12, halo=True)


class _Field:
    """The plot's field: usual uses to the right, use to usual upward."""

    def __init__(self, widest: float, highest: float) -> None:
        self.widest = widest
        self.highest = min(_HIGHEST, max(2.0, 1.08 * highest))

    def at(self, expected: float, rate: float) -> tuple[float, float]:
        x = _LEFT + (_RIGHT - _LEFT) * expected / self.widest
        return x, _BOTTOM - (_BOTTOM - _TOP) * min(rate, self.highest) / self.highest

    def funnel(self) -> list[Svg]:
        """The limits, and the target between them."""
        across = np.linspace(self.widest / _STEPS, self.widest, _STEPS)
        drawn = [self._line([(0.0, 1.0), (self.widest, 1.0)], GREEN, "")]
        for within, dash in zip(LIMITS, ("7 5", ""), strict=True):
            low, high = limits(across, within)
            drawn.append(self._line(list(zip(across, low, strict=True)), QUIET, dash))
            # From where it comes down below the edge of the field.
            shown = [(e, rate) for e, rate in zip(across, high, strict=True) if rate < self.highest]
            if len(shown) > 1:
                drawn.append(self._line(shown, QUIET, dash))
        return drawn

    def axes(self, right: str, up: str) -> Svg:
        parts: list[Svg] = []
        step = nice(max(self.widest / 4, 1e-6))
        for number in range(int(self.widest / step) + 1):
            x, _y = self.at(step * number, 0)
            parts.append(words(x, _BOTTOM + 30, f"{step * number:g}", size=15, anchor="middle"))
            parts.append(self._rule([(x, _BOTTOM), (x, _BOTTOM + 12)], INK))
        for half in range(int(2 * self.highest) + 1):
            _x, y = self.at(0, half / 2)
            parts.append(words(_LEFT - 10, y + 5, f"{half / 2:g}", size=15, anchor="end"))
            parts.append(self._rule([(_LEFT, y), (_RIGHT, y)], "#E3E9E7" if half else INK))
        parts.append(self._rule([(_LEFT, _TOP), (_LEFT, _BOTTOM)], LINE))
        parts.append(words((_LEFT + _RIGHT) / 2, _BOTTOM + 60, right, size=16, anchor="middle"))
        middle = (_TOP + _BOTTOM) / 2
        turned = words(0, 0, up, size=16, anchor="middle")
        parts.append(group((turned,), transform=f"translate(26 {middle:g}) rotate(-90)"))
        return group(parts)

    def _line(self, points: list[tuple[float, float]], stroke: str, dash: str) -> Svg:
        more: dict[str, str | float] = {"stroke_dasharray": dash} if dash else {}
        d = path(self.at(float(e), float(rate)) for e, rate in points)
        return el("path", d=d, fill="none", stroke=stroke, stroke_width=2, **more)

    @staticmethod
    def _rule(points: list[tuple[float, float]], stroke: str) -> Svg:
        return el("path", d=path(points), stroke=stroke, stroke_width=1)
