"""How the house is built: who may import whom, who must ask first, what is never written."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click

from desk import maps
from desk.__main__ import cli
from desk.people import RIGHTS
from desk.refusals import SENTENCES
from tests.test_language import placeholders

ROOT = Path(__file__).parent.parent
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(
        [ROOT / "app.py", *(p for f in ("desk", "web", "pages") for p in (ROOT / f).rglob("*.py"))]
    )
}
Function = ast.FunctionDef | ast.AsyncFunctionDef
# Functions for an actor that ask for no right, and why.
NO_RIGHT = {
    "people.require": "the question itself",
    "people.require_proof": "the question itself",
    "people.refused": "puts its answer down",
    "exports.let_out": "whoever calls it has asked for the right; it asks for the proof",
    "authenticator.begin": "everybody of the office sets up an app of their own",
    "authenticator.resume": "the same",
    "authenticator.confirm": "the same",
    "sessions.change_secret": "everybody who signed in has a PIN or password of their own",
}
# Functions that write and take no actor, and why.
UNASKED = {
    "sessions.sign_in": "there is nobody yet; the PIN or password is the proof",
    "tries.prove": "the PIN or password is the proof",
    "tries.forget_wrong": "whoever calls it has the proof",
    "tries.count_wrong": "there was no proof",
    "sessions.give_code": "the code is the proof",
    "sessions.open_for": "whoever calls it has the proof",
    "authenticator.prove": "the code is the proof",
    "handover.arrive": "the city's provider has spoken",
    "handover.take": "the secret is the proof",
    "own_sign_in.end": "the cookie and the PIN or password are the proof",
    "tablets.enrol": "the code is the proof",
    "sessions.seen": "the cookie is the proof",
    "sessions.lock": "the cookie is the proof",
    "sessions.prove": "the PIN or password is the proof",
    "sessions.sign_out": "the cookie is the proof",
    "people.first_admin": "the terminal speaks",
    "people.reset_admin": "the terminal speaks",
    "trial.load": "the terminal speaks",
    "trial.empty": "the terminal speaks",
    "chores.due": "the desk by itself",
    "retention.run": "the machine, once a day",
    "facts.load": "the terminal speaks",
    "start.prepare": "the terminal speaks",
    "audit.check_key": "the terminal speaks",
    "changes.cancel_by_code": "the code on the slip is the proof",
    "wifi_checks.report": "residents, who stay nobody",
    "incidents.note": "whoever typed it: nothing of them is kept",
    "guide.misses.note": "whoever searches, who stays nobody",
    "guide.misses.follow": "the same, while they type",
    "guide.misses.take_back": "the same, who typed on",
    "tickets.sign": "makes the signing key; whoever calls it has asked for the right",
}
# Names of a licence, a standard, media types and vocabularies: a program need not go there.
NAMED = {
    "creativecommons.org",
    "www.digital.go.jp",
    "www.iana.org",
    "www.w3.org",
    "purl.org",
    "xmlns.com",
    "id.loc.gov",
}
GSI = {"cyberjapandata.gsi.go.jp", "maps.gsi.go.jp"}


def of(folder: str) -> dict[str, ast.Module]:
    return {name: tree for name, tree in SOURCES.items() if name.startswith(f"{folder}/")}


def imports(tree: ast.AST) -> Iterator[str]:
    """Every dotted name imported: `from desk import store` is desk.store."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaching(folder: str, forbidden: tuple[str, ...]) -> list[tuple[str, str]]:
    return [
        (name, wanted)
        for name, tree in of(folder).items()
        for wanted in imports(tree)
        if any(wanted == one or wanted.startswith(f"{one}.") for one in forbidden)
    ]


def functions(tree: ast.Module) -> dict[str, Function]:
    return {node.name: node for node in tree.body if isinstance(node, Function)}


def body(node: ast.Module | Function) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def texts(node: ast.AST) -> Iterator[str]:
    """Every string of the code that is not a docstring."""
    documented = (ast.Module, ast.ClassDef, *Function.__args__)
    docs = {
        id(one.body[0].value)
        for one in ast.walk(node)
        if isinstance(one, documented) and ast.get_docstring(one) is not None
    }
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in docs:
            yield one.value


def calls(name: str, node: ast.AST) -> set[str]:
    """What a function of desk/ calls: of its own module, or of another it names."""
    module = name.rpartition(".")[0]
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            found.add(f"{module}.{one.func.id}")
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            found.add(ast.unparse(one.func))
    return found


def inside(function: Function) -> bool:
    """Works in a caller's transaction, which pages/ and web/ have none of to hand over."""
    return bool(function.args.args) and function.args.args[0].arg == "write"


def takes_actor(function: Function) -> bool:
    return "actor" in {arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)}


