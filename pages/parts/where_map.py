"""The map of where next: what is there, what could be, what is chosen, who is newly reached.

Its marks take no taps: all go to the map, and the screen finds the place that was meant.
"""

import folium
import numpy as np
from branca.element import MacroElement
from folium.template import Template
from folium.utilities import JsCode

from desk import maps, places
from desk.gaps.where import Plan
from desk.refusals import N_
from pages.parts.map import show
from pages.parts.words import _, lang

ZOOM = 12
NEAR = 24  # pixels around a tap in which a place is meant, at the zoom the map opens with
CHOSEN, OTHER, THERE = "#0B5D57", "#FFFFFF", "#4B5A55"
NEWLY, BEFORE, LEFT = "newly", "before", "left"
_OTHER, _THERE = "other", "there"


def _svg(size: int, inside: str) -> str:
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 32 32" aria-hidden="true" '
        f'style="margin:{(32 - size) // 2}px">{inside}</svg>'
    )


def _numbered(number: str) -> str:
    return _svg(
        32,
        f'<circle cx="16" cy="16" r="14" fill="{CHOSEN}" stroke="#FFFFFF" stroke-width="3"/>'
        '<text x="16" y="22" text-anchor="middle" fill="#FFFFFF" font-size="17" '
        f'font-weight="bold" font-family="sans-serif">{number}</text>',
    )


PICTURES = {
    _OTHER: _svg(
        24,
        f'<circle cx="16" cy="16" r="12" fill="{OTHER}" stroke="{CHOSEN}" stroke-width="4"/>'
        f'<path d="M16 10V22M10 16H22" stroke="{CHOSEN}" stroke-width="3"/>',
    ),
    _THERE: _svg(
        20,
        f'<path d="M4 4H28V28H4Z" fill="{THERE}" stroke="#FFFFFF" stroke-width="3"/>',
    ),
    NEWLY: _svg(18, '<circle cx="16" cy="16" r="13" fill="#2E7D4F" fill-opacity=".85"/>'),
    BEFORE: _svg(10, '<circle cx="16" cy="16" r="14" fill="#9AA8A3"/>'),
    LEFT: _svg(18, '<path d="M16 4L29 28H3Z" fill="#FFFFFF" stroke="#A32A14" stroke-width="4"/>'),
}
LEGEND = (
    ("①", N_("Chosen, in order")),
    ("⊕", N_("Could be chosen")),
    ("■", N_("Has one already")),
    ("●", N_("Neighbourhood newly within reach")),
    ("△", N_("Neighbourhood not within reach")),
    ("・", N_("Neighbourhood within reach already")),
)


def draw(plan: Plan, *, key: str, height: int) -> tuple[float, float] | None:
    """The map; returns the point last tapped, in degrees, or None."""
    drawn = maps.blank(*places.centre(list(plan.towns)), zoom=ZOOM)
    drawn.add_child(_marks(_points(plan)))
    drawn.add_child(_Told())
    maps.Drawing(
        {
            "spots": {"type": "FeatureCollection", "features": [], "looks": {}},
            "towns": "/towns.geojson",
            "here": None,
            "words": maps.words(lang()),
            "keep_view": True,
        }
    ).add_to(drawn)
    return show(drawn, key=key, height=height, alt=_("Map of the places for something new"))


def near(plan: Plan) -> float:
    """Metres around a tap in which a place is meant."""
    return NEAR * maps.metres_a_pixel(places.centre(list(plan.towns))[0], ZOOM)


def _points(plan: Plan) -> list[maps.Dot]:
    """What is drawn, what matters most last and so on top."""
    newly = {town.id for town in plan.own.towns}
    dots = [
        maps.Dot(town.lat, town.lng, (), NEWLY if town.id in newly else BEFORE if at else LEFT)
        for town, at in zip(plan.towns, plan.reached.tolist(), strict=True)
    ]
    dots += [maps.Dot(lat, lng, (), _THERE) for lat, lng in np.asarray(plan.existing.points)]
    order = {id: str(number) for number, id in enumerate(plan.own.ids, 1)}
    dots += [
        maps.Dot(place.lat, place.lng, (), order.get(place.id, _OTHER))
        for place in sorted(plan.places, key=lambda one: one.id in order)
    ]
    return dots


class _Told(MacroElement):
    """Two taps at one point are two: a tenth of a millimetre apart, or the second goes unheard."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            {{ this._parent.get_name() }}.on('click', function (tap) {
                tap.latlng.lng += 1e-9 * Math.random();
            });
        {% endmacro %}
        """
    )


def _marks(points: list[maps.Dot]) -> folium.GeoJson:
    looks = {point.look for point in points}
    used = {look: PICTURES.get(look) or _numbered(look) for look in looks}
    drawing = JsCode(
        "function (feature, at) { return L.marker(at, {interactive: false, keyboard: false, "
        "zIndexOffset: isNaN(feature.properties.look) ? 0 : 1000, "
        "icon: L.divIcon({className: '', iconSize: [32, 32], iconAnchor: [16, 16], "
        f"html: ({maps.code(used)})[feature.properties.look]}})}}); }}"
    )
    return folium.GeoJson(maps.collection(points), name="places", point_to_layer=drawing)
