"""Wi-Fi: the code on the screen joins exactly that network, and the nearest comes first."""

import io
import re

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from desk import codes, places, wifi
from desk.wifi import Spot
from tests.conftest import refuses

HOSTILE = [
    "MIHON_Free_WiFi_1",
    "市役所 Wi-Fi",
    'a;b,c:d"e\\f',
    ";;",
    "\\",
    "T:WPA;P:x",
    "Café 'x' <b>&amp;",
    " 空白 ",
]


def seen(text: str) -> str:
    """What a camera reads from the picture on the screen."""
    picture = Image.open(io.BytesIO(codes.qr_png(text)))
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


def joined(text: str) -> dict[str, str]:
    """What a phone makes of the text: fields, unescaped."""
    assert text.startswith("WIFI:")
    fields = re.findall(r"([TSP]):((?:\\.|[^\\;])*);", text.removeprefix("WIFI:"), re.DOTALL)
    return {key: re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL) for key, value in fields}


@pytest.mark.parametrize("ssid", HOSTILE)
def test_a_camera_reads_exactly_the_network(ssid: str) -> None:
    opened = wifi.join_text(ssid)
    assert seen(opened) == opened
    assert joined(opened) == {"T": "nopass", "S": ssid}
    closed = wifi.join_text(ssid, security="WPA", password=ssid[::-1])
    assert seen(closed) == closed
    assert joined(closed) == {"T": "WPA", "S": ssid, "P": ssid[::-1]}


@given(ssid=some.text(), password=some.text())
def test_no_name_or_password_can_pass_for_another_field(ssid: str, password: str) -> None:
    text = wifi.join_text(ssid, security="WPA", password=password)
    assert joined(text) == {"T": "WPA", "S": ssid, "P": password}
    assert text.endswith(";;")


def test_the_text_is_the_one_phones_know() -> None:
    assert wifi.join_text("a;b") == "WIFI:T:nopass;S:a\\;b;;"
    assert wifi.join_text("a", password="unused") == "WIFI:T:nopass;S:a;;"
    assert wifi.join_text("a", security="WPA", password="p:q") == "WIFI:T:WPA;S:a;P:p\\:q;;"


@pytest.mark.parametrize("text", ["A2B3C4", "http://desk.example/slip/x-y_z"])
def test_the_paper_code_is_an_svg_of_its_own(text: str) -> None:
    sturdy, light = codes.qr_svg(text), codes.qr_svg(text, sturdy=False)
    for picture in (sturdy, light):
        assert re.match(r"(<\?xml[^>]*>\s*)?<svg ", picture)
        assert text not in picture
    assert codes.qr_svg(text) == sturdy


def test_a_code_can_be_read_aloud_and_typed_back() -> None:
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert {len(code) for code in made} == {6}
    assert set("".join(made)) <= set(codes.ALPHABET)
    assert set("01IO") & set(codes.ALPHABET) == set()
    assert [codes.read_code(t) for t in ("a2b-3c4", " A2B 3C4 ", "Ａ２Ｂ　３Ｃ４")] == [
        "A2B3C4"
    ] * 3


def spot(id: str, lat: float, lng: float) -> Spot:
    return Spot(id, id, "x", lat, lng, how="一 \n\n 二")


def test_the_nearest_comes_first() -> None:
    far, near, same = spot("far", 38.2, 140.9), spot("b", 38.11, 140.87), spot("a", 38.11, 140.87)
    found = wifi.nearest(38.1, 140.87, [far, near, same])
    assert [one.spot.id for one in found] == ["a", "b", "far"]
    # A degree of latitude is 111.195 km on a sphere of the mean radius.
    assert found[0].metres == pytest.approx(1111.95, abs=0.01)
    assert found[0].minutes == 14
    assert [one.spot.id for one in wifi.nearest(38.1, 140.87, [far, near], most=1)] == ["b"]
    assert wifi.nearest(38.1, 140.87, []) == []
    assert near.steps == ["一", "二"]


def test_distance_is_the_great_circle() -> None:
    assert places.metres(38.1, 140.8, 38.1, 140.8) == 0
    # 東京駅 – 大阪駅
    assert places.metres(35.681236, 139.767125, 34.702485, 135.495951) == pytest.approx(
        403_000, rel=0.003
    )
    assert places.metres(1, 2, 3, 4) == pytest.approx(places.metres(3, 4, 1, 2))


@pytest.mark.parametrize(("metres", "minutes"), [(0, 1), (80, 1), (80.1, 2), (800, 10), (801, 11)])
def test_a_minute_on_foot_is_eighty_metres_rounded_up(metres: float, minutes: int) -> None:
    assert places.walk_minutes(metres) == minutes


@pytest.mark.usefixtures("city")
def test_every_spot_of_the_city_can_be_opened() -> None:
    spots = wifi.spots()
    assert [wifi.spot(one.id) for one in spots] == spots
    assert spots != []
    with refuses("spot_unknown"):
        wifi.spot("none")
