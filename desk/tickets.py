"""Tickets: the signed, expiring last part of an address that shows one paper and nothing else.

The signature stands for the right to see it: whoever makes a ticket asks for the right first
(`desk.slips`, `desk.sheets`), and whoever has the address can read that paper until it expires.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from desk import store, times
from desk.refusals import Refused

LIFE = timedelta(hours=24)
KINDS = ("slip", "roster", "sign_in_sheet", "call_list", "poster", "handoff", "card", "gap_paper")
_KEY = "slip_key"
_SQL = "SELECT value FROM setting WHERE key = :key"


def sign(kind: str, subject: str, *, now: datetime, life: timedelta = LIFE) -> str:
    """A ticket for one paper of a kind of `KINDS`; `subject` is an id and never a name.

    Raises:
        ValueError: for a kind there is not.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    return signer(_key(), kind).dumps([subject, times.stamp(now + life)])


def read(kind: str, ticket: str, *, now: datetime) -> str:
    """The subject of a ticket of this kind; a ticket of another kind is no ticket.

    Raises:
        Refused: `slip_expired` or `sheet_expired` for an old, changed or invented address.
    """
    expired = Refused("slip_expired" if kind == "slip" else "sheet_expired")
    row = store.one(_SQL, key=_KEY)
    if row is None:
        raise expired
    try:
        subject, ends_at = signer(row["value"], kind).loads(ticket)
    except BadSignature:
        raise expired from None
    if ends_at < times.stamp(now):
        raise expired
    return str(subject)


def signer(key: str | bytes, kind: str) -> URLSafeSerializer:
    """Signs with HMAC-SHA256; of its own accord the library would take SHA-1."""
    return URLSafeSerializer(key, salt=kind, signer_kwargs={"digest_method": hashlib.sha256})


def _key() -> str:
    """The city's own key, made at the first ticket."""
    row = store.one(_SQL, key=_KEY)
    if row is None:
        with store.transaction(by=store.SYSTEM, lock=_KEY) as write:
            write.run(
                "INSERT INTO setting (key, value) VALUES (:key, :value) "
                "ON CONFLICT (key) DO NOTHING",
                key=_KEY,
                value=secrets.token_hex(32),
            )
            row = write.rows(_SQL, key=_KEY)[0]
    return str(row["value"])
