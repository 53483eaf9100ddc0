"""Procedures as files: several brought in at once, all of them or none; one taken out."""

import pandas as pd
import streamlit as st

from desk import times
from desk.guide import files
from desk.guide.files import CHANGED, NEW, SAME, WRONG
from desk.people import Actor
from desk.refusals import N_
from pages.parts import exports, forms, guide_form
from pages.parts.words import _, plain, say

KEY = "guide_files_put_in"
OUTCOMES = {
    WRONG: N_("Cannot be taken in"),
    CHANGED: N_("Changed"),
    NEW: N_("New"),
    SAME: N_("As it is"),
}


def put_in(actor: Actor) -> None:
    """Files to propose: what each would do, then the one button."""
    st.subheader(_("Bring in files"))
    st.markdown(_("Files as the desk hands them out (YAML). They count when a colleague approves."))
    chosen = st.file_uploader(
        _("Files of procedures (YAML)"),
        type=["yaml", "yml"],
        accept_multiple_files=True,
        key="guide_files",
    )
    if not chosen:
        return
    brought = [(one.name, one.getvalue()) for one in chosen]
    found = forms.attempt(lambda: files.look(actor, brought))
    if not found:
        return
    frame = pd.DataFrame(
        [
            {
                _("File"): plain(one.name),
                _("What happens"): _(OUTCOMES[one.outcome]),
                _("Title"): plain(one.title),
                _("Why"): plain(say(one.refusal)) if one.refusal else "",
            }
            for one in sorted(found, key=lambda one: list(OUTCOMES).index(one.outcome))
        ]
    )
    st.table(frame.set_index(_("File")))
    if any(one.outcome == WRONG for one in found):
        st.error(
            _("Nothing is proposed while a file cannot be taken in. Please correct it."),
            icon=":material/error:",
        )
        return
    count = sum(one.outcome in (NEW, CHANGED) for one in found)
    if not count:
        st.info(_("Everything in the files counts already."), icon=":material/check:")
        return
    reason = st.text_input(
        _("Why (a colleague reads this)"), key="guide_files_reason", autocomplete="off"
    )
    if st.button(
        _("Propose {n}").format(n=count),
        type="primary",
        icon=":material/send:",
        key="guide_files_propose",
    ):
        done = forms.attempt(
            lambda: files.propose_all(
                actor, brought, id=forms.form_id(KEY), reason=reason, now=times.now()
            )
        )
        if done:
            forms.renew(KEY)
            guide_form.leave()
            st.session_state.guide_done = _("Proposed: {n}").format(n=count)
            st.rerun()


def take_out(procedure_id: str) -> None:
    """The file of a procedure."""
    exports.button(
        _("Download as a file (YAML)"),
        lambda who: files.export(who, procedure_id, now=times.now()).content,
        file_name=f"{plain(procedure_id)}.yaml".replace("\\", ""),
        mime="application/yaml",
        key="guide_download",
    )
