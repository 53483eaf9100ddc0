"""Leaflet from the installed package: no map needs another host."""

from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = files("js_lib_leaflet") / "static" / "js_lib_leaflet"
_KINDS = {
    "leaflet.js": "text/javascript",
    "leaflet.css": "text/css",
    "images/layers.png": "image/png",
    "images/layers-2x.png": "image/png",
    "images/marker-icon.png": "image/png",
    "images/marker-icon-2x.png": "image/png",
    "images/marker-shadow.png": "image/png",
}
# Without a background map the ground is the colour of our own pages.
MAP_STYLE = ".leaflet-container { background: #EEF3F0; font-size: 14px; }"


def leaflet(request: Request) -> Response:
    """One of Leaflet's files by name; any other name is not found."""
    name = request.path_params["name"]
    if name == "desk.css":
        return _answer(MAP_STYLE.encode(), "text/css")
    if name not in _KINDS:
        raise HTTPException(404)
    return _answer(_FOLDER.joinpath(*name.split("/")).read_bytes(), _KINDS[name])


def _answer(body: bytes, kind: str) -> Response:
    return Response(
        body,
        media_type=kind,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            # The map's frame has no origin of its own and must still be allowed to load it.
            "Access-Control-Allow-Origin": "*",
        },
    )
