"""Who: staff who keep the plan in a spreadsheet. Wants: take the table out, put it back in."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from desk import tables, times
from desk.people import Actor
from desk.refusals import N_
from desk.tables import CHANGED, ENCODINGS, NEW, REFUSED, SAME, ImportPlan, Line
from pages.parts import exports, forms, who
from pages.parts.words import _, ngettext, plain, say
from pages.parts.work import watched

actor = who.gate("schedule")
WHAT = {"classes": N_("Classes"), "instructors": N_("Instructors")}
OUTCOMES = {
    NEW: N_("New"),
    CHANGED: N_("Changed"),
    SAME: N_("As it is"),
    REFUSED: N_("Cannot be taken in"),
}
MOST_SENTENCES = 10
PLANS = {"classes": tables.plan_classes, "instructors": tables.plan_instructors}
IMPORTS = {"classes": tables.import_classes, "instructors": tables.import_instructors}


def taken_out(what: str) -> None:
    """The table as a file: which days, which encoding."""
    st.subheader(_("Take out"))
    today = times.today(times.now())
    days: tuple[date, ...] = (today, today + timedelta(days=90))
    if what == "classes":
        chosen = st.date_input(
            _("From the day to the day"), value=days, key="tables_days", format="YYYY/MM/DD"
        )
        days = chosen if isinstance(chosen, tuple) else (chosen,)
    encoding = st.segmented_control(
        _("Characters"),
        list(ENCODINGS),
        format_func=ENCODINGS.__getitem__,
        default="utf-8-sig",
        required=True,
        key="tables_encoding",
        width="stretch",
    )
    if len(days) < 2:
        st.info(_("Please choose the last day too."))
        return

    def made(who: Actor) -> bytes:
        now = times.now()
        if what == "classes":
            return tables.classes_csv(who, days[0], days[1], encoding, now=now).content
        return tables.instructors_csv(who, encoding, now=now).content

    exports.button(
        _("Download the table (CSV)"),
        made,
        file_name=f"{what}.csv",
        key="tables_download",
    )
    lost = (
        tables.classes_lost(actor, days[0], days[1], encoding, now=times.now())
        if what == "classes"
        else tables.instructors_lost(actor, encoding, now=times.now())
    )
    if lost:
        st.caption(
            ngettext(
                "{n} character is not in this encoding and stands as 〓.",
                "{n} characters are not in this encoding and stand as 〓.",
                lost,
            ).format(n=lost)
        )


def put_in(what: str) -> ImportPlan | None:
    """A file: what it would do, then the one button that does it."""
    st.subheader(_("Put in"))
    file = st.file_uploader(
        _("A table (CSV), with the names of its columns in the first row"),
        type=["csv", "txt", "tsv"],
        key=f"tables_file_{what}_{st.session_state.get('tables_round', 0)}",
    )
    if file is None:
        st.caption(
            _("Nothing is changed before you have seen what each row would do and tapped “Put in”.")
        )
        return None
    content = file.getvalue()
    plan = rehearsed(what, file.file_id, content)
    if plan is None:
        return None
    summary(plan)
    if plan.ready:
        to_tell(plan)
        texts = [f"{_(OUTCOMES[one])} {plan.count(one)}" for one in (NEW, CHANGED)]
        if st.button(
            _("Put in: {what}").format(what="、".join(texts)),
            type="primary",
            icon=":material/upload:",
            key="tables_import",
        ):
            done = forms.attempt(
                lambda: watched(
                    _("Putting in"),
                    lambda progress: IMPORTS[what](
                        actor, content, times.now(), seen=plan.seen, progress=progress
                    ),
                )
            )
            # What was shown is old now, whether it was done or refused.
            st.session_state.pop("tables_plan", None)
            if done:
                st.session_state.tables_done = done
                # Another uploader: the file was dealt with.
                st.session_state.tables_round = st.session_state.get("tables_round", 0) + 1
                st.rerun()
    return plan


def every_row(plan: ImportPlan) -> None:
    """Reasons as whole sentences, then all rows as a table."""
    refused = [line for line in plan.lines if line.refusal]
    for line in refused[:MOST_SENTENCES]:
        where = _("Line {line}").format(line=line.line)
        why = plain(say(line.refusal)) if line.refusal else ""
        st.markdown(f":red[:material/error:] **{where}**　{plain(line.name)}  \n{why}")
    if len(refused) > MOST_SENTENCES:
        more = len(refused) - MOST_SENTENCES
        st.markdown(ngettext("{n} more row", "{n} more rows", more).format(n=more))
    st.dataframe(
        pd.DataFrame([cells(line) for line in sorted(plan.lines, key=first_to_read)]),
        hide_index=True,
        height=min(420, 38 * (len(plan.lines) + 1) + 4),
        row_height=38,
        alt=_("What each row would do"),
        column_config={
            _("Line"): st.column_config.NumberColumn(width=60),
            _("What happens"): st.column_config.TextColumn(width=130),
            _("Why, or what changes"): st.column_config.TextColumn(width=380),
            _("Row"): st.column_config.TextColumn(width=400),
        },
    )


def rehearsed(what: str, file_id: str, content: bytes) -> ImportPlan | None:
    """What the file would do, worked out once: a rehearsal makes others wait."""
    kept: tuple[str, str, ImportPlan] | None = st.session_state.get("tables_plan")
    if kept and kept[:2] == (what, file_id):
        return kept[2]
    plan = forms.attempt(
        lambda: watched(
            _("Looking at the rows"),
            lambda progress: PLANS[what](actor, content, times.now(), progress=progress),
        )
    )
    if plan:
        forms.saw(one.refusal.code for one in plan.lines if one.refusal)
        st.session_state.tables_plan = (what, file_id, plan)
    return plan


def summary(plan: ImportPlan) -> None:
    """How many rows of each kind, in words."""
    refused = plan.count(REFUSED)
    if refused:
        st.error(
            ngettext(
                "{n} row cannot be taken in, so nothing will be. Please correct the file.",
                "{n} rows cannot be taken in, so nothing will be. Please correct the file.",
                refused,
            ).format(n=refused),
            icon=":material/error:",
        )
    elif not plan.ready:
        st.info(
            _("Everything in the file is there already. There is nothing to do."),
            icon=":material/check:",
        )
    st.markdown("　".join(f"{_(text)} **{plan.count(one)}**" for one, text in OUTCOMES.items()))


def first_to_read(line: Line) -> tuple[int, int]:
    """What needs a person first, then the file's own order."""
    return (REFUSED, CHANGED, NEW, SAME).index(line.outcome), line.line


