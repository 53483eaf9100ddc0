"""Other systems, each in an environment of its own that is made the first time."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def python_with(name: str, version: str, packages: Sequence[str]) -> Path | None:
    """The python of `.cache/NAME-VERSION`, or of the folder that DESK_BENCH_CACHE names, with these
    packages; None, and the reason printed, where they cannot be installed.
    """
    home = Path(os.environ.get("DESK_BENCH_CACHE") or ROOT / ".cache") / f"{name}-{version}"
    python, done = home.absolute() / "bin" / "python", home / "installed"
    if done.exists():
        return python
    print(f"installing {name} {version} for this measurement only", flush=True)
    for step in (
        [sys.executable, "-m", "venv", "--clear", home],
        [python, "-m", "pip", "install", "-q", *packages],
    ):
        ran = subprocess.run(step, capture_output=True, text=True, check=False)
        if ran.returncode:
            why = (ran.stderr or ran.stdout).strip().splitlines()[-1:]
            print(f"{name} {version} cannot be installed here: {' '.join(why)}")
            return None
    done.touch()
    return python
