"""Who: the administrator. Wants: see who did what and why, and be sure that nobody rewrote it."""

from typing import Any

import streamlit as st

from desk import audit, heads, times
from desk.audit import Change, Entry, Wanted
from desk.audit_words import AREAS, NOTES, TABLES
from desk.people import ROLES
from desk.refusals import N_
from pages.parts import exports, forms, who
from pages.parts.words import _, lang, ngettext, plain
from pages.parts.work import watched

actor = who.gate("see_audit")
BELOW, CHECKED = "audit_below", "audit_checked"
NOBODY = {"system": N_("The machine itself"), "public": N_("Somebody not signed in")}
ADDED, CHANGED, GONE = N_("added"), N_("changed"), N_("taken away")
MOST_NAMED, MOST_LINES, MOST_TEXT = 3, 30, 200


def wanted() -> Wanted:
    """Whose rows, of which part and day."""
    names = {"": _("Everybody"), **audit.names(actor)}
    areas = {"": _("Everything"), **{key: _(area.title) for key, area in AREAS.items()}}
    left, middle, right = st.columns(3)
    with left:
        person = st.selectbox(
            _("Who did it"), list(names), format_func=names.__getitem__, key="audit_person"
        )
    with middle:
        area = st.selectbox(
            _("What it is about"), list(areas), format_func=areas.__getitem__, key="audit_area"
        )
    with right:
        day = st.date_input(
            _("On which day (empty: all)"), value=None, key="audit_day", format="YYYY/MM/DD"
        )
    return Wanted(person, area, day)


def by(entry: Entry) -> str:
    """Who it was, and their role then."""
    role = _(ROLES[entry.role]) if entry.role in ROLES else _(NOBODY.get(entry.role, entry.role))
    return f"{entry.name or entry.person_id[:8]} ({role})" if entry.person_id else role


def outcome(change: Change) -> str:
    """What became of a row."""
    return ADDED if change.before is None else GONE if change.after is None else CHANGED


def what(entry: Entry) -> str:
    """What was done, in a few words."""
    if entry.what in NOTES:
        return _(NOTES[entry.what])
    told = [f"{table(one.table)} {_(outcome(one))}" for one in entry.changes]
    for name, counts in entry.counts.items():
        told += [
            f"{table(name)} {_(verb)} {counts[kind]:,}"
            for kind, verb in (("added", ADDED), ("changed", CHANGED), ("gone", GONE))
            if kind in counts
        ]
    told = list(dict.fromkeys(told))
    more = "…" if len(told) > MOST_NAMED else ""
    return "、".join(told[:MOST_NAMED]) + more or _(AREAS[entry.area].title)


def table(name: str) -> str:
    """What a table holds, one of it."""
    return _(TABLES[name]) if name in TABLES else name


def value(one: Any) -> str:
    """A value before or after."""
    text = str(one)
    if one is None or text == "":
        return "－"
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def lines(change: Change) -> str:
    """A row of a table: each column that came, went or became another."""
    key = " ".join(str(one) for one in change.row.values())
    head = f"**{plain(table(change.table))} {_(outcome(change))}**　{plain(value(key))}"
    after, before = change.after or {}, change.before or {}
    told = []
    for name in after or before:
        if change.before is None or change.after is None:
            one = (after or before)[name]
            if name not in change.row and one not in (None, ""):
                told.append(f"{plain(name)}: {plain(value(one))}")
        else:
            was, now = plain(value(before.get(name))), plain(value(after[name]))
            told.append(f"{plain(name)}: {was} → {now}")
    return "  \n".join([head, *told])


def show(entry: Entry) -> None:
    """One row: when, who, what; opened also why and what was before and after."""
    label = f"{times.show(entry.at, lang())}　{by(entry)}　{what(entry)}"
    with st.expander(plain(label)):
        if entry.why:
            st.markdown(f"{_('Why')}: **{plain(entry.why)}**")
        for change in entry.changes[:MOST_LINES]:
            st.markdown(lines(change))
        more = len(entry.changes) - MOST_LINES
        if more > 0:
            st.caption(ngettext("{n} more row", "{n} more rows", more).format(n=more))
        for name, fact in entry.facts.items():
            st.markdown(f"{plain(name)}: {plain(value(fact))}")
        number = _("Row {n} of the audit").format(n=entry.n)
        st.caption(f"{number}　{plain(entry.what)}")


def taken_out(asked: Wanted) -> None:
    """The rows as a table, made only when it is asked for: that too is written down."""
    exports.button(
        _("Download the table (CSV)"),
        lambda one: audit.entries_csv(one, asked, now=times.now()).content,
        file_name="audit.csv",
        key="audit_download",
    )


def whole() -> None:
    """Whether the chain is as it was written, and its end to keep elsewhere."""
    st.subheader(_("Is it as it was written?"))
    if st.button(_("Check now"), type="primary", icon=":material/verified:", key="audit_check"):
        st.session_state[CHECKED] = forms.attempt(
            lambda: watched(
                _("Checking the rows"),
                lambda progress: audit.check(actor, progress=progress),
            )
        )
    found = st.session_state.get(CHECKED)
    if found:
        first, *rest = audit.sentences(found, lang())
        icon = ":material/error:" if found.broken else ":material/check_circle:"
        (st.error if found.broken else st.success)(plain(first), icon=icon)
        for line in rest:
            st.caption(plain(line))
    head = audit.head(actor)
    if head:
        st.markdown(
            _(
                "This stands for every row up to now. Print it or mail it to somebody else once a "
                "day: with it a cut or rewritten audit is found."
            )
        )
        st.code(f"{times.show(audit.moment(head.at), lang())}\n{heads.text(head)}", wrap_lines=True)


st.title(_("Audit"))
st.caption(_("Who did what, when and why. No resident is named here."))
left, right = st.columns([7, 4], gap="medium")
with right, st.container(border=True):
    whole()
with left:
    asked = wanted()
    if st.session_state.get("audit_asked") != asked:
        st.session_state.audit_asked = asked
        st.session_state.pop(BELOW, None)
    found = audit.entries(actor, asked, below=st.session_state.get(BELOW))
    for entry in found:
        show(entry)
    if not found:
        st.info(_("There is no such row."), icon=":material/search_off:")
    with st.container(horizontal=True):
        if st.session_state.get(BELOW) and st.button(_("Newest rows"), key="audit_newest"):
            del st.session_state[BELOW]
            st.rerun()
        if len(found) == audit.MOST and st.button(_("Older rows"), key="audit_older"):
            st.session_state[BELOW] = found[-1].n
            st.rerun()
    taken_out(asked)
