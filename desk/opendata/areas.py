"""Prefectures, six-digit codes, and an address taken apart where that is certain. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

# JIS X 0401: the first two digits of a city's code, from 01.
PREFECTURES = (
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
)
_NUMBER = re.compile(r"[0-9０-９].*|", re.DOTALL)


def prefecture(code: str) -> str:
    """The prefecture of a code; empty when it is none."""
    number = int(code[:2]) if re.match("[0-9]{2}", code) else 0
    return PREFECTURES[number - 1] if 0 < number <= len(PREFECTURES) else ""


def whole(five: str) -> str:
    """A code of five digits with its check digit (総務省「全国地方公共団体コード」の仕様)."""
    total = sum(int(digit) * weight for digit, weight in zip(five, range(6, 1, -1), strict=True))
    return f"{five}{(11 - total % 11) % 10}"


def common(codes: Iterable[str]) -> str:
    """The code that stands for all of them: the city's, or their prefecture's when there are
    several; of several prefectures that of the most. Empty when no code is known.
    """
    counted = Counter(code for code in codes if prefecture(code))
    if len(counted) <= 1:
        return next(iter(counted), "")
    prefectures: Counter[str] = Counter()
    for code, times in counted.items():
        prefectures[code[:2]] += times
    most = max(prefectures.values())
    return whole(f"{min(two for two, times in prefectures.items() if times == most)}000")


def parts(
    address: str, code: str, city_name: str, towns: Collection[str]
) -> tuple[str, str, str, str]:
    """Prefecture, city, 町字 and the rest of an address, each empty where it is not certain.

    A 町字 is certain when the list of towns has it, a number follows or nothing, and no longer
    name of a town begins like it: 里の杜1-2-45 may be of 里の杜一丁目.
    """
    state = prefecture(code)
    begins = bool(state) and address.startswith(state)
    rest = address.removeprefix(state)
    if not (state and city_name and rest.startswith(city_name)):
        return state if begins else "", "", "", ""
    rest = rest.removeprefix(city_name)
    for length in range(len(rest), 0, -1):
        town = rest[:length]
        if town in towns and _NUMBER.fullmatch(rest[length:]):
            longer = any(len(one) > length and one.startswith(town) for one in towns)
            return state, city_name, *(("", "") if longer else (town, rest[length:]))
    return state, city_name, "", ""
