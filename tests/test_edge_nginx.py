"""The desk behind nginx, as docs/deploy.md puts it there: a browser over https.

The site is the one of docs/deploy/nginx.conf with another name, other ports and a certificate made
here. Without nginx or openssl the test is skipped.
"""

import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.conftest import prepare
from tests.server import DATABASES, ROOT, free_port, running
from tests.test_edge_browser import Watched, real
from web import rates

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which("nginx"), reason="NO NGINX: apt install nginx"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="NO OPENSSL: apt install openssl"),
]

HTTP = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass
class Site:
    """The desk's address in front of nginx, encrypted and plain, and where nginx keeps its log."""

    address: str
    plain: str
    log: Path


class Trusting:
    """A browser that takes the certificate made here."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium

    def new_context(self, **facts: Any) -> BrowserContext:
        return self.chromium.new_context(ignore_https_errors=True, **facts)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)  # nginx gives up root
    with pytest.MonkeyPatch.context() as settings:
        secure, plain = free_port(), free_port()
        settings.setenv("DESK_PROXIES", "127.0.0.1")
        settings.setenv("DESK_ADDRESS", f"https://localhost:{secure}")
        prepare(str(folder / "desk.sqlite3"))
        with running(str(folder / "desk.sqlite3"), folder / "desk.log") as desk:
            _write(folder, desk.address, secure, plain)
            command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
            process = subprocess.Popen([*command, "-e", str(folder / "error.log")])
            found = Site(f"https://localhost:{secure}", f"http://localhost:{plain}", folder / "log")
            try:
                _wait(process, found, folder)
                DATABASES[found.address] = str(folder / "desk.sqlite3")
                yield found
            finally:
                process.terminate()
                process.wait(20)


def _write(folder: Path, desk: str, secure: int, plain: int) -> None:
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text("utf-8")
    for written, here in (
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl http2;", ""),
        ("listen [::]:443 ssl default_server;", ""),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("/etc/letsencrypt/live/desk.example.jp/fullchain.pem", str(certificate)),
        ("/etc/letsencrypt/live/desk.example.jp/privkey.pem", str(key)),
        ("/var/log/nginx/machikado-desk.log", str(folder / "log")),
        ("https://desk.example.jp$request_uri", f"https://localhost:{secure}$request_uri"),
        ("desk.example.jp", "localhost"),
        ("http://127.0.0.1:8501", desk),
    ):
        assert written in text, f"docs/deploy/nginx.conf no longer says {written}"
        text = text.replace(written, here)
    (folder / "site.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(HTTP.format(folder=folder), "utf-8")


def _wait(process: "subprocess.Popen[bytes]", found: Site, folder: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            if ask(found, "/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError((folder / "error.log").read_text())


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_facts: Any) -> None:
        """No going on: the answer itself is looked at."""


def ask(
    site: Site, path: str, *, body: bytes | None = None, plain: bool = False, **asked: str
) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=trusting))
    named = {name.replace("_", "-"): value for name, value in asked.items()}
    request = urllib.request.Request((site.plain if plain else site.address) + path, body, named)
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as answer:
        return answer.code, {name.lower(): value for name, value in answer.headers.items()}


def test_a_day_at_the_desk_over_https(site: Site, chromium: Browser) -> None:
    walker = Watched(Trusting(chromium), site.address)
    walker.sign_in("admin")
    assert "きょう" in walker.text()
    found = {one["name"]: one for one in walker.context.cookies() if "desk_" in one["name"]}
    assert set(found) >= {"__Host-desk_session", "__Host-desk_device"}
    for name in ("__Host-desk_session", "__Host-desk_device"):
        one = found[name]
        assert (one["secure"], one["httpOnly"], one["sameSite"]) == (True, True, "Strict")
    assert all(one["secure"] for one in walker.context.cookies())
    walker.page.reload()
    walker.settle()
    assert "きょう" in walker.text()
    walker.open("/")
    walker.page.frame_locator("iframe").locator("#map_div .leaflet-pane").first.wait_for(
        state="attached"
    )
    assert real(walker.broken) == []
    # A cookie a neighbour in the city's domain could plant is nobody's here.
    session = found["__Host-desk_session"]
    walker.context.clear_cookies()
    walker.context.add_cookies([{**session, "name": "desk_session"}])
    walker.open("/today")
    assert "サインイン" in walker.text()
    walker.close()


def test_answers_are_promised_over_https_only(site: Site) -> None:
    for path in ("/", "/sign-in", "/wifi", "/_stcore/health", "/static/none.js"):
        status, told = ask(site, path)
        assert status == 200
        assert told["strict-transport-security"] == "max-age=31536000"
        assert told["server"] == "nginx"
    status, told = ask(site, "/wifi?lang=en", plain=True)
    assert (status, told["location"]) == (308, f"{site.address}/wifi?lang=en")


def test_the_newest_tls_is_spoken_and_no_old_one(site: Site) -> None:
    port = int(site.address.rsplit(":", 1)[1])

    def spoken(*versions: ssl.TLSVersion) -> str | None:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        if versions:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                old.minimum_version, old.maximum_version = versions
        with (
            socket.create_connection(("127.0.0.1", port)) as line,
            old.wrap_socket(line, server_hostname="localhost") as safe,
        ):
            return safe.version()

    assert spoken() == "TLSv1.3"
    assert spoken(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError, match=r"(?i)alert|version|protocol"):
        spoken(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


def test_what_is_closed_and_bounded_is_so_in_front_too(site: Site) -> None:
    for path in ("/_stcore/metrics", "//_STCORE//metrics", "/_stcore/agent/openapi.json"):
        assert ask(site, path)[0] == 404
    assert ask(site, "/cancel", body=b"x" * 70_000)[0] == 413
    assert ask(site, "/wifi", Origin="https://evil.example")[0] == 200
    assert ask(site, "/sign-in", body=b"", Origin="https://evil.example")[0] == 403


def test_nginx_says_who_asks_and_a_visitor_does_not(site: Site) -> None:
    most = rates.FORMS.items[0].amount
    answers = {
        ask(site, "/nothing", body=b"", X_Forwarded_For="203.0.113.9")[0] for _ in range(most + 2)
    }
    assert answers == {405}  # this machine asked, and is not counted


def test_secret_addresses_are_in_no_log(site: Site) -> None:
    ask(site, "/wifi?lang=en")
    ask(site, "/calendar/0123456789abcdef0123456789abcdef.ics")
    ask(site, "//slip/secret")
    logged = site.log.read_text()
    assert "/wifi?lang=en" in logged
    assert "calendar" not in logged
    assert "slip" not in logged


def test_another_name_gets_no_certificate(site: Site) -> None:
    port = int(site.address.rsplit(":", 1)[1])
    with pytest.raises(ssl.SSLError):
        ssl.get_server_certificate(("127.0.0.1", port))
