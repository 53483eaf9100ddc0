"""Looking back at actions (取組): what is known of each, and what may be said of it.

Uses are counted as everywhere here (`desk.gaps.city`): consultations that are not marked as a
return visit, and seats in classes that took place, by where people live. How they are compared is
`desk.gaps.acts.effect`. Neighbourhoods in which another action began then are no comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from desk import mode, store, times
from desk.gaps.acts import actions, effect
from desk.gaps.acts import uses as uses_of
from desk.gaps.acts.actions import Action
from desk.gaps.acts.effect import CANNOT_TELL, LESS, MORE, SAME, STEP_DAYS, Change, Window
from desk.gaps.acts.uses import Uses
from desk.gaps.city import CLASS, DESK, WIFI, Counts
from desk.gaps.labels import MOST_NOWHERE
from desk.people import Actor, require
from desk.refusals import N_, Refused

MEASURES = {DESK: N_("Consultations held"), CLASS: N_("Seats used in classes")}
SPANS = {
    84: N_("12 weeks (about 3 months)"),
    168: N_("24 weeks (about half a year)"),
    364: N_("52 weeks (about a year)"),
}

WITHDRAWN, PLANNED, EARLY = "withdrawn", "planned", "early"
NO_BEFORE, NO_USE, NO_OTHERS = "no_before", "no_use", "no_others"
STATES = {
    MORE: N_("Use rose"),
    LESS: N_("Use fell"),
    SAME: N_("No change to speak of"),
    CANNOT_TELL: N_("Cannot tell yet"),
    EARLY: N_("Too early"),
    PLANNED: N_("Yet to begin"),
    NO_BEFORE: N_("Nothing to compare with"),
    NO_USE: N_("Nobody came"),
    NO_OTHERS: N_("Nothing to compare with"),
    WITHDRAWN: N_("Taken back"),
}

SENTENCES = {
    PLANNED: N_("It has not begun. The first 4 weeks can be compared from {day} on."),
    EARLY: N_("{days} days are over. The first 4 weeks can be compared from {day} on."),
    NO_BEFORE: N_(
        "The records do not reach back 4 weeks before it began, so there is nothing to compare."
    ),
    NO_USE: N_("Nobody from these neighbourhoods came, neither before nor after."),
    NO_OTHERS: N_(
        "There is no other neighbourhood with any use to compare with, so only the two numbers "
        "are known: {before} before, {after} after."
    ),
    "counts": N_(
        "Compared with the {weeks} weeks before: {before} became {after}. Had it gone as in the "
        "other neighbourhoods, it would be about {as_elsewhere}."
    ),
    "counts_quarter": N_(
        "Compared with the 3 months (12 weeks) before: {before} became {after}. Had it gone as in "
        "the other neighbourhoods, it would be about {as_elsewhere}."
    ),
    MORE: N_("Use rose: {ratio} times as elsewhere (90 % interval {low} to {high} times)."),
    LESS: N_("Use fell: {ratio} times as elsewhere (90 % interval {low} to {high} times)."),
    SAME: N_("Nothing to speak of changed: {ratio} times (90 % interval {low} to {high} times)."),
    CANNOT_TELL: N_(
        "Whether use rose or fell cannot be told: {ratio} times as elsewhere (90 % interval {low} "
        "to {high} times). A doubling would have been seen."
    ),
    "few": N_(
        "It cannot be told yet: somewhere between {low} and {high} times. About {more} more from "
        "these neighbourhoods are needed to see a doubling."
    ),
    "uneven": N_(
        "It cannot be told: somewhere between {low} and {high} times. Neighbourhoods change so "
        "differently here that waiting for more will hardly help; more neighbourhoods together "
        "may."
    ),
    # What speaks against taking it for a proof.
    "chosen": N_(
        "This is no proof. Neighbourhoods that were chosen because few came would be likely to "
        "rise by themselves, back to what is usual there."
    ),
    "fell_before": N_(
        "Just before it began use had fallen here ({ratio} times as elsewhere), so part of a rise "
        "may only be the way back."
    ),
    "rose_before": N_(
        "Use was rising here before it began ({ratio} times as elsewhere), so it may not be the "
        "cause."
    ),
    "crossing": N_(
        "At that time this began here as well: {titles}. Which of them it was cannot be told."
    ),
    "left_out": N_(
        "{n} neighbourhoods are left out of the comparison, because another action began there."
    ),
    "wifi": N_("Nobody counts the use of Wi-Fi, so this shows consultations."),
    "nowhere": N_("Of {percent} % of all at that time the neighbourhood is not known."),
}


@dataclass(frozen=True)
class Said:
    """A sentence: a key of `SENTENCES` and its facts."""

    code: str
    facts: Mapping[str, str | int]


@dataclass(frozen=True)
class Step:
    """Some weeks from the day `first`: uses of the marked neighbourhoods, and what they would be
    had they changed as the others (None before the action, and where nothing can be expected)."""

    first: date
    uses: int
    as_elsewhere: float | None


@dataclass(frozen=True)
class LookBack:
    """An action, what became of use (`measure`, a key of `MEASURES`), and what may be said.

    `state` is a key of `STATES`; `said` what is found and `but` what speaks against taking it for
    more. `others` is how many neighbourhoods it is compared with.
    """

    action: Action
    measure: str
    state: str
    window: Window | None = None
    change: Change | None = None
    said: tuple[Said, ...] = ()
    but: tuple[Said, ...] = ()
    steps: tuple[Step, ...] = ()
    others: int = 0
    trial: bool = False


def looks(
    actor: Actor, *, now: datetime, most: int = 84, measure: str = "", only: str = ""
) -> tuple[LookBack, ...]:
    """Every action, or the one with the id `only`, with what became of it, the latest first.

    Args:
        most: the longest time before and after, a key of `SPANS`.
        measure: a key of `MEASURES`; "" is seats for classes, and consultations for the rest.

    Raises:
        Refused: `choice_unknown` for another `most` or `measure`.
    """
    require(actor, "see_neighbourhoods")
    if most not in SPANS:
        raise Refused("choice_unknown", field="most", label=N_("How long before and after"))
    if measure and measure not in MEASURES:
        raise Refused("choice_unknown", field="measure", label=N_("What is counted"))
    with store.engine().reading() as reader:
        every = actions.read(reader)
        shown = [one for one in every if only in ("", one.id)]
        if not shown:
            return ()
        rows = reader.rows("SELECT id FROM town ORDER BY id")
        number = {row["id"]: n for n, row in enumerate(rows)}
        first = min(one.starts_on for one in shown) - timedelta(days=2 * most)
        wanted = {measure or usual(one.kind) for one in shown}
        uses = {one: uses_of.read(reader, one, number, first=first, now=now) for one in wanted}
        trial = mode.is_trial(reader)
    today = times.today(now)
    return tuple(
        look(one, every, uses[of], number, measure=of, today=today, most=most, trial=trial)
        for one in shown
        for of in (measure or usual(one.kind),)
    )


def usual(kind: str) -> str:
    """What is counted for a kind of action unless another is asked for."""
    return CLASS if kind == CLASS else DESK


def look(
    action: Action,
    every: Sequence[Action],
    uses: Uses,
    number: dict[str, int],
    *,
    measure: str,
    today: date,
    most: int,
    trial: bool = False,
) -> LookBack:
    """What became of an action; pure. `number` gives each neighbourhood its place in counts."""
    bare = LookBack(action, measure, WITHDRAWN, trial=trial or action.trial)
    if action.withdrawn_at:
        return bare
    window = effect.window(action.starts_on, today=today, most=most, known_from=uses.known_from)
    if window is None:
        return _no_window(bare, today)
    marked = np.zeros(len(number), np.bool_)
    marked[[number[id] for id in action.town_ids]] = True
    rivals = [one for one in every if one.id != action.id and not one.withdrawn_at]
    began = effect.crossing(window, [(one.id, one.starts_on) for one in rivals])
    crossing = [one for one in rivals if one.id in began]
    spoilt = np.zeros(len(number), np.bool_)
    for one in crossing:
        spoilt[[number[id] for id in one.town_ids]] = True
    kept = marked | ~spoilt
    counts = [
        effect.counts_in(uses.days, uses.towns, within, len(number))
        for within in (window.earlier, window.before, window.after)
    ]
    earlier, before, after = (one[kept] for one in counts)
    change = effect.compare(before, after, marked[kept])
    but = [Said("chosen", {})]
    if uses.known_from and window.earlier[0] >= uses.known_from:
        but += _trend(effect.compare(earlier, before, marked[kept]))
    here = [one.title for one in crossing if {*one.town_ids} & {*action.town_ids}]
    if here:
        but.append(Said("crossing", {"titles": "、".join(here)}))
    if (spoilt & ~marked).any():
        but.append(Said("left_out", {"n": int((spoilt & ~marked).sum())}))
    if action.kind == WIFI:
        but.append(Said("wifi", {}))
    but += _nowhere(uses, window)
    state, said = _found(window, before, after, marked[kept], change)
    return LookBack(
        action,
        measure,
        state,
        window,
        change,
        said,
        tuple(but),
        _steps(uses, window, marked, kept),
        int(((before + after > 0) & ~marked[kept]).sum()),
        bare.trial,
    )


def _no_window(bare: LookBack, today: date) -> LookBack:
    """Why there is nothing to compare yet."""
    action = bare.action
    since = (today - action.starts_on).days
    day = (action.starts_on + timedelta(days=STEP_DAYS)).isoformat()
    if since < 0:
        said = Said(PLANNED, {"day": day})
    elif since < STEP_DAYS:
        said = Said(EARLY, {"day": day, "days": since})
    else:
        said = Said(NO_BEFORE, {})
    return LookBack(action, bare.measure, said.code, said=(said,), trial=bare.trial)


def _found(
    window: Window, before: Counts, after: Counts, marked: NDArray[np.bool_], change: Change | None
) -> tuple[str, tuple[Said, ...]]:
    """The state, and the sentences that say it."""
    if change is None:
        facts: dict[str, str | int] = {
            "before": int(before[marked].sum()),
            "after": int(after[marked].sum()),
        }
        state = NO_OTHERS if facts["before"] or facts["after"] else NO_USE
        return state, (Said(state, facts if state == NO_OTHERS else {}),)
    numbers: dict[str, str | int] = {
        "before": change.before,
        "after": change.after,
        "as_elsewhere": round(change.as_elsewhere),
    }
    weeks = window.days // 7
    counts = Said("counts", {**numbers, "weeks": weeks})
    if weeks == 12:
        counts = Said("counts_quarter", numbers)
    facts = {name: times_of(getattr(change, name)) for name in ("low", "high")}
    code = change.verdict
    if code == CANNOT_TELL and not change.enough:
        code = "uneven" if change.more is None else "few"
    if code == "few":
        facts["more"] = change.more or 0
    if code not in ("few", "uneven"):
        facts["ratio"] = times_of(change.ratio)
    return change.verdict, (counts, Said(code, facts))


def times_of(ratio: float) -> str:
    """A ratio as it is said: “0.45”, “1.9”, “12”."""
    return f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def _trend(earlier: Change | None) -> list[Said]:
    """What use did before the action began."""
    if earlier is None or earlier.verdict not in (MORE, LESS):
        return []
    code = "fell_before" if earlier.verdict == LESS else "rose_before"
    return [Said(code, {"ratio": times_of(earlier.ratio)})]


def _nowhere(uses: Uses, window: Window) -> list[Said]:
    """That much is not known, where it is."""
    first, last = window.before[0].toordinal(), window.after[1].toordinal()
    unknown, known = (
        int(((days >= first) & (days <= last)).sum()) for days in (uses.nowhere, uses.days)
    )
    share = unknown / max(1, unknown + known)
    return [Said("nowhere", {"percent": round(100 * share)})] if share > MOST_NOWHERE else []


def _steps(
    uses: Uses, window: Window, marked: NDArray[np.bool_], kept: NDArray[np.bool_]
) -> tuple[Step, ...]:
    """Both times in steps, for a picture."""
    each = [effect.counts_in(uses.days, uses.towns, one, len(marked)) for one in window.steps]
    ours = [int(one[marked].sum()) for one in each]
    others = [int(one[kept & ~marked].sum()) for one in each]
    half = len(each) // 2
    usual, usual_others = sum(ours[:half]), sum(others[:half])
    return tuple(
        Step(
            first,
            uses_here,
            usual * there / usual_others if n >= half and usual_others else None,
        )
        for n, ((first, _last), uses_here, there) in enumerate(
            zip(window.steps, ours, others, strict=True)
        )
    )
