"""What a person typed or tapped: checked the same way wherever it comes from.

Each check returns the clean value or raises Refused with the field to point at; nothing has been
written by then, and the screen keeps what was typed.
"""

import re
import unicodedata
from collections.abc import Container

from desk.my_number import REACH, STRICT, Field, kind
from desk.refusals import N_, Refused

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f​-‏‪-‮⁦-⁩﻿]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー・ 　]+")


def text(
    value: str,
    *,
    label: str,
    field: str,
    most: int,
    needed: bool = False,
    allow: Field = STRICT,
) -> str:
    """Free text without control characters, trimmed; `allow` is what numbers may stand in it.

    Raises:
        Refused: what `no_number` raises, `too_long`, or `missing` when needed and empty.
    """
    no_number(value, field=field, allow=allow)
    value = _CONTROL.sub("", value).strip()
    if needed and not value:
        raise Refused("missing", field=field, label=label)
    if len(value) > most:
        raise Refused("too_long", field=field, most=most)
    return value


def no_number(value: str, *, field: str, allow: Field = STRICT) -> None:
    """Refuse a text with a number that may be somebody's, a PIN or an e-mail address.

    Raises:
        Refused: one of `my_number.KINDS`.
    """
    found = kind(value, allow)
    if found:
        raise refusal(found, field)


def refusal(found: str, field: str) -> Refused:
    """The refusal for one of `my_number.KINDS`, pointing at a field."""
    match found:
        case "my_number":
            return Refused("my_number", field=field)
        case "twelve":
            return Refused("twelve", field=field)
        case "eleven":
            return Refused("eleven", field=field)
        case "ten":
            return Refused("ten", field=field)
        case "seven":
            return Refused("seven", field=field)
        case "pin":
            return Refused("pin", field=field)
        case _:
            return Refused("email", field=field)


def reach(value: str, *, field: str, most: int = 60) -> str:
    """How somebody is reached: a text in which a telephone number may stand.

    Raises:
        Refused: what `text` raises.
    """
    return text(value, label=N_("How to reach"), field=field, most=most, allow=REACH)


def kana(value: str, *, label: str, field: str, most: int = 40) -> str:
    """A name in kana, as katakana with single spaces: 「やまだ　はな」 becomes 「ヤマダ ハナ」.

    Raises:
        Refused: `missing`, `kana_only`, or what `text` raises.
    """
    value = unicodedata.normalize("NFKC", text(value, label=label, field=field, most=most))
    if not value:
        raise Refused("missing", field=field, label=label)
    if not _KANA.fullmatch(value):
        raise Refused("kana_only", field=field)
    return katakana(value)


def katakana(value: str) -> str:
    """Hiragana and half-width kana as katakana, with single spaces."""
    wide = unicodedata.normalize("NFKC", value)
    return " ".join("".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in wide).split())


def choice(value: str | None, allowed: Container[str], *, label: str, field: str) -> str:
    """One of the answers offered.

    Raises:
        Refused: `missing` when nothing was chosen, `choice_unknown` for anything else.
    """
    if not value:
        raise Refused("missing", field=field, label=label)
    if value not in allowed:
        raise Refused("choice_unknown", field=field, label=label)
    return value
