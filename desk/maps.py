"""Maps: one GeoJSON layer a kind of thing, drawn by Leaflet from our own server.

The Wi-Fi map is drawn by one script, /leaflet/map.js, on the residents' light page and on the
screen alike: here is what it draws. The planner's map is drawn by folium's own layers.
Names come from people and files, so they never become HTML: properties stay JSON and the page
writes them with `textContent`. No popup of folium's is used (those run `${…}` as code and need
jQuery), no marker loop (13 s and 10 MB for 10,000 spots), and no address but ours, apart from
the optional background of 国土地理院.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template
from folium.utilities import JsCode

from desk import finder, language
from desk.cells import cells
from desk.finder import NO, SOME, YES, Hit
from desk.places import Town, metres
from desk.refusals import N_

LEAFLET = "/leaflet"
folium.Map.default_js = [("leaflet", f"{LEAFLET}/leaflet.js"), ("desk_map", f"{LEAFLET}/map.js")]
folium.Map.default_css = [
    ("leaflet_css", f"{LEAFLET}/leaflet.css"),
    ("desk_css", f"{LEAFLET}/map.css"),
]

GSI_TILES = "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png"
GSI_CREDIT = (
    '<a href="https://maps.gsi.go.jp/development/ichiran.html" target="_blank" rel="noopener">'
    "地理院タイル</a>"
)
INK = "#1B2422"


@dataclass(frozen=True)
class Look:
    """How one kind of thing is drawn: colours, size in pixels, outline, dashes for "unknown"."""

    fill: str
    radius: int = 8
    weight: int = 2
    opacity: float = 0.9
    dash: str = ""
    edge: str = "#FFFFFF"


@dataclass(frozen=True)
class Dot:
    """A point to draw: degrees, the lines its popup shows, and how it looks."""

    lat: float
    lng: float
    lines: tuple[str, ...]
    look: str


# Popups are built from text nodes when opened; a name is never parsed as HTML.
_POPUP = JsCode(
    """
    function (feature, layer) {
      layer.bindPopup(function () {
        var box = document.createElement('div');
        feature.properties.lines.forEach(function (line, n) {
          var row = document.createElement(n ? 'div' : 'strong');
          row.textContent = line;
          box.appendChild(row);
          if (!n) { box.appendChild(document.createElement('br')); }
        });
        return box;
      });
    }
    """
)

_LABEL = JsCode(
    """
    function (feature, at) {
      var text = document.createElement('span');
      text.textContent = feature.properties.lines[0];
      text.style.cssText = 'position:absolute;left:14px;top:-6px;font:12px/1 sans-serif;' +
        'color:#1B2422;white-space:nowrap;text-shadow:0 0 3px #fff,0 0 3px #fff,0 0 3px #fff';
      return L.marker(at, {interactive: false, keyboard: false,
        icon: L.divIcon({className: '', html: text, iconSize: [0, 0]})});
    }
    """
)


def metres_a_pixel(lat: float, zoom: int) -> float:
    """Ground metres under one pixel at a latitude (Web Mercator, tiles of 256 pixels)."""
    return 156_543.03392 * math.cos(math.radians(lat)) * 0.5**zoom


def zoom_for(lat: float, radius: float, *, pixels: int = 170) -> int:
    """The closest zoom at which a radius in metres fits into so many pixels, 10 to 16."""
    return max(10, min(16, int(math.log2(metres_a_pixel(lat, 0) * pixels / max(radius, 1.0)))))


def blank(lat: float, lng: float, *, zoom: int = 14, tiles: bool = False) -> folium.Map:
    """A map without things on it; `tiles` asks 国土地理院 for its pale background, credited."""
    made = folium.Map(
        location=[lat, lng],
        zoom_start=zoom,
        tiles=None,
        prefer_canvas=True,
        control_scale=True,
        min_zoom=10,
    )
    if tiles:
        folium.TileLayer(GSI_TILES, attr=GSI_CREDIT, max_native_zoom=18, max_zoom=20).add_to(made)
    return made


def dots(points: Iterable[Dot], looks: dict[str, Look], *, name: str) -> folium.GeoJson:
    """One layer of circle markers with text popups, for any number of points."""

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        look = looks[feature["properties"]["look"]]
        return {
            "radius": look.radius,
            "color": look.edge,
            "weight": look.weight,
            "fillColor": look.fill,
            "fillOpacity": look.opacity,
            "dashArray": look.dash,
        }

    return folium.GeoJson(
        collection(points),
        name=name,
        marker=folium.CircleMarker(radius=8, fill=True),
        style_function=style,
        on_each_feature=_POPUP,
    )


def marks(points: Iterable[Dot], pictures: Mapping[str, str], *, name: str) -> folium.GeoJson:
    """One layer of pictures with text popups: `pictures` are SVG of 26 × 26 pixels by look.

    Out of the tab order: a list says all this, and a map of buttons would be a trap.
    """
    drawing = JsCode(
        "function (feature, at) { return L.marker(at, {keyboard: false, icon: L.divIcon({"
        "className: '', iconSize: [26, 26], iconAnchor: [13, 13], popupAnchor: [0, -8], "
        f"html: ({code(pictures)})[feature.properties.look]}})}}); }}"
    )
    return folium.GeoJson(
        collection(points), name=name, point_to_layer=drawing, on_each_feature=_POPUP
    )


def grounds(towns: Iterable[Town], looks: Sequence[tuple[str, float]]) -> folium.GeoJson:
    """The cells of neighbourhoods, a colour and how strongly it covers (0 to 1) for each; of
    several at one point the first has the cell."""
    towns = list(towns)
    ground = cells(tuple((town.lat, town.lng) for town in towns))
    features = [
        {
            "type": "Feature",
            "geometry": _polygon(cell),
            "properties": {"fill": fill, "opacity": opacity},
        }
        for cell, (fill, opacity) in zip(ground, looks, strict=True)
        if cell
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="grounds",
        interactive=False,
        style_function=lambda feature: {
            "color": "#8FA39C",
            "weight": 1,
            "fillColor": feature["properties"]["fill"],
            "fillOpacity": feature["properties"]["opacity"],
        },
    )


def labels(points: Iterable[Dot], *, apart: float) -> folium.GeoJson:
    """One layer of plain names, so that the map can be read without a background.

    Names nearer than `apart` metres to one already drawn are left out: they would overlap.
    """
    kept: list[Dot] = []
    for point in points:
        if all(metres(point.lat, point.lng, one.lat, one.lng) >= apart for one in kept):
            kept.append(point)
    return folium.GeoJson(collection(kept), name="labels", point_to_layer=_LABEL)


def collection(points: Iterable[Dot]) -> dict[str, Any]:
    """The points as GeoJSON (RFC 7946: longitude first), coordinates to about 10 cm."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(point.lng, 6), round(point.lat, 6)],
                },
                "properties": {"lines": list(point.lines), "look": point.look},
            }
            for point in points
        ],
    }


