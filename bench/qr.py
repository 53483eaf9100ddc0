"""100 slips as worn copies: blurred, grey, at 150 dpi, turned by 5°, in a JPEG; is the code read?

Each slip is the page a printer gets, drawn by Chromium with its print style at 150/96 of the
screen's dots: 150 dots an inch on A5 paper. No PDF lies between, so this is the page and not the
printer. Each has a class, name and code of its own and is spoilt a little differently, by seed.
The whole page, not the QR cut out of it, goes to the reader that Today's camera uses.

decoded: pages with all of it at once whose code, and no other, was read. The human lines have each
kind of damage alone, and how much more blur all of them would stand.
"""

import io
import tempfile
import uuid
from random import Random

from PIL import Image, ImageChops, ImageFilter, ImageOps
from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bench.race import PEOPLE, SEATS, prepare
from desk import booking, codes, slips, store, times
from tests import browser
from web.routes import ROUTES

COPIES, SEED = 100, 2026
DPI, SCREEN_DPI = 150, 96
A5 = {"width": 559, "height": 794}  # 148 × 210 mm in dots of a screen
BLUR, TURN = (1.5, 2.5), (4.5, 5.5)  # dots at 150 dpi (a module of the QR has 7), and degrees
# Of 0 (black) to 255 (white): faded ink on greyish paper, every dot lighter or darker by chance.
INK, PAPER, GRAIN = (60, 100), (180, 215), 40
KINDS = ("blur", "grey", "turn")
Slip = tuple[str, Image.Image]


def run() -> dict[str, float]:
    """decoded: copies with every damage at once that were read; of: how many there were."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser.get(), args=list(browser.ARGUMENTS)
        )
        drawn = draw(opened, COPIES)
        opened.close()
    for kinds in ((), *((kind,) for kind in KINDS)):
        print(f"{DPI} dpi {' '.join(kinds) or 'and nothing else'}: {read(drawn, kinds)}")
    for more in (1.5, 2.0):
        print(f"all at once, {more} times the blur: {read(drawn, KINDS, blurred=more)}")
    return {"decoded": read(drawn, KINDS), "of": len(drawn)}


def draw(opened: Browser, count: int) -> list[Slip]:
    """So many slips, each of a person of their own: the code, and the page at 150 dpi."""
    page = opened.new_page(viewport=A5, device_scale_factor=DPI / SCREEN_DPI)
    page.emulate_media(media="print")
    drawn = []
    with tempfile.TemporaryDirectory() as folder, TestClient(Starlette(routes=ROUTES)) as desk:
        store.use(f"{folder}/qr.sqlite3")
        actor, classes = prepare(-(-count // SEATS))
        for number in range(count):
            kana = "".join(Random(f"{SEED} {number}").choices(PEOPLE, k=8))
            form = booking.BookingForm(classes[number // SEATS], kana, "unknown", None, "none")
            now = times.now()
            made = booking.book(actor, id=str(uuid.uuid4()), form=form, now=now)
            ticket = slips.ticket(actor, booking_id=made.id, now=now)
            page.set_content(desk.get(f"/slip/{ticket}").text)
            page.add_style_tag(content="body { padding: 8mm !important; }")  # paper's margin
            drawn.append((made.code, Image.open(io.BytesIO(page.screenshot())).convert("RGB")))
        store.use(None)
    page.close()
    return drawn


def read(drawn: list[Slip], kinds: tuple[str, ...], *, blurred: float = 1) -> int:
    """How many of the slips give their code, and nothing else, after these kinds of damage."""
    return sum(
        codes.read_picture(copy(page, kinds, Random(f"{SEED} {number}"), blurred)) == {code}
        for number, (code, page) in enumerate(drawn)
    )


def _weak(value: int) -> int:
    """Grain around the middle grey, at most `GRAIN` lighter or darker."""
    return round(128 + (value - 128) * GRAIN / 128)


def copy(page: Image.Image, kinds: tuple[str, ...], dice: Random, blurred: float = 1) -> bytes:
    """A worn copy of a page, as a JPEG."""
    ink, paper = dice.randint(*INK), dice.randint(*PAPER)
    radius, angle = dice.uniform(*BLUR) * blurred, dice.uniform(*TURN) * dice.choice((-1, 1))
    if "blur" in kinds:
        page = page.filter(ImageFilter.GaussianBlur(radius))
    if "turn" in kinds:
        page = page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    if "grey" in kinds:
        page = ImageOps.colorize(page.convert("L"), (ink,) * 3, (paper,) * 3)
        grain = Image.frombytes("L", page.size, dice.randbytes(page.width * page.height))
        page = ImageChops.add(page.convert("L"), grain.point(_weak), offset=-128)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=75)
    return out.getvalue()
