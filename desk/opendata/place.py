"""Where a row of a list is: the city it must be in, and its towns and venues to place it by."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from desk import places
from desk.store.engine import Reader

FAR_METRES = 20_000.0  # no place of a city is farther from every town of it
_KANJI = "〇一二三四五六七八九"
_CHOME = re.compile(r"([一二三四五六七八九十]{1,3})(?=丁目)")
_WITHOUT = re.compile(r"大字|小字|字")
_POSTAL = re.compile(r"^〒?(\d{3})-?(\d{4})(?!\d)")
_ALIKE = str.maketrans("ヶが之のッ", "ケケノノツ")


@dataclass(frozen=True)
class Town:
    """A neighbourhood as one point, WGS84 degrees."""

    id: str
    name: str
    postal_code: str
    lat: float
    lng: float


@dataclass(frozen=True)
class Venue:
    """A venue the desk knows."""

    id: str
    name: str
    address: str
    lat: float
    lng: float


@dataclass(frozen=True)
class Placed:
    """A point found otherwise: `how` is address or town, `by` says by what (a key of `WHY`)."""

    lat: float
    lng: float
    how: str
    by: str


@dataclass(frozen=True)
class City:
    """What a file is read against: the codes (six digits) and names of the city or cities of
    this desk, its towns and venues, its courses (id and title) and the ids of its Wi-Fi spots.
    """

    codes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    towns: tuple[Town, ...] = ()
    venues: tuple[Venue, ...] = ()
    courses: tuple[tuple[str, str], ...] = ()
    wifi_ids: frozenset[str] = frozenset()

    @classmethod
    def read(cls, reader: Reader) -> "City":
        """The city as the desk knows it now."""
        towns = reader.rows(
            "SELECT id, name, postal_code, lat, lng FROM town WHERE active = 1 ORDER BY id"
        )
        venues = reader.rows(
            "SELECT id, name, address, lat, lng, city_code, city_name FROM venue "
            "WHERE active = 1 ORDER BY id"
        )
        spots = reader.rows("SELECT id, city_code, city_name FROM wifi_spot WHERE active = 1")
        courses = reader.rows("SELECT id, title FROM course WHERE active = 1 ORDER BY id")
        codes = {row["city_code"] for row in (*venues, *spots)} | {
            row["id"].partition("-")[0] for row in towns
        }
        return cls(
            codes=frozenset(code for code in codes if re.fullmatch(r"\d{6}", code)),
            names=frozenset(row["city_name"] for row in (*venues, *spots)) - {""},
            towns=tuple(Town(**row) for row in towns),
            venues=tuple(
                Venue(row["id"], row["name"], row["address"], row["lat"], row["lng"])
                for row in venues
            ),
            courses=tuple((row["id"], row["title"]) for row in courses),
            wifi_ids=frozenset(row["id"] for row in spots),
        )

    @property
    def code(self) -> str:
        """The code of the city, "" when there are several."""
        return next(iter(self.codes)) if len(self.codes) == 1 else ""

    @property
    def name(self) -> str:
        """The name of the city, "" when there are several."""
        return next(iter(self.names)) if len(self.names) == 1 else ""

    @cached_property
    def finder(self) -> "Finder":
        """Its towns and venues, by what people call them."""
        return Finder(self)


def bare(address: str, names: Iterable[str] = ()) -> str:
    """An address without postal code, prefecture and city, its 丁目 in digits; and without what
    else people write this way or that.
    """
    text = chome_in_digits(unicodedata.normalize("NFKC", address))
    text = "".join(text.split()).translate(_ALIKE)
    text = _POSTAL.sub("", text)
    for name in names:
        alike = name.translate(_ALIKE)
        if alike and 0 <= (at := text.find(alike)) <= 12:
            return text[at + len(alike) :]
    return text


def chome_in_digits(text: str) -> str:
    """桜一丁目 as 桜1丁目."""
    return _CHOME.sub(_in_digits, text)


def _in_digits(found: re.Match[str]) -> str:
    """二十三 as 23."""
    tens, ten, ones = found[1].rpartition("十")
    number = (_KANJI.find(tens) if tens else 1) * 10 if ten else 0
    return str(number + (_KANJI.find(ones) if ones else 0))


class Finder:
    """Finds a town by the name in a list, or the place of a row by its name and address."""

    def __init__(self, city: City) -> None:
        self._city = city
        # The names as they are, then without 大字 and 字: where both are there (梶橋, 字梶橋)
        # they are two towns.
        self._exact = _by_name((bare(town.name, city.names), town) for town in city.towns)
        self._loose = _by_name((_short(name), town) for name, found in self._exact.items()
                               for town in found)  # fmt: skip
        self._longest = max(map(len, (*self._exact, *self._loose)), default=0)
        self._postal: dict[str, list[Town]] = {}
        for town in city.towns:
            self._postal.setdefault(town.postal_code, []).append(town)
        self._venues = places.Beginnings((one.name, one) for one in city.venues)
        self._addresses = {self._address(one.address): one for one in reversed(city.venues)}
        self._addresses.pop("", None)
        self._near: Town | None = None

    def _address(self, address: str) -> str:
        return places.loose(_short(bare(address, self._city.names)))

    def town(self, name: str) -> list[Town]:
        """The towns a list may mean by a name: one, none, or several it does not tell apart."""
        wanted = bare(name, self._city.names)
        return self._exact.get(wanted) or self._loose.get(_short(wanted), [])

    def is_far(self, lat: float, lng: float) -> bool:
        """True when a point is more than `FAR_METRES` from every town; False without towns."""
        if self._near and _within(self._near, lat, lng):
            return False
        # Rows of a list lie near each other: the town that answered last most often answers next.
        self._near = next((one for one in self._city.towns if _within(one, lat, lng)), None)
        return bool(self._city.towns) and self._near is None

    def place(self, name: str, address: str, postal_code: str = "") -> Placed | None:
        """Where something must be: in a venue, else in the town its address begins with, else in
        the middle of the towns of its postal code; None when that cannot be told.
        """
        if venue := self._venue(name, address):
            return Placed(venue.lat, venue.lng, "address", "placed_venue")
        if town := self._town_of(address):
            return Placed(town.lat, town.lng, "town", "placed_town")
        digits = "".join(re.findall(r"\d", unicodedata.normalize("NFKC", postal_code)))
        if not digits and (found := _POSTAL.search(unicodedata.normalize("NFKC", address))):
            digits = found[1] + found[2]
        if towns := self._postal.get(digits) if len(digits) == 7 else None:
            lat = sum(one.lat for one in towns) / len(towns)
            lng = sum(one.lng for one in towns) / len(towns)
            return Placed(lat, lng, "town", "placed_postal")
        return None

    def _venue(self, name: str, address: str) -> Venue | None:
        """By a name that begins with the venue's (市役所 1階ロビー), else by the address."""
        return self._venues.find(name) or self._addresses.get(self._address(address))

    def _town_of(self, address: str) -> Town | None:
        wanted = bare(address, self._city.names)
        # 桜1-6-20 is in 桜1丁目, where there is one.
        written_out = re.sub(r"^(\D+?)(\d{1,2})(?:-|の|番)", r"\1\2丁目", wanted)
        for index, make in ((self._exact, str), (self._loose, _short)):
            texts = {make(wanted), make(written_out)}
            for length in range(self._longest, 0, -1):
                for text in texts:
                    found = index.get(text[:length], []) if length <= len(text) else []
                    if len(found) == 1:
                        return found[0]
        return None


def _short(name: str) -> str:
    return _WITHOUT.sub("", name)


def _by_name(pairs: Iterable[tuple[str, Town]]) -> dict[str, list[Town]]:
    found: dict[str, list[Town]] = {}
    for name, town in pairs:
        if name:
            found.setdefault(name, []).append(town)
    return found


def _within(town: Town, lat: float, lng: float) -> bool:
    return places.metres(town.lat, town.lng, lat, lng) <= FAR_METRES
