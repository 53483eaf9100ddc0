"""Open data: the page that says what there is, the files, the catalogue, all in one database."""

from datetime import datetime
from email.utils import format_datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk import language, times
from desk.opendata import bundle, catalogue, layouts, publish, records
from desk.opendata.records import Public
from web import pages

_SAVED = ("text/csv", bundle.MEDIA)  # no browser shows these well
KEPT = 300  # seconds until a program, or a server between us, asks again


def index(request: Request) -> Response:
    """What there is, in which forms, how large, how new, and how to say whose it is."""
    lang = pages.lang(request)
    public = _public(request)
    _ = language.catalogue(lang).gettext

    def shown(moment: datetime | None) -> str:
        if moment is None:
            return ""
        return f"{times.show_day_long(times.today(moment), lang)} {times.show_clock(moment)}"

    answer = pages.kept(
        request,
        "opendata.html",
        seconds=KEPT,
        datasets=[
            {
                "id": dataset,
                "title": one.name if lang != "en" else _(one.title),
                "about": _(one.about),
                "rows": _rows(lang, len(public.records[dataset])),
                "changed": shown(public.modified[dataset]),
                "trial": public.trial(dataset),
                "credit": publish.credit(public.publisher, one.name),
                "files": [(form, publish.path(public, dataset, form)) for form in publish.FORMATS],
            }
            for dataset, one in layouts.DATASETS.items()
        ],
        publisher=public.publisher,
        sources=sorted({one for dataset in layouts.DATASETS for one in public.sources(dataset)}),
        bundle=bundle.path(public),
        catalogue=f"{publish.FOLDER}{catalogue.FILE}",
        licence=publish.LICENCE,
        licence_url=publish.LICENCE_URL,
    )
    answer.headers["Link"] = (
        f'<{publish.FOLDER}{catalogue.FILE}>; rel="alternate"; type="{catalogue.MEDIA}"'
    )
    return _dated(answer, public.changed)


def _rows(lang: str, n: int) -> str:
    ngettext = language.catalogue(lang).ngettext
    return ngettext("{n} row", "{n} rows", n).format(n=n)


def folder(request: Request) -> Response:
    """The page's address without its last stroke."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{publish.FOLDER}{query}", status_code=308)


def file(request: Request) -> Response:
    """A dataset in one format; any other name is not found."""
    asked = publish.named(request.path_params["file"])
    if asked is None:
        raise HTTPException(404)
    dataset, form = asked
    public = _public(request, dataset)
    address = publish.path(public, dataset, form)
    if address != f"{publish.FOLDER}{request.path_params['file']}":
        raise HTTPException(404)
    made = publish.FORMATS[form]
    body = made.write(public, dataset)
    return _file(body, made.media, address, public.modified[dataset])


def catalog(request: Request) -> Response:
    """The catalogue for machines (DCAT)."""
    public = _public(request)
    body = catalogue.build(public, site=pages.site(request))
    return _file(body, catalogue.MEDIA, catalogue.FILE, public.changed)


def everything(request: Request) -> Response:
    """The whole public part as one SQLite file."""
    public = _public(request)
    if request.url.path != bundle.path(public):
        raise HTTPException(404)
    return _file(bundle.build(public), bundle.MEDIA, bundle.path(public), public.changed)


def _public(request: Request, *datasets: str) -> Public:
    return records.read(
        now=times.now(), site=pages.site(request), datasets=datasets or tuple(layouts.DATASETS)
    )


def _file(body: bytes, media: str, address: str, modified: datetime | None) -> Response:
    name = address.rpartition("/")[2]
    how = "attachment" if media in _SAVED else "inline"
    headers = {
        "Cache-Control": f"public, max-age={KEPT}",
        # It is for everybody, and so for the scripts of any other page.
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'{how}; filename="{name}"',
    }
    return _dated(Response(body, media_type=_typed(media), headers=headers), modified)


def csv_file(body: bytes, address: str, modified: datetime | None) -> Response:
    """A table of ours for everybody, as a CSV file; its name is the end of `address`."""
    return _file(body, "text/csv", address, modified)


def _typed(media: str) -> str:
    return f"{media}; charset=utf-8; header=present" if media == "text/csv" else media


def _dated(answer: Response, modified: datetime | None) -> Response:
    if modified:
        answer.headers["Last-Modified"] = format_datetime(modified, usegmt=True)
    return answer
