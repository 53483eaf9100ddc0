"""Who: a clerk with a spreadsheet. Wants: the city's list in the desk, and nothing spoilt by it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from desk import times
from desk.opendata import imports
from desk.opendata.compare import Taken, name_of
from desk.opendata.layouts import DATASETS as PUBLISHED
from desk.opendata.report import DATASETS, Report
from desk.opendata.rows import WHY
from desk.refusals import N_
from pages.parts import forms, who
from pages.parts import imports as done_before
from pages.parts.words import _, ngettext, plain, say
from pages.parts.work import watched

actor = who.gate("import_data")
MOST_SENTENCES = 10
MORE_THAN_READ = 8  # MB the browser may send, so that the desk itself can say what is too much
VIEWS = {
    "refused": N_("Cannot be taken in"),
    "repaired": N_("Put right"),
    "changed": N_("Changed"),
    "new": N_("New"),
    "gone": N_("Not in the file"),
    "same": N_("As it is"),
}
ICONS = {"as_is": "check_circle", "repaired": "build_circle", "refused": "error"}
COLOURS = {"as_is": "green", "repaired": "orange", "refused": "red"}


def drop() -> tuple[Any, str | None, str]:
    """The file, which list it is, and where it is from."""
    round = st.session_state.get("import_round", 0)
    file = st.file_uploader(
        _("The city's list as a file (CSV or Excel, at most 5 MB)"),
        type=["csv", "tsv", "txt", "xlsx"],
        key=f"import_file_{round}",
        max_upload_size=MORE_THAN_READ,
    )
    dataset = st.selectbox(
        _("Which list it is"),
        ["", *DATASETS],
        format_func=lambda one: _(DATASETS[one]) if one else _("Told by its columns"),
        key=f"import_dataset_{round}",
    )
    return file, dataset or None, f"import_source_{round}"


def looked(file: Any, dataset: str | None) -> Report | None:
    """What the file would do, worked out once."""
    kept: tuple[str, str | None, Report] | None = st.session_state.get("import_report")
    if kept and kept[:2] == (file.file_id, dataset):
        return kept[2]
    content = file.getvalue()
    report = forms.attempt(
        lambda: watched(
            _("Looking at the rows"),
            lambda progress: imports.look(
                actor, content, file.name, now=times.now(), dataset=dataset, progress=progress
            ),
        )
    )
    if report:
        forms.saw(report.codes)
        st.session_state.import_report = (file.file_id, dataset, report)
    return report


def summary(report: Report) -> None:
    """What the file is, and how many rows are taken, put right, refused."""
    st.markdown(f"**{_(DATASETS[report.table.dataset])}**")
    names = {"as_is": _("taken as they are"), "repaired": _("put right"), "refused": _("refused")}
    counts = report.counts
    st.markdown(
        "　".join(
            f":{COLOURS[one]}[:material/{ICONS[one]}: {names[one]} **{counts[one]}**]"
            for one in ICONS
        )
    )
    st.markdown(
        "　".join(
            f"{_(VIEWS[one])} **{counts[one]}**" for one in ("new", "changed", "same", "gone")
        )
    )
    told = sum(one.to_tell for one in report.taken)
    if told:
        st.warning(
            ngettext("{n} person to tell", "{n} people to tell", told).format(n=told),
            icon=":material/call:",
        )
    if report.table.unused:
        columns = "、".join(plain(one) for one in report.table.unused)
        st.caption(_("Columns the desk does not keep: {columns}").format(columns=columns))


def words_of(report: Report, leaving: int) -> str:
    """What the button does."""
    counts = report.counts
    what = done_before.in_words({**counts, "gone": leaving, "refused": 0})
    return _("Put in: {what}").format(what=what)


def accept(file: Any, report: Report, source: str, leaving: frozenset[str]) -> None:
    """The one button that writes, and says what."""
    if not (report.ready or leaving):
        st.info(
            _("There is nothing in the file to put in.")
            if report.refused and not report.taken
            else _("Everything in the file is there already. There is nothing to do."),
            icon=":material/info:",
        )
        return
    if report.refused:
        st.caption(
            _("Rows that cannot be taken in are left out. You can mend and drop them later.")
        )
    if not st.button(
        words_of(report, len(leaving)),
        type="primary",
        icon=":material/upload:",
        key="import_accept",
    ):
        return
    content, id = file.getvalue(), forms.form_id("import")
    done = forms.attempt(
        lambda: watched(
            _("Putting in"),
            lambda progress: imports.accept(
                actor,
                content,
                file.name,
                id=id,
                now=times.now(),
                dataset=report.table.dataset,
                source=source,
                take_away=leaving,
                seen=report.seen,
                progress=progress,
            ),
        ),
    )
    # What was shown is old now, whether it was done or refused.
    st.session_state.pop("import_report", None)
    if done:
        forms.renew("import")
        st.session_state.import_done = done.id
        st.session_state.import_round = st.session_state.get("import_round", 0) + 1
        st.rerun()


def rows_of(report: Report, view: str) -> None:
    """One kind of row: sentences for what needs a person, a table for the rest."""
    dataset = report.table.dataset
    if view == "refused":
        refused(report)
    elif view == "repaired":
        show(repairs(report.repaired, dataset), _("What was put right"))
    elif view == "changed":
        show(changes(report.changed, dataset), _("What would change"))
    elif view in ("new", "same"):
        found = report.new if view == "new" else report.same
        show([head(one, dataset) for one in found], _(VIEWS[view]))
    else:
        kept = [one for one in report.gone if one.keeps]
        for one in kept[:MOST_SENTENCES]:
            why = plain(say(one.keeps)) if one.keeps else ""
            st.markdown(f":material/lock: **{plain(one.name)}**　{why}")
        show([{_("Row"): one.name, "ID": one.id} for one in report.gone], _(VIEWS["gone"]))


def refused(report: Report) -> None:
    """Why not, row by row, and the rows themselves to mend."""
    for row in report.refused[:MOST_SENTENCES]:
        where = _("Line {line}").format(line=row.line)
        why = plain(say(row.refusal)) if row.refusal else ""
        name = plain(name_of(row, report.table.dataset))
        st.markdown(f":red[:material/error:] **{where}**　{name}  \n{why}")
    if len(report.refused) > MOST_SENTENCES:
        more = len(report.refused) - MOST_SENTENCES
        st.markdown(ngettext("{n} more row", "{n} more rows", more).format(n=more))
    st.download_button(
        _("Download these rows with the reasons, to mend them"),
        report.refused_csv(),
        file_name="refused.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="import_refused_csv",
    )


def head(one: Taken, dataset: str) -> dict[str, Any]:
    """Which row."""
    return {_("Line"): one.row.line, _("Row"): name_of(one.row, dataset)}


def repairs(found: Sequence[Taken], dataset: str) -> list[dict[str, Any]]:
    """What was put right, and why, a line each."""
    lines = []
    for one in found:
        lines += [
            head(one, dataset)
            | {
                _("Column"): repair.column.replace("\n", " "),
                _("In the file"): repair.before,
                _("As the desk reads it"): repair.after,
                _("Why"): _(WHY[repair.why]),
            }
            for repair in one.row.repairs
        ]
    return lines


def changes(found: Sequence[Taken], dataset: str) -> list[dict[str, Any]]:
    """What would become different, a line each."""
    return [
        head(one, dataset)
        | {
            _("Column"): change.column,
            _("In the desk now"): change.before or "－",
            _("In the file"): change.after or "－",
        }
        for one in found
        for change in one.changes
    ]


def show(lines: list[dict[str, Any]], alt: str) -> None:
    """A table that can be read aloud by its name."""
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height=min(420, 38 * (len(lines) + 1) + 4),
        row_height=38,
        alt=alt,
        column_config={_("Line"): st.column_config.NumberColumn(width=60)},
    )


def leaving(report: Report) -> frozenset[str]:
    """What is not in the file and may go, by a person's choice; nothing at first."""
    may_go = {one.id: one.name for one in report.gone if not one.keeps}
    if not may_go:
        return frozenset()
    key = f"import_leaving_{st.session_state.get('import_round', 0)}"
    chosen = st.multiselect(
        _("Not in the file. Take these off the list too? Nothing goes unless you choose it."),
        list(may_go),
        format_func=may_go.__getitem__,
        placeholder=_("Choose what goes"),
        key=key,
    )
    st.button(
        _("Choose all {n}").format(n=len(may_go)),
        key="import_leaving_all",
        on_click=st.session_state.__setitem__,
        args=(key, list(may_go)),
    )
    return frozenset(chosen)


