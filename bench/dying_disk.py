"""A disk under SQLite that remembers in which order it was written to, and what it may forget.

`Disk` is a VFS for apsw: everything is written through to the real files, and every write, sync,
truncation, creation and removal is noted. `Death` goes along those notes and says what files a
power cut at that moment may leave behind.

What a power cut may do. A write that was not synced is lost, kept, or torn at a border of 512
bytes: each such sector has any one of the contents it was given since the last sync. Truncations
that were not synced may not have happened. A name appears with the first sync of its file and is
gone with a later sync of the folder; until then, of the changes to names, the first few survive,
as on a file system with a journal. The memory shared by the connections (-shm) is always lost.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

SECTOR = 512  # bytes
NAME = "dying"


@dataclass(frozen=True)
class Note:
    """One thing that was asked of the disk.

    `what` is write, truncate, sync, create, remove, folder (synced), or mark, which is what the
    bench itself notes. `file` is the number of a file, however often its name is used again.
    """

    what: str
    file: int = 0
    name: str = ""
    at: int = 0
    data: bytes = b""


class Disk(apsw.VFS):
    """The VFS called `NAME`; files are known by the last part of their name."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.files: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self.noting = True
        super().__init__(NAME, "")

    def note(self, *facts: Any, **more: Any) -> None:
        if self.noting:
            self.notes.append(Note(*facts, **more))

    def number(self, path: str) -> int:
        """The file of that name, which is new unless it is there."""
        name = Path(path).name
        if name not in self.files:
            self.files[name] = next(self._numbers)
            self.note("create", self.files[name], name)
        return self.files[name]

    def xOpen(self, name: Any, flags: list[int]) -> "_File":
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        name = Path(filename).name
        self.note("remove", self.files.pop(name, 0), name)
        if syncdir:
            self.note("folder")


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        super().__init__("", name, flags)
        self.disk, self.kept = disk, bool(path)  # one without a name is for sorting only
        self.number = disk.number(path) if path else 0

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        if self.kept:
            self.disk.note("write", self.number, at=offset, data=bytes(data))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        if self.kept:
            self.disk.note("truncate", self.number, at=newsize)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        if self.kept:
            self.disk.note("sync", self.number)


@dataclass
class Death:
    """What is durable after the notes gone along so far, and what is not yet.

    `names` are the files found after a power cut, `synced` their contents, `open` what was asked
    since the last sync of each, `moves` changes of names that are not durable.
    """

    names: dict[str, int]
    synced: dict[int, bytearray]
    open: dict[int, list[Note]] = field(default_factory=dict)
    moves: list[Note] = field(default_factory=list)

    @classmethod
    def before(cls, disk: Disk, content: dict[str, bytes]) -> "Death":
        """The files as they lie there before anything is noted."""
        numbers = {name: disk.number(name) for name in content}
        disk.notes.clear()
        return cls(numbers, {numbers[name]: bytearray(data) for name, data in content.items()})

    def go(self, note: Note) -> None:
        """One note on."""
        if note.what in ("write", "truncate"):
            self.open.setdefault(note.file, []).append(note)
        elif note.what == "sync":
            content = self.synced.setdefault(note.file, bytearray())
            for one in self.open.pop(note.file, []):
                _apply(content, one)
            last = [n for n, one in enumerate(self.moves) if one.file == note.file]
            if last and self.moves[last[-1]].what == "create":
                self._moved(last[-1] + 1)
        elif note.what in ("create", "remove"):
            self.moves.append(note)
        elif note.what == "folder":
            self._moved(len(self.moves))

    def _moved(self, count: int) -> None:
        self.names = _names(self.names, self.moves[:count])
        self.moves = self.moves[count:]

    def image(self, chance: Random) -> dict[str, bytes]:
        """Files as a power cut at this moment may leave them."""
        names = _names(self.names, self.moves[: chance.randint(0, len(self.moves))])
        survives = chance.choice((0.0, 1.0, chance.random(), chance.random()))
        found = {}
        for name, number in names.items():
            content = bytearray(self.synced.get(number, b""))
            for one in self.open.get(number, []):
                for part in _sectors(one):
                    if chance.random() < survives:
                        _apply(content, part)
            found[name] = bytes(content)
        return found


def _names(before: dict[str, int], moves: list[Note]) -> dict[str, int]:
    after = dict(before)
    for one in moves:
        if one.what == "create":
            after[one.name] = one.file
        else:
            after.pop(one.name, None)
    return after


def _sectors(note: Note) -> list[Note]:
    """A write as the pieces of it that happen or do not."""
    if note.what != "write":
        return [note]
    cuts = [note.at, *range((note.at // SECTOR + 1) * SECTOR, note.at + len(note.data), SECTOR)]
    ends = [*cuts[1:], note.at + len(note.data)]
    return [
        Note("write", note.file, at=start, data=note.data[start - note.at : end - note.at])
        for start, end in zip(cuts, ends, strict=True)
    ]


def _apply(content: bytearray, note: Note) -> None:
    if note.what == "truncate":
        del content[note.at :]
        return
    if len(content) < note.at:
        content.extend(bytes(note.at - len(content)))
    content[note.at : note.at + len(note.data)] = note.data


class Connection:
    """As much of a connection of Python's sqlite3 as `desk.store` asks for, on the `Disk`.

    `sync` is what `PRAGMA synchronous = FULL` becomes.
    """

    def __init__(self, path: str, sync: str) -> None:
        self._conn = apsw.Connection(path, vfs=NAME)
        self._conn.set_busy_timeout(30_000)
        self._sync = sync

    def execute(self, sql: str, facts: Any = ()) -> "_Cursor":
        if sql.startswith("PRAGMA synchronous"):
            sql = f"PRAGMA synchronous = {self._sync}"
        return _Cursor(self._conn, lambda cursor: cursor.execute(sql, facts))

    def executemany(self, sql: str, facts: Any) -> "_Cursor":
        return _Cursor(self._conn, lambda cursor: cursor.executemany(sql, facts))

    @property
    def in_transaction(self) -> bool:
        return bool(self._conn.in_transaction)

    def close(self) -> None:
        self._conn.close()


class _Cursor:
    """The answer to one statement, read to its end."""

    def __init__(self, conn: Any, ask: Callable[[Any], Any]) -> None:
        self.description: tuple[Any, ...] = ()
        cursor = conn.cursor()
        cursor.exec_trace = self._described
        self._rows = list(ask(cursor))
        self.rowcount = conn.changes()

    def _described(self, cursor: Any, _sql: str, _facts: Any) -> bool:
        self.description = cursor.get_description()
        return True

    def __iter__(self) -> Any:
        return iter(self._rows)

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> Any:
        return self._rows
