"""`python -m bench` lists the measurements, `python -m bench NAME` runs one.

The last line is `NAME key=value …`, plain numbers with the unit in the key. A low figure never
fails a run.
"""

import importlib
import sys

NAMES = (
    "race",
    "race_vs_pretix",
    "timetable",
    "taps",
    "qr",
    "tap",
    "map_build",
    "first_screen",
)


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        for name in NAMES:
            about = (importlib.import_module(f"bench.{name}").__doc__ or "").splitlines()[0]
            print(f"{name:14} {about}")
        sys.exit(0 if len(sys.argv) == 1 else 2)
    name = sys.argv[1]
    figures = importlib.import_module(f"bench.{name}").run()
    print(name, *(f"{key}={value:.6g}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
