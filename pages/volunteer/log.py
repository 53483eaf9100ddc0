"""Who: a volunteer who has just helped somebody. Wants: to write it down in four taps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from desk import consultations, follow_ups, times, usual
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
from desk.guide import procedures
from desk.people import Actor
from desk.refusals import Refused
from pages.parts import consultation_papers, desks, drafts, forms, towns, who
from pages.parts.answers import pills
from pages.parts.words import _, plain, say

actor = who.gate("log")
KEY, AGAIN, TOWN = "log", "log_again", "log_town"
FRESH: Mapping[str, Any] = {
    "log_age": None,
    "log_topic": None,
    "log_also": [],
    "log_result": "solved",
    "log_minutes": 15,
    "log_visit": None,
    "log_autonomy": None,
    "log_device": None,
    "log_handed_to": None,
    "log_tried": [],
    "log_note": "",
    "log_procedure": "",
    "log_follows": "",
    **dict.fromkeys(towns.fields(TOWN)),
}
RARE = ("log_also", "log_autonomy", "log_device", "log_note")  # behind the expander
FITS: Mapping[str, drafts.Fits] = {
    "log_age": AGE_BANDS.__contains__,
    "log_topic": TOPICS.__contains__,
    "log_also": lambda some: set(some) <= set(TOPICS),
    "log_result": RESULTS.__contains__,
    "log_minutes": MINUTES.__contains__,
    "log_visit": VISITS.__contains__,
    "log_autonomy": AUTONOMY.__contains__,
    "log_device": DEVICES.__contains__,
    "log_handed_to": HANDED_TO.__contains__,
    "log_tried": lambda some: set(some) <= set(TRIED),
    desks.KIND: KINDS.__contains__,
}
FIELDS: Mapping[str, drafts.Fits | None] = {
    name: FITS.get(name) for name in (*FRESH, desks.DESK, desks.KIND, f"{KEY}_form_id")
}
TOWNS = 7  # with the three others, two rows on a tablet
ASKED = ("card", "procedure", "topic")  # what an address may fill in
# A tap so soon after a save is its second half: on an empty form, and on “one more the same”.
SECOND_TAP, SECOND_AGAIN = timedelta(seconds=2), timedelta(milliseconds=700)
SAVED_AT, AGAIN_AT = "log_saved_at", "log_again_at"
OVER = "log_over"  # ids of the forms that were saved or put away
state = st.session_state


def known(words: Mapping[str, str]) -> list[str]:
    """The answers that say something: none chosen is “not known”."""
    return [one for one in words if one != "unknown"]


def answers() -> ConsultationForm:
    """What stands on the screen at this moment."""
    residence, town_id = towns.chosen(TOWN)
    handed_on = state.log_result == "handed_on"
    return ConsultationForm(
        desk_id=state[desks.DESK],
        kind=state[desks.KIND],
        residence=residence,
        town_id=town_id,
        age_band=state.log_age or "",
        topic=state.log_topic or "",
        result=state.log_result,
        minutes=state.log_minutes,
        note=state.log_note or "",
        also=tuple(state.log_also),
        visit=state.log_visit or "unknown",
        autonomy=state.log_autonomy or "unknown",
        device=state.log_device or "unknown",
        procedure_id=state.log_procedure,
        handed_to=(state.log_handed_to or "") if handed_on else "",
        tried=tuple(state.log_tried) if handed_on else (),
        follows=state.log_follows,
    )


def next_one() -> None:
    """Empty the form for the next resident; desk and kind stay."""
    state.setdefault(OVER, set()).add(forms.form_id(KEY))
    forms.renew(KEY)
    clear()


def clear() -> None:
    """Nothing is chosen, and nothing asked for by the address."""
    for name in ASKED:
        st.query_params.pop(name, None)
    for name, value in FRESH.items():
        state[name] = value


def is_over(id: str) -> bool:
    """True for a tap on a form that is over: the browser had not heard of that yet.

    What it sent with the tap are the answers of then, so they are cleared once more.
    """
    if id in state.get(OVER, ()):
        clear()
    return id != forms.form_id(KEY)


def soon(since: str, within: timedelta) -> bool:
    """True just after the moment that stands under `since`."""
    # What is still to come is a clock that was set back: every tap would be a second one.
    return since in state and timedelta(0) <= times.now() - state[since] < within


def save(id: str, *, ask: bool, anew: bool = False) -> None:
    """Write down what was tapped, or keep it and say what is missing.

    `id` is of the form whose button was tapped; `anew` for one of another resident.
    """
    if is_over(id):
        return
    form = answers()
    if soon(SAVED_AT, SECOND_TAP) and not (form.residence or form.age_band or form.topic):
        return
    if anew:
        state.setdefault(OVER, set()).add(id)
        forms.renew(KEY)
    if log(forms.form_id(KEY), form, ask=ask):
        put_away(forms.form_id(KEY))


def put_away(id: str) -> None:
    """The form is saved, or not wanted: its draft goes and the next one is open."""
    actor = who.actor()
    if actor.may("log") and not is_over(id):
        drafts.drop(actor, KEY)
        next_one()


def again(id: str, last: ConsultationForm) -> None:
    """The last one once more, for another resident; what is on the screen stays."""
    if soon(AGAIN_AT, SECOND_AGAIN) or not log(id, last, ask=False):
        return
    state[AGAIN_AT] = times.now()
    if id == forms.form_id(AGAIN):
        forms.renew(AGAIN)


def log(id: str, form: ConsultationForm, *, ask: bool) -> bool:
    """True when it is stored; otherwise `log_refused` is shown.

    Taps come before the gate of their run, so who is there is read anew.
    """
    now = times.now()
    try:
        state.log_stored = consultations.log(
            who.actor(), id=id, form=form, now=now, tablet=who.device(), ask=ask
        )
    except Refused as refusal:
        forms.saw([refusal.code], refusal.field)
        state.log_refused = refusal
        return False
    state[SAVED_AT] = now
    return True


def buttons(actor: Actor) -> None:
    """Save, or why that was not done; the same again within a minute is only asked about."""
    refusal = state.pop("log_refused", None)
    id = forms.form_id(KEY)
    if refusal and refusal.code in ("just_logged", "logged_before"):
        question(refusal, id)
        return
    with st.container(key="log_save"):
        st.button(
            _("Save"),
            type="primary",
            width="stretch",
            icon=":material/save:",
            key=f"log_save_{id}",  # of its own for each form: one tap is one, however slow the line
            on_click=save,
            args=(id,),
            kwargs={"ask": True},
        )
    if refusal:
        st.error(say(refusal), icon=":material/error:")
    repeat(actor)


def question(refusal: Refused, id: str) -> None:
    """Another resident, or the same one twice: in the place of the save button."""
    st.warning(say(refusal), icon=":material/help:")
    other, same = st.columns(2, gap="xsmall")
    other.button(
        _("Another resident: save it"),
        key=f"log_other_{id}",
        type="primary",
        wrap=True,
        width="stretch",
        on_click=save,
        args=(id,),
        kwargs={"ask": False, "anew": refusal.code == "logged_before"},
    )
    same.button(
        _("The same: empty the form"),
        key=f"log_same_{id}",
        wrap=True,
        width="stretch",
        on_click=put_away,
        args=(id,),
    )


def asked_for(actor: Actor) -> None:
    """What the address asks for, filled in once: a card's, a procedure with its topic, a topic."""
    asked = {name: st.query_params.get(name, "") for name in ASKED}
    if asked == state.get("log_asked"):
        return
    state.log_asked = asked
    if asked["card"] and (card := forms.attempt(lambda: follow_ups.card(actor, asked["card"]))):
        state.log_follows, state.log_visit = card.code, card.visit
        state.log_age, state.log_topic = card.age_band, card.topic
        state.log_procedure = card.procedure_id
        state[f"{TOWN}_common"] = card.town_id or card.residence
    if asked["procedure"]:
        found = forms.attempt(lambda: procedures.get(asked["procedure"]))
        if found:
            state.log_procedure, state.log_topic = found.id, found.topic
    if asked["topic"] in TOPICS:
        state.log_topic = asked["topic"]


