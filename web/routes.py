"""Every plain address the desk answers."""

from starlette.routing import Route

from web import (
    assets,
    cancel,
    classes,
    drafts,
    feeds,
    guide,
    health,
    kept,
    opendata,
    sheets,
    sign_in,
    slips,
    spot,
    spot_check,
    wifi,
)

WIFI = ("town", "postal", "wish", "tiles", "all")
ROUTES = [
    Route("/sign-in", sign_in.sign_in, methods=["GET", "POST"]),
    Route("/sign-out", sign_in.sign_out, methods=["GET"]),
    Route("/draft", drafts.typed, methods=["POST"]),
    Route("/new-secret", sign_in.new_secret, methods=["GET", "POST"]),
    Route("/slip/{ticket}", slips.slip, methods=["GET"]),
    Route("/classes", kept.public(classes.upcoming, params=("venue", "from")), methods=["GET"]),
    Route("/classes.ics", kept.public(feeds.public, params=("venue",)), methods=["GET"]),
    Route("/classes/{id}.ics", kept.public(feeds.one), methods=["GET"]),
    Route("/classes/{id}", kept.public(classes.one), methods=["GET"]),
    Route("/calendar/{secret}.ics", feeds.own, methods=["GET"]),
    Route("/my-calendar", feeds.my_calendar, methods=["GET", "POST"]),
    Route("/wifi", kept.public(wifi.listed, params=WIFI), methods=["GET"]),
    Route("/wifi.geojson", kept.public(wifi.spots_geojson, params=("wish",)), methods=["GET"]),
    Route("/towns.geojson", kept.public(wifi.towns_geojson), methods=["GET"]),
    Route("/wifi/{id}", kept.public(spot.one), methods=["GET"]),
    Route("/wifi/{id}/card", kept.public(spot.card), methods=["GET"]),
    Route("/wifi/{id}/report", spot.report, methods=["GET", "POST"]),
    Route("/wifi/{id}/check", spot_check.check, methods=["GET", "POST"]),
    Route("/guide", kept.public(guide.start, params=("group",)), methods=["GET"]),
    Route("/guide/search", guide.found, methods=["GET"]),  # what people look for is not kept
    Route("/guide/{id}", kept.public(guide.one, params=("a",)), methods=["GET"]),
    Route("/guide/{id}/memo", kept.public(guide.memo, params=("a",)), methods=["GET"]),
    Route("/opendata", opendata.folder, methods=["GET"]),
    Route("/opendata/", kept.public(opendata.index), methods=["GET"]),
    Route("/opendata/catalog.jsonld", kept.public(opendata.catalog), methods=["GET"]),
    Route(
        "/opendata/{code}_machikado_desk.sqlite",
        kept.public(opendata.everything),
        methods=["GET"],
    ),
    Route("/opendata/{file:path}", kept.public(opendata.file), methods=["GET"]),
    Route("/cancel", cancel.cancel, methods=["GET", "POST"]),
    Route("/sheet/roster/{ticket}", sheets.roster, methods=["GET"]),
    Route("/sheet/sign-in/{ticket}", sheets.sign_in_sheet, methods=["GET"]),
    Route("/sheet/calls/{ticket}", sheets.call_list, methods=["GET"]),
    Route("/sheet/poster/{ticket}", sheets.poster, methods=["GET"]),
    Route("/leaflet/{name:path}", kept.public(assets.leaflet, params=("v",)), methods=["GET"]),
    Route("/health", health.health, methods=["GET"]),
]
