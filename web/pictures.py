"""The planner's pictures to take away (SVG, and PNG made by the reader's own browser), and the
two pages of A4 for the committee.

Only at signed addresses: counts on them are exact and for the city hall alone
(`desk.gaps.drawn.papers`).
"""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk import language, times
from desk.gaps.city import UNITS
from desk.gaps.drawn import pictures
from desk.gaps.drawn.canvas import WIDTH
from desk.gaps.drawn.looks import svg as mark
from desk.gaps.drawn.papers import CHANGE, COVERAGE, Paper, read, read_action
from desk.gaps.drawn.pictures import DRAWERS, FUNNEL, MAP, TITLES
from desk.gaps.drawn.svg import Svg, clip
from desk.gaps.labels import CANNOT_TELL, LABELS, NEXT_STEPS
from desk.gaps.need import BASES
from desk.gaps.reasons import why
from desk.gaps.report import ORDER, Report
from desk.gaps.rows import Row
from desk.gaps.table import named
from desk.refusals import N_, NotAllowed, Refused
from web import assets, pages

FIRST = 5  # of what stands out, in full
NAME, REASON, SOURCE = 16.0, 84.0, 90.0  # widths, in letters: two pages stay two pages
SOURCES = 5


@dataclass(frozen=True)
class Drawn:
    """A picture to take away: its title (msgid), its file's name without an ending, and itself."""

    title: str
    file: str
    svg: Svg


def one(request: Request) -> Response:
    """A picture, with the buttons to take it away."""
    found = _drawn(request)
    if isinstance(found, Response):
        return found
    made = pages.page(
        request,
        "picture.html",
        policy=pages.SCRIPTED,  # its script draws the picture it holds
        title=found.title,
        drawing=Markup(found.svg),
        svg=f"{request.path_params['ticket']}.svg?lang={pages.lang(request)}",
        file=found.file,
        script=assets.address("picture.js"),
    )
    made.headers.update(pages.SIGNED)
    return made


def svg(request: Request) -> Response:
    """The same picture as a file."""
    found = _drawn(request)
    if isinstance(found, Response):
        return found
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{found.svg}'
    headers = {
        "Content-Disposition": f'attachment; filename="{found.file}.svg"',
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        **pages.SIGNED,
    }
    return Response(body.encode(), media_type="image/svg+xml; charset=utf-8", headers=headers)


def coverage(request: Request) -> Response:
    """The two pages: what was found, and how far it can be trusted."""
    try:
        paper = read(COVERAGE, request.path_params["ticket"], now=times.now())
    except (NotAllowed, Refused) as refusal:
        return _refused(request, refusal)
    return pages.signed(request, "coverage_report.html", **_facts(paper, pages.lang(request)))


def _facts(paper: Paper, tongue: str) -> dict[str, Any]:
    """What both pages say, every text short enough for its place."""
    report = paper.report
    _ = language.catalogue(tongue).gettext
    count = {label: sum(row.label == label for row in report.rows) for label in ORDER}
    firm = {label: sum(row.label == label and row.firm for row in report.rows) for label in ORDER}
    return {
        "report": report,
        "kind": report.settings.kind,
        "asked": pictures.asked(report.settings, tongue),
        "period": pictures.period(report, tongue),
        "day": times.show_day_long(times.today(report.until), tongue),
        "city_map": _bare(paper, MAP, tongue),
        "funnel": _bare(paper, FUNNEL, tongue),
        "funnel_title": TITLES[FUNNEL],
        "standing": [_said(row, tongue) for row in report.standing[:FIRST]],
        "more": max(0, len(report.standing) - FIRST),
        "labels": [
            (Markup(mark(label)), LABELS[label], count[label], firm[label], NEXT_STEPS[label])
            for label in ORDER
        ],
        "health": _health(report, tongue),
        "basis": BASES[paper.sources.basis],
        "unit": UNITS[report.settings.kind],
        "sources": [clip(line, SOURCE, 1) for line in paper.sources.lines[:SOURCES]],
    }


def _said(row: Row, tongue: str) -> tuple[Markup, str, str, str, str]:
    """Mark, name, need, why, and what to do."""
    _ = language.catalogue(tongue).gettext
    need = _("about {n} people in need").format(n=f"{round(row.need):,}")
    if not row.counted:
        need = _("people in need: not known")
    reasons = clip(why(row.reasons, tongue), REASON, 1)
    return Markup(mark(row.label)), clip(named(row, tongue), NAME, 1), need, reasons, row.label


def _health(report: Report, tongue: str) -> list[str]:
    """How far the numbers carry."""
    _ = language.catalogue(tongue).gettext
    rows = report.rows
    lines = []
    if report.total is None:
        lines.append(_("Nobody counts who uses Wi-Fi: only the way there can be judged."))
    else:
        lines.append(
            _(
                "{n} uses with a neighbourhood; {nowhere} without one ({percent}%), {outside} from "
                "outside the city."
            ).format(
                n=f"{report.total:,}",
                nowhere=report.nowhere,
                percent=round(100 * report.nowhere_share),
                outside=report.outside,
            )
        )
        if not report.healthy:
            lines.append(_("Too many uses without a neighbourhood: nothing is judged."))
    if rows:
        lines.append(
            _("Of {n} judgements {firm} hold under other assumptions.").format(
                n=len(rows), firm=sum(row.firm for row in rows)
            )
        )
    untold = [row for row in rows if row.label == CANNOT_TELL]
    near = [row.more for row in untold if row.more is not None]
    if near:
        lines.append(
            _(
                "Of {n} it cannot be told yet; the nearest to it needs about {more} more uses."
            ).format(n=len(untold), more=min(near))
        )
    elif untold:
        lines.append(_("Of {n} it cannot be told yet.").format(n=len(untold)))
    unknown = sum(not row.counted for row in rows)
    if unknown:
        lines.append(_("Of {n} there is no population figure.").format(n=unknown))
    return lines


def _bare(paper: Paper, name: str, tongue: str) -> tuple[Markup, float]:
    """A picture for a page, and its width to its height."""
    drawing = DRAWERS[name](paper.report, tongue)
    return Markup(pictures.bare(drawing)), WIDTH / drawing.height


def _drawn(request: Request) -> Drawn | Response:
    """The picture that is asked for."""
    name, lang, now = str(request.path_params["name"]), pages.lang(request), times.now()
    day = times.today(now)
    try:
        if name == CHANGE:
            found = read_action(request.path_params["ticket"], now=now)
            drawing = pictures.changed(found, day, lang)
            return Drawn(N_("Before and after"), f"{name}-{found.measure}-{day:%Y%m%d}", drawing)
        if name not in DRAWERS:
            raise HTTPException(404)
        paper = read(name, request.path_params["ticket"], now=now)
    except (NotAllowed, Refused) as refusal:
        return _refused(request, refusal)
    about = pictures.caption(paper.report, TITLES[name], paper.sources.lines, lang)
    drawing = pictures.framed(DRAWERS[name](paper.report, lang), about, lang)
    return Drawn(TITLES[name], f"{name}-{paper.report.settings.kind}-{day:%Y%m%d}", drawing)


def _refused(request: Request, refusal: Refused) -> Response:
    status = 403 if isinstance(refusal, NotAllowed) else 410
    return pages.refused(request, refusal, status=status)
