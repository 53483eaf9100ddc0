"""Texts that try to be code, on every screen, page and paper in a real browser: none runs.

All are planted once and looked at once, with the pages' policies taken away: what keeps a text from
running must be how it is written, not only what a policy forbids.
"""

import ast
import http.client
import itertools
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Error, Locator

from desk import consultations, corrections, drafts, schedule, slips, store, times
from desk.consultations import ConsultationForm
from desk.gaps.acts import actions
from desk.gaps.acts.actions import ActionForm
from desk.guide import edits, misses
from desk.opendata import imports
from desk.people import Actor
from desk.refusals import Refused
from tests.conftest import DESK, class_form, person, prepare
from tests.payloads import PAYLOADS, RUN_AS_HTML, Watch, calculated
from tests.server import ROOT, Server, running
from tests.test_payloads import UNSEEN
from tests.test_planted import csv_of, procedure_that_says
from tests.walk import Walker
from web.routes import ROUTES

TEXTS = tuple(PAYLOADS.values())
# What the city's files and people say, by table.
SAID = {
    "venue": (
        *("name", "kana", "kind", "address", "source", "hours_note", "note", "name_en"),
        *("telephone", "url", "city_name"),
    ),
    "room": ("name", "source"),
    "desk": ("name", "hours", "source"),
    "town": ("name", "source"),
    "course": ("title", "title_en", "about", "bring", "source"),
    "instructor": ("name",),
    "equipment": ("name", "source"),
    "closed_day": ("reason", "source"),
    "figure": ("source",),
    "card_rate": ("source",),
    "population": ("source",),
    "wifi_spot": (
        *("name", "kana", "address", "area", "ssid", "how", "password", "provider", "note"),
        *("source", "name_en", "hours_note", "telephone", "url", "city_name"),
    ),
    "person": ("name",),
}
SPOTS = "全国地方公共団体コード,名称,所在地_連結表記,緯度,経度,提供エリア,SSID,接続方法,備考,出典"
KEY_OF = "one => one.closest('[class*=st-key-]')?.className.match(/st-key-\\S+/)?.[0] ?? ''"
TAPS = 6  # of different buttons on a screen
NOT_TAPPED = re.compile(r"st-key-(\w*_yes$|arrivals_scan)")  # what would end the tour; a camera


def plant(now: datetime) -> None:
    """Every text into what the city's files say, and by every function of the desk."""
    texts = itertools.cycle(TEXTS)
    with store.transaction() as write:
        for table, columns in SAID.items():
            key = "town_id" if table == "population" else "id"
            where = "WHERE name NOT LIKE 'test %'" if table == "person" else ""
            for row in write.rows(f"SELECT DISTINCT {key} AS id FROM {table} {where}"):
                for column in columns:
                    sql = f"UPDATE {table} SET {column} = :text WHERE {key} = :id"
                    write.run(sql, id=row["id"], text=f"{next(texts)} {row['id'][:13]}")
        for row in write.rows("SELECT id FROM booking"):
            write.run(
                # A person is in a class once: these are namesakes.
                "UPDATE booking SET kana = :kana, reach_note = :note, namesake = place "
                "WHERE id = :id",
                id=row["id"],
                kana=next(texts),
                note=next(texts),
            )
    by_hand(now, person("staff"), person("admin"))


def by_hand(now: datetime, staff: Actor, admin: Actor) -> None:
    """What people type, through the desk's own functions; a refused one is not typed."""
    town = store.rows("SELECT id FROM town ORDER BY id")[0]["id"]
    volunteer = store.rows("SELECT id, name FROM person WHERE name = 'test volunteer'")[0]
    signed = Actor(volunteer["id"], volunteer["name"], "volunteer")
    for number, text in enumerate(TEXTS):
        spoken = {"id": str(uuid.uuid4()), "now": now}
        form = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line", note=text)
        ways: list[Callable[[], Any]] = [
            lambda s=spoken, f=form: consultations.log(signed, form=f, ask=False, **s),
            lambda s=spoken, t=text: corrections.withdraw(
                admin, id=str(uuid.uuid4()), consultation_id=s["id"], now=now, reason=t
            ),
            lambda s=spoken, t=text: actions.mark(
                staff,
                form=ActionForm("outreach", t, (town,), times.today(now), note=t),
                **s,
            ),
            lambda t=text: misses.note(t[:40], now),
            lambda s=spoken, t=text: edits.propose(
                staff, contents=procedure_that_says(t), reason=t, **s
            ),
        ]
        for way in ways:
            try:
                way()
            except Refused:
                continue
        if number < 3:
            lists(staff, text, now)
    drafts.keep(
        signed,
        device="d" * 22,
        form="log",
        id="f",
        values={"log_note": TEXTS[0], "log_town_common": TEXTS[1]},
        changed=True,
        now=now,
    )
    classes(staff, now)


