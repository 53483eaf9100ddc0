"""Numbers that are somebody's never enter: My Number and its kin, PINs, e-mail addresses.

番号法 §20 forbids collecting or keeping the number, and a volunteer's note is the likeliest place
for one. `kind` says what a text may hold that such a field does not let through. A number is found
however it is written: full width, in kanji, in circles, with separators or characters that print
nothing between its digits. Dates, times and amounts are told from numbers by `desk.amounts`.

The check digit only chooses the words: one number in ten has a valid one by chance, and a
mistyped My Number has none. Every run of twelve is refused.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass

from desk import amounts
from desk.amounts import DATED, SEPARATOR

LIKELY, TWELVE, ELEVEN, TEN, SEVEN = "my_number", "twelve", "eleven", "ten", "seven"
PIN, EMAIL = "pin", "email"
KINDS = (LIKELY, TWELVE, ELEVEN, TEN, SEVEN, PIN, EMAIL)  # the worst first


@dataclass(frozen=True)
class Field:
    """What a kind of field lets through: `telephones` (and postal codes), `public` (passwords and
    e-mail addresses everybody is told), `numbers` (whatever is shorter than 12 digits).
    """

    telephones: bool = False
    public: bool = False
    numbers: bool = False


# Notes, reasons, titles, names, searches, drafts, addresses of pages.
STRICT = Field()
# How somebody is reached.
REACH = Field(telephones=True)
# What the city's files say of its places, for everybody to read.
PUBLISHED = Field(telephones=True, public=True)
# Codes, ids, coordinates, columns of telephone numbers: long numbers are usual there.
FACT = Field(public=True, numbers=True)

# Weights of the eleven digits before the check digit: 平成26年総務省令第85号 第5条.
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_LONG = 12
_TRIED = 1_000  # windows of a run whose check digit is tried: so long a run is refused anyway


def check_digit(body: str) -> int:
    """The twelfth digit of a My Number, of its first eleven (平成26年総務省令第85号 第5条)."""
    rest = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
    return 0 if rest <= 1 else 11 - rest


def found_in(text: str) -> bool:
    """True when the text holds 12 digits or more in a row, however they are written apart."""
    return kind(text, FACT) is not None


def kind(text: str, field: Field = STRICT) -> str | None:
    """What of `KINDS` the text may hold that such a field does not let through; the worst.

    A run of 12 digits or more is `my_number` when 12 of them in a row have a valid check digit,
    else `twelve`; `seven` is a run of 7 to 9 digits.
    """
    if text.isascii() and not _ASCII.search(text):
        return None
    plain = _plain(text)
    found = _number(plain, field)
    if found in (LIKELY, TWELVE) or field.public:
        return found
    if _KEYWORD.search(plain) and _secret(plain):
        return PIN
    return found or (EMAIL if "@" in plain and _EMAIL.search(plain) else None)


_ASCII = re.compile(r"\d|@|pass|pw", re.IGNORECASE)  # what a text without any of it holds is none


# One form for what is written: half width, without what prints nothing.

_UNSEEN = frozenset(("Cc", "Cf", "Mn", "Me", "Cn", "Co"))
_NUMERIC = frozenset(("Nd", "No", "Nl"))


class _Forms(dict[int, str]):
    """For each character that came up what it counts as: a digit, a space, a dash, itself, or
    nothing.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        made = character
        if character.isspace():
            made = character if character in "\n\t" else " "
        elif category in _UNSEEN:
            made = ""
        elif category == "Pd":
            made = "-"
        elif category in _NUMERIC:
            value = unicodedata.numeric(character)
            made = str(int(value)) if value.is_integer() else character
        self[code] = made
        return made


_forms = _Forms()
_TO_DIGITS = str.maketrans(amounts.KANJI, "0123456789" + "011122233456789")
# A circle is a zero only beside a kanji digit: ○○さん is no number.
_ZEROS = re.compile(r"(?<=[〇一二三四五六七八九])[○◯]{1,9}|[○◯]{1,9}(?=[〇一二三四五六七八九])")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_forms)


def _in_digits(plain: str) -> str:
    if "○" in plain or "◯" in plain:
        plain = _ZEROS.sub(lambda found: "0" * len(found[0]), plain)
    return plain.translate(_TO_DIGITS)


_RUN = re.compile(rf"[\d{DATED}](?:{SEPARATOR}*+[\d{DATED}]){{6,}}+")
_BESIDE_A_DATE = 4  # so many other digits make a run with a date in it one long number
_AROUND = 12  # characters beside a run that may say it is an amount
# A list of dates longer than so many characters, or so many of them, are numbers.
_MOST_DATED, _MOST_RUNS = 1_000, 300
_DIGITS = re.compile(rf"[\d{amounts.KANJI}]")
# Telephone numbers (0223-22-1111, 090 1234 5678) and postal codes, with dates beside them.
_PHONE = r"0[2-9]0[-) ]{0,2}\d{4}[- ]?\d{4}|0[1-9](?:[-() ]{0,2}\d){8}"
_ONE = rf"(?>(?:{_PHONE}|\d{{3}}-\d{{4}}|[{DATED}:/.\-]+)(?!\d))"
_REACHED = re.compile(rf"{_ONE}(?>\s*+[、,/・(]?+\s*+{_ONE})*")


