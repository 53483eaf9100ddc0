"""A month in the making: what a planner wishes for, the search for it, and what became of it.

One for each person, in the server's memory: a reload or another tablet finds it again, a restart
of the server does not. What was accepted is on the schedule and lost by neither.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from threading import Event, Lock, Thread
from time import monotonic

from desk import month
from desk.month import Frame, Wanted
from desk.people import Actor, require
from desk.timetable import Meeting, Plan, Problem, Progress

_making: dict[str, "Making"] = {}
_lock = Lock()


class Search:
    """A search in a thread of its own, which ends when its time is over, whoever looks.

    One at a time uses the solver, and behind all else the machine does (`desk.timetable.model`);
    the greedy answer is there at once for everybody.
    """

    def __init__(self, asked: Problem, seconds: float) -> None:
        self.problem, self.seconds = asked, seconds
        self.progress: list[Progress] = []
        self._heard = monotonic()
        self.plan: Plan | None = None
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        from desk.timetable import model  # the solver is loaded only when it is asked

        self.plan = model.solve(
            self.problem,
            seconds=self.seconds,
            report=self._hear,
            stop=self._stop.is_set,
            behind=True,
        )

    def _hear(self, progress: Progress) -> None:
        self._heard = monotonic()
        self.progress.append(progress)

    @property
    def waits(self) -> bool:
        """True while another search uses the solver."""
        return bool(self.progress) and self.progress[-1].waits

    @property
    def spent(self) -> float:
        """How many of its seconds are over."""
        if not self.progress:
            return 0.0
        since = 0.0 if self.waits else monotonic() - self._heard
        return min(self.seconds, self.progress[-1].seconds + since)

    @property
    def running(self) -> bool:
        """True until there is a plan, or it failed."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Take the best plan found so far."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> Plan | None:
        """The plan, when it is there within so many seconds."""
        self._thread.join(seconds)
        return self.plan


@dataclass
class Making:
    """A person's month. `accepted` are ids of wishes, `drafts` of the classes made from them.

    `last` is the timetable before, which the next one can keep close to; `id` is for accepting.
    """

    wanted: list[Wanted] = field(default_factory=list)
    frame: Frame | None = None
    search: Search | None = None
    id: str = ""
    accepted: set[str] = field(default_factory=set)
    drafts: list[str] = field(default_factory=list)
    last: tuple[Meeting, ...] = ()
    last_month: date | None = None

    def begin(self, asked: Problem, frame: Frame, seconds: float) -> None:
        """Search anew; a search under way ends."""
        self.leave()
        self.frame, self.id = frame, str(uuid.uuid4())
        self.search = Search(asked, seconds)

    def leave(self, kept: Collection[str] = ()) -> tuple[Meeting, ...]:
        """Back to the wishes: what was accepted is wished for no longer, the rest is the last plan.

        The meetings of the wishes in `kept`, by the ids these wishes have from now on.
        """
        plan = self.search.plan if self.search else None
        self.wanted, ids = rest(self.wanted, self.accepted)
        self.accepted = set()
        if self.search:
            self.search.stop()
        if self.search and plan:
            self.last_month = self.search.problem.first_day
            self.last = _renamed(plan.meetings, ids)
        self.search = None
        return _renamed((one for one in plan.meetings if one.wish_id in kept), ids) if plan else ()

    def last_of(self, frame: Frame) -> tuple[Meeting, ...]:
        """The timetable before, if it was for the same month."""
        return self.last if self.last_month == frame.first else ()


def rest(
    wanted: Iterable[Wanted], accepted: Collection[str]
) -> tuple[list[Wanted], dict[str, str]]:
    """What is still wished for, and by its id until now the new id of each wish in it."""
    wanted = list(wanted)
    numbered, left, old = month.named(wanted), list[Wanted](), list[str]()
    for one in wanted:
        mine = [id for id, _ in islice(numbered, one.classes) if id not in accepted]
        old += mine
        if mine:
            left.append(replace(one, classes=len(mine)))
    return left, dict(zip(old, (id for id, _ in month.named(left)), strict=True))


def _renamed(meetings: Iterable[Meeting], ids: Mapping[str, str]) -> tuple[Meeting, ...]:
    return tuple(replace(one, wish_id=ids[one.wish_id]) for one in meetings if one.wish_id in ids)


def of(actor: Actor) -> Making:
    """The month this person is making."""
    require(actor, "schedule")
    with _lock:
        return _making.setdefault(actor.id, Making())
