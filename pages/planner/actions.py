"""Who: a planner who did something and is asked whether it helped. Wants: an honest sentence."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from desk import times
from desk.gaps.acts import action_words, actions, looked_back
from desk.gaps.acts.actions import KINDS, Action
from desk.gaps.acts.effect import CANNOT_TELL, LESS, MORE, SAME
from desk.gaps.acts.looked_back import (
    EARLY,
    MEASURES,
    NO_BEFORE,
    NO_OTHERS,
    NO_USE,
    PLANNED,
    SPANS,
    STATES,
    WITHDRAWN,
    LookBack,
    times_of,
)
from pages.parts import action_form, charts, exports, forms, loop, periods, pictures, place, who
from pages.parts.words import _, lang, plain

actor = who.gate("see_neighbourhoods")
state = st.session_state
AT, SPAN, USE = "action", "weeks", "use"  # in the address
DONE = action_form.key("done")
BADGES = {
    MORE: ":green-badge[:material/trending_up: {}]",
    LESS: ":orange-badge[:material/trending_down: {}]",
    SAME: ":blue-badge[:material/trending_flat: {}]",
    CANNOT_TELL: ":gray-badge[:material/question_mark: {}]",
    EARLY: ":gray-badge[:material/hourglass_top: {}]",
    PLANNED: ":gray-badge[:material/event: {}]",
    NO_BEFORE: ":gray-badge[:material/block: {}]",
    NO_USE: ":gray-badge[:material/block: {}]",
    NO_OTHERS: ":gray-badge[:material/block: {}]",
    WITHDRAWN: ":gray-badge[:material/undo: {}]",
}


def back(what: str, action_id: str) -> None:
    """Undo: what was kept is taken back, what was taken back counts again."""
    here = who.actor()
    if what == "marked":
        forms.attempt(lambda: actions.withdraw(here, action_id=action_id, now=times.now()))
    else:
        forms.attempt(lambda: actions.restore(here, action_id=action_id))
    state.pop(DONE, None)


def undo_bar() -> None:
    """What was just done, and the way back."""
    done = state.get(DONE)
    if not done:
        return
    what, action = done
    with st.container(key="undo_bar", horizontal=True, vertical_alignment="center"):
        text = _("Kept: {title}") if what == "marked" else _("Taken back: {title}")
        st.markdown(text.format(title=plain(action.title)), width="stretch")
        st.button(
            _("Undo"),
            key="actions_undo",
            on_click=back,
            args=(what, action.id),
            icon=":material/undo:",
        )
        st.button(
            _("Close"), key="actions_seen", on_click=state.pop, args=(DONE, None), type="tertiary"
        )


def badge(one: LookBack) -> str:
    """The state, as a word with a shape."""
    sample = f" :orange-badge[{_('Sample')}]" if one.trial else ""
    return BADGES[one.state].format(_(STATES[one.state])) + sample


def facts(action: Action) -> str:
    """What it was, where and since when, in a line."""
    names = "、".join(plain(name) for _id, name in action.towns)
    day = times.show_day(action.starts_on, lang())
    if lang() == "ja":
        day = times.era_year(action.starts_on) + day
    else:
        day = f"{day} {action.starts_on.year}"
    return f"{_(KINDS[action.kind])}　/　{names}　/　" + _("from {day}").format(day=day)


def said(one: LookBack) -> str:
    """What is found, in words."""
    return " ".join(plain(action_words.sentence(each, lang())) for each in one.said)


def span() -> int:
    """How long before and after is looked at; the address keeps it."""
    asked = place.part(SPAN)
    weeks = {str(days // 7): days for days in SPANS}
    first = next(iter(SPANS))
    most = st.segmented_control(
        _("How long before and after, at most"),
        list(SPANS),
        format_func=lambda one: _(SPANS[one]),
        default=weeks.get(asked, first),
        required=True,
        key="actions_span",
        width="stretch",
        wrap=True,
    )
    periods.kept({SPAN: str(most // 7)} if most != weeks.get(asked, first) else {})
    return int(most)


def card(one: LookBack) -> None:
    """An action in the list: what it was, what became of it, and the way to its numbers."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(one.action.title)}**　{badge(one)}", width="stretch")
            st.button(
                _("Numbers and picture"),
                key=f"actions_open_{one.action.id}",
                icon=":material/insert_chart:",
                on_click=place.go,
                kwargs={AT: one.action.id},
            )
        st.caption(facts(one.action))
        if one.said:
            st.markdown(said(one))


