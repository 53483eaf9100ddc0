"""The repair report: what each row of a file is, and what would change in the desk."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from desk import language
from desk.opendata.compare import Comparison, Gone, Taken
from desk.opendata.rows import Row, Table
from desk.refusals import N_
from desk.tables import sheet
from desk.tables.plan import CHANGED, NEW, SAME

DATASETS = {
    "wifi": N_("List of public Wi-Fi"),
    "facility": N_("List of public facilities"),
    "event": N_("List of events"),
    "population": N_("Population by neighbourhood and age"),
}
REASON = "理由"  # the column before the file's own, in what is handed back


@dataclass(frozen=True)
class Report:
    """What a file would do; nothing was written.

    `taken` are the rows that can be taken in, `refused` the others with their reasons, both in
    the order of the file; `gone` is what the desk has and the file does not.
    """

    table: Table
    taken: tuple[Taken, ...]
    refused: tuple[Row, ...]
    gone: tuple[Gone, ...]

    @classmethod
    def of(cls, table: Table, found: Comparison) -> "Report":
        """The report of a comparison."""
        return cls(table, found.taken, found.refused, found.gone)

    @property
    def codes(self) -> set[str]:
        """Why rows were refused or cells left out, by code."""
        repairs = {repair.why for row in self.table.rows for repair in row.repairs}
        return repairs | {row.refusal.code for row in self.table.rows if row.refusal}

    def _of(self, outcome: str) -> tuple[Taken, ...]:
        return tuple(one for one in self.taken if one.outcome == outcome)

    @property
    def new(self) -> tuple[Taken, ...]:
        """Rows the desk does not have, or had taken away."""
        return self._of(NEW)

    @property
    def changed(self) -> tuple[Taken, ...]:
        """Rows of which something would become different."""
        return self._of(CHANGED)

    @property
    def same(self) -> tuple[Taken, ...]:
        """Rows that are in the desk as they are."""
        return self._of(SAME)

    @property
    def repaired(self) -> tuple[Taken, ...]:
        """Rows that can be taken in because something in them was put right."""
        return tuple(one for one in self.taken if _repaired(one.row))

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are as_is, repaired or refused, and how many things new, changed, same or
        gone.
        """
        repaired = len(self.repaired)
        return {
            "as_is": len(self.taken) - repaired,
            "repaired": repaired,
            "refused": len(self.refused),
            "new": len(self.new),
            "changed": len(self.changed),
            "same": len(self.same),
            "gone": len(self.gone),
        }

    @property
    def ready(self) -> bool:
        """There is something to take in."""
        return any(one.outcome != SAME for one in self.taken)

    @property
    def seen(self) -> str:
        """A fingerprint, to make sure that what is done is what was shown."""
        digest = hashlib.sha256()
        for told in self._told():
            digest.update(repr(told).encode())
        return digest.hexdigest()

    def _told(self) -> Iterator[tuple[object, ...]]:
        yield (self.table.dataset,)
        for one in self.taken:
            # What a new row becomes counts whole; of the others, what changes.
            new = one.row.record if one.outcome == NEW else None
            changes = [(change.column, change.before, change.after) for change in one.changes]
            yield one.row.line, one.id, one.outcome, changes, new
        for row in self.refused:
            yield row.line, row.refusal.code if row.refusal else ""
        for gone in self.gone:
            yield gone.id, gone.keeps.code if gone.keeps else ""

    def refused_csv(self) -> bytes:
        """The refused rows as they stood in the file, each with its reason before it: to mend and
        put in again (UTF-8; the column of reasons is not read).
        """
        header = [name for name in self.table.header if name != REASON]
        rows = [
            [
                language.say(row.refusal, "ja") if row.refusal else "",
                *(row.cells.get(name, "") for name in header),
            ]
            for row in self.refused
        ]
        return sheet.write([REASON, *header], rows).content


def _repaired(row: Row) -> bool:
    return bool(row.repairs or row.merged)
