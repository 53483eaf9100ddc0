"""The audit: what it costs to write, and how long it takes to check all of it.

Keys: rows, verify_s, select_s (only reading the same rows), ratio of the two, peak_mb (memory the
check takes at most), written, bulk_ratio (that many rows put in by one transaction, with the audit
against without), save_ms and bare_ms (median of a transaction of one row, with and without).

Seconds and bulk_ratio are of this process's own time on a core: it is all arithmetic, and others on
the machine must not count. A save waits for the disk, so its milliseconds are those of the clock.
"""

import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desk import store
from desk.store import audit, watched

ROWS, BULK, SAVES = 100_000, 20_000, 500
READ = "SELECT n, at, person_id, role, what, why, facts, mac FROM audit ORDER BY n"
FACTS = {
    "changes": [
        {
            "table": "booking",
            "row": {"id": "3f2b8a4c-9d1e-4f6a-8b7c-5d4e3f2a1b0c"},
            "before": {"cancelled_at": None},
            "after": {"cancelled_at": "2026-11-24T01:00:00Z"},
        }
    ]
}


def run(rows: int = ROWS, bulk: int = BULK, saves: int = SAVES) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        store.use(str(Path(folder) / "desk.sqlite3"))
        store.migrate()
        figures = _write(bulk, saves)
        _fill(rows)
        with store.snapshot() as reader:
            select_s = _seconds(lambda: reader.rows(READ))
        with store.snapshot() as reader:
            started = time.process_time()
            walked = audit.walk(reader)
            verify_s = time.process_time() - started
        assert walked.broken is None
        with store.snapshot() as reader:
            tracemalloc.start()
            audit.walk(reader)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        store.use(None)
    return {
        "rows": walked.rows,
        "verify_s": verify_s,
        "select_s": select_s,
        "ratio": verify_s / select_s,
        "peak_mb": peak / 1e6,
        **figures,
    }


def _seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    started = clock()
    work()
    return clock() - started


def _fill(rows: int) -> None:
    """A chain of that many rows."""
    with store.engine().transaction(("fill",)) as write:
        last = audit.head(write)
        for _ in range(last.n if last else 0, rows):
            audit.append(write, store.SYSTEM, what="changes.cancel", why="", facts=FACTS)


def _write(bulk: int, saves: int) -> dict[str, float]:
    """The same work with and without the audit."""
    timed = {}
    for audited in (True, False):
        with store.engine().transaction(("watch",)) as write:
            watched.unwatch(write, "sqlite")
            if audited:
                watched.watch(write, "sqlite")
        timed[audited, "bulk"] = _seconds(partial(_put, f"{audited} bulk", bulk))
        each = [
            _seconds(partial(_put, f"{audited} {n}", 1), time.perf_counter) for n in range(saves)
        ]
        timed[audited, "save"] = statistics.median(each)
    with store.engine().transaction(("watch",)) as write:
        watched.watch(write, "sqlite")
    return {
        "written": bulk,
        "bulk_ratio": timed[True, "bulk"] / timed[False, "bulk"],
        "save_ms": timed[True, "save"] * 1000,
        "bare_ms": timed[False, "save"] * 1000,
    }


def _put(mark: str, rows: int) -> None:
    with store.transaction(by=store.SYSTEM) as write:
        for n in range(rows):
            write.run(
                "INSERT INTO person (id, name, role, made_at) "
                "VALUES (:id, :id, 'volunteer', '2026-11-24T01:00:00Z')",
                id=f"{mark} {n}",
            )
