"""Who: a planner asked about one neighbourhood. Wants: why it is as it is, and what to do now."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from desk import gaps, times
from desk.gaps import Neighbourhood
from desk.gaps.city import CLASS, KINDS, WHENS, distance
from desk.gaps.labels import (
    CANNOT_TELL,
    CROWDED,
    ENOUGH,
    FAR,
    NEXT_STEPS,
    NOT_COMING,
    NOT_REACHED,
)
from desk.gaps.reasons import why
from desk.gaps.rows import Place, Row
from desk.gaps.tried import ACTIONS
from desk.refusals import Refused
from pages.parts import gap_settings, loop, periods, towns, who
from pages.parts.gap_words import badge, counted, in_need, notes
from pages.parts.words import _, lang, plain, say

actor = who.gate("see_neighbourhoods")
KEY = "one_town"


def chosen() -> str:
    """The neighbourhood of the address, else one chosen here."""
    asked = st.query_params.get(gap_settings.TOWN, "")
    if any(one.id == asked for one in towns.all_towns()):
        return asked
    if asked:
        st.warning(_("Please choose a neighbourhood from the list."), icon=":material/error:")
    _residence, town_id = towns.pick(_("Neighbourhood"), key=KEY)
    return town_id or ""


def judgement(found: Neighbourhood) -> None:
    """The label, the sentence why, and the action it implies with the way onward."""
    row = found.row
    with st.container(border=True, key="gap_why"):
        st.markdown(f"{badge(row.label)}　{in_need(row)}")
        st.markdown(f"**{plain(why(row.reasons, lang()))}**")
        step = _(NEXT_STEPS[row.label])
        if row.label == CANNOT_TELL and found.report.total is None:
            step = _("The way there gives no reason to act.")
        st.markdown(f":material/arrow_right_alt: {step}")
        with st.container(horizontal=True):
            onward(row)


def onward(row: Row) -> None:
    """To the screen where the action is planned."""
    town = row.town.id
    if row.label in (NOT_REACHED, FAR, CROWDED):
        loop.onward(loop.DECIDE, _("Look for a place"), ":material/add_location_alt:", town=town)
    if row.label in (NOT_REACHED, NOT_COMING, CROWDED):
        loop.onward(loop.ACT, _("Write down an action"), ":material/campaign:", town=town)
    if row.label == CANNOT_TELL and row.more is not None:
        loop.onward(
            loop.LOOK,
            _("Look at neighbours together"),
            ":material/join_inner:",
            together=gap_settings.YES,
        )
    if row.label in (CANNOT_TELL, ENOUGH):
        loop.onward(loop.LOOK, _("Back to all neighbourhoods"), ":material/map:")


def numbers(row: Row) -> None:
    """Its numbers, each with how sure it is."""

    def people(n: float) -> str:
        return f"{round(n):,}" if row.counted else _("not known")

    lines: list[tuple[str, str]] = [
        (_("65–74"), people(row.persons_65_74)),
        (_("75 or older"), people(row.persons_75_plus)),
        (_("In need (estimate)"), people(row.need)),
        (_("Not reached (people)"), people(row.gap)),
    ]
    for kind, text in KINDS.items():
        share = f"{round(100 * row.reach[kind])}%"
        label = _("Reach of {what} (100% is the city's average)").format(what=_(text))
        lines.append((label, share if row.within[kind] else f"{share} {_('(out of reach)')}"))
    if row.observed is not None:
        lines.append((_("Uses"), f"{row.observed:,}"))
    if row.expected is not None:
        lines.append((_("Usual uses"), f"{row.expected:.1f}"))
    if row.rate is not None:
        lines += [
            (
                _("Use to usual (90% range)"),
                f"{row.rate:.2f} ({row.low:.2f} – {row.high:.2f})",
            ),
            (_("Chance that use is low"), f"{100 * (row.p_low or 0):.0f}%"),
            (_("Chance that use is high"), f"{100 * (row.p_high or 0):.0f}%"),
        ]
    if row.shortfall is not None:
        low, high = row.shortfall_range
        lines.append(
            (
                _("Uses lacking to usual (90% range)"),
                f"{row.shortfall:.1f} ({low:.1f} – {high:.1f})",
            )
        )
    lines.append((_("Same judgement with other assumptions"), f"{100 * row.stable:.0f}%"))
    st.subheader(_("Numbers"))
    st.table(pd.DataFrame(lines, columns=["", _("Value")]).set_index(""))


def nearest(found: Neighbourhood) -> None:
    """The nearest of everything, at every time."""
    st.subheader(_("The nearest"))
    town = found.row.town
    if found.coming:
        meeting, metres = found.coming
        st.markdown(
            f":material/event: {_('Next class')}: "
            + plain(f"{times.show(meeting.starts_at, lang())} {meeting.name(lang())}")
            + f"　{plain(meeting.venue)}　{far(metres)}"
        )
    else:
        st.markdown(f":material/event: {_('No class to come is on the schedule.')}")
    frame = pd.DataFrame(
        [
            {
                _("When"): _(text),
                **{_(KINDS[kind]): said(found.near[kind, when]) for kind in KINDS},
            }
            for when, text in WHENS.items()
        ]
    )
    st.table(frame.set_index(_("When")))
    st.caption(_("In a straight line from one point of {town}.").format(town=plain(town.name)))


def far(metres: float) -> str:
    """A distance in words: 850 m, 2.9 km."""
    if metres < 1000:
        return f"{round(metres, -1):.0f} m"
    return f"{metres / 1000:.1f} km"


def said(place: Place | None) -> str:
    """A place and how far it is."""
    return _("none") if place is None else f"{plain(place[1])} {far(place[2])}"


def tried(found: Neighbourhood) -> None:
    """What there was near, and what the city did."""
    settings, was = found.report.settings, found.tried
    st.subheader(_("Tried within {within}").format(within=distance(settings.metres)))
    for action in was.actions:
        day = times.show_day_long(action.starts_on, lang())
        st.markdown(f"- {day} **{_(ACTIONS[action.kind])}** {plain(action.title)}")
    for one in was.classes:
        text = _(
            "{venue} ({far}): {classes} classes, last on {day}; {persons} people had a seat, "
            "{here} of them from here."
        ).format(
            venue=plain(one.venue),
            far=far(one.metres),
            classes=one.classes,
            day=times.show_day(one.last, lang()),
            persons=one.persons,
            here=one.from_here,
        )
        st.markdown(f"- **{_(KINDS[CLASS])}** {text}")
    for title, some in ((_("Help desks"), was.desks), (_("Wi-Fi"), was.wifi)):
        if some:
            names = "、".join(f"{plain(name)} ({far(metres)})" for _id, name, metres in some)
            st.markdown(f"- **{title}** {names}")
    lacking: list[tuple[bool, Callable[[], str]]] = [
        (bool(was.classes), lambda: _("No class was held near in this time.")),
        (bool(was.desks), lambda: _("There is no help desk near.")),
        (bool(was.wifi), lambda: _("There is no Wi-Fi near.")),
        (bool(was.actions), lambda: _("No action is written down for it.")),
    ]
    nothing = [text() for there, text in lacking if not there]
    if nothing:
        st.markdown("- " + " ".join(nothing))


def changed(found: Neighbourhood) -> None:
    """This quarter beside the one before."""
    change = found.change
    st.subheader(_("Since the quarter before"))
    if change is None:
        st.markdown(_("Nobody counts who uses Wi-Fi: only the way there can be judged."))
        return
    st.markdown(
        _(
            "Here {here} uses in the last 91 days, {before} in the 91 before; in the city {city} "
            "and {city_before}."
        ).format(
            here=change.here,
            before=change.here_before,
            city=change.city,
            city_before=change.city_before,
        )
    )
    more = change.more
    if change.chance is None:
        st.markdown(_("There is no use to compare."))
    elif more is None:
        st.markdown(_("That is no change chance could not bring."))
    else:
        up = _("More than chance would bring: the share of the city's uses has risen.")
        down = _("Less than chance would bring: the share of the city's uses has fallen.")
        st.markdown(f"**{up if more else down}**")
    st.markdown(
        _("A quarter ago: {before}. Now: {now}.").format(
            before=badge(change.label_before), now=badge(found.row.label)
        )
    )


@st.fragment
def page() -> None:
    """The whole page in a fragment: a changed setting redraws this alone."""
    who.gate("see_neighbourhoods")  # a tap runs only this part
    title, steps = st.empty(), st.empty()
    town_id = chosen()
    name = next((one.name for one in towns.all_towns() if one.id == town_id), "")
    asked = _("Why is it so in {town}?").format(town=plain(name)) if name else _("Why is it so?")
    title.title(asked)
    if not town_id:
        with steps.container():
            loop.steps(loop.UNDERSTAND)
        st.info(_("Choose a neighbourhood, or tap one on the map of all of them."))
        return
    periods.kept({gap_settings.TOWN: town_id})
    settings = gap_settings.chosen("one")
    with steps.container():
        loop.steps(loop.UNDERSTAND)
    try:
        found = gaps.neighbourhood(who.actor(), town_id, settings, now=times.now())
    except Refused as refusal:
        st.error(plain(say(refusal)), icon=":material/error:")
        return
    counted(found.report)
    notes(found.report)
    judgement(found)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        numbers(found.row)
    with right:
        changed(found)
        tried(found)
        nearest(found)


page()
