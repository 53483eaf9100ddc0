"""Last seats of 49 classes, 16 processes: our bookings per second beside pretix's, in one run.

Keys: ours_per_s and pretix_per_s (bookings that got a seat, per second from the first try to the
last answer), ratio (ours to pretix's).

What is measured. Nothing in the back office of pretix 2026.8.0 makes a single order (it has a file
import); the desk's way in for a booking by proxy is its REST API's `POST …/orders/`. That view runs
here in process, so that neither side has a socket, middleware, sign-in or rights query: it reads
the order, takes the advisory lock on the date's quota, counts what is left, writes order, position,
payment and log, and makes the answer. Ours is `booking.book`. The event is kept in memory from one
order to the next, plugins and mail are off, and there is no redis and no worker, so the
notification tasks run inside the call (they find nobody to notify), which is what pretix does
without a broker. The human lines also show `core`: only pretix's locked transaction, without log
entries, signals, tasks and answer.

Why it is fair. Both have a database of their own on one PostgreSQL server with its default, durable
settings; the same processes with a connection each, classes, seats, order of classes, and parties
of one; a real booking of one more class as warm-up; and the same code for gate, clock and count
(`bench.contest`). Two differences remain. Whoever finds no seat is written to the waitlist by ours
and refused by pretix, so ours does more. pretix keeps prices, taxes and an audit log that ours does
not have, so an order does more. When pretix cannot get its lock in 3 s it answers "try again" (409)
and leaves the retry to the caller: counted as busy, not accepted, not tried again.

pretix is no dependency: it is installed into `.cache/pretix-VERSION`, or the folder that
DESK_BENCH_CACHE names, which takes about 600 MB and a minute the first time. Without it there are
no figures.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.contest import NONE, SEAT, Outcome, contest
from bench.foreign import ROOT, python_with
from bench.race import PEOPLE, SEATS, postgres, prepare
from desk import booking, store, times
from desk.people import Actor

PRETIX = "2026.8.0"
PROCESSES, CLASSES = 16, 49


def run() -> dict[str, float]:
    """pretix and ours on PostgreSQL; ours on SQLite for the reader."""
    python = python_with("pretix", PRETIX, [f"pretix=={PRETIX}"])
    if python is None:
        sys.exit("so there are no figures")
    with tempfile.TemporaryDirectory() as folder:
        with postgres(folder) as address:
            ours, classes = ours_at(address)
            _say("ours, PostgreSQL", ours.per_s, ours.told, ours.oversold)
            theirs = pretix_at(address, python, Path(folder), classes)
        light, _classes = ours_at(f"{folder}/race.sqlite3")
    for way in ("api", "core"):
        found = theirs[way]
        _say(f"pretix {theirs['version']}, {way}", found["per_s"], found["told"], found["oversold"])
    _say("ours, SQLite", light.per_s, light.told, light.oversold)
    print(f"ratio to pretix's core: {ours.per_s / theirs['core']['per_s']:.1f}")
    pretix = theirs["api"]["per_s"]
    return {"ours_per_s": ours.per_s, "pretix_per_s": pretix, "ratio": ours.per_s / pretix}


def _say(who: str, per_s: float, told: dict[str, int], oversold: int) -> None:
    answers = ", ".join(f"{told[answer]} {answer}" for answer in sorted(told))
    print(f"{who}: {per_s:.1f} accepted/s; answers: {answers}; oversold {oversold}")


def ours_at(address: str) -> tuple[Outcome, int]:
    """Our contest, and how many classes it had with the warm-up's."""
    store.use(address)
    actor, classes = prepare(1 + CLASSES)
    outcome = contest(PROCESSES, classes, SEATS, enter=(_enter, (address, actor)), attempt=_book)
    return outcome, len(classes)


def _enter(address: str, actor: Actor) -> None:
    global _actor
    _actor = actor
    store.use(address)


def _book(class_id: str) -> str:
    kana = "".join(random.choices(PEOPLE, k=8))  # a person is in a class once
    form = booking.BookingForm(class_id, kana, "unknown", None, "none")
    answer = booking.book(_actor, id=str(uuid.uuid4()), form=form, now=times.now())
    return SEAT if answer.seated else NONE


def pretix_at(address: str, python: Path, folder: Path, classes: int) -> dict[str, Any]:
    """pretix's contests, in a database of its own on the same server."""
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("CREATE DATABASE pretix ENCODING 'UTF8' TEMPLATE template0")
    at = conninfo_to_dict(address)
    data = folder / "pretix"
    data.mkdir()
    chosen = {
        "DJANGO_SETTINGS_MODULE": "pretix.settings",
        "PRETIX_CONFIG_FILE": str(data / "no-other.cfg"),
        "PRETIX_DATABASE_BACKEND": "postgresql",
        "PRETIX_DATABASE_HOST": str(at["host"]),
        "PRETIX_DATABASE_USER": str(at["user"]),
        "PRETIX_DATABASE_NAME": "pretix",
        "PRETIX_PRETIX_DATADIR": str(data),
        "PRETIX_PRETIX_LOGLEVEL": "ERROR",
    }
    side = [python, "-m", "bench.pretix_side", str(PROCESSES), str(classes), str(SEATS)]
    ran = subprocess.run(
        side, cwd=ROOT, env=os.environ | chosen, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.exit(f"pretix was installed but its side failed, so no figures.\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout.splitlines()[-1])
