"""Heads: the last row of the audit, noted daily in a second place, so that no tail is cut unseen.

A chain proves itself up to its last row and no further. The second place is the folder that
`DESK_AUDIT_HEADS` names, best on another machine; or the text of the head, mailed or printed.
"""

import csv
import io
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desk import store, times
from desk.refusals import Refused
from desk.store import audit
from desk.store.audit import Head

FILE = "heads.csv"
HEAD, RESTORED = "head", "restored"  # kinds of lines


@dataclass(frozen=True)
class Noted:
    """What the second place says.

    `macs`: of each row noted, its mac. `last`: the number of the last one. `restored`: when an
    older copy was put back, so that what was noted of later rows counts no more. `unreadable`:
    lines that say nothing.
    """

    macs: dict[int, str]
    last: int
    restored: tuple[datetime, ...]
    unreadable: int


def folder() -> Path | None:
    """The second place; None where none is named.

    Raises:
        Refused: `heads_folder` when it is not there: a mount that is missing must be noticed.
    """
    named = os.environ.get("DESK_AUDIT_HEADS", "")
    if not named:
        return None
    if not Path(named).is_dir():
        raise Refused("heads_folder", folder=named)
    return Path(named)


def wanted() -> bool:
    """Whether a second place is named."""
    return bool(os.environ.get("DESK_AUDIT_HEADS"))


def write(now: datetime) -> Head | None:
    """Note the head in the second place: once a day, or more often.

    None where there is no second place, or no row yet.

    Raises:
        Refused: `heads_folder`.
        OSError: it cannot be written.
    """
    return _note(HEAD, now)


def restored(now: datetime) -> Head | None:
    """Note that an older copy was put back: what was noted of later rows counts no more.

    Raises:
        Refused: `heads_folder`.
        OSError: it cannot be written.
    """
    return _note(RESTORED, now)


def _note(kind: str, now: datetime) -> Head | None:
    place = folder()
    with store.engine().reading() as reader:
        found = audit.head(reader)
    if place is None or found is None:
        return None
    line = io.StringIO()
    csv.writer(line).writerow([times.stamp(now), kind, found.n, found.mac, found.at])
    handle = os.open(place / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "ab") as out:
        if _torn(place / FILE):
            out.write(b"\r\n")
        out.write(line.getvalue().encode())
        out.flush()
        os.fsync(out.fileno())
    at = os.open(place, os.O_RDONLY)
    try:
        os.fsync(at)  # the file's name too
    finally:
        os.close(at)
    return found


def _torn(file: Path) -> bool:
    """Whether the last line has no end: the power failed while it was written."""
    with file.open("rb") as read:
        size = read.seek(0, os.SEEK_END)
        if not size:
            return False
        read.seek(-1, os.SEEK_END)
        return read.read(1) != b"\n"


def noted() -> Noted:
    """Everything that was noted in the second place; of two notes of a row the first counts.

    Raises:
        Refused: `heads_folder`.
        OSError: it cannot be read.
    """
    place = folder()
    file = place / FILE if place else None
    content = file.read_bytes() if file and file.exists() else b""
    macs: dict[int, str] = {}
    back: list[datetime] = []
    unreadable = 0
    for line in content.decode(errors="replace").splitlines():
        if not line:
            continue
        try:
            at, kind, number, mac, _ = next(csv.reader([line]))
            moment, n = times.moment(at), int(number)
        except (ValueError, csv.Error):
            unreadable += 1
            continue
        if kind == RESTORED:
            macs = {one: kept for one, kept in macs.items() if one <= n}
            back.append(moment)
        macs.setdefault(n, mac)
    return Noted(macs, max(macs, default=0), tuple(back), unreadable)


def text(head: Head) -> str:
    """A head to mail, print or read out: its row and its mac in groups of eight."""
    groups = " ".join(head.mac[at : at + 8] for at in range(0, len(head.mac), 8))
    return f"{head.n} {groups}"


def of_text(typed: str) -> tuple[int, str]:
    """The row and mac of a head's text.

    Raises:
        Refused: `head_text` when it is none.
    """
    number, *groups = typed.split() or [""]
    mac = "".join(groups).lower()
    if not (number.isascii() and number.isdigit()) or len(mac) != 64:
        raise Refused("head_text")
    return int(number), mac
