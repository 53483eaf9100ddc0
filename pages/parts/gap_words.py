"""Labels, reasons and numbers of neighbourhoods as the planner's screens say them."""

import streamlit as st

from desk.gaps.drawn.looks import LOOKS
from desk.gaps.labels import CANNOT_TELL, CROWDED, ENOUGH, FAR, LABELS, NOT_COMING, NOT_REACHED
from desk.gaps.report import Report
from desk.gaps.rows import Row
from desk.gaps.table import named
from pages.parts.words import _, lang, plain

COLOURS = {
    NOT_REACHED: "red",
    FAR: "orange",
    NOT_COMING: "violet",
    CROWDED: "blue",
    ENOUGH: "green",
    CANNOT_TELL: "gray",
}


def badge(label: str, count: int | None = None) -> str:
    """A label with its shape, for Markdown; with a count where one is given."""
    number = "" if count is None else f" {count}"
    return f":{COLOURS[label]}-badge[{LOOKS[label].shape} {_(LABELS[label])}{number}]"


def shape(label: str) -> str:
    """A label's shape in its colour, for Markdown."""
    return f":{COLOURS[label]}[{LOOKS[label].shape}]"


def name(row: Row) -> str:
    """A neighbourhood's or a group's name, as data."""
    return plain(named(row, lang()))


def in_need(row: Row) -> str:
    """How many people, or that it is not known."""
    if not row.counted:
        return _("people in need: not known")
    return _("about {n} people in need").format(n=f"{round(row.need):,}")


def counted(report: Report) -> None:
    """In one line: that it is 見本, where it is, and how much use there is to go by."""
    sample = (
        f":orange-badge[{_('Sample')}] :small[{_('Population, Wi-Fi and desks are samples.')}] "
    )
    if report.total is None:
        use = _("Nobody counts who uses Wi-Fi: only the way there can be judged.")
    else:
        use = _(
            "{n} uses with a neighbourhood in the last {days} days; {nowhere} without one, "
            "{outside} from outside the city."
        ).format(
            n=f"{report.total:,}",
            days=report.settings.days,
            nowhere=report.nowhere,
            outside=report.outside,
        )
    st.markdown((sample if report.trial else "") + f":small[{use}]")


def notes(report: Report) -> None:
    """What must be known before the picture is believed."""
    if not report.healthy:
        st.error(
            _(
                "Of {percent}% of uses the neighbourhood is not known (at most {most}% may be): "
                "nothing is judged until more neighbourhoods are written down."
            ).format(percent=-int(-100 * report.nowhere_share // 1), most=20),
            icon=":material/error:",
        )
    elif report.total == 0:
        st.info(
            _("No use was written down in this time, so use cannot be told."),
            icon=":material/edit_note:",
        )
    elif report.total is not None and not report.spread:
        st.info(
            _("No difference between neighbourhoods can be shown in the use so far."),
            icon=":material/help:",
        )
    if report.beyond:
        st.info(
            _("Farther than that from every neighbourhood: {names}").format(
                names=plain("、".join(report.beyond))
            ),
            icon=":material/location_off:",
        )
