"""Plain HTML pages: templates with autoescape, in the language asked for."""

from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from desk import language, mode, people, times
from desk.people import Actor
from desk.refusals import Refused

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


def lang(request: Request) -> str:
    """The language of a request: `?lang=`, or the default."""
    return language.choose(request.query_params.get("lang"))


def actor(request: Request) -> Actor:
    """Who asks, by the session cookie."""
    return people.actor_of(request.cookies.get(people.COOKIE), now=times.now())


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """Render a template of web/templates with the facts given."""
    tongue = lang(request)
    catalogue = language.catalogue(tongue)
    body = _templates.get_template(template).render(
        lang=tongue,
        other={"ja": "en", "en": "ja"}[tongue],
        languages=language.LANGUAGES,
        _=catalogue.gettext,
        ngettext=catalogue.ngettext,
        trial=mode.is_trial(),
        **facts,
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(body, status_code=status, headers=headers)


def refused(request: Request, refusal: Refused, *, status: int) -> HTMLResponse:
    """A page that says why not."""
    return page(
        request, "refused.html", status=status, sentence=language.say(refusal, lang(request))
    )
