"""Numbers that are somebody's, written so that they do not look like it. Seeded."""

import random
from dataclasses import dataclass

from desk.my_number import check_digit

FIGURES = {
    "plain": "0123456789",
    "full width": "０１２３４５６７８９",
    "kanji": "〇一二三四五六七八九",
    "formal kanji": "零壱弐参四伍六七八九",
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
    "black": "⓿❶❷❸❹❺❻❼❽❾",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
}
BETWEEN = ("", " ", "-", "－", "ー", "―", "・", ".", "、", "。", "_", "/", "\n", "　", "–", "−")
UNSEEN = ("\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u202e", "\x07", "\ufe0f")
SENTENCES = (
    "{}",
    "番号は{}です",
    "{}と言われた。",
    "カードの番号：{}",
    "メモ「{}」まで確認",
    "75歳、iPhone 15です。{}",
    "折り返しは{}へ",
)


@dataclass(frozen=True)
class Planted:
    """A disguised number: its digits as they are, and the text that hides them."""

    digits: str
    text: str
    kind: str


def planted(count: int = 240, seed: int = 119) -> list[Planted]:
    """So many texts, each with another number of 12 digits (every other with a valid check digit),
    11, 10 or 7.
    """
    pick = random.Random(seed)
    lengths = (12, 12, 12, 12, 11, 10, 7)
    found: dict[str, Planted] = {}
    while len(found) < count:
        length = lengths[len(found) % len(lengths)]
        digits = "".join(pick.choices("123456789", k=1) + pick.choices("0123456789", k=length - 1))
        if length == 12 and len(found) % 2:
            digits = digits[:11] + str(check_digit(digits[:11]))
        likely = length == 12 and digits[11] == str(check_digit(digits[:11]))
        kind = {12: "my_number" if likely else "twelve", 11: "eleven", 10: "ten", 7: "seven"}
        text = pick.choice(SENTENCES).format(_hidden(pick, digits))
        found.setdefault(digits, Planted(digits, text, kind[length]))
    return list(found.values())


def _hidden(pick: random.Random, digits: str) -> str:
    """The digits in one kind of figures or in several, together, in groups or each by itself."""
    kinds = list(FIGURES.values())
    figures = [pick.choice(kinds)] * len(digits)
    if pick.random() < 0.3:
        figures = [pick.choice(kinds) for _ in digits]
    mark = pick.choice(BETWEEN)
    group = pick.choice((1, 3, 4, 12))
    mixed, unseen = pick.random() < 0.2, pick.random() < 0.3
    text = ""
    for at, digit in enumerate(digits):
        if at and at % group == 0:
            text += pick.choice(BETWEEN) if mixed else mark
        if at and unseen and pick.random() < 0.5:
            text += pick.choice(UNSEEN)
        text += figures[at][int(digit)]
    return text