def listed(found: tuple[LookBack, ...]) -> None:
    """Every action; those taken back folded away."""
    counting = [one for one in found if one.state != WITHDRAWN]
    for one in counting:
        card(one)
    if len(counting) == len(found):
        return
    gone = [one for one in found if one.state == WITHDRAWN]
    with st.expander(_("{n} taken back").format(n=len(gone)), icon=":material/undo:"):
        for one in gone:
            card(one)


def picture(one: LookBack) -> None:
    """Bars before and after, and the ratio with its interval."""
    if not one.window or not one.steps:
        return
    half = len(one.steps) // 2
    rows = [
        (f"{step.first.month}/{step.first.day}", step.uses, str(step.uses)) for step in one.steps
    ]
    expected = [step.as_elsewhere for step in one.steps[half:]]
    weeks = one.window.days // 7 // half
    title = _("{what}, {weeks} weeks each").format(what=_(MEASURES[one.measure]), weeks=weeks)
    st.subheader(title)
    numbers = [f"{label} {shown}" for label, _n, shown in rows]
    charts.before_after(
        rows[:half],
        rows[half:],
        expected,
        alt_text="{}: {} {}、{} {}".format(
            title, _("Before"), "、".join(numbers[:half]), _("After"), "、".join(numbers[half:])
        ),
    )
    if any(one is not None for one in expected):
        st.caption(_("Stroke: what it would be had it gone as in the other neighbourhoods."))
    if one.change:
        low, ratio, high = one.change.low, one.change.ratio, one.change.high
        names = (times_of(low), _("{ratio} times").format(ratio=times_of(ratio)), times_of(high))
        st.subheader(_("How many times as elsewhere"))
        charts.interval(
            low,
            ratio,
            high,
            names=names,
            alt_text=_("{ratio} times as elsewhere, 90 % interval {low} to {high}").format(
                ratio=times_of(ratio), low=times_of(low), high=times_of(high)
            ),
        )
        st.caption(_("Dashed line: 1, as in the other neighbourhoods. Bar: the 90 % interval."))


def table(one: LookBack) -> None:
    """The four numbers it comes from, and from which days they are."""
    change, window = one.change, one.window
    if not change or not window:
        return
    with st.expander(_("The numbers it comes from")):
        when = [
            f"{label} {first:%Y/%m/%d}–{last:%m/%d}"
            for label, (first, last) in (
                (_("Before"), window.before),
                (_("After"), window.after),
            )
        ]
        frame = pd.DataFrame(
            {
                when[0]: [change.before, change.others_before],
                when[1]: [change.after, change.others_after],
            },
            index=[
                _("Neighbourhoods it is for"),
                _("{n} other neighbourhoods with any use").format(n=one.others),
            ],
        )
        st.table(frame)
        st.markdown(
            _(
                "The rise here is divided by the rise in the other neighbourhoods over the same "
                "days, so a season or a new desk hour everywhere is no effect. The interval holds "
                "chance, and that neighbourhoods change differently even when nothing is done. "
                "Only whole weeks count, as many before as after; return visits do not."
            )
        )


@st.dialog(_("Take this action back?"))
def confirm(action: Action) -> None:
    """Say what goes and what stays before it happens."""
    who.gate("plan_actions")  # a tap runs only this part
    text = _("“{title}” is compared no more. It stays readable, with your name and the time.")
    st.markdown(text.format(title=f"**{plain(action.title)}**"))
    if st.button(
        _("Take back"),
        type="primary",
        key="actions_withdraw_yes",
        on_click=take_back,
        args=(action.id,),
    ):
        st.rerun()  # closes the question


