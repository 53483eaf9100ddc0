"""My Number never enters: free text with a run of 12 digits is refused before it is stored.

番号法 §20 forbids collecting or keeping the number. Separators, full-width digits and zero-width
characters do not hide it. The check digit is deliberately not asked: one number in ten has a
valid one by chance, and a mistyped My Number would pass.
"""

import re
import unicodedata

_BETWEEN = r"[\s\-‐-―−ー・.,、。_/　​-‏⁠﻿]*"
_RUN = re.compile(rf"\d(?:{_BETWEEN}\d){{11,}}")


def found_in(text: str) -> bool:
    """True when the text holds 12 digits or more in a row, however they are written apart."""
    return _RUN.search(unicodedata.normalize("NFKC", text)) is not None
