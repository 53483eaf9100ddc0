"""Who: staff who answer for the procedures. Wants: see what is old, mend it, approve a colleague's.

The address says which procedure, version or history is open, so that a reload loses nothing.
"""

import streamlit as st

from desk import times
from desk.guide import misses, procedures, words
from desk.guide.procedures import CURRENT, EXPIRED, GROUPS, STALE, UNOWNED, Procedure
from desk.refusals import N_
from pages.parts import guide_files, guide_form, guide_misses, guide_versions, who
from pages.parts.guide_versions import go
from pages.parts.words import _, ngettext, plain

actor = who.gate("edit_guide")
BADGES = {
    CURRENT: ":green-badge[:material/check: {}]",
    STALE: ":orange-badge[:material/schedule: {}]",
    EXPIRED: ":red-badge[:material/event_busy: {}]",
    UNOWNED: ":gray-badge[:material/person_off: {}]",
}
NEEDS, CONFIRM = "needs", "confirm"
SIFT = {
    NEEDS: N_("Old or expired"),
    UNOWNED: N_("Nobody answers for it"),
    CONFIRM: N_("To be confirmed by the city"),
}


def sifted(every: list[Procedure]) -> list[Procedure]:
    """Those of a group and of a state, as chosen."""
    today = times.today(times.now())
    group = st.pills(
        _(words.FIELDS["group"]),
        list(GROUPS),
        format_func=lambda one: _(GROUPS[one]),
        key="guide_group",
        wrap=True,
        width="stretch",
        label_visibility="collapsed",
    )
    sift = st.pills(
        _("Only"),
        list(SIFT),
        format_func=lambda one: _(SIFT[one]),
        key="guide_sift",
        wrap=True,
        width="stretch",
        label_visibility="collapsed",
    )

    def wanted(one: Procedure) -> bool:
        state = one.state(today)
        fits = {
            NEEDS: state in (STALE, EXPIRED),
            UNOWNED: not one.owner,
            CONFIRM: words.to_confirm(one) > 0,
        }
        return (not group or one.group == group) and (not sift or fits[sift])

    return [one for one in every if wanted(one)]


def row(one: Procedure) -> None:
    """One procedure: its state, how much the city must confirm, and what can be done."""
    state = one.state(times.today(times.now()))
    badges = [BADGES[state].format(_(words.STATES[state]))]
    if unsure := words.to_confirm(one):
        text = _("{n} to be confirmed by the city").format(n=unsure)
        badges.append(f":orange-badge[:material/help: {text}]")
    day = _("Checked on {day}").format(day=f"{one.checked_on:%Y/%-m/%-d}")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(one.title)}**  \n{' '.join(badges)}　{day}", width="stretch")
        st.button(
            _("Edit"),
            icon=":material/edit:",
            key=f"guide_edit_{one.id}",
            on_click=go,
            kwargs={"id": one.id},
        )
        st.button(
            _("History"),
            icon=":material/history:",
            key=f"guide_history_{one.id}",
            on_click=go,
            kwargs={"history": one.id},
        )


def everything() -> None:
    """What waits, and every procedure."""
    guide_versions.waiting(actor)
    if missed := len(misses.open_misses(actor)):
        text = ngettext("{n} search found nothing", "{n} searches found nothing", missed)
        st.button(
            text.format(n=missed),
            icon=":material/search_off:",
            key="guide_words",
            on_click=go,
            kwargs={"words": "1"},
        )
    every = sorted(
        procedures.all_procedures().values(),
        key=lambda one: (list(GROUPS).index(one.group), one.id),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_("{n} procedures").format(n=len(every)), width="stretch")
        st.button(
            _("New procedure"),
            icon=":material/add:",
            key="guide_new",
            on_click=go,
            kwargs={"new": "1"},
        )
        st.button(
            _("Bring in files"),
            icon=":material/upload_file:",
            key="guide_bring",
            on_click=go,
            kwargs={"files": "1"},
        )
    found = sifted(every)
    for one in found:
        row(one)
    if not found:
        st.info(_("None is like that. Tap the choice again to see all."))


st.title(_("Edit procedures"))
done = st.session_state.pop("guide_done", None)
if done:
    st.success(plain(done), icon=":material/check_circle:")
params = st.query_params
if params.get("version"):
    guide_versions.version(actor, params["version"])
elif params.get("history"):
    guide_versions.history(actor, params["history"])
    if params["history"] in procedures.all_procedures():
        guide_files.take_out(params["history"])
elif params.get("files"):
    guide_versions.back()
    guide_files.put_in(actor)
elif params.get("words"):
    guide_versions.back()
    guide_misses.every(actor)
elif params.get("new") or params.get("id") in procedures.all_procedures():
    of = "" if params.get("new") else params["id"]
    start = procedures.all_procedures().get(of)
    st.subheader(plain(start.title) if start else _("New procedure"))
    guide_form.form(of, start)
else:
    everything()
