"""Every plain address the desk answers."""

from starlette.routing import Route

from web import assets, cancel, classes, feeds, health, sheets, sign_in, slips, wifi

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
    Route("/wifi", wifi.listed, methods=["GET"]),
    Route("/wifi.geojson", wifi.spots_geojson, methods=["GET"]),
    Route("/towns.geojson", wifi.towns_geojson, methods=["GET"]),
    Route("/cancel", cancel.cancel, methods=["GET", "POST"]),
    Route("/sheet/roster/{ticket}", sheets.roster, methods=["GET"]),
    Route("/sheet/sign-in/{ticket}", sheets.sign_in_sheet, methods=["GET"]),
    Route("/sheet/calls/{ticket}", sheets.call_list, methods=["GET"]),
    Route("/sheet/poster/{ticket}", sheets.poster, methods=["GET"]),
    Route("/leaflet/{name:path}", assets.leaflet, methods=["GET"]),
    Route("/health", health.health, methods=["GET"]),
]
