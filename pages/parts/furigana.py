"""Japanese with readings over the kanji, as HTML in which every text is escaped."""

from html import escape

from desk.guide import reading


def ruby(text: str) -> str:
    """「{漢字|かんじ}を」 as HTML with <ruby>; a text whose braces mean nothing, as it stands."""
    try:
        pieces = reading.parts(text)
    except ValueError:
        pieces = ((text, ""),)
    return "".join(
        f"<ruby>{escape(piece)}<rt>{escape(read)}</rt></ruby>" if read else escape(piece)
        for piece, read in pieces
    )
