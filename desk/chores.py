"""What a running desk does by itself, and when: backups, checks, whatever else is due.

Time is cut into slots, and a chore is done once a slot: a clock that steps back an hour does not
do the day's chores again. Of several processes the first to claim a slot does it. A slot far
ahead was claimed by a wrong clock and holds nobody up.
"""

import json
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from desk import backups, heads, language, restoring, retention, store, times
from desk.refusals import N_, SENTENCES, OutOfOrder, Refused

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
NIGHT = timedelta(hours=2)  # in Tokyo: when a day's chores are due
AGAIN = timedelta(minutes=15)  # until a chore that failed, or never came to its end, is tried again
LOOK = 20.0  # seconds between two looks at what is due


class Do(Protocol):
    def __call__(self, *, now: datetime) -> Any: ...


@dataclass(frozen=True)
class Chore:
    """Something to do once every `every`. `do` may return facts (a dictionary) to be shown.

    `here` says whether this desk has it at all.
    """

    name: str
    title: str
    every: timedelta
    do: Do
    here: Callable[[], bool] = lambda: True

    def slot(self, now: datetime) -> int:
        """The number of the slot that `now` is in; a day begins at `NIGHT` in Tokyo."""
        if self.every == DAY:
            return times.today(now - NIGHT).toordinal()
        return int(now.timestamp() // self.every.total_seconds())


def _backup(*, now: datetime) -> dict[str, Any]:
    made = backups.make(now=now)
    return {"file": made.file.name, "bytes": made.size}


def _note_head(*, now: datetime) -> dict[str, Any]:
    found = heads.write(now)
    return {"n": found.n} if found else {}


def _erase(*, now: datetime) -> dict[str, Any]:
    done = retention.run(now=now)
    return {"waits_until": done.waits_until} if done.waits_until else done.erased


CHORES = (
    Chore("backup", N_("Backup"), QUARTER, _backup, backups.here),
    Chore("check", N_("Nightly check"), DAY, restoring.rehearse, backups.here),
    Chore("retention", N_("Erasing what is due"), DAY, _erase),
    Chore("head", N_("Noting the audit's end elsewhere"), DAY, _note_head, heads.wanted),
)


@dataclass(frozen=True)
class Run:
    """How a chore went the last time. `ended_at`: None while it is at work, or it was cut off.
    `code`: why it failed, a key of SENTENCES, which `facts` fill."""

    chore: Chore
    began_at: datetime
    ended_at: datetime | None
    code: str | None
    facts: dict[str, Any]
    good_at: datetime | None  # when it last succeeded


def due(now: datetime, chores: tuple[Chore, ...] = CHORES) -> list[Run]:
    """Do what is due now, one after the other; how each went."""
    return [_do(one, now) for one in chores if one.here() and _claimed(one, now)]


def _claimed(chore: Chore, now: datetime) -> bool:
    """Take the slot, unless it was taken."""
    with store.transaction(by=store.SYSTEM, lock=f"chore {chore.name}", counted=False) as write:
        row = write.one("SELECT * FROM chore WHERE name = :name", name=chore.name)
        if row and not _free(row, chore.slot(now), now):
            return False
        write.run(
            "INSERT INTO chore (name, slot, began_at, facts) VALUES (:name, :slot, :now, '{}') "
            "ON CONFLICT (name) DO UPDATE SET slot = excluded.slot, began_at = excluded.began_at, "
            "ended_at = NULL, code = NULL, facts = excluded.facts",
            name=chore.name,
            slot=chore.slot(now),
            now=times.stamp(now),
        )
        return True


def _free(row: store.Row, slot: int, now: datetime) -> bool:
    if row["slot"] != slot:
        return bool(row["slot"] < slot or row["slot"] > slot + 1)
    if row["ended_at"] and not row["code"]:
        return False
    return abs(now - times.moment(row["began_at"])) >= AGAIN


def _do(chore: Chore, now: datetime) -> Run:
    # A thread of its own, so that whatever goes wrong is told here and no chore keeps another.
    with ThreadPoolExecutor(1, f"chore-{chore.name}") as pool:
        future = pool.submit(chore.do, now=now)
        problem = future.exception()
    if problem is not None and not isinstance(problem, Refused):
        traceback.print_exception(problem, file=sys.stderr)
        problem = OutOfOrder("chore_failed", reason=type(problem).__name__)
    code = problem.code if problem else None
    found = problem.facts if problem else future.result()
    facts = found if isinstance(found, dict) else {}
    text = json.dumps(facts, default=str, ensure_ascii=False)
    with store.transaction(by=store.SYSTEM, lock=f"chore {chore.name}", counted=False) as write:
        before = write.one("SELECT last_code FROM chore WHERE name = :name", name=chore.name)
        write.run(
            "UPDATE chore SET ended_at = :now, code = :code, last_code = :code, facts = :facts, "
            "good_at = COALESCE(:good, good_at) WHERE name = :name",
            name=chore.name,
            now=times.stamp(now),
            code=code,
            facts=text,
            good=None if code else times.stamp(now),
        )
    if (before or {}).get("last_code") != code:  # not the same words every quarter of an hour
        store.note(store.SYSTEM, f"chore.{chore.name}", ended=code or "ok", facts=text)
    return next(run for run in last() if run.chore.name == chore.name)


def last() -> list[Run]:
    """How every chore went the last time, in the order of the table."""
    rows = {row["name"]: row for row in store.rows("SELECT * FROM chore")}
    known = {one.name: one for one in CHORES}
    return [_run(known.get(name, Chore(name, name, DAY, _nothing)), rows[name]) for name in rows]


def _nothing(*, now: datetime) -> None:
    """A chore of another version of this program."""


def _run(chore: Chore, row: store.Row) -> Run:
    return Run(
        chore,
        times.moment(row["began_at"]),
        times.moment(row["ended_at"]) if row["ended_at"] else None,
        row["code"],
        json.loads(row["facts"]),
        times.moment(row["good_at"]) if row["good_at"] else None,
    )


def why(run: Run, lang: str) -> str:
    """Why a chore failed, in a language."""
    return language.catalogue(lang).gettext(SENTENCES[run.code or ""]).format(**run.facts)


class Worker:
    """Does in a thread of its own what is due, until it is told to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="chores", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and wait for the chore at work: a backup is soon made."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(LOOK):
            try:
                due(times.now())
            except OutOfOrder as problem:  # no database to write to: it is tried again
                print(f"chores: {problem}", file=sys.stderr, flush=True)
