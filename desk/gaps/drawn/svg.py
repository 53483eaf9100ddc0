"""SVG as text: elements whose every value is escaped, lines of text, and names kept apart.

Text stays text, so a picture needs no font here: the reader's own browser draws it.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import NewType

Svg = NewType("Svg", str)  # markup that is safe; everything else goes through `text` or `el`
Box = tuple[float, float, float, float]  # left, top, right, bottom

FONTS = "'BIZ UDPGothic','Hiragino Sans','Noto Sans JP','Noto Sans CJK JP',sans-serif"
INK, QUIET, LINE, GREEN = "#1B2422", "#4A5A55", "#8FA39C", "#0B5D57"
# What XML 1.0 cannot hold (its production 2, Char).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PIECES = re.compile(r"[\x21-\x7e]+\s*|.", re.DOTALL)
_NARROW = 0.55  # of its size an ASCII letter is wide; what is drawn full width is 1


def text(value: str) -> Svg:
    """A text as the inside of an element."""
    return Svg(escape(_NO_XML.sub("\ufffd", value)))


def el(name: str, *inside: Svg, **attributes: str | float) -> Svg:
    """An element; `stroke_width=2` is the attribute stroke-width.

    Raises:
        ValueError: for a number that is not finite.
    """
    said = "".join(
        f' {key.strip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
    )
    return Svg(f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>")


def group(parts: Iterable[Svg], **attributes: str | float) -> Svg:
    """Several elements as one."""
    return el("g", *parts, **attributes)


def words(
    x: float,
    y: float,
    value: str,
    *,
    size: float = 15,
    anchor: str = "start",
    bold: bool = False,
    fill: str = INK,
    halo: bool = False,
) -> Svg:
    """One line of text from a point of its base line; `halo` keeps it readable on a ground."""
    more: dict[str, str | float] = {"font_weight": "bold"} if bold else {}
    if halo:
        more |= {
            "stroke": "#FFFFFF",
            "stroke_width": 4,
            "stroke_linejoin": "round",
            "paint_order": "stroke",
        }
    return el("text", text(value), x=x, y=y, font_size=size, text_anchor=anchor, fill=fill, **more)


def width(value: str, size: float) -> float:
    """About how wide a text is, in the unit of its size."""
    return size * sum(
        1.0 if unicodedata.east_asian_width(one) in "WFA" else _NARROW for one in value
    )


def clip(value: str, most: float, size: float) -> str:
    """A text cut to a width, with 「…」 where something is missing."""
    if width(value, size) <= most:
        return value
    while value and width(value, size) > most - size:
        value = value[:-1]
    return value + "…"


def wrap(value: str, most: float, size: float) -> list[str]:
    """A text in lines of a width: Japanese breaks anywhere, words stay whole where they fit."""
    lines = [""]
    for piece in _PIECES.findall(value):
        for part in piece if width(piece, size) > most else (piece,):
            if lines[-1] and width(lines[-1] + part.rstrip(), size) > most:
                lines.append("")
            lines[-1] += part if lines[-1] else part.lstrip()
    return [line.rstrip() for line in lines if line.strip()]


def lines(x: float, y: float, rows: Sequence[str], *, size: float = 15, fill: str = INK) -> Svg:
    """Lines of text one below the other."""
    return group(
        words(x, y + number * size * 1.4, row, size=size, fill=fill)
        for number, row in enumerate(rows)
    )


def names(
    places: Sequence[tuple[float, float, str]],
    within: Box,
    *,
    size: float,
    radius: float,
    others: Sequence[tuple[float, float]] = (),
    must: bool = False,
) -> tuple[Svg, int]:
    """A name beside each of its points, none over another name, the first ones first.

    None lies over a point either, its own or of `others`; where there is no such room, a name
    that `must` be there may cover some of the others.

    Returns:
        The names, with a thin line where one stands apart, and how many found no room.
    """

    def around(points: Iterable[tuple[float, float]]) -> list[Box]:
        return [(x - radius, y - radius, x + radius, y + radius) for x, y in points]

    taken, soft = around((x, y) for x, y, _name in places), around(others)
    rules: list[Svg] = []
    said: list[Svg] = []
    for x, y, name in places:
        wide = width(name, size)
        boxes = [
            one
            for one in _around(x, y, wide, size, radius, within)
            if not any(_meet(one, other) for other in taken)
        ]
        free = (one for one in boxes if not any(_meet(one, other) for other in soft))
        spot = next(free, boxes[0] if boxes and must else None)
        if spot is None:
            continue
        left, top, right, bottom = spot
        taken.append(spot)
        near = (min(max(x, left), right), min(max(y, top), bottom))
        if math.dist(near, (x, y)) > 1.6 * radius:
            rules.append(el("path", d=path([(x, y), near]), stroke=INK, stroke_width=1))
        said.append(words(left, bottom - 0.2 * size, name, size=size, bold=True, halo=True))
    return group((*rules, *said)), len(places) - len(said)


def path(points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """The `d` of a line through points."""
    return "M" + "L".join(f"{_value(x)} {_value(y)}" for x, y in points) + "Z" * closed


def _around(
    x: float, y: float, wide: float, size: float, radius: float, within: Box
) -> Iterable[Box]:
    """The boxes a name could have inside the field, the nearest to its point first."""
    for away in (radius + 3, radius + 22, radius + 46, radius + 75):
        half = size * 0.6
        for left, top in (
            (x + away, y - half),
            (x - away - wide, y - half),
            (x - wide / 2, y - away - 2 * half),
            (x - wide / 2, y + away),
            (x + 0.7 * away, y - 0.7 * away - half),
            (x + 0.7 * away, y + 0.7 * away - half),
            (x - 0.7 * away - wide, y - 0.7 * away - half),
            (x - 0.7 * away - wide, y + 0.7 * away - half),
        ):
            right, bottom = left + wide, top + 2 * half
            if (
                left >= within[0]
                and top >= within[1]
                and right <= within[2]
                and bottom <= within[3]
            ):
                yield left, top, right, bottom


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return text(value)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
