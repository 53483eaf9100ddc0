"""The versions of a consultation: the row first written down, and the corrections after it.

A line without a fork: one row is corrected by one (`consultation_corrects`).
"""

from typing import Any

from desk.refusals import Refused
from desk.store.engine import Reader, Writer


def line(reader: Reader, consultation_id: str) -> list[dict[str, Any]]:
    """Every version of the consultation any of whose versions has this id, the first one first;
    empty for an unknown id.
    """
    first = _one(reader, "id", consultation_id)
    while first and first["corrects"]:
        first = _one(reader, "id", first["corrects"])
    found = []
    while first:
        found.append(first)
        first = _one(reader, "corrects", first["id"])
    return found


def add(write: Writer, row: dict[str, Any]) -> bool:
    """Put a whole row into the log; False when its id, or what it corrects, is taken already."""
    return bool(
        write.run(
            f"INSERT INTO consultation ({', '.join(row)}) "
            f"VALUES ({', '.join(f':{name}' for name in row)}) ON CONFLICT DO NOTHING",
            **row,
        )
    )


def append(write: Writer, row: dict[str, Any]) -> None:
    """Put a correction into the log.

    Raises:
        Refused: `corrected_meanwhile` when another transaction was first: the index knows.
    """
    if not add(write, row):
        raise Refused("corrected_meanwhile")


def _one(reader: Reader, column: str, value: str) -> dict[str, Any] | None:
    return reader.one(f"SELECT * FROM consultation WHERE {column} = :value", value=value)
