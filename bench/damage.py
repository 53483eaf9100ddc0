"""500 random mutations of the database's files; then the desk starts on them.

Keys: mutations, refused (the start stops with a sentence of the desk's own), loud (the start, or
the first reading of everything, stops with an error of SQLite or Python), harmless (every record is
as it was), silent (the desk starts, and a record is another one or is gone). Of those that changed
a record or stopped something: by_integrity (`PRAGMA integrity_check` tells), by_chain (only the
audit's chain, the foreign keys or a missing table tell), by_none (nothing of these does).

The files are a desk with its trial year, some bookings and consultations, and a write-ahead log
that holds the last of them, as a killed server leaves them. A mutation is one of `KINDS`. Each is
started on with `start.prepare`, like a server, and whatever it did before it is undone.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench import whole
from bench.acts import acts, worker
from desk import schedule, start, store, times
from tests.conftest import prepare

MUTATIONS, SEED = 500, 2026
BEFORE, LOGGED = 40, 25  # bookings and consultations in the file, and in its log
PAGE, SECTOR = 4096, 512
FILE, LOG, END = "desk.sqlite3", "desk.sqlite3-wal", "desk.sqlite3-queue"
# What a start or a reading may stop with when nobody thought of it.
LOUD = (ValueError, KeyError, TypeError, AssertionError, IndexError, AttributeError, RuntimeError)
Files = dict[str, bytearray]


def _spot(content: bytearray, dice: Random, first: int = 0, past: int | None = None) -> None:
    """Another bit somewhere."""
    content[dice.randrange(first, past or len(content))] ^= 1 << dice.randrange(8)


def _page(content: bytearray, dice: Random) -> int:
    """Where a page begins that is not the first."""
    return PAGE * dice.randrange(1, len(content) // PAGE)


def bit(files: Files, dice: Random) -> None:
    """One bit anywhere."""
    _spot(files[FILE], dice)


def header(files: Files, dice: Random) -> None:
    """One bit of the file's first 100 bytes."""
    _spot(files[FILE], dice, 0, 100)


def page_header(files: Files, dice: Random) -> None:
    """One bit where a page says what it holds and where."""
    at = _page(files[FILE], dice)
    _spot(files[FILE], dice, at, at + 16)


def byte(files: Files, dice: Random) -> None:
    """One byte anywhere that is a letter or a digit becomes another one."""
    content = files[FILE]
    at = dice.randrange(len(content))
    while not chr(content[at]).isascii() or not chr(content[at]).isalnum():
        at = (at + 1) % len(content)
    content[at] = ord(dice.choice([one for one in "0123456789abcdef" if ord(one) != content[at]]))