def take_back(action_id: str) -> None:
    """Withdraw an action, by whoever is here now."""
    here = who.actor()
    gone = forms.attempt(lambda: actions.withdraw(here, action_id=action_id, now=times.now()))
    if gone:
        state[DONE] = ("withdrawn", gone)


def opened(one: LookBack, most: int) -> None:
    """One action with its picture, its sentence, and what speaks against it."""
    action = one.action
    st.header(plain(action.title))
    st.markdown(f"{badge(one)}　{facts(action)}")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        with st.container(border=True):
            if one.said:
                st.markdown(f"**{said(one)}**")
            lines = [plain(action_words.sentence(each, lang())) for each in one.but]
            st.markdown("\n".join(f"- {line}" for line in lines))
            kept_by(action)
        if action.note:
            st.markdown(f":gray[{_('Note')}]　{plain(action.note)}")
        if actor.may("plan_actions"):
            way_back(action)
    with right:
        picture(one)
        if one.change:
            pictures.before_after(actor, one, most=most)
        table(one)


def way_back(action: Action) -> None:
    """Take an action back, or let it count again."""
    if action.withdrawn_at:
        st.button(
            _("Let it count again"),
            key="actions_restore",
            icon=":material/redo:",
            on_click=back,
            args=("withdrawn", action.id),
        )
    elif st.button(_("Take back…"), key="actions_withdraw", icon=":material/undo:"):
        confirm(action)


def kept_by(action: Action) -> None:
    """Who marked it, and who took it back."""
    text = _("Marked by {name}, {moment}").format(
        name=plain(action.made_by), moment=times.show(action.made_at, lang())
    )
    if action.withdrawn_at:
        text += "　/　" + _("taken back by {name}, {moment}").format(
            name=plain(action.withdrawn_by), moment=times.show(action.withdrawn_at, lang())
        )
    st.caption(text)


def measured(action: Action) -> str:
    """What is counted; the address keeps another than the usual."""
    asked = place.part(USE)
    usual = looked_back.usual(action.kind)
    wanted = st.segmented_control(
        _("What is counted"),
        list(MEASURES),
        format_func=lambda which: _(MEASURES[which]),
        default=asked if asked in MEASURES else usual,
        required=True,
        key=f"actions_use_{action.id}",
    )
    if (asked or usual) != wanted:
        periods.kept({USE: wanted})
    return str(wanted)


def first_steps() -> None:
    """Nothing is marked yet: what to do first."""
    day = times.show_day(times.today(times.now()) + timedelta(days=28), lang())
    st.info(
        _(
            "Nothing is marked yet. Begin with something you did, or are about to do, for some "
            "neighbourhoods: mark what it is, for whom, and from which day on. After 4 weeks the "
            "time before and after can be compared (what begins today: from {day} on)."
        ).format(day=day),
        icon=":material/flag:",
    )


st.title(_("Did it help? Actions looked back on"))
loop.steps(loop.ACT)
now = times.now()
asked = place.part(AT)
if asked:
    st.button(
        _("All actions"),
        key="actions_all",
        icon=":material/arrow_back:",
        on_click=place.go,
        kwargs={AT: "", USE: ""},
    )
elif actor.may("plan_actions"):
    action_form.offer(actor)
every = actions.actions(actor)
if any(one.trial for one in every):
    st.warning(
        f"{_('Sample')}: {_('This is practice: nothing here is real.')}",
        icon=":material/science:",
    )
chosen = next((one for one in every if one.id == asked), None)
if asked and not chosen:
    st.error(_("There is no such action. Please choose one from the list."))
elif not every:
    first_steps()
else:
    left, right = st.columns([5, 4], vertical_alignment="bottom")
    with left:
        most = span()
    use = ""
    if chosen:
        with right:
            use = measured(chosen)
    found = looked_back.looks(actor, now=now, most=most, measure=use, only=asked)
    if chosen:
        opened(found[0], most)
    else:
        listed(found)
    exports.button(
        _("Download the table (CSV)"),
        lambda who: action_words.looks_csv(who, found, now=times.now()).content,
        file_name="actions.csv",
        key="actions_download",
    )
undo_bar()