def classes(staff: Actor, now: datetime) -> None:
    """Classes of today and tomorrow in spite of something, with a reason."""
    rooms = store.rows("SELECT id, venue_id FROM room ORDER BY id")
    for text, room in zip(TEXTS, rooms, strict=False):
        form = class_form(
            day=times.today(now), room_id=room["id"], venue_id=room["venue_id"], reason=text
        )
        begins = times.at(times.today(now), form.starts.replace(hour=0))
        try:
            schedule.create(staff, id=str(uuid.uuid4()), form=form, now=begins)
        except Refused:
            continue


def hostile_list() -> bytes:
    """A city's list of Wi-Fi spots, each text in every column."""
    header = SPOTS.split(",")
    rows = [
        ["042111", f"{text} {at}", text, "38.11", "140.86", text, f"{at} {text}", text, text, text]
        for at, text in enumerate(TEXTS)
    ]
    return csv_of(iter([header, *[[cell.replace('"', '""') for cell in row] for row in rows]]))


def lists(staff: Actor, name: str, now: datetime) -> None:
    """The list taken in, from a file and a source of that name."""
    content, file_name = hostile_list(), f"{name}.csv"
    report = imports.look(staff, content, file_name, now=now, dataset="wifi", source=name)
    imports.accept(
        staff,
        content,
        file_name,
        id=str(uuid.uuid4()),
        now=now,
        dataset="wifi",
        source=name,
        seen=report.seen,
    )


@dataclass
class Tour:
    """A browser that looks at everything; `links` by route, the first one of each. Buttons that
    name `own`, who is signed in, are not tapped: access that is taken from oneself ends the tour.
    """

    walker: Walker
    watch: Watch
    own: str
    links: dict[str, str] = field(default_factory=dict)
    shown: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    def screen(self, path: str) -> None:
        """Open a screen, tap what can be tapped, open what can be opened."""
        page = self.walker.page
        self.walker.open(path)
        self.look()
        self.charts()
        tapped: set[str] = set()
        for _tap in range(TAPS):
            button = self.next_button(tapped)
            if button is None:
                break
            self.tap(button)
            self.look()
            if urlsplit(page.url).path != path.split("?")[0]:
                self.walker.open(path)
        for download in page.locator("[data-testid=stDownloadButton] button:visible").all()[:3]:
            with page.expect_download() as got:
                download.click()
            self.files[f"{path} {got.value.suggested_filename}"] = Path(
                got.value.path()
            ).read_bytes()

    def next_button(self, tapped: set[str]) -> Locator | None:
        """A button of a kind that was not tapped yet."""
        page = self.walker.page
        # A dialog lies over the others, and is looked at from inside.
        dialog = page.locator("[role=dialog]")
        within = dialog.last if dialog.count() else page.locator("[data-testid=stMain]")
        for button in within.locator("[data-testid=stButton] button:enabled:visible").all():
            name = button.evaluate(KEY_OF)
            kind = re.sub(r"[0-9a-f]{8}-[\w-]+|[\d_-]+$", "", name) or button.inner_text()
            if kind not in tapped and not NOT_TAPPED.match(name) and self.own not in name:
                tapped.add(kind)
                return button
        if dialog.count():
            page.keyboard.press("Escape")
        return None

    def tap(self, button: Locator) -> None:
        button.click()
        self.walker.settle()

    def charts(self) -> None:
        """Point at charts, for what they say then."""
        page = self.walker.page
        for chart in page.locator("[data-testid=stVegaLiteChart]:visible").all()[:3]:
            box = chart.bounding_box()
            for share in (0.3, 0.6) if box else ():
                chart.hover(position={"x": box["width"] * share, "y": box["height"] * 0.5})
                page.wait_for_timeout(100)
                self.watch.look(page)

    def look(self) -> None:
        """What is on the screen, where it leads, and whether a text became part of it."""
        page = self.walker.page
        closed = page.locator("details:not([open]) > summary:visible")
        for _expander in range(min(5, closed.count())):
            closed.first.click()
        self.watch.look(page)
        for frame in page.frames:
            self.shown += text_of(frame).replace(UNSEEN, "")
        for address in page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"):
            self.remember(address)

    def remember(self, address: str) -> None:
        """A link to a page of ours, by its route."""
        where = urlsplit(address)
        if where.netloc != self.watch.address:
            return
        for route in ROUTES:
            if route.path not in self.links and route.path_regex.match(where.path):
                self.links[route.path] = f"{where.path}?{where.query}".rstrip("?")
                return


