"""Do the tests notice when a rule is changed? Mutation testing of four rules that must hold.

Keys: tried, then of each target what percentage the tests noticed: rights_percent (who may do
what), checks_percent (each call that asks for a right, left out), numbers_percent (refusal of My
Number and its kin), suppression_percent (small counts that are not told), seats_percent (seats,
holds, waitlist). equivalent: changes that no test can notice, with the reason in `equivalent.csv`;
they count as not noticed.

The changes come from `bench.mutations`: cosmic-ray's operators, and two of ours. Each is made in a
copy of the house outside of it, one at a time, and the tests of its part run in a process of their
own until the first that fails. What the process had to read that is not ours is read once.
"""

import contextlib
import csv
import difflib
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.mutations import Mutation, of_call, of_file

ROOT = Path(__file__).parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent.csv"
SAMPLE, SEED = 0, 2026  # so many changes of each target; 0 for all of them
LEFT_OUT = (".*", "__pycache__", "*.sqlite3*", "docs")
OURS = ("app", "desk", "pages", "tests", "web")
# A change may make a loop endless, or wait for what never comes: seconds of the processor, and of
# the clock.
BUSY, WAITING = 20, 600
# One engine, the same dice for every change; no test of how long something takes, and none that
# takes long.
WHICH = "not postgres and not takes_long and not test_the_desk_does_what_the_model_says"
OPTIONS = (
    *("-x", "--assert=plain", "--hypothesis-seed=0", "-k", WHICH),
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception"),
)


@dataclass(frozen=True)
class Part:
    """What is changed, and which tests should notice.

    Args:
        places: functions, classes and constants by file; a whole file where none is named.
        calls: names of functions whose every call in desk/ is left out, one at a time.
    """

    tests: tuple[str, ...]
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    calls: tuple[str, ...] = ()


TARGETS: dict[str, tuple[Part, ...]] = {
    "rights": (
        Part(
            (
                "tests/test_require.py",
                "tests/test_people.py::test_what_each_role_may_do",
                "tests/test_rights.py",
            ),
            {
                "desk/people.py": (
                    *("_DESK", "_STAFF", "RIGHTS", "PROOF_HOLDS", "CLOCK_STEP", "Actor"),
                    *("require", "require_proof", "refused", "over", "known", "actor_from"),
                    "not_the_last_admin",
                ),
                "desk/exports.py": (),
            },
        ),
    ),
    "checks": (
        Part(
            ("tests/test_rights.py", "tests/test_exports.py"),
            calls=("require", "require_proof", "let_out"),
        ),
    ),
    "numbers": (
        Part(
            ("tests/test_my_number.py", "tests/test_forms.py"),
            {"desk/my_number.py": (), "desk/forms.py": ("text", "no_number", "refusal")},
        ),
    ),
    "suppression": (
        Part(
            ("tests/test_gaps_publish.py", "tests/test_releases.py"), {"desk/gaps/publish.py": ()}
        ),
        Part(("tests/test_releases.py",), {"desk/gaps/releases.py": ()}),
        Part(
            ("tests/test_desk_use.py",),
            {
                "desk/desk_use.py": (
                    *("HIDE_BELOW", "Count", "DeskUse", "counted", "protected", "shown"),
                )
            },
        ),
    ),
    "seats": (
        Part(
            (
                "tests/test_waitlist.py",
                "tests/test_booking.py",
                "tests/test_seats_model.py",
                "tests/test_attendance.py",
                "tests/test_changes.py",
            ),
            {"desk/seats.py": (), "desk/holds.py": (), "desk/waitlist.py": ()},
        ),
    ),
}


def changes(part: Part) -> list[Mutation]:
    """Every change of a part."""
    found = []
    for path, names in part.places.items():
        found += of_file(path, (ROOT / path).read_text("utf-8"), names)
    for file in sorted((ROOT / "desk").rglob("*.py")) if part.calls else ():
        path = file.relative_to(ROOT).as_posix()
        found += of_call(path, file.read_text("utf-8"), part.calls)
    return list(dict.fromkeys(found))


