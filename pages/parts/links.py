"""Links to pages of ours that lead back: they stay in this tab (web/static/here.js)."""

from typing import Literal

import streamlit as st


def here(
    label: str,
    url: str,
    *,
    key: str,
    icon: str,
    type: Literal["primary", "secondary", "tertiary"] = "secondary",
) -> None:
    """A link that looks like a button; one of papers or of another site is `st.link_button`."""
    st.link_button(label, url, key=f"here_{key}", icon=icon, type=type)
