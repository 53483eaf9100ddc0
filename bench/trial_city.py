"""A server's store with as many Wi-Fi spots as a measurement wants."""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desk import places, store, wifi
from tests.conftest import prepare
from tests.server import Server, running

SPOTS = 60
AROUND = 0.03  # degrees around the middle of the neighbourhoods


@contextmanager
def server(folder: str, *, spots: int = SPOTS) -> Iterator[Server]:
    """A running desk with the trial year, people of each role and so many spots."""
    database = f"{folder}/desk.sqlite3"
    prepare(database)
    store.use(database)
    fill(spots)
    store.use(None)
    with running(database, Path(folder) / "log") as found:
        yield found


def fill(count: int) -> None:
    """Add spots to those of the city until there are so many."""
    there = len(wifi.spots())
    dice = random.Random(count)
    lat, lng = places.centre(places.towns())
    with store.transaction() as write:
        for n in range(there, count):
            row = spot(n, lat + dice.uniform(-AROUND, AROUND), lng + dice.uniform(-AROUND, AROUND))
            write.run(
                f"INSERT INTO wifi_spot ({', '.join(row)}) "
                f"VALUES ({', '.join(f':{name}' for name in row)})",
                **row,
            )


def spot(n: int, lat: float, lng: float) -> dict[str, Any]:
    """A spot with about as much text as the city's own have."""
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"spot {n}")),
        "name": f"公共施設 {n}",
        "kana": f"コウキョウシセツ {n}",
        "address": f"宮城県岩沼市桜{n % 9 + 1}丁目{n}番地",
        "area": "1階ロビー・図書コーナー",
        "ssid": f"CITY_Free_WiFi_{n}",
        "how": "Wi-Fiの設定をひらく\nネットワークの名前をえらぶ\nメールアドレスを入れる",
        "security": "open",
        "password": "",
        "provider": "岩沼市",
        "note": "",
        "checked_on": "",
        "source": "bench",
        "lat": lat,
        "lng": lng,
        "days": "月火水木金",
        "opens": "09:00",
        "closes": "17:00",
        "seats": n % 5 or None,
        "sockets": n % 2,
        "trial": 1,
        "active": 1,
        "own": 1,  # no file takes it away
    }
