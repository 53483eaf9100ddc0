"""An answer at once: the hardest wish first, each where it costs least, then a small repair.

Deterministic, no solver. It keeps the previous plan wherever that is still possible.
"""

from collections.abc import Iterable

from desk.timetable import penalty
from desk.timetable.board import Board, enough
from desk.timetable.demand import Demand, demand
from desk.timetable.problem import DAY, Meeting, Problem

LOOK = 12  # starts looked at closely for one wish
TRIES = 120  # exchanges tried in all before a wish is left without a place


def arrange(problem: Problem) -> tuple[Meeting, ...]:
    """A timetable that keeps every hard rule, of as many wishes as were found a place.

    Locked meetings are in it as they are, even where one of them breaks a rule.
    """
    return _Arranger(problem, problem.locked).run()


def complete(problem: Problem, meetings: Iterable[Meeting]) -> tuple[Meeting, ...]:
    """The same meetings and what else fits beside them."""
    made = _Arranger(problem, meetings)
    for wish_id in made.waiting():
        made.settle(made.wants[wish_id])
    return made.result()


class _Arranger:
    def __init__(self, problem: Problem, meetings: Iterable[Meeting]) -> None:
        self.problem = problem
        self.board = Board(problem, meetings)
        self.wants = {wish.id: demand(problem, wish) for wish in problem.wishes}
        self.fair = penalty.fair_load(problem)
        self.tries = TRIES

    def run(self) -> tuple[Meeting, ...]:
        self._keep()
        waiting = self.waiting()
        places = {one: self._places(self.wants[one]) for one in waiting}
        for wish_id in sorted(waiting, key=lambda one: (places[one], one)):
            want = self.wants[wish_id]
            if not self.settle(want):
                self._exchange(want)
        return self.result()

    def waiting(self) -> list[str]:
        """The wishes without a place, in the problem's order."""
        return [wish.id for wish in self.problem.wishes if wish.id not in self.board.meetings]

    def result(self) -> tuple[Meeting, ...]:
        return tuple(
            self.board.meetings[wish.id]
            for wish in self.problem.wishes
            if wish.id in self.board.meetings
        )

    def settle(self, want: Demand) -> bool:
        """Put a wish where it costs least; False when it fits nowhere."""
        options = []
        for start in want.starts:
            if self.board.fits(want, start):
                there = self.board.teachers(want, start)
                options.append((self._cost(want, start), -len(there), start))
        best: tuple[int, int, Meeting] | None = None
        for cost, spare, start in sorted(options)[:LOOK]:
            meeting = self._meeting(want, start)
            key = (cost + self._cost_of_load(meeting), spare)
            if best is None or key < best[:2]:
                best = (*key, meeting)
        if best is None:
            return False
        self.board.put(best[2])
        return True

    def _keep(self) -> None:
        """Put the previous meetings that still fit: those with all their teachers first."""
        old = [m for m in self.problem.before.values() if m.wish_id not in self.problem.fixed]
        for whole in (True, False):
            for meeting in old:
                want = self.wants[meeting.wish_id]
                if meeting.wish_id in self.board.meetings or meeting.starts not in want.starts:
                    continue
                if meeting.room_id not in self.board.rooms(want, meeting.starts):
                    continue
                if not self.board.fits(want, meeting.starts):
                    continue
                if whole:
                    there = set(self.board.teachers(want, meeting.starts))
                    if not set(meeting.teacher_ids) <= there:
                        continue
                    if not enough(self.problem, want, meeting.starts, set(meeting.teacher_ids)):
                        continue
                    self.board.put(meeting)
                else:
                    self.board.put(self._meeting(want, meeting.starts))

    def _places(self, want: Demand) -> int:
        """How many starts a wish has left, each counted by the teachers there are to spare."""
        return sum(
            1 + min(3, len(self.board.teachers(want, start)) - want.need)
            for start in want.starts
            if self.board.fits(want, start)
        )

    def _cost(self, want: Demand, start: int) -> int:
        wish, weights = want.wish, penalty.WEIGHTS
        week = self.problem.week(start)
        cost = weights.same_day * (self.board.venue_days[wish.venue_id, start // DAY] > 0)
        again = self.board.course_weeks[wish.venue_id, wish.course_id, week] > 0
        cost += weights.same_week * again
        old = self.problem.before.get(wish.id)
        return cost + weights.moved * (old is not None and old.starts != start)

    def _cost_of_load(self, meeting: Meeting) -> int:
        return sum(
            penalty.overload(self.board.loads[one] + 1, self.fair)
            - penalty.overload(self.board.loads[one], self.fair)
            for one in meeting.teacher_ids
        )

    def _meeting(self, want: Demand, start: int) -> Meeting:
        """A wish at a start it fits at, with the teachers who are easiest to spare."""
        old = self.problem.before.get(want.wish.id)
        rooms, had = self.board.rooms(want, start), old.teacher_ids if old else ()
        room = old.room_id if old and old.room_id in rooms else rooms[0]
        there = [self.problem.teacher[one] for one in self.board.teachers(want, start)]
        week = self.problem.week(start)
        ranked = sorted(
            there,
            key=lambda one: (
                one.id not in had,
                max(0, self.board.loads[one.id] + 1 - self.fair),
                one.leads(start),
                -self.board.left(one.id, week),
                self.board.loads[one.id],
                one.skills is None,
                one.id,
            ),
        )
        chosen = ranked[: want.need]
        if want.lecturer and not any(one.leads(start) for one in chosen):
            chosen[-1] = next(one for one in ranked if one.leads(start))
        return Meeting(want.wish.id, room, start, tuple(one.id for one in chosen))

    def _exchange(self, want: Demand) -> bool:
        """Find a class that makes way for a wish and has another place itself."""
        for other_id in list(self.board.meetings):
            if other_id in self.problem.fixed:
                continue
            if not self.tries:
                return False
            other = self.board.take(other_id)
            if any(self.board.fits(want, start) for start in want.starts):
                self.tries -= 1
                self.settle(want)
                if self.settle(self.wants[other_id]):
                    return True
                self.board.take(want.wish.id)
            self.board.put(other)
        return False
