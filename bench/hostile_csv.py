"""10,000 files that should not be, and some of old renown, through every import of the desk.

Keys: files, taken (put in), refused (said why not, or nothing in them), crashed (an error that is
no refusal), changed (the database is another one although nothing was accepted), again (accepted,
and the same file once more is not "everything is there already"), leaked (texts that hold an
individual number afterwards, but for names and passwords of networks), slow (files that took more
than 2 s of the processor), most_s (seconds of the processor for one file), most_mb (by how much one
file made the process grow).

The files are made by dice (`bench.hostile_files`) from the desk's own exports and samples of the
national formats. Each is looked at as a screen does it; what a screen would offer to put in is put
in. The imports: classes, instructors, lists of four kinds, procedures.
"""

import csv
import json
import sys
import tempfile
import time
import traceback
import unicodedata
import uuid
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from xml.parsers import expat

import yaml

from bench import hostile_files
from bench.hostile_files import NUMBER, Hostile
from bench.powerloss import memory
from desk import store, tables, times
from desk.files import UnreadableFile
from desk.guide import files as guide_files
from desk.guide import procedures
from desk.opendata import imports, publish, records
from desk.opendata.layouts import DATASETS
from desk.people import Actor
from desk.refusals import Refused
from desk.store.engine import Reader
from tests import open_data
from tests.conftest import person, prepare

FILES, SEED = 10_000, 2026
SLOW, MUCH = 2.0, 100.0  # seconds of the processor, MB
TOLD = 40  # errors that are printed
KEYS = (
    "files",
    "taken",
    "refused",
    "crashed",
    "changed",
    "again",
    "leaked",
    "slow",
    "most_s",
    "most_mb",
)
# No free text: the desk lets any number of digits stand there.
ANY_DIGITS = ("ssid", "password")
# What a reader may stop with when nobody thought of a file.
CRASHES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    UnreadableFile,
    csv.Error,
    expat.ExpatError,
    yaml.YAMLError,
    zipfile.BadZipFile,
    zlib.error,
)
# Looks at a file and puts it in where that is offered; True when it was put in.
Import = Callable[[Actor, Hostile], bool]


def classes(actor: Actor, file: Hostile) -> bool:
    """The table of classes."""
    plan = tables.plan_classes(actor, file.content, times.now())
    if plan.ready:
        tables.import_classes(actor, file.content, times.now(), seen=plan.seen)
    return plan.ready


def instructors(actor: Actor, file: Hostile) -> bool:
    """The table of instructors."""
    plan = tables.plan_instructors(actor, file.content, times.now())
    if plan.ready:
        tables.import_instructors(actor, file.content, times.now(), seen=plan.seen)
    return plan.ready


def lists(actor: Actor, file: Hostile) -> bool:
    """A list of any of the four kinds."""
    now = times.now()
    report = imports.look(actor, file.content, file.name, now=now)
    if report.ready:
        imports.accept(
            actor,
            file.content,
            file.name,
            id=str(uuid.uuid4()),
            now=now,
            dataset=report.table.dataset,
            source="a bench",
            seen=report.seen,
        )
    return report.ready


def guide(actor: Actor, file: Hostile) -> bool:
    """A file of a procedure."""
    brought = [(file.name, file.content)]
    [found] = guide_files.look(actor, brought)
    if found.refusal:
        raise found.refusal
    ready = found.outcome in (guide_files.NEW, guide_files.CHANGED)
    if ready:
        guide_files.propose_all(
            actor, brought, id=str(uuid.uuid4()), reason="a bench", now=times.now()
        )
    return ready


# An import, what spoils a sample of it, and whether the same file once more changes nothing (a
# proposal may be made twice).
IMPORTS: tuple[tuple[Import, Callable[[bytes, Random], Hostile], bool], ...] = (
    (classes, hostile_files.of_table, True),
    (instructors, hostile_files.of_table, True),
    (lists, hostile_files.of_table, True),
    (lists, hostile_files.of_table, True),
    (guide, hostile_files.of_text, False),
)


