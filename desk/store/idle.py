"""SQLite connections between two units of work.

A new connection reads the whole schema at its first statement, which costs more than most queries
do. So it is kept for the next unit of work, of whatever thread: at any time one uses it.
"""

import os
from pathlib import Path
from typing import Any

MOST = 8
Mark = tuple[int, int, int]


class Idle:
    """The connections to a file that nobody uses at the moment, at most `MOST`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: list[tuple[Mark, Any]] = []

    def take(self) -> tuple[Mark, Any] | None:
        """The one used last; None when there is none to the file as it is now.

        A file that was put in the place of ours, or that something else wrote into, has another
        mark: what a connection remembers of it would be wrong. So does ours after a checkpoint.
        """
        mark = self.mark()
        while self._kept:
            try:
                kept = self._kept.pop()
            except IndexError:  # another thread took the last one
                return None
            if kept[0] == mark:
                return kept
            kept[1].close()
        return None

    def give(self, was: Mark, connection: Any) -> None:
        """Keep a connection that is in no transaction; `was` is the mark its file had before."""
        mark = self.mark()
        if mark[:2] != was[:2] or len(self._kept) >= MOST:
            connection.close()
        else:
            self._kept.append((mark, connection))

    def mark(self) -> Mark:
        """Which file it is, and when it was written last."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return 0, 0, 0
        return found.st_dev, found.st_ino, found.st_mtime_ns
