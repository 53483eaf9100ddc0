"""Who: a planner who decides where the next class or Wi-Fi goes. Wants: where, and why."""

import csv
import io

import pandas as pd
import streamlit as st

from desk import gaps, maps, places, times
from desk.gaps.report import (
    CANNOT_TELL,
    EXPECTED_LEAST,
    FINE,
    LABELS,
    SENTENCES,
    STANDS_OUT,
    Neighbourhood,
    Reason,
    Report,
)
from pages.parts import who
from pages.parts.map import show
from pages.parts.words import _, lang, plain

actor = who.gate("see_neighbourhoods")
ZOOM = 12
# A word, a shape (size, outline, dashes) and a colour for every label.
LOOKS = {
    STANDS_OUT: maps.Look(fill="#9A3412", radius=11, weight=3, edge="#1B2422"),
    FINE: maps.Look(fill="#2E7D4F", radius=6, weight=1),
    CANNOT_TELL: maps.Look(fill="#C9D3CF", radius=6, weight=2, edge="#5B6B66", dash="2 3"),
}
BADGES = {
    STANDS_OUT: ":red-badge[:material/priority_high: {}]",
    FINE: ":green-badge[:material/check: {}]",
    CANNOT_TELL: ":gray-badge[:material/question_mark: {}]",
}


def sentence(reason: Reason) -> str:
    """A reason in this session's language."""
    return _(SENTENCES[reason.code]).format(**reason.facts)


def why(one: Neighbourhood) -> str:
    """All reasons of a neighbourhood, in one line."""
    return " ".join(sentence(reason) for reason in one.reasons)


def kilometres(metres: float | None) -> float | None:
    """Kilometres to one decimal."""
    return None if metres is None else round(metres / 1000, 1)


def table(report: Report) -> pd.DataFrame:
    """The rows as shown and as exported: counts beside rates."""

    def per_100(rate: float | None) -> float | None:
        return None if rate is None else round(rate, 1)

    return pd.DataFrame(
        [
            {
                _("Neighbourhood"): one.town.name,
                _("Judgement"): _(LABELS[one.label]),
                _("Why"): why(one),
                _("65–74"): one.persons_65_74,
                _("75 or older"): one.persons_75_plus,
                _("In need (estimate)"): round(one.persons_in_need),
                _("Class venue (km)"): kilometres(one.class_metres),
                _("Help desk (km)"): kilometres(one.desk_metres),
                _("Wi-Fi (km)"): kilometres(one.wifi_metres),
                _("Consultations"): one.consultations,
                _("Expected consultations"): round(one.expected, 1),
                _("Consultations per 100 in need"): per_100(one.consultations_per_100),
                _("Class places used"): one.class_seats,
                _("Class places per 100 in need"): per_100(one.class_seats_per_100),
            }
            for one in report.neighbourhoods
        ]
    )


def as_csv(frame: pd.DataFrame, report: Report) -> bytes:
    """CSV for Excel (UTF-8 with BOM), its first lines saying what it is and what is 見本."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(
        [f"# {_('Not reached')} {times.show_day_long(times.today(report.until), lang())}"]
    )
    if report.trial:
        write.writerow([f"# {_('Sample')}: {_('Population, Wi-Fi and desks are samples.')}"])
    write.writerow([*frame.columns, *([_("Sample")] if report.trial else [])])
    for row in frame.itertuples(index=False):
        cells = ["" if pd.isna(cell) else cell for cell in row]
        write.writerow([*cells, *([_("Sample")] if report.trial else [])])
    return ("\ufeff" + out.getvalue()).encode()


def city_map(report: Report) -> None:
    """Every neighbourhood as a point, drawn by its label."""
    drawn = maps.blank(*places.centre([one.town for one in report.neighbourhoods]), zoom=ZOOM)
    for label in (FINE, CANNOT_TELL, STANDS_OUT):
        points = [
            maps.Dot(one.town.lat, one.town.lng, (one.town.name, _(LABELS[label]), why(one)), label)
            for one in report.neighbourhoods
            if one.label == label
        ]
        if points:
            maps.dots(points, LOOKS, name=label).add_to(drawn)
    named = [one for one in report.neighbourhoods if one.label == STANDS_OUT]
    maps.labels(
        (maps.Dot(one.town.lat, one.town.lng, (one.town.name,), "") for one in named),
        apart=90 * maps.metres_a_pixel(named[0].town.lat if named else 38, ZOOM),
    ).add_to(drawn)
    show(drawn, key="neighbourhoods_map", height=430, alt=_("Map of neighbourhoods"))
    st.markdown("　".join(BADGES[label].format(_(text)) for label, text in LABELS.items()))
    st.caption(_("One point a neighbourhood. Borders are not drawn: they are not known here."))


report = gaps.report(actor, now=times.now())
st.title(_("Neighbourhoods not reached"))
if report.trial:
    st.warning(
        f"{_('Sample')}: {_('Population, Wi-Fi and desks are samples.')}",
        icon=":material/science:",
    )
if not report.consultations:
    st.info(_("No consultation was logged in the last year, so use cannot be told."))
st.markdown(
    _(
        "{n} consultations in the last {days} days, and {unknown} more without a neighbourhood. "
        "Use is judged from {least} expected consultations on."
    ).format(
        n=report.consultations,
        days=report.days,
        unknown=report.without_neighbourhood,
        least=EXPECTED_LEAST,
    )
)
standing = [one for one in report.neighbourhoods if one.label == STANDS_OUT]
left, right = st.columns([6, 5], gap="medium")
with left:
    city_map(report)
with right:
    st.subheader(_("{n} stand out").format(n=len(standing)))
    with st.container(height=430, border=False):
        for one in standing:
            with st.container(border=True, gap="xsmall"):
                need = _("about {n} people in need").format(n=round(one.persons_in_need))
                st.markdown(f"**{plain(one.town.name)}**　{need}")
                st.markdown(plain(why(one)))
        if not standing:
            st.info(_("No neighbourhood stands out with what is known."))
with st.container(horizontal=True):
    if actor.may("see_consultations"):
        st.page_link(
            "planner/consultations.py",
            label=_("Consultations in numbers"),
            icon=":material/bar_chart:",
        )
    if actor.may("see_programme"):
        st.page_link(
            "planner/programme.py", label=_("Programme report"), icon=":material/summarize:"
        )
    if actor.may("edit_guide"):
        st.page_link(
            "staff/procedures.py", label=_("Edit procedures"), icon=":material/edit_document:"
        )
frame = table(report)
st.subheader(_("All neighbourhoods"))
st.dataframe(
    frame,
    hide_index=True,
    height=420,
    alt=_("Table of neighbourhoods"),
    column_config={_("Neighbourhood"): st.column_config.TextColumn(pinned=True)},
)
st.download_button(
    _("Download the table (CSV)"),
    as_csv(frame, report),
    file_name="neighbourhoods.csv",
    mime="text/csv",
    on_click="ignore",
    icon=":material/download:",
)
with st.expander(_("How is this worked out?")):
    st.markdown(
        _(
            "People in need: people of 65 and older who are likely to be without the internet. "
            "A national survey gives the share who use the internet at 70–79 ({younger}%) and at "
            "80 and older ({older}%); they are applied to 65–74 and 75 and older, so the estimate "
            "is on the high side. Expected consultations: all consultations of the city, shared "
            "out by people in need. Distances are straight lines from one point of the "
            "neighbourhood. Class places used: seats in classes that took place in the last "
            "{days} days."
        ).format(
            days=report.days,
            younger=round(100 * report.use_rates["65-74"], 1),
            older=round(100 * report.use_rates["75+"], 1),
        )
    )
