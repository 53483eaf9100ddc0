"""Proves a timetable: every hard rule read again from the problem, minute by minute.

Written apart from the greedy start and the model, and shares no rule with them, so that a mistake
there is found here. It is slow and plain on purpose.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from desk.timetable.problem import Meeting, Problem, Room, Span, Teacher, Wish

MINUTES_OF_DAY = 1440


class Code(StrEnum):
    """The rule that is broken."""

    WISH_UNKNOWN = "wish_unknown"
    WISH_TWICE = "wish_twice"
    LOCKED = "locked"
    START = "start"
    HOURS = "hours"
    ROOM = "room"
    SEATS = "seats"
    ROOM_TAKEN = "room_taken"
    TEACHER_UNKNOWN = "teacher_unknown"
    TEACHER_SKILL = "teacher_skill"
    TEACHER_FREE = "teacher_free"
    TEACHER_TAKEN = "teacher_taken"
    TEACHER_TRAVEL = "teacher_travel"
    TEACHER_WEEK = "teacher_week"
    TEACHERS = "teachers"
    TRAINED_LECTURER = "trained_lecturer"
    DEVICES = "devices"


@dataclass(frozen=True)
class Violation:
    """A broken rule, the wishes it concerns, and the resource or figure it is about."""

    code: Code
    wish_ids: tuple[str, ...]
    detail: str = ""


def violations(problem: Problem, meetings: Iterable[Meeting]) -> list[Violation]:
    """Every rule a timetable breaks; an empty list proves it.

    A wish without a meeting is no violation. A locked meeting is held to the same rules.
    """
    plan = list(meetings)
    wishes = {wish.id: wish for wish in problem.wishes}
    known = [(wishes[one.wish_id], one) for one in plan if one.wish_id in wishes]
    found = [
        Violation(Code.WISH_UNKNOWN, (one.wish_id,)) for one in plan if one.wish_id not in wishes
    ]
    found += [
        Violation(Code.WISH_TWICE, (wish_id,), str(count))
        for wish_id, count in Counter(one.wish_id for one in plan).items()
        if count > 1
    ]
    found += [Violation(Code.LOCKED, (one.wish_id,)) for one in problem.locked if one not in plan]
    for wish, meeting in known:
        found += _time(problem, wish, meeting)
        found += _room(problem, wish, meeting)
        found += _teachers(problem, wish, meeting)
    for (wish, one), (other_wish, other) in combinations(known, 2):
        found += _pair(problem, wish, one, other_wish, other)
    found += _weeks(problem, known)
    found += _devices(problem, known)
    return found


def _minutes(start: int, length: int) -> range:
    return range(start, start + length)


def _within(minutes: range, spans: Iterable[Span]) -> bool:
    """Whether each single minute lies in one of the spans."""
    return all(any(span.start <= minute < span.end for span in spans) for minute in minutes)


def _touch(minutes: range, spans: Iterable[Span]) -> bool:
    return any(span.start <= minute < span.end for minute in minutes for span in spans)


def _time(problem: Problem, wish: Wish, meeting: Meeting) -> Iterator[Violation]:
    day, clock = divmod(meeting.starts, MINUTES_OF_DAY)
    if day not in range(problem.days) or clock not in problem.starts:
        yield Violation(Code.START, (wish.id,), str(meeting.starts))
    minutes = _minutes(meeting.starts, wish.minutes)
    after_midnight = clock + wish.minutes > MINUTES_OF_DAY
    if after_midnight or not _within(minutes, problem.open.get(wish.venue_id, ())):
        yield Violation(Code.HOURS, (wish.id,), f"venue:{wish.venue_id}")


def _room(problem: Problem, wish: Wish, meeting: Meeting) -> Iterator[Violation]:
    name = f"room:{meeting.room_id}"
    rooms: list[Room] = [room for room in problem.rooms if room.id == meeting.room_id]
    if not rooms or rooms[0].venue_id != wish.venue_id:
        yield Violation(Code.ROOM, (wish.id,), name)
    elif rooms[0].seats < wish.learners:
        yield Violation(Code.SEATS, (wish.id,), name)
    if _touch(_minutes(meeting.starts, wish.minutes), problem.taken.get(name, ())):
        yield Violation(Code.ROOM_TAKEN, (wish.id,), name)


def _teachers(problem: Problem, wish: Wish, meeting: Meeting) -> Iterator[Violation]:
    teachers: dict[str, Teacher] = {teacher.id: teacher for teacher in problem.teachers}
    there = set(meeting.teacher_ids)
    if len(there) < len(meeting.teacher_ids) or (
        len(there) * problem.learners_per_teacher < wish.learners
    ):
        yield Violation(Code.TEACHERS, (wish.id,), str(len(there)))
    leading = [teachers[one] for one in there if one in teachers and teachers[one].trained]
    if not any(
        one.trained_in is None or one.trained_in.start <= meeting.starts < one.trained_in.end
        for one in leading
    ):
        yield Violation(Code.TRAINED_LECTURER, (wish.id,))
    minutes = _minutes(meeting.starts, wish.minutes)
    for one in sorted(there):
        name = f"teacher:{one}"
        if one not in teachers:
            yield Violation(Code.TEACHER_UNKNOWN, (wish.id,), name)
            continue
        skills = teachers[one].skills
        if skills is not None and wish.course_id not in skills:
            yield Violation(Code.TEACHER_SKILL, (wish.id,), name)
        if not _within(minutes, teachers[one].free):
            yield Violation(Code.TEACHER_FREE, (wish.id,), name)
        if _touch(minutes, problem.taken.get(name, ())):
            yield Violation(Code.TEACHER_TAKEN, (wish.id,), name)
        elif any(_no_way(problem, wish, minutes, span) for span in problem.taken.get(name, ())):
            yield Violation(Code.TEACHER_TRAVEL, (wish.id,), name)


def _no_way(problem: Problem, wish: Wish, minutes: range, span: Span) -> bool:
    """Whether the way between a class outside the proposal and this one is too long."""
    if not span.venue_id or span.start // MINUTES_OF_DAY != minutes.start // MINUTES_OF_DAY:
        return False
    if span.start < minutes.start:
        return minutes.start - span.end < problem.travel.get((span.venue_id, wish.venue_id), 0)
    return span.start - minutes.stop < problem.travel.get((wish.venue_id, span.venue_id), 0)


def _pair(
    problem: Problem, wish: Wish, one: Meeting, other_wish: Wish, other: Meeting
) -> Iterator[Violation]:
    """Two classes that want the same room or the same teacher."""
    both = (wish.id, other_wish.id)
    mine, theirs = _minutes(one.starts, wish.minutes), _minutes(other.starts, other_wish.minutes)
    overlap = bool(set(mine) & set(theirs))
    if overlap and one.room_id == other.room_id:
        yield Violation(Code.ROOM_TAKEN, both, f"room:{one.room_id}")
    shared = sorted(set(one.teacher_ids) & set(other.teacher_ids))
    if overlap:
        yield from (Violation(Code.TEACHER_TAKEN, both, f"teacher:{t}") for t in shared)
        return
    if one.starts // MINUTES_OF_DAY != other.starts // MINUTES_OF_DAY:
        return
    if wish.venue_id == other_wish.venue_id:
        return
    if mine.start < theirs.start:
        between, way = theirs.start - mine.stop, (wish.venue_id, other_wish.venue_id)
    else:
        between, way = mine.start - theirs.stop, (other_wish.venue_id, wish.venue_id)
    if between < problem.travel.get(way, 0):
        yield from (Violation(Code.TEACHER_TRAVEL, both, f"teacher:{t}") for t in shared)


def _weeks(problem: Problem, known: list[tuple[Wish, Meeting]]) -> Iterator[Violation]:
    """Teachers with more classes in a calendar week than they said."""
    monday = -problem.first_day.weekday()
    for teacher in problem.teachers:
        for first in range(monday, problem.days, 7):
            week = range(first * MINUTES_OF_DAY, (first + 7) * MINUTES_OF_DAY)
            mine = [w.id for w, m in known if m.starts in week and teacher.id in m.teacher_ids]
            outside = problem.taken.get(f"teacher:{teacher.id}", ())
            count = len(mine) + sum(1 for span in outside if span.start in week)
            # What classes outside this proposal use up alone is not this proposal's fault.
            if mine and count > teacher.per_week:
                yield Violation(Code.TEACHER_WEEK, tuple(mine), f"teacher:{teacher.id}")


def _devices(problem: Problem, known: list[tuple[Wish, Meeting]]) -> Iterator[Violation]:
    """Counts the tablets away from home in each single minute."""
    away: Counter[int] = Counter()
    who: dict[int, list[str]] = {}
    for wish, meeting in known:
        if not wish.devices:
            continue
        before, after = problem.device_pad.get(wish.venue_id, (0, 0))
        for minute in range(meeting.starts - before, meeting.starts + wish.minutes + after):
            away[minute] += wish.devices
            who.setdefault(minute, []).append(wish.id)
    for span, count in problem.taken_devices:
        for minute in range(span.start, span.end):
            away[minute] += count
    reported: set[tuple[str, ...]] = set()
    for minute in sorted(who):
        together = tuple(who[minute])
        if away[minute] > problem.devices and together not in reported:
            reported.add(together)
            yield Violation(Code.DEVICES, together, f"{away[minute]} at {minute}")
