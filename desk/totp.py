"""Codes of an authenticator app (RFC 6238: six digits, a new one every 30 seconds), and the
recovery codes for who has lost the app.

The app's secret is stored sealed (Fernet: AES-128-CBC with HMAC-SHA256) with a key that is not in
the database. Recovery codes are stored like passwords.
"""

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from desk import codes, proof
from desk.store import key

ISSUER = "machikado-desk"  # what the app writes above the code
STEP, DIGITS = 30, 6  # seconds
EARLY_OR_LATE = 1  # steps by which a clock may be wrong
RECOVERY_CODES, RECOVERY_LENGTH = 8, 10  # beside the digit that says which of the 8 it is


def new_secret() -> str:
    """A secret of 160 bits in base 32, as apps want it."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """What the QR code says to an app."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def sealed(secret: str) -> str:
    """The secret as it is stored."""
    return _box().encrypt(secret.encode()).decode()


def opened(stored: str) -> str | None:
    """The secret again; None when it was sealed with another key, or is none of ours."""
    try:
        return _box().decrypt(stored.encode()).decode()
    except InvalidToken:
        return None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key.derived("totp")))


def step_of(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """The time step a code belongs to; None when it is wrong, or of `after` or earlier.

    `after` is the last step a code was taken for: a code somebody looked over the shoulder for
    opens nothing.
    """
    app, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    found = None
    for step in range(here - EARLY_OR_LATE, here + EARLY_OR_LATE + 1):
        right = hmac.compare_digest(app.generate_otp(step).encode(), code.encode())
        if right and (after is None or step > after):
            found = step
    return found


def new_recovery() -> list[str]:
    """Codes that stand for the app once each: which one, and 50 random bits."""
    return [
        f"{n}{''.join(secrets.choice(codes.ALPHABET) for _ in range(RECOVERY_LENGTH))}"
        for n in range(1, RECOVERY_CODES + 1)
    ]


def in_groups(text: str, size: int) -> str:
    """Letters in groups, to read and to type: “ABCD EFGH”."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def stored_recovery(made: list[str]) -> str:
    """Recovery codes as they are stored: one hash a line, the first code's first."""
    return "\n".join(proof.hashed(code) for code in made)


def recovery_without(stored: str, code: str) -> str | None:
    """What is stored once a recovery code has been used; None when it is none, or used already."""
    lines = stored.split("\n")
    which = int(code[0]) - 1 if code[:1].isdecimal() else -1
    if not 0 <= which < len(lines) or not proof.matches(lines[which] or None, code):
        return None
    return "\n".join([*lines[:which], "", *lines[which + 1 :]])
