"""What a made-up consultation (見本) says beyond the four facts every one has.

Drawn from a source of chance of its own, so that what else a year holds stays as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from random import Random
from typing import Any

from desk import times
from desk.consultations import AUTONOMY, DEVICES, HANDED_TO, TOPICS, TRIED, VISITS
from desk.store.engine import Row

Weights = Mapping[str, float]
_ENTRIES: Weights = {"form": 84, "rush": 11, "paper": 5}
_VISITS: Weights = dict(zip(VISITS, (38, 46, 16), strict=True))
_AUTONOMY: Weights = dict(zip(AUTONOMY, (20, 48, 14, 18), strict=True))
_DEVICES: Weights = dict(zip(DEVICES, (64, 8, 8, 4, 4, 12), strict=True))
_ALSO = {0: 72, 1: 22, 2: 6}
_HANDED: Weights = dict(zip(HANDED_TO, (22, 14, 34, 12, 3, 5, 10), strict=True))
# Some topics have a place of their own to go to.
_HANDED_OF: Mapping[str, Weights] = {
    "scam": {"police": 45, "consumer": 45, "bank": 10},
    "my_number_card": {"city": 90, "desk": 10},
    "myna_portal": {"city": 80, "desk": 20},
}
_TRIED: Weights = dict(zip(TRIED, (30, 28, 20, 8, 8, 6), strict=True))
_LOOKED_UP = 0.45  # the share of a topic's consultations in which a procedure was looked up
NOON = time(12)  # a row from paper knows its day and no hour
UNTOLD: Row = {
    "entry": "form",
    "also": "",
    "visit": "unknown",
    "autonomy": "unknown",
    "device": "unknown",
    "procedure_id": "",
    "handed_to": "",
    "tried": "",
}


def answers(rng: Random, row: Row, procedures: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The further columns of a consultation: `entry`, `also`, `visit` and so on.

    `procedures` are the ids of each topic's procedures. One tapped in a rush tells no more than
    its four facts, nor does one from paper, which also loses its hour (`logged_at` at noon).
    """
    found = {**UNTOLD, "entry": _pick(rng, _ENTRIES)}
    if found["entry"] != "form":
        if found["entry"] == "paper":
            day = times.today(times.moment(row["logged_at"]))
            found["logged_at"] = times.stamp(times.at(day, NOON))
        return found | _handed_on(rng, row)
    others = [topic for topic in TOPICS if topic != row["topic"]]
    more = rng.choices(list(_ALSO), list(_ALSO.values()))[0]
    found |= {
        "also": "\n".join(rng.sample(others, more)),
        "visit": _pick(rng, _VISITS),
        "autonomy": _pick(rng, _AUTONOMY),
        "device": _pick(rng, _DEVICES),
    }
    known = procedures.get(row["topic"], ())
    if known and rng.random() < _LOOKED_UP:
        found["procedure_id"] = rng.choice(known)
    return found | _handed_on(rng, row)


def _handed_on(rng: Random, row: Row) -> dict[str, str]:
    if row["result"] != "handed_on":
        return {}
    tried = {_pick(rng, _TRIED) for _ in range(rng.randint(1, 3))}
    return {
        "handed_to": _pick(rng, _HANDED_OF.get(row["topic"], _HANDED)),
        "tried": "\n".join(one for one in TRIED if one in tried),
    }


def _pick(rng: Random, weights: Weights) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
