"""`python -m bench` lists the measurements, `python -m bench NAME` runs one.

The last line is `NAME key=value …`, plain numbers with the unit in the key. A low figure never
fails a run.
"""

import importlib
import keyword
import sys
from types import ModuleType

NAMES = (
    "race",
    "race_vs_pretix",
    "timetable",
    "taps",
    "qr",
    "tap",
    "map_build",
    "first_screen",
    "public_load",
    "import",
    "log_taps",
    "drafts",
    "audit",
    "navigator",
    "search",
    "site",
    "city",
    "reach",
    "truth",
    "advisor",
    "powerloss",
    "kill",
    "disk_full",
    "damage",
    "hostile_csv",
    "load",
    "soak",
    "mutants",
)


def measurement(name: str) -> ModuleType:
    """The module of a measurement; one named like a word of Python has an underscore behind."""
    return importlib.import_module(f"bench.{name}{'_' * keyword.iskeyword(name)}")


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        for name in NAMES:
            about = (measurement(name).__doc__ or "").splitlines()[0]
            print(f"{name:14} {about}")
        sys.exit(0 if len(sys.argv) == 1 else 2)
    name = sys.argv[1]
    figures = measurement(name).run()
    print(name, *(f"{key}={value:.6g}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
