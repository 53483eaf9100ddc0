"""The contest itself, the same for whoever is measured: one gate, one clock, one count.

Standard library only: the python of another system runs it too.
"""

import multiprocessing
import time as clock
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

SEAT, NONE, BUSY = "seat", "none", "busy"
PATIENCE = 300

Enter = tuple[Callable[..., None], tuple[Any, ...]]
Attempt = Callable[[str], str]


@dataclass(frozen=True)
class Outcome:
    """What the processes were told, over all classes but the warm-up's."""

    seconds: float
    told: dict[str, int]
    oversold: int

    @property
    def per_s(self) -> float:
        """Accepted bookings per second, from the first try to the last answer."""
        return self.told.get(SEAT, 0) / self.seconds


def contest(
    processes: int,
    classes: Sequence[str],
    seats: int,
    *,
    enter: Enter,
    attempt: Attempt,
) -> Outcome:
    """Every process tries every class once, in the same order; the first class is the warm-up.

    `enter` is the function, with its arguments, that opens a process's own connection. It and
    `attempt` must be importable by name. `attempt` answers SEAT, NONE or BUSY ("try again",
    which nobody does here). The warm-up is a real booking, before the gate.
    """
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(processes, timeout=PATIENCE)
    with context.Pool(processes, _join, (gate, *enter)) as pool:
        jobs = [(attempt, list(classes))] * processes
        runs = pool.map_async(_tries, jobs, chunksize=1).get(timeout=3 * PATIENCE)
    seconds = max(end for _start, end, _told in runs) - min(start for start, _end, _told in runs)
    told = Counter(answer for _start, _end, answers in runs for answer in answers)
    sold = [Counter(answers)[SEAT] for answers in zip(*(run[2] for run in runs), strict=True)]
    return Outcome(seconds, dict(told), sum(max(0, people - seats) for people in sold))


def _join(gate: object, enter: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    global _gate
    _gate = gate
    enter(*arguments)


def _tries(job: tuple[Attempt, list[str]]) -> tuple[float, float, list[str]]:
    attempt, (warm_up, *classes) = job
    attempt(warm_up)
    _gate.wait()
    start = clock.time()
    answers = [attempt(class_id) for class_id in classes]
    return start, clock.time(), answers
