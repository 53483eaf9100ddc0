"""Who: a planner who decides what the desk is for. Wants: how many came, where from, about what."""

import pandas as pd
import streamlit as st

from desk import desk_use, times
from desk.desk_use import DESK, MONTH, PARTS, TOWN, WHERE, Count, DeskUse, shown
from pages.parts import charts, exports, periods, who
from pages.parts.words import _, lang, ngettext, plain

actor = who.gate("see_consultations")
MOST_TOWNS = 10  # neighbourhoods with a bar of their own
AT = "desk"  # in the address


def chosen_desk() -> str:
    """One desk, or "" for all; the address keeps it."""
    every = desk_use.desks(actor)
    asked = st.query_params.get(AT, "")
    options = ["", *every]
    desk_id = st.selectbox(
        _("Desk"),
        options,
        index=options.index(asked) if asked in options else 0,
        format_func=lambda one: every[one] if one else _("Every desk"),
        key="consultations_desk",
    )
    if desk_id != asked:
        periods.kept({AT: desk_id})
    return str(desk_id)


def label(part: str, one: Count) -> str:
    """The words of an answer in this session's language."""
    words = PARTS[part][1]
    if one.key in words:
        return _(words[one.key])
    if part == MONTH:
        year, month = one.key.split("-")
        return f"{int(month)}月" if lang() == "ja" else f"{year[2:]}-{month}"
    return one.name or one.key


def row(part: str, one: Count) -> charts.Row:
    """A bar: hidden numbers have no length."""
    return label(part, one), None if one.hidden else one.n, said(one)


def said(one: Count) -> str:
    """A number, or the mark that stands for it."""
    return _("hidden") if one.hidden and not one.small else shown(one, one.n)


def summed(rows: list[charts.Row]) -> str:
    """What a chart says, for those who do not see it."""
    return "、".join(f"{name} {text}" for name, _n, text in rows)


def bars(found: DeskUse, part: str) -> None:
    """A part as bars, with its table behind them."""
    title = _(PARTS[part][0])
    st.subheader(title)
    every = found.parts[part]
    if part == TOWN:
        every = found.known_towns[:MOST_TOWNS]
    elif part == "topic":
        every = tuple(sorted(every, key=lambda one: -one.n))
    rows = [row(part, one) for one in every]
    text = f"{title}: {summed(rows)}"
    if part == MONTH:
        charts.line(rows, title=title, alt_text=text)
    else:
        charts.bars(rows, title=title, alt_text=text)
    if part == TOWN:
        elsewhere(found)
    table(found, part)


def elsewhere(found: DeskUse) -> None:
    """What the bars of the neighbourhoods leave out."""
    rest = found.known_towns[MOST_TOWNS:]
    names = [f"{label(TOWN, one)} {said(one)}" for one in found.parts[TOWN] if one.key in WHERE]
    if rest and not found.desk_id:  # at one desk, a sum would tell what its parts hide
        name = ngettext("{n} other neighbourhood", "{n} other neighbourhoods", len(rest))
        names.insert(0, f"{name.format(n=len(rest))} {sum(one.n for one in rest)}")
    if names:
        st.caption("、".join(names))


def table(found: DeskUse, part: str) -> None:
    """All numbers of a part; topics also with those asked about beside another one."""
    title = _(PARTS[part][0])
    with st.expander(_("As a table: {what}").format(what=title)):
        frame = pd.DataFrame(
            [
                {
                    title: plain(label(part, one)),
                    _("Consultations"): said(one),
                    **(
                        {_("Also as a second topic"): shown(one, one.touched)}
                        if part == "topic"
                        else {}
                    ),
                }
                for one in found.parts[part]
            ]
        )
        st.table(frame.set_index(title))


