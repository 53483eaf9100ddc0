"""One Wi-Fi spot for residents: where, open or not, how to join; and 「つながりません」.

`/wifi/<id>` and its card for the wall need no script and no sign-in. How many reports one
visitor sends is counted (`web.visitors`).
"""

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from limits import RateLimitItemPerHour
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk import codes, language, opening_words, places, times, wifi, wifi_checks
from desk.opening import CLOSED, OPEN
from desk.refusals import Refused
from desk.wifi import STATES, Spot
from web import joining, pages
from web.visitors import OnceADay

KEPT = 60  # seconds: so old may "open now" be
OF_A_VISITOR, OF_ALL = RateLimitItemPerHour(10), RateLimitItemPerHour(60)
reports = OnceADay(OF_A_VISITOR, OF_ALL)


def one(request: Request) -> Response:
    """The page of a spot."""
    now, lang = times.now(), pages.lang(request)
    spot = _asked(request)
    if spot is None:
        return pages.page(request, "spot_unknown.html", status=404)
    return pages.kept(request, "spot.html", seconds=KEPT, **_facts(spot, now, lang))


def card(request: Request) -> Response:
    """The spot on A4 paper for the wall."""
    now, lang = times.now(), pages.lang(request)
    spot = _asked(request)
    if spot is None:
        return pages.page(request, "spot_unknown.html", status=404)
    address = pages.site(request) + path(spot)
    facts = {
        **_facts(spot, now, lang),
        **joining.fitting(spot, lang),
        "address": address,
        "page_qr": Markup(codes.qr_svg(address)),
    }
    return pages.kept(request, "spot_card.html", seconds=KEPT, **facts)


def report(request: Request) -> Response:
    """A resident could not connect: one tap, no text, nobody's name."""
    spot = _asked(request)
    if spot is None:
        return pages.page(request, "spot_unknown.html", status=404)
    if request.method != "POST":  # a change of language, or an address from the history
        return RedirectResponse(f"{path(spot)}{mark(request)}", status_code=303)
    if not pages.same_origin(request):
        return pages.refused(request, Refused("form_elsewhere"), status=403)
    try:
        if _counts(request, spot.id):
            wifi_checks.report(spot.id, id=str(uuid.uuid4()), now=times.now())
    except Refused as refusal:
        return pages.refused(request, refusal, status=429)
    return pages.page(request, "spot_thanks.html", spot=spot, path=path(spot))


def path(spot: Spot) -> str:
    """The address of a spot's page on this server."""
    return f"/wifi/{quote(spot.id, safe='')}"


def _asked(request: Request) -> Spot | None:
    try:
        return wifi.spot(request.path_params["id"])
    except Refused:
        return None


def mark(request: Request) -> str:
    """What an address of ours ends with so that the language stays."""
    lang = pages.lang(request)
    return "" if lang == language.DEFAULT else f"?lang={lang}"


def _counts(request: Request, spot_id: str) -> bool:
    """Whether this report is one more: a visitor's second about a spot on a day is not.

    Raises:
        Refused: `too_many_tries`.
    """
    if reports.did(request, spot_id):
        return False
    if not reports.count(request, spot_id):
        raise Refused("too_many_tries")
    return True


def _facts(spot: Spot, now: datetime, lang: str) -> dict[str, Any]:
    """What the page and the card say of a spot."""
    today = times.today(now)
    openness, phones = spot.open_at(now), joining.PHONES.items()
    join = wifi.join_text(spot.ssid, security=spot.security, password=spot.password)
    return {
        "spot": spot,
        "path": path(spot),
        "name": spot.name_in(lang),
        "name_tag": "en" if lang == "en" and spot.name_en else "ja",
        "point": f"{spot.lat:.6f},{spot.lng:.6f}",
        "finding": STATES[spot.state],
        "checked": wifi_checks.checked_in_words(spot, today, lang),
        "stale": spot.stale(today),
        "day": wifi_checks.day_in_words(spot.checked_on, lang) if spot.checked_on else "",
        "reported": reported(spot, lang),
        "open": openness.in_words(now, lang),
        "openness": {OPEN: "yes", CLOSED: "no"}.get(openness.state, "unknown"),
        "week": opening_words.week(spot.hours, lang),
        "closed": opening_words.closed(spot.hours, today, lang),
        "ahead": opening_words.ahead(spot.hours, today, lang),
        "has": has(spot, lang),
        "desk": _desk(spot),
        "nearby": _nearby(spot, lang),
        "qr": Markup(codes.qr_svg(join)) if spot.ssid else "",
        "own_steps": spot.steps if lang != "en" else [],
        "by_phone": [(title, joining.steps(spot, phone, lang)) for phone, title in phones],
    }


def reported(spot: Spot, lang: str) -> str:
    """How many could not connect since staff last looked."""
    ngettext = language.catalogue(lang).ngettext
    return ngettext(
        "{n} person said they could not connect.",
        "{n} people said they could not connect.",
        spot.reports,
    ).format(n=spot.reports)


def has(spot: Spot, lang: str) -> list[tuple[str, str, str]]:
    """What there is: the thing, the answer in words, and a mark (yes, no, some, unknown)."""
    tongue = language.catalogue(lang)
    _, ngettext = tongue.gettext, tongue.ngettext
    seats, minutes = spot.seats or 0, spot.minutes_limit or 0

    def row(
        what: str, known: float | None, yes: str, no: str, marks: tuple[str, str] = ("yes", "no")
    ) -> tuple[str, str, str]:
        if known is None:
            return what, _("Nobody knows"), "unknown"
        return (what, yes, marks[0]) if known else (what, no, marks[1])

    there, none = _("There are some"), _("There are none")
    chairs = ngettext("{n} chair", "{n} chairs", seats).format(n=seats)
    limit = ngettext("After {n} minute", "After {n} minutes", minutes).format(n=minutes)
    cost = ("some", "yes")
    return [
        row(_("Seats to sit on"), spot.seats, chairs, none),
        row(_("Power sockets"), spot.sockets, there, none),
        row(_("By wheelchair"), spot.wheelchair, _("One can get in"), _("One cannot get in")),
        row(_("Giving one's name"), spot.registration, _("Needed"), _("Not needed"), cost),
        row(_("Cut off after a time"), spot.minutes_limit, limit, _("No limit"), cost),
    ]


def _nearby(spot: Spot, lang: str) -> str:
    """The list, seen from the neighbourhood nearest to a spot."""
    towns = places.towns()
    town = min(
        towns, key=lambda one: places.metres(spot.lat, spot.lng, one.lat, one.lng), default=None
    )
    asked = {"town": town.id} if town else {}
    asked |= {} if lang == language.DEFAULT else {"lang": lang}
    return f"/wifi?{urlencode(asked)}" if asked else "/wifi"


def _desk(spot: Spot) -> dict[str, Any] | None:
    """The help desk nearest to a spot."""
    return min(
        places.desks(),
        key=lambda desk: places.metres(spot.lat, spot.lng, desk["lat"], desk["lng"]),
        default=None,
    )
