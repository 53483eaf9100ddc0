"""A small city, and files of its lists to read against it."""

from desk.opendata.place import Town, Venue
from desk.opendata.rows import City, Repair, Row, Table, read

CITY = City(
    codes=frozenset({"042111"}),
    names=frozenset({"岩沼市"}),
    towns=(
        Town("042111-桜一丁目", "桜一丁目", "9892480", 38.1040, 140.8700),
        Town("042111-桜二丁目", "桜二丁目", "9892480", 38.1060, 140.8720),
        Town("042111-里の杜二十三丁目", "里の杜二十三丁目", "", 38.1076, 140.8770),
        Town("042111-土ケ崎", "土ケ崎", "9892455", 38.1000, 140.8800),
        Town("042111-梶橋", "梶橋", "", 38.1100, 140.8900),
        Town("042111-字梶橋", "字梶橋", "", 38.1200, 140.8950),
        Town("042111-押分", "押分", "", 38.0900, 140.9000),
    ),
    venues=(
        Venue("0421110001", "岩沼市役所", "宮城県岩沼市桜一丁目6-20", 38.1044, 140.8701),
        Venue("7", "中央公民館", "", 38.1077, 140.8774),
    ),
    wifi_ids=frozenset({"042111W01", "042111W02", "7"}),
)
POINT = {"緯度": "38.1044", "経度": "140.8701"}
SPOT = {"名称": "市役所", "SSID": "Iwanuma", **POINT}
PLACE = {"名称": "市役所", "住所": "宮城県岩沼市桜一丁目6-20", **POINT}
EVENT = {"イベント名": "スマホ教室", "開始日": "2026-12-01"}
COARSE = {"地域名": "押分", "0-14歳": "1", "15-64歳": "2", "65-74歳": "3", "75歳以上": "4"}


def text(*rows: dict[str, str], delimiter: str = ",") -> str:
    """A file of rows, with the columns of the first; every cell quoted."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n"
        for line in lines
    )


def table(*rows: dict[str, str], city: City = CITY, name: str = "list.csv") -> Table:
    """A file of rows, read."""
    return read(text(*rows).encode(), name, city)


def one(row: dict[str, str], city: City = CITY, name: str = "list.csv") -> Row:
    """A file of one row, read."""
    (found,) = table(row, city=city, name=name).rows
    return found


def why(row: Row) -> list[str]:
    """What was put right in a row."""
    return [repair.why for repair in row.repairs]


def of(row: Row, column: str) -> list[Repair]:
    """What was put right in a column of a row."""
    return [repair for repair in row.repairs if repair.column == column]
