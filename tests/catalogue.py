"""Bring locale/ up to date with the code: `python -m tests.catalogue`."""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from desk.language import EASY, FOLDERS, LOCALE

ROOT = Path(__file__).parent.parent
KEYWORDS = ("_", "N_", "gettext", "ngettext")


def extracted() -> Catalog:
    """Every sentence in desk/, web/ and pages/."""
    found = Catalog(project="machikado-desk", copyright_holder="Machikado Desk")
    for folder in ("desk", "web", "pages"):
        for source in sorted((ROOT / folder).rglob("*.py")):
            for message in in_python(source.read_text("utf-8")):
                found.add(message)
    for template in sorted((ROOT / "web" / "templates").glob("*.html")):
        with template.open("rb") as opened:
            for _line, _function, message, _comments in babel_extract(opened, KEYWORDS, (), {}):
                # Of a plural its two forms; None stands for what is no text.
                found.add(message[:2] if isinstance(message, tuple) else message)
    return found


def in_python(source: str) -> Iterator[str | tuple[str, str]]:
    """The msgids of a module. Babel's own reader misses calls inside f-strings before 3.12."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in KEYWORDS:
            continue
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if node.func.id == "ngettext" and len(texts) >= 2:
            yield texts[0], texts[1]
        elif texts and isinstance(texts[0], str):
            yield texts[0]


def path(lang: str) -> Path:
    """The catalogue file of a language; やさしい日本語 is “easy”."""
    return LOCALE / FOLDERS[lang] / "LC_MESSAGES" / "desk.po"


def read(lang: str) -> Catalog:
    """The catalogue of a language as it stands; empty when there is none."""
    if not path(lang).exists():
        return Catalog(locale="ja")
    with path(lang).open("rb") as source:
        return read_po(source, locale="ja")


def update(lang: str) -> Catalog:
    """Write the catalogue anew: new sentences empty, sentences no longer used gone."""
    catalogue = read(lang)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    if lang == EASY:  # only what it says otherwise than Japanese does
        for message in [one for one in catalogue if one.id and not filled(one)]:
            catalogue.delete(message.id)
    out = BytesIO()
    write_po(out, catalogue, width=100, omit_header=False, no_location=True, sort_output=True)
    path(lang).parent.mkdir(parents=True, exist_ok=True)
    path(lang).write_bytes(out.getvalue())
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The msgids without a translation, or with a plural form missing."""
    return [str(message.id) for message in catalogue if message.id and not filled(message)]


def filled(message: Message) -> bool:
    """True when it has a translation, in every plural form."""
    text = message.string
    return bool(all(text) if isinstance(text, tuple | list) else text)


if __name__ == "__main__":
    update(EASY)
    left = missing(update("ja"))
    print(f"{len(left)} without Japanese")
    sys.exit("\n".join(left) or 0)
