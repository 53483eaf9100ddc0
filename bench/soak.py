"""An hour of lighter work: does the server hold more and more?

Keys: growth_percent (resident memory, the median of the last tenth against that of the first tenth
after `WARM`), rss_mb (the most), wal_mb (the most the write-ahead log had), threads_left and
files_left (when all have gone, against before they came), errors, saves, seconds.

Streamlit keeps what a closed window knew for `disconnectedSessionTTL` (.streamlit/config.toml), so
the memory is only warm after that time; what comes and goes then must be even. Each such window
keeps an event loop too, which is three files: files_left is three times those of the last half hour
(docs/deploy has room for 8,192 files). Threads that wait for plain requests stay: at most 40 of
them, as anyio has it.
"""

import statistics
import tempfile
import time

from bench import crowd, load, working
from bench.crowd import Plan
from bench.working import Held

TABLETS, ON_SCREENS, ON_PAGES, SECONDS, PACE = 15, 10, 40, 3600.0, 1.0
WARM = 0.55  # of the time: a little more than disconnectedSessionTTL of an hour
REST = 20.0  # seconds for windows to close


def run() -> dict[str, float]:
    """A quarter of the tablets of `bench load`, a quarter of the residents."""
    with (
        tempfile.TemporaryDirectory() as folder,
        working.desk(folder, TABLETS) as desk,
        working.watched(desk) as held,
    ):
        plan = Plan(desk.cookies, desk.classes, ON_SCREENS, ON_PAGES, SECONDS, PACE)
        before, saved = held[0], desk.saved()
        found = crowd.found(crowd.started(desk.server.address, plan))
        working_on = len(held)
        missing = max(0, found.saved - (desk.saved() - saved))
        time.sleep(REST)
        after = working.look(desk)
    for line in load.told(found, held):
        print(line)
    return {
        "growth_percent": growth(held[:working_on]),
        "rss_mb": max(one.rss_mb for one in held),
        "wal_mb": max(one.wal_mb for one in held),
        "threads_left": after.threads - before.threads,
        "files_left": after.files - before.files,
        "errors": sum(found.wrong.values()) + missing,
        "saves": found.saved,
        "seconds": SECONDS,
    }


def growth(held: list[Held]) -> float:
    """How much more memory at the end than after the warming, in percent."""
    warm = [one.rss_mb for one in held[int(WARM * len(held)) :]]
    tenth = max(1, len(warm) // 10)
    return 100 * (statistics.median(warm[-tenth:]) / statistics.median(warm[:tenth]) - 1)
