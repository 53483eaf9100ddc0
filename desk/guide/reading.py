"""Readings (ふりがな) in texts of the guide: 「{漢字|かんじ}」 carries its own."""

import re

_READ = re.compile(r"\{([^{}|]+)\|([ぁ-ゖァ-ヺー・ ]+)\}")
_KANJI = re.compile(r"[一-鿿㐀-䶿々〆ヶ]")


def parts(text: str) -> tuple[tuple[str, str], ...]:
    """The text in order, each piece with its reading, "" where it has none.

    Raises:
        ValueError: for a brace or bar that is not part of a 「{漢字|かんじ}」.
    """
    found: list[tuple[str, str]] = []
    end = 0
    for one in _READ.finditer(text):
        found.append((text[end : one.start()], ""))
        found.append((one[1], one[2]))
        end = one.end()
    found.append((text[end:], ""))
    if any(not reading and re.search(r"[{}|]", piece) for piece, reading in found):
        raise ValueError(text)
    return tuple((piece, reading) for piece, reading in found if piece)


def bare(text: str) -> str:
    """The text without its readings: 「{漢字|かんじ}を」 is 「漢字を」.

    Raises:
        ValueError: as `parts`.
    """
    return "".join(piece for piece, _reading in parts(text))


def unread(text: str) -> str:
    """The kanji of a text that no reading stands over, in order; "" when every one is read."""
    return "".join("".join(_KANJI.findall(piece)) for piece, read in parts(text) if not read)
