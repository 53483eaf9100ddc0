"""Who: a resident on an old phone. Wants: the nearest free Wi-Fi and how to join it."""

import streamlit as st

from desk import codes, maps, places, wifi
from desk.language import DEFAULT
from pages.parts import towns
from pages.parts.map import show
from pages.parts.words import _, lang, plain

FIRST = 5
RINGS = (500, 1000, 2000)
LOOKS = {
    "spot": maps.Look(fill="#0B5D57", radius=10, weight=3),
    "venue": maps.Look(fill="#FFFFFF", radius=5, edge="#5B6B66"),
    "here": maps.Look(fill="#B45309", radius=9, weight=4, edge="#1B2422"),
}


@st.cache_data(ttl=30, show_spinner=False)
def everything() -> tuple[list[wifi.Spot], list[dict[str, object]]]:
    """Spots and venues; public, so it may be cached for everybody."""
    return wifi.spots(), places.venues()


def point_of(town_id: str | None) -> tuple[float, float, str] | None:
    """Where we look from: the tapped point, else the neighbourhood chosen."""
    tapped = st.session_state.get("wifi_tapped")
    if tapped:
        return (*tapped, _("the point you tapped"))
    town = next((one for one in towns.all_towns() if one.id == town_id), None)
    return (town.lat, town.lng, town.name) if town else None


def distance(near: wifi.Near) -> str:
    """「約 350 m・歩いて 5分」."""
    metres = round(near.metres / 10) * 10
    return _("about {metres} m · {minutes} minutes on foot").format(
        metres=f"{metres:,}", minutes=near.minutes
    )


def card(near: wifi.Near, *, far: bool) -> None:
    """One spot: where, how far, and how to join when asked."""
    spot = near.spot
    with st.container(border=True, gap="xsmall"):
        sample = f" :orange-badge[{_('Sample')}]" if spot.trial else ""
        st.markdown(f"**{plain(spot.name)}**{sample}")
        if far:
            st.markdown(f":green[:material/directions_walk: {distance(near)}]")
        if spot.area:
            st.markdown(f":material/location_on: {plain(spot.area)}")
        st.markdown(f":material/wifi: {_('Network name')}: **{plain(spot.ssid)}**")
        opened = st.session_state.get("wifi_open") == spot.id
        st.button(
            _("Close") if opened else _("How to connect"),
            key=f"join_{spot.id}",
            icon=":material/expand_less:" if opened else ":material/qr_code_2:",
            on_click=st.session_state.__setitem__,
            args=("wifi_open", None if opened else spot.id),
        )
        if opened:
            how_to_join(spot)


def how_to_join(spot: wifi.Spot) -> None:
    """Numbered steps and a QR that joins."""
    for number, step in enumerate(spot.steps, 1):
        st.markdown(f"{number}\\. {plain(step)}")
    if spot.security != "open":
        st.markdown(f":material/key: {_('Password')}: **{plain(spot.password)}**")
    text = wifi.join_text(spot.ssid, security=spot.security, password=spot.password)
    st.image(
        codes.qr_png(text),
        width=220,
        alt=_("QR code to join {ssid}").format(ssid=spot.ssid),
    )
    st.caption(_("Another phone can join by pointing its camera at this picture."))
    if spot.address:
        st.caption(plain(spot.address))


@st.fragment
def finder() -> None:
    """The whole task in a fragment: a tap redraws this, not the page."""
    spots, venues = everything()
    residence, town_id = towns.pick(_("Your neighbourhood"), key="wifi")
    del residence
    if town_id != st.session_state.get("wifi_last_town"):
        st.session_state.wifi_last_town = town_id
        st.session_state.wifi_tapped = None
    here = point_of(town_id)
    if not spots:
        st.info(_("No Wi-Fi is registered yet. Please ask at the city hall."))
        return
    if here is None:
        st.markdown(_("Choose where you are: the nearest Wi-Fi comes first."))
        near = [wifi.Near(one, 0.0) for one in spots]
    else:
        st.subheader(_("Near {place}").format(place=plain(here[2])))
        near = wifi.nearest(here[0], here[1], spots)
    shown = near if st.session_state.get("wifi_all") else near[:FIRST]
    for one in shown:
        card(one, far=here is not None)
    if len(shown) < len(near):
        st.button(
            _("Show all {n} places").format(n=len(near)),
            key="wifi_show_all",
            icon=":material/expand_more:",
            on_click=st.session_state.__setitem__,
            args=("wifi_all", True),
        )
    city_map(spots, venues, here)


def city_map(
    spots: list[wifi.Spot],
    venues: list[dict[str, object]],
    here: tuple[float, float, str] | None,
) -> None:
    """The map below the list: tapping it looks from that point."""
    st.subheader(_("Map"))
    st.caption(_("Tap the map to look from that point."))
    tiles = st.toggle(_("Background map of 国土地理院 (uses data)"), key="wifi_tiles")
    centre = here[:2] if here else places.centre(towns.all_towns())
    near = wifi.nearest(*centre, spots, most=3)
    zoom = maps.zoom_for(centre[0], near[-1].metres) if here else 13
    drawn = maps.blank(*centre, zoom=zoom, tiles=tiles)
    if not tiles:
        maps.labels(
            (maps.Dot(one.lat, one.lng, (one.name,), "") for one in towns.all_towns()),
            apart=90 * maps.metres_a_pixel(centre[0], zoom),
        ).add_to(drawn)
    if here:
        for ring in maps.rings(*centre, RINGS):
            ring.add_to(drawn)
    layers = {
        "venue": [
            maps.Dot(one["lat"], one["lng"], (one["name"], one["kind"], one["address"]), "venue")
            for one in venues
        ],
        "spot": [
            maps.Dot(
                one.lat,
                one.lng,
                (one.name, f"{_('Network name')}: {one.ssid}", one.area, *sample(one)),
                "spot",
            )
            for one in spots
        ],
        "here": [maps.Dot(*centre, (here[2],), "here")] if here else [],
    }
    for name, points in layers.items():
        if points:
            maps.dots(points, LOOKS, name=name).add_to(drawn)
    tapped = show(drawn, key="wifi_map", height=420, alt=_("Map of free Wi-Fi"))
    if tapped and tapped != st.session_state.get("wifi_tapped_seen"):
        st.session_state.wifi_tapped_seen = tapped
        st.session_state.wifi_tapped = tapped
        st.rerun(scope="fragment")
    st.caption(
        _("Green: Wi-Fi. White: public places. Circles: 500 m, 1 km and 2 km in a straight line.")
    )


def sample(spot: wifi.Spot) -> tuple[str, ...]:
    """The mark a trial spot wears on the map."""
    return (_("Sample"),) if spot.trial else ()


st.title(_("Free Wi-Fi"))
st.link_button(
    _("See the smartphone classes"),
    "/classes" if lang() == DEFAULT else f"/classes?lang={lang()}",
    icon=":material/school:",
)
finder()
