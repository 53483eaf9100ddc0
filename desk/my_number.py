"""My Number never enters: free text with a run of 12 digits is refused before it is stored.

番号法 §20 forbids collecting or keeping the number. Separators, full-width digits and zero-width
characters do not hide it. The check digit is deliberately not asked: one number in ten has a
valid one by chance, and a mistyped My Number would pass.
"""

import re
import unicodedata

_UNSEEN = ("Cc", "Cf")
_LENGTH = 12
_DIGIT = re.compile(r"\d")
_BETWEEN = r"[\s\-‐-―−ー・.,、。_/]*"
_RUN = re.compile(rf"\d(?:{_BETWEEN}\d){{{_LENGTH - 1},}}")


def found_in(text: str) -> bool:
    """True when the text holds 12 digits or more in a row, however they are written apart.

    Characters that print nothing (Unicode categories Cc and Cf) hide no number.
    """
    normal = unicodedata.normalize("NFKC", text)
    if len(_DIGIT.findall(normal)) < _LENGTH:  # nearly every text: the rest takes its time
        return False
    visible = "".join(c for c in normal if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return _RUN.search(visible) is not None
