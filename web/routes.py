"""Every plain address the desk answers."""

from starlette.routing import Route

from web import assets, cancel, classes, feeds, health, sign_in, slips

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
    Route("/leaflet/{name:path}", assets.leaflet, methods=["GET"]),
    Route("/health", health.health, methods=["GET"]),
]