def cells(line: Line) -> dict[str, str | int]:
    """A row of the file, as the table shows it; reasons first."""
    if line.refusal:
        text = say(line.refusal)
    else:
        facts = [
            f"{one.column}: {one.before or '－'} → {one.after or '－'}" for one in line.changes
        ]
        text = "　".join([*([people(line.to_tell)] if line.to_tell else []), *facts])
    return {
        _("Line"): line.line,
        _("What happens"): _(OUTCOMES[line.outcome]),
        _("Why, or what changes"): text,
        _("Row"): line.name,
    }


def people(n: int) -> str:
    """How many people must hear of a change."""
    return ngettext("{n} person to tell", "{n} people to tell", n).format(n=n)


def to_tell(plan: ImportPlan) -> None:
    """That people are booked for what changes, before and after it is done."""
    found = [line.to_tell for line in plan.lines if line.to_tell]
    if found:
        st.warning(
            ngettext(
                "{n} class with bookings becomes another one or is cancelled: {people}.",
                "{n} classes with bookings become other ones or are cancelled: {people}.",
                len(found),
            ).format(n=len(found), people=people(sum(found))),
            icon=":material/call:",
        )


def told(done: ImportPlan) -> None:
    """What was done."""
    st.success(
        _("Put in: {new} new, {changed} changed, {same} as they were.").format(
            new=done.count(NEW), changed=done.count(CHANGED), same=done.count(SAME)
        ),
        icon=":material/check_circle:",
    )
    to_tell(done)
    touched = [line for line in done.lines if line.outcome in (NEW, CHANGED)]
    with st.expander(_("What changed"), expanded=len(touched) <= 10):
        for line in touched:
            shown = cells(line)
            st.markdown(f"- {' '.join(plain(str(one)) for one in list(shown.values())[1:])}")


st.title(_("Tables"))
st.page_link(
    "staff/opendata.py",
    label=_("Put in the city's lists: Wi-Fi, facilities, events, population"),
    icon=":material/upload_file:",
)
what = st.segmented_control(
    _("Which table"),
    list(WHAT),
    format_func=lambda one: _(WHAT[one]),
    default="classes",
    required=True,
    key="tables_what",
    label_visibility="collapsed",
)
done = st.session_state.pop("tables_done", None)
if done:
    told(done)
columns = tables.CLASS_COLUMNS if what == "classes" else tables.INSTRUCTOR_COLUMNS
st.caption(
    _("Columns: {columns}. Where they stand and other columns do not matter.").format(
        columns="、".join(columns)
    )
)
left, right = st.columns([4, 7], gap="medium")
with left, st.container(border=True):
    taken_out(what)
with right, st.container(border=True):
    plan = put_in(what)
if plan:
    every_row(plan)
