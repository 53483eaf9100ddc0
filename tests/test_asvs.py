"""docs/asvs.md: every row of OWASP ASVS 5.0 that is asked for is there once, with one answer, and
a test that is named exists. And what such rows ask of the house as a whole, where no other file
tests it.
"""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from limits import RateLimitItem
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.elements.lib.file_uploader_utils import enforce_filename_restriction
from streamlit.errors import StreamlitAPIException

from desk import heads, passwords
from desk.store import watched
from tests.test_structure import ROOT, SOURCES
from web.rates import Rate
from web.routes import ROUTES

DOCUMENT = (ROOT / "docs" / "asvs.md").read_text("utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")

# The rows of ASVS 5.0.0 asked for: section, then the numbers of its rows of level 1; after a
# slash those of level 2, in the chapters where they are asked for too.
ASKED = """
1.2 1-5 | 1.3 1-2 | 1.5 1
2.1 1 | 2.2 1-2 | 2.3 1
3.2 1-2 | 3.3 1 | 3.4 1-2 | 3.5 1-3
4.1 1 | 4.4 1
5.2 1-2 | 5.3 1-2
6.1 1 / 2-3 | 6.2 1-8 / 9-12 | 6.3 1-2 / 3-4 | 6.4 1-2 / 3-4 | 6.5 / 1-5 | 6.6 / 1-3 | 6.8 / 1-4
7.1 / 1-3 | 7.2 1-4 | 7.3 / 1-2 | 7.4 1-2 / 3-5 | 7.5 / 1-2 | 7.6 / 1-2
8.1 1 / 2 | 8.2 1-2 / 3 | 8.3 1 | 8.4 / 1
9.1 1-3 | 9.2 1
10.4 1-5
11.3 1-2 | 11.4 1
12.1 1 | 12.2 1-2
13.4 1
14.1 / 1-2 | 14.2 1 / 2-4 | 14.3 1 / 2-3
15.1 1 | 15.2 1 | 15.3 1
16.1 / 1 | 16.2 / 1-5 | 16.3 / 1-4 | 16.4 / 1-3 | 16.5 / 1-3
"""
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \|")
NAMED = re.compile(r"`(tests/\w+\.py)::(test_\w+)`")
WHY = re.compile(r"(not applicable|open): \S.{9,}")
MOST_WORDS = 12


def asked() -> dict[str, int]:
    """Every row that must be there, with its level."""
    return {
        f"{section}.{number}": level
        for part in ASKED.replace("\n", "|").split("|")
        if part.strip()
        for section, _, numbers in [part.strip().partition(" ")]
        for level, some in enumerate(numbers.split("/"), 1)
        for number in _counted(some.strip())
    }


def _counted(numbers: str) -> range:
    first, _, last = numbers.partition("-")
    return range(int(first), int(last or first) + 1) if first else range(0)


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    id: str
    level: int
    asks: str
    answer: str

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]

    @property
    def tests(self) -> list[tuple[str, str]]:
        """File and name of the tests it names."""
        return NAMED.findall(self.answer)

    @property
    def kind(self) -> str:
        """Which of the answers it is; "" when it is none, or more than one."""
        kinds = ["shown"] if self.tests and not NAMED.sub("", self.answer).strip(" ,") else []
        if WHY.fullmatch(self.answer) and not self.tests:
            kinds.append(self.answer.partition(":")[0])
        said = len(re.findall(r"not applicable:|open:", self.answer)) + bool(self.tests)
        return kinds[0] if len(kinds) == said == 1 else ""


def rows(text: str) -> list[Row]:
    """The rows of the table; every line that begins like one must be one."""
    found = [ROW.fullmatch(line) for line in text.splitlines() if re.match(r"\|\s*\d+\.\d", line)]
    assert None not in found
    return [Row(one[1], int(one[2]), one[3], one[4]) for one in found if one]


