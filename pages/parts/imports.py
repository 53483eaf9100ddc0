"""Imports that were done: what each did, and the way back."""

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from desk import times
from desk.opendata import imports
from desk.opendata.history import Run
from desk.opendata.report import DATASETS
from desk.people import Actor
from pages.parts import forms, who
from pages.parts.words import _, lang, ngettext, plain

MOST_NAMES = 12


def _named(names: Iterable[str]) -> str:
    """Some names, and how many more."""
    found = [plain(one) for one in names]
    more = len(found) - MOST_NAMES
    text = "、".join(found[:MOST_NAMES])
    if more > 0:
        text += _(" and {n} more").format(n=more)
    return text


def _take_back(actor: Actor, run: Run) -> None:
    """Names what goes back and what stays, then does it."""
    who.gate("import_data")  # a tap runs only this part
    found = imports.would_undo(actor, run.id)
    st.markdown(f"**{_(DATASETS[run.dataset])}**　{plain(run.file_name)}")
    if found.back:
        st.markdown(
            ngettext(
                "{n} row goes back to what it was: {names}",
                "{n} rows go back to what they were: {names}",
                len(found.back),
            ).format(n=len(found.back), names=_named(found.back))
        )
    if found.stays:
        st.warning(
            ngettext(
                "{n} row changed since or is in use, and stays: {names}",
                "{n} rows changed since or are in use, and stay: {names}",
                len(found.stays),
            ).format(n=len(found.stays), names=_named(found.stays)),
            icon=":material/lock:",
        )
    if st.button(_("Take it back"), type="primary", icon=":material/undo:", key="import_undo_yes"):
        undone = forms.attempt(lambda: imports.undo(actor, run.id, now=times.now()))
        if undone:
            st.session_state.import_done = undone.id
            st.session_state.pop("import_report", None)
            st.rerun()


def in_words(counts: Mapping[str, int]) -> str:
    """How many rows are new, changed, gone and refused, where there are any."""
    words = (
        (_("{n} new"), counts["new"]),
        (_("{n} changed"), counts["changed"]),
        (_("{n} taken off the list"), counts["gone"]),
        (_("{n} left out"), counts["refused"]),
    )
    return "、".join(text.format(n=n) for text, n in words if n)


def _counts(run: Run) -> str:
    """What an import did."""
    return in_words(run.counts) or _("Nothing changed")


def _undone(run: Run) -> str:
    """What an undo did, in words."""
    text = _("Taken back: {n} as they were before.").format(n=run.restored)
    if run.kept:
        text += " " + _("{n} stayed, because they changed since or are in use.").format(n=run.kept)
    return text


def receipt(actor: Actor, run: Run) -> None:
    """What was just done, with the way back beside it."""
    if run.undone_at:
        st.success(_undone(run), icon=":material/undo:")
        return
    st.success(
        _("This was put in: {what}").format(what=_counts(run)),
        icon=":material/check_circle:",
    )
    _undo_button(actor, run, f"import_undo_now_{run.id}")


def _undo_button(actor: Actor, run: Run, key: str) -> None:
    """Opens the confirmation."""
    if st.button(_("Take it back"), icon=":material/undo:", key=key):
        # Here and not above it: the module is read once, in whose language ever.
        st.dialog(_("Take this import back?"))(_take_back)(actor, run)


def past(actor: Actor, runs: Sequence[Run]) -> None:
    """Every import, newest first."""
    st.subheader(_("What was put in before"))
    if not runs:
        st.caption(_("Nothing yet. What you put in stands here, and can be taken back."))
    for run in runs:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{times.show(run.made_at, lang())}**　{_(DATASETS[run.dataset])}　"
                f"{plain(run.file_name)}  \n{_counts(run)}　{plain(run.made_by)}"
                + (f"  \n:orange[{_undone(run)}]" if run.undone_at else "")
            )
            if not run.undone_at:
                _undo_button(actor, run, f"import_undo_{run.id}")
