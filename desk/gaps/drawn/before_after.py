"""Before and after: use where something was done, against how the others changed."""

import math

from desk import language
from desk.gaps.acts.effect import Change
from desk.gaps.drawn.canvas import WIDTH, Picture, sentence
from desk.gaps.drawn.svg import GREEN, INK, LINE, QUIET, Svg, clip, el, group, path, words

HEIGHT = 420
_LEFT, _RIGHT = 300.0, WIDTH - 90.0
_LEAST, _MOST = 0.1, 10.0  # of the ratio drawn; an interval beyond goes to the edge
_TICKS = (0.1, 0.25, 0.5, 1, 2, 4, 10)
_BAR = 34.0


def draw(found: Change | None, lang: str) -> Picture:
    """The bars of uses, and below them the ratio with its interval; a sentence where there is
    nothing to compare (None)."""
    _ = language.catalogue(lang).gettext
    if found is None:
        return sentence(_("There is no use to compare."))
    bars: list[tuple[str, float, bool]] = [
        (_("Before"), found.before, True),
        (_("After"), found.after, True),
    ]
    if found.others_before:  # without use elsewhere nothing is to be expected from it
        bars.append((_("After, had it gone as elsewhere"), found.as_elsewhere, False))
    most = max(1.0, *(number for _said, number, _solid in bars))
    drawn = [_bar(24 + number * (_BAR + 16), *bar, most=most) for number, bar in enumerate(bars)]
    others = _("All other neighbourhoods: {before} before, {after} after.").format(
        before=f"{found.others_before:,}", after=f"{found.others_after:,}"
    )
    said = _("{ratio} times as much as elsewhere (90% range {low} – {high})").format(
        ratio=f"{found.ratio:.2f}", low=f"{found.low:.2f}", high=f"{found.high:.2f}"
    )
    return Picture(
        group(
            (
                *drawn,
                words(_LEFT, 190, others, size=16, fill=QUIET),
                words(_LEFT, 240, said, size=18, bold=True),
                _interval(found, 300, _("less than elsewhere"), _("more than elsewhere")),
            )
        ),
        HEIGHT,
        f"{_('Before')} {found.before}, {_('After')} {found.after}. {others} {said}",
    )


def _bar(y: float, said: str, number: float, solid: bool, *, most: float) -> Svg:
    """A bar with its number; what did not happen is hollow."""
    shown = f"{number:,.0f}" if solid else f"{number:,.1f}"
    long = (_RIGHT - _LEFT - 60) * number / most
    look: dict[str, str | float] = {"fill": GREEN}
    if not solid:
        look = {"fill": "#FFFFFF", "stroke": GREEN, "stroke_width": 2, "stroke_dasharray": "6 4"}
    return group(
        (
            words(_LEFT - 12, y + 23, clip(said, _LEFT - 30, 15), size=15, anchor="end"),
            el("rect", x=_LEFT, y=y, width=max(long, 1.5), height=_BAR, **look),
            words(_LEFT + long + 10, y + 24, shown, size=18, bold=True),
        )
    )


def _at(ratio: float) -> float:
    share = math.log(min(max(ratio, _LEAST), _MOST) / _LEAST) / math.log(_MOST / _LEAST)
    return _LEFT + (_RIGHT - _LEFT) * share


def _interval(found: Change, y: float, less: str, more: str) -> Svg:
    """The ratio on a logarithmic axis: half and double are equally far from 1."""
    parts = [el("path", d=path([(_LEFT, y + 40), (_RIGHT, y + 40)]), stroke=INK, stroke_width=1)]
    for tick in _TICKS:
        x = _at(tick)
        parts.append(el("path", d=path([(x, y + 40), (x, y + 47)]), stroke=INK, stroke_width=1))
        parts.append(words(x, y + 66, f"{tick:g}", size=15, anchor="middle"))
    one = _at(1)
    parts += [
        el("path", d=path([(one, y - 22), (one, y + 40)]), stroke=LINE, stroke_width=2),
        words(one - 12, y + 94, f"← {less}", size=15, anchor="end", fill=QUIET),
        words(one + 12, y + 94, f"{more} →", size=15, fill=QUIET),
        el(
            "path",
            d=path([(_at(found.low), y + 8), (_at(found.high), y + 8)]),
            stroke=GREEN,
            stroke_width=5,
            stroke_linecap="round",
        ),
        el(
            "circle",
            cx=_at(found.ratio),
            cy=y + 8,
            r=11,
            fill=GREEN,
            stroke="#FFFFFF",
            stroke_width=3,
        ),
    ]
    return group(parts)
