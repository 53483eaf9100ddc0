"""The trial year (見本): how a year of practice records (`desk.trial_year`) comes, and leaves."""

from datetime import datetime

from desk import mode, people, store, trial_year
from desk.people import Actor
from desk.refusals import Refused

_OF_TRIAL_CLASS = "class_id IN (SELECT id FROM class WHERE trial = 1)"
# What leaves with the trial year, in an order the foreign keys allow.
_LEAVES = {
    "use_release": "trial = 1",
    "turned_down": "trial = 1",
    "gap_action": "trial = 1",
    "follow_up": "trial = 1",
    "consultation": "trial = 1",
    "draft": "1 = 1",  # what is half typed belongs to the practice
    "incident": "trial = 1",
    "procedure_version": "trial = 1",
    "guide_miss": "trial = 1",
    "wifi_check": "trial = 1",
    "event": "trial = 1",
    "seat": _OF_TRIAL_CLASS,
    "booking": "trial = 1",
    "busy": _OF_TRIAL_CLASS,
    "class_instructor": _OF_TRIAL_CLASS,
    "class_equipment": _OF_TRIAL_CLASS,
    "class": "trial = 1",
    "series": "trial = 1",
    "instructor": "trial = 1",
    "person": "trial = 1",
}


def load(*, now: datetime, seed: int = 2026) -> dict[str, int]:
    """Write the trial year: from 365 days before `now` to 28 days after it.

    Returns:
        How many rows each table got.

    Raises:
        Refused: `trial_loaded`, or `trial_has_real` when the city has records of its own.
    """
    with store.transaction(by=store.SYSTEM, alone=True) as write:
        if mode.is_trial(write):
            raise Refused("trial_loaded")
        for table in ("class", "booking", "consultation"):
            if write.one(f"SELECT 1 AS yes FROM {table} WHERE trial = 0 LIMIT 1"):
                raise Refused("trial_has_real")
        made = trial_year.make(write, now=now, seed=seed)
        for table, rows in made.items():
            columns = list(rows[0])
            write.run_many(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"VALUES ({', '.join(f':{column}' for column in columns)})",
                rows,
            )
        write.run("INSERT INTO setting (key, value) VALUES (:key, '1')", key=mode.KEY)
    return {table: len(rows) for table, rows in made.items()}


def empty(by: store.Author = store.SYSTEM) -> dict[str, int]:
    """Erase every trial record and leave trial mode; facts and people stay.

    Returns:
        How many rows left each table.
    """
    with store.transaction(by=by, alone=True) as write:
        gone = {
            table: write.run(f"DELETE FROM {table} WHERE {which}")
            for table, which in _LEAVES.items()
        }
        write.run("DELETE FROM setting WHERE key = :key", key=mode.KEY)
    return gone


def counts(actor: Actor) -> dict[str, int]:
    """How many rows `begin` would erase, by table."""
    people.require(actor, "begin")
    with store.engine().reading() as reader:
        return {
            table: reader.rows(f"SELECT COUNT(*) AS n FROM {table} WHERE {which}")[0]["n"]
            for table, which in _LEAVES.items()
        }


def begin(actor: Actor, *, now: datetime) -> dict[str, int]:
    """Begin for real: what `empty` does, for an administrator.

    Raises:
        NotAllowed: `prove_again`.
    """
    people.require(actor, "begin")
    people.require_proof(actor, now=now)
    return empty(actor)
