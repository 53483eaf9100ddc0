"""What the city's identity provider says of somebody (OpenID Connect), and whether it counts here.

Streamlit talks to the provider and checks its signature (`st.login`, `.streamlit/secrets.toml`).
Its cookie lasts 30 days whatever the provider says, so what it holds is checked again: only an
answer of this provider, minutes old and not over, opens a session of ours (`handover`).
"""

import hashlib
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from desk import my_number
from desk.refusals import Refused

FRESH = timedelta(minutes=5)  # from the provider's answer to here
SKEW = timedelta(minutes=1)  # by which the provider's clock may be ahead
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{3,190}")
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")  # OpenID Connect Core 1.0, section 2: ASCII


def issuer() -> str:
    """The provider's own address as its answers name it (`iss`); "" where the city has none."""
    return os.environ.get("DESK_OIDC_ISSUER", "").strip()


def configured() -> bool:
    """Whether people may sign in with the city's account."""
    return bool(issuer())


def mark_of(account: str) -> str:
    """How an account is kept that an administrator wrote: an e-mail address, or the provider's
    id (`sub`). Only a hash is kept, which tells nobody the address.

    Raises:
        Refused: `account_form`, or `account_digits` for an id of 12 digits or more.
    """
    account = account.strip()
    if _MAIL.fullmatch(account):
        return by_mail(account)
    if my_number.found_in(account):
        raise Refused("account_digits", field="account")
    if not _SUBJECT.fullmatch(account):
        raise Refused("account_form", field="account")
    return by_subject(account)


def by_mail(address: str) -> str:
    """The mark of an account that waits for its first sign-in with a verified e-mail address."""
    return _hash("mail", address.strip().casefold())


def by_subject(subject: str) -> str:
    """The mark of an account by the id the provider gives it, which never changes."""
    return _hash("sub", subject)


def waits(mark: str | None) -> bool:
    """True for an account by its e-mail address that nobody has signed in with yet."""
    return bool(mark) and str(mark).startswith("mail:")


def _hash(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(' '.join((issuer(), text)).encode()).hexdigest()}"


def check(claims: Mapping[str, Any], *, now: datetime) -> str:
    """The subject of an answer that counts now.

    Raises:
        Refused: `city_wrong` for another issuer or an answer without a subject or times,
            `city_late` for one that is over, too old, or of the future.
    """
    subject = claims.get("sub")
    if not configured() or claims.get("iss") != issuer() or not isinstance(subject, str):
        raise Refused("city_wrong")
    issued, ends = _moment(claims.get("iat")), _moment(claims.get("exp"))
    if not subject or issued is None or ends is None:
        raise Refused("city_wrong")
    if not (now < ends and now - FRESH <= issued <= now + SKEW):
        raise Refused("city_late")
    return subject


def mail_of(claims: Mapping[str, Any]) -> str:
    """The e-mail address the provider has verified; "" when it has not."""
    address = claims.get("email")
    if claims.get("email_verified") is True and isinstance(address, str):
        return address
    return ""


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
