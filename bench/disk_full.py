"""The disk is full amid bookings and logs, 200 times, and then there is room again.

Keys: rounds, acknowledged, lost (acknowledged and not there), corrupt (rounds after which the file,
its keys, its seats or the audit's chain are not whole), refused (what could not be written, said in
a sentence of the desk's own), untold (what could not be written and is an error of SQLite or
Python instead), reads, reads_failed (while the disk is full), stuck (rounds after which the first
booking or consultation with room on the disk again is not taken, without a restart).

Two kinds of full. On a small disk of its own (a tmpfs, where the machine lets one be mounted) a
file takes what is free, but for so many bytes as the dice say. Everywhere else no file may grow
past a size by the dice (RLIMIT_FSIZE). `desk`'s own functions are called in this one process.
"""

import contextlib
import os
import resource
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Protocol

from bench import whole
from bench.acts import Act, acts, city
from desk import store
from desk.language import say
from desk.refusals import Refused

ROUNDS, SEED = 200, 2026
EACH = 5  # bookings and consultations of a round
SIZE = 6_000_000  # bytes of the small disk
ROOM = (0, 0, 20_000, 60_000, 150_000, 400_000)  # bytes that may be left
BLOCK = 4096


KEYS = (
    "rounds",
    "acknowledged",
    "lost",
    "corrupt",
    "refused",
    "untold",
    "reads",
    "reads_failed",
    "stuck",
)


class Disk(Protocol):
    """A disk that can be filled."""

    def fill(self, room: int) -> None: ...

    def free(self) -> None: ...


class Small:
    """A file system of its own with a file that takes the room."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def fill(self, room: int) -> None:
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with contextlib.suppress(OSError):
            while True:
                os.write(handle, bytes(BLOCK))
        os.ftruncate(handle, max(0, os.fstat(handle).st_size - room))
        os.close(handle)

    def free(self) -> None:
        self._file.unlink()


class Limited:
    """A process whose files may not grow."""

    def fill(self, room: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


def run(rounds: int = ROUNDS) -> dict[str, float]:
    """rounds, acknowledged, lost, corrupt, refused, untold, reads, reads_failed, stuck."""
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with small(folder / "small") as there:
            if there:
                total += filled(there, Small(there), rounds // 2)
        total += filled(folder, Limited(), rounds - total["rounds"])
    return {key: total[key] for key in KEYS}


@contextmanager
def small(folder: Path) -> Iterator[Path | None]:
    """A small disk at that folder; None where this machine does not let us have one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            # Lazily: the store keeps a connection for whoever reads next.
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def filled(folder: Path, disk: Disk, rounds: int) -> Counter[str]:
    """So many rounds on one database."""
    found: Counter[str] = Counter()
    said: Counter[str] = Counter()
    acknowledged: list[tuple[str, str]] = []
    dice = Random(SEED)
    database = str(folder / "desk.sqlite3")
    actor, classes = city(database)
    store.use(database)
    for _ in range(rounds):
        *todo, last = acts(actor, classes, dice, EACH + 1)
        disk.fill(dice.choice(ROOM))
        try:
            for act in todo:
                found[tried(act, acknowledged, said)] += 1
                found["reads"] += 1
                found["reads_failed"] += not read(said)
        finally:
            disk.free()
        found["stuck"] += tried(last, acknowledged, said) != "done"
        found["rounds"] += 1
        found["lost"] += len(whole.missing(acknowledged))
        found["corrupt"] += bool(whole.faults())
    store.use(None)
    found["acknowledged"] = len(acknowledged)
    for sentence, times in said.most_common():
        print(f"{type(disk).__name__}: {times} × {sentence}")
    return found


def tried(act: Act, acknowledged: list[tuple[str, str]], said: Counter[str]) -> str:
    """Do it: done, refused with a sentence, or untold."""
    try:
        act.write()
    except Refused as refusal:
        said[say(refusal, "ja")] += 1
        return "refused"
    except store.failures() as problem:
        said[repr(problem)] += 1
        return "untold"
    acknowledged.append((act.what, act.id))
    return "done"


def read(said: Counter[str]) -> bool:
    """Whether what is there can be read."""
    try:
        return store.one("SELECT COUNT(*) AS n FROM booking") is not None
    except (*store.failures(), Refused) as problem:
        said[f"reading: {problem!r}"] += 1
        return False
