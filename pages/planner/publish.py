"""Who: a planner who tells the public how the desk is used. Wants: nothing out that harms."""

from datetime import date

import pandas as pd
import streamlit as st

from desk import programme, times
from desk.gaps import publish, releases
from desk.gaps.releases import BANDS, TOLD, Release
from pages.parts import forms, periods, who
from pages.parts.words import _, lang, plain

actor = who.gate("publish_use")
AT, DONE = "quarter", "publish_done"  # in the address, and what was just published


def quarter_name(first: date) -> str:
    """A quarter in this session's language."""
    return periods.named(programme.QUARTER, first)


def chosen(among: list[date]) -> date:
    """The quarter looked at; the address keeps it."""
    asked = st.query_params.get(AT, "")
    options = {first.isoformat(): first for first in among}
    key = st.selectbox(
        _("Quarter"),
        list(options),
        index=list(options).index(asked) if asked in options else 0,
        format_func=lambda one: quarter_name(options[one]),
        key="publish_quarter",
    )
    if key != asked:
        st.query_params[AT] = key
    return options[key]


def tables(release: Release) -> None:
    """All that the public sees: areas, and the topics of the whole city."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.dataframe(
            pd.DataFrame(
                {
                    _("Neighbourhoods"): [one.named(lang()) for one in release.areas],
                    _("65 and older"): [one.persons for one in release.areas],
                    _("Consultations"): [one.uses for one in release.areas],
                    _("Next to what is expected"): [_(BANDS[one.band]) for one in release.areas],
                    _("Neighbourhoods of it"): ["、".join(one.names) for one in release.areas],
                }
            ),
            hide_index=True,
            alt=_("Published: consultations by neighbourhood"),
        )
    with right:
        st.dataframe(
            pd.DataFrame(
                {
                    _("Topic"): [_(TOLD[key]) for key in release.topics],
                    _("Consultations"): list(release.topics.values()),
                }
            ),
            hide_index=True,
            alt=_("Published: consultations by topic"),
        )


@st.dialog(_("Publish this quarter?"))
def confirm(release: Release) -> None:
    """Name what goes out, and that it cannot be taken back."""
    who.gate("publish_use")  # a tap runs only this part
    st.markdown(
        _(
            "{quarter}: about {n} consultations in {areas} areas. Everybody can read and copy it "
            "at {address}; it cannot be changed or taken back."
        ).format(
            quarter=f"**{plain(quarter_name(release.quarter))}**",
            n=release.total,
            areas=len(release.areas),
            address="`/use`",
        )
    )
    if st.button(_("Make it public"), type="primary", key="publish_yes", icon=":material/public:"):
        seen, quarter = release.seen, release.quarter
        if forms.attempt(lambda: releases.make(actor, quarter, seen=seen, now=times.now())):
            st.session_state[DONE] = quarter
            st.rerun()


st.title(_("Publish the use of the desk"))
done = st.session_state.pop(DONE, None)
if done:
    st.success(
        _("{quarter} is published.").format(quarter=plain(quarter_name(done))),
        icon=":material/check_circle:",
    )
st.markdown(
    _(
        "What goes out is safe to read for everybody: neighbourhoods are counted together until "
        "there are {least} consultations and {persons} people of 65 and older, and numbers are "
        "rounded to {step}."
    ).format(least=publish.LEAST_USES, persons=publish.LEAST_PERSONS, step=publish.STEP)
)
now = times.now()
open_quarters = releases.quarters(actor, now=now)
if not open_quarters:
    st.info(_("Every quarter that is over is published. The next one comes when this one ends."))
else:
    quarter = chosen(open_quarters)
    shown = forms.attempt(lambda: releases.preview(actor, quarter, now=now))
    if shown:
        if shown.trial:
            st.warning(
                _("Sample: what is published now is marked as a sample, and leaves with it."),
                icon=":material/science:",
            )
        st.markdown(
            "　".join(
                [
                    _("About {n} consultations").format(n=shown.total),
                    *(
                        [
                            _(
                                "and about {n} of people from elsewhere, or not known from where"
                            ).format(n=shown.elsewhere)
                        ]
                        if shown.elsewhere
                        else []
                    ),
                ]
            )
        )
        tables(shown)
        if st.button(
            _("Publish this quarter"),
            type="primary",
            key="publish_open",
            icon=":material/public:",
        ):
            confirm(shown)
published = releases.released()
st.subheader(_("Public so far"))
if not published:
    st.info(_("Nothing is published yet."))
for one in published:
    with st.container(horizontal=True, vertical_alignment="center"):
        when = times.show_day_long(times.today(one.made_at), lang()) if one.made_at else ""
        st.markdown(f"**{plain(quarter_name(one.quarter))}**　{plain(when)}")
        st.link_button(_("See it"), f"/use?quarter={one.quarter}", icon=":material/open_in_new:")
