"""The six labels of a neighbourhood, each of which says what to do next."""

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
