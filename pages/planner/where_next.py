"""Who: a planner with p new classes, desks or Wi-Fi to give. Wants: where they reach most people,
and to try other places at once, because the planner knows the buildings.
"""

import streamlit as st

from desk import times
from desk.gaps import where, where_table
from desk.gaps.city import CLASS, DETOUR, Settings
from desk.gaps.where import MOST, SENTENCES, Plan, Step
from desk.refusals import Refused
from pages.parts import advice, exports, gap_settings, loop, periods, where_map, who
from pages.parts.gap_settings import KIND, WHEN, WITHIN
from pages.parts.words import _, ngettext, plain, say

actor = who.gate("see_neighbourhoods")
HEIGHT = 400  # pixels of the map and of the list beside it
USUAL = 3  # new sites
MANY = 40  # places; more are looked for by typing
HOW_MANY, SITES = "n", "sites"  # in the address, beside the settings
OWN, ASKED, TAPPED, LISTED = "where_own", "where_asked", "where_tapped", "where_list"


def asked() -> tuple[Settings, int]:
    """What kind, how far, when and how many, at first as the address says."""
    first, given = gap_settings.in_address(), st.query_params
    one, two, three, four = st.columns([10, 10, 7, 5], vertical_alignment="bottom", gap="small")
    with one:
        kind = gap_settings.supply(_("What is new"), first, "where_kind")
    with two:
        metres = gap_settings.within(first, "where_within")
    with three:
        when = gap_settings.window(_("At what time"), first, "where_when")
    numbers = [str(number) for number in range(1, MOST + 1)]
    many = four.selectbox(
        _("How many"),
        numbers,
        index=numbers.index(given.get(HOW_MANY, ""))
        if given.get(HOW_MANY) in numbers
        else USUAL - 1,
        format_func=lambda each: _("{n} new places").format(n=each),
        key="where_many",
    )
    periods.kept({KIND: kind, WITHIN: str(metres), WHEN: when, HOW_MANY: many})
    return Settings(kind=kind, metres=metres, when=when), int(many)


def own(settings: Settings, many: int) -> list[str] | None:
    """The places somebody chose; None for the proposal, which a changed question brings back."""
    state, question = st.session_state, (settings, many)
    if ASKED not in state:
        state[OWN] = st.query_params.get_all(SITES) or None
    elif state[ASKED] != question:
        state[OWN] = None
    state[ASKED] = question
    chosen: list[str] | None = state[OWN]
    if st.query_params.get_all(SITES) != (chosen or []):
        st.query_params[SITES] = chosen or []
    return chosen


def people(number: float) -> str:
    """So many people, as an estimate is said."""
    n = round(number)
    return ngettext("about {n} person", "about {n} people", n).format(n=f"{n:,}")


def take(ids: list[str], id: str) -> None:
    """Take a place in, or out again."""
    st.session_state[OWN] = [one for one in ids if one != id] if id in ids else [*ids, id]


def swap(ids: list[str], out: str, into: str) -> None:
    """Another place instead of one."""
    st.session_state[OWN] = [into if one == out else one for one in ids]


def back() -> None:
    """The proposal again."""
    st.session_state[OWN] = None


def listed() -> None:
    """The places marked in the list."""
    st.session_state[OWN] = list(st.session_state[LISTED])


def summary(plan: Plan) -> None:
    """What is proposed, how sure that is, and what a choice of one's own does beside it."""
    n, without = len(plan.best.steps), people(plan.total - plan.there)
    proposed = ngettext(
        "**{n} place brings {reached} newly within reach**, of {without} who are not now.",
        "**{n} places bring {reached} newly within reach**, of {without} who are not now.",
        n,
    ).format(n=n, reached=people(plan.best.people), without=without)
    if plan.best.optimal:
        sure = _("No other choice of as many weighs more: it is proved.")
    else:
        sure = _("Another choice might reach up to {percent}% more.").format(
            percent=f"{100 * plan.best.gap / (1 - plan.best.gap):.1f}"
        )
    st.markdown(proposed)
    notes = [
        sure,
        ngettext(
            "{n} more place would reach everybody that can be reached.",
            "{n} more places would reach everybody that can be reached.",
            plan.everybody,
        ).format(n=plan.everybody)
        if plan.fewest
        else _("At most {n} more places would reach everybody that can be reached.").format(
            n=plan.everybody
        ),
    ]
    if round(plan.beyond):
        notes.append(
            _("{people} live far from every place: think of a round trip.").format(
                people=people(plan.beyond).capitalize()
            )
        )
    st.caption(" ".join(notes))


def compared(plan: Plan) -> None:
    """A choice of one's own beside the proposal."""
    if plan.unknown:
        st.info(
            ngettext(
                "{n} place of this link is no longer to be chosen; it was left out.",
                "{n} places of this link are no longer to be chosen; they were left out.",
                plan.unknown,
            ).format(n=plan.unknown)
        )
    if st.session_state[OWN] is None or set(plan.own.ids) == set(plan.best.ids):
        return
    n, less = len(plan.own.steps), plan.best.people - plan.own.people
    mine = ngettext(
        "Your choice: {n} place, {reached}.", "Your choice: {n} places, {reached}.", n
    ).format(n=n, reached=people(plan.own.people))
    beside = (
        _("As many as with the proposal.")
        if not round(less)
        else _("{people} fewer than with the proposal.").format(people=people(less).capitalize())
        if less > 0
        else _("{people} more than with the proposal.").format(people=people(-less).capitalize())
    )
    with st.container(horizontal=True, vertical_alignment="center", key="where_mine"):
        st.markdown(f":orange-badge[:material/edit:] **{mine}** {beside}", width="stretch")
        st.button(
            _("Back to the proposal"), key="where_back", icon=":material/undo:", on_click=back
        )


