"""The city by label: every neighbourhood's ground in its colour, and on it its shape."""

import folium
import streamlit as st

from desk import maps, places
from desk.gaps.drawn.looks import LOOKS, svg
from desk.gaps.labels import LABELS
from desk.gaps.reasons import why
from desk.gaps.report import ORDER, Report
from desk.gaps.table import named
from pages.parts.gap_words import badge
from pages.parts.map import show
from pages.parts.words import _, lang

ZOOM = 12
SHAKY = "~"  # after a label that is not firm
PICTURES = {label + mark: svg(label, firm=not mark) for label in LABELS for mark in ("", SHAKY)}
NAMED = 90  # pixels between two names


def draw(report: Report, *, key: str, height: int) -> None:
    """The map, what its shapes mean, and how many there are of each."""
    towns = {town.id: town for row in report.rows for town in row.members}
    looks = {
        town.id: (LOOKS[row.label].fill, LOOKS[row.label].ground)
        for row in report.rows
        for town in row.members
    }
    every = sorted(towns.values(), key=lambda town: town.id)
    drawn = maps.blank(*places.centre(every), zoom=ZOOM)
    over = folium.FeatureGroup()
    maps.grounds(every, [looks[town.id] for town in every]).add_to(over)
    dots = [
        maps.Dot(
            row.town.lat,
            row.town.lng,
            (named(row, lang()), _(LABELS[row.label]), why(row.reasons, lang())),
            row.label + ("" if row.firm else SHAKY),
        )
        for row in reversed(report.rows)
    ]
    maps.marks(dots, PICTURES, name="marks").add_to(over)
    standing = [row.town for row in report.standing]
    maps.labels(
        (maps.Dot(town.lat, town.lng, (town.name,), "") for town in standing),
        apart=NAMED * maps.metres_a_pixel(standing[0].lat if standing else 38, ZOOM),
    ).add_to(over)
    show(drawn, key=key, height=height, alt=_("Map of neighbourhoods"), over=over)
    counts = {label: sum(row.label == label for row in report.rows) for label in ORDER}
    st.markdown(" ".join(badge(label, count) for label, count in counts.items()))
    st.caption(
        " ".join(
            (
                _("A hollow shape: would be another with slightly other assumptions."),
                _("The borders of the neighbourhoods are only a guide."),
            )
        )
    )
