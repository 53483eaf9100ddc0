"""Plain HTML pages: templates with autoescape, in the language asked for."""

import ipaddress
import os
import re
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response

from desk import language, mode, sessions, times
from desk.classes import ClassView
from desk.people import Actor
from desk.refusals import OutOfOrder, Refused

_templates = Environment(
    loader=PackageLoader("web", "templates"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)
# Nothing runs and nothing is fetched on these pages but their own style.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Of a page that brings a script of ours.
SCRIPTED = POLICY.replace("default-src 'none';", "default-src 'none'; script-src 'self';")

# What is at a signed address must go nowhere: into no search, and no other's log.
SIGNED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def lang(request: Request) -> str:
    """The language of a request: `?lang=`, or the default."""
    return language.choose(request.query_params.get("lang"), public=True)


def actor(request: Request) -> Actor:
    """Who asks, by the session cookie."""
    return sessions.actor_of(request.cookies.get(sessions.COOKIE), now=times.now())


def scheme(request: Request) -> str:
    """How the visitor reached us, also behind a server of `DESK_PROXIES` that adds encryption."""
    return "https" if request.url.scheme == "https" else "http"


def site(request: Request) -> str:
    """Our own address, without a last slash: `DESK_ADDRESS`, or where the visitor found us."""
    fixed = os.environ.get("DESK_ADDRESS", "").strip().rstrip("/")
    return fixed or f"{scheme(request)}://{request.url.netloc}"


def same_origin(request: Request) -> bool:
    """False when another site's page sent the form."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def led_here(request: Request) -> bool:
    """True when the browser says that another site's page led here, or shows us inside itself.

    For an address that a link must be able to open and that changes something. Browsers say so
    over https; an old one says nothing.
    """
    return request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def visitor(request: HTTPConnection) -> str:
    """Who asks, for counting: an IPv4 address, or the /64 network a household has in IPv6."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    # A server that listens on IPv6 as well sees an IPv4 address so.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def telephone() -> tuple[str, str] | None:
    """The desk's telephone as `DESK_TELEPHONE` writes it, and as a telephone dials it."""
    shown = os.environ.get("DESK_TELEPHONE", "").strip()
    return (shown, re.sub(r"[^\d+]", "", shown)) if shown else None


def day(meeting: ClassView, lang: str) -> str:
    """The day of a class, with its weekday."""
    return times.show_day(times.today(meeting.starts_at), lang)


def clock(meeting: ClassView) -> str:
    """From when to when a class is: “14:00–15:00”."""
    return f"{times.show_clock(meeting.starts_at)}–{times.show_clock(meeting.ends_at)}"


def unchanged(request: Request, etag: str) -> bool:
    """True when the visitor has the answer already that `etag` stands for."""
    return among(request.headers.get("if-none-match", ""), etag)


def among(asked: str, etag: str) -> bool:
    """True when an If-None-Match header names an ETag, or any."""
    names = [one.strip().removeprefix("W/") for one in asked.split(",")]
    return etag.removeprefix("W/") in names or names == ["*"]


def kept(request: Request, template: str, *, seconds: int, **facts: Any) -> Response:
    """A page that is the same for everybody."""
    return keep(page(request, template, **facts), seconds=seconds)


def keep(made: Response, *, seconds: int) -> Response:
    """An answer that is the same for everybody: `web.kept` may keep it, others so many seconds."""
    made.headers["Cache-Control"] = f"public, max-age={seconds}"
    return made


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    policy: str = POLICY,
    trial: bool | None = None,
    **facts: Any,
) -> HTMLResponse:
    """Render a template of web/templates with the facts given; `policy` is what it may load.

    `trial`: whether it is marked as practice; as the desk is, unless told.
    """
    tongue = lang(request)
    catalogue = language.catalogue(tongue)
    body = _templates.get_template(template).render(
        lang=tongue,
        tag=language.tag,
        other="ja" if tongue == "en" else "en",
        tongues=[one for one in language.PUBLIC_LANGUAGES if one != tongue],
        languages=language.PUBLIC_LANGUAGES,
        _=catalogue.gettext,
        ngettext=catalogue.ngettext,
        trial=mode.is_trial() if trial is None else trial,
        mark="" if tongue == language.DEFAULT else f"?lang={tongue}",
        telephone=telephone(),
        **facts,
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(body, status_code=status, headers=headers)


def signed(request: Request, template: str, **facts: Any) -> HTMLResponse:
    """A page at a signed address."""
    made = page(request, template, **facts)
    made.headers.update(SIGNED)
    return made


def refused(request: Request, refusal: Refused, *, status: int) -> HTMLResponse:
    """A page that says why not."""
    return page(
        request, "refused.html", status=status, sentence=language.say(refusal, lang(request))
    )


def out_of_order(request: Request, problem: OutOfOrder) -> HTMLResponse:
    """A page that says what the machine lacks, and asks the database nothing."""
    sentence = language.say(problem, lang(request))
    made = page(request, "refused.html", status=503, trial=False, sentence=sentence)
    made.headers["Retry-After"] = "60"
    return made
