"""The search for the best timetable with OR-Tools CP-SAT. The only module that loads the solver."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from queue import Empty, SimpleQueue
from typing import Any

from ortools.sat.python import cp_model

from desk.timetable import blocks, greedy, penalty
from desk.timetable.demand import demand
from desk.timetable.formula import Formula
from desk.timetable.problem import Block, Constraint, Meeting, Plan, Problem, Progress

SEED = 1
LOOK = 0.05  # seconds between two looks at `stop`
# Measured on two cores, see docs/decisions/0005-month-builder.md.
WORKERS = 4
LINEARIZATION = 2
NAMING = 0.2  # of the seconds, at most, on top for naming what blocks

Report = Callable[[Progress], None]
Stop = Callable[[], bool]


def solve(
    problem: Problem, *, seconds: float, report: Report | None = None, stop: Stop | None = None
) -> Plan:
    """The best timetable found within `seconds`, every hard rule kept.

    The first report is the greedy answer, then one for each better plan or bound; `report` and
    `stop` are called in the caller's own thread. `stop` is asked all the time; once it says yes
    the best plan so far is returned. When wishes stay without a place, up to a fifth of `seconds`
    more is spent on naming what blocks them. Same seed always, yet two runs that end by the clock
    can differ.

    Raises:
        ValueError: for seconds that are not above 0.
    """
    if seconds <= 0:
        raise ValueError("seconds")
    search = _Search(problem, seconds, report or _no_report, stop or (lambda: False))
    return search.run()


class _Search:
    def __init__(self, problem: Problem, seconds: float, report: Report, stop: Stop) -> None:
        self.problem, self.seconds, self.report, self.stop = problem, seconds, report, stop
        self.began = time.monotonic()
        self.best: tuple[Meeting, ...] = ()
        self.bound = 0

    def run(self) -> Plan:
        self._take(greedy.arrange(self.problem))
        self.tell()
        if self.points > 0 and not self.stop() and self.seconds > self.spent():
            self._improve()
        unplaced = self.unplaced()
        named: tuple[Block, ...] = ()
        if unplaced:
            until = time.monotonic() + NAMING * self.seconds
            named = blocks.name(self.problem, self.best, self._able(until))
        weight = penalty.unplaced_weight(self.problem)
        return Plan(
            meetings=self.best,
            unplaced=unplaced,
            penalty=self.points,
            bound=self.bound,
            blocks=named,
            certain=not unplaced or self.bound > weight * (len(unplaced) - 1),
        )

    def spent(self) -> float:
        return time.monotonic() - self.began

    def unplaced(self) -> tuple[str, ...]:
        placed = {meeting.wish_id for meeting in self.best}
        return tuple(wish.id for wish in self.problem.wishes if wish.id not in placed)

    def tell(self) -> None:
        self.report(Progress(self.spent(), self.points, self.bound, len(self.unplaced())))

    def _take(self, meetings: tuple[Meeting, ...]) -> None:
        self.best = meetings
        self.points = penalty.penalty(self.problem, meetings)

    def _improve(self) -> None:
        """Search from the greedy plan on; the solver works in a thread of its own."""
        model = cp_model.CpModel()
        wants = [
            demand(self.problem, wish)
            for wish in self.problem.wishes
            if wish.id not in self.problem.fixed
        ]
        formula = Formula(self.problem, wants, model, _sum)
        formula.hint(self.best)
        solver = _solver(max(0.1, self.seconds - self.spent()))
        news: SimpleQueue[tuple[Meeting, ...] | float] = SimpleQueue()
        solver.best_bound_callback = news.put
        with ThreadPoolExecutor(max_workers=1) as pool:
            running = pool.submit(solver.solve, model, _Found(formula, news))
            try:
                while not running.done():
                    if self.stop():
                        solver.stop_search()
                    self._hear(news, LOOK)
            finally:
                solver.stop_search()
            status = running.result()
        self._hear(news, 0)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self._better(formula.read(solver.value))
        if status != cp_model.MODEL_INVALID:
            self._prove(solver.best_objective_bound)
        if self.unplaced():
            self._better(greedy.complete(self.problem, self.best))

    def _hear(self, news: "SimpleQueue[tuple[Meeting, ...] | float]", wait: float) -> None:
        """Take in what the solver found, and tell of it once."""
        before = (self.points, self.bound)
        while True:
            try:
                one = news.get(timeout=wait) if wait else news.get_nowait()
            except Empty:
                break
            wait = 0
            if isinstance(one, tuple):
                self._better(one)
            else:
                self._prove(one)
        if (self.points, self.bound) != before:
            self.tell()

    def _better(self, meetings: tuple[Meeting, ...]) -> None:
        if penalty.penalty(self.problem, meetings) < self.points:
            self._take(meetings)

    def _prove(self, bound: float) -> None:
        # Points are whole numbers and never below 0; a hair is left for the solver's floats.
        self.bound = min(self.points, max(self.bound, ceil(bound - 1e-6)))

    def _able(self, until: float) -> blocks.Able:
        """Whether all placed wishes and one more can be placed, with something added for it."""
        placed = {meeting.wish_id for meeting in self.best} - set(self.problem.fixed)

        def able(wish_id: str, added: frozenset[Constraint]) -> bool:
            left = until - time.monotonic()
            if left <= 0 or self.stop():
                return False
            wants = [
                demand(self.problem, wish, added if wish.id == wish_id else ())
                for wish in self.problem.wishes
                if wish.id in placed or wish.id == wish_id
            ]
            model = cp_model.CpModel()
            formula = Formula(self.problem, wants, model, _sum, all_placed=True)
            formula.hint(self.best)
            found = _solver(min(left, NAMING * self.seconds / len(Constraint))).solve(model)
            return bool(found in (cp_model.OPTIMAL, cp_model.FEASIBLE))

        return able


class _Found(cp_model.CpSolverSolutionCallback):
    """Hands on each timetable as it is found."""

    def __init__(self, formula: Formula, news: "SimpleQueue[tuple[Meeting, ...] | float]") -> None:
        super().__init__()
        self.formula, self.news = formula, news

    def on_solution_callback(self) -> None:
        self.news.put(self.formula.read(self.value))


def _no_report(_progress: Progress) -> None:
    """Nobody wants to know."""


def _sum(terms: Iterable[Any]) -> Any:
    return cp_model.LinearExpr.sum(list(terms))


def _solver(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = SEED
    solver.parameters.num_workers = WORKERS
    solver.parameters.linearization_level = LINEARIZATION
    return solver