def noise(files: Files, dice: Random) -> None:
    """A sector of noise."""
    at = SECTOR * dice.randrange(len(files[FILE]) // SECTOR)
    files[FILE][at : at + SECTOR] = dice.randbytes(SECTOR)


def zeros(files: Files, dice: Random) -> None:
    """A page of zeros."""
    at = _page(files[FILE], dice)
    files[FILE][at : at + PAGE] = bytes(PAGE)


def swapped(files: Files, dice: Random) -> None:
    """Two pages change places."""
    content = files[FILE]
    one, other = _page(content, dice), _page(content, dice)
    first, second = content[one : one + PAGE], content[other : other + PAGE]
    content[one : one + PAGE], content[other : other + PAGE] = second, first


def short(files: Files, dice: Random) -> None:
    """The end is missing, a border of pages or not."""
    size = dice.randrange(len(files[FILE]))
    del files[FILE][size - size % dice.choice((1, PAGE)) :]


def empty(files: Files, _dice: Random) -> None:
    """Nothing is left."""
    files[FILE].clear()


def log_gone(files: Files, _dice: Random) -> None:
    """The write-ahead log is missing."""
    del files[LOG]


def log_short(files: Files, dice: Random) -> None:
    """The end of the log is missing."""
    del files[LOG][dice.randrange(len(files[LOG])) :]


def log_bit(files: Files, dice: Random) -> None:
    """One bit of the log."""
    _spot(files[LOG], dice)


def free(files: Files, dice: Random) -> None:
    """One bit of a page that holds nothing; the first of them lists the others."""
    content = files[FILE]
    trunk = int.from_bytes(content[32:36], "big") * PAGE - PAGE
    if trunk < 0:
        return bit(files, dice)
    return _spot(content, dice, trunk, trunk + dice.choice((16, PAGE)))


KINDS: tuple[Callable[[Files, Random], None], ...] = (
    bit,
    byte,
    page_header,
    noise,
    zeros,
    swapped,
    short,
    free,
    bit,
    byte,
    header,
    log_bit,
    log_short,
    log_gone,
    empty,
)


@dataclass(frozen=True)
class Seen:
    """What became of a mutation, and what would have told: integrity, chain or none."""

    outcome: str
    told: str


def run(mutations: int = MUTATIONS) -> dict[str, float]:
    """mutations, refused, loud, harmless, silent, by_integrity, by_chain, by_none."""
    dice = Random(SEED)
    found: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = made(folder / "made")
        records = everything(files, folder / "spoilt")
        for number in range(mutations):
            kind = KINDS[number % len(KINDS)]
            spoilt = {file: bytearray(content) for file, content in files.items()}
            kind(spoilt, dice)
            seen = started(spoilt, folder / "spoilt", records)
            found[seen.outcome] += 1
            of_kind = kinds.setdefault(kind.__name__, Counter())
            of_kind[seen.outcome] += 1
            if seen.outcome != "harmless":
                found[f"by_{seen.told}"] += 1
                of_kind[f"by_{seen.told}"] += 1
    for kind_name, counts in kinds.items():
        print(f"{kind_name:12}", *(f"{what} {n}" for what, n in sorted(counts.items())), sep="  ")
    names = ("refused", "loud", "harmless", "silent", "by_integrity", "by_chain", "by_none")
    return {"mutations": mutations, **{one: found[one] for one in names}}


def made(folder: Path) -> dict[str, bytes]:
    """The files of a desk at work, as a killed server leaves them."""
    folder.mkdir()
    database = folder / FILE
    prepare(str(database))
    store.use(str(database))
    actor = worker()
    classes = [one.id for one in schedule.bookable(now=times.now())]
    for act in acts(actor, classes, Random(SEED), BEFORE):
        act.do()
    with store.transaction(by=store.SYSTEM) as write:  # some pages become free
        write.run("DELETE FROM guide_miss")
    with store.engine().reading() as other:  # so that nothing is written back
        other.rows("SELECT id FROM class")
        for act in acts(actor, classes, Random(SEED + 1), LOGGED):
            act.do()
        found = {name: (folder / name).read_bytes() for name in (FILE, LOG, END)}
    store.use(None)
    return found


def laid(files: dict[str, Any], folder: Path) -> None:
    """Put the files where the store will look."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def everything(files: dict[str, Any], folder: Path) -> dict[str, list[Any]]:
    """Every record after a start on the files."""
    laid(files, folder)
    store.use(str(folder / FILE))
    try:
        start.prepare(now=times.now())
        return dump()
    finally:
        store.use(None)


def dump() -> dict[str, list[Any]]:
    """Every row of every table."""
    tables = store.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    return {
        one["name"]: sorted(map(repr, store.rows(f"SELECT * FROM {one['name']}"))) for one in tables
    }


def started(files: Files, folder: Path, records: dict[str, list[Any]]) -> Seen:
    """Start on the files; what is found by looking closely is asked of another copy."""
    return Seen(_outcome(files, folder, records), _told(files, folder))


def _outcome(files: Files, folder: Path, records: dict[str, list[Any]]) -> str:
    try:
        return "harmless" if everything(files, folder) == records else "silent"
    except start.STOPPED:
        return "refused"
    except (*store.failures(), *LOUD):
        return "loud"


def _told(files: Files, folder: Path) -> str:
    laid(files, folder)
    store.use(str(folder / FILE))
    try:
        if not _integrity():
            return "integrity"
        return "chain" if whole.faults() else "none"
    except store.failures():  # a table is missing
        return "chain"
    finally:
        store.use(None)


def _integrity() -> bool:
    try:
        return store.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    except (*store.failures(), *LOUD):
        return False
