"""Who: a volunteer with a tablet beside a resident. Wants: the nearest free Wi-Fi and how to join
it. For residents' own phones there is the light page /wifi, with the same list and map.
"""

import streamlit as st

from desk import codes, finder, maps, places, times, wifi
from desk.language import DEFAULT
from pages.parts import links, towns
from pages.parts.map import show
from pages.parts.words import _, lang, ngettext, plain

FIRST = 5
COLOURS = {finder.YES: "green", finder.SOME: "orange", finder.NO: "red"}
VENUES = {"venue": maps.Look(fill="#FFFFFF", radius=5, edge="#5B6B66")}


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


def card(hit: finder.Hit) -> None:
    """One spot: where, how far, open or not, and how to join when asked."""
    spot, now = hit.spot, times.now()
    with st.container(border=True, gap="xsmall"):
        sample = f" :orange-badge[{_('Sample')}]" if spot.trial else ""
        st.markdown(f"**{plain(spot.name_in(lang()))}**{sample}")
        if hit.metres is not None:
            roughly = "" if spot.placed == "given" else f" {_('(only roughly here)')}"
            far = finder.distance_in_words(hit.metres, lang())
            st.markdown(f":green[:material/directions_walk: {far}]{roughly}")
        st.markdown(f":{COLOURS[hit.look]}[{plain(finder.open_in_words(hit, now, lang()))}]")
        if spot.state in ("working", "partly"):
            look = finder.SOME if spot.state == "partly" else finder.YES
            state = f"{finder.SHAPES[look]} {_(wifi.STATES[spot.state])}"
            st.markdown(f":{COLOURS[look]}[{plain(state)}]")
        if spot.stale(times.today(now)):
            st.markdown(f":orange-badge[{_('Not checked for 180 days or more')}]")
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


def cards(found: finder.Found) -> None:
    """The first few, then on demand all: those that match, and those of which nobody knows."""
    parts = (("", found.match), (_("It is not known whether these have it"), found.unknown))
    total = sum(len(hits) for _title, groups in parts for _group, hits in groups)
    left = total if st.session_state.get("wifi_all") else FIRST
    for title, groups in parts:
        if title and groups and left:
            st.subheader(title)
        for group, hits in groups:
            if left:
                st.markdown(f"**{_(finder.GROUPS[group])}**")
            for hit in hits[:left]:
                card(hit)
            left -= min(left, len(hits))
    if not st.session_state.get("wifi_all") and total > FIRST:
        st.button(
            _("Show all {n} places").format(n=total),
            key="wifi_show_all",
            icon=":material/expand_more:",
            on_click=st.session_state.__setitem__,
            args=("wifi_all", True),
        )
    if not total:
        st.info(_("No place is known to have all of this."))
    if found.others:
        others = ngettext(
            "{n} other place does not have it.",
            "{n} other places do not have it.",
            found.others,
        )
        st.caption(others.format(n=found.others))


@st.fragment
def find() -> None:
    """The whole task in a fragment: a tap redraws this, not the page."""
    spots, venues = everything()
    _residence, town_id = towns.pick(_("Your neighbourhood"), key="wifi")
    if town_id != st.session_state.get("wifi_last_town"):
        st.session_state.wifi_last_town = town_id
        st.session_state.wifi_tapped = None
    here = point_of(town_id)
    if not spots:
        st.info(_("No Wi-Fi is registered yet. Please ask at the city hall."))
        return
    wishes = st.pills(
        _("What you would like"),
        list(wifi.WISHES),
        format_func=lambda wish: _(wifi.WISHES[wish][0]),
        selection_mode="multi",
        key="wifi_wishes",
        width="stretch",
        wrap=True,
    )
    if here is None:
        st.markdown(_("Choose where you are: the nearest Wi-Fi comes first."))
    else:
        st.subheader(_("Near {place}").format(place=plain(here[2])))
    found = finder.find(spots, here[:2] if here else None, wishes=wishes, now=times.now())
    cards(found)
    city_map(spots, found, venues, here)


def city_map(
    spots: list[wifi.Spot],
    found: finder.Found,
    venues: list[dict[str, object]],
    here: tuple[float, float, str] | None,
) -> None:
    """The map below the list: tapping it looks from that point."""
    st.subheader(_("Map"))
    st.caption(_("Tap the map to look from that point."))
    tiles = st.toggle(_("Background map of 国土地理院 (uses data)"), key="wifi_tiles")
    now = times.now()
    centre = here[:2] if here else places.centre(towns.all_towns())
    near = wifi.nearest(*centre, spots, most=3)
    zoom = maps.zoom_for(centre[0], near[-1].metres) if here else 13
    drawn = maps.blank(*centre, zoom=zoom, tiles=tiles)
    maps.dots(
        (
            maps.Dot(one["lat"], one["lng"], (one["name"], one["kind"], one["address"]), "venue")
            for one in venues
        ),
        VENUES,
        name="venue",
    ).add_to(drawn)
    maps.Drawing(
        {
            "spots": maps.spots(found.hits, now, lang()),
            "towns": "/towns.geojson",
            "here": here,
            "rings": finder.RINGS,
            "words": maps.words(lang()),
            "keep_view": True,
        }
    ).add_to(drawn)
    tapped = show(drawn, key="wifi_map", height=420, alt=_("Map of free Wi-Fi"))
    if tapped and tapped != st.session_state.get("wifi_tapped_seen"):
        st.session_state.wifi_tapped_seen = tapped
        st.session_state.wifi_tapped = tapped
        st.rerun(scope="fragment")
    looks = (f"{shape} {_(finder.GROUPS[look])}" for look, shape in finder.SHAPES.items())
    st.caption("　".join((*looks, f"○ {_('Public places')}")))
    notes = (
        _("Move it with two fingers."),
        _("The borders of the neighbourhoods are only a guide."),
        _("Circles: 300 m, 500 m, 1 km and 2 km in a straight line."),
    )
    st.caption(" ".join(notes))


mark = "" if lang() == DEFAULT else f"?lang={lang()}"
st.title(_("Free Wi-Fi"))
with st.container(horizontal=True):
    for label, path, icon in (
        (_("Light page (for your phone)"), "wifi", "phone_iphone"),
        (_("See the smartphone classes"), "classes", "school"),
        (_("Procedures: what to bring, where to go"), "guide", "search"),
    ):
        links.here(label, f"/{path}{mark}", key=path, icon=f":material/{icon}:")
find()
