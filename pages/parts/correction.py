"""A consultation put right on a screen: the answers as they are, and what was there before."""

from dataclasses import replace
from typing import Any

import streamlit as st

from desk import consultations, corrections, times
from desk.consultations import (
    AGE_BANDS,
    ALSO_MOST,
    AUTONOMY,
    DEVICES,
    HANDED_TO,
    KINDS,
    MINUTES,
    NOTE_MOST,
    RESULTS,
    TOPICS,
    TRIED,
    VISITS,
    ConsultationForm,
)
from desk.corrections import MOST_REASON, Version
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import consultation_papers, consultation_words, drafts, forms, towns, who
from pages.parts.answers import pills
from pages.parts.words import _, lang, plain, say

KEY, TOWN = "logged", "logged_town"
FIELDS = (
    "kind",
    "age_band",
    "topic",
    "also",
    "result",
    "minutes",
    "visit",
    "autonomy",
    "device",
    "handed_to",
    "tried",
    "note",
)
state = st.session_state


def field(name: str) -> str:
    """Where an answer stands in the session."""
    return f"logged_{name}"


def kept() -> list[str]:
    """What a draft of a correction holds."""
    return [*map(field, (*FIELDS, "reason", "confirm")), *towns.fields(TOWN), f"{KEY}_form_id"]


def draft(version: Version) -> str:
    """A draft for each version there is to correct."""
    return f"logged-{version.row['id']}"


def go(id: str = "") -> None:
    """Open one consultation, or the list; the address remembers which."""
    for name in kept():
        state.pop(name, None)
    if id:
        st.query_params["id"] = id
    else:
        st.query_params.pop("id", None)


def fill(row: dict[str, Any], *, common: list[str]) -> None:
    """The answers as they are, where neither a draft nor a tap has put another."""
    form = corrections.form_of(row)
    for name in FIELDS:
        value = getattr(form, name)
        state.setdefault(field(name), list(value) if isinstance(value, tuple) else value)
    state.setdefault(field("reason"), "")
    if not any(state.get(f"{TOWN}_{where}") for where in ("common", "row")):
        where = "common" if common else "row"  # which pills `towns.pick` begins with
        state.setdefault(f"{TOWN}_{where}", row["town_id"] or row["residence"])


def answers(row: dict[str, Any]) -> ConsultationForm:
    """What stands on the screen; which desk, procedure and card it was stays."""
    residence, town_id = towns.chosen(TOWN)
    told = {name: state.get(field(name)) for name in FIELDS}
    told |= {name: tuple(told[name] or ()) for name in ("also", "tried")}
    told |= {name: told[name] or "unknown" for name in ("visit", "autonomy", "device")}
    told |= {name: told[name] or "" for name in ("age_band", "topic", "handed_to", "note")}
    return replace(corrections.form_of(row), residence=residence, town_id=town_id, **told)


def save(id: str, version: Version) -> None:
    """Write the correction, or keep what was tapped and say why not."""
    append(id, version, answers(version.row), _("Corrected. What was there before stays."))


def withdraw(id: str, version: Version) -> None:
    """Take the consultation back."""
    append(id, version, None, _("Taken back. It counts no more, and stays readable."))


def put_back(id: str, version: Version) -> None:
    """Let one that was taken back count again."""
    append(id, version, corrections.form_of(version.row), _("Put back. It counts again."))


def append(id: str, version: Version, form: ConsultationForm | None, sentence: str) -> None:
    """Write one more version; no form takes the consultation back. The same `id` twice is once.

    Taps come before the gate of their run, so who is there is read anew.
    """
    actor = who.actor()
    how: dict[str, Any] = {
        "id": id,
        "consultation_id": version.row["id"],
        "now": times.now(),
        "reason": state.get(field("reason")) or "",
    }
    try:
        if form is None:
            corrections.withdraw(actor, **how)
        else:
            corrections.correct(actor, form=form, **how)
    except Refused as refusal:
        forms.saw([refusal.code], refusal.field)
        state.logged_refused = refusal
        return
    drafts.drop(actor, draft(version))
    state.logged_done = sentence
    go()


def show(actor: Actor, id: str) -> None:
    """A consultation: to put right or to take back where one may, and what it was before."""
    found = forms.attempt(lambda: corrections.history(actor, id))
    with st.container(horizontal=True):
        st.button(
            _("Back to the list"), key="logged_back", on_click=go, icon=":material/arrow_back:"
        )
        if not found:
            return
        if len(found) > 1:
            with st.popover(_("What was there before"), icon=":material/history:"):
                before(found)
        if not found[-1].withdrawn:
            with st.popover(_("Print papers"), icon=":material/print:"):
                consultation_papers.papers(actor, found[-1].row)
    last = found[-1]
    now = times.now()
    reason = corrections.needs_reason(actor, row=last.row, now=now)
    if not reason or actor.may("correct_consultations"):
        editor(actor, last, reason=reason)
    elif corrections.may_complete(actor, row=last.row, now=now) and not last.withdrawn:
        st.info(
            _("Until this evening you can still give the answers that are missing."),
            icon=":material/edit_note:",
        )
        editor(actor, last, reason=False, whole=False)
    else:
        with st.container(border=True):
            st.markdown(consultation_words.line(last.row))
        st.info(
            _("More than 30 minutes have passed. Please ask the staff to correct it."),
            icon=":material/lock_clock:",
        )