def names_of_tests() -> set[tuple[str, str]]:
    """File and name of every test there is."""
    return {
        (path.relative_to(ROOT).as_posix(), one.name)
        for path in (ROOT / "tests").glob("test_*.py")
        for one in ast.parse(path.read_text("utf-8")).body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    }


def test_every_row_that_is_asked_for_is_there_once_with_its_level() -> None:
    assert len(asked()) == 130
    assert Counter(asked().values()) == {1: 70, 2: 60}
    there = [one.id for one in rows(DOCUMENT)]
    assert [one for one, times in Counter(there).items() if times > 1] == []
    assert {one.id: one.level for one in rows(DOCUMENT)} == asked()
    assert there == sorted(there, key=lambda id: [int(part) for part in id.split(".")])


def test_every_row_has_one_answer_and_few_words() -> None:
    assert [one.id for one in rows(DOCUMENT) if not one.kind] == []
    long = [one.id for one in rows(DOCUMENT) if len(one.asks.split()) > MOST_WORDS]
    assert long == []
    assert [one.id for one in rows(DOCUMENT) if len(one.tests) > 2] == []


def test_every_test_that_is_named_exists() -> None:
    there = names_of_tests()
    assert ("tests/test_asvs.py", "test_every_test_that_is_named_exists") in there
    missing = {one.id: set(one.tests) - there for one in rows(DOCUMENT)}
    assert {id: names for id, names in missing.items() if names} == {}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("`tests/test_a.py::test_b`", "shown"),
        ("`tests/test_a.py::test_b`, `tests/test_a.py::test_c`", "shown"),
        ("open: what is missing here", "open"),
        ("not applicable: there is none", "not applicable"),
        ("open:", ""),
        ("open: x", ""),
        ("not applicable", ""),
        ("", ""),
        ("`tests/test_a.py::test_b`, open: what is missing here", ""),
        ("open: what is missing here, not applicable: there is none", ""),
        ("`tests/test_a.py::test_b` mostly", ""),
        ("test_b", ""),
    ],
)
def test_an_answer_is_one_of_three_with_its_reason(answer: str, kind: str) -> None:
    assert Row("1.2.1", 1, "x", answer).kind == kind


def test_the_summary_counts_the_rows() -> None:
    counted = Counter((one.chapter, one.kind) for one in rows(DOCUMENT))
    kinds = ("shown", "not applicable", "open")
    said = {
        chapter: tuple(map(int, numbers))
        for chapter, *numbers in re.findall(
            r"\| (V\d+|all) \| (\d+) \| (\d+) \| (\d+) \|", DOCUMENT
        )
    }
    found = {
        f"V{chapter}": tuple(counted[str(chapter), kind] for kind in kinds)
        for chapter in range(1, 18)
    }
    found["all"] = tuple(sum(column) for column in zip(*found.values(), strict=True))
    assert said == found


# What the document of bounds says is what the code does.


def cells(title: str) -> list[list[str]]:
    """The rows of every table of a section of docs/security.md, without their heads."""
    section = SECURITY.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def meant(name: str) -> Any:
    """What `module.NAME` is, in desk/ or web/."""
    module, _, rest = name.partition(".")
    if module == "opendata":
        module, _, rest = (f"opendata.{rest.partition('.')[0]}", "", rest.partition(".")[2])
    for home in (f"desk.{module}", f"web.{module}", f"desk.opendata.{module}"):
        if importlib.util.find_spec(home):
            found: Any = importlib.import_module(home)
            for part in rest.split("."):
                found = getattr(found, part)
            return found
    raise AssertionError(name)


