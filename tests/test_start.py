"""The start of the real server: everything prepared, or a plain sentence and nothing changed."""

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from desk import store
from tests.server import ROOT, running
from tests.test_cold_server import sign_in

pytestmark = pytest.mark.server
HOUSE = ("app.py", "desk", "web", "pages", "data", "venues", "locale", ".streamlit")


def test_the_first_start_prepares_everything_and_shows_a_one_time_password(tmp_path: Path) -> None:
    database = str(tmp_path / "desk.sqlite3")
    with running(database, tmp_path / "log") as server:
        with urllib.request.urlopen(f"{server.address}/health") as answer:
            assert b'"trial":true' in answer.read()
        assert sign_in(server, "admin", server.one_time_password)
    store.use(database)
    assert store.rows("SELECT COUNT(*) AS n FROM town") == [{"n": 98}]
    assert store.rows("SELECT COUNT(*) AS n FROM consultation WHERE trial = 0") == [{"n": 0}]
    store.use(None)


def spoil_towns(house: Path) -> str:
    towns = house / "data" / "towns.csv"
    lines = towns.read_text("utf-8").splitlines()
    lines.append(lines[-1].replace(lines[-1].split(",")[4], "きた"))
    towns.write_text("\n".join(lines) + "\n", "utf-8")
    return f"data/towns.csv {len(lines)}行目: 緯度が数ではありません: 'きた'"


def spoil_procedure(house: Path) -> str:
    procedure = house / "data" / "procedures" / "risai.yaml"
    text = procedure.read_text("utf-8")
    line = text[: text.index("ask: card")].count("\n") + 1
    procedure.write_text(text.replace("ask: card", "ask: cart", 1), "utf-8")
    return f"data/procedures/risai.yaml {line}行目: 「flow」の「cart」は次のどれでもありません"


@pytest.mark.parametrize("spoil", [spoil_towns, spoil_procedure])
def test_an_unreadable_file_stops_the_start_with_file_line_and_reason(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    house = tmp_path / "house"
    house.mkdir()
    for name in HOUSE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, house / name, ignore=shutil.ignore_patterns("*.sqlite3*"))
        else:
            shutil.copy(source, house / name)
    database = str(tmp_path / "desk.sqlite3")
    store.use(database)
    store.migrate()
    reason = spoil(house)
    done = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"],
        cwd=house,
        env={**os.environ, "DESK_DATABASE": database},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert store.rows("SELECT COUNT(*) AS n FROM town") == [{"n": 0}]
    store.use(None)
