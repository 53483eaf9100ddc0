"""Making a machine ready: schema, facts, the first administrator, something to look at."""

from dataclasses import dataclass
from datetime import datetime

from desk import audit, facts, mode, people, store, trial
from desk.guide import glossary, hours, procedures
from desk.guide.synonyms import synonyms

STARTED = "started"


@dataclass(frozen=True)
class Ready:
    """What a start did. `first_admin`: name and one-time password, until used."""

    engine: str
    loaded: list[str]
    trial: dict[str, int]
    first_admin: tuple[str, str] | None


def prepare(*, now: datetime) -> Ready:
    """Migrate, load changed facts, read the navigator's files, first time make the trial year.

    Raises:
        facts.UnreadableFile: with file, line and reason; nothing of the facts has changed then
            (but for a venue of data/guide/hours.yaml that is not among them).
        Refused: what `audit.check_key` raises.
    """
    store.migrate()
    audit.check_key()
    procedures.check()
    synonyms()
    glossary.words()
    loaded = facts.load(now=now)
    hours.check()
    made: dict[str, int] = {}
    if _first_start():
        made = trial.load(now=now)
    return Ready(store.engine().version(), loaded, made, people.first_admin(now))


def health() -> dict[str, str | bool]:
    """What a watcher of the machine asks: the engine that answered, and trial or real."""
    return {"database": store.engine().version(), "trial": mode.is_trial()}


def _first_start() -> bool:
    """True once in the life of a database, however many processes start at once."""
    with store.transaction(by=store.SYSTEM, lock="start") as write:
        return (
            write.run(
                "INSERT INTO setting (key, value) VALUES (:key, 'yes') "
                "ON CONFLICT (key) DO NOTHING",
                key=STARTED,
            )
            == 1
        )