def said(value: Any) -> str:
    """How the document says a value; "" for what has none."""
    match value:
        case timedelta() if value % timedelta(hours=1):
            return _times(value // timedelta(minutes=1), "minute")
        case timedelta():
            return _times(value // timedelta(hours=1), "hour")
        case Rate():
            [each, *_] = value.items
            return f"{each.amount:,}{_window(each)}"
        case int():
            return f"{value:,}"
    return ""


def _times(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' if number > 1 else ''}"


def _window(each: RateLimitItem) -> str:
    minutes = each.get_expiry() // 60
    return f" in {_times(minutes, 'minute')}" if minutes > 1 else ""


def test_the_bounds_in_the_document_are_those_of_the_code() -> None:
    bounds = [one for one in cells("What is bounded") if len(one) == 3][1:]
    fields = cells("What a field takes")[1:]
    named = [
        (one[1], name) for one in (*bounds, *fields) for name in re.findall(r"`([^`]+)`", one[2])
    ]
    assert all(re.fullmatch(r"(`[^`]+` ?)+", one[2]) for one in (*bounds, *fields))
    assert {"sessions.LASTS", "tries.WRONG_TRIES", "forms.text"} <= {name for _text, name in named}
    for text, name in named:
        value = meant(name)
        assert re.search(rf"(?<![\d,]){re.escape(said(value))}(?!\d)", text), (name, said(value))
    without_any = {name for _text, name in named if not said(meant(name))}
    assert all(callable(meant(name)) for name in without_any)


def test_every_private_column_has_its_level_of_protection() -> None:
    _head, _open, _inner, personal, secret = cells("Levels of protection")
    private = {f"{table}.{name}" for table, names in watched.PRIVATE.items() for name in names}
    assert set(re.findall(r"`([^`]+)`", personal[1] + secret[1])) == private
    assert all(len(one) == 4 and all(one) for one in cells("Levels of protection"))


HOME = "desk/sessions.py"


def test_every_way_in_is_written_down() -> None:
    """Whatever opens a session is one of these, and each stands in the document."""
    own = {"_open", "open_for"}
    opens = {
        f"{path.removeprefix('desk/').removesuffix('.py')}.{function.name}"
        for path, tree in SOURCES.items()
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in (own if path == HOME else {"sessions.open_for"})
    }
    texts = {path: (ROOT / path).read_text("utf-8") for path in SOURCES}
    assert [path for path, text in texts.items() if "INSERT INTO session " in text] == [HOME]
    assert texts[HOME].count("INSERT INTO session ") == 1  # in `_open`
    assert opens == {
        "sessions.open_for",
        "sessions.sign_in",
        "sessions.give_code",
        "sessions.change_secret",
        "handover.take",
    }
    ways = dict(one for one in cells("What is bounded") if len(one) == 2)
    assert list(ways)[1:] == [
        "a volunteer",
        "staff, planner, administrator",
        "who has the city's account",
        "a first or forgotten secret",
        "a lost tablet or phone",
    ]
    for way, words in (
        ("a volunteer", "a tablet an administrator enrolled"),
        ("staff, planner, administrator", "a password and a code"),
        ("who has the city's account", "a session of ours"),
        ("a first or forgotten secret", "python -m desk reset-admin"),
    ):
        assert words in ways[way]


def test_the_own_words_are_written_down() -> None:
    assert f"`data/{passwords.OWN_WORDS.name}`" in SECURITY
    words = passwords._of_the_city()
    assert words
    assert all(word in passwords.OWN_WORDS.read_text("utf-8") for word in words)


def test_every_log_is_written_down() -> None:
    logs = {one[0]: one for one in cells("What is written down")[1:]}
    assert list(logs) == ["audit", "heads of the audit", "refused numbers", "journal", "nginx"]
    assert all(len(one) == 4 and all(one) for one in logs.values())
    nginx = (ROOT / "docs" / "deploy" / "nginx.conf").read_text("utf-8")
    for place in re.findall(r"access_log (\S+)", nginx):
        assert f"`{Path(place).parent}`" in logs["nginx"][2]
    assert f"`{heads.FILE}`" in logs["heads of the audit"][2]


def test_the_document_says_how_soon_a_package_is_mended() -> None:
    told = [one[1] for one in cells("How soon a package is mended")[1:]]
    days = [int(re.fullmatch(r"(\d+) days", one)[1]) for one in told]
    assert days == sorted(days)
    assert len(days) == 3


# What no line of the desk does.


def calls() -> Iterator[tuple[str, str]]:
    """Where and what is called, in desk/, web/, pages/ and app.py."""
    for path, tree in SOURCES.items():
        for one in ast.walk(tree):
            if isinstance(one, ast.Call):
                yield path, ast.unparse(one.func)


def imported() -> set[tuple[str, str]]:
    """Where and what is imported."""
    found = set()
    for path, tree in SOURCES.items():
        for one in ast.walk(tree):
            if isinstance(one, ast.Import):
                found |= {(path, name.name) for name in one.names}
            elif isinstance(one, ast.ImportFrom) and one.module:
                found |= {(path, one.module)} | {
                    (path, f"{one.module}.{n.name}") for n in one.names
                }
    return found


def scripts() -> dict[str, str]:
    """Our own scripts and templates."""
    folders = ((ROOT / "web" / "static", "*.js"), (ROOT / "web" / "templates", "*.html"))
    return {
        path.name: path.read_text("utf-8") for folder, kind in folders for path in folder.glob(kind)
    }


def test_no_command_of_the_machine_is_run() -> None:
    assert {one for one in imported() if one[1].split(".")[0] in ("subprocess", "pty")} == set()
    runs = re.compile(r"os\.(system|popen|exec\w*|spawn\w*|posix_spawn\w*)|\w*create_subprocess\w*")
    assert [one for one in calls() if runs.fullmatch(one[1])] == []


def test_no_text_becomes_code() -> None:
    made = {"eval", "exec", "compile", "__import__"}
    assert [one for one in calls() if one[1] in made] == []
    risky = {"pickle", "marshal", "shelve", "dill", "joblib", "code", "runpy"}
    assert {one for one in imported() if one[1].split(".")[0] in risky} == set()
    assert {one for one in calls() if one[1] in ("yaml.load", "yaml.unsafe_load")} == set()
    wrong = re.compile(
        r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    )
    assert [name for name, text in scripts().items() if wrong.search(text)] == []


def test_only_strong_chance_and_strong_hashes_make_secrets() -> None:
    dice = {path for path, name in imported() if name.split(".")[0] == "random"}
    assert {
        one for one in dice if not re.match(r"desk/(trial_\w+|timetable/\w+)\.py", one)
    } == set()
    assert [one for one in calls() if re.search(r"uuid\.uuid[1-3]|random\.seed", one[1])] == []
    named = [re.match(r"hashlib\.(\w+)", name) for _path, name in calls()]
    # `file_digest` is of a backup, and SHA-256.
    assert {one[1] for one in named if one} == {"sha256", "file_digest", "scrypt", "blake2b"}


def test_paste_and_password_managers_are_let_in() -> None:
    for name, text in scripts().items():
        assert not re.search(r"onpaste|[\"']paste[\"']", text), name
        for field in re.findall(r"<input[^>]*type=\"password\"[^>]*>", text):
            assert re.search(r'autocomplete="(current|new)-password"', field), name


def test_what_the_browser_keeps_is_no_data_of_anybody() -> None:
    """One mark for the lock, and how far down one was on a page."""
    kept = {
        (name, match)
        for name, text in scripts().items()
        for match in re.findall(r"(localStorage|sessionStorage|indexedDB|document\.cookie)", text)
    }
    assert kept == {("drafts.js", "sessionStorage"), ("lock.js", "localStorage")}
    drafts = scripts()["drafts.js"]
    assert drafts.count("sessionStorage.setItem(") == 1
    lock = scripts()["lock.js"]
    assert lock.count("localStorage.setItem(") == 1


def test_logs_go_nowhere_but_to_the_journal() -> None:
    """Whatever is not in the database goes to standard output and error, by these few lines."""
    handlers = re.compile(r"(logging\.)?(basicConfig|\w+Handler|config\.\w+)|syslog\.\w+")
    assert [one for one in calls() if handlers.fullmatch(one[1])] == []
    assert {path for path, name in imported() if name == "logging"} == {"desk/people.py"}
    printing = {path for path, name in calls() if name == "print"}
    assert printing == {"app.py", "desk/chores.py", "web/proxies.py"}


def test_every_upload_names_its_endings_and_others_are_refused() -> None:
    """Streamlit holds them against the name that comes; what is in a file is looked at besides."""
    asked = [
        (path, ast.literal_eval(keyword.value))
        for path, tree in SOURCES.items()
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "st.file_uploader"
        for keyword in one.keywords
        if keyword.arg == "type"
    ]
    assert len(asked) == [name for _path, name in calls()].count("st.file_uploader") == 3
    for _path, endings in asked:
        allowed = [f".{ending}" for ending in endings]
        for name in ("a.html", "a.csv.exe", "a", "a.csv\0.html", "a.xlsx.svg"):
            with pytest.raises(StreamlitAPIException):
                enforce_filename_restriction(name, allowed)
        enforce_filename_restriction(f"表.{endings[0].upper()}", allowed)


# What every address answers.

HOST = "http://desk.example"
OPEN_TO_ALL = re.compile(r"/(leaflet|opendata|use)/.*|/(wifi|towns)\.geojson")
PATHS = {
    "/opendata/{file:path}": "/opendata/catalog.jsonld",
    "/leaflet/{name:path}": "/leaflet/map.js",
}


@pytest.fixture
def visitor(city: str) -> Iterator[TestClient]:  # noqa: ARG001 - the database must be there
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def test_every_answer_says_what_it_is_and_how_it_is_written(visitor: TestClient) -> None:
    seen = Counter[str]()
    for route in ROUTES:
        path = PATHS.get(route.path) or re.sub(r"\{\w+(:path)?\}", "x", route.path)
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            answer = visitor.request(method, path)
            if not answer.content:
                continue
            kind = answer.headers["content-type"]
            seen[kind.partition(";")[0]] += 1
            if re.match(r"text/|[\w.]+/\w+\+xml|[\w.]+/xml", kind):
                assert "charset=utf-8" in kind, (path, kind)
    assert set(seen) >= {"text/html", "text/calendar", "application/ld+json", "text/javascript"}


def test_other_sites_scripts_read_what_is_for_everybody_and_nothing_else(
    visitor: TestClient,
) -> None:
    """And what they may read is the same for everybody: a cookie changes nothing of it."""
    allowed = set()
    for route in ROUTES:
        path = PATHS.get(route.path) or re.sub(r"\{\w+(:path)?\}", "x", route.path)
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            answer = visitor.request(method, path, headers={"origin": "https://evil.example"})
            if origin := answer.headers.get("access-control-allow-origin"):
                assert (origin, method) == ("*", "GET"), path
                assert "access-control-allow-credentials" not in answer.headers
                assert "set-cookie" not in answer.headers
                allowed.add(path)
    assert allowed >= {"/wifi.geojson", "/towns.geojson", "/leaflet/map.js"}
    assert [path for path in allowed if not OPEN_TO_ALL.fullmatch(path)] == []


# What the server is told that the desk runs on.


def test_what_git_keeps_is_shut_away() -> None:
    unit = (ROOT / "docs" / "deploy" / "machikado-desk.service").read_text("utf-8")
    home = re.search(r"^WorkingDirectory=(.+)$", unit, re.MULTILINE)
    assert home
    assert f"\nInaccessiblePaths=-{home[1]}/.git\n" in unit
    streamlit = (ROOT / ".streamlit" / "config.toml").read_text("utf-8")
    assert "enableStaticServing = false" in streamlit  # no file of the folder is served


def test_only_tls_1_2_and_1_3_are_offered() -> None:
    nginx = (ROOT / "docs" / "deploy" / "nginx.conf").read_text("utf-8")
    servers = re.findall(r"listen 443 ssl[^}]*", nginx)
    assert len(servers) == 2
    for server in servers:
        assert re.findall(r"ssl_protocols ([^;]+);", server) == ["TLSv1.2 TLSv1.3"]
