"""The full text of the procedures: pairs of characters in SQLite's FTS5, ranked by BM25.

Japanese has no spaces, so a word is found by the pairs of characters it is made of. The index is
a database of its own in this process's memory, whatever engine the store has, and is made anew
when the procedures are others.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Mapping

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from desk.guide.procedures import Procedure
from desk.guide.reading import bare, parts

# What is searched, and how much a word counts there; `read` is the title in kana.
WEIGHTS = {"title": 6.0, "said": 5.0, "read": 4.0, "overview": 2.0, "rest": 1.0}
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
_KATAKANA = re.compile(r"[ァ-ヶ]")


def fold(text: str) -> str:
    """The text as it is compared: NFKC, hiragana, lower case, no small or long kana, no dashes;
    whatever is no letter and no digit is one space.
    """
    normal = unicodedata.normalize("NFKC", text).casefold()
    normal = _KATAKANA.sub(lambda found: chr(ord(found[0]) - 0x60), normal)
    made = []
    for one in normal.translate(_SMALL):
        kind = unicodedata.category(one)
        if one == "ー" or kind in ("Pd", "Mn", "Cf") or one == "〜":
            continue
        made.append(one if kind[0] in "LN" else " ")
    return " ".join("".join(made).split())


def grams(folded: str) -> list[str]:
    """The pairs of neighbouring characters of a folded text; a character alone is itself."""
    found = []
    for piece in folded.split():
        found += [piece[n : n + 2] for n in range(len(piece) - 1)] or [piece]
    return found


def texts(one: Procedure) -> dict[str, str]:
    """What is searched of a procedure, folded, by the names of `WEIGHTS`."""
    facts = (one.deadline, one.online, *one.forms, *one.attachments, *one.traps)
    rest = [bare(sentence) for sentence in one.tell] + [fact.text for fact in facts]
    rest += [way.about.text for way in one.ways] + [one.title_en]
    found = {
        "title": f"{one.title} {bare(one.easy)}",
        "said": " ".join(one.said),
        "read": kana(one.easy),
        "overview": one.overview.text,
        "rest": " ".join(rest),
    }
    return {name: fold(text) for name, text in found.items()}


def kana(read: str) -> str:
    """A text with readings as it is spoken: 「{漢字|かんじ}を」 is 「かんじを」."""
    return "".join(reading or piece for piece, reading in parts(read)).replace(" ", "")


class Index:
    """Tokens of the procedures, by field; for every thread of the process."""

    def __init__(self, fields: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        """`fields`: for each procedure's id, the tokens of each field of `WEIGHTS`."""
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._turn = threading.Lock()
        self._db = Database(connection)
        rows = [
            {"id": id, **{name: " ".join(tokens) for name, tokens in by_name.items()}}
            for id, by_name in fields.items()
        ]
        table = self._db.table("procedure", pk="id")
        table.create({"id": str, **dict.fromkeys(WEIGHTS, str)}, pk="id")
        table.insert_all(rows)
        table.enable_fts(list(WEIGHTS), tokenize="unicode61 remove_diacritics 0")
        weights = ", ".join(str(weight) for weight in WEIGHTS.values())
        self._sql = (
            f"SELECT p.id AS id, -bm25(procedure_fts, {weights}) AS score FROM procedure_fts "
            "JOIN procedure p ON p.rowid = procedure_fts.rowid WHERE procedure_fts MATCH :tokens"
        )

    def scores(self, tokens: Iterable[str]) -> dict[str, float]:
        """The procedures that have any of the tokens, by id: the higher, the nearer; none is
        negative.
        """
        asked = " OR ".join(f'"{token}"' for token in sorted(set(tokens)))
        if not asked:
            return {}
        with self._turn:
            found = list(self._db.query(self._sql, {"tokens": asked}))
        return {row["id"]: max(row["score"], 0.0) for row in found}
