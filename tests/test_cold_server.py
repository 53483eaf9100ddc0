"""A cold server, the first visitor without a session, every staff address: nothing leaks.

Streamlit runs `pages/x.py` for the address `/x` before any navigation script when the script lies
beside a folder named pages; no AppTest can see that, a bare websocket can.
"""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from desk import store, times
from desk.sessions import COOKIE
from tests.conftest import STAFF_SECRET, code_of, prepare
from tests.server import Server, running

pytestmark = pytest.mark.server

# What each screen shows to those who may see it, planted so that it could leak.
PLANTED = {
    "today": "ヒミツノコウザ",
    "book": "ヒミツノコウザ",
    "log": "ヒミツノマドグチ",
    "schedule": "ヒミツノコウザ",
    "neighbourhoods": "ヒミツノチク",
    "people": "test planner",
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    database = str(tmp_path_factory.mktemp("cold") / "desk.sqlite3")
    prepare(database)
    store.use(database)
    with store.transaction() as write:
        write.run("UPDATE course SET title = 'ヒミツノコウザ'")
        write.run("UPDATE desk SET name = 'ヒミツノマドグチ'")
        write.run("UPDATE town SET name = 'ヒミツノチク' || name")
        # Unchanged files are not loaded again, so the planted names stay.
    store.use(None)
    return database


def ask(server: Server, path: str, cookie: str = "") -> bytes:
    """Every byte the server sends to a bare websocket that asks for a page."""
    address = server.address.replace("http", "ws") + "/_stcore/stream"
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    message = BackMsg()
    message.rerun_script.page_name = path
    heard = b""
    with connect(address, additional_headers=headers, max_size=None) as socket:
        socket.send(message.SerializeToString())
        while True:
            answer = socket.recv(timeout=30)
            assert isinstance(answer, bytes)
            heard += answer
            if ForwardMsg.FromString(answer).WhichOneof("type") == "script_finished":
                return heard


@pytest.mark.parametrize("path", PLANTED)
def test_first_visitor_sees_nothing_of_staff(path: str, planted: str, tmp_path: Path) -> None:
    with running(planted, tmp_path / "log") as server:
        heard = ask(server, path)
        assert heard
        assert PLANTED[path].encode() not in heard


def test_the_same_question_with_a_session_shows_it(planted: str, tmp_path: Path) -> None:
    with running(planted, tmp_path / "log") as server:
        cookie = sign_in(server, "test admin", STAFF_SECRET)
        seen = {path: text.encode() in ask(server, path, cookie) for path, text in PLANTED.items()}
    assert seen == dict.fromkeys(PLANTED, True)


def sign_in(server: Server, name: str, secret: str) -> str:
    """The session cookie of a person."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = urllib.parse.urlencode({"name": name, "secret": secret}).encode()
    page = opener.open(f"{server.address}/sign-in", data=form, timeout=20).read().decode()
    for ticket in re.findall(r'name="ticket" value="([^"]+)"', page):
        form = urllib.parse.urlencode({"ticket": ticket, "code": code_of(times.now())}).encode()
        opener.open(f"{server.address}/sign-in/code", data=form, timeout=20)
    return next(cookie.value or "" for cookie in jar if cookie.name == COOKIE)
