"""Words that mean the same at a desk, and words that say nothing: data/guide/synonyms.yaml."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from desk.files import UnreadableFile
from desk.guide.index import fold, grams
from desk.guide.source import part

FILE = Path(__file__).parent.parent.parent / "data" / "guide" / "synonyms.yaml"
LEAST_WRONG = 4  # characters of a word in which one may be wrong
LEAST_TYPED = 3  # characters typed of a word that is still being typed


@dataclass(frozen=True)
class Found:
    """A word of the file in a text: from where to where, and the groups it belongs to."""

    start: int
    end: int
    groups: frozenset[int]


class Synonyms:
    """The file's words, folded, with the numbers of the groups they belong to."""

    def __init__(
        self,
        means: list[list[str]],
        unsaid: list[str],
        first: Sequence[str] = (),
        vague: Iterable[int] = (),
    ) -> None:
        """`first`: ids of the procedures where one begins; `vague`: numbers of the groups that
        name no subject.
        """
        self.first, self.vague = tuple(first), frozenset(vague)
        words: dict[str, set[int]] = {}
        for number, group in enumerate(means):
            for word in group:
                words.setdefault(fold(word).replace(" ", ""), set()).add(number)
        self.words: Mapping[str, frozenset[int]] = {
            word: frozenset(numbers) for word, numbers in words.items() if word
        }
        self._any = _either(self.words)
        self._unsaid = _either(map(fold, unsaid))
        self._pairs = {word: frozenset(grams(word)) for word in self.words}

    def within(self, folded: str) -> list[Found]:
        """The words in a folded text, also those that lie in another."""
        return [
            Found(at, at + len(word), groups)
            for word, groups in self.words.items()
            for at in _places(folded, word)
        ]

    def groups(self, folded: str) -> set[int]:
        """The groups whose words are in a text."""
        return {number for one in self.within(folded) for number in one.groups}

    def meant(self, folded: str) -> list[Found]:
        """The words a person said: of a word within a longer one, only the longer."""
        every = self.within(folded)
        return [
            one
            for one in every
            if not any(
                other.start <= one.start
                and one.end <= other.end
                and other.end - other.start > one.end - one.start
                for other in every
            )
        ]

    def nearly(self, folded: str) -> set[int]:
        """The groups of words with a typing error in a text, or of which only the beginning is
        typed.
        """
        have = set(grams(folded))
        last = folded.split()[-1] if folded else ""
        found: set[int] = set()
        for word, groups in self.words.items():
            if len(last) >= LEAST_TYPED and len(last) < len(word) and word.startswith(last):
                found |= groups
            elif len(word) >= LEAST_WRONG and word not in folded:
                wrong = 1 if len(word) < 2 * LEAST_WRONG else 2
                # A wrong character spoils two pairs: where more are missing nobody need look.
                missing = self._pairs[word] - have
                if len(missing) <= 2 * wrong and near(word, folded, wrong):
                    found |= groups
        return found

    def spoken(self, folded: str) -> str:
        """The text without what is only said by the way."""
        return " ".join(self._unsaid.sub(" ", folded).split())


def near(word: str, text: str, most: int) -> bool:
    """True when some part of the text becomes the word by so many changes of a character: one
    too many, too few or another (edit distance).
    """
    above = [0] * (len(text) + 1)  # it may begin anywhere
    for row, wanted in enumerate(word, start=1):
        line = [row]
        for column, given in enumerate(text, start=1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (wanted != given)))
        if min(line) > most:
            return False
        above = line
    return min(above) <= most


def _places(text: str, word: str) -> list[int]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + 1)
    return found


def _either(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """What the file holds, read once a process.

    Raises:
        UnreadableFile: with the reason.
    """
    where = f"data/guide/{FILE.name}"
    try:
        contents = FILE.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(where, None, "ファイルがないか、開けません") from error
    top = part(contents, where)
    means = []
    for n, group in top.items("means"):
        if not isinstance(group, list):
            raise top.wrong("means", "の中に、言葉の一覧でないものがあります", n)
        means.append([top.checked("means", word, n) for word in group])
    unsaid, first = top.texts("unsaid"), top.texts("first")
    heads = [group[0] if group else "" for group in means]
    vague = []
    for n, word in enumerate(top.texts("vague")):
        if word not in heads:
            raise top.wrong("vague", f"の「{word}」で始まる組は「means」にありません", n)
        vague.append(heads.index(word))
    top.all_used()
    return Synonyms(means, list(unsaid), first, vague)