def run(count: int = FILES) -> dict[str, float]:
    """files, taken, refused, crashed, changed, again, leaked, slow, most_s, most_mb."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        database = f"{folder}/desk.sqlite3"
        prepare(database)
        store.use(database)
        actor = person("admin")
        samples = {
            which: list(_samples(actor, which)) for which in (classes, instructors, lists, guide)
        }
        with store.engine().reading() as watch:
            tally = Tally(actor, watch)
            for which in samples:
                for file in hostile_files.renowned(_header(samples[which][0])):
                    tally.tries(which, file, once=True)
            print(f"of old renown: {dict(tally.found)}", flush=True)
            dice = Random(SEED)
            while tally.found["files"] < count:
                which, spoil, once = IMPORTS[tally.found["files"] % len(IMPORTS)]
                tally.tries(which, spoil(dice.choice(samples[which]), dice), once=once)
                if tally.found["files"] % 1_000 == 0:
                    print(dict(tally.found), flush=True)
        leaks = [place for place, text in _texts() if _leaks(text)]
        print(f"leaked: {Counter(leaks)}" if leaks else "nothing leaked", flush=True)
        store.use(None)
    return {
        **{key: tally.found[key] for key in KEYS},
        "leaked": len(leaks),
        "most_s": tally.most_s,
        "most_mb": tally.most_mb,
    }


def _samples(actor: Actor, which: Import) -> Iterator[bytes]:
    """Files that may be."""
    now = times.now()
    today = times.today(now)
    if which is classes:
        yield tables.classes_csv(actor, today, today + timedelta(days=90), now=now).content
    elif which is instructors:
        yield tables.instructors_csv(actor, now=now).content
    elif which is lists:
        public = records.read(now=now, site="https://desk.example")
        for dataset in DATASETS:
            for form in ("csv", "v1"):
                yield publish.FORMATS[form].write(public, dataset)
        yield from (open_data.text(one).encode() for one in LISTS)
    else:
        for id in procedures.all_procedures():
            yield guide_files.export(actor, id, now=now).content


LISTS = (open_data.SPOT, open_data.PLACE, open_data.EVENT, open_data.COARSE)


def _header(sample: bytes) -> str:
    """The names of the columns of a table; of other files, their first line."""
    lines = sample.decode("utf-8-sig").splitlines()
    return next(one for one in lines if not one.startswith("#"))


class Tally:
    """What came of the files so far."""

    def __init__(self, actor: Actor, watch: Reader) -> None:
        self.actor, self._watch = actor, watch
        self.found: Counter[str] = Counter()
        self.most_s = self.most_mb = 0.0

    def tries(self, which: Import, file: Hostile, *, once: bool) -> None:
        """Put one file before an import."""
        before, began = self._version(), time.process_time()
        least = _from_here()
        outcome = self._outcome(which, file)
        seconds, megabytes = time.process_time() - began, (_peak() - least) / 1024
        self.found["files"] += 1
        self.found[outcome] += 1
        self.found["changed"] += outcome != "taken" and self._version() != before
        self.found["slow"] += seconds > SLOW
        self.most_s, self.most_mb = max(self.most_s, seconds), max(self.most_mb, megabytes)
        if seconds > SLOW or megabytes > MUCH:
            told = f"{which.__name__} {file.name} {len(file.content)} bytes"
            print(f"{told}: {outcome}, {seconds:.1f} s, {megabytes:.0f} MB", flush=True)
        if outcome == "taken" and once and self._outcome(which, file) == "taken":
            self.found["again"] += 1
            print(f"again: {which.__name__} {file.content[:300]!r}", flush=True)

    def _outcome(self, which: Import, file: Hostile) -> str:
        try:
            return "taken" if which(self.actor, file) else "refused"
        except Refused:
            return "refused"
        except (*CRASHES, *store.failures()):
            if self.found["crashed"] < TOLD:
                print(f"{which.__name__} {file.name} {file.content[:300]!r}", file=sys.stderr)
                traceback.print_exc(limit=-4)
            return "crashed"

    def _version(self) -> object:
        """Another one whenever somebody else has written."""
        return self._watch.one("PRAGMA data_version")


def _from_here() -> int:
    """Forget the most memory there was; what is used now, in kB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    """The most memory used since, in kB."""
    return _status("VmHWM")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)


def _texts() -> Iterator[tuple[str, str]]:
    """Every text of the database, and its column."""
    named = store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    for one in named:
        for row in store.rows(f"SELECT * FROM {one['name']}"):
            yield from _leaves(one["name"], row)


def _leaves(place: str, value: object) -> Iterator[tuple[str, str]]:
    """The texts in a value, in those that are JSON too, but for `ANY_DIGITS`."""
    if isinstance(value, str):
        inner = _inner(value)
        if inner is None:
            yield place, value
        else:
            yield from _leaves(place, inner)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in ANY_DIGITS:
                yield from _leaves(f"{place}.{key}", one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(place, one)


def _inner(text: str) -> object:
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _leaks(text: str) -> bool:
    """Whether the planted number stands in it, in one of the ways it was planted."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if one not in " -\u200b")
    return NUMBER in plain or "一二三四五六七八九〇一八" in text
