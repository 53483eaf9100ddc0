"""The procedure navigator: taps from its start until what, what to bring and online are answered.

Keys: procedures (how many there are), answered (of how many everything is seen after at most three
taps). On its way it prints the taps of each, and what was not seen.

A real browser on a tablet does what a volunteer does: from the start it taps the group and then the
procedure, and looks. What must be seen are the procedure's own facts, as the YAML has them: what it
is about (概要), whether it can be done online, what to bring (papers, and things for each way that
is offered), and each way's name with whether it is open. As long as something is not seen and a
question is open, it answers はい, which is a tap too. Text in a closed fold is not seen.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright

from desk import language, store, times
from desk.guide import faces, procedures
from desk.guide.now import options
from desk.guide.procedures import GROUPS, PLACES, Procedure
from tests import browser
from tests.conftest import prepare
from tests.server import running
from tests.walk import Walker

MOST = 3  # taps


def run() -> dict[str, float]:
    """procedures, answered."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = f"{folder}/desk.sqlite3"
        prepare(database)
        store.use(database)  # hours of venues and approved versions are read here too
        every = procedures.all_procedures()
        with running(database, Path(folder) / "log") as server:
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            walker = Walker(opened, server.address)
            walker.sign_in("volunteer")
            found = walk(walker, every)
            opened.close()
        store.use(None)
    taps = [count for count in found.values() if count is not None]
    print("taps:", {n: taps.count(n) for n in sorted(set(taps))})
    return {"procedures": len(every), "answered": sum(count <= MOST for count in taps)}


def walk(walker: Walker, every: Mapping[str, Procedure]) -> dict[str, int | None]:
    """For each procedure the taps it took; None when something was never seen."""
    found = {}
    for one in every.values():
        taps, lacking = look_for(walker, one)
        found[one.id] = None if lacking else taps
        if lacking:
            print(f"{one.id}: {taps} taps, not seen: {lacking}", file=sys.stderr)
    return found


def look_for(walker: Walker, one: Procedure) -> tuple[int, list[str]]:
    """From the start to one procedure: how many taps, and what is still not seen."""
    walker.open("/procedures")
    group = language.catalogue("ja").gettext(GROUPS[one.group])
    walker.tap(group)
    walker.page.locator(f".st-key-guide_group_{one.id} button").click()
    walker.settle()
    taps, answers = 2, ()
    while (lacking := unseen(walker, one, answers)) and faces.asks(one, answers) and taps < MOST:
        walker.page.locator(".st-key-big_yes button").click()
        walker.settle()
        taps, answers = taps + 1, (*answers, True)
    return taps, lacking


def unseen(walker: Walker, one: Procedure, answers: tuple[bool, ...]) -> list[str]:
    """What the screen does not answer."""
    said, now = squeezed(walker.text()), times.now()
    ways = options(one, faces.reachable(one, answers), now)
    wanted = [one.overview.text, one.online.text]
    wanted += [fact.text for fact in (*one.forms, *one.attachments)]
    wanted += [fact.text for way in ways for fact in way.way.bring]
    for way in ways:
        wanted += [language.catalogue("ja").gettext(PLACES[way.place]), way.in_words(now, "ja")]
    return [text for text in wanted if squeezed(text) not in said]


def squeezed(text: str) -> str:
    """Without white space, which a browser draws its own way."""
    return "".join(text.split())