DATABASE = (
    "desk.store",
    "sqlite_utils",
    "sqlite3",
    "pysqlite3",
    "psycopg",
    "psycopg_pool",
    "sqlcipher3",
)


def test_imports_point_inward() -> None:
    assert reaching("pages", (*DATABASE, "web", "app")) == []
    assert reaching("web", (*DATABASE, "pages", "app", "streamlit")) == []
    outside = ("streamlit", "streamlit_folium", "starlette", "web", "pages", "app")
    assert reaching("desk", outside) == []


def test_only_the_store_knows_a_database_by_name() -> None:
    found = {name for name, _wanted in reaching("desk", DATABASE[1:])}
    published = "desk/opendata/bundle.py"  # makes an SQLite file to hand out, and opens none
    searched = "desk/guide/index.py"  # FTS5 in this process's memory, whatever the store's engine
    own = {f"desk/store/{name}.py" for name in ("sqlite", "checksums", "postgres")}
    assert found == {*own, published, searched}


SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)\b")


def test_screens_contain_no_sql() -> None:
    screens = {**of("pages"), **of("web"), "app.py": SOURCES["app.py"]}
    assert [(n, t) for n, tree in screens.items() for t in texts(tree) if SQL.search(t)] == []


def gates() -> dict[str, str]:
    """For each screen, the first statement after its imports."""
    return {
        name.removeprefix("pages/"): ast.unparse(
            next(s for s in body(tree) if not isinstance(s, ast.Import | ast.ImportFrom))
        )
        for name, tree in of("pages").items()
        if name.split("/")[1] in ("volunteer", "planner", "staff")
    }


def test_every_screen_that_is_not_public_asks_who_is_there_first() -> None:
    listed = {
        call.args[0].value: call.args[4].value
        for call in ast.walk(SOURCES["pages/frame.py"])
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Screen"
        and len(call.args) == 5
    }
    assert gates() == {file: f"actor = who.gate('{right}')" for file, right in listed.items()}
    assert set(listed.values()) <= frozenset().union(*RIGHTS.values())


def test_every_function_for_an_actor_requires_a_right_before_anything_else() -> None:
    asked = {
        f"{path.removeprefix('desk/').removesuffix('.py').replace('/', '.')}.{name}": ast.unparse(
            body(function)[0]
        )
        for path, tree in of("desk").items()
        for name, function in functions(tree).items()
        if takes_actor(function) and not name.startswith("_") and not inside(function)
    }
    rights = "|".join(frozenset().union(*RIGHTS.values()))
    form = re.compile(rf"(people\.)?require\(actor, '({rights})'\)")
    open_ = {name for name, first in asked.items() if not form.fullmatch(first)}
    assert open_ == set(NO_RIGHT)


WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b")


def test_every_public_function_that_writes_takes_an_actor() -> None:
    every = {
        f"{path.removeprefix('desk/').removesuffix('.py').replace('/', '.')}.{name}": function
        for path, tree in of("desk").items()
        if not path.startswith(("desk/store/", "desk/__main__"))
        for name, function in functions(tree).items()
    }
    writing = {name for name, f in every.items() if any(WRITES.search(t) for t in texts(f))}
    while more := {n for n, f in every.items() if calls(n, f) & writing} - writing:
        writing |= more
    found = {
        name
        for name in writing
        if not name.split(".")[-1].startswith("_")
        and not takes_actor(every[name])
        and not inside(every[name])
    }
    assert found == set(UNASKED)


def refusals() -> Iterator[tuple[str, str, set[str]]]:
    """Where, code and facts of everything that is refused."""
    for path, tree in SOURCES.items():
        for call in ast.walk(tree):
            name = getattr(getattr(call, "func", None), "id", "")
            if not isinstance(call, ast.Call) or name not in (
                "Refused",
                "NotAllowed",
                "Concern",
                "OutOfOrder",
            ):
                continue
            first = call.args[0]
            codes = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            facts = {keyword.arg or "" for keyword in call.keywords} - {"field"}
            for code in codes:
                assert isinstance(code, ast.Constant), (path, ast.unparse(call))
                yield path, str(code.value), facts


def test_every_refusal_has_a_sentence_and_every_sentence_is_used() -> None:
    assert {code for _path, code, _facts in refusals()} == set(SENTENCES)


def test_every_refusal_brings_the_facts_of_its_sentence() -> None:
    wrong = [
        (path, code, facts)
        for path, code, facts in refusals()
        if code in SENTENCES and not placeholders(SENTENCES[code]) <= facts
    ]
    assert wrong == []


def test_nothing_is_shown_as_raw_html() -> None:
    found = [
        (path, keyword.lineno)
        for path, tree in SOURCES.items()
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "unsafe_allow_html"
    ]
    templates = [p for p in (ROOT / "web/templates").iterdir() if "|safe" in p.read_text("utf-8")]
    assert (found, templates) == ([], [])


