"""Free Wi-Fi of the city's facilities: where it is, how far, and how to join it. Public."""

from dataclasses import dataclass

from desk import places, store
from desk.refusals import Refused

_SPECIAL = str.maketrans({c: f"\\{c}" for c in '\\;,":'})
_COLUMNS = (
    "id, name, address, area, ssid, how, security, password, provider, note, checked_on, lat, "
    "lng, trial"
)


@dataclass(frozen=True)
class Spot:
    """A Wi-Fi spot; lat and lng in WGS84 degrees, `security` open or WPA."""

    id: str
    name: str
    address: str
    area: str
    ssid: str
    how: str
    security: str
    password: str
    provider: str
    note: str
    checked_on: str
    lat: float
    lng: float
    trial: bool

    @property
    def steps(self) -> list[str]:
        """How to connect, one step a line."""
        return [step.strip() for step in self.how.splitlines() if step.strip()]


@dataclass(frozen=True)
class Near:
    """A spot seen from a point: metres in a straight line, whole minutes on foot."""

    spot: Spot
    metres: float

    @property
    def minutes(self) -> int:
        return places.walk_minutes(self.metres)


def spots() -> list[Spot]:
    """Every spot, by name."""
    return [
        Spot(**{**row, "trial": bool(row["trial"])})
        for row in store.rows(
            f"SELECT {_COLUMNS} FROM wifi_spot WHERE active = 1 ORDER BY name, id"
        )
    ]


def spot(spot_id: str) -> Spot:
    """One spot.

    Raises:
        Refused: `spot_unknown`.
    """
    found = [one for one in spots() if one.id == spot_id]
    if not found:
        raise Refused("spot_unknown")
    return found[0]


def nearest(lat: float, lng: float, among: list[Spot], *, most: int | None = None) -> list[Near]:
    """The spots in the order of their straight-line distance from a point in degrees."""
    near = [Near(one, places.metres(lat, lng, one.lat, one.lng)) for one in among]
    return sorted(near, key=lambda one: (one.metres, one.spot.name))[:most]


def join_text(ssid: str, *, security: str = "open", password: str = "") -> str:
    """What a QR code holds so that a phone's camera offers to join the network.

    The form is the one ZXing introduced (github.com/zxing/zxing/wiki/Barcode-Contents): `\\`,
    `;`, `,`, `"` and `:` are escaped with a backslash.
    """
    name = ssid.translate(_SPECIAL)
    if security == "open":
        return f"WIFI:T:nopass;S:{name};;"
    return f"WIFI:T:{security};S:{name};P:{password.translate(_SPECIAL)};;"
