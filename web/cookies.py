"""Names of our cookies on the way in and out.

Behind https a cookie of ours is called `__Host-…` in the browser: such a one only this very host
can have set, by https, for every path; no neighbour of the city's domain, and nobody on the way.
Inside, and over plain http on the first day, it has its plain name; here alone both meet.
"""

from collections.abc import Iterable

from desk import sessions

OURS = (sessions.COOKIE, sessions.DEVICE_COOKIE)
PREFIX = b"__Host-"
_INSIDE = {PREFIX + name.encode(): name.encode() for name in OURS}
_PLAIN = frozenset(_INSIDE.values())

Headers = list[tuple[bytes, bytes]]


def inward(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """A request's headers over https: ours by their plain names; a plain name that came is not
    ours and is left out."""
    return [
        (name, _renamed(value)) if name == b"cookie" and b"desk_" in value else (name, value)
        for name, value in headers
    ]


def _renamed(line: bytes) -> bytes:
    kept = []
    for one in line.split(b";"):
        name, equals, value = one.strip().partition(b"=")
        if name not in _PLAIN:
            kept.append(_INSIDE.get(name, name) + equals + value)
    return b"; ".join(kept)


def outward(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """An answer's headers over https: ours with the prefix, and all of them Secure."""
    return [
        (name, _sealed(value)) if name.lower() == b"set-cookie" else (name, value)
        for name, value in headers
    ]


def _sealed(value: bytes) -> bytes:
    if value.partition(b"=")[0] in _PLAIN:
        value = PREFIX + value
    flags = {one.strip().lower() for one in value.split(b";")[1:]}
    return value if b"secure" in flags else value + b"; Secure"