def text_of(frame: Any) -> str:
    try:
        return str(frame.evaluate("document.body?.innerText ?? ''"))
    except Error:
        return ""


def screens() -> list[str]:
    """The addresses of all screens."""
    tree = ast.parse((ROOT / "pages" / "frame.py").read_text("utf-8"))
    return [
        call.args[1].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Screen"
    ]


@pytest.mark.browser
def test_the_browser_notices_a_text_that_runs(chromium: Browser) -> None:
    """On a page that writes them as HTML; else all that follows could not fail."""
    unnoticed = []
    for name, text in RUN_AS_HTML.items():
        context = chromium.new_context()
        watch = Watch("127.0.0.1")
        watch.on(context)
        page = context.new_page()
        page.set_content("<main></main>")
        page.evaluate("text => { document.querySelector('main').innerHTML = text }", text)
        page.wait_for_timeout(150)
        watch.look(page)
        unnoticed += [] if watch.seen else [name]
        context.close()
    assert unnoticed == []


# Where a link needs what no screen shows, and what is no page.
SELDOM = {
    "/wifi/{id}": "wifi_spot",
    "/wifi/{id}/card": "wifi_spot",
    "/wifi/{id}/report": "wifi_spot",
    "/wifi/{id}/check": "wifi_spot",
    "/classes/{id}": "class",
    "/classes/{id}.ics": "class",
}
NO_PAGE = (".ics", ".csv", ".geojson", ".jsonld", ".sqlite", "{file:path}", "{name:path}")
ELSEWHERE = {"/sign-out", "/draft", "/health", "/opendata"}  # nothing to look at
QUERY = ("lang", "town", "id", "class", "card", "procedure", "topic", "q", "a", "next", "postal")


def known(database: str) -> dict[str, str]:
    """Addresses of things that are there, by route."""
    store.use(database)
    found = {
        path: path.replace("{id}", quote(store.rows(f"SELECT id FROM {table}")[0]["id"]))
        for path, table in SELDOM.items()
    }
    [booked] = store.rows("SELECT id FROM booking ORDER BY id LIMIT 1")
    [signed] = store.rows("SELECT id, name FROM person WHERE name = 'test volunteer'")
    volunteer = Actor(signed["id"], signed["name"], "volunteer")
    ticket = slips.ticket(volunteer, booking_id=booked["id"], now=times.now())
    store.use(None)
    return found | {"/slip/{ticket}": f"/slip/{ticket}", "/guide/{id}/memo": "/guide/risai/memo"}


