"""Slips: the paper a resident keeps, at an address that is signed and expires.

The address holds no name; whoever has it can read the slip for a day, nobody can guess one.
"""

import secrets
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from desk import booking, store, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import Refused

LIFE = timedelta(hours=24)
_KEY = "slip_key"


def ticket(actor: Actor, *, booking_id: str, now: datetime) -> str:
    """The last part of a slip's address, good for 24 hours."""
    require(actor, "book")
    return _signer().dumps([booking_id, times.stamp(now + LIFE)])


def read(ticket: str, *, now: datetime) -> tuple[BookingView, ClassView]:
    """The booking and class of a slip's address. The signature stands for the right to see it.

    Raises:
        Refused: `slip_expired` for an old, changed or invented address.
    """
    try:
        booking_id, ends_at = _signer().loads(ticket)
    except BadSignature:
        raise Refused("slip_expired") from None
    if ends_at < times.stamp(now):
        raise Refused("slip_expired")
    return booking.for_slip(booking_id)


def _signer() -> URLSafeSerializer:
    sql = "SELECT value FROM setting WHERE key = :key"
    row = store.one(sql, key=_KEY)
    if row is None:
        with store.transaction(lock=_KEY) as write:
            write.run(
                "INSERT INTO setting (key, value) VALUES (:key, :value) "
                "ON CONFLICT (key) DO NOTHING",
                key=_KEY,
                value=secrets.token_hex(32),
            )
            row = write.rows(sql, key=_KEY)[0]
    return URLSafeSerializer(row["value"], salt="slip")