def take_off(field: str, asked: str) -> None:
    """It was not about that procedure after all, or not with that card."""
    state[field] = ""
    st.query_params.pop(asked, None)


def looked_up() -> None:
    """Which procedure was looked up, which card they came with, and the way to take it off."""
    found = procedures.all_procedures().get(state.log_procedure)
    card = _("With the card {code}").format(code=state.log_follows) if state.log_follows else ""
    for text, icon, field, asked in (
        (plain(found.title) if found else "", "menu_book", "log_procedure", "procedure"),
        (plain(card), "id_card", "log_follows", "card"),
    ):
        if text:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/{icon}: {text}", width="stretch")
                st.button(
                    _("Take off"),
                    key=f"{field}_off",
                    icon=":material/close:",
                    on_click=take_off,
                    args=(field, asked),
                )


def must(actor: Actor) -> None:
    """Left: the three things to tap, top to bottom."""
    common, topics = desks.usual_here(actor, most=TOWNS)
    looked_up()
    towns.pick(_("Neighbourhood"), key=TOWN, common=common, elsewhere=True)
    with st.container(key="tiles_age"):
        pills(_("Age"), AGE_BANDS, "log_age")
    with st.container(key="tiles_big_topic"):
        pills(_("Topic"), TOPICS, "log_topic", options=topics)


