"""What an engine must offer, and what both share."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from desk.refusals import OutOfOrder

Row = dict[str, Any]
_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")


class Reader(Protocol):
    """Answers queries."""

    def rows(self, sql: str, **facts: Any) -> list[Row]: ...

    def one(self, sql: str, **facts: Any) -> Row | None: ...


class Writer(Reader, Protocol):
    """A reader that also writes, inside one transaction."""

    def run(self, sql: str, **facts: Any) -> int:
        """Run one statement; the number of rows it touched."""

    def run_many(self, sql: str, facts: Sequence[Row]) -> None:
        """Run one statement once for each row of facts."""

    def hold(self, lock: str) -> None:
        """Take one more lock until the transaction ends; the last one, or two may wait for ever."""

    def sealed(self, n: int) -> None:
        """Say that this is the number of the audit's last row, once the transaction has ended."""


class Engine(Protocol):
    """A database that can be read, written in transactions, and migrated."""

    name: str
    failures: tuple[type[Exception], ...]  # what its driver raises

    def reading(self) -> AbstractContextManager[Reader]: ...

    def snapshot(self) -> AbstractContextManager[Reader]: ...

    def transaction(
        self, locks: tuple[str, ...], *, alone: bool = False
    ) -> AbstractContextManager[Writer]: ...

    def migrate(self) -> None: ...

    def trouble(self, problem: Exception) -> OutOfOrder | None: ...

    def version(self) -> str: ...

    def forget(self, tables: Sequence[str]) -> bool: ...


def percent_named(sql: str) -> str:
    """`:name` parameters as psycopg writes them, `%(name)s`."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))
