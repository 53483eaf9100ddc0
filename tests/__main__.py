"""Every test: `python -m tests`. Gets a browser first if there is none."""

import os
import sys

import pytest

from tests import browser

if __name__ == "__main__":
    if browser.get() is None:
        print("\n*** NO BROWSER: the journeys in a browser are SKIPPED. ***\n", flush=True)
        if os.environ.get("CI"):
            sys.exit("In CI a skipped journey is a failure.")
    # What drives a browser or a server stays on one worker (tests/conftest.py), the rest beside it.
    beside = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadgroup"]
    sys.exit(pytest.main(["tests", *beside, *sys.argv[1:]]))
