"""What the desk keeps of a dataset, read whole by id and written in bulk (`compare.Unit`).

Neighbourhoods' people are five rows of `population` and as many of `population_five` as the file
has ages: one unit all the same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby

from desk import times, wifi
from desk.opendata.compare import Unit
from desk.population import BANDS
from desk.refusals import Refused
from desk.store.engine import Reader, Writer

TABLES = {"wifi": "wifi_spot", "facility": "venue", "population": "population"}
_FILES = {
    "wifi": "venues/wifi.csv",
    "facility": "venues/facilities.csv",
    "population": "data/population.csv",
}
# Rows that point at a row by its id, so that it cannot be erased.
_POINTING = {
    "wifi": (("wifi_check", "spot_id"),),
    "facility": (
        ("room", "venue_id"),
        ("desk", "venue_id"),
        ("equipment", "venue_id"),
        ("closed_day", "venue_id"),
        ("class", "venue_id"),
        ("wifi_spot", "venue_id"),
    ),
    "population": (),
}


def kept(reader: Reader, dataset: str) -> dict[str, Unit]:
    """Everything the desk keeps, what it took away too, by id."""
    if dataset != "population":
        return {row["id"]: row for row in reader.rows(f"SELECT * FROM {TABLES[dataset]}")}
    units: dict[str, Unit] = {}
    for row in reader.rows("SELECT p.*, t.name FROM population p JOIN town t ON t.id = p.town_id"):
        band, persons = row.pop("band"), row.pop("persons")
        empty = {"id": row.pop("town_id"), **dict.fromkeys(BANDS, 0), "five": {}, **row}
        units.setdefault(empty["id"], empty)[band] = persons
    for row in reader.rows("SELECT town_id, from_age, persons FROM population_five"):
        if row["town_id"] in units:
            # Keys of text, as they come back from a record of an import.
            units[row["town_id"]]["five"][str(row["from_age"])] = row["persons"]
    return units


def put(write: Writer, dataset: str, units: Iterable[Unit]) -> None:
    """Write units, those that are there over what they were.

    A new one has the columns a file can tell of, one that was there all of its table's.
    """
    found = sorted(units, key=tuple)
    for _columns, some in groupby(found, key=tuple):
        if dataset == "population":
            _put_people(write, list(some))
        else:
            _upsert(write, TABLES[dataset], ("id",), list(some))


def _put_people(write: Writer, units: list[Unit]) -> None:
    marks = ("source", "trial", "active", "own")
    bands = [
        {"town_id": unit["id"], "band": band, "persons": unit[band]} | {m: unit[m] for m in marks}
        for unit in units
        for band in BANDS
    ]
    _upsert(write, "population", ("town_id", "band"), bands)
    towns = [{"id": unit["id"]} for unit in units]
    write.run_many("DELETE FROM population_five WHERE town_id = :id", towns)
    write.run_many(
        "INSERT INTO population_five (town_id, from_age, persons, source) "
        "VALUES (:town_id, :age, :persons, :source)",
        [
            {"town_id": unit["id"], "age": int(age), "persons": n, "source": unit["source"]}
            for unit in units
            for age, n in unit["five"].items()
        ],
    )


def _upsert(write: Writer, table: str, primary: tuple[str, ...], rows: list[Unit]) -> None:
    # The names of columns are the schema's own, never from a file.
    columns = list(rows[0])
    changes = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in primary)
    write.run_many(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"VALUES ({', '.join(f':{c}' for c in columns)}) "
        f"ON CONFLICT ({', '.join(primary)}) DO UPDATE SET {changes}",
        rows,
    )


def erase(write: Writer, dataset: str, ids: Iterable[str]) -> None:
    """Erase what nothing points at; the rest is no longer in use."""
    pointed = {
        row["id"]
        for table, column in _POINTING[dataset]
        for row in write.rows(f"SELECT DISTINCT {column} AS id FROM {table}")
    }
    found = list(ids)
    gone = [{"id": id} for id in found if id not in pointed]
    stays = [{"id": id} for id in found if id in pointed]
    table = TABLES[dataset]
    if dataset == "population":
        write.run_many("DELETE FROM population_five WHERE town_id = :id", gone)
        write.run_many("DELETE FROM population WHERE town_id = :id", gone)
        return
    write.run_many(f"DELETE FROM {table} WHERE id = :id", gone)
    write.run_many(f"UPDATE {table} SET active = 0 WHERE id = :id", stays)


def read_again(write: Writer, dataset: str, since: datetime) -> None:
    """Have the next start read the city's own file again when it came while rows were not its."""
    write.run(
        "DELETE FROM loaded_file WHERE path = :path AND loaded_at > :since",
        path=_FILES[dataset],
        since=times.stamp(since),
    )


def looks(reader: Reader, dataset: str) -> dict[str, Unit]:
    """What is published of a Wi-Fi spot that staff looked at since the list was made, by id."""
    # Without a look, what is published is what is kept: no need to build every spot.
    looked = "SELECT 1 AS yes FROM wifi_check WHERE kind <> 'reported' LIMIT 1"
    if dataset != "wifi" or not reader.one(looked):
        return {}
    return {
        one.id: {
            "checked_on": one.checked_on.isoformat() if one.checked_on else "",
            "state": one.state,
        }
        for one in wifi.spots(reader)
    }


def used(reader: Reader, dataset: str, now: datetime) -> dict[str, Refused]:
    """Why something cannot be taken away: venues with rooms, desks or classes to come."""
    if dataset != "facility":
        return {}
    counts: dict[str, dict[str, int]] = {}
    for what, sql in _IN_USE.items():
        for row in reader.rows(sql, now=times.stamp(now)):
            counts.setdefault(row["id"], {})[what] = row["n"]
    return {id: _why(one) for id, one in counts.items()}


def _why(counts: Mapping[str, int]) -> Refused:
    rooms, desks, classes = (counts.get(what, 0) for what in ("room", "desk", "class"))
    return Refused("venue_used", rooms=rooms, desks=desks, classes=classes)


_IN_USE = {
    "room": "SELECT venue_id AS id, COUNT(*) AS n FROM room WHERE active = 1 GROUP BY venue_id",
    "desk": "SELECT venue_id AS id, COUNT(*) AS n FROM desk WHERE active = 1 GROUP BY venue_id",
    "class": "SELECT venue_id AS id, COUNT(*) AS n FROM class WHERE status = 'open' "
    "AND ends_at > :now GROUP BY venue_id",
}
