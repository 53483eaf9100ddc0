"""The board: what is in use while a timetable is put together, and what still fits.

Begins with what classes outside the proposal use. Meetings are put on and taken off; the board
does not judge them, so a locked meeting that breaks a rule can be put on as well.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from desk.timetable.demand import Demand, covers
from desk.timetable.problem import DAY, Meeting, Problem, Span, Wish

Use = tuple[int, int, str]  # start, end, venue ("" where it is not known)
Window = tuple[int, int, int, str]  # start, end, tablets, whose


class Board:
    """The state of a timetable in the making."""

    def __init__(self, problem: Problem, meetings: Iterable[Meeting] = ()) -> None:
        self.problem = problem
        self.meetings: dict[str, Meeting] = {}
        self.loads: Counter[str] = Counter()
        self.venue_days: Counter[tuple[str, int]] = Counter()
        self.course_weeks: Counter[tuple[str, str, int]] = Counter()
        self._weekly: Counter[tuple[str, int]] = Counter()
        self._uses: defaultdict[tuple[str, int], list[Use]] = defaultdict(list)
        self._away: defaultdict[int, set[Window]] = defaultdict(set)
        self._free: dict[tuple[str, int, int], bool] = {}
        for resource, spans in problem.taken.items():
            for span in spans:
                for day in _days(span.start, span.end):
                    self._uses[resource, day].append((span.start, span.end, span.venue_id))
                if resource.startswith("teacher:"):
                    self._weekly[resource, problem.week(span.start)] += 1
        for n, (span, count) in enumerate(problem.taken_devices):
            for day in _days(span.start, span.end):
                self._away[day].add((span.start, span.end, count, f"taken:{n}"))
        for meeting in meetings:
            self.put(meeting)

    def put(self, meeting: Meeting) -> None:
        """Put a meeting on the board."""
        self.meetings[meeting.wish_id] = meeting
        self._count(meeting, 1)
        for place, use in self._entries(meeting):
            self._uses[place].append(use)
        for day, window in self._windows(meeting):
            self._away[day].add(window)

    def take(self, wish_id: str) -> Meeting:
        """Take a wish's meeting off the board.

        Raises:
            KeyError: when it is not on it.
        """
        meeting = self.meetings.pop(wish_id)
        self._count(meeting, -1)
        for place, use in self._entries(meeting):
            self._uses[place].remove(use)
        for day, window in self._windows(meeting):
            self._away[day].discard(window)
        return meeting

    def rooms(self, want: Demand, start: int) -> tuple[str, ...]:
        """The rooms that are free; an empty name where none is needed."""
        if want.rooms is None:
            return ("",)
        end, day = start + want.wish.minutes, start // DAY
        return tuple(
            room
            for room in want.rooms
            if not any(a < end and start < b for a, b, _ in self._uses[f"room:{room}", day])
        )

    def teachers(self, want: Demand, start: int) -> tuple[str, ...]:
        """Who has the skill, is free, and can still come in that week."""
        return tuple(
            teacher.id
            for teacher in self.problem.teachers
            if teacher.can(want.wish.course_id) and self.teacher(teacher.id, want.wish, start)
        )

    def teacher(self, teacher_id: str, wish: Wish, start: int) -> bool:
        """Whether a teacher is free for a wish at a start, skill aside."""
        teacher, end = self.problem.teacher[teacher_id], start + wish.minutes
        if not self._is_free(teacher_id, teacher.free, start, end):
            return False
        name = f"teacher:{teacher_id}"
        if self._weekly[name, self.problem.week(start)] >= teacher.per_week:
            return False
        return not any(
            self._too_close(use, wish.venue_id, start, end)
            for use in self._uses[name, start // DAY]
        )

    def left(self, teacher_id: str, week: int) -> int:
        """How many more classes a teacher would give in a calendar week."""
        most = self.problem.teacher[teacher_id].per_week
        return max(0, most - self._weekly[f"teacher:{teacher_id}", week])

    def tablets(self, venue_id: str, start: int, end: int) -> int:
        """Tablets free all through a class from `start` to `end`, its pads kept; can be below 0."""
        before, after = self.problem.device_pad.get(venue_id, (0, 0))
        first, last = start - before, end + after
        near = {
            window
            for day in _days(first, last)
            for window in self._away[day]
            if window[0] < last and first < window[1]
        }
        moments = {first, *(window[0] for window in near if window[0] > first)}
        used = (
            sum(window[2] for window in near if window[0] <= moment < window[1])
            for moment in moments
        )
        return self.problem.devices - max(used)

    def fits(self, want: Demand, start: int) -> bool:
        """Whether a wish could be put at a start, all else staying as it is."""
        if not self.rooms(want, start):
            return False
        end = start + want.wish.minutes
        if want.devices and self.tablets(want.wish.venue_id, start, end) < want.devices:
            return False
        return enough(self.problem, want, start, self.teachers(want, start))

    def _is_free(self, teacher_id: str, free: Iterable[Span], start: int, end: int) -> bool:
        key = (teacher_id, start, end)
        if key not in self._free:
            self._free[key] = covers(free, start, end)
        return self._free[key]

    def _too_close(self, use: Use, venue_id: str, start: int, end: int) -> bool:
        first, last, venue = use
        if not venue:
            return first < end and start < last
        to, back = self.problem.way(venue, venue_id), self.problem.way(venue_id, venue)
        return first < end + back and start < last + to

    def _entries(self, meeting: Meeting) -> list[tuple[tuple[str, int], Use]]:
        wish = self.problem.wish[meeting.wish_id]
        use = (meeting.starts, meeting.starts + wish.minutes, wish.venue_id)
        names = [f"room:{meeting.room_id}", *(f"teacher:{one}" for one in meeting.teacher_ids)]
        return [((name, day), use) for name in names for day in _days(use[0], use[1])]

    def _windows(self, meeting: Meeting) -> list[tuple[int, Window]]:
        wish = self.problem.wish[meeting.wish_id]
        if not wish.devices:
            return []
        before, after = self.problem.device_pad.get(wish.venue_id, (0, 0))
        first, last = meeting.starts - before, meeting.starts + wish.minutes + after
        return [(day, (first, last, wish.devices, f"wish:{wish.id}")) for day in _days(first, last)]

    def _count(self, meeting: Meeting, by: int) -> None:
        wish, week = self.problem.wish[meeting.wish_id], self.problem.week(meeting.starts)
        self.venue_days[wish.venue_id, meeting.starts // DAY] += by
        self.course_weeks[wish.venue_id, wish.course_id, week] += by
        for one in meeting.teacher_ids:
            self.loads[one] += by
            self._weekly[f"teacher:{one}", week] += by


def enough(problem: Problem, want: Demand, start: int, teacher_ids: Iterable[str]) -> bool:
    """Whether so many teachers, and one who may lead then, can be had from these."""
    there = tuple(teacher_ids)
    if len(there) < want.need:
        return False
    return not want.lecturer or any(problem.teacher[one].leads(start) for one in there)


def _days(start: int, end: int) -> range:
    return range(start // DAY, (end - 1) // DAY + 1)
