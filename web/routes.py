"""Every plain address the desk answers."""

from starlette.routing import Route

from web import assets, cancel, classes, feeds, health, opendata, sheets, sign_in, slips

ROUTES = [
    Route("/sign-in", sign_in.sign_in, methods=["GET", "POST"]),
    Route("/sign-out", sign_in.sign_out, methods=["GET"]),
    Route("/new-secret", sign_in.new_secret, methods=["GET", "POST"]),
    Route("/slip/{ticket}", slips.slip, methods=["GET"]),
    Route("/classes", classes.upcoming, methods=["GET"]),
    Route("/classes.ics", feeds.public, methods=["GET"]),
    Route("/classes/{id}.ics", feeds.one, methods=["GET"]),
    Route("/classes/{id}", classes.one, methods=["GET"]),
    Route("/calendar/{secret}.ics", feeds.own, methods=["GET"]),
    Route("/my-calendar", feeds.my_calendar, methods=["GET", "POST"]),
    Route("/cancel", cancel.cancel, methods=["GET", "POST"]),
    Route("/opendata", opendata.folder, methods=["GET"]),
    Route("/opendata/", opendata.index, methods=["GET"]),
    Route("/opendata/catalog.jsonld", opendata.catalog, methods=["GET"]),
    Route("/opendata/{code}_machikado_desk.sqlite", opendata.everything, methods=["GET"]),
    Route("/opendata/{file:path}", opendata.file, methods=["GET"]),
    Route("/sheet/roster/{ticket}", sheets.roster, methods=["GET"]),
    Route("/sheet/sign-in/{ticket}", sheets.sign_in_sheet, methods=["GET"]),
    Route("/sheet/calls/{ticket}", sheets.call_list, methods=["GET"]),
    Route("/sheet/poster/{ticket}", sheets.poster, methods=["GET"]),
    Route("/leaflet/{name:path}", assets.leaflet, methods=["GET"]),
    Route("/health", health.health, methods=["GET"]),
]
