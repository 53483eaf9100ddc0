"""What imports did, row by row, so that the desk can say it and take it back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk import times
from desk.people import Actor
from desk.refusals import Refused
from desk.store.engine import Reader, Row, Writer


@dataclass(frozen=True)
class Run:
    """An import that was done: how many rows it added, changed, took away and left out.

    After an undo, `restored` are as they were before, `kept` are as they are because something
    changed or uses them since.
    """

    id: str
    dataset: str
    file_name: str
    source: str
    made_at: datetime
    made_by: str
    undone_at: datetime | None
    undone_by: str
    added: int
    changed: int
    gone: int
    refused: int
    restored: int
    kept: int

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, changed, gone or refused."""
        return {
            "new": self.added,
            "changed": self.changed,
            "gone": self.gone,
            "refused": self.refused,
        }


@dataclass(frozen=True)
class Sent:
    """What came with a file somebody accepts: the form's id, the file's name, its source, when."""

    id: str
    file_name: str
    source: str
    now: datetime


@dataclass(frozen=True)
class Step:
    """What a run did to one thing: what it was, what it became; None for not there."""

    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def matters(self) -> bool:
        """Something became different that people see, not only whose row it is."""
        if self.before is None or self.after is None:
            return True
        return {**self.before, "own": 1} != self.after


_SELECT = """
SELECT r.id, r.dataset, r.file_name, r.source, r.made_at, p.name AS made_by, r.undone_at,
  COALESCE(u.name, '') AS undone_by, r.added, r.changed, r.gone, r.refused, r.restored, r.kept
FROM import_run r JOIN person p ON p.id = r.made_by LEFT JOIN person u ON u.id = r.undone_by
"""


def every(reader: Reader) -> list[Run]:
    """Every import, newest first."""
    return [_run(row) for row in reader.rows(f"{_SELECT} ORDER BY r.made_at DESC, r.id")]


def one(reader: Reader, run_id: str) -> Run:
    """One import.

    Raises:
        Refused: `import_unknown`.
    """
    found = find(reader, run_id)
    if found is None:
        raise Refused("import_unknown")
    return found


def find(reader: Reader, run_id: str) -> Run | None:
    """One import, or None."""
    row = reader.one(f"{_SELECT} WHERE r.id = :id", id=run_id)
    return _run(row) if row else None


def _run(row: Row) -> Run:
    undone = times.moment(row["undone_at"]) if row["undone_at"] else None
    return Run(**{**row, "made_at": times.moment(row["made_at"]), "undone_at": undone})


def steps(reader: Reader, run_id: str) -> list[Step]:
    """What a run did, in its order."""
    return [
        Step(row["row_id"], _read(row["before_row"]), _read(row["after_row"]))
        for row in reader.rows(
            "SELECT row_id, before_row, after_row FROM import_change WHERE run_id = :id "
            "ORDER BY number",
            id=run_id,
        )
    ]


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _read(text: str) -> dict[str, Any] | None:
    return dict(json.loads(text)) if text else None


def _written(unit: dict[str, Any] | None) -> str:
    return "" if unit is None else _JSON.encode(unit)


def note(
    write: Writer,
    actor: Actor,
    sent: Sent,
    *,
    dataset: str,
    table: str,
    counts: dict[str, int],
    done: Iterable[Step],
) -> None:
    """Write down an import and every step of it, in the caller's transaction."""
    write.run(
        "INSERT INTO import_run (id, dataset, file_name, source, made_at, made_by, added, "
        "changed, gone, refused) VALUES (:id, :dataset, :file_name, :source, :made_at, :made_by, "
        ":new, :changed, :gone, :refused)",
        id=sent.id,
        dataset=dataset,
        file_name=sent.file_name,
        source=sent.source,
        made_at=times.stamp(sent.now),
        made_by=actor.id,
        **{key: counts[key] for key in ("new", "changed", "gone", "refused")},
    )
    write.run_many(
        "INSERT INTO import_change (run_id, number, table_name, row_id, before_row, after_row) "
        "VALUES (:run_id, :number, :table_name, :row_id, :before, :after)",
        [
            {
                "run_id": sent.id,
                "number": number,
                "table_name": table,
                "row_id": step.id,
                "before": _written(step.before),
                "after": _written(step.after),
            }
            for number, step in enumerate(done)
        ],
    )


def note_undone(
    write: Writer, actor: Actor, run_id: str, *, restored: int, kept: int, now: datetime
) -> None:
    """Write down that an import was taken back, in the caller's transaction."""
    write.run(
        "UPDATE import_run SET undone_at = :now, undone_by = :by, restored = :restored, "
        "kept = :kept WHERE id = :id",
        id=run_id,
        now=times.stamp(now),
        by=actor.id,
        restored=restored,
        kept=kept,
    )
