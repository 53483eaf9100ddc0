"""Which month, quarter or fiscal year a report is about; the address keeps it, to be shared."""

from datetime import date

import streamlit as st

from desk import programme, times
from desk.programme import MONTH, PERIODS, QUARTER, YEAR
from pages.parts.words import _, lang

HOW_MANY = {MONTH: 24, QUARTER: 12, YEAR: 5}
KIND, FROM = "period", "from"  # in the address


def named(kind: str, first: date) -> str:
    """A period in this session's language."""
    return programme.named(kind, first, lang())


def chosen(key: str) -> tuple[date, date]:
    """The first and last day of the period chosen, or of the one in the address."""
    today = times.today(times.now())
    asked = st.query_params.get(KIND, "")
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        kind = st.segmented_control(
            _("Period"),
            list(PERIODS),
            format_func=lambda one: _(PERIODS[one]),
            default=asked if asked in PERIODS else YEAR,
            required=True,
            key=f"{key}_kind",
            wrap=True,
            width="stretch",
        )
    every = [programme.period(kind, today, back) for back in range(HOW_MANY[kind])]
    starts = [first.isoformat() for first, _last in every]
    begins = st.query_params.get(FROM, "")
    with right:
        back = st.selectbox(
            _("Which one"),
            range(len(every)),
            index=starts.index(begins) if begins in starts else 0,
            format_func=lambda one: named(kind, every[one][0]),
            key=f"{key}_back_{kind}",
        )
    kept({KIND: kind, FROM: starts[back]})
    return every[back]


def kept(facts: dict[str, str]) -> None:
    """Have the address say so; nothing happens where it does already."""
    for name, value in facts.items():
        if st.query_params.get(name, "") != value:
            st.query_params[name] = value