# The shapes of Wi-Fi spots on the map, by `Hit.look`: the words of the legend say the same.
SPOT_LOOKS = {
    YES: {"shape": "circle", "fill": "#0B5D57"},
    SOME: {"shape": "triangle", "fill": "#8A3B07"},
    NO: {"shape": "square", "fill": "#5B3A3A"},
}


def spots(hits: Iterable[Hit], now: datetime, lang: str) -> dict[str, Any]:
    """Wi-Fi spots as GeoJSON: id, look, and the lines a popup shows."""
    _ = language.catalogue(lang).gettext
    return {
        "type": "FeatureCollection",
        "looks": SPOT_LOOKS,
        "features": [
            _point(
                hit.spot.lat,
                hit.spot.lng,
                id=hit.spot.id,
                look=hit.look,
                lines=[
                    hit.spot.name_in(lang),
                    finder.open_in_words(hit, now, lang),
                    *([hit.spot.area] if hit.spot.area else []),
                    f"{_('Network name')}: {hit.spot.ssid}",
                    *([_("Sample")] if hit.spot.trial else []),
                ],
            )
            for hit in hits
        ],
    }


def neighbourhoods(towns: Iterable[Town]) -> dict[str, Any]:
    """The neighbourhoods as GeoJSON: name and cell, with the point the name stands at. Of several
    at one point the first has the cell. Cells to about a metre.
    """
    towns = list(towns)
    ground = cells(tuple((town.lat, town.lng) for town in towns))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": _polygon(cell) if cell else None,
                "properties": {
                    "name": town.name,
                    "at": [round(town.lng, 6), round(town.lat, 6)],
                },
            }
            for town, cell in zip(towns, ground, strict=True)
        ],
    }


def _point(lat: float, lng: float, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(lng, 6), round(lat, 6)]},
        "properties": properties,
    }


def _polygon(cell: Iterable[tuple[float, float]]) -> dict[str, Any]:
    ring = [[round(lng, 5), round(lat, 5)] for lat, lng in cell]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


# What map.js says: a popup of several spots, and the buttons.
MAP_WORDS = {
    "several": N_("{n} places here"),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
}


def words(lang: str) -> dict[str, str]:
    """What map.js says, in a language."""
    _ = language.catalogue(lang).gettext
    return {key: _(text) for key, text in MAP_WORDS.items()}


class Drawing(MacroElement):
    """What /leaflet/map.js is to draw on a folium map; see there for what it takes.

    Names stay data: the JSON holds no character that could end a string, a script or an HTML
    comment, or begin a template.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            deskMap({{ this._parent.get_name() }}, {{ this.facts }});
        {% endmacro %}
        """
    )

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # folium has no types
        self._name = "Drawing"
        self.facts = code(facts)


def code(facts: Mapping[str, Any]) -> str:
    """JSON that is safe inside a script, a page and a template alike: every character of names
    that means something there is written as \\uXXXX, and the value is the same.
    """
    return _safe(json.dumps(facts, ensure_ascii=False, separators=(",", ":")))


def _safe(text: str) -> str:
    return _TELLING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# What ends a string, a script or a comment, begins a template, or cannot be sent at all. A brace of
# the JSON itself is never followed by one of those, so only names lose theirs.
_TELLING = re.compile("[<>&'`$\u2028\u2029\ud800-\udfff]|\\{(?=[{%#])")


def _folium_json(facts: Any, **how: Any) -> str:
    """JSON as folium's layers write it, just as safe: what they write is read by Jinja once more,
    on the server, where a name like “{{…}}” would run."""
    return _safe(json.dumps(facts, **how))


folium.GeoJson._template.environment.policies["json.dumps_function"] = _folium_json
