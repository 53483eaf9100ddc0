"""Leaflet from the installed package and our own scripts: no map needs another host."""

import hashlib
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_LEAFLET = files("js_lib_leaflet") / "static" / "js_lib_leaflet"
_OURS = files("web") / "static"
_KINDS = {
    "leaflet.js": "text/javascript",
    "leaflet.css": "text/css",
    "images/layers.png": "image/png",
    "images/layers-2x.png": "image/png",
    "images/marker-icon.png": "image/png",
    "images/marker-icon-2x.png": "image/png",
    "images/marker-shadow.png": "image/png",
    "map.js": "text/javascript",
    "map.css": "text/css",
    "wifi.js": "text/javascript",
    "drafts.js": "text/javascript",
    "lock.js": "text/javascript",
    "lock.css": "text/css",
    "picture.js": "text/javascript",
    "secret.js": "text/javascript",
    "handover.js": "text/javascript",
    "here.js": "text/javascript",
}
OWN = (
    "map.js",
    "map.css",
    "wifi.js",
    "drafts.js",
    "lock.js",
    "lock.css",
    "picture.js",
    "secret.js",
    "handover.js",
    "here.js",
)
YEAR, KEPT = 31_536_000, 300  # seconds


def leaflet(request: Request) -> Response:
    """One of the map's files by name; any other name is not found.

    Our own files change from one release to the next: they are kept for long only under an
    address that names their content (`address`).
    """
    name = request.path_params["name"]
    if name not in _KINDS:
        raise HTTPException(404)
    body, mark = _file(name)
    lasting = name not in OWN or request.query_params.get("v") == mark
    headers = {
        "ETag": f'"{mark}"',
        "Cache-Control": f"public, max-age={YEAR}, immutable"
        if lasting
        else f"public, max-age={KEPT}",
        # The map's frame has no origin of its own and must still be allowed to load it.
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type=_KINDS[name], headers=headers)


def address(name: str) -> str:
    """Where a file is, in the version of today."""
    return f"/leaflet/{name}?v={_file(name)[1]}"


@lru_cache
def _file(name: str) -> tuple[bytes, str]:
    """The bytes of a file and a mark of them."""
    folder: Traversable = _OURS if name in OWN else _LEAFLET
    body = folder.joinpath(*name.split("/")).read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:16]