def test_no_problem_is_swallowed() -> None:
    """Only what cleans up and raises again may catch everything."""
    broad = [
        (path, handler.lineno)
        for path, tree in SOURCES.items()
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException"))
        and ast.unparse(handler.body[-1]) != "raise"
    ]
    assert broad == []


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def documented() -> Iterator[tuple[str, list[str]]]:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for line in re.findall(r"python3? -m ([^`\n#|&;）)]+)", page.read_text("utf-8")):
            yield page.name, line.split()


def test_every_command_in_the_documents_exists() -> None:
    unknown = []
    for page, (module, *rest) in documented():
        if importlib.util.find_spec(module) is None:
            unknown.append((page, module))
        group: click.Command = cli
        for word in rest if module == "desk" else []:
            if not isinstance(group, click.Group):
                break
            if word not in group.commands:
                unknown.append((page, " ".join((module, *rest))))
                break
            group = group.commands[word]
    assert unknown == []


HOST = re.compile(r"(?:https?:)?//([\w-]+(?:\.[\w-]+)+)")
SERVED = (".py", ".html", ".css", ".js", ".toml", ".json", ".svg")


def test_nothing_is_fetched_from_another_host_but_the_map_background() -> None:
    files = [ROOT / "app.py", ROOT / "pyproject.toml", *(ROOT / ".streamlit").glob("*.toml")]
    for folder in ("desk", "web", "pages"):
        files += [path for path in (ROOT / folder).rglob("*") if path.suffix in SERVED]
    hosts = {host for path in files for host in HOST.findall(path.read_text("utf-8"))}
    assert hosts == GSI | NAMED


def test_a_map_asks_only_this_server() -> None:
    looks = {"a": maps.Look(fill="#000000")}
    dot = maps.Dot(38.1, 140.8, ("<b>name</b>",), "a")
    made = maps.blank(38.1, 140.8)
    for layer in (maps.dots([dot], looks, name="a"), maps.labels([dot], apart=0)):
        layer.add_to(made)
    page = made.get_root().render()
    fetched = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert "/leaflet/leaflet.js" in fetched
    assert [address for address in fetched if not address.startswith("/leaflet/")] == []
    assert "<b>name" not in page


def test_every_requirement_is_pinned() -> None:
    loose = [
        line
        for file in ("requirements.txt", "requirements-encryption.txt", "tests/requirements.txt")
        for line in (ROOT / file).read_text("utf-8").splitlines()
        if line
        and not line.startswith(("#", "-r "))
        and not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line)
    ]
    assert loose == []


def callbacks(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """The names of the functions that widgets call, and the calls that say so."""
    for one in ast.walk(tree):
        if not isinstance(one, ast.Call):
            continue
        for keyword in one.keywords:
            if keyword.arg in ("on_click", "on_change"):
                yield ast.unparse(keyword.value), one


def test_a_callback_asks_who_is_here_anew() -> None:
    # It runs before the gate does: an actor from the run before may have signed out since.
    found = []
    for name, tree in of("pages").items():
        for callback, call in callbacks(tree):
            handed = [keyword.value for keyword in call.keywords if keyword.arg == "args"]
            body = functions(tree).get(callback)
            names = {
                (one.id, type(one.ctx))
                for part in (*handed, body)
                if part
                for one in ast.walk(part)
                if isinstance(one, ast.Name)
            }
            if ("actor", ast.Load) in names and ("actor", ast.Store) not in names:
                found.append((name, callback))
    assert found == []


def parts_of_their_own(tree: ast.Module) -> set[str]:
    """Functions that a tap runs without the screen around them: fragments and dialogs."""
    kinds = re.compile(r"st\.(fragment|dialog)\b")
    found = {
        name
        for name, one in functions(tree).items()
        if any(kinds.match(ast.unparse(how)) for how in one.decorator_list)
    }
    for call in ast.walk(tree):  # st.dialog(title)(function)(…)
        if isinstance(call, ast.Call) and kinds.match(ast.unparse(call.func)) and call.args:
            found |= {ast.unparse(one) for one in call.args if isinstance(one, ast.Name)}
    return found


def test_a_part_that_runs_by_itself_asks_who_is_there_first() -> None:
    # The screen's own first line is not run again: its actor may have signed out since.
    gate = re.compile(r"(actor = )?who\.gate\('\w+'\)")
    found, open_ = 0, []
    for path, tree in of("pages").items():
        if path.startswith("pages/resident/"):
            continue
        for name in parts_of_their_own(tree) & set(functions(tree)):
            found += 1
            if not gate.fullmatch(ast.unparse(body(functions(tree)[name])[0])):
                open_.append((path, name))
    assert open_ == []
    assert found > 20
