"""Making a machine ready: schema, facts, the first administrator, something to look at."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from desk import audit, facts, language, people, restoring, store, trial
from desk.guide import glossary, hours, procedures
from desk.guide.synonyms import synonyms
from desk.refusals import OutOfOrder, Refused
from desk.store import copies
from desk.store.key import NoKey
from desk.store.sqlite import NoCipher, Sqlite

STARTED = "started"
STOPPED = (facts.UnreadableFile, Refused, restoring.Halt)  # what a start may end with


@dataclass(frozen=True)
class Ready:
    """What a start did. `first_admin`: name and one-time password, until used."""

    engine: str
    loaded: list[str]
    trial: dict[str, int]
    first_admin: tuple[str, str] | None


def prepare(*, now: datetime) -> Ready:
    """Look at the database, migrate, load changed facts, read the navigator's files, first time
    make the trial year.

    Raises:
        restoring.Halt: the database is damaged, gone or another one; nothing has changed.
        OutOfOrder: the machine fails.
        facts.UnreadableFile: with file, line and reason; nothing of the facts has changed then
            (but for a venue of data/guide/hours.yaml that is not among them).
        Refused: what `audit.check_key` raises.
    """
    restoring.sound(now=now)
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


@contextmanager
def machine() -> Iterator[None]:
    """While anything is asked of the machine: what it lacks, as a refusal.

    Raises:
        OutOfOrder: `no_key`, or `cipher_missing`.
    """
    try:
        yield
    except NoKey as problem:
        raise OutOfOrder("no_key", reason=str(problem)) from problem
    except NoCipher as problem:
        raise OutOfOrder("cipher_missing") from problem


@contextmanager
def running() -> Iterator[None]:
    """Hold the database for this process, so that nobody puts another in its place.

    Raises:
        OutOfOrder: somebody is just doing that.
    """
    engine = store.engine()
    with copies.held(engine, alone=False) if isinstance(engine, Sqlite) else nullcontext():
        yield


def why_not(problem: Exception, lang: str) -> list[str]:
    """Why the desk does not start, and the way out, as sentences."""
    if isinstance(problem, restoring.Halt):
        return [language.say(one, lang) for one in problem.said]
    return [language.say(problem, lang) if isinstance(problem, Refused) else str(problem)]


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
