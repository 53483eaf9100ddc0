"""Answers ready to go out: plain and gzipped bytes, headers, and what says they are unchanged."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from starlette.responses import Response
from starlette.types import Scope, Send

from web import pages

WORTH_IT = 0.9  # a gzipped body larger than this part of the plain one is not worth it
_OF_UNCHANGED = (b"etag", b"cache-control", b"vary", b"last-modified", b"x-content-type-options")

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out. `public` is whether it may be kept for others, `stays` whether for good."""

    status: int
    plain: tuple[Headers, bytes]
    gzipped: tuple[Headers, bytes] | None
    unchanged: Headers
    etag: str
    modified: bytes
    public: bool
    stays: bool

    @property
    def size(self) -> int:
        """The bytes of its bodies."""
        return len(self.plain[1]) + (len(self.gzipped[1]) if self.gzipped else 0)


def ready(made: Response, *, path: str) -> Answer:
    """Make a response ready to go out again and again.

    Raises:
        TypeError: for one that is not whole in memory (a file, a stream).
        ValueError: for one that sets a cookie.
    """
    body = getattr(made, "body", None)
    if body is None:
        raise TypeError(f"{path}: only what is whole in memory can be kept")
    if "set-cookie" in made.headers:
        raise ValueError(f"{path}: a page that sets a cookie is not for everybody")
    body, cache = bytes(body), made.headers.get("cache-control", "")
    public = made.status_code == 200 and cache.startswith("public")
    if public:
        etag = made.headers.get("etag", f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        # Weak, for plain and gzipped are two bodies of one page.
        made.headers["etag"] = f"W/{etag.removeprefix('W/')}"
    made.headers["vary"] = "Accept-Encoding"
    return Answer(
        status=made.status_code,
        plain=(_headers(made, body), body),
        gzipped=_gzipped(made, body),
        unchanged=[
            pair
            for pair in made.raw_headers
            if pair[0] in _OF_UNCHANGED or pair[0].startswith(b"access-control-")
        ],
        etag=made.headers.get("etag", ""),
        modified=made.headers.get("last-modified", "").encode("latin-1"),
        public=public,
        stays=public and "immutable" in cache,
    )


def _gzipped(made: Response, body: bytes) -> tuple[Headers, bytes] | None:
    small = gzip.compress(body, 6, mtime=0)
    if len(small) > WORTH_IT * len(body):
        return None
    return [*_headers(made, small), (b"content-encoding", b"gzip")], small


def _headers(made: Response, body: bytes) -> Headers:
    others = [pair for pair in made.raw_headers if pair[0] != b"content-length"]
    return [*others, (b"content-length", str(len(body)).encode())]


async def send(answer: Answer, scope: Scope, to: Send) -> None:
    """Send what the visitor asked for: the body, gzipped or not, only its headers, or that it is
    unchanged.
    """
    asked = dict(scope["headers"])
    status, (headers, body) = answer.status, answer.plain
    if answer.public and _has(answer, asked):
        status, headers, body = 304, answer.unchanged, b""
    elif answer.gzipped and takes_gzip(asked.get(b"accept-encoding", b"")):
        headers, body = answer.gzipped
    # A copy: what stands between us and the visitor may add to it.
    await to({"type": "http.response.start", "status": status, "headers": list(headers)})
    await to({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _has(answer: Answer, asked: dict[bytes, bytes]) -> bool:
    """True when the visitor has this answer already."""
    if (etags := asked.get(b"if-none-match")) is not None:
        return pages.among(etags.decode("latin-1"), answer.etag)
    return bool(answer.modified) and asked.get(b"if-modified-since") == answer.modified


@lru_cache(maxsize=256)
def takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    weights = {}
    for one in accepted.decode("latin-1").lower().replace(" ", "").split(","):
        name, _semicolon, weight = one.partition(";q=")
        weights[name] = weight.strip("0.") != "" if weight else True
    return weights.get("gzip", weights.get("*", False))
