"""Readings for texts that carry none: the words of data/guide/readings.yaml."""

import re
from functools import lru_cache
from pathlib import Path

from desk.files import UnreadableFile
from desk.guide import reading
from desk.guide.shelf import FOLDER
from desk.guide.source import part

NAME = "readings.yaml"
_KANJI = "[一-鿿々]"
_MARKS = re.compile(r"[{}|]")


def words(folder: Path = FOLDER) -> dict[str, str]:
    """The words of a folder's file, each with its readings marked: 「漢字」 is 「{漢字|かんじ}」.

    Raises:
        UnreadableFile: when it is not there, is no list of words, or a word comes twice.
    """
    where = f"data/guide/{NAME}"
    try:
        contents = (folder / NAME).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(where, None, "ファイルがないか、開けません") from error
    whole = part(contents, where)
    found: dict[str, str] = {}
    for number, one in enumerate(whole.texts("words", read=True)):
        if reading.bare(one) in found:
            raise whole.wrong("words", f"の「{reading.bare(one)}」が2つあります", number)
        found[reading.bare(one)] = one
    whole.all_used()
    return found


def marked(text: str) -> str:
    """The text with the readings of its words, the longest word first; one that has marks of its
    own is left as it is.
    """
    if _MARKS.search(text):
        return text
    known, every = _known()
    return every.sub(lambda found: known[found[0]], text)


@lru_cache(maxsize=1)
def _known() -> tuple[dict[str, str], re.Pattern[str]]:
    known = words()
    longest = sorted(known, key=len, reverse=True)
    return known, re.compile("|".join(map(_pattern, longest)))


def _pattern(word: str) -> str:
    """A word where it stands for itself: a single kanji is none inside of a longer kanji word."""
    alone = rf"{_KANJI}(?!{_KANJI})"
    before = rf"(?<!{_KANJI})" if re.match(alone, word) else ""
    after = rf"(?!{_KANJI})" if re.search(rf"(?<!{_KANJI}){_KANJI}$", word) else ""
    return f"{before}{re.escape(word)}{after}"
