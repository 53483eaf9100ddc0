"""The real server as a subprocess, on a database and a port of its own."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The database behind each address that is served: a test may set it right from outside.
DATABASES: dict[str, str] = {}


@dataclass
class Server:
    """A running desk; `output` is what it printed until it was up."""

    address: str
    output: str

    @property
    def one_time_password(self) -> str:
        found = re.search(r"one-time password:\s+(\S+)", self.output)
        assert found, self.output
        return found.group(1)


class Killable:
    """A desk that can be killed and started again at the same address."""

    def __init__(self, database: str, log: Path) -> None:
        self.database, self.log, self.port = database, log, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        DATABASES[self.address] = database
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start `streamlit run app.py` and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        options = ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command + options,
                cwd=ROOT,
                env={**os.environ, "DESK_DATABASE": self.database, "PYTHONUNBUFFERED": "1"},
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        _wait(self._process, self.address, self.log)

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """As a power cut does it: no time to put anything in order."""
        assert self._process
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        """End it in order."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def killable(database: str, log: Path) -> Iterator[Killable]:
    """A running desk that may be killed; it is stopped at the end."""
    server = Killable(database, log)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def running(database: str, log: Path) -> Iterator[Server]:
    """Start `streamlit run app.py`, wait until it answers, stop it at the end."""
    log.write_bytes(b"")
    with killable(database, log) as server:
        yield Server(server.address, log.read_text())


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the server stopped:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer:\n{log.read_text()}")