def may() -> None:
    """Right: what has a sensible default, one tap each; the rarer behind one expander."""
    st.segmented_control(
        _("Result"),
        list(RESULTS),
        format_func=lambda one: _(RESULTS[one]),
        required=True,
        key="log_result",
        width="stretch",
        wrap=True,
    )
    if state.log_result == "handed_on":
        pills(_("Handed on to"), HANDED_TO, "log_handed_to")
        pills(_("What was tried"), TRIED, "log_tried", most=0)
    st.segmented_control(
        _("Minutes"), MINUTES, required=True, key="log_minutes", width="stretch", wrap=True
    )
    pills(_("Visit"), VISITS, "log_visit", options=known(VISITS))
    used = any(state[name] for name in RARE)
    with st.expander(_("More to say"), icon=":material/tune:", expanded=used):
        pills(_("More topics (up to 2)"), TOPICS, "log_also", most=ALSO_MOST)
        pills(_("How much they did alone"), AUTONOMY, "log_autonomy", options=known(AUTONOMY))
        pills(_("Device"), DEVICES, "log_device", options=known(DEVICES))
        st.text_area(
            _("Note (optional, no names or numbers)"),
            key="log_note",
            height=80,
            max_chars=NOTE_MOST,
        )


def repeat(actor: Actor) -> None:
    """The last one of today once more, in one tap."""
    last = usual.last_today(actor, now=times.now())
    if last is None:
        return
    id = forms.form_id(AGAIN)
    st.button(
        _("One more the same"),
        key=f"log_again_{id}",  # of its own each time: one tap is one
        width="stretch",
        icon=":material/repeat:",
        on_click=again,
        args=(id, last),
    )


def title(actor: Actor) -> None:
    """Where one is, what was saved last, and the two other ways to log."""
    with st.container(horizontal=True, vertical_alignment="center", key="log_head"):
        st.title(_("Log a consultation"), width="content")
        with st.container(width="stretch", key="log_receipt"):
            if "log_stored" in state:
                consultation_papers.after_saving(state.log_stored)
            else:
                count = consultations.logged_today(actor, now=times.now())
                st.caption(_("{count} logged today.").format(count=count))
        st.page_link("volunteer/rush.py", label=_("When it is busy"), icon=":material/bolt:")
        st.page_link("volunteer/tally.py", label=_("From paper"), icon=":material/calculate:")


@st.fragment
def screen() -> None:
    """The form and its receipt, run anew by themselves at each tap."""
    actor = who.gate("log")
    drafts.restore(actor, KEY, FIELDS, stays=(desks.DESK, desks.KIND), away=next_one)
    for name, value in FRESH.items():
        state.setdefault(name, value)
    title(actor)
    left, right = st.columns([3, 2], gap="medium")
    with right, st.container(border=True, gap="xsmall", key="log_card"):
        if not desks.choose(actor):
            return
        may()
        buttons(actor)
    with left:
        must(actor)
    forms.form_id(KEY)  # a draft knows its form by it
    drafts.keep(actor, KEY, FIELDS)


asked_for(actor)
screen()
