"""Tablets at work and residents who look: `python -m bench.crowd ADDRESS`, the plan on stdin.

One process for all of them, which gives way to the server (nice). Prints one line of JSON: what
each kind of thing took in seconds, what was saved, and what went wrong.

A tablet goes round in about three minutes: opens today's screen, opens its class, checks somebody
in (or takes it back, once all are there); opens the booking screen, chooses venue and class, types
a name letter by letter, each of which is sent as the browser does, taps neighbourhood and way to
reach, books; opens the log, taps neighbourhood, age and topic, saves. Three saves, eleven other
runs, twelve letters. Its browser tells meanwhile that it is used.

Some of the residents use the public screen: each arrives with nothing in the browser, stays for
five taps and leaves; the next one comes. The others read the light pages, one in twelve seconds.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import IO, Any
from urllib.parse import urlsplit

import uvloop
from websockets.exceptions import WebSocketException

from bench.tablet import PATIENCE, Screen, Wrong
from tests.server import ROOT

NICE = 10
TAP, LETTER, TALK, READ = 3.0, 0.4, 44.0, 12.0  # seconds: between taps, letters, people, pages
LETTERS, TAPS, TOUCHED = 12, 5, 30.0
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
LIGHT = ("/wifi", "/classes", "/guide", "/opendata/", "/use", "/classes.ics")
ANOTHER = "ほかの講座でもう1人"
A_VENUE = 12  # tablets that share an address
_FILE = re.compile(rb'(?:src|href)="\./(static/[^"]+\.(?:js|css))"')


@dataclass
class Plan:
    """Who comes, and for how long; `pace` stretches every pause."""

    cookies: list[str]
    classes: list[str]  # of today, one a tablet, in turn
    on_screens: int
    on_pages: int
    seconds: float
    pace: float


@dataclass
class Found:
    """What came of it: seconds by kind, saves answered, and what went wrong."""

    taken: dict[str, list[float]]
    saved: int
    wrong: dict[str, int]


class Crowd:
    """What all of them share."""

    def __init__(self, address: str, plan: Plan) -> None:
        self.address, self.plan = address, plan
        self.taken: defaultdict[str, list[float]] = defaultdict(list)
        self.wrong: Counter[str] = Counter()
        self.saved = 0
        self.ends = time.perf_counter() + plan.seconds

    @property
    def going(self) -> bool:
        return time.perf_counter() < self.ends

    async def pause(self, dice: random.Random, mean: float) -> None:
        """Half to one and a half times the mean, and not past the end."""
        wait = mean * self.plan.pace * dice.uniform(0.5, 1.5)
        await asyncio.sleep(max(0.0, min(wait, self.ends - time.perf_counter())))

    async def again(self, one: Callable[[], Awaitable[None]]) -> None:
        """Until the end; what goes wrong is counted and begun anew."""
        while self.going:
            try:
                await one()
            except (Wrong, OSError, TimeoutError, WebSocketException, EOFError) as problem:
                self.wrong[f"{type(problem).__name__}: {problem}"[:300]] += 1
                await asyncio.sleep(1)


class Tablet:
    """A volunteer with a tablet at a class."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number = crowd, number
        self.dice = random.Random(number)
        self.cookie = crowd.plan.cookies[number]
        self.meeting = crowd.plan.classes[number % len(crowd.plan.classes)]
        self.place = f"127.0.1.{1 + number // A_VENUE}"

    async def work(self) -> None:
        """A shift: today, a booking, a consultation, and round again."""
        crowd = self.crowd
        await crowd.pause(self.dice, TALK)
        async with Screen(crowd.address, cookie=self.cookie, place=self.place) as self.screen:
            touched = asyncio.create_task(self.touch())
            try:
                while crowd.going:
                    for task in (self.check_in, self.book, self.log):
                        await task()
                        await crowd.pause(self.dice, TALK)
                        if not crowd.going:
                            break
            finally:
                touched.cancel()

    async def touch(self) -> None:
        """The browser tells that somebody is there."""
        while True:
            await asyncio.sleep(TOUCHED)
            await self.post("/seen", {})

    async def open(self, path: str) -> None:
        self.crowd.taken["screen"].append(await self.screen.open(path))
        await self.crowd.pause(self.dice, TAP)

    async def tap(self, start: str, option: str = "") -> None:
        self.crowd.taken["tap"].append(await self.screen.tap(start, option))
        await self.crowd.pause(self.dice, TAP)

    async def choose(self, start: str) -> None:
        """One of the first answers of a question."""
        await self.tap(start, self.dice.choice(self.screen.find(start)[0].options[:5]))

    async def save(self, start: str, then: Callable[[], bool]) -> None:
        """Tap what writes; `then` the screen says that it did."""
        taken = await self.screen.tap(start)
        if not then():
            raise Wrong(f"{start[:10]} was tapped, and the screen says {self.screen.texts}")
        self.crowd.taken["save"].append(taken)
        self.crowd.saved += 1

    async def check_in(self) -> None:
        screen = self.screen
        await self.open("today")
        if not (screen.has("came_") or screen.has("undo_")):
            await self.tap(f"open_{self.meeting}")
        # What is at the tablet's own class, or was opened before.
        one = self.dice.choice(self.ours("came_") or self.ours("undo_"))
        kind, _, id = one.partition("_")
        other = {"came": "undo", "undo": "came"}[kind]
        await self.save(one, lambda: screen.has(f"{other}_{id}"))

    def ours(self, kind: str) -> list[str]:
        """The buttons of the people this tablet ticks off: two tablets of a class that tick the
        same one off at the same time have two answers and one row."""
        classes, tablets = len(self.crowd.plan.classes), len(self.crowd.plan.cookies)
        keys = [one.key for one in self.screen.widgets.values()]
        ticks = [key for key in keys if key.startswith(("came_", "undo_"))]
        people = sorted({key.partition("_")[2] for key in ticks})
        # In turn: everybody has somebody while there are as many people as tablets.
        turns = min(len(range(self.number % classes, tablets, classes)), len(people)) or 1
        mine = people[self.number // classes % turns :: turns]
        return [key for key in ticks if key.startswith(kind) and key.partition("_")[2] in mine]

    async def book(self) -> None:
        screen = self.screen
        await self.open("book")
        if screen.has(ANOTHER):  # the receipt of the last one
            await self.tap(ANOTHER)
        await self.choose("book_venue")
        await self.tap(self.dice.choice(screen.find("choose_")).key)
        name = "".join(self.dice.choices(KANA, k=LETTERS))
        for end in range(1, LETTERS + 1):
            await self.crowd.pause(self.dice, LETTER)
            await self.letters("book_kana", name[:end])
        screen.type_in("book_kana", name)
        await self.choose("book_town_common")
        await self.choose("book_reach")
        await self.save("book_save", lambda: any(name in text for text in screen.texts))

    async def log(self) -> None:
        screen = self.screen
        await self.open("log")
        for question in ("log_town_common", "log_age", "log_topic"):
            await self.choose(question)
        form = screen.find("log_save_")[0].key
        await self.save(form, lambda: screen.has("log_save_") and not screen.has(form))

    async def letters(self, field: str, text: str) -> None:
        """What is typed so far goes to the draft."""
        mark = self.screen.draft
        sent = {"form": mark["form"], "id": mark["id"], "texts": {field: text}}
        began = time.perf_counter()
        status = await self.post("/draft", sent)
        self.crowd.taken["letter"].append(time.perf_counter() - began)
        if status != 204:
            self.crowd.wrong[f"/draft {status}"] += 1

    async def post(self, path: str, sent: dict[str, Any]) -> int:
        crowd, body = self.crowd, json.dumps(sent).encode()
        head = (
            f"Cookie: {self.cookie}\r\nOrigin: {crowd.address}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
        status, _body = await fetch(crowd.address, path, place=self.place, head=head, body=body)
        return status


class Visitor:
    """A resident with a telephone."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.dice = crowd, random.Random(-number)
        self.place = f"127.0.2.{1 + number}"

    async def use_the_screen(self) -> None:
        """Arrives with nothing in the browser, looks for Wi-Fi, leaves."""
        crowd = self.crowd
        await crowd.pause(self.dice, READ)
        document = await self.get("/")
        for name in _FILE.findall(document):
            await self.get(f"/{name.decode()}")
        for path in ("/_stcore/health", "/_stcore/host-config"):
            await self.get(path)
        async with Screen(crowd.address, place=self.place) as screen:
            crowd.taken["screen"].append(await screen.open(""))
            for start, option in (("wifi_row", "ハ"), ("wifi_town", ""), ("join_", "-")) * TAPS:
                await crowd.pause(self.dice, READ)
                if not crowd.going:
                    break
                found = self.dice.choice(screen.find(start))
                option = option or self.dice.choice(found.options)
                crowd.taken["tap"].append(await screen.tap(found.key, option.strip("-")))

    async def read(self) -> None:
        """Reads light pages."""
        while self.crowd.going:
            await self.crowd.pause(self.dice, READ)
            began = time.perf_counter()
            await self.get(self.dice.choice(LIGHT))
            self.crowd.taken["page"].append(time.perf_counter() - began)

    async def get(self, path: str) -> bytes:
        status, body = await fetch(self.crowd.address, path, place=self.place)
        if status != 200:
            raise Wrong(f"{path} {status}")
        return body


async def fetch(
    address: str, path: str, *, place: str, head: str = "", body: bytes = b""
) -> tuple[int, bytes]:
    """Ask once, by a connection of its own, from an address of this machine; status and body."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(
        where.hostname, where.port, local_addr=(place, 0)
    )
    ask = (
        f"{'POST' if head else 'GET'} {path} HTTP/1.0\r\nHost: {where.netloc}\r\n"
        f"Accept: text/html,*/*\r\nAccept-Language: ja\r\n{head}\r\n"
    )
    try:
        writer.write(ask.encode() + body)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
    finally:
        writer.close()
    if not answer.startswith(b"HTTP/1."):
        raise Wrong(f"{path}: no answer")
    return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]


