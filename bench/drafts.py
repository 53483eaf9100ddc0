"""A form in the making, the page reloaded or the server killed at random moments: what came back.

Keys: tried, lost (how many times anything typed or tapped was not there again), p95_s (seconds
until all was back: from the reload, or from the moment when the server answers again).

A real browser fills the forms of `FORMS`, a letter or a tap at a time, with the pauses of a fast
hand. After a random number of them, and a random moment more, the page is reloaded, or the server
gets SIGKILL and is started anew; then every other time the page is reloaded too, and else left to
connect again by itself. A try is lost when a letter or an answer is missing after `PATIENCE`.
"""

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from desk import store
from tests import browser
from tests.conftest import prepare
from tests.server import Killable, killable
from tests.walk import Walker

RELOADS, KILLS = 100, 20
PATIENCE = 10.0  # seconds
HAND = (20, 200)  # milliseconds between two letters or taps
STAYS = 1_000  # milliseconds for which it must be so
MOMENT = 400  # milliseconds at most, from the last of them to the reload


@dataclass(frozen=True)
class Answer:
    """A tap on the answer `text`, or letters typed; `key` is the field's."""

    key: str
    text: str
    typed: bool = False


@dataclass(frozen=True)
class Form:
    """A form of a screen: its address, the buttons that open it, and what is filled in."""

    path: str
    opens: tuple[str, ...]
    answers: tuple[Answer, ...]


FORMS = (
    Form(
        "/book",
        ("選ぶ",),
        (
            Answer("book_kana", "やまだ はなこ", typed=True),
            Answer("book_town_common", "そのほか…"),
            Answer("book_town_row", "カ"),
            Answer("book_reach", "となりの方へ"),
            Answer("book_note", "となりの さとうさん", typed=True),
            Answer("book_party", "2人"),
        ),
    ),
    Form(
        "/log",
        (),
        (
            Answer("log_town_common", "そのほか…"),
            Answer("log_town_row", "カ"),
            Answer("log_age", "75–79"),
            Answer("log_topic", "スマホの基本"),
        ),
    ),
)


def run(reloads: int = RELOADS, kills: int = KILLS) -> dict[str, float]:
    """tried, lost, p95_s."""
    chance = random.Random(2026)
    taken: list[float | None] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = f"{folder}/desk.sqlite3"
        prepare(database)
        with killable(database, Path(folder) / "log") as server:
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            walker = Walker(opened, server.address)
            walker.sign_in("volunteer")
            for number in range(reloads + kills):
                begin_anew(database)
                form = FORMS[number % len(FORMS)]
                done = fill(walker, form, chance)
                start = (
                    reload(walker.page)
                    if number < reloads
                    else kill(server, walker.page, again=number % 2 == 0)
                )
                taken.append(came_back(walker.page, done, start))
                if taken[-1] is None:
                    print(f"lost: {form.path} {done} but {held(walker.page, done)}")
            opened.close()
    for name, some in (("reloads", taken[:reloads]), ("kills", taken[reloads:])):
        back = [one for one in some if one is not None]
        if back:
            print(f"{name}: p50 {statistics.median(back):.2f} s, most {max(back):.2f} s")
    seconds = [one for one in taken if one is not None]
    return {
        "tried": len(taken),
        "lost": taken.count(None),
        "p95_s": statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else sum(seconds),
    }


def begin_anew(database: str) -> None:
    """Nobody has a draft."""
    store.use(database)
    with store.transaction() as write:
        write.run("DELETE FROM draft")
    store.use(None)


def fill(walker: Walker, form: Form, chance: random.Random) -> dict[str, Answer]:
    """Open a form anew and fill in some of it; what was filled in, by field."""
    walker.page.goto("about:blank")
    walker.open(form.path)
    for text in form.opens:
        walker.tap(text)
    steps = [
        Answer(one.key, letter, one.typed)
        for one in form.answers
        for letter in (one.text if one.typed else [one.text])
    ]
    done: dict[str, Answer] = {}
    for step in steps[: chance.randint(1, len(steps))]:
        field = walker.page.locator(f"[class~='st-key-{step.key}']")
        if step.typed:
            if step.key not in done:
                field.locator("input, textarea").click()
            walker.page.keyboard.insert_text(step.text)
            before = done[step.key].text if step.key in done else ""
            done[step.key] = Answer(step.key, before + step.text, typed=True)
        else:
            field.locator("button").filter(has_text=step.text).first.click()
            done[step.key] = step
        walker.page.wait_for_timeout(chance.uniform(*HAND))
    walker.page.wait_for_timeout(chance.uniform(0, MOMENT))
    return done


def reload(page: Page) -> float:
    """Reload the page, as a tablet does by itself; when it was asked for."""
    start = time.perf_counter()
    page.reload(wait_until="commit")
    return start


def kill(server: Killable, page: Page, *, again: bool) -> float:
    """Kill the server and start it anew; when it answered."""
    server.kill()
    server.start()
    start = time.perf_counter()
    if again:
        page.reload(wait_until="commit")
    return start


def came_back(page: Page, done: dict[str, Answer], start: float) -> float | None:
    """Seconds until everything is there, the server answers the screen, and it stays so."""
    wanted = {key: one.text for key, one in done.items()}
    while time.perf_counter() - start < PATIENCE:
        if page.locator(STILL).count() and held(page, done) == wanted:
            taken = time.perf_counter() - start
            page.wait_for_timeout(STAYS)
            if page.locator(STILL).count() and held(page, done) == wanted:
                return taken
        page.wait_for_timeout(20)
    return None


# A screen that has its server and no run under way, with the mark of a form that is kept.
STILL = (
    "[data-testid=stApp][data-test-connection-state=CONNECTED]"
    "[data-test-script-state=notRunning] [data-draft]"
)
HELD = """keys => Object.fromEntries(keys.map(key => {
  const field = document.querySelector(`[class~='st-key-${key}']`);
  const box = field?.querySelector("input, textarea");
  const chosen = [...(field?.querySelectorAll("button[aria-checked=true]") ?? [])];
  return [key, box ? box.value : chosen.map(one => one.textContent.trim()).join("/")];
}))"""


def held(page: Page, done: dict[str, Answer]) -> dict[str, str]:
    """What stands in the fields now."""
    return dict(page.evaluate(HELD, list(done)))
