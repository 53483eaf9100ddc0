"""Hands for a browser: sign in, tap, and wait for a Streamlit screen to settle."""

import io
import time
from contextlib import closing
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from pysqlite3 import dbapi2 as sqlite3
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from desk import times
from desk.sessions import TABLET_COOKIE
from tests.conftest import PIN, STAFF_SECRET, code_of
from tests.conftest import TABLET as SHARED
from tests.server import DATABASES

TABLET = {"width": 1024, "height": 768}
PHONE = {"width": 360, "height": 740}
PATIENCE = 30  # seconds
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Runs:
    """Whether a screen still waits for a run of its script: read off its own conversation, for
    the screen itself looks at rest until the server has begun."""

    def __init__(self, page: Page) -> None:
        self.waiting = False
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)
        socket.on("close", self._closed)

    def _sent(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.waiting |= BackMsg.FromString(frame).WhichOneof("type") == "rerun_script"

    def _received(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            found = ForwardMsg.FromString(frame)
            if found.WhichOneof("type") == "script_finished" and found.script_finished in DONE:
                self.waiting = False

    def _closed(self, _socket: WebSocket) -> None:
        self.waiting = False


class Walker:
    """One person's browser. `hosts` are all it asked, `dialogs` what scripts said aloud."""

    def __init__(
        self,
        chromium: Browser,
        address: str,
        size: dict[str, int] = TABLET,
        *,
        without_policy: bool = False,
    ) -> None:
        """`without_policy` lets run what the pages' own policies forbid."""
        self.address = address
        self.context = chromium.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale="ja-JP",
            bypass_csp=without_policy,
        )
        self.hosts: set[str] = set()
        self.dialogs: list[str] = []
        self.context.on("request", self._note)
        self.page: Page = self.context.new_page()
        self.runs = Runs(self.page)
        self.page.on(
            "dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss())
        )

    def _note(self, request: object) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(url.netloc)

    def sign_in(self, role: str) -> None:
        if role == "volunteer":
            self.enrol()
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#name", f"test {role}")
        self.page.fill("#secret", PIN if role == "volunteer" else STAFF_SECRET)
        self.page.click("form button:not(.show)")
        if role != "volunteer":
            codes_count_again(self.address, f"test {role}")
            self.page.fill("#code", code_of(times.now()))
            self.page.click("form button")
        self.settle()

    def enrol(self) -> None:
        """Make this browser the shared tablet of `tests.conftest.prepare`."""
        cookie = {
            "name": TABLET_COOKIE,
            "value": SHARED,
            # Of https, as its name asks for; a browser trusts this machine's own http as well.
            "url": self.address.replace("http:", "https:"),
            "secure": True,
            "httpOnly": True,
            "sameSite": "Strict",
        }
        self.context.add_cookies([cookie])

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until a screen is there and no run is under way or asked for.

        A tap while a run is under way asks for another (`rerunRequested`), and a run that ends in
        `st.rerun` is followed by the next after a moment: so it is looked at twice.
        """
        for pause in (150, 80):  # for the browser to ask for a run; for the next run to begin
            self.page.wait_for_timeout(pause)
            until = time.monotonic() + PATIENCE
            while self.runs.waiting and time.monotonic() < until:
                self.page.wait_for_timeout(20)
            self.page.wait_for_selector("[data-testid=stMain] h1", timeout=PATIENCE * 1000)
            expect(
                self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
            ).to_have_count(1, timeout=PATIENCE * 1000)
            expect(self.page.locator("[data-testid=stSkeleton]")).to_have_count(
                0, timeout=PATIENCE * 1000
            )

    def tap(self, text: str, *, within: str = "[data-testid=stMain]", nth: int = 0) -> None:
        """Tap the button, pill or link that says exactly this."""
        area = self.page.locator(within)
        found = area.locator("button, a").filter(has_text=text).nth(nth)
        found.click()
        self.settle()

    def type_into(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def text(self) -> str:
        return self.page.locator("[data-testid=stMain]").inner_text()

    def close(self) -> None:
        self.context.close()


def codes_count_again(address: str, name: str) -> None:
    """Journeys sign in more often than every 30 seconds: forget which code was used last."""
    with closing(sqlite3.connect(DATABASES[address], timeout=PATIENCE)) as db, db:
        db.execute("UPDATE person SET totp_step = NULL WHERE name = ?", (name,))
        db.execute("DELETE FROM change")  # nobody's doing: not for the audit


def decode(picture: Locator) -> str:
    """What a QR code on the screen says."""
    picture.scroll_into_view_if_needed()
    image = Image.open(io.BytesIO(picture.screenshot()))
    found = zxingcpp.read_barcodes(image.resize((image.width * 2, image.height * 2)))
    assert len(found) == 1
    return found[0].text
