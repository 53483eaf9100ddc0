"""Answers to tap, in the words of the catalogue: large, and all of them in sight."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.parts.words import _


def pills(
    label: str,
    words: Mapping[str, str],
    key: str,
    *,
    options: Sequence[str] = (),
    most: int = 1,
) -> None:
    """One pill for each word, or for the `options` among them; the answer stands under `key`.

    With `most` above 1 several can be tapped, and the first so many stay; 0 is without limit.
    """
    st.pills(
        label,
        options or list(words),
        format_func=lambda one: _(words[one]),
        selection_mode="single" if most == 1 else "multi",
        key=key,
        width="stretch",
        wrap=True,
        on_change=_first if most > 1 else None,
        args=(key, most) if most > 1 else None,
    )


def _first(key: str, most: int) -> None:
    st.session_state[key] = st.session_state[key][:most]
