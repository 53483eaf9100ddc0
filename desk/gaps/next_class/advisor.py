"""The next class advisor: where, what and when the next class should be, each with its reason.

What counts is `desk.gaps.next_class.advice`; here it meets what the desk knows, and a choice
becomes a draft on the schedule. It is offered only when it is steady: see `advice.steadiness`.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from desk import changes, courses, mode, opening, rules, schedule, store, times
from desk.classes import ClassView
from desk.gaps import read
from desk.gaps.city import CLASS, DAYS, DETOUR, City, Counts, Floats, Settings, Yes
from desk.gaps.labels import MOST_NOWHERE
from desk.gaps.method.reach import reach
from desk.gaps.next_class import advice, free, wishes
from desk.gaps.next_class.advice import Choice, Steadiness, View
from desk.gaps.next_class.advised import Advice, Missing, Pick
from desk.near import apart
from desk.people import Actor, require
from desk.refusals import Refused
from desk.rules import ClassForm
from desk.store.engine import Reader, Row

METRES = 800  # on the way
SEATS = 10  # of a draft, where the room has as many
SEED = 6
_DISTANCES, _POINTS = (1.0, 0.75, 1.25), (0.0, -0.05, 0.05)  # the reference's perturbations
_MORE = (2, 4, 8)
_STEP = rules.STEP // timedelta(minutes=1)


@dataclass(frozen=True)
class _Ground:
    """What the desk knows, numbered: candidate venues, courses, and when they could be."""

    venues: list[Row]
    courses: list[Row]
    wishes: wishes.Wishes
    points: Floats
    planned: set[tuple[str, str]]
    coming: list[Row]
    hours: dict[str, opening.Hours]
    rooms: dict[str, list[Row]]
    busy: dict[str, set[str]]
    trial: bool


def advise(actor: Actor, *, now: datetime, metres: int = METRES) -> Advice:
    """The next classes for people in need within `metres` on the way of a venue.

    Only venues with a room, and times at which they are open and a room is free; no course that
    is planned there already.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        Refused: `use_rates_missing`, as `read.city`.
    """
    require(actor, "see_neighbourhoods")
    city = read.city(actor, Settings(kind=CLASS, metres=metres), now=now)
    with store.snapshot() as reader:
        ground = _ground(reader, city, now)
    views = _views(city, ground, metres)
    openings = _openings(ground, times.today(now))
    allowed = _allowed(ground, openings)
    found = advice.scores(views[0], ground.wishes.evidence)
    chosen = advice.first(found, allowed)
    steadiness = advice.steadiness(views, ground.wishes.evidence, allowed, chosen, seed=SEED)
    return Advice(
        picks=tuple(_pick(one, ground, views[0], openings) for one in chosen),
        steadiness=steadiness,
        missing=tuple(_missing(city, ground, views, allowed, chosen, steadiness, metres)),
        metres=metres,
        until=now,
        trial=city.trial or ground.trial,
    )


def _ground(reader: Reader, city: City, now: datetime) -> _Ground:
    venues = reader.rows("SELECT id, name, lat, lng FROM venue WHERE active = 1 ORDER BY id")
    rooms: dict[str, list[Row]] = {}
    for row in reader.rows(
        "SELECT id, venue_id, name, seats, trial FROM room WHERE active = 1 ORDER BY id"
    ):
        rooms.setdefault(row["venue_id"], []).append(row)
    offered = courses.all_courses(reader=reader)
    candidates = [row for row in venues if row["id"] in rooms]
    ids = [*(town.id for town in city.towns), *(row["id"] for row in venues)]
    known = wishes.Known(
        places={id: number for number, id in enumerate(ids)},
        venues={row["id"]: number for number, row in enumerate(candidates)},
        courses={one["id"]: number for number, one in enumerate(offered)},
    )
    coming = reader.rows(
        "SELECT c.venue_id, c.course_id, v.lat, v.lng, "
        "(SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id) AS seats FROM class c "
        "JOIN venue v ON v.id = c.venue_id WHERE c.status = 'open' AND c.ends_at > :now",
        now=times.stamp(now),
    )
    busy: dict[str, set[str]] = {}
    for row in reader.rows(
        "SELECT resource, step FROM busy WHERE resource >= 'room:' AND resource < 'room;' "
        "AND step > :now",
        now=times.stamp(now),
    ):
        busy.setdefault(row["resource"].partition(":")[2], set()).add(row["step"])
    points = [(town.lat, town.lng) for town in city.towns]
    points += [(row["lat"], row["lng"]) for row in venues]
    return _Ground(
        venues=candidates,
        courses=offered,
        wishes=wishes.read(reader, known, now=now, days=DAYS),
        points=np.array(points, np.float64).reshape(-1, 2),
        planned={(row["venue_id"], row["course_id"]) for row in coming},
        coming=coming,
        hours=opening.all_hours(reader),
        rooms=rooms,
        busy=busy,
        trial=mode.is_trial(reader) or any(one["trial"] for some in rooms.values() for one in some),
    )


def _views(city: City, ground: _Ground, metres: int) -> list[View]:
    """The city as it is known, and with distance and internet use a little other than assumed.

    Classes to come, drafts too, are supply already.
    """
    homes, sites = city.points, city.sites[CLASS]
    later = np.array([(row["lat"], row["lng"]) for row in ground.coming], np.float64)
    points = np.vstack([sites.points, later.reshape(-1, 2)])
    supply = np.append(sites.supply, [float(row["seats"]) for row in ground.coming])
    venues = np.array([(row["lat"], row["lng"]) for row in ground.venues], np.float64)
    away = apart(venues.reshape(-1, 2), ground.points)
    old = city.persons_65_74 + city.persons_75_plus
    found = []
    for stretch in _DISTANCES:
        near = away <= metres * stretch / DETOUR
        for change in _POINTS:
            need = np.maximum(city.need + change * old, 0)
            reached = reach(need, homes, supply, points, metres=metres * stretch, detour=DETOUR)
            found.append(View(need * np.maximum(0, 1 - reached.relative), near))
    return found


Openings = list[dict[int, dict[int, free.Opening]]]


def _openings(ground: _Ground, today: date) -> Openings:
    """For each candidate venue, by minutes of a class, the slots it could be in."""
    lengths = {_minutes(one) for one in ground.courses}
    return [
        {
            minutes: free.openings(
                ground.hours.get(venue["id"], opening.UNKNOWN),
                [free.Room(room["id"], room["seats"]) for room in ground.rooms[venue["id"]]],
                ground.busy,
                minutes=minutes,
                seats=SEATS,
                today=today,
            )
            for minutes in lengths
        }
        for venue in ground.venues
    ]


def _minutes(course: Row) -> int:
    """How long a class of a course is on the schedule, which goes in steps."""
    return _STEP * -(-int(course["minutes"]) // _STEP)


def _allowed(ground: _Ground, openings: Openings) -> Yes:
    allowed = np.zeros((len(ground.venues), len(ground.courses), len(free.SLOTS)), np.bool_)
    for v, venue in enumerate(ground.venues):
        for c, course in enumerate(ground.courses):
            if (venue["id"], course["id"]) not in ground.planned:
                allowed[v, c, list(openings[v][_minutes(course)])] = True
    return allowed


def _pick(one: Choice, ground: _Ground, view: View, openings: Openings) -> Pick:
    venue, course = ground.venues[one.venue], ground.courses[one.course]
    evidence, near = ground.wishes.evidence, view.near[one.venue]
    found = openings[one.venue][_minutes(course)][one.slot]
    about = evidence.teaches[:, one.course] > 0
    seats = evidence.seats[one.slot]
    names = {room["id"]: room["name"] for room in ground.rooms[venue["id"]]}
    return Pick(
        venue_id=venue["id"],
        venue=venue["name"],
        course_id=course["id"],
        title=course["title"],
        title_en=course["title_en"],
        day=found.day,
        starts=free.SLOTS[one.slot].clock,
        minutes=_minutes(course),
        room_id=found.room.id,
        room=names[found.room.id],
        seats=min(SEATS, found.room.seats),
        unmet=float(view.gap[near[: len(view.gap)]].sum()),
        asked=int(evidence.asked[near][:, about].sum()),
        waiting=int(evidence.waiting[near, one.course].sum()),
        far=_rows(near, one, evidence.far, not_at=one.venue),
        untimely=_rows(near, one, evidence.untimely, not_at=one.slot),
        filled=float(min(1, evidence.taken[one.slot] / seats)) if seats else None,
        known=ground.hours.get(venue["id"], opening.UNKNOWN).known,
        score=one.score,
    )


def _rows(
    near: Yes,
    one: Choice,
    rows: Counts,
    *,
    not_at: int,
) -> int:
    """People near who wanted the course and could not come, but not at this venue or time."""
    place, course, where = rows.T
    return int((near[place] & (course == one.course) & (where != not_at)).sum())


def _missing(
    city: City,
    ground: _Ground,
    views: list[View],
    allowed: Yes,
    chosen: list[Choice],
    steadiness: Steadiness,
    metres: int,
) -> list[Missing]:
    """What is not there to advise on, or to be sure of it."""
    evidence, nowhere = ground.wishes.evidence, ground.wishes.nowhere
    if not ground.venues:
        return [Missing("no_venue", {})]
    if not city.need.sum():
        return [Missing("no_population", {})]
    if not allowed.any():
        return [Missing("no_time", {})]
    if not chosen:
        return [Missing("nobody", {})]
    found = []
    asked = evidence.asked.sum()
    if not asked:
        found.append(Missing("no_topics", {}))
    if nowhere > MOST_NOWHERE:
        found.append(Missing("nowhere", {"percent": round(100 * nowhere)}))
    if found or steadiness.pairs >= advice.STEADY:
        return found
    for more in _MORE:
        then = advice.steadiness(
            views, evidence, allowed, chosen, seed=SEED, more=more, runs=advice.RUNS // 2
        )
        if then.pairs >= advice.STEADY:
            found.append(Missing("more", {"more": 10 * math.ceil((more - 1) * asked / 10)}))
            break
    else:
        plain = advice.steadiness(
            views[:1], evidence, allowed, chosen, seed=SEED, more=_MORE[-1], runs=advice.RUNS // 2
        )
        low, high = (round(metres * one) for one in (min(_DISTANCES), max(_DISTANCES)))
        if plain.pairs >= advice.STEADY:
            found.append(Missing("way", {"low": low, "high": high}))
        elif plain.venues >= advice.STEADY:
            found.append(Missing("courses", {}))
        else:
            found.append(Missing("alike", {}))
    if not len(evidence.far) + len(evidence.untimely):
        found.append(Missing("nobody_declined", {}))
    return found


def draft(actor: Actor, *, id: str, pick: Pick, now: datetime) -> ClassView:
    """Put a choice on the schedule as a draft nobody can book; the same `id` twice is one class.

    Raises:
        Refused: what `schedule.create` raises, when the schedule has changed since.
    """
    require(actor, "schedule")
    ends = times.local(times.at(pick.day, pick.starts) + timedelta(minutes=pick.minutes))
    form = ClassForm(
        course_id=pick.course_id,
        venue_id=pick.venue_id,
        room_id=pick.room_id,
        day=pick.day,
        starts=pick.starts,
        ends=ends.time(),
        seats=pick.seats,
        publish=False,
    )
    return schedule.create(actor, id=id, form=form, now=now)


def take_back(actor: Actor, *, class_id: str, now: datetime) -> ClassView:
    """Cancel a draft made here a moment ago, as long as nobody has worked on it. Twice is once.

    Raises:
        Refused: `class_unknown`, `undo_late`, or `changed_meanwhile` when it was changed or
            published since.
    """
    require(actor, "schedule")
    found = schedule.get(class_id)
    if found.status == "cancelled":
        return found
    if not found.draft or found.version != 1:
        raise Refused("changed_meanwhile")
    if found.changed_at and now - found.changed_at > changes.UNDO:
        raise Refused("undo_late", minutes=changes.UNDO // timedelta(minutes=1))
    return schedule.cancel(actor, class_id=class_id, now=now)
