"""Who: a planner who answers for the programme. Wants: what was held, who came, what to mend."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from desk import programme, times
from desk.figures import Figure
from desk.programme import CHECKS, UNRECORDED, Held, Part, Report
from desk.rules import CONCERNS
from pages.parts import exports, periods, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("see_programme")
ROW = 38  # pixels
MOST = 10  # classes named one by one
NUMBERS = ("Seats", "Booked", "Came", "Of these without a booking", "Did not come")


def numbers(report: Report) -> None:
    """The sums, beside the averages of the regional and the national type."""
    total = report.total
    one, two, three, four = st.columns(4)
    one.metric(_("Classes (コマ)"), f"{total.held:,}", border=True)
    two.metric(_("Learners"), f"{total.learners:,}", border=True)
    three.metric(_("Learners a class"), shown(total.per_class), border=True)
    alone = "－" if report.alone is None else f"{100 * report.alone:.0f}%"
    four.metric(_("Classes with one learner"), alone, border=True)
    compared: dict[str, list[str]] = {}
    for kind, figure in (
        (_("regional type"), report.regional),
        (_("national type"), report.national),
    ):
        if figure:
            compared.setdefault(said_by(figure), []).append(f"{kind} {figure.value:.1f}")
    for source, values in compared.items():
        text = _("Learners a class elsewhere: {values}.").format(values="、".join(values))
        st.markdown(f"{text} {source}")
    if not compared:
        st.markdown(_("There is no figure to compare with in the city's files."))


def said_by(figure: Figure) -> str:
    """Where a figure is from."""
    return _("Source: {source}").format(source=f"{plain(figure.source)} ({plain(figure.as_of)})")


def shown(per_class: float | None) -> str:
    """An average to one decimal, or that there is none."""
    return "－" if per_class is None else f"{per_class:.1f}"


def rule(report: Report) -> None:
    """Whether the staff rule was kept, and in which classes not."""
    if not (report.each and report.trained):
        return
    recorded = report.total.recorded
    text = _(
        "Staff rule: at least {trained} trained lecturer, and a lecturer or assistant for every "
        "{each} learners. Not kept in {broken} of {recorded} classes."
    ).format(
        trained=f"{report.trained.value:g}",
        each=f"{report.each.value:g}",
        broken=len(report.broken),
        recorded=recorded,
    )
    tell = st.warning if report.broken else st.success
    icon = ":material/error:" if report.broken else ":material/check_circle:"
    tell(f"{text} {said_by(report.each)}", icon=icon)
    for one in report.broken[:MOST]:
        st.markdown(f"- {plain(told(one))}")
    if len(report.broken) > MOST:
        more = len(report.broken) - MOST
        st.markdown(ngettext("{n} more class", "{n} more classes", more).format(n=more))


def told(one: Held) -> str:
    """A class in which the rule was not kept, and what is wrong."""
    day = times.show(one.meeting.starts_at, lang())
    what = f"{day} {one.meeting.name(lang())}（{one.meeting.venue}）"
    people = _("{learners} learners, {staff} lecturers and assistants").format(
        learners=one.learners, staff=one.counted
    )
    return f"{what} {_(CHECKS[one.check])}: {people}"


def class_table(held: Sequence[Held]) -> pd.DataFrame:
    """One row a class."""
    return pd.DataFrame(
        [
            {
                _("Day"): times.show(one.meeting.starts_at, lang()),
                _("Venue"): one.meeting.venue,
                _("Course"): one.meeting.name(lang()),
                _("Came"): one.learners,
                _("Staff rule"): _(CHECKS[one.check]),
                _("Seats"): one.meeting.seats,
                _("Booked"): one.booked,
                _("Of these without a booking"): one.walk_ins,
                _("Did not come"): one.no_shows,
                _("Lecturers"): "、".join(one.lecturers),
                _("Untrained"): "、".join(one.untrained),
                _("Assistants"): "、".join(one.assistants),
                _("Others"): "、".join(one.others),
                _("Staff decisions"): " / ".join(
                    f"{_(CONCERNS[code])}: {why}" for code, why in one.meeting.overrides.items()
                ),
                **({_("Sample"): _("Sample")} if one.meeting.trial else {}),
            }
            for one in held
        ]
    )


def parts(found: Sequence[Part], what: str) -> None:
    """Sums by venue or course."""
    frame = pd.DataFrame(
        [
            {
                what: plain(part.name),
                _("Classes (コマ)"): part.held,
                _("Recorded"): part.recorded,
                _("Learners"): part.learners,
                _("A class"): shown(part.per_class),
            }
            for part in found
        ]
    )
    # Not a grid of cells: here the names are read whole.
    st.table(frame.set_index(what))


st.title(_("Programme report"))
first, last = periods.chosen("programme")
now = times.now()
report = programme.report(actor, first, last, now)
if report.trial:
    st.warning(
        f"{_('Sample')}: {_('This is practice: nothing here is real.')}",
        icon=":material/science:",
    )
numbers(report)
if first <= times.today(now) <= last:
    st.caption(
        _("This time is not over: it shows what was held until {moment}.").format(
            moment=times.show(now, lang())
        )
    )
if report.held:
    rule(report)
else:
    st.info(_("No class was held in this time."))
if report.unrecorded:
    st.info(
        ngettext(
            "{n} class without any arrival on record is left out of the averages. "
            "Paper sheets can be entered later.",
            "{n} classes without any arrival on record are left out of the averages. "
            "Paper sheets can be entered later.",
            len(report.unrecorded),
        ).format(n=len(report.unrecorded)),
        icon=":material/help:",
    )
if report.held:
    exports.button(
        _("Download the table (CSV)"),
        lambda who: programme.report_csv(who, first, last, times.now()).content,
        file_name=f"programme-{first}-{last}.csv",
        key="programme_download",
    )
    st.subheader(_("Every class"))
    st.dataframe(
        class_table([one for one in report.held if one.recorded] or report.held),
        hide_index=True,
        row_height=ROW,
        height=420,
        alt=_("Every class"),
        column_config={
            _("Day"): st.column_config.TextColumn(pinned=True),
            _("Venue"): st.column_config.TextColumn(width=180),
            _("Course"): st.column_config.TextColumn(width=230),
            **{_(name): st.column_config.NumberColumn(width=100) for name in NUMBERS},
        },
    )
    if report.unrecorded and report.total.recorded:
        st.subheader(_(CHECKS[UNRECORDED]))
        st.dataframe(
            class_table(report.unrecorded),
            hide_index=True,
            row_height=ROW,
            alt=_(CHECKS[UNRECORDED]),
        )
    st.subheader(_("By venue"))
    parts(report.by_venue, _("Venue"))
    st.subheader(_("By course"))
    parts(report.by_course, _("Course"))
