"""Servers that start quickly: children of a process that has loaded their modules already.

`python -m bench.nursery` reads lines of JSON (port, database, log), and answers each with the
number of the process that from then on does `streamlit run app.py`. What takes seconds at a start
is loading modules; all else is done anew in every child.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.server import ROOT, free_port

# What app.py and the screens load, beside the modules of the house itself.
LOADED = (
    "streamlit.web.cli",
    "streamlit.web.bootstrap",
    "streamlit.starlette",
    "streamlit_folium",
    "pandas",
    "altair",
)
HOUSE = ("desk", "web", "pages/parts")
PATIENCE = 120  # seconds


class Nursery:
    """The process that has loaded everything; when it ends, so do its children."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bench.nursery"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_problem: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)

    def start(self, database: str, log: Path) -> "Child":
        """A server that answers."""
        assert self._process.stdin
        assert self._process.stdout
        port = free_port()
        print(json.dumps([port, database, str(log)]), file=self._process.stdin, flush=True)
        child = Child(int(self._process.stdout.readline()), f"http://127.0.0.1:{port}")
        child.wait(log)
        return child


class Child:
    """A running server of its own."""

    def __init__(self, pid: int, address: str) -> None:
        self.pid, self.address = pid, address

    def wait(self, log: Path) -> None:
        """Until it answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.lives():
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.address}/health"):
                return
            time.sleep(0.02)
        raise AssertionError(f"the server did not answer:\n{log.read_text()[-4000:]}")

    def lives(self) -> bool:
        """Whether the process is there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        while self.lives():
            time.sleep(0.005)


def main() -> None:
    house = (
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for folder in HOUSE
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file.name not in ("__init__.py", "__main__.py")
    )
    for name in (*LOADED, *house):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    children = []
    for line in sys.stdin:
        port, database, log = json.loads(line)
        if (pid := os.fork()) == 0:
            _serve(port, database, log)
        children.append(pid)
        print(pid, flush=True)
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _serve(port: int, database: str, log: str) -> None:
    """`streamlit run app.py`, in this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream, handle in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (out, 2)):
        os.dup2(stream, handle)
    os.environ["DESK_DATABASE"] = database
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    sys.argv = ["streamlit", "run", "app.py", *options]
    importlib.import_module("streamlit.web.cli").main()
    os._exit(0)


if __name__ == "__main__":
    main()
