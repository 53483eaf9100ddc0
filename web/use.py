"""How the help desk is used, as the public is told it: a quarter on a light page, and as CSV."""

from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk import language, programme, times
from desk.gaps import publish, releases
from desk.gaps.releases import Release
from web import pages
from web.opendata import KEPT, csv_file

FOLDER = "/use"


def page(request: Request) -> Response:
    """The newest quarter, or that of `?quarter=2026-07-01`, and the way to the others."""
    lang = pages.lang(request)
    found = releases.released()
    asked = request.query_params.get("quarter", "")
    shown = next((one for one in found if one.quarter.isoformat() == asked), None)
    return pages.kept(
        request,
        "use.html",
        seconds=KEPT,
        release=shown or next(iter(found), None),
        releases=found,
        named=lambda one: programme.named(programme.QUARTER, one.quarter, lang),
        area=lambda one: one.named(lang),
        band=lambda one: language.catalogue(lang).gettext(releases.BANDS[one.band]),
        topic=lambda key: language.catalogue(lang).gettext(releases.TOLD[key]),
        day=lambda moment: times.show_day_long(times.today(moment), lang),
        least=publish.LEAST_USES,
        persons=publish.LEAST_PERSONS,
        step=publish.STEP,
        file=lambda one: f"{FOLDER}/{one.quarter.isoformat()}.csv",
    )


def file(request: Request) -> Response:
    """A quarter as CSV; any other day is not found."""
    release = _asked(request.path_params["quarter"])
    return csv_file(
        releases.as_csv(release).content,
        f"{FOLDER}/help_desk_use_{release.quarter.isoformat()}.csv",
        release.made_at,
    )


def _asked(text: str) -> Release:
    try:
        quarter = date.fromisoformat(text)
    except ValueError:
        raise HTTPException(404) from None
    found = [one for one in releases.released() if one.quarter == quarter]
    if not found:
        raise HTTPException(404)
    return found[0]
