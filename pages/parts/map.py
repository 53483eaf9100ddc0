"""A folium map on a screen: panning and zooming stay in the browser, a tap comes back."""

import folium
import streamlit as st
from streamlit_folium import st_folium


def show(
    drawn: folium.Map,
    *,
    key: str,
    height: int,
    alt: str,
    over: folium.FeatureGroup | None = None,
) -> tuple[float, float] | None:
    """Draw a map of so many pixels in height, described by `alt` for those who cannot see it.

    What is laid `over` it may change while the map stays: it is not drawn anew, and nobody's view
    is lost.

    Returns:
        The point last tapped, latitude and longitude in degrees, or None.
    """
    answer = st_folium(
        drawn,
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=["last_clicked"] if over is None else [],
        feature_group_to_add=over,
    )
    st.caption(alt)
    tapped = (answer or {}).get("last_clicked")
    return (tapped["lat"], tapped["lng"]) if tapped else None
