"""Planted numbers sent to a running server: none in its database, its files or what it prints."""

import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from desk import store
from tests.conftest import prepare
from tests.disguises import Planted, planted
from tests.server import Server, running
from tests.test_planted import leaked

pytestmark = pytest.mark.server
NUMBERS = planted(210, seed=7)
QUERIES = (
    "/wifi?postal={}",
    "/wifi?town={}",
    "/classes?venue={}",
    "/opendata/?q={}",
    "/today?q={}",
    "/log?note={}",
    "/?q={}",
    "/sign-in?next=/log?note={}",
    "/wifi/{}",
    "/classes/{}",
    "/slip/{}",
    "/{}",
)
FORMS = {"/cancel": "code", "/sign-in": "name"}


def status(server: Server, address: str, form: dict[str, str] | None = None) -> int:
    data = urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(f"{server.address}{address}", data=data, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def open_screen(server: Server, query: str) -> None:
    """A screen over a bare websocket, with a query no address was asked for."""
    message = BackMsg()
    message.rerun_script.query_string = query
    with connect(server.address.replace("http", "ws") + "/_stcore/stream", max_size=None) as socket:
        socket.send(message.SerializeToString())
        while True:
            answer = socket.recv(timeout=60)
            assert isinstance(answer, bytes)
            if ForwardMsg.FromString(answer).WhichOneof("type") == "script_finished":
                return


def refused(number: Planted, address: str) -> bool:
    """Numbers of fewer than ten digits are ordinary in addresses; the search boxes refuse them."""
    return len(number.digits) >= 10 and not address.startswith("/wifi?")


def test_a_running_server_keeps_and_prints_no_planted_number(tmp_path: Path) -> None:
    database, printed = str(tmp_path / "desk.sqlite3"), tmp_path / "server.log"
    prepare(database)
    with running(database, printed) as server:
        for at, number in enumerate(NUMBERS):
            address = QUERIES[at % len(QUERIES)]
            found = status(server, address.format(quote(number.text, safe="")))
            if refused(number, address):
                assert found == 400, (address, number)
            elif address.startswith("/wifi?"):
                assert found == 422, (address, number)
        for number in NUMBERS[:9]:  # more are too many tries
            for path, field in FORMS.items():
                assert status(server, path, {field: number.text, "secret": "x"}) in (401, 422)
        for number in NUMBERS[:4]:
            open_screen(server, urlencode({"q": number.text}))
        store.use(database)
        try:
            assert leaked(NUMBERS, tmp_path) == []
            kinds = {row["kind"] for row in store.rows("SELECT kind FROM incident")}
        finally:
            store.use(None)
    assert kinds == {one.kind for one in NUMBERS}
    assert printed.read_text("utf-8")
