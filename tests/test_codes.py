"""Codes in photographs: turned, mirrored, large, dark, beside other codes, or no picture at all."""

import io
from random import Random

import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from desk import codes

CODE, OTHER = "AB23CD", "XY98ZW"
TABLE = (190, 185, 175)
TURNED_BY_EXIF = 0x112


def drawn(text: str, size: int = 400) -> Image.Image:
    return Image.open(io.BytesIO(codes.qr_png(text))).convert("RGB").resize((size, size))


def photograph(*texts: str, angle: float = 0, size: tuple[int, int] = (1280, 720)) -> Image.Image:
    """Papers with codes side by side on a table."""
    scene = Image.new("RGB", size, TABLE)
    for n, text in enumerate(texts):
        turned = drawn(text).rotate(angle, expand=True, fillcolor=(255, 255, 255))
        scene.paste(turned, (60 + 600 * n, 100))
    return scene


def jpeg(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize("angle", [0, 5, 15, 45, 90, 180, 271])
def test_a_slip_may_lie_as_it_likes(angle: int) -> None:
    assert codes.read_picture(jpeg(photograph(CODE, angle=angle))) == {CODE}


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photograph_turned_or_mirrored_by_its_camera_is_read(turned: int) -> None:
    kept = Image.Exif()
    kept[TURNED_BY_EXIF] = turned
    assert codes.read_picture(jpeg(photograph(CODE, angle=15), exif=kept)) == {CODE}
    assert codes.read_picture(jpeg(ImageOps.mirror(photograph(CODE)))) == {CODE}


def test_large_and_dark_photographs_are_read() -> None:
    large = photograph(CODE, angle=15, size=(4000, 3000))
    assert codes.read_picture(jpeg(large)) == {CODE}
    assert codes.read_picture(jpeg(ImageEnhance.Brightness(large).enhance(0.1))) == {CODE}


def test_a_blurred_and_grainy_photograph_is_read() -> None:
    grain = Random(1)
    page = photograph(CODE, angle=5).resize((640, 360)).filter(ImageFilter.GaussianBlur(3))
    noise = Image.frombytes("L", page.size, grain.randbytes(640 * 360))
    blurred = Image.blend(page.convert("L"), noise, 0.3)
    assert codes.read_picture(jpeg(blurred, quality=75)) == {CODE}


def test_a_picture_that_can_be_seen_through_is_read() -> None:
    out = io.BytesIO()
    picture = drawn(CODE).convert("RGBA")
    picture.putalpha(drawn(CODE).convert("L").point(lambda grey: 255 - grey))  # black, or nothing
    picture.save(out, "PNG")
    assert codes.read_picture(out.getvalue()) == {CODE}


def test_only_the_codes_of_slips_count() -> None:
    poster = "https://desk.example/classes?venue=0421110001"
    assert codes.read_picture(jpeg(photograph(poster, CODE))) == {CODE}
    assert codes.read_picture(jpeg(photograph(CODE, CODE))) == {CODE}
    assert codes.read_picture(jpeg(photograph(CODE, OTHER))) == {CODE, OTHER}
    for text in (poster, "AB23C", "AB23CDE", "AB01CD", "WIFI:S:City;;"):
        assert codes.read_picture(jpeg(photograph(text))) == set()
    assert codes.read_picture(jpeg(photograph())) == set()


def test_what_is_no_picture_or_a_broken_one_has_no_code() -> None:
    whole = codes.qr_png(CODE)
    header = whole.index(b"IHDR")
    bomb = whole[: header + 4] + b"\xff\xff\xff\x7f" * 2 + whole[header + 12 :]
    spoiled = whole.replace(b"IEND", b"I!ND")
    for content in (b"", b"GIF89a", "あ".encode(), whole[:80], whole[: header + 6], bomb, spoiled):
        assert codes.read_picture(content) <= {CODE}
    for n in range(8, len(whole)):
        codes.read_picture(whole[:n] + bytes([whole[n] ^ 0x41]) + whole[n + 1 :])
        codes.read_picture(whole[:n])
    huge = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(huge, "PNG")
    assert codes.read_picture(huge.getvalue()) == set()
