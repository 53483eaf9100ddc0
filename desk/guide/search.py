"""The procedure a person means, as people speak: kana, typing errors and half a word included.

Three judges look at every procedure: the pairs of characters asked for (BM25), the words that
mean the same (BM25 over the groups of synonyms.yaml), and the likeness to one of the ways it is
asked for. What each says is added up with a weight. There is always an answer; `exact` is False
when it is only the nearest there is: the best procedure knows no subject that was named, and too
little of the rest.
"""

import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from desk.guide import index, procedures
from desk.guide.index import Index, fold, grams
from desk.guide.procedures import Procedure
from desk.guide.reading import bare
from desk.guide.synonyms import Synonyms, synonyms

# How much each judge counts, when it is surest; tried on the ways to ask that the procedures
# name, each one left out of the index in turn (bench/search.py).
PAIRS, MEANINGS, LIKENESS = 1.0, 1.5, 0.5
NEARLY = 0.6  # a word with a typing error, or half of one, counts so much of a whole word
FIRST = 0.2  # where one begins goes before its equals
COVERED = 0.55  # so much of what was said must be known to the best, where it names no subject
LONELY = 0.2  # a pair known without its neighbours is chance: so much of it counts
NAMED = ("title", "said", "read", "overview")  # where a procedure says what it is about
MOST_READ = 200  # characters of a question that are looked at


@dataclass(frozen=True)
class Hits:
    """The procedures found, the best first; not `exact`: nothing fits, these are the nearest."""

    procedures: tuple[Procedure, ...]
    exact: bool


def find(words: str, *, most: int = 8) -> tuple[Procedure, ...]:
    """The procedures nearest to what was said, the best first; never none for any words."""
    return look(words, most=most).procedures


def look(words: str, *, most: int = 8) -> Hits:
    """As `find`, and whether anything fits."""
    return _shelf(procedures.all_procedures()).look(words, most)


@dataclass(frozen=True)
class _Card:
    """What is known of a procedure for judging it."""

    procedure: Procedure
    pairs: frozenset[str]
    groups: frozenset[int]
    ways_to_ask: tuple[frozenset[str], ...]


class Shelf:
    """The procedures, made ready to be searched."""

    def __init__(self, every: Mapping[str, Procedure], same: Synonyms) -> None:
        self.every, self.same = dict(every), same
        texts = {id: index.texts(one) for id, one in every.items()}
        groups = {
            id: {name: same.groups(text) for name, text in by_name.items()}
            for id, by_name in texts.items()
        }
        self._pairs = Index(
            {id: {n: grams(same.spoken(t)) for n, t in by.items()} for id, by in texts.items()}
        )
        self._meanings = Index(
            {id: {n: map(str, sorted(g)) for n, g in by.items()} for id, by in groups.items()}
        )
        self._cards = {
            id: _Card(
                one,
                frozenset(pair for name in NAMED for pair in grams(texts[id][name])),
                frozenset(number for name in NAMED for number in groups[id][name]),
                tuple(_asked(one, same)),
            )
            for id, one in every.items()
        }
        self._common = Counter(pair for card in self._cards.values() for pair in card.pairs)

    def look(self, words: str, most: int) -> Hits:
        """The best `most`, and whether the first fits what was said."""
        folded = fold(words[:MOST_READ])
        spoken = self.same.spoken(folded) or folded
        pairs = grams(spoken)
        meant = self.same.meant(folded)
        groups = {number for one in meant for number in one.groups}
        nearly = self.same.nearly(spoken) - groups
        score = {id: FIRST * (id in self.same.first) for id in self.every}
        for weight, said in (
            (PAIRS, self._pairs.scores(pairs)),
            (MEANINGS, self._meanings.scores(map(str, groups))),
            (MEANINGS * NEARLY, self._meanings.scores(map(str, nearly))),
        ):
            best = max(said.values(), default=0.0)
            for id, value in said.items():
                score[id] += weight * value / best if best else 0.0
        have = frozenset(pairs)
        for id, card in self._cards.items():
            score[id] += LIKENESS * max((_alike(have, one) for one in card.ways_to_ask), default=0)
        order = sorted(self.every, key=lambda id: (-score[id], self._rank(id)))
        found = tuple(self.every[id] for id in order[:most])
        fits = bool(order) and self._fits(self._cards[order[0]], spoken, groups | nearly)
        return Hits(found, fits)

    def _rank(self, id: str) -> int:
        first = self.same.first
        return first.index(id) if id in first else len(first)

    def _fits(self, card: _Card, spoken: str, groups: set[int]) -> bool:
        """Whether the procedure is about a subject that was named, or knows enough of the rest."""
        subjects = groups - self.same.vague
        return bool(subjects & card.groups) or self.covered(card, spoken) >= COVERED

    def covered(self, card: _Card, spoken: str) -> float:
        """The share of what was said that the procedure knows: in pairs of characters, or by
        meaning. A pair counts the more, the fewer procedures have it; one that none has the most.
        """
        meant: set[int] = set()
        for word in self.same.meant(spoken):
            if word.groups & card.groups:
                meant.update(range(word.start, word.end))
        pairs = {at: spoken[at : at + 2] for at in range(len(spoken) - 1)}
        pairs = {at: pair for at, pair in pairs.items() if " " not in pair}
        there = {at for at, pair in pairs.items() if pair in card.pairs}
        known = whole = 0.0
        for at, pair in pairs.items():
            weight = self._rarity(pair)
            whole += weight
            if {at, at + 1} <= meant:
                known += weight
            elif at in there:
                alone = not {at - 1, at + 1} & (there | meant) and at not in meant
                known += weight * (LONELY if alone else 1)
            elif {at, at + 1} & meant:
                known += weight / 2
        return known / whole if whole else 0.0

    def _rarity(self, pair: str) -> float:
        return math.log((len(self._cards) + 1) / (self._common[pair] + 1))


def _asked(one: Procedure, same: Synonyms) -> list[frozenset[str]]:
    ways = (one.title, bare(one.easy), index.kana(one.easy), *one.said)
    return [frozenset(grams(same.spoken(fold(way)))) for way in ways]


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """How like two sets of pairs are, 0 to 1 (Dice)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


_ready: Shelf | None = None
_making = threading.Lock()


def _shelf(every: Mapping[str, Procedure]) -> Shelf:
    """The shelf of these procedures; made anew only when one of them is another."""
    global _ready
    with _making:
        if _ready is None or not _same(_ready.every, every):
            _ready = Shelf(every, synonyms())
        return _ready


def _same(one: Mapping[str, Procedure], other: Mapping[str, Procedure]) -> bool:
    """Cheap: what was read from the same text is the same object."""
    return list(one) == list(other) and all(one[id] is other[id] for id in one)