def run() -> dict[str, float]:
    """Figures by key: tried, rights_percent, checks_percent, numbers_percent, suppression_percent,
    seats_percent (of 100), equivalent."""
    figures: dict[str, float] = {"tried": 0, "equivalent": 0}
    reasons = equivalent()
    with tempfile.TemporaryDirectory(prefix="desk-mutants-") as folder:
        house = copied(Path(folder))
        for name, parts in TARGETS.items():
            tried, left = 0, 0
            for part in parts:
                some = sampled(changes(part))
                tried += len(some)
                for one in survivors(house, part.tests, some):
                    left += 1
                    why = reasons.get(lines(one), "")
                    figures["equivalent"] += bool(why)
                    print(f"{one.path}:{one.begins[0]} {one.operator}: {why or 'not noticed'}")
                    print(*lines(one)[1:], sep="\n", flush=True)
            print(f"{name}: {tried - left} of {tried} noticed", flush=True)
            figures["tried"] += tried
            figures[f"{name}_percent"] = 100 - 100 * left / tried
    return figures


def sampled(every: list[Mutation]) -> list[Mutation]:
    """`SAMPLE` of the changes, always the same ones, in order."""
    some = Random(SEED).sample(every, SAMPLE) if 0 < SAMPLE < len(every) else every
    return sorted(some, key=every.index)


def copied(folder: Path) -> Path:
    """A copy of the house in a folder, to change."""
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    return Path(shutil.copytree(ROOT, folder / "house", ignore=ignored))


def equivalent() -> dict[tuple[str, str, str], str]:
    """Why no test can notice a change, by what `lines` says of it."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["file"], row["before"], row["after"]): row["why"] for row in rows}


def lines(one: Mutation) -> tuple[str, str, str]:
    """A change as it is told in `equivalent.csv`: the file, its line before, and after."""
    source = (ROOT / one.path).read_text("utf-8")
    told = [*difflib.ndiff(source.splitlines(), one.applied(source).splitlines())]
    before, after = (
        "\n".join(line[2:].strip() for line in told if line[0] == sign) for sign in "-+"
    )
    return one.path, before, after


def survivors(house: Path, tests: Iterable[str], some: Iterable[Mutation]) -> Iterator[Mutation]:
    """Those of the changes that these tests do not notice, in a copy of the house."""
    script = f"from bench import mutants; mutants.work({tuple(tests)!r})"
    environment = os.environ | {"TMPDIR": str(house.parent), "PYTEST_ADDOPTS": ""}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=house,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdin
        assert worker.stdout
        for one in some:
            print(json.dumps(asdict(one)), file=worker.stdin, flush=True)
            told = worker.stdout.readline()
            if not told:
                raise RuntimeError(f"{tests} fail without a change")
            if told == "unnoticed\n":
                yield one


def work(tests: tuple[str, ...]) -> None:
    """In the copy: read what is not ours, then try each change that comes in, and say what came of
    it."""
    sys.dont_write_bytecode = False
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for file in tests:
        importlib.import_module(file.partition(".py")[0].replace("/", "."))
    for module in [one for one in sys.modules if one.partition(".")[0] in OURS]:
        del sys.modules[module]
    if _noticed(tests):  # which also leaves every file as Python reads it quickest
        return
    sys.dont_write_bytecode = True
    for line in sys.stdin:
        told = json.loads(line)
        one = Mutation(**told | {"begins": tuple(told["begins"])})
        file = Path(one.path)
        source = file.read_text("utf-8")
        for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
            compiled.unlink()
        file.write_text(one.applied(source), "utf-8")
        print("noticed" if _noticed(tests) else "unnoticed", file=answers, flush=True)
        file.write_text(source, "utf-8")


def _noticed(tests: tuple[str, ...]) -> bool:
    """Whether one of the tests fails, or cannot be read any more."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGXCPU, _enough)
        signal.signal(signal.SIGALRM, _enough)
        resource.setrlimit(resource.RLIMIT_CPU, (BUSY, BUSY + 10))
        signal.alarm(WAITING)
        gc.disable()
        os._exit(int(pytest.main([*OPTIONS, *tests])))
    _child, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it may have left behind
    return status != 0


def _enough(*_given: Any) -> None:
    raise KeyboardInterrupt
