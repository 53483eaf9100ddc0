"""Maps: one GeoJSON layer a kind of thing, drawn by Leaflet from our own server.

Names come from people and files, so they never become HTML: properties stay JSON and the page
writes them with `textContent`. No popup of folium's is used (those run `${…}` as code and need
jQuery), no marker loop (13 s and 10 MB for 10,000 spots), and no address but ours, apart from
the optional background of 国土地理院.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import MacroElement
from folium.utilities import JsCode

from desk.places import metres

LEAFLET = "/leaflet"
folium.Map.default_js = [("leaflet", f"{LEAFLET}/leaflet.js")]
folium.Map.default_css = [
    ("leaflet_css", f"{LEAFLET}/leaflet.css"),
    ("desk_css", f"{LEAFLET}/desk.css"),
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
      text.style.cssText = 'font:12px/1 sans-serif;color:#55625e;white-space:nowrap;' +
        'text-shadow:0 0 3px #fff,0 0 3px #fff';
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


def labels(points: Iterable[Dot], *, apart: float) -> folium.GeoJson:
    """One layer of plain names, so that the map can be read without a background.

    Names nearer than `apart` metres to one already drawn are left out: they would overlap.
    """
    kept: list[Dot] = []
    for point in points:
        if all(metres(point.lat, point.lng, one.lat, one.lng) >= apart for one in kept):
            kept.append(point)
    return folium.GeoJson(collection(kept), name="labels", point_to_layer=_LABEL)


def rings(lat: float, lng: float, radii: Iterable[int]) -> list[MacroElement]:
    """Circles around a point, radii in metres."""
    return [
        folium.Circle(
            [lat, lng],
            radius=radius,
            color="#7A8A85",
            weight=1,
            dash_array="4 6",
            fill=False,
            interactive=False,
        )
        for radius in radii
    ]


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
