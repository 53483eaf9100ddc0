"""Short codes a person can read aloud, and QR pictures of text."""

import io
import secrets
import unicodedata

import qrcode
import qrcode.image.svg
import zxingcpp
from PIL import Image, ImageFilter
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q

# No 0/O and no 1/I: they are told apart neither on paper nor on the telephone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 6
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
# What Pillow says of a file that is no picture, a broken one, or one that would fill the memory.
_NO_PICTURE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
_MISREAD = str.maketrans({" ": None, "-": None, "　": None})


def new_code() -> str:
    """Six random characters of `ALPHABET` (32**6 ≈ 10⁹ of them)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """A code as somebody typed it: upper case, without spaces and hyphens, half width."""
    return unicodedata.normalize("NFKC", typed).translate(_MISREAD).upper()


def qr_svg(text: str, *, sturdy: bool = True) -> str:
    """An SVG document of a QR code with its quiet zone.

    `sturdy` uses error correction Q (25 %) for paper, else M (15 %) for a screen.
    """
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_Q if sturdy else ERROR_CORRECT_M, box_size=10, border=4
    )
    code.add_data(text)
    picture = code.make_image(image_factory=qrcode.image.svg.SvgPathFillImage)
    out = io.BytesIO()
    picture.save(out)
    return out.getvalue().decode()


def qr_png(text: str) -> bytes:
    """A PNG of a QR code, 8 pixels a module, for a screen."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, box_size=8, border=4)
    code.add_data(text)
    out = io.BytesIO()
    code.make_image().save(out, "PNG")
    return out.getvalue()


def read_picture(content: bytes) -> set[str]:
    """The codes of slips in a photograph (PNG, JPEG …); other codes there may be are not ours.

    None in what is no picture, or a picture too large to be a photograph.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            grey = _on_white(picture).convert("L")
    except _NO_PICTURE:
        return set()
    return _codes_in(grey) or _codes_in(_sharpened(grey))


def _codes_in(grey: Image.Image) -> set[str]:
    found = zxingcpp.read_barcodes(grey, formats=_QR)
    return {one.text for one in found if _is_code(one.text)}


def _sharpened(grey: Image.Image) -> Image.Image:
    """A second look at what is grainy or out of focus: with less grain and harder edges."""
    smooth = grey.filter(ImageFilter.GaussianBlur(1))
    return smooth.filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture without what can be seen through, which would become black."""
    if not picture.has_transparency_data:
        return picture
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)


def _is_code(text: str) -> bool:
    return len(text) == LENGTH and set(text) <= set(ALPHABET)
