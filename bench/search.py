"""Searching the procedures as residents speak: bench/queries.csv, written before there was one."""

import csv
import dataclasses
import statistics
import tempfile
import time
from pathlib import Path

from desk import store
from desk.guide import procedures, search
from desk.guide.search import Hits
from desk.guide.synonyms import synonyms

QUERIES = Path(__file__).parent / "queries.csv"
STEP = 1  # of so many of the procedures' own ways to ask, one is looked for


def run() -> dict[str, float]:
    """hit1_percent and hit3_percent over the queries a procedure answers; p95_ms of a search and
    the number of empty answers over all. Says every miss, what the search makes of questions
    nobody answers, and how it does on the procedures' own ways to ask, each left out in turn.
    """
    with tempfile.TemporaryDirectory() as folder:
        store.use(f"{folder}/desk.sqlite3")
        try:
            store.migrate()
            search.find("")  # the index is made once, not with every search
            found = [(query, wanted, *timed(query)) for query, wanted in asked()]
        finally:
            store.use(None)
    ranks, honest = [], []
    for query, wanted, hits, _taken in found:
        ids = [one.id for one in hits.procedures]
        if not wanted:
            honest.append(not hits.exact)
            continue
        ranks.append(next((n for n, id in enumerate(ids, start=1) if id in wanted), len(ids) + 1))
        if ranks[-1] > 3:
            print(f"missed: {query} → {', '.join(ids[:3])}; wanted {' '.join(sorted(wanted))}")
    print(f"questions nobody answers: {len(honest)}, of which {sum(honest)} were called a miss")
    print("one left out: hit1 {:.1f} %, hit3 {:.1f} % of {}".format(*left_out()))
    return {
        "queries": len(ranks),
        "hit1_percent": 100 * sum(rank == 1 for rank in ranks) / len(ranks),
        "hit3_percent": 100 * sum(rank <= 3 for rank in ranks) / len(ranks),
        "p95_ms": statistics.quantiles((taken for *_, taken in found), n=20)[-1],
        "empty": sum(not hits.procedures for _query, _wanted, hits, _taken in found),
    }


def timed(query: str) -> tuple[Hits, float]:
    """What is found, and in how many milliseconds."""
    start = time.perf_counter()
    hits = search.look(query)
    return hits, 1000 * (time.perf_counter() - start)


def asked() -> list[tuple[str, set[str]]]:
    """The queries with the ids of the procedures that answer them; none for some."""
    with QUERIES.open(encoding="utf-8", newline="") as source:
        return [(row["query"], set(row["procedures"].split())) for row in csv.DictReader(source)]


def left_out() -> tuple[float, float, int]:
    """Per cent first and among three, and of how many: ways to ask that the procedures name,
    each looked for while it is not in the index.
    """
    every = procedures.in_folder(procedures.FOLDER)
    ways = [(id, said) for id, one in every.items() for said in one.said][::STEP]
    first = three = 0
    for id, said in ways:
        rest = tuple(other for other in every[id].said if other != said)
        without = {**every, id: dataclasses.replace(every[id], said=rest)}
        hits = search.Shelf(without, synonyms()).look(said, 3).procedures
        first += hits[0].id == id
        three += id in {hit.id for hit in hits}
    return 100 * first / len(ways), 100 * three / len(ways), len(ways)
