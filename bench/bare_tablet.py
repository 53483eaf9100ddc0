"""A tablet without a browser: it talks to the screens as Streamlit's own page does.

Taps are BackMsg protobufs over the websocket, what is shown are the elements of the ForwardMsgs
that come back. Of a run only the last screen is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from desk.sessions import COOKIE, DEVICE_COOKIE, new_device

PATIENCE = 60  # seconds
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
GONE = (WebSocketException, OSError)  # what is raised when the server is not there any more


@dataclass(frozen=True)
class Widget:
    """A widget of the screen: its id for the wire, its part of the screen, what it offers."""

    id: str
    fragment: str
    options: tuple[str, ...]


class Tablet:
    """One open screen of a person. `widgets` are by key, `texts` what the last run showed."""

    def __init__(self, address: str, token: str) -> None:
        self._socket = connect(
            address.replace("http", "ws", 1) + "/_stcore/stream",
            additional_headers={
                "Cookie": f"{COOKIE}={token}; {DEVICE_COOKIE}={new_device()}",
                "Origin": address,
            },
            max_size=None,
        )
        self.widgets: dict[str, Widget] = {}
        self.keys: set[str] = set()
        self.texts: list[str] = []
        self._values: dict[str, str | list[str]] = {}
        self._page = self._query = ""

    def close(self) -> None:
        self._socket.close()

    def open(self, page: str, query: str = "") -> None:
        """Go to a screen."""
        self._query = query
        self.widgets, self._values = {}, {}
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        self._run(message)

    def answer(self, **values: str | list[str]) -> None:
        """Fill in fields by their keys: a text, or the options tapped. Sent with the next tap."""
        self._values.update({self.widgets[key].id: value for key, value in values.items()})

    def forget(self) -> None:
        """The form is another one now: nothing is filled in."""
        self._values = {}

    def tap(self, key: str) -> None:
        """Tap a button and wait for what comes of it."""
        button = self.widgets[key]
        message = BackMsg()
        rerun = message.rerun_script
        rerun.page_script_hash, rerun.query_string = self._page, self._query
        rerun.fragment_id = button.fragment
        for id, value in self._values.items():
            state = rerun.widget_states.widgets.add(id=id)
            if isinstance(value, str):
                state.string_value = value
            else:
                state.string_array_value.data.extend(value)
        rerun.widget_states.widgets.add(id=button.id, trigger_value=True)
        self._run(message)

    def _run(self, message: BackMsg) -> None:
        self.texts, self.keys = [], set()
        self._socket.send(message.SerializeToString())
        while True:
            frame = self._socket.recv(timeout=PATIENCE)
            assert isinstance(frame, bytes)
            heard = ForwardMsg.FromString(frame)
            kind = heard.WhichOneof("type")
            if kind == "navigation":
                self._page = heard.navigation.page_script_hash
            elif kind == "delta":
                self._see(heard.delta)
            elif kind == "script_finished" and heard.script_finished in DONE:
                return

    def _see(self, delta: Any) -> None:
        what = delta.WhichOneof("type")
        shown = getattr(delta, what)
        element = getattr(shown, shown.WhichOneof("type") or "", None)
        if what == "new_element" and element is not None:
            self.texts += [element.body] if hasattr(element, "body") else []
        for id in _ids(shown, element):
            key = id.split("-", 2)[2]
            options = tuple(getattr(one, "content", "") for one in getattr(element, "options", ()))
            self.widgets[key] = Widget(id, delta.fragment_id, options)
            self.keys.add(key)


def _ids(*found: Any) -> Iterator[str]:
    for one in found:
        id = getattr(one, "id", "")
        if isinstance(id, str) and id.startswith("$$ID-") and not id.endswith("-None"):
            yield id