def card(number: int, step: Step, ids: list[str]) -> None:
    """A chosen place: whom it adds, what could stand in its stead, and its way out."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{number}. {plain(step.place.name)}** :green[+ {people(step.people)}]")
        names = "、".join(town.name for town in step.towns)
        st.caption(plain(names) if names else _("Nobody is newly within reach by it."))
        if not step.place.room and st.session_state[ASKED][0].kind == CLASS:
            st.caption(_("No room of it is registered here: ask whether one can be used."))
        with st.container(horizontal=True, gap="small"):
            if step.instead:
                with st.popover(_("Instead of it"), icon=":material/swap_horiz:"):
                    ties(step, ids)
            st.button(
                _("Leave this place out"),
                key=f"where_out_{step.place.id}",
                icon=":material/close:",
                on_click=take,
                args=(ids, step.place.id),
            )


def ties(step: Step, ids: list[str]) -> None:
    """The places that would do nearly as well in its stead, to be taken."""
    for one in step.instead:
        less = round(one.less)
        text = (
            _("{place}: as many people")
            if not less
            else _("{place}: {n} fewer people")
            if less > 0
            else _("{place}: {n} more people")
        )
        st.button(
            text.format(place=plain(one.place.name), n=abs(less)),
            key=f"where_swap_{step.place.id}_{one.place.id}",
            on_click=swap,
            args=(ids, step.place.id, one.place.id),
        )


def cards(plan: Plan) -> None:
    """The chosen places in order, and the best one more."""
    ids = list(plan.own.ids)
    with st.container(height=HEIGHT, border=False, key="where_cards"):
        for number, step in enumerate(plan.own.steps, 1):
            card(number, step, ids)
        if not ids:
            st.info(_("Tap a place on the map or in the list."))
        if plan.more and len(ids) < plan.p:
            place, gain = plan.more
            st.button(
                _("Best next: {place}, {people} more").format(
                    place=plain(place.name), people=people(gain)
                ),
                key="where_more",
                icon=":material/add_location_alt:",
                on_click=take,
                args=(ids, place.id),
            )


def every(plan: Plan) -> None:
    """All places, to take in and out."""
    names = {place.id: place.name for place in plan.places}
    st.session_state[LISTED] = list(plan.own.ids)
    label = _("All places: tap to take in or out")
    if len(names) <= MANY:
        st.pills(
            label,
            list(names),
            selection_mode="multi",
            format_func=lambda id: plain(names[id]),
            key=LISTED,
            on_change=listed,
            width="stretch",
            wrap=True,
        )
    else:
        st.multiselect(
            label,
            list(names),
            format_func=names.__getitem__,
            key=LISTED,
            on_change=listed,
            placeholder=_("Type a name"),
        )


def tapped(plan: Plan, point: tuple[float, float] | None) -> None:
    """A tap on the map takes the place under it in or out."""
    if point is None or point == st.session_state.get(TAPPED):
        return
    st.session_state[TAPPED] = point
    place = where.nearest(plan.places, *point, metres=where_map.near(plan))
    if place:
        take(list(plan.own.ids), place.id)
        st.rerun(scope="fragment")


def away(plan: Plan) -> None:
    """The file, the link, and how it is worked out."""
    exports.button(
        _("Download the table (CSV)"),
        lambda who: where_table.as_csv(who, plan, now=times.now()).content,
        file_name="where-next.csv",
        key="where_download",
    )
    st.caption(_("The address of this page brings back the same places: send it to share them."))
    with st.expander(_("How is this worked out?")):
        lines = (
            _(
                "To be reached: people in need whose neighbourhood has none of these within the "
                "distance. The way is the straight line × {detour}, for no streets are known here."
            ).format(detour=DETOUR),
            _(
                "Of all choices the one that reaches most is taken (maximal covering). Where use "
                "is surely low, people weigh up to half as much again."
            ),
            _("Places are all the city's facilities that do not have one already."),
        )
        st.markdown("\n".join(f"- {line}" for line in lines))


@st.fragment
def decide() -> None:
    """The whole task in a fragment: a tap redraws this, not the page."""
    who.gate("see_neighbourhoods")  # a tap runs only this part
    settings, many = asked()
    chosen = own(settings, many)
    try:
        plan = where.where_next(who.actor(), settings, many, now=times.now(), chosen=chosen)
    except Refused as refusal:
        st.error(plain(say(refusal)), icon=":material/error:")
        return
    if plan.trial:
        st.markdown(
            f":orange-badge[:material/science: {_('Sample')}] "
            f"{_('Population, Wi-Fi and desks are samples.')}"
        )
    if plan.said:
        st.info(_(SENTENCES[plan.said]), icon=":material/info:")
        return
    summary(plan)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        point = where_map.draw(plan, key="where_map", height=HEIGHT)
        st.caption("　".join(f"{shape} {_(text)}" for shape, text in where_map.LEGEND))
        tapped(plan, point)
    with right:  # not above the map, which would move from under the finger
        compared(plan)
        cards(plan)
    every(plan)
    away(plan)


st.title(_("Where next"))
loop.steps(loop.DECIDE)
decide()
st.subheader(_("Where the next class could be"))
advice.show(actor)
