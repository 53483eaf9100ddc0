"""The six labels of a neighbourhood, each of which says what to do next."""

from collections.abc import Iterable

from desk.gaps.city import Floats, Use
from desk.gaps.method.smooth import SURE, Smoothed
from desk.refusals import N_

NOT_REACHED, FAR, NOT_COMING = "not_reached", "far", "not_coming"
CROWDED, ENOUGH, CANNOT_TELL = "crowded", "enough", "cannot_tell"
LABELS = {
    NOT_REACHED: N_("Not reached"),
    FAR: N_("Far away"),
    NOT_COMING: N_("Near, but nobody comes"),
    CROWDED: N_("Crowded"),
    ENOUGH: N_("Well enough served"),
    CANNOT_TELL: N_("Cannot tell yet"),
}
NEXT_STEPS = {
    NOT_REACHED: N_("Bring something near: look for a place for a class, a desk or Wi-Fi."),
    FAR: N_("Bring it nearer: look for a place, or a round trip."),
    NOT_COMING: N_("No new place: go and ask, invite, tell the neighbours."),
    CROWDED: N_("More of the same: more hours, more seats."),
    ENOUGH: N_("Keep it as it is, and look again next quarter."),
    CANNOT_TELL: N_("Log more consultations, or look at several neighbourhoods together."),
}

HALF = 0.5  # of the city's average reach: less is far
USUAL = 1.0
NOT_LOW = 0.2  # a probability of low use up to it tells that use is not low
MOST_NOWHERE = 0.2  # of uses without a neighbourhood; more, and nothing can be told from the rest


def label(relative: float, p_low: float, p_high: float, *, use_known: bool) -> str:
    """The label of a neighbourhood: a key of `LABELS`.

    Args:
        relative: its reach a_i, 1 being the city's average.
        p_low: the probability that its use is low, θ < 0.8.
        p_high: that it is high, θ > 1.25.
        use_known: whether use tells anything. It does not where nobody counts it (Wi-Fi) and
            where no difference between neighbourhoods can be shown.
    """
    far = relative < HALF
    if not use_known:
        return FAR if far else CANNOT_TELL
    if p_low > SURE:
        return NOT_REACHED if far else NOT_COMING
    if far and p_low <= NOT_LOW:
        return FAR
    if not far and p_high > SURE and relative < USUAL:
        return CROWDED
    if not far and p_low <= NOT_LOW:
        return ENOUGH
    return CANNOT_TELL


def labels(relative: Floats, smoothed: Smoothed | None) -> list[str]:
    """The labels of all neighbourhoods; `smoothed` None where nobody counts use."""
    if smoothed is None or not smoothed.spread:
        return [label(float(one), 0.0, 0.0, use_known=False) for one in relative]
    each: Iterable[tuple[float, float, float]] = zip(
        relative.tolist(), smoothed.p_low.tolist(), smoothed.p_high.tolist(), strict=True
    )
    return [label(*one, use_known=True) for one in each]


def healthy(use: Use) -> bool:
    """Whether few enough uses (20 % at most) have no neighbourhood for the others to be trusted.
    Uses of people from outside the city are in neither: theirs are known and elsewhere."""
    whole = int(use.observed.sum()) + use.nowhere
    return use.nowhere <= MOST_NOWHERE * whole
