"""Pictures to take away, as SVG text: the frame around each, with what it is and where it is from.

The drawings are in `city_map`, `funnel` and `before_after`; here a drawing becomes a file
(`framed`: title, period, source, date, 見本) or a part of a page that says all that itself
(`bare`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from desk import language, times
from desk.gaps.acts.looked_back import MEASURES, LookBack
from desk.gaps.city import KINDS, WHENS, Settings, distance
from desk.gaps.drawn import before_after, city_map, funnel
from desk.gaps.drawn.canvas import WIDTH, Picture
from desk.gaps.drawn.svg import (
    FONTS,
    GREEN,
    INK,
    QUIET,
    Svg,
    clip,
    el,
    group,
    lines,
    width,
    words,
    wrap,
)
from desk.gaps.report import Report
from desk.refusals import N_

MAP, FUNNEL = "map", "funnel"
TITLES = {
    MAP: N_("Neighbourhoods by judgement"),
    FUNNEL: N_("Use to usual, and what chance explains"),
}
DRAWERS: dict[str, Callable[[Report, str], Picture]] = {
    MAP: city_map.draw,
    FUNNEL: funnel.draw,
}
_EDGE, _TITLE, _SMALL = 24.0, 26.0, 14.0
_RUST = "#9A3412"


@dataclass(frozen=True)
class Caption:
    """What stands around a picture: `asked` is what was looked at, `period` of when its numbers
    are, `day` when it was made, `sources` where they are from."""

    title: str
    asked: str
    period: str
    day: date
    sources: tuple[str, ...]
    sample: bool


def caption(report: Report, title: str, sources: tuple[str, ...], lang: str) -> Caption:
    """The caption of a picture of a report; `title` is a msgid."""
    _ = language.catalogue(lang).gettext
    return Caption(
        title=_(title),
        asked=asked(report.settings, lang),
        period=period(report, lang),
        day=times.today(report.until),
        sources=sources,
        sample=report.trial,
    )


def changed(found: LookBack, day: date, lang: str) -> Svg:
    """Use before and after an action as a picture, made on a `day`."""
    _ = language.catalogue(lang).gettext
    days = (found.window.before[0], found.window.after[1]) if found.window else ()
    about = Caption(
        title=found.action.title,
        asked="、".join(name for _id, name in found.action.towns),
        period=" – ".join(_short(one, lang) for one in days),
        day=day,
        sources=(_(MEASURES[found.measure]),),
        sample=found.trial,
    )
    return framed(before_after.draw(found.change, lang), about, lang)


def asked(settings: Settings, lang: str) -> str:
    """What was looked at, in one line."""
    _ = language.catalogue(lang).gettext
    within = _("up to {far} on the way").format(far=distance(settings.metres))
    return " · ".join((_(KINDS[settings.kind]), within, _(WHENS[settings.when])))


def period(report: Report, lang: str) -> str:
    """From when to when uses are counted."""
    last = times.today(report.until)
    first = last - timedelta(days=report.settings.days)
    return f"{_short(first, lang)} – {_short(last, lang)}"


def _short(day: date, lang: str) -> str:
    if lang == "en":
        return f"{day.day} {times.show_month(day, lang)}"
    return f"{times.show_month(day, lang)}{day.day}日"


def bare(picture: Picture) -> Svg:
    """A picture as a part of a page that says what it is and where it is from."""
    return _whole(picture.body, picture.height, picture.says)


def framed(picture: Picture, about: Caption, lang: str) -> Svg:
    """A picture as a file of its own, marked 「庁内」: counts in it are exact."""
    _ = language.catalogue(lang).gettext
    marks = [_("For the city hall only"), *([_("Sample")] if about.sample else [])]
    stamps, right = [], WIDTH - _EDGE
    for mark in marks:
        wide = width(mark, 16) + 20
        stamps.append(_stamp(right - wide, 16, wide, mark))
        right -= wide + 10
    title = clip(about.title, right - 2 * _EDGE, _TITLE)
    under = wrap(
        f"{about.asked}　{_('Uses of {period}').format(period=about.period)}",
        WIDTH - 2 * _EDGE,
        16,
    )
    top = 64 + 22 * len(under)
    day = times.show_day_long(about.day, lang)
    foot = [
        row
        for line in (
            _("Made on {day}").format(day=day),
            *(_("Source: {source}").format(source=source) for source in about.sources),
        )
        for row in wrap(line, WIDTH - 2 * _EDGE, _SMALL)
    ]
    below = top + picture.height + 30
    return _whole(
        group(
            (
                words(_EDGE, 44, title, size=_TITLE, bold=True, fill=GREEN),
                *stamps,
                lines(_EDGE, 76, under, size=16),
                group((picture.body,), transform=f"translate(0 {top})"),
                lines(_EDGE, below, foot, size=_SMALL, fill=QUIET),
            )
        ),
        round(below + 1.4 * _SMALL * len(foot) + 8),
        f"{about.title}. {picture.says}",
    )


def _stamp(x: float, y: float, wide: float, said: str) -> Svg:
    box = el(
        "rect",
        x=x,
        y=y,
        width=wide,
        height=34,
        rx=5,
        fill="#FFFFFF",
        stroke=_RUST,
        stroke_width=2,
        stroke_dasharray="6 4",
    )
    return group(
        (box, words(x + wide / 2, y + 23, said, size=16, anchor="middle", bold=True, fill=_RUST))
    )


def _whole(body: Svg, height: float, says: str) -> Svg:
    return el(
        "svg",
        el("rect", width=WIDTH, height=height, fill="#FFFFFF"),
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height:g}",
        width=WIDTH,
        height=height,
        role="img",
        aria_label=says,
        font_family=FONTS,
        fill=INK,
    )