def crossed(found: DeskUse) -> None:
    """Which topics are asked about at which desk."""
    title = _("Topics at each desk")
    st.subheader(title)
    topics, places = found.parts["topic"], found.parts[DESK]
    firsts = [place.name.split()[0] for place in places]
    # A desk's name begins with its place; the whole name is in the table.
    heads = firsts if len(set(firsts)) == len(firsts) else [place.name for place in places]
    cells = [
        (label("topic", topic), head, None if one.hidden else one.n, said(one))
        for topic in topics
        for place, head in zip(places, heads, strict=True)
        for one in [found.crossed[topic.key, place.key]]
    ]
    text = "、".join(f"{across} {name} {text}" for name, across, _n, text in cells)
    charts.cross(cells, alt_text=f"{title}: {text}")
    st.caption(
        _("“<{least}” is one or two; where a subtraction would tell it, “hidden” stands.").format(
            least=desk_use.HIDE_BELOW
        )
    )
    with st.expander(_("As a table: {what}").format(what=title)):
        frame = pd.DataFrame(cells, columns=["topic", "desk", "n", "said"])
        wide = frame.pivot(index="topic", columns="desk", values="said")
        order = [label("topic", one) for one in topics]
        named = wide.reindex(order)[heads].set_axis([plain(one.name) for one in places], axis=1)
        st.table(named.rename_axis(index=_(PARTS["topic"][0]), columns=None))


def top(counts: tuple[Count, ...], part: str) -> str:
    """The commonest answer, or a dash."""
    best = max(counts, key=lambda one: one.n, default=None)
    return label(part, best) if best and best.n and not best.hidden else "－"


def numbers(found: DeskUse) -> None:
    """The first glance: how many, where from, about what, and how many for the first time."""
    one, two, three, four = st.columns(4)
    one.metric(_("Consultations"), f"{found.total:,}", border=True)
    two.metric(_("Most come from"), top(found.known_towns, TOWN), border=True)
    three.metric(_("Asked most"), top(found.parts["topic"], "topic"), border=True)
    share = found.first_visits
    first = "－" if share is None else f"{100 * share:.0f}%"
    four.metric(_("First visits"), first, border=True)
    hidden = {one.key for part in found.parts.values() for one in part if one.hidden}
    if not found.desk_id or not hidden:
        st.caption(
            _(
                "Not known: the neighbourhood of {town}, the age of {age}, first visit or not of "
                "{visit}. The share of first visits is of the other {known}."
            ).format(
                town=found.unknown(TOWN),
                age=found.unknown("age_band"),
                visit=found.unknown("visit"),
                known=found.total - found.unknown("visit"),
            )
        )
    else:
        st.caption(
            _("At one desk alone, “<{least}” stands for one or two.").format(
                least=desk_use.HIDE_BELOW
            )
        )


st.title(_("Consultations in numbers"))
left, right = st.columns([5, 2], vertical_alignment="bottom")
with left:
    first, last = periods.chosen("consultations")
with right:
    desk_id = chosen_desk()
now = times.now()
found = desk_use.use(actor, first, last, now, desk_id=desk_id)
if found.trial:
    st.warning(
        f"{_('Sample')}: {_('This is practice: nothing here is real.')}",
        icon=":material/science:",
    )
if not found.total:
    st.info(
        _(
            "No consultation was written down in this time. Choose another time above; volunteers "
            "write them down under “Log”."
        ),
        icon=":material/edit_note:",
    )
    st.stop()
numbers(found)
if first <= times.today(now) <= last:
    st.caption(
        _("This time is not over: it shows what was written down until {moment}.").format(
            moment=times.show(now, lang())
        )
    )
one, two = st.columns(2, gap="medium")
with one:
    bars(found, "topic")
with two:
    bars(found, TOWN)
if len(found.parts[MONTH]) > 1:
    bars(found, MONTH)
one, two = st.columns(2, gap="medium")
with one:
    bars(found, "age_band")
    bars(found, "device")
    bars(found, "visit")
with two:
    bars(found, "result")
    st.caption(_("Of consultations written down one by one."))
    bars(found, "autonomy")
    bars(found, "kind")
    bars(found, "entry")
if not desk_id and len(found.parts[DESK]) > 1:
    crossed(found)
exports.button(
    _("Download the table (CSV)"),
    lambda who: desk_use.use_csv(who, first, last, times.now(), desk_id=desk_id).content,
    file_name=f"consultations-{first}-{last}.csv",
    key="consultations_download",
)
if actor.may("publish_use"):
    st.page_link(
        "planner/publish.py", label=_("Publish the use of the desk"), icon=":material/public:"
    )
