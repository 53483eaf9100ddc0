"""The search for the best timetable with OR-Tools CP-SAT. The module that loads the solver.

From the greedy plan on, in rounds: some classes are set free and arranged at best, the others
stay. The proven least penalty comes from a linear relaxation of the whole month.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from random import Random
from threading import Lock, Thread, get_native_id
from typing import Any

from ortools.sat.python import cp_model

from desk.timetable import blocks, bound, greedy, penalty, rounds
from desk.timetable.demand import demand
from desk.timetable.formula import Formula
from desk.timetable.problem import Block, Constraint, Meeting, Plan, Problem, Progress

SEED = 1
LOOK = 0.05  # seconds between two looks at `stop`
# Measured on two cores, see docs/decisions/0005-month-builder.md.
WORKERS = 1
LINEARIZATION = 2
SIZES = (12, 20)  # classes free in the first rounds, by turns: quick ones, thorough ones
ROUND = 1.5  # seconds a round may take
BOUND = 0.3  # of the seconds, at most, for the bound; while it is sought nothing asks `stop`
BOUND_MOST = 5.0  # seconds
NICE = 10  # how far the solver stands behind all else that wants the processor
NAMING = 0.2  # of the seconds, at most, on top for naming what blocks

_TURN = Lock()  # one search at a time: two cores, and tablets that must be served
Report = Callable[[Progress], None]
Stop = Callable[[], bool]


def solve(
    problem: Problem,
    *,
    seconds: float,
    report: Report | None = None,
    stop: Stop | None = None,
    behind: bool = False,
) -> Plan:
    """The best timetable found within `seconds`, every hard rule kept.

    The first report is the greedy answer, then one for each better plan or bound; while another
    search is under way in this process, this one waits after the first. `stop` is asked many times
    a second, but for a first few while the bound is sought; once it says yes the best plan so far
    is returned. Both are called in the caller's own thread. `behind` puts the solver's threads
    behind all others, where somebody waits for the same machine. When wishes stay without a place,
    up to a fifth of `seconds` more is spent on naming what blocks them. Same seed always, yet two
    runs that end by the clock can differ.

    Raises:
        ValueError: for seconds that are not above 0.
    """
    if seconds <= 0:
        raise ValueError("seconds")
    return _Search(problem, seconds, report or _no_report, stop or _no_stop, behind).run()


class _Search:
    def __init__(
        self, problem: Problem, seconds: float, report: Report, stop: Stop, behind: bool
    ) -> None:
        self.problem, self.report, self.stop, self.behind = problem, report, stop, behind
        self.began = time.monotonic()
        self.until = self.began + seconds
        self.seconds = seconds
        self.wants = {w.id: demand(problem, w) for w in problem.wishes if w.id not in problem.fixed}
        self.best: tuple[Meeting, ...] = ()
        self.points = 0
        self.bound = 0

    def run(self) -> Plan:
        self._take(greedy.arrange(self.problem))
        self._tell()
        with self._turn():
            if self._goes_on():
                self._prove(self._relaxed())
            self._improve()
            unplaced = self._unplaced()
            named: tuple[Block, ...] = ()
            if unplaced:
                until = time.monotonic() + NAMING * self.seconds
                named = blocks.name(self.problem, self.best, self._able(until))
        return Plan(
            meetings=self.best,
            unplaced=unplaced,
            penalty=self.points,
            bound=self.bound,
            blocks=named,
            certain=len(unplaced) == penalty.least_unplaced(self.problem, self.bound),
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other search is under way, or this one is to stop."""
        mine, since = _TURN.acquire(blocking=False), time.monotonic()
        if not mine:
            self._tell(waits=True)
            while not mine and not self.stop():
                mine = _TURN.acquire(timeout=LOOK)
            waited = time.monotonic() - since
            self.began, self.until = self.began + waited, self.until + waited
            self._tell()
        try:
            yield
        finally:
            if mine:
                _TURN.release()

    def _goes_on(self) -> bool:
        return self.points > self.bound and time.monotonic() < self.until and not self.stop()

    def _unplaced(self) -> tuple[str, ...]:
        placed = {meeting.wish_id for meeting in self.best}
        return tuple(wish.id for wish in self.problem.wishes if wish.id not in placed)

    def _tell(self, *, waits: bool = False) -> None:
        spent = time.monotonic() - self.began
        missing = len(self._unplaced())
        self.report(Progress(spent, self.points, self.bound, missing, self.best, waits))

    def _take(self, meetings: tuple[Meeting, ...]) -> None:
        self.best = meetings
        self.points = penalty.penalty(self.problem, meetings)

    def _prove(self, least: int) -> None:
        if least > self.bound:
            self.bound = min(self.points, least)
            self._tell()

    def _relaxed(self) -> int:
        model = cp_model.CpModel()
        formula = Formula(self.problem, self.wants.values(), model, _sum, clashes=False)
        seconds = min(BOUND_MOST, BOUND * self.seconds)
        found = bound.least(model, seconds)
        if self._unplaced():
            # By halves a wish can be placed in part; how many have none is a whole number.
            model.minimize(_sum(formula.unplaced.values()))
            missing = bound.least(model, seconds)
            found = max(found, missing * penalty.unplaced_weight(self.problem))
        return found

    def _improve(self) -> None:
        """Rounds until the plan is proven best, the time is over or it is stopped."""
        dice, sizes, turn = Random(SEED), list(SIZES), 0
        while self._goes_on():
            kind = turn % len(sizes)
            if sizes[kind] >= len(self.wants):
                chosen = frozenset(self.wants)
            else:
                chosen = rounds.free(
                    self.problem, self.best, size=sizes[kind], turn=turn // len(sizes), dice=dice
                )
            before, turn = self.points, turn + 1
            closed = self._round(chosen)
            if not closed:
                sizes[kind] = max(SIZES[0] // 2, sizes[kind] - 1)
            elif self.points == before:
                sizes[kind] += 1

    def _round(self, chosen: frozenset[str]) -> bool:
        """Arrange these wishes at best beside the others; False when the round was too short."""
        rest = tuple(one for one in self.best if one.wish_id not in chosen)
        part = replace(self.problem, locked=rest)
        model = cp_model.CpModel()
        wants = [want for one, want in self.wants.items() if one in chosen]
        formula = Formula(part, wants, model, _sum)
        formula.hint(self.best)
        whole = len(chosen) == len(self.wants)
        left = max(0.1, self.until - time.monotonic())
        solver = _solver(left if whole else min(left, ROUND))
        status = self._solve(solver, model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = formula.read(solver.value)
            points = penalty.penalty(self.problem, found)
            if points < self.points:
                self._take(found)
                self._tell()
            elif points == self.points:
                self.best = found  # as good, but elsewhere: the next round may get further
        if whole:
            # Points are whole numbers; a hair is left for the solver's floats.
            self._prove(ceil(solver.best_objective_bound - 1e-6))
        return bool(status == cp_model.OPTIMAL)

    def _solve(self, solver: cp_model.CpSolver, model: cp_model.CpModel) -> Any:
        """Let the solver work in a thread of its own, for `stop` to be asked meanwhile."""
        status: list[Any] = []

        def work() -> None:
            if self.behind:
                _stand_behind()
            status.append(solver.solve(model))

        # A daemon, for a server that is told to stop does not wait for a timetable.
        running = Thread(target=work, daemon=True)
        running.start()
        try:
            while running.is_alive():
                running.join(LOOK)
                if self.stop():
                    solver.stop_search()
        finally:
            solver.stop_search()
        return status[0]

    def _able(self, until: float) -> blocks.Able:
        """Whether all placed wishes and one more can be placed, with something added for it."""
        placed = {meeting.wish_id for meeting in self.best}

        def able(wish_id: str, added: frozenset[Constraint]) -> bool:
            left = until - time.monotonic()
            if left <= 0 or self.stop():
                return False
            wants = [want for one, want in self.wants.items() if one in placed]
            wants.append(demand(self.problem, self.problem.wish[wish_id], added))
            model = cp_model.CpModel()
            formula = Formula(self.problem, wants, model, _sum, all_placed=True)
            formula.hint(self.best)
            solver = _solver(min(left, NAMING * self.seconds / len(Constraint)))
            return self._solve(solver, model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)

        return able


def _stand_behind() -> None:
    """Put this thread, and those the solver makes in it, behind all others (where that can be)."""
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICE)


def _no_report(_progress: Progress) -> None:
    """Nobody wants to know."""


def _no_stop() -> bool:
    return False


def _sum(terms: Iterable[Any]) -> Any:
    return cp_model.LinearExpr.sum(list(terms))


def _solver(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = SEED
    solver.parameters.num_workers = WORKERS
    solver.parameters.linearization_level = LINEARIZATION
    return solver
