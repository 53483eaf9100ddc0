"""Dates, times and amounts in a text, so that they are not taken for somebody's number.

`let_through` wants text in half width (NFKC). An amount or a time becomes BROKEN, which ends a run
of digits. A date in figures (2026-11-24, 11/24) becomes DATED digits: they may be a piece of a
longer number that only looks like a date.
"""

import re

BROKEN = "\ue100"
_DATED = str.maketrans({str(digit): chr(0xE000 + digit) for digit in range(10)})
DATED = "\ue000-\ue009"  # for a class of a pattern
UNDATED = {0xE000 + digit: str(digit) for digit in range(10)}  # for str.translate

# What may stand between the digits of one number. The Japanese の and the kanji of large numbers
# are among them: 090の1234の5678, 1234億5678万9012.
_BETWEEN = r"\s\-‐-―−─━ー・·•.,、。_/:~〜()'の万億兆"
SEPARATOR = f"[{_BETWEEN}]"

# Digits in kanji; text may come before they are made figures: 10:00一人で, 五2/1四.
KANJI = "〇一二三四五六七八九零壱壹弌弐貳貮参參肆伍陸漆捌玖"
_ANY = rf"[\d{KANJI}]"
_ALONE = rf"(?<!{_ANY})(?<!{_ANY}{SEPARATOR})(?<!{_ANY}{SEPARATOR}{{2}})"
# One kanji digit may follow at once, as a word of its own, but no more digits.
_ENDS = rf"(?!\d|{SEPARATOR}{{1,2}}\d|{SEPARATOR}{{0,2}}[{KANJI}]{SEPARATOR}{{0,2}}{_ANY})"
_APART = r"(?<![\d,.\-/])"
_GROUPED = r"\d{1,3}(?:,\d{3}){1,2}"
# Units after which a telephone number or an account would hardly be written.
_UNITS = (
    r"(?:円|万|千|百|%|歩|人|名|回|度|台|本|枚|個|件|点|階|丁目|番地|番線|番窓口|番のり|号室|号車|号線|年|月|日|"
    r"時|分|秒|週|歳|才|代|席|組|校|社|か所|ヶ所|カ所|箇所|つ|杯|通|文字|けた|桁|割|倍|期|級|次|版|世代|系|均|℃|°|"
    r"脚|型|冊|足|軒|戸|世帯|区|条|項|章|頁|ページ|ポイント|ギガ|メガ|キロ|メートル|グラム|インチ|ボタン|"
    r"(?:km|cm|mm|m|kg|g|gb|mb|kb|tb|ghz|mhz|hz|px|pt|ml|l|f|yen)(?![a-z]))"
)
_TO = r"\s?[~〜\-–―ー→]\s?"
_MONTH, _DAY = r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_AMOUNT = re.compile(
    rf"{_APART}(?:{_GROUPED}|\d{{1,7}})\s?(?:円|歩|人|ポイント)"
    rf"|{_APART}(?:{_GROUPED}|\d{{1,5}})(?:\.\d{{1,2}})?\s?{_UNITS}"
    rf"|{_APART}(?:{_GROUPED}|\d{{1,5}}){_TO}(?:{_GROUPED}|\d{{1,5}})\s?{_UNITS}"
    rf"|{_APART}\d{{1,3}}(?:[、,・]\s?\d{{1,3}}){{1,4}}\s?{_UNITS}"
    rf"|{_APART}(?:19|20)\d\d(?:[、,・~〜\-–]\s?(?:19|20)\d\d){{1,3}}年"
    rf"|{_ALONE}\d{{1,4}}[番号]"
    rf"|¥\s?(?:{_GROUPED}|\d{{1,7}})(?![\d,])|[第約]\s?(?:{_GROUPED}|\d{{1,7}})(?!{SEPARATOR}?\d)"
    r"|0x[0-9a-f]{1,8}(?![0-9a-f])|(?<![\d.])192\.168\.\d{1,3}\.\d{1,3}(?![\d.])",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"(?<![\d{KANJI}./\-])(?:(?:19|20)\d\d|(?<=[RHS])\d{{1,2}})([-/.]){_MONTH}\1{_DAY}"
    rf"(?![\d/]|[{KANJI}]{SEPARATOR}{{0,2}}{_ANY})"
    rf"|{_ALONE}(?:0[1-9]|1[0-2])-\d\d[~\-](?:0[1-9]|1[0-2])-\d\d{_ENDS}"
    rf"|{_ALONE}20[0-4]\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9]){_ENDS}",
    re.IGNORECASE,
)
_TIME = re.compile(
    rf"(?<![\d{KANJI}:])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?"
    rf"(?![\d:]|[{KANJI}]{SEPARATOR}{{0,2}}{_ANY})"
)
_DAYS = re.compile(
    rf"{_ALONE}{_MONTH}/{_DAY}(?:[、,・~〜\-–―\s]{{1,2}}{_MONTH}/{_DAY}){{0,9}}"
    rf"{_ENDS}"
    # A day and an amount: 11/24 12,800円
    rf"|{_ALONE}{_MONTH}/{_DAY}(?=[\s、,]{{1,2}}(?:{_GROUPED}|\d{{1,7}})\s?{_UNITS})"
)


def let_through(text: str) -> str:
    """The text with its dates, times and amounts marked; it may be shorter then."""
    text = _TIME.sub(BROKEN, text)
    for pattern in (_DATE, _DAYS):
        text = pattern.sub(lambda found: found[0].translate(_DATED), text)
    return _AMOUNT.sub(BROKEN, text)
