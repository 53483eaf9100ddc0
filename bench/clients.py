"""Many clients at once on one process: `python -m bench.clients ADDRESS CLIENTS SECONDS PATH…`.

Each client keeps its connection and asks for the next path as soon as it has its answer, and takes
gzip as browsers do. Prints one line of JSON, the fields of `Outcome`. What is not a whole answer of
status 200 is an error, and so is a connection that ends and an answer still missing `PATIENCE`
seconds after the end.
"""

import asyncio
import json
import subprocess
import sys
import time
from array import array
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import uvloop

from tests.server import ROOT

PATIENCE = 5.0
SHARES = 0.5, 0.99
HEAD = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html,*/*\r\n"
    "Accept-Encoding: gzip, deflate\r\nAccept-Language: ja\r\nUser-Agent: bench\r\n\r\n"
)


@dataclass
class Outcome:
    """What came of it; p50_ms and p99_ms from the last byte asked to the last byte answered."""

    per_s: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    errors: int
    mb: float
    told: dict[str, int]


class Load:
    """What the clients share."""

    def __init__(self, address: str, paths: list[str]) -> None:
        where = urlsplit(address)
        self.host, self.port = where.hostname or "", where.port or 80
        self.requests = [HEAD.format(path=path, host=where.netloc).encode() for path in paths]
        self.taken, self.errors, self.bytes = array("d"), 0, 0
        self.told: dict[str, int] = {}
        self.ends, self.waiting = 0.0, 0

    def wrong(self, what: str) -> None:
        self.errors += 1
        self.told[what] = self.told.get(what, 0) + 1


class Client(asyncio.Protocol):
    """One visitor who asks for page after page."""

    transport: asyncio.Transport

    def __init__(self, load: Load, number: int) -> None:
        self.load, self.number, self.asking = load, number, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        if time.perf_counter() >= self.load.ends:
            self.transport.close()
            return
        self.number += 1
        self.head: bytes | None = b""
        self.left, self.tail = -1, b""
        self.asking = True
        self.load.waiting += 1
        self.asked = time.perf_counter()
        self.transport.write(self.load.requests[self.number % len(self.load.requests)])

    def data_received(self, data: bytes) -> None:
        self.load.bytes += len(data)
        if self.head is not None:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, data = self.head[:end].lower(), self.head[end + 4 :]
            self.head = None
            if not head.startswith(b"http/1.1 200"):
                self.load.wrong(head[9:12].decode("latin-1"))
            at = head.find(b"\r\ncontent-length:")
            self.left = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else -1
        if self.left >= 0:
            self.left -= len(data)
            whole = self.left <= 0
        else:  # in chunks
            self.tail = (self.tail + data)[-5:]
            whole = self.tail == b"0\r\n\r\n"
        if whole:
            self.load.taken.append(time.perf_counter() - self.asked)
            self.load.waiting -= 1
            self.asking = False
            self.ask()

    def connection_lost(self, _problem: Exception | None) -> None:
        if self.asking:
            self.load.waiting -= 1
            self.load.wrong("connection lost")
            asyncio.get_running_loop().create_task(visit(self.load, self.number))


async def visit(load: Load, number: int) -> None:
    """A client, again when its connection was lost."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: Client(load, number), load.host, load.port)
    except OSError:
        load.wrong("no connection")


async def all_visit(load: Load, clients: int, seconds: float) -> Outcome:
    began = time.perf_counter()
    load.ends = began + seconds
    await asyncio.gather(*(visit(load, number) for number in range(clients)))
    while time.perf_counter() < load.ends or (
        load.waiting and time.perf_counter() < load.ends + PATIENCE
    ):
        await asyncio.sleep(0.05)
    if load.waiting:
        load.told["no answer"] = load.waiting
    taken = sorted(load.taken)
    p50, p99 = (1000 * taken[int(share * (len(taken) - 1))] for share in SHARES)
    return Outcome(
        per_s=len(taken) / (time.perf_counter() - began),
        p50_ms=p50,
        p99_ms=p99,
        most_ms=1000 * taken[-1],
        errors=load.errors + load.waiting,
        mb=load.bytes / 1e6,
        told=dict(load.told),
    )


def started(
    address: str, paths: list[str], *, clients: int, seconds: float
) -> "subprocess.Popen[str]":
    """The clients in a process of their own; `outcome` waits for it."""
    command = [sys.executable, "-m", "bench.clients", address, str(clients), str(seconds), *paths]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def outcome(process: "subprocess.Popen[str]") -> Outcome:
    """What the clients found, when they are done."""
    said, _nothing = process.communicate()
    if process.returncode:
        raise RuntimeError("the clients failed")
    return Outcome(**json.loads(said))


def main() -> None:
    address, clients, seconds, *paths = sys.argv[1:]
    load = Load(address, paths)
    print(json.dumps(asdict(uvloop.run(all_visit(load, int(clients), float(seconds))))))


if __name__ == "__main__":
    main()
