"""Every plain address the desk answers."""

from starlette.routing import Route

from web import assets, health, sign_in, slips

ROUTES = [
    Route("/sign-in", sign_in.sign_in, methods=["GET", "POST"]),
    Route("/sign-out", sign_in.sign_out, methods=["GET"]),
    Route("/new-secret", sign_in.new_secret, methods=["GET", "POST"]),
    Route("/slip/{ticket}", slips.slip, methods=["GET"]),
    Route("/leaflet/{name:path}", assets.leaflet, methods=["GET"]),
    Route("/health", health.health, methods=["GET"]),
]
