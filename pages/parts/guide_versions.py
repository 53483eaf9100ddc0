"""What was proposed for a procedure: what waits, one version and its difference, the history."""

from collections.abc import Callable

import streamlit as st

from desk import times
from desk.files import UnreadableFile
from desk.guide import edits, procedures, words
from desk.guide.edits import APPROVED, DECISIONS, DECLINED, TAKEN_BACK, Version
from desk.guide.procedures import Procedure
from desk.people import Actor
from pages.parts import drafts, forms, guide_form, guide_preview, who
from pages.parts.words import _, lang, plain

BACK = "guide_back"  # the form that goes back to a version
BACK_FIELDS = ("guide_back_reason", f"{BACK}_form_id")


def go(**where: str) -> None:
    """Open another view; the address keeps which, so that a reload comes back to it."""
    guide_form.leave()
    for name, value in where.items():
        st.query_params[name] = value


def back() -> None:
    """The way back from any view to the list."""
    st.button(_("Back to the list"), icon=":material/arrow_back:", key="guide_list", on_click=go)


def heading(one: Version) -> str:
    """Its title, who made it and when."""
    when = times.show(one.made_at, lang())
    return f"**{plain(one.title or one.procedure_id)}**　{plain(one.made_by)}　{when}"


def waiting(actor: Actor) -> None:
    """Proposals that wait for a second person."""
    found = edits.waiting(actor)
    if not found:
        return
    st.subheader(_("Waits for a second person"))
    for one in found:
        with st.container(border=True, gap="xsmall"):
            st.markdown(heading(one))
            st.markdown(_("Why: {reason}").format(reason=plain(one.reason)))
            with st.container(horizontal=True, vertical_alignment="center"):
                own = one.maker_id == actor.id
                st.button(
                    _("Look at it again") if own else _("Look at it and decide"),
                    type="secondary" if own else "primary",
                    icon=":material/difference:",
                    key=f"guide_look_{one.id}",
                    on_click=go,
                    kwargs={"version": one.id},
                )
                if own:
                    st.caption(_("Yours: a colleague decides."))
                if one.stale:
                    st.caption(f":orange[:material/warning: {_('Made from an older version.')}]")


def as_read(contents: str) -> Procedure | None:
    """A version as a procedure; None when it names what is not there any more."""
    try:
        return procedures.read(contents)
    except UnreadableFile:
        return None


def version(actor: Actor, version_id: str) -> None:
    """One version: what it changes, and what can be done with it."""
    one = forms.attempt(lambda: edits.version(actor, version_id))
    back()
    if one is None:
        return
    st.subheader(plain(one.title or one.procedure_id))
    facts(one)
    counts = procedures.all_procedures().get(one.procedure_id)
    read = as_read(one.contents)
    if one.stale:
        st.warning(
            _(
                "Something else was approved after this was begun. Decline it, and make the "
                "change again from what counts now."
            ),
            icon=":material/warning:",
        )
    if read:
        st.markdown(f"**{_('What differs from what counts now')}**")
        found = words.difference(counts, read, _)
        guide_form.difference(found)
        if not found:
            st.caption(_("Nothing: this is what counts now."))
        with st.expander(_("How it will look"), icon=":material/visibility:"):
            guide_preview.both(read)
        with st.expander(_("The whole text")):
            st.markdown("\n".join(f"- {plain(text)}" for text in words.lines(read, _)))
    with st.expander(_("As a file (YAML)")):
        st.code(one.contents, language="yaml", wrap_lines=True)
    if one.open:
        deciding(actor, one)
    elif not one.counts and read:
        going_back(
            lambda reason: edits.go_back(
                actor, one.id, id=forms.form_id(BACK), reason=reason, now=times.now()
            )
        )


def facts(one: Version) -> None:
    """Who, when, why, and what was decided."""
    st.markdown(
        _("Proposed by {name}, {when}. Why: {reason}").format(
            name=plain(one.made_by), when=times.show(one.made_at, lang()), reason=plain(one.reason)
        )
    )
    if one.decided_at:
        st.markdown(
            _("{decision} by {name}, {when}.").format(
                decision=_(DECISIONS[one.decision]),
                name=plain(one.decided_by),
                when=times.show(one.decided_at, lang()),
            )
        )


def deciding(actor: Actor, one: Version) -> None:
    """The buttons of a proposal: a second person's, or one's own."""
    if one.maker_id == actor.id:
        st.info(_("You proposed this. A colleague decides."), icon=":material/group:")
        decisions = [(TAKEN_BACK, _("Take it back"), ":material/undo:")]
    else:
        decisions = [(DECLINED, _("Decline it"), ":material/close:")]
        if not one.stale:
            approve = (APPROVED, _("Approve: it counts at once"), ":material/check:")
            decisions.insert(0, approve)
    with st.container(horizontal=True):
        for decision, text, icon in decisions:
            if st.button(
                text,
                type="primary" if decision == APPROVED else "secondary",
                icon=icon,
                key=f"guide_{decision}",
            ):
                done = forms.attempt(
                    lambda decision=decision: edits.decide(actor, one.id, decision, times.now())
                )
                if done:
                    text = _(DECISIONS[done.decision])
                    st.session_state.guide_done = f"{text}: {done.title}"
                    go()
                    st.rerun()


def going_back(propose: Callable[[str], Version]) -> None:
    """Propose what an earlier version says; `propose` is given the reason."""
    here = who.actor()
    with st.container(border=True):
        drafts.restore(here, BACK, BACK_FIELDS)
        reason = st.text_input(
            _("Why go back to this version?"), key="guide_back_reason", autocomplete="off"
        )
        if st.button(
            _("Propose to go back to this version"), icon=":material/history:", key="guide_go_back"
        ):
            made = forms.attempt(lambda: propose(reason))
            if made:
                drafts.drop(here, BACK)
                forms.renew(BACK)
                st.session_state.guide_done = _(
                    "Proposed: {title}. It counts when a colleague has approved it."
                ).format(title=made.title)
                go()
                st.rerun()
        drafts.keep(here, BACK, BACK_FIELDS)


def of_file(actor: Actor, procedure_id: str) -> None:
    """The city's file as it came, and the way back to it."""
    came, counts = (
        every.get(procedure_id) for every in (procedures.of_files(), procedures.all_procedures())
    )
    if came is None or counts is None:
        return
    if came == counts:
        st.markdown(_("What counts now is the city's file as it came."))
        return
    with st.expander(_("The city's file as it came"), icon=":material/description:"):
        guide_form.difference(words.difference(counts, came, _))
        going_back(
            lambda reason: edits.go_back_to_file(
                actor, procedure_id, id=forms.form_id(BACK), reason=reason, now=times.now()
            )
        )


def history(actor: Actor, procedure_id: str) -> None:
    """Every version there ever was."""
    back()
    found = edits.history(actor, procedure_id)
    counts = procedures.all_procedures().get(procedure_id)
    title = counts.title if counts else found[0].title if found else procedure_id
    st.subheader(_("History: {title}").format(title=plain(title)))
    of_file(actor, procedure_id)
    if not found:
        st.info(_("Nobody has proposed a change yet."), icon=":material/history:")
    for one in found:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{plain(one.title or procedure_id)}**")
            facts(one)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    _("Look at it"),
                    icon=":material/difference:",
                    key=f"guide_look_{one.id}",
                    on_click=go,
                    kwargs={"version": one.id},
                )
                if one.counts:
                    st.markdown(f":green-badge[:material/check: {_('Counts now')}]")
                elif one.open:
                    st.markdown(f":orange-badge[{_('Waits for a second person')}]")
