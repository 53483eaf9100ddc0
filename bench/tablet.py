"""A Streamlit screen without a browser: its websocket, what stands on it, and taps.

Speaks the protobufs that a browser speaks and forgets what it drew, so hundreds of them leave the
processor to the server. A browser also draws: what a person waits for is a little more.
"""

import asyncio
import html
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 30.0  # seconds for an answer
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
ENDED = (*DONE, ForwardMsg.FINISHED_EARLY_FOR_RERUN)
_KEY = re.compile(r"\$\$ID-[0-9a-f]+-(.*)", re.DOTALL)
_MARK = re.compile(r'data-draft="([^"]*)"')


class Wrong(Exception):
    """What a person at the screen would call an error."""


@dataclass(frozen=True)
class Widget:
    """Something to tap or type into; `key` as the screen's source has it, else the label."""

    id: str
    key: str
    fragment: str
    options: tuple[str, ...] = ()


class Screen:
    """One window of a browser, open on the desk."""

    def __init__(self, address: str, *, cookie: str = "", place: str = "127.0.0.1") -> None:
        """`place` is the address it comes from: one of this machine's 127.0.0.0/8."""
        self.address, self.cookie, self.place = address, cookie, place
        self.widgets: dict[str, Widget] = {}  # by id
        self.draft: dict[str, Any] = {}  # what the form's mark tells the browser
        self.texts: list[str] = []
        self._states: dict[str, WidgetState] = {}
        self._pages: dict[str, str] = {}
        self._page = self._query = ""
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            f"{self.address.replace('http', 'ws', 1)}/_stcore/stream",
            additional_headers={"Cookie": self.cookie} if self.cookie else None,
            origin=self.address,
            local_addr=(self.place, 0),
            max_size=None,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        return self

    async def __aexit__(self, *_problem: object) -> None:
        if self._socket:
            await self._socket.close()

    async def open(self, path: str, **query: str) -> float:
        """Go to a screen by its address, or by the navigation once that is there; seconds."""
        self._states.clear()
        self._query = urlencode(query)
        message = BackMsg()
        self._page = self._pages.get(path, "")
        if not self._page:
            message.rerun_script.page_name = path
        return await self._ask(message, path)

    async def tap(self, start: str, option: str = "") -> float:
        """Tap the first button, or the option of a group, whose key starts so; seconds."""
        widget = self.find(start)[0]
        state = WidgetState(id=widget.id)
        if option:
            state.string_array_value.data.append(option)
            self._states[widget.id] = state
        else:
            state.trigger_value = True
        message = BackMsg()
        message.rerun_script.fragment_id = widget.fragment
        return await self._ask(message, "", state)

    def type_in(self, start: str, text: str) -> None:
        """Leave a text in a field that makes nothing run; it goes with the next tap."""
        widget = self.find(start)[0]
        self._states[widget.id] = WidgetState(id=widget.id, string_value=text)

    def find(self, start: str) -> list[Widget]:
        """What is on the screen whose key starts so.

        Raises:
            Wrong: there is none.
        """
        found = [one for one in self.widgets.values() if one.key.startswith(start)]
        if not found:
            raise Wrong(f"no {start} among {sorted(one.key for one in self.widgets.values())}")
        return found

    def has(self, start: str) -> bool:
        """Whether there is something whose key starts so."""
        return any(one.key.startswith(start) for one in self.widgets.values())

    async def _ask(self, message: BackMsg, path: str, trigger: WidgetState | None = None) -> float:
        ask = message.rerun_script
        ask.page_script_hash, ask.query_string = self._page, self._query
        ask.widget_states.widgets.extend(self._states.values())
        if trigger and trigger.id not in self._states:
            ask.widget_states.widgets.append(trigger)
        ask.context_info.url = f"{self.address}/{path}"
        ask.context_info.timezone, ask.context_info.locale = "Asia/Tokyo", "ja-JP"
        ask.context_info.timezone_offset = -540
        if self._socket is None:
            raise RuntimeError("not connected")
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._take(ForwardMsg.FromString(await self._socket.recv(decode=False))):
                    pass
        except TimeoutError:
            raise Wrong(f"no answer to {trigger.id[-40:] if trigger else path!r}") from None
        return time.perf_counter() - began

    def _take(self, message: ForwardMsg) -> bool:
        """What the server said; True when the run is over and no other follows.

        Raises:
            Wrong: an exception or a refusal is shown, or the script failed.
        """
        match message.WhichOneof("type"):
            case "new_session":
                self._begin(list(message.metadata.run.fragment_ids))
            case "navigation":
                self._pages = {
                    one.url_pathname: one.page_script_hash for one in message.navigation.app_pages
                }
                self._page = message.navigation.page_script_hash
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                self._show(message.delta.new_element, message.delta.fragment_id)
            case "script_finished":
                if message.script_finished not in ENDED:
                    raise Wrong(f"the script ended with {message.script_finished}")
                return message.script_finished in DONE
        return False

    def _begin(self, fragments: list[str]) -> None:
        self.texts.clear()
        gone = [
            id for id, one in self.widgets.items() if not fragments or one.fragment in fragments
        ]
        for id in gone:
            del self.widgets[id]

    def _show(self, element: Any, fragment: str) -> None:
        kind = element.WhichOneof("type")
        shown = getattr(element, kind)
        if kind == "exception":
            raise Wrong(f"{shown.type}: {shown.message}")
        if kind == "alert" and shown.format == Alert.ERROR:
            raise Wrong(shown.body)
        if kind == "html" and (mark := _MARK.search(shown.body)):
            self.draft = json.loads(html.unescape(mark[1]))
        if kind in ("markdown", "alert", "heading"):
            self.texts.append(shown.body)
        id = getattr(shown, "id", "")
        if not id:
            return
        named = _KEY.fullmatch(id)
        key = named[1] if named and named[1] != "None" else getattr(shown, "label", "")
        options = tuple(one.content for one in shown.options) if kind == "button_group" else ()
        self.widgets[id] = Widget(id, key, fragment, options)
        if getattr(shown, "set_value", False):  # the server says what stands there now
            self._states.pop(id, None)
