"""Under which names the desk answers, and whose pages may talk to it.

Another site can let its own name point at our machine (DNS rebinding): its pages would then read
the desk as if they were ours. So a name we do not know gets no answer. An address in figures can
be nobody's trap, and is always ours: the desk works in its network on the first day.
"""

import ipaddress
import os
import socket
from functools import lru_cache
from urllib.parse import urlsplit

LONGEST = 253 + 6  # a name, and a port


def names() -> frozenset[str]:
    """The names of this desk: of this machine, and the one in `DESK_ADDRESS`."""
    machine = socket.gethostname().lower()
    own = urlsplit(os.environ.get("DESK_ADDRESS", "").strip()).hostname
    return frozenset({"localhost", machine, f"{machine}.local", *([own] if own else [])})


def allowed(host: str, known: frozenset[str]) -> bool:
    """Whether a Host header names this desk: by a name it knows, or in figures."""
    return len(host) <= LONGEST and _allowed(host, known)


@lru_cache(maxsize=256)
def _allowed(host: str, known: frozenset[str]) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        name, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.netloc != host or "@" in host:
        return False
    if name.rstrip(".") in known:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own(origin: str | None, host: str, *, secure: bool) -> bool:
    """Whether a page of ours, or no page at all, asks: browsers name the page in Origin.

    Only what is no browser sends none, and that holds nobody's cookie it was not given.
    """
    if origin is None:
        return True
    page = urlsplit(origin)
    return page.netloc == host and page.scheme in (("https",) if secure else ("https", "http"))
