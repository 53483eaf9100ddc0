"""Every plain address the desk answers."""

from starlette.routing import Route

from web import assets, cancel, classes, feeds, health, kept, sheets, sign_in, slips

ROUTES = [
    Route("/sign-in", sign_in.sign_in, methods=["GET", "POST"]),
    Route("/sign-out", sign_in.sign_out, methods=["GET"]),
    Route("/new-secret", sign_in.new_secret, methods=["GET", "POST"]),
    Route("/slip/{ticket}", slips.slip, methods=["GET"]),
    Route("/classes", kept.public(classes.upcoming, params=("venue", "from")), methods=["GET"]),
    Route("/classes.ics", kept.public(feeds.public, params=("venue",)), methods=["GET"]),
    Route("/classes/{id}.ics", kept.public(feeds.one), methods=["GET"]),
    Route("/classes/{id}", kept.public(classes.one), methods=["GET"]),
    Route("/calendar/{secret}.ics", feeds.own, methods=["GET"]),
    Route("/my-calendar", feeds.my_calendar, methods=["GET", "POST"]),
    Route("/cancel", cancel.cancel, methods=["GET", "POST"]),
    Route("/sheet/roster/{ticket}", sheets.roster, methods=["GET"]),
    Route("/sheet/sign-in/{ticket}", sheets.sign_in_sheet, methods=["GET"]),
    Route("/sheet/calls/{ticket}", sheets.call_list, methods=["GET"]),
    Route("/sheet/poster/{ticket}", sheets.poster, methods=["GET"]),
    Route("/leaflet/{name:path}", kept.public(assets.leaflet), methods=["GET"]),
    Route("/health", health.health, methods=["GET"]),
]
