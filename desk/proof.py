"""Proof of who one is: a PIN or a password, as it is stored and as it must look.

What is stored is argon2id (RFC 9106, the library's defaults: 64 MiB, 3 passes) over
HMAC-SHA256 of the secret with a key that is not in the database: six digits would otherwise be
found in minutes by whoever has a copy of the file. What a password may be: `passwords`.
"""

import hashlib
import hmac
import itertools
import secrets
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from desk import passwords
from desk.refusals import Refused
from desk.store import key

PIN_DIGITS = 6
PASSWORD_LEAST = passwords.LEAST
PEPPERED = "p1:"  # what stands before a hash made with the key; the first ones had none

_hasher = PasswordHasher()
# Verified when the name is unknown, so that an unknown name takes as long as a wrong PIN.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hashed(secret: str) -> str:
    """A secret as it is stored."""
    return PEPPERED + _hasher.hash(_peppered(secret))


def matches(stored: str | None, secret: str) -> bool:
    """Whether a secret is the one that is stored; takes as long when there is none."""
    old = stored is not None and not stored.startswith(PEPPERED)
    try:
        return (
            _hasher.verify(
                (stored or _NOBODY).removeprefix(PEPPERED), secret if old else _peppered(secret)
            )
            and stored is not None
        )
    except VerifyMismatchError:
        return False


def outdated(stored: str) -> bool:
    """True for a hash that would be made otherwise today."""
    return not stored.startswith(PEPPERED) or _hasher.check_needs_rehash(
        stored.removeprefix(PEPPERED)
    )


def _peppered(secret: str) -> str:
    plain = passwords.normal(secret).encode()
    return hmac.new(key.derived("pepper"), plain, hashlib.sha256).hexdigest()


def one_time(role: str) -> str:
    """A random secret to hand to a person, who must choose an own one with it."""
    if role == "volunteer":
        while True:
            pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
            if _is_pin(pin):
                return pin
    return "-".join(secrets.token_hex(2) for _ in range(4))


def check(role: str, secret: str, *, own: Iterable[str] = ()) -> None:
    """A volunteer has a PIN of 6 digits, everybody else a password (`passwords.check`).

    Args:
        own: words of the person's own that are no part of a password, such as their name.

    Raises:
        Refused: `pin_form`, or what `passwords.check` raises.
    """
    if role != "volunteer":
        passwords.check(secret, own=own)
    elif not _is_pin(secret):
        raise Refused("pin_form", field="secret")


def _is_pin(secret: str) -> bool:
    """Six digits, not in a row, no repetition (111111, 123123), and none of the commonest."""
    if not (secret.isascii() and secret.isdigit() and len(secret) == PIN_DIGITS):
        return False
    steps = {int(after) - int(before) for before, after in itertools.pairwise(secret)}
    repeated = secret in (secret[:1] * 6, secret[:2] * 3, secret[:3] * 2)
    return not (repeated or steps in ({1}, {-1}) or passwords.is_common(secret))
