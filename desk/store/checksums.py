"""A checksum at the end of every page of an SQLite file, checked whenever the page is read.

SQLite's own checks see a damaged tree, not a damaged letter: of 200 flipped bits of the trial year
`PRAGMA integrity_check` overlooked 99, with checksums none. They are SQLite's checksum VFS
(sqlite.org/cksumvfs.html), which the wheel of apsw carries; apsw itself is never imported, for it
brings an SQLite of its own. A file has checksums when it was begun with room for them, by `begin`;
another program may read it, but what it writes looks damaged. Encrypted files have checks of their
own and need none.
"""

import importlib.util
import struct
import tempfile
from functools import lru_cache
from pathlib import Path

from sqlite_utils.utils import sqlite3

PAGE = 4096  # bytes
ROOM = 8  # bytes at the end of every page
MAGIC = b"SQLite format 3\0"
_ROOM_AT = 20  # in the header of the file; sqlite.org/fileformat.html
_CONTENT_AT = slice(105, 107)  # of the first page: where the cells of its tree begin


@lru_cache(maxsize=1)
def ready() -> bool:
    """Load the VFS, once for this process; False where its wheel has none for this machine."""
    found = importlib.util.find_spec("apsw")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for file in Path(folder).glob("sqlite_extra_binaries/cksumvfs.*"):
            connection = sqlite3.connect(":memory:")
            connection.enable_load_extension(True)
            connection.load_extension(str(file))
            connection.close()
            return True
    return False


def has(header: bytes) -> bool:
    """Whether a file with this header has room for checksums (and no key over the header)."""
    return header.startswith(MAGIC) and header[_ROOM_AT] == ROOM


def begin() -> bytes:
    """An empty database with room for checksums, as the bytes of its file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty"
        empty = sqlite3.connect(str(file))
        empty.execute("VACUUM")  # writes the first page
        empty.close()
        page = bytearray(file.read_bytes())
    page[_ROOM_AT] = ROOM
    page[_CONTENT_AT] = (PAGE - ROOM).to_bytes(2, "big")
    return bytes(page[:-ROOM]) + _sum(page[:-ROOM])


def _sum(page: bytes | bytearray) -> bytes:
    """The checksum as the VFS has it: two sums of 32-bit words, each in the other."""
    one = two = 0
    for first, second in struct.iter_unpack("<II", page):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return struct.pack("<II", one, two)