def _number(plain: str, field: Field) -> str | None:
    found: set[str | None] = set()
    for count, run in enumerate(_RUN.finditer(_in_digits(plain))):  # in nearly every text: none
        if count > _MOST_RUNS or run.end() - run.start() > _MOST_DATED:
            found.add(_kind_of(run[0], field))
        else:
            around = _undated(_with_units(plain, run.start(), run.end()))
            found.update(_kind_of(one[0], field) for one in _RUN.finditer(around))
        if LIKELY in found:
            break
    return next((one for one in KINDS if one in found), None)


def _with_units(plain: str, start: int, end: int) -> str:
    """A run of digits with what stands before and after it, but no other digits."""
    before, after = plain[max(0, start - _AROUND) : start], plain[end : end + _AROUND]
    return _DIGITS.split(before)[-1] + plain[start:end] + _DIGITS.split(after)[0]


def _undated(plain: str) -> str:
    # Kanji digits come second: 10:00一人で is a time and a person.
    return amounts.let_through(_in_digits(amounts.let_through(plain)))


def _kind_of(run: str, field: Field) -> str | None:
    digits = "".join(one for one in run if one.isdigit() or ord(one) in amounts.UNDATED)
    others = sum(map(str.isdigit, digits))
    if field.telephones and _REACHED.fullmatch(run):
        return None
    if len(digits) >= _LONG and others >= min(len(digits), _BESIDE_A_DATE):
        return LIKELY if _may_be(digits.translate(amounts.UNDATED)) else TWELVE
    if field.numbers:
        return None
    longest = max(map(len, re.split(rf"[{DATED}]+", digits)))
    return {11: ELEVEN, 10: TEN}.get(longest, SEVEN if longest >= 7 else None)


def _may_be(digits: str) -> bool:
    windows = (digits[at : at + _LONG] for at in range(min(len(digits) - _LONG + 1, _TRIED)))
    return any(int(one[-1]) == check_digit(one[:-1]) for one in windows)


# A PIN or a password beside its name.
_NAME = (
    r"(?:暗証(?:番号)?|パスワード|パスコード|(?<![a-z])(?:pin|pass|password|passcode|pw)(?![a-z])"
    r"|ピン(?=コード|番号|[はがを:=\s]))"
)
_BEFORE, _AFTER = 24, 60  # characters
_MOST_NAMED = 300  # so often the word is looked at in one text
_KEYWORD = re.compile(_NAME, re.IGNORECASE)
_NOT_ONE = r"(?!エラー|型番|機種|バージョン|[A-Z])"
_FIGURES = re.compile(
    rf"{_NAME}(?:コード|番号)?(?:{_NOT_ONE}[^\d。、\n]){{0,12}}\d(?:[\s\-]?\d){{3,15}}(?!\d)"
    rf"|(?<!\d)\d{{4,16}}」?(?:が|は|という|って)(?:.の)?{_NAME}",
    re.IGNORECASE,
)
_BRANDS = (
    r"(?!(?:google|apple|line|gmail|yahoo|android|iphone|ipad|ios|windows|galaxy|aquos|xperia|"
    r"wi-?fi|id|au|docomo|softbank|rakuten|amazon|facebook|icloud|microsoft|office|paypay|chatgpt|"
    r"zoom|teams|outlook)(?![a-z]))"
)
_LETTERS = re.compile(
    rf"{_NAME}\s?(?:[はがを:=「『\s]{{0,3}}{_BRANDS}(?=[!-~]{{0,30}}\d)(?=[!-~]{{0,30}}[a-z])[!-~]{{4,}}"
    rf"|[はが:=「『]{{1,2}}\s?{_BRANDS}[a-z]{{5,}}(?=$|[。、」』\s]|です|でした|だ))",
    re.IGNORECASE,
)


def _secret(plain: str) -> bool:
    for name in itertools.islice(_KEYWORD.finditer(plain), _MOST_NAMED):
        near = plain[max(0, name.start() - _BEFORE) : name.end() + _AFTER]
        if _FIGURES.search(_undated(near)) or _LETTERS.search(near):
            return True
    return False


_EMAIL = re.compile(
    r"[a-z0-9._%+\-]\s?@\s?(?:[a-z0-9\-]{1,63}\.){1,8}[a-z]{2,24}(?![a-z])", re.IGNORECASE
)
