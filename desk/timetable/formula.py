"""The timetable as a CP-SAT model: what is decided, the hard rules, and the penalty to make least.

Decided for each wish: its start, its room, and in which week each teacher gives it. Start booleans
are summed up to days, weeks and clocks, so that two classes which would need the same person are
told apart by "same day" and "clocks too close" rather than for each pair of starts. Locked meetings
are no decision: they use things up on the board and count in the penalty.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import combinations
from typing import Any

from desk.timetable import hints, penalty
from desk.timetable.board import Board
from desk.timetable.demand import Demand
from desk.timetable.hints import Hint
from desk.timetable.problem import DAY, Meeting, Problem

Var = Any  # the solver's own types carry no annotations we can check
Total = Callable[[Iterable[Var]], Var]


class Formula:
    """Fills `model` with a problem.

    `wants` are the wishes to decide, `add_up` the solver's own sum. With `all_placed` each must be
    placed and nothing is minimised: the question is only whether it can be done. Without
    `clashes`, classes may share people and rooms at will, which is enough for a bound.
    """

    def __init__(
        self,
        problem: Problem,
        wants: Iterable[Demand],
        model: Var,
        add_up: Total,
        *,
        all_placed: bool = False,
        clashes: bool = True,
    ) -> None:
        self.problem, self.model, self.add_up = problem, model, add_up
        self.board = Board(problem, problem.locked)
        self.wants = {want.wish.id: want for want in wants}
        self.goal: list[Var] = []
        self.constant = 0
        self.start: dict[str, dict[int, Var]] = {}
        self.unplaced: dict[str, Var] = {}
        self.room: dict[str, dict[str, Var]] = {}
        self.day: dict[str, dict[int, Var]] = {}
        self.week: dict[str, dict[int, Var]] = {}
        self.clock: dict[str, dict[int, Var]] = {}
        self.gives: dict[str, dict[tuple[str, int], Var]] = {}
        self.teaches: dict[str, dict[str, Var]] = {}
        self._hints: dict[int, tuple[Var, Hint]] = {}
        for want in self.wants.values():
            self._place(want)
            self._staff(want)
        self._weeks_of_teachers()
        if clashes:
            self._apart()
        self._tablets()
        if all_placed:
            for literal in self.unplaced.values():
                model.add(literal == 0)
        else:
            self._penalty()
            model.minimize(add_up(self.goal) + self.constant)

    def hint(self, meetings: Iterable[Meeting]) -> None:
        """Give the search a whole timetable to begin with."""
        plan = {one.wish_id: one for one in meetings if one.wish_id in self.wants}
        for var, value in self._hints.values():
            self.model.add_hint(var, value(plan))

    def read(self, value: Callable[[Var], int]) -> tuple[Meeting, ...]:
        """The timetable of a solution, the locked meetings in it, in the problem's order."""
        plan = dict(self.problem.fixed)
        for wish_id, starts in self.start.items():
            for start, literal in starts.items():
                if value(literal):
                    rooms = (room for room, var in self.room[wish_id].items() if value(var))
                    there = (one for one, var in self.teaches[wish_id].items() if value(var))
                    plan[wish_id] = Meeting(wish_id, next(rooms, ""), start, tuple(there))
        return tuple(plan[wish.id] for wish in self.problem.wishes if wish.id in plan)

    def _bool(self, name: str, hint: Hint) -> Var:
        var = self.model.new_bool_var(name)
        self._hints[var.index] = (var, hint)
        return var

    def _place(self, want: Demand) -> None:
        """One start and one room, or neither."""
        one, model = want.wish.id, self.model
        fitting = [start for start in want.starts if self.board.fits(want, start)]
        starts = self.start[one] = {
            start: self._bool(f"{one}@{start}", hints.equal(one, _start, start))
            for start in fitting
        }
        none = self.unplaced[one] = self._bool(f"{one}-", hints.missing(one))
        model.add_exactly_one([*starts.values(), none])
        rooms = want.rooms or ()
        self.room[one] = {
            room: none.negated()
            if len(rooms) == 1
            else self._bool(f"{one}/{room}", hints.equal(one, _room, room))
            for room in rooms
        }
        if len(rooms) > 1:
            model.add_exactly_one([*self.room[one].values(), none])
            for start, literal in starts.items():
                for room in set(rooms) - set(self.board.rooms(want, start)):
                    model.add_implication(literal, self.room[one][room].negated())
        self.day[one] = self._summed(one, "d", lambda start: start // DAY)
        self.week[one] = self._summed(one, "w", self.problem.week)
        self.clock[one] = self._summed(one, "h", lambda start: start % DAY)

    def _summed(self, one: str, name: str, key: Callable[[int], int]) -> dict[int, Var]:
        """For each value of `key`, whether the class starts at one of its starts."""
        groups: defaultdict[int, list[Var]] = defaultdict(list)
        for start, literal in self.start[one].items():
            groups[key(start)].append(literal)
        summed = {}
        for value, literals in groups.items():
            if len(literals) == 1:
                summed[value] = literals[0]
                continue
            summed[value] = self._bool(
                f"{one}{name}{value}",
                hints.equal(one, lambda meeting: key(meeting.starts), value),
            )
            self.model.add(self.add_up(literals) == summed[value])
        return summed

    def _staff(self, want: Demand) -> None:
        """Enough teachers, a trained one among them, each free at the start."""
        one, problem = want.wish.id, self.problem
        most = max(want.need, penalty.most_teachers(problem, want.wish))
        there = {start: set(self.board.teachers(want, start)) for start in self.start[one]}
        gives = self.gives[one] = {}
        for week, held in self.week[one].items():
            starts = {s: v for s, v in self.start[one].items() if problem.week(s) == week}
            for teacher in problem.teachers:
                at = [v for s, v in starts.items() if teacher.id in there[s]]
                if not at:
                    continue
                gives[teacher.id, week] = self._bool(
                    f"{one}:{teacher.id}:{week}",
                    hints.both(hints.taught(one, teacher.id), self._in_week(one, week)),
                )
                if len(at) < len(starts):
                    self.model.add(gives[teacher.id, week] <= self.add_up(at))
            mine = [var for (_, w), var in gives.items() if w == week]
            if most == want.need:
                self.model.add(self.add_up(mine) == want.need * held)
            else:
                self.model.add(self.add_up(mine) >= want.need * held)
                self.model.add(self.add_up(mine) <= most * held)
            for var in mine:
                self.model.add_implication(var, held)
            if want.lecturer:
                self._led(held, starts, {t: v for (t, w), v in gives.items() if w == week})
        self.teaches[one] = {}
        for teacher_id in dict.fromkeys(teacher_id for teacher_id, _ in gives):
            weekly = [var for (t, _), var in gives.items() if t == teacher_id]
            teaches = self.teaches[one][teacher_id] = self._bool(
                f"{one}:{teacher_id}",
                hints.taught(one, teacher_id),
            )
            self.model.add(self.add_up(weekly) == teaches)

    def _led(self, held: Var, starts: dict[int, Var], gives: dict[str, Var]) -> None:
        """Somebody who may lead at the start, among those who give the class that week."""
        groups: defaultdict[tuple[str, ...], list[Var]] = defaultdict(list)
        for start, literal in starts.items():
            groups[tuple(t for t in gives if self.problem.teacher[t].leads(start))].append(literal)
        for leading, literals in groups.items():
            at = held if len(groups) == 1 else self.add_up(literals)
            self.model.add(self.add_up(gives[t] for t in leading) >= at)

    def _in_week(self, one: str, week: int) -> Hint:
        return hints.equal(one, lambda meeting: self.problem.week(meeting.starts), week)

    def _weeks_of_teachers(self) -> None:
        by_week: defaultdict[tuple[str, int], list[Var]] = defaultdict(list)
        for gives in self.gives.values():
            for key, var in gives.items():
                by_week[key].append(var)
        for (teacher_id, week), given in by_week.items():
            left = self.board.left(teacher_id, week)
            if left < len(given):
                self.model.add(self.add_up(given) <= left)

    def _apart(self) -> None:
        """Two classes too close in time share no room and no teacher."""
        for a, b in combinations(self.wants.values(), 2):
            one, other = a.wish.id, b.wish.id
            people = sorted(set(self.teaches[one]) & set(self.teaches[other]))
            rooms = sorted(set(self.room[one]) & set(self.room[other]))
            days = sorted(set(self.day[one]) & set(self.day[other]))
            near = {
                clock: close
                for clock in self.clock[one]
                if (close := [c for c in self.clock[other] if self._near(a, clock, b, c)])
            }
            if not days or not near or not (people or rooms):
                continue
            same = self._bool(f"{one}&{other}d", hints.same_day(one, other))
            for day in days:
                self.model.add_bool_or(
                    self.day[one][day].negated(), self.day[other][day].negated(), same
                )
            close_clocks = self._bool(f"{one}&{other}h", hints.close(one, other, near))
            for clock, close in near.items():
                theirs = self.add_up(self.clock[other][c] for c in close)
                self.model.add(self.clock[one][clock] + theirs <= 1 + close_clocks)
            clash = self._bool(
                f"{one}&{other}",
                hints.both(hints.same_day(one, other), hints.close(one, other, near)),
            )
            self.model.add_bool_or(same.negated(), close_clocks.negated(), clash)
            for mine, yours in (
                *((self.teaches[one][who], self.teaches[other][who]) for who in people),
                *((self.room[one][room], self.room[other][room]) for room in rooms),
            ):
                self.model.add_bool_or(mine.negated(), yours.negated(), clash.negated())

    def _near(self, a: Demand, mine: int, b: Demand, yours: int) -> bool:
        """Whether nobody can give both, the one beginning at clock `mine`, the other at `yours`."""
        to = self.problem.way(a.wish.venue_id, b.wish.venue_id)
        back = self.problem.way(b.wish.venue_id, a.wish.venue_id)
        return mine < yours + b.wish.minutes + back and yours < mine + a.wish.minutes + to

    def _tablets(self) -> None:
        """At no moment more tablets away than are left beside taken and locked ones.

        Counted where some class's tablets leave home: between these moments the count only falls.
        """
        windows = []
        for one, want in self.wants.items():
            before, after = self.problem.device_pad.get(want.wish.venue_id, (0, 0))
            if want.devices:
                windows += [
                    (start - before, start + want.wish.minutes + after, one, literal)
                    for start, literal in self.start[one].items()
                ]
        windows.sort(key=lambda window: window[:3])
        moments = {first for first, _, _, _ in windows}
        for first in sorted(moments | self._moments_used(moments)):
            away = [w for w in windows if w[0] <= first < w[1]]
            asked = {one: self.wants[one].devices for _, _, one, _ in away}
            left = self.board.tablets("", first, first + 1)
            if sum(asked.values()) > left:
                total = self.add_up(asked[one] * literal for _, _, one, literal in away)
                self.model.add(total <= max(0, left))

    def _moments_used(self, moments: set[int]) -> set[int]:
        """When tablets outside this decision leave home, after the first of ours does."""
        if not moments:
            return set()
        used = {span.start for span, _ in self.problem.taken_devices}
        for meeting in self.problem.locked:
            venue = self.problem.wish[meeting.wish_id].venue_id
            used.add(meeting.starts - self.problem.device_pad.get(venue, (0, 0))[0])
        return used

    def _penalty(self) -> None:
        """The terms of `penalty.parts`, each as a count above what is free of points."""
        weights, problem = penalty.WEIGHTS, self.problem
        self.goal += [penalty.unplaced_weight(problem) * var for var in self.unplaced.values()]
        days: defaultdict[tuple[str, int], list[Var]] = defaultdict(list)
        weeks: defaultdict[tuple[str, str, int], list[Var]] = defaultdict(list)
        loads: defaultdict[str, list[Var]] = defaultdict(list)
        for one, want in self.wants.items():
            for day, var in self.day[one].items():
                days[want.wish.venue_id, day].append(var)
            for week, var in self.week[one].items():
                weeks[want.wish.venue_id, want.wish.course_id, week].append(var)
            for teacher_id, var in self.teaches[one].items():
                loads[teacher_id].append(var)
            self._moved(want)
        at_day, at_week = self.board.venue_days, self.board.course_weeks
        for place, held in days.items():
            self._above(held, at_day[place] - 1, (weights.same_day,))
        for what, held in weeks.items():
            self._above(held, at_week[what] - 1, (weights.same_week,))
        for teacher_id, given in loads.items():
            self._above(given, self.board.loads[teacher_id] - self._fair, weights.load)
        locked = penalty.parts(problem, problem.locked)
        self.constant += sum(points for part, points in locked.items() if part != "unplaced")

    @cached_property
    def _fair(self) -> int:
        return penalty.fair_load(self.problem)

    def _above(self, held: list[Var], already: int, points: tuple[int, ...]) -> None:
        """Points for what lifts a count, which stands at `already`, above zero.

        Each step above costs its own points, the last of them for every further one.
        """
        most = already + len(held)
        if most <= 0:
            return
        steps = []
        stands = [self._hints[var.index][1] for var in held]
        first = max(0, already) + 1
        for step in range(first, most + 1):
            weight = points[min(step, len(points)) - 1]
            last = step >= len(points)
            var = self.model.new_int_var(0, most - step + 1 if last else 1, "")
            self._hints[var.index] = (var, hints.above(stands, already, step, last))
            steps.append(var)
            self.goal.append(weight * var)
            if last:
                break
        self.model.add(self.add_up(held) + already - max(0, already) <= self.add_up(steps))

    def _moved(self, want: Demand) -> None:
        old = self.problem.before.get(want.wish.id)
        if old is None:
            return
        one, weights = want.wish.id, penalty.WEIGHTS
        placed = 1 - self.unplaced[one]
        there = [self.teaches[one][who] for who in set(old.teacher_ids) & set(self.teaches[one])]
        had = len(set(old.teacher_ids))
        self.goal.append(weights.changed * (had * placed - self.add_up(there)))
        start, room = self.start[one].get(old.starts), self.room[one].get(old.room_id)
        if start is None or room is None:
            self.goal.append(weights.moved * placed)
        elif len(self.room[one]) == 1:
            self.goal.append(weights.moved * (placed - start))
        else:
            kept = self._bool(
                f"{one}=",
                hints.both(
                    hints.equal(one, _start, old.starts), hints.equal(one, _room, old.room_id)
                ),
            )
            self.model.add_implication(kept, start)
            self.model.add_implication(kept, room)
            self.goal.append(weights.moved * (placed - kept))


def _start(meeting: Meeting) -> int:
    return meeting.starts


def _room(meeting: Meeting) -> str:
    return meeting.room_id
