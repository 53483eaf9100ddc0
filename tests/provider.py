"""A small identity provider (OpenID Connect) for tests: whoever comes is who the test says."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.server import free_port

CLIENT, SECRET = "machikado-desk", "of the tests"
UNSIGNED = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"  # {"alg":"none","typ":"JWT"}


class Provider:
    """`claims` are added to, or stand in place of, what the next sign-in says; `signs` is whose
    key it is signed with: its own, or one nobody told of under the same name.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.claims: dict[str, Any] = {"sub": "nobody"}
        self.signs = "own"
        self._key, self._forged = (
            RSAKey.generate_key(2048, {"kid": "k", "use": "sig", "alg": "RS256"}) for _ in range(2)
        )
        self._nonces: dict[str, str] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
            ]
        )

    def discovery(self, _request: Request) -> Response:
        at = self.address
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def authorize(self, request: Request) -> Response:
        asked = request.query_params
        code = f"code-{len(self._nonces)}"
        self._nonces[code] = asked["nonce"]
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 3600,
            "nonce": self._nonces.pop(str(form["code"])),
            **self.claims,
        }
        key = self._key if self.signs == "own" else self._forged
        signed = jwt.encode({"alg": "RS256", "kid": "k"}, claims, key)
        if self.signs == "nobody":
            signed = ".".join([UNSIGNED, signed.split(".")[1], ""])
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})

    def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers at an address of its own."""
    port = free_port()
    found = Provider(port)
    config = uvicorn.Config(found.app(), host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield found
    server.should_exit = True
    thread.join()


def secrets_file(found: Provider, desk: str) -> str:
    """What `.streamlit/secrets.toml` says of it."""
    return (
        f'[auth]\nredirect_uri = "{desk}/oauth2callback"\n'
        'cookie_secret = "a long secret of the tests, for nobody"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        f'server_metadata_url = "{found.address}/.well-known/openid-configuration"\n'
    )