def editor(actor: Actor, version: Version, *, reason: bool, whole: bool = True) -> None:
    """The same answers as in the log; `whole` when it may be taken back too."""
    row = version.row
    if version.withdrawn:
        back(actor, version, reason=reason)
        return
    if state.get("logged_open") != row["id"]:  # of another one, from an address
        state.logged_open = row["id"]
        for name in kept():
            state.pop(name, None)
    drafts.restore(actor, draft(version), kept())
    own = [row["town_id"]] if row["town_id"] else []
    usually = consultations.common_towns(actor, desk_id=row["desk_id"], most=7)
    common = list(dict.fromkeys([*own, *usually]))
    fill(row, common=common)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        towns.pick(_("Neighbourhood"), key=TOWN, common=common, elsewhere=True)
        with st.container(key="tiles_logged_age"):
            pills(_("Age"), AGE_BANDS, field("age_band"))
        with st.container(key="tiles_logged_topic"):
            pills(_("Topic"), TOPICS, field("topic"))
    with right, st.container(border=True, gap="xsmall"):
        details()
        if reason:
            reason_field()
        st.button(
            _("Save the correction"),
            type="primary",
            width="stretch",
            icon=":material/save:",
            key="logged_save",
            on_click=save,
            args=(forms.form_id(KEY), version),
        )
        why_not()
        if whole:
            take_back(version)
    drafts.keep(actor, draft(version), kept())


def details() -> None:
    """What has a default in the log."""
    for label, words, name in (
        (_("Result"), RESULTS, "result"),
        (_("Minutes"), None, "minutes"),
    ):
        st.segmented_control(
            label,
            list(words) if words else list(MINUTES),
            format_func=(lambda one, words=words: _(words[one])) if words else str,
            required=True,
            key=field(name),
            width="stretch",
            wrap=True,
        )
    with st.expander(_("More answers"), icon=":material/tune:"):
        pills(_("Visit"), VISITS, field("visit"))
        pills(_("How they came"), KINDS, field("kind"))
        pills(_("More topics (up to 2)"), TOPICS, field("also"), most=ALSO_MOST)
        pills(_("How much they did alone"), AUTONOMY, field("autonomy"))
        pills(_("Device"), DEVICES, field("device"))
        pills(_("Handed on to"), HANDED_TO, field("handed_to"))
        pills(_("What was tried"), TRIED, field("tried"), most=0)
        st.text_input(
            _("Note (optional, no names or numbers)"),
            key=field("note"),
            max_chars=NOTE_MOST,
            autocomplete="off",
            live=True,
        )


def reason_field() -> None:
    """Why staff change what somebody wrote down."""
    st.text_input(
        _("Reason for the correction (needed, stays readable)"),
        key=field("reason"),
        max_chars=MOST_REASON,
        autocomplete="off",
        live=True,
    )


def why_not() -> None:
    """Why nothing was saved, once."""
    refusal = state.pop("logged_refused", None)
    if refusal:
        st.error(plain(say(refusal)), icon=":material/error:")


def take_back(version: Version) -> None:
    """Take it back, after a look at which one it is."""
    if not state.get(field("confirm")):
        st.button(
            _("Take this one back"),
            key="logged_take_back",
            icon=":material/delete:",
            width="stretch",
            on_click=state.__setitem__,
            args=(field("confirm"), True),
        )
        return
    row = version.row
    which = f"{consultation_words.clock(row)}　{consultation_words.line(row)}"
    st.warning(
        _("Take this consultation back? {which}").format(which=which), icon=":material/delete:"
    )
    with st.container(horizontal=True):
        st.button(
            _("Yes, take it back"),
            key="logged_withdraw",
            on_click=withdraw,
            args=(forms.form_id(KEY), version),
        )
        st.button(
            _("No, keep it"),
            key="logged_keep",
            on_click=state.__setitem__,
            args=(field("confirm"), False),
        )


def back(actor: Actor, version: Version, *, reason: bool) -> None:
    """One that was taken back: it can count again."""
    drafts.restore(actor, draft(version), (field("reason"), f"{KEY}_form_id"))
    with st.container(border=True):
        st.markdown(f"~~{consultation_words.line(version.row)}~~")
        if reason:
            reason_field()
        st.button(
            _("Put it back"),
            key="logged_put_back",
            type="primary",
            icon=":material/undo:",
            on_click=put_back,
            args=(forms.form_id(KEY), version),
        )
        why_not()
    drafts.keep(actor, draft(version), (field("reason"), f"{KEY}_form_id"))


def before(found: list[Version]) -> None:
    """Every version, the oldest first: what it said, who wrote it, and why."""
    for old, version in zip([None, *found[:-1]], found, strict=True):
        at = times.show(version.at, lang()) if version.at else _("Paper")
        st.markdown(f"**{at}**　{plain(version.by)}　:gray[{plain(version.reason)}]")
        if old is None:
            st.markdown(consultation_words.line(version.row))
        elif version.withdrawn:
            st.markdown(f":red[:material/delete: {_('Taken back')}]")
        elif old.withdrawn:
            st.markdown(f":green[:material/undo: {_('Put back')}]")
        for name in version.changed:
            # A neighbourhood has two columns and one answer.
            if old and not (name == "residence" and "town_id" in version.changed):
                st.markdown(
                    f"{_(corrections.ANSWERS[name])}：{consultation_words.value(name, old.row)}"
                    f" → **{consultation_words.value(name, version.row)}**"
                )
