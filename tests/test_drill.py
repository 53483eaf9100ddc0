"""The drill: a real desk, its records, a backup, a damaged file, and back, by the 手引き alone."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desk import store
from tests.conftest import prepare
from tests.server import ROOT, killable, running
from tests.test_cold_server import sign_in

pytestmark = pytest.mark.server
PAGE = ROOT / "docs" / "tebiki-restore.md"
CLERK = 10 * 60  # seconds the page promises


def command(words: str, database: Path) -> subprocess.CompletedProcess[str]:
    """What the page tells to type."""
    assert words in PAGE.read_text("utf-8")
    return subprocess.run(
        [sys.executable, *words.split()[1:]],
        cwd=ROOT,
        env={**os.environ, "DESK_DATABASE": str(database)},
        input="y\n",
        capture_output=True,
        text=True,
        check=False,
    )


def put(key: str) -> None:
    with store.transaction(by=store.SYSTEM) as write:
        write.run("INSERT INTO setting (key, value) VALUES (:key, 'x')", key=key)


def keys() -> set[str]:
    return {row["key"] for row in store.rows("SELECT key FROM setting WHERE key LIKE 'drill%'")}


def test_from_a_damaged_file_back_to_the_records(tmp_path: Path) -> None:
    database = tmp_path / "desk.sqlite3"
    prepare(str(database))
    store.use(str(database))
    with killable(str(database), tmp_path / "log") as server:
        put("drill before")
        made = command("python -m desk backup", database)
        assert made.returncode == 0, made.stderr
        refused = command("python -m desk restore", database)
        assert "デスクが動いています" in refused.stderr
        put("drill after")
        server.kill()
    records = store.one("SELECT COUNT(*) AS n FROM consultation")
    content = bytearray(database.read_bytes())
    at = content.index("さくら".encode()) if "さくら".encode() in content else 4096 * 9 + 900
    content[at] ^= 1
    database.write_bytes(content)
    Path(f"{database}-wal").unlink(missing_ok=True)

    began = time.monotonic()
    start = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"],
        cwd=ROOT,
        env={**os.environ, "DESK_DATABASE": str(database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert start.returncode == 1
    assert "Traceback" not in start.stderr
    assert "こわれています" in start.stderr
    assert "is damaged" in start.stderr
    (told,) = set(re.findall(r"python -m desk restore", start.stderr))
    done = command(told, database)
    assert done.returncode == 0, done.stderr
    assert "もどりました" in done.stdout
    with running(str(database), tmp_path / "log") as again:
        took = time.monotonic() - began
        assert sign_in(again, "test admin", "machikado-desk-no-tests")
        assert keys() == {"drill before"}
        assert store.one("SELECT COUNT(*) AS n FROM consultation") == records
    aside = list(tmp_path.glob("desk.sqlite3-aside-*Z"))
    assert [one.read_bytes() for one in aside] == [bytes(content)]
    assert command("python -m desk check", database).returncode == 0
    print(f"drill: {took:.0f} s from the start that refuses to the start that serves")
    assert took < CLERK
    store.use(None)
