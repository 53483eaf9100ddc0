"""What a planner looks at: supply, distance, time, period. The address keeps it, to be shared."""

from collections.abc import Collection

import streamlit as st

from desk.gaps.city import DAYS, KINDS, THRESHOLDS, WHENS, Settings, distance
from desk.refusals import N_
from pages.parts import periods
from pages.parts.words import _

KIND, WITHIN, WHEN, PERIOD, TOGETHER, TOWN = "kind", "within", "when", "days", "together", "town"
YES = "1"
PERIODS = {
    91: N_("Last quarter"),
    DAYS: N_("Last year"),
    2 * DAYS: N_("Last two years"),
    3 * DAYS: N_("Last three years"),
}


def asked() -> dict[str, str]:
    """What the address says of it, as it stands, for links."""
    names = (KIND, WITHIN, WHEN, PERIOD, TOGETHER)
    return {name: st.query_params[name] for name in names if name in st.query_params}


def in_address() -> Settings:
    """The settings in the address; what is not one there is as usual."""
    usual = Settings()
    return Settings(
        kind=_one(KIND, KINDS, usual.kind),
        metres=int(_one(WITHIN, [str(one) for one in THRESHOLDS], str(usual.metres))),
        when=_one(WHEN, WHENS, usual.when),
        days=int(_one(PERIOD, [str(one) for one in PERIODS], str(usual.days))),
    )


def together() -> bool:
    """Whether the address asks for neighbourhoods together."""
    return st.query_params.get(TOGETHER) == YES


def _one(name: str, options: Collection[str], usual: str) -> str:
    found = st.query_params.get(name, "")
    return found if found in options else usual


def supply(label: str, first: Settings, key: str) -> str:
    """A key of `KINDS`, at first that of the settings."""
    return st.segmented_control(
        label,
        list(KINDS),
        format_func=lambda each: _(KINDS[each]),
        default=first.kind,
        required=True,
        key=key,
        wrap=True,
        width="stretch",
    )


def within(first: Settings, key: str) -> int:
    """One of `THRESHOLDS`, at first that of the settings."""
    return st.segmented_control(
        _("Within (on the way)"),
        list(THRESHOLDS),
        format_func=distance,
        default=first.metres,
        required=True,
        key=key,
        wrap=True,
        width="stretch",
    )


def window(label: str, first: Settings, key: str) -> str:
    """A key of `WHENS`, at first that of the settings."""
    return st.selectbox(
        label,
        list(WHENS),
        index=list(WHENS).index(first.when),
        format_func=lambda each: _(WHENS[each]),
        key=key,
    )


def chosen(key: str) -> Settings:
    """The settings as chosen here, at first those in the address."""
    first = in_address()
    one, two, three, four = st.columns([11, 11, 8, 7], vertical_alignment="bottom", gap="small")
    with one:
        kind = supply(_("Supply"), first, f"{key}_kind")
    with two:
        metres = within(first, f"{key}_within")
    with three:
        when = window(_("When"), first, f"{key}_when")
    days = four.selectbox(
        _("Uses of"),
        list(PERIODS),
        index=list(PERIODS).index(first.days),
        format_func=lambda each: _(PERIODS[each]),
        key=f"{key}_days",
    )
    periods.kept({KIND: kind, WITHIN: str(metres), WHEN: when, PERIOD: str(days)})
    return Settings(kind, metres, when, days)
