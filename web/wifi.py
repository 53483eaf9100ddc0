"""The free Wi-Fi as a light page for residents: the list first, the map below, no sign-in.

The page works without a script. With one the phone can sort the list by its own position, which
it keeps to itself, and draws the map.
"""

import json
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from desk import finder, incidents, language, maps, places, times, wifi
from desk.finder import Place
from desk.my_number import KINDS
from desk.places import Town
from desk.refusals import N_, Refused
from web import assets, pages

KEPT = 60  # seconds: so old may "open now" be
MOST = 60  # places on a page, so that it stays light in a city with hundreds of them
TOWNS_KEPT = 3600  # seconds: neighbourhoods change once in years
WAIT = 10_000  # milliseconds a phone may look for its position
MOST_TYPED = 20  # characters of a postal code that come back to be corrected
GSI_HOST = "https://cyberjapandata.gsi.go.jp"
# Our own scripts and data only; the background's host only on the page that was asked for it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:{tiles}; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
WORDS = {
    "near": N_("Near {place}"),
    "here": N_("the place where you are"),
    "tapped": N_("the point you tapped"),
    "distance": finder.DISTANCE,
    "nearest_open": N_("The nearest you can use now:"),
    "none_open": N_("Of these, none is known to be open now."),
    "asking": N_("Looking for the place where you are …"),
    "not_sent": N_("Sorted from where you are. Your position stays on this phone."),
    "denied": N_(
        "Your phone does not tell its position. You can allow it in the settings of your phone, "
        "or choose your neighbourhood."
    ),
    "late": N_("The position was not found in time. Please choose your neighbourhood."),
    "no_position": N_("This phone cannot find its position. Please choose your neighbourhood."),
    "away": N_(
        "You are about {km} km from here. Please choose the neighbourhood you are going to."
    ),
}


def listed(request: Request) -> Response:
    """The Wi-Fi of the city: near a place with `?town=` (a neighbourhood or a postal code) or
    `?postal=`, with what is wished for (`?wish=`, keys of `wifi.WISHES`).
    """
    now, lang, asked = times.now(), pages.lang(request), request.query_params
    towns = places.towns()
    place, problem = _place(asked.get("town", ""), asked.get("postal", ""), towns)
    if problem:
        incidents.note([problem.code], place=incidents.where("/wifi", problem.field), now=now)
    wishes = _wishes(request)
    spots = wifi.spots()
    found = finder.find(spots, place, wishes=wishes, now=now)
    tiles, every = "tiles" in asked, "all" in asked
    shown = found if every else found.first(MOST)
    query = [("town", place.value)] if place else []
    query += [("wish", wish) for wish in wishes]

    def address(*, tongue: str = lang, drop: str = "", **more: str) -> str:
        """This page, said or seen otherwise."""
        kept = [pair for pair in query if drop not in pair]
        kept += [("tiles", "1")] if tiles and drop != "tiles" else []
        tail = [("lang", tongue)] if tongue != language.DEFAULT else []
        return f"/wifi?{urlencode([*kept, *more.items(), *tail])}"

    made = pages.page(
        request,
        "wifi.html",
        status=422 if problem else 200,
        policy=POLICY.format(tiles=f" {GSI_HOST}" if tiles else ""),
        rows=places.by_row(towns),
        place=place,
        problem=language.say(problem, lang) if problem else "",
        wrong=problem.field if problem else "",
        typed=_typed(problem, asked.get("postal", "")),
        wishes=wishes,
        every_wish={key: name for key, (name, _wish) in wifi.WISHES.items()},
        found=shown,
        more=len(found.hits) - len(shown.hits),
        spots=len(spots),
        address=address,
        tiles=tiles,
        groups=finder.GROUPS,
        shapes=finder.SHAPES,
        states=wifi.STATES,
        stale=lambda spot: spot.stale(times.today(now)),
        day=lambda spot: times.show_day(spot.checked_on, lang),
        far=lambda hit: finder.distance_in_words(hit.metres, lang),
        opening=lambda hit: finder.open_in_words(hit, now, lang),
        facts=_facts(place, towns, lang, wishes, tiles=tiles),
        script=assets.address("wifi.js"),
    )
    return made if problem else pages.keep(made, seconds=KEPT)


def spots_geojson(request: Request) -> Response:
    """The spots for the map: id, look, and the lines of their popup in a language; those of the
    list, where something is wished for.
    """
    now, lang = times.now(), pages.lang(request)
    found = finder.find(wifi.spots(), None, wishes=_wishes(request), now=now)
    return _geojson(maps.spots(found.hits, now, lang), seconds=KEPT)


def towns_geojson(_request: Request) -> Response:
    """The neighbourhoods for the map: name and cell."""
    return _geojson(maps.neighbourhoods(places.towns()), seconds=TOWNS_KEPT)


def _wishes(request: Request) -> list[str]:
    asked = request.query_params.getlist("wish")
    return [wish for wish in wifi.WISHES if wish in asked]


def _geojson(content: dict[str, Any], *, seconds: int) -> Response:
    made = Response(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        media_type="application/geo+json",
        # Public data; the map's frame on the screen has no origin of its own.
        headers={"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"},
    )
    return pages.keep(made, seconds=seconds)


def _place(town: str, postal: str, towns: list[Town]) -> tuple[Place | None, Refused | None]:
    """Where to look from, and what was wrong with what was asked. A postal code typed goes before
    a neighbourhood chosen earlier; a wrong one takes nothing away.
    """
    problem = None
    if postal.strip():
        try:
            return finder.by_postal_code(postal, towns), None
        except Refused as refusal:
            problem = refusal
    try:
        return (finder.place(town, towns) if town else None), problem
    except Refused as refusal:
        return None, problem or refusal


def _typed(problem: Refused | None, postal: str) -> str:
    """What was typed, to be corrected; a number of somebody does not come back."""
    wrong = problem and problem.field == "postal" and problem.code not in KINDS
    return postal[:MOST_TYPED] if wrong else ""


def _facts(
    place: Place | None, towns: list[Town], lang: str, wishes: list[str], *, tiles: bool
) -> dict[str, Any]:
    """What the page's script must know."""
    query = urlencode([("wish", wish) for wish in wishes])
    _ = language.catalogue(lang).gettext
    mark = "" if lang == language.DEFAULT else f"?lang={lang}"
    return {
        "words": {key: _(text) for key, text in WORDS.items()}
        | {"groups": {key: _(text) for key, text in finder.GROUPS.items()}},
        "map_words": maps.words(lang),
        "rings": finder.RINGS,
        "centre": places.centre(towns),
        "here": [place.lat, place.lng, place.name] if place else None,
        "wait": WAIT,
        "spots": f"/wifi.geojson{mark}" + (f"{'&' if mark else '?'}{query}" if query else ""),
        "towns": "/towns.geojson",
        "scripts": [assets.address("leaflet.js"), assets.address("map.js")],
        "styles": [assets.address("leaflet.css"), assets.address("map.css")],
        "tiles": maps.GSI_TILES if tiles else "",
        "credit": maps.GSI_CREDIT if tiles else "",
        "mark": mark,
    }
