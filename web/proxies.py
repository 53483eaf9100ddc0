"""Whom we believe when they say who a visitor is and whether the way was encrypted.

uvicorn reads X-Forwarded-For and X-Forwarded-Proto and believes this machine; Streamlit starts it
without a way to say otherwise. We let it believe whom `DESK_PROXIES` names, and nobody else.
"""

import ipaddress
import os
import sys
from typing import Any

import uvicorn.config
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def named() -> list[str]:
    """The proxies of `DESK_PROXIES` (`127.0.0.1, 10.0.0.0/8`), in each way they may be written.

    A server that listens on IPv6 as well sees an IPv4 address as `::ffff:…`.

    Raises:
        ValueError: for what is no address and no network.
    """
    found = []
    for text in os.environ.get("DESK_PROXIES", "").replace(",", " ").split():
        network = ipaddress.ip_network(text, strict=False)
        found.append(str(network))
        if network.version == 4:
            mapped = f"::ffff:{network.network_address}"
            found.append(f"{mapped}/{96 + network.prefixlen}")
    return found


def believe(proxies: list[str]) -> None:
    """Make the server that is about to start believe these proxies only."""

    def around(app: Any, trusted_hosts: object) -> Any:  # noqa: ARG001 - uvicorn's own default
        return ProxyHeadersMiddleware(app, proxies) if proxies else Unnamed(app)

    # uvicorn looks this up when it has read our module, after it has read its own settings.
    vars(uvicorn.config)["ProxyHeadersMiddleware"] = around


class Unnamed:
    """Says once, to whoever runs the desk, that a proxy speaks which nobody named: without that,
    all visitors are one, and the desk does not know of the encryption."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.said = app, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.said and any(
            name == b"x-forwarded-for" for name, _ in scope.get("headers", ())
        ):
            self.said = True
            peer = (scope.get("client") or ["?"])[0]
            print(
                f"\n  {peer} が利用者を取りつぐなら DESK_PROXIES に入れてください"
                f" / if {peer} is a proxy of yours, name it in DESK_PROXIES\n",
                file=sys.stderr,
                flush=True,
            )
        await self.app(scope, receive, send)
