"""The planner's table: need, distance and use of each neighbourhood, and why one stands out.

First, simple version: it flags what the counts can carry and says so when they cannot. Use is
judged only where at least 10 consultations would be expected, for below that a neighbourhood
served like all others would often look empty by chance (Poisson: P(O ≤ 3 | E = 6) = 15 %).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk import booking, consultations, near, places, store, times, wifi
from desk.gaps import need
from desk.people import Actor, require
from desk.refusals import N_

EXPECTED_LEAST = 10
FEW = 0.5  # fewer than half of what is expected
FAR_METRES = 2_000
DAYS = 365

STANDS_OUT, FINE, CANNOT_TELL = "stands_out", "fine", "cannot_tell"
LABELS = {
    STANDS_OUT: N_("Not reached"),
    FINE: N_("Nothing unusual"),
    CANNOT_TELL: N_("Cannot tell yet"),
}

SENTENCES = {
    "few_consultations": N_("{observed} consultations, where about {expected} would be expected."),
    "far_class": N_("The nearest class venue is {kilometres} km away."),
    "far_desk": N_("The nearest help desk is {kilometres} km away."),
    "far_wifi": N_("The nearest Wi-Fi is {kilometres} km away."),
    "no_class": N_("No class was held anywhere in the last year."),
    "no_desk": N_("There is no help desk yet."),
    "no_wifi": N_("No Wi-Fi is registered yet."),
    "no_consultations": N_("No consultation was logged in the last year, so use cannot be told."),
    "expect_too_few": N_(
        "About {expected} consultations would be expected: from {least} on, use can be told."
    ),
    "no_population": N_("There is no population figure for this neighbourhood."),
    "as_expected": N_("{observed} consultations, about as many as expected ({expected})."),
}


@dataclass(frozen=True)
class Reason:
    """Why a neighbourhood has its label: a key of `SENTENCES` and its facts."""

    code: str
    facts: dict[str, float | int | str]


@dataclass(frozen=True)
class Neighbourhood:
    """One row of the table. Distances in metres, None where there is nothing to go to."""

    town: places.Town
    persons_65_74: int
    persons_75_plus: int
    persons_in_need: float
    class_metres: float | None
    desk_metres: float | None
    wifi_metres: float | None
    consultations: int
    expected: float
    class_seats: int
    label: str
    reasons: tuple[Reason, ...]

    @property
    def consultations_per_100(self) -> float | None:
        """Consultations for every 100 persons in need; None where nobody is."""
        return _per_100(self.consultations, self.persons_in_need)

    @property
    def class_seats_per_100(self) -> float | None:
        """Class places used for every 100 persons in need; None where nobody is."""
        return _per_100(self.class_seats, self.persons_in_need)


@dataclass(frozen=True)
class Report:
    """The whole city over `days` up to the moment `until`."""

    neighbourhoods: list[Neighbourhood]
    until: datetime
    days: int
    consultations: int
    without_neighbourhood: int
    use_rates: dict[str, float]
    trial: bool


def report(actor: Actor, *, now: datetime) -> Report:
    """Every neighbourhood with its need, distances, use and label, what stands out first.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
    """
    require(actor, "see_neighbourhoods")
    needs = need.by_town()
    tally = consultations.tally(actor, now=now, days=DAYS)
    seats = booking.used_seats(actor, now=now, days=DAYS)
    points = {
        "class": _class_points(now),
        "desk": [(one["lat"], one["lng"]) for one in places.desks()],
        "wifi": [(one.lat, one.lng) for one in wifi.spots()],
    }
    total = sum(tally.by_town.values())
    in_need = sum(one.persons_in_need for one in needs.values())
    towns = places.towns()
    distances = {kind: _nearest(towns, at) for kind, at in points.items()}
    rows = []
    for number, town in enumerate(towns):
        distance = {kind: metres[number] for kind, metres in distances.items()}
        mine = needs.get(town.id)
        observed = tally.by_town.get(town.id, 0)
        expected = total * mine.persons_in_need / in_need if mine and in_need else 0.0
        label, reasons = judge(
            distance=distance,
            has_population=mine is not None,
            observed=observed,
            expected=expected,
            total=total,
        )
        rows.append(
            Neighbourhood(
                town=town,
                persons_65_74=mine.persons_65_74 if mine else 0,
                persons_75_plus=mine.persons_75_plus if mine else 0,
                persons_in_need=mine.persons_in_need if mine else 0.0,
                class_metres=distance["class"],
                desk_metres=distance["desk"],
                wifi_metres=distance["wifi"],
                consultations=observed,
                expected=expected,
                class_seats=seats.get(town.id, 0),
                label=label,
                reasons=reasons,
            )
        )
    order = [STANDS_OUT, CANNOT_TELL, FINE]
    rows.sort(key=lambda row: (order.index(row.label), -row.persons_in_need, row.town.kana))
    trial = any(places.is_trial(table) for table in ("population", "wifi_spot", "desk"))
    return Report(rows, now, DAYS, total, tally.unknown, need.use_rates(), trial)


def judge(
    *,
    distance: dict[str, float | None],
    has_population: bool,
    observed: int,
    expected: float,
    total: int,
) -> tuple[str, tuple[Reason, ...]]:
    """The label of a neighbourhood and the reasons, the weightiest first.

    `distance` gives metres to the nearest class venue, desk and Wi-Fi (None: there is none),
    `observed` and `expected` consultations, `total` those of the whole city.
    """
    far = [_far(kind, metres) for kind, metres in distance.items() if metres is not None]
    found = [reason for reason in far if reason]
    found += [Reason(f"no_{kind}", {}) for kind, metres in distance.items() if metres is None]
    stands_out = any(far)
    if not has_population:
        use = Reason("no_population", {})
    elif not total:
        use = Reason("no_consultations", {})
    elif expected < EXPECTED_LEAST:
        use = Reason("expect_too_few", {"expected": round(expected, 1), "least": EXPECTED_LEAST})
    else:
        facts: dict[str, float | int | str] = {"observed": observed, "expected": round(expected)}
        few = observed < FEW * expected
        use = Reason("few_consultations" if few else "as_expected", facts)
        if few:
            return STANDS_OUT, (use, *found)
        return STANDS_OUT if stands_out else FINE, (*found, use)
    return STANDS_OUT if stands_out else CANNOT_TELL, (*found, use)


def _far(kind: str, metres: float) -> Reason | None:
    if metres <= FAR_METRES:
        return None
    return Reason(f"far_{kind}", {"kilometres": round(metres / 1000, 1)})


def _nearest(
    towns: Sequence[places.Town], points: Sequence[tuple[float, float]]
) -> Sequence[float | None]:
    """Metres from each town to the nearest point; None where there is nothing to go to."""
    if not points:
        return [None] * len(towns)
    which = near.nearest([(town.lat, town.lng) for town in towns], points).index
    return [
        places.metres(town.lat, town.lng, *points[at])
        for town, at in zip(towns, which, strict=True)
    ]


def _class_points(now: datetime) -> list[tuple[float, float]]:
    """Where classes were held in the last year or are planned."""
    return [
        (row["lat"], row["lng"])
        for row in store.rows(
            "SELECT DISTINCT v.id, v.lat, v.lng FROM class c JOIN venue v ON v.id = c.venue_id "
            "WHERE c.status = 'open' AND c.starts_at >= :first",
            first=times.stamp(now - timedelta(days=DAYS)),
        )
    ]


def _per_100(count: int, persons: float) -> float | None:
    return 100 * count / persons if persons else None
