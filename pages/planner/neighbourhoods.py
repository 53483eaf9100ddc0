"""Who: a planner who decides where the next class or Wi-Fi goes. Wants: where, and why."""

import pandas as pd
import streamlit as st

from desk import gaps, times
from desk.gaps import table
from desk.gaps.city import CLASS, DESK, DETOUR, UNITS, WIFI, distance
from desk.gaps.labels import CANNOT_TELL, LABELS
from desk.gaps.need import BASES
from desk.gaps.reasons import why
from desk.gaps.report import Report
from desk.gaps.rows import Row
from desk.refusals import Refused
from pages.parts import exports, gap_map, gap_settings, loop, periods, pictures, who
from pages.parts.gap_words import badge, counted, in_need, name, notes, shape
from pages.parts.words import _, lang, ngettext, plain, say

actor = who.gate("see_neighbourhoods")
HEIGHT = 360  # pixels of the map and of the list beside it
FIRST = 8  # cards before “all”
CLOSEST = 5  # of those that cannot be told yet


def card(row: Row) -> None:
    """One neighbourhood that stands out: which, why, and the way to its page."""
    with st.container(border=True, gap="xsmall"):
        told(row)


def told(row: Row) -> None:
    """Its name as a link to its own page, its label, and the sentence why."""
    loop.onward(
        loop.UNDERSTAND,
        f"{shape(row.label)} **{name(row)}** {in_need(row)}",
        ":material/arrow_forward:",
        town=row.town.id,
    )
    st.markdown(f"**{_(LABELS[row.label])}** {plain(why(row.reasons, lang()))}")


def standing(report: Report) -> None:
    """What stands out, then what would with other assumptions, then what is nearly told."""
    found = report.standing
    n = len(found)
    st.subheader(ngettext("{n} stands out", "{n} stand out", n).format(n=n))
    with st.container(height=HEIGHT, border=False, key="gap_list"):
        for row in found[:FIRST]:
            card(row)
        if len(found) > FIRST:
            with st.expander(_("All {n}").format(n=n)):
                for row in found[FIRST:]:
                    told(row)
        if not found:
            st.info(_("No neighbourhood stands out with what is known."))
        untold(report)


def untold(report: Report) -> None:
    """Those that cannot be told yet, the closest to it first, and the offer to look at several."""
    rows = [row for row in report.rows if row.label == CANNOT_TELL]
    if not rows:
        return
    close = sorted((row for row in rows if row.more is not None), key=lambda row: row.more or 0)
    st.markdown(badge(CANNOT_TELL, len(rows)))
    for row in close[:CLOSEST]:
        text = _("About {more} more uses here and it can be told.").format(more=row.more)
        st.markdown(f"**{name(row)}** {text}")
    if report.offer:
        st.markdown(
            _(
                "Looked at in {groups} groups of neighbours, it can be told of {told} groups."
            ).format(groups=report.offer.groups, told=report.offer.groups - report.offer.still)
        )


def gather(report: Report) -> None:
    """One by one, or neighbours together until there is enough."""
    if report.merged or report.offer:
        st.toggle(
            _("Look at neighbours together until it can be told"),
            value=report.merged,
            key="gap_together",
            on_change=_turned,
        )


def _turned() -> None:
    periods.kept({gap_settings.TOGETHER: gap_settings.YES if st.session_state.gap_together else ""})


def whole(report: Report) -> None:
    """The table, and the file to take away."""
    st.subheader(_("All neighbourhoods"))
    frame = pd.DataFrame([table.cells(row, lang()) for row in report.rows])
    st.dataframe(
        frame,
        hide_index=True,
        height=420,
        alt=_("Table of neighbourhoods"),
        column_config={_("Neighbourhood"): st.column_config.TextColumn(pinned=True)},
    )
    exports.button(
        _("Download the table (CSV)"),
        lambda who: table.as_csv(who, report, now=times.now()).content,
        file_name="neighbourhoods.csv",
        key="gap_download",
    )
    with st.expander(_("How is this worked out?")):
        how(report)


def how(report: Report) -> None:
    """The method and what it assumes, in a planner's words."""
    known = table.sources(actor)
    settings = report.settings
    lines = [
        _("Need: people of 65 and older who are likely to be without the internet. {basis}").format(
            basis=_(BASES[known.basis])
        ),
        _(
            "Supply: {desk} for help desks, {classes} for classes, {wifi} for Wi-Fi. What is not "
            "known (seats, hours) is taken low."
        ).format(desk=_(UNITS[DESK]), classes=_(UNITS[CLASS]), wifi=_(UNITS[WIFI])),
        _(
            "Reach: supply shared out among the people in need around it, the nearer the more, up "
            "to {within} on the way; 100% is the city's average. No streets are known here, so "
            "the way is the straight line × {detour}."
        ).format(within=distance(settings.metres), detour=DETOUR),
        _(
            "Use: first visits to a desk, seats taken in classes. Usual is the city's use shared "
            "out by need. Few uses say little, so each rate is drawn towards the city's; its range "
            "holds with 90%."
        ),
        _(
            "Label: clearly too little use is a chance above 80% that it is under 0.8 of usual. A "
            "judgement that changes when the distance is a quarter more or less, or internet use "
            "5 points, is drawn hollow and does not stand out."
        ),
    ]
    for line in lines:
        st.markdown(f"- {line}")
    for source in known.lines:
        st.caption(_("Source: {source}").format(source=plain(source)))


def elsewhere() -> None:
    """The planner's other screens."""
    numbers = "planner/consultations.py"
    links = (
        ("see_consultations", numbers, _("Consultations in numbers"), "bar_chart"),
        ("see_programme", "planner/programme.py", _("Programme report"), "summarize"),
        ("edit_guide", "staff/procedures.py", _("Edit procedures"), "edit_document"),
    )
    with st.container(horizontal=True):
        for right, file, label, icon in links:
            if actor.may(right):
                st.page_link(file, label=label, icon=f":material/{icon}:")


@st.fragment
def look() -> None:
    """The whole task in a fragment: a changed setting redraws this, not the page."""
    who.gate("see_neighbourhoods")  # a tap runs only this part
    steps = st.empty()
    settings = gap_settings.chosen("gap")
    with steps.container():
        loop.steps(loop.LOOK)
    try:
        report = gaps.report(who.actor(), settings, now=times.now(), merged=gap_settings.together())
    except Refused as refusal:
        st.error(plain(say(refusal)), icon=":material/error:")
        return
    if not report.rows:
        st.info(_("No neighbourhood is on the city's list yet."), icon=":material/map:")
        return
    counted(report)
    with st.container(key="gap_notes"):  # always there: what follows must not change its place
        notes(report)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        gap_map.draw(report, key="neighbourhoods_map", height=HEIGHT)
    with right:
        standing(report)
        gather(report)
    whole(report)
    pictures.take_away(who.actor(), settings, merged=report.merged)


st.title(_("Neighbourhoods not reached"))
look()
elsewhere()
