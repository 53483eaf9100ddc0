"""Choosing a neighbourhood without typing: the common ones, else a kana row and a name."""

from collections.abc import Sequence

import streamlit as st

from desk import places
from desk.places import RESIDENCES, Town
from pages.parts.words import _, plain

MORE = "more"


@st.cache_data(ttl=60, show_spinner=False)
def all_towns() -> list[Town]:
    """Every neighbourhood; public, so it may be cached for everybody."""
    return places.towns()


def pick(
    label: str, *, key: str, common: Sequence[str] = (), elsewhere: bool = False
) -> tuple[str, str | None]:
    """Tap a neighbourhood.

    Args:
        common: ids offered first, with 「そのほか」 opening the kana rows; none opens them at once.
        elsewhere: also offer outside the city and not known.

    Returns:
        Residence ("town", "outside", "unknown", or "" while nothing is chosen) and town id.
    """
    by_id = {town.id: town for town in all_towns()}
    options = [one for one in common if one in by_id]
    held = st.session_state.get(f"{key}_common")  # of a draft, or common a moment ago
    if held in by_id and held not in options:
        options.append(held)
    if options:
        others = [one for one in RESIDENCES if one != "town"] if elsewhere else []
        names = {one: _(text) for one, text in RESIDENCES.items()} | {MORE: _("Other…")}
        first = st.pills(
            label,
            [*options, MORE, *others],
            format_func=lambda one: plain(by_id[one].name) if one in by_id else names[one],
            key=f"{key}_common",
            width="stretch",
            wrap=True,
        )
        if first is None:
            return "", None
        if first in others:
            return first, None
        if first != MORE:
            return "town", first
    return _from_rows(label, by_id, key, elsewhere and not options)


def _from_rows(
    label: str, by_id: dict[str, Town], key: str, elsewhere: bool
) -> tuple[str, str | None]:
    rows = {row: [one.id for one in some] for row, some in places.by_row(list(by_id.values()))}
    others = [one for one in RESIDENCES if one != "town"] if elsewhere else []
    row = st.pills(
        _("{label}: first letter").format(label=label),
        [*rows, *others],
        format_func=lambda one: (
            _(RESIDENCES[one]) if one in others else _("(no reading)") if one == "他" else one
        ),
        key=f"{key}_row",
        width="stretch",
        wrap=True,
    )
    if row is None:
        return "", None
    if row in others:
        return row, None
    town = st.pills(
        label,
        rows[row],
        format_func=lambda one: plain(by_id[one].name),
        key=f"{key}_town_{row}",
        width="stretch",
        wrap=True,
    )
    return ("town", town) if town else ("", None)


def chosen(key: str) -> tuple[str, str | None]:
    """What a picker says at this moment, as `pick` returns it."""
    state = st.session_state
    first = state.get(f"{key}_common")
    row = state.get(f"{key}_row") if first in (None, MORE) else None
    town = first if row is None and first != MORE else state.get(f"{key}_town_{row}")
    for one in (row, town):
        if one in RESIDENCES and one != "town":
            return one, None
    return ("town", town) if town else ("", None)


def fields(key: str) -> list[str]:
    """What a picker has in the session's state, for drafts."""
    rows = (row for row, _some in places.by_row(all_towns()))
    return [f"{key}_common", f"{key}_row", *(f"{key}_town_{row}" for row in rows)]


def forget(key: str) -> None:
    """Clear a picker for the next person."""
    for name in [str(one) for one in st.session_state if str(one).startswith(f"{key}_")]:
        del st.session_state[name]


def pick_many(label: str, *, key: str) -> tuple[str, ...]:
    """Tap several neighbourhoods, row by row of the kana table; those chosen stand above.

    Returns:
        Their ids, in the order of their reading. They are kept under `{key}_chosen`.
    """
    by_id = {town.id: town for town in all_towns()}
    rows = {row: [one.id for one in some] for row, some in places.by_row(list(by_id.values()))}
    state = st.session_state
    chosen = [one for one in by_id if one in state.get(f"{key}_chosen", ())]
    state[f"{key}_chosen"] = chosen
    if chosen:
        # Said anew in every run: what is chosen is known in one place.
        state[f"{key}_all"] = chosen
        st.pills(
            _("Chosen (tap to take away)"),
            chosen,
            format_func=lambda one: plain(by_id[one].name),
            selection_mode="multi",
            key=f"{key}_all",
            on_change=_taken,
            args=(key, f"{key}_all", chosen),
            width="stretch",
            wrap=True,
        )
    if state.get(f"{key}_row") not in rows:
        state[f"{key}_row"] = None
    row = st.pills(
        _("{label}: first letter").format(label=label),
        list(rows),
        key=f"{key}_row",
        width="stretch",
        wrap=True,
    )
    if row:
        name = f"{key}_in_{row}"
        state[name] = [one for one in rows[row] if one in chosen]
        st.pills(
            label,
            rows[row],
            format_func=lambda one: plain(by_id[one].name),
            selection_mode="multi",
            key=name,
            on_change=_taken,
            args=(key, name, rows[row]),
            width="stretch",
            wrap=True,
        )
    return tuple(chosen)


def _taken(key: str, name: str, offered: Sequence[str]) -> None:
    """Of those offered, the ones tapped are chosen and the others are not."""
    state = st.session_state
    others = [one for one in state.get(f"{key}_chosen", ()) if one not in offered]
    state[f"{key}_chosen"] = [*others, *state[name]]


def many_fields(key: str) -> list[str]:
    """What `pick_many` has in the session's state, for drafts."""
    rows = (row for row, _some in places.by_row(all_towns()))
    return [f"{key}_{name}" for name in ("chosen", "all", "row")] + [
        f"{key}_in_{row}" for row in rows
    ]
