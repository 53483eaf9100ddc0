"""Where one is on a screen, kept in its address: a link that is shared opens the same place."""

import streamlit as st


def go(**parts: str) -> None:
    """Change parts of the address; an empty one leaves it. The rest stays as it is."""
    for name, value in parts.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def part(name: str) -> str:
    """A part of the address, "" where it has none."""
    return str(st.query_params.get(name, ""))
