"""What every answer tells a browser about itself, by the kind of answer: one table.

A header that an answer already carries stays: a route that may be kept, or whose page runs a
script, says so itself. What a route forgets is here, and is the strictest.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from importlib.resources import files

Headers = list[tuple[bytes, bytes]]

YEAR = 31_536_000  # seconds
HSTS = (b"strict-transport-security", b"max-age=%d" % YEAR)
GSI_HOST = "https://cyberjapandata.gsi.go.jp"  # 地理院タイル, when somebody turns them on
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def _allowed(found: Iterable[bytes]) -> str:
    """Inline scripts as a policy names them: by the SHA-256 of each."""
    marks = (base64.b64encode(hashlib.sha256(one).digest()).decode() for one in found)
    return "".join(f" 'sha256-{mark}'" for mark in marks)


def _document() -> bytes:
    return files("streamlit").joinpath("static", "index.html").read_bytes()


NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Streamlit's document. Its own one inline script is let through by its hash. Emotion and the
# editor of tables write styles as they go; the camera fetches its photograph as an address (data:).
SCREEN = (
    f"default-src 'none'; script-src 'self'{_allowed(_INLINE.findall(_document()))}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self' data:; frame-src 'self'; manifest-src 'self'; "
    "worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The map's frame. streamlit-folium draws by running the text it is sent, so text may run in there;
# but the frame is a place of its own: it sees no page of ours, no cookie and no other address.
COMPONENT = (
    "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: {GSI_HOST}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_ASKED = ("camera", "geolocation", "microphone", "payment", "usb", "serial", "hid")


def permissions(*own: str) -> str:
    """A Permissions-Policy: what pages of ours may ask the person for, and nothing else."""
    return ", ".join(f"{name}=({'self' if name in own else ''})" for name in _ASKED)


COMMON = {
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": permissions(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
DOCUMENT = {
    **COMMON,
    "Content-Security-Policy": SCREEN,
    "Permissions-Policy": permissions("camera"),
}
# Files of the map: its frame has no origin of its own and loads them all the same.
ANYWHERE = {**COMMON, "Cross-Origin-Resource-Policy": "cross-origin"}
# The kind of an answer, by the first part of its address. Of the others, those in web/routes.py
# are COMMON and the rest is Streamlit's DOCUMENT.
KINDS: dict[str, dict[str, str]] = {
    "static": COMMON,
    "media": COMMON,
    "_stcore": COMMON,
    "leaflet": ANYWHERE,
    "component": {
        **ANYWHERE,
        "Content-Security-Policy": COMPONENT,
        "X-Frame-Options": "SAMEORIGIN",
    },
    "wifi": {**COMMON, "Permissions-Policy": permissions("geolocation")},
}


class Table:
    """Which headers an answer gets; `routes` are the first parts of our own plain addresses."""

    def __init__(self, routes: Iterable[str]) -> None:
        self._kinds = {first: _encoded(COMMON) for first in routes}
        self._kinds |= {first: _encoded(kind) for first, kind in KINDS.items()}
        self._document = _encoded(DOCUMENT)

    def of(self, part: str) -> Headers:
        """The headers of the kind of answer there is at a first part."""
        return self._kinds.get(part, self._document)


def _encoded(kind: dict[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in kind.items()]


def first(path: str) -> str:
    """The first part of an address, as routes and kinds are named by it."""
    return path.strip("/").partition("/")[0].partition(".")[0]


def completed(headers: Iterable[tuple[bytes, bytes]], kind: Headers, *, secure: bool) -> Headers:
    """An answer's headers with those of its kind that it does not say itself."""
    made = list(headers)
    said = {name.lower() for name, _value in made}
    made.extend(pair for pair in kind if pair[0] not in said)
    if secure:
        made.append(HSTS)
    return made
