"""SIGKILL for the real server amid bookings and logs, 1,000 times; each time it starts again.

Keys: kills, acknowledged (bookings and consultations whose receipt a screen showed), lost (of
those, how many are not there exactly once after the next start), corrupt (starts after which the
file, its keys, its seats or the audit's chain are not whole).

A life of the server: it starts on the file of the life before, a few tablets open the screens for
booking and logging (`bench.bare_tablet`: over the websocket of Streamlit's own page, without a
browser) and fill them in as fast as they are answered, and at a random moment after the first
receipt the process gets SIGKILL. What counts as acknowledged is only what stood on a screen: the
code of a booking, the receipt of a consultation with its id. After the next start every one of
them, of all lives, is looked for. Every `COLD`th life starts by the command a city uses, the others
are children of a process that has loaded the same modules (`bench.nursery`); it is the same server.
"""

import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from bench import whole
from bench.bare_tablet import GONE, Tablet
from bench.nursery import Nursery
from desk import codes, schedule, store, times
from tests.conftest import prepare, signed_in
from tests.server import Killable

KILLS, SEED = 1_000, 2026
COLD = 20  # every so manieth life starts by the command
TABLETS = ("log", "book")
MOMENT = 1.0  # seconds at most from the first receipt to the kill
PATIENCE = 120  # seconds to wait for the first receipt
SIGNED_IN = 10  # lives with one session
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"
CODE = re.compile(f"[{codes.ALPHABET}]{{{codes.LENGTH}}}")


class Life:
    """What the tablets of one life of a server were told."""

    def __init__(self, address: str, token: str, classes: list[str]) -> None:
        self.address, self.token, self.classes = address, token, classes
        self.acknowledged: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self.first, self.over = threading.Event(), threading.Event()

    def told(self, what: str, id: str) -> None:
        """A receipt was shown."""
        self.acknowledged.append((what, id))
        self.first.set()

    def work(self, screen: str, dice: Random) -> None:
        """One tablet, until the server is gone."""
        while not self.over.is_set():
            try:
                WORK[screen](self, Tablet(self.address, self.token), dice)
            except GONE as problem:
                if not self.over.is_set():
                    self.refused.append(f"{screen}: {problem!r}")
            except KeyError as missing:  # another screen than was asked for
                self.refused.append(f"{screen}: no {missing}")


def _logs(life: Life, tablet: Tablet, dice: Random) -> None:
    """Log one consultation after the other."""
    tablet.open("log")
    while True:
        button = next((key for key in tablet.keys if key.startswith("log_save_")), "log_save")
        id = button.removeprefix("log_save_")
        for key in (_town(tablet, "log"), "log_age", "log_topic"):
            tablet.answer(**{key: [dice.choice(tablet.widgets[key].options[-2:])]})
        tablet.tap(button)
        if f"log_other_{id}" in tablet.keys:  # “just logged: another resident?”
            tablet.tap(f"log_other_{id}")
        if f"papers_{id}" in tablet.keys:
            life.told("consultation.id", id)
        else:
            life.refused.append(f"log: {tablet.texts[-1][:80]}")
        tablet.forget()


def _books(life: Life, tablet: Tablet, dice: Random) -> None:
    """Book one resident."""
    tablet.open("book", f"class={dice.choice(life.classes)}")
    for key in (_town(tablet, "book"), "book_reach"):
        tablet.answer(**{key: [tablet.widgets[key].options[-1]]})
    tablet.answer(book_kana="".join(dice.choices(KANA, k=8)))
    tablet.tap("book_save")
    shown = [text for text in tablet.texts if CODE.fullmatch(text)]
    if shown:
        life.told("booking.code", shown[0])
    else:
        life.refused.append(f"book: {tablet.texts[-1][:80]}")
    tablet.close()


WORK: dict[str, Callable[[Life, Tablet, Random], None]] = {"log": _logs, "book": _books}


def _town(tablet: Tablet, form: str) -> str:
    """The field whose last answer is “not known”."""
    common = f"{form}_town_common"
    return common if common in tablet.keys else f"{form}_town_row"


def run(kills: int = KILLS) -> dict[str, float]:
    """kills, acknowledged, lost, corrupt."""
    dice = Random(SEED)
    acknowledged: list[tuple[str, str]] = []
    lost: set[str] = set()
    corrupt = 0
    with tempfile.TemporaryDirectory() as folder, Nursery() as nursery:
        database, log = f"{folder}/desk.sqlite3", Path(folder) / "log"
        prepare(database)
        store.use(database)
        soon = times.now() + timedelta(days=1)  # of those to come, none begins meanwhile
        classes = [one.id for one in schedule.bookable(now=soon) if not one.series_id]
        cold = Killable(database, log)
        for number in range(kills + 1):
            server = cold if number % COLD == 0 else nursery.start(database, log)
            if server is cold:
                cold.start()
            gone, wrong = whole.missing(acknowledged), whole.faults()
            lost.update(gone)
            corrupt += bool(wrong)
            if gone or wrong:
                print(f"life {number}: {gone} {wrong}", file=sys.stderr, flush=True)
            if number % SIGNED_IN == 0:
                token = signed_in("test staff", times.now())
            if number < kills:
                life = Life(server.address, token, classes)
                acknowledged += spent(life, server.kill, dice)
                if life.refused:
                    print(f"life {number}: {life.refused}", file=sys.stderr, flush=True)
            else:
                server.kill()
            if number % 20 == 0:
                told = f"{len(acknowledged)} acknowledged, {len(lost)} lost, {corrupt} corrupt"
                print(f"{number} lives, {told}", flush=True)
        store.use(None)
    return {
        "kills": kills,
        "acknowledged": len(acknowledged),
        "lost": len(lost),
        "corrupt": corrupt,
    }


def spent(life: Life, kill: Callable[[], None], dice: Random) -> list[tuple[str, str]]:
    """Let the tablets work and kill the server; what they had been told until then."""
    working = [
        threading.Thread(target=life.work, args=(screen, Random(dice.random())))
        for screen in TABLETS
    ]
    for one in working:
        one.start()
    if not life.first.wait(PATIENCE):
        raise RuntimeError(f"no receipt: {life.refused}")
    time.sleep(dice.uniform(0, MOMENT))
    life.over.set()
    kill()
    for one in working:
        one.join()
    return life.acknowledged