def source_of(report: Report, name: str) -> str:
    """What most cities would write as the source."""
    dataset = report.table.dataset
    title = PUBLISHED[dataset].name if dataset in PUBLISHED else "地域・年齢別人口"
    return f"{title}（{name}）"


def main() -> None:
    """The file and what it is on the left, what it would do on the right."""
    runs = imports.runs(actor)
    done = next((one for one in runs if one.id == st.session_state.get("import_done")), None)
    if done:
        done_before.receipt(actor, done)
    left, right = st.columns([4, 7], gap="medium")
    with left, st.container(border=True):
        file, dataset, source_key = drop()
    with right, st.container(border=True):
        if file is None:
            st.caption(
                _(
                    "Lists in the national format, old or new: Wi-Fi, facilities, events, "
                    "population. Columns are found by their names."
                )
            )
            st.caption(_("Nothing is written before you have seen what each row is."))
            report = None
        else:
            report = looked(file, dataset)
            if report:
                summary(report)
    if file is not None and report:
        if source_key not in st.session_state:
            st.session_state[source_key] = source_of(report, file.name)
        with left, st.container(border=True):
            source = st.text_input(_("Source (stands beside the data)"), key=source_key)
        with right:
            going = leaving(report)
            accept(file, report, source, going)
        details(report)
    done_before.past(actor, runs)


def details(report: Report) -> None:
    """The rows by kind; what needs a person first."""
    counts = report.counts
    there = [view for view in VIEWS if counts[view]]
    if not there:
        return
    view = st.segmented_control(
        _("Rows"),
        there,
        format_func=lambda one: f"{_(VIEWS[one])} {counts[one]}",
        default=there[0],
        required=True,
        key=f"import_view_{st.session_state.get('import_round', 0)}_{'_'.join(there)}",
        label_visibility="collapsed",
        width="stretch",
    )
    rows_of(report, view)


st.title(_("Put in the city's lists"))
main()