def plain_get(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask without a browser; status, head and body."""
    where = urlsplit(server.address)
    asked = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    asked.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        asked.putheader(name, value.encode("utf-8"))
    asked.endheaders()
    answer = asked.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    asked.close()
    return found


@pytest.mark.browser
@pytest.mark.server
def test_nothing_planted_runs_anywhere(tmp_path: Path, chromium: Browser) -> None:
    database = str(tmp_path / "desk.sqlite3")
    prepare(database)
    store.use(database)
    plant(times.now())
    [admin] = store.rows("SELECT id FROM person WHERE name = 'test admin'")
    store.use(None)
    with running(database, tmp_path / "log") as server:
        walker = Walker(chromium, server.address, without_policy=True)
        watch = Watch(urlsplit(server.address).netloc)
        watch.on(walker.context)
        tour = Tour(walker, watch, own=admin["id"])
        tour.screen("/")
        walker.sign_in("admin")
        for path in screens()[1:]:
            awake(database)
            tour.screen(f"/{path}")
        awake(database)
        uploaded(tour)
        asked_for(tour)
        pages(tour, {**known(database), **tour.links})
        walker.close()
        assert watch.seen == []
        unseen = [name for name, text in PAYLOADS.items() if visible(text) not in tour.shown]
        assert unseen == []
        assert {
            name: calculated(file) for name, file in tour.files.items() if calculated(file)
        } == {}
        answers(server, database)
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def awake(database: str) -> None:
    """The screen does not lock: somebody touched it."""
    store.use(database)
    with store.transaction(counted=False) as write:
        write.run("UPDATE session SET seen_at = :now", now=times.stamp(times.now()))
    store.use(None)


def visible(text: str) -> str:
    """The first piece of a text that a page shows as it is, whatever it does with spaces."""
    return max(re.split(r"[\s\u2028\u202e\u2066\u200b\u200f]+", text), key=len)


def uploaded(tour: Tour) -> None:
    """A list from a file of a hostile name, put into the screen that reads lists."""
    page = tour.walker.page
    tour.walker.open("/import")
    page.set_input_files(
        "input[type=file]",
        {
            "name": f"{TEXTS[0]}.csv".replace("/", "_"),
            "mimeType": "text/csv",
            "buffer": hostile_list(),
        },
    )
    tour.walker.settle()
    tour.look()


def asked_for(tour: Tour) -> None:
    """Every screen with texts in all it may be asked for."""
    texts = itertools.cycle(TEXTS)
    for path in screens():
        query = urlencode({name: next(texts) for name in QUERY[1:]})
        if len(query) < 2_000:
            tour.walker.open(f"/{path}?{query}")
            tour.look()


def pages(tour: Tour, links: dict[str, str]) -> None:
    """Every page of web/, as a link leads there, and with texts in all it may be asked for."""
    page, texts = tour.walker.page, itertools.cycle(TEXTS)
    for route in ROUTES:
        if "GET" not in (route.methods or ()) or route.path in ELSEWHERE:
            continue
        address = links.get(route.path, route.path)
        if "{" in address or route.path.endswith(NO_PAGE):
            continue  # no page, or a paper that no screen of this tour leads to
        asked = {name: next(texts) for name in QUERY}
        for query in ("", urlencode({**asked, "lang": "en"})):
            mark = ("&" if "?" in address else "?") + query if query else ""
            page.goto(urljoin(tour.walker.address, f"{address}{mark}"))
            if route.path == "/wifi" and page.locator("#map").count():
                page.wait_for_selector("#map[data-ready]", state="attached")
                for spot in page.locator("#map .desk-spot").all()[:8]:
                    spot.dispatch_event("click")
                    tour.look()
            tour.look()


def answers(server: Server, database: str) -> None:
    """Texts in addresses, cookies and heads of requests: no head of an answer, no error, no file
    of the machine, and nothing in a page as it was sent.
    """
    places = {**known(database)}
    for name, text in PAYLOADS.items():
        coded = quote(text, safe="")
        for route in ROUTES:
            if "GET" not in (route.methods or ()):
                continue
            path = re.sub(r"\{[^}]*\}", coded, route.path)
            query = "&".join(f"{one}={coded}" for one in QUERY)
            for address in (path, f"{places.get(route.path, route.path)}?{query}"):
                if "{" not in address:
                    examine(name, text, address, *plain_get(server, address))
        one_line = re.sub(r"[\r\n]", " ", text)
        for head in ("Cookie", "Accept-Language", "User-Agent", "Referer", "X-Forwarded-Host"):
            value = (
                f"desk_session={one_line}; desk_device={one_line}" if head == "Cookie" else one_line
            )
            for address in ("/classes", "/sign-in", "/today"):
                examine(name, text, address, *plain_get(server, address, **{head: value}))
    for path in ("/classes.ics",):
        events = Calendar.from_ical(plain_get(server, path)[2]).walk("VEVENT")
        assert events
        assert not any("ATTENDEE" in one for one in events)
    for path in ("/wifi.geojson", "/towns.geojson", "/opendata/catalog.jsonld"):
        assert json.loads(plain_get(server, path)[2])
    index = plain_get(server, "/opendata/")[2].decode()
    for path in set(re.findall(r'href="(/opendata/[^"]+\.csv)"', index)):
        assert calculated(plain_get(server, path)[2]) == []


def examine(
    name: str, text: str, address: str, status: int, head: dict[str, str], body: bytes
) -> None:
    """An answer to a text."""
    where = f"{name} at {address}: {status}"
    assert status < 500, where
    assert "X-Planted" not in head, where
    assert "planted" not in head.get("set-cookie", ""), where
    assert "//canary" not in head.get("location", ""), where
    assert b"root:" not in body, where
    if "<" in text and "html" in head.get("content-type", ""):
        assert text.encode() not in body, where