async def come(address: str, plan: Plan) -> Found:
    """All of them, until the time is over."""
    crowd = Crowd(address, plan)
    tablets = [Tablet(crowd, number).work for number in range(len(plan.cookies))]
    visitors = [Visitor(crowd, number) for number in range(plan.on_screens + plan.on_pages)]
    on_screens = [one.use_the_screen for one in visitors[: plan.on_screens]]
    readers = [one.read for one in visitors[plan.on_screens :]]
    await asyncio.gather(*(crowd.again(one) for one in (*tablets, *on_screens, *readers)))
    return Found(dict(crowd.taken), crowd.saved, dict(crowd.wrong))


@dataclass
class Coming:
    """A crowd in a process of its own, and the file of what it will say: more than a pipe holds."""

    process: "subprocess.Popen[str]"
    said: IO[str]

    def over(self) -> bool:
        """All have left."""
        return self.process.poll() is not None


def started(address: str, plan: Plan) -> Coming:
    """Let them come; `found` waits for them."""
    command = [sys.executable, "-m", "bench.crowd", address]
    said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `found` closes it
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=said, text=True)
    assert process.stdin
    process.stdin.write(json.dumps(asdict(plan)))
    process.stdin.close()
    return Coming(process, said)


def found(coming: Coming) -> Found:
    """What came of it, when all have left."""
    if coming.process.wait():
        raise RuntimeError("the crowd failed")
    with coming.said as said:
        said.seek(0)
        return Found(**json.load(said))


def main() -> None:
    os.nice(NICE)
    plan = Plan(**json.loads(sys.stdin.read()))
    print(json.dumps(asdict(uvloop.run(come(sys.argv[1], plan)))))


if __name__ == "__main__":
    main()
